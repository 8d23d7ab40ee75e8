#!/usr/bin/env bash
# teem beside its peers: builds all that can be built here, runs the implementations in turn (A B C,
# A B C, ..), each run a process of its own on the same CPUs, and sums up.
#
# Prints a line of `workload,impl,workers,metric,value,unit,range` for each metric of each run, then,
# for each metric, medians with their range and the ratio of each peer to teem. Every other line
# starts with `#`. What the peers are and do is in README.md.
set -eu
cd "$(dirname "$0")"

usage() {
    cat <<END
usage: $0 [options] [-- options of the workloads]
  --only A,B,..     workloads (all: $all)
  --workers N,M,..  numbers of workers, each measured (1,2)
  --runs N          runs of each implementation (5)
  --peers A,B,..    implementations beside teem (all)
  --cpus LIST       CPUs to stay on, as taskset has them (the first N for N workers)
  --limit S         seconds after which a run has failed (300)
END
}

all=pingpong,chan_1p1c,chan_4p4c,select_2,select_8,mutex,ring,ticker,sleepers
only=$all workers=1,2 runs=5 peers="" cpus="" limit=300
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    case $1 in
    --only | --workers | --runs | --peers | --cpus | --limit)
        [ $# -gt 1 ] || { usage >&2 && exit 2; }
        declare "${1#--}=$2"
        shift 2
        ;;
    --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
    esac
done
[ "${1-}" = -- ] && shift
options=("$@")

target=${CARGO_TARGET_DIR:-$PWD/../../target}
mkdir -p "$target/compare"
target=$(cd "$target" && pwd)
programs=$target/compare
results=$(mktemp)
trap 'rm -f "$results"' EXIT
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true

say() {
    echo "# $*"
}

# The lines on which Cargo, when it runs no benchmark, names what it has built.
teem() {
    (cd ../.. && CARGO_TARGET_DIR=$target cargo bench --bench workloads --no-run 2>&1) |
        tee /dev/stderr | sed -n 's/^ *Executable .*(\(.*\))$/\1/p'
}

# Appends to `table`: a line of implementation, workload and program for each that is there.
table=""
add() {
    local implementation workload
    while read -r implementation workload; do
        [ -z "$peers" ] || [[ ,$peers, == *,$implementation,* ]] || continue
        table+="$implementation $workload $1"$'\n'
    done < <("$1")
}

build() {
    local program workload
    program=$(teem)
    [ -n "$program" ] || { say "failed: teem's workloads could not be built" && exit 1; }
    # Cargo names a path below the directory it was in, if there is one.
    [[ $program == /* ]] || program=$PWD/../../$program
    for workload in ${all//,/ }; do
        table+="teem $workload $program"$'\n'
    done
    if cargo build --release --target-dir "$programs"; then
        say "$(rustc --version); $(versions async-channel crossbeam-channel flume may tokio)"
        add "$programs/release/compare"
    else
        say "skipped: the peers in Rust could not be built"
    fi
    if ! command -v go >/dev/null; then
        say "skipped: go is not installed"
    elif (cd go && go build -o "$programs/go-peer" .); then
        say "$(go version)"
        add "$programs/go-peer"
    else
        say "skipped: Go's side could not be built"
    fi
}

# The versions that Cargo.lock has of the packages named.
versions() {
    local package
    for package; do
        grep -A 1 -x "name = \"$package\"" Cargo.lock | sed -n "s/^version = \"\(.*\)\"/$package \1/p"
    done | paste -sd , | sed 's/,/, /g'
}

# What a run with so many workers is started by: it stays on as many CPUs.
pinned() {
    local list=${cpus:-0-$(($1 - 1))}
    if taskset -c "$list" true 2>/dev/null; then
        echo "taskset -c $list"
    fi
}

# Runs one implementation once; after a failure not again.
failed=" "
run() {
    local implementation=$1 workload=$2 program=$3 workers=$4 start out
    local id="$implementation/$workload/$workers"
    [[ $failed != *" $id "* ]] || return 0
    start=$(pinned "$workers")
    local words=("$workload" --workers "$workers" --rounds 1 "${options[@]}")
    # One program has all the peers in Rust.
    [ "$program" != "$programs/release/compare" ] || words=("$implementation" "${words[@]}")
    # shellcheck disable=SC2086 # Words are meant.
    if out=$(timeout "$limit" $start "$program" "${words[@]}" 2>&1); then
        grep -v ^workload, <<<"$out" | tee -a "$results"
    else
        case $? in
        124) say "failed: $id: no end after $limit s" ;;
        *) say "failed: $id: $(grep -v ^workload, <<<"$out" | tail -n 1)" ;;
        esac
        failed+="$id "
    fi
}

build
say "$(uname -srm), $(nproc) CPUs, load $(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || uptime)"
[ -n "$(pinned 1)" ] || say "skipped: pinning, which needs taskset and CPU 0"
echo workload,impl,workers,metric,value,unit,range
for workload in ${only//,/ }; do
    if [[ ,$all, != *,$workload,* ]]; then
        say "skipped: there is no workload $workload"
        continue
    fi
    for count in ${workers//,/ }; do
        for ((round = 0; round < runs; round++)); do
            while read -r implementation name program; do
                [ "$name" != "$workload" ] ||
                    run "$implementation" "$workload" "$program" "$count" </dev/null
            done <<<"$table"
        done
    done
done
awk -f summary.awk "$results"

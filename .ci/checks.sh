#!/usr/bin/env bash
# Every check of the project, a function each: `.ci/checks.sh NAME..`, or `just NAME`.
#
# A check that needs a tool which is not there says "skipped: .." and passes; where the tool is, its
# failure is a failure. The variants (other flags, other compilers) build into directories of their
# own below the target directory, so that they do not make each other start from scratch.
set -eu
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
msrv=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
host=$(rustc -vV | sed -n 's/^host: //p')

skip() {
    echo "skipped: $*"
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# Whether nightly is there, with the components named.
nightly() {
    local installed component
    have rustup && installed=$(rustup +nightly component list 2>/dev/null | grep '(installed)') || return 1
    for component; do
        grep -q "^$component" <<<"$installed" || return 1
    done
}

has_target() {
    rustc --print target-libdir --target "$1" 2>/dev/null | xargs -r test -d
}

# Tests that need many descriptors get as many as there may be.
ulimit -n "$(ulimit -Hn)" 2>/dev/null || true

# Format, lints, documentation, the systems we cannot run here, the oldest compiler.
check() {
    local other
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings
    # The comparison is a package of its own.
    local compare="--manifest-path benches/compare/Cargo.toml"
    # shellcheck disable=SC2086 # Words are meant.
    cargo fmt --check --all $compare
    # shellcheck disable=SC2086
    cargo clippy --workspace --all-targets $compare --target-dir "$target/compare" -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps
    for other in x86_64-unknown-freebsd aarch64-apple-darwin; do
        if has_target "$other"; then
            cargo clippy --lib --target "$other" -- -D warnings
        else
            skip "check for $other: its standard library is not installed"
        fi
    done
    case $(rustc --version) in
    "rustc $msrv."*) echo "the compiler is the oldest that is supported, $msrv" ;;
    *)
        if have rustup && rustup run "$msrv" rustc --version >/dev/null 2>&1; then
            cargo "+$msrv" check --all-targets --target-dir "$target/msrv"
        else
            skip "check with Rust $msrv: not installed"
        fi
        ;;
    esac
}

# Those tests that meet switches, stacks, locks and races: not what the flags of a build cannot change,
# like the suites that are about results alone, and what std has.
binaries() {
    local name tests=()
    for name in task stack scope overflow runtime offload context local time tcp serve stress steps \
        chan chan_stress select sync futures try_scope dump; do
        tests+=(--test "$name")
    done
    # shellcheck disable=SC2046,SC2086 # Words are meant.
    cargo test "${tests[@]}" "$@" -- $(printf -- '--skip %s ' ${skipped:-no_test_is_called_this})
}

# The tests as the README has them, then with the optimizer at work and all of it as one unit.
test() {
    local workers
    cargo test --no-fail-fast
    # What runs on the global runtime, with other numbers of workers.
    for workers in 1 8; do
        TEEM_WORKERS=$workers cargo test --test context
    done
    binaries --lib --release
    # Each program takes long to link, so those alone that are about the switch and its frames.
    cargo test --profile lto --lib --test task --test stack --test scope
}

# The lock-free protocols in every interleaving: the `models.rs` files.
loom() {
    RUSTFLAGS="--cfg loom" cargo test --release --lib --target-dir "$target/loom" models::
}

# All that stands above the switch, with OS threads in its place.
miri() {
    if ! nightly miri rust-src; then
        skip "miri: no nightly toolchain with miri and rust-src"
        return
    fi
    export MIRIFLAGS="-Zmiri-permissive-provenance -Zmiri-disable-isolation -Zmiri-ignore-leaks"
    local run="cargo +nightly miri test --target-dir $target/miri"
    $run --lib -- task:: coroutine:: chan::
    # Whole runtimes, as far as Miri gets in a few minutes: workers and contexts are threads there.
    $run --test offload -- the_closure the_worker_goes_on a_panic_resumes what_is_not_send a_waiter_is_not_read
    $run --test scope -- a_forgotten_handle results_that_borrow
    $run --test task -- join::join_ join::a_destructor join::a_handle_dropped_before
}

# AddressSanitizer, which is told of every change of stacks. Faults are left to our own handler; what
# the tests leak, they leak on purpose; shadow memory spoils what is said about memory; frames are larger
# in such a build, and have no stack probes. The unit tests also look for uses after return, for which
# locals go to the heap; the other tests go by how much of a stack is used, and theirs stay on it.
san() {
    if ! nightly; then
        skip "san: no nightly toolchain"
        return
    fi
    local options="detect_leaks=0:use_sigaltstack=0:handle_segv=0:handle_sigbus=0"
    export RUSTUP_TOOLCHAIN=nightly RUSTFLAGS="--cfg teem_asan -Zsanitizer=address"
    ASAN_OPTIONS="$options:detect_stack_use_after_return=1" \
        cargo test --lib --target "$host" --target-dir "$target/san" -- --skip running_out_of
    ASAN_OPTIONS="$options:detect_stack_use_after_return=0" \
        skipped="running_out_of a_large_frame a_million_frames growing_past" \
        binaries --target "$host" --target-dir "$target/san"
    unset RUSTUP_TOOLCHAIN RUSTFLAGS
}

# ThreadSanitizer, to which a task is a thread of its own. It sees what is compiled for it alone, so the
# standard library is, too.
tsan() {
    if ! nightly rust-src; then
        skip "tsan: no nightly toolchain with rust-src"
        return
    fi
    local name tests=()
    for name in task scope local chan select sync steps dump; do
        tests+=(--test "$name")
    done
    RUSTFLAGS="--cfg teem_tsan -Zsanitizer=thread" TSAN_OPTIONS="halt_on_error=1" \
        cargo +nightly test -Zbuild-std --target "$host" --target-dir "$target/tsan" "${tests[@]}"
}

# The switch under valgrind, which the tests tell of their stacks.
valgrind() {
    if ! have valgrind; then
        skip "valgrind: not installed"
        return
    fi
    local runner
    runner="CARGO_TARGET_$(tr 'a-z-' 'A-Z_' <<<"$host")_RUNNER"
    env "$runner=valgrind --quiet --error-exitcode=99" cargo test --lib -- asm:: --test-threads=1
}

# The other architectures, in an emulator each.
cross() {
    emulated aarch64 aarch64-unknown-linux-gnu
    emulated riscv64 riscv64gc-unknown-linux-gnu
}

emulated() {
    local gcc=$1-linux-gnu-gcc emulator=qemu-$1 variable
    have "$emulator" || emulator=qemu-$1-static
    if ! have "$gcc" || ! have "$emulator" || ! has_target "$2"; then
        skip "cross for $1: needs $gcc, $emulator and the standard library for $2"
        return
    fi
    variable=CARGO_TARGET_$(tr 'a-z-' 'A-Z_' <<<"$2")
    env "${variable}_LINKER=$gcc" "${variable}_RUNNER=$emulator -L /usr/$1-linux-gnu" \
        cargo test --target "$2" --target-dir "$target/cross" --lib -- asm:: coroutine::
}

# Every error branch: the n-th system call of a kind fails. The same build has the portable switch,
# on which the tests run, too.
faults() {
    export RUSTFLAGS="--cfg teem_fault --cfg teem_portable"
    cargo test --target-dir "$target/faults" --lib -- --test-threads=1
    cargo test --target-dir "$target/faults" --test faults
    binaries --target-dir "$target/faults"
    unset RUSTFLAGS
}

# The benchmarks, once around: that they run, not what they say; and a soak.
bench() {
    local workload
    # Without the optimizations over all crates, which take minutes: then they are built as releases are.
    export CARGO_PROFILE_BENCH_LTO=off CARGO_PROFILE_BENCH_CODEGEN_UNITS=16
    cargo bench --bench operations -- --test
    for workload in yield spawn_join spawn_join_batch parked parked_3k parked_cold cold_wake; do
        cargo bench --bench workloads -- "$workload" --tasks 10000 --switches 100000 --rounds 1
    done
    for workload in pingpong chan_1p1c chan_4p4c select_2 select_8 ring mutex skynet; do
        cargo bench --bench workloads -- "$workload" --operations 10000 --rounds 1 --workers 2
    done
    # A number that leaves some nodes without a leaf.
    cargo bench --bench workloads -- skynet --operations 2000 --rounds 1
    cargo bench --bench workloads -- ticker --tickers 1000 --seconds 1 --rounds 1
    cargo bench --bench workloads -- sleepers --tasks 1000 --rounds 1
    cargo bench --bench workloads -- recursion --tasks 100 --rounds 1 --workers 2
    cargo bench --bench workloads -- hot_split --operations 10000 --rounds 1
    cargo bench --bench workloads -- fork_join --rounds 1 --workers 2
    cargo bench --bench workloads -- echo --seconds 1 --warm-up 0.2 --rounds 1
    cargo bench --bench workloads -- idle_conns --servers teem,teem_cold,teem_wait,teem_steps,teem_idle --conns 100
    # The comparison: its tests, then from the first build to the report, with what takes no time to build.
    cargo test --manifest-path benches/compare/Cargo.toml --target-dir "$target/compare" -p compare -p load
    local program
    program=$(cargo bench --bench workloads --no-run 2>&1 | sed -n 's/^ *Executable .*(\(.*\))$/\1/p')
    cargo run --manifest-path benches/compare/Cargo.toml --target-dir "$target/compare" -- \
        --teem "$program" --only pingpong,yield --peers crossbeam,corosensei,go --no-install \
        --workers 1 --runs 1 --out "$target/compare/report" -- --operations 10000 --switches 10000
    # Connections that come and go for a while: that memory stays flat takes some time to say.
    TEEM_SOAK_SECONDS=20 cargo test --release --test soak -- --nocapture
    unset CARGO_PROFILE_BENCH_LTO CARGO_PROFILE_BENCH_CODEGEN_UNITS
}

# Crates of others over teem, and the feature `tracing`: a package of its own.
ecosystem() {
    local package=(--manifest-path examples/ecosystem/Cargo.toml)
    local build=("${package[@]}" --target-dir "$target/ecosystem")
    cargo fmt --check "${package[@]}"
    cargo test "${build[@]}"
}

# What would be published, built from nothing but itself.
package() {
    cargo package --list --allow-dirty
    cargo package --allow-dirty --target-dir "$target/package"
}

all="check test loom miri san tsan valgrind cross faults bench ecosystem package"
if [ $# = 0 ]; then
    echo "usage: $0 NAME.., of: $all" >&2
    exit 2
fi
for name; do
    case " $all " in
    *" $name "*) "$name" ;;
    *)
        echo "there is no check of the name $name, only: $all" >&2
        exit 2
        ;;
    esac
done

//! What the system refuses: each is an error that says so, or a wait, and tasks that run come to no harm.
//!
//! Each test runs itself again as a child under the limit. Limits that this machine does not let a test set are
//! skipped, with a line that says so. (Descriptors: `tests/tcp/limits.rs`. Mappings:
//! `runtime/stack/tests_overflow.rs`.)

#![cfg(all(target_os = "linux", not(any(loom, miri))))]
#![forbid(unsafe_code)]

#[path = "support/until.rs"]
mod until;
#[path = "support/watchdog.rs"]
mod watchdog;

use std::fs;
use std::hint::black_box;
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use teem::runtime;
use teem::task::Builder;
use until::until;
use watchdog::Watchdog;

const CHILD: &str = "TEEM_TEST_CHILD";

/// Whether this is the child. The parent runs `test` again, alone, after `limit`, which is for a shell, and looks
/// whether it succeeds.
#[track_caller]
fn is_child(test: &str, limit: &str) -> bool {
    if am_child(test) {
        return true;
    }
    let (status, text) = run_child(test, limit);
    assert!(status.success(), "{status}\n{text}");
    false
}

fn am_child(test: &str) -> bool {
    std::env::var(CHILD).is_ok_and(|name| name == test)
}

/// Runs `test` under `limit`: how it ended, and what it said.
#[track_caller]
fn run_child(test: &str, limit: &str) -> (ExitStatus, String) {
    let program = std::env::current_exe().expect("the test binary's path");
    let child = Command::new("sh")
        .args(["-c", &format!("ulimit -c 0; {limit} exec \"$0\" \"$@\"")])
        .arg(program)
        .args(["--exact", "--nocapture", "--test-threads=1", test])
        .env(CHILD, test)
        // A backtrace takes memory that is wanted elsewhere here.
        .env("RUST_BACKTRACE", "0")
        .output();
    let output = child.expect("a child");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status, text)
}

/// [`is_child`], for a test that starts threads until the address space, of so many KiB, is used up.
///
/// When a thread gets its stack, but not the little that it wants after that, the standard library or the C
/// library ends the process. So the limit is moved until it falls elsewhere.
#[track_caller]
fn is_child_with_threads(test: &str, kibibytes: usize) -> bool {
    const NOT_OURS: [&str; 3] = [
        "an alternative stack",
        "register TLS destructor",
        "memory allocation of",
    ];
    if am_child(test) {
        return true;
    }
    let ended = (0..12).any(|n| {
        let (status, text) = run_child(test, &format!("ulimit -v {};", kibibytes + 700 * n));
        let theirs = NOT_OURS.iter().any(|words| text.contains(words));
        assert!(status.success() || theirs, "{status}\n{text}");
        status.success()
    });
    assert!(ended, "no limit was met by a thread's stack");
    false
}

/// A hundred tasks that go on as before, whatever happens beside them.
struct Bystanders {
    over: Arc<AtomicBool>,
    tasks: Vec<teem::JoinHandle<usize>>,
}

impl Bystanders {
    fn start() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let begun = Arc::new(AtomicUsize::new(0));
        let tasks = (0..100).map(|n| {
            let (over, begun) = (Arc::clone(&over), Arc::clone(&begun));
            teem::spawn(move || {
                let own = black_box([n; 100]);
                begun.fetch_add(1, Ordering::SeqCst);
                while !over.load(Ordering::SeqCst) {
                    teem::task::yield_now();
                }
                own.iter().sum()
            })
        });
        let tasks = tasks.collect();
        until(|| begun.load(Ordering::SeqCst) == 100);
        Self { over, tasks }
    }

    fn end(self) {
        self.over.store(true, Ordering::SeqCst);
        for (n, task) in self.tasks.into_iter().enumerate() {
            assert_eq!(task.join().unwrap(), n * 100);
        }
    }
}

#[test]
fn tasks_for_which_there_is_no_address_space_wait_for_stacks() {
    const TEST: &str = "tasks_for_which_there_is_no_address_space_wait_for_stacks";
    const TASKS: usize = 400;
    if !is_child(TEST, "ulimit -v 1000000;") {
        return;
    }
    let _watchdog = Watchdog::start();
    let runtime = runtime::Builder::new().workers(1).build().unwrap();
    let (most, ended) = runtime.run(|| {
        let bystanders = Bystanders::start();
        let alive = Arc::new(AtomicUsize::new(0));
        let most = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (alive, most) = (Arc::clone(&alive), Arc::clone(&most));
                let task = Builder::new().stack_size(8 << 20).spawn(move || {
                    most.fetch_max(alive.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    // Every one that can begins before the first one ends.
                    (0..2 * TASKS).for_each(|_| teem::task::yield_now());
                    alive.fetch_sub(1, Ordering::SeqCst);
                    1
                });
                task.unwrap()
            })
            .collect();
        let ended: usize = tasks.into_iter().map(|task| task.join().unwrap()).sum();
        bystanders.end();
        (most.load(Ordering::SeqCst), ended)
    });
    assert_eq!(ended, TASKS);
    assert!(
        most < TASKS,
        "all {TASKS} had a stack at once: no limit was met"
    );
}

#[test]
fn a_task_that_found_no_stack_starts_when_the_memory_has_come_back_from_elsewhere() {
    const TEST: &str =
        "a_task_that_found_no_stack_starts_when_the_memory_has_come_back_from_elsewhere";
    if !is_child(TEST, "ulimit -v 900000;") {
        return;
    }
    let _watchdog = Watchdog::start();
    let runtime = runtime::Builder::new().workers(1).build().unwrap();
    let result = runtime.run(|| {
        let hogs = std::iter::from_fn(|| {
            let mut hog = Vec::<u8>::new();
            hog.try_reserve_exact(64 << 20).ok().map(|()| hog)
        });
        let hogs: Vec<_> = hogs.collect();
        let task = Builder::new().stack_size(256 << 20).spawn(|| 7).unwrap();
        // So often that it has been tried.
        (0..100).for_each(|_| teem::task::yield_now());
        assert!(!task.is_finished(), "no limit was met");
        drop(hogs);
        // This one has a stack, and does not give it back.
        task.join().unwrap()
    });
    assert_eq!(result, 7);
}

#[test]
fn a_stack_that_cannot_grow_for_want_of_address_space_is_a_panic_that_says_so() {
    const TEST: &str = "a_stack_that_cannot_grow_for_want_of_address_space_is_a_panic_that_says_so";
    fn descend(depth: usize) -> usize {
        teem::stack::maybe_grow(64 << 10, 8 << 20, || {
            black_box([depth; 1000])[0] + descend(depth + 1)
        })
    }
    if !is_child_with_threads(TEST, 600_000) {
        return;
    }
    let _watchdog = Watchdog::start();
    let runtime = runtime::Builder::new().workers(1).build().unwrap();
    runtime.run(|| {
        let bystanders = Bystanders::start();
        let deep = Builder::new().name("deep").spawn(|| descend(0)).unwrap();
        let payload = deep.join().unwrap_err();
        let text = payload.downcast::<String>().unwrap();
        for part in ["cannot grow the stack of task", "'deep'", "ulimit -v"] {
            assert!(text.contains(part), "no {part} in {text}");
        }
        bystanders.end();
    });
}

#[test]
fn workers_for_which_there_is_no_address_space_are_an_error() {
    const TEST: &str = "workers_for_which_there_is_no_address_space_are_an_error";
    if !is_child_with_threads(TEST, 600_000) {
        return;
    }
    let _watchdog = Watchdog::start();
    let runtime = runtime::Builder::new().workers(1).build().unwrap();
    runtime.run(|| {
        let bystanders = Bystanders::start();
        let error = runtime::Builder::new().workers(2_000).build().unwrap_err();
        assert!(error.raw_os_error().is_some() || !error.to_string().is_empty());
        // Those that had been started are gone again.
        drop(runtime::Builder::new().workers(2).build().unwrap());
        bystanders.end();
    });
}

#[test]
fn calls_are_offloaded_with_whatever_threads_there_are() {
    const TEST: &str = "calls_are_offloaded_with_whatever_threads_there_are";
    if !is_child_with_threads(TEST, 400_000) {
        return;
    }
    let _watchdog = Watchdog::start();
    let builder = runtime::Builder::new().workers(1).blocking_threads(1_000);
    let runtime = builder.build().unwrap();
    runtime.run(|| {
        let bystanders = Bystanders::start();
        let call = |n: usize| {
            teem::spawn(move || {
                teem::offload(move || {
                    std::thread::sleep(std::time::Duration::from_millis(1));
                    n
                })
            })
        };
        let tasks: Vec<_> = (0..400).map(call).collect();
        let sum: usize = tasks.into_iter().map(|task| task.join().unwrap()).sum();
        assert_eq!(sum, (0..400).sum());
        bystanders.end();
    });
}

/// Ten thousand tasks that have used a page or two each.
fn many_tasks() {
    runtime::Builder::new().workers(2).build().unwrap().run(|| {
        let bystanders = Bystanders::start();
        let tasks: Vec<_> = (0..10_000)
            .map(|n| teem::spawn(move || black_box([n; 200]).iter().sum::<usize>()))
            .collect();
        for (n, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.join().unwrap(), n * 200);
        }
        bystanders.end();
    });
}

#[test]
fn ten_thousand_tasks_fit_into_a_cgroup_of_256_mebibytes() {
    const TEST: &str = "ten_thousand_tasks_fit_into_a_cgroup_of_256_mebibytes";
    let group = format!("/sys/fs/cgroup/teem_limits_{}", std::process::id());
    let enter = format!("echo $$ > {group}/cgroup.procs || exit 1;");
    let is_parent = std::env::var(CHILD).is_err();
    if is_parent {
        let made = fs::create_dir(&group)
            .and_then(|()| fs::write(format!("{group}/memory.max"), "268435456"));
        if let Err(error) = made {
            let _ = fs::remove_dir(&group);
            eprintln!("skipped: no cgroup with a memory limit can be made here: {error}");
            return;
        }
    }
    if is_child(TEST, &enter) {
        let _watchdog = Watchdog::start();
        many_tasks();
    } else {
        let _ = fs::remove_dir(&group);
    }
}

#[test]
fn ten_thousand_tasks_run_where_nothing_is_overcommitted() {
    let mode = fs::read_to_string("/proc/sys/vm/overcommit_memory").unwrap_or_default();
    if mode.trim() != "2" {
        eprintln!("skipped: vm.overcommit_memory is {}, not 2", mode.trim());
        return;
    }
    let _watchdog = Watchdog::start();
    many_tasks();
}

#[test]
fn workers_beyond_the_number_of_processes_are_an_error() {
    const TEST: &str = "workers_beyond_the_number_of_processes_are_an_error";
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    if status.lines().any(|line| line.starts_with("Uid:\t0\t")) {
        eprintln!("skipped: the number of processes does not bind root");
        return;
    }
    // As many as this user may have is not known: each step is tried until one is refused.
    if !is_child(TEST, "ulimit -u 64 2>/dev/null || exit 0;") {
        return;
    }
    let _watchdog = Watchdog::start();
    assert!(runtime::Builder::new().workers(100).build().is_err());
}

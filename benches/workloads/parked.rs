//! A million tasks that wait on one channel: as they come, after they have used their stacks, and cold.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use teem::chan::{self, Receiver};
use teem::runtime::{self, Runtime};
use teem::task::{self, JoinHandle, Task};

use crate::arguments::Arguments;
use crate::crowd::{self, Crowd, Round};
use crate::measure::Stopwatch;
use crate::memory;
use crate::report::Failure;
use crate::rounds;
use crate::zram::Zram;

/// What a task does: it calls `wait` once, which says whether it went well, and so does this.
type Work = fn(number: usize, wait: &mut dyn FnMut() -> bool) -> bool;

/// They do nothing before.
pub(crate) fn bare(arguments: &Arguments) -> Result<(), Failure> {
    measure(arguments, "parked", |_, wait| wait())
}

/// Each has used some 3 KiB of its stack before.
pub(crate) fn used(arguments: &Arguments) -> Result<(), Failure> {
    measure(arguments, "parked_3k", |number, wait| {
        crowd::use_three_kibibytes(number) > 0 && wait()
    })
}

/// One round unless more are asked for: the first one meets stacks that nobody has used.
fn measure(arguments: &Arguments, workload: &str, work: Work) -> Result<(), Failure> {
    let tasks = arguments.tasks();
    let mut crowd = Crowd::default();
    for _ in 0..arguments.rounds.unwrap_or(1) {
        // A runtime each: none starts with the warm stacks of the one before it.
        let runtime = builder(arguments).build()?;
        // The workers and what they keep are not to be counted as the tasks'.
        runtime.run(|| park_and_wake(crowd::WARM_UP, work, || Ok(())))?;
        let round = runtime.run(|| park_and_wake(tasks, work, || Ok(())))?;
        crowd.round(&round, tasks)?;
        end(runtime)?;
    }
    crowd.print(rounds::subject(arguments, workload));
    Ok(())
}

fn builder(arguments: &Arguments) -> runtime::Builder {
    let builder = runtime::Builder::new().workers(arguments.workers);
    builder.stack_size(arguments.stack)
}

fn end(runtime: Runtime) -> Result<(), Failure> {
    let ended = runtime.shutdown(Duration::from_secs(60));
    ended.map_err(|_| Failure::new("tasks were still there after they were joined"))
}

/// How long a task of `parked_cold` is parked until it is cold, and how long all of them may take.
const COLD_AFTER: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(600);

/// Each keeps a text on its stack, which it looks at when it is woken. In between the stacks are paged out
/// to a device of zram that is set up for it and removed again.
pub(crate) fn cold(arguments: &Arguments) -> Result<(), Failure> {
    let zram = match Zram::set_up() {
        Ok(zram) => zram,
        Err(error) => {
            eprintln!("skipped: parked_cold: there is no zram to be had: {error}");
            return Ok(());
        }
    };
    let tasks = arguments.tasks();
    let runtime = builder(arguments).page_out_after(COLD_AFTER).build()?;
    let work: Work = |number, wait| {
        // Written in place: `from_fn` might leave a second copy in the frame.
        let mut memo = [0; 512];
        write_memo(number, black_box(&mut memo));
        black_box(&mut memo);
        wait() && is_memo(number, &memo)
    };
    runtime.run(|| park_and_wake(crowd::WARM_UP, work, || Ok(())))?;

    let before = (memory::resident_and_page_tables()?, zram.used()?);
    let already = runtime.metrics().stacks.paged_out;
    let (mut until_cold, mut resident, mut compressed) = (Duration::ZERO, 0, 0);
    let round = runtime.run(|| {
        park_and_wake(tasks, work, || {
            let begin = Instant::now();
            while (runtime.metrics().stacks.paged_out - already) < tasks as u64 {
                if begin.elapsed() > PATIENCE {
                    return Err(Failure::new("the stacks do not get cold"));
                }
                teem::time::sleep(Duration::from_millis(100));
            }
            until_cold = begin.elapsed();
            resident = memory::resident_and_page_tables()?.saturating_sub(before.0);
            compressed = zram.used()?.saturating_sub(before.1);
            Ok(())
        })
    })?;
    let mut crowd = Crowd::default();
    crowd.round(&round, tasks)?;
    let subject = rounds::subject(arguments, "parked_cold");
    crowd.print(subject);
    subject.metric("until all are cold", &[until_cold.as_secs_f64()], "s");
    let each = |bytes: u64| [bytes as f64 / tasks as f64];
    subject.metric(
        "resident and page tables a task, cold",
        &each(resident),
        "B",
    );
    subject.metric("zram a task, cold", &each(compressed), "B");
    subject.metric("all a task, cold", &each(resident + compressed), "B");
    let longest = runtime.metrics().stacks.longest_sweep;
    subject.metric("longest sweep", &[longest.as_secs_f64() * 1e6], "us");
    end(runtime)
}

/// Writes the text of a task. Not inlined, nor is its reader: their loops are unrolled, and what that needs would
/// stay on the stack of who waits.
#[inline(never)]
fn write_memo(number: usize, memo: &mut [u8; 512]) {
    for (index, byte) in memo.iter_mut().enumerate() {
        *byte = letter(number, index);
    }
}

#[inline(never)]
fn is_memo(number: usize, memo: &[u8; 512]) -> bool {
    let mut bytes = memo.iter().enumerate();
    bytes.all(|(index, &byte)| byte == letter(number, index))
}

/// A letter of a text that no other task has.
fn letter(number: usize, index: usize) -> u8 {
    let digit = (number >> (index % 8 * 4)) as u8 & 15;
    b'a' + (index / 64) as u8 + digit
}

/// What all tasks share, so that each keeps no more than a pointer to it and its number.
struct Gate {
    tasks: usize,
    work: Work,
    arrived: AtomicUsize,
    watcher: Task,
    receiver: Receiver<()>,
}

impl Gate {
    /// A task's whole life.
    fn pass(&self, number: usize) -> bool {
        (self.work)(number, &mut || {
            // ORDERING: Relaxed, a count; `unpark` orders it for the watcher.
            if self.arrived.fetch_add(1, Relaxed) + 1 == self.tasks {
                self.watcher.unpark();
            }
            self.receiver.recv().is_err()
        })
    }
}

/// Spawns the tasks, whose `wait` is one for the channel to close; does `meanwhile` when all of them wait.
fn park_and_wake(
    tasks: usize,
    work: Work,
    meanwhile: impl FnOnce() -> Result<(), Failure>,
) -> Result<Round, Failure> {
    let memory_before = memory::resident_and_page_tables()?;
    let stopwatch = Stopwatch::start()?;
    let (sender, receiver) = chan::bounded(1);
    let gate = Arc::new(Gate {
        tasks,
        work,
        arrived: AtomicUsize::new(0),
        watcher: task::current(),
        receiver,
    });
    let spawn = |number| {
        let gate = Arc::clone(&gate);
        teem::spawn(move || gate.pass(number))
    };
    let handles: Vec<JoinHandle<bool>> = (0..tasks).map(spawn).collect();
    // ORDERING: Relaxed, as in `pass`.
    while gate.arrived.load(Relaxed) < tasks {
        task::park();
    }
    let to_park = stopwatch.stop()?;
    let bytes = memory::resident_and_page_tables()?.saturating_sub(memory_before);
    meanwhile()?;

    let stopwatch = Stopwatch::start()?;
    drop(sender);
    // A panic would be missing from the count.
    let well = handles.into_iter().flat_map(JoinHandle::join);
    let ended = well.filter(|&well| well).count();
    Ok(Round {
        to_park,
        bytes,
        to_end: stopwatch.stop()?,
        ended,
    })
}

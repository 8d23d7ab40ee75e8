//! What the measurements of many tasks at once have in common. `benches/compare/` may include this
//! file, too; its Go program repeats the sizes.

use std::fmt::Write;
use std::hint::black_box;

use crate::measure::Cost;
use crate::report::{Failure, Subject, check};

/// How many are parked to warm up.
pub(crate) const WARM_UP: usize = 1_000;

/// Tasks of `recursion`, and the frames of each.
pub(crate) const DEEP_TASKS: usize = 1_000;
pub(crate) const DEPTH: usize = 10_000;

/// What a task of `parked_3k` formats its text into. The functions that format take the rest of 3 KiB.
const BUFFER: usize = 2_560;

/// Uses some 3 KiB of stack, formatting a text; its length.
#[inline(never)]
pub(crate) fn use_three_kibibytes(number: usize) -> usize {
    let mut text = Text {
        bytes: [0; BUFFER],
        length: 0,
    };
    let mut line = 0;
    while text.length + 64 < BUFFER {
        line += 1;
        // Fails when the buffer is full, which it is not.
        let _ = writeln!(text, "line {line} of the text of task {number}");
    }
    black_box(&text).length
}

/// A text in a buffer of its own.
struct Text {
    bytes: [u8; BUFFER],
    length: usize,
}

impl Write for Text {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        let end = self.length + part.len();
        let place = self.bytes.get_mut(self.length..end);
        place
            .ok_or(std::fmt::Error)?
            .copy_from_slice(part.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// What became of a crowd that was parked and woken.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) to_park: Cost,
    /// Resident and page tables, all tasks together.
    pub(crate) bytes: u64,
    pub(crate) to_end: Cost,
    pub(crate) ended: usize,
}

/// The samples of a workload about parked tasks: an entry a round.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    to_park: Vec<f64>,
    processor_to_park: Vec<f64>,
    bytes: Vec<f64>,
    to_end: Vec<f64>,
    processor_to_end: Vec<f64>,
}

impl Crowd {
    pub(crate) fn round(&mut self, round: &Round, tasks: usize) -> Result<(), Failure> {
        check("tasks that ended well", round.ended, tasks)?;
        self.to_park.push(round.to_park.elapsed.as_secs_f64());
        self.processor_to_park
            .push(round.to_park.processor.as_secs_f64());
        self.bytes.push(round.bytes as f64 / tasks as f64);
        self.to_end.push(round.to_end.elapsed.as_secs_f64());
        self.processor_to_end
            .push(round.to_end.processor.as_secs_f64());
        Ok(())
    }

    pub(crate) fn print(&self, subject: Subject<'_>) {
        subject.metric("to spawn and park all", &self.to_park, "s");
        let processor = &self.processor_to_park;
        subject.metric("processor to spawn and park all", processor, "s");
        subject.metric("resident and page tables a task", &self.bytes, "B");
        subject.metric("to wake and end all", &self.to_end, "s");
        let processor = &self.processor_to_end;
        subject.metric("processor to wake and end all", processor, "s");
    }
}

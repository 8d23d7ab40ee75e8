//! Fan-out and fan-in: one question is put to several tasks at once, and the answers are gathered
//! as they come.
//!
//! ```text
//! cargo run --example fan_out
//! ```

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is there to print")]

use std::time::Duration;
use teem::chan::unbounded;
use teem::time::sleep;

/// A search that takes a while, and longer in some places than in others.
fn search(shelf: &str, wanted: &str) -> Option<String> {
    sleep(Duration::from_millis(shelf.len() as u64));
    let place = shelf.split(' ').position(|book| book == wanted)?;
    Some(format!("{wanted} is at place {place} of '{shelf}'"))
}

fn main() {
    let shelves = [
        "emma persuasion",
        "dracula frankenstein carmilla",
        "walden emma",
    ];

    // Tasks of a scope may borrow: the shelves need not be given away or counted.
    let mut found = teem::scope(|scope| {
        let (answers, gathered) = unbounded();
        for shelf in &shelves {
            let answers = answers.clone();
            scope.spawn(move || answers.send(search(shelf, "emma")).expect("gathered below"));
        }
        drop(answers);
        gathered.iter().flatten().collect::<Vec<_>>()
    });

    found.sort();
    for answer in &found {
        println!("{answer}");
    }
    println!("found on {} of {} shelves", found.len(), shelves.len());
}

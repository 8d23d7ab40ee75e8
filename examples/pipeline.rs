//! A pipeline: three stages, each a task, joined by channels. What the channels hold is bounded, so a
//! slow stage slows those before it down and nothing piles up.
//!
//! ```text
//! cargo run --example pipeline
//! ```

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is there to print")]

use teem::chan::{Receiver, bounded};

/// Words, one at a time.
fn words(text: &'static str) -> Receiver<&'static str> {
    let (send, receive) = bounded(4);
    teem::go!(for word in text.split_whitespace() {
        if send.send(word).is_err() {
            return;
        }
    });
    receive
}

/// A stage: applies `f` to what comes in.
fn map<A, B>(input: Receiver<A>, f: impl Fn(A) -> B + Send + 'static) -> Receiver<B>
where
    A: Send + 'static,
    B: Send + 'static,
{
    let (send, receive) = bounded(4);
    teem::go!(for item in input {
        // Nobody wants more: this stage ends, and by that the ones before it.
        if send.send(f(item)).is_err() {
            return;
        }
    });
    receive
}

fn main() {
    let text = "plain blocking code that scales to a million tasks";
    let lengths = map(words(text), |word| (word, word.len()));
    let lines = map(lengths, |(word, length)| {
        format!("{word} has {length} letters")
    });

    for line in lines.iter().take(5) {
        println!("{line}");
    }
    // Leaving early closes the channel, and one after the other the stages hear of it.
    drop(lines);
    println!("that was enough");
}

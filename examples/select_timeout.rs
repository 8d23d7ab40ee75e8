//! `select!`: whichever comes first, a message, a tick, or the end of one's patience.
//!
//! ```text
//! cargo run --example select_timeout
//! ```

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is there to print")]

use std::time::Duration;
use teem::chan::{after, bounded, tick};
use teem::select;

fn main() {
    let (messages, inbox) = bounded(0);
    let (done, until_done) = bounded::<()>(0);
    let sender = teem::spawn(move || {
        for text in ["one", "two", "three"] {
            messages.send(text).expect("main is listening");
        }
        // Then it falls silent, without hanging up before main is done.
        let _ = until_done.recv();
    });

    let patience = after(Duration::from_millis(300));
    let ticks = tick(Duration::from_millis(20));
    let mut ticked = 0;
    loop {
        select! {
            recv(inbox) -> message => match message {
                Ok(text) => println!("got {text}"),
                Err(error) => panic!("it hung up: {error}"),
            },
            recv(ticks) -> _ => ticked += 1,
            recv(patience) -> _ => {
                println!("nothing more came");
                break;
            }
        }
    }
    println!("the clock ticked meanwhile: {}", ticked > 0);

    select! {
        recv(inbox) -> message => println!("unexpected: {message:?}"),
        default => println!("and right now there is nothing"),
    }
    drop(done);
    sender.join().expect("no panic");
}

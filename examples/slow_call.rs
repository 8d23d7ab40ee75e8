//! The result of a slow call through a channel: it goes on while something else is done, and whoever
//! wants it looks, waits a while, or waits until it is there.
//!
//! ```text
//! cargo run --example slow_call
//! ```

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is there to print")]

use std::time::Duration;
use teem::chan::{Receiver, bounded};

/// Runs `f` on a thread for calls that block or compute for long; its result comes by the channel.
fn call<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    // Room for the result: nobody has to wait for it, so that the task ends even if it is not wanted.
    let (send, receive) = bounded(1);
    teem::go!({
        let result = teem::offload(f);
        drop(send.send(result));
    });
    receive
}

fn main() {
    let (go_on, may_go_on) = bounded(0);
    let sum = call(move || {
        may_go_on.recv().expect("main says when");
        (1..=1_000_000_u64).sum::<u64>()
    });

    println!("now: {:?}", sum.try_recv());
    let soon = sum.recv_timeout(Duration::from_millis(5));
    println!("a little later: {soon:?}");
    go_on.send(()).expect("the call is waiting");
    println!("in the end: {}", sum.recv().expect("a result"));
}

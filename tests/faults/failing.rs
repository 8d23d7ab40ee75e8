//! Calls of which the n-th fails, for every n that there is.

use crate::alone;
use crate::descriptors::descriptors;
use crate::exchanges;
use crate::until::until;
use crate::workers::with_workers;
use std::io::{self, ErrorKind};
use teem::fault::inject;

/// What may be interrupted by a signal, each of which has its ways to go on.
const INTERRUPTIBLE: &[&str] = &[
    "recv",
    "send",
    "recvmsg",
    "sendmsg",
    "accept",
    "pipe_io",
    "splice",
    "sendfile",
    "write",
    "epoll_wait",
];

/// What may fail because the system or the process has no more to give.
const REFUSABLE: &[&str] = &[
    "recv",
    "send",
    "recvmsg",
    "sendmsg",
    "accept",
    "pipe_io",
    "splice",
    "sendfile",
    "write",
    "socket",
    "connect",
    "bind",
    "listen",
    "setsockopt",
    "epoll_ctl",
];

/// The most calls of a kind that are tried one after the other.
const MOST: usize = 12;

/// Lets each of the first calls of each kind fail, in each exchange. Whatever becomes of that exchange, nothing is left
/// of it, and the next one goes well.
fn every_call(
    calls: &[&'static str],
    errno: i32,
    verdict: impl Fn(&io::Result<()>) -> bool + Sync,
) {
    let _alone = alone();
    with_workers([2], |runtime| {
        for (name, exchange) in exchanges::ALL {
            // What is opened once and for all.
            runtime.run(exchange).expect("no fault");
            until(|| runtime.metrics().tasks == 0);
            let before = descriptors();
            for call in calls {
                for nth in 1..=MOST {
                    let fault = inject(call, nth, errno);
                    let result = runtime.run(exchange);
                    let has_struck = fault.has_struck();
                    drop(fault);
                    assert!(verdict(&result), "{name}, {call} {nth}: {result:?}");
                    until(|| runtime.metrics().tasks == 0);
                    assert_eq!(descriptors(), before, "{name}, {call} {nth}: left open");
                    if !has_struck {
                        break;
                    }
                }
            }
            runtime.run(exchange).expect("no fault any more");
        }
    });
}

#[test]
fn interrupted_calls_are_made_again() {
    every_call(INTERRUPTIBLE, libc::EINTR, io::Result::is_ok);
}

#[test]
fn call_that_is_refused_ends_its_exchange_and_leaves_nothing() {
    for errno in [libc::ENOMEM, libc::ENFILE] {
        every_call(REFUSABLE, errno, |result| match result {
            Ok(()) => true,
            // What it was, or what the other end makes of it.
            Err(error) => {
                let consequences = [
                    ErrorKind::UnexpectedEof,
                    ErrorKind::ConnectionReset,
                    ErrorKind::BrokenPipe,
                    ErrorKind::NotConnected,
                ];
                error.raw_os_error() == Some(errno) || consequences.contains(&error.kind())
            }
        });
    }
}

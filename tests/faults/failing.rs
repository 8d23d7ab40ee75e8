//! Calls of which the n-th fails, for every n that there is.

use crate::alone;
use crate::descriptors::descriptors;
use crate::exchanges;
use crate::until::until;
use crate::workers::with_workers;
use std::io::{self, ErrorKind};
use teem::fault::inject;

/// What moves bytes or connections. A signal may interrupt each, and the system may have no memory for it.
const TRANSFERS: &[&str] = &[
    "recv", "send", "recvmsg", "sendmsg", "accept", "pipe_io", "splice", "sendfile", "write",
];

/// What else the system may refuse.
const OTHERS: &[&str] = &[
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
    let calls = [TRANSFERS, &["epoll_wait"]].concat();
    every_call(&calls, libc::EINTR, io::Result::is_ok);
}

#[test]
fn call_that_is_refused_ends_its_exchange_and_leaves_nothing() {
    for errno in [libc::ENOMEM, libc::ENFILE] {
        every_call(
            &[TRANSFERS, OTHERS].concat(),
            errno,
            |result| match result {
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
            },
        );
    }
}

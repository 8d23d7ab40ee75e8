//! Servers whose clients and whose system misbehave: the others are served, and afterwards no
//! descriptor and no task is left.
//!
//! The tests count the descriptors of the process, so they run one after the other.

#![cfg(target_os = "linux")]

#[path = "support/descriptors.rs"]
mod descriptors;
#[path = "support/reset.rs"]
mod reset;
#[path = "support/until.rs"]
mod until;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use descriptors::descriptors;
use reset::reset_on_close;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream as Client};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use teem::net::{Server, TcpStream, serve};
use teem::runtime::Runtime;
use until::until;
use workers::with_workers;

/// The bytes of a request.
const REQUEST: usize = 16;
/// How often it is repeated in an answer.
const TIMES: usize = 64;

/// Answers each request with its bytes, many times; panics when one asks for that.
fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = [0; REQUEST];
    loop {
        stream.read_exact(&mut request)?;
        assert_ne!(request, *b"this must panic!", "as it was asked to");
        stream.write_all(&request.repeat(TIMES))?;
    }
}

/// Runs `test` with a server, on runtimes of several sizes, and sees to it that nothing is left of it.
#[track_caller]
fn leaving_nothing(
    handler: fn(TcpStream) -> std::io::Result<()>,
    test: impl Fn(&Server, SocketAddr) + Sync,
) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    // What a runtime opens once and for all.
    with_workers([1], |runtime| runtime.run(|| ()));
    let before = descriptors();
    with_workers([1, 2], |runtime: &Runtime| {
        let server = runtime.run(|| serve("127.0.0.1:0", handler).expect("a server"));
        test(&server, server.local_addr());
        // Nobody is told to end: the handlers have noticed what has become of their clients.
        until(|| server.connections() == 0);
        let ended = server.shutdown(Duration::from_secs(30));
        ended.expect("nothing was left to wait for");
        drop(server);
        until(|| runtime.metrics().tasks == 0);
    });
    assert_eq!(descriptors(), before, "descriptors are left open");
}

/// Ends the connection by a reset instead of in an orderly way.
fn reset(client: Client) {
    reset_on_close(&client);
}

/// Has one request answered.
#[track_caller]
fn ask(mut client: &Client, round: usize) {
    let request = [round as u8; REQUEST];
    client.write_all(&request).expect("a write");
    let mut back = vec![0; REQUEST * TIMES];
    client.read_exact(&mut back).expect("an answer");
    assert!(back == request.repeat(TIMES), "the answer to another");
}

fn connect(address: SocketAddr) -> Client {
    let client = Client::connect(address).expect("a connection");
    client.set_nodelay(true).expect("an option");
    client
}

#[test]
fn resets_and_ends_at_every_point_of_an_exchange_harm_nobody() {
    leaving_nothing(answer, |_, address| {
        let bystander = connect(address);
        let ends: [fn(Client); 3] = [reset, drop, |client| drop(client.shutdown(Shutdown::Both))];
        for sent in 0..=REQUEST + 1 {
            for received in [0, 1, REQUEST, REQUEST * TIMES] {
                for end in ends {
                    let mut client = connect(address);
                    client
                        .write_all(&[7; REQUEST + 1][..sent])
                        .expect("a write");
                    if sent >= REQUEST {
                        let mut back = vec![0; received];
                        client.read_exact(&mut back).expect("an answer");
                    }
                    end(client);
                }
            }
            ask(&bystander, sent);
        }
    });
}

#[test]
fn half_closed_clients_get_their_answers_first() {
    leaving_nothing(answer, |_, address| {
        for sent in 0..3 * REQUEST {
            let mut client = connect(address);
            client
                .write_all(&[7; 3 * REQUEST][..sent])
                .expect("a write");
            client.shutdown(Shutdown::Write).expect("half closed");
            let mut back = Vec::new();
            client.read_to_end(&mut back).expect("answers, and an end");
            assert_eq!(back.len(), sent / REQUEST * REQUEST * TIMES);
        }
    });
}

#[test]
fn reset_ends_a_handler_that_waits_to_write() {
    fn flood(mut stream: TcpStream) -> std::io::Result<()> {
        loop {
            stream.write_all(&[7; 100_000])?;
        }
    }
    leaving_nothing(flood, |server, address| {
        let mut clients: Vec<_> = (0..20).map(|_| connect(address)).collect();
        for client in &mut clients {
            client.read_exact(&mut [0; 100_000]).expect("a flood");
        }
        assert_eq!(server.connections(), 20);
        // Half of them leave much unread, which resets as well.
        for (n, client) in clients.into_iter().enumerate() {
            if n % 2 == 0 {
                reset(client)
            } else {
                drop(client)
            }
        }
    });
}

#[test]
fn thousands_of_slow_requests_hold_nobody_up_and_are_answered_in_the_end() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: a valid place for the answer.
    let status = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) };
    assert_eq!(status, 0);
    limit.rlim_cur = limit.rlim_max.min(8192);
    // SAFETY: a valid limit, not above the hard one.
    let status = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) };
    assert_eq!(status, 0);
    // Two descriptors each.
    let count = (limit.rlim_cur as usize - 300).min(5000) / 2;
    leaving_nothing(answer, |server, address| {
        let mut slow = Vec::new();
        while slow.len() < count {
            // No more than the listener's queue holds: the system would have the others wait for seconds.
            until(|| server.connections() + 100 > slow.len());
            slow.push(connect(address));
        }
        for byte in 0..REQUEST - 1 {
            slow.iter_mut()
                .for_each(|client| client.write_all(&[byte as u8]).expect("a byte"));
            let others: Vec<_> = (0..10).map(|_| connect(address)).collect();
            for round in 0..10 {
                others.iter().for_each(|other| ask(other, round));
            }
            // None has been served so well because the slow ones were cut off.
            until(|| server.connections() >= count);
        }
        for (n, mut client) in slow.into_iter().enumerate() {
            if n % 2 == 0 {
                client
                    .write_all(&[REQUEST as u8 - 1])
                    .expect("the last byte");
                let mut back = [0; REQUEST * TIMES];
                client.read_exact(&mut back).expect("an answer");
                let request: Vec<_> = (0..REQUEST as u8).collect();
                assert!(back[..] == request.repeat(TIMES), "the answer to another");
            }
        }
    });
}

#[test]
fn clients_that_vanish_without_a_word_are_given_up() {
    fn impatient(stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_millis(50)))?;
        answer(stream)
    }
    leaving_nothing(impatient, |server, address| {
        // As far as the server can tell: they stay open here, and never say anything again.
        let mut silent: Vec<_> = (0..200).map(|_| connect(address)).collect();
        for (n, client) in silent.iter_mut().enumerate() {
            let request = [7; REQUEST - 1];
            client.write_all(&request[..n % REQUEST]).expect("a part");
        }
        for client in &mut silent {
            // An end, or a reset where something was left unread.
            assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
        }
        until(|| server.connections() == 0);
    });
}

#[test]
fn panics_of_handlers_leave_nothing_behind() {
    leaving_nothing(answer, |_, address| {
        let bystander = connect(address);
        for round in 0..20 {
            let mut client = connect(address);
            ask(&client, round);
            client.write_all(b"this must panic!").expect("a write");
            assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
            ask(&bystander, round);
        }
    });
}

#[test]
fn system_calls_that_signals_interrupt_are_made_again() {
    extern "C" fn nothing(_: libc::c_int) {}
    let handler: extern "C" fn(libc::c_int) = nothing;
    // SAFETY: all zeros is a valid value; without SA_RESTART calls are interrupted.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as *const () as libc::sighandler_t;
    // SAFETY: the handler does nothing, so it may run at any point.
    let status = unsafe { libc::sigaction(libc::SIGUSR2, &action, std::ptr::null_mut()) };
    assert_eq!(status, 0);
    leaving_nothing(answer, |_, address| {
        let over = AtomicBool::new(false);
        thread::scope(|s| {
            let clients: Vec<_> = (0..4)
                .map(|_| {
                    s.spawn(|| {
                        for round in 0..100 {
                            ask(&connect(address), round);
                        }
                    })
                })
                .collect();
            s.spawn(|| {
                // To every thread of the process: it is not said which one a signal finds.
                while !over.load(Ordering::Relaxed) {
                    for task in std::fs::read_dir("/proc/self/task").expect("it is Linux") {
                        let name = task.expect("an entry").file_name();
                        let id: libc::pid_t = name.to_string_lossy().parse().expect("a number");
                        // SAFETY: a signal with a handler, to threads of our own or to nobody.
                        unsafe {
                            libc::syscall(libc::SYS_tgkill, libc::getpid(), id, libc::SIGUSR2)
                        };
                    }
                }
            });
            let results: Vec<_> = clients.into_iter().map(|client| client.join()).collect();
            over.store(true, Ordering::Relaxed);
            assert!(results.iter().all(Result::is_ok), "a client failed");
        });
    });
}

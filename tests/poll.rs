//! `poll`: waiting for descriptors of any kind, by tasks and by threads.

#![cfg(not(any(loom, miri)))]

#[path = "support/crew.rs"]
mod crew;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use crew::{both_ways, crew, lull};
use std::fs::File;
use std::io::{ErrorKind, Read, Write, pipe};
use std::os::unix::net::UnixStream;
use std::time::Duration;
use teem::context::{self, Cause, cause_of};
use teem::poll::{readable, writable};

#[test]
fn every_waiter_of_one_file_is_told() {
    both_ways(|| {
        let (reader, mut writer) = pipe().unwrap();
        crew(|c| {
            let waiters: Vec<_> = (0..5).map(|_| c.spawn(|| readable(&reader))).collect();
            lull();
            writer.write_all(b"x").unwrap();
            for waiter in waiters {
                waiter.join().unwrap();
            }
        });
    });
}

#[test]
fn readers_that_wait_for_one_file_get_every_byte_once() {
    both_ways(|| {
        let (near, far) = UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        let (near, mut far) = (&near, far);
        let read = || {
            let mut sum = 0;
            loop {
                let mut byte = [0];
                match (&*near).read(&mut byte) {
                    Ok(0) => return sum,
                    Ok(_) => sum += u64::from(byte[0]),
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::WouldBlock);
                        readable(near).unwrap();
                    }
                }
            }
        };
        let sums = crew(|c| {
            let readers = [(); 3].map(|()| c.spawn(read));
            for _ in 0..20 {
                far.write_all(&[1, 2, 3, 4, 5]).unwrap();
                lull();
            }
            drop(far);
            readers.map(|reader| reader.join())
        });
        assert_eq!(sums.iter().sum::<u64>(), 300);
    });
}

#[test]
fn file_that_a_socket_of_ours_has_registered_can_be_waited_for_too() {
    both_ways(|| {
        let listener = teem::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let near = teem::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut far = listener.accept().unwrap().0;
        for _ in 0..5 {
            crew(|c| {
                let reader = c.spawn(|| (&near).read(&mut [0; 1]).unwrap());
                let waiter = c.spawn(|| readable(&near));
                lull();
                far.write_all(b"ab").unwrap();
                assert_eq!(reader.join(), 1);
                waiter.join().unwrap();
                assert_eq!((&near).read(&mut [0; 8]).unwrap(), 1);
            });
        }
    });
}

/// What was read before is known of a socket of ours, and no event is lost by that.
#[test]
fn socket_of_ours_that_was_read_empty_is_waited_for_until_more_has_come() {
    both_ways(|| {
        for nonblocking in [false, true] {
            let listener = teem::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let near = teem::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let mut far = listener.accept().unwrap().0;
            near.set_nonblocking(nonblocking).unwrap();
            let count = || {
                let mut count = 0;
                loop {
                    readable(&near).unwrap();
                    match (&near).read(&mut [0; 64]) {
                        Ok(0) => return count,
                        Ok(length) => count += length,
                        Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                    }
                }
            };
            crew(|c| {
                let readers = [(); 2].map(|()| c.spawn(count));
                for _ in 0..20 {
                    far.write_all(b"ab").unwrap();
                    lull();
                }
                drop(far);
                let counts = readers.map(|reader| reader.join());
                assert_eq!(counts.iter().sum::<usize>(), 40);
            });
        }
    });
}

#[test]
fn number_that_is_used_again_has_no_past() {
    both_ways(|| {
        for _ in 0..20 {
            let (reader, mut writer) = pipe().unwrap();
            crew(|c| {
                let waiter = c.spawn(|| readable(&reader));
                lull();
                writer.write_all(b"x").unwrap();
                waiter.join().unwrap();
            });
        }
    });
}

#[test]
fn files_that_never_block_are_ready() {
    both_ways(|| {
        let program = File::open(std::env::current_exe().unwrap()).unwrap();
        let nothing = File::open("/dev/null").unwrap();
        let directory = File::open("/").unwrap();
        for file in [program, nothing, directory] {
            readable(&file).unwrap();
            writable(&file).unwrap();
        }
    });
}

#[test]
fn full_pipe_is_writable_again_once_it_is_read() {
    both_ways(|| {
        let (mut reader, mut writer) = pipe().unwrap();
        let mut written = 0;
        while teem::time::timeout(Duration::from_millis(2), || writable(&writer)).is_ok() {
            written += writer.write(&[0; 4096]).unwrap();
        }
        crew(|c| {
            let waiter = c.spawn(|| writable(&writer));
            lull();
            reader.read_exact(&mut vec![0; written]).unwrap();
            waiter.join().unwrap();
        });
    });
}

#[test]
fn end_of_the_other_side_is_readiness() {
    both_ways(|| {
        let (mut reader, writer) = pipe().unwrap();
        crew(|c| {
            let waiter = c.spawn(|| readable(&reader));
            lull();
            drop(writer);
            waiter.join().unwrap();
        });
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        writable(&writer).unwrap();
    });
}

#[test]
fn context_ends_the_wait_and_leaves_no_descriptor() {
    let count = || std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let (reader, _writer) = pipe().unwrap();
    both_ways(|| {
        let (context, handle) = context::current().with_cancel();
        crew(|c| {
            let waiter = c.spawn(|| context.enter(|| readable(&reader)));
            lull();
            handle.cancel();
            let error = waiter.join().unwrap_err();
            assert_eq!(cause_of(&error), Some(Cause::Cancelled));
        });
        let error = context.enter(|| writable(&_writer)).unwrap_err();
        assert_eq!(cause_of(&error), Some(Cause::Cancelled), "though it is");
        let late = teem::time::timeout(Duration::from_millis(2), || readable(&reader));
        assert_eq!(cause_of(&late.unwrap_err()), Some(Cause::DeadlineExceeded));
    });
    // Other tests open and close files meanwhile, so a leak is what grows with the number of waits.
    let before = count();
    teem::run(|| {
        for _ in 0..200 {
            let wait = || readable(&reader);
            assert!(teem::time::timeout(Duration::from_micros(50), wait).is_err());
        }
    });
    assert!(count() < before + 150);
}

#[test]
fn a_wait_where_parking_is_forbidden_panics_and_the_file_can_be_waited_for_after() {
    let (reader, mut writer) = pipe().unwrap();
    teem::run(move || {
        let wait = || teem::task::forbid_park(|| readable(&reader));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(wait)).is_err();
        assert!(panicked);
        writer.write_all(b"x").unwrap();
        teem::task::forbid_park(|| readable(&reader)).unwrap();
    });
}

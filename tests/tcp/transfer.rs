//! Bytes go through unharmed and in order, and their end is noticed.

use super::{Place, Random, everywhere, on_one_worker, pair, reset_on_close};
use std::io::{ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use teem::net::Shutdown;

/// Bytes that tell their place.
fn pattern(from: usize, length: usize) -> Vec<u8> {
    (from..from + length)
        .map(|at| (at ^ (at >> 8)) as u8)
        .collect()
}

#[test]
fn echo_of_random_sizes_is_exact() {
    everywhere(|helpers| {
        let echoes: Vec<_> = (0..4)
            .map(|seed| {
                let (mut near, mut far) = pair();
                let echo = helpers.spawn(move || {
                    let mut random = Random(77 + seed);
                    let mut buffer = vec![0; 100_000];
                    loop {
                        let length = 1 + random.below(buffer.len());
                        match far.read(&mut buffer[..length]).unwrap() {
                            0 => return,
                            read => far.write_all(&buffer[..read]).unwrap(),
                        }
                    }
                });
                let client = helpers.spawn(move || {
                    let (mut random, mut sent) = (Random(11 + seed), 0);
                    for _ in 0..50 {
                        let limit = if random.below(4) == 0 { 90_000 } else { 500 };
                        let data = pattern(sent, 1 + random.below(limit));
                        near.write_all(&data).unwrap();
                        let mut answer = vec![0; data.len()];
                        near.read_exact(&mut answer).unwrap();
                        assert!(answer == data, "bytes from {sent} on differ");
                        sent += data.len();
                    }
                });
                (echo, client)
            })
            .collect();
        for (echo, client) in echoes {
            client.join();
            echo.join();
        }
    });
}

#[test]
fn end_right_after_data_is_seen_after_a_short_read() {
    everywhere(|helpers| {
        for round in 0..200 {
            let (mut near, mut far) = pair();
            let writer = helpers.spawn(move || {
                far.write_all(b"last words").unwrap();
                if round % 2 == 0 {
                    far.shutdown(Shutdown::Write).unwrap();
                }
                drop(far);
            });
            let mut data = Vec::new();
            let mut buffer = [0; 64];
            loop {
                match near.read(&mut buffer).unwrap() {
                    0 => break,
                    read => data.extend_from_slice(&buffer[..read]),
                }
            }
            assert_eq!(data, b"last words");
            assert_eq!(near.read(&mut buffer).unwrap(), 0, "the end lasts");
            writer.join();
        }
    });
}

#[test]
fn half_closed_connection_still_carries_the_other_half() {
    everywhere(|helpers| {
        let (mut near, mut far) = pair();
        let server = helpers.spawn(move || {
            let mut question = String::new();
            far.read_to_string(&mut question).unwrap();
            far.write_all(question.to_uppercase().as_bytes()).unwrap();
        });
        near.write_all(b"question").unwrap();
        near.shutdown(Shutdown::Write).unwrap();
        assert_eq!(near.write(b"x").unwrap_err().kind(), ErrorKind::BrokenPipe);
        let mut answer = String::new();
        near.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "QUESTION");
        server.join();
    });
}

#[test]
fn reset_reaches_a_waiting_reader_as_an_error() {
    everywhere(|helpers| {
        let (mut near, far) = pair();
        let reader = helpers.spawn(move || {
            let reset = near.read(&mut [0; 8]).unwrap_err();
            (reset.kind(), near.write(b"x").is_err())
        });
        reset_on_close(&far);
        drop(far);
        assert_eq!(reader.join(), (ErrorKind::ConnectionReset, true));
    });
}

#[test]
fn reset_reaches_a_waiting_writer_as_an_error() {
    everywhere(|helpers| {
        let (mut near, far) = pair();
        let (full, wait) = std::sync::mpsc::channel();
        let writer = helpers.spawn(move || {
            near.set_nonblocking(true).unwrap();
            while near.write(&[0; 1 << 16]).is_ok() {}
            near.set_nonblocking(false).unwrap();
            full.send(()).unwrap();
            loop {
                if let Err(error) = near.write(&[0; 1 << 16]) {
                    return error.kind();
                }
            }
        });
        teem::offload(move || wait.recv()).unwrap();
        reset_on_close(&far);
        drop(far);
        let kind = writer.join();
        let expected = [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
        assert!(expected.contains(&kind), "{kind:?}");
    });
}

#[test]
fn client_that_never_reads_stops_only_its_writer() {
    on_one_worker(|| {
        let (mut near, mut far) = pair();
        let total = 64 << 20;
        let started = Arc::new(AtomicBool::new(false));
        let writer = teem::spawn({
            let started = Arc::clone(&started);
            move || {
                started.store(true, Ordering::Relaxed);
                far.write_all(&pattern(0, total)).unwrap();
            }
        });
        while !started.load(Ordering::Relaxed) {
            teem::task::yield_now();
        }
        // The writer is stuck, and others of its worker are served.
        let (mut ping, mut pong) = pair();
        for _ in 0..100 {
            ping.write_all(b"ping").unwrap();
            pong.read_exact(&mut [0; 4]).unwrap();
        }
        assert!(!writer.is_finished());
        let mut data = Vec::new();
        near.read_to_end(&mut data).unwrap();
        assert!(data == pattern(0, total));
        writer.join().unwrap();
    });
}

#[test]
fn shutdown_ends_a_read_that_waits_on_the_same_socket() {
    everywhere(|helpers| {
        let (near, _far) = pair();
        let near = Arc::new(near);
        let reader = helpers.spawn({
            let near = Arc::clone(&near);
            move || (&*near).read(&mut [0; 8]).unwrap()
        });
        near.shutdown(Shutdown::Both).unwrap();
        assert_eq!(reader.join(), 0);
    });
}

#[test]
fn vectored_transfers_keep_the_order() {
    everywhere(|helpers| {
        let (mut near, mut far) = pair();
        let writer = helpers.spawn(move || {
            let parts = [&b"one "[..], b"", b"two ", b"three"];
            assert_eq!(far.write_vectored(&parts.map(IoSlice::new)).unwrap(), 13);
        });
        let (mut data, mut first, mut second) = (Vec::<u8>::new(), [0; 3], [0; 5]);
        while data.len() < 13 {
            let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
            let read = near.read_vectored(&mut buffers).unwrap();
            data.extend([&first[..], &second].concat()[..read].iter());
        }
        assert_eq!(data, b"one two three");
        writer.join();
    });
}

#[test]
fn vectored_transfer_of_nothing_does_not_wait() {
    everywhere(|_| {
        let (mut near, _far) = pair();
        assert_eq!(near.read_vectored(&mut []).unwrap(), 0);
        assert_eq!(
            near.read_vectored(&mut [IoSliceMut::new(&mut [])]).unwrap(),
            0
        );
        assert_eq!(near.write_vectored(&[IoSlice::new(b"")]).unwrap(), 0);
    });
}

#[test]
fn peek_takes_nothing() {
    everywhere(|helpers| {
        let (mut near, mut far) = pair();
        let writer = helpers.spawn(move || {
            far.write_all(b"data").unwrap();
            far
        });
        let mut buffer = [0; 8];
        while near.peek(&mut buffer).unwrap() < 4 {}
        assert_eq!(near.peek(&mut buffer[..2]).unwrap(), 2);
        assert_eq!(near.read(&mut buffer).unwrap(), 4);
        assert_eq!(&buffer[..4], b"data");
        drop(writer.join());
        assert_eq!(near.peek(&mut buffer).unwrap(), 0);
    });
}

#[test]
fn urgent_data_does_not_hide_what_follows_it() {
    everywhere(|helpers| {
        let (mut near, mut far) = pair();
        let writer = helpers.spawn(move || {
            use std::os::fd::AsRawFd;
            far.write_all(b"before").unwrap();
            // SAFETY: one readable byte.
            let sent =
                unsafe { libc::send(far.as_raw_fd(), b"!".as_ptr().cast(), 1, libc::MSG_OOB) };
            assert_eq!(sent, 1);
            far.write_all(b"after").unwrap();
            far
        });
        // Reads stop at the mark though more is there.
        let (mut data, mut buffer) = (Vec::new(), [0; 64]);
        while data.len() < 11 {
            let read = near.read(&mut buffer).unwrap();
            data.extend_from_slice(&buffer[..read]);
        }
        assert_eq!(data, b"beforeafter");
        drop(writer.join());
    });
}

#[test]
fn task_that_never_waits_lets_others_run() {
    on_one_worker(|| {
        let (near, mut far) = pair();
        far.write_all(b"x").unwrap();
        let done = Arc::new(AtomicBool::new(false));
        let other = teem::spawn({
            let done = Arc::clone(&done);
            move || done.store(true, Ordering::Relaxed)
        });
        while !done.load(Ordering::Relaxed) {
            assert_eq!(near.peek(&mut [0; 4]).unwrap(), 1);
        }
        other.join().unwrap();
    });
}

#[test]
fn task_that_spins_on_a_nonblocking_socket_lets_others_run() {
    on_one_worker(|| {
        let (mut near, mut far) = pair();
        near.set_nonblocking(true).unwrap();
        let writer = teem::spawn(move || far.write_all(b"x").map(|()| far));
        let read = loop {
            match near.read(&mut [0; 4]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                other => break other.unwrap(),
            }
        };
        assert_eq!(read, 1);
        drop(writer.join().unwrap());
    });
}

#[test]
fn read_that_would_park_panics_where_parking_is_forbidden() {
    on_one_worker(|| {
        let (mut near, mut far) = pair();
        far.write_all(b"x").unwrap();
        let mut read = || near.read(&mut [0; 4]);
        assert_eq!(teem::task::forbid_park(&mut read).unwrap(), 1);
        let read = std::panic::AssertUnwindSafe(read);
        let parked = std::panic::catch_unwind(|| {
            let mut read = read;
            teem::task::forbid_park(|| (*read)())
        });
        assert!(parked.is_err());
        far.write_all(b"y").unwrap();
        assert_eq!(
            near.read(&mut [0; 4]).unwrap(),
            1,
            "it is as good as before"
        );
    });
}

#[test]
fn ping_pong_between_a_task_and_a_thread() {
    everywhere(|_| {
        let (mut near, mut far) = pair();
        let pong = Place::Thread.spawn(move || {
            let mut byte = [0];
            while far.read(&mut byte).unwrap() == 1 {
                far.write_all(&[byte[0].wrapping_add(1)]).unwrap();
            }
        });
        let ping = Place::Task.spawn(move || {
            for value in 0..200 {
                near.write_all(&[value]).unwrap();
                let mut byte = [0];
                near.read_exact(&mut byte).unwrap();
                assert_eq!(byte[0], value.wrapping_add(1));
            }
        });
        ping.join();
        pong.join();
    });
}

#[test]
fn nothing_is_read_and_written_at_once() {
    everywhere(|_| {
        let (mut near, _far) = pair();
        let (short, long) = (
            Some(Duration::from_millis(3)),
            Some(Duration::from_secs(60)),
        );
        // Nothing to read, no room to write, and that is known.
        near.set_read_timeout(short).unwrap();
        near.set_write_timeout(short).unwrap();
        assert!(near.read(&mut [0; 8]).is_err());
        while near.write(&[0; 65_536]).is_ok() {}
        near.set_read_timeout(long).unwrap();
        near.set_write_timeout(long).unwrap();
        assert_eq!(near.read_vectored(&mut []).unwrap(), 0);
        let parts = &mut [IoSliceMut::new(&mut [])];
        assert_eq!(near.read_vectored(parts).unwrap(), 0);
        assert_eq!(near.write(&[]).unwrap(), 0);
        assert_eq!(near.write_vectored(&[]).unwrap(), 0);
        assert_eq!(near.write_vectored(&[IoSlice::new(&[])]).unwrap(), 0);
    });
}

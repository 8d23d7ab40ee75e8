//! Pipes.

use crate::pattern;
use crate::together::{beside, in_task_and_thread};
use std::io::{ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;
use teem::context::{Cause, Context, cause_of};
use teem::io::{PipeReader, PipeWriter, pipe};

#[test]
fn far_more_than_it_holds_goes_through_a_pipe() {
    in_task_and_thread(|| {
        let (mut reader, mut writer) = pipe().unwrap();
        let bytes = pattern(3_000_000);
        let mut back = Vec::new();
        let write = || {
            writer.write_all(&bytes).unwrap();
            drop(writer);
        };
        beside(write, || reader.read_to_end(&mut back).unwrap());
        assert!(back == bytes);
        assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0, "still the end");
    });
}

#[test]
fn vectors_go_through_a_pipe() {
    in_task_and_thread(|| {
        let (reader, writer) = pipe().unwrap();
        let parts = [
            IoSlice::new(b"one"),
            IoSlice::new(b""),
            IoSlice::new(b"two"),
        ];
        assert_eq!((&writer).write_vectored(&parts).unwrap(), 6);
        let (mut first, mut second) = ([0; 2], [0; 9]);
        let mut parts = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
        assert_eq!((&reader).read_vectored(&mut parts).unwrap(), 6);
        assert_eq!((&first[..], &second[..4]), (&b"on"[..], &b"etwo"[..]));
    });
}

#[test]
fn the_last_writer_ends_the_reading_and_no_reader_is_an_error() {
    in_task_and_thread(|| {
        let (mut reader, writer) = pipe().unwrap();
        let mut clone = writer.try_clone().unwrap();
        drop(writer);
        clone.write_all(b"x").unwrap();
        drop(clone);
        assert_eq!(reader.read(&mut [0; 8]).unwrap(), 1);
        assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0);

        let (reader, mut writer) = pipe().unwrap();
        let other = reader.try_clone().unwrap();
        drop(reader);
        writer.write_all(b"x").unwrap();
        drop(other);
        // A child that another test is about to start has all our files, until it is the program that it will be.
        let error = loop {
            if let Err(error) = writer.write(b"x") {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn a_parked_reader_and_a_parked_writer_are_cut_and_lose_nothing() {
    in_task_and_thread(|| {
        let (mut reader, mut writer) = pipe().unwrap();
        let soon = || Context::background().with_timeout(Duration::from_millis(2));
        let error = soon().enter(|| reader.read(&mut [0; 8])).unwrap_err();
        assert_eq!(cause_of(&error), Some(Cause::DeadlineExceeded));

        // Room for a page there is, be the time over before the first attempt or not.
        let mut written = writer.write(&[7; 4096]).unwrap();
        let error = soon().enter(|| {
            loop {
                match writer.write(&[7; 5000]) {
                    Ok(length) => written += length,
                    Err(error) => break error,
                }
            }
        });
        assert_eq!(cause_of(&error), Some(Cause::DeadlineExceeded));
        assert!(written >= 4096, "{written}");
        drop(writer);
        let mut back = Vec::new();
        assert_eq!(reader.read_to_end(&mut back).unwrap(), written);

        let (reader, _writer) = pipe().unwrap();
        let (context, handle) = Context::background().with_cancel();
        handle.cancel();
        let error = context.enter(|| (&reader).read(&mut [0; 8])).unwrap_err();
        assert_eq!(cause_of(&error), Some(Cause::Cancelled));
    });
}

#[test]
fn ends_that_are_given_away_block_again_and_come_back() {
    in_task_and_thread(|| {
        let (reader, writer) = pipe().unwrap();
        let is_nonblocking = |fd: &dyn AsFd| {
            use std::os::fd::AsRawFd;
            // SAFETY: no pointers are passed.
            let flags = unsafe { libc::fcntl(fd.as_fd().as_raw_fd(), libc::F_GETFL) };
            flags & libc::O_NONBLOCK != 0
        };
        assert!(is_nonblocking(&reader) && is_nonblocking(&writer));
        let reader = std::io::PipeReader::from(reader);
        let writer = OwnedFd::from(writer);
        assert!(!is_nonblocking(&reader) && !is_nonblocking(&writer));
        let (mut reader, mut writer) = (PipeReader::from(reader), PipeWriter::from(writer));
        writer.write_all(b"back").unwrap();
        assert_eq!(reader.read(&mut [0; 8]).unwrap(), 4);
    });
}

/// The system fills no more than so many a call, and std gives it no more.
#[test]
fn what_more_buffers_than_the_system_takes_leave_is_read_next() {
    in_task_and_thread(|| {
        let (mut reader, mut writer) = pipe().unwrap();
        // Registers it: from now on only an event or a read tells.
        let soon = Context::background().with_timeout(Duration::from_millis(2));
        soon.enter(|| reader.read(&mut [0; 8])).unwrap_err();
        let bytes = pattern(2500);
        writer.write_all(&bytes).unwrap();
        let mut back = Vec::<u8>::new();
        while back.len() < bytes.len() {
            let mut store = vec![0_u8; 3000];
            let mut parts: Vec<_> = store.chunks_mut(1).map(IoSliceMut::new).collect();
            let within = Context::background().with_timeout(Duration::from_secs(60));
            let length = within.enter(|| reader.read_vectored(&mut parts)).unwrap();
            back.extend(&store[..length]);
        }
        assert!(back == bytes);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn packets_of_who_makes_the_pipe_one_of_packets_are_all_read() {
    use std::os::fd::AsRawFd;
    in_task_and_thread(|| {
        let (mut reader, mut writer) = pipe().unwrap();
        let fd = writer.as_fd().as_raw_fd();
        // As a child does for its own output. SAFETY: no pointers are passed.
        let set = unsafe { libc::fcntl(fd, libc::F_SETFL, libc::O_NONBLOCK | libc::O_DIRECT) };
        assert_eq!(set, 0);
        let soon = Context::background().with_timeout(Duration::from_millis(2));
        soon.enter(|| reader.read(&mut [0; 8])).unwrap_err();
        let packets = [b"a", b"b", b"c"];
        for packet in packets {
            writer.write_all(packet).unwrap();
        }
        let within = Context::background().with_timeout(Duration::from_secs(60));
        for packet in packets {
            let mut back = [0; 8];
            assert_eq!(within.enter(|| reader.read(&mut back)).unwrap(), 1);
            assert_eq!(&back[..1], packet);
        }
    });
}

#[test]
fn nothing_is_read_and_written_at_once() {
    in_task_and_thread(|| {
        let (mut reader, mut writer) = pipe().unwrap();
        let soon = || Context::background().with_timeout(Duration::from_millis(2));
        soon().enter(|| reader.read(&mut [0; 8])).unwrap_err();
        let fill = || while writer.write(&[0; 4096]).is_ok() {};
        soon().enter(fill);
        reader.read_exact(&mut [0; 100]).unwrap();
        let within = Context::background().with_timeout(Duration::from_secs(60));
        within.enter(|| {
            assert_eq!(writer.write(&[]).unwrap(), 0);
            assert_eq!(writer.write_vectored(&[]).unwrap(), 0);
        });
        drop(writer);
        let (mut reader, _writer) = pipe().unwrap();
        soon().enter(|| reader.read(&mut [0; 8])).unwrap_err();
        within.enter(|| {
            assert_eq!(reader.read(&mut []).unwrap(), 0);
            assert_eq!(reader.read_vectored(&mut []).unwrap(), 0);
            let parts = &mut [IoSliceMut::new(&mut [])];
            assert_eq!(reader.read_vectored(parts).unwrap(), 0);
        });
        let (context, handle) = Context::background().with_cancel();
        handle.cancel();
        let error = context.enter(|| reader.read(&mut [])).unwrap_err();
        assert_eq!(cause_of(&error), Some(Cause::Cancelled));
    });
}

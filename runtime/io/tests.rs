//! What happens when the system refuses, or is interrupted: `just faults`.

use super::{Read, Write, copy, pipe};
use crate::sys::fault;

/// Copies 200,000 bytes from pipe to pipe.
fn through() -> std::io::Result<u64> {
    let (mut from, mut source) = pipe()?;
    let (mut sink, mut to) = pipe()?;
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    crate::scope(|s| {
        s.spawn(|| {
            // Nobody reads any more when the copy has failed.
            let _ = source.write_all(&bytes);
            drop(source);
        });
        let reader = s.spawn(move || {
            let mut read = Vec::new();
            sink.read_to_end(&mut read).map(|_| read)
        });
        let copied = copy(&mut from, &mut to);
        drop((from, to));
        let read = reader.join().expect("no panic")?;
        if copied.is_ok() {
            assert!(read == bytes);
        }
        copied
    })
}

#[test]
fn what_cannot_be_spliced_goes_the_ordinary_way_and_nothing_is_lost() {
    // In and out: there is more than a piece to be had.
    for nth in 1..3 {
        for errno in [libc::EINVAL, libc::EINTR] {
            let injection = fault::inject("splice", nth, errno);
            assert_eq!(crate::run(through).unwrap(), 200_000);
            assert!(injection.has_struck());
        }
    }
}

#[test]
fn an_error_of_a_splice_is_that_of_the_copy() {
    // In and out: there is more than a piece to be had.
    for nth in 1..3 {
        let injection = fault::inject("splice", nth, libc::EIO);
        let error = crate::run(through).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EIO));
        assert!(injection.has_struck());
    }
}

#[test]
fn a_pipe_is_read_and_written_on_after_an_interruption() {
    for nth in 1..5 {
        let injection = fault::inject("pipe_io", nth, libc::EINTR);
        let copied = crate::run(|| {
            let (mut reader, mut writer) = pipe()?;
            writer.write_all(b"to and fro")?;
            writer.write_all(b" and on")?;
            drop(writer);
            let mut text = String::new();
            reader.read_to_string(&mut text).map(|_| text)
        });
        assert_eq!(copied.unwrap(), "to and fro and on");
        assert!(injection.has_struck());
    }
}

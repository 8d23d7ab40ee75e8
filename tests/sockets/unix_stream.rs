//! Unix streams and listeners.

use crate::crew::{both_ways, crew, lull};
use crate::workers::with_workers;
use crate::{Name, assert_lets_others_run};
use std::io::{ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;
use teem::net::Shutdown;
use teem::os::unix::net::{SocketAddr, UnixListener, UnixStream};

#[test]
fn connections_by_a_name_are_accepted_and_carry_every_byte() {
    both_ways(|| {
        let name = Name::new();
        let listener = UnixListener::bind(&name.0).unwrap();
        assert_eq!(listener.local_addr().unwrap().as_pathname(), Some(&*name.0));
        crew(|c| {
            let server = c.spawn(|| {
                for stream in listener.incoming().take(2) {
                    let stream = stream.unwrap();
                    std::io::copy(&mut &stream, &mut &stream).unwrap();
                }
            });
            for _ in 0..2 {
                let stream = UnixStream::connect(&name.0).unwrap();
                assert_eq!(stream.peer_addr().unwrap().as_pathname(), Some(&*name.0));
                assert!(stream.local_addr().unwrap().is_unnamed());
                let data: Vec<u8> = (0..400_000).map(|n: u32| (n % 251) as u8).collect();
                let writer = c.spawn({
                    let (data, mut stream) = (data.clone(), stream.try_clone().unwrap());
                    move || {
                        stream.write_all(&data).unwrap();
                        stream.shutdown(Shutdown::Write).unwrap();
                    }
                });
                let mut back = Vec::new();
                (&stream).read_to_end(&mut back).unwrap();
                assert!(back == data);
                writer.join();
            }
            server.join();
        });
        assert_eq!(
            UnixListener::bind(&name.0).unwrap_err().kind(),
            ErrorKind::AddrInUse
        );
    });
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_paths_are_kept_with_their_zeros() {
    use teem::os::linux::net::SocketAddrExt;
    both_ways(|| {
        let unique = format!("teem\0{}{:p}", std::process::id(), &());
        let server = SocketAddr::from_abstract_name(&unique).unwrap();
        let listener = UnixListener::bind_addr(&server).unwrap();
        let stream = UnixStream::connect_addr(&server).unwrap();
        let peer = stream.peer_addr().unwrap();
        assert_eq!(peer.as_abstract_name(), Some(unique.as_bytes()));
        let (accepted, client) = listener.accept().unwrap();
        assert!(client.is_unnamed());
        drop(accepted);
        // A client that has a name is told by it.
        let client = SocketAddr::from_abstract_name(format!("{unique}\0client")).unwrap();
        let theirs = std::os::unix::net::UnixDatagram::bind_addr(&client);
        drop(theirs.unwrap());
    });
}

#[test]
fn nobody_there_is_an_error() {
    both_ways(|| {
        let name = Name::new();
        let error = UnixStream::connect(&name.0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        drop(UnixListener::bind(&name.0).unwrap());
        let error = UnixStream::connect(&name.0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let long = "x".repeat(200);
        let error = UnixStream::connect(&long).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    });
}

#[test]
fn connecting_waits_for_room_in_the_queue() {
    both_ways(|| {
        let name = Name::new();
        let listener = UnixListener::bind(&name.0).unwrap();
        // SAFETY: no pointers are passed.
        assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 0) }, 0);
        let mut queued = Vec::new();
        let some = Duration::from_millis(5);
        loop {
            match teem::time::timeout(some, || UnixStream::connect(&name.0)) {
                Ok(stream) => queued.push(stream),
                // On a busy machine the time may be over before the first attempt.
                Err(_) if queued.is_empty() => {}
                Err(_) => break,
            }
        }
        crew(|c| {
            let waiter = c.spawn(|| UnixStream::connect(&name.0).unwrap());
            lull();
            for _ in 0..=queued.len() {
                listener.accept().unwrap();
            }
            waiter.join();
        });
    });
}

#[test]
fn connecting_where_there_always_is_room_lets_others_run() {
    let name = Name::new();
    // Accepts by the system's own call, which does not let anybody run.
    let listener = std::os::unix::net::UnixListener::bind(&name.0).unwrap();
    assert_lets_others_run(|| {
        UnixStream::connect(&name.0).unwrap();
        listener.accept().unwrap();
    });
}

#[test]
fn several_buffers_are_filled_in_order_and_no_buffer_waits_for_nothing() {
    both_ways(|| {
        let (mut near, mut far) = UnixStream::pair().unwrap();
        let parts = [
            IoSlice::new(b"one"),
            IoSlice::new(b""),
            IoSlice::new(b"two"),
        ];
        assert_eq!(near.write_vectored(&parts).unwrap(), 6);
        assert_eq!(near.write_vectored(&[]).unwrap(), 0);
        let (mut one, mut two) = ([0; 4], [0; 4]);
        let mut parts = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)];
        assert_eq!(far.read_vectored(&mut parts).unwrap(), 6);
        assert_eq!((&one, &two[..2]), (b"onet", &b"wo"[..]));
        assert_eq!(far.read_vectored(&mut []).unwrap(), 0);
        near.flush().unwrap();
    });
}

/// What is sent with a descriptor ends a read before what is behind it: a short read is no proof that
/// nothing is left.
#[test]
fn data_behind_a_passed_descriptor_is_not_forgotten() {
    both_ways(|| {
        let (near, mut far) = UnixStream::pair().unwrap();
        crew(|c| {
            let reader = c.spawn(|| {
                let mut data = Vec::<u8>::new();
                let mut buffer = [0; 64];
                while data.len() < 13 {
                    let length = (&near).read(&mut buffer).unwrap();
                    data.extend(&buffer[..length]);
                }
                data
            });
            lull();
            far.write_all(b"before").unwrap();
            send_with_descriptor(&far, b"with");
            far.write_all(b"end").unwrap();
            assert_eq!(reader.join(), b"beforewithend");
        });
    });
}

fn send_with_descriptor(stream: &UnixStream, data: &[u8]) {
    let mut part = libc::iovec {
        iov_base: data.as_ptr().cast_mut().cast(),
        iov_len: data.len(),
    };
    // Room for a header and one descriptor, aligned as the header is.
    let mut control = [0_u64; 8];
    // SAFETY: integers and pointers. The message leads to `part` and `control`, which live during the call, and the
    // only control message lies within `control`.
    let sent = unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &mut part;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = libc::CMSG_SPACE(4) as _;
        let header = libc::CMSG_FIRSTHDR(&message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        (*header).cmsg_len = libc::CMSG_LEN(4) as _;
        libc::CMSG_DATA(header).cast::<i32>().write(1);
        libc::sendmsg(stream.as_raw_fd(), &message, 0)
    };
    assert_eq!(sent, data.len() as isize);
}

#[test]
fn timeouts_are_reported_as_the_system_does() {
    both_ways(|| {
        let (near, _far) = UnixStream::pair().unwrap();
        let some = Some(Duration::from_millis(3));
        near.set_read_timeout(some).unwrap();
        near.set_write_timeout(some).unwrap();
        assert!(near.read_timeout().unwrap().is_some() && near.write_timeout().unwrap().is_some());
        let error = (&near).read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        let error = (&near).write_all(&vec![0; 10 << 20]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        near.set_read_timeout(None).unwrap();
        near.set_nonblocking(true).unwrap();
        assert!((&near).read(&mut [0]).is_err());
        assert!(near.take_error().unwrap().is_none());
    });
}

#[test]
fn conversions_keep_the_connection() {
    both_ways(|| {
        let (near, mut far) = UnixStream::pair().unwrap();
        let mut theirs = std::os::unix::net::UnixStream::from(near);
        far.write_all(b"one").unwrap();
        theirs.read_exact(&mut [0; 3]).unwrap();
        let near = UnixStream::from(OwnedFd::from(theirs));
        crew(|c| {
            let reader = c.spawn(|| (&near).read(&mut [0; 8]).unwrap());
            lull();
            far.write_all(b"two").unwrap();
            assert_eq!(reader.join(), 3);
        });
        drop(near);
        assert_eq!(far.read(&mut [0; 8]).unwrap(), 0);
        assert_eq!(
            far.write(b"x").unwrap_err().kind(),
            ErrorKind::BrokenPipe,
            "and no signal"
        );
    });
}

#[test]
fn room_of_which_no_event_tells_is_found_by_the_next_write() {
    let (short, long) = (Duration::from_millis(5), Duration::from_secs(60));
    // Each leaves the stream full, or looks as if there were no room.
    type Call = fn(&UnixStream, Duration) -> std::io::Result<usize>;
    let times_out: Call = |mut near, short| {
        near.set_write_timeout(Some(short))?;
        let result = near.write(&[0; 4096]);
        near.set_write_timeout(None)?;
        result
    };
    let is_cancelled: Call =
        |mut near, short| teem::time::timeout(short, || near.write(&[0; 4096]));
    let does_not_wait: Call = |mut near, _| {
        near.set_nonblocking(true)?;
        let result = near.write(&[0; 4096]);
        near.set_nonblocking(false)?;
        result
    };
    both_ways(|| {
        for fill in [times_out, is_cancelled, does_not_wait] {
            let (near, mut far) = UnixStream::pair().unwrap();
            let mut length = 0;
            while let Ok(written) = fill(&near, short) {
                length += written;
            }
            far.read_exact(&mut vec![0; length / 2]).unwrap();
            // The system reports room once three quarters are free, and there is half.
            let looked = teem::time::timeout(short, || teem::poll::writable(&near));
            assert_eq!(looked.unwrap_err().kind(), ErrorKind::TimedOut);
            let written = teem::time::timeout(long, || (&near).write(b"x"));
            assert_eq!(written.unwrap(), 1);
        }
    });
}

#[test]
fn shutdown_wakes_a_writer_without_room() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (near, _far) = UnixStream::pair().unwrap();
            let clone = near.try_clone().unwrap();
            near.set_nonblocking(true).unwrap();
            while (&near).write(&[0; 4096]).is_ok() {}
            near.set_nonblocking(false).unwrap();
            near.set_write_timeout(Some(Duration::from_secs(60)))
                .unwrap();
            teem::scope(|s| {
                let writer = s.spawn(|| (&clone).write(&[0; 4096]));
                lull();
                near.shutdown(Shutdown::Write).unwrap();
                let error = writer.join().unwrap().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::BrokenPipe);
            });
        });
    });
}

#[test]
fn nothing_is_read_and_written_at_once() {
    both_ways(|| {
        let (mut near, _far) = UnixStream::pair().unwrap();
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

//! Timeouts, modes and the options of sockets.

use super::{everywhere, listener, on_one_worker, pair};
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};
use teem::net::TcpStream;

const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(60);

#[test]
fn read_gives_up_at_its_timeout_and_not_before() {
    everywhere(|_| {
        let (mut near, mut far) = pair();
        near.set_read_timeout(Some(SHORT)).unwrap();
        for _ in 0..2 {
            let start = Instant::now();
            let error = near.read(&mut [0; 8]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WouldBlock, "as std on unix");
            assert!(start.elapsed() >= SHORT);
            let error = near.peek(&mut [0; 8]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
        }
        far.write_all(b"late").unwrap();
        near.set_read_timeout(Some(LONG)).unwrap();
        assert_eq!(near.read(&mut [0; 8]).unwrap(), 4, "nothing was lost");
    });
}

#[test]
fn what_came_in_time_is_read_though_the_worker_was_held_up() {
    on_one_worker(|| {
        let (mut near, mut far) = pair();
        near.set_read_timeout(Some(SHORT)).unwrap();
        let reader = teem::spawn(move || near.read(&mut [0; 8]));
        // It waits, and nobody looks for events until its time is over.
        teem::task::yield_now();
        let start = Instant::now();
        far.write_all(b"in time").unwrap();
        while start.elapsed() < 2 * SHORT {
            std::hint::spin_loop();
        }
        assert_eq!(reader.join().unwrap().unwrap(), 7);
    });
}

#[test]
fn write_gives_up_at_its_timeout() {
    everywhere(|_| {
        let (mut near, _far) = pair();
        near.set_write_timeout(Some(SHORT)).unwrap();
        let error = loop {
            if let Err(error) = near.write(&[0; 1 << 16]) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    });
}

#[test]
fn timeout_counts_for_each_call_anew() {
    everywhere(|helpers| {
        let (mut near, mut far) = pair();
        near.set_read_timeout(Some(LONG)).unwrap();
        let writer = helpers.spawn(move || {
            for _ in 0..3 {
                far.write_all(b"x").unwrap();
                far.read_exact(&mut [0]).unwrap();
            }
        });
        for _ in 0..3 {
            near.read_exact(&mut [0]).unwrap();
            near.write_all(b"x").unwrap();
        }
        writer.join();
        near.set_read_timeout(None).unwrap();
        assert_eq!(near.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn timeouts_read_back_as_in_std_and_are_common_to_clones() {
    everywhere(|_| {
        let (near, _far) = pair();
        let std_stream = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap()
        };
        let clone = near.try_clone().unwrap();
        for timeout in [
            None,
            Some(Duration::from_nanos(1)),
            Some(Duration::from_micros(1_500)),
            Some(Duration::from_millis(20)),
            Some(Duration::from_secs(3)),
            Some(Duration::MAX),
            None,
        ] {
            std_stream.set_read_timeout(timeout).unwrap();
            std_stream.set_write_timeout(timeout).unwrap();
            near.set_read_timeout(timeout).unwrap();
            clone.set_write_timeout(timeout).unwrap();
            for stream in [&near, &clone] {
                let (read, write) = (stream.read_timeout(), stream.write_timeout());
                assert_eq!(read.unwrap(), std_stream.read_timeout().unwrap());
                assert_eq!(write.unwrap(), std_stream.write_timeout().unwrap());
            }
        }
        clone.set_read_timeout(Some(SHORT)).unwrap();
        let error = (&near).read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        for zero in [
            near.set_read_timeout(Some(Duration::ZERO)),
            near.set_write_timeout(Some(Duration::ZERO)),
        ] {
            assert_eq!(zero.unwrap_err().kind(), ErrorKind::InvalidInput);
        }
        assert!(near.read_timeout().unwrap().is_some(), "it is as it was");
    });
}

#[test]
fn nonblocking_stream_never_waits_and_blocks_again_after() {
    everywhere(|helpers| {
        let (near, mut far) = pair();
        let clone = near.try_clone().unwrap();
        clone.set_nonblocking(true).unwrap();
        let mut stream = &near;
        let error = stream.read(&mut [0; 8]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        let mut sent = 0;
        let error = loop {
            match stream.write(&[0; 1 << 16]) {
                Ok(more) => sent += more,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        near.set_nonblocking(false).unwrap();
        let drain = helpers.spawn(move || {
            let mut data = vec![0; sent + 5];
            far.read_exact(&mut data).unwrap();
            far.write_all(b"done").unwrap();
            far
        });
        stream.write_all(b"again").unwrap();
        let mut done = [0; 4];
        stream.read_exact(&mut done).unwrap();
        drop(drain.join());
    });
}

#[test]
fn options_are_those_of_the_system() {
    everywhere(|_| {
        let (near, _far) = pair();
        for value in [true, false] {
            near.set_nodelay(value).unwrap();
            assert_eq!(near.nodelay().unwrap(), value);
        }
        near.set_ttl(42).unwrap();
        assert_eq!(near.ttl().unwrap(), 42);
        assert!(near.take_error().unwrap().is_none());
        let listener = listener();
        listener.set_ttl(43).unwrap();
        assert_eq!(listener.ttl().unwrap(), 43);
        assert!(listener.take_error().unwrap().is_none());
    });
}

#[test]
fn debug_looks_as_in_std() {
    everywhere(|_| {
        let (near, _far) = pair();
        let ours = format!("{near:?}");
        let theirs = format!("{:?}", std::net::TcpStream::from(near));
        assert_eq!(ours, theirs);
        let listener = listener();
        let ours = format!("{:?} {:?}", listener, listener.incoming());
        let theirs = std::net::TcpListener::from(listener);
        assert_eq!(ours, format!("{:?} {:?}", theirs, theirs.incoming()));
    });
}

#[test]
fn ended_connection_has_no_peer() {
    everywhere(|_| {
        let (near, far) = pair();
        super::reset_on_close(&far);
        drop(far);
        // A waiting call notices that it is over.
        assert!((&near).read(&mut [0]).is_err());
        assert_eq!(
            near.peer_addr().unwrap_err().kind(),
            ErrorKind::NotConnected
        );
        let address = near.local_addr().unwrap();
        drop(near);
        assert!(TcpStream::connect(address).is_err());
    });
}

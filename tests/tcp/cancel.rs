//! A cancelled call fails, at once, and loses nothing.

use super::{listener, pair, within};
use std::io::{self, Read, Write};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use teem::context::cause_of;
use teem::net::{TcpListener, TcpStream};

fn assert_cancelled<T>(result: io::Result<T>) {
    let error = result.err().expect("a cancelled call succeeded");
    assert!(cause_of(&error).is_some(), "{error:?}");
    let unfit = [io::ErrorKind::WouldBlock, io::ErrorKind::Interrupted];
    assert!(!unfit.contains(&error.kind()));
}

/// Cancels a task that is about to wait in `call`, which must then fail; and again.
fn cancelled_in<T>(call: impl Fn() -> io::Result<T> + Send + 'static) {
    within(Duration::from_secs(60), move || {
        let (waiting, waits) = mpsc::channel();
        let task = teem::spawn(move || {
            waiting.send(()).unwrap();
            assert_cancelled(call());
            assert_cancelled(call());
        });
        waits.recv().unwrap();
        task.cancel();
        task.join().unwrap();
    });
}

#[test]
fn cancelled_accept_loses_no_connection() {
    let listener = Arc::new(listener());
    cancelled_in({
        let listener = Arc::clone(&listener);
        move || listener.accept()
    });
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (_, peer) = teem::run(|| listener.accept()).unwrap();
    assert_eq!(peer, client.local_addr().unwrap());
}

#[test]
fn cancelled_read_loses_no_byte() {
    let (near, mut far) = pair();
    let near = Arc::new(near);
    for peek in [true, false] {
        cancelled_in({
            let near = Arc::clone(&near);
            move || match peek {
                true => near.peek(&mut [0; 8]),
                false => (&*near).read(&mut [0; 8]),
            }
        });
    }
    far.write_all(b"data").unwrap();
    let mut data = [0; 4];
    teem::run(|| (&*near).read_exact(&mut data)).unwrap();
    assert_eq!(&data, b"data");
}

#[test]
fn call_in_a_cancelled_task_does_nothing_though_it_could() {
    within(Duration::from_secs(60), || {
        let (near, mut far) = pair();
        far.write_all(b"data").unwrap();
        assert_eq!(near.peek(&mut [0; 8]).unwrap(), 4);
        let listener = listener();
        let address = listener.local_addr().unwrap();
        let _client = TcpStream::connect(address).unwrap();
        let (go, wait) = mpsc::channel();
        let task = teem::spawn(move || {
            teem::offload(move || wait.recv()).unwrap();
            let mut near = near;
            assert_cancelled(near.read(&mut [0; 8]));
            assert_cancelled(near.peek(&mut [0; 8]));
            assert_cancelled(near.write(b"x"));
            near.set_nonblocking(true).unwrap();
            assert_cancelled(near.read(&mut [0; 8]));
            near.set_nonblocking(false).unwrap();
            assert_cancelled(listener.accept());
            assert_cancelled(TcpStream::connect(address));
            assert_cancelled(TcpStream::connect(("localhost", 1)));
            assert_cancelled(TcpListener::bind(("localhost", 0)));
            assert_cancelled(TcpStream::connect_timeout(&address, Duration::from_secs(1)));
            near
        });
        task.cancel();
        go.send(()).unwrap();
        let mut near = task.join().unwrap();
        let mut data = [0; 4];
        near.read_exact(&mut data).unwrap();
        assert_eq!(&data, b"data");
        drop(near);
        assert_eq!(far.read(&mut [0; 8]).unwrap(), 0, "nothing was written");
    });
}

#[test]
fn cancelled_write_has_counted_what_it_sent() {
    within(Duration::from_secs(60), || {
        let (mut near, mut far) = pair();
        let sent = Arc::new(Mutex::new(0));
        let (full, wait) = mpsc::channel();
        let writer = teem::spawn({
            let sent = Arc::clone(&sent);
            move || {
                near.set_nonblocking(true).unwrap();
                while let Ok(more) = near.write(&[7; 1 << 16]) {
                    *sent.lock().unwrap() += more;
                }
                near.set_nonblocking(false).unwrap();
                full.send(()).unwrap();
                loop {
                    match near.write(&[7; 1 << 16]) {
                        Ok(more) => *sent.lock().unwrap() += more,
                        Err(error) => return error,
                    }
                }
            }
        });
        wait.recv().unwrap();
        writer.cancel();
        let error = writer.join().unwrap();
        assert!(cause_of(&error).is_some());
        let mut data = Vec::new();
        far.read_to_end(&mut data).unwrap();
        assert_eq!(data.len(), *sent.lock().unwrap());
    });
}

#[test]
fn cancelled_waiter_does_not_take_the_wake_up_of_another() {
    within(Duration::from_secs(60), || {
        for _ in 0..200 {
            let listener = Arc::new(listener());
            let address = listener.local_addr().unwrap();
            let [first, second] = [(); 2].map(|()| {
                let listener = Arc::clone(&listener);
                teem::spawn(move || listener.accept().map(drop))
            });
            let client = std::thread::spawn(move || TcpStream::connect(address).unwrap());
            first.cancel();
            if first.join().unwrap().is_ok() {
                // It was faster than its cancellation: the second waits for another connection.
                TcpStream::connect(address).unwrap();
            }
            second.join().unwrap().unwrap();
            client.join().unwrap();
        }
    });
}

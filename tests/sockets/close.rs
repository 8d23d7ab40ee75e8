//! An end from elsewhere wakes whoever waits.

use crate::Name;
use crate::crew::{both_ways, crew, lull};
use std::io::{ErrorKind, Read, Write};
use teem::net::{Shutdown, TcpListener, TcpStream};
use teem::os::unix::net::{UnixListener, UnixStream};

#[test]
fn closed_listener_wakes_the_acceptors_of_all_clones() {
    both_ways(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let clone = listener.try_clone().unwrap();
        crew(|c| {
            let acceptors: Vec<_> = (0..6)
                .map(|n| {
                    let listener = if n % 2 == 0 { &listener } else { &clone };
                    c.spawn(|| listener.accept().map(drop))
                })
                .collect();
            lull();
            listener.close();
            for acceptor in acceptors {
                let error = acceptor.join().unwrap_err();
                assert_eq!(error.kind(), ErrorKind::NotConnected);
            }
        });
        let again = clone.accept().unwrap_err();
        assert_eq!(again.kind(), ErrorKind::NotConnected);
        clone.close();
    });
}

#[cfg(target_os = "linux")]
#[test]
fn closed_listener_refuses_and_its_port_is_free() {
    both_ways(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut queued = TcpStream::connect(address).unwrap();
        listener.close();
        assert!(TcpStream::connect(address).is_err());
        assert!(queued.read(&mut [0]).map_or(true, |length| length == 0));
        TcpListener::bind(address).unwrap();
    });
}

#[test]
fn closed_unix_listener_wakes_its_acceptor() {
    both_ways(|| {
        let name = Name::new();
        let listener = UnixListener::bind(&name.0).unwrap();
        crew(|c| {
            let acceptor = c.spawn(|| listener.accept().map(drop));
            lull();
            listener.close();
            let error = acceptor.join().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotConnected);
        });
        assert!(UnixStream::connect(&name.0).is_err() || !cfg!(target_os = "linux"));
    });
}

#[test]
fn descriptor_of_a_closed_listener_is_open_for_its_next_owner() {
    both_ways(|| {
        for _ in 0..3 {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            listener.accept().unwrap();
            listener.close();
        }
    });
}

trait Stream: Sync {
    fn end(&self);
    fn read_some(&self) -> std::io::Result<usize>;
    fn write_much(&self) -> std::io::Result<()>;
}

macro_rules! stream {
    ($type:ty) => {
        impl Stream for $type {
            fn end(&self) {
                self.shutdown(Shutdown::Both).unwrap();
            }
            fn read_some(&self) -> std::io::Result<usize> {
                Read::read(&mut &*self, &mut [0; 8])
            }
            fn write_much(&self) -> std::io::Result<()> {
                Write::write_all(&mut &*self, &vec![0; 32 << 20])
            }
        }
    };
}

stream!(TcpStream);
stream!(UnixStream);

#[test]
fn shutdown_wakes_readers_and_writers() {
    fn check<S: Stream>(near: &S, _far: &S) {
        crew(|c| {
            let reader = c.spawn(|| near.read_some());
            let writer = c.spawn(|| near.write_much());
            lull();
            near.end();
            assert_eq!(reader.join().unwrap(), 0);
            assert_eq!(writer.join().unwrap_err().kind(), ErrorKind::BrokenPipe);
        });
    }
    both_ways(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        check(&near, &listener.accept().unwrap().0);
        let (near, far) = UnixStream::pair().unwrap();
        check(&near, &far);
    });
}

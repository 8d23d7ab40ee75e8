//! The poller's contract and the socket calls, without anything above them.

#[cfg(not(miri))]
mod poller {
    use crate::sys::{Event, Events, Poller};
    use std::io::{Read, Write};
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;
    use std::thread;
    use std::time::{Duration, Instant};

    const NOW: Option<Duration> = Some(Duration::ZERO);

    fn events(poller: &Poller, timeout: Option<Duration>) -> Vec<Event> {
        let mut events = Events::new();
        poller.wait(&mut events, timeout).unwrap();
        events.iter().collect()
    }

    /// What all events of one wait say together: an event of a kqueue has one direction.
    fn sum(events: &[Event]) -> (bool, bool, bool, bool) {
        events
            .iter()
            .fold((false, false, false, false), |sum, event| {
                assert_eq!(event.token, 7);
                (
                    sum.0 | event.readable,
                    sum.1 | event.writable,
                    sum.2 | event.read_sticky,
                    sum.3 | event.write_sticky,
                )
            })
    }

    fn registered() -> (Poller, UnixStream, UnixStream) {
        let poller = Poller::new().unwrap();
        let (near, far) = UnixStream::pair().unwrap();
        poller.register(near.as_fd(), 7).unwrap();
        (poller, near, far)
    }

    #[test]
    fn what_is_ready_at_the_registration_is_reported_once() {
        let (poller, _near, _far) = registered();
        assert_eq!(sum(&events(&poller, None)), (false, true, false, false));
        assert_eq!(events(&poller, NOW), []);
    }

    #[test]
    fn every_arrival_is_a_new_edge() {
        let (poller, _near, mut far) = registered();
        events(&poller, None);
        for _ in 0..3 {
            far.write_all(b"x").unwrap();
            let (readable, _, read_sticky, _) = sum(&events(&poller, None));
            assert!(readable && !read_sticky);
            assert_eq!(events(&poller, NOW), []);
        }
    }

    #[test]
    fn end_is_sticky() {
        let (poller, mut near, far) = registered();
        far.shutdown(std::net::Shutdown::Write).unwrap();
        let (readable, _, read_sticky, write_sticky) = sum(&events(&poller, None));
        assert!(readable && read_sticky && !write_sticky);
        assert_eq!(near.read(&mut [0; 1]).unwrap(), 0);
        drop(far);
        let (_, writable, _, write_sticky) = sum(&events(&poller, None));
        assert!(writable && write_sticky);
    }

    #[test]
    fn registering_again_replaces_the_token() {
        let poller = Poller::new().unwrap();
        let (near, _far) = UnixStream::pair().unwrap();
        poller.register(near.as_fd(), 5).unwrap();
        poller.register(near.as_fd(), 7).unwrap();
        assert!(sum(&events(&poller, None)).1);
    }

    #[test]
    fn deregistered_descriptor_is_silent() {
        let (poller, near, mut far) = registered();
        poller.deregister(near.as_fd()).unwrap();
        far.write_all(b"x").unwrap();
        assert_eq!(events(&poller, NOW), []);
        poller.deregister(near.as_fd()).unwrap();
    }

    #[test]
    fn wake_before_wait_is_not_lost() {
        let poller = Poller::new().unwrap();
        for _ in 0..3 {
            poller.wake();
            poller.wake();
            assert_eq!(events(&poller, None), []);
        }
    }

    #[test]
    fn wake_ends_a_wait_of_another_thread() {
        let poller = Poller::new().unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| events(&poller, None));
            poller.wake();
            assert_eq!(waiting.join().unwrap(), []);
        });
    }

    #[test]
    fn timeout_is_never_early() {
        let poller = Poller::new().unwrap();
        for timeout in [1, 1_000, 70_000, 1_000_001, 3_999_999].map(Duration::from_nanos) {
            let start = Instant::now();
            assert_eq!(events(&poller, Some(timeout)), []);
            assert!(start.elapsed() >= timeout);
        }
    }

    #[test]
    fn endless_timeout_is_accepted() {
        let poller = Poller::new().unwrap();
        poller.wake();
        assert_eq!(events(&poller, Some(Duration::MAX)), []);
    }

    extern "C" fn nothing(_signal: libc::c_int) {}

    #[test]
    fn signal_is_no_event_and_no_error() {
        // SAFETY: a handler that does nothing, for a signal that nobody else here uses.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = nothing as *const () as usize;
            libc::sigaction(libc::SIGUSR2, &action, std::ptr::null_mut());
        }
        let poller = Poller::new().unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                // SAFETY: no arguments.
                sender
                    .send(unsafe { libc::pthread_self() } as usize)
                    .unwrap();
                events(&poller, None)
            });
            let target = receiver.recv().unwrap() as libc::pthread_t;
            while !waiting.is_finished() {
                // SAFETY: the thread has not been joined.
                unsafe { libc::pthread_kill(target, libc::SIGUSR2) };
                thread::yield_now();
            }
            assert_eq!(waiting.join().unwrap(), []);
        });
    }
}

#[cfg(not(miri))]
mod socket {
    use crate::sys::socket;
    use std::io::{ErrorKind, IoSlice, IoSliceMut, Write};
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd;
    use std::time::Duration;

    fn connected() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (near, listener.accept().unwrap().0)
    }

    #[test]
    fn transfers_never_block_on_a_blocking_socket() {
        let (near, far) = connected();
        let nothing = socket::receive(near.as_fd(), &mut [0; 1], false).unwrap_err();
        assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
        let mut buffers = [IoSliceMut::new(&mut [])];
        let nothing = socket::receive_vectored(near.as_fd(), &mut buffers).unwrap_err();
        assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
        let full = loop {
            if let Err(error) = socket::send(far.as_fd(), &[0; 1 << 16]) {
                break error;
            }
        };
        assert_eq!(full.kind(), ErrorKind::WouldBlock);
    }

    #[test]
    fn vectors_are_filled_in_order() {
        let (near, far) = connected();
        let buffers = [
            IoSlice::new(b"one"),
            IoSlice::new(b""),
            IoSlice::new(b"two"),
        ];
        assert_eq!(socket::send_vectored(far.as_fd(), &buffers).unwrap(), 6);
        assert!(socket::poll(near.as_fd(), false, None).unwrap());
        let (mut first, mut second) = ([0; 2], [0; 9]);
        let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
        assert_eq!(
            socket::receive_vectored(near.as_fd(), &mut buffers).unwrap(),
            6
        );
        assert_eq!((&first, &second[..4]), (b"on", &b"etwo"[..]));
    }

    #[test]
    fn more_buffers_than_a_call_takes_are_a_short_transfer() {
        let (_near, far) = connected();
        let buffers = vec![IoSlice::new(b"x"); 5_000];
        let sent = socket::send_vectored(far.as_fd(), &buffers).unwrap();
        assert!((1..5_000).contains(&sent));
    }

    #[test]
    fn peeked_bytes_stay() {
        let (near, mut far) = connected();
        far.write_all(b"x").unwrap();
        assert!(socket::poll(near.as_fd(), false, None).unwrap());
        for peek in [true, true, false] {
            let mut byte = [0];
            assert_eq!(socket::receive(near.as_fd(), &mut byte, peek).unwrap(), 1);
            assert_eq!(&byte, b"x");
        }
    }

    #[test]
    fn poll_honours_its_timeout() {
        let (near, _far) = connected();
        assert!(!socket::poll(near.as_fd(), false, Some(Duration::from_nanos(1))).unwrap());
        assert!(socket::poll(near.as_fd(), true, Some(Duration::MAX)).unwrap());
    }

    #[test]
    fn addresses_survive_both_ways() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else {
                continue; // no such protocol here
            };
            let address = listener.local_addr().unwrap();
            let (near, _) = socket::connect(&(&address).into()).unwrap();
            assert!(socket::poll(near.as_fd(), true, None).unwrap());
            let near = TcpStream::from(near);
            socket::connected(&near).unwrap();
            let (far, peer) = socket::accept(listener.as_fd()).unwrap();
            assert_eq!(peer.internet().unwrap(), near.local_addr().unwrap());
            assert_eq!(TcpStream::from(far).local_addr().unwrap(), address);
            assert_eq!(near.peer_addr().unwrap(), address);
        }
    }

    #[test]
    fn addresses_of_unix_sockets_survive_both_ways() {
        use crate::sys::Address;
        use std::os::unix::net::SocketAddr;
        let longest = "x".repeat(100);
        for path in ["", "/tmp/some name", &longest] {
            let address = SocketAddr::from_pathname(path).unwrap();
            let back = Address::from(&address).unix().unwrap();
            assert_eq!(back.as_pathname(), address.as_pathname());
            assert_eq!(back.is_unnamed(), path.is_empty());
        }
        assert!(Address::none().unix().unwrap().is_unnamed());
        let internet: std::net::SocketAddr = "127.0.0.1:80".parse().unwrap();
        let internet = Address::from(&internet);
        assert!(internet.unix().is_err());
        assert!(Address::none().internet().is_err());
    }

    #[test]
    fn refused_connection_is_told_from_a_pending_one() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = match socket::connect(&(&address).into()) {
            Err(error) => error,
            Ok((near, _)) => {
                assert!(socket::poll(near.as_fd(), true, None).unwrap());
                socket::connected(&TcpStream::from(near)).unwrap_err()
            }
        };
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }

    #[test]
    fn unconnected_socket_is_pending() {
        // SAFETY: no pointers are passed; the descriptor is ours.
        let socket = unsafe {
            use std::os::fd::FromRawFd;
            TcpStream::from_raw_fd(libc::socket(libc::AF_INET, libc::SOCK_STREAM, 0))
        };
        let error = socket::connected(&socket).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    }

    #[cfg(teem_fault)]
    mod faults {
        use super::*;
        use crate::sys::fault;

        #[test]
        fn nth_call_fails_once_and_then_no_more() {
            let (near, mut far) = connected();
            far.write_all(b"xyz").unwrap();
            assert!(socket::poll(near.as_fd(), false, None).unwrap());
            let injection = fault::inject("recv", 2, libc::ECONNRESET);
            let receive = || socket::receive(near.as_fd(), &mut [0], false);
            assert_eq!(receive().unwrap(), 1);
            assert!(!injection.has_struck());
            assert_eq!(receive().unwrap_err().kind(), ErrorKind::ConnectionReset);
            assert!(injection.has_struck());
            assert_eq!(receive().unwrap(), 1);
        }

        #[test]
        fn interrupted_accept_is_repeated() {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let _near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let injection = fault::inject("accept", 1, libc::EINTR);
            socket::accept(listener.as_fd()).unwrap();
            assert!(injection.has_struck());
        }
    }
}

#[test]
fn a_caught_signal_leaves_errno_alone_and_its_mark_behind() {
    use super::{caught, errno};
    let mut marks = caught::marks().unwrap();
    // Nobody minds this one.
    let signal = libc::SIGWINCH;
    let before = caught::Action::of(signal).unwrap();
    caught::Action::catch().install(signal).unwrap();
    errno::set(77);
    // Nobody reads: the pipe fills, and writing to it fails.
    for _ in 0..100_000 {
        // SAFETY: no pointers are passed.
        unsafe { libc::raise(signal) };
    }
    assert_eq!(errno::get(), 77);
    before.install(signal).unwrap();
    marks.wait().unwrap();
    assert_eq!(caught::take().iter().collect::<Vec<_>>(), [signal]);
}

#[cfg(all(target_os = "linux", not(miri)))]
#[test]
fn a_short_write_blocks_no_worker_but_on_a_terminal() {
    use super::file::keeps_its_word;
    use std::os::fd::AsFd;

    let null = std::fs::File::options().write(true).open("/dev/null");
    assert!(keeps_its_word(null.unwrap().as_fd()));
    let (_reader, writer) = std::io::pipe().unwrap();
    assert!(keeps_its_word(writer.as_fd()));
    let (socket, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
    assert!(keeps_its_word(socket.as_fd()));
    let terminal = std::fs::File::options().write(true).open("/dev/ptmx");
    assert!(!keeps_its_word(terminal.unwrap().as_fd()));
}

/// Which swaps compress what they are handed.
#[cfg(all(any(target_os = "linux", target_os = "android"), not(miri)))]
#[test]
fn only_compressed_swap_is_taken_for_it() {
    use super::swap::{Swap, judge};

    let head = "Filename\tType\tSize\tUsed\tPriority\n";
    let with = |lines: &str, zswap| judge(&format!("{head}{lines}"), zswap);
    let disk = "/dev/sda2 partition 1048572 0 -2\n";
    let zram = "/dev/block/zram0 partition 1048572 0 100\n";
    assert_eq!(judge("", false), Swap::Absent);
    assert_eq!(with("", true), Swap::Absent);
    assert_eq!(with(disk, false), Swap::Plain);
    assert_eq!(with(disk, true), Swap::Compressed);
    assert_eq!(with(&format!("{disk}{zram}"), false), Swap::Compressed);
    assert_eq!(with("/zram/file file 1048572 0 -2\n", false), Swap::Plain);
}

mod barrier {
    use crate::sys::barrier::is_alone;
    use std::sync::mpsc;
    use std::thread;

    #[test]
    fn a_process_with_another_thread_is_not_alone() {
        let (done, waits) = mpsc::channel::<()>();
        let other = thread::spawn(move || waits.recv());
        assert!(!is_alone());
        drop(done);
        assert!(other.join().unwrap().is_err());
    }
}

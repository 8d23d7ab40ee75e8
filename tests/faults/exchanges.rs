//! What is tried under faults. A wrong byte panics; what is missing is an error, as that of a call is.

use crate::{http, kv};
use std::io::{self, IoSlice, IoSliceMut, Read, Seek, Write};
use std::net::Shutdown;
use std::thread;
use std::time::Duration;
use teem::fs::File;
use teem::net::{TcpListener, TcpStream};
use teem::os::unix::net::UnixStream;
use teem::task;

/// Its name, and both ends of it.
pub(crate) type Exchange = (&'static str, fn() -> io::Result<()>);

pub(crate) const ALL: &[Exchange] = &[
    ("tcp", tcp),
    ("unix", unix),
    ("pipe", pipe),
    ("copy", copy),
    ("copy_of_a_file", copy_of_a_file),
    ("http", http),
    ("kv", kv),
    ("publish", publish),
];

/// More than fits into the pieces of `io::copy`, not so much that bytes one by one take long.
const LENGTH: u64 = 20_000;

/// Bytes of which no two pieces are alike.
fn pattern() -> Vec<u8> {
    let byte = |n: u32| (n.wrapping_mul(2_654_435_761) >> 13) as u8;
    (0..LENGTH as u32).map(byte).collect()
}

/// Runs both at once: in tasks if the caller is one, else on threads. Each owns its end, which goes with it, so that an
/// error of the one is told to the other. The first error of theirs.
fn both<A, B>(one: A, other: B) -> io::Result<()>
where
    A: FnOnce() -> io::Result<()>,
    B: FnOnce() -> io::Result<()> + Send,
{
    let (one, other) = if task::try_current().is_some() {
        teem::scope(|s| {
            let other = s.spawn(other);
            (one(), other.join())
        })
    } else {
        thread::scope(|s| {
            let other = s.spawn(other);
            (one(), other.join())
        })
    };
    one.and(other.expect("no panic"))
}

/// Reads `bytes` and nothing else.
fn expect(mut reader: impl Read, bytes: &[u8]) -> io::Result<()> {
    let mut read = vec![0; bytes.len()];
    reader.read_exact(&mut read)?;
    assert!(read == bytes, "other bytes have come");
    Ok(())
}

/// Reads `bytes` and the end.
fn expect_all(mut reader: impl Read, bytes: &[u8]) -> io::Result<()> {
    expect(&mut reader, bytes)?;
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest)?;
    assert!(rest.is_empty(), "more has come than was sent");
    Ok(())
}

fn connected() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    Ok((near, listener.accept()?.0))
}

/// Writes all of it by pieces of two buffers.
fn write_vectored(mut writer: impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let (one, other) = bytes.split_at(bytes.len() / 3);
        match writer.write_vectored(&[IoSlice::new(one), IoSlice::new(other)]) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads all of it into two buffers a time.
fn read_vectored(mut reader: impl Read, bytes: &[u8]) -> io::Result<()> {
    let mut at = 0;
    loop {
        let (mut one, mut other) = ([0; 700], [0; 3000]);
        let buffers = &mut [IoSliceMut::new(&mut one), IoSliceMut::new(&mut other)];
        match reader.read_vectored(buffers) {
            Ok(0) if at < bytes.len() => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(0) => return Ok(()),
            Ok(length) => {
                let read = one.iter().chain(&other).take(length);
                assert!(read.eq(&bytes[at..at + length]), "other bytes have come");
                at += length;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn tcp() -> io::Result<()> {
    let (near, far) = connected()?;
    let bytes = pattern();
    both(
        || {
            let (near, bytes) = (near, &bytes);
            (&near).write_all(bytes)?;
            expect(&near, bytes)?;
            write_vectored(&near, bytes)?;
            near.shutdown(Shutdown::Write)?;
            read_vectored(&near, bytes)
        },
        || {
            let (far, bytes) = (far, &bytes);
            expect(&far, bytes)?;
            (&far).write_all(bytes)?;
            read_vectored(&far, bytes)?;
            write_vectored(&far, bytes)
        },
    )
}

fn unix() -> io::Result<()> {
    let (near, far) = UnixStream::pair()?;
    let bytes = pattern();
    both(
        || {
            let (near, bytes) = (near, &bytes);
            (&near).write_all(bytes)?;
            write_vectored(&near, bytes)?;
            near.shutdown(Shutdown::Write)?;
            expect_all(&near, bytes)
        },
        || {
            let (far, bytes) = (far, &bytes);
            expect(&far, bytes)?;
            read_vectored(&far, bytes)?;
            (&far).write_all(bytes)
        },
    )
}

fn pipe() -> io::Result<()> {
    let (reader, writer) = teem::io::pipe()?;
    let bytes = pattern();
    both(
        || {
            let (writer, bytes) = (writer, &bytes);
            (&writer).write_all(bytes)?;
            write_vectored(&writer, bytes)
        },
        || {
            let reader = reader;
            expect(&reader, &bytes)?;
            read_vectored(&reader, &bytes)
        },
    )
}

/// Whether a copy was not cut short.
fn whole(copied: u64) -> io::Result<()> {
    match copied {
        ..LENGTH => Err(io::ErrorKind::UnexpectedEof.into()),
        LENGTH => Ok(()),
        _ => panic!("more has come than was sent"),
    }
}

/// From a socket through a pipe to a socket.
fn copy() -> io::Result<()> {
    let (feed, mut from) = connected()?;
    let (mut to, sink) = UnixStream::pair()?;
    let (mut reader, mut writer) = teem::io::pipe()?;
    let bytes = pattern();
    both(
        || {
            let (feed, sink) = (feed, sink);
            (&feed).write_all(&bytes)?;
            drop(feed);
            expect_all(&sink, &bytes)
        },
        || {
            both(
                move || whole(teem::io::copy(&mut from, &mut writer)?),
                move || whole(teem::io::copy(&mut reader, &mut to)?),
            )
        },
    )
}

fn copy_of_a_file() -> io::Result<()> {
    let path = std::env::temp_dir().join(format!("teem-test-faults-{}", std::process::id()));
    let mut file = File::create_new(&path)?;
    std::fs::remove_file(&path)?;
    let bytes = pattern();
    file.write_all(&bytes)?;
    file.rewind()?;
    let (mut near, far) = connected()?;
    both(
        move || whole(teem::io::copy(&mut file, &mut near)?),
        || expect_all(far, &bytes),
    )
}

fn http() -> io::Result<()> {
    // However slow the machine is.
    let long = Duration::from_secs(600);
    let site = http::Site {
        limits: http::Limits {
            head_time: long,
            body_time: long,
            write_time: long,
            idle_time: long,
            ..http::Limits::default()
        },
        root: Some(http::Root::new(env!("CARGO_MANIFEST_DIR"))?),
        ..http::Site::default()
    };
    let file = std::fs::read("Cargo.toml")?;
    let (client, server) = connected()?;
    both(
        || {
            let chunked = "5\r\nfirst\r\n6;x=y\r\nsecond\r\n0\r\n\r\n";
            let requests = format!(
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n\
                 HEAD /json HTTP/1.1\r\nHost: x\r\n\r\n\
                 POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody\
                 POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}\
                 GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n\
                 GET /Cargo.toml HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            );
            let mut client = client;
            client.write_all(requests.as_bytes())?;
            for body in [
                b"Hello, World!",
                &b""[..],
                b"body",
                b"firstsecond",
                b"404 Not Found",
            ] {
                expect_answer(&mut client, body)?;
            }
            expect_answer(&mut client, &file)?;
            expect_all(&client, b"")
        },
        || http::serve(server, &site),
    )
}

/// Reads a head, byte by byte, and the body that it announces.
fn expect_answer(client: &mut TcpStream, body: &[u8]) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("text");
    assert!(head.starts_with("HTTP/1.1 "), "{head}");
    if !body.is_empty() {
        let length = format!("\r\nContent-Length: {}\r\n", body.len());
        assert!(head.contains(&length), "{head}");
    }
    expect(client, body)
}

fn kv() -> io::Result<()> {
    let database = kv::Database::new();
    let (client, server) = connected()?;
    let long = "x".repeat(10_000);
    both(
        || {
            let requests = format!(
                "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n\
                 *2\r\n$3\r\nGET\r\n$1\r\nk\r\n\
                 INCR n\r\nINCR n\r\nEXPIRE n 100\r\n\
                 *3\r\n$3\r\nDEL\r\n$1\r\nk\r\n$1\r\nn\r\n\
                 GET k\r\n\
                 *2\r\n$4\r\nECHO\r\n$10000\r\n{long}\r\n\
                 NONSENSE\r\nQUIT\r\n"
            );
            let mut client = client;
            client.write_all(requests.as_bytes())?;
            let replies = format!(
                "+OK\r\n$5\r\nvalue\r\n:1\r\n:2\r\n:1\r\n:2\r\n$-1\r\n$10000\r\n{long}\r\n\
                 -ERR unknown command 'NONSENSE', with args beginning with: \r\n+OK\r\n"
            );
            expect_all(&client, replies.as_bytes())
        },
        || kv::serve(&database, server),
    )
}

fn publish() -> io::Result<()> {
    let database = kv::Database::new();
    let (mut listener, listens) = connected()?;
    let (mut speaker, speaks) = connected()?;
    let clients = || {
        listener.write_all(b"*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nt\r\n")?;
        expect(&listener, b"*3\r\n$9\r\nsubscribe\r\n$1\r\nt\r\n:1\r\n")?;
        for _ in 0..3 {
            speaker.write_all(b"*3\r\n$7\r\nPUBLISH\r\n$1\r\nt\r\n$5\r\nhello\r\n")?;
            let mut reached = [0; 4];
            speaker.read_exact(&mut reached)?;
            match &reached {
                b":1\r\n" => {}
                // The subscriber's session has failed.
                b":0\r\n" => return Err(io::ErrorKind::UnexpectedEof.into()),
                other => panic!("{}", other.escape_ascii()),
            }
            expect(
                &listener,
                b"*3\r\n$7\r\nmessage\r\n$1\r\nt\r\n$5\r\nhello\r\n",
            )?;
        }
        drop((listener, speaker));
        Ok(())
    };
    both(clients, || {
        both(
            || kv::serve(&database, listens),
            || kv::serve(&database, speaks),
        )
    })
}

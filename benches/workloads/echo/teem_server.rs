//! The servers a user would write: the loop of the documentation's first page, and what is said there of connections
//! that are idle most of the time. Their buffers have `BUFFER` bytes.

use std::io::{self, Read, Write};
use std::time::Duration;

use teem::net::{TcpListener, TcpStream, serve_idle};
use teem::poll::readable;
use teem::runtime;
use teem::task::{Step, spawn_steps};

/// Four pages would do, and four more for the larger buffer. As there are many stacks, those of the default class
/// would have more page tables.
const STACK: usize = 64 << 10;

/// How long a connection of [`serve_and_page_out`] says nothing until its stack is cold.
const COLD_AFTER: Duration = Duration::from_secs(1);

/// Serves until the system refuses something: a task a connection, with its buffer.
pub(super) fn serve<const BUFFER: usize>(workers: usize) -> io::Result<()> {
    serve_each(builder(workers), serve_plainly::<BUFFER>)
}

/// The same, on the calling thread.
pub(super) fn serve_on_this_thread<const BUFFER: usize>(workers: usize) -> io::Result<()> {
    let runtime = builder(workers).build_local()?;
    runtime.run(|| accept_each(serve_plainly::<BUFFER>))
}

/// The same, by a runtime that has the stacks of idle connections paged out.
pub(super) fn serve_and_page_out<const BUFFER: usize>(workers: usize) -> io::Result<()> {
    let builder = builder(workers).page_out_after(COLD_AFTER);
    serve_each(builder, serve_plainly::<BUFFER>)
}

/// The same, but a connection that has nothing to say holds no buffer.
pub(super) fn serve_by_waiting<const BUFFER: usize>(workers: usize) -> io::Result<()> {
    serve_each(builder(workers), |mut stream| {
        teem::spawn(move || {
            readable(&stream)?;
            while answer::<BUFFER>(&mut stream)? {
                readable(&stream)?;
            }
            io::Result::Ok(())
        });
    })
}

/// The same, and it holds no stack either.
pub(super) fn serve_by_steps<const BUFFER: usize>(workers: usize) -> io::Result<()> {
    serve_each(builder(workers), |stream| {
        let mut first = true;
        drop(spawn_steps(stream, move |mut stream| {
            if std::mem::take(&mut first) {
                return Step::when_readable(stream);
            }
            match answer::<BUFFER>(&mut stream) {
                Ok(true) => Step::when_readable(stream),
                other => Step::Done(other),
            }
        }));
    })
}

/// The same as the library has it.
pub(super) fn serve_when_it_speaks<const BUFFER: usize>(workers: usize) -> io::Result<()> {
    let runtime = runtime::Builder::new().workers(workers).build()?;
    runtime.run(|| {
        let server = serve_idle("127.0.0.1:0", answer::<BUFFER>)?;
        super::announce(server.local_addr())?;
        server.wait();
        Ok(())
    })
}

fn serve_plainly<const BUFFER: usize>(mut stream: TcpStream) {
    teem::spawn(move || {
        let mut buffer = [0; BUFFER];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            stream.write_all(&buffer[..count])?;
        }
        io::Result::Ok(())
    });
}

fn builder(workers: usize) -> runtime::Builder {
    runtime::Builder::new().workers(workers).stack_size(STACK)
}

fn serve_each(builder: runtime::Builder, connected: impl Fn(TcpStream) + Sync) -> io::Result<()> {
    let runtime = builder.build()?;
    runtime.run(|| accept_each(&connected))
}

fn accept_each(connected: impl Fn(TcpStream)) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    super::announce(listener.local_addr()?)?;
    for stream in listener.incoming() {
        let stream = stream?;
        stream.set_nodelay(true)?;
        connected(stream);
    }
    Ok(())
}

/// Echoes what has come; whether more may. Never inlined: the buffer is to be on the stack for so long only.
#[inline(never)]
fn answer<const BUFFER: usize>(stream: &mut TcpStream) -> io::Result<bool> {
    let mut buffer = [0; BUFFER];
    let count = stream.read(&mut buffer)?;
    stream.write_all(&buffer[..count])?;
    Ok(count > 0)
}

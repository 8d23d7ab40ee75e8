//! The server a user would write first: the loop of the documentation's first page.

use std::io::{self, Read, Write};

use teem::net::{TcpListener, TcpStream};
use teem::runtime;
use teem::task::{Step, spawn_steps};

/// Serves until the system refuses something.
pub(super) fn serve(workers: usize) -> io::Result<()> {
    let runtime = runtime::Builder::new().workers(workers).build()?;
    runtime.run(|| {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        super::announce(listener.local_addr()?)?;
        for stream in listener.incoming() {
            let mut stream = stream?;
            stream.set_nodelay(true)?;
            teem::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut buffer) {
                    stream.write_all(&buffer[..count])?;
                }
                io::Result::Ok(())
            });
        }
        Ok(())
    })
}

/// The same, but a connection that has nothing to say holds no stack and no buffer.
pub(super) fn serve_by_steps(workers: usize) -> io::Result<()> {
    let runtime = runtime::Builder::new().workers(workers).build()?;
    runtime.run(|| {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        super::announce(listener.local_addr()?)?;
        for stream in listener.incoming() {
            let mut first = true;
            let stream = stream?;
            stream.set_nodelay(true)?;
            drop(spawn_steps(stream, move |stream| {
                match std::mem::take(&mut first) {
                    true => Step::when_readable(stream),
                    false => answer(stream),
                }
            }));
        }
        Ok(())
    })
}

fn answer(mut stream: TcpStream) -> Step<TcpStream, io::Result<()>> {
    let mut buffer = [0; 4096];
    let answered = match stream.read(&mut buffer) {
        Ok(0) => return Step::Done(Ok(())),
        Ok(count) => stream.write_all(&buffer[..count]),
        Err(error) => Err(error),
    };
    match answered {
        Ok(()) => Step::when_readable(stream),
        Err(error) => Step::Done(Err(error)),
    }
}

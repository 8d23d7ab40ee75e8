//! The server a user would write first: the loop of the documentation's first page.

use std::io::{self, Read, Write};

use teem::net::TcpListener;
use teem::runtime;

/// Serves until the system refuses something.
pub(super) fn serve(workers: usize) -> io::Result<()> {
    let runtime = runtime::Builder::new().workers(workers).build()?;
    runtime.run(|| {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        super::announce(listener.local_addr()?)?;
        for stream in listener.incoming() {
            let mut stream = stream?;
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

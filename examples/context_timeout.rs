//! Contexts: a deadline for whatever is called, however deep, with no argument passed for it.
//!
//! ```text
//! cargo run --example context_timeout
//! ```

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is there to print")]

use std::io::{self, Read};
use std::time::Duration;
use teem::context::{self, Cause, cause_of};
use teem::net::{TcpListener, TcpStream};
use teem::time::timeout;

/// Knows nothing of deadlines: plain blocking code.
fn ask(server: std::net::SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(server)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn main() -> io::Result<()> {
    // A server that accepts and then says nothing.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let address = silent.local_addr()?;

    let error = timeout(Duration::from_millis(20), || ask(address)).expect_err("it is silent");
    println!("after a while: {error}");
    assert_eq!(cause_of(&error), Some(Cause::DeadlineExceeded));

    // The same by hand: whoever has the handle decides, and may say why.
    let (context, cancel) = context::current().with_cancel();
    let asking = teem::task::Builder::new()
        .context(context)
        .spawn(move || ask(address))?;
    cancel.cancel_with("the user went home");
    let error = asking.join().expect("no panic").expect_err("it is silent");
    println!("cancelled: {error}");

    // What went before is not in the way of what comes next.
    println!(
        "main itself goes on: {}",
        context::current().cause().is_none()
    );
    Ok(())
}

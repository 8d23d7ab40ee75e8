//! What the larger example programs share: a command line of flags with values, and a server's
//! beginning and end.
//!
//! A program is `support::main(NAME, USAGE, run)`. Its `run` takes the flags one by one; whatever it
//! returns as an error becomes one line, `NAME: what went wrong`, and the status 2.
//!
//! ```text
//! let mut server = ServerOptions::new("127.0.0.1:7000");
//! while let Some(flag) = words.flag() {
//!     match flag.as_str() {
//!         "--to" => to = words.value("an address")?,
//!         _ => server.set(&flag, words)?, // --addr and --workers, or an error
//!     }
//! }
//! let server = server.bind()?;
//! support::say(format_args!("listening on {}", server.address()));
//! server.serve(|stream| ..)
//! ```

#![allow(
    dead_code,
    unused_imports,
    reason = "each program takes what it needs and compiles all of it"
)]

mod server;
mod words;

pub(crate) use server::ServerOptions;
pub(crate) use words::Words;

use std::error::Error;
use std::fmt::Display;
use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

/// Whatever a user is told before the program ends.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// Runs a program: its `main` in all but name.
pub(crate) fn main(
    name: &str,
    usage: &str,
    run: impl FnOnce(&mut Words) -> Result<(), Failure>,
) -> ExitCode {
    let ran = Words::new(std::env::args_os().skip(1)).and_then(|mut words| {
        if words.ask_for_help() {
            say(usage.trim_end());
            return Ok(());
        }
        run(&mut words)
    });
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            warn(format_args!("{name}: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Prints a line. If nobody reads it, that is no reason to stop.
pub(crate) fn say(line: impl Display) {
    let mut out = stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// The same on standard error.
pub(crate) fn warn(line: impl Display) {
    let _ = writeln!(stderr(), "{line}");
}

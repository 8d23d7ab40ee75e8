//! The load on a server, which it starts, measures and ends: one window, a line of
//! `workload,impl,workers,metric,value,unit,range` for each metric.
//!
//! ```text
//!   load, on the CPU it was started on        the server, in a process of its own, on --server-cpu
//!   +----------------------------------+      +------------------------------------------+
//!   | C connections from several       |      | prints its address, then serves until it |
//!   | addresses, every byte checked    | <--> | is killed                                |
//!   +----------------------------------+      +------------------------------------------+
//! ```
//!
//! `echo` and `http` keep connections busy in a closed or an open loop (`workloads/echo/load.rs`),
//! `churn` makes one for each request, `idle` holds many that have echoed once. A server's processor
//! time is its process's between the ends of the window, its memory what is resident and the page
//! tables. `load busy` is how much of the window the load had something to do: if that is all of it and the
//! server was not always busy, the rate is the load's.

mod busy;
mod churn;
mod http;
mod idle;
mod server;
#[cfg(test)]
mod tests;

#[path = "../../../workloads/clock.rs"]
mod clock;
#[path = "../../../workloads/echo/load.rs"]
mod load;
#[path = "../../../workloads/memory.rs"]
#[allow(dead_code, reason = "it is others that are weighed here")]
mod memory;
#[path = "../../../workloads/report.rs"]
#[allow(dead_code, reason = "what is served is checked elsewhere")]
mod report;
#[path = "../../../workloads/echo/system.rs"]
#[allow(dead_code, reason = "servers need more of it")]
mod system;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use report::{Failure, Subject};

/// Starts a server, loads it, and says what that came to.
#[derive(Debug, Parser)]
struct Options {
    /// The name of the workload, for the lines
    workload: String,
    /// The name of the server, for the lines
    implementation: String,
    /// What is done to it
    #[arg(long, value_enum, default_value = "echo")]
    kind: Kind,
    /// Connections; for churn, as many at once
    #[arg(long, default_value_t = 50)]
    conns: usize,
    /// Bytes a request
    #[arg(long, default_value_t = 64)]
    size: usize,
    /// Seconds of the window
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Seconds before it
    #[arg(long, default_value_t = 1.0)]
    warm_up: f64,
    /// Requests a second, in an open loop; without it, in a closed one
    #[arg(long)]
    rate: Option<f64>,
    /// The CPU the server stays on
    #[arg(long, default_value_t = 0)]
    server_cpu: usize,
    /// The load stays on the server's CPU and must make room for it
    #[arg(long)]
    shared_cpu: bool,
    /// The server: a program that prints where it listens
    #[arg(last = true, required = true)]
    server: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Kind {
    Echo,
    Http,
    Churn,
    Idle,
    /// Holds connections for `idle`, which starts it.
    Hold,
}

impl Options {
    fn subject(&self) -> Subject<'_> {
        Subject {
            workload: &self.workload,
            implementation: &self.implementation,
            workers: 1,
        }
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let run = match options.kind {
        Kind::Echo => busy::echo,
        Kind::Http => busy::http,
        Kind::Churn => churn::churn,
        Kind::Idle => idle::idle,
        Kind::Hold => idle::hold,
    };
    match system::raise_descriptor_limit(0)
        .map_err(Failure::from)
        .and_then(|()| run(&options))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("failed: {failure}");
            ExitCode::FAILURE
        }
    }
}

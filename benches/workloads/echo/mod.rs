//! TCP echo over loopback: teem's plain loop beside a server on bare epoll.
//!
//! ```text
//!   parent: load on core 0 or 1          child: one server, on core 0
//!   +---------------------------+        +---------------------------+
//!   | C connections, each with  | 64 B   | teem | raw | raw_per_..   |
//!   | one outstanding request   | <----> | as `serve-echo NAME`      |
//!   +---------------------------+        +---------------------------+
//! ```
//!
//! In each round each server is started in a process of its own, connected to, warmed up, measured
//! and killed, one after the other: A B A B. So what the machine does to one, over minutes, it does
//! to the other. The processor time is the child's, between the ends of the measured window.

mod idle;
mod load;
mod raw_server;
mod system;
mod teem_server;

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use core_affinity::CoreId;

use crate::arguments::Arguments;
use crate::clock::ProcessorClock;
use crate::report::{Failure, Subject, median};
pub(crate) use idle::{HOLD, hold, idle};
use load::{Echo, Load, Pace};
use raw_server::Buffers;

/// The hidden name by which the program runs a server.
pub(crate) const SERVE: &str = "serve-echo";
/// What `--servers` may name.
const SERVERS: [&str; 9] = [
    "teem",
    "teem_local",
    COLD,
    "teem_wait",
    "teem_steps",
    "teem_idle",
    "raw",
    "raw_two_threads",
    "raw_per_conn_buffer",
];
/// teem's server whose idle connections are paged out.
const COLD: &str = "teem_cold";
/// Descriptors beside the connections: standard streams, pollers, what a runtime opens.
const OTHER_DESCRIPTORS: usize = 100;

/// Measures the servers in turn and prints the medians and their ratios to the raw one.
pub(crate) fn compare(arguments: &Arguments) -> Result<(), Failure> {
    check_servers(arguments)?;
    system::raise_descriptor_limit(arguments.connections + OTHER_DESCRIPTORS)?;
    // Asked before this thread is pinned: afterwards the system knows of that one core alone.
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let place = |index: usize| {
        let none = || Failure::new("there are not enough cores; try --cpus one");
        cores.get(index).map(|core| core.id).ok_or_else(none)
    };
    let server_core = place(0)?;
    pin_to(place(usize::from(arguments.two_cpus))?)?;

    let mut results = vec![Samples::default(); arguments.servers.len()];
    for round in 1..=arguments.rounds.unwrap_or(5) {
        for (server, samples) in arguments.servers.iter().zip(&mut results) {
            let sample = measure(server, server_core, arguments)
                .map_err(|failure| Failure::new(format!("{server}, round {round}: {failure}")))?;
            samples.add(&sample);
        }
    }
    report(arguments, &results);
    Ok(())
}

fn check_servers(arguments: &Arguments) -> Result<(), Failure> {
    let unknown = |server: &&String| !SERVERS.contains(&server.as_str());
    match arguments.servers.iter().find(unknown) {
        None => Ok(()),
        Some(server) => Err(Failure::new(format!("there is no server {server}"))),
    }
}

/// One server for one window: requests a second, latencies in us, processor time a request in us.
struct Sample {
    requests_a_second: f64,
    latencies: [f64; 3],
    processor: f64,
}

/// All windows of a server, a metric each.
#[derive(Clone, Default)]
struct Samples {
    requests_a_second: Vec<f64>,
    latencies: [Vec<f64>; 3],
    processor: Vec<f64>,
}

impl Samples {
    fn add(&mut self, sample: &Sample) {
        self.requests_a_second.push(sample.requests_a_second);
        self.processor.push(sample.processor);
        for (all, one) in self.latencies.iter_mut().zip(sample.latencies) {
            all.push(one);
        }
    }

    /// Name, unit and samples of each, in the order they are printed in.
    fn metrics(&self) -> impl Iterator<Item = (&'static str, &'static str, &[f64])> {
        let [median, high, highest] = &self.latencies;
        [
            ("requests", "1/s", &self.requests_a_second[..]),
            ("p50", "us", median),
            ("p99", "us", high),
            ("p99.9", "us", highest),
            ("server processor a request", "us", &self.processor),
        ]
        .into_iter()
    }
}

fn measure(server: &str, core: usize, arguments: &Arguments) -> Result<Sample, Failure> {
    let server = Server::start(server, Some(core), arguments.connections, arguments)?;
    let clock = ProcessorClock::of(server.child.id())?;
    let pace = Pace {
        spins: arguments.two_cpus,
        rate: arguments.rate,
    };
    let mut load = Load::connect(
        |_| TcpStream::connect(server.address),
        arguments.connections,
        Echo::new(arguments.size),
        arguments.size,
        pace,
    )?;
    load.run_for(arguments.warm_up)?;
    load.forget();

    let processor = clock.now()?;
    let window = load.run_for(arguments.seconds)?;
    let processor = clock.now()?.saturating_sub(processor);

    let requests = load.completed() as f64;
    if requests == 0.0 {
        return Err(Failure::new("no request was answered in the window"));
    }
    Ok(Sample {
        requests_a_second: requests / window.as_secs_f64(),
        latencies: [50.0, 99.0, 99.9].map(|percent| load.latency_at(percent)),
        processor: microseconds(processor) / requests,
    })
}

fn report(arguments: &Arguments, results: &[Samples]) {
    let workload = format!(
        "echo {} conns {} B {}",
        arguments.connections,
        arguments.size,
        if arguments.two_cpus {
            "two cpus"
        } else {
            "one cpu"
        }
    );
    let all = Subject {
        workload: &workload,
        implementation: "",
        workers: arguments.workers,
    };
    for (server, samples) in arguments.servers.iter().zip(results) {
        let subject = Subject {
            implementation: server,
            ..all
        };
        for (metric, unit, samples) in samples.metrics() {
            subject.metric(metric, samples, unit);
        }
    }
    let Some(raw) = arguments.servers.iter().position(|server| server == "raw") else {
        return;
    };
    for (server, samples) in arguments.servers.iter().zip(results) {
        if server == "raw" {
            continue;
        }
        let subject = Subject {
            implementation: &format!("{server}/raw"),
            ..all
        };
        for ((metric, _, of_it), (.., of_raw)) in samples.metrics().zip(results[raw].metrics()) {
            subject.metric(metric, &[median(of_it) / median(of_raw)], "ratio");
        }
    }
}

/// A server in a process of its own, killed when dropped.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// For so many connections, on that core or wherever this process may be.
    fn start(
        name: &str,
        core: Option<usize>,
        connections: usize,
        arguments: &Arguments,
    ) -> Result<Self, Failure> {
        let core = core.map(|core| ["--core".to_owned(), core.to_string()]);
        let mut child = Command::new(std::env::current_exe()?)
            .args([SERVE, "--servers", name])
            .args(core.into_iter().flatten())
            .args(["--workers", &arguments.workers.to_string()])
            .args(["--conns", &connections.to_string()])
            .args(["--buffer", &arguments.buffer.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        match line.trim().parse() {
            Ok(address) => Ok(Self { child, address }),
            Err(_) => {
                let _ = child.kill();
                let status = child.wait()?;
                Err(Failure::new(format!("the server did not start: {status}")))
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill, and `wait` says so at once.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs one server in this process, for ever. Says on standard output where it listens.
pub(crate) fn serve(arguments: &Arguments) -> Result<(), Failure> {
    system::die_with_parent()?;
    system::raise_descriptor_limit(arguments.connections + OTHER_DESCRIPTORS)?;
    // Before any thread is started: all of them inherit it. Who has started this may have done it already.
    arguments.core.map_or(Ok(()), pin_to)?;
    // teem's servers have theirs on the stack, so their sizes are known when they are compiled.
    match arguments.buffer {
        4_096 => serve_with::<4_096>(arguments)?,
        20_480 => serve_with::<20_480>(arguments)?,
        _ => return Err(Failure::new("--buffer is 4096 or 20480")),
    }
    Err(Failure::new("the server ended"))
}

/// Runs one server whose connections have buffers of so many bytes.
fn serve_with<const BUFFER: usize>(arguments: &Arguments) -> io::Result<()> {
    let workers = arguments.workers;
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    match arguments.servers[0].as_str() {
        "teem" => teem_server::serve::<BUFFER>(workers),
        "teem_local" => teem_server::serve_on_this_thread::<BUFFER>(workers),
        COLD => teem_server::serve_and_page_out::<BUFFER>(workers),
        "teem_wait" => teem_server::serve_by_waiting::<BUFFER>(workers),
        "teem_steps" => teem_server::serve_by_steps::<BUFFER>(workers),
        "teem_idle" => teem_server::serve_when_it_speaks::<BUFFER>(workers),
        "raw" => raw_server::serve(&listen()?, Buffers::Shared),
        "raw_two_threads" => {
            // The system counts references to files as soon as threads share them.
            std::thread::spawn(|| {
                loop {
                    std::thread::park();
                }
            });
            raw_server::serve(&listen()?, Buffers::Shared)
        }
        _ => raw_server::serve(&listen()?, Buffers::Own(BUFFER)),
    }
}

/// Tells the parent where to connect to.
fn announce(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{address}")?;
    out.flush()
}

/// Holds this thread, and those it starts, on a core.
fn pin_to(core: usize) -> Result<(), Failure> {
    if core_affinity::set_for_current(CoreId { id: core }) {
        Ok(())
    } else {
        Err(Failure::new(format!("cannot run on core {core} alone")))
    }
}

fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

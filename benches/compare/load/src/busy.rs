//! Connections that are kept busy.

use std::time::Duration;

use crate::clock::ProcessorClock;
use crate::http::Http;
use crate::load::{Dialogue, Echo, Load, Pace};
use crate::report::Failure;
use crate::server::{self, Server};
use crate::{Options, http};

pub(crate) fn echo(options: &Options) -> Result<(), Failure> {
    measure(options, Echo::new(options.size), options.size)
}

pub(crate) fn http(options: &Options) -> Result<(), Failure> {
    measure(options, Http::default(), http::LONGEST)
}

fn measure(options: &Options, dialogue: impl Dialogue, longest: usize) -> Result<(), Failure> {
    let server = Server::start(options)?;
    let pace = Pace {
        spins: !options.shared_cpu,
        rate: options.rate,
    };
    let connect = |number| server::connect(server.address(), number);
    let mut load = Load::connect(connect, options.conns, dialogue, longest, pace)?;
    load.run_for(Duration::from_secs_f64(options.warm_up))?;
    load.forget();

    let own = ProcessorClock::own();
    let (before, own_before) = (server.processor()?, own.now()?);
    let window = load.run_for(Duration::from_secs_f64(options.seconds))?;
    let used = server.processor()?.saturating_sub(before);
    let own_used = own.now()?.saturating_sub(own_before);

    let requests = load.completed() as f64;
    if requests == 0.0 {
        return Err(Failure::new("no request was answered in the window"));
    }
    let subject = options.subject();
    let part = |time: Duration| time.as_secs_f64() / window.as_secs_f64() * 100.0;
    let each = |time: Duration| time.as_secs_f64() * 1e6 / requests;
    subject.metric("requests", &[requests / window.as_secs_f64()], "1/s");
    for (name, percent) in [("p50", 50.0), ("p99", 99.0), ("p99.9", 99.9)] {
        subject.metric(name, &[load.latency_at(percent)], "us");
    }
    subject.metric("server processor a request", &[each(used)], "us");
    subject.metric("server busy", &[part(used)], "%");
    // Waiting awake is no work; on a CPU that it shares, the load waits asleep.
    let worked = if pace.spins {
        own_used.mul_f64(1.0 - load.idle().div_duration_f64(window).min(1.0))
    } else {
        own_used
    };
    subject.metric("load processor a request", &[each(worked)], "us");
    let busy = if pace.spins {
        window.saturating_sub(load.idle())
    } else {
        own_used
    };
    subject.metric("load busy", &[part(busy)], "%");
    Ok(())
}

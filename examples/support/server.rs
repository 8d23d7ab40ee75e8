//! A server's beginning and end: a runtime, a listener, connections until a signal comes, and a few
//! seconds for those that are open then.

use super::{Failure, Words};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;
use teem::JoinHandle;
use teem::chan::Receiver;
use teem::net::{TcpListener, TcpStream};
use teem::runtime::{self, Runtime};
use teem::signal::{self, Signal};

/// How long open connections get at the end.
const DRAIN: Duration = Duration::from_secs(3);

/// What every server is told: `--addr` and `--workers`.
#[derive(Debug)]
pub(crate) struct ServerOptions {
    address: String,
    /// `None`: one for each core.
    workers: Option<NonZeroUsize>,
}

impl ServerOptions {
    /// The defaults: this address, a worker for each core.
    pub(crate) fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            workers: None,
        }
    }

    /// Takes the value of `flag`, if it is one of every server's.
    pub(crate) fn set(&mut self, flag: &str, words: &mut Words) -> Result<(), String> {
        match flag {
            "--addr" => self.address = words.value("an address, as 127.0.0.1:7000")?,
            "--workers" => self.workers = Some(words.value("a number from 1 on")?),
            _ => return Err(words.unknown()),
        }
        Ok(())
    }

    /// Makes the runtime and the listener. From here on signals are waited for.
    pub(crate) fn bind(&self) -> Result<Server, Failure> {
        let mut builder = runtime::Builder::new();
        if let Some(workers) = self.workers {
            builder = builder.workers(workers.get());
        }
        let runtime = builder.build()?;
        let address = &self.address;
        let listener = TcpListener::bind(address)
            .map_err(|error| format!("cannot listen on {address}: {error}"))?;
        Ok(Server {
            runtime,
            address: listener.local_addr()?,
            listener,
            // Kept to the end: a second signal changes nothing.
            interrupted: signal::notify(&[Signal::INT, Signal::TERM])?,
            background: Vec::new(),
        })
    }
}

/// A server that has its address and does not serve yet.
#[derive(Debug)]
pub(crate) struct Server {
    runtime: Runtime,
    listener: TcpListener,
    address: SocketAddr,
    interrupted: Receiver<Signal>,
    background: Vec<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Spawns a task beside the connections. It is cancelled when the server is told to end.
    pub(crate) fn background(&mut self, f: impl FnOnce() + Send + 'static) {
        self.background.push(self.runtime.spawn(f));
    }

    /// Serves each connection in a task of its own until a signal comes. Then no more are accepted,
    /// and those that are open have a few seconds to end by themselves.
    pub(crate) fn serve<R>(
        self,
        handle: impl Fn(TcpStream) -> R + Send + Sync + 'static,
    ) -> Result<(), Failure> {
        let listener = self.listener;
        let server = self.runtime.run(|| listener.serve(handle))?;
        self.interrupted.recv()?;
        for task in self.background {
            task.cancel();
            task.join().map_err(|_| "a task of the server panicked")?;
        }
        // Waits for open connections, and cancels those that are left.
        let ended = server.shutdown(DRAIN);
        let failures = server.accept_errors();
        if failures > 0 {
            super::warn(format_args!(
                "accepting connections has failed {failures} times"
            ));
        }
        ended?;
        self.runtime.shutdown(DRAIN)?;
        Ok(())
    }
}

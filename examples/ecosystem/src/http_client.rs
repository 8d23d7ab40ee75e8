//! An HTTP client: ureq, whose connections are teem's.
//!
//! ureq makes its connections by a chain of connectors. Ours is the first, in place of its own for
//! TCP; its TLS comes after it, as it does by default. Names are resolved off the worker.

use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use teem::net::{TcpStream, ToSocketAddrs};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, RustlsConnector, Transport,
};
use ureq::{Agent, Error};

/// An agent whose calls park the task. Of servers with TLS it trusts those that have one of these
/// certificates.
pub fn agent(trusted: &[CertificateDer<'_>]) -> Agent {
    let roots = trusted
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::from(roots))
        .unversioned_rustls_crypto_provider(Arc::new(default_provider()))
        .build();
    let config = Agent::config_builder().tls_config(tls).build();
    let connector = Tcp.chain(RustlsConnector::default());
    Agent::with_parts(config, connector, Names)
}

/// Makes connections.
#[derive(Debug)]
struct Tcp;

impl Connector for Tcp {
    type Out = Connection;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _before: Option<()>,
    ) -> Result<Option<Connection>, Error> {
        let timeout = details.timeout;
        let mut failed = None;
        for address in &details.addrs {
            let connected = match timeout.not_zero() {
                Some(time) => TcpStream::connect_timeout(address, *time),
                None => TcpStream::connect(address),
            };
            match connected {
                Ok(stream) => {
                    stream.set_nodelay(details.config.no_delay())?;
                    let config = details.config;
                    let (input, output) = (config.input_buffer_size(), config.output_buffer_size());
                    let buffers = LazyBuffers::new(input, output);
                    return Ok(Some(Connection { stream, buffers }));
                }
                Err(error) => failed = Some(error),
            }
        }
        let failed = failed.unwrap_or_else(|| ErrorKind::AddrNotAvailable.into());
        Err(explained(failed, timeout))
    }
}

/// A connection, and what ureq has read from it or is about to write.
#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    buffers: LazyBuffers,
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let timeout = timeout.for_write();
        let time = timeout.not_zero().map(|time| *time);
        self.stream.set_write_timeout(time)?;
        let output = &self.buffers.output()[..amount];
        let sent = self.stream.write_all(output);
        sent.map_err(|error| explained(error, timeout))
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = timeout.for_read();
        let time = timeout.not_zero().map(|time| *time);
        self.stream.set_read_timeout(time)?;
        let received = self.stream.read(self.buffers.input_append_buf());
        let count = received.map_err(|error| explained(error, timeout))?;
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    /// Whether it may be used for another request: nothing has come that nobody asked for.
    fn is_open(&mut self) -> bool {
        if self.stream.set_nonblocking(true).is_err() {
            return false;
        }
        let peeked = self.stream.peek(&mut [0]);
        let silent = matches!(peeked, Err(error) if error.kind() == ErrorKind::WouldBlock);
        self.stream.set_nonblocking(false).is_ok() && silent
    }
}

/// The error that ureq has for this one.
fn explained(error: io::Error, timeout: NextTimeout) -> Error {
    match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Error::Timeout(timeout.reason),
        _ => Error::Io(error),
    }
}

/// Resolves names, with the task parked meanwhile.
#[derive(Debug)]
struct Names;

impl Resolver for Names {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().ok_or(Error::HostNotFound)?;
        // An IPv6 address is in brackets there.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let standard = match uri.scheme_str() {
            Some("https") => 443,
            _ => 80,
        };
        let port = uri.port_u16().unwrap_or(standard);
        let resolve = || (host, port).to_socket_addrs();
        let resolved = match timeout.not_zero() {
            Some(time) => teem::time::timeout(*time, resolve),
            None => resolve(),
        };
        let found = resolved.map_err(|error| explained(error, timeout))?;
        let mut addresses = self.empty();
        for address in found.take(16) {
            addresses.push(address);
        }
        match addresses.is_empty() {
            true => Err(Error::HostNotFound),
            false => Ok(addresses),
        }
    }
}

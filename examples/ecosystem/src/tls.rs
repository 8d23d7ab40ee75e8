//! TLS: rustls over a task's stream.

use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig};
use rustls::{ServerConnection, StreamOwned};
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use teem::net::TcpStream;
use teem::time;

/// A server's end of a TLS connection.
pub type ServerStream = StreamOwned<ServerConnection, TcpStream>;
/// A client's end.
pub type ClientStream = StreamOwned<ClientConnection, TcpStream>;

/// Whatever goes wrong before there is a connection.
pub type Failure = Box<dyn Error + Send + Sync>;

/// A certificate that nobody has signed but itself, and its key.
#[derive(Debug)]
pub struct Identity {
    /// The certificate, for whoever is to trust it.
    pub certificate: CertificateDer<'static>,
    /// The same as text.
    pub pem: String,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Makes one for a server of these names.
    ///
    /// # Errors
    ///
    /// One of the names is none.
    pub fn new(names: &[&str]) -> Result<Self, Failure> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names)?;
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der())?;
        Ok(Self {
            certificate: made.cert.der().clone(),
            pem: made.cert.pem(),
            key,
        })
    }

    /// What a server needs to be who this says.
    ///
    /// # Errors
    ///
    /// Certificate and key do not match.
    pub fn into_server(self) -> Result<Arc<ServerConfig>, Failure> {
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?;
        let config = builder
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate], self.key)?;
        Ok(Arc::new(config))
    }
}

/// A client that trusts this certificate and no other.
///
/// # Errors
///
/// It is no certificate.
pub fn client(trusted: CertificateDer<'static>) -> Result<Arc<ClientConfig>, Failure> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted)?;
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?;
    Ok(Arc::new(
        builder.with_root_certificates(roots).with_no_client_auth(),
    ))
}

/// Shakes hands with a client. Parks the task, for `patience` at most however slowly it sends.
///
/// # Errors
///
/// Those of the connection; `InvalidData` when the client speaks no TLS of ours.
pub fn accept(
    config: Arc<ServerConfig>,
    mut stream: TcpStream,
    patience: Duration,
) -> io::Result<ServerStream> {
    let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
    time::timeout(patience, || {
        while connection.is_handshaking() {
            connection.complete_io(&mut stream)?;
        }
        io::Result::Ok(())
    })?;
    Ok(StreamOwned::new(connection, stream))
}

/// A connection to the server of this name, which has not shaken hands yet: that comes with the first
/// read or write.
///
/// # Errors
///
/// It is no name.
pub fn connect(
    config: Arc<ClientConfig>,
    name: &str,
    stream: TcpStream,
) -> Result<ClientStream, Failure> {
    let name = ServerName::try_from(name.to_owned())?;
    let connection = ClientConnection::new(config, name)?;
    Ok(StreamOwned::new(connection, stream))
}

//! What joins teem's streams and crates of others that know nothing of it.

pub mod database;
pub mod http_client;
pub mod tls;

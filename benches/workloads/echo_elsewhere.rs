//! The echo comparison where there is no epoll to compare with.

use crate::arguments::Arguments;
use crate::report::Failure;

/// The hidden name by which the program runs a server.
pub(crate) const SERVE: &str = "serve-echo";
/// The hidden name by which it holds connections.
pub(crate) const HOLD: &str = "hold-conns";

pub(crate) fn compare(_: &Arguments) -> Result<(), Failure> {
    Err(Failure::new("needs epoll, so it runs on Linux only"))
}

pub(crate) fn idle(arguments: &Arguments) -> Result<(), Failure> {
    compare(arguments)
}

pub(crate) fn hold(arguments: &Arguments) -> Result<(), Failure> {
    compare(arguments)
}

pub(crate) fn serve(arguments: &Arguments) -> Result<(), Failure> {
    compare(arguments)
}

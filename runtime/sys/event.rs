//! What a poller reports of one descriptor.

/// In which directions it is worth trying again. See the contract in `sys/mod.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// What the descriptor was registered with.
    pub(crate) token: usize,
    pub(crate) readable: bool,
    pub(crate) writable: bool,
    /// The end, an error or urgent data stands somewhere in what is to be read, so a read that came
    /// back short has not shown that nothing is left.
    pub(crate) read_sticky: bool,
    /// The same of writing: it has ended or failed.
    pub(crate) write_sticky: bool,
}

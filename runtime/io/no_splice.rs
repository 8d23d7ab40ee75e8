//! There is no short cut for copying on this system.

use std::io;

/// How far it got.
#[derive(Debug)]
#[expect(dead_code, reason = "this system copies nothing by itself")]
pub(super) enum Copied {
    /// To the end; the number of bytes.
    All(u64),
    /// `copied` bytes, and those in `read` are still to be written.
    Some { copied: u64, read: Vec<u8> },
}

pub(super) fn copy<R: ?Sized, W: ?Sized>(_: &R, _: &W) -> io::Result<Copied> {
    let (copied, read) = (0, Vec::new());
    Ok(Copied::Some { copied, read })
}

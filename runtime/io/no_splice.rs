//! There is no short cut for copying on this system.

use super::copy::{Copied, Moved};
use std::io;

pub(super) fn copy<R: ?Sized, W: ?Sized>(_: &mut R, _: &W) -> io::Result<Copied> {
    Ok(Copied::Some(0))
}

pub(super) fn bulk<R: ?Sized, W: ?Sized>(_: &R, _: &W) -> io::Result<Moved> {
    Ok(Moved::default())
}

pub(super) fn write_at_once<W: ?Sized>(_: &W, _: &[u8]) -> usize {
    0
}

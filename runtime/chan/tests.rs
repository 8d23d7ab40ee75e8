//! What the whole cannot show: sizes, and corners that need the inside.

use super::{Receiver, Sender};

#[test]
fn handles_are_small() {
    assert_eq!(size_of::<Sender<[u8; 100]>>(), 2 * size_of::<usize>());
    assert_eq!(size_of::<Receiver<[u8; 100]>>(), 3 * size_of::<usize>());
}

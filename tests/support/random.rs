//! Random numbers that can be had again: the seed is printed, and taken from `TEEM_TEST_SEED`.

use std::time::SystemTime;

/// SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators").
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Seeded from the environment, or with the time.
    pub(crate) fn new() -> Self {
        let given = std::env::var("TEEM_TEST_SEED").ok();
        let seed = match given {
            Some(text) => text.parse().expect("TEEM_TEST_SEED is a number"),
            None => {
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
                now.expect("a time after 1970").as_nanos() as u64
            }
        };
        eprintln!("TEEM_TEST_SEED={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A generator of its own for somebody else.
    pub(crate) fn split(&mut self) -> Self {
        Self(self.next())
    }
}

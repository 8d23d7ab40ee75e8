//! The keys and their values: a table in shards, each behind a mutex that is held for one operation.
//!
//! A key may have a deadline. Whoever comes across one that has passed treats the key as gone, and
//! [`Store::sweep`] removes those that nobody asks for: each shard has its deadlines in order.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;
use std::time::{Duration, Instant};
use teem::sync::{Mutex, MutexGuard};

/// More than there are workers, so that two of them seldom want the same.
const SHARDS: usize = 64;
/// The most keys that a sweep removes from a shard before it lets others at it.
const SWEPT_AT_ONCE: usize = 128;

type Key = Box<[u8]>;

#[derive(Debug)]
struct Entry {
    value: Vec<u8>,
    deadline: Option<Instant>,
}

impl Entry {
    fn is_over(&self) -> bool {
        self.deadline.is_some_and(|at| at <= Instant::now())
    }
}

#[derive(Debug, Default)]
struct Shard {
    entries: HashMap<Key, Entry>,
    /// Of each entry that has one.
    deadlines: BTreeSet<(Instant, Key)>,
}

impl Shard {
    /// The entry of `key`, if it is still there.
    fn live(&mut self, key: &[u8]) -> Option<&mut Entry> {
        // Most tables have no deadlines at all, and need no second look.
        if !self.deadlines.is_empty() && self.entries.get(key).is_some_and(Entry::is_over) {
            self.remove(key);
        }
        self.entries.get_mut(key)
    }

    fn remove(&mut self, key: &[u8]) -> bool {
        let Some((key, entry)) = self.entries.remove_entry(key) else {
            return false;
        };
        if let Some(deadline) = entry.deadline {
            self.deadlines.remove(&(deadline, key));
        }
        true
    }

    fn set_deadline(&mut self, key: &[u8], deadline: Option<Instant>) -> bool {
        let Some(entry) = self.live(key) else {
            return false;
        };
        let before = std::mem::replace(&mut entry.deadline, deadline);
        if let Some(before) = before {
            self.deadlines.remove(&(before, Key::from(key)));
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, Key::from(key)));
        }
        true
    }

    /// Removes some of those that are over; true if there may be more.
    fn sweep(&mut self, now: Instant) -> bool {
        for _ in 0..SWEPT_AT_ONCE {
            match self.deadlines.first() {
                Some((deadline, _)) if *deadline <= now => {}
                _ => return false,
            }
            if let Some((_, key)) = self.deadlines.pop_first() {
                self.entries.remove(&key);
            }
        }
        true
    }
}

/// Whether `set` cares for what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Always,
    IfAbsent,
    IfPresent,
}

/// How long a value that is set stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lifetime {
    Forever,
    Until(Instant),
    /// As long as what was there before.
    AsBefore,
}

/// How much longer a key is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeLeft {
    NoKey,
    Forever,
    Left(Duration),
}

/// Why a number could not be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAdded {
    NoInteger,
    Overflow,
}

/// All keys.
#[derive(Debug)]
pub(crate) struct Store {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
}

impl Store {
    pub(crate) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }

    fn shard(&self, key: &[u8]) -> MutexGuard<'_, Shard> {
        let index = self.hasher.hash_one(key) as usize % self.shards.len();
        lock(&self.shards[index])
    }

    /// Shows the value of `key` to `f`, while nobody can change it.
    pub(crate) fn get<R>(&self, key: &[u8], f: impl FnOnce(Option<&[u8]>) -> R) -> R {
        f(self.shard(key).live(key).map(|entry| &*entry.value))
    }

    /// Sets the value and the deadline of `key`; false if the condition forbids it. What was there before is
    /// shown to `before` in any case.
    pub(crate) fn set(
        &self,
        key: &[u8],
        value: &[u8],
        lifetime: Lifetime,
        condition: Condition,
        before: impl FnOnce(Option<&[u8]>),
    ) -> bool {
        let mut shard = self.shard(key);
        let live = shard.live(key);
        before(live.as_deref().map(|entry| &*entry.value));
        match (live, condition) {
            (Some(_), Condition::IfAbsent) | (None, Condition::IfPresent) => return false,
            (Some(entry), _) => {
                // The old allocation does, unless it is a good deal too large.
                entry.value.clear();
                entry.value.shrink_to(2 * value.len());
                entry.value.extend_from_slice(value);
                let stays = entry.deadline.is_none() && lifetime == Lifetime::Forever;
                if stays || lifetime == Lifetime::AsBefore {
                    return true;
                }
            }
            (None, _) => {
                let entry = Entry {
                    value: value.to_vec(),
                    deadline: None,
                };
                shard.entries.insert(Key::from(key), entry);
            }
        }
        let deadline = match lifetime {
            Lifetime::Until(at) => Some(at),
            Lifetime::Forever | Lifetime::AsBefore => None,
        };
        shard.set_deadline(key, deadline)
    }

    /// Whether `key` was there.
    pub(crate) fn remove(&self, key: &[u8]) -> bool {
        let mut shard = self.shard(key);
        shard.live(key).is_some() && shard.remove(key)
    }

    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        self.shard(key).live(key).is_some()
    }

    /// Adds to the number that is the value of `key`, 0 if there is none.
    pub(crate) fn add(&self, key: &[u8], delta: i64) -> Result<i64, NotAdded> {
        let mut shard = self.shard(key);
        let before = match shard.live(key) {
            Some(entry) => super::resp::integer(&entry.value).ok_or(NotAdded::NoInteger)?,
            None => 0,
        };
        let sum = before.checked_add(delta).ok_or(NotAdded::Overflow)?;
        let value = sum.to_string().into_bytes();
        match shard.entries.get_mut(key) {
            Some(entry) => entry.value = value,
            None => {
                let deadline = None;
                shard
                    .entries
                    .insert(Key::from(key), Entry { value, deadline });
            }
        }
        Ok(sum)
    }

    /// Gives `key` a deadline, or takes it away, if `permits`, which is told the one that it has; false if it
    /// does not, or if there is no such key.
    pub(crate) fn expire(
        &self,
        key: &[u8],
        deadline: Option<Instant>,
        permits: impl FnOnce(Option<Instant>) -> bool,
    ) -> bool {
        let mut shard = self.shard(key);
        let current = shard.live(key).map(|entry| entry.deadline);
        current.is_some_and(permits) && shard.set_deadline(key, deadline)
    }

    pub(crate) fn time_left(&self, key: &[u8]) -> TimeLeft {
        match self.shard(key).live(key).map(|entry| entry.deadline) {
            None => TimeLeft::NoKey,
            Some(None) => TimeLeft::Forever,
            Some(Some(at)) => TimeLeft::Left(at.saturating_duration_since(Instant::now())),
        }
    }

    /// How many keys there are, some of them perhaps over.
    pub(crate) fn len(&self) -> usize {
        let shards = self.shards.iter();
        shards.map(|shard| lock(shard).entries.len()).sum()
    }

    pub(crate) fn clear(&self) {
        for shard in &self.shards {
            *lock(shard) = Shard::default();
        }
    }

    /// Removes all keys that are over.
    pub(crate) fn sweep(&self) {
        let now = Instant::now();
        for shard in &self.shards {
            while lock(shard).sweep(now) {}
        }
    }
}

/// A panic of somebody else leaves a shard as it is after an operation or before it.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

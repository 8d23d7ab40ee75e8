//! Who gets which signal, and what the system did with it before.
//!
//! | a signal is | its entry in `taken`   | the system               | becomes                                    |
//! | ----------- | ---------------------- | ------------------------ | ------------------------------------------ |
//! | left alone  | none                   | does what it did         | caught, by `notify`; ignored, by `ignore`  |
//! | caught      | the action before      | calls our handler        | left alone, when nobody wants it any more  |
//! | ignored     | the action before      | drops it                 | caught or left alone, by `notify`, `reset` |
//!
//! All of it changes under the one lock. A subscription is the source of a channel's receiver; the registry
//! knows it weakly, and its destructor takes it out and lets go of its signals. The destructor
//! takes the lock, so nobody holds a strong reference to a subscription while he has it, but to
//! carry it out.

use super::Signal;
use crate::chan::Receiver;
use crate::chan::source::{Audience, Source};
use crate::sys::caught::{self, Action, Marks, SignalSet};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

/// What a receiver receives from.
struct Subscription {
    pending: SignalSet,
    capacity: usize,
    audience: Audience,
}

impl Source<Signal> for Subscription {
    fn poll(&self) -> Option<Signal> {
        let mut pending = self.pending.iter();
        let taken = pending.find(|signal| self.pending.remove(*signal));
        taken.and_then(Signal::from_raw)
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.capacity)
    }

    fn len(&self) -> usize {
        self.pending.iter().count()
    }

    fn audience(&self) -> &Audience {
        &self.audience
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let own: *const Self = self;
        let mut registry = lock();
        let place = (registry.entries.iter()).position(|entry| entry.subscription.as_ptr() == own);
        if let Some(place) = place {
            let entry = registry.entries.swap_remove(place);
            let unwanted = entry.wanted.iter();
            unwanted.for_each(|signal| registry.let_go_if_unwanted(signal));
        }
    }
}

/// A subscription and the signals that it gets.
struct Entry {
    wanted: SignalSet,
    subscription: Weak<Subscription>,
}

struct Registry {
    /// A thread reads the marks.
    started: bool,
    entries: Vec<Entry>,
    /// Signals that are caught or ignored, with the actions that were there before.
    taken: BTreeMap<i32, Action>,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry {
    started: false,
    entries: Vec::new(),
    taken: BTreeMap::new(),
});

fn lock() -> MutexGuard<'static, Registry> {
    // No code of others runs under the lock, so a poisoned one is still in order.
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Registry {
    /// Makes `action` that of `signal`, and keeps what was there before the first of us.
    fn take(&mut self, signal: Signal, action: &Action) -> io::Result<()> {
        if !signal.is_ours_to_take() {
            let message = format!("{signal} cannot be caught or ignored by a program");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let explain = |error: io::Error| {
            io::Error::new(
                error.kind(),
                format!("{signal} cannot be taken over: {error}"),
            )
        };
        let signal = signal.as_raw();
        let before = Action::of(signal).map_err(explain)?;
        if !before.is(action) {
            action.install(signal).map_err(explain)?;
        }
        self.taken.entry(signal).or_insert(before);
        Ok(())
    }

    /// Nobody gets `signal` any more.
    fn withdraw(&mut self, signal: Signal) {
        for entry in &self.entries {
            entry.wanted.remove(signal.as_raw());
        }
    }

    /// Has `signal` do what it did before, unless somebody else has changed that since.
    fn let_go(&mut self, signal: i32) -> io::Result<()> {
        let Some(before) = self.taken.remove(&signal) else {
            return Ok(());
        };
        let present = Action::of(signal)?;
        if present.is(&Action::catch()) || present.is(&Action::ignore()) {
            before.install(signal)?;
            caught::forget(signal);
        }
        Ok(())
    }

    fn let_go_if_unwanted(&mut self, signal: i32) {
        if !self
            .entries
            .iter()
            .any(|entry| entry.wanted.contains(signal))
        {
            // What could be installed before can be now.
            let _ = self.let_go(signal);
        }
    }

    /// Starts the thread that reads the marks, once.
    fn start(&mut self) -> io::Result<()> {
        if !self.started {
            let marks = caught::marks()?;
            let thread = std::thread::Builder::new().name("teem-signals".to_owned());
            thread.spawn(move || deliver(marks))?;
            self.started = true;
        }
        Ok(())
    }
}

/// The thread: hands out what was caught.
fn deliver(mut marks: Marks) {
    loop {
        let caught = match marks.wait() {
            Ok(caught) => caught,
            Err(error) => {
                eprintln!("teem: signals cannot be received any more: {error}");
                std::process::abort();
            }
        };
        let receivers: Vec<_> = {
            let registry = lock();
            let wants = |entry: &&Entry| caught.iter().any(|signal| entry.wanted.contains(signal));
            let entries = registry.entries.iter().filter(wants);
            let hold = |entry: &Entry| {
                let subscription = entry.subscription.upgrade()?;
                let wanted = caught
                    .iter()
                    .filter(|signal| entry.wanted.contains(*signal));
                wanted.for_each(|signal| subscription.pending.insert(signal));
                Some(subscription)
            };
            entries.filter_map(hold).collect()
        };
        // Not under the lock, which the last reference to one of them takes when it goes.
        for subscription in &receivers {
            subscription.audience.look_again();
        }
    }
}

pub(super) fn notify(signals: &[Signal]) -> io::Result<Receiver<Signal>> {
    let wanted = SignalSet::new();
    signals
        .iter()
        .for_each(|signal| wanted.insert(signal.as_raw()));
    let subscription = Arc::new(Subscription {
        pending: SignalSet::new(),
        capacity: wanted.iter().count(),
        audience: Audience::new(),
    });
    // Declared after the subscription, so that the lock is released before that is dropped.
    let mut registry = lock();
    registry.start()?;
    registry.entries.push(Entry {
        wanted,
        subscription: Arc::downgrade(&subscription),
    });
    // From here on dropping it undoes what was done.
    for signal in signals {
        registry.take(*signal, &Action::catch())?;
    }
    drop(registry);
    Ok(Receiver::of_source(subscription))
}

pub(super) fn ignore(signals: &[Signal]) -> io::Result<()> {
    let mut registry = lock();
    for signal in signals {
        registry.take(*signal, &Action::ignore())?;
        registry.withdraw(*signal);
    }
    Ok(())
}

pub(super) fn reset(signals: &[Signal]) -> io::Result<()> {
    let mut registry = lock();
    for signal in signals {
        registry.withdraw(*signal);
        registry.let_go(signal.as_raw())?;
    }
    Ok(())
}

//! Who gets which signal, and what the system did with it before.
//!
//! | a signal is | its entry in `taken`   | the system               | becomes                                    |
//! | ----------- | ---------------------- | ------------------------ | ------------------------------------------ |
//! | left alone  | none                   | does what it did         | caught, by `notify`; ignored, by `ignore`  |
//! | caught      | the action before      | calls our handler        | left alone, when nobody wants it any more  |
//! | ignored     | the action before      | drops it                 | caught or left alone, by `notify`, `reset` |
//!
//! All of it changes under the one lock. What a channel's receivers share is a [`Subscription`]: with the last
//! of them it goes, takes its entry out and lets go of its signals. The thread that hands out what was caught
//! only ever holds on to the [`Mailbox`] within, so whoever drops the last receiver finds the signals given
//! back when that returns.

use super::Signal;
use crate::chan::Receiver;
use crate::chan::source::{Audience, Source};
use crate::sys::caught::{self, Action, Marks, SignalSet};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What has been caught for a subscription, and who waits for it.
struct Mailbox {
    pending: SignalSet,
    audience: Audience,
}

/// What a receiver receives from.
struct Subscription {
    mailbox: Arc<Mailbox>,
    capacity: usize,
}

impl Source<Signal> for Subscription {
    fn poll(&self, _now: Option<Instant>) -> Option<Signal> {
        let pending = &self.mailbox.pending;
        let taken = pending.iter().find(|signal| pending.remove(*signal));
        taken.and_then(Signal::from_raw)
    }

    fn deadline(&self) -> Option<Instant> {
        // What came between a look and the wait is due at once.
        (self.len() > 0).then(Instant::now)
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.capacity)
    }

    fn len(&self) -> usize {
        self.mailbox.pending.iter().count()
    }

    fn audience(&self) -> Option<&Audience> {
        Some(&self.mailbox.audience)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut registry = lock();
        let is_own = |entry: &Entry| Arc::ptr_eq(&entry.mailbox, &self.mailbox);
        if let Some(place) = registry.entries.iter().position(is_own) {
            let entry = registry.entries.swap_remove(place);
            let unwanted = entry.wanted.iter();
            unwanted.for_each(|signal| registry.let_go_if_unwanted(signal));
        }
    }
}

/// A subscription's mailbox and the signals that go there.
struct Entry {
    wanted: SignalSet,
    mailbox: Arc<Mailbox>,
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

/// Fails if one of `signals` can never be taken: asked before anything is done about the others.
fn check(signals: &[Signal]) -> io::Result<()> {
    signals.iter().try_for_each(|signal| {
        if !signal.is_ours_to_take() {
            let message = format!("{signal} cannot be caught or ignored by a program");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        match Action::of(signal.as_raw()) {
            Ok(_) => Ok(()),
            Err(error) => Err(refused(*signal, &error)),
        }
    })
}

fn refused(signal: Signal, error: &io::Error) -> io::Error {
    let message = format!("{signal} cannot be taken over: {error}");
    io::Error::new(error.kind(), message)
}

impl Registry {
    /// Makes `action` that of `signal`, and keeps what was there before the first of us.
    fn take(&mut self, signal: Signal, action: &Action) -> io::Result<()> {
        let number = signal.as_raw();
        let before = Action::of(number).map_err(|error| refused(signal, &error))?;
        if !before.is(action) {
            let installed = action.install(number);
            installed.map_err(|error| refused(signal, &error))?;
        }
        self.taken.entry(number).or_insert(before);
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
        if let Err(error) = marks.wait() {
            eprintln!("teem: signals cannot be received any more: {error}");
            std::process::abort();
        }
        let mut filled = Vec::new();
        let registry = lock();
        // Under the lock: what is forgotten with a receiver must not reach one that comes after it.
        let caught = caught::take();
        for entry in &registry.entries {
            let mut got_one = false;
            for signal in caught
                .iter()
                .filter(|signal| entry.wanted.contains(*signal))
            {
                entry.mailbox.pending.insert(signal);
                got_one = true;
            }
            if got_one {
                filled.push(Arc::clone(&entry.mailbox));
            }
        }
        // Not under the lock: whoever is woken may want it.
        drop(registry);
        for mailbox in &filled {
            mailbox.audience.look_again();
        }
    }
}

pub(super) fn notify(signals: &[Signal]) -> io::Result<Receiver<Signal>> {
    check(signals)?;
    let wanted = SignalSet::new();
    signals
        .iter()
        .for_each(|signal| wanted.insert(signal.as_raw()));
    let mailbox = Arc::new(Mailbox {
        pending: SignalSet::new(),
        audience: Audience::new(),
    });
    let subscription = Arc::new(Subscription {
        mailbox: Arc::clone(&mailbox),
        capacity: wanted.iter().count(),
    });
    // Declared after the subscription, so that the lock is released before that is dropped.
    let mut registry = lock();
    registry.start()?;
    registry.entries.push(Entry { wanted, mailbox });
    // From here on dropping it undoes what was done.
    for signal in signals {
        registry.take(*signal, &Action::catch())?;
    }
    drop(registry);
    Ok(Receiver::of_source(subscription))
}

pub(super) fn ignore(signals: &[Signal]) -> io::Result<()> {
    check(signals)?;
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

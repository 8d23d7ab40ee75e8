//! `Singleflight`: of several that want the same at the same time, one fetches it for all.
//!
//! A map holds the calls under way. Whoever finds none for its key enters one and makes the call;
//! the others wait for that call's `OnceLock` and clone the outcome in it. The map is a lock of ours that parks,
//! for hashing and comparing keys is code of others. The idea and the method names are those of Go's
//! `golang.org/x/sync/singleflight`.
//!
//! - **S1** Whoever enters a flight sets its outcome, once, however its closure ends.
//! - **S2** It takes the flight out of the map before that, and only while it is the one there: one
//!   that was forgotten leaves its successor alone. If that panics, for the lock may not park or the
//!   keys' code fails, the flight stays there and lands; the next call with its key replaces it. So
//!   whoever comes after the outcome calls anew.

use super::{Mutex, MutexGuard, OnceLock};
use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, PoisonError};

/// What came of a call: the value, or the text of its panic.
type Outcome<V> = Result<V, String>;

/// One call. Its outcome is cloned under a lock, so that `V` need not be `Sync`.
struct Flight<V>(OnceLock<Mutex<Outcome<V>>>);

type Flights<K, V> = HashMap<Arc<K>, Arc<Flight<V>>>;

/// Calls that are under way, by key: whoever wants what is being fetched already waits for it.
///
/// This is no cache. What has been fetched is handed to those who waited and then forgotten.
///
/// # Examples
///
/// ```
/// use teem::sync::Singleflight;
/// use teem::sync::atomic::{AtomicUsize, Ordering};
///
/// let (flights, calls) = (Singleflight::new(), AtomicUsize::new(0));
/// let everyone_asks = teem::sync::Barrier::new(3);
/// teem::scope(|s| {
///     for _ in 0..3 {
///         s.spawn(|| {
///             everyone_asks.wait();
///             let page = flights.run("index.html", || {
///                 calls.fetch_add(1, Ordering::Relaxed);
///                 teem::task::yield_now(); // fetching takes its time
///                 "<html>".to_owned()
///             });
///             assert_eq!(page, "<html>");
///         });
///     }
/// });
/// assert!((1..=3).contains(&calls.into_inner()));
/// ```
pub struct Singleflight<K, V> {
    flights: Mutex<Flights<K, V>>,
}

impl<K: Eq + Hash, V: Clone> Singleflight<K, V> {
    /// No calls under way.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What `f` returns; or, if a call with this key is under way, what that one returns.
    ///
    /// Who waits parks, and a thread blocks. `f` runs in the caller, so its context is the one of
    /// whoever came first. If it comes back with its own key it waits for ever.
    ///
    /// # Panics
    ///
    /// If `f` does, and then in all who wait for it: in its caller with its payload, in the others
    /// with a message that has the text of it. If hashing or comparing keys does. And if it would have
    /// to wait inside [`forbid_park`](crate::task::forbid_park), also when `f` has been called: then
    /// those who wait panic, too.
    ///
    /// # Cancellation
    ///
    /// Is not cut, though the calls inside `f` are.
    ///
    /// # Examples
    ///
    /// ```
    /// let flights = teem::sync::Singleflight::new();
    /// assert_eq!(flights.run(7, || "seven"), "seven");
    /// assert_eq!(flights.run(7, || "anew"), "anew");
    /// ```
    #[track_caller]
    pub fn run<F>(&self, key: K, f: F) -> V
    where
        F: FnOnce() -> V,
    {
        let mut flights = self.lock();
        let under_way = flights.get(&key).filter(|flight| !flight.has_landed());
        if let Some(flight) = under_way {
            let flight = Arc::clone(flight);
            drop(flights);
            return flight.outcome();
        }
        let mut landing = Landing {
            of: self,
            key: Arc::new(key),
            flight: Arc::new(Flight(OnceLock::new())),
            outcome: Err("its value could not be handed on".to_owned()),
        };
        let landed = flights.insert(Arc::clone(&landing.key), Arc::clone(&landing.flight));
        drop(flights);
        // Its destructor is code of others: without the lock.
        drop(landed);

        let returned = catch_unwind(AssertUnwindSafe(f));
        landing.leave_map();
        match returned {
            Ok(value) if !landing.is_awaited() => value,
            Ok(value) => {
                landing.outcome = Ok(value.clone());
                value
            }
            Err(payload) => {
                landing.outcome = Err(text_of(&*payload));
                resume_unwind(payload)
            }
        }
    }

    /// Lets the next call with `key` run its own closure, though one is under way: that one still
    /// lands, for those who wait for it by now. Without such a call this does nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// let flights = teem::sync::Singleflight::new();
    /// let value = flights.run("key", || {
    ///     flights.forget(&"key"); // what is being fetched is out of date already
    ///     flights.run("key", || 2) + 1
    /// });
    /// assert_eq!(value, 3);
    /// ```
    #[track_caller]
    pub fn forget(&self, key: &K) {
        let forgotten = self.lock().remove(key);
        drop(forgotten);
    }
}

impl<K, V> Singleflight<K, V> {
    #[track_caller]
    fn lock(&self) -> MutexGuard<'_, Flights<K, V>> {
        // Hashing or comparing may have panicked: then nothing was entered.
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: Clone> Flight<V> {
    /// Whether its outcome is set, so that it is not to be waited for.
    fn has_landed(&self) -> bool {
        self.0.get().is_some()
    }

    /// Waits for the outcome of somebody else's call.
    #[track_caller]
    fn outcome(&self) -> V {
        let outcome = self.0.wait().lock();
        // Cloning may have panicked; the value is what it was.
        match outcome.unwrap_or_else(PoisonError::into_inner).clone() {
            Ok(value) => value,
            Err(text) => panic!("the call that this one waited for has panicked: {text}"),
        }
    }
}

/// What the maker of a call still owes to those who wait for it (S1).
struct Landing<'a, K: Eq + Hash, V> {
    of: &'a Singleflight<K, V>,
    key: Arc<K>,
    flight: Arc<Flight<V>>,
    /// What they get; until there is a value, the reason why there is none.
    outcome: Outcome<V>,
}

impl<K: Eq + Hash, V> Landing<'_, K, V> {
    /// From now on nobody new will wait for this call (S2).
    fn leave_map(&self) {
        let mut flights = self.of.lock();
        let current = flights.get(&*self.key);
        if current.is_some_and(|current| Arc::ptr_eq(current, &self.flight)) {
            flights.remove(&*self.key);
        }
    }

    /// Whether somebody waits. Asked after the flight has left the map, so a no is for good.
    fn is_awaited(&self) -> bool {
        Arc::strong_count(&self.flight) > 1
    }
}

impl<K: Eq + Hash, V> Drop for Landing<'_, K, V> {
    fn drop(&mut self) {
        let none = Err(String::new());
        let outcome = mem::replace(&mut self.outcome, none);
        let first = self.flight.0.set(Mutex::new(outcome));
        debug_assert!(first.is_ok(), "a flight lands once (S1)");
    }
}

fn text_of(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("Box<dyn Any>").to_owned()
}

impl<K, V> Default for Singleflight<K, V> {
    fn default() -> Self {
        Self {
            flights: Mutex::new(HashMap::new()),
        }
    }
}

impl<K, V> fmt::Debug for Singleflight<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Singleflight").finish_non_exhaustive()
    }
}

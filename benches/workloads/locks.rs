//! Tasks that share one mutex.

use std::sync::Arc;

use teem::sync::Mutex;

use crate::arguments::Arguments;
use crate::measure;
use crate::report::{Failure, check};
use crate::rounds;

/// Eight tasks count up under one mutex, as fast as they can.
pub(crate) fn mutex(arguments: &Arguments) -> Result<(), Failure> {
    rounds::measure(arguments, "mutex", "a lock", measure::LOCKS, |locks| {
        let counter = Arc::new(Mutex::new(0));
        let lockers = (0..measure::LOCKERS).map(|part| {
            let counter = Arc::clone(&counter);
            teem::spawn(move || {
                for _ in measure::share(locks, part, measure::LOCKERS) {
                    *counter.lock().expect("nobody panics") += 1;
                }
            })
        });
        rounds::join(lockers.collect())?;
        let count = *counter.lock().expect("nobody panicked");
        check("the count", count, locks)
    })
}

//! A bank: accounts behind a mutex each, customers that are tasks. Money is moved and never made, and of
//! two who withdraw the same last coin one is told no, every time.
//!
//! ```text
//! cargo run --example bank
//! ```

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is there to print")]

use std::sync::Arc;
use teem::sync::Mutex;

#[derive(Debug)]
struct Account(Mutex<u64>);

/// There is not as much in the account.
#[derive(Debug, PartialEq)]
struct Insufficient {
    balance: u64,
}

impl Account {
    fn with(balance: u64) -> Self {
        Self(Mutex::new(balance))
    }

    fn balance(&self) -> u64 {
        *self.0.lock().expect("nobody panics in here")
    }

    fn deposit(&self, amount: u64) {
        *self.0.lock().expect("nobody panics in here") += amount;
    }

    /// Looks and takes under one lock: in between nobody else does.
    fn withdraw(&self, amount: u64) -> Result<(), Insufficient> {
        let mut balance = self.0.lock().expect("nobody panics in here");
        // Another task may run here. It finds the account locked.
        teem::task::yield_now();
        match balance.checked_sub(amount) {
            Some(left) => {
                *balance = left;
                Ok(())
            }
            None => Err(Insufficient { balance: *balance }),
        }
    }
}

fn main() {
    let account = Arc::new(Account::with(100));
    let mut refused = 0;
    for _ in 0..1_000 {
        let customers = [(); 2].map(|()| {
            let account = Arc::clone(&account);
            teem::spawn(move || account.withdraw(100))
        });
        let results = customers.map(|customer| customer.join().expect("no panic"));
        assert!(results.contains(&Ok(())), "one of them gets it");
        assert!(results.contains(&Err(Insufficient { balance: 0 })));
        refused += 1;
        account.deposit(100);
    }
    println!("1000 times two withdrew 100 of 100: {refused} were refused");

    // One lock is held at a time, so nobody has to think about an order of locks.
    let accounts: Vec<Account> = (0..10).map(|_| Account::with(1_000)).collect();
    teem::scope(|bank| {
        for (number, from) in accounts.iter().enumerate() {
            let to = &accounts[(number + 1) % accounts.len()];
            bank.spawn(move || {
                for amount in 1..=50 {
                    if from.withdraw(amount).is_ok() {
                        to.deposit(amount);
                    }
                }
            });
        }
    });
    let total: u64 = accounts.iter().map(Account::balance).sum();
    println!("after 500 transfers there are still {total} in the bank");
}

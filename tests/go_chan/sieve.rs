//! `sieve1`, `sieve2`: primes from a chain of filters.

use crate::crew::{Crew, both_ways, crew};
use teem::chan::{Receiver, bounded};

const PRIMES: [u32; 25] = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
];

/// Passes on what `prime` does not divide, until nobody listens.
fn filter<'scope>(
    c: Crew<'scope, '_>,
    room: usize,
    numbers: Receiver<u32>,
    prime: u32,
) -> Receiver<u32> {
    let (s, r) = bounded(room);
    c.spawn(move || {
        let rest = numbers.iter().filter(|n| n % prime != 0);
        let _ = rest.map(|n| s.send(n)).find(Result::is_err);
    });
    r
}

fn sieve(c: Crew<'_, '_>, room: usize) {
    let (s, mut numbers) = bounded(room);
    c.spawn(move || {
        let _ = (2..).map(|n| s.send(n)).find(Result::is_err);
    });
    for expected in PRIMES {
        let prime = numbers.recv().unwrap();
        assert_eq!(prime, expected);
        numbers = filter(c, room, numbers, prime);
    }
}

#[test]
fn sieve1() {
    both_ways(|| crew(|c| sieve(c, 0)));
}

/// Odd numbers alone go in, and primes whose square is beyond the number are no filters yet: two
/// channels stand in for Go's heap of them.
#[test]
fn sieve2() {
    both_ways(|| {
        crew(|c| {
            sieve(c, 32);
            let (odds_s, odds) = bounded(50);
            c.spawn(move || {
                let _ = (9..)
                    .step_by(2)
                    .map(|n| odds_s.send(n))
                    .find(Result::is_err);
            });
            let multiples = [3, 5, 7].map(|prime| {
                let (s, r) = bounded(10);
                c.spawn(move || {
                    let all = (prime * prime..).step_by(2 * prime as usize);
                    let _ = all.map(|n| s.send(n)).find(Result::is_err);
                });
                r
            });
            let mut next = [0; 3];
            let mut found = vec![2, 3, 5, 7];
            for n in odds.iter().take_while(|n| *n < 100) {
                for (next, multiples) in next.iter_mut().zip(&multiples) {
                    while *next < n {
                        *next = multiples.recv().unwrap();
                    }
                }
                if !next.contains(&n) {
                    found.push(n);
                }
            }
            assert_eq!(found, PRIMES);
        });
    });
}

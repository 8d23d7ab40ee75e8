//! The prime sieve: a chain of tasks, each of which passes on what its prime does not divide. Every
//! prime that comes out at the end becomes the next link. A classic since M. D. McIlroy's note on
//! coroutines of 1968.
//!
//! ```text
//! cargo run --example prime_sieve
//! ```

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is there to print")]

use teem::chan::{Receiver, Sender, bounded};

/// Sends 2, 3, 4 .. until nobody wants more.
fn generate(numbers: Sender<u32>) {
    let mut number = 2;
    while numbers.send(number).is_ok() {
        number += 1;
    }
}

/// Passes on what `prime` does not divide.
fn filter(input: Receiver<u32>, output: Sender<u32>, prime: u32) {
    for number in input {
        if number % prime != 0 && output.send(number).is_err() {
            return;
        }
    }
}

fn main() {
    let (send, mut numbers) = bounded(0);
    teem::go!(generate(send));
    for _ in 0..20 {
        let prime = numbers.recv().expect("there is always another prime");
        println!("{prime}");
        let (send, receive) = bounded(0);
        let input = std::mem::replace(&mut numbers, receive);
        teem::go!(filter(input, send, prime));
    }
}

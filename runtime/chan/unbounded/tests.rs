//! Unbounded channels between threads alone: what Miri can run.

use crate::chan::{RecvTimeoutError, unbounded};
use std::time::Duration;

/// Values a thread sends, over several blocks.
const EACH: usize = if cfg!(miri) { 50 } else { 5_000 };

#[test]
fn threads_that_wait_are_handed_their_values() {
    let (sender, receiver) = unbounded();
    let (answers, back) = unbounded();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // One value at a time, so that mostly both sides wait in turn.
            for value in receiver.iter() {
                answers.send(value).expect("open");
            }
        });
        for n in 0..EACH {
            sender.send(Box::new(n)).expect("open");
            assert_eq!(back.recv(), Ok(Box::new(n)));
        }
        sender.close();
    });
}

#[test]
fn of_impatient_and_patient_receivers_each_value_reaches_one() {
    let (sender, receiver) = unbounded::<Box<usize>>();
    let received: Vec<usize> = std::thread::scope(|scope| {
        let receivers: Vec<_> = (0..3)
            .map(|n| {
                let patience = Duration::from_micros(20 * n);
                let receiver = &receiver;
                scope.spawn(move || {
                    let mut received = Vec::new();
                    loop {
                        match receiver.recv_timeout(patience) {
                            Ok(value) => received.push(*value),
                            Err(RecvTimeoutError::Timeout) => std::thread::yield_now(),
                            Err(_) => return received,
                        }
                    }
                })
            })
            .collect();
        let senders = [0, EACH].map(|from| {
            let sender = sender.clone();
            scope.spawn(move || {
                for n in from..from + EACH {
                    sender.send(Box::new(n)).expect("open");
                }
            })
        });
        for sender in senders {
            sender.join().expect("no panic");
        }
        drop(sender);
        let received = receivers.into_iter().map(|receiver| receiver.join());
        received.flat_map(|got| got.expect("no panic")).collect()
    });
    let mut all = received;
    all.sort_unstable();
    assert!(all.into_iter().eq(0..2 * EACH));
}

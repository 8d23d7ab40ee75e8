//! Channels that one worker has to itself for long: it needs no exchanges for them, until others come.

use crate::workers::with_workers;
use crate::{CAPACITIES, channel};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use teem::chan::{Receiver, Sender};

/// More than it takes to become the owner.
const ALONE: usize = 3_000;
const TOGETHER: usize = 200;

/// A value: who sends it, and its number.
type Value = (usize, usize);

fn send_all(sender: &Sender<Value>, who: usize, count: usize) {
    for number in 0..count {
        sender.send((who, number)).expect("there are receivers");
    }
}

/// Receives to the end; what came from each sender came in its order.
fn receive_all(receiver: &Receiver<Value>, mut begun: impl FnMut(usize)) -> Vec<Value> {
    let mut received: Vec<Value> = Vec::new();
    for (who, number) in receiver {
        let before = received.iter().rev().find(|value| value.0 == who);
        assert!(before.is_none_or(|before| before.1 < number), "in order");
        received.push((who, number));
        begun(received.len());
    }
    received
}

#[test]
fn nothing_is_lost_or_doubled_when_threads_come_to_a_channel_that_a_worker_had_alone() {
    with_workers([1], |runtime| {
        for round in 0..40 {
            let (sender, receiver) = channel(CAPACITIES[round % CAPACITIES.len()]);
            let come = AtomicBool::new(false);
            let until_they_come = || {
                // ORDERING: Relaxed, just a moment.
                while !come.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            };
            let mut received = thread::scope(|s| {
                let sends = (sender.clone(), receiver.clone());
                s.spawn(move || {
                    until_they_come();
                    send_all(&sends.0, 1, TOGETHER);
                });
                let receives = s.spawn(move || {
                    until_they_come();
                    receive_all(&sends.1, |_| ())
                });
                let mut received = runtime.run(|| {
                    teem::scope(|s| {
                        s.spawn(|| {
                            let sender = sender;
                            send_all(&sender, 0, ALONE);
                        });
                        // At another moment each time.
                        let moment = ALONE / 2 + 7 * round;
                        receive_all(&receiver, |count| {
                            // ORDERING: Relaxed, as above.
                            come.fetch_or(count == moment, Ordering::Relaxed);
                        })
                    })
                });
                received.extend(receives.join().unwrap());
                received
            });
            received.sort_unstable();
            let own = (0..ALONE).map(|number| (0, number));
            let theirs = (0..TOGETHER).map(|number| (1, number));
            assert!(received.into_iter().eq(own.chain(theirs)), "round {round}");
        }
    });
}

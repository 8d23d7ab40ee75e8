//! Long and random: every value that was sent is received once, in order per sender, whatever times
//! out, is cancelled, is dropped or given up on the way.

use crate::places::{Job, everywhere};
use crate::random::Random;
use crate::{CAPACITIES, channel};
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use teem::chan::__select::{Arm, RecvArm, SendArm};
use teem::chan::{Receiver, Sender};
use teem::task::yield_now;

type Value = (usize, u64);

/// Tries to send in some way; false if that did not work and the value is to be sent again.
fn send_somehow(sender: &Sender<Value>, value: Value, random: &mut Random) -> bool {
    match random.below(8) {
        0..3 => sender.send(value).is_ok(),
        3 => sender.try_send(value).is_ok(),
        4 => {
            let timeout = Duration::from_micros(random.below(30));
            sender.send_timeout(value, timeout).is_ok()
        }
        5 => {
            // A future that is polled a few times and then dropped: sent if it says so.
            let mut future = sender.send_async(value);
            let mut context = Context::from_waker(Waker::noop());
            for _ in 0..random.below(4) {
                if let Poll::Ready(sent) = Pin::new(&mut future).poll(&mut context) {
                    return sent.is_ok();
                }
                yield_now();
            }
            // It may have been received since it was polled: wait for the end of it.
            loop {
                if let Poll::Ready(sent) = Pin::new(&mut future).poll(&mut context) {
                    return sent.is_ok();
                }
                yield_now();
            }
        }
        6 => {
            let mut arm = SendArm::new(sender);
            if !arm.poll() {
                return false;
            }
            // The value takes its time.
            (0..random.below(3)).for_each(|_| yield_now());
            arm.commit(value).is_ok()
        }
        _ => {
            // A place that is not used.
            let mut arm = SendArm::new(sender);
            if arm.poll() {
                (0..random.below(2)).for_each(|_| yield_now());
            }
            false
        }
    }
}

/// Tries to receive in some way. `Err` when the channel is closed and drained.
fn receive_somehow(receiver: &Receiver<Value>, random: &mut Random) -> Result<Option<Value>, ()> {
    use teem::chan::{RecvError, RecvTimeoutError, TryRecvError};
    match random.below(7) {
        0..3 => receiver.recv().map(Some).map_err(drop),
        3 => match receiver.try_recv() {
            Err(TryRecvError::Closed) => Err(()),
            received => Ok(received.ok()),
        },
        4 => match receiver.recv_timeout(Duration::from_micros(random.below(30))) {
            Err(RecvTimeoutError::Closed) => Err(()),
            received => Ok(received.ok()),
        },
        5 => {
            // A future that is polled a few times and then dropped: what it had got goes back.
            let mut future = receiver.recv_async();
            let mut context = Context::from_waker(Waker::noop());
            for _ in 0..random.below(4) {
                match Pin::new(&mut future).poll(&mut context) {
                    Poll::Ready(Err(RecvError::Closed)) => return Err(()),
                    Poll::Ready(received) => return Ok(received.ok()),
                    Poll::Pending => yield_now(),
                }
            }
            Ok(None)
        }
        _ => {
            let mut arm = RecvArm::new(receiver);
            match arm.poll().then(|| arm.take()) {
                Some(received) => received.map(Some).map_err(drop),
                None => Ok(None),
            }
        }
    }
}

#[test]
fn every_value_arrives_once_whatever_happens() {
    const SENDERS: usize = 3;
    const EACH: u64 = 400;
    let seeds = Mutex::new(Random::new());
    everywhere(|place| {
        for capacity in CAPACITIES {
            let (sender, receiver) = channel(capacity);
            let all = Mutex::new(Vec::new());
            let mut jobs: Vec<Job<'_>> = Vec::new();
            for id in 0..SENDERS {
                let mut random = seeds.lock().unwrap().split();
                let sender = sender.clone();
                jobs.push(Box::new(move || {
                    for n in 0..EACH {
                        while !send_somehow(&sender, (id, n), &mut random) {
                            yield_now();
                        }
                    }
                }));
                let mut random = seeds.lock().unwrap().split();
                let (receiver, all) = (receiver.clone(), &all);
                jobs.push(Box::new(move || {
                    let mut got = Vec::new();
                    while let Ok(received) = receive_somehow(&receiver, &mut random) {
                        got.extend(received);
                    }
                    all.lock().unwrap().extend(got);
                }));
            }
            drop((sender, receiver));
            place.run(jobs);
            let mut all = all.into_inner().unwrap();
            all.sort();
            let sent = (0..SENDERS).flat_map(|id| (0..EACH).map(move |n| (id, n)));
            assert!(all.into_iter().eq(sent), "{capacity:?}");
        }
    });
}

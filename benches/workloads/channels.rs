//! Tasks that talk: rendezvous, a channel with a buffer, a ring.

use teem::chan;

use crate::arguments::Arguments;
use crate::measure;
use crate::report::{Failure, check};
use crate::rounds;

/// Two tasks meet: a number there and back is a round trip.
pub(crate) fn pingpong(arguments: &Arguments) -> Result<(), Failure> {
    let usual = measure::ROUND_TRIPS;
    rounds::measure(arguments, "pingpong", "a round trip", usual, |trips| {
        let (ping, pings) = chan::bounded(0);
        let (pong, pongs) = chan::bounded(0);
        let echo = teem::spawn(move || {
            for number in pings {
                pong.send(number).expect("it is waited for");
            }
            0
        });
        let asker = teem::spawn(move || {
            let mut sum = 0;
            for number in 0..trips {
                ping.send(number).expect("the echo is there");
                sum += pongs.recv().expect("the echo answers");
            }
            sum
        });
        let sum = rounds::join(vec![asker, echo])?.into_iter().sum();
        check("the sum of the answers", sum, measure::sum_below(trips))
    })
}

/// A channel of 128 with one producer and one consumer.
pub(crate) fn one_to_one(arguments: &Arguments) -> Result<(), Failure> {
    through_channel(arguments, "chan_1p1c", 1)
}

/// The same with four of each.
pub(crate) fn four_to_four(arguments: &Arguments) -> Result<(), Failure> {
    through_channel(arguments, "chan_4p4c", 4)
}

fn through_channel(arguments: &Arguments, workload: &str, pairs: u64) -> Result<(), Failure> {
    let usual = measure::MESSAGES;
    rounds::measure(arguments, workload, "a message", usual, |messages| {
        let (sender, receiver) = chan::bounded(measure::CAPACITY);
        let (mut producers, mut consumers) = (Vec::new(), Vec::new());
        for part in 0..pairs {
            let (sender, receiver) = (sender.clone(), receiver.clone());
            producers.push(teem::spawn(move || {
                for number in measure::share(messages, part, pairs) {
                    sender.send(number).expect("the consumers are there");
                }
            }));
            consumers.push(teem::spawn(move || receiver.into_iter().sum::<u64>()));
        }
        drop((sender, receiver));
        rounds::join(producers)?;
        let sum = rounds::join(consumers)?.into_iter().sum();
        check("the sum of the messages", sum, measure::sum_below(messages))
    })
}

/// A token goes round 503 tasks, from each to the next over a rendezvous channel.
pub(crate) fn ring(arguments: &Arguments) -> Result<(), Failure> {
    rounds::measure(arguments, "ring", "a hop", measure::HOPS, |hops| {
        let channels = (0..measure::RING).map(|_| chan::bounded::<u64>(0));
        let (mut senders, receivers): (Vec<_>, Vec<_>) = channels.unzip();
        let first = senders[0].clone();
        // Each sends to the next one.
        senders.rotate_left(1);
        let tasks = (0..).zip(senders.into_iter().zip(receivers));
        let tasks = tasks.map(|(number, (next, tokens))| {
            teem::spawn(move || {
                for left in tokens {
                    if left == 0 {
                        return number;
                    }
                    next.send(left - 1).expect("the next one is there");
                }
                0
            })
        });
        let tasks = tasks.collect();
        first.send(hops).expect("the first one is there");
        drop(first);
        let last = rounds::join(tasks)?.into_iter().sum();
        check("the last holder", last, hops % measure::RING)
    })
}

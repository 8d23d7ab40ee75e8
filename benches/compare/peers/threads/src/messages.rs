//! OS threads: crossbeam's channels, std's mutex.
//!
//! `--workers` is how many CPUs they have, which the race sees to. They do fewer operations than
//! tasks do: a switch of threads takes its time, and the figures are for one operation.

use std::sync::Mutex;
use std::thread;

use crossbeam_channel::{Receiver, bounded, select};

use crate::arguments::Plan;
use crate::measure::{self, Stopwatch};
use crate::program::Row;
use crate::report::{Failure, check};

pub(crate) const ROWS: &[Row] = &[
    ("crossbeam", "pingpong", pingpong),
    ("crossbeam", "chan_1p1c", one_to_one),
    ("crossbeam", "chan_4p4c", four_to_four),
    ("crossbeam", "select_2", select_2),
    ("crossbeam", "select_8", select_8),
    ("threads", "mutex", mutex),
    ("crossbeam", "ring", ring),
];

/// Rendezvous cost a switch of threads, and so does a hop.
pub(crate) const SLOWER: u64 = 20;

fn measure(
    plan: &Plan,
    what: &str,
    usual: u64,
    slower: u64,
    work: impl Fn(u64) -> Result<(), Failure>,
) -> Result<(), Failure> {
    plan.measure(what, usual, slower, |operations| {
        let stopwatch = Stopwatch::start()?;
        work(operations)?;
        stopwatch.stop()
    })
}

fn pingpong(plan: &Plan) -> Result<(), Failure> {
    measure(
        plan,
        "a round trip",
        measure::ROUND_TRIPS,
        SLOWER,
        |trips| {
            let (ping, pings) = bounded(0);
            let (pong, pongs) = bounded(0);
            let echo = thread::spawn(move || {
                for number in pings {
                    pong.send(number).expect("it is waited for");
                }
            });
            let asker = thread::spawn(move || {
                let mut sum = 0;
                for number in 0..trips {
                    ping.send(number).expect("the echo is there");
                    sum += pongs.recv().expect("the echo answers");
                }
                sum
            });
            let sum = asker.join().map_err(panicked)?;
            echo.join().map_err(panicked)?;
            check("the sum of the answers", sum, measure::sum_below(trips))
        },
    )
}

pub(crate) fn panicked<E>(_: E) -> Failure {
    Failure::new("a thread panicked")
}

fn one_to_one(plan: &Plan) -> Result<(), Failure> {
    through_channel(plan, 1)
}

fn four_to_four(plan: &Plan) -> Result<(), Failure> {
    through_channel(plan, 4)
}

fn through_channel(plan: &Plan, pairs: u64) -> Result<(), Failure> {
    measure(plan, "a message", measure::MESSAGES, 1, |messages| {
        let (sender, receiver) = bounded(measure::CAPACITY);
        let mut consumers = Vec::new();
        for part in 0..pairs {
            let (sender, receiver) = (sender.clone(), receiver.clone());
            thread::spawn(move || {
                for number in measure::share(messages, part, pairs) {
                    sender.send(number).expect("the consumers are there");
                }
            });
            consumers.push(thread::spawn(move || receiver.into_iter().sum::<u64>()));
        }
        drop((sender, receiver));
        let sum = sum(consumers)?;
        check("the sum of the messages", sum, measure::sum_below(messages))
    })
}

/// Joins the threads and sums up what they return.
fn sum(threads: Vec<thread::JoinHandle<u64>>) -> Result<u64, Failure> {
    let mut sum = 0;
    for thread in threads {
        sum += thread.join().map_err(panicked)?;
    }
    Ok(sum)
}

/// A thread that sends to `channels` channels in turn; their receivers.
fn feed<const CHANNELS: usize>(messages: u64) -> [Receiver<u64>; CHANNELS] {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..CHANNELS).map(|_| bounded(0)).unzip();
    thread::spawn(move || {
        for (number, sender) in (0..messages).zip(senders.iter().cycle()) {
            sender.send(number).expect("the receiver is there");
        }
    });
    receivers.try_into().expect("as many as were made")
}

fn select_2(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a message", measure::SELECTIONS, SLOWER, |messages| {
        let [a, b] = feed(messages);
        let selecting = thread::spawn(move || {
            let mut sum = 0;
            for _ in 0..messages {
                let message = select! {
                    recv(a) -> message => message,
                    recv(b) -> message => message,
                };
                sum += message.expect("there is another message");
            }
            sum
        });
        let sum = selecting.join().map_err(panicked)?;
        check("the sum of the messages", sum, measure::sum_below(messages))
    })
}

fn select_8(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a message", measure::SELECTIONS, SLOWER, |messages| {
        let [a, b, c, d, e, f, g, h] = feed(messages);
        let selecting = thread::spawn(move || {
            let mut sum = 0;
            for _ in 0..messages {
                let message = select! {
                    recv(a) -> message => message,
                    recv(b) -> message => message,
                    recv(c) -> message => message,
                    recv(d) -> message => message,
                    recv(e) -> message => message,
                    recv(f) -> message => message,
                    recv(g) -> message => message,
                    recv(h) -> message => message,
                };
                sum += message.expect("there is another message");
            }
            sum
        });
        let sum = selecting.join().map_err(panicked)?;
        check("the sum of the messages", sum, measure::sum_below(messages))
    })
}

fn mutex(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a lock", measure::LOCKS, 1, |locks| {
        let counter = Mutex::new(0);
        thread::scope(|scope| {
            for part in 0..measure::LOCKERS {
                let counter = &counter;
                scope.spawn(move || {
                    for _ in measure::share(locks, part, measure::LOCKERS) {
                        *counter.lock().expect("nobody panics") += 1;
                    }
                });
            }
        });
        let count = counter.into_inner().expect("nobody panicked");
        check("the count", count, locks)
    })
}

fn ring(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a hop", measure::HOPS, SLOWER, |hops| {
        let channels = (0..measure::RING).map(|_| bounded::<u64>(0));
        let (mut senders, receivers): (Vec<_>, Vec<_>) = channels.unzip();
        let first = senders[0].clone();
        // Each sends to the next one.
        senders.rotate_left(1);
        let threads = (0..).zip(senders.into_iter().zip(receivers));
        let threads = threads.map(|(number, (next, tokens))| {
            thread::spawn(move || {
                for left in tokens {
                    if left == 0 {
                        return number;
                    }
                    next.send(left - 1).expect("the next one is there");
                }
                0
            })
        });
        let threads = threads.collect();
        first.send(hops).map_err(panicked)?;
        drop(first);
        check("the last holder", sum(threads)?, hops % measure::RING)
    })
}

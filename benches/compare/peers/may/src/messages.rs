//! Coroutines that talk. may's channels have no bound, so nothing ever waits for room; there is no rendezvous.
//!
//! Its `select!` runs every arm that is ready, not one of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use may::go;
use may::sync::mpsc::Receiver;
use may::sync::{Mutex, mpmc, mpsc, spsc};

use crate::arguments::Plan;
use crate::join::{panicked, sum};
use crate::measure::{self, Stopwatch};
use crate::program::Row;
use crate::report::{Failure, check};

pub(crate) const ROWS: &[Row] = &[
    ("may", "pingpong", pingpong),
    ("may+spsc", "pingpong", pingpong_spsc),
    ("may", "chan_1p1c", one_to_one),
    ("may+spsc", "chan_1p1c", one_to_one_spsc),
    ("may", "chan_4p4c", four_to_four),
    ("may", "select_2", select_2),
    ("may", "select_8", select_8),
    ("may", "mutex", mutex),
    ("may", "ring", ring),
];

/// A select is tens of times slower than that of others: it starts a coroutine for each arm.
const SLOWER: u64 = 10;

/// Measures a round: `work` spawns coroutines and checks what they computed.
fn measure(
    plan: &Plan,
    what: &str,
    usual: u64,
    slower: u64,
    work: impl Fn(u64) -> Result<(), Failure>,
) -> Result<(), Failure> {
    may::config().set_workers(plan.workers);
    plan.measure(what, usual, slower, |operations| {
        let stopwatch = Stopwatch::start()?;
        work(operations)?;
        stopwatch.stop()
    })
}

fn pingpong(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a round trip", measure::ROUND_TRIPS, 1, |trips| {
        let (ping, pings) = mpsc::channel();
        let (pong, pongs) = mpsc::channel();
        let echo = go!(move || {
            for number in pings {
                pong.send(number).expect("it is waited for");
            }
        });
        let asker = go!(move || {
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
    })
}

fn pingpong_spsc(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a round trip", measure::ROUND_TRIPS, 1, |trips| {
        let (ping, pings) = spsc::channel();
        let (pong, pongs) = spsc::channel();
        let echo = go!(move || {
            for number in pings {
                pong.send(number).expect("it is waited for");
            }
        });
        let asker = go!(move || {
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
    })
}

fn one_to_one(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a message", measure::MESSAGES, 1, |messages| {
        let (sender, receiver) = mpsc::channel();
        go!(move || {
            for number in 0..messages {
                sender.send(number).expect("the consumer is there");
            }
        });
        let consumer = go!(move || receiver.into_iter().sum());
        let sum = consumer.join().map_err(panicked)?;
        check("the sum of the messages", sum, measure::sum_below(messages))
    })
}

fn one_to_one_spsc(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a message", measure::MESSAGES, 1, |messages| {
        let (sender, receiver) = spsc::channel();
        go!(move || {
            for number in 0..messages {
                sender.send(number).expect("the consumer is there");
            }
        });
        let consumer = go!(move || receiver.into_iter().sum());
        let sum = consumer.join().map_err(panicked)?;
        check("the sum of the messages", sum, measure::sum_below(messages))
    })
}

fn four_to_four(plan: &Plan) -> Result<(), Failure> {
    const PAIRS: u64 = 4;
    measure(plan, "a message", measure::MESSAGES, 1, |messages| {
        let (sender, receiver) = mpmc::channel();
        let mut consumers = Vec::new();
        for part in 0..PAIRS {
            let (sender, receiver) = (sender.clone(), receiver.clone());
            go!(move || {
                for number in measure::share(messages, part, PAIRS) {
                    sender.send(number).expect("the consumers are there");
                }
            });
            consumers.push(go!(move || receiver.into_iter().sum::<u64>()));
        }
        drop((sender, receiver));
        let sum = sum(consumers)?;
        check("the sum of the messages", sum, measure::sum_below(messages))
    })
}

/// A coroutine that sends to `channels` channels in turn; their receivers.
fn feed<const CHANNELS: usize>(messages: u64) -> [Receiver<u64>; CHANNELS] {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..CHANNELS).map(|_| mpsc::channel()).unzip();
    go!(move || {
        for (number, sender) in (0..messages).zip(senders.iter().cycle()) {
            sender.send(number).expect("the receiver is there");
        }
    });
    receivers.try_into().expect("as many as were made")
}

/// What the arms of a select add up, several of which may run at once.
#[derive(Debug, Default)]
struct Received {
    sum: AtomicU64,
    count: AtomicU64,
}

impl Received {
    fn add<E>(&self, message: Result<u64, E>) {
        if let Ok(number) = message {
            // ORDERING: Relaxed, counts; the arms have ended before they are read in earnest.
            self.sum.fetch_add(number, Relaxed);
            self.count.fetch_add(1, Relaxed);
        }
    }

    /// Whether to select again. If a message has been lost it never comes, but its channel, once
    /// closed, is always ready: then so many selects are more than enough.
    fn wants(&self, messages: u64, selects: u64) -> bool {
        // ORDERING: Relaxed, as above.
        self.count.load(Relaxed) < messages && selects < 2 * messages + 1_000
    }

    fn check(&self, messages: u64) -> Result<(), Failure> {
        // ORDERING: Relaxed, as above.
        check("messages", self.count.load(Relaxed), messages)?;
        let sum = self.sum.load(Relaxed);
        check("the sum of the messages", sum, measure::sum_below(messages))
    }
}

fn select_2(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a message", measure::SELECTIONS, SLOWER, |messages| {
        let [a, b] = feed(messages);
        let selecting = go!(move || {
            let received = Received::default();
            let mut selects = 0;
            while received.wants(messages, selects) {
                selects += 1;
                let _arm = may::select! {
                            message = a.recv() => received.add(message),
                            message = b.recv() => received.add(message)
                };
            }
            received.check(messages)
        });
        selecting.join().map_err(panicked)?
    })
}

fn select_8(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a message", measure::SELECTIONS, SLOWER, |messages| {
        let [a, b, c, d, e, f, g, h] = feed(messages);
        let selecting = go!(move || {
            let received = Received::default();
            let mut selects = 0;
            while received.wants(messages, selects) {
                selects += 1;
                let _arm = may::select! {
                            message = a.recv() => received.add(message),
                            message = b.recv() => received.add(message),
                            message = c.recv() => received.add(message),
                            message = d.recv() => received.add(message),
                            message = e.recv() => received.add(message),
                            message = f.recv() => received.add(message),
                            message = g.recv() => received.add(message),
                            message = h.recv() => received.add(message)
                };
            }
            received.check(messages)
        });
        selecting.join().map_err(panicked)?
    })
}

fn mutex(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a lock", measure::LOCKS, 1, |locks| {
        let counter = Arc::new(Mutex::new(0));
        let lockers = (0..measure::LOCKERS).map(|part| {
            let counter = Arc::clone(&counter);
            go!(move || {
                for _ in measure::share(locks, part, measure::LOCKERS) {
                    *counter.lock().expect("nobody panics") += 1;
                }
                0
            })
        });
        sum(lockers.collect())?;
        let count = *counter.lock().expect("nobody panicked");
        check("the count", count, locks)
    })
}

fn ring(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a hop", measure::HOPS, 1, |hops| {
        let channels = (0..measure::RING).map(|_| mpsc::channel::<u64>());
        let (mut senders, receivers): (Vec<_>, Vec<_>) = channels.unzip();
        senders[0].send(hops).map_err(panicked)?;
        // Each sends to the next one.
        senders.rotate_left(1);
        let coroutines = (0..).zip(senders.into_iter().zip(receivers));
        let coroutines = coroutines.map(|(number, (next, tokens))| {
            go!(move || {
                for left in tokens {
                    if left == 0 {
                        return number;
                    }
                    next.send(left - 1).expect("the next one is there");
                }
                0
            })
        });
        let last = sum(coroutines.collect())?;
        check("the last holder", last, hops % measure::RING)
    })
}

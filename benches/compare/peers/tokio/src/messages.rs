//! Tasks that talk. tokio has no rendezvous channel and no channel with several receivers; where those are wanted,
//! flume and async-channel on tokio's runtime stand beside the nearest that tokio has.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::arguments::Plan;
use crate::measure::{self, Stopwatch};
use crate::program::Row;
use crate::report::{Failure, check};
use crate::runtime::{panicked, runtime, sum};

pub(crate) const ROWS: &[Row] = &[
    ("tokio", "pingpong", pingpong),
    ("tokio+flume", "pingpong", pingpong_flume),
    ("tokio", "chan_1p1c", one_to_one),
    ("tokio+flume", "chan_1p1c", one_to_one_flume),
    ("tokio+async-channel", "chan_1p1c", one_to_one_async_channel),
    ("tokio+flume", "chan_4p4c", four_to_four_flume),
    (
        "tokio+async-channel",
        "chan_4p4c",
        four_to_four_async_channel,
    ),
    ("tokio", "select_2", select_2),
    ("tokio", "select_8", select_8),
    ("tokio", "mutex", mutex),
    ("tokio+std", "mutex", mutex_of_std),
    ("tokio", "ring", ring),
];

/// Measures a round: `work` spawns tasks and gives back what they computed.
fn measure<W: Future<Output = Result<(), Failure>>>(
    plan: &Plan,
    what: &str,
    usual: u64,
    work: impl Fn(u64) -> W,
) -> Result<(), Failure> {
    let runtime = runtime(plan)?;
    plan.measure(what, usual, 1, |operations| {
        let stopwatch = Stopwatch::start()?;
        runtime.block_on(work(operations))?;
        stopwatch.stop()
    })
}

fn pingpong(plan: &Plan) -> Result<(), Failure> {
    measure(
        plan,
        "a round trip",
        measure::ROUND_TRIPS,
        |trips| async move {
            let (ping, mut pings) = mpsc::channel(1);
            let (pong, mut pongs) = mpsc::channel(1);
            let echo = tokio::spawn(async move {
                while let Some(number) = pings.recv().await {
                    pong.send(number).await.expect("it is waited for");
                }
            });
            let asker = tokio::spawn(async move {
                let mut sum = 0;
                for number in 0..trips {
                    ping.send(number).await.expect("the echo is there");
                    sum += pongs.recv().await.expect("the echo answers");
                }
                sum
            });
            let sum = asker.await.map_err(panicked)?;
            echo.await.map_err(panicked)?;
            check("the sum of the answers", sum, measure::sum_below(trips))
        },
    )
}

fn pingpong_flume(plan: &Plan) -> Result<(), Failure> {
    measure(
        plan,
        "a round trip",
        measure::ROUND_TRIPS,
        |trips| async move {
            let (ping, pings) = flume::bounded(0);
            let (pong, pongs) = flume::bounded(0);
            let echo = tokio::spawn(async move {
                while let Ok(number) = pings.recv_async().await {
                    pong.send_async(number).await.expect("it is waited for");
                }
            });
            let asker = tokio::spawn(async move {
                let mut sum = 0;
                for number in 0..trips {
                    ping.send_async(number).await.expect("the echo is there");
                    sum += pongs.recv_async().await.expect("the echo answers");
                }
                sum
            });
            let sum = asker.await.map_err(panicked)?;
            echo.await.map_err(panicked)?;
            check("the sum of the answers", sum, measure::sum_below(trips))
        },
    )
}

fn one_to_one(plan: &Plan) -> Result<(), Failure> {
    measure(
        plan,
        "a message",
        measure::MESSAGES,
        |messages| async move {
            let (sender, mut receiver) = mpsc::channel(measure::CAPACITY);
            tokio::spawn(async move {
                for number in 0..messages {
                    sender.send(number).await.expect("the consumer is there");
                }
            });
            let consumer = tokio::spawn(async move {
                let mut sum = 0;
                while let Some(number) = receiver.recv().await {
                    sum += number;
                }
                sum
            });
            let sum = consumer.await.map_err(panicked)?;
            check("the sum of the messages", sum, measure::sum_below(messages))
        },
    )
}

fn one_to_one_flume(plan: &Plan) -> Result<(), Failure> {
    through_flume(plan, 1)
}

fn four_to_four_flume(plan: &Plan) -> Result<(), Failure> {
    through_flume(plan, 4)
}

fn through_flume(plan: &Plan, pairs: u64) -> Result<(), Failure> {
    measure(
        plan,
        "a message",
        measure::MESSAGES,
        |messages| async move {
            let (sender, receiver) = flume::bounded(measure::CAPACITY);
            let mut consumers = Vec::new();
            for part in 0..pairs {
                let (sender, receiver) = (sender.clone(), receiver.clone());
                tokio::spawn(async move {
                    for number in measure::share(messages, part, pairs) {
                        let sent = sender.send_async(number).await;
                        sent.expect("the consumers are there");
                    }
                });
                consumers.push(tokio::spawn(async move {
                    let mut sum = 0;
                    while let Ok(number) = receiver.recv_async().await {
                        sum += number;
                    }
                    sum
                }));
            }
            drop(sender);
            let sum = sum(consumers).await?;
            check("the sum of the messages", sum, measure::sum_below(messages))
        },
    )
}

fn one_to_one_async_channel(plan: &Plan) -> Result<(), Failure> {
    through_async_channel(plan, 1)
}

fn four_to_four_async_channel(plan: &Plan) -> Result<(), Failure> {
    through_async_channel(plan, 4)
}

fn through_async_channel(plan: &Plan, pairs: u64) -> Result<(), Failure> {
    measure(
        plan,
        "a message",
        measure::MESSAGES,
        |messages| async move {
            let (sender, receiver) = async_channel::bounded(measure::CAPACITY);
            let mut consumers = Vec::new();
            for part in 0..pairs {
                let (sender, receiver) = (sender.clone(), receiver.clone());
                tokio::spawn(async move {
                    for number in measure::share(messages, part, pairs) {
                        sender.send(number).await.expect("the consumers are there");
                    }
                });
                consumers.push(tokio::spawn(async move {
                    let mut sum = 0;
                    while let Ok(number) = receiver.recv().await {
                        sum += number;
                    }
                    sum
                }));
            }
            drop(sender);
            let sum = sum(consumers).await?;
            check("the sum of the messages", sum, measure::sum_below(messages))
        },
    )
}

/// A task that sends to `channels` channels in turn; their receivers.
fn feed<const CHANNELS: usize>(messages: u64) -> [mpsc::Receiver<u64>; CHANNELS] {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..CHANNELS).map(|_| mpsc::channel(1)).unzip();
    tokio::spawn(async move {
        for (number, sender) in (0..messages).zip(senders.iter().cycle()) {
            sender.send(number).await.expect("the receiver is there");
        }
    });
    receivers.try_into().expect("as many as were made")
}

fn select_2(plan: &Plan) -> Result<(), Failure> {
    measure(
        plan,
        "a message",
        measure::SELECTIONS,
        |messages| async move {
            let [mut a, mut b] = feed(messages);
            let selecting = tokio::spawn(async move {
                let mut sum = 0;
                loop {
                    sum += tokio::select! {
                        Some(number) = a.recv() => number,
                        Some(number) = b.recv() => number,
                        else => break sum,
                    };
                }
            });
            let sum = selecting.await.map_err(panicked)?;
            check("the sum of the messages", sum, measure::sum_below(messages))
        },
    )
}

fn select_8(plan: &Plan) -> Result<(), Failure> {
    measure(
        plan,
        "a message",
        measure::SELECTIONS,
        |messages| async move {
            let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = feed(messages);
            let selecting = tokio::spawn(async move {
                let mut sum = 0;
                loop {
                    sum += tokio::select! {
                        Some(number) = a.recv() => number,
                        Some(number) = b.recv() => number,
                        Some(number) = c.recv() => number,
                        Some(number) = d.recv() => number,
                        Some(number) = e.recv() => number,
                        Some(number) = f.recv() => number,
                        Some(number) = g.recv() => number,
                        Some(number) = h.recv() => number,
                        else => break sum,
                    };
                }
            });
            let sum = selecting.await.map_err(panicked)?;
            check("the sum of the messages", sum, measure::sum_below(messages))
        },
    )
}

fn mutex(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a lock", measure::LOCKS, |locks| async move {
        let counter = Arc::new(tokio::sync::Mutex::new(0));
        let lockers = (0..measure::LOCKERS).map(|part| {
            let counter = Arc::clone(&counter);
            tokio::spawn(async move {
                for _ in measure::share(locks, part, measure::LOCKERS) {
                    *counter.lock().await += 1;
                }
                0
            })
        });
        sum(lockers.collect()).await?;
        check("the count", *counter.lock().await, locks)
    })
}

fn mutex_of_std(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a lock", measure::LOCKS, |locks| async move {
        let counter = Arc::new(std::sync::Mutex::new(0));
        let lockers = (0..measure::LOCKERS).map(|part| {
            let counter = Arc::clone(&counter);
            tokio::spawn(async move {
                for _ in measure::share(locks, part, measure::LOCKERS) {
                    *counter.lock().expect("nobody panics") += 1;
                }
                0
            })
        });
        sum(lockers.collect()).await?;
        let count = *counter.lock().expect("nobody panics");
        check("the count", count, locks)
    })
}

fn ring(plan: &Plan) -> Result<(), Failure> {
    measure(plan, "a hop", measure::HOPS, |hops| async move {
        let channels = (0..measure::RING).map(|_| mpsc::channel::<u64>(1));
        let (mut senders, receivers): (Vec<_>, Vec<_>) = channels.unzip();
        senders[0].send(hops).await.expect("there is room for one");
        // Each sends to the next one.
        senders.rotate_left(1);
        let tasks = (0..).zip(senders.into_iter().zip(receivers));
        let tasks = tasks.map(|(number, (next, mut tokens))| {
            tokio::spawn(async move {
                while let Some(left) = tokens.recv().await {
                    if left == 0 {
                        return number;
                    }
                    next.send(left - 1).await.expect("the next one is there");
                }
                0
            })
        });
        let last = sum(tasks.collect()).await?;
        check("the last holder", last, hops % measure::RING)
    })
}

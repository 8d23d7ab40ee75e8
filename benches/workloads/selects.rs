//! Selects over rendezvous channels that one task feeds in turn.

use teem::chan::{self, Receiver};

use crate::arguments::Arguments;
use crate::measure;
use crate::report::{Failure, check};
use crate::rounds;

/// A task that sends to `channels` channels in turn; their receivers.
fn feed<const CHANNELS: usize>(messages: u64) -> [Receiver<u64>; CHANNELS] {
    let channels = (0..CHANNELS).map(|_| chan::bounded(0));
    let (senders, receivers): (Vec<_>, Vec<_>) = channels.unzip();
    teem::spawn(move || {
        for (number, sender) in (0..messages).zip(senders.iter().cycle()) {
            sender.send(number).expect("the receiver is there");
        }
    });
    let receivers: Result<[_; CHANNELS], Vec<_>> = receivers.try_into();
    receivers.unwrap_or_else(|_| unreachable!("as many as were made"))
}

/// Over two channels.
pub(crate) fn two(arguments: &Arguments) -> Result<(), Failure> {
    let usual = measure::SELECTIONS;
    rounds::measure(arguments, "select_2", "a message", usual, |messages| {
        let [a, b] = feed(messages);
        let selecting = teem::spawn(move || {
            let mut sum = 0;
            for _ in 0..messages {
                let message = teem::select! {
                    recv(a) -> message => message,
                    recv(b) -> message => message,
                };
                sum += message.expect("there is another message");
            }
            sum
        });
        let sum = rounds::join(vec![selecting])?.into_iter().sum();
        check("the sum of the messages", sum, measure::sum_below(messages))
    })
}

/// Over eight.
pub(crate) fn eight(arguments: &Arguments) -> Result<(), Failure> {
    let usual = measure::SELECTIONS;
    rounds::measure(arguments, "select_8", "a message", usual, |messages| {
        let [a, b, c, d, e, f, g, h] = feed(messages);
        let selecting = teem::spawn(move || {
            let mut sum = 0;
            for _ in 0..messages {
                let message = teem::select! {
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
        let sum = rounds::join(vec![selecting])?.into_iter().sum();
        check("the sum of the messages", sum, measure::sum_below(messages))
    })
}

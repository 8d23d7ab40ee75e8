//! Channels of all kinds under everything at once, at random: tasks and OS threads that send, try, wait
//! with limits, select, are cancelled, and close.
//!
//! What is checked in the end, of each value by its sender's account:
//!
//! - What was reported as sent has been received once, or is still in its channel.
//! - What came back unsent has been received by nobody.
//! - What one receiver got of one sender through one channel came in order, and so did what is left, which
//!   is younger than all that was received.
//!
//! The seed is printed; `TEEM_TEST_SEED` repeats the actors' choices, though not the schedule.
//! `TEEM_TEST_ROUNDS` makes it longer.

#![cfg(not(any(loom, miri)))]

#[path = "support/random.rs"]
mod random;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use random::Random;
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use teem::chan::{Receiver, Select, Sender, bounded, unbounded};
use teem::context::{self, CancelHandle};
use teem::select;

/// How many choices a sender makes in a round.
const STEPS: usize = 200;

/// Senders, receivers and those that do both. Every third of each is an OS thread.
const ACTORS: [(Role, usize); 3] = [(Role::Sends, 4), (Role::Receives, 4), (Role::Both, 3)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Sends,
    Receives,
    Both,
}

/// A value says where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Message {
    channel: usize,
    sender: usize,
    number: usize,
}

/// What all share.
struct World {
    channels: Vec<(Sender<Message>, Receiver<Message>)>,
    /// The context that each actor's current step is in can be cancelled here.
    cuts: Vec<Mutex<Option<CancelHandle>>>,
    senders_left: AtomicUsize,
    over: AtomicBool,
}

/// One that acts, and its account.
struct Actor {
    world: Arc<World>,
    me: usize,
    role: Role,
    random: Random,
    next: usize,
    sent: Vec<Message>,
    unsent: Vec<Message>,
    received: Vec<Message>,
}

impl Actor {
    fn new(world: &Arc<World>, me: usize, role: Role, random: Random) -> Self {
        Self {
            world: Arc::clone(world),
            me,
            role,
            random,
            next: 0,
            sent: Vec::new(),
            unsent: Vec::new(),
            received: Vec::new(),
        }
    }

    fn run(mut self) -> Self {
        for step in 0.. {
            let over = self.world.over.load(Ordering::Relaxed);
            if over || (self.role == Role::Sends && step == STEPS) {
                break;
            }
            let context = match self.random.below(4) {
                0 => context::current(),
                1 => context::current().with_timeout(self.moment()),
                _ => {
                    let (context, cut) = context::current().with_cancel();
                    *self.world.cuts[self.me].lock().unwrap() = Some(cut);
                    context
                }
            };
            context.enter(|| self.step());
        }
        if self.role == Role::Sends {
            self.world.senders_left.fetch_sub(1, Ordering::Relaxed);
        }
        self
    }

    fn step(&mut self) {
        let sends = match self.role {
            Role::Sends => true,
            Role::Receives => false,
            Role::Both => self.random.below(2) == 0,
        };
        match (sends, self.random.below(8)) {
            (true, 0..5) => self.send(),
            (true, 5..7) => self.select_send(),
            (false, 0..5) => self.receive(),
            (false, 5..7) => self.select_receive(),
            _ => self.select_either(),
        }
        if self.random.below(8) == 0 {
            teem::task::yield_now();
        }
    }

    /// Up to a quarter of a millisecond.
    fn moment(&mut self) -> Duration {
        Duration::from_micros(self.random.below(250))
    }

    fn channel(&mut self) -> usize {
        self.random.below(self.world.channels.len() as u64) as usize
    }

    fn message(&mut self, channel: usize) -> Message {
        self.next += 1;
        Message {
            channel,
            sender: self.me,
            number: self.next,
        }
    }

    /// Notes a result of sending, the value being in its error.
    fn note_sent(&mut self, message: Message, result: Result<(), Message>) {
        match result {
            Ok(()) => self.sent.push(message),
            Err(back) => {
                assert_eq!(back, message, "another value came back");
                self.unsent.push(message);
            }
        }
    }

    fn note_received<E>(&mut self, channel: usize, result: Result<Message, E>) {
        if let Ok(message) = result {
            assert_eq!(message.channel, channel);
            self.received.push(message);
        }
    }

    fn send(&mut self) {
        let world = Arc::clone(&self.world);
        let channel = self.channel();
        let message = self.message(channel);
        let sender = &world.channels[channel].0;
        let result = match self.random.below(4) {
            0 => sender.send(message).map_err(|error| error.into_inner()),
            1 => sender.try_send(message).map_err(|error| error.into_inner()),
            2 => {
                let sent = sender.send_timeout(message, self.moment());
                sent.map_err(|error| error.into_inner())
            }
            _ => {
                let sent = sender.send_deadline(message, Instant::now() + self.moment());
                sent.map_err(|error| error.into_inner())
            }
        };
        self.note_sent(message, result);
    }

    fn receive(&mut self) {
        let world = Arc::clone(&self.world);
        let channel = self.channel();
        let receiver = &world.channels[channel].1;
        let result = match self.random.below(4) {
            0 => receiver.recv().ok(),
            1 => receiver.try_recv().ok(),
            2 => receiver.recv_timeout(self.moment()).ok(),
            _ => receiver.recv_deadline(Instant::now() + self.moment()).ok(),
        };
        self.note_received(channel, result.ok_or(()));
    }

    /// Between two channels, which may be one.
    fn select_send(&mut self) {
        let world = Arc::clone(&self.world);
        let (one, other) = (self.channel(), self.channel());
        let (first, second) = (self.message(one), self.message(other));
        let (to_one, to_other) = (&world.channels[one].0, &world.channels[other].0);
        let mut result = (Err(first), Err(second));
        match self.random.below(4) {
            0 => select! {
                send(to_one, first) -> sent => result.0 = sent.map_err(|e| e.into_inner()),
                send(to_other, second) -> sent => result.1 = sent.map_err(|e| e.into_inner()),
                default => {}
            },
            1 => select! {
                send(to_one, first) -> sent => result.0 = sent.map_err(|e| e.into_inner()),
                send(to_other, second) -> sent => result.1 = sent.map_err(|e| e.into_inner()),
                default(self.moment()) => {}
            },
            2 => select! {
                biased;
                send(to_one, first) -> sent => result.0 = sent.map_err(|e| e.into_inner()),
                done(context::current()) -> _ => {}
            },
            _ => select! {
                send(to_one, first) -> sent => result.0 = sent.map_err(|e| e.into_inner()),
                send(to_other, second) -> sent => result.1 = sent.map_err(|e| e.into_inner()),
            },
        }
        self.note_sent(first, result.0);
        self.note_sent(second, result.1);
    }

    /// Among all channels, with a select put together now, or between two.
    fn select_receive(&mut self) {
        let world = Arc::clone(&self.world);
        let (one, other) = (self.channel(), self.channel());
        let (from_one, from_other) = (&world.channels[one].1, &world.channels[other].1);
        match self.random.below(3) {
            0 => {
                let mut select = Select::new();
                for (_, receiver) in &world.channels {
                    select.recv(receiver);
                }
                if let Ok(chosen) = select.select_timeout(self.moment()) {
                    let channel = chosen.index();
                    let result = chosen.recv(&world.channels[channel].1);
                    self.note_received(channel, result);
                }
            }
            1 => select! {
                recv(from_one) -> value => self.note_received(one, value),
                recv(from_other) -> value => self.note_received(other, value),
                default => {}
            },
            _ => select! {
                recv(from_one) -> value => self.note_received(one, value),
                recv(from_other) -> value => self.note_received(other, value),
            },
        }
    }

    /// Sends or receives, whichever can be done first, for everybody who may do one of them: a receiver
    /// has nothing to send, and a sender receives nothing.
    fn select_either(&mut self) {
        if self.role != Role::Both {
            return;
        }
        let world = Arc::clone(&self.world);
        let (one, other) = (self.channel(), self.channel());
        let message = self.message(one);
        let (to_one, from_other) = (&world.channels[one].0, &world.channels[other].1);
        let mut result = Err(message);
        let limit = self.moment();
        select! {
            send(to_one, message) -> sent => result = sent.map_err(|e| e.into_inner()),
            recv(from_other) -> value => self.note_received(other, value),
            default(limit) => {}
        }
        self.note_sent(message, result);
    }
}

/// Cancels steps at random until the senders are; once in a while it closes a channel. Then it closes all.
fn disturb(world: &World, mut random: Random, closes: bool) {
    while world.senders_left.load(Ordering::Relaxed) > 0 {
        let victim = random.below(world.cuts.len() as u64) as usize;
        if let Some(cut) = world.cuts[victim].lock().unwrap().take() {
            cut.cancel();
        }
        if closes && random.below(2_000) == 0 {
            let channel = random.below(world.channels.len() as u64) as usize;
            world.channels[channel].0.close();
        }
        std::thread::yield_now();
    }
    // So that nobody waits for ever.
    world.over.store(true, Ordering::Relaxed);
    for (sender, _) in &world.channels {
        sender.close();
    }
}

fn account(actors: &[Actor], left: &[Message]) {
    let mut seen = HashMap::new();
    let all_received = actors.iter().flat_map(|actor| &actor.received);
    for message in all_received.chain(left) {
        let before = seen.insert(*message, ());
        assert_eq!(before, None, "{message:?} came twice");
    }
    for actor in actors {
        for message in &actor.sent {
            let came = seen.remove(message);
            assert!(came.is_some(), "{message:?} was lost");
        }
        for message in &actor.unsent {
            let came = seen.contains_key(message);
            assert!(!came, "{message:?} came though it had come back");
        }
    }
    assert!(seen.is_empty(), "sent by nobody: {seen:?}");
}

fn in_order(actors: &[Actor], left: &[Message]) {
    let mut latest: HashMap<(usize, usize), usize> = HashMap::new();
    for actor in actors {
        let mut last = HashMap::new();
        for message in &actor.received {
            let stream = (message.channel, message.sender);
            let before = last.insert(stream, message.number).unwrap_or(0);
            assert!(before < message.number, "{message:?} came after {before}");
            let latest = latest.entry(stream).or_default();
            *latest = message.number.max(*latest);
        }
    }
    for message in left {
        let latest = latest.entry((message.channel, message.sender)).or_default();
        assert!(
            *latest < message.number,
            "{message:?} stayed behind {latest}"
        );
        *latest = message.number;
    }
}

fn round(runtime: &teem::runtime::Runtime, random: &mut Random) -> usize {
    let rooms = [0, 0, 1, 1 + random.below(4) as usize, 64];
    let bounded = rooms.map(bounded);
    let channels: Vec<_> = bounded.into_iter().chain([unbounded()]).collect();
    // Few channels at times, so that more meet.
    let few = 1 + random.below(channels.len() as u64) as usize;
    let skipped = random.below((channels.len() - few + 1) as u64) as usize;
    let channels = channels.into_iter().skip(skipped).take(few).collect();
    let count: usize = ACTORS.iter().map(|(_, count)| count).sum();
    let world = Arc::new(World {
        channels,
        cuts: (0..count).map(|_| Mutex::new(None)).collect(),
        senders_left: AtomicUsize::new(ACTORS[0].1),
        over: AtomicBool::new(false),
    });
    let (mut tasks, mut threads) = (Vec::new(), Vec::new());
    let roles = ACTORS.iter().flat_map(|(role, n)| [*role].repeat(*n));
    for (me, role) in roles.enumerate() {
        let actor = Actor::new(&world, me, role, random.split());
        if me % 3 == 2 {
            threads.push(std::thread::spawn(|| actor.run()));
        } else {
            tasks.push(runtime.spawn(|| actor.run()));
        }
    }
    let closes = random.below(3) == 0;
    disturb(&world, random.split(), closes);
    let tasks = tasks.into_iter().map(|task| task.join().unwrap());
    let threads = threads.into_iter().map(|thread| thread.join().unwrap());
    let actors: Vec<_> = tasks.chain(threads).collect();
    let drained = world
        .channels
        .iter()
        .flat_map(|(_, receiver)| receiver.try_iter());
    let left: Vec<_> = drained.collect();
    account(&actors, &left);
    in_order(&actors, &left);
    actors.iter().map(|actor| actor.received.len()).sum()
}

#[test]
fn every_value_is_received_once_in_order_whatever_happens() {
    let rounds = std::env::var("TEEM_TEST_ROUNDS").ok();
    let rounds = rounds.map_or(12, |text| {
        text.parse().expect("TEEM_TEST_ROUNDS is a number")
    });
    let random = RefCell::new(Random::new());
    for _ in 0..rounds {
        workers::with_workers([1, 2, 8], |runtime| {
            let received = round(runtime, &mut random.borrow_mut());
            eprintln!("{received} values");
        });
    }
}

/// An account that cannot be wrong would be none.
#[test]
fn what_is_lost_doubled_or_out_of_order_is_noticed() {
    let message = |number| Message {
        channel: 0,
        sender: 0,
        number,
    };
    let notices = |sent: &[usize], unsent: &[usize], received: &[usize], left: &[usize]| {
        let of = |numbers: &[usize]| numbers.iter().map(|n| message(*n)).collect::<Vec<_>>();
        let world = Arc::new(World {
            channels: Vec::new(),
            cuts: Vec::new(),
            senders_left: AtomicUsize::new(0),
            over: AtomicBool::new(true),
        });
        let mut actor = Actor::new(&world, 0, Role::Both, Random::new());
        (actor.sent, actor.unsent, actor.received) = (of(sent), of(unsent), of(received));
        let left = of(left);
        let check = AssertUnwindSafe(|| {
            account(&[actor], &left);
        });
        let order = AssertUnwindSafe(|| {
            let mut actor = Actor::new(&world, 0, Role::Both, Random::new());
            actor.received = of(received);
            in_order(&[actor], &left);
        });
        catch_unwind(check).is_err() || catch_unwind(order).is_err()
    };
    assert!(!notices(&[1, 2, 4], &[3], &[1, 2], &[4]));
    assert!(notices(&[1, 2], &[], &[1], &[]), "lost");
    assert!(notices(&[1], &[], &[1], &[1]), "twice");
    assert!(notices(&[1], &[2], &[1, 2], &[]), "came back and came");
    assert!(notices(&[1], &[], &[1, 2], &[]), "from nobody");
    assert!(notices(&[1, 2], &[], &[2, 1], &[]), "in another order");
    assert!(notices(&[1, 2], &[], &[2], &[1]), "overtaken");
}

//! loom models of the locks: every interleaving, with weak memory, of two or three who meet.
//!
//! Each player is a thread that stands for a task. It parks until somebody has "scheduled" it, as a
//! worker's queue would have it run again. A deadline passes just before its owner would park: that
//! is the moment at which the owner's worker may claim the wait, and others race with it.
//! What a lock guards is a cell that loom watches, so a missing happens-before is found as well.

use super::rwlock::Side;
use super::{HANDED, Parking, RawCondvar, RawMutex, RawRwLock, RawSemaphore};
use crate::bias::{Identity, models as bias};
use crate::task::{Accepts, Claim, Header, Waiter, Wake};
use loom::cell::UnsafeCell;
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;
use std::num::NonZero;
use std::ptr::NonNull;
use std::time::Instant;

const PLAYERS: usize = 3;

/// The run queues: how often each player is in one.
struct Queues {
    ready: Mutex<[usize; PLAYERS]>,
    filled: [Condvar; PLAYERS],
}

/// One player, and how patient its locks are.
#[derive(Clone)]
struct Player {
    queues: Arc<Queues>,
    number: usize,
    overdue: bool,
    /// Of two players the first is a worker, so that it may be the owner of a bias. Two others would both wait for
    /// it: loom then lets them take turns for ever.
    worker: bool,
}

impl Player {
    /// Its header, which is a number and nothing to look at.
    fn header(&self) -> NonNull<Header> {
        NonNull::without_provenance(NonZero::new(self.number + 1).expect("not 0"))
    }
}

impl Parking for Player {
    fn identity(&self) -> Identity {
        if self.worker {
            bias::worker(0)
        } else {
            Identity::NOBODY
        }
    }

    fn waiter(&self) -> Waiter {
        Waiter::for_task(self.header())
    }

    fn wait(&self, waiter: &Waiter, deadline: Option<Instant>, _: Accepts) -> Wake {
        if deadline.is_none() || !waiter.end(Wake::TimedOut) {
            let mut ready = self.queues.ready.lock().unwrap();
            while ready[self.number] == 0 {
                ready = self.queues.filled[self.number].wait(ready).unwrap();
            }
            ready[self.number] -= 1;
            assert_eq!(ready[self.number], 0, "scheduled once");
        }
        waiter.outcome().expect("claimed")
    }

    fn settle(&self, claim: Claim) {
        if let Claim::Schedule(header) = claim {
            let number = header.addr().get() - 1;
            self.queues.ready.lock().unwrap()[number] += 1;
            self.queues.filled[number].notify_one();
        }
    }

    fn is_overdue(&self, _: Instant, _: Instant) -> bool {
        self.overdue
    }

    fn spins(&self) -> u32 {
        0
    }

    fn spend_budget(&self) {}
}

/// Something that a lock guards.
struct Guarded<L> {
    lock: L,
    value: UnsafeCell<usize>,
}

// SAFETY: the value is used under the lock; loom fails the model if it is not.
unsafe impl<L: Sync> Sync for Guarded<L> {}

impl<L> Guarded<L> {
    fn get(&self) -> usize {
        // SAFETY: under the lock.
        self.value.with(|value| unsafe { *value })
    }

    fn add(&self) {
        // SAFETY: under the lock.
        self.value.with_mut(|value| unsafe { *value += 1 });
    }
}

/// Has `plays` played at once, the first by the model's own thread, and then looks at the outcome.
fn model<L: Send + Sync + 'static>(
    preemptions: usize,
    overdue: bool,
    lock: fn() -> L,
    plays: &[fn(&Guarded<L>, &Player)],
    check: fn(&Guarded<L>),
) {
    let plays = plays.to_vec();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(move || {
        let queues = Arc::new(Queues {
            ready: Mutex::new([0; PLAYERS]),
            filled: std::array::from_fn(|_| Condvar::new()),
        });
        let shared = Arc::new(Guarded {
            lock: lock(),
            value: UnsafeCell::new(0),
        });
        let player = |number| Player {
            queues: queues.clone(),
            number,
            overdue,
            worker: number == 0 && plays.len() == 2,
        };
        let others: Vec<_> = (1..plays.len())
            .map(|number| {
                let (shared, player, play) = (shared.clone(), player(number), plays[number]);
                thread::spawn(move || play(&shared, &player))
            })
            .collect();
        plays[0](&shared, &player(0));
        for other in others {
            other.join().unwrap();
        }
        check(&shared);
    });
}

fn locks_once(shared: &Guarded<RawMutex>, player: &Player) {
    shared.lock.lock_with(player);
    shared.add();
    // SAFETY: locked above.
    unsafe { shared.lock.unlock_with(player) };
}

fn mutex_of(players: usize, preemptions: usize, overdue: bool) {
    let plays = [locks_once as fn(&_, &_); PLAYERS];
    let plays = &plays[..players];
    model(preemptions, overdue, RawMutex::new, plays, |shared| {
        assert!(shared.lock.try_lock(), "free in the end");
        assert!(shared.get() >= 2);
    });
}

#[test]
fn loom_a_mutex_excludes_and_loses_no_waiter() {
    mutex_of(2, 3, false);
    mutex_of(3, 2, false);
}

#[test]
fn loom_a_mutex_that_is_handed_over_excludes_and_loses_no_waiter() {
    mutex_of(2, 3, true);
    mutex_of(3, 2, true);
}

fn locks_twice(shared: &Guarded<RawMutex>, player: &Player) {
    locks_once(shared, player);
    locks_once(shared, player);
}

#[test]
fn loom_a_waiter_that_loses_the_race_waits_again() {
    let plays: [fn(&_, &_); 2] = [locks_twice, locks_once];
    model(3, false, RawMutex::new, &plays, |shared| {
        assert!(shared.lock.try_lock());
        assert_eq!(shared.get(), 3);
    });
}

#[test]
fn loom_those_behind_one_on_its_way_are_not_lost() {
    let plays: [fn(&_, &_); 3] = [locks_twice, locks_once, locks_once];
    model(2, false, RawMutex::new, &plays, |shared| {
        assert!(shared.lock.try_lock());
        assert_eq!(shared.get(), 4);
    });
}

/// Hands the lock over to whoever waits.
fn locks_for_the_overdue(shared: &Guarded<RawMutex>, player: &Player) {
    let player = Player {
        overdue: true,
        ..player.clone()
    };
    locks_twice(shared, &player);
}

#[test]
fn loom_a_lock_may_be_handed_over_beside_one_on_its_way() {
    let plays: [fn(&_, &_); 3] = [locks_for_the_overdue, locks_once, locks_once];
    model(2, false, RawMutex::new, &plays, |shared| {
        assert!(shared.lock.try_lock());
        assert_eq!(shared.get(), 4);
    });
}

fn reads(shared: &Guarded<RawRwLock>, player: &Player) {
    shared.lock.take_with(Side::Read, player);
    shared.get();
    // SAFETY: locked above.
    unsafe { shared.lock.read_unlock_with(player) };
}

fn writes(shared: &Guarded<RawRwLock>, player: &Player) {
    shared.lock.take_with(Side::Write, player);
    shared.add();
    // SAFETY: locked above.
    unsafe { shared.lock.write_unlock_with(player) };
}

fn writes_and_goes_on_reading(shared: &Guarded<RawRwLock>, player: &Player) {
    shared.lock.take_with(Side::Write, player);
    shared.add();
    let written = shared.get();
    // SAFETY: locked above.
    unsafe { shared.lock.downgrade_with(player) };
    assert_eq!(shared.get(), written, "nobody writes in between");
    // SAFETY: for reading now.
    unsafe { shared.lock.read_unlock_with(player) };
}

fn rwlock_of(plays: &[fn(&Guarded<RawRwLock>, &Player)], preemptions: usize) {
    for overdue in [false, true] {
        model(preemptions, overdue, RawRwLock::new, plays, |shared| {
            assert!(shared.lock.try_write(), "free in the end");
        });
    }
}

#[test]
fn loom_a_writer_among_readers_is_not_lost() {
    rwlock_of(&[writes, reads], 3);
    rwlock_of(&[reads, writes, reads], 2);
}

#[test]
fn loom_a_reader_among_writers_is_not_lost() {
    rwlock_of(&[writes, writes, reads], 2);
}

#[test]
fn loom_a_downgrade_lets_nobody_write_in_between_and_lets_readers_in() {
    rwlock_of(&[writes_and_goes_on_reading, reads], 3);
    rwlock_of(&[writes_and_goes_on_reading, writes, reads], 2);
}

/// A condition variable and its mutex.
struct Pair {
    mutex: RawMutex,
    condvar: RawCondvar,
}

impl Pair {
    fn new() -> Self {
        Self {
            mutex: RawMutex::new(),
            condvar: RawCondvar::new(),
        }
    }
}

/// Waits until the value is not 0, which somebody tells.
fn waits(shared: &Guarded<Pair>, player: &Player) {
    let Pair { mutex, condvar } = &shared.lock;
    mutex.lock_with(player);
    while shared.get() == 0 {
        // SAFETY: locked above.
        let told = unsafe { condvar.wait(player.waiter(), mutex, None, player) };
        assert!(told);
    }
    // SAFETY: locked again.
    unsafe { mutex.unlock_with(player) };
}

/// Waits with a deadline that passes.
fn waits_in_vain(shared: &Guarded<Pair>, player: &Player) {
    let Pair { mutex, condvar } = &shared.lock;
    mutex.lock_with(player);
    let passed = Some(Instant::now());
    // SAFETY: locked above.
    let told = unsafe { condvar.wait(player.waiter(), mutex, passed, player) };
    // SAFETY: locked again.
    unsafe { mutex.unlock_with(player) };
    // It was told instead of the one that needs it, and passes that on.
    if told {
        condvar.notify_one(player);
    }
}

fn tells_one(shared: &Guarded<Pair>, player: &Player) {
    let Pair { mutex, condvar } = &shared.lock;
    mutex.lock_with(player);
    shared.add();
    // SAFETY: locked above.
    unsafe { mutex.unlock_with(player) };
    condvar.notify_one(player);
}

fn tells_all(shared: &Guarded<Pair>, player: &Player) {
    let Pair { mutex, condvar } = &shared.lock;
    mutex.lock_with(player);
    shared.add();
    condvar.notify_all(player);
    // SAFETY: locked above.
    unsafe { mutex.unlock_with(player) };
}

fn pair_is_free(shared: &Guarded<Pair>) {
    assert!(shared.lock.mutex.try_lock());
}

#[test]
fn loom_a_notification_between_unlock_and_park_is_not_lost() {
    model(3, false, Pair::new, &[tells_one, waits], pair_is_free);
    model(3, false, Pair::new, &[tells_all, waits], pair_is_free);
}

#[test]
fn loom_a_notification_is_not_spent_on_a_wait_that_has_timed_out() {
    let plays: [fn(&_, &_); 3] = [tells_one, waits, waits_in_vain];
    model(2, false, Pair::new, &plays, pair_is_free);
}

#[test]
fn loom_all_who_wait_are_told() {
    let plays: [fn(&_, &_); 3] = [tells_all, waits, waits];
    model(2, false, Pair::new, &plays, pair_is_free);
}

fn one_permit() -> RawSemaphore {
    RawSemaphore::new(1)
}

/// Takes the only permit, uses what it stands for, and gives it back.
fn acquires(shared: &Guarded<RawSemaphore>, player: &Player) {
    let semaphore = &shared.lock;
    if !semaphore.try_acquire(1) {
        assert_eq!(semaphore.acquire_slow(1, None, player), HANDED);
    }
    shared.add();
    semaphore.release(1, player);
}

/// The same, with a deadline that passes.
fn acquires_or_gives_up(shared: &Guarded<RawSemaphore>, player: &Player) {
    let (semaphore, passed) = (&shared.lock, Some(Instant::now()));
    if semaphore.try_acquire(1) || semaphore.acquire_slow(1, passed, player) == HANDED {
        shared.add();
        semaphore.release(1, player);
    }
}

fn permit_is_back(shared: &Guarded<RawSemaphore>) {
    assert_eq!(shared.lock.available(), 1);
    assert!(shared.lock.try_acquire(1), "and nobody is in the list");
}

#[test]
fn loom_permits_pass_from_hand_to_hand() {
    let plays: [fn(&_, &_); 3] = [acquires; 3];
    model(3, false, one_permit, &plays[..2], permit_is_back);
    model(2, false, one_permit, &plays, permit_is_back);
}

#[test]
fn loom_a_permit_handed_to_a_wait_that_times_out_is_not_lost() {
    let plays: [fn(&_, &_); 3] = [acquires, acquires_or_gives_up, acquires];
    model(3, false, one_permit, &plays[..2], permit_is_back);
    model(2, false, one_permit, &plays, permit_is_back);
}

fn keeps_one(shared: &Guarded<RawSemaphore>, player: &Player) {
    let semaphore = &shared.lock;
    if !semaphore.try_acquire(1) {
        assert_eq!(semaphore.acquire_slow(1, None, player), HANDED);
    }
}

fn acquires_two_or_gives_up(shared: &Guarded<RawSemaphore>, player: &Player) {
    let (semaphore, passed) = (&shared.lock, Some(Instant::now()));
    if semaphore.try_acquire(2) || semaphore.acquire_slow(2, passed, player) == HANDED {
        semaphore.release(2, player);
    }
}

fn acquires_one_of_two(shared: &Guarded<RawSemaphore>, player: &Player) {
    keeps_one(shared, player);
    shared.lock.release(1, player);
}

#[test]
fn loom_a_large_request_that_gives_up_lets_those_behind_it_go() {
    let plays: [fn(&_, &_); 3] = [keeps_one, acquires_two_or_gives_up, acquires_one_of_two];
    model(2, false, || RawSemaphore::new(2), &plays, permit_is_back);
}

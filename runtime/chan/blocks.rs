//! An unbounded queue for many senders and many receivers, without a lock: a list of blocks.
//!
//! After the segmented queues of D. Vyukov and the list of crossbeam-channel. A head and a tail
//! count positions; both go through the same list of blocks. A pusher moves the tail on by a
//! compare-exchange and then writes the slot that it has passed, a popper moves the head on and
//! then reads. Whoever takes the last slot of a block also moves its end into the next block. A
//! block is freed by the last of those who read it, and one free block is kept for the next need.
//!
//! The tail word also says whether the queue is closed, and both words can send everybody to the
//! channel's lock. Since these bits are in the very words that are exchanged, there is no second
//! look: who has taken a position took it from an open queue, and while nobody was waiting.
//!
//! # The words
//!
//! | word            | bits                | meaning                                    | set by, cleared by |
//! | --------------- | ------------------- | ------------------------------------------ | ------------------ |
//! | tail and head   | 2 to 63, position   | the next to be taken; modulo `LAP`, the slot | pushers; poppers |
//! | tail            | 0, `CLOSED`         | no more values                             | `close`, never     |
//! | tail            | 1, `SLOW`           | receivers wait: push under the lock        | under the lock     |
//! | head            | 0, `FURTHER`        | the tail is in a later block               | poppers            |
//! | head            | 1, `SLOW`           | older values are elsewhere: pop under the lock | under the lock |
//! | `End::block`    |                     | the block of the position beside it (Y2)   | as the position    |
//! | `Block::next`   |                     | the next block                             | who took the last slot |
//! | `Slot::written` |                     | the value is there                         | its pusher         |
//! | `Slot::fate`    | 0, `READ`           | the value has been taken out               | its popper         |
//! | `Slot::fate`    | 1, `DESTROY`        | its popper goes on with freeing the block  | who has the duty (Y6) |
//! | `Blocks::spare` |                     | a block for the next need                  | who frees; who needs |
//!
//! # The rules
//!
//! - **Y1** A position belongs to who moved the word past it, and its slot with it. The positions
//!   from `SLOTS` to `LAP` of a block are nobody's. A word stands at `SLOTS` only until the one who
//!   took the last slot has moved it into the next block; all others wait for that.
//! - **Y2** An `End::block` changes only while the word beside it stands at `SLOTS`. So when a
//!   compare-exchange of the word succeeds, a block loaded since that word was loaded is its block.
//! - **Y3** The first block is put into the head and then into the tail, and no position is taken
//!   before. So a tail beyond the head means that the head has its block. Neither end ever goes back
//!   to null; that is what has made lists of this kind free a block twice.
//! - **Y4** A block is linked behind another after the tail has been moved into it. A popper moves the
//!   head into a block that it finds linked, so the head never passes the tail.
//! - **Y5** Nobody follows a pointer to a block before a position in it is theirs.
//! - **Y6** Freeing a block begins with who has read the last slot: this one goes through the others.
//!   A slot that has not been read is marked `DESTROY`, and its reader goes on from there. `fate`
//!   decides, so one of the two frees, after everybody's last touch: for a pusher that is storing
//!   `written`, for a popper storing `READ`.
//! - **Y7** Positions have 62 bits and are compared for equality only; their number is a multiple of
//!   `LAP`. They may run over. A thread would have to stand still between two instructions, while the
//!   others move 2^62 values, to mistake an old position for a new one.
//! - **Y8** Discarding values is popping them. There is no second way through the list.

mod block;
mod end;
#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;

use self::block::{Block, SLOTS};
use self::end::{CLOSED, End, FURTHER, GAP, SLOW, STEP};
use crate::sync_facade::Backoff;
use crate::sync_facade::atomic::{AtomicPtr, Ordering};
use std::fmt;
use std::ptr::{self, NonNull};

/// Why a value was not pushed. It comes back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused<T> {
    /// The queue is closed.
    Closed(T),
    /// Receivers wait: take the channel's lock.
    Slow(T),
}

/// Why there is no value to pop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nothing {
    /// There is none now.
    Empty,
    /// There is none and there never will be.
    Closed,
    /// Older values are elsewhere: take the channel's lock.
    Slow,
}

/// See the module.
pub(super) struct Blocks<T> {
    head: End<T>,
    tail: End<T>,
    spare: AtomicPtr<Block<T>>,
}

// SAFETY: the queue owns its values and hands each to one thread (Y1, Y6); nobody is given a
// reference to one.
unsafe impl<T: Send> Send for Blocks<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Blocks<T> {}

impl<T> Blocks<T> {
    /// An empty queue. Allocates nothing before the first push.
    pub(super) fn new() -> Self {
        Self::starting_at(0)
    }

    /// An empty queue whose positions begin at that of slot 0 of a block.
    fn starting_at(position: u64) -> Self {
        Self {
            head: End::new(position),
            tail: End::new(position),
            spare: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// Appends `value`, unless the queue is closed or receivers wait.
    #[inline]
    pub(super) fn push(&self, value: T) -> Result<(), Refused<T>> {
        self.push_unless(CLOSED | SLOW, value)
    }

    /// Appends `value`, unless the queue is closed, though receivers may wait.
    ///
    /// The caller holds the channel's lock and has found nobody to hand the value to.
    pub(super) fn push_slow(&self, value: T) -> Result<(), T> {
        match self.push_unless(CLOSED, value) {
            Ok(()) => Ok(()),
            Err(Refused::Closed(value) | Refused::Slow(value)) => Err(value),
        }
    }

    #[inline]
    fn push_unless(&self, refuse: u64, value: T) -> Result<(), Refused<T>> {
        let mut backoff = Backoff::new();
        // The next block, made before its turn comes: nobody has to wait for an allocation.
        let mut ahead = None;
        let mut tail = self.tail.load();
        loop {
            if tail.has(refuse) {
                self.keep(ahead);
                return Err(if tail.has(CLOSED) {
                    Refused::Closed(value)
                } else {
                    Refused::Slow(value)
                });
            }
            let slot = tail.slot();
            if slot == SLOTS {
                backoff.wait();
                tail = self.tail.load();
                continue;
            }
            if slot + 1 == SLOTS && ahead.is_none() {
                ahead = Some(self.fresh());
            }
            let block = self.tail.block().unwrap_or_else(|| self.install());
            let Err(now) = self.tail.take(tail, tail.0.wrapping_add(STEP)) else {
                if slot + 1 == SLOTS {
                    self.extend(block, ahead.take());
                }
                // SAFETY: we have just taken this position, and the block is its block (Y1, Y2).
                unsafe { Block::write(block, slot, value) };
                self.keep(ahead);
                return Ok(());
            };
            tail = now;
        }
    }

    /// Moves the tail from `block`, whose last slot the caller has taken, into `next`.
    #[cold]
    fn extend(&self, block: NonNull<Block<T>>, next: Option<Box<Block<T>>>) {
        let next = next.unwrap_or_else(|| self.fresh());
        let next = NonNull::from(Box::leak(next));
        self.tail.advance(next, GAP);
        // SAFETY: the slot that the caller took is not written, so the block is there (Y6).
        unsafe { block.as_ref() }.link(next);
    }

    /// Takes the oldest value, unless there are older ones elsewhere.
    #[inline]
    pub(super) fn pop(&self) -> Result<T, Nothing> {
        self.pop_unless(SLOW)
    }

    /// Takes the oldest value, though there may be older ones elsewhere. Never `Nothing::Slow`.
    ///
    /// The caller holds the channel's lock and has looked there.
    pub(super) fn pop_slow(&self) -> Result<T, Nothing> {
        self.pop_unless(0)
    }

    #[inline]
    fn pop_unless(&self, refuse: u64) -> Result<T, Nothing> {
        let mut backoff = Backoff::new();
        let mut head = self.head.load();
        loop {
            if head.has(refuse) {
                return Err(Nothing::Slow);
            }
            let slot = head.slot();
            if slot == SLOTS {
                backoff.wait();
                head = self.head.load();
                continue;
            }
            let mut next = head.0.wrapping_add(STEP);
            if !head.has(FURTHER) {
                let tail = self.tail.load();
                if tail.position() == head.position() {
                    return Err(if tail.has(CLOSED) {
                        Nothing::Closed
                    } else {
                        Nothing::Empty
                    });
                }
                if tail.block() != head.block() {
                    next |= FURTHER;
                }
            }
            let block = self.head.block();
            let Err(now) = self.head.take(head, next) else {
                let block = block.expect("the tail is beyond the head (Y3)");
                return Ok(self.take_out(block, slot, next));
            };
            head = now;
        }
    }

    /// Reads the slot that the caller has taken, by moving the head to `now`.
    #[inline]
    fn take_out(&self, block: NonNull<Block<T>>, slot: usize, now: u64) -> T {
        if slot + 1 == SLOTS {
            // SAFETY: the caller's slot has not been read, so the block is there (Y6).
            let next = unsafe { block.as_ref() }.wait_next();
            // SAFETY: the head is not in that block yet, so nobody has freed it.
            let further = u64::from(unsafe { next.as_ref() }.is_linked()) * FURTHER;
            let difference = GAP.wrapping_add(further).wrapping_sub(now & FURTHER);
            self.head.advance(next, difference);
        }
        // SAFETY: the caller has taken this position, and the block is its block (Y1, Y2).
        let (value, block) = unsafe { Block::read(block, slot) };
        if let Some(mut block) = block {
            block.reset();
            self.keep(Some(block));
        }
        value
    }

    /// The first block, which this puts in its place if nobody else has.
    #[cold]
    fn install(&self) -> NonNull<Block<T>> {
        let fresh = NonNull::from(Box::leak(self.fresh()));
        let first = self.head.install(fresh);
        if first != fresh {
            // SAFETY: from the box above, and never seen by others.
            self.keep(Some(unsafe { Box::from_raw(fresh.as_ptr()) }));
        }
        // Another may have done this; and if `first` is a later block already, then the tail has moved
        // meanwhile, as the caller will find (Y2).
        self.tail.install(first)
    }

    /// An empty block.
    fn fresh(&self) -> Box<Block<T>> {
        // ORDERING: Acquire, pairs with `keep`: the block has been emptied.
        let spare = self.spare.swap(ptr::null_mut(), Ordering::Acquire);
        if spare.is_null() {
            return Block::new();
        }
        // SAFETY: `spare` owns what it points to, and the exchange has made that ours.
        unsafe { Box::from_raw(spare) }
    }

    /// Keeps an empty block for the next need, or frees it if there is one already.
    #[inline]
    fn keep(&self, block: Option<Box<Block<T>>>) {
        let Some(block) = block else {
            return;
        };
        let block = Box::into_raw(block);
        // ORDERING: Release, pairs with `fresh`.
        let kept = self.spare.compare_exchange(
            ptr::null_mut(),
            block,
            Ordering::Release,
            Ordering::Relaxed,
        );
        if kept.is_err() {
            // SAFETY: from the box above, and nobody else has seen it.
            drop(unsafe { Box::from_raw(block) });
        }
    }

    /// Makes pushers take the channel's lock, on behalf of receivers that wait. Whether there is a
    /// value to pop; if not, there will be none before the caller releases the lock.
    ///
    /// The caller holds the channel's lock.
    pub(super) fn set_slow(&self) -> bool {
        let tail = self.tail.set(SLOW);
        // The tail stands still from here on, unless somebody still moves it into the next block. The
        // head cannot pass it, so a head that has been seen there stays there.
        !self.head.load().meets(tail)
    }

    /// Takes [`set_slow`](Self::set_slow) back. The caller holds the channel's lock.
    pub(super) fn clear_slow(&self) {
        self.tail.clear(SLOW);
    }

    /// Makes poppers take the channel's lock, as there are older values elsewhere.
    ///
    /// The caller holds the channel's lock.
    pub(super) fn set_older(&self) {
        self.head.set(SLOW);
    }

    /// Whether [`set_older`](Self::set_older) is in force.
    pub(super) fn has_older(&self) -> bool {
        self.head.load().has(SLOW)
    }

    /// Takes [`set_older`](Self::set_older) back. The caller holds the channel's lock.
    pub(super) fn clear_older(&self) {
        self.head.clear(SLOW);
    }

    /// Refuses all pushes from here on; whether this was the first time.
    pub(super) fn close(&self) -> bool {
        !self.tail.set(CLOSED).has(CLOSED)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.tail.load().has(CLOSED)
    }

    /// How many values there were at some moment during the call.
    pub(super) fn len(&self) -> usize {
        let mut tail = self.tail.load();
        loop {
            let head = self.head.load();
            let again = self.tail.load();
            // The tail stood still while the head was looked at.
            if again.position() == tail.position() {
                let block = head.block();
                return (tail.slots_since(block) - head.slots_since(block)) as usize;
            }
            tail = again;
        }
    }

    /// Drops all values that there are. When the queue is closed it is empty afterwards for good.
    pub(super) fn drain(&self) {
        /// Goes on when a destructor panics.
        struct Rest<'a, T>(&'a Blocks<T>);
        impl<T> Rest<'_, T> {
            fn drop_all(&self) {
                while let Ok(value) = self.0.pop_slow() {
                    drop(value);
                }
            }
        }
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.drop_all();
            }
        }
        Rest(self).drop_all();
    }

    /// Frees the blocks of an empty queue: the one in which head and tail are, and the spare one.
    fn free(&mut self) {
        // ORDERING: Acquire, pairs with `keep`; nobody else is left.
        let spare = NonNull::new(self.spare.swap(ptr::null_mut(), Ordering::Acquire));
        for block in [self.head.leave(), spare].into_iter().flatten() {
            // SAFETY: both words own their block, and no position in it is taken.
            drop(unsafe { Box::from_raw(block.as_ptr()) });
        }
    }
}

impl<T> Drop for Blocks<T> {
    fn drop(&mut self) {
        /// Frees the blocks, even when a destructor of a value panics.
        struct Free<'a, T>(&'a mut Blocks<T>);
        impl<T> Drop for Free<'_, T> {
            fn drop(&mut self) {
                self.0.free();
            }
        }
        Free(self).0.drain();
    }
}

impl<T> fmt::Debug for Blocks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocks")
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

//! `Select`: a select whose operations are put together at run time.
//!
//! An operation is an arm of the engine (`select.rs`) in a box, since nobody knows its type. The one that
//! has won leaves its box to the [`SelectedOperation`], which knows the type again when it is
//! shown the channel: an arm's channel is borrowed for `'a`, so as long as the arm lives nothing
//! but this channel is at its address (**M4**).

use super::arm::{Arm, Candidate, RecvArm, SendArm};
use super::error::{
    ReadyTimeoutError, RecvError, SelectTimeoutError, SendError, TryReadyError, TrySelectError,
};
use super::handle::{Side, each};
use super::operation::Flavor;
use super::select::{Order, Otherwise, select};
use super::wait::Node;
use super::{Receiver, Sender};
use crate::task::Waiter;
use std::fmt;
use std::ptr;
use std::time::{Duration, Instant};

/// An arm of which only its channel's address is known.
trait Operation<'a>: Arm {
    /// A new one of the same channel.
    fn renewed(&self) -> Box<dyn Operation<'a> + 'a>;

    /// Where its sender or receiver is.
    fn channel(&self) -> *const ();

    /// As [`Flavor::watch`].
    ///
    /// # Safety
    ///
    /// As there.
    unsafe fn watch(&self, node: *const Node<()>) -> bool;

    /// As [`Flavor::unwatch`].
    ///
    /// # Safety
    ///
    /// As there.
    unsafe fn unwatch(&self, node: *const Node<()>);
}

impl<'a, T> Operation<'a> for RecvArm<'a, T> {
    fn renewed(&self) -> Box<dyn Operation<'a> + 'a> {
        Box::new(RecvArm::new(self.receiver()))
    }

    fn channel(&self) -> *const () {
        ptr::from_ref(self.receiver()).cast()
    }

    unsafe fn watch(&self, node: *const Node<()>) -> bool {
        match &self.receiver().side {
            Side::Channel(channel) => {
                // SAFETY: passed on.
                each!(channel, flavor => unsafe { flavor.watch(false, node) })
            }
            Side::Source(source) => {
                let waits = source.len() == 0;
                if waits && !node.is_null() {
                    // SAFETY: passed on. Its time is asked for after that.
                    unsafe { source.enter(node, None) };
                }
                waits
            }
        }
    }

    unsafe fn unwatch(&self, node: *const Node<()>) {
        match &self.receiver().side {
            // SAFETY: passed on.
            Side::Channel(channel) => each!(channel, flavor => unsafe { flavor.unwatch(node) }),
            // SAFETY: passed on.
            Side::Source(source) => unsafe {
                source.leave(node, None);
            },
        }
    }
}

impl<'a, T> Operation<'a> for SendArm<'a, T> {
    fn renewed(&self) -> Box<dyn Operation<'a> + 'a> {
        Box::new(SendArm::new(self.sender()))
    }

    fn channel(&self) -> *const () {
        ptr::from_ref(self.sender()).cast()
    }

    unsafe fn watch(&self, node: *const Node<()>) -> bool {
        // SAFETY: passed on.
        each!(&self.sender().channel, flavor => unsafe { flavor.watch(true, node) })
    }

    unsafe fn unwatch(&self, node: *const Node<()>) {
        // SAFETY: passed on.
        each!(&self.sender().channel, flavor => unsafe { flavor.unwatch(node) });
    }
}

/// The arm that waits until an operation would not have to wait, and leaves it undone.
struct Watch<'x, 'a> {
    operation: &'x (dyn Operation<'a> + 'a),
    node: Node<()>,
}

impl Arm for Watch<'_, '_> {
    fn candidate(&mut self) -> Candidate<'_> {
        Candidate::new(self)
    }

    fn poll(&mut self) -> bool {
        // SAFETY: a null node is never used.
        unsafe { !self.operation.watch(ptr::null()) }
    }

    unsafe fn enlist(&mut self, waiter: *const Waiter, arm: u32) -> bool {
        self.node.belongs_to(waiter, arm);
        // SAFETY: new or withdrawn, and it stays in place (caller).
        unsafe { self.operation.watch(&self.node) }
    }

    fn withdraw(&mut self) {
        // SAFETY: alive, and linked into this channel if at all.
        unsafe { self.operation.unwatch(&self.node) };
    }

    fn accept(&mut self) -> bool {
        unreachable!("whoever only looks completes nothing")
    }

    fn deadline(&self) -> Option<Instant> {
        self.operation.deadline()
    }

    fn cancel(&mut self) -> bool {
        // The operation itself will say it.
        true
    }
}

/// Waits for one of several channel operations that are chosen at run time.
///
/// Which one should I use? [`select!`](crate::select), if the operations are known when the program is written;
/// this for as many as there happen to be.
///
/// Operations are added with [`recv`](Self::recv) and [`send`](Self::send), which number them. The
/// `select` methods choose one that is ready, as `select!` does, and return a
/// [`SelectedOperation`], which must be completed. The names are those of crossbeam-channel.
///
/// # Cancellation
///
/// As in `select!`: in a done context the methods with a time limit reach it at once, and [`select`](Self::select)
/// chooses the operation that was added first, which then comes to `Cancelled`.
///
/// # Examples
///
/// ```
/// use teem::chan::{self, Select};
///
/// let (senders, receivers): (Vec<_>, Vec<_>) = (0..5).map(|_| chan::bounded(1)).unzip();
/// senders[3].send("hello").unwrap();
///
/// let mut select = Select::new();
/// for receiver in &receivers {
///     select.recv(receiver);
/// }
/// let operation = select.select();
/// let index = operation.index();
/// assert_eq!(index, 3);
/// assert_eq!(operation.recv(&receivers[index]), Ok("hello"));
/// ```
pub struct Select<'a> {
    /// With their numbers, in rising order.
    operations: Vec<(usize, Box<dyn Operation<'a> + 'a>)>,
    next: usize,
    order: Order,
}

impl<'a> Select<'a> {
    /// A select without operations, which chooses at random among those that are ready.
    pub fn new() -> Self {
        Self::with_order(Order::Random)
    }

    /// A select without operations, which chooses the one that was added first among those that are ready.
    pub fn new_biased() -> Self {
        Self::with_order(Order::Biased)
    }

    fn with_order(order: Order) -> Self {
        Self {
            operations: Vec::new(),
            next: 0,
            order,
        }
    }

    /// Adds a send into `sender` and returns its number. The value is given when it was chosen.
    pub fn send<T>(&mut self, sender: &'a Sender<T>) -> usize {
        self.add(Box::new(SendArm::new(sender)))
    }

    /// Adds a receive from `receiver` and returns its number.
    pub fn recv<T>(&mut self, receiver: &'a Receiver<T>) -> usize {
        self.add(Box::new(RecvArm::new(receiver)))
    }

    fn add(&mut self, operation: Box<dyn Operation<'a> + 'a>) -> usize {
        let number = self.next;
        self.operations.push((number, operation));
        self.next += 1;
        number
    }

    /// Takes an operation out. The others keep their numbers, and its own is not given again.
    ///
    /// # Panics
    ///
    /// If there is no such operation, or none any more.
    #[track_caller]
    pub fn remove(&mut self, index: usize) {
        let place = self.operations.binary_search_by_key(&index, |(n, _)| *n);
        let Ok(place) = place else {
            panic!("this select has no operation {index}");
        };
        self.operations.remove(place);
    }

    /// Chooses an operation that is ready, and waits for one if none is. A closed channel is ready.
    ///
    /// Parks the task; on an OS thread, blocks it.
    ///
    /// # Panics
    ///
    /// If there is no operation. Inside [`forbid_park`](crate::task::forbid_park), if it would have to wait.
    #[track_caller]
    pub fn select(&mut self) -> SelectedOperation<'a> {
        assert!(!self.operations.is_empty(), "a select without operations");
        let chosen = self.choose(Otherwise::Wait);
        chosen.expect("without a time limit one is chosen")
    }

    /// Chooses an operation that is ready, without waiting.
    ///
    /// # Errors
    ///
    /// [`TrySelectError`] if none is.
    pub fn try_select(&mut self) -> Result<SelectedOperation<'a>, TrySelectError> {
        self.choose(Otherwise::Now).ok_or(TrySelectError)
    }

    /// [`select`](Self::select), for `timeout` at most.
    ///
    /// # Errors
    ///
    /// [`SelectTimeoutError`] if none was ready for that time.
    ///
    /// # Panics
    ///
    /// Inside [`forbid_park`](crate::task::forbid_park), if it would have to wait.
    #[track_caller]
    pub fn select_timeout(
        &mut self,
        timeout: Duration,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        self.choose(Otherwise::After(timeout))
            .ok_or(SelectTimeoutError)
    }

    /// [`select`](Self::select), until `deadline` at most.
    ///
    /// # Errors
    ///
    /// [`SelectTimeoutError`] if none was ready until then.
    ///
    /// # Panics
    ///
    /// Inside [`forbid_park`](crate::task::forbid_park), if it would have to wait.
    #[track_caller]
    pub fn select_deadline(
        &mut self,
        deadline: Instant,
    ) -> Result<SelectedOperation<'a>, SelectTimeoutError> {
        self.choose(Otherwise::At(deadline))
            .ok_or(SelectTimeoutError)
    }

    /// Waits until an operation can be done without waiting, and returns its number. It is not
    /// done: somebody else may come first, so the caller tries it, or asks again.
    ///
    /// Parks the task; on an OS thread, blocks it.
    ///
    /// # Panics
    ///
    /// If there is no operation. Inside [`forbid_park`](crate::task::forbid_park), if it would have to wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use teem::chan::{self, Select};
    ///
    /// let (sender, receiver) = chan::bounded(1);
    /// let mut select = Select::new();
    /// let send = select.send(&sender);
    /// let recv = select.recv(&receiver);
    /// assert_eq!(select.ready(), send);
    /// sender.send(7).unwrap();
    /// assert_eq!(select.ready(), recv);
    /// assert_eq!(receiver.try_recv(), Ok(7));
    /// ```
    #[track_caller]
    pub fn ready(&mut self) -> usize {
        assert!(!self.operations.is_empty(), "a select without operations");
        let ready = self.watch(Otherwise::Wait);
        ready.expect("without a time limit one becomes ready")
    }

    /// The number of an operation that can be done without waiting, as in [`ready`](Self::ready).
    ///
    /// # Errors
    ///
    /// [`TryReadyError`] if there is none.
    pub fn try_ready(&mut self) -> Result<usize, TryReadyError> {
        self.watch(Otherwise::Now).ok_or(TryReadyError)
    }

    /// [`ready`](Self::ready), for `timeout` at most.
    ///
    /// # Errors
    ///
    /// [`ReadyTimeoutError`] if there was none for that time.
    ///
    /// # Panics
    ///
    /// Inside [`forbid_park`](crate::task::forbid_park), if it would have to wait.
    #[track_caller]
    pub fn ready_timeout(&mut self, timeout: Duration) -> Result<usize, ReadyTimeoutError> {
        self.watch(Otherwise::After(timeout))
            .ok_or(ReadyTimeoutError)
    }

    /// [`ready`](Self::ready), until `deadline` at most.
    ///
    /// # Errors
    ///
    /// [`ReadyTimeoutError`] if there was none until then.
    ///
    /// # Panics
    ///
    /// Inside [`forbid_park`](crate::task::forbid_park), if it would have to wait.
    #[track_caller]
    pub fn ready_deadline(&mut self, deadline: Instant) -> Result<usize, ReadyTimeoutError> {
        self.watch(Otherwise::At(deadline)).ok_or(ReadyTimeoutError)
    }

    #[track_caller]
    fn watch(&mut self, otherwise: Otherwise) -> Option<usize> {
        let watches = self.operations.iter().map(|(_, operation)| Watch {
            operation: &**operation,
            node: Node::new(()),
        });
        let mut watches: Vec<_> = watches.collect();
        let arms = watches.iter_mut();
        let mut arms: Vec<_> = arms.map(Arm::candidate).collect();
        let ready = select(&mut arms, self.order, otherwise)?;
        Some(self.operations[ready].0)
    }

    #[track_caller]
    fn choose(&mut self, otherwise: Otherwise) -> Option<SelectedOperation<'a>> {
        let arms = self.operations.iter_mut();
        let mut arms: Vec<_> = arms.map(|(_, arm)| arm.candidate()).collect();
        let won = select(&mut arms, self.order, otherwise)?;
        let (index, arm) = &mut self.operations[won];
        let renewed = arm.renewed();
        Some(SelectedOperation {
            index: *index,
            arm: Some(std::mem::replace(arm, renewed)),
        })
    }
}

impl Default for Select<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// An operation that was chosen, and is now to be completed with [`send`](Self::send) or
/// [`recv`](Self::recv), which never wait for more than the other side of this very operation.
///
/// # Panics
///
/// When it is dropped instead.
#[must_use = "an operation that was chosen has to be completed"]
pub struct SelectedOperation<'a> {
    index: usize,
    arm: Option<Box<dyn Operation<'a> + 'a>>,
}

impl<'a> SelectedOperation<'a> {
    /// The number of the operation, from [`Select::send`] or [`Select::recv`].
    pub fn index(&self) -> usize {
        self.index
    }

    /// Sends `value` into the channel that was chosen.
    ///
    /// # Errors
    ///
    /// With the value, if the channel is closed or the operation was chosen in a done context.
    ///
    /// # Panics
    ///
    /// If `sender` is not the one, the very same reference, that was added under this number.
    #[track_caller]
    pub fn send<T>(mut self, sender: &Sender<T>, value: T) -> Result<(), SendError<T>> {
        let arm = self.arm_of(ptr::from_ref(sender).cast());
        // SAFETY: the arm's channel is at the address of a `Sender<T>`, so it is a `SendArm` of a
        // `Sender<T>` (M4). `T` is the same in both, lifetimes included, as `Sender` is invariant.
        // The arm does not outlive this call, during which both borrows last.
        let mut arm = unsafe { Box::from_raw(Box::into_raw(arm).cast::<SendArm<'_, T>>()) };
        arm.commit(value)
    }

    /// Receives from the channel that was chosen.
    ///
    /// # Errors
    ///
    /// If the channel is closed or the operation was chosen in a done context.
    ///
    /// # Panics
    ///
    /// If `receiver` is not the one, the very same reference, that was added under this number.
    #[track_caller]
    pub fn recv<T>(mut self, receiver: &Receiver<T>) -> Result<T, RecvError> {
        let arm = self.arm_of(ptr::from_ref(receiver).cast());
        // SAFETY: as in `send`, with a `RecvArm` of a `Receiver<T>`, which is invariant, too.
        let mut arm = unsafe { Box::from_raw(Box::into_raw(arm).cast::<RecvArm<'_, T>>()) };
        arm.take()
    }

    /// The arm, if its channel is this one.
    #[track_caller]
    fn arm_of(&mut self, channel: *const ()) -> Box<dyn Operation<'a> + 'a> {
        let arm = self.arm.take().expect("completed once, by value");
        assert!(
            arm.channel() == channel,
            "operation {} is not one of this channel",
            self.index
        );
        arm
    }
}

impl Drop for SelectedOperation<'_> {
    fn drop(&mut self) {
        let forgotten = self.arm.is_some() && !std::thread::panicking();
        assert!(!forgotten, "a chosen operation was not completed");
    }
}

impl fmt::Debug for Select<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = self.operations.iter().map(|(number, _)| number);
        f.debug_list().entries(numbers).finish()
    }
}

impl fmt::Debug for SelectedOperation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelectedOperation")
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

//! The macros of the crate.

mod select;

/// Spawns a task that runs an expression or a block, and forgets about it: Go's statement.
///
/// The task owns what it uses. The macro is of type `()`; what the expression returns is dropped,
/// and a panic in it is printed by the panic hook and counted.
///
/// # Examples
///
/// ```
/// let (sender, receiver) = std::sync::mpsc::channel();
/// let second = sender.clone();
/// teem::go!(sender.send(1).unwrap());
/// teem::go!({
///     let two = 1 + 1;
///     second.send(two).unwrap();
/// });
/// assert_eq!(receiver.iter().sum::<i32>(), 3);
/// ```
#[macro_export]
macro_rules! go {
    ($($body:tt)*) => {
        ::core::mem::drop($crate::spawn(move || { $($body)* }))
    };
}

/// Declares values of which every task has its own, as `std::thread_local!` does for threads.
///
/// Each becomes a static [`LocalKey`](crate::task::LocalKey). Its expression is evaluated by every task
/// that uses it, when it first does.
///
/// # Examples
///
/// ```
/// use std::cell::{Cell, RefCell};
///
/// teem::task_local! {
///     /// How many requests this task has served.
///     pub static SERVED: Cell<u32> = const { Cell::new(0) };
///     static NAMES: RefCell<Vec<String>> = RefCell::new(Vec::new());
/// }
///
/// let served = teem::scope(|s| {
///     [1, 2].map(|n| {
///         s.spawn(move || {
///             for _ in 0..n {
///                 SERVED.set(SERVED.get() + 1);
///                 teem::task::yield_now();
///             }
///             NAMES.with_borrow_mut(|names| names.push("served".to_owned()));
///             SERVED.get()
///         })
///     })
///     .map(|task| task.join().unwrap())
/// });
/// assert_eq!(served, [1, 2]);
/// assert_eq!(SERVED.get(), 0);
/// ```
#[macro_export]
macro_rules! task_local {
    ($($(#[$attribute:meta])* $visible:vis static $name:ident: $type:ty = $init:expr);* $(;)?) => {
        $(
            $(#[$attribute])*
            $visible static $name: $crate::task::LocalKey<$type> =
                $crate::task::LocalKey::new(|| $init);
        )*
    };
}

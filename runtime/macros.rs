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

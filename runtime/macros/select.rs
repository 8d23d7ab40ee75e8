//! `select!`.
//!
//! `select!` itself only hands its tokens to `__select!`, whose rules go through three stages:
//!
//! | stage      | what it does                                                                |
//! | ---------- | --------------------------------------------------------------------------- |
//! | `@arms`    | takes one arm off the input and appends it, with a variable, to those read  |
//! | `@default` | the same for the default                                                    |
//! | `@build`   | emits the code, and asks `@new` and `@result` what that is for each kind of arm |
//!
//! Each expansion of `@arms` writes the variable `arm`, and by macro hygiene that is another
//! variable each time. So there is no list of names that would bound how many arms there are; the
//! compiler's recursion limit does, at a hundred and some.
//!
//! What is emitted for `recv(r) -> p => b, send(s, v) -> q => c, default => d`:
//!
//! ```text
//! match (RecvArm::new(&r), SendArm::new(&s)) {     // once each, in order; temporaries live on
//!     mut arms => {
//!         let (arm', arm'') = &mut arms;
//!         let won = select(&mut [arm'.candidate(), arm''.candidate()], Order::Random, Otherwise::Now);
//!         if won == Some(0) { let result = arm'.take(); drop(arms); let p = result; b }
//!         else if won == Some(0 + 1) { let result = arm''.commit(v); drop(arms); let q = result; c }
//!         else { drop(arms); d }
//!     }
//! }
//! ```
//!
//! The arms are dropped before a body begins, so it may do with channels and handles as it likes. A
//! value is evaluated in the branch of its arm and nowhere else, so several arms and
//! the default may move the same variable.

/// Waits until one of several operations can be done, and does that one.
///
/// # Arms
///
/// | arm                              | is ready when                      | the pattern gets |
/// | -------------------------------- | ---------------------------------- | ---------------- |
/// | `recv(receiver) -> pat => body`  | there is a value, or none can come | `Result<T, RecvError>` |
/// | `send(sender, value) -> pat => body` | the channel has room, or is closed | `Result<(), SendError<T>>` |
/// | `join(handle) -> pat => body`    | the task is finished               | `std::thread::Result<T>` |
/// | `done(context) -> pat => body`   | the context is done                | [`Cause`](crate::context::Cause) |
/// | `default => body`                | no other arm is                    |                  |
/// | `default(timeout) => body`       | no other arm was for that time     |                  |
///
/// If several are ready, one is chosen at random; with `biased;` before the first arm, the one
/// that is written first. Bodies are blocks, or expressions with a comma after them.
///
/// Channel expressions are evaluated once, in order, whether their arm wins or not; a `value` only when its
/// arm has won. Until it is there nobody else gets its place in the channel, so let it be cheap.
/// `break`, `continue`, `return` and `?` work in bodies, and bodies may drop or move the
/// channels: the operation is over when they begin.
///
/// `join` borrows its [`JoinHandle`](crate::JoinHandle) mutably, and takes the result out when it wins: whoever joins
/// the handle later panics.
///
/// One channel may stand in several arms, in both directions. There may be a hundred arms;
/// [`chan::Select`](crate::chan::Select) has no such limit. A `select!` without arms waits for ever.
///
/// Parks the task while it waits; on an OS thread, blocks it. With `default` it does neither, but for one case: on
/// a channel of capacity 0 the sender that a `recv` meets may be a `select!`, and then this waits for the value, as
/// [`try_recv`](crate::chan::Receiver::try_recv) does.
///
/// # Panics
///
/// Inside [`forbid_park`](crate::task::forbid_park), if it would have to wait.
///
/// # Cancellation
///
/// In a done context a `select!` does not look at its channels. It takes a `done` arm that is ready,
/// else its `default`, of either kind, else its first channel arm, which gets `Cancelled`, with the value if it is a
/// `send`. With none of these it waits on and is not cut. The same holds when the context becomes done while
/// it waits.
///
/// # Examples
///
/// ```
/// use teem::chan;
/// use teem::time::Duration;
///
/// let (numbers, of_numbers) = chan::bounded(1);
/// let (words, of_words) = chan::bounded::<&str>(0);
/// numbers.send(7).unwrap();
///
/// let got = teem::select! {
///     recv(of_numbers) -> number => number.unwrap(),
///     recv(of_words) -> word => word.unwrap().len(),
///     default(Duration::from_secs(10)) => panic!("there was a number"),
/// };
/// assert_eq!(got, 7);
///
/// let mut task = teem::spawn(|| 6 * 7);
/// let answer = teem::select! {
///     join(task) -> result => result.unwrap(),
///     done(teem::context::current()) -> cause => panic!("{cause}"),
/// };
/// assert_eq!(answer, 42);
///
/// // Nobody receives words, and there are no numbers left.
/// let idle = teem::select! {
///     recv(of_numbers) -> _ => false,
///     send(words, "hello") -> _ => false,
///     default => true,
/// };
/// assert!(idle);
/// ```
#[macro_export]
macro_rules! select {
    (biased; $($arms:tt)*) => {
        $crate::__select!(@arms Biased (0) [] [] $($arms)*)
    };
    (biased $($rest:tt)*) => {
        ::core::compile_error!("select!: `biased` is followed by a semicolon: `biased; recv(..) ..`")
    };
    ($($arms:tt)*) => {
        $crate::__select!(@arms Random (0) [] [] $($arms)*)
    };
}

/// See the module.
#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    // One arm off the input.
    (@arms $order:ident $index:tt $arms:tt $default:tt) => {
        $crate::__select!(@build $order $arms $default)
    };
    (@arms $order:ident $index:tt $arms:tt $default:tt default => $($rest:tt)*) => {
        $crate::__select!(@arms $order $index $arms $default default () => $($rest)*)
    };
    (@arms $order:ident $index:tt $arms:tt $default:tt
        default $timeout:tt => $body:block, $($rest:tt)*) => {
        $crate::__select!(@default $order $index $arms $default $timeout $body $($rest)*)
    };
    (@arms $order:ident $index:tt $arms:tt $default:tt
        default $timeout:tt => $body:block $($rest:tt)*) => {
        $crate::__select!(@default $order $index $arms $default $timeout $body $($rest)*)
    };
    (@arms $order:ident $index:tt $arms:tt $default:tt
        default $timeout:tt => $body:expr, $($rest:tt)*) => {
        $crate::__select!(@default $order $index $arms $default $timeout $body $($rest)*)
    };
    (@arms $order:ident $index:tt $arms:tt $default:tt default $timeout:tt => $body:expr) => {
        $crate::__select!(@default $order $index $arms $default $timeout $body)
    };
    (@arms $order:ident ($($index:tt)*) [$($arms:tt)*] $default:tt
        $kind:ident $args:tt -> $pattern:pat => $body:block, $($rest:tt)*) => {
        $crate::__select!(
            @arms $order ($($index)* + 1)
            [$($arms)* { arm ($($index)*) $kind $args ($pattern) $body }] $default $($rest)*
        )
    };
    (@arms $order:ident ($($index:tt)*) [$($arms:tt)*] $default:tt
        $kind:ident $args:tt -> $pattern:pat => $body:block $($rest:tt)*) => {
        $crate::__select!(
            @arms $order ($($index)* + 1)
            [$($arms)* { arm ($($index)*) $kind $args ($pattern) $body }] $default $($rest)*
        )
    };
    (@arms $order:ident ($($index:tt)*) [$($arms:tt)*] $default:tt
        $kind:ident $args:tt -> $pattern:pat => $body:expr, $($rest:tt)*) => {
        $crate::__select!(
            @arms $order ($($index)* + 1)
            [$($arms)* { arm ($($index)*) $kind $args ($pattern) $body }] $default $($rest)*
        )
    };
    (@arms $order:ident ($($index:tt)*) [$($arms:tt)*] $default:tt
        $kind:ident $args:tt -> $pattern:pat => $body:expr) => {
        $crate::__select!(
            @arms $order ($($index)* + 1)
            [$($arms)* { arm ($($index)*) $kind $args ($pattern) $body }] $default
        )
    };

    // What is no arm, from the nearest to one to the farthest.
    (@arms $order:ident $index:tt $arms:tt $default:tt
        default $(($($timeout:tt)*))? -> $($rest:tt)*) => {
        ::core::compile_error!("select!: `default` has no result: `default => body`")
    };
    (@arms $order:ident $index:tt $arms:tt $default:tt
        $kind:ident $args:tt $(-> $pattern:pat)? => $body:expr; $($rest:tt)*) => {
        ::core::compile_error!("select!: an arm ends with a comma, not with a semicolon")
    };
    (@arms $order:ident $index:tt $arms:tt $default:tt
        $kind:ident ($($args:tt)*) -> $pattern:pat => $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "select!: after the body of `", ::core::stringify!($kind), "(..)` a comma is missing"
        ))
    };
    (@arms $order:ident $index:tt $arms:tt $default:tt
        $kind:ident ($($args:tt)*) -> $pattern:pat $(, $($rest:tt)*)?) => {
        ::core::compile_error!(::core::concat!(
            "select!: a body is missing: `", ::core::stringify!($kind), "(..) -> pattern => body`"
        ))
    };
    (@arms $order:ident $index:tt $arms:tt $default:tt
        $kind:ident ($($args:tt)*) => $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "select!: an arm says what becomes of its result: `", ::core::stringify!($kind),
            "(..) -> pattern => body`"
        ))
    };
    (@arms $order:ident $index:tt $arms:tt $default:tt $($rest:tt)*) => {
        ::core::compile_error!(::core::concat!(
            "select!: `", ::core::stringify!($($rest)*), "` is no arm; an arm is ",
            "`recv(receiver) -> pattern => body`, `send(sender, value) -> pattern => body`, ",
            "`join(handle) -> pattern => body`, `done(context) -> pattern => body` ",
            "or `default => body`"
        ))
    };

    // The default.
    (@default $order:ident $index:tt $arms:tt [] () $body:tt $($rest:tt)*) => {
        $crate::__select!(@arms $order $index $arms [Now => $body] $($rest)*)
    };
    (@default $order:ident $index:tt $arms:tt [] ($timeout:expr $(,)?) $body:tt $($rest:tt)*) => {
        $crate::__select!(@arms $order $index $arms [After($timeout) => $body] $($rest)*)
    };
    (@default $order:ident $index:tt $arms:tt [] $timeout:tt $($rest:tt)*) => {
        ::core::compile_error!("select!: `default` takes one timeout or none: `default(timeout) => body`")
    };
    (@default $order:ident $index:tt $arms:tt $default:tt $($rest:tt)*) => {
        ::core::compile_error!("select!: there is one `default` at most")
    };

    // The code.
    (@build $order:ident
        [$({ $arm:ident ($($index:tt)*) $kind:ident $args:tt ($pattern:pat) $body:tt })*]
        $default:tt) => {
        match ($( $crate::__select!(@new $kind $args), )*) {
            mut arms => {
                let ($( $arm, )*) = &mut arms;
                let won = $crate::chan::__select::select(
                    &mut [$( $crate::chan::__select::Arm::candidate($arm) ),*],
                    $crate::chan::__select::Order::$order,
                    $crate::__select!(@otherwise $default),
                );
                $(
                    if won == ::core::option::Option::Some($($index)*) {
                        let result = $crate::__select!(@result $kind $args $arm);
                        $crate::chan::__select::leave(arms);
                        let ($pattern) = $crate::chan::__select::outcome(result);
                        $body
                    } else
                )* {
                    $crate::chan::__select::leave(arms);
                    $crate::__select!(@else $default)
                }
            }
        }
    };
    // `match`, so that blocks may end in a channel or in a reference to one.
    (@new recv ($receiver:expr $(,)?)) => {
        match &$receiver {
            receiver => $crate::chan::__select::RecvArm::new(receiver),
        }
    };
    (@new send ($sender:expr, $value:expr $(,)?)) => {
        match &$sender {
            sender => $crate::chan::__select::SendArm::new(sender),
        }
    };
    (@new join ($handle:expr $(,)?)) => {
        match &mut $handle {
            handle => $crate::chan::__select::JoinArm::new(handle),
        }
    };
    (@new done ($context:expr $(,)?)) => {
        match &$context {
            context => $crate::chan::__select::DoneArm::new(context),
        }
    };
    (@new recv $args:tt) => {
        ::core::compile_error!("select!: `recv` takes a receiver: `recv(receiver) -> pattern => body`")
    };
    (@new send $args:tt) => {
        ::core::compile_error!(
            "select!: `send` takes a sender and a value: `send(sender, value) -> pattern => body`"
        )
    };
    (@new join $args:tt) => {
        ::core::compile_error!("select!: `join` takes a handle: `join(handle) -> pattern => body`")
    };
    (@new done $args:tt) => {
        ::core::compile_error!("select!: `done` takes a context: `done(context) -> pattern => body`")
    };
    (@new $kind:ident $args:tt) => {
        ::core::compile_error!(::core::concat!(
            "select!: there is no arm `", ::core::stringify!($kind),
            "`; there are `recv`, `send`, `join`, `done` and `default`"
        ))
    };
    (@result recv $args:tt $arm:ident) => { $crate::chan::__select::RecvArm::take($arm) };
    (@result send ($sender:expr, $value:expr $(,)?) $arm:ident) => {
        $crate::chan::__select::SendArm::commit($arm, $value)
    };
    (@result join $args:tt $arm:ident) => { $crate::chan::__select::JoinArm::take($arm) };
    (@result done $args:tt $arm:ident) => { $crate::chan::__select::DoneArm::take($arm) };
    // Of an arm that is an error already.
    (@result $kind:ident $args:tt $arm:ident) => { $arm };
    (@otherwise []) => { $crate::chan::__select::Otherwise::Wait };
    (@otherwise [Now => $body:tt]) => { $crate::chan::__select::Otherwise::Now };
    (@otherwise [After($timeout:expr) => $body:tt]) => {
        $crate::chan::__select::Otherwise::After($timeout)
    };
    (@else []) => { $crate::chan::__select::no_such_arm() };
    (@else [$otherwise:ident $(($timeout:expr))? => $body:tt]) => { $body };
}

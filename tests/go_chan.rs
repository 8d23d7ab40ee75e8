//! Conformance with Go's channels: the cases of `test/chan/*.go` and of `runtime/chan_test.go`.
//!
//! Each case is named after the one that it corresponds to, and written from what that checks. Each
//! runs as tasks on 1, 2 and 8 workers and from OS threads (`support/crew.rs`). Loops are shorter.
//!
//! # What corresponds to what
//!
//! | Go                          | here                                                            |
//! | --------------------------- | --------------------------------------------------------------- |
//! | `make(chan T, n)`           | `chan::bounded(n)`: two ends in place of one value              |
//! | a nil channel               | `chan::never()`; to send, a channel of capacity 0 that nobody receives from |
//! | `v, ok := <-c`              | `recv()`, whose error is `ok == false`                          |
//! | a send on a closed channel panics | `Err(Closed)` with the value                              |
//! | values of send cases are all evaluated | only the one of the arm that has won                 |
//! | a forgotten goroutine       | none is: closing ends them, and the runtime checks that they end |
//!
//! # Left out
//!
//! - `perm`: that a receive-only channel cannot be sent on, nor the other way round, and what can be
//!   converted. The two ends are two types here, and what has no such method does not compile.
//! - `select1`: `select6` and `test_self_select` have its lost wake-up.
//! - `powser2`: `powser1` with another layout of the same channels.
//! - `TestNoShrinkStackWhileParking`, `TestSelectStackAdjust`: stacks here never move, so no parked
//!   select has pointers to adjust. `deep_stacks_stay_while_parked` is what can be asked in their place.
//! - `TestSelectDuplicateChannel` has its case; that its `sudog`s are freed needs a collector.
//! - `TestChanSendBarrier`, `TestChanSendSelectBarrier`: the collector's write barriers.
//! - benchmarks: `benches/workloads`.

#![cfg(not(any(loom, miri)))]

#[path = "support/child.rs"]
mod child;
#[path = "support/crew.rs"]
mod crew;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

#[path = "go_chan/blocking.rs"]
mod blocking;
#[path = "go_chan/fifo.rs"]
mod fifo;
#[path = "go_chan/memory.rs"]
mod memory;
#[path = "go_chan/nonblock.rs"]
mod nonblock;
#[path = "go_chan/powser.rs"]
mod powser;
#[path = "go_chan/runtime.rs"]
mod runtime;
#[path = "go_chan/select.rs"]
mod select;
#[path = "go_chan/sieve.rs"]
mod sieve;

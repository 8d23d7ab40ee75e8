//! Transfers that move less than they could.

use crate::random::Random;
use crate::watchdog::Watchdog;
use crate::{alone, exchanges};
use std::io;
use std::time::Duration;
use teem::fault::shorten;
use teem::runtime::Builder;

/// Has every exchange go well, in tasks and on threads, although transfers are as short as `most` says.
fn all_goes_well<M>(most: impl Fn() -> M)
where
    M: FnMut(&'static str, usize) -> usize + Send + 'static,
{
    let _alone = alone();
    let mut has_struck = false;
    let mut all = |place: &str, run: &dyn Fn(fn() -> io::Result<()>) -> io::Result<()>| {
        for (name, exchange) in exchanges::ALL {
            let short = shorten(most());
            let result = run(*exchange);
            assert!(result.is_ok(), "{name} {place}: {result:?}");
            has_struck |= short.has_struck();
        }
    };
    let _watchdog = Watchdog::start();
    for workers in [1, 2] {
        let runtime = Builder::new().workers(workers).build().expect("a runtime");
        all("in tasks", &|exchange| runtime.run(exchange));
        let ended = runtime.shutdown(Duration::from_secs(30));
        assert_eq!(ended, Ok(()), "tasks are left");
    }
    all("on threads", &|exchange| exchange());
    assert!(has_struck, "no transfer was short");
}

#[test]
fn bytes_that_come_and_go_one_by_one_are_all_there() {
    all_goes_well(|| |_, _| 1);
}

#[test]
fn only_one_side_of_a_transfer_is_short() {
    let reads = |call: &str| ["recv", "read", "pipe_io"].contains(&call);
    all_goes_well(|| move |call, asked| if reads(call) { 1 } else { asked });
    all_goes_well(|| move |call, asked| if reads(call) { asked } else { 1 });
}

#[test]
fn transfers_of_random_lengths_keep_every_byte() {
    let random = std::sync::Mutex::new(Random::new());
    all_goes_well(|| {
        let mut random = random.lock().expect("no panic").split();
        move |_, asked| {
            let most = [3, 100, asked][random.below(3) as usize].min(asked);
            1 + random.below(most as u64) as usize
        }
    });
}

#[test]
fn short_transfer_among_whole_ones_is_noticed() {
    for nth in 2..5 {
        all_goes_well(|| {
            let mut count = 0;
            move |_, asked| {
                count += 1;
                if count % nth == 0 { 1 } else { asked }
            }
        });
    }
}

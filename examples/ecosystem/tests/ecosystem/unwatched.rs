//! The feature `tracing` with nobody who listens: this program installs no subscriber.

use super::on_one_worker;
use teem::task::yield_now;
use tracing::{Span, info_span};

#[test]
fn without_a_subscriber_spans_are_nothing() {
    on_one_worker(|| {
        let _entered = info_span!("unheard").entered();
        let other = teem::spawn(|| {
            yield_now();
            Span::current().is_none()
        });
        yield_now();
        assert!(teem::offload(|| Span::current().is_none()));
        assert!(other.join().expect("it ends"));
        assert!(Span::current().is_none());
    });
}

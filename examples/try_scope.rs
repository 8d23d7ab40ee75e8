//! `try_scope`: several things at once, all of which must succeed. The first that fails stops the
//! others, and its error is the result.
//!
//! ```text
//! cargo run --example try_scope
//! ```

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is there to print")]

use std::fmt;
use std::time::Duration;
use teem::context;
use teem::sync::Mutex;
use teem::time::sleep;

#[derive(Debug, PartialEq)]
struct NotFound(&'static str);

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was not found", self.0)
    }
}

/// Fetches a page, which takes a while, or for ever if it is the one that hangs.
fn fetch(page: &'static str) -> Result<usize, NotFound> {
    match page {
        "missing" => Err(NotFound(page)),
        // Returns early when the scope's context is done.
        "hanging" => {
            sleep(Duration::MAX);
            Ok(0)
        }
        _ => {
            sleep(Duration::from_millis(2));
            Ok(page.len())
        }
    }
}

/// Fetches all pages, at most two at a time, and adds their sizes up.
fn fetch_all(pages: &[&'static str]) -> Result<usize, NotFound> {
    let total = Mutex::new(0);
    teem::try_scope(|scope| {
        scope.limit(2);
        for page in pages {
            scope.spawn(|| {
                *total.lock().expect("not poisoned") += fetch(page)?;
                Ok(())
            });
        }
        Ok(())
    })?;
    Ok(total.into_inner().expect("not poisoned"))
}

fn main() {
    match fetch_all(&["index", "about", "contact"]) {
        Ok(bytes) => println!("fetched {bytes} bytes"),
        Err(error) => println!("failed: {error}"),
    }
    // The one that hangs is stopped, not waited for.
    match fetch_all(&["index", "hanging", "missing", "contact"]) {
        Ok(bytes) => println!("fetched {bytes} bytes"),
        Err(error) => println!("failed: {error}"),
    }
    println!("main was not cancelled: {}", !context::current().is_done());
}

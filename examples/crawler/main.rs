//! Follows the links of a site, so many pages at a time, and tells what came of each.
//!
//! ```text
//! cargo run --release --example crawler -- --url http://127.0.0.1:8080/ [--depth 3] [--at-once 16]
//! ```
//!
//! A task a page. Each attempt has a deadline, which every call in it honours without being told; what
//! may be better the next time is tried again, each time after a longer pause. `page.rs` fetches a
//! page over HTTP/1.1, `link.rs` finds the links in it.

#![forbid(unsafe_code)]

mod link;
mod page;
#[path = "../support/mod.rs"]
mod support;

use link::Site;
use page::Page;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io;
use std::num::{NonZeroU32, NonZeroUsize};
use std::process::ExitCode;
use std::time::Duration;
use support::{Failure, Words, say};
use teem::sync::Mutex;
use teem::time::{sleep, timeout};

const USAGE: &str = "\
usage: crawler --url http://HOST[:PORT]/PATH [--depth N] [--at-once N] [--timeout MILLISECONDS] [--retries N]

Follows the links of a site, without leaving its host, and tells what came of each page.

  --url URL               where to begin
  --depth N               how many links away from there at the most (3)
  --at-once N             how many pages are fetched at once (16)
  --timeout MILLISECONDS  how long an attempt at a page may take (5000)
  --retries N             how often a page is tried again that fails (2)";

/// The pause before the first retry; each other is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// How to fetch.
#[derive(Clone, Copy, Debug)]
struct Manners {
    depth: u32,
    at_once: usize,
    timeout: Duration,
    retries: u32,
}

/// What has come of all pages together.
#[derive(Debug, Default)]
struct Tally {
    pages: usize,
    failed: usize,
    retries: usize,
    /// Links from the pages of this depth.
    links: BTreeSet<String>,
}

/// Fetches a page; again if it makes sense, and as often as manners allow.
fn fetch(site: &Site, path: &str, manners: &Manners, tally: &Mutex<Tally>) -> io::Result<Page> {
    let mut pause = FIRST_PAUSE;
    for _ in 0..manners.retries {
        match timeout(manners.timeout, || page::fetch(site, path)) {
            Ok(page) if page.status < 500 => return Ok(page),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(error),
            _ => {}
        }
        tally.lock().expect("nobody panics with it").retries += 1;
        sleep(pause);
        pause *= 2;
    }
    timeout(manners.timeout, || page::fetch(site, path))
}

/// Visits one page and notes what it links to.
fn visit(site: &Site, path: &str, manners: &Manners, tally: &Mutex<Tally>) {
    let fetched = fetch(site, path, manners, tally);
    let mut tally = tally.lock().expect("nobody panics with it");
    match fetched {
        Ok(page) if page.status == 200 => {
            let links = site.links(path, &page.body);
            let (size, count) = (page.body.len(), links.len());
            say(format_args!("200 {path}: {size} bytes, {count} links"));
            tally.pages += 1;
            tally.links.extend(links);
        }
        Ok(page) => {
            say(format_args!("{} {path}", page.status));
            tally.failed += 1;
        }
        Err(error) => {
            say(format_args!("failed {path}: {error}"));
            tally.failed += 1;
        }
    }
}

/// All pages of one depth, then those they link to that nobody has seen yet.
fn crawl(site: &Site, manners: &Manners) -> Tally {
    let tally = Mutex::new(Tally::default());
    let mut seen = BTreeSet::from([site.path.clone()]);
    let mut next: Vec<String> = vec![site.path.clone()];
    for _ in 0..=manners.depth {
        let visited: Result<(), Infallible> = teem::try_scope(|s| {
            s.limit(manners.at_once);
            for path in &next {
                // Parks while there are as many as there may be.
                s.spawn(|| {
                    visit(site, path, manners, &tally);
                    Ok(())
                });
            }
            Ok(())
        });
        let Ok(()) = visited;
        let links = std::mem::take(&mut tally.lock().expect("nobody has panicked").links);
        next = links
            .into_iter()
            .filter(|link| seen.insert(link.clone()))
            .collect();
        if next.is_empty() {
            break;
        }
    }
    tally.into_inner().expect("nobody has panicked")
}

fn run(words: &mut Words) -> Result<(), Failure> {
    let mut site = None;
    let mut manners = Manners {
        depth: 3,
        at_once: 16,
        timeout: Duration::from_secs(5),
        retries: 2,
    };
    while let Some(flag) = words.flag() {
        match flag.as_str() {
            "--url" => site = Some(words.value::<Site>("an address as http://127.0.0.1:8080/")?),
            "--depth" => manners.depth = words.value("a number")?,
            "--at-once" => {
                manners.at_once = words.value::<NonZeroUsize>("a number from 1 on")?.get();
            }
            "--timeout" => {
                let milliseconds = words.value::<NonZeroU32>("milliseconds, from 1 on")?;
                manners.timeout = Duration::from_millis(milliseconds.get().into());
            }
            "--retries" => manners.retries = words.value("a number")?,
            _ => return Err(words.unknown().into()),
        }
    }
    let site = site.ok_or("--url is missing; see --help")?;
    let tally = teem::run(|| crawl(&site, &manners));
    say(format_args!(
        "{} pages, {} failed, {} tried again",
        tally.pages, tally.failed, tally.retries
    ));
    if tally.pages == 0 {
        return Err("no page could be fetched".into());
    }
    Ok(())
}

fn main() -> ExitCode {
    support::main("crawler", USAGE, run)
}

//! One connection: requests are answered in order, all that have arrived at once with one write.
//!
//! A connection that subscribes to something gets a second task, which writes. From then on all its
//! bytes go that way, replies too, so that they do not mix.

use super::command::{Database, wrong_number};
use super::resp::{Replies, Request, Requests};
use super::topics::Outbox;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use teem::net::TcpStream;

/// How many bytes of replies are gathered before they are sent.
const MOST_GATHERED: usize = 64 << 10;
/// The most topics that a client may listen to.
const MOST_SUBSCRIPTIONS: usize = 1024;
/// How long a client may refuse to take what it has asked for.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);

/// Serves a connection until its end.
pub(crate) fn serve(database: &Database, stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    let mut session = Session {
        database,
        stream: Arc::new(stream),
        replies: Replies::default(),
        outbox: None,
        subscriptions: BTreeSet::new(),
    };
    database.clients.fetch_add(1, Ordering::Relaxed);
    let mut requests = Requests::new();
    while requests.fill(&mut &*session.stream)? > 0 {
        if !session.answer(&mut requests)? {
            session.stream.shutdown(Shutdown::Write)?;
            break;
        }
    }
    Ok(())
}

struct Session<'a> {
    database: &'a Database,
    stream: Arc<TcpStream>,
    /// Not sent yet.
    replies: Replies,
    /// Once there has been a subscription.
    outbox: Option<Arc<Outbox>>,
    subscriptions: BTreeSet<Box<[u8]>>,
}

impl Session<'_> {
    /// Answers what has arrived; false after the last answer.
    fn answer(&mut self, requests: &mut Requests) -> io::Result<bool> {
        let goes_on = loop {
            match requests.next() {
                Ok(Some(request)) if request.get(0).eq_ignore_ascii_case(b"QUIT") => {
                    self.replies.simple("OK");
                    break false;
                }
                Ok(Some(request)) => self.execute(&request)?,
                Ok(None) => break true,
                Err(malformed) => {
                    self.replies.error(format_args!("ERR {malformed}"));
                    break false;
                }
            }
            if self.replies.0.len() > MOST_GATHERED {
                self.send()?;
            }
        };
        self.send()?;
        Ok(goes_on)
    }

    fn send(&mut self) -> io::Result<()> {
        let replies = &mut self.replies.0;
        if !replies.is_empty() {
            match &self.outbox {
                None => (&*self.stream).write_all(replies)?,
                Some(outbox) => outbox.send(replies)?,
            }
            replies.clear();
            replies.shrink_to(MOST_GATHERED);
        }
        Ok(())
    }

    fn execute(&mut self, request: &Request<'_>) -> io::Result<()> {
        let name = request.get(0);
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        if is(b"SUBSCRIBE") {
            return self.subscribe(request);
        } else if is(b"UNSUBSCRIBE") {
            self.unsubscribe(request);
        } else if self.subscriptions.is_empty() {
            self.database.execute(request, &mut self.replies);
        } else if is(b"PING") {
            // A subscriber's client expects nothing but arrays.
            self.replies.array(2);
            self.replies.bulk(b"pong");
            self.replies.bulk(request.from(1).next().unwrap_or(b""));
        } else {
            let name = name.to_ascii_lowercase().escape_ascii().to_string();
            self.replies.error(format_args!(
                "ERR Can't execute '{name}': only (UN)SUBSCRIBE / PING / QUIT are allowed in this context"
            ));
        }
        Ok(())
    }

    fn subscribe(&mut self, request: &Request<'_>) -> io::Result<()> {
        if request.len() < 2 {
            self.replies.error(wrong_number(request.get(0)));
            return Ok(());
        }
        // What was asked for before is answered before.
        self.send()?;
        let outbox = self.outbox.get_or_insert_with(|| {
            let outbox = Arc::new(Outbox::new(Arc::clone(&self.stream)));
            let writer = Arc::clone(&outbox);
            teem::go!(writer.write());
            outbox
        });
        for topic in request.from(1) {
            let is_new = !self.subscriptions.contains(topic);
            if is_new && self.subscriptions.len() == MOST_SUBSCRIPTIONS {
                self.replies.error("ERR too many subscriptions");
                break;
            }
            self.subscriptions.insert(topic.into());
            let mut confirmation = Replies::default();
            confirm(
                &mut confirmation,
                b"subscribe",
                Some(topic),
                self.subscriptions.len(),
            );
            let topics = &self.database.topics;
            topics.subscribe(topic, outbox, confirmation);
        }
        Ok(())
    }

    fn unsubscribe(&mut self, request: &Request<'_>) {
        let named = request.from(1).map(Box::from);
        let topics: Vec<Box<[u8]>> = match request.len() {
            1 => self.subscriptions.iter().cloned().collect(),
            _ => named.collect(),
        };
        if topics.is_empty() {
            confirm(&mut self.replies, b"unsubscribe", None, 0);
        }
        for topic in topics {
            if let Some(outbox) = &self.outbox
                && self.subscriptions.remove(&topic)
            {
                self.database.topics.unsubscribe(&topic, outbox);
            }
            let left = self.subscriptions.len();
            confirm(&mut self.replies, b"unsubscribe", Some(&topic), left);
        }
    }
}

/// The reply to a change of the subscriptions, of which `left` are left.
fn confirm(replies: &mut Replies, kind: &[u8], topic: Option<&[u8]>, left: usize) {
    replies.array(3);
    replies.bulk(kind);
    match topic {
        Some(topic) => replies.bulk(topic),
        None => replies.null(),
    }
    replies.integer(left as i64);
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(outbox) = &self.outbox {
            for topic in &self.subscriptions {
                self.database.topics.unsubscribe(topic, outbox);
            }
            outbox.close();
        }
        self.database.clients.fetch_sub(1, Ordering::Relaxed);
    }
}

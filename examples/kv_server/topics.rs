//! Publish and subscribe: who listens to which channel of the protocol, here called a topic.
//!
//! A publisher never waits. Each subscriber has an [`Outbox`], a bounded queue that a task of its own
//! writes to its connection; one that does not read what it asked for overruns its outbox, and is then
//! disconnected, as Redis does it (`client-output-buffer-limit pubsub`).

use super::resp::Replies;
use std::collections::HashMap;
use std::io::{self, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use teem::chan::{Receiver, Sender, bounded};
use teem::net::TcpStream;
use teem::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The most messages that wait for one subscriber.
const MOST_WAITING: usize = 4096;
/// The most bytes that wait for one subscriber.
const MOST_BYTES_WAITING: usize = 32 << 20;
/// How much is gathered for one write.
const BATCH: usize = 64 << 10;

/// Bytes for a connection, shared by all that get the same.
type Frame = Arc<[u8]>;

/// What waits to be written to a subscriber.
#[derive(Debug)]
pub(crate) struct Outbox {
    stream: Arc<TcpStream>,
    sender: Sender<Frame>,
    receiver: Receiver<Frame>,
    bytes: AtomicUsize,
}

impl Outbox {
    pub(crate) fn new(stream: Arc<TcpStream>) -> Self {
        let (sender, receiver) = bounded(MOST_WAITING);
        Self {
            stream,
            sender,
            receiver,
            bytes: AtomicUsize::new(0),
        }
    }

    /// Queues a frame if there is room, and disconnects the subscriber if not. Never waits.
    fn offer(&self, frame: &Frame) -> bool {
        let waiting = self.bytes.fetch_add(frame.len(), Ordering::Relaxed);
        let fits = waiting + frame.len() <= MOST_BYTES_WAITING || waiting == 0;
        if fits && self.sender.try_send(frame.clone()).is_ok() {
            return true;
        }
        self.close();
        // Whoever reads or writes it wakes up, with an error or at the end.
        let _ = self.stream.shutdown(Shutdown::Both);
        false
    }

    /// Queues the replies to the subscriber itself, and waits for room.
    pub(crate) fn send(&self, replies: &[u8]) -> io::Result<()> {
        self.bytes.fetch_add(replies.len(), Ordering::Relaxed);
        let sent = self.sender.send(replies.into());
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// No more is queued; what is will be written.
    pub(crate) fn close(&self) {
        self.sender.close();
    }

    /// Writes what is queued until the outbox is closed and empty.
    pub(crate) fn write(&self) {
        let mut batch = Vec::new();
        while let Ok(frame) = self.receiver.recv() {
            batch.extend_from_slice(&frame);
            while batch.len() < BATCH
                && let Ok(frame) = self.receiver.try_recv()
            {
                batch.extend_from_slice(&frame);
            }
            self.bytes.fetch_sub(batch.len(), Ordering::Relaxed);
            if (&*self.stream).write_all(&batch).is_err() {
                self.close();
                let _ = self.stream.shutdown(Shutdown::Both);
                return;
            }
            batch.clear();
            batch.shrink_to(BATCH);
        }
    }
}

type Table = HashMap<Box<[u8]>, Vec<Arc<Outbox>>>;

/// The subscribers of each topic that has any.
#[derive(Debug, Default)]
pub(crate) struct Topics(RwLock<Table>);

impl Topics {
    fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.0
            .read()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table> {
        self.0
            .write()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Sends `message` to all subscribers of `topic`, and tells how many these are.
    pub(crate) fn publish(&self, topic: &[u8], message: &[u8]) -> usize {
        let topics = self.read();
        let Some(subscribers) = topics.get(topic) else {
            return 0;
        };
        let mut replies = Replies::default();
        replies.array(3);
        for part in [b"message", topic, message] {
            replies.bulk(part);
        }
        let frame = Frame::from(replies.0);
        let reached = subscribers.iter().filter(|outbox| outbox.offer(&frame));
        reached.count()
    }

    /// Adds a subscriber. `confirmation` comes before the first message.
    pub(crate) fn subscribe(&self, topic: &[u8], outbox: &Arc<Outbox>, confirmation: Replies) {
        let mut topics = self.write();
        outbox.offer(&Frame::from(confirmation.0));
        let subscribers = topics.entry(topic.into()).or_default();
        if !subscribers.iter().any(|other| Arc::ptr_eq(other, outbox)) {
            subscribers.push(Arc::clone(outbox));
        }
    }

    pub(crate) fn unsubscribe(&self, topic: &[u8], outbox: &Arc<Outbox>) {
        let mut topics = self.write();
        if let Some(subscribers) = topics.get_mut(topic) {
            subscribers.retain(|other| !Arc::ptr_eq(other, outbox));
            if subscribers.is_empty() {
                topics.remove(topic);
            }
        }
    }
}

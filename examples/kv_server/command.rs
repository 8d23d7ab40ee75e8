//! What the commands do that are about keys, or about the server.

use super::resp::{Replies, Request, integer};
use super::store::{Condition, Lifetime, NotAdded, Store, TimeLeft};
use super::topics::Topics;
use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const SYNTAX: &str = "ERR syntax error";
const NO_INTEGER: &str = "ERR value is not an integer or out of range";

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) store: Store,
    pub(crate) topics: Topics,
    pub(crate) clients: AtomicUsize,
    begun: Instant,
}

/// What a command does: its replies are appended.
type Command = fn(&Database, &Request<'_>, &mut Replies) -> Result<(), String>;

/// Name, fewest and most arguments with the name, what it does.
const COMMANDS: &[(&str, usize, usize, Command)] = &[
    ("GET", 2, 2, get),
    ("SET", 3, usize::MAX, set),
    ("DEL", 2, usize::MAX, del),
    ("EXISTS", 2, usize::MAX, exists),
    ("INCR", 2, 2, |db, request, out| add(db, request, 1, out)),
    ("DECR", 2, 2, |db, request, out| add(db, request, -1, out)),
    ("EXPIRE", 3, usize::MAX, |db, request, out| {
        expire(db, request, 1000, out)
    }),
    ("PEXPIRE", 3, usize::MAX, |db, request, out| {
        expire(db, request, 1, out)
    }),
    ("TTL", 2, 2, |db, request, out| {
        time_left(
            db,
            request,
            |left| (left.as_millis() as i64 + 500) / 1000,
            out,
        )
    }),
    ("PTTL", 2, 2, |db, request, out| {
        time_left(db, request, |left| left.as_millis() as i64, out)
    }),
    ("PERSIST", 2, 2, persist),
    ("PUBLISH", 3, 3, publish),
    ("PING", 1, 2, ping),
    ("ECHO", 2, 2, echo),
    ("DBSIZE", 1, 1, size),
    ("FLUSHALL", 1, 2, flush),
    ("SELECT", 2, 2, select),
    ("COMMAND", 1, usize::MAX, command),
    ("CONFIG", 2, usize::MAX, config),
    ("INFO", 1, usize::MAX, info),
];

impl Database {
    pub(crate) fn new() -> Self {
        Self {
            store: Store::new(),
            topics: Topics::default(),
            clients: AtomicUsize::new(0),
            begun: Instant::now(),
        }
    }

    /// Does what is asked for and appends the reply, be it an error.
    pub(crate) fn execute(&self, request: &Request<'_>, replies: &mut Replies) {
        let name = request.get(0);
        let known = COMMANDS
            .iter()
            .find(|(known, ..)| name.eq_ignore_ascii_case(known.as_bytes()));
        let result = match known {
            None => Err(unknown(request)),
            Some((_, fewest, most, command)) => {
                if (*fewest..=*most).contains(&request.len()) {
                    command(self, request, replies)
                } else {
                    Err(wrong_number(name))
                }
            }
        };
        if let Err(message) = result {
            replies.error(message);
        }
    }
}

fn unknown(request: &Request<'_>) -> String {
    let text = |bytes: &[u8]| bytes[..bytes.len().min(128)].escape_ascii().to_string();
    let arguments: String = (request.from(1).take(8))
        .map(|argument| format!("'{}' ", text(argument)))
        .collect();
    let name = text(request.get(0));
    format!("ERR unknown command '{name}', with args beginning with: {arguments}")
}

pub(crate) fn wrong_number(name: &[u8]) -> String {
    let name = name.to_ascii_lowercase().escape_ascii().to_string();
    format!("ERR wrong number of arguments for '{name}' command")
}

/// Milliseconds since 1970.
fn now() -> i64 {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH);
    passed.map_or(0, |passed| passed.as_millis() as i64)
}

/// The moment after so many units of as many milliseconds; negative ones have been. `None` where Redis's clock ends.
fn after(count: i64, milliseconds: i64) -> Option<Instant> {
    let left = count.checked_mul(milliseconds)?;
    now().checked_add(left)?;
    Instant::now().checked_add(Duration::from_millis(left.max(0) as u64))
}

/// The moment so many units of as many milliseconds after 1970.
fn at(count: i64, milliseconds: i64) -> Option<Instant> {
    after(count.checked_mul(milliseconds)?.checked_sub(now())?, 1)
}

fn invalid_time(request: &Request<'_>) -> String {
    let name = request.get(0).to_ascii_lowercase();
    format!(
        "ERR invalid expire time in '{}' command",
        name.escape_ascii()
    )
}

fn get(db: &Database, request: &Request<'_>, replies: &mut Replies) -> Result<(), String> {
    db.store
        .get(request.get(1), |value| bulk_or_null(value, replies));
    Ok(())
}

fn bulk_or_null(value: Option<&[u8]>, replies: &mut Replies) {
    match value {
        Some(value) => replies.bulk(value),
        None => replies.null(),
    }
}

/// What `SET` is told behind key and value.
struct SetOptions {
    condition: Condition,
    /// `None`: not said.
    lifetime: Option<Lifetime>,
    /// The reply is what was there before.
    get: bool,
}

fn set_options(request: &Request<'_>) -> Result<SetOptions, String> {
    let mut found = SetOptions {
        condition: Condition::Always,
        lifetime: None,
        get: false,
    };
    let mut options = request.from(3);
    while let Some(option) = options.next() {
        let unsaid = found.lifetime.is_none();
        let mut moment = |of: fn(i64, i64) -> Option<Instant>, milliseconds| {
            let count = integer(options.next().ok_or(SYNTAX)?).ok_or(NO_INTEGER)?;
            let moment = of(count, milliseconds).filter(|_| count > 0);
            let moment = moment.ok_or_else(|| invalid_time(request))?;
            Ok::<_, String>(Some(Lifetime::Until(moment)))
        };
        match option.to_ascii_uppercase().as_slice() {
            b"NX" if found.condition != Condition::IfPresent => {
                found.condition = Condition::IfAbsent;
            }
            b"XX" if found.condition != Condition::IfAbsent => {
                found.condition = Condition::IfPresent;
            }
            b"GET" => found.get = true,
            b"KEEPTTL" if unsaid => found.lifetime = Some(Lifetime::AsBefore),
            b"EX" if unsaid => found.lifetime = moment(after, 1000)?,
            b"PX" if unsaid => found.lifetime = moment(after, 1)?,
            b"EXAT" if unsaid => found.lifetime = moment(at, 1000)?,
            b"PXAT" if unsaid => found.lifetime = moment(at, 1)?,
            _ => return Err(SYNTAX.to_owned()),
        }
    }
    Ok(found)
}

fn set(db: &Database, request: &Request<'_>, replies: &mut Replies) -> Result<(), String> {
    let options = match request.len() {
        3 => SetOptions {
            condition: Condition::Always,
            lifetime: None,
            get: false,
        },
        _ => set_options(request)?,
    };
    let (key, value) = (request.get(1), request.get(2));
    let lifetime = options.lifetime.unwrap_or(Lifetime::Forever);
    let is_set = db
        .store
        .set(key, value, lifetime, options.condition, |before| {
            if options.get {
                bulk_or_null(before, replies);
            }
        });
    if !options.get {
        match is_set {
            true => replies.simple("OK"),
            false => replies.null(),
        }
    }
    Ok(())
}

fn count(keys: impl Iterator<Item = bool>) -> i64 {
    keys.map(i64::from).sum()
}

fn del(db: &Database, request: &Request<'_>, replies: &mut Replies) -> Result<(), String> {
    replies.integer(count(request.from(1).map(|key| db.store.remove(key))));
    Ok(())
}

fn exists(db: &Database, request: &Request<'_>, replies: &mut Replies) -> Result<(), String> {
    replies.integer(count(request.from(1).map(|key| db.store.contains(key))));
    Ok(())
}

fn add(
    db: &Database,
    request: &Request<'_>,
    delta: i64,
    replies: &mut Replies,
) -> Result<(), String> {
    let sum = db
        .store
        .add(request.get(1), delta)
        .map_err(|error| match error {
            NotAdded::NoInteger => NO_INTEGER,
            NotAdded::Overflow => "ERR increment or decrement would overflow",
        })?;
    replies.integer(sum);
    Ok(())
}

fn expire(
    db: &Database,
    request: &Request<'_>,
    milliseconds: i64,
    replies: &mut Replies,
) -> Result<(), String> {
    let [mut nx, mut xx, mut gt, mut lt] = [false; 4];
    for option in request.from(3) {
        match option.to_ascii_uppercase().as_slice() {
            b"NX" => nx = true,
            b"XX" => xx = true,
            b"GT" => gt = true,
            b"LT" => lt = true,
            _ => return Err(format!("ERR Unsupported option {}", option.escape_ascii())),
        }
    }
    if nx && (xx || gt || lt) {
        let message = "ERR NX and XX, GT or LT options at the same time are not compatible";
        return Err(message.to_owned());
    }
    if gt && lt {
        return Err("ERR GT and LT options at the same time are not compatible".to_owned());
    }
    let count = integer(request.get(2)).ok_or(NO_INTEGER)?;
    let deadline = after(count, milliseconds).ok_or_else(|| invalid_time(request))?;
    // A key without a deadline is there for ever, which is later than any.
    let permits = |current: Option<Instant>| {
        let is_later = current.is_some_and(|current| deadline > current);
        let is_earlier = current.is_none_or(|current| deadline < current);
        (!nx || current.is_none())
            && (!xx || current.is_some())
            && (!gt || is_later)
            && (!lt || is_earlier)
    };
    let is_set = db.store.expire(request.get(1), Some(deadline), permits);
    replies.integer(is_set.into());
    Ok(())
}

fn persist(db: &Database, request: &Request<'_>, replies: &mut Replies) -> Result<(), String> {
    let had = |current: Option<Instant>| current.is_some();
    replies.integer(db.store.expire(request.get(1), None, had).into());
    Ok(())
}

fn time_left(
    db: &Database,
    request: &Request<'_>,
    unit: fn(Duration) -> i64,
    replies: &mut Replies,
) -> Result<(), String> {
    replies.integer(match db.store.time_left(request.get(1)) {
        TimeLeft::NoKey => -2,
        TimeLeft::Forever => -1,
        TimeLeft::Left(left) => unit(left),
    });
    Ok(())
}

fn publish(db: &Database, request: &Request<'_>, replies: &mut Replies) -> Result<(), String> {
    let reached = db.topics.publish(request.get(1), request.get(2));
    replies.integer(reached as i64);
    Ok(())
}

fn ping(_: &Database, request: &Request<'_>, replies: &mut Replies) -> Result<(), String> {
    match request.from(1).next() {
        Some(text) => replies.bulk(text),
        None => replies.simple("PONG"),
    }
    Ok(())
}

fn echo(_: &Database, request: &Request<'_>, replies: &mut Replies) -> Result<(), String> {
    replies.bulk(request.get(1));
    Ok(())
}

fn size(db: &Database, _: &Request<'_>, replies: &mut Replies) -> Result<(), String> {
    replies.integer(db.store.len() as i64);
    Ok(())
}

fn flush(db: &Database, _: &Request<'_>, replies: &mut Replies) -> Result<(), String> {
    db.store.clear();
    replies.simple("OK");
    Ok(())
}

fn select(_: &Database, request: &Request<'_>, replies: &mut Replies) -> Result<(), String> {
    if integer(request.get(1)) != Some(0) {
        return Err("ERR DB index is out of range".to_owned());
    }
    replies.simple("OK");
    Ok(())
}

/// Clients ask for it to complete and to explain what a user types.
fn command(_: &Database, request: &Request<'_>, replies: &mut Replies) -> Result<(), String> {
    let is = |name: &str| {
        let first = request.from(1).next();
        first.is_some_and(|first| first.eq_ignore_ascii_case(name.as_bytes()))
    };
    if is("COUNT") {
        replies.integer(COMMANDS.len() as i64);
    } else if is("DOCS") {
        replies.array(0);
    } else {
        replies.array(COMMANDS.len());
        for (name, fewest, most, _) in COMMANDS {
            // Redis has more to say of each; these two a client can count on.
            let arity = if fewest == most { 1 } else { -1 } * *fewest as i64;
            replies.array(2);
            replies.bulk(name.to_ascii_lowercase().as_bytes());
            replies.integer(arity);
        }
    }
    Ok(())
}

/// The settings that clients ask for: nothing is saved, and there is one database.
fn config(_: &Database, request: &Request<'_>, replies: &mut Replies) -> Result<(), String> {
    if !request.get(1).eq_ignore_ascii_case(b"GET") || request.len() < 3 {
        return Err("ERR only CONFIG GET parameter is supported".to_owned());
    }
    let settings = [("save", ""), ("appendonly", "no"), ("databases", "1")];
    let asked = |name: &str| {
        let mut names = request.from(2);
        names.any(|pattern| pattern == b"*" || pattern.eq_ignore_ascii_case(name.as_bytes()))
    };
    let found: Vec<_> = settings.iter().filter(|(name, _)| asked(name)).collect();
    replies.array(2 * found.len());
    for (name, value) in found {
        replies.bulk(name.as_bytes());
        replies.bulk(value.as_bytes());
    }
    Ok(())
}

fn info(db: &Database, _: &Request<'_>, replies: &mut Replies) -> Result<(), String> {
    let metrics = teem::runtime::metrics();
    let mut text = String::new();
    let mut line = |name: &str, value: u64| {
        // Writing to a string does not fail.
        let _ = write!(text, "{name}:{value}\r\n");
    };
    line("uptime_in_seconds", db.begun.elapsed().as_secs());
    let clients = db.clients.load(Ordering::Relaxed);
    line("connected_clients", clients as u64);
    line("keys", db.store.len() as u64);
    line("workers", metrics.workers as u64);
    line("tasks", metrics.tasks as u64);
    line("switches", metrics.switches);
    replies.bulk(format!("# Server\r\n{text}").as_bytes());
    Ok(())
}

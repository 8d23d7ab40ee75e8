//! One run: a process with a limit, and the lines that it printed.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A line of `workload,impl,workers,metric,value,unit,range`.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) implementation: String,
    pub(crate) workers: usize,
    pub(crate) metric: String,
    pub(crate) value: f64,
    pub(crate) unit: String,
}

impl Line {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(',');
        let mut next = || fields.next().map(str::to_owned);
        // The race knows what it has run; teem's name for it may say more.
        next()?;
        Some(Self {
            implementation: next()?,
            workers: next()?.parse().ok()?,
            metric: next()?,
            value: next()?
                .parse()
                .ok()
                .filter(|value: &f64| value.is_finite())?,
            unit: next()?,
        })
    }
}

/// Runs a program and gives back the lines it measured, or in a word why there are none.
pub(crate) fn run(words: &[String], limit: Duration) -> Result<Vec<Line>, String> {
    let (out, error) = output(words, limit)?;
    match error {
        None => Ok(out.lines().filter_map(Line::parse).collect()),
        Some(error) => Err(error),
    }
}

/// What a program has printed, and how it failed if it did.
fn output(words: &[String], limit: Duration) -> Result<(String, Option<String>), String> {
    let [program, words @ ..] = words else {
        return Err("there is nothing to run".to_owned());
    };
    let mut child = Command::new(program)
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let (ended, end) = mpsc::channel();
    let readers = [
        reader(child.stdout.take(), ended.clone()),
        reader(child.stderr.take(), ended),
    ];
    // Both streams end when the process does; what it has started ends with it.
    let deadline = Instant::now() + limit;
    let left = || deadline.saturating_duration_since(Instant::now());
    let in_time = (0..2).all(|_| end.recv_timeout(left()).is_ok());
    if !in_time {
        // It may have ended just now; then `wait` says so at once.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if !in_time {
        return Err(format!("no end after {} s", limit.as_secs()));
    }
    let [out, errors] = readers.map(|reader| reader.join().unwrap_or_default());
    if status.success() {
        return Ok((out, None));
    }
    let said = errors.lines().rev().find(|line| line.contains("failed: "));
    let said = said.or_else(|| errors.lines().find(|line| !line.trim().is_empty()));
    let said = said.unwrap_or("it said nothing").trim();
    let said = said.strip_prefix("failed: ").unwrap_or(said);
    Ok((out, Some(format!("{} ({status})", without_places(said)))))
}

/// Of a file somewhere on this machine, its name is enough.
pub(crate) fn without_places(text: &str) -> String {
    let words = text.split(' ').map(|word| match word.rsplit_once('/') {
        Some((_, name)) if word.starts_with('/') => name,
        _ => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

fn reader(
    stream: Option<impl Read + Send + 'static>,
    ended: mpsc::Sender<()>,
) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut stream) = stream {
            // What could not be read is missing from the lines.
            let _ = stream.read_to_end(&mut text);
        }
        // Whoever waited may have given up.
        let _ = ended.send(());
        String::from_utf8_lossy(&text).into_owned()
    })
}

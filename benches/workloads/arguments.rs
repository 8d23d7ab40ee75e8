//! The command line: one name and options that each take a value.

use std::ffi::OsString;
use std::fmt::Display;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use crate::report::Failure;

/// What `usage` says about the options.
pub(crate) const OPTIONS: &str = "\
options:
  --workers N       workers of teem's runtime (1)
  --tasks N         tasks in all (1,000,000; recursion 1,000)
  --order O         cold_wake: sequential or random (sequential)
  --stack BYTES     parked..: the size of a stack, guard included (65,536)
  --switches N      yields of each task (5,000,000)
  --operations N    round trips, messages, locks or hops (what suits the workload)
  --tickers N       ticker: how many (10,000)
  --rounds N        measurements of each kind (1 to 100, by how long one takes)
  --seconds S       echo, ticker: seconds a measurement (3)
  --warm-up S       echo: seconds before it (1)
  --conns N         echo: connections, one outstanding request each (50)
                    idle_conns: connections in all, spread over processes
  --size BYTES      echo: bytes a request (64)
  --buffer BYTES    echo, idle_conns: of a server's buffer for a connection: 4096 or 20480 (4096)
  --rate R          echo: requests a second, at their times whatever becomes of others (as they are answered)
  --cpus one|two    echo: load on the server's core or on the next one (two)
  --servers A,B,..  echo: of teem, teem_local, teem_cold, teem_wait, teem_steps, teem_idle, raw,
                    raw_two_threads, raw_per_conn_buffer (teem,raw)";

/// The most of what is counted: whatever is computed of it stays within 64 bits.
const MOST: usize = 1_000_000_000;
/// The most tasks, tickers and connections, which all take memory.
const MOST_TASKS: usize = 100_000_000;
/// The most bytes of a request or a stack.
const MOST_BYTES: usize = 1 << 30;
/// The longest measurement.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The options, each with the value it was given or its default.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) name: Option<String>,
    pub(crate) workers: usize,
    tasks: Option<usize>,
    pub(crate) random: bool,
    pub(crate) stack: usize,
    pub(crate) switches: usize,
    /// `None`: what suits the workload.
    pub(crate) operations: Option<u64>,
    pub(crate) tickers: usize,
    /// `None`: what suits the workload.
    pub(crate) rounds: Option<usize>,
    pub(crate) seconds: Duration,
    pub(crate) warm_up: Duration,
    pub(crate) connections: usize,
    pub(crate) size: usize,
    pub(crate) buffer: usize,
    pub(crate) rate: Option<f64>,
    pub(crate) two_cpus: bool,
    pub(crate) servers: Vec<String>,
    /// The core a server is to stay on. For the processes the program starts, so not in `OPTIONS`.
    pub(crate) core: Option<usize>,
    /// Where to connect to: for those processes, too.
    pub(crate) address: Option<SocketAddr>,
}

impl Arguments {
    /// Reads the command line without the program's name. Who asks for help asks for no workload.
    pub(crate) fn parse(words: impl Iterator<Item = OsString>) -> Result<Self, Failure> {
        let mut arguments = Self {
            name: None,
            workers: 1,
            tasks: None,
            random: false,
            stack: 64 << 10,
            switches: 5_000_000,
            operations: None,
            tickers: 10_000,
            rounds: None,
            seconds: Duration::from_secs(3),
            warm_up: Duration::from_secs(1),
            connections: 50,
            size: 64,
            buffer: 4 << 10,
            rate: None,
            two_cpus: true,
            servers: vec!["teem".to_owned(), "raw".to_owned()],
            core: None,
            address: None,
        };
        // Cargo adds `--bench` or, when it runs benches as tests, nothing.
        let words = words.filter(|word| word != "--bench");
        let words: Result<Vec<_>, _> = words.map(OsString::into_string).collect();
        let words =
            words.map_err(|word| Failure::new(format!("the argument {word:?} is not UTF-8")))?;
        if words.iter().any(|word| word == "--help" || word == "-h") {
            return Ok(arguments);
        }
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            if !word.starts_with("--") {
                if let Some(name) = &arguments.name {
                    return Err(Failure::new(format!(
                        "both {name} and {word} are asked for"
                    )));
                }
                arguments.name = Some(word);
                continue;
            }
            let Some(value) = words.next() else {
                return Err(Failure::new(format!("{word} needs a value")));
            };
            arguments.set(&word, &value)?;
        }
        Ok(arguments)
    }

    /// How many tasks, `usual` unless told.
    pub(crate) fn tasks_or(&self, usual: usize) -> usize {
        self.tasks.unwrap_or(usual)
    }

    pub(crate) fn tasks(&self) -> usize {
        self.tasks_or(1_000_000)
    }

    fn set(&mut self, option: &str, value: &str) -> Result<(), Failure> {
        match option {
            "--workers" => self.workers = count(option, value, MOST)?,
            "--tasks" => self.tasks = Some(count(option, value, MOST_TASKS)?),
            "--order" => {
                self.random = match value {
                    "sequential" => false,
                    "random" => true,
                    _ => return Err(Failure::new(format!("there is no order {value}"))),
                }
            }
            "--stack" => self.stack = count(option, value, MOST_BYTES)?,
            "--switches" => self.switches = count(option, value, MOST)?,
            "--operations" => self.operations = Some(count(option, value, MOST)? as u64),
            "--tickers" => self.tickers = count(option, value, MOST_TASKS)?,
            "--rounds" => self.rounds = Some(count(option, value, MOST)?),
            "--seconds" => self.seconds = seconds(option, value)?,
            "--warm-up" => self.warm_up = seconds(option, value)?,
            "--conns" => self.connections = count(option, value, MOST_TASKS)?,
            "--size" => self.size = count(option, value, MOST_BYTES)?,
            "--buffer" => self.buffer = count(option, value, MOST)?,
            "--rate" => self.rate = Some(count(option, value, MOST)? as f64),
            "--cpus" => {
                self.two_cpus = match value {
                    "one" => false,
                    "two" => true,
                    _ => return Err(Failure::new(format!("{option} is one or two, not {value}"))),
                }
            }
            "--servers" => self.servers = value.split(',').map(str::to_owned).collect(),
            "--address" => self.address = Some(number(option, value)?),
            "--core" => self.core = Some(number(option, value)?),
            _ => return Err(Failure::new(format!("there is no option {option}"))),
        }
        Ok(())
    }
}

/// A number from 1 to `most`.
fn count(option: &str, value: &str, most: usize) -> Result<usize, Failure> {
    // 1_000_000 and 1,000,000 are easier to count than 1000000.
    let digits: String = value.chars().filter(|c| !matches!(c, '_' | ',')).collect();
    match number(option, &digits)? {
        0 => Err(Failure::new(format!("{option} is at least 1"))),
        count if count > most => Err(Failure::new(format!("{option} is at most {most}"))),
        count => Ok(count),
    }
}

fn seconds(option: &str, value: &str) -> Result<Duration, Failure> {
    let seconds = number(option, value)?;
    let duration = Duration::try_from_secs_f64(seconds)
        .map_err(|error| Failure::new(format!("{option} {value}: {error}")))?;
    if duration > DAY {
        return Err(Failure::new(format!("{option} is at most a day")));
    }
    Ok(duration)
}

fn number<T: FromStr<Err: Display>>(option: &str, value: &str) -> Result<T, Failure> {
    value
        .parse()
        .map_err(|error| Failure::new(format!("{option} {value}: {error}")))
}

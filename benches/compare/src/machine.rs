//! What the head of the report says of the machine.

use std::fs;
use std::process::Command;
use std::thread;

/// What was there before anything was built.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cpus: usize,
    pub(crate) memory: String,
    pub(crate) system: String,
    /// The load averages of the last minutes: others that were at work.
    pub(crate) load: String,
    pub(crate) date: String,
}

impl Machine {
    pub(crate) fn look() -> Self {
        let field = |file: &str, name: &str| {
            let text = fs::read_to_string(file).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(name));
            let value = line.and_then(|line| line.split_once(':'));
            value.map(|(_, value)| value.trim().to_owned())
        };
        let kibibytes = field("/proc/meminfo", "MemTotal");
        let kibibytes = kibibytes.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
        let virtualised = field("/proc/cpuinfo", "flags")
            .is_some_and(|flags| flags.split(' ').any(|flag| flag == "hypervisor"));
        let processor = field("/proc/cpuinfo", "model name")
            .unwrap_or_else(|| first_line("uname", &["-m"]).unwrap_or_default());
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            processor: processor + if virtualised { ", virtualised" } else { "" },
            cpus: thread::available_parallelism().map_or(1, usize::from),
            memory: kibibytes.map_or_else(
                || "unknown".to_owned(),
                |kibibytes| format!("{:.0} GiB", kibibytes / f64::from(1 << 20)),
            ),
            system: first_line("uname", &["-srm"]).unwrap_or_default(),
            load: load.split(' ').take(3).collect::<Vec<_>>().join(" "),
            date: first_line("date", &["-u", "+%Y-%m-%d %H:%M UTC"]).unwrap_or_default(),
        }
    }
}

/// The first line that a command prints, on whichever of its two outputs; `None` if it fails.
pub(crate) fn first_line(program: &str, words: &[&str]) -> Option<String> {
    let output = Command::new(program).args(words).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text.lines().next()?.trim().to_owned();
    output.status.success().then_some(line)
}

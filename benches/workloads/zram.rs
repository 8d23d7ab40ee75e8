//! Swap on a device of zram, for as long as a workload needs it. Takes the rights of root.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::report::Failure;

/// The most that a device may hold.
const BYTES: u64 = 16 << 30;

/// What a shell does about the device `$0` when its input ends. It fails when the device is still there.
const REMOVE: &str = r#"
trap '' HUP INT TERM
read -r _
# Fails when it was never swapped on.
swapoff "/dev/zram$0" 2> /dev/null
echo "$0" > /sys/class/zram-control/hot_remove
"#;

/// A device that is swapped on; dropping it swaps it off and removes it.
///
/// That is done by a process of its own, whose input ends when the value is dropped, and when this process is ended
/// by a signal.
#[derive(Debug)]
pub(crate) struct Zram {
    number: String,
    remover: Child,
}

impl Zram {
    /// Adds a device, whose bytes take memory only as they are used, before all other swaps.
    ///
    /// # Errors
    ///
    /// What went wrong; there is no device left then.
    pub(crate) fn set_up() -> io::Result<Self> {
        // Reading this file adds a device.
        let number = fs::read_to_string("/sys/class/zram-control/hot_add")?;
        let number = number.trim().to_owned();
        let remover = Command::new("sh")
            .args(["-c", REMOVE, &number])
            .stdin(Stdio::piped())
            // Ctrl-C at a terminal goes to this process's group.
            .process_group(0)
            .spawn()
            .inspect_err(|_| drop(fs::write("/sys/class/zram-control/hot_remove", &number)))?;
        let zram = Self { number, remover };
        fs::write(zram.file("disksize"), BYTES.to_string())?;
        let device = zram.device();
        run("mkswap", &[&device])?;
        run("swapon", &["--priority", "32767", &device])?;
        Ok(zram)
    }

    /// The memory that it takes now: what is compressed, and what the allocator of that needs beside it.
    pub(crate) fn used(&self) -> Result<u64, Failure> {
        let table = fs::read_to_string(self.file("mm_stat"))?;
        let used = table.split_whitespace().nth(2);
        used.and_then(|used| used.parse().ok())
            .ok_or_else(|| Failure::new("zram does not tell what it uses"))
    }

    fn device(&self) -> String {
        format!("/dev/zram{}", self.number)
    }

    fn file(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/sys/block/zram{}/{name}", self.number))
    }
}

impl Drop for Zram {
    fn drop(&mut self) {
        drop(self.remover.stdin.take());
        if !self.remover.wait().is_ok_and(|status| status.success()) {
            eprintln!("{} could not be removed", self.device());
        }
    }
}

fn run(program: &str, arguments: &[&str]) -> io::Result<()> {
    let output = Command::new(program).args(arguments).output()?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{program}: {}", text.trim())))
}

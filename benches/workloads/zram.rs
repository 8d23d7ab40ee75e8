//! Swap on a device of zram, for as long as a workload needs it. Takes the rights of root.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use crate::report::Failure;

/// The most that a device may hold.
const BYTES: u64 = 16 << 30;

/// A device that is swapped on; dropping it swaps it off and removes it.
#[derive(Debug)]
pub(crate) struct Zram {
    number: String,
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
        let zram = Self {
            number: number.trim().to_owned(),
        };
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
        // Fails when it was never swapped on.
        let _ = run("swapoff", &[&self.device()]);
        if let Err(error) = fs::write("/sys/class/zram-control/hot_remove", &self.number) {
            eprintln!("{} could not be removed: {error}", self.device());
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

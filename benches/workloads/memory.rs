//! What this process takes of the machine's memory, as Linux counts it.

use std::fs;

use crate::report::Failure;

/// Bytes resident now and, beside them, the page tables: what a parked task really costs.
///
/// # Errors
///
/// Where there is no `/proc/self/status` with these fields, as on other systems.
pub(crate) fn resident_and_page_tables() -> Result<u64, Failure> {
    Ok(status("VmRSS")? + status("VmPTE")?)
}

/// Bytes resident when they were most.
///
/// # Errors
///
/// As [`resident_and_page_tables`].
pub(crate) fn peak_resident() -> Result<u64, Failure> {
    status("VmHWM")
}

fn status(field: &str) -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kibibytes = status.lines().find_map(|line| {
        let value = line.strip_prefix(field)?.strip_prefix(':')?;
        value.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    });
    match kibibytes {
        Some(kibibytes) => Ok(kibibytes * 1024),
        None => Err(Failure::new(format!("no {field} in /proc/self/status"))),
    }
}

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

/// The same of another process.
pub(crate) fn resident_and_page_tables_of(process: u32) -> Result<u64, Failure> {
    let path = format!("/proc/{process}/status");
    Ok(field(&path, "VmRSS")? + field(&path, "VmPTE")?)
}

/// Bytes that the kernel keeps its own objects in, those of the whole system.
pub(crate) fn kernel_objects() -> Result<u64, Failure> {
    field("/proc/meminfo", "Slab")
}

/// Bytes resident when they were most.
///
/// # Errors
///
/// As [`resident_and_page_tables`].
pub(crate) fn peak_resident() -> Result<u64, Failure> {
    status("VmHWM")
}

fn status(name: &str) -> Result<u64, Failure> {
    field("/proc/self/status", name)
}

fn field(path: &str, name: &str) -> Result<u64, Failure> {
    let kibibytes = fs::read_to_string(path)?.lines().find_map(|line| {
        let value = line.strip_prefix(name)?.strip_prefix(':')?;
        value.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    });
    match kibibytes {
        Some(kibibytes) => Ok(kibibytes * 1024),
        None => Err(Failure::new(format!("no {name} in {path}"))),
    }
}

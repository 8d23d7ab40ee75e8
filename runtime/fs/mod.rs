//! Files: `std::fs`, with calls that park the task instead of blocking its thread.
//!
//! The names, the signatures and what they do are std's. What never touches a disk ([`Metadata`] and
//! its kin) *is* std's and is re-exported here.
//!
//! ```
//! use std::io::{BufRead, BufReader};
//! use teem::fs::{self, File};
//!
//! # let directory = std::env::temp_dir().join(format!("teem-fs-{}", std::process::id()));
//! # let path = directory.join("lines");
//! # fs::create_dir_all(&directory)?;
//! fs::write(&path, "one\ntwo\n")?;
//! let count = teem::run(|| {
//!     let file = BufReader::new(File::open(&path)?);
//!     std::io::Result::Ok(file.lines().count())
//! });
//! assert_eq!(count?, 2);
//! # fs::remove_dir_all(&directory)?;
//! # std::io::Result::Ok(())
//! ```
//!
//! # Which call waits, and how
//!
//! The system does not say when a disk has answered, so there is nothing to poll. In a task each call that may
//! reach a disk runs on a thread of the blocking pool, as by [`offload`](crate::offload), and the task is parked
//! meanwhile; outside a task it runs where it is. On Linux a [`read`](std::io::Read::read) first takes what
//! is in memory, without the trip. Seeking, duplicating and unlocking never wait and are made in place.
//!
//! The trip costs more than a small call does: read and write by large pieces, or through
//! [`BufReader`](std::io::BufReader) and [`BufWriter`](std::io::BufWriter). [`read`], [`read_to_string`],
//! [`write()`] and `read_to_end` of a file are one trip each.
//!
//! # Cancellation
//!
//! In a context that is done each of these calls fails at once, with an error for which
//! [`context::cause_of`](crate::context::cause_of) finds the cause, and has done nothing. A call that has begun is not
//! cut: the system has the buffer. That holds for [`File::lock`], too, which may wait for long.

mod dir;
mod file;
mod options;
pub(crate) mod unix;

pub use dir::{DirEntry, ReadDir};
pub use file::File;
pub use options::{DirBuilder, OpenOptions};
pub use std::fs::{FileTimes, FileType, Metadata, Permissions, TryLockError};

use crate::scheduler::offload_fallible;
use std::io;
use std::path::{Path, PathBuf};

/// A function of std's that takes paths, on the blocking pool.
macro_rules! on_paths {
    ($($(#[$meta:meta])* $name:ident($($path:ident: $type:ident),+) -> $result:ty;)*) => {
        $(
            $(#[$meta])*
            ///
            /// Parks the task until it is done; outside a task blocks the thread.
            ///
            /// # Errors
            ///
            /// As std's.
            ///
            /// # Cancellation
            ///
            /// Fails before it begins, see the [module](self#cancellation).
            pub fn $name<$($type: AsRef<Path>),+>($($path: $type),+) -> io::Result<$result> {
                let ($($path,)+) = ($($path.as_ref(),)+);
                offload_fallible(|| std::fs::$name($($path),+))
            }
        )*
    };
}

on_paths! {
    /// The absolute form of a path, without symbolic links and dots.
    canonicalize(path: P) -> PathBuf;
    /// Copies the contents and the permissions of a file; the number of bytes.
    copy(from: P, to: Q) -> u64;
    /// Makes a directory.
    create_dir(path: P) -> ();
    /// Makes a directory and all that it lies in.
    create_dir_all(path: P) -> ();
    /// Whether there is something at a path.
    exists(path: P) -> bool;
    /// Makes another name for a file.
    hard_link(original: P, link: Q) -> ();
    /// What is known of a file; symbolic links are followed.
    metadata(path: P) -> Metadata;
    /// The contents of a file.
    read(path: P) -> Vec<u8>;
    /// Where a symbolic link points to.
    read_link(path: P) -> PathBuf;
    /// The contents of a file, as a string.
    read_to_string(path: P) -> String;
    /// Removes an empty directory.
    remove_dir(path: P) -> ();
    /// Removes a directory and all that is in it. Symbolic links are not followed.
    remove_dir_all(path: P) -> ();
    /// Removes a file.
    remove_file(path: P) -> ();
    /// Gives a file another name, and replaces what was there.
    rename(from: P, to: Q) -> ();
    /// What is known of a file; of a symbolic link, if it is one.
    symlink_metadata(path: P) -> Metadata;
}

/// Makes a symbolic link. Std has deprecated it for
/// [`os::unix::fs::symlink`](crate::os::unix::fs::symlink), which is the same.
///
/// # Errors
///
/// As std's.
///
/// # Cancellation
///
/// Fails before it begins, see the [module](self#cancellation).
#[deprecated(note = "replaced with teem::os::unix::fs::symlink")]
pub fn soft_link<P: AsRef<Path>, Q: AsRef<Path>>(original: P, link: Q) -> io::Result<()> {
    unix::symlink(original, link)
}

/// What a directory has in it, in no order.
///
/// Parks the task until it is open; outside a task blocks the thread.
///
/// # Errors
///
/// As std's.
///
/// # Cancellation
///
/// Fails before it begins, see the [module](self#cancellation).
pub fn read_dir<P: AsRef<Path>>(path: P) -> io::Result<ReadDir> {
    let path = path.as_ref();
    let entries = offload_fallible(|| std::fs::read_dir(path))?;
    Ok(ReadDir::new(entries))
}

/// Changes the permissions of a file.
///
/// Parks the task until it is done; outside a task blocks the thread.
///
/// # Errors
///
/// As std's.
///
/// # Cancellation
///
/// Fails before it begins, see the [module](self#cancellation).
pub fn set_permissions<P: AsRef<Path>>(path: P, perm: Permissions) -> io::Result<()> {
    let path = path.as_ref();
    offload_fallible(|| std::fs::set_permissions(path, perm))
}

/// Writes a file, in place of what was there.
///
/// Parks the task until it is done; outside a task blocks the thread.
///
/// # Errors
///
/// As std's.
///
/// # Cancellation
///
/// Fails before it begins, see the [module](self#cancellation).
pub fn write<P: AsRef<Path>, C: AsRef<[u8]>>(path: P, contents: C) -> io::Result<()> {
    let (path, contents) = (path.as_ref(), contents.as_ref());
    offload_fallible(|| std::fs::write(path, contents))
}

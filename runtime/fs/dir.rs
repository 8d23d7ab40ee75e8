//! What a directory has in it.
//!
//! Entries are fetched by the dozen: the trip to the blocking pool would cost more than the entry does.

use super::{FileType, Metadata};
use crate::scheduler::offload_fallible;
use std::ffi::OsString;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::path::PathBuf;
use std::{fmt, io, mem, vec};

/// Entries that one trip to the blocking pool brings.
const BATCH: usize = 64;

/// The entries of a directory: `std::fs::ReadDir`, which parks the task now and then.
///
/// In a context that is done it gives an error instead of fetching more entries, and then nothing: who takes no notice
/// of errors (`flatten`) comes to an end. It can go on when it is in another.
pub struct ReadDir {
    /// Nothing, once the end is reached.
    inner: Option<std::fs::ReadDir>,
    fetched: vec::IntoIter<io::Result<std::fs::DirEntry>>,
    /// The last thing that it gave was the error of a context.
    was_cut: bool,
    /// What `Debug` shows.
    path: String,
}

impl ReadDir {
    pub(super) fn new(inner: std::fs::ReadDir) -> Self {
        Self {
            path: format!("{inner:?}"),
            inner: Some(inner),
            fetched: Vec::new().into_iter(),
            was_cut: false,
        }
    }
}

impl Iterator for ReadDir {
    type Item = io::Result<DirEntry>;

    fn next(&mut self) -> Option<io::Result<DirEntry>> {
        if self.fetched.len() == 0 {
            let inner = self.inner.as_mut()?;
            let fetch = || Ok(inner.take(BATCH).collect::<Vec<_>>());
            match offload_fallible(fetch) {
                Ok(batch) => self.fetched = batch.into_iter(),
                Err(error) => {
                    let told = mem::replace(&mut self.was_cut, true);
                    return (!told).then_some(Err(error));
                }
            }
            self.was_cut = false;
            if self.fetched.len() == 0 {
                // Closing it may wait, too, but not for a disk.
                drop(mem::take(&mut self.inner));
            }
        }
        let entry = self.fetched.next()?;
        Some(entry.map(DirEntry))
    }
}

// Entries that were fetched and errors in their places are only given out.
impl UnwindSafe for ReadDir {}
impl RefUnwindSafe for ReadDir {}

impl fmt::Debug for ReadDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// An entry of a directory: `std::fs::DirEntry`, whose questions to the disk park the task.
pub struct DirEntry(pub(super) std::fs::DirEntry);

impl DirEntry {
    /// The path: that of the directory and the name.
    pub fn path(&self) -> PathBuf {
        self.0.path()
    }

    /// What is known of the file; of a symbolic link, if it is one.
    ///
    /// Parks the task until it is there; outside a task blocks the thread.
    ///
    /// # Errors
    ///
    /// As std's.
    ///
    /// # Cancellation
    ///
    /// Fails before it begins, see the [module](super#cancellation).
    pub fn metadata(&self) -> io::Result<Metadata> {
        offload_fallible(|| self.0.metadata())
    }

    /// What kind of file it is. Most file systems tell with the name; others have to be asked, on the
    /// blocking pool.
    ///
    /// # Errors
    ///
    /// As std's.
    ///
    /// # Cancellation
    ///
    /// Fails before it begins, see the [module](super#cancellation).
    pub fn file_type(&self) -> io::Result<FileType> {
        offload_fallible(|| self.0.file_type())
    }

    /// The name.
    pub fn file_name(&self) -> OsString {
        self.0.file_name()
    }
}

impl fmt::Debug for DirEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

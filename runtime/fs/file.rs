//! An open file: `std::fs::File` for tasks.

use super::{FileTimes, Metadata, OpenOptions, Permissions, TryLockError};
use crate::scheduler::{self, offload_fallible};
use crate::sys::file as sys;
use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, IsTerminal, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;

type Std = std::fs::File;

/// An open file: `std::fs::File`, whose calls park the task.
///
/// `&File` reads and writes too. Which call waits how is told in the [module](super).
///
/// # Examples
///
/// ```
/// use std::io::{Read, Seek, Write};
/// use teem::fs::File;
///
/// # let path = std::env::temp_dir().join(format!("teem-file-{}", std::process::id()));
/// let text = teem::run(|| {
///     let mut file = File::options().read(true).write(true).create(true).open(&path)?;
///     file.write_all(b"to and fro")?;
///     file.rewind()?;
///     std::io::read_to_string(file)
/// })?;
/// assert_eq!(text, "to and fro");
/// # std::fs::remove_file(path)?;
/// # std::io::Result::Ok(())
/// ```
pub struct File {
    inner: Std,
}

/// Methods of std's that may touch the disk.
macro_rules! offloaded {
    ($($(#[$meta:meta])* $name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
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
            /// Fails before it begins, see the [module](super#cancellation).
            pub fn $name(&self, $($argument: $type),*) -> io::Result<$result> {
                offload_fallible(|| self.inner.$name($($argument),*))
            }
        )*
    };
}

impl File {
    /// Opens a file for reading.
    ///
    /// Parks the task until it is open; outside a task blocks the thread.
    ///
    /// # Errors
    ///
    /// As std's.
    ///
    /// # Cancellation
    ///
    /// Fails before it begins, see the [module](super#cancellation).
    pub fn open<P: AsRef<Path>>(path: P) -> io::Result<File> {
        Self::options().read(true).open(path)
    }

    /// Opens a file for writing: a new one, or one that is there and is emptied.
    ///
    /// Parks the task until it is open; outside a task blocks the thread.
    ///
    /// # Errors
    ///
    /// As std's.
    ///
    /// # Cancellation
    ///
    /// Fails before it begins, see the [module](super#cancellation).
    pub fn create<P: AsRef<Path>>(path: P) -> io::Result<File> {
        let mut options = Self::options();
        options.write(true).create(true).truncate(true).open(path)
    }

    /// Opens a new file for reading and writing.
    ///
    /// Parks the task until it is open; outside a task blocks the thread.
    ///
    /// # Errors
    ///
    /// `AlreadyExists`, and as std's.
    ///
    /// # Cancellation
    ///
    /// Fails before it begins, see the [module](super#cancellation).
    pub fn create_new<P: AsRef<Path>>(path: P) -> io::Result<File> {
        let mut options = Self::options();
        options.read(true).write(true).create_new(true).open(path)
    }

    /// A way to open files by options: [`OpenOptions::new`].
    pub fn options() -> OpenOptions {
        OpenOptions::new()
    }

    pub(crate) fn std(&self) -> &Std {
        &self.inner
    }

    offloaded! {
        /// Has all that was written reach the disk, and what is known of the file, too.
        sync_all() -> ();
        /// Has all that was written reach the disk.
        sync_data() -> ();
        /// Locks the file exclusively. Waits until nobody else has it locked, and no context cuts
        /// that: a thread of the pool is taken all the while.
        lock() -> ();
        /// Locks the file together with others. Otherwise as [`lock`](Self::lock).
        lock_shared() -> ();
        /// Cuts the file, or extends it by zeros, to `size` bytes.
        set_len(size: u64) -> ();
        /// What is known of the file.
        metadata() -> Metadata;
        /// Changes the permissions of the file.
        set_permissions(perm: Permissions) -> ();
        /// Changes the times of the file.
        set_times(times: FileTimes) -> ();
        /// Changes the time of the last modification.
        set_modified(time: SystemTime) -> ();
    }

    /// Locks the file exclusively if nobody else has it locked. Never parks.
    ///
    /// # Errors
    ///
    /// `WouldBlock`, and as std's.
    pub fn try_lock(&self) -> Result<(), TryLockError> {
        self.inner.try_lock()
    }

    /// Locks the file together with others if nobody has it locked exclusively. Never parks.
    ///
    /// # Errors
    ///
    /// `WouldBlock`, and as std's.
    pub fn try_lock_shared(&self) -> Result<(), TryLockError> {
        self.inner.try_lock_shared()
    }

    /// Ends a lock. Never parks.
    ///
    /// # Errors
    ///
    /// As std's.
    pub fn unlock(&self) -> io::Result<()> {
        self.inner.unlock()
    }

    /// A second handle to the same open file, position included. Never parks.
    ///
    /// # Errors
    ///
    /// Too many open files.
    pub fn try_clone(&self) -> io::Result<File> {
        self.inner.try_clone().map(File::from)
    }

    /// Whether this is a terminal. (The trait that std has for it is sealed.)
    pub fn is_terminal(&self) -> bool {
        self.inner.is_terminal()
    }
}

impl Read for &File {
    /// Parks the task until there is something to read; outside a task blocks the thread. 0 is the
    /// end of the file.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        scheduler::check_cancelled()?;
        if let Some(running) = scheduler::running()
            && let Some(read) = sys::read_cached(self.inner.as_fd(), buf)
        {
            running.spend_budget();
            return Ok(read);
        }
        offload_fallible(|| (&self.inner).read(buf))
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        offload_fallible(|| (&self.inner).read_vectored(bufs))
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        offload_fallible(|| (&self.inner).read_to_end(buf))
    }

    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        offload_fallible(|| (&self.inner).read_to_string(buf))
    }
}

impl Write for &File {
    /// Parks the task until it is done; outside a task blocks the thread.
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        offload_fallible(|| (&self.inner).write(buf))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        offload_fallible(|| (&self.inner).write_vectored(bufs))
    }

    /// Does nothing: nothing is buffered here.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for &File {
    /// Never parks.
    fn seek(&mut self, pos: SeekFrom) -> io::Result<u64> {
        (&self.inner).seek(pos)
    }
}

impl Read for File {
    /// As that of `&File`.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        (&*self).read_vectored(bufs)
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        (&*self).read_to_end(buf)
    }

    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        (&*self).read_to_string(buf)
    }
}

impl Write for File {
    /// As that of `&File`.
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        (&*self).write(buf)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        (&*self).write_vectored(bufs)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for File {
    /// Never parks.
    fn seek(&mut self, pos: SeekFrom) -> io::Result<u64> {
        (&*self).seek(pos)
    }
}

impl From<Std> for File {
    fn from(inner: Std) -> Self {
        Self { inner }
    }
}

impl From<File> for Std {
    fn from(file: File) -> Self {
        file.inner
    }
}

impl From<OwnedFd> for File {
    fn from(fd: OwnedFd) -> Self {
        Std::from(fd).into()
    }
}

impl From<File> for OwnedFd {
    fn from(file: File) -> Self {
        file.inner.into()
    }
}

impl From<File> for Stdio {
    fn from(file: File) -> Self {
        file.inner.into()
    }
}

impl FromRawFd for File {
    unsafe fn from_raw_fd(fd: RawFd) -> Self {
        // SAFETY: passed on.
        unsafe { Std::from_raw_fd(fd) }.into()
    }
}

impl IntoRawFd for File {
    fn into_raw_fd(self) -> RawFd {
        self.inner.into_raw_fd()
    }
}

impl AsFd for File {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl AsRawFd for File {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

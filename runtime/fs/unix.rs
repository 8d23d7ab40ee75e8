//! `std::os::unix::fs`: what files have on unix alone.

use super::{DirBuilder, DirEntry, File, OpenOptions};
use crate::scheduler::offload_fallible;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs as std_unix;
use std::path::Path;

pub use std_unix::{FileTypeExt, MetadataExt, PermissionsExt};

/// Reading and writing at a position, without moving that of the file.
///
/// # Examples
///
/// ```
/// use teem::fs::File;
/// use teem::os::unix::fs::FileExt;
///
/// # let path = std::env::temp_dir().join(format!("teem-at-{}", std::process::id()));
/// let file = File::create_new(&path)?;
/// file.write_all_at(b"hello", 3)?;
/// let mut middle = [0; 3];
/// teem::run(|| file.read_exact_at(&mut middle, 4))?;
/// assert_eq!(&middle, b"ell");
/// # std::fs::remove_file(path)?;
/// # std::io::Result::Ok(())
/// ```
pub trait FileExt {
    /// Reads at `offset`; how many bytes. Parks the task; outside a task blocks the thread.
    ///
    /// # Errors
    ///
    /// As std's.
    ///
    /// # Cancellation
    ///
    /// Fails before it begins, see [`fs`](crate::fs#cancellation).
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes at `offset`; how many bytes. Parks the task; outside a task blocks the thread.
    ///
    /// # Errors
    ///
    /// As std's.
    ///
    /// # Cancellation
    ///
    /// Fails before it begins, see [`fs`](crate::fs#cancellation).
    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize>;

    /// Fills `buf` from `offset` on, as [`read_at`](Self::read_at) in one trip to the blocking pool.
    ///
    /// # Errors
    ///
    /// `UnexpectedEof`, and as std's.
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes all of `buf` from `offset` on, as [`write_at`](Self::write_at) in one trip to the blocking pool.
    ///
    /// # Errors
    ///
    /// As std's.
    fn write_all_at(&self, buf: &[u8], offset: u64) -> io::Result<()>;
}

impl FileExt for File {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        offload_fallible(|| std_unix::FileExt::read_at(self.std(), buf, offset))
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<usize> {
        offload_fallible(|| std_unix::FileExt::write_at(self.std(), buf, offset))
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        offload_fallible(|| std_unix::FileExt::read_exact_at(self.std(), buf, offset))
    }

    fn write_all_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        offload_fallible(|| std_unix::FileExt::write_all_at(self.std(), buf, offset))
    }
}

/// Options of opening that only unix has.
pub trait OpenOptionsExt {
    /// The permissions of a file that is made.
    fn mode(&mut self, mode: u32) -> &mut Self;

    /// Flags for `open` beside those of the other options.
    fn custom_flags(&mut self, flags: i32) -> &mut Self;
}

impl OpenOptionsExt for OpenOptions {
    fn mode(&mut self, mode: u32) -> &mut Self {
        std_unix::OpenOptionsExt::mode(&mut self.0, mode);
        self
    }

    fn custom_flags(&mut self, flags: i32) -> &mut Self {
        std_unix::OpenOptionsExt::custom_flags(&mut self.0, flags);
        self
    }
}

/// Options of making directories that only unix has.
pub trait DirBuilderExt {
    /// The permissions of a directory that is made.
    fn mode(&mut self, mode: u32) -> &mut Self;
}

impl DirBuilderExt for DirBuilder {
    fn mode(&mut self, mode: u32) -> &mut Self {
        std_unix::DirBuilderExt::mode(&mut self.0, mode);
        self
    }
}

/// What an entry of a directory tells on unix alone.
pub trait DirEntryExt {
    /// The number of the file in its file system.
    fn ino(&self) -> u64;
}

impl DirEntryExt for DirEntry {
    fn ino(&self) -> u64 {
        std_unix::DirEntryExt::ino(&self.0)
    }
}

/// Makes a symbolic link. Parks the task; outside a task blocks the thread.
///
/// # Errors
///
/// As std's.
pub fn symlink<P: AsRef<Path>, Q: AsRef<Path>>(original: P, link: Q) -> io::Result<()> {
    let (original, link) = (original.as_ref(), link.as_ref());
    offload_fallible(|| std_unix::symlink(original, link))
}

/// Changes the owner and the group of a file. Parks the task; outside a task blocks the thread.
///
/// # Errors
///
/// As std's.
pub fn chown<P: AsRef<Path>>(dir: P, uid: Option<u32>, gid: Option<u32>) -> io::Result<()> {
    let path = dir.as_ref();
    offload_fallible(|| std_unix::chown(path, uid, gid))
}

/// [`chown`] of an open file.
///
/// # Errors
///
/// As std's.
pub fn fchown<F: AsFd>(fd: F, uid: Option<u32>, gid: Option<u32>) -> io::Result<()> {
    let fd = fd.as_fd();
    offload_fallible(|| std_unix::fchown(fd, uid, gid))
}

/// [`chown`] that does not follow symbolic links.
///
/// # Errors
///
/// As std's.
pub fn lchown<P: AsRef<Path>>(dir: P, uid: Option<u32>, gid: Option<u32>) -> io::Result<()> {
    let path = dir.as_ref();
    offload_fallible(|| std_unix::lchown(path, uid, gid))
}

/// Changes the root directory of the process. Parks the task; outside a task blocks the thread.
///
/// # Errors
///
/// As std's.
pub fn chroot<P: AsRef<Path>>(dir: P) -> io::Result<()> {
    let path = dir.as_ref();
    offload_fallible(|| std_unix::chroot(path))
}

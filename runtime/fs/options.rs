//! How files are opened and directories are made.

use super::File;
use crate::scheduler::offload_fallible;
use std::io;
use std::path::Path;

/// How a file is to be opened: `std::fs::OpenOptions`, whose [`open`](Self::open) parks the task.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use teem::fs::{self, OpenOptions};
///
/// # let path = std::env::temp_dir().join(format!("teem-options-{}", std::process::id()));
/// for line in ["one\n", "two\n"] {
///     let mut log = OpenOptions::new().append(true).create(true).open(&path)?;
///     log.write_all(line.as_bytes())?;
/// }
/// assert_eq!(fs::read_to_string(&path)?, "one\ntwo\n");
/// # fs::remove_file(path)?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct OpenOptions(pub(super) std::fs::OpenOptions);

/// Setters of std's.
macro_rules! switches {
    ($($(#[$meta:meta])* $name:ident;)*) => {
        $(
            $(#[$meta])*
            pub fn $name(&mut self, $name: bool) -> &mut Self {
                self.0.$name($name);
                self
            }
        )*
    };
}

impl OpenOptions {
    /// All options off.
    #[expect(clippy::new_without_default, reason = "std's has none")]
    pub fn new() -> Self {
        Self(std::fs::OpenOptions::new())
    }

    switches! {
        /// Whether to read.
        read;
        /// Whether to write.
        write;
        /// Whether to write at the end, wherever that is by then.
        append;
        /// Whether to empty the file.
        truncate;
        /// Whether to make the file if it is not there.
        create;
        /// Whether to make the file, and to fail if it is there.
        create_new;
    }

    /// Opens the file.
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
    pub fn open<P: AsRef<Path>>(&self, path: P) -> io::Result<File> {
        let path = path.as_ref();
        offload_fallible(|| self.0.open(path)).map(File::from)
    }
}

/// How a directory is to be made: `std::fs::DirBuilder`, whose [`create`](Self::create) parks the task.
#[derive(Debug)]
pub struct DirBuilder(pub(super) std::fs::DirBuilder);

impl DirBuilder {
    /// A builder of one directory, with the usual permissions.
    #[expect(clippy::new_without_default, reason = "std's has none")]
    pub fn new() -> DirBuilder {
        Self(std::fs::DirBuilder::new())
    }

    switches! {
        /// Whether to make all that the directory lies in, too; it may then be there already.
        recursive;
    }

    /// Makes the directory.
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
    pub fn create<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        let path = path.as_ref();
        offload_fallible(|| self.0.create(path))
    }
}

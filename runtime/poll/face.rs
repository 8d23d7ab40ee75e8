//! What a type of ours has in common with the type of std that it stands for.

/// Implements the conversions between `$ours` and `$std`, and from and to descriptors. `$ours` is a struct with one
/// field, `file`, of type `Pollable<$std>`.
macro_rules! face {
    ($ours:ty, $std:ty) => {
        impl From<$std> for $ours {
            /// Calls on it park, whichever mode it was in. Its timeouts stay.
            fn from(file: $std) -> Self {
                let file = $crate::poll::Pollable::adopt(file);
                Self { file }
            }
        }

        impl From<$ours> for $std {
            /// It blocks again, unless `set_nonblocking` was used; its timeouts stay. The mode is common to all
            /// clones, so convert them as well, or drop them.
            fn from(ours: $ours) -> Self {
                ours.file.restore()
            }
        }

        impl From<std::os::fd::OwnedFd> for $ours {
            fn from(fd: std::os::fd::OwnedFd) -> Self {
                <$std>::from(fd).into()
            }
        }

        impl From<$ours> for std::os::fd::OwnedFd {
            fn from(ours: $ours) -> Self {
                ours.file.restore().into()
            }
        }

        impl std::os::fd::FromRawFd for $ours {
            unsafe fn from_raw_fd(fd: std::os::fd::RawFd) -> Self {
                // SAFETY: passed on.
                unsafe { <$std as std::os::fd::FromRawFd>::from_raw_fd(fd) }.into()
            }
        }

        impl std::os::fd::IntoRawFd for $ours {
            fn into_raw_fd(self) -> std::os::fd::RawFd {
                std::os::fd::IntoRawFd::into_raw_fd(self.file.restore())
            }
        }

        impl std::os::fd::AsFd for $ours {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                self.file.inner().as_fd()
            }
        }

        impl std::os::fd::AsRawFd for $ours {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                std::os::fd::AsRawFd::as_raw_fd(self.file.inner())
            }
        }

        impl std::fmt::Debug for $ours {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.file.inner().fmt(f)
            }
        }
    };
}

/// Implements `Read` and `Write` for `$ours` by those of `&$ours`.
macro_rules! transfers {
    ($ours:ty) => {
        impl std::io::Read for $ours {
            /// As that of a reference.
            fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
                (&*self).read(buf)
            }

            fn read_vectored(
                &mut self,
                bufs: &mut [std::io::IoSliceMut<'_>],
            ) -> std::io::Result<usize> {
                (&*self).read_vectored(bufs)
            }
        }

        impl std::io::Write for $ours {
            /// As that of a reference.
            fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
                (&*self).write(buf)
            }

            fn write_vectored(&mut self, bufs: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
                (&*self).write_vectored(bufs)
            }

            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
    };
}

pub(crate) use {face, transfers};

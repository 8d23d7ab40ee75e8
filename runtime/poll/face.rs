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

/// What every socket can be asked and told. `$address` is the type of its addresses.
macro_rules! socket {
    ($ours:ty, $address:ty) => {
        impl $ours {
            /// The address that it is bound to, with the port, if there is such a thing, that the system chose.
            ///
            /// # Errors
            ///
            /// Those of the system.
            pub fn local_addr(&self) -> std::io::Result<$address> {
                self.file.inner().local_addr()
            }

            /// A second handle to the same socket: what comes out of one does not come out of the other. As with
            /// std, timeouts and the mode of [`set_nonblocking`](Self::set_nonblocking) are common to both, whichever
            /// sets them.
            ///
            /// # Errors
            ///
            /// Those of the system, such as too many open files.
            pub fn try_clone(&self) -> std::io::Result<Self> {
                let duplicate = self.file.inner().try_clone()?;
                let file = self.file.clone_with(duplicate);
                Ok(Self { file })
            }

            /// Takes the error that is pending on the socket (`SO_ERROR`), if there is one.
            ///
            /// # Errors
            ///
            /// Those of the system.
            pub fn take_error(&self) -> std::io::Result<Option<std::io::Error>> {
                self.file.inner().take_error()
            }

            /// Chooses whether calls fail with `WouldBlock` instead of parking the task or blocking the
            /// thread. Common to all clones.
            ///
            /// # Errors
            ///
            /// None; std's signature.
            pub fn set_nonblocking(&self, nonblocking: bool) -> std::io::Result<()> {
                self.file.set_nonblocking(nonblocking);
                Ok(())
            }
        }
    };
}

/// What sockets have that send and receive: a peer, and timeouts.
macro_rules! exchange {
    ($ours:ty, $address:ty) => {
        impl $ours {
            /// The address of the peer that it is connected to.
            ///
            /// # Errors
            ///
            /// `NotConnected` when there is none, or none any more, and those of the system.
            pub fn peer_addr(&self) -> std::io::Result<$address> {
                self.file.inner().peer_addr()
            }

            /// How long a call that receives may wait; `None`, as at first, for ever. One that has waited so
            /// long fails, with the kind that std gives on the platform: on unix `WouldBlock`.
            ///
            /// # Errors
            ///
            /// `InvalidInput` for a timeout of zero.
            pub fn set_read_timeout(
                &self,
                dur: Option<std::time::Duration>,
            ) -> std::io::Result<()> {
                // The system keeps it as well, for whoever converts the socket to std's.
                self.file.inner().set_read_timeout(dur)?;
                self.file.set_timeout($crate::netpoll::Direction::Read, dur);
                Ok(())
            }

            /// How long a call that sends may wait, as [`set_read_timeout`](Self::set_read_timeout).
            ///
            /// # Errors
            ///
            /// `InvalidInput` for a timeout of zero.
            pub fn set_write_timeout(
                &self,
                dur: Option<std::time::Duration>,
            ) -> std::io::Result<()> {
                self.file.inner().set_write_timeout(dur)?;
                self.file
                    .set_timeout($crate::netpoll::Direction::Write, dur);
                Ok(())
            }

            /// The timeout of receiving, as the system has rounded it.
            ///
            /// # Errors
            ///
            /// Those of the system.
            pub fn read_timeout(&self) -> std::io::Result<Option<std::time::Duration>> {
                self.file.inner().read_timeout()
            }

            /// The timeout of sending, as the system has rounded it.
            ///
            /// # Errors
            ///
            /// Those of the system.
            pub fn write_timeout(&self) -> std::io::Result<Option<std::time::Duration>> {
                self.file.inner().write_timeout()
            }
        }
    };
}

/// The option that all sockets of the internet have.
macro_rules! hops {
    ($ours:ty) => {
        impl $ours {
            /// Sets the `IP_TTL` option: how many hops a packet may make.
            ///
            /// # Errors
            ///
            /// Those of the system.
            pub fn set_ttl(&self, ttl: u32) -> std::io::Result<()> {
                self.file.inner().set_ttl(ttl)
            }

            /// The `IP_TTL` option, see [`set_ttl`](Self::set_ttl).
            ///
            /// # Errors
            ///
            /// Those of the system.
            pub fn ttl(&self) -> std::io::Result<u32> {
                self.file.inner().ttl()
            }
        }
    };
}

/// Implements `Read` and `Write` for `&$ours`, a socket of streams, and for `$ours` by those. `drains`: see
/// `Pollable::read`.
macro_rules! transfers {
    ($ours:ty, drains: $drains:literal) => {
        impl std::io::Read for &$ours {
            /// Parks the task until there is something to read; outside a task blocks the thread. 0 is the
            /// end of the stream.
            fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
                self.file.read::<$drains>(buf)
            }

            fn read_vectored(
                &mut self,
                bufs: &mut [std::io::IoSliceMut<'_>],
            ) -> std::io::Result<usize> {
                self.file.read_vectored::<$drains>(bufs)
            }
        }

        impl std::io::Write for &$ours {
            /// Parks the task until some of `buf` has gone to the system; outside a task blocks the thread.
            fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
                self.file.write(buf)
            }

            fn write_vectored(&mut self, bufs: &[std::io::IoSlice<'_>]) -> std::io::Result<usize> {
                self.file.write_vectored(bufs)
            }

            /// Does nothing: nothing is buffered here.
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }

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

pub(crate) use {exchange, face, hops, socket, transfers};

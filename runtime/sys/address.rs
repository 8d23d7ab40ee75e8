//! Addresses of sockets, as the system writes them.

use std::io;
use std::mem;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::SocketAddr as UnixAddr;
use std::path::Path;

/// An address of any kind that we know, or room for one.
#[derive(Clone, Copy)]
pub(crate) struct Address {
    storage: libc::sockaddr_storage,
    /// How many bytes of it there are.
    length: libc::socklen_t,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let family = self.family();
        f.debug_struct("Address").field("family", &family).finish()
    }
}

impl Address {
    fn room() -> Self {
        // SAFETY: integers and arrays of them.
        let storage: libc::sockaddr_storage = unsafe { mem::zeroed() };
        let length = size_of_val(&storage) as libc::socklen_t;
        Self { storage, length }
    }

    /// That of nobody: what a unix socket without a name has.
    pub(crate) fn none() -> Self {
        let length = 0;
        Self {
            length,
            ..Self::room()
        }
    }

    /// What `call` gives and the address that it writes: into the room that its first argument points to, of the
    /// size that its second does, where it says how much it has written.
    pub(super) fn of<T>(
        call: impl FnOnce(*mut libc::sockaddr, *mut libc::socklen_t) -> io::Result<T>,
    ) -> io::Result<(T, Self)> {
        let mut address = Self::room();
        let value = call((&raw mut address.storage).cast(), &raw mut address.length)?;
        Ok((value, address))
    }

    /// For calls that read an address.
    pub(super) fn as_raw(&self) -> (*const libc::sockaddr, libc::socklen_t) {
        ((&raw const self.storage).cast(), self.length)
    }

    pub(crate) fn family(&self) -> i32 {
        i32::from(self.storage.ss_family)
    }

    /// The address, if it is one of the internet.
    pub(crate) fn internet(&self) -> io::Result<SocketAddr> {
        match self.family() {
            libc::AF_INET => {
                // SAFETY: the family says what the storage holds.
                let v4 = unsafe { &*(&raw const self.storage).cast::<libc::sockaddr_in>() };
                let ip = Ipv4Addr::from(v4.sin_addr.s_addr.to_ne_bytes());
                Ok(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
            }
            libc::AF_INET6 => {
                // SAFETY: as above.
                let v6 = unsafe { &*(&raw const self.storage).cast::<libc::sockaddr_in6>() };
                let (ip, port) = (
                    Ipv6Addr::from(v6.sin6_addr.s6_addr),
                    u16::from_be(v6.sin6_port),
                );
                Ok(SocketAddrV6::new(ip, port, v6.sin6_flowinfo, v6.sin6_scope_id).into())
            }
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the peer's address is not one of the internet",
            )),
        }
    }

    /// The address of a unix socket. One that std could not name either, a path without room for its end, is
    /// unnamed.
    pub(crate) fn unix(&self) -> io::Result<UnixAddr> {
        let unnamed = || UnixAddr::from_pathname("");
        // Some systems write nothing at all for a socket without a name.
        let written = (self.length as usize).saturating_sub(PATH);
        if written == 0 {
            return unnamed();
        }
        if self.family() != libc::AF_UNIX {
            let message = "the peer's address is not one of a unix socket";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        // SAFETY: the family says what the storage holds.
        let address = unsafe { &*(&raw const self.storage).cast::<libc::sockaddr_un>() };
        let path = &address.sun_path[..written.min(address.sun_path.len())];
        // `c_char` is `i8` or `u8`, by architecture.
        let path: Vec<u8> = path.iter().map(|byte| *byte as _).collect();
        match path.iter().position(|byte| *byte == 0) {
            Some(0) => abstract_name(&path[1..]).unwrap_or_else(unnamed),
            end => {
                let path = &path[..end.unwrap_or(path.len())];
                let path = Path::new(std::ffi::OsStr::from_bytes(path));
                UnixAddr::from_pathname(path).or_else(|_| unnamed())
            }
        }
    }
}

impl From<&SocketAddr> for Address {
    fn from(address: &SocketAddr) -> Self {
        let mut room = Self::room();
        let storage = &raw mut room.storage;
        let length = match address {
            SocketAddr::V4(address) => {
                // SAFETY: the storage is large and aligned enough for every kind of address.
                let v4 = unsafe { &mut *storage.cast::<libc::sockaddr_in>() };
                v4.sin_family = libc::AF_INET as libc::sa_family_t;
                v4.sin_port = address.port().to_be();
                v4.sin_addr.s_addr = u32::from_ne_bytes(address.ip().octets());
                size_of_val(v4)
            }
            SocketAddr::V6(address) => {
                // SAFETY: as above.
                let v6 = unsafe { &mut *storage.cast::<libc::sockaddr_in6>() };
                v6.sin6_family = libc::AF_INET6 as libc::sa_family_t;
                v6.sin6_port = address.port().to_be();
                v6.sin6_addr.s6_addr = address.ip().octets();
                v6.sin6_flowinfo = address.flowinfo();
                v6.sin6_scope_id = address.scope_id();
                size_of_val(v6)
            }
        };
        room.length = length as libc::socklen_t;
        room
    }
}

/// Where the path begins in a `sockaddr_un`.
const PATH: usize = mem::offset_of!(libc::sockaddr_un, sun_path);

impl From<&UnixAddr> for Address {
    fn from(address: &UnixAddr) -> Self {
        let mut room = Self::room();
        // SAFETY: the storage is large and aligned enough for every kind of address.
        let unix = unsafe { &mut *(&raw mut room.storage).cast::<libc::sockaddr_un>() };
        unix.sun_family = libc::AF_UNIX as libc::sa_family_t;
        let path = address
            .as_pathname()
            .map(|path| path.as_os_str().as_bytes());
        let (begin, name) = match (path, name_of(address)) {
            (Some(path), _) => (0, path),
            (None, Some(name)) => (1, name),
            (None, None) => (0, &[][..]),
        };
        // std has checked that there is room, for the zero before or behind it, too.
        for (to, from) in unix.sun_path[begin..].iter_mut().zip(name) {
            *to = *from as libc::c_char;
        }
        let zero = usize::from(path.is_some());
        room.length = (PATH + begin + name.len() + zero) as libc::socklen_t;
        room
    }
}

/// Linux: names that are no paths.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use super::UnixAddr;
    use std::io;
    #[cfg(target_os = "android")]
    use std::os::android::net::SocketAddrExt;
    #[cfg(target_os = "linux")]
    use std::os::linux::net::SocketAddrExt;

    pub(super) fn abstract_name(name: &[u8]) -> Option<io::Result<UnixAddr>> {
        Some(UnixAddr::from_abstract_name(name))
    }

    pub(super) fn name_of(address: &UnixAddr) -> Option<&[u8]> {
        address.as_abstract_name()
    }
}

/// Other systems have paths alone.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use super::UnixAddr;
    use std::io;

    pub(super) fn abstract_name(_name: &[u8]) -> Option<io::Result<UnixAddr>> {
        None
    }

    pub(super) fn name_of(_address: &UnixAddr) -> Option<&[u8]> {
        None
    }
}

use system::{abstract_name, name_of};

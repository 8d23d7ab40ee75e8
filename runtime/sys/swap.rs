//! Whether pages that are handed to the system are compressed, or anything done with them at all.
//!
//! | found                                                    | told by                            |
//! | -------------------------------------------------------- | ---------------------------------- |
//! | no swap, or none for this process's control group        | `/proc/swaps`, `memory.swap.max`   |
//! | swap on a device of zram: pages stay in memory, smaller  | `/proc/swaps`                      |
//! | any swap behind zswap, which does the same before it     | `/sys/module/zswap`                |
//! | other swap: a disk, from which a page comes back slowly  |                                    |

#[cfg(all(test, any(target_os = "linux", target_os = "android"), not(miri)))]
pub(super) use platform::judge;

/// What the system does with a page that it is handed.
#[cfg_attr(
    not(all(any(target_os = "linux", target_os = "android"), not(miri))),
    expect(dead_code, reason = "elsewhere nothing is found")
)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Swap {
    /// Nothing: there is no swap, or the process may not use it.
    Absent,
    /// It writes it somewhere, as it is.
    Plain,
    /// It keeps it in memory, compressed.
    Compressed,
}

impl Swap {
    /// Looks, which takes tens of microseconds; nothing where pages cannot be handed to the system.
    pub(crate) fn of_this_system() -> Option<Self> {
        platform::look()
    }
}

#[cfg(all(any(target_os = "linux", target_os = "android"), not(miri)))]
mod platform {
    use std::fs::read_to_string;

    use super::Swap;

    pub(super) fn look() -> Option<Swap> {
        let swaps = read_to_string("/proc/swaps").unwrap_or_default();
        let zswap = read_to_string("/sys/module/zswap/parameters/enabled");
        if quota().is_some_and(|quota| quota.trim() == "0") {
            return Some(Swap::Absent);
        }
        let zswap = zswap.is_ok_and(|enabled| enabled.trim() == "Y");
        Some(judge(&swaps, zswap))
    }

    /// How much swap the process's control group may use, if it is in one that says.
    fn quota() -> Option<String> {
        let groups = read_to_string("/proc/self/cgroup").ok()?;
        let path = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
        read_to_string(format!("/sys/fs/cgroup{path}/memory.swap.max")).ok()
    }

    /// What a table of swaps, in the form of `/proc/swaps`, comes to.
    pub(in crate::sys) fn judge(swaps: &str, zswap: bool) -> Swap {
        // The first line is the table's head. A device's name is a path.
        let names = || (swaps.lines().skip(1)).filter_map(|line| line.split_whitespace().next());
        let on_zram = |name: &str| {
            let device = name.rsplit('/').next();
            device.is_some_and(|device| device.starts_with("zram"))
        };
        if names().next().is_none() {
            Swap::Absent
        } else if zswap || names().any(on_zram) {
            Swap::Compressed
        } else {
            Swap::Plain
        }
    }
}

#[cfg(not(all(any(target_os = "linux", target_os = "android"), not(miri))))]
mod platform {
    use super::Swap;

    pub(super) fn look() -> Option<Swap> {
        None
    }
}

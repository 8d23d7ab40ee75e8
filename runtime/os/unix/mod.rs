//! Unix: `std::os::unix`.

pub mod net;

pub mod io {
    //! Descriptors: `std::os::unix::io`.

    pub use crate::os::fd::*;
}

pub mod fs {
    //! Files: `std::os::unix::fs`.

    pub use crate::fs::unix::{
        DirBuilderExt, DirEntryExt, FileExt, FileTypeExt, MetadataExt, OpenOptionsExt,
        PermissionsExt, chown, chroot, fchown, lchown, symlink,
    };
}

pub mod process {
    //! Processes: `std::os::unix::process`.

    pub use crate::process::unix::{CommandExt, ExitStatusExt, parent_id};
}

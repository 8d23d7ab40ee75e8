// Made by generate.py from the documentation of Rust 1.95.0: 126 checks. Not to be edited.
//
// Left out:
//
// - `fs::File: IsTerminal`: the trait is sealed; `is_terminal` is a method of ours.

// std::fs

fn fs_dirbuilder_new() -> root::fs::DirBuilder {
    <root::fs::DirBuilder>::new()
}
fn fs_dirbuilder_recursive<'this>(
    this: &'this mut root::fs::DirBuilder,
    recursive: bool,
) -> &'this mut root::fs::DirBuilder {
    <root::fs::DirBuilder>::recursive(this, recursive)
}
fn fs_dirbuilder_create<P: std::convert::AsRef<std::path::Path>>(
    this: &root::fs::DirBuilder,
    path: P,
) -> root::io::Result<()> {
    <root::fs::DirBuilder>::create(this, path)
}
fn fs_dirbuilder_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::fs::DirBuilder>();
}
fn fs_dirbuilder_is_dirbuilderext() {
    fn is<Subject: ?Sized + root::os::unix::fs::DirBuilderExt>() {}
    is::<root::fs::DirBuilder>();
}
fn fs_dirbuilder_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::fs::DirBuilder>();
}
fn fs_dirbuilder_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::fs::DirBuilder>();
}
fn fs_dirbuilder_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::fs::DirBuilder>();
}
fn fs_dirbuilder_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::fs::DirBuilder>();
}
fn fs_dirbuilder_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::fs::DirBuilder>();
}
fn fs_direntry_path(this: &root::fs::DirEntry) -> std::path::PathBuf {
    <root::fs::DirEntry>::path(this)
}
fn fs_direntry_metadata(this: &root::fs::DirEntry) -> root::io::Result<root::fs::Metadata> {
    <root::fs::DirEntry>::metadata(this)
}
fn fs_direntry_file_type(this: &root::fs::DirEntry) -> root::io::Result<root::fs::FileType> {
    <root::fs::DirEntry>::file_type(this)
}
fn fs_direntry_file_name(this: &root::fs::DirEntry) -> std::ffi::OsString {
    <root::fs::DirEntry>::file_name(this)
}
fn fs_direntry_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::fs::DirEntry>();
}
fn fs_direntry_is_direntryext() {
    fn is<Subject: ?Sized + root::os::unix::fs::DirEntryExt>() {}
    is::<root::fs::DirEntry>();
}
fn fs_direntry_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::fs::DirEntry>();
}
fn fs_direntry_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::fs::DirEntry>();
}
fn fs_direntry_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::fs::DirEntry>();
}
fn fs_direntry_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::fs::DirEntry>();
}
fn fs_direntry_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::fs::DirEntry>();
}
fn fs_file_open<P: std::convert::AsRef<std::path::Path>>(
    path: P,
) -> root::io::Result<root::fs::File> {
    <root::fs::File>::open(path)
}
fn fs_file_create<P: std::convert::AsRef<std::path::Path>>(
    path: P,
) -> root::io::Result<root::fs::File> {
    <root::fs::File>::create(path)
}
fn fs_file_create_new<P: std::convert::AsRef<std::path::Path>>(
    path: P,
) -> root::io::Result<root::fs::File> {
    <root::fs::File>::create_new(path)
}
fn fs_file_options() -> root::fs::OpenOptions {
    <root::fs::File>::options()
}
fn fs_file_sync_all(this: &root::fs::File) -> root::io::Result<()> {
    <root::fs::File>::sync_all(this)
}
fn fs_file_sync_data(this: &root::fs::File) -> root::io::Result<()> {
    <root::fs::File>::sync_data(this)
}
fn fs_file_lock(this: &root::fs::File) -> root::io::Result<()> {
    <root::fs::File>::lock(this)
}
fn fs_file_lock_shared(this: &root::fs::File) -> root::io::Result<()> {
    <root::fs::File>::lock_shared(this)
}
fn fs_file_try_lock(this: &root::fs::File) -> std::result::Result<(), root::fs::TryLockError> {
    <root::fs::File>::try_lock(this)
}
fn fs_file_try_lock_shared(
    this: &root::fs::File,
) -> std::result::Result<(), root::fs::TryLockError> {
    <root::fs::File>::try_lock_shared(this)
}
fn fs_file_unlock(this: &root::fs::File) -> root::io::Result<()> {
    <root::fs::File>::unlock(this)
}
fn fs_file_set_len(this: &root::fs::File, size: u64) -> root::io::Result<()> {
    <root::fs::File>::set_len(this, size)
}
fn fs_file_metadata(this: &root::fs::File) -> root::io::Result<root::fs::Metadata> {
    <root::fs::File>::metadata(this)
}
fn fs_file_try_clone(this: &root::fs::File) -> root::io::Result<root::fs::File> {
    <root::fs::File>::try_clone(this)
}
fn fs_file_set_permissions(
    this: &root::fs::File,
    perm: root::fs::Permissions,
) -> root::io::Result<()> {
    <root::fs::File>::set_permissions(this, perm)
}
fn fs_file_set_times(this: &root::fs::File, times: root::fs::FileTimes) -> root::io::Result<()> {
    <root::fs::File>::set_times(this, times)
}
fn fs_file_set_modified(
    this: &root::fs::File,
    time: root::time::SystemTime,
) -> root::io::Result<()> {
    <root::fs::File>::set_modified(this, time)
}
fn fs_file_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::fs::File>();
}
fn fs_file_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::fs::File>();
}
fn fs_file_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::fs::File>();
}
fn fs_file_is_fileext() {
    fn is<Subject: ?Sized + root::os::unix::fs::FileExt>() {}
    is::<root::fs::File>();
}
fn fs_file_is_from() {
    fn is<Subject: ?Sized + std::convert::From<root::fs::File>>() {}
    is::<root::os::fd::OwnedFd>();
}
fn fs_file_is_from_2() {
    fn is<Subject: ?Sized + std::convert::From<root::fs::File>>() {}
    is::<root::process::Stdio>();
}
fn fs_file_is_from_3() {
    fn is<Subject: ?Sized + std::convert::From<root::os::fd::OwnedFd>>() {}
    is::<root::fs::File>();
}
fn fs_file_is_fromrawfd() {
    fn is<Subject: ?Sized + root::os::fd::FromRawFd>() {}
    is::<root::fs::File>();
}
fn fs_file_is_intorawfd() {
    fn is<Subject: ?Sized + root::os::fd::IntoRawFd>() {}
    is::<root::fs::File>();
}
fn fs_file_is_read() {
    fn is<Subject: ?Sized + root::io::Read>() {}
    is::<&root::fs::File>();
}
fn fs_file_is_read_2() {
    fn is<Subject: ?Sized + root::io::Read>() {}
    is::<root::fs::File>();
}
fn fs_file_is_seek() {
    fn is<Subject: ?Sized + root::io::Seek>() {}
    is::<&root::fs::File>();
}
fn fs_file_is_seek_2() {
    fn is<Subject: ?Sized + root::io::Seek>() {}
    is::<root::fs::File>();
}
fn fs_file_is_write() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<&root::fs::File>();
}
fn fs_file_is_write_2() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<root::fs::File>();
}
fn fs_file_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::fs::File>();
}
fn fs_file_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::fs::File>();
}
fn fs_file_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::fs::File>();
}
fn fs_file_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::fs::File>();
}
fn fs_file_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::fs::File>();
}
fn fs_filetimes(it: std::fs::FileTimes) -> root::fs::FileTimes {
    it
}
fn fs_filetype(it: std::fs::FileType) -> root::fs::FileType {
    it
}
fn fs_metadata(it: std::fs::Metadata) -> root::fs::Metadata {
    it
}
fn fs_openoptions_new() -> root::fs::OpenOptions {
    <root::fs::OpenOptions>::new()
}
fn fs_openoptions_read<'this>(
    this: &'this mut root::fs::OpenOptions,
    read: bool,
) -> &'this mut root::fs::OpenOptions {
    <root::fs::OpenOptions>::read(this, read)
}
fn fs_openoptions_write<'this>(
    this: &'this mut root::fs::OpenOptions,
    write: bool,
) -> &'this mut root::fs::OpenOptions {
    <root::fs::OpenOptions>::write(this, write)
}
fn fs_openoptions_append<'this>(
    this: &'this mut root::fs::OpenOptions,
    append: bool,
) -> &'this mut root::fs::OpenOptions {
    <root::fs::OpenOptions>::append(this, append)
}
fn fs_openoptions_truncate<'this>(
    this: &'this mut root::fs::OpenOptions,
    truncate: bool,
) -> &'this mut root::fs::OpenOptions {
    <root::fs::OpenOptions>::truncate(this, truncate)
}
fn fs_openoptions_create<'this>(
    this: &'this mut root::fs::OpenOptions,
    create: bool,
) -> &'this mut root::fs::OpenOptions {
    <root::fs::OpenOptions>::create(this, create)
}
fn fs_openoptions_create_new<'this>(
    this: &'this mut root::fs::OpenOptions,
    create_new: bool,
) -> &'this mut root::fs::OpenOptions {
    <root::fs::OpenOptions>::create_new(this, create_new)
}
fn fs_openoptions_open<P: std::convert::AsRef<std::path::Path>>(
    this: &root::fs::OpenOptions,
    path: P,
) -> root::io::Result<root::fs::File> {
    <root::fs::OpenOptions>::open(this, path)
}
fn fs_openoptions_is_clone() {
    fn is<Subject: ?Sized + std::clone::Clone>() {}
    is::<root::fs::OpenOptions>();
}
fn fs_openoptions_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::fs::OpenOptions>();
}
fn fs_openoptions_is_openoptionsext() {
    fn is<Subject: ?Sized + root::os::unix::fs::OpenOptionsExt>() {}
    is::<root::fs::OpenOptions>();
}
fn fs_openoptions_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::fs::OpenOptions>();
}
fn fs_openoptions_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::fs::OpenOptions>();
}
fn fs_openoptions_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::fs::OpenOptions>();
}
fn fs_openoptions_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::fs::OpenOptions>();
}
fn fs_openoptions_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::fs::OpenOptions>();
}
fn fs_permissions(it: std::fs::Permissions) -> root::fs::Permissions {
    it
}
fn fs_readdir_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::fs::ReadDir>();
}
fn fs_readdir_is_iterator() {
    fn is<
        Subject: ?Sized
            + std::iter::Iterator<Item = std::result::Result<root::fs::DirEntry, root::io::Error>>,
    >() {
    }
    is::<root::fs::ReadDir>();
}
fn fs_readdir_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::fs::ReadDir>();
}
fn fs_readdir_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::fs::ReadDir>();
}
fn fs_readdir_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::fs::ReadDir>();
}
fn fs_readdir_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::fs::ReadDir>();
}
fn fs_readdir_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::fs::ReadDir>();
}
fn fs_trylockerror(it: std::fs::TryLockError) -> root::fs::TryLockError {
    it
}
fn fs_canonicalize<P: std::convert::AsRef<std::path::Path>>(
    path: P,
) -> root::io::Result<std::path::PathBuf> {
    root::fs::canonicalize(path)
}
fn fs_copy<P: std::convert::AsRef<std::path::Path>, Q: std::convert::AsRef<std::path::Path>>(
    from: P,
    to: Q,
) -> root::io::Result<u64> {
    root::fs::copy(from, to)
}
fn fs_create_dir<P: std::convert::AsRef<std::path::Path>>(path: P) -> root::io::Result<()> {
    root::fs::create_dir(path)
}
fn fs_create_dir_all<P: std::convert::AsRef<std::path::Path>>(path: P) -> root::io::Result<()> {
    root::fs::create_dir_all(path)
}
fn fs_exists<P: std::convert::AsRef<std::path::Path>>(path: P) -> root::io::Result<bool> {
    root::fs::exists(path)
}
fn fs_hard_link<
    P: std::convert::AsRef<std::path::Path>,
    Q: std::convert::AsRef<std::path::Path>,
>(
    original: P,
    link: Q,
) -> root::io::Result<()> {
    root::fs::hard_link(original, link)
}
fn fs_metadata_2<P: std::convert::AsRef<std::path::Path>>(
    path: P,
) -> root::io::Result<root::fs::Metadata> {
    root::fs::metadata(path)
}
fn fs_read<P: std::convert::AsRef<std::path::Path>>(
    path: P,
) -> root::io::Result<std::vec::Vec<u8>> {
    root::fs::read(path)
}
fn fs_read_dir<P: std::convert::AsRef<std::path::Path>>(
    path: P,
) -> root::io::Result<root::fs::ReadDir> {
    root::fs::read_dir(path)
}
fn fs_read_link<P: std::convert::AsRef<std::path::Path>>(
    path: P,
) -> root::io::Result<std::path::PathBuf> {
    root::fs::read_link(path)
}
fn fs_read_to_string<P: std::convert::AsRef<std::path::Path>>(
    path: P,
) -> root::io::Result<std::string::String> {
    root::fs::read_to_string(path)
}
fn fs_remove_dir<P: std::convert::AsRef<std::path::Path>>(path: P) -> root::io::Result<()> {
    root::fs::remove_dir(path)
}
fn fs_remove_dir_all<P: std::convert::AsRef<std::path::Path>>(path: P) -> root::io::Result<()> {
    root::fs::remove_dir_all(path)
}
fn fs_remove_file<P: std::convert::AsRef<std::path::Path>>(path: P) -> root::io::Result<()> {
    root::fs::remove_file(path)
}
fn fs_rename<P: std::convert::AsRef<std::path::Path>, Q: std::convert::AsRef<std::path::Path>>(
    from: P,
    to: Q,
) -> root::io::Result<()> {
    root::fs::rename(from, to)
}
fn fs_set_permissions<P: std::convert::AsRef<std::path::Path>>(
    path: P,
    perm: root::fs::Permissions,
) -> root::io::Result<()> {
    root::fs::set_permissions(path, perm)
}
fn fs_soft_link<
    P: std::convert::AsRef<std::path::Path>,
    Q: std::convert::AsRef<std::path::Path>,
>(
    original: P,
    link: Q,
) -> root::io::Result<()> {
    root::fs::soft_link(original, link)
}
fn fs_symlink_metadata<P: std::convert::AsRef<std::path::Path>>(
    path: P,
) -> root::io::Result<root::fs::Metadata> {
    root::fs::symlink_metadata(path)
}
fn fs_write<P: std::convert::AsRef<std::path::Path>, C: std::convert::AsRef<[u8]>>(
    path: P,
    contents: C,
) -> root::io::Result<()> {
    root::fs::write(path, contents)
}

// std::os::linux::fs

fn os_linux_fs_metadataext<Subject: ?Sized + std::os::linux::fs::MetadataExt>() {
    fn is<Subject: ?Sized + root::os::linux::fs::MetadataExt>() {}
    is::<Subject>();
}

// std::os::unix::fs

fn os_unix_fs_dirbuilderext_mode<'this, Subject: ?Sized + root::os::unix::fs::DirBuilderExt>(
    this: &'this mut Subject,
    mode: u32,
) -> &'this mut Subject {
    <Subject as root::os::unix::fs::DirBuilderExt>::mode(this, mode)
}
fn os_unix_fs_dirbuilderext_is_dirbuilderext() {
    fn is<Subject: ?Sized + root::os::unix::fs::DirBuilderExt>() {}
    is::<root::fs::DirBuilder>();
}
fn os_unix_fs_direntryext_ino<Subject: ?Sized + root::os::unix::fs::DirEntryExt>(
    this: &Subject,
) -> u64 {
    <Subject as root::os::unix::fs::DirEntryExt>::ino(this)
}
fn os_unix_fs_direntryext_is_direntryext() {
    fn is<Subject: ?Sized + root::os::unix::fs::DirEntryExt>() {}
    is::<root::fs::DirEntry>();
}
fn os_unix_fs_fileext_read_at<Subject: ?Sized + root::os::unix::fs::FileExt>(
    this: &Subject,
    buf: &mut [u8],
    offset: u64,
) -> root::io::Result<usize> {
    <Subject as root::os::unix::fs::FileExt>::read_at(this, buf, offset)
}
fn os_unix_fs_fileext_write_at<Subject: ?Sized + root::os::unix::fs::FileExt>(
    this: &Subject,
    buf: &[u8],
    offset: u64,
) -> root::io::Result<usize> {
    <Subject as root::os::unix::fs::FileExt>::write_at(this, buf, offset)
}
fn os_unix_fs_fileext_read_exact_at<Subject: ?Sized + root::os::unix::fs::FileExt>(
    this: &Subject,
    buf: &mut [u8],
    offset: u64,
) -> root::io::Result<()> {
    <Subject as root::os::unix::fs::FileExt>::read_exact_at(this, buf, offset)
}
fn os_unix_fs_fileext_write_all_at<Subject: ?Sized + root::os::unix::fs::FileExt>(
    this: &Subject,
    buf: &[u8],
    offset: u64,
) -> root::io::Result<()> {
    <Subject as root::os::unix::fs::FileExt>::write_all_at(this, buf, offset)
}
fn os_unix_fs_fileext_is_fileext() {
    fn is<Subject: ?Sized + root::os::unix::fs::FileExt>() {}
    is::<root::fs::File>();
}
fn os_unix_fs_filetypeext<Subject: ?Sized + std::os::unix::fs::FileTypeExt>() {
    fn is<Subject: ?Sized + root::os::unix::fs::FileTypeExt>() {}
    is::<Subject>();
}
fn os_unix_fs_metadataext<Subject: ?Sized + std::os::unix::fs::MetadataExt>() {
    fn is<Subject: ?Sized + root::os::unix::fs::MetadataExt>() {}
    is::<Subject>();
}
fn os_unix_fs_openoptionsext_mode<'this, Subject: ?Sized + root::os::unix::fs::OpenOptionsExt>(
    this: &'this mut Subject,
    mode: u32,
) -> &'this mut Subject {
    <Subject as root::os::unix::fs::OpenOptionsExt>::mode(this, mode)
}
fn os_unix_fs_openoptionsext_custom_flags<
    'this,
    Subject: ?Sized + root::os::unix::fs::OpenOptionsExt,
>(
    this: &'this mut Subject,
    flags: i32,
) -> &'this mut Subject {
    <Subject as root::os::unix::fs::OpenOptionsExt>::custom_flags(this, flags)
}
fn os_unix_fs_openoptionsext_is_openoptionsext() {
    fn is<Subject: ?Sized + root::os::unix::fs::OpenOptionsExt>() {}
    is::<root::fs::OpenOptions>();
}
fn os_unix_fs_permissionsext<Subject: ?Sized + std::os::unix::fs::PermissionsExt>() {
    fn is<Subject: ?Sized + root::os::unix::fs::PermissionsExt>() {}
    is::<Subject>();
}
fn os_unix_fs_chown<P: std::convert::AsRef<std::path::Path>>(
    dir: P,
    uid: std::option::Option<u32>,
    gid: std::option::Option<u32>,
) -> root::io::Result<()> {
    root::os::unix::fs::chown(dir, uid, gid)
}
fn os_unix_fs_chroot<P: std::convert::AsRef<std::path::Path>>(dir: P) -> root::io::Result<()> {
    root::os::unix::fs::chroot(dir)
}
fn os_unix_fs_fchown<F: root::os::fd::AsFd>(
    fd: F,
    uid: std::option::Option<u32>,
    gid: std::option::Option<u32>,
) -> root::io::Result<()> {
    root::os::unix::fs::fchown(fd, uid, gid)
}
fn os_unix_fs_lchown<P: std::convert::AsRef<std::path::Path>>(
    dir: P,
    uid: std::option::Option<u32>,
    gid: std::option::Option<u32>,
) -> root::io::Result<()> {
    root::os::unix::fs::lchown(dir, uid, gid)
}
fn os_unix_fs_symlink<
    P: std::convert::AsRef<std::path::Path>,
    Q: std::convert::AsRef<std::path::Path>,
>(
    original: P,
    link: Q,
) -> root::io::Result<()> {
    root::os::unix::fs::symlink(original, link)
}

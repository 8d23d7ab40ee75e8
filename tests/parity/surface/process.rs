// Made by generate.py from the documentation of Rust 1.95.0: 91 checks. Not to be edited.

// std::process

fn process_child_kill(this: &mut root::process::Child) -> root::io::Result<()> {
    <root::process::Child>::kill(this)
}
fn process_child_id(this: &root::process::Child) -> u32 {
    <root::process::Child>::id(this)
}
fn process_child_wait(
    this: &mut root::process::Child,
) -> root::io::Result<root::process::ExitStatus> {
    <root::process::Child>::wait(this)
}
fn process_child_try_wait(
    this: &mut root::process::Child,
) -> root::io::Result<std::option::Option<root::process::ExitStatus>> {
    <root::process::Child>::try_wait(this)
}
fn process_child_wait_with_output(
    this: root::process::Child,
) -> root::io::Result<root::process::Output> {
    <root::process::Child>::wait_with_output(this)
}
fn process_child_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::process::Child>();
}
fn process_child_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::process::Child>();
}
fn process_child_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::process::Child>();
}
fn process_child_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::process::Child>();
}
fn process_child_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::process::Child>();
}
fn process_child_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::process::Child>();
}
fn process_childstderr_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::process::ChildStderr>();
}
fn process_childstderr_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::process::ChildStderr>();
}
fn process_childstderr_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::process::ChildStderr>();
}
fn process_childstderr_is_from() {
    fn is<Subject: ?Sized + std::convert::From<root::process::ChildStderr>>() {}
    is::<root::os::fd::OwnedFd>();
}
fn process_childstderr_is_from_2() {
    fn is<Subject: ?Sized + std::convert::From<root::process::ChildStderr>>() {}
    is::<root::process::Stdio>();
}
fn process_childstderr_is_from_3() {
    fn is<Subject: ?Sized + std::convert::From<root::os::fd::OwnedFd>>() {}
    is::<root::process::ChildStderr>();
}
fn process_childstderr_is_intorawfd() {
    fn is<Subject: ?Sized + root::os::fd::IntoRawFd>() {}
    is::<root::process::ChildStderr>();
}
fn process_childstderr_is_read() {
    fn is<Subject: ?Sized + root::io::Read>() {}
    is::<root::process::ChildStderr>();
}
fn process_childstderr_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::process::ChildStderr>();
}
fn process_childstderr_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::process::ChildStderr>();
}
fn process_childstderr_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::process::ChildStderr>();
}
fn process_childstderr_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::process::ChildStderr>();
}
fn process_childstderr_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::process::ChildStderr>();
}
fn process_childstdin_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::process::ChildStdin>();
}
fn process_childstdin_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::process::ChildStdin>();
}
fn process_childstdin_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::process::ChildStdin>();
}
fn process_childstdin_is_from() {
    fn is<Subject: ?Sized + std::convert::From<root::process::ChildStdin>>() {}
    is::<root::os::fd::OwnedFd>();
}
fn process_childstdin_is_from_2() {
    fn is<Subject: ?Sized + std::convert::From<root::process::ChildStdin>>() {}
    is::<root::process::Stdio>();
}
fn process_childstdin_is_from_3() {
    fn is<Subject: ?Sized + std::convert::From<root::os::fd::OwnedFd>>() {}
    is::<root::process::ChildStdin>();
}
fn process_childstdin_is_intorawfd() {
    fn is<Subject: ?Sized + root::os::fd::IntoRawFd>() {}
    is::<root::process::ChildStdin>();
}
fn process_childstdin_is_write() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<&root::process::ChildStdin>();
}
fn process_childstdin_is_write_2() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<root::process::ChildStdin>();
}
fn process_childstdin_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::process::ChildStdin>();
}
fn process_childstdin_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::process::ChildStdin>();
}
fn process_childstdin_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::process::ChildStdin>();
}
fn process_childstdin_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::process::ChildStdin>();
}
fn process_childstdin_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::process::ChildStdin>();
}
fn process_childstdout_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::process::ChildStdout>();
}
fn process_childstdout_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::process::ChildStdout>();
}
fn process_childstdout_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::process::ChildStdout>();
}
fn process_childstdout_is_from() {
    fn is<Subject: ?Sized + std::convert::From<root::process::ChildStdout>>() {}
    is::<root::os::fd::OwnedFd>();
}
fn process_childstdout_is_from_2() {
    fn is<Subject: ?Sized + std::convert::From<root::process::ChildStdout>>() {}
    is::<root::process::Stdio>();
}
fn process_childstdout_is_from_3() {
    fn is<Subject: ?Sized + std::convert::From<root::os::fd::OwnedFd>>() {}
    is::<root::process::ChildStdout>();
}
fn process_childstdout_is_intorawfd() {
    fn is<Subject: ?Sized + root::os::fd::IntoRawFd>() {}
    is::<root::process::ChildStdout>();
}
fn process_childstdout_is_read() {
    fn is<Subject: ?Sized + root::io::Read>() {}
    is::<root::process::ChildStdout>();
}
fn process_childstdout_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::process::ChildStdout>();
}
fn process_childstdout_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::process::ChildStdout>();
}
fn process_childstdout_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::process::ChildStdout>();
}
fn process_childstdout_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::process::ChildStdout>();
}
fn process_childstdout_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::process::ChildStdout>();
}
fn process_command_new<S: std::convert::AsRef<std::ffi::OsStr>>(
    program: S,
) -> root::process::Command {
    <root::process::Command>::new(program)
}
fn process_command_arg<'this, S: std::convert::AsRef<std::ffi::OsStr>>(
    this: &'this mut root::process::Command,
    arg: S,
) -> &'this mut root::process::Command {
    <root::process::Command>::arg(this, arg)
}
fn process_command_args<'this, I, S>(
    this: &'this mut root::process::Command,
    args: I,
) -> &'this mut root::process::Command
where
    I: std::iter::IntoIterator<Item = S>,
    S: std::convert::AsRef<std::ffi::OsStr>,
{
    <root::process::Command>::args(this, args)
}
fn process_command_env<'this, K, V>(
    this: &'this mut root::process::Command,
    key: K,
    val: V,
) -> &'this mut root::process::Command
where
    K: std::convert::AsRef<std::ffi::OsStr>,
    V: std::convert::AsRef<std::ffi::OsStr>,
{
    <root::process::Command>::env(this, key, val)
}
fn process_command_envs<'this, I, K, V>(
    this: &'this mut root::process::Command,
    vars: I,
) -> &'this mut root::process::Command
where
    I: std::iter::IntoIterator<Item = (K, V)>,
    K: std::convert::AsRef<std::ffi::OsStr>,
    V: std::convert::AsRef<std::ffi::OsStr>,
{
    <root::process::Command>::envs(this, vars)
}
fn process_command_env_remove<'this, K: std::convert::AsRef<std::ffi::OsStr>>(
    this: &'this mut root::process::Command,
    key: K,
) -> &'this mut root::process::Command {
    <root::process::Command>::env_remove(this, key)
}
fn process_command_env_clear(this: &mut root::process::Command) -> &mut root::process::Command {
    <root::process::Command>::env_clear(this)
}
fn process_command_current_dir<'this, P: std::convert::AsRef<std::path::Path>>(
    this: &'this mut root::process::Command,
    dir: P,
) -> &'this mut root::process::Command {
    <root::process::Command>::current_dir(this, dir)
}
fn process_command_stdin<'this, T: std::convert::Into<root::process::Stdio>>(
    this: &'this mut root::process::Command,
    cfg: T,
) -> &'this mut root::process::Command {
    <root::process::Command>::stdin(this, cfg)
}
fn process_command_stdout<'this, T: std::convert::Into<root::process::Stdio>>(
    this: &'this mut root::process::Command,
    cfg: T,
) -> &'this mut root::process::Command {
    <root::process::Command>::stdout(this, cfg)
}
fn process_command_stderr<'this, T: std::convert::Into<root::process::Stdio>>(
    this: &'this mut root::process::Command,
    cfg: T,
) -> &'this mut root::process::Command {
    <root::process::Command>::stderr(this, cfg)
}
fn process_command_spawn(
    this: &mut root::process::Command,
) -> root::io::Result<root::process::Child> {
    <root::process::Command>::spawn(this)
}
fn process_command_output(
    this: &mut root::process::Command,
) -> root::io::Result<root::process::Output> {
    <root::process::Command>::output(this)
}
fn process_command_status(
    this: &mut root::process::Command,
) -> root::io::Result<root::process::ExitStatus> {
    <root::process::Command>::status(this)
}
fn process_command_get_program(this: &root::process::Command) -> &std::ffi::OsStr {
    <root::process::Command>::get_program(this)
}
fn process_command_get_args(this: &root::process::Command) -> root::process::CommandArgs<'_> {
    <root::process::Command>::get_args(this)
}
fn process_command_get_envs(this: &root::process::Command) -> root::process::CommandEnvs<'_> {
    <root::process::Command>::get_envs(this)
}
fn process_command_get_current_dir(
    this: &root::process::Command,
) -> std::option::Option<&std::path::Path> {
    <root::process::Command>::get_current_dir(this)
}
fn process_command_is_commandext() {
    fn is<Subject: ?Sized + root::os::unix::process::CommandExt>() {}
    is::<root::process::Command>();
}
fn process_command_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::process::Command>();
}
fn process_command_is_not_refunwindsafe() {
    ambiguous!(std::panic::RefUnwindSafe);
    let _ = <root::process::Command as Ambiguous<_>>::item;
}
fn process_command_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::process::Command>();
}
fn process_command_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::process::Command>();
}
fn process_command_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::process::Command>();
}
fn process_command_is_not_unwindsafe() {
    ambiguous!(std::panic::UnwindSafe);
    let _ = <root::process::Command as Ambiguous<_>>::item;
}
fn process_commandargs<'a>(it: std::process::CommandArgs<'a>) -> root::process::CommandArgs<'a> {
    it
}
fn process_commandenvs<'a>(it: std::process::CommandEnvs<'a>) -> root::process::CommandEnvs<'a> {
    it
}
fn process_exitcode(it: std::process::ExitCode) -> root::process::ExitCode {
    it
}
fn process_exitstatus(it: std::process::ExitStatus) -> root::process::ExitStatus {
    it
}
fn process_output(it: std::process::Output) -> root::process::Output {
    it
}
fn process_stdio(it: std::process::Stdio) -> root::process::Stdio {
    it
}
fn process_termination<Subject: ?Sized + std::process::Termination>() {
    fn is<Subject: ?Sized + root::process::Termination>() {}
    is::<Subject>();
}

// std::os::unix::process

fn os_unix_process_commandext_uid<'this, Subject: ?Sized + root::os::unix::process::CommandExt>(
    this: &'this mut Subject,
    id: u32,
) -> &'this mut root::process::Command {
    <Subject as root::os::unix::process::CommandExt>::uid(this, id)
}
fn os_unix_process_commandext_gid<'this, Subject: ?Sized + root::os::unix::process::CommandExt>(
    this: &'this mut Subject,
    id: u32,
) -> &'this mut root::process::Command {
    <Subject as root::os::unix::process::CommandExt>::gid(this, id)
}
unsafe fn os_unix_process_commandext_pre_exec<
    'this,
    Subject: ?Sized + root::os::unix::process::CommandExt,
    F,
>(
    this: &'this mut Subject,
    f: F,
) -> &'this mut root::process::Command
where
    F: std::ops::FnMut() -> root::io::Result<()> + std::marker::Send + std::marker::Sync + 'static,
{
    // SAFETY: as the caller's of this.
    unsafe { <Subject as root::os::unix::process::CommandExt>::pre_exec(this, f) }
}
fn os_unix_process_commandext_exec<Subject: ?Sized + root::os::unix::process::CommandExt>(
    this: &mut Subject,
) -> root::io::Error {
    <Subject as root::os::unix::process::CommandExt>::exec(this)
}
fn os_unix_process_commandext_arg0<
    'this,
    Subject: ?Sized + root::os::unix::process::CommandExt,
    S,
>(
    this: &'this mut Subject,
    arg: S,
) -> &'this mut root::process::Command
where
    S: std::convert::AsRef<std::ffi::OsStr>,
{
    <Subject as root::os::unix::process::CommandExt>::arg0(this, arg)
}
fn os_unix_process_commandext_process_group<
    'this,
    Subject: ?Sized + root::os::unix::process::CommandExt,
>(
    this: &'this mut Subject,
    pgroup: i32,
) -> &'this mut root::process::Command {
    <Subject as root::os::unix::process::CommandExt>::process_group(this, pgroup)
}
fn os_unix_process_commandext_is_commandext() {
    fn is<Subject: ?Sized + root::os::unix::process::CommandExt>() {}
    is::<root::process::Command>();
}
fn os_unix_process_exitstatusext<Subject: ?Sized + std::os::unix::process::ExitStatusExt>() {
    fn is<Subject: ?Sized + root::os::unix::process::ExitStatusExt>() {}
    is::<Subject>();
}

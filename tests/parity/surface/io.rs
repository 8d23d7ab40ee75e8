// Made by generate.py from the documentation of Rust 1.95.0: 127 checks. Not to be edited.
//
// Left out:
//
// - `io::prelude`: re-exported as a whole.
// - `io::Stdin: IsTerminal`: the trait is sealed; `is_terminal` is a method of ours.
// - `io::StdinLock: IsTerminal`: as above.
// - `io::Stdout: IsTerminal`: as above.
// - `io::StdoutLock: IsTerminal`: as above.
// - `io::Stderr: IsTerminal`: as above.
// - `io::StderrLock: IsTerminal`: as above.

// std::io

fn io_bufreader<R>(it: std::io::BufReader<R>) -> root::io::BufReader<R> {
    it
}
fn io_bufwriter<W: root::io::Write>(it: std::io::BufWriter<W>) -> root::io::BufWriter<W> {
    it
}
fn io_bytes<R>(it: std::io::Bytes<R>) -> root::io::Bytes<R> {
    it
}
fn io_chain<T, U>(it: std::io::Chain<T, U>) -> root::io::Chain<T, U> {
    it
}
fn io_cursor<T>(it: std::io::Cursor<T>) -> root::io::Cursor<T> {
    it
}
fn io_empty(it: std::io::Empty) -> root::io::Empty {
    it
}
fn io_error(it: std::io::Error) -> root::io::Error {
    it
}
fn io_intoinnererror<W>(it: std::io::IntoInnerError<W>) -> root::io::IntoInnerError<W> {
    it
}
fn io_ioslice<'a>(it: std::io::IoSlice<'a>) -> root::io::IoSlice<'a> {
    it
}
fn io_ioslicemut<'a>(it: std::io::IoSliceMut<'a>) -> root::io::IoSliceMut<'a> {
    it
}
fn io_linewriter<W: root::io::Write>(it: std::io::LineWriter<W>) -> root::io::LineWriter<W> {
    it
}
fn io_lines<B>(it: std::io::Lines<B>) -> root::io::Lines<B> {
    it
}
fn io_pipereader_try_clone(this: &root::io::PipeReader) -> root::io::Result<root::io::PipeReader> {
    <root::io::PipeReader>::try_clone(this)
}
fn io_pipereader_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::io::PipeReader>();
}
fn io_pipereader_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::io::PipeReader>();
}
fn io_pipereader_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::io::PipeReader>();
}
fn io_pipereader_is_from() {
    fn is<Subject: ?Sized + std::convert::From<root::os::fd::OwnedFd>>() {}
    is::<root::io::PipeReader>();
}
fn io_pipereader_is_from_2() {
    fn is<Subject: ?Sized + std::convert::From<root::io::PipeReader>>() {}
    is::<root::os::fd::OwnedFd>();
}
fn io_pipereader_is_from_3() {
    fn is<Subject: ?Sized + std::convert::From<root::io::PipeReader>>() {}
    is::<root::process::Stdio>();
}
fn io_pipereader_is_fromrawfd() {
    fn is<Subject: ?Sized + root::os::fd::FromRawFd>() {}
    is::<root::io::PipeReader>();
}
fn io_pipereader_is_intorawfd() {
    fn is<Subject: ?Sized + root::os::fd::IntoRawFd>() {}
    is::<root::io::PipeReader>();
}
fn io_pipereader_is_read() {
    fn is<Subject: ?Sized + root::io::Read>() {}
    is::<&root::io::PipeReader>();
}
fn io_pipereader_is_read_2() {
    fn is<Subject: ?Sized + root::io::Read>() {}
    is::<root::io::PipeReader>();
}
fn io_pipereader_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::io::PipeReader>();
}
fn io_pipereader_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::io::PipeReader>();
}
fn io_pipereader_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::io::PipeReader>();
}
fn io_pipereader_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::io::PipeReader>();
}
fn io_pipereader_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::io::PipeReader>();
}
fn io_pipewriter_try_clone(this: &root::io::PipeWriter) -> root::io::Result<root::io::PipeWriter> {
    <root::io::PipeWriter>::try_clone(this)
}
fn io_pipewriter_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::io::PipeWriter>();
}
fn io_pipewriter_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::io::PipeWriter>();
}
fn io_pipewriter_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::io::PipeWriter>();
}
fn io_pipewriter_is_from() {
    fn is<Subject: ?Sized + std::convert::From<root::os::fd::OwnedFd>>() {}
    is::<root::io::PipeWriter>();
}
fn io_pipewriter_is_from_2() {
    fn is<Subject: ?Sized + std::convert::From<root::io::PipeWriter>>() {}
    is::<root::os::fd::OwnedFd>();
}
fn io_pipewriter_is_from_3() {
    fn is<Subject: ?Sized + std::convert::From<root::io::PipeWriter>>() {}
    is::<root::process::Stdio>();
}
fn io_pipewriter_is_fromrawfd() {
    fn is<Subject: ?Sized + root::os::fd::FromRawFd>() {}
    is::<root::io::PipeWriter>();
}
fn io_pipewriter_is_intorawfd() {
    fn is<Subject: ?Sized + root::os::fd::IntoRawFd>() {}
    is::<root::io::PipeWriter>();
}
fn io_pipewriter_is_write() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<&root::io::PipeWriter>();
}
fn io_pipewriter_is_write_2() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<root::io::PipeWriter>();
}
fn io_pipewriter_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::io::PipeWriter>();
}
fn io_pipewriter_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::io::PipeWriter>();
}
fn io_pipewriter_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::io::PipeWriter>();
}
fn io_pipewriter_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::io::PipeWriter>();
}
fn io_pipewriter_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::io::PipeWriter>();
}
fn io_repeat(it: std::io::Repeat) -> root::io::Repeat {
    it
}
fn io_sink(it: std::io::Sink) -> root::io::Sink {
    it
}
fn io_split<B>(it: std::io::Split<B>) -> root::io::Split<B> {
    it
}
fn io_stderr_lock(this: &root::io::Stderr) -> root::io::StderrLock<'static> {
    <root::io::Stderr>::lock(this)
}
fn io_stderr_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::io::Stderr>();
}
fn io_stderr_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::io::Stderr>();
}
fn io_stderr_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::io::Stderr>();
}
fn io_stderr_is_from() {
    fn is<Subject: ?Sized + std::convert::From<root::io::Stderr>>() {}
    is::<root::process::Stdio>();
}
fn io_stderr_is_write() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<&root::io::Stderr>();
}
fn io_stderr_is_write_2() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<root::io::Stderr>();
}
fn io_stderr_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::io::Stderr>();
}
fn io_stderr_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::io::Stderr>();
}
fn io_stderr_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::io::Stderr>();
}
fn io_stderr_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::io::Stderr>();
}
fn io_stderr_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::io::Stderr>();
}
fn io_stderrlock_is_asfd<'a>() {
    fn is<'a, Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::io::StderrLock<'a>>();
}
fn io_stderrlock_is_asrawfd<'a>() {
    fn is<'a, Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::io::StderrLock<'a>>();
}
fn io_stderrlock_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::io::StderrLock<'_>>();
}
fn io_stderrlock_is_write() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<root::io::StderrLock<'_>>();
}
fn io_stderrlock_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::io::StderrLock<'_>>();
}
fn io_stderrlock_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::io::StderrLock<'_>>();
}
fn io_stderrlock_is_not_send<'a>() {
    ambiguous!(std::marker::Send);
    let _ = <root::io::StderrLock<'a> as Ambiguous<_>>::item;
}
fn io_stderrlock_is_not_sync<'a>() {
    ambiguous!(std::marker::Sync);
    let _ = <root::io::StderrLock<'a> as Ambiguous<_>>::item;
}
fn io_stderrlock_is_unpin<'a>() {
    fn is<'a, Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::io::StderrLock<'a>>();
}
fn io_stdin_lock(this: &root::io::Stdin) -> root::io::StdinLock<'static> {
    <root::io::Stdin>::lock(this)
}
fn io_stdin_read_line(
    this: &root::io::Stdin,
    buf: &mut std::string::String,
) -> root::io::Result<usize> {
    <root::io::Stdin>::read_line(this, buf)
}
fn io_stdin_lines(this: root::io::Stdin) -> root::io::Lines<root::io::StdinLock<'static>> {
    <root::io::Stdin>::lines(this)
}
fn io_stdin_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::io::Stdin>();
}
fn io_stdin_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::io::Stdin>();
}
fn io_stdin_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::io::Stdin>();
}
fn io_stdin_is_read() {
    fn is<Subject: ?Sized + root::io::Read>() {}
    is::<&root::io::Stdin>();
}
fn io_stdin_is_read_2() {
    fn is<Subject: ?Sized + root::io::Read>() {}
    is::<root::io::Stdin>();
}
fn io_stdin_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::io::Stdin>();
}
fn io_stdin_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::io::Stdin>();
}
fn io_stdin_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::io::Stdin>();
}
fn io_stdin_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::io::Stdin>();
}
fn io_stdin_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::io::Stdin>();
}
fn io_stdinlock_is_asfd<'a>() {
    fn is<'a, Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::io::StdinLock<'a>>();
}
fn io_stdinlock_is_asrawfd<'a>() {
    fn is<'a, Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::io::StdinLock<'a>>();
}
fn io_stdinlock_is_bufread() {
    fn is<Subject: ?Sized + root::io::BufRead>() {}
    is::<root::io::StdinLock<'_>>();
}
fn io_stdinlock_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::io::StdinLock<'_>>();
}
fn io_stdinlock_is_read() {
    fn is<Subject: ?Sized + root::io::Read>() {}
    is::<root::io::StdinLock<'_>>();
}
fn io_stdinlock_is_refunwindsafe<'a>() {
    fn is<'a, Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::io::StdinLock<'a>>();
}
fn io_stdinlock_is_not_send<'a>() {
    ambiguous!(std::marker::Send);
    let _ = <root::io::StdinLock<'a> as Ambiguous<_>>::item;
}
fn io_stdinlock_is_sync<'a>() {
    fn is<'a, Subject: ?Sized + std::marker::Sync>() {}
    is::<root::io::StdinLock<'a>>();
}
fn io_stdinlock_is_unpin<'a>() {
    fn is<'a, Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::io::StdinLock<'a>>();
}
fn io_stdinlock_is_unwindsafe<'a>() {
    fn is<'a, Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::io::StdinLock<'a>>();
}
fn io_stdout_lock(this: &root::io::Stdout) -> root::io::StdoutLock<'static> {
    <root::io::Stdout>::lock(this)
}
fn io_stdout_is_asfd() {
    fn is<Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::io::Stdout>();
}
fn io_stdout_is_asrawfd() {
    fn is<Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::io::Stdout>();
}
fn io_stdout_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::io::Stdout>();
}
fn io_stdout_is_from() {
    fn is<Subject: ?Sized + std::convert::From<root::io::Stdout>>() {}
    is::<root::process::Stdio>();
}
fn io_stdout_is_write() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<&root::io::Stdout>();
}
fn io_stdout_is_write_2() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<root::io::Stdout>();
}
fn io_stdout_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::io::Stdout>();
}
fn io_stdout_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::io::Stdout>();
}
fn io_stdout_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::io::Stdout>();
}
fn io_stdout_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::io::Stdout>();
}
fn io_stdout_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::io::Stdout>();
}
fn io_stdoutlock_is_asfd<'a>() {
    fn is<'a, Subject: ?Sized + root::os::fd::AsFd>() {}
    is::<root::io::StdoutLock<'a>>();
}
fn io_stdoutlock_is_asrawfd<'a>() {
    fn is<'a, Subject: ?Sized + root::os::fd::AsRawFd>() {}
    is::<root::io::StdoutLock<'a>>();
}
fn io_stdoutlock_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::io::StdoutLock<'_>>();
}
fn io_stdoutlock_is_write() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<root::io::StdoutLock<'_>>();
}
fn io_stdoutlock_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::io::StdoutLock<'_>>();
}
fn io_stdoutlock_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::io::StdoutLock<'_>>();
}
fn io_stdoutlock_is_not_send<'a>() {
    ambiguous!(std::marker::Send);
    let _ = <root::io::StdoutLock<'a> as Ambiguous<_>>::item;
}
fn io_stdoutlock_is_not_sync<'a>() {
    ambiguous!(std::marker::Sync);
    let _ = <root::io::StdoutLock<'a> as Ambiguous<_>>::item;
}
fn io_stdoutlock_is_unpin<'a>() {
    fn is<'a, Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::io::StdoutLock<'a>>();
}
fn io_take<T>(it: std::io::Take<T>) -> root::io::Take<T> {
    it
}
fn io_writerpanicked(it: std::io::WriterPanicked) -> root::io::WriterPanicked {
    it
}
fn io_errorkind(it: std::io::ErrorKind) -> root::io::ErrorKind {
    it
}
fn io_seekfrom(it: std::io::SeekFrom) -> root::io::SeekFrom {
    it
}
fn io_bufread<Subject: ?Sized + std::io::BufRead>() {
    fn is<Subject: ?Sized + root::io::BufRead>() {}
    is::<Subject>();
}
fn io_isterminal<Subject: ?Sized + std::io::IsTerminal>() {
    fn is<Subject: ?Sized + root::io::IsTerminal>() {}
    is::<Subject>();
}
fn io_read<Subject: ?Sized + std::io::Read>() {
    fn is<Subject: ?Sized + root::io::Read>() {}
    is::<Subject>();
}
fn io_seek<Subject: ?Sized + std::io::Seek>() {
    fn is<Subject: ?Sized + root::io::Seek>() {}
    is::<Subject>();
}
fn io_write<Subject: ?Sized + std::io::Write>() {
    fn is<Subject: ?Sized + root::io::Write>() {}
    is::<Subject>();
}
fn io_copy<R, W>(reader: &mut R, writer: &mut W) -> root::io::Result<u64>
where
    R: root::io::Read + ?std::marker::Sized,
    W: root::io::Write + ?std::marker::Sized,
{
    root::io::copy(reader, writer)
}
fn io_pipe() -> root::io::Result<(root::io::PipeReader, root::io::PipeWriter)> {
    root::io::pipe()
}
fn io_stderr() -> root::io::Stderr {
    root::io::stderr()
}
fn io_stdin() -> root::io::Stdin {
    root::io::stdin()
}
fn io_stdout() -> root::io::Stdout {
    root::io::stdout()
}
fn io_result<T>(it: std::io::Result<T>) -> root::io::Result<T> {
    it
}

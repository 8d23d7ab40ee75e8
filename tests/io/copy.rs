//! `io::copy` between everything and everything.

use crate::child::in_child;
use crate::together::{beside, in_task_and_thread};
use crate::{open_files, pattern, workers};
use std::io::{Cursor, ErrorKind, Read, Seek, Write};
use std::net::Shutdown;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use teem::context::{Cause, Context, cause_of};
use teem::fs::File;
use teem::io::{self, PipeReader, PipeWriter, copy};
use teem::net::{TcpListener, TcpStream};
use teem::os::unix::net::UnixStream;

/// A file that is gone when it is closed.
fn file(contents: &[u8]) -> File {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let name = format!("teem-test-copy-{}-{number}", std::process::id());
    let path: PathBuf = std::env::temp_dir().join(name);
    let mut file = File::create_new(&path).expect("a file");
    std::fs::remove_file(path).expect("it is ours");
    file.write_all(contents).expect("space");
    file.rewind().expect("a start");
    file
}

fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (near, listener.accept().unwrap().0)
}

/// Something that bytes come out of, and another thing that has to be fed to that end.
enum Source {
    Tcp(TcpStream, TcpStream),
    Unix(UnixStream, UnixStream),
    Pipe(PipeReader, PipeWriter),
    File(File),
    Bytes(Cursor<Vec<u8>>),
}

const SOURCES: usize = 5;

impl Source {
    fn new(kind: usize, bytes: &[u8]) -> Self {
        match kind {
            0 => {
                let (from, feed) = tcp();
                Source::Tcp(from, feed)
            }
            1 => {
                let (from, feed) = UnixStream::pair().unwrap();
                Source::Unix(from, feed)
            }
            2 => {
                let (from, feed) = io::pipe().unwrap();
                Source::Pipe(from, feed)
            }
            3 => Source::File(file(bytes)),
            _ => Source::Bytes(Cursor::new(bytes.to_vec())),
        }
    }

    /// Copies all that it has to `writer`.
    fn copy_to<W: Write + ?Sized>(self, bytes: &[u8], writer: &mut W) -> io::Result<u64> {
        fn fed<R, F>(
            from: &mut R,
            mut feed: F,
            bytes: &[u8],
            writer: &mut (impl Write + ?Sized),
        ) -> io::Result<u64>
        where
            R: Read,
            F: Write + Send,
        {
            let feed = move || {
                feed.write_all(bytes).unwrap();
                drop(feed);
            };
            beside(feed, || copy(from, writer))
        }
        match self {
            Source::Tcp(mut from, feed) => fed(&mut from, feed, bytes, writer),
            Source::Unix(from, feed) => fed(&mut &from, feed, bytes, writer),
            Source::Pipe(mut from, feed) => fed(&mut &mut from, feed, bytes, writer),
            Source::File(mut from) => copy(&mut from, writer),
            Source::Bytes(mut from) => copy(&mut from, writer),
        }
    }
}

#[test]
fn every_reader_to_every_writer() {
    let bytes = pattern(500_000);
    in_task_and_thread(|| {
        for kind in 0..SOURCES {
            for length in [0, 1, 100_000, bytes.len()] {
                let bytes = &bytes[..length];
                let source = || Source::new(kind, bytes);
                let count = |result: io::Result<u64>| assert_eq!(result.unwrap(), length as u64);

                let mut back = Vec::new();
                count(source().copy_to(bytes, &mut back));
                assert!(back == bytes, "{kind} to memory, {length}");

                let mut to = file(b"");
                count(source().copy_to(bytes, &mut to));
                to.rewind().unwrap();
                back.clear();
                to.read_to_end(&mut back).unwrap();
                assert!(back == bytes, "{kind} to a file, {length}");

                let (mut near, mut far) = tcp();
                back.clear();
                let send = || {
                    count(source().copy_to(bytes, &mut near));
                    near.shutdown(Shutdown::Write).unwrap();
                };
                beside(send, || far.read_to_end(&mut back).unwrap());
                assert!(back == bytes, "{kind} to tcp, {length}");

                let (near, mut far) = UnixStream::pair().unwrap();
                back.clear();
                let send = || {
                    // As a trait object it is nobody's.
                    let writer: &mut dyn Write = &mut &near;
                    count(source().copy_to(bytes, writer));
                    near.shutdown(Shutdown::Write).unwrap();
                };
                beside(send, || far.read_to_end(&mut back).unwrap());
                assert!(back == bytes, "{kind} to unix, {length}");

                let (mut reader, mut writer) = io::pipe().unwrap();
                back.clear();
                let send = || {
                    count(source().copy_to(bytes, &mut writer));
                    drop(writer);
                };
                beside(send, || reader.read_to_end(&mut back).unwrap());
                assert!(back == bytes, "{kind} to a pipe, {length}");
            }
        }
    });
}

#[test]
fn what_is_not_ours_alone_is_copied_as_it_says() {
    in_task_and_thread(|| {
        // A limit on a stream of ours counts.
        let (from, mut feed) = tcp();
        let (near, mut far) = tcp();
        feed.write_all(b"0123456789").unwrap();
        assert_eq!(copy(&mut (&from).take(4), &mut &near).unwrap(), 4);
        assert_eq!((&from).read(&mut [0; 8]).unwrap(), 6);
        assert_eq!(far.read(&mut [0; 8]).unwrap(), 4);
        // One that does not wait does not wait here either.
        from.set_nonblocking(true).unwrap();
        let error = copy(&mut &from, &mut &near).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        // A file that has a length of zero, and contents.
        let mut version = File::open("/proc/version").unwrap();
        assert!(copy(&mut version, &mut &near).unwrap() > 10);
        assert_eq!(copy(&mut io::empty(), &mut io::sink()).unwrap(), 0);
        // A file that is appended to can be spliced to by nobody.
        let (mut reader, mut writer) = io::pipe().unwrap();
        // More than a piece, and less than a pipe has room for.
        let bytes = pattern(60_000);
        writer.write_all(&bytes).unwrap();
        drop(writer);
        let path = std::env::temp_dir().join(format!("teem-test-append-{}", std::process::id()));
        // One that had the same number may have been killed before it removed it.
        let _ = std::fs::remove_file(&path);
        let append = File::options()
            .append(true)
            .create(true)
            .open(&path)
            .unwrap();
        let mut append = PipeWriter::from(std::os::fd::OwnedFd::from(append));
        let copied = copy(&mut reader, &mut append);
        let appended = std::fs::read(&path).unwrap();
        let _ = std::fs::remove_file(path);
        assert_eq!(copied.unwrap(), 60_000);
        assert!(appended == bytes);
    });
}

#[test]
fn a_part_of_a_file_is_sent_and_no_more() {
    let bytes = pattern(300_000);
    in_task_and_thread(|| {
        let mut taken = file(&bytes).take(0);
        let (near, mut far) = tcp();
        let mut back = Vec::new();
        let send = || {
            for length in [0, 1, 200_000] {
                taken.set_limit(length);
                assert_eq!(copy(&mut taken, &mut &near).unwrap(), length);
                assert_eq!(taken.limit(), 0);
            }
            // More than there is.
            taken.set_limit(1_000_000);
            assert_eq!(copy(&mut &mut taken, &mut &near).unwrap(), 99_999);
            assert_eq!(taken.limit(), 900_001);
            near.shutdown(Shutdown::Write).unwrap();
        };
        beside(send, || far.read_to_end(&mut back).unwrap());
        assert!(back == bytes);
    });
}

#[test]
fn a_copy_of_a_part_that_is_cut_goes_on_where_it_was() {
    let bytes = pattern(500_000);
    in_task_and_thread(|| {
        let mut taken = file(&bytes).take(400_000);
        let (mut reader, mut writer) = io::pipe().unwrap();
        // Nobody reads, and there is more than a pipe has room for.
        let context = Context::background().with_timeout(Duration::from_millis(20));
        let error = context.enter(|| copy(&mut taken, &mut writer)).unwrap_err();
        assert_eq!(cause_of(&error), Some(Cause::DeadlineExceeded));
        let left = taken.limit();
        let mut back = Vec::new();
        let send = || {
            assert_eq!(copy(&mut taken, &mut writer).unwrap(), left);
            drop(writer);
        };
        beside(send, || reader.read_to_end(&mut back).unwrap());
        assert!(back == bytes[..400_000]);
    });
}

#[test]
fn a_copy_that_is_cut_while_it_waits_for_the_reader_loses_nothing() {
    in_task_and_thread(|| {
        let (from, mut feed) = tcp();
        let (near, mut far) = tcp();
        feed.write_all(b"before").unwrap();
        let context = Context::background().with_timeout(Duration::from_millis(20));
        let error = context.enter(|| copy(&mut &from, &mut &near)).unwrap_err();
        assert_eq!(cause_of(&error), Some(Cause::DeadlineExceeded));
        feed.write_all(b" and after").unwrap();
        drop(feed);
        // However much the first one has copied.
        copy(&mut &from, &mut &near).unwrap();
        drop(near);
        let mut text = String::new();
        far.read_to_string(&mut text).unwrap();
        assert_eq!(text, "before and after");
    });
}

#[test]
fn a_little_and_much_in_turn_come_out_as_they_went_in() {
    in_task_and_thread(|| {
        let bytes = pattern(2_000_000);
        let (from, mut feed) = tcp();
        let (to, mut far) = UnixStream::pair().unwrap();
        let mut back = Vec::new();
        let feeding = || {
            let mut left = &bytes[..];
            for length in [1, 8192, 100, 300_000, 8191, 7, 40_000, 8193]
                .into_iter()
                .cycle()
            {
                let (now, later) = left.split_at(length.min(left.len()));
                feed.write_all(now).unwrap();
                left = later;
                if left.is_empty() {
                    break;
                }
                teem::task::yield_now();
            }
            drop(feed);
        };
        let copying = || {
            let both = || copy(&mut &from, &mut &to).unwrap();
            let mut copied = 0;
            beside(feeding, || copied = both());
            to.shutdown(Shutdown::Write).unwrap();
            assert_eq!(copied, 2_000_000);
        };
        beside(copying, || far.read_to_end(&mut back).unwrap());
        assert!(back == bytes);
    });
}

#[test]
fn a_writer_that_is_gone_ends_a_copy() {
    in_task_and_thread(|| {
        let (mut from, mut feed) = io::pipe().unwrap();
        let (reader, mut to) = io::pipe().unwrap();
        drop(reader);
        // Until no child that another test is about to start has it either.
        while to.write(b"x").is_ok() {}
        feed.write_all(b"for nobody").unwrap();
        let error = copy(&mut from, &mut to).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn many_copies_at_once_leave_no_descriptor() {
    // The other tests open files, too.
    if let Some(output) = in_child("copy::many_copies_at_once_leave_no_descriptor", &[]) {
        assert!(output.status.success(), "{output:?}");
        return;
    }
    workers::with_workers([1, 2, 8], |runtime| {
        let bytes = pattern(300_000);
        let before = open_files();
        runtime.run(|| {
            teem::scope(|s| {
                for _ in 0..16 {
                    s.spawn(|| {
                        let (mut near, mut far) = tcp();
                        let send = || {
                            Source::new(0, &bytes).copy_to(&bytes, &mut near).unwrap();
                            drop(near);
                        };
                        let mut back = Vec::new();
                        beside(send, || far.read_to_end(&mut back).unwrap());
                        assert!(back == bytes);
                    });
                }
            });
        });
        assert_eq!(open_files(), before);
    });
}

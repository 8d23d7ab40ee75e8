//! `teem::fs`: files from tasks and from threads. What std's functions do is std's affair; here is that
//! ours do the same, hold no worker up and are cut by contexts as they say.

#![cfg(not(any(loom, miri)))]

#[path = "support/child.rs"]
mod child;
#[path = "support/together.rs"]
#[expect(dead_code, reason = "not all of it is needed here")]
mod together;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use child::in_child;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use teem::context::{Context, cause_of};
use teem::fs::{self, File, OpenOptions, TryLockError};
use teem::os::unix::fs::{DirEntryExt, FileExt, MetadataExt, OpenOptionsExt, symlink};
use together::in_task_and_thread;
use watchdog::Watchdog;
use workers::with_workers;

/// A directory of its own, gone at the end.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let name = format!("teem-test-fs-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // One that had the same number may have been killed before it removed it.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).expect("a directory");
        Self(path)
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Descriptors of this process.
fn open_files() -> usize {
    std::fs::read_dir("/dev/fd").expect("a list").count()
}

#[test]
fn what_is_written_is_read_back_in_every_form() {
    in_task_and_thread(|| {
        let directory = Directory::new();
        let path = directory.join("file");
        let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();

        let mut file = File::create_new(&path).unwrap();
        file.write_all(&bytes).unwrap();
        assert_eq!(file.stream_position().unwrap(), 300_000);
        file.rewind().unwrap();
        let mut back = Vec::new();
        assert_eq!(file.read_to_end(&mut back).unwrap(), 300_000);
        assert!(back == bytes);
        assert_eq!(file.read(&mut [0; 8]).unwrap(), 0, "the end");

        // In small and uneven pieces, which come from memory.
        file.seek(SeekFrom::Start(0)).unwrap();
        let (mut at, mut piece) = (0, [0; 777]);
        loop {
            let read = file.read(&mut piece).unwrap();
            assert!(piece[..read] == bytes[at..at + read]);
            at += read;
            if read == 0 {
                break;
            }
        }
        assert_eq!(at, 300_000);

        file.write_all_at(b"here", 1000).unwrap();
        let mut four = [0; 4];
        file.read_exact_at(&mut four, 1000).unwrap();
        assert_eq!(&four, b"here");
        assert_eq!(file.read_at(&mut four, 299_998).unwrap(), 2);
        let beyond = file.read_exact_at(&mut four, 299_998).unwrap_err();
        assert_eq!(beyond.kind(), ErrorKind::UnexpectedEof);
        assert_eq!(file.stream_position().unwrap(), 300_000, "not moved");

        file.set_len(5).unwrap();
        file.sync_all().unwrap();
        assert_eq!(file.metadata().unwrap().len(), 5);
        let mut clone = file.try_clone().unwrap();
        clone.rewind().unwrap();
        assert_eq!((&file).read(&mut [0; 64]).unwrap(), 5, "they share a place");

        let mut lines = BufWriter::new(File::create(&path).unwrap());
        (0..1000).for_each(|n| writeln!(lines, "{n}").unwrap());
        drop(lines);
        let lines = BufReader::new(File::open(&path).unwrap()).lines();
        assert!(
            lines
                .enumerate()
                .all(|(n, line)| line.unwrap() == n.to_string())
        );

        fs::write(&path, "text").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"text");
        assert_eq!(fs::read_to_string(&path).unwrap(), "text");
        let kind = fs::read(directory.join("none")).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::NotFound);
    });
}

#[test]
fn directories_links_and_options_are_those_of_std() {
    in_task_and_thread(|| {
        let directory = Directory::new();
        fs::create_dir_all(directory.join("a/b/c")).unwrap();
        let names: BTreeSet<_> = (0..200).map(|n| format!("{n}")).collect();
        for name in &names {
            fs::write(directory.join("a/b/c").join(name), name).unwrap();
        }
        // More than one trip brings.
        let mut seen = BTreeSet::new();
        for entry in fs::read_dir(directory.join("a/b/c")).unwrap() {
            let entry = entry.unwrap();
            assert!(entry.file_type().unwrap().is_file());
            let metadata = entry.metadata().unwrap();
            assert_eq!(metadata.ino(), entry.ino());
            assert_eq!(metadata.len(), entry.file_name().len() as u64);
            assert_eq!(entry.path().parent(), Some(&*directory.join("a/b/c")));
            seen.insert(entry.file_name().into_string().unwrap());
        }
        assert_eq!(seen, names);

        let link = directory.join("link");
        symlink(Path::new("a/b/c/7"), &link).unwrap();
        assert_eq!(fs::read_link(&link).unwrap(), Path::new("a/b/c/7"));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::metadata(&link).unwrap().is_file());
        assert_eq!(fs::copy(&link, directory.join("copy")).unwrap(), 1);
        fs::rename(directory.join("copy"), directory.join("moved")).unwrap();
        fs::hard_link(directory.join("moved"), directory.join("again")).unwrap();
        fs::remove_file(directory.join("moved")).unwrap();
        assert_eq!(fs::read(directory.join("again")).unwrap(), b"7");
        assert!(!fs::exists(directory.join("moved")).unwrap());

        let private = directory.join("private");
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        options.open(&private).unwrap();
        assert_eq!(fs::metadata(&private).unwrap().mode() & 0o777, 0o600);
        assert_eq!(
            options.open(&private).unwrap_err().kind(),
            ErrorKind::AlreadyExists
        );
        fs::remove_dir_all(directory.join("a")).unwrap();
        assert!(fs::remove_dir(directory.join("a")).is_err());
    });
}

#[test]
fn a_file_that_waits_for_a_lock_holds_no_worker_up() {
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let directory = Directory::new();
            let path = directory.join("locked");
            let (held, wanted) = (File::create(&path).unwrap(), File::open(&path).unwrap());
            held.lock().unwrap();
            assert!(matches!(wanted.try_lock(), Err(TryLockError::WouldBlock)));
            let locked = AtomicBool::new(false);
            teem::scope(|s| {
                s.spawn(|| {
                    wanted.lock_shared().unwrap();
                    locked.store(true, Ordering::SeqCst);
                });
                // The only worker goes on.
                (0..100).for_each(|_| teem::task::yield_now());
                assert!(!locked.load(Ordering::SeqCst));
                held.unlock().unwrap();
            });
            assert!(locked.load(Ordering::SeqCst));
        });
    });
}

#[test]
fn a_done_context_begins_nothing_and_loses_nothing() {
    in_task_and_thread(|| {
        let directory = Directory::new();
        let path = directory.join("file");
        fs::write(&path, "0123456789").unwrap();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .unwrap();
        let mut entries = fs::read_dir(&directory.0).unwrap();
        let (context, handle) = Context::background().with_cancel();
        handle.cancel();
        context.enter(|| {
            let errors = [
                file.read(&mut [0; 4]).unwrap_err(),
                file.read_to_end(&mut Vec::new()).unwrap_err(),
                file.write(b"xxxx").unwrap_err(),
                file.set_len(0).unwrap_err(),
                File::create(&path).unwrap_err(),
                fs::write(&path, "").unwrap_err(),
                fs::remove_file(&path).unwrap_err(),
                entries.next().unwrap().unwrap_err(),
            ];
            for error in errors {
                assert!(cause_of(&error).is_some(), "{error:?}");
            }
            assert!(entries.next().is_none(), "errors have an end");
        });
        assert_eq!(entries.next().unwrap().unwrap().path(), path);
        assert!(entries.next().is_none());
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "0123456789", "neither moved nor changed");
    });
}

#[test]
fn many_tasks_with_files_at_once_leave_none_open() {
    // The other tests open files, too.
    if let Some(output) = in_child("many_tasks_with_files_at_once_leave_none_open", &[]) {
        assert!(output.status.success(), "{output:?}");
        return;
    }
    with_workers([1, 2, 8], |runtime| {
        let directory = Directory::new();
        runtime.run(|| fs::write(directory.join("first"), "x").unwrap());
        let before = open_files();
        runtime.run(|| {
            teem::scope(|s| {
                for n in 0..64_usize {
                    let path = directory.join(&format!("{n}"));
                    s.spawn(move || {
                        let mut file = File::create_new(&path).unwrap();
                        for _ in 0..10 {
                            file.write_all(&[n as u8; 1000]).unwrap();
                        }
                        file.rewind().unwrap();
                        let mut bytes = Vec::new();
                        file.read_to_end(&mut bytes).unwrap();
                        assert!(bytes.len() == 10_000 && bytes.iter().all(|b| *b == n as u8));
                        fs::remove_file(path).unwrap();
                    });
                }
            });
        });
        assert_eq!(open_files(), before);
    });
}

#[test]
fn too_many_open_files_is_an_error_and_passes() {
    const TEST: &str = "too_many_open_files_is_an_error_and_passes";
    if let Some(output) = in_child(TEST, &[]) {
        assert!(output.status.success(), "{output:?}");
        return;
    }
    let _watchdog = Watchdog::start();
    teem::run(|| {
        let mut open = Vec::new();
        let limit = libc::rlimit {
            rlim_cur: 64,
            rlim_max: 64,
        };
        // SAFETY: the limits are read during the call.
        let set = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) };
        assert_eq!(set, 0);
        let error = loop {
            match File::open("/dev/null") {
                Ok(file) => open.push(file),
                Err(error) => break error,
            }
        };
        assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
        open.pop();
        File::open("/dev/null").unwrap();
    });
}

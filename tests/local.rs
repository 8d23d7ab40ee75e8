//! Task-local values: whose they are, when they are made, and how they end.
//!
//! The tests up to `join_orders_after_tls_destructors` correspond to those that `std` has for
//! `thread_local!`, and have their names. Left out: `thread_current_in_dtor`, for what it asks is
//! answered by `destructors_run_in_the_task_and_may_park`; and `dtors_in_dtors_in_dtors_const_init`, for a
//! `const` initializer is not another case here.

#![cfg(not(any(loom, miri)))]
#![forbid(unsafe_code)]

#[path = "support/until.rs"]
mod until;
#[path = "support/watchdog.rs"]
mod watchdog;
#[path = "support/workers.rs"]
mod workers;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use teem::task::{LocalKey, try_current, yield_now};
use teem::{spawn, task_local};
use until::until;
use watchdog::Watchdog;
use workers::with_workers;

/// Runs `f` as a task of runtimes of several sizes, and on an OS thread; in either case until it has
/// ended with all that it leaves behind.
fn everywhere(f: fn()) {
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| spawn(f).join().unwrap())
    });
    let _watchdog = Watchdog::start();
    std::thread::spawn(f).join().unwrap();
}

/// Sends when it is dropped.
struct NotifyOnDrop(mpsc::Sender<()>);

impl Drop for NotifyOnDrop {
    fn drop(&mut self) {
        self.0.send(()).unwrap();
    }
}

#[test]
fn smoke_no_dtor() {
    fn run(key: &'static LocalKey<Cell<i32>>) {
        key.with(|f| {
            assert_eq!(f.get(), 1);
            f.set(2);
        });
        spawn(|| key.with(|f| assert_eq!(f.get(), 1)))
            .join()
            .unwrap();
        std::thread::spawn(|| assert_eq!(key.get(), 1))
            .join()
            .unwrap();
        key.with(|f| assert_eq!(f.get(), 2));
    }
    task_local!(static FOO: Cell<i32> = Cell::new(1));
    task_local!(
        static FOO2: Cell<i32> = const { Cell::new(1) };
    );
    everywhere(|| {
        run(&FOO);
        run(&FOO2);
    });
}

#[test]
fn states() {
    struct Foo(&'static LocalKey<Foo>);
    impl Drop for Foo {
        fn drop(&mut self) {
            assert!(self.0.try_with(|_| ()).is_err());
            DROPS.fetch_add(1, Ordering::SeqCst);
        }
    }
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    task_local!(static FOO: Foo = Foo(&FOO));
    everywhere(|| assert!(FOO.try_with(|_| ()).is_ok()));
    assert_eq!(DROPS.load(Ordering::SeqCst), 4);
}

#[test]
fn smoke_dtor() {
    task_local!(static FOO: RefCell<Option<NotifyOnDrop>> = RefCell::new(None));
    everywhere(|| {
        let (sender, receiver) = mpsc::channel();
        let task = spawn(move || FOO.with_borrow_mut(|f| *f = Some(NotifyOnDrop(sender))));
        task.join().unwrap();
        assert_eq!(receiver.recv(), Ok(()));
        assert!(receiver.recv().is_err(), "once");
    });
}

#[test]
fn circular() {
    // Each makes a value of the other's key as long as it can: S1 by hand, S2 by K2, S1 by K1.
    struct S1(Arc<AtomicUsize>);
    struct S2(Arc<AtomicUsize>);
    task_local!(static K1: RefCell<Option<S1>> = RefCell::new(None));
    task_local!(static K2: RefCell<Option<S2>> = RefCell::new(None));
    impl Drop for S1 {
        fn drop(&mut self) {
            let hits = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            if K2.try_with(|_| ()).is_err() {
                assert_eq!(hits, 3);
            } else {
                assert_eq!(hits, 1);
                K2.set(Some(S2(Arc::clone(&self.0))));
            }
        }
    }
    impl Drop for S2 {
        fn drop(&mut self) {
            assert_eq!(self.0.fetch_add(1, Ordering::SeqCst), 1);
            assert!(K1.try_with(|_| ()).is_ok());
            K1.set(Some(S1(Arc::clone(&self.0))));
        }
    }
    let run = |on: &dyn Fn(Box<dyn FnOnce() + Send>)| {
        let hits = Arc::new(AtomicUsize::new(0));
        let first = S1(Arc::clone(&hits));
        on(Box::new(move || drop(first)));
        assert_eq!(hits.load(Ordering::SeqCst), 3);
    };
    let _watchdog = Watchdog::start();
    run(&|f| spawn(f).join().unwrap());
    run(&|f| std::thread::spawn(f).join().unwrap());
}

#[test]
fn self_referential() {
    struct S1(&'static LocalKey<RefCell<Option<S1>>>);
    task_local!(static K1: RefCell<Option<S1>> = RefCell::new(None));
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    impl Drop for S1 {
        fn drop(&mut self) {
            assert!(self.0.try_with(|_| ()).is_err());
            DROPS.fetch_add(1, Ordering::SeqCst);
        }
    }
    everywhere(|| K1.set(Some(S1(&K1))));
    assert_eq!(DROPS.load(Ordering::SeqCst), 4);
}

#[test]
fn dtors_in_dtors_in_dtors() {
    struct S1(mpsc::Sender<()>);
    task_local!(static K1: RefCell<Option<S1>> = RefCell::new(None));
    task_local!(static K2: RefCell<Option<NotifyOnDrop>> = RefCell::new(None));
    impl Drop for S1 {
        fn drop(&mut self) {
            K2.set(Some(NotifyOnDrop(self.0.clone())));
        }
    }
    everywhere(|| {
        let (sender, receiver) = mpsc::channel();
        let of_thread = sender.clone();
        spawn(|| K1.set(Some(S1(sender)))).join().unwrap();
        assert_eq!(receiver.recv(), Ok(()));
        let thread = std::thread::spawn(|| K1.set(Some(S1(of_thread))));
        thread.join().unwrap();
        assert_eq!(receiver.recv(), Ok(()));
    });
}

#[test]
fn join_orders_after_tls_destructors() {
    struct Late(Arc<AtomicBool>);
    impl Drop for Late {
        fn drop(&mut self) {
            (0..20).for_each(|_| yield_now());
            self.0.store(true, Ordering::SeqCst);
        }
    }
    task_local!(static LATE: RefCell<Option<Late>> = RefCell::new(None));
    everywhere(|| {
        let dropped = Arc::new(AtomicBool::new(false));
        let late = Late(Arc::clone(&dropped));
        let task = spawn(|| LATE.set(Some(late)));
        until(|| task.is_finished() || dropped.load(Ordering::SeqCst));
        assert!(
            dropped.load(Ordering::SeqCst),
            "nobody hears of the end before"
        );
        task.join().unwrap();
        // A scope's child, too.
        let dropped = Arc::new(AtomicBool::new(false));
        let late = Late(Arc::clone(&dropped));
        teem::scope(|s| drop(s.spawn(|| LATE.set(Some(late)))));
        assert!(dropped.load(Ordering::SeqCst));
    });
}

#[test]
fn tasks_of_a_worker_do_not_share_a_value() {
    task_local!(static OWN: Cell<usize> = Cell::new(0));
    with_workers([1, 2, 8], |runtime| {
        runtime.run(|| {
            teem::scope(|s| {
                for n in 0..100 {
                    s.spawn(move || {
                        OWN.set(n);
                        for _ in 0..5 {
                            yield_now();
                            assert_eq!(OWN.replace(n), n);
                        }
                    });
                }
            });
            assert_eq!(OWN.get(), 0);
        });
    });
}

#[test]
fn a_closure_may_park_while_it_has_the_value() {
    task_local!(static WORDS: RefCell<Vec<usize>> = RefCell::default());
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            teem::scope(|s| {
                for n in 0..10 {
                    s.spawn(move || {
                        WORDS.with_borrow_mut(|words| {
                            for word in 0..5 {
                                words.push(n + word);
                                yield_now();
                            }
                        });
                        assert!(WORDS.take().into_iter().eq(n..n + 5));
                    });
                }
            });
        });
    });
}

#[test]
fn children_do_not_inherit() {
    task_local!(static DEPTH: Cell<u32> = Cell::new(0));
    everywhere(|| {
        DEPTH.set(7);
        assert_eq!(spawn(|| DEPTH.get()).join().unwrap(), 0);
        assert_eq!(teem::run(|| DEPTH.get()), 0);
        teem::scope(|s| assert_eq!(s.spawn(|| DEPTH.get()).join().unwrap(), 0));
        assert_eq!(DEPTH.get(), 7);
    });
}

#[test]
fn what_is_not_send_is_kept_and_dropped_in_its_place() {
    struct Local(Rc<()>, std::thread::ThreadId);
    impl Drop for Local {
        fn drop(&mut self) {
            assert_eq!(std::thread::current().id(), self.1);
            assert_eq!(Rc::strong_count(&self.0), 1);
            DROPS.fetch_add(1, Ordering::SeqCst);
        }
    }
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    task_local!(static LOCAL: Local = Local(Rc::default(), std::thread::current().id()));
    everywhere(|| {
        let other = LOCAL.with(|local| Rc::clone(&local.0));
        yield_now();
        assert_eq!(Rc::strong_count(&other), 2);
    });
    assert_eq!(DROPS.load(Ordering::SeqCst), 4);
}

#[test]
fn a_value_that_is_set_first_is_not_initialized() {
    task_local!(static CELL: Cell<u32> = panic!("not wanted"));
    task_local!(static REF_CELL: RefCell<u32> = panic!("not wanted"));
    everywhere(|| {
        assert!(catch_unwind(|| CELL.get()).is_err());
        CELL.set(7);
        assert_eq!((CELL.replace(8), CELL.take(), CELL.get()), (7, 8, 0));
        REF_CELL.set(7);
        assert_eq!(REF_CELL.replace(8), 7);
        assert_eq!(REF_CELL.with_borrow(|value| *value), 8);
        let twice = || REF_CELL.with_borrow(|_| REF_CELL.with_borrow_mut(|value| *value = 9));
        assert!(catch_unwind(twice).is_err());
        assert_eq!((REF_CELL.take(), REF_CELL.take()), (8, 0));
    });
}

#[test]
fn of_two_values_of_a_recursive_initializer_the_later_stays() {
    struct Noted(u32);
    impl Drop for Noted {
        fn drop(&mut self) {
            DROPPED.lock().unwrap().push(self.0);
        }
    }
    static DROPPED: Mutex<Vec<u32>> = Mutex::new(Vec::new());
    task_local!(static RECURSIVE: RefCell<Noted> = {
        RECURSIVE.set(Noted(1));
        yield_now();
        RefCell::new(Noted(2))
    });
    everywhere(|| {
        assert_eq!(RECURSIVE.with_borrow(|noted| noted.0), 2);
    });
    assert_eq!(*DROPPED.lock().unwrap(), [1, 2, 1, 2, 1, 2, 1, 2]);
}

#[test]
fn an_initializer_that_panics_is_run_again() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    task_local!(static SECOND: usize = match RUNS.fetch_add(1, Ordering::SeqCst) {
        n if n % 2 == 0 => panic!("the first time"),
        n => n,
    });
    everywhere(|| {
        let first = RUNS.load(Ordering::SeqCst);
        assert!(catch_unwind(|| SECOND.with(|_| ())).is_err());
        assert_eq!(SECOND.with(|n| *n), first + 1);
    });
}

#[test]
fn destructors_run_in_the_task_and_may_park() {
    struct Parks(Option<teem::task::TaskId>);
    impl Drop for Parks {
        fn drop(&mut self) {
            teem::time::sleep(std::time::Duration::from_micros(50));
            teem::spawn(yield_now).join().unwrap();
            assert_eq!(try_current().map(|task| task.id()), self.0);
            DROPS.fetch_add(1, Ordering::SeqCst);
        }
    }
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    task_local!(static PARKS: Parks = Parks(try_current().map(|task| task.id())));
    everywhere(|| PARKS.with(|_| ()));
    assert_eq!(DROPS.load(Ordering::SeqCst), 4);
}

#[test]
fn destructors_run_in_reverse_and_those_without_one_stay_to_the_last() {
    struct Noted(&'static str);
    impl Drop for Noted {
        fn drop(&mut self) {
            assert_eq!(PLAIN.get(), 7, "has no destructor, so is there");
            ORDER.lock().unwrap().push(self.0);
        }
    }
    static ORDER: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    task_local! {
        static PLAIN: Cell<u32> = Cell::new(0);
        static FIRST: Noted = Noted("first");
        static SECOND: Noted = Noted("second");
        static UNUSED: Noted = Noted("unused");
    }
    everywhere(|| {
        FIRST.with(|_| ());
        PLAIN.set(7);
        SECOND.with(|_| ());
    });
    assert_eq!(*ORDER.lock().unwrap(), ["second", "first"].repeat(4));
}

#[test]
fn a_destructor_that_panics_harms_nobody() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("a destructor");
        }
    }
    struct Noted;
    impl Drop for Noted {
        fn drop(&mut self) {
            DROPS.fetch_add(1, Ordering::SeqCst);
        }
    }
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    task_local! {
        static NOTED: Noted = Noted;
        static PANICS: Panics = Panics;
    }
    everywhere(|| {
        NOTED.with(|_| ());
        PANICS.with(|_| ());
    });
    assert_eq!(DROPS.load(Ordering::SeqCst), 4);
}

#[test]
fn a_task_that_panics_drops_its_values() {
    task_local!(static KEPT: RefCell<Option<NotifyOnDrop>> = RefCell::new(None));
    with_workers([1, 2], |runtime| {
        runtime.run(|| {
            let (sender, receiver) = mpsc::channel();
            let task = spawn(move || {
                KEPT.set(Some(NotifyOnDrop(sender)));
                panic!("with a value");
            });
            assert!(task.join().is_err());
            assert_eq!(receiver.try_recv(), Ok(()));
        });
    });
}

#[test]
fn a_result_that_nobody_joins_is_dropped_when_the_values_are_gone() {
    struct Late(mpsc::Sender<bool>);
    impl Drop for Late {
        fn drop(&mut self) {
            let _ = self.0.send(VALUE.try_with(|_| ()).is_err());
        }
    }
    task_local!(static VALUE: String = String::from("used"));
    let _watchdog = Watchdog::start();
    for used in [false, true] {
        let (sender, receiver) = mpsc::channel();
        let go = Arc::new(AtomicBool::new(false));
        let wait = Arc::clone(&go);
        drop(spawn(move || {
            if used {
                VALUE.with(|_| ());
            }
            until(|| wait.load(Ordering::SeqCst));
            Late(sender)
        }));
        go.store(true, Ordering::SeqCst);
        assert_eq!(receiver.recv(), Ok(true));
    }
}

#[test]
fn offloaded_code_has_the_values_of_its_thread() {
    task_local!(static VALUE: Cell<u32> = Cell::new(0));
    with_workers([1], |runtime| {
        runtime.run(|| {
            VALUE.set(7);
            assert_eq!(teem::offload(|| VALUE.get()), 0);
            assert_eq!(VALUE.get(), 7);
        });
    });
}

#[test]
fn keys_of_the_same_form_are_different_keys() {
    task_local! {
        static A: Cell<u32> = const { Cell::new(0) };
        static B: Cell<u32> = const { Cell::new(0) };
    }
    everywhere(|| {
        A.set(1);
        B.set(2);
        assert_eq!((A.get(), B.get()), (1, 2));
    });
}

#[test]
fn many_keys_in_many_tasks() {
    macro_rules! keys {
        ($($name:ident)*) => {
            task_local!($(static $name: RefCell<Vec<u64>> = RefCell::default());*);
            const KEYS: &[&LocalKey<RefCell<Vec<u64>>>] = &[$(&$name),*];
        };
    }
    keys!(A B C D E F G H I J K L M N O P Q R S T U V W X Y Z);
    with_workers([2], |runtime| {
        runtime.run(|| {
            teem::scope(|s| {
                for task in 0..200 {
                    s.spawn(move || {
                        for round in 0..3 {
                            for (n, key) in (0..).zip(KEYS) {
                                key.with_borrow_mut(|list| list.push(task + n + round));
                            }
                            yield_now();
                        }
                        for (n, key) in (0..).zip(KEYS) {
                            assert!(key.take().into_iter().eq(task + n..task + n + 3));
                        }
                    });
                }
            });
        });
    });
}

#[test]
fn access_after_the_end_is_an_error_or_a_panic_with_a_message() {
    struct Asks;
    impl Drop for Asks {
        fn drop(&mut self) {
            let error = ASKS.try_with(|_| ()).unwrap_err();
            assert_eq!(error.to_string(), "the task-local value has been destroyed");
            let panic = catch_unwind(AssertUnwindSafe(|| ASKS.with(|_| ()))).unwrap_err();
            let message = panic.downcast::<String>().unwrap();
            assert_eq!(*message, error.to_string());
            ASKED.fetch_add(1, Ordering::SeqCst);
        }
    }
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    task_local!(static ASKS: Asks = Asks);
    everywhere(|| ASKS.with(|_| ()));
    assert_eq!(ASKED.load(Ordering::SeqCst), 4);
}

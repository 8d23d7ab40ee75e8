// Made by generate.py from the documentation of Rust 1.95.0: 304 checks. Not to be edited.
//
// Left out:
//
// - `sync::ONCE_INIT`: deprecated since 1.38, and a static of it is `Once::new()` in all editions.
// - `thread::JoinHandle: JoinHandleExt`: the thread of a task is its worker, which nobody may join.
// - `sync::OnceState: !Sync`: ours can be shared, for it is a flag that nobody changes.
// - `sync::OnceState: !RefUnwindSafe`: as above.

// std::sync

fn sync_atomic_atomicbool(it: std::sync::atomic::AtomicBool) -> root::sync::atomic::AtomicBool {
    it
}
fn sync_atomic_atomici8(it: std::sync::atomic::AtomicI8) -> root::sync::atomic::AtomicI8 {
    it
}
fn sync_atomic_atomici16(it: std::sync::atomic::AtomicI16) -> root::sync::atomic::AtomicI16 {
    it
}
fn sync_atomic_atomici32(it: std::sync::atomic::AtomicI32) -> root::sync::atomic::AtomicI32 {
    it
}
fn sync_atomic_atomici64(it: std::sync::atomic::AtomicI64) -> root::sync::atomic::AtomicI64 {
    it
}
fn sync_atomic_atomicisize(it: std::sync::atomic::AtomicIsize) -> root::sync::atomic::AtomicIsize {
    it
}
fn sync_atomic_atomicptr<T>(
    it: std::sync::atomic::AtomicPtr<T>,
) -> root::sync::atomic::AtomicPtr<T> {
    it
}
fn sync_atomic_atomicu8(it: std::sync::atomic::AtomicU8) -> root::sync::atomic::AtomicU8 {
    it
}
fn sync_atomic_atomicu16(it: std::sync::atomic::AtomicU16) -> root::sync::atomic::AtomicU16 {
    it
}
fn sync_atomic_atomicu32(it: std::sync::atomic::AtomicU32) -> root::sync::atomic::AtomicU32 {
    it
}
fn sync_atomic_atomicu64(it: std::sync::atomic::AtomicU64) -> root::sync::atomic::AtomicU64 {
    it
}
fn sync_atomic_atomicusize(it: std::sync::atomic::AtomicUsize) -> root::sync::atomic::AtomicUsize {
    it
}
fn sync_atomic_ordering(it: std::sync::atomic::Ordering) -> root::sync::atomic::Ordering {
    it
}
const SYNC_ATOMIC_ATOMIC_BOOL_INIT: root::sync::atomic::AtomicBool =
    root::sync::atomic::ATOMIC_BOOL_INIT;
const SYNC_ATOMIC_ATOMIC_ISIZE_INIT: root::sync::atomic::AtomicIsize =
    root::sync::atomic::ATOMIC_ISIZE_INIT;
const SYNC_ATOMIC_ATOMIC_USIZE_INIT: root::sync::atomic::AtomicUsize =
    root::sync::atomic::ATOMIC_USIZE_INIT;
fn sync_arc<T>(it: std::sync::Arc<T>) -> root::sync::Arc<T> {
    it
}
const fn sync_barrier_new(n: usize) -> root::sync::Barrier {
    <root::sync::Barrier>::new(n)
}
fn sync_barrier_wait(this: &root::sync::Barrier) -> root::sync::BarrierWaitResult {
    <root::sync::Barrier>::wait(this)
}
fn sync_barrier_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::sync::Barrier>();
}
fn sync_barrier_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::sync::Barrier>();
}
fn sync_barrier_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::sync::Barrier>();
}
fn sync_barrier_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::sync::Barrier>();
}
fn sync_barrier_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::sync::Barrier>();
}
fn sync_barrier_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::sync::Barrier>();
}
fn sync_barrierwaitresult_is_leader(this: &root::sync::BarrierWaitResult) -> bool {
    <root::sync::BarrierWaitResult>::is_leader(this)
}
fn sync_barrierwaitresult_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::sync::BarrierWaitResult>();
}
fn sync_barrierwaitresult_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::sync::BarrierWaitResult>();
}
fn sync_barrierwaitresult_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::sync::BarrierWaitResult>();
}
fn sync_barrierwaitresult_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::sync::BarrierWaitResult>();
}
fn sync_barrierwaitresult_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::sync::BarrierWaitResult>();
}
fn sync_barrierwaitresult_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::sync::BarrierWaitResult>();
}
const fn sync_condvar_new() -> root::sync::Condvar {
    <root::sync::Condvar>::new()
}
fn sync_condvar_wait<'a, T>(
    this: &root::sync::Condvar,
    guard: root::sync::MutexGuard<'a, T>,
) -> root::sync::LockResult<root::sync::MutexGuard<'a, T>> {
    <root::sync::Condvar>::wait(this, guard)
}
fn sync_condvar_wait_while<'a, T, F>(
    this: &root::sync::Condvar,
    guard: root::sync::MutexGuard<'a, T>,
    condition: F,
) -> root::sync::LockResult<root::sync::MutexGuard<'a, T>>
where
    F: std::ops::FnMut(&mut T) -> bool,
{
    <root::sync::Condvar>::wait_while(this, guard, condition)
}
fn sync_condvar_wait_timeout_ms<'a, T>(
    this: &root::sync::Condvar,
    guard: root::sync::MutexGuard<'a, T>,
    ms: u32,
) -> root::sync::LockResult<(root::sync::MutexGuard<'a, T>, bool)> {
    <root::sync::Condvar>::wait_timeout_ms(this, guard, ms)
}
fn sync_condvar_wait_timeout<'a, T>(
    this: &root::sync::Condvar,
    guard: root::sync::MutexGuard<'a, T>,
    dur: root::time::Duration,
) -> root::sync::LockResult<(root::sync::MutexGuard<'a, T>, root::sync::WaitTimeoutResult)> {
    <root::sync::Condvar>::wait_timeout(this, guard, dur)
}
fn sync_condvar_wait_timeout_while<'a, T, F>(
    this: &root::sync::Condvar,
    guard: root::sync::MutexGuard<'a, T>,
    dur: root::time::Duration,
    condition: F,
) -> root::sync::LockResult<(root::sync::MutexGuard<'a, T>, root::sync::WaitTimeoutResult)>
where
    F: std::ops::FnMut(&mut T) -> bool,
{
    <root::sync::Condvar>::wait_timeout_while(this, guard, dur, condition)
}
fn sync_condvar_notify_one(this: &root::sync::Condvar) {
    <root::sync::Condvar>::notify_one(this)
}
fn sync_condvar_notify_all(this: &root::sync::Condvar) {
    <root::sync::Condvar>::notify_all(this)
}
fn sync_condvar_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::sync::Condvar>();
}
fn sync_condvar_is_default() {
    fn is<Subject: ?Sized + std::default::Default>() {}
    is::<root::sync::Condvar>();
}
fn sync_condvar_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::sync::Condvar>();
}
fn sync_condvar_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::sync::Condvar>();
}
fn sync_condvar_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::sync::Condvar>();
}
fn sync_condvar_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::sync::Condvar>();
}
fn sync_condvar_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::sync::Condvar>();
}
const fn sync_lazylock_new<T, F: std::ops::FnOnce() -> T>(f: F) -> root::sync::LazyLock<T, F> {
    <root::sync::LazyLock<T, F>>::new(f)
}
fn sync_lazylock_force_mut<T, F: std::ops::FnOnce() -> T>(
    this: &mut root::sync::LazyLock<T, F>,
) -> &mut T {
    <root::sync::LazyLock<T, F>>::force_mut(this)
}
fn sync_lazylock_force<T, F: std::ops::FnOnce() -> T>(this: &root::sync::LazyLock<T, F>) -> &T {
    <root::sync::LazyLock<T, F>>::force(this)
}
fn sync_lazylock_get_mut<T, F>(
    this: &mut root::sync::LazyLock<T, F>,
) -> std::option::Option<&mut T> {
    <root::sync::LazyLock<T, F>>::get_mut(this)
}
fn sync_lazylock_get<T, F>(this: &root::sync::LazyLock<T, F>) -> std::option::Option<&T> {
    <root::sync::LazyLock<T, F>>::get(this)
}
fn sync_lazylock_is_debug<T: std::fmt::Debug, F>() {
    fn is<T: std::fmt::Debug, F, Subject: ?Sized + std::fmt::Debug>() {}
    is::<T, F, root::sync::LazyLock<T, F>>();
}
fn sync_lazylock_is_default<T: std::default::Default>() {
    fn is<T: std::default::Default, Subject: ?Sized + std::default::Default>() {}
    is::<T, root::sync::LazyLock<T>>();
}
fn sync_lazylock_is_deref<T, F: std::ops::FnOnce() -> T>() {
    fn is<T, F: std::ops::FnOnce() -> T, Subject: ?Sized + std::ops::Deref<Target = T>>() {}
    is::<T, F, root::sync::LazyLock<T, F>>();
}
fn sync_lazylock_is_derefmut<T, F: std::ops::FnOnce() -> T>() {
    fn is<T, F: std::ops::FnOnce() -> T, Subject: ?Sized + std::ops::DerefMut>() {}
    is::<T, F, root::sync::LazyLock<T, F>>();
}
fn sync_lazylock_is_refunwindsafe<
    T: std::panic::RefUnwindSafe + std::panic::UnwindSafe,
    F: std::panic::UnwindSafe,
>() {
    fn is<
        T: std::panic::RefUnwindSafe + std::panic::UnwindSafe,
        F: std::panic::UnwindSafe,
        Subject: ?Sized + std::panic::RefUnwindSafe,
    >() {
    }
    is::<T, F, root::sync::LazyLock<T, F>>();
}
fn sync_lazylock_is_sync<T: std::marker::Sync + std::marker::Send, F: std::marker::Send>() {
    fn is<
        T: std::marker::Sync + std::marker::Send,
        F: std::marker::Send,
        Subject: ?Sized + std::marker::Sync,
    >() {
    }
    is::<T, F, root::sync::LazyLock<T, F>>();
}
fn sync_lazylock_is_unwindsafe<T: std::panic::UnwindSafe, F: std::panic::UnwindSafe>() {
    fn is<
        T: std::panic::UnwindSafe,
        F: std::panic::UnwindSafe,
        Subject: ?Sized + std::panic::UnwindSafe,
    >() {
    }
    is::<T, F, root::sync::LazyLock<T, F>>();
}
fn sync_lazylock_is_send<T, F>()
where
    T: std::marker::Send,
    F: std::marker::Send,
{
    fn is<T, F, Subject: ?Sized + std::marker::Send>()
    where
        T: std::marker::Send,
        F: std::marker::Send,
    {
    }
    is::<T, F, root::sync::LazyLock<T, F>>();
}
fn sync_lazylock_is_unpin<T, F>()
where
    T: std::marker::Unpin,
    F: std::marker::Unpin,
{
    fn is<T, F, Subject: ?Sized + std::marker::Unpin>()
    where
        T: std::marker::Unpin,
        F: std::marker::Unpin,
    {
    }
    is::<T, F, root::sync::LazyLock<T, F>>();
}
const fn sync_mutex_new<T>(t: T) -> root::sync::Mutex<T> {
    <root::sync::Mutex<T>>::new(t)
}
fn sync_mutex_lock<T: ?std::marker::Sized>(
    this: &root::sync::Mutex<T>,
) -> root::sync::LockResult<root::sync::MutexGuard<'_, T>> {
    <root::sync::Mutex<T>>::lock(this)
}
fn sync_mutex_try_lock<T: ?std::marker::Sized>(
    this: &root::sync::Mutex<T>,
) -> root::sync::TryLockResult<root::sync::MutexGuard<'_, T>> {
    <root::sync::Mutex<T>>::try_lock(this)
}
fn sync_mutex_is_poisoned<T: ?std::marker::Sized>(this: &root::sync::Mutex<T>) -> bool {
    <root::sync::Mutex<T>>::is_poisoned(this)
}
fn sync_mutex_clear_poison<T: ?std::marker::Sized>(this: &root::sync::Mutex<T>) {
    <root::sync::Mutex<T>>::clear_poison(this)
}
fn sync_mutex_into_inner<T: ?std::marker::Sized>(
    this: root::sync::Mutex<T>,
) -> root::sync::LockResult<T>
where
    T: std::marker::Sized,
{
    <root::sync::Mutex<T>>::into_inner(this)
}
fn sync_mutex_get_mut<T: ?std::marker::Sized>(
    this: &mut root::sync::Mutex<T>,
) -> root::sync::LockResult<&mut T> {
    <root::sync::Mutex<T>>::get_mut(this)
}
fn sync_mutex_is_debug<T: ?std::marker::Sized + std::fmt::Debug>() {
    fn is<T: ?std::marker::Sized + std::fmt::Debug, Subject: ?Sized + std::fmt::Debug>() {}
    is::<T, root::sync::Mutex<T>>();
}
fn sync_mutex_is_default<T: std::default::Default>() {
    fn is<T: std::default::Default, Subject: ?Sized + std::default::Default>() {}
    is::<T, root::sync::Mutex<T>>();
}
fn sync_mutex_is_from<T>() {
    fn is<T, Subject: ?Sized + std::convert::From<T>>() {}
    is::<T, root::sync::Mutex<T>>();
}
fn sync_mutex_is_refunwindsafe<T: ?std::marker::Sized>() {
    fn is<T: ?std::marker::Sized, Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<T, root::sync::Mutex<T>>();
}
fn sync_mutex_is_send<T: ?std::marker::Sized + std::marker::Send>() {
    fn is<T: ?std::marker::Sized + std::marker::Send, Subject: ?Sized + std::marker::Send>() {}
    is::<T, root::sync::Mutex<T>>();
}
fn sync_mutex_is_sync<T: ?std::marker::Sized + std::marker::Send>() {
    fn is<T: ?std::marker::Sized + std::marker::Send, Subject: ?Sized + std::marker::Sync>() {}
    is::<T, root::sync::Mutex<T>>();
}
fn sync_mutex_is_unwindsafe<T: ?std::marker::Sized>() {
    fn is<T: ?std::marker::Sized, Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<T, root::sync::Mutex<T>>();
}
fn sync_mutex_is_unpin<T>()
where
    T: std::marker::Unpin + ?std::marker::Sized,
{
    fn is<T, Subject: ?Sized + std::marker::Unpin>()
    where
        T: std::marker::Unpin + ?std::marker::Sized,
    {
    }
    is::<T, root::sync::Mutex<T>>();
}
fn sync_mutexguard_is_debug<T: ?std::marker::Sized + std::fmt::Debug>() {
    fn is<T: ?std::marker::Sized + std::fmt::Debug, Subject: ?Sized + std::fmt::Debug>() {}
    is::<T, root::sync::MutexGuard<'_, T>>();
}
fn sync_mutexguard_is_deref<T: ?std::marker::Sized>() {
    fn is<T: ?std::marker::Sized, Subject: ?Sized + std::ops::Deref<Target = T>>() {}
    is::<T, root::sync::MutexGuard<'_, T>>();
}
fn sync_mutexguard_is_derefmut<T: ?std::marker::Sized>() {
    fn is<T: ?std::marker::Sized, Subject: ?Sized + std::ops::DerefMut>() {}
    is::<T, root::sync::MutexGuard<'_, T>>();
}
fn sync_mutexguard_is_display<T: ?std::marker::Sized + std::fmt::Display>() {
    fn is<T: ?std::marker::Sized + std::fmt::Display, Subject: ?Sized + std::fmt::Display>() {}
    is::<T, root::sync::MutexGuard<'_, T>>();
}
fn sync_mutexguard_is_not_send<T: ?std::marker::Sized>() {
    ambiguous!(std::marker::Send);
    let _ = <root::sync::MutexGuard<'_, T> as Ambiguous<_>>::item;
}
fn sync_mutexguard_is_sync<T: ?std::marker::Sized + std::marker::Sync>() {
    fn is<T: ?std::marker::Sized + std::marker::Sync, Subject: ?Sized + std::marker::Sync>() {}
    is::<T, root::sync::MutexGuard<'_, T>>();
}
fn sync_mutexguard_is_refunwindsafe<'a, T>()
where
    T: ?std::marker::Sized,
    T: 'a,
{
    fn is<'a, T, Subject: ?Sized + std::panic::RefUnwindSafe>()
    where
        T: ?std::marker::Sized,
        T: 'a,
    {
    }
    is::<T, root::sync::MutexGuard<'a, T>>();
}
fn sync_mutexguard_is_unpin<'a, T>()
where
    T: ?std::marker::Sized,
    T: 'a,
{
    fn is<'a, T, Subject: ?Sized + std::marker::Unpin>()
    where
        T: ?std::marker::Sized,
        T: 'a,
    {
    }
    is::<T, root::sync::MutexGuard<'a, T>>();
}
fn sync_mutexguard_is_unwindsafe<'a, T>()
where
    T: ?std::marker::Sized,
    T: 'a,
{
    fn is<'a, T, Subject: ?Sized + std::panic::UnwindSafe>()
    where
        T: ?std::marker::Sized,
        T: 'a,
    {
    }
    is::<T, root::sync::MutexGuard<'a, T>>();
}
const fn sync_once_new() -> root::sync::Once {
    <root::sync::Once>::new()
}
fn sync_once_call_once<F>(this: &root::sync::Once, f: F)
where
    F: std::ops::FnOnce(),
{
    <root::sync::Once>::call_once(this, f)
}
fn sync_once_call_once_force<F>(this: &root::sync::Once, f: F)
where
    F: std::ops::FnOnce(&root::sync::OnceState),
{
    <root::sync::Once>::call_once_force(this, f)
}
fn sync_once_is_completed(this: &root::sync::Once) -> bool {
    <root::sync::Once>::is_completed(this)
}
fn sync_once_wait(this: &root::sync::Once) {
    <root::sync::Once>::wait(this)
}
fn sync_once_wait_force(this: &root::sync::Once) {
    <root::sync::Once>::wait_force(this)
}
fn sync_once_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::sync::Once>();
}
fn sync_once_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::sync::Once>();
}
fn sync_once_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::sync::Once>();
}
fn sync_once_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::sync::Once>();
}
fn sync_once_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::sync::Once>();
}
fn sync_once_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::sync::Once>();
}
const fn sync_oncelock_new<T>() -> root::sync::OnceLock<T> {
    <root::sync::OnceLock<T>>::new()
}
fn sync_oncelock_get<T>(this: &root::sync::OnceLock<T>) -> std::option::Option<&T> {
    <root::sync::OnceLock<T>>::get(this)
}
fn sync_oncelock_get_mut<T>(this: &mut root::sync::OnceLock<T>) -> std::option::Option<&mut T> {
    <root::sync::OnceLock<T>>::get_mut(this)
}
fn sync_oncelock_wait<T>(this: &root::sync::OnceLock<T>) -> &T {
    <root::sync::OnceLock<T>>::wait(this)
}
fn sync_oncelock_set<T>(this: &root::sync::OnceLock<T>, value: T) -> std::result::Result<(), T> {
    <root::sync::OnceLock<T>>::set(this, value)
}
fn sync_oncelock_get_or_init<'this, T, F>(this: &'this root::sync::OnceLock<T>, f: F) -> &'this T
where
    F: std::ops::FnOnce() -> T,
{
    <root::sync::OnceLock<T>>::get_or_init(this, f)
}
fn sync_oncelock_into_inner<T>(this: root::sync::OnceLock<T>) -> std::option::Option<T> {
    <root::sync::OnceLock<T>>::into_inner(this)
}
fn sync_oncelock_take<T>(this: &mut root::sync::OnceLock<T>) -> std::option::Option<T> {
    <root::sync::OnceLock<T>>::take(this)
}
fn sync_oncelock_is_clone<T: std::clone::Clone>() {
    fn is<T: std::clone::Clone, Subject: ?Sized + std::clone::Clone>() {}
    is::<T, root::sync::OnceLock<T>>();
}
fn sync_oncelock_is_debug<T: std::fmt::Debug>() {
    fn is<T: std::fmt::Debug, Subject: ?Sized + std::fmt::Debug>() {}
    is::<T, root::sync::OnceLock<T>>();
}
fn sync_oncelock_is_default<T>() {
    fn is<T, Subject: ?Sized + std::default::Default>() {}
    is::<T, root::sync::OnceLock<T>>();
}
fn sync_oncelock_is_from<T>() {
    fn is<T, Subject: ?Sized + std::convert::From<T>>() {}
    is::<T, root::sync::OnceLock<T>>();
}
fn sync_oncelock_is_partialeq<T: std::cmp::PartialEq>() {
    fn is<T: std::cmp::PartialEq, Subject: ?Sized + std::cmp::PartialEq>() {}
    is::<T, root::sync::OnceLock<T>>();
}
fn sync_oncelock_is_eq<T: std::cmp::Eq>() {
    fn is<T: std::cmp::Eq, Subject: ?Sized + std::cmp::Eq>() {}
    is::<T, root::sync::OnceLock<T>>();
}
fn sync_oncelock_is_refunwindsafe<T: std::panic::RefUnwindSafe + std::panic::UnwindSafe>() {
    fn is<
        T: std::panic::RefUnwindSafe + std::panic::UnwindSafe,
        Subject: ?Sized + std::panic::RefUnwindSafe,
    >() {
    }
    is::<T, root::sync::OnceLock<T>>();
}
fn sync_oncelock_is_send<T: std::marker::Send>() {
    fn is<T: std::marker::Send, Subject: ?Sized + std::marker::Send>() {}
    is::<T, root::sync::OnceLock<T>>();
}
fn sync_oncelock_is_sync<T: std::marker::Sync + std::marker::Send>() {
    fn is<T: std::marker::Sync + std::marker::Send, Subject: ?Sized + std::marker::Sync>() {}
    is::<T, root::sync::OnceLock<T>>();
}
fn sync_oncelock_is_unwindsafe<T: std::panic::UnwindSafe>() {
    fn is<T: std::panic::UnwindSafe, Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<T, root::sync::OnceLock<T>>();
}
fn sync_oncelock_is_unpin<T>()
where
    T: std::marker::Unpin,
{
    fn is<T, Subject: ?Sized + std::marker::Unpin>()
    where
        T: std::marker::Unpin,
    {
    }
    is::<T, root::sync::OnceLock<T>>();
}
fn sync_oncestate_is_poisoned(this: &root::sync::OnceState) -> bool {
    <root::sync::OnceState>::is_poisoned(this)
}
fn sync_oncestate_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::sync::OnceState>();
}
fn sync_oncestate_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::sync::OnceState>();
}
fn sync_oncestate_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::sync::OnceState>();
}
fn sync_oncestate_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::sync::OnceState>();
}
fn sync_poisonerror<T>(it: std::sync::PoisonError<T>) -> root::sync::PoisonError<T> {
    it
}
const fn sync_rwlock_new<T>(t: T) -> root::sync::RwLock<T> {
    <root::sync::RwLock<T>>::new(t)
}
fn sync_rwlock_read<T: ?std::marker::Sized>(
    this: &root::sync::RwLock<T>,
) -> root::sync::LockResult<root::sync::RwLockReadGuard<'_, T>> {
    <root::sync::RwLock<T>>::read(this)
}
fn sync_rwlock_try_read<T: ?std::marker::Sized>(
    this: &root::sync::RwLock<T>,
) -> root::sync::TryLockResult<root::sync::RwLockReadGuard<'_, T>> {
    <root::sync::RwLock<T>>::try_read(this)
}
fn sync_rwlock_write<T: ?std::marker::Sized>(
    this: &root::sync::RwLock<T>,
) -> root::sync::LockResult<root::sync::RwLockWriteGuard<'_, T>> {
    <root::sync::RwLock<T>>::write(this)
}
fn sync_rwlock_try_write<T: ?std::marker::Sized>(
    this: &root::sync::RwLock<T>,
) -> root::sync::TryLockResult<root::sync::RwLockWriteGuard<'_, T>> {
    <root::sync::RwLock<T>>::try_write(this)
}
fn sync_rwlock_is_poisoned<T: ?std::marker::Sized>(this: &root::sync::RwLock<T>) -> bool {
    <root::sync::RwLock<T>>::is_poisoned(this)
}
fn sync_rwlock_clear_poison<T: ?std::marker::Sized>(this: &root::sync::RwLock<T>) {
    <root::sync::RwLock<T>>::clear_poison(this)
}
fn sync_rwlock_into_inner<T: ?std::marker::Sized>(
    this: root::sync::RwLock<T>,
) -> root::sync::LockResult<T>
where
    T: std::marker::Sized,
{
    <root::sync::RwLock<T>>::into_inner(this)
}
fn sync_rwlock_get_mut<T: ?std::marker::Sized>(
    this: &mut root::sync::RwLock<T>,
) -> root::sync::LockResult<&mut T> {
    <root::sync::RwLock<T>>::get_mut(this)
}
fn sync_rwlock_is_debug<T: ?std::marker::Sized + std::fmt::Debug>() {
    fn is<T: ?std::marker::Sized + std::fmt::Debug, Subject: ?Sized + std::fmt::Debug>() {}
    is::<T, root::sync::RwLock<T>>();
}
fn sync_rwlock_is_default<T: std::default::Default>() {
    fn is<T: std::default::Default, Subject: ?Sized + std::default::Default>() {}
    is::<T, root::sync::RwLock<T>>();
}
fn sync_rwlock_is_from<T>() {
    fn is<T, Subject: ?Sized + std::convert::From<T>>() {}
    is::<T, root::sync::RwLock<T>>();
}
fn sync_rwlock_is_refunwindsafe<T: ?std::marker::Sized>() {
    fn is<T: ?std::marker::Sized, Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<T, root::sync::RwLock<T>>();
}
fn sync_rwlock_is_send<T: ?std::marker::Sized + std::marker::Send>() {
    fn is<T: ?std::marker::Sized + std::marker::Send, Subject: ?Sized + std::marker::Send>() {}
    is::<T, root::sync::RwLock<T>>();
}
fn sync_rwlock_is_sync<T: ?std::marker::Sized + std::marker::Send + std::marker::Sync>() {
    fn is<
        T: ?std::marker::Sized + std::marker::Send + std::marker::Sync,
        Subject: ?Sized + std::marker::Sync,
    >() {
    }
    is::<T, root::sync::RwLock<T>>();
}
fn sync_rwlock_is_unwindsafe<T: ?std::marker::Sized>() {
    fn is<T: ?std::marker::Sized, Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<T, root::sync::RwLock<T>>();
}
fn sync_rwlock_is_unpin<T>()
where
    T: std::marker::Unpin + ?std::marker::Sized,
{
    fn is<T, Subject: ?Sized + std::marker::Unpin>()
    where
        T: std::marker::Unpin + ?std::marker::Sized,
    {
    }
    is::<T, root::sync::RwLock<T>>();
}
fn sync_rwlockreadguard_is_debug<T: ?std::marker::Sized + std::fmt::Debug>() {
    fn is<T: ?std::marker::Sized + std::fmt::Debug, Subject: ?Sized + std::fmt::Debug>() {}
    is::<T, root::sync::RwLockReadGuard<'_, T>>();
}
fn sync_rwlockreadguard_is_deref<T: ?std::marker::Sized>() {
    fn is<T: ?std::marker::Sized, Subject: ?Sized + std::ops::Deref<Target = T>>() {}
    is::<T, root::sync::RwLockReadGuard<'_, T>>();
}
fn sync_rwlockreadguard_is_display<T: ?std::marker::Sized + std::fmt::Display>() {
    fn is<T: ?std::marker::Sized + std::fmt::Display, Subject: ?Sized + std::fmt::Display>() {}
    is::<T, root::sync::RwLockReadGuard<'_, T>>();
}
fn sync_rwlockreadguard_is_not_send<T: ?std::marker::Sized>() {
    ambiguous!(std::marker::Send);
    let _ = <root::sync::RwLockReadGuard<'_, T> as Ambiguous<_>>::item;
}
fn sync_rwlockreadguard_is_sync<T: ?std::marker::Sized + std::marker::Sync>() {
    fn is<T: ?std::marker::Sized + std::marker::Sync, Subject: ?Sized + std::marker::Sync>() {}
    is::<T, root::sync::RwLockReadGuard<'_, T>>();
}
fn sync_rwlockreadguard_is_refunwindsafe<'rwlock, T>()
where
    T: std::panic::RefUnwindSafe + ?std::marker::Sized,
    T: 'rwlock,
{
    fn is<'rwlock, T, Subject: ?Sized + std::panic::RefUnwindSafe>()
    where
        T: std::panic::RefUnwindSafe + ?std::marker::Sized,
        T: 'rwlock,
    {
    }
    is::<T, root::sync::RwLockReadGuard<'rwlock, T>>();
}
fn sync_rwlockreadguard_is_unpin<'rwlock, T>()
where
    T: ?std::marker::Sized,
    T: 'rwlock,
{
    fn is<'rwlock, T, Subject: ?Sized + std::marker::Unpin>()
    where
        T: ?std::marker::Sized,
        T: 'rwlock,
    {
    }
    is::<T, root::sync::RwLockReadGuard<'rwlock, T>>();
}
fn sync_rwlockreadguard_is_unwindsafe<'rwlock, T>()
where
    T: std::panic::RefUnwindSafe + ?std::marker::Sized,
    T: 'rwlock,
{
    fn is<'rwlock, T, Subject: ?Sized + std::panic::UnwindSafe>()
    where
        T: std::panic::RefUnwindSafe + ?std::marker::Sized,
        T: 'rwlock,
    {
    }
    is::<T, root::sync::RwLockReadGuard<'rwlock, T>>();
}
fn sync_rwlockwriteguard_downgrade<'rwlock, T: ?std::marker::Sized>(
    s: root::sync::RwLockWriteGuard<'rwlock, T>,
) -> root::sync::RwLockReadGuard<'rwlock, T> {
    <root::sync::RwLockWriteGuard<'rwlock, T>>::downgrade(s)
}
fn sync_rwlockwriteguard_is_debug<T: ?std::marker::Sized + std::fmt::Debug>() {
    fn is<T: ?std::marker::Sized + std::fmt::Debug, Subject: ?Sized + std::fmt::Debug>() {}
    is::<T, root::sync::RwLockWriteGuard<'_, T>>();
}
fn sync_rwlockwriteguard_is_deref<T: ?std::marker::Sized>() {
    fn is<T: ?std::marker::Sized, Subject: ?Sized + std::ops::Deref<Target = T>>() {}
    is::<T, root::sync::RwLockWriteGuard<'_, T>>();
}
fn sync_rwlockwriteguard_is_derefmut<T: ?std::marker::Sized>() {
    fn is<T: ?std::marker::Sized, Subject: ?Sized + std::ops::DerefMut>() {}
    is::<T, root::sync::RwLockWriteGuard<'_, T>>();
}
fn sync_rwlockwriteguard_is_display<T: ?std::marker::Sized + std::fmt::Display>() {
    fn is<T: ?std::marker::Sized + std::fmt::Display, Subject: ?Sized + std::fmt::Display>() {}
    is::<T, root::sync::RwLockWriteGuard<'_, T>>();
}
fn sync_rwlockwriteguard_is_not_send<T: ?std::marker::Sized>() {
    ambiguous!(std::marker::Send);
    let _ = <root::sync::RwLockWriteGuard<'_, T> as Ambiguous<_>>::item;
}
fn sync_rwlockwriteguard_is_sync<T: ?std::marker::Sized + std::marker::Sync>() {
    fn is<T: ?std::marker::Sized + std::marker::Sync, Subject: ?Sized + std::marker::Sync>() {}
    is::<T, root::sync::RwLockWriteGuard<'_, T>>();
}
fn sync_rwlockwriteguard_is_refunwindsafe<'rwlock, T>()
where
    T: ?std::marker::Sized,
    T: 'rwlock,
{
    fn is<'rwlock, T, Subject: ?Sized + std::panic::RefUnwindSafe>()
    where
        T: ?std::marker::Sized,
        T: 'rwlock,
    {
    }
    is::<T, root::sync::RwLockWriteGuard<'rwlock, T>>();
}
fn sync_rwlockwriteguard_is_unpin<'rwlock, T>()
where
    T: ?std::marker::Sized,
    T: 'rwlock,
{
    fn is<'rwlock, T, Subject: ?Sized + std::marker::Unpin>()
    where
        T: ?std::marker::Sized,
        T: 'rwlock,
    {
    }
    is::<T, root::sync::RwLockWriteGuard<'rwlock, T>>();
}
fn sync_rwlockwriteguard_is_unwindsafe<'rwlock, T>()
where
    T: ?std::marker::Sized,
    T: 'rwlock,
{
    fn is<'rwlock, T, Subject: ?Sized + std::panic::UnwindSafe>()
    where
        T: ?std::marker::Sized,
        T: 'rwlock,
    {
    }
    is::<T, root::sync::RwLockWriteGuard<'rwlock, T>>();
}
fn sync_waittimeoutresult_timed_out(this: &root::sync::WaitTimeoutResult) -> bool {
    <root::sync::WaitTimeoutResult>::timed_out(this)
}
fn sync_waittimeoutresult_is_clone() {
    fn is<Subject: ?Sized + std::clone::Clone>() {}
    is::<root::sync::WaitTimeoutResult>();
}
fn sync_waittimeoutresult_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::sync::WaitTimeoutResult>();
}
fn sync_waittimeoutresult_is_partialeq() {
    fn is<Subject: ?Sized + std::cmp::PartialEq>() {}
    is::<root::sync::WaitTimeoutResult>();
}
fn sync_waittimeoutresult_is_copy() {
    fn is<Subject: ?Sized + std::marker::Copy>() {}
    is::<root::sync::WaitTimeoutResult>();
}
fn sync_waittimeoutresult_is_eq() {
    fn is<Subject: ?Sized + std::cmp::Eq>() {}
    is::<root::sync::WaitTimeoutResult>();
}
fn sync_waittimeoutresult_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::sync::WaitTimeoutResult>();
}
fn sync_waittimeoutresult_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::sync::WaitTimeoutResult>();
}
fn sync_waittimeoutresult_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::sync::WaitTimeoutResult>();
}
fn sync_waittimeoutresult_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::sync::WaitTimeoutResult>();
}
fn sync_waittimeoutresult_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::sync::WaitTimeoutResult>();
}
fn sync_weak<T>(it: std::sync::Weak<T>) -> root::sync::Weak<T> {
    it
}
fn sync_trylockerror<T>(it: std::sync::TryLockError<T>) -> root::sync::TryLockError<T> {
    it
}
fn sync_lockresult<T>(it: std::sync::LockResult<T>) -> root::sync::LockResult<T> {
    it
}
fn sync_trylockresult<Guard>(
    it: std::sync::TryLockResult<Guard>,
) -> root::sync::TryLockResult<Guard> {
    it
}

// std::sync::mpsc

fn sync_mpsc_intoiter_is_debug<T: std::fmt::Debug>() {
    fn is<T: std::fmt::Debug, Subject: ?Sized + std::fmt::Debug>() {}
    is::<T, root::sync::mpsc::IntoIter<T>>();
}
fn sync_mpsc_intoiter_is_iterator<T>() {
    fn is<T, Subject: ?Sized + std::iter::Iterator<Item = T>>() {}
    is::<T, root::sync::mpsc::IntoIter<T>>();
}
fn sync_mpsc_intoiter_is_refunwindsafe<T>() {
    fn is<T, Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<T, root::sync::mpsc::IntoIter<T>>();
}
fn sync_mpsc_intoiter_is_send<T>()
where
    T: std::marker::Send,
{
    fn is<T, Subject: ?Sized + std::marker::Send>()
    where
        T: std::marker::Send,
    {
    }
    is::<T, root::sync::mpsc::IntoIter<T>>();
}
fn sync_mpsc_intoiter_is_not_sync<T>() {
    ambiguous!(std::marker::Sync);
    let _ = <root::sync::mpsc::IntoIter<T> as Ambiguous<_>>::item;
}
fn sync_mpsc_intoiter_is_unpin<T>() {
    fn is<T, Subject: ?Sized + std::marker::Unpin>() {}
    is::<T, root::sync::mpsc::IntoIter<T>>();
}
fn sync_mpsc_intoiter_is_unwindsafe<T>() {
    fn is<T, Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<T, root::sync::mpsc::IntoIter<T>>();
}
fn sync_mpsc_iter_is_debug<'a, T: std::fmt::Debug + 'a>()
where
    T: 'a,
{
    fn is<'a, T: std::fmt::Debug + 'a, Subject: ?Sized + std::fmt::Debug>()
    where
        T: 'a,
    {
    }
    is::<T, root::sync::mpsc::Iter<'a, T>>();
}
fn sync_mpsc_iter_is_iterator<'a, T>()
where
    T: 'a,
{
    fn is<'a, T, Subject: ?Sized + std::iter::Iterator<Item = T>>()
    where
        T: 'a,
    {
    }
    is::<T, root::sync::mpsc::Iter<'a, T>>();
}
fn sync_mpsc_iter_is_refunwindsafe<'a, T>()
where
    T: 'a,
{
    fn is<'a, T, Subject: ?Sized + std::panic::RefUnwindSafe>()
    where
        T: 'a,
    {
    }
    is::<T, root::sync::mpsc::Iter<'a, T>>();
}
fn sync_mpsc_iter_is_not_send<'a, T>()
where
    T: 'a,
{
    ambiguous!(std::marker::Send);
    let _ = <root::sync::mpsc::Iter<'a, T> as Ambiguous<_>>::item;
}
fn sync_mpsc_iter_is_not_sync<'a, T>()
where
    T: 'a,
{
    ambiguous!(std::marker::Sync);
    let _ = <root::sync::mpsc::Iter<'a, T> as Ambiguous<_>>::item;
}
fn sync_mpsc_iter_is_unpin<'a, T>()
where
    T: 'a,
{
    fn is<'a, T, Subject: ?Sized + std::marker::Unpin>()
    where
        T: 'a,
    {
    }
    is::<T, root::sync::mpsc::Iter<'a, T>>();
}
fn sync_mpsc_iter_is_unwindsafe<'a, T>()
where
    T: 'a,
{
    fn is<'a, T, Subject: ?Sized + std::panic::UnwindSafe>()
    where
        T: 'a,
    {
    }
    is::<T, root::sync::mpsc::Iter<'a, T>>();
}
fn sync_mpsc_receiver_try_recv<T>(
    this: &root::sync::mpsc::Receiver<T>,
) -> std::result::Result<T, root::sync::mpsc::TryRecvError> {
    <root::sync::mpsc::Receiver<T>>::try_recv(this)
}
fn sync_mpsc_receiver_recv<T>(
    this: &root::sync::mpsc::Receiver<T>,
) -> std::result::Result<T, root::sync::mpsc::RecvError> {
    <root::sync::mpsc::Receiver<T>>::recv(this)
}
fn sync_mpsc_receiver_recv_timeout<T>(
    this: &root::sync::mpsc::Receiver<T>,
    timeout: root::time::Duration,
) -> std::result::Result<T, root::sync::mpsc::RecvTimeoutError> {
    <root::sync::mpsc::Receiver<T>>::recv_timeout(this, timeout)
}
fn sync_mpsc_receiver_iter<T>(
    this: &root::sync::mpsc::Receiver<T>,
) -> root::sync::mpsc::Iter<'_, T> {
    <root::sync::mpsc::Receiver<T>>::iter(this)
}
fn sync_mpsc_receiver_try_iter<T>(
    this: &root::sync::mpsc::Receiver<T>,
) -> root::sync::mpsc::TryIter<'_, T> {
    <root::sync::mpsc::Receiver<T>>::try_iter(this)
}
fn sync_mpsc_receiver_is_debug<T>() {
    fn is<T, Subject: ?Sized + std::fmt::Debug>() {}
    is::<T, root::sync::mpsc::Receiver<T>>();
}
fn sync_mpsc_receiver_is_intoiterator<'a, T>()
where
    T: 'a,
{
    fn is<
        'a,
        T,
        Subject: ?Sized + std::iter::IntoIterator<Item = T, IntoIter = root::sync::mpsc::Iter<'a, T>>,
    >()
    where
        T: 'a,
    {
    }
    is::<T, &'a root::sync::mpsc::Receiver<T>>();
}
fn sync_mpsc_receiver_is_intoiterator_2<T>() {
    fn is<
        T,
        Subject: ?Sized + std::iter::IntoIterator<Item = T, IntoIter = root::sync::mpsc::IntoIter<T>>,
    >() {
    }
    is::<T, root::sync::mpsc::Receiver<T>>();
}
fn sync_mpsc_receiver_is_send<T: std::marker::Send>() {
    fn is<T: std::marker::Send, Subject: ?Sized + std::marker::Send>() {}
    is::<T, root::sync::mpsc::Receiver<T>>();
}
fn sync_mpsc_receiver_is_not_sync<T>() {
    ambiguous!(std::marker::Sync);
    let _ = <root::sync::mpsc::Receiver<T> as Ambiguous<_>>::item;
}
fn sync_mpsc_receiver_is_refunwindsafe<T>() {
    fn is<T, Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<T, root::sync::mpsc::Receiver<T>>();
}
fn sync_mpsc_receiver_is_unpin<T>() {
    fn is<T, Subject: ?Sized + std::marker::Unpin>() {}
    is::<T, root::sync::mpsc::Receiver<T>>();
}
fn sync_mpsc_receiver_is_unwindsafe<T>() {
    fn is<T, Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<T, root::sync::mpsc::Receiver<T>>();
}
fn sync_mpsc_recverror(it: std::sync::mpsc::RecvError) -> root::sync::mpsc::RecvError {
    it
}
fn sync_mpsc_senderror<T>(it: std::sync::mpsc::SendError<T>) -> root::sync::mpsc::SendError<T> {
    it
}
fn sync_mpsc_sender_send<T>(
    this: &root::sync::mpsc::Sender<T>,
    t: T,
) -> std::result::Result<(), root::sync::mpsc::SendError<T>> {
    <root::sync::mpsc::Sender<T>>::send(this, t)
}
fn sync_mpsc_sender_is_clone<T>() {
    fn is<T, Subject: ?Sized + std::clone::Clone>() {}
    is::<T, root::sync::mpsc::Sender<T>>();
}
fn sync_mpsc_sender_is_debug<T>() {
    fn is<T, Subject: ?Sized + std::fmt::Debug>() {}
    is::<T, root::sync::mpsc::Sender<T>>();
}
fn sync_mpsc_sender_is_send<T: std::marker::Send>() {
    fn is<T: std::marker::Send, Subject: ?Sized + std::marker::Send>() {}
    is::<T, root::sync::mpsc::Sender<T>>();
}
fn sync_mpsc_sender_is_sync<T: std::marker::Send>() {
    fn is<T: std::marker::Send, Subject: ?Sized + std::marker::Sync>() {}
    is::<T, root::sync::mpsc::Sender<T>>();
}
fn sync_mpsc_sender_is_refunwindsafe<T>() {
    fn is<T, Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<T, root::sync::mpsc::Sender<T>>();
}
fn sync_mpsc_sender_is_unpin<T>() {
    fn is<T, Subject: ?Sized + std::marker::Unpin>() {}
    is::<T, root::sync::mpsc::Sender<T>>();
}
fn sync_mpsc_sender_is_unwindsafe<T>() {
    fn is<T, Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<T, root::sync::mpsc::Sender<T>>();
}
fn sync_mpsc_syncsender_send<T>(
    this: &root::sync::mpsc::SyncSender<T>,
    t: T,
) -> std::result::Result<(), root::sync::mpsc::SendError<T>> {
    <root::sync::mpsc::SyncSender<T>>::send(this, t)
}
fn sync_mpsc_syncsender_try_send<T>(
    this: &root::sync::mpsc::SyncSender<T>,
    t: T,
) -> std::result::Result<(), root::sync::mpsc::TrySendError<T>> {
    <root::sync::mpsc::SyncSender<T>>::try_send(this, t)
}
fn sync_mpsc_syncsender_is_clone<T>() {
    fn is<T, Subject: ?Sized + std::clone::Clone>() {}
    is::<T, root::sync::mpsc::SyncSender<T>>();
}
fn sync_mpsc_syncsender_is_debug<T>() {
    fn is<T, Subject: ?Sized + std::fmt::Debug>() {}
    is::<T, root::sync::mpsc::SyncSender<T>>();
}
fn sync_mpsc_syncsender_is_send<T: std::marker::Send>() {
    fn is<T: std::marker::Send, Subject: ?Sized + std::marker::Send>() {}
    is::<T, root::sync::mpsc::SyncSender<T>>();
}
fn sync_mpsc_syncsender_is_refunwindsafe<T>() {
    fn is<T, Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<T, root::sync::mpsc::SyncSender<T>>();
}
fn sync_mpsc_syncsender_is_sync<T>()
where
    T: std::marker::Send,
{
    fn is<T, Subject: ?Sized + std::marker::Sync>()
    where
        T: std::marker::Send,
    {
    }
    is::<T, root::sync::mpsc::SyncSender<T>>();
}
fn sync_mpsc_syncsender_is_unpin<T>() {
    fn is<T, Subject: ?Sized + std::marker::Unpin>() {}
    is::<T, root::sync::mpsc::SyncSender<T>>();
}
fn sync_mpsc_syncsender_is_unwindsafe<T>() {
    fn is<T, Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<T, root::sync::mpsc::SyncSender<T>>();
}
fn sync_mpsc_tryiter_is_debug<'a, T: std::fmt::Debug + 'a>()
where
    T: 'a,
{
    fn is<'a, T: std::fmt::Debug + 'a, Subject: ?Sized + std::fmt::Debug>()
    where
        T: 'a,
    {
    }
    is::<T, root::sync::mpsc::TryIter<'a, T>>();
}
fn sync_mpsc_tryiter_is_iterator<'a, T>()
where
    T: 'a,
{
    fn is<'a, T, Subject: ?Sized + std::iter::Iterator<Item = T>>()
    where
        T: 'a,
    {
    }
    is::<T, root::sync::mpsc::TryIter<'a, T>>();
}
fn sync_mpsc_tryiter_is_refunwindsafe<'a, T>()
where
    T: 'a,
{
    fn is<'a, T, Subject: ?Sized + std::panic::RefUnwindSafe>()
    where
        T: 'a,
    {
    }
    is::<T, root::sync::mpsc::TryIter<'a, T>>();
}
fn sync_mpsc_tryiter_is_not_send<'a, T>()
where
    T: 'a,
{
    ambiguous!(std::marker::Send);
    let _ = <root::sync::mpsc::TryIter<'a, T> as Ambiguous<_>>::item;
}
fn sync_mpsc_tryiter_is_not_sync<'a, T>()
where
    T: 'a,
{
    ambiguous!(std::marker::Sync);
    let _ = <root::sync::mpsc::TryIter<'a, T> as Ambiguous<_>>::item;
}
fn sync_mpsc_tryiter_is_unpin<'a, T>()
where
    T: 'a,
{
    fn is<'a, T, Subject: ?Sized + std::marker::Unpin>()
    where
        T: 'a,
    {
    }
    is::<T, root::sync::mpsc::TryIter<'a, T>>();
}
fn sync_mpsc_tryiter_is_unwindsafe<'a, T>()
where
    T: 'a,
{
    fn is<'a, T, Subject: ?Sized + std::panic::UnwindSafe>()
    where
        T: 'a,
    {
    }
    is::<T, root::sync::mpsc::TryIter<'a, T>>();
}
fn sync_mpsc_recvtimeouterror(
    it: std::sync::mpsc::RecvTimeoutError,
) -> root::sync::mpsc::RecvTimeoutError {
    it
}
fn sync_mpsc_tryrecverror(it: std::sync::mpsc::TryRecvError) -> root::sync::mpsc::TryRecvError {
    it
}
fn sync_mpsc_trysenderror<T>(
    it: std::sync::mpsc::TrySendError<T>,
) -> root::sync::mpsc::TrySendError<T> {
    it
}
fn sync_mpsc_channel<T>() -> (root::sync::mpsc::Sender<T>, root::sync::mpsc::Receiver<T>) {
    root::sync::mpsc::channel()
}
fn sync_mpsc_sync_channel<T>(
    bound: usize,
) -> (
    root::sync::mpsc::SyncSender<T>,
    root::sync::mpsc::Receiver<T>,
) {
    root::sync::mpsc::sync_channel(bound)
}

// std::thread

fn thread_accesserror(it: std::thread::AccessError) -> root::thread::AccessError {
    it
}
fn thread_builder_new() -> root::thread::Builder {
    <root::thread::Builder>::new()
}
fn thread_builder_name(
    this: root::thread::Builder,
    name: std::string::String,
) -> root::thread::Builder {
    <root::thread::Builder>::name(this, name)
}
fn thread_builder_stack_size(this: root::thread::Builder, size: usize) -> root::thread::Builder {
    <root::thread::Builder>::stack_size(this, size)
}
fn thread_builder_spawn<F, T>(
    this: root::thread::Builder,
    f: F,
) -> root::io::Result<root::thread::JoinHandle<T>>
where
    F: std::ops::FnOnce() -> T + std::marker::Send + 'static,
    T: std::marker::Send + 'static,
{
    <root::thread::Builder>::spawn(this, f)
}
unsafe fn thread_builder_spawn_unchecked<F, T>(
    this: root::thread::Builder,
    f: F,
) -> root::io::Result<root::thread::JoinHandle<T>>
where
    F: std::ops::FnOnce() -> T + std::marker::Send,
    T: std::marker::Send,
{
    // SAFETY: as the caller's of this.
    unsafe { <root::thread::Builder>::spawn_unchecked(this, f) }
}
fn thread_builder_spawn_scoped<'scope, 'env, F, T>(
    this: root::thread::Builder,
    scope: &'scope root::thread::Scope<'scope, 'env>,
    f: F,
) -> root::io::Result<root::thread::ScopedJoinHandle<'scope, T>>
where
    F: std::ops::FnOnce() -> T + std::marker::Send + 'scope,
    T: std::marker::Send + 'scope,
{
    <root::thread::Builder>::spawn_scoped(this, scope, f)
}
fn thread_builder_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::thread::Builder>();
}
fn thread_builder_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::thread::Builder>();
}
fn thread_builder_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::thread::Builder>();
}
fn thread_builder_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::thread::Builder>();
}
fn thread_builder_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::thread::Builder>();
}
fn thread_builder_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::thread::Builder>();
}
fn thread_joinhandle_thread<T>(this: &root::thread::JoinHandle<T>) -> &root::thread::Thread {
    <root::thread::JoinHandle<T>>::thread(this)
}
fn thread_joinhandle_join<T>(this: root::thread::JoinHandle<T>) -> root::thread::Result<T> {
    <root::thread::JoinHandle<T>>::join(this)
}
fn thread_joinhandle_is_finished<T>(this: &root::thread::JoinHandle<T>) -> bool {
    <root::thread::JoinHandle<T>>::is_finished(this)
}
fn thread_joinhandle_is_debug<T>() {
    fn is<T, Subject: ?Sized + std::fmt::Debug>() {}
    is::<T, root::thread::JoinHandle<T>>();
}
fn thread_joinhandle_is_send<T>() {
    fn is<T, Subject: ?Sized + std::marker::Send>() {}
    is::<T, root::thread::JoinHandle<T>>();
}
fn thread_joinhandle_is_sync<T>() {
    fn is<T, Subject: ?Sized + std::marker::Sync>() {}
    is::<T, root::thread::JoinHandle<T>>();
}
fn thread_joinhandle_is_not_refunwindsafe<T>() {
    ambiguous!(std::panic::RefUnwindSafe);
    let _ = <root::thread::JoinHandle<T> as Ambiguous<_>>::item;
}
fn thread_joinhandle_is_unpin<T>() {
    fn is<T, Subject: ?Sized + std::marker::Unpin>() {}
    is::<T, root::thread::JoinHandle<T>>();
}
fn thread_joinhandle_is_not_unwindsafe<T>() {
    ambiguous!(std::panic::UnwindSafe);
    let _ = <root::thread::JoinHandle<T> as Ambiguous<_>>::item;
}
fn thread_localkey<T: 'static>(it: std::thread::LocalKey<T>) -> root::thread::LocalKey<T> {
    it
}
fn thread_scope_spawn<'scope, 'env, F, T>(
    this: &'scope root::thread::Scope<'scope, 'env>,
    f: F,
) -> root::thread::ScopedJoinHandle<'scope, T>
where
    F: std::ops::FnOnce() -> T + std::marker::Send + 'scope,
    T: std::marker::Send + 'scope,
{
    <root::thread::Scope<'scope, 'env>>::spawn(this, f)
}
fn thread_scope_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::thread::Scope<'_, '_>>();
}
fn thread_scope_is_refunwindsafe<'scope, 'env>()
where
    'env: 'scope,
{
    fn is<'scope, 'env, Subject: ?Sized + std::panic::RefUnwindSafe>()
    where
        'env: 'scope,
    {
    }
    is::<root::thread::Scope<'scope, 'env>>();
}
fn thread_scope_is_send<'scope, 'env>()
where
    'env: 'scope,
{
    fn is<'scope, 'env, Subject: ?Sized + std::marker::Send>()
    where
        'env: 'scope,
    {
    }
    is::<root::thread::Scope<'scope, 'env>>();
}
fn thread_scope_is_sync<'scope, 'env>()
where
    'env: 'scope,
{
    fn is<'scope, 'env, Subject: ?Sized + std::marker::Sync>()
    where
        'env: 'scope,
    {
    }
    is::<root::thread::Scope<'scope, 'env>>();
}
fn thread_scope_is_unpin<'scope, 'env>()
where
    'env: 'scope,
{
    fn is<'scope, 'env, Subject: ?Sized + std::marker::Unpin>()
    where
        'env: 'scope,
    {
    }
    is::<root::thread::Scope<'scope, 'env>>();
}
fn thread_scope_is_not_unwindsafe<'scope, 'env>()
where
    'env: 'scope,
{
    ambiguous!(std::panic::UnwindSafe);
    let _ = <root::thread::Scope<'scope, 'env> as Ambiguous<_>>::item;
}
fn thread_scopedjoinhandle_thread<'scope, 'this, T>(
    this: &'this root::thread::ScopedJoinHandle<'scope, T>,
) -> &'this root::thread::Thread {
    <root::thread::ScopedJoinHandle<'scope, T>>::thread(this)
}
fn thread_scopedjoinhandle_join<'scope, T>(
    this: root::thread::ScopedJoinHandle<'scope, T>,
) -> root::thread::Result<T> {
    <root::thread::ScopedJoinHandle<'scope, T>>::join(this)
}
fn thread_scopedjoinhandle_is_finished<'scope, T>(
    this: &root::thread::ScopedJoinHandle<'scope, T>,
) -> bool {
    <root::thread::ScopedJoinHandle<'scope, T>>::is_finished(this)
}
fn thread_scopedjoinhandle_is_debug<'scope, T>()
where
    T: 'scope,
{
    fn is<'scope, T, Subject: ?Sized + std::fmt::Debug>()
    where
        T: 'scope,
    {
    }
    is::<T, root::thread::ScopedJoinHandle<'scope, T>>();
}
fn thread_scopedjoinhandle_is_not_refunwindsafe<'scope, T>()
where
    T: 'scope,
{
    ambiguous!(std::panic::RefUnwindSafe);
    let _ = <root::thread::ScopedJoinHandle<'scope, T> as Ambiguous<_>>::item;
}
fn thread_scopedjoinhandle_is_send<'scope, T>()
where
    T: std::marker::Send,
    T: 'scope,
{
    fn is<'scope, T, Subject: ?Sized + std::marker::Send>()
    where
        T: std::marker::Send,
        T: 'scope,
    {
    }
    is::<T, root::thread::ScopedJoinHandle<'scope, T>>();
}
fn thread_scopedjoinhandle_is_sync<'scope, T>()
where
    T: std::marker::Send,
    T: 'scope,
{
    fn is<'scope, T, Subject: ?Sized + std::marker::Sync>()
    where
        T: std::marker::Send,
        T: 'scope,
    {
    }
    is::<T, root::thread::ScopedJoinHandle<'scope, T>>();
}
fn thread_scopedjoinhandle_is_unpin<'scope, T>()
where
    T: 'scope,
{
    fn is<'scope, T, Subject: ?Sized + std::marker::Unpin>()
    where
        T: 'scope,
    {
    }
    is::<T, root::thread::ScopedJoinHandle<'scope, T>>();
}
fn thread_scopedjoinhandle_is_not_unwindsafe<'scope, T>()
where
    T: 'scope,
{
    ambiguous!(std::panic::UnwindSafe);
    let _ = <root::thread::ScopedJoinHandle<'scope, T> as Ambiguous<_>>::item;
}
fn thread_thread_unpark(this: &root::thread::Thread) {
    <root::thread::Thread>::unpark(this)
}
fn thread_thread_id(this: &root::thread::Thread) -> root::thread::ThreadId {
    <root::thread::Thread>::id(this)
}
fn thread_thread_name(this: &root::thread::Thread) -> std::option::Option<&str> {
    <root::thread::Thread>::name(this)
}
fn thread_thread_is_clone() {
    fn is<Subject: ?Sized + std::clone::Clone>() {}
    is::<root::thread::Thread>();
}
fn thread_thread_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::thread::Thread>();
}
fn thread_thread_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::thread::Thread>();
}
fn thread_thread_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::thread::Thread>();
}
fn thread_thread_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::thread::Thread>();
}
fn thread_thread_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::thread::Thread>();
}
fn thread_thread_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::thread::Thread>();
}
fn thread_threadid_is_clone() {
    fn is<Subject: ?Sized + std::clone::Clone>() {}
    is::<root::thread::ThreadId>();
}
fn thread_threadid_is_debug() {
    fn is<Subject: ?Sized + std::fmt::Debug>() {}
    is::<root::thread::ThreadId>();
}
fn thread_threadid_is_hash() {
    fn is<Subject: ?Sized + std::hash::Hash>() {}
    is::<root::thread::ThreadId>();
}
fn thread_threadid_is_partialeq() {
    fn is<Subject: ?Sized + std::cmp::PartialEq>() {}
    is::<root::thread::ThreadId>();
}
fn thread_threadid_is_copy() {
    fn is<Subject: ?Sized + std::marker::Copy>() {}
    is::<root::thread::ThreadId>();
}
fn thread_threadid_is_eq() {
    fn is<Subject: ?Sized + std::cmp::Eq>() {}
    is::<root::thread::ThreadId>();
}
fn thread_threadid_is_refunwindsafe() {
    fn is<Subject: ?Sized + std::panic::RefUnwindSafe>() {}
    is::<root::thread::ThreadId>();
}
fn thread_threadid_is_send() {
    fn is<Subject: ?Sized + std::marker::Send>() {}
    is::<root::thread::ThreadId>();
}
fn thread_threadid_is_sync() {
    fn is<Subject: ?Sized + std::marker::Sync>() {}
    is::<root::thread::ThreadId>();
}
fn thread_threadid_is_unpin() {
    fn is<Subject: ?Sized + std::marker::Unpin>() {}
    is::<root::thread::ThreadId>();
}
fn thread_threadid_is_unwindsafe() {
    fn is<Subject: ?Sized + std::panic::UnwindSafe>() {}
    is::<root::thread::ThreadId>();
}
fn thread_available_parallelism() -> root::io::Result<std::num::NonZero<usize>> {
    root::thread::available_parallelism()
}
fn thread_current() -> root::thread::Thread {
    root::thread::current()
}
fn thread_panicking() -> bool {
    root::thread::panicking()
}
fn thread_park() {
    root::thread::park()
}
fn thread_park_timeout(dur: root::time::Duration) {
    root::thread::park_timeout(dur)
}
fn thread_park_timeout_ms(ms: u32) {
    root::thread::park_timeout_ms(ms)
}
fn thread_scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> std::ops::FnOnce(&'scope root::thread::Scope<'scope, 'env>) -> T,
{
    root::thread::scope(f)
}
fn thread_sleep(dur: root::time::Duration) {
    root::thread::sleep(dur)
}
fn thread_sleep_ms(ms: u32) {
    root::thread::sleep_ms(ms)
}
fn thread_spawn<F, T>(f: F) -> root::thread::JoinHandle<T>
where
    F: std::ops::FnOnce() -> T + std::marker::Send + 'static,
    T: std::marker::Send + 'static,
{
    root::thread::spawn(f)
}
fn thread_yield_now() {
    root::thread::yield_now()
}
fn thread_result<T>(it: std::thread::Result<T>) -> root::thread::Result<T> {
    it
}

// std::time

fn time_duration(it: std::time::Duration) -> root::time::Duration {
    it
}
fn time_instant(it: std::time::Instant) -> root::time::Instant {
    it
}
fn time_systemtime(it: std::time::SystemTime) -> root::time::SystemTime {
    it
}
fn time_systemtimeerror(it: std::time::SystemTimeError) -> root::time::SystemTimeError {
    it
}
fn time_tryfromfloatsecserror(
    it: std::time::TryFromFloatSecsError,
) -> root::time::TryFromFloatSecsError {
    it
}
const TIME_UNIX_EPOCH: root::time::SystemTime = root::time::UNIX_EPOCH;

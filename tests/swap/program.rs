// A program as people write them, without its `use` lines; see main.rs. It says what it finds.

static STARTS: Once = Once::new();
static GREETING: OnceLock<String> = OnceLock::new();
static SQUARES: LazyLock<Vec<usize>> = LazyLock::new(|| (0..10).map(|n| n * n).collect());

/// Everything, one after the other.
pub(crate) fn program() -> std::io::Result<Vec<String>> {
    let mut said = Vec::new();
    threads(&mut said);
    messages(&mut said);
    queue(&mut said);
    readers(&mut said);
    meeting(&mut said);
    once(&mut said);
    scopes(&mut said);
    parking(&mut said);
    echo(&mut said)?;
    Ok(said)
}

fn threads(said: &mut Vec<String>) {
    let counter = Arc::new(AtomicUsize::new(0));
    let handles: Vec<thread::JoinHandle<usize>> = (0..8)
        .map(|n| {
            let counter = Arc::clone(&counter);
            thread::spawn(move || {
                counter.fetch_add(n, Ordering::Relaxed);
                n * n
            })
        })
        .collect();
    let squares: Vec<_> = handles.into_iter().map(|h| h.join().unwrap()).collect();
    said.push(format!("{squares:?} {}", counter.load(Ordering::Relaxed)));

    let builder = thread::Builder::new()
        .name("named".into())
        .stack_size(1 << 20);
    let handle = builder.spawn(|| thread::current().name().map(String::from));
    let handle = handle.expect("a thread");
    let id = handle.thread().id();
    said.push(format!("{}", id == thread::current().id()));
    said.push(format!("{:?}", handle.join().unwrap()));

    let failed = thread::spawn(|| -> u8 { std::panic::resume_unwind(Box::new("an error")) });
    let payload = failed.join().unwrap_err();
    said.push(format!("{:?}", payload.downcast_ref::<&str>()));
}

fn messages(said: &mut Vec<String>) {
    let (sender, receiver) = mpsc::channel();
    for n in 0..4 {
        let sender = sender.clone();
        thread::spawn(move || {
            for value in 0..25 {
                sender.send(n * 100 + value).unwrap();
            }
        });
    }
    drop(sender);
    let mut values: Vec<i32> = receiver.iter().collect();
    values.sort_unstable();
    said.push(format!("{} {}", values.len(), values.iter().sum::<i32>()));
    said.push(format!("{:?}", receiver.recv()));

    let (sender, receiver) = mpsc::sync_channel(0);
    let producer = thread::spawn(move || (0..5).try_for_each(|n| sender.send(n)));
    let first: Vec<i32> = receiver.iter().take(3).collect();
    said.push(format!(
        "{first:?} {:?}",
        receiver.recv_timeout(Duration::from_secs(60))
    ));
    drop(receiver);
    said.push(format!("{:?}", producer.join().unwrap()));

    let (_sender, receiver) = mpsc::channel::<()>();
    let begin = Instant::now();
    let timed_out = receiver.recv_timeout(Duration::from_millis(3));
    said.push(format!(
        "{timed_out:?} {}",
        begin.elapsed() >= Duration::from_millis(3)
    ));
}

/// A bounded queue of a mutex and two condition variables.
fn queue(said: &mut Vec<String>) {
    struct Queue {
        items: Mutex<Vec<usize>>,
        filled: Condvar,
        emptied: Condvar,
    }
    let queue = Arc::new(Queue {
        items: Mutex::new(Vec::new()),
        filled: Condvar::new(),
        emptied: Condvar::new(),
    });
    let other = Arc::clone(&queue);
    let consumer = thread::spawn(move || {
        let mut sum = 0;
        for _ in 0..100 {
            let items = other.items.lock().unwrap();
            let mut items = other
                .filled
                .wait_while(items, |items| items.is_empty())
                .unwrap();
            sum += items.remove(0);
            other.emptied.notify_one();
        }
        sum
    });
    for n in 0..100 {
        let mut items = queue.items.lock().unwrap();
        while items.len() == 4 {
            items = queue.emptied.wait(items).unwrap();
        }
        items.push(n);
        queue.filled.notify_one();
    }
    said.push(format!("{}", consumer.join().unwrap()));

    let other = Arc::clone(&queue);
    let poisoner = thread::spawn(move || {
        let _items = other.items.lock().unwrap();
        std::panic::resume_unwind(Box::new(()));
    });
    said.push(format!(
        "{} {}",
        poisoner.join().is_err(),
        queue.items.is_poisoned()
    ));
    said.push(format!("{}", queue.items.lock().is_err()));
}

fn readers(said: &mut Vec<String>) {
    let table = RwLock::new(vec![1, 2, 3]);
    let sums: Vec<usize> = thread::scope(|s| {
        let readers: Vec<_> = (0..3)
            .map(|_| s.spawn(|| table.read().unwrap().iter().sum()))
            .collect();
        readers
            .into_iter()
            .map(|reader| reader.join().unwrap())
            .collect()
    });
    table.write().unwrap().push(4);
    said.push(format!("{sums:?} {:?}", table.read().unwrap()));
    let reading = table.read().unwrap();
    said.push(format!(
        "{} {}",
        table.try_read().is_ok(),
        table.try_write().is_err()
    ));
    drop(reading);
    said.push(format!("{:?}", table.into_inner().unwrap()));
}

fn meeting(said: &mut Vec<String>) {
    let barrier = Arc::new(Barrier::new(6));
    let before = Arc::new(AtomicUsize::new(0));
    let all: Vec<_> = (0..6)
        .map(|_| {
            let (barrier, before) = (Arc::clone(&barrier), Arc::clone(&before));
            thread::spawn(move || {
                before.fetch_add(1, Ordering::Relaxed);
                let leads = barrier.wait().is_leader();
                (before.load(Ordering::Relaxed), usize::from(leads))
            })
        })
        .collect();
    let all: Vec<_> = all.into_iter().map(|each| each.join().unwrap()).collect();
    let leaders: usize = all.iter().map(|(_, leads)| leads).sum();
    said.push(format!(
        "{} {leaders}",
        all.iter().all(|(before, _)| *before == 6)
    ));
}

fn once(said: &mut Vec<String>) {
    thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| {
                STARTS.call_once(|| GREETING.set("hello".to_owned()).unwrap());
                assert_eq!(GREETING.get().map(String::as_str), Some("hello"));
            });
        }
        s.spawn(|| STARTS.wait());
    });
    said.push(format!(
        "{} {:?} {}",
        STARTS.is_completed(),
        GREETING,
        SQUARES[9]
    ));
}

fn scopes(said: &mut Vec<String>) {
    let mut numbers: Vec<u64> = (1..=20).collect();
    let total = AtomicUsize::new(0);
    thread::scope(|s| {
        for part in numbers.chunks_mut(6) {
            let total = &total;
            s.spawn(move || {
                part.iter_mut().for_each(|n| *n *= 2);
                total.fetch_add(part.len(), Ordering::Relaxed);
            });
        }
    });
    let builder = thread::Builder::new().name("last".into());
    let last = thread::scope(|s| {
        let child = builder.spawn_scoped(s, || numbers.last().copied());
        child.unwrap().join().unwrap()
    });
    said.push(format!("{last:?} {}", total.into_inner()));
}

fn parking(said: &mut Vec<String>) {
    let flag = Arc::new(AtomicUsize::new(0));
    let other = Arc::clone(&flag);
    let parked = thread::spawn(move || {
        while other.load(Ordering::Acquire) == 0 {
            thread::park();
        }
        thread::park_timeout(Duration::from_millis(1));
        thread::yield_now();
        thread::panicking()
    });
    flag.store(1, Ordering::Release);
    parked.thread().unpark();
    thread::sleep(Duration::from_millis(1));
    said.push(format!("{}", parked.join().unwrap()));
}

/// A server of lines, its clients, and an end in good order.
fn echo(said: &mut Vec<String>) -> std::io::Result<()> {
    const CLIENTS: usize = 5;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || -> std::io::Result<usize> {
        let mut connections = Vec::new();
        for stream in listener.incoming().take(CLIENTS) {
            let stream = stream?;
            connections.push(thread::spawn(move || -> std::io::Result<usize> {
                let mut lines = 0;
                let mut writer = stream.try_clone()?;
                for line in BufReader::new(stream).lines() {
                    writeln!(writer, "{}", line?.to_uppercase())?;
                    lines += 1;
                }
                Ok(lines)
            }));
        }
        connections.into_iter().map(|c| c.join().unwrap()).sum()
    });
    let clients: Vec<_> = (0..CLIENTS)
        .map(|n| {
            thread::spawn(move || -> std::io::Result<String> {
                let mut stream = TcpStream::connect(address)?;
                stream.set_nodelay(true)?;
                write!(stream, "hello from {n}\nand good bye\n")?;
                stream.shutdown(Shutdown::Write)?;
                let mut answer = String::new();
                stream.read_to_string(&mut answer)?;
                Ok(answer)
            })
        })
        .collect();
    for client in clients {
        said.push(client.join().unwrap()?);
    }
    said.push(format!("{}", server.join().unwrap()?));
    Ok(())
}

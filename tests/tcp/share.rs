//! One socket in several hands: clones, several readers, several runtimes.

use super::{Place, everywhere, on_one_worker, pair, within};
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;
use teem::net::{Shutdown, TcpStream};
use teem::runtime::{Builder, Runtime};

#[test]
fn several_readers_of_a_stream_get_every_byte_once() {
    everywhere(|helpers| {
        let (near, mut far) = pair();
        let near = Arc::new(near);
        let readers: Vec<_> = (0..4)
            .map(|reader| {
                let near = Arc::clone(&near);
                helpers.spawn(move || {
                    let mut counts = [0_u32; 256];
                    let mut buffer = [0; 100];
                    loop {
                        let length = 1 + 33 * reader;
                        match (&*near).read(&mut buffer[..length]).unwrap() {
                            0 => return counts,
                            read => buffer[..read].iter().for_each(|&b| counts[b as usize] += 1),
                        }
                    }
                })
            })
            .collect();
        let data = [0, 1, 2, 3].map(|part: u8| (0..=255).map(move |byte: u8| byte ^ part));
        let data: Vec<u8> = data.into_iter().flatten().collect();
        for _ in 0..100 {
            far.write_all(&data).unwrap();
        }
        drop(far);
        let mut sum = [0; 256];
        for counts in readers.into_iter().map(|reader| reader.join()) {
            sum.iter_mut()
                .zip(counts)
                .for_each(|(sum, count)| *sum += count);
        }
        assert_eq!(sum, [400; 256]);
    });
}

#[test]
fn reader_and_writer_use_one_stream_at_once() {
    everywhere(|helpers| {
        let (near, mut far) = pair();
        let echo = helpers.spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(read @ 1..) = far.read(&mut buffer) {
                far.write_all(&buffer[..read]).unwrap();
            }
        });
        let near = Arc::new(near);
        let writer = helpers.spawn({
            let near = Arc::clone(&near);
            move || {
                for _ in 0..200 {
                    (&*near).write_all(&[5; 10_000]).unwrap();
                }
                near.shutdown(Shutdown::Write).unwrap();
            }
        });
        let mut data = Vec::new();
        (&*near).read_to_end(&mut data).unwrap();
        assert_eq!(data.len(), 2_000_000);
        writer.join();
        echo.join();
    });
}

#[test]
fn clone_goes_on_when_the_original_is_closed() {
    everywhere(|helpers| {
        for _ in 0..20 {
            let (mut near, mut far) = pair();
            let mut clone = near.try_clone().unwrap();
            // Parks, so the original is the one that is registered.
            let first = helpers.spawn(move || {
                near.read_exact(&mut [0]).unwrap();
                near
            });
            far.write_all(b"1").unwrap();
            let near = first.join();
            let second = helpers.spawn(move || {
                clone.read_exact(&mut [0]).unwrap();
                clone
            });
            drop(near);
            far.write_all(b"2").unwrap();
            let clone = second.join();
            drop(clone);
            assert_eq!(far.read(&mut [0]).unwrap(), 0, "now it is closed");
        }
    });
}

fn runtime() -> Runtime {
    Builder::new().workers(1).build().unwrap()
}

#[test]
fn stream_moves_between_runtimes_that_live() {
    within(Duration::from_secs(60), || {
        let (one, other) = (runtime(), runtime());
        let (mut near, mut far) = pair();
        for round in 0..20 {
            let reading = if round % 2 == 0 { &one } else { &other };
            let writing = if round % 3 == 0 { &one } else { &other };
            let reader = reading.spawn(move || {
                near.read_exact(&mut [0]).unwrap();
                near
            });
            let writer = writing.spawn(move || {
                far.write_all(b"x").unwrap();
                far
            });
            (near, far) = (reader.join().unwrap(), writer.join().unwrap());
        }
    });
}

#[test]
fn stream_outlives_the_runtime_that_registered_it() {
    within(Duration::from_secs(60), || {
        let (mut near, mut far) = pair();
        for _ in 0..5 {
            let runtime = runtime();
            let reader = runtime.spawn(move || {
                near.read_exact(&mut [0]).unwrap();
                near
            });
            // From outside, and only then: so the reader has parked, most of the times.
            far.write_all(b"x").unwrap();
            near = reader.join().unwrap();
            drop(runtime);
        }
        far.write_all(b"x").unwrap();
        near.read_exact(&mut [0]).unwrap();
    });
}

#[test]
fn waiter_of_one_runtime_survives_the_end_of_another() {
    within(Duration::from_secs(60), || {
        for _ in 0..20 {
            let (near, mut far) = pair();
            let near = Arc::new(near);
            let read = |near: &Arc<TcpStream>| {
                let near = Arc::clone(near);
                move || (&*near).read_exact(&mut [0]).unwrap()
            };
            let (old, new) = (runtime(), runtime());
            // Registers with the poller of `old`.
            let first = old.spawn(read(&near));
            far.write_all(b"1").unwrap();
            first.join().unwrap();
            let second = new.spawn(read(&near));
            drop(old);
            far.write_all(b"2").unwrap();
            second.join().unwrap();
        }
    });
}

#[test]
fn recycled_descriptors_do_not_mix_connections_up() {
    everywhere(|helpers| {
        for round in 0..100_u8 {
            let (mut near, mut far) = pair();
            let reader = helpers.spawn(move || {
                let mut data = Vec::new();
                near.read_to_end(&mut data).unwrap();
                data
            });
            far.write_all(&[round; 100]).unwrap();
            drop(far);
            assert_eq!(reader.join(), [round; 100]);
        }
    });
}

#[test]
fn tasks_of_one_worker_talk_over_a_socket() {
    on_one_worker(|| {
        let (mut near, mut far) = pair();
        let server = Place::Task; // `spawn` in a task stays in its runtime
        let server = server.spawn(move || {
            for _ in 0..100 {
                let mut byte = [0];
                far.read_exact(&mut byte).unwrap();
                far.write_all(&byte).unwrap();
            }
        });
        for value in 0..100 {
            near.write_all(&[value]).unwrap();
            let mut byte = [0];
            near.read_exact(&mut byte).unwrap();
            assert_eq!(byte, [value]);
        }
        server.join();
    });
}

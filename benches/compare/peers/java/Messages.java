import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/** Threads that talk. Java's queues cannot be closed: a number that is no message ends them. */
final class Messages {
    private static final int ROUND_TRIPS = 1_000_000;
    private static final int MESSAGES = 4_000_000;
    private static final int CAPACITY = 128;
    private static final int LOCKS = 8_000_000;
    private static final int LOCKERS = 8;
    private static final int HOPS = 1_000_000;
    private static final int RING = 503;
    private static final Integer END = -1;

    private Messages() {}

    static void addTo(Map<String, Peer.Work> workloads) {
        workloads.put("pingpong", Messages::pingpong);
        workloads.put("chan_1p1c", peer -> throughQueue(peer, 1));
        workloads.put("chan_4p4c", peer -> throughQueue(peer, 4));
        workloads.put("mutex", Messages::mutex);
        workloads.put("ring", Messages::ring);
    }

    /** Work that waits, which it does without being interrupted. */
    interface Waiting {
        void run() throws InterruptedException;
    }

    static Thread spawn(Waiting work) {
        return Peer.spawn(() -> {
            try {
                work.run();
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
        });
    }

    private static void pingpong(Peer peer) throws Exception {
        peer.measure("a round trip", ROUND_TRIPS, trips -> {
            BlockingQueue<Integer> ping = new SynchronousQueue<>();
            BlockingQueue<Integer> pong = new SynchronousQueue<>();
            AtomicLong sum = new AtomicLong();
            Thread echo = spawn(() -> {
                for (Integer number = ping.take(); !number.equals(END); number = ping.take()) {
                    pong.put(number);
                }
            });
            Thread asker = spawn(() -> {
                long answers = 0;
                for (int number = 0; number < trips; number++) {
                    ping.put(number);
                    answers += pong.take();
                }
                ping.put(END);
                sum.set(answers);
            });
            asker.join();
            echo.join();
            Peer.check("the sum of the answers", sum.get(), Peer.sumBelow(trips));
        });
    }

    private static void throughQueue(Peer peer, int pairs) throws Exception {
        peer.measure("a message", MESSAGES, messages -> {
            BlockingQueue<Integer> queue = new ArrayBlockingQueue<>(CAPACITY);
            AtomicLong sum = new AtomicLong();
            List<Thread> producers = new ArrayList<>();
            List<Thread> consumers = new ArrayList<>();
            for (int part = 0; part < pairs; part++) {
                int first = (int) ((long) messages * part / pairs);
                int end = (int) ((long) messages * (part + 1) / pairs);
                producers.add(spawn(() -> {
                    for (int number = first; number < end; number++) {
                        queue.put(number);
                    }
                }));
                consumers.add(spawn(() -> {
                    long received = 0;
                    for (Integer number = queue.take(); !number.equals(END); number = queue.take()) {
                        received += number;
                    }
                    sum.addAndGet(received);
                }));
            }
            Peer.joinAll(producers);
            for (int part = 0; part < pairs; part++) {
                queue.put(END);
            }
            Peer.joinAll(consumers);
            Peer.check("the sum of the messages", sum.get(), Peer.sumBelow(messages));
        });
    }

    /** What the lock protects. */
    private static final class Counter {
        final ReentrantLock lock = new ReentrantLock();
        long count;
    }

    private static void mutex(Peer peer) throws Exception {
        peer.measure("a lock", LOCKS, locks -> {
            Counter counter = new Counter();
            List<Thread> lockers = new ArrayList<>();
            for (int part = 0; part < LOCKERS; part++) {
                int first = (int) ((long) locks * part / LOCKERS);
                int end = (int) ((long) locks * (part + 1) / LOCKERS);
                lockers.add(spawn(() -> {
                    for (int number = first; number < end; number++) {
                        counter.lock.lock();
                        try {
                            counter.count++;
                        } finally {
                            counter.lock.unlock();
                        }
                    }
                }));
            }
            Peer.joinAll(lockers);
            Peer.check("the count", counter.count, locks);
        });
    }

    private static void ring(Peer peer) throws Exception {
        peer.measure("a hop", HOPS, hops -> {
            List<BlockingQueue<Integer>> queues = new ArrayList<>();
            for (int number = 0; number < RING; number++) {
                queues.add(new SynchronousQueue<>());
            }
            AtomicLong last = new AtomicLong(-1);
            List<Thread> threads = new ArrayList<>();
            for (int number = 0; number < RING; number++) {
                int me = number;
                BlockingQueue<Integer> tokens = queues.get(number);
                BlockingQueue<Integer> next = queues.get((number + 1) % RING);
                threads.add(spawn(() -> {
                    Integer left = tokens.take();
                    for (; left > 0; left = tokens.take()) {
                        next.put(left - 1);
                    }
                    // Whoever meets the end tells the next one, but for the last one to hear of it.
                    if (left == 0) {
                        last.set(me);
                    }
                    if ((me + 1) % RING != last.get()) {
                        next.put(END);
                    }
                }));
            }
            queues.get(0).put(hops);
            Peer.joinAll(threads);
            Peer.check("the last holder", last.get(), hops % RING);
        });
    }
}

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;

/** Threads as such: switches, births and deaths. */
final class Tasks {
    private static final int MILLION = 1_000_000;
    private static final int BATCH = 1_000;
    private static final int WARM_UP = 1_000;
    private static final int FIB = 32;
    private static final int CUTOFF = 12;
    private static final int DEEP_TASKS = 1_000;
    private static final int DEPTH = 10_000;

    private Tasks() {}

    static void addTo(Map<String, Peer.Work> workloads) {
        workloads.put("yield", Tasks::yields);
        workloads.put("spawn_join", peer -> spawnAndJoin(peer, peer.tasks(MILLION)));
        workloads.put("spawn_join_batch", peer -> spawnAndJoin(peer, BATCH));
        workloads.put("parked", peer -> parked(peer, number -> 1));
        workloads.put("parked_3k", peer -> parked(peer, Tasks::useThreeKibibytes));
        workloads.put("recursion", Tasks::recursion);
        workloads.put("skynet", Tasks::skynet);
        workloads.put("fork_join", Tasks::forkJoin);
    }

    private static void yields(Peer peer) throws Exception {
        peer.measure("a switch", 2 * peer.options.get("--switches"), switches -> {
            List<Thread> pair = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                pair.add(Peer.spawn(() -> {
                    for (int left = switches / 2; left > 0; left--) {
                        Thread.yield();
                    }
                }));
            }
            Peer.joinAll(pair);
        });
    }

    private static void spawnAndJoin(Peer peer, int batch) throws Exception {
        int tasks = peer.tasks(MILLION);
        List<Double> samples = new ArrayList<>();
        List<Double> processor = new ArrayList<>();
        for (int round = 0; round < peer.rounds(); round++) {
            AtomicLong sum = new AtomicLong();
            Peer.Cost cost = Peer.cost(count -> {
                List<Thread> threads = new ArrayList<>(batch);
                int[] results = new int[count];
                for (int first = 0; first < count; first += batch) {
                    int end = Math.min(first + batch, count);
                    for (int number = first; number < end; number++) {
                        int me = number;
                        threads.add(Peer.spawn(() -> results[me] = me));
                    }
                    Peer.joinAll(threads);
                    threads.clear();
                    long part = 0;
                    for (int number = first; number < end; number++) {
                        part += results[number];
                    }
                    sum.addAndGet(part);
                }
            }, tasks);
            Peer.check("the sum of what the threads returned", sum.get(), Peer.sumBelow(tasks));
            samples.add((double) cost.elapsed() / tasks);
            processor.add((double) cost.processor() / tasks);
        }
        peer.metric("a task", samples, "ns");
        peer.metric("processor a task", processor, "ns");
        peer.metric("peak resident", Peer.one(Peer.status("VmHWM") / (double) (1 << 20)), "MiB");
    }

    /** Uses some 3 KiB of stack, by frames of about 100 bytes. */
    private static int useThreeKibibytes(int number) {
        return descend(30, () -> {}) + 1;
    }

    /** So many frames of a recursion; in the last of them it does {@code atTheEnd}. */
    private static int descend(int left, Runnable atTheEnd) {
        if (left == 0) {
            atTheEnd.run();
            return 0;
        }
        // Alive over the call, so they are in the frame.
        long a = left * 3L;
        long b = a ^ left;
        long c = b + left;
        int below = descend(left - 1, atTheEnd);
        return below + (c - b == left && (a ^ b) == left ? 1 : 0);
    }

    /** A crowd in front of a gate, which a latch is. */
    private static long parkAndWake(int tasks, IntUnaryOperator before, Peer.Cost[] costs) throws Exception {
        long memory = Peer.residentAndPageTables();
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch there = new CountDownLatch(tasks);
        AtomicInteger ended = new AtomicInteger();
        List<Thread> threads = new ArrayList<>(tasks);
        costs[0] = Peer.cost(count -> {
            for (int number = 0; number < count; number++) {
                int me = number;
                threads.add(Messages.spawn(() -> {
                    int well = before.applyAsInt(me) > 0 ? 1 : 0;
                    there.countDown();
                    gate.await();
                    ended.addAndGet(well);
                }));
            }
            there.await();
        }, tasks);
        long bytes = Peer.residentAndPageTables() - memory;
        costs[1] = Peer.cost(count -> {
            gate.countDown();
            Peer.joinAll(threads);
        }, tasks);
        Peer.check("tasks that ended well", ended.get(), tasks);
        return bytes;
    }

    private static void parked(Peer peer, IntUnaryOperator before) throws Exception {
        int tasks = peer.tasks(MILLION);
        Peer.Cost[] costs = new Peer.Cost[2];
        parkAndWake(WARM_UP, before, costs);
        long bytes = parkAndWake(tasks, before, costs);
        peer.metric("to spawn and park all", Peer.one(costs[0].elapsed() / 1e9), "s");
        peer.metric("processor to spawn and park all", Peer.one(costs[0].processor() / 1e9), "s");
        peer.metric("resident and page tables a task", Peer.one((double) bytes / tasks), "B");
        peer.metric("to wake and end all", Peer.one(costs[1].elapsed() / 1e9), "s");
        peer.metric("processor to wake and end all", Peer.one(costs[1].processor() / 1e9), "s");
    }

    /** A thread that has run out of stack, which Java sets by what it finds free, is missing from the sum. */
    private static void recursion(Peer peer) throws Exception {
        AtomicLong depths = new AtomicLong();
        CountDownLatch there = new CountDownLatch(DEEP_TASKS);
        Peer.Cost cost = Peer.cost(count -> {
            List<Thread> threads = new ArrayList<>();
            for (int number = 0; number < count; number++) {
                threads.add(Peer.spawn(() -> {
                    try {
                        depths.addAndGet(descend(DEPTH, () -> {
                            there.countDown();
                            try {
                                there.await();
                            } catch (InterruptedException interrupted) {
                                throw new IllegalStateException(interrupted);
                            }
                        }));
                    } catch (StackOverflowError deep) {
                        there.countDown();
                    }
                }));
            }
            Peer.joinAll(threads);
        }, DEEP_TASKS);
        Peer.check("frames of all threads", depths.get(), (long) DEEP_TASKS * DEPTH);
        peer.metric("all tasks", Peer.one(cost.elapsed() / 1e6), "ms");
        peer.metric("processor all tasks", Peer.one(cost.processor() / 1e6), "ms");
        peer.metric("peak resident", Peer.one(Peer.status("VmHWM") / (double) (1 << 20)), "MiB");
    }

    /** Runs a computation once to warm up, then as many rounds as asked for. */
    private static void whole(Peer peer, long expected, LongSupplier work) throws Exception {
        List<Double> samples = new ArrayList<>();
        List<Double> processor = new ArrayList<>();
        for (int round = 0; round <= peer.rounds(); round++) {
            long[] result = new long[1];
            Peer.Cost cost = Peer.cost(once -> result[0] = work.getAsLong(), 1);
            Peer.check("the result", result[0], expected);
            if (round > 0) {
                samples.add(cost.elapsed() / 1e6);
                processor.add(cost.processor() / 1e6);
            }
        }
        peer.metric("whole", samples, "ms");
        peer.metric("processor whole", processor, "ms");
    }

    private static void skynet(Peer peer) throws Exception {
        int leaves = peer.options.get("--operations") > 0 ? peer.options.get("--operations") : MILLION;
        whole(peer, Peer.sumBelow(leaves), () -> node(0, leaves));
        peer.metric("peak resident", Peer.one(Peer.status("VmHWM") / (double) (1 << 20)), "MiB");
    }

    /** What a thread returns: virtual threads that are joined have no result of their own. */
    private static final class Child {
        final Thread thread;
        long result;

        Child(LongSupplier work) {
            thread = Peer.spawn(() -> result = work.getAsLong());
        }

        long join() {
            try {
                thread.join();
            } catch (InterruptedException interrupted) {
                throw new IllegalStateException(interrupted);
            }
            return result;
        }
    }

    private static long node(long first, long leaves) {
        if (leaves <= 1) {
            return first * leaves;
        }
        Child[] children = new Child[10];
        for (int number = 0; number < children.length; number++) {
            long start = leaves * number / 10;
            long end = leaves * (number + 1) / 10;
            children[number] = new Child(() -> node(first + start, end - start));
        }
        long sum = 0;
        for (Child child : children) {
            sum += child.join();
        }
        return sum;
    }

    private static long fib(int number) {
        return number < 2 ? number : fib(number - 1) + fib(number - 2);
    }

    private static void forkJoin(Peer peer) throws Exception {
        whole(peer, fib(FIB), () -> fork(FIB));
    }

    private static long fork(int number) {
        if (number <= CUTOFF) {
            return fib(number);
        }
        Child left = new Child(() -> fork(number - 1));
        long right = fork(number - 2);
        return left.join() + right;
    }
}

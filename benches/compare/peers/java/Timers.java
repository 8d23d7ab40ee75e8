import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Many timers at once. There is no ticker for threads: each sleeps until its next tick. */
final class Timers {
    private static final long PERIOD = 100_000_000;

    private Timers() {}

    static void addTo(Map<String, Peer.Work> workloads) {
        workloads.put("ticker", Timers::ticker);
        workloads.put("sleepers", Timers::sleepers);
    }

    /** The samples: an entry a round. */
    private static final class Lateness {
        final List<Double> processor = new ArrayList<>();
        final List<Double> median = new ArrayList<>();
        final List<Double> p99 = new ArrayList<>();
        final List<Double> worst = new ArrayList<>();
        final List<Double> missed = new ArrayList<>();
        final List<Double> whole = new ArrayList<>();

        void round(long[] late) {
            Arrays.sort(late);
            median.add(late[late.length / 2] / 1e3);
            p99.add(late[(int) (late.length * 99L / 100)] / 1e3);
            worst.add(late[late.length - 1] / 1e3);
        }

        void print(Peer peer, String what) {
            peer.metric("processor " + what, processor, "ns");
            peer.metric("late p50", median, "us");
            peer.metric("late p99", p99, "us");
            peer.metric("late worst", worst, "us");
            if (!missed.isEmpty()) {
                peer.metric("missed", missed, "ticks");
            }
            if (!whole.isEmpty()) {
                peer.metric("whole", whole, "s");
            }
        }
    }

    private static void ticker(Peer peer) throws Exception {
        int tickers = peer.options.get("--tickers");
        int ticks = (int) (peer.options.get("--seconds") * 1_000_000_000L / PERIOD);
        Lateness lateness = new Lateness();
        for (int round = 0; round < peer.rounds(); round++) {
            long[] late = new long[tickers * ticks];
            AtomicLong missed = new AtomicLong();
            AtomicBoolean early = new AtomicBoolean();
            Peer.Cost cost = Peer.cost(count -> {
                List<Thread> threads = new ArrayList<>(count);
                for (int number = 0; number < count; number++) {
                    int me = number;
                    threads.add(Messages.spawn(() -> {
                        TimeUnit.NANOSECONDS.sleep(PERIOD * me / tickers);
                        long origin = System.nanoTime();
                        long periods = 0;
                        for (int tick = 0; tick < ticks; tick++) {
                            long next = (System.nanoTime() - origin) / PERIOD + 1;
                            TimeUnit.NANOSECONDS.sleep(origin + next * PERIOD - System.nanoTime());
                            long since = System.nanoTime() - origin;
                            periods = since / PERIOD;
                            late[me * ticks + tick] = since % PERIOD;
                            if (periods < tick + 1) {
                                early.set(true);
                            }
                        }
                        missed.addAndGet(periods - ticks);
                    }));
                }
                Peer.joinAll(threads);
            }, tickers);
            if (early.get()) {
                throw new IllegalStateException("a tick came before its time");
            }
            lateness.missed.add((double) missed.get());
            lateness.processor.add((double) cost.processor() / late.length);
            lateness.round(late);
        }
        lateness.print(peer, "a tick");
    }

    /** From one to five seconds, in no order: multiples of the golden ratio are spread evenly. */
    private static long nap(int number) {
        long part = (number * 0x9E37_79B9L) & 0xFFFF_FFFFL;
        return (long) ((1 + 4.0 * part / 0xFFFF_FFFFL) * 1e9);
    }

    private static void sleepers(Peer peer) throws Exception {
        int tasks = peer.tasks(1_000_000);
        Lateness lateness = new Lateness();
        for (int round = 0; round < peer.rounds(); round++) {
            long[] late = new long[tasks];
            Peer.Cost cost = Peer.cost(count -> {
                List<Thread> threads = new ArrayList<>(count);
                for (int number = 0; number < count; number++) {
                    int me = number;
                    threads.add(Messages.spawn(() -> {
                        long due = System.nanoTime() + nap(me);
                        TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
                        late[me] = System.nanoTime() - due;
                    }));
                }
                Peer.joinAll(threads);
            }, tasks);
            if (Arrays.stream(late).anyMatch(each -> each < 0)) {
                throw new IllegalStateException("a sleeper woke before its time");
            }
            lateness.processor.add((double) cost.processor() / tasks);
            lateness.whole.add(cost.elapsed() / 1e9);
            lateness.round(late);
        }
        lateness.print(peer, "a sleeper");
    }
}

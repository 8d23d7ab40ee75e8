import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The side of Java's virtual threads in teem's workloads, a line of
 * {@code workload,impl,workers,metric,value,unit,range} for each metric, as {@code benches/workloads/} prints
 * them. The sizes are those of {@code measure.rs} there.
 *
 * <p>Usage: {@code java Peer java NAME [options]}; without a name it says which there are. Compiled for
 * Java 17, so that any compiler will do; running it takes Java 21.
 */
final class Peer {
    /** What a workload does. */
    interface Work {
        void run(Peer peer) throws Exception;
    }

    /** A round of so many operations, which checks its result. */
    interface Round {
        void run(int operations) throws Exception;
    }

    private static final MethodHandle START = findStart();

    final Map<String, Integer> options = new LinkedHashMap<>();
    final String workload;

    private Peer(String[] words) {
        workload = words[1];
        options.put("--workers", 1);
        options.put("--rounds", 3);
        options.put("--operations", 0);
        options.put("--switches", 5_000_000);
        options.put("--tickers", 10_000);
        options.put("--tasks", 0);
        options.put("--buffer", 4 << 10);
        options.put("--seconds", 3);
        for (int at = 2; at < words.length; at += 2) {
            if (!options.containsKey(words[at]) || at + 1 == words.length) {
                throw new IllegalArgumentException("there is no option " + words[at] + ", or it has no value");
            }
            options.put(words[at], Integer.parseInt(words[at + 1]));
        }
    }

    public static void main(String[] words) {
        Map<String, Work> workloads = new LinkedHashMap<>();
        Messages.addTo(workloads);
        Tasks.addTo(workloads);
        Timers.addTo(workloads);
        Net.addTo(workloads);
        if (words.length < 2) {
            workloads.keySet().forEach(name -> System.out.println("java " + name));
            return;
        }
        try {
            Peer peer = new Peer(words);
            Work work = workloads.get(peer.workload);
            if (work == null) {
                throw new IllegalArgumentException("there is no workload " + peer.workload);
            }
            // Looked at when the first virtual thread is started.
            String workers = String.valueOf(peer.workers());
            System.setProperty("jdk.virtualThreadScheduler.parallelism", workers);
            System.setProperty("jdk.virtualThreadScheduler.maxPoolSize", workers);
            System.out.println("workload,impl,workers,metric,value,unit,range");
            // In a virtual thread, as the others are in a task.
            Throwable[] failure = new Throwable[1];
            spawn(() -> {
                try {
                    work.run(peer);
                } catch (Throwable thrown) {
                    failure[0] = thrown;
                }
            }).join();
            if (failure[0] != null) {
                throw failure[0];
            }
        } catch (Throwable thrown) {
            System.err.println("failed: java " + words[1] + ": " + thrown);
            System.exit(1);
        }
        System.exit(0);
    }

    private static MethodHandle findStart() {
        try {
            MethodType type = MethodType.methodType(Thread.class, Runnable.class);
            return MethodHandles.lookup().findStatic(Thread.class, "startVirtualThread", type);
        } catch (ReflectiveOperationException missing) {
            throw new IllegalStateException("no virtual threads: this is not Java 21 or newer", missing);
        }
    }

    /** Starts a virtual thread. */
    static Thread spawn(Runnable work) {
        try {
            return (Thread) START.invokeExact(work);
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable thrown) {
            throw new IllegalStateException(thrown);
        }
    }

    int workers() {
        return options.get("--workers");
    }

    int rounds() {
        return options.get("--rounds");
    }

    /** Bytes of a served connection's. */
    int buffer() {
        return options.get("--buffer");
    }

    int tasks(int usual) {
        int tasks = options.get("--tasks");
        return tasks > 0 ? tasks : usual;
    }

    /** What a round took; processor time is of all threads together. */
    record Cost(long elapsed, long processor) {}

    static long processorTime() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    static Cost cost(Round round, int operations) throws Exception {
        long processor = processorTime();
        long start = System.nanoTime();
        round.run(operations);
        return new Cost(System.nanoTime() - start, processorTime() - processor);
    }

    /** Runs a round of a tenth of the operations to warm up, then as many rounds as asked for. */
    void measure(String what, int usual, Round round) throws Exception {
        int operations = options.get("--operations") > 0 ? options.get("--operations") : usual;
        round.run((operations + 9) / 10);
        List<Double> samples = new ArrayList<>();
        List<Double> processor = new ArrayList<>();
        for (int i = 0; i < rounds(); i++) {
            Cost cost = cost(round, operations);
            samples.add((double) cost.elapsed / operations);
            processor.add((double) cost.processor / operations);
        }
        metric(what, samples, "ns");
        metric("processor " + what, processor, "ns");
    }

    /** Prints the median of the samples and, of several, their range. */
    void metric(String metric, List<Double> samples, String unit) {
        double[] sorted = samples.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int last = sorted.length - 1;
        double median = (sorted[last / 2] + sorted[(last + 1) / 2]) / 2;
        String range = last > 0 ? digits(sorted[0]) + ".." + digits(sorted[last]) : "";
        System.out.println(String.join(
                ",", workload, "java", String.valueOf(workers()), metric, digits(median), unit, range));
    }

    private static String digits(double number) {
        return String.format(Locale.ROOT, "%.3f", number);
    }

    static void check(String what, long result, long expected) {
        if (result != expected) {
            throw new IllegalStateException(what + ": " + result + " where " + expected + " was expected");
        }
    }

    static long sumBelow(long count) {
        return count * (count - 1) / 2;
    }

    /** A field of /proc/self/status, in bytes. */
    static long status(String field) throws java.io.IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(field + ":")) {
                String[] words = line.trim().split("\\s+");
                return Long.parseLong(words[1]) * 1024;
            }
        }
        throw new IllegalStateException("no " + field + " in /proc/self/status");
    }

    static long residentAndPageTables() throws java.io.IOException {
        return status("VmRSS") + status("VmPTE");
    }

    static void joinAll(Iterable<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    static List<Double> one(double sample) {
        return Arrays.asList(sample);
    }
}

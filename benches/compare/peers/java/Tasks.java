import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Threads as such: switches, births and deaths. */
final class Tasks {
    private static final int MILLION = 1_000_000;
    private static final int BATCH = 1_000;

    private Tasks() {}

    static void addTo(Map<String, Peer.Work> workloads) {
        workloads.put("yield", Tasks::yields);
        workloads.put("spawn_join", peer -> spawnAndJoin(peer, peer.tasks(MILLION)));
        workloads.put("spawn_join_batch", peer -> spawnAndJoin(peer, BATCH));
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
}

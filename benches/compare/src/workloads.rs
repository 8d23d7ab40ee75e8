//! What is raced: the names that the programs know, sizes, and which of the metrics count.

use crate::options::Options;

/// Which program does it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// An implementation's own program, alone.
    Alone,
    /// The load on a server: on which CPUs, and the name under which a program serves.
    Load {
        two_cpus: bool,
        serves: &'static str,
        /// Words for the server's program.
        words: &'static str,
    },
}

/// One line of the race.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) group: &'static str,
    pub(crate) meaning: &'static str,
    /// The metrics that are compared and drawn; there may be others beside them.
    pub(crate) headlines: &'static [&'static str],
    pub(crate) kind: Kind,
    /// Whether it makes a difference how many workers there are.
    pub(crate) many_workers: bool,
    /// Words for the program: in a full race, and in a quick one.
    pub(crate) full: &'static str,
    pub(crate) quick: &'static str,
    /// How many of the rounds of a quick race it takes part in: all, or few or none if it takes long.
    pub(crate) quick_rounds: u64,
}

const fn alone(
    name: &'static str,
    group: &'static str,
    meaning: &'static str,
    headlines: &'static [&'static str],
    quick: &'static str,
) -> Workload {
    Workload {
        name,
        group,
        meaning,
        headlines,
        kind: Kind::Alone,
        many_workers: true,
        full: "",
        quick,
        quick_rounds: u64::MAX,
    }
}

/// Server and load have to share.
const SHARED: Kind = Kind::Load {
    two_cpus: false,
    serves: "serve_echo",
    words: "",
};

const HTTP: Kind = Kind::Load {
    two_cpus: true,
    serves: "serve_http",
    words: "",
};

/// A buffer is larger than a message: whoever has filled it has to ask once more whether that was all.
const LONG: Kind = Kind::Load {
    two_cpus: true,
    serves: "serve_echo",
    words: "--buffer 20480",
};

/// A load on a server that echoes.
const fn echo(
    name: &'static str,
    meaning: &'static str,
    full: &'static str,
    quick: &'static str,
) -> Workload {
    Workload {
        name,
        group: "echo",
        meaning,
        headlines: &["server processor a request", "requests", "p99"],
        kind: Kind::Load {
            two_cpus: true,
            serves: "serve_echo",
            words: "",
        },
        many_workers: false,
        full,
        quick,
        quick_rounds: u64::MAX,
    }
}

/// In the order of the report.
pub(crate) const ALL: &[Workload] = &[
    Workload {
        many_workers: false,
        ..alone(
            "yield",
            "tasks",
            "two tasks of one worker yield to each other",
            &["a switch"],
            "--switches 500000",
        )
    },
    alone(
        "spawn_join",
        "tasks",
        "tasks that are spawned at once and then joined: a million, in a quick race 200,000",
        &["a task", "peak resident"],
        "--tasks 200000",
    ),
    alone(
        "spawn_join_batch",
        "tasks",
        "the same, a thousand at a time",
        &["a task"],
        "--tasks 200000",
    ),
    alone(
        "parked",
        "tasks",
        "tasks that wait on one channel, which then closes: a million, in a quick race 100,000",
        &[
            "resident and page tables a task",
            "to spawn and park all",
            "to wake and end all",
        ],
        "--tasks 100000",
    ),
    alone(
        "parked_3k",
        "tasks",
        "the same, when each has used some 3 KiB of stack before",
        &[
            "resident and page tables a task",
            "to spawn and park all",
            "to wake and end all",
        ],
        "--tasks 100000",
    ),
    alone(
        "recursion",
        "tasks",
        "1,000 tasks that are 10,000 frames deep at once",
        &["all tasks", "peak resident"],
        "",
    ),
    alone(
        "skynet",
        "tasks",
        "a tree of tasks, ten a node: a million leaves, in a quick race 100,000",
        &["whole", "peak resident"],
        "--operations 100000",
    ),
    alone(
        "fork_join",
        "tasks",
        "fib(32) with a task for one half of each, down to fib(12)",
        &["whole"],
        "",
    ),
    alone(
        "pingpong",
        "channels",
        "two tasks meet over two rendezvous channels: a number there and back",
        &["a round trip"],
        "--operations 200000",
    ),
    alone(
        "chan_1p1c",
        "channels",
        "numbers through a channel of 128, one producer and one consumer",
        &["a message"],
        "--operations 1000000",
    ),
    alone(
        "chan_4p4c",
        "channels",
        "the same with four of each",
        &["a message"],
        "--operations 1000000",
    ),
    alone(
        "select_2",
        "channels",
        "a select over two rendezvous channels, which one task feeds in turn",
        &["a message"],
        "--operations 200000",
    ),
    alone(
        "select_8",
        "channels",
        "the same over eight",
        &["a message"],
        "--operations 200000",
    ),
    alone(
        "mutex",
        "channels",
        "eight tasks count up under one mutex",
        &["a lock"],
        "--operations 2000000",
    ),
    alone(
        "ring",
        "channels",
        "a token goes round 503 tasks over rendezvous channels",
        &["a hop"],
        "--operations 200000",
    ),
    Workload {
        quick_rounds: 1,
        ..alone(
            "ticker",
            "timers",
            "10,000 tickers of 100 ms, their phases spread evenly",
            &["processor a tick", "late p99"],
            // In one second each ticks ten times, and to start it costs as much as a dozen ticks.
            "--seconds 4",
        )
    },
    Workload {
        quick_rounds: 1,
        ..alone(
            "sleepers",
            "timers",
            "tasks that sleep from one to five seconds: a million, in a quick race 100,000",
            &["processor a sleeper", "late p99", "whole"],
            "--tasks 100000",
        )
    },
    echo(
        "echo_1",
        "TCP echo of 64 bytes over one connection, server and load on a CPU each",
        "--conns 1",
        "--conns 1 --seconds 0.5 --warm-up 0.2",
    ),
    echo(
        "echo_50",
        "the same over 50 connections, one request of each outstanding",
        "--conns 50",
        "--conns 50 --seconds 0.5 --warm-up 0.2",
    ),
    echo(
        "echo_1000",
        "the same over 1,000",
        "--conns 1000",
        "--conns 1000 --seconds 0.6 --warm-up 0.4",
    ),
    echo(
        "echo_10000",
        "the same over 10,000",
        "--conns 10000 --seconds 5 --warm-up 3",
        "--conns 10000 --seconds 1 --warm-up 0.7",
    ),
    Workload {
        kind: SHARED,
        ..echo(
            "echo_50_one_cpu",
            "50 connections, server and load on the same CPU",
            "--conns 50 --shared-cpu",
            "--conns 50 --shared-cpu --seconds 0.5 --warm-up 0.2",
        )
    },
    Workload {
        kind: SHARED,
        ..echo(
            "echo_1_one_cpu",
            "one connection, server and load on the same CPU",
            "--conns 1 --shared-cpu",
            "--conns 1 --shared-cpu --seconds 0.5 --warm-up 0.2",
        )
    },
    Workload {
        kind: SHARED,
        quick_rounds: 0,
        ..echo(
            "echo_1000_one_cpu",
            "1,000 connections, server and load on the same CPU",
            "--conns 1000 --shared-cpu",
            "--conns 1000 --shared-cpu",
        )
    },
    Workload {
        kind: SHARED,
        quick_rounds: 0,
        ..echo(
            "echo_10000_one_cpu",
            "10,000 connections, server and load on the same CPU",
            "--conns 10000 --shared-cpu --seconds 5 --warm-up 3",
            "--conns 10000 --shared-cpu --seconds 5 --warm-up 3",
        )
    },
    Workload {
        headlines: &["p50", "p99", "p99.9"],
        ..echo(
            "echo_50_open",
            "50 connections, 50,000 requests a second, each at its time; latency counts from then",
            "--conns 50 --rate 50000",
            "--conns 50 --rate 50000 --seconds 1 --warm-up 0.3",
        )
    },
    Workload {
        kind: LONG,
        ..echo(
            "echo_16k",
            "50 connections, 16 KiB a request, and a buffer of 20 KiB each",
            "--conns 50 --size 16384",
            "--conns 50 --size 16384 --seconds 0.5 --warm-up 0.2",
        )
    },
    Workload {
        headlines: &["requests", "server processor a request"],
        ..echo(
            "churn",
            "a connection for each request: connect, 64 bytes there and back, close; 50 at a time",
            "--kind churn --conns 50",
            "--kind churn --conns 50 --seconds 0.5 --warm-up 0.2",
        )
    },
    Workload {
        headlines: &["requests", "server processor a request"],
        kind: SHARED,
        ..echo(
            "churn_one_cpu",
            "the same, server and load on the same CPU",
            "--kind churn --conns 50 --shared-cpu",
            "--kind churn --conns 50 --shared-cpu --seconds 0.5 --warm-up 0.2",
        )
    },
    Workload {
        group: "idle",
        headlines: &["user memory a connection"],
        quick_rounds: 1,
        ..echo(
            "idle_10k",
            "10,000 connections that have echoed once and then do nothing",
            "--kind idle --conns 10000",
            "--kind idle --conns 10000",
        )
    },
    Workload {
        group: "idle",
        headlines: &["user memory a connection"],
        quick_rounds: 0,
        ..echo(
            "idle_100k",
            "ten servers with 10,000 such connections each",
            "--kind idle --conns 100000",
            "--kind idle --conns 100000",
        )
    },
    Workload {
        group: "http",
        kind: HTTP,
        ..echo(
            "http_50",
            "GET of `Hello, World!` over 50 connections",
            "--kind http --conns 50",
            "--kind http --conns 50 --seconds 0.5 --warm-up 0.2",
        )
    },
    Workload {
        group: "http",
        kind: HTTP,
        ..echo(
            "http_1000",
            "the same over 1,000",
            "--kind http --conns 1000",
            "--kind http --conns 1000 --seconds 0.6 --warm-up 0.4",
        )
    },
];

/// Those that the user wants.
pub(crate) fn chosen(options: &Options) -> Result<Vec<Workload>, String> {
    for name in &options.only {
        if !ALL.iter().any(|workload| workload.is_called(name)) {
            return Err(format!("there is no workload {name}: see --list"));
        }
    }
    let wanted = |workload: &&Workload| {
        options.only.is_empty() || options.only.iter().any(|name| workload.is_called(name))
    };
    Ok(ALL.iter().filter(wanted).copied().collect())
}

impl Workload {
    /// By its own name or its group's.
    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.group == name
    }

    /// The words of its program.
    pub(crate) fn words(&self, quick: bool) -> impl Iterator<Item = String> {
        let words = if quick { self.quick } else { self.full };
        words.split_whitespace().map(str::to_owned)
    }

    /// The numbers of workers it is measured with.
    pub(crate) fn workers(&self, options: &Options) -> Vec<usize> {
        if self.many_workers {
            options.workers.clone()
        } else {
            vec![1]
        }
    }

    /// The number of CPUs that it takes with so many workers.
    pub(crate) fn cpus(&self, workers: usize) -> usize {
        match self.kind {
            Kind::Alone => workers,
            Kind::Load { two_cpus, .. } => 1 + usize::from(two_cpus),
        }
    }
}

/// Prints all, a line each.
pub(crate) fn list() {
    println!("{:18} {:10} what is done", "name", "group");
    for workload in ALL {
        println!(
            "{:18} {:10} {}",
            workload.name, workload.group, workload.meaning
        );
    }
}

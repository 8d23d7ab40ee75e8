//! `redis-cli` and `redis-benchmark` with `kv_server`.

use crate::programs::Server;
use crate::{Watchdog, is_installed, shell};

fn server(workers: &str) -> Server {
    Server::start("kv_server", &["--workers", workers])
}

#[test]
fn redis_cli_speaks_every_command() {
    if !is_installed("redis-cli") {
        return;
    }
    let _watchdog = Watchdog::start();
    let server = server("2");
    let conversation = [
        ("PING", "PONG"),
        ("PING hello", "\"hello\""),
        ("ECHO 'two words'", "\"two words\""),
        ("SET key value", "OK"),
        ("GET key", "\"value\""),
        ("GET nothing", "(nil)"),
        ("SET key other NX", "(nil)"),
        ("SET key 41 XX EX 1000", "OK"),
        ("INCR key", "(integer) 42"),
        ("DECR key", "(integer) 41"),
        ("TTL key", "(integer) 1000"),
        ("PERSIST key", "(integer) 1"),
        ("TTL key", "(integer) -1"),
        ("EXPIRE key 500", "(integer) 1"),
        ("TTL key", "(integer) 500"),
        ("PEXPIRE nothing 50", "(integer) 0"),
        ("PTTL nothing", "(integer) -2"),
        ("EXISTS key key nothing", "(integer) 2"),
        ("SET bytes '\"\\x00\\r\\n\\xff\"' PX 1000000", "OK"),
        ("DBSIZE", "(integer) 2"),
        ("DEL key nothing", "(integer) 1"),
        ("PUBLISH nobody message", "(integer) 0"),
        ("CONFIG GET appendonly", "1) \"appendonly\"\n2) \"no\""),
        ("COMMAND COUNT", "(integer) 20"),
        ("SELECT 0", "OK"),
        ("FLUSHALL", "OK"),
        ("DBSIZE", "(integer) 0"),
        (
            "NONSENSE",
            "(error) ERR unknown command 'NONSENSE', with args beginning with: ",
        ),
    ];
    for (command, reply) in conversation {
        let got = shell(
            &server.port(),
            &format!("redis-cli --no-raw -p $PORT {command}"),
        );
        let got = got.trim_end_matches('\n');
        let seconds = |text: &str| text.strip_prefix("(integer) ")?.parse::<u64>().ok();
        match (seconds(got), seconds(reply)) {
            // Time passes, and on a busy machine a good deal of it.
            (Some(left), Some(all)) if command.starts_with("TTL") => {
                assert!(left <= all && left + 100 > all, "{command}: {got}");
            }
            _ => assert_eq!(got, reply, "{command}"),
        }
    }
    // The last of the others may have left a moment ago.
    let asking =
        "until redis-cli -p $PORT INFO | tr -d '\\r' | grep -qx connected_clients:1; do :; done";
    shell(&server.port(), asking);
    server.end_well();
}

#[test]
fn redis_cli_subscribes_and_hears() {
    if !is_installed("redis-cli") {
        return;
    }
    let _watchdog = Watchdog::start();
    let server = server("2");
    // Published until somebody has heard it.
    let commands = "heard=$(mktemp); redis-cli -p $PORT SUBSCRIBE news >$heard & client=$!
        until [ $(redis-cli -p $PORT PUBLISH news 'good news') = 1 ]; do :; done
        redis-cli -p $PORT PUBLISH news end >/dev/null
        until grep -qx end $heard; do sleep 0.1; done
        kill $client; cat $heard; rm $heard";
    let heard = shell(&server.port(), commands);
    let lines: Vec<_> = heard.lines().collect();
    let expected = [
        "subscribe",
        "news",
        "1",
        "message",
        "news",
        "good news",
        "message",
        "news",
        "end",
    ];
    assert_eq!(lines, expected);
    server.end_well();
}

#[test]
fn redis_benchmark_finds_no_fault_with_or_without_pipelining() {
    if !is_installed("redis-benchmark") {
        return;
    }
    let _watchdog = Watchdog::start();
    for workers in ["1", "2"] {
        let server = server(workers);
        for options in ["-n 2000 -c 50 -P 1", "-n 16000 -c 20 -P 16 -r 1000 -d 100"] {
            let command = format!(
                "redis-benchmark -p $PORT {options} -t ping_inline,ping_mbulk,set,get,incr --csv 2>&1"
            );
            let report = shell(&server.port(), &command);
            for test in ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR"] {
                assert!(report.contains(&format!("\"{test}\",")), "{test}: {report}");
            }
            let lower = report.to_lowercase();
            assert!(
                !lower.contains("error") && !lower.contains("warning"),
                "{report}"
            );
        }
        server.end_well();
    }
}

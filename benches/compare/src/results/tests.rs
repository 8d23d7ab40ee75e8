use super::Results;
use crate::run::Line;

fn results(lines: &[(&str, &str, f64, &str)]) -> Results {
    let mut results = Results::default();
    for (implementation, metric, value, unit) in lines {
        let line = Line {
            implementation: (*implementation).to_owned(),
            workers: 1,
            metric: (*metric).to_owned(),
            value: *value,
            unit: (*unit).to_owned(),
        };
        results.add("work", vec![line]);
    }
    results
}

#[test]
fn a_median_is_the_middle_of_all_runs() {
    let results = results(&[
        ("teem", "a task", 9.0, "ns"),
        ("teem", "a task", 1.0, "ns"),
        ("teem", "a task", 2.0, "ns"),
        ("teem", "a task", 4.0, "ns"),
    ]);
    let ranking = results.ranking("work", 1, "a task");
    assert_eq!(ranking.len(), 1);
    assert_eq!(ranking[0].median(), 3.0);
    assert_eq!(ranking[0].range(), (1.0, 9.0));
}

#[test]
fn above_one_teem_is_ahead_in_costs_and_in_rates() {
    let results = results(&[
        ("teem", "a task", 2.0, "ns"),
        ("slower", "a task", 4.0, "ns"),
        ("teem", "requests", 200.0, "1/s"),
        ("slower", "requests", 100.0, "1/s"),
    ]);
    for metric in ["a task", "requests"] {
        let ranking = results.ranking("work", 1, metric);
        assert_eq!(ranking[0].implementation, "teem");
        assert_eq!(results.times_teem(ranking[1]), Some(2.0));
    }
}

#[test]
fn ranges_that_touch_leave_the_order_open() {
    let results = results(&[
        ("teem", "a task", 2.0, "ns"),
        ("teem", "a task", 4.0, "ns"),
        ("close", "a task", 4.0, "ns"),
        ("close", "a task", 9.0, "ns"),
        ("slower", "a task", 5.0, "ns"),
    ]);
    let ranking = results.ranking("work", 1, "a task");
    let [teem, slower, close] = ranking[..] else {
        panic!("{ranking:?}")
    };
    assert!(teem.overlaps(close) && close.overlaps(teem));
    assert!(!teem.overlaps(slower) && !slower.overlaps(teem));
}

#[test]
fn a_rate_that_is_the_loads_is_told_from_one_that_is_the_servers() {
    let busy = |load, server| {
        let results = results(&[
            ("teem", "requests", 100.0, "1/s"),
            ("teem", "load busy", load, "%"),
            ("teem", "server busy", server, "%"),
        ]);
        results.limited_by_load().count()
    };
    assert_eq!(busy(99.0, 50.0), 1);
    assert_eq!(busy(99.0, 99.0), 0);
    assert_eq!(busy(50.0, 99.0), 0);
}

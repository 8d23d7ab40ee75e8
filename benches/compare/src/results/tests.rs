use std::time::Duration;

use super::{Ratio, Results};
use crate::distance::Place;
use crate::run::Line;

/// What some rounds have measured. A run that failed prints no number.
fn results(lines: &[(&str, &str, &[f64], &str)]) -> Results {
    let mut results = Results::default();
    for (implementation, metric, values, unit) in lines {
        for (value, round) in values.iter().zip(0..) {
            let line = Line {
                implementation: (*implementation).to_owned(),
                workers: 1,
                metric: (*metric).to_owned(),
                value: *value,
                unit: (*unit).to_owned(),
            };
            if value.is_finite() {
                results.add("work", round, None, vec![line]);
            }
        }
    }
    results
}

const FAILED: f64 = f64::NAN;

fn times_teem(of: &str, results: &Results) -> Option<Ratio> {
    let mut series = results.of("work");
    results.times_teem(series.find(|series| series.implementation == of)?)
}

#[test]
fn a_median_is_the_middle_of_all_runs() {
    let results = results(&[("teem", "a task", &[9.0, 1.0, 2.0, 4.0], "ns")]);
    let ranking = results.ranking("work", 1, "a task");
    assert_eq!(ranking.len(), 1);
    assert_eq!(ranking[0].median(), 3.0);
    assert_eq!(ranking[0].range(), (1.0, 9.0));
}

#[test]
fn above_one_teem_is_ahead_in_costs_and_in_rates() {
    let results = results(&[
        ("teem", "a task", &[2.0], "ns"),
        ("slower", "a task", &[4.0], "ns"),
        ("teem", "requests", &[200.0], "1/s"),
        ("slower", "requests", &[100.0], "1/s"),
    ]);
    for metric in ["a task", "requests"] {
        let ranking = results.ranking("work", 1, metric);
        assert_eq!(ranking[0].implementation, "teem");
        let ratio = results.times_teem(ranking[1]).expect("both were measured");
        assert_eq!(ratio.median, 2.0);
    }
}

#[test]
fn a_run_whose_cpus_were_far_apart_is_compared_with_another_such_run() {
    let mut results = Results::default();
    let runs = [
        ("teem", [2.0, 20.0, 2.0, 2.0, 2.0], [50, 500, 50, 60, 60]),
        (
            "other",
            [4.0, 60.0, 40.0, 10.0, 9.0],
            [60, 400, 500, 50, 50],
        ),
    ];
    for (implementation, values, trips) in runs {
        for ((value, trip), round) in values.into_iter().zip(trips).zip(0..) {
            let line = Line {
                implementation: implementation.to_owned(),
                workers: 2,
                metric: "a task".to_owned(),
                value,
                unit: "ns".to_owned(),
            };
            // They are moved in the last run of all.
            let moved = implementation == "other" && round == 4;
            let trips = [trip, if moved { 500 } else { trip }].map(Duration::from_nanos);
            results.add("work", round, Some(trips), vec![line]);
        }
    }
    let places = results.places();
    let far = places.iter().filter(|place| **place == Place::Far);
    assert_eq!((places.len(), far.count()), (10, 3));
    // 2, 3 and 5, without the 20 of the third round and the 4.5 of the last.
    assert_eq!(times_teem("other", &results).expect("three").median, 3.0);
    assert!(results.csv().contains(",4 60 40 10 9,1 2,4\n"));
}

#[test]
fn a_machine_that_is_slow_for_some_rounds_does_not_change_a_ratio() {
    // Half as fast in the second and in the third round. The medians are 4 and 10.
    let results = results(&[
        ("teem", "a task", &[4.0, 8.0, 8.0, 4.0, 4.0], "ns"),
        ("close", "a task", &[5.0, 10.0, 10.0, FAILED, FAILED], "ns"),
    ]);
    let ratio = times_teem("close", &results).expect("three rounds have both");
    assert_eq!(ratio.median, 1.25);
    assert_eq!(ratio.interval, Some((1.25, 1.25)));
    assert!(ratio.is_certain());
}

#[test]
fn a_round_in_which_one_of_two_failed_compares_nothing() {
    let results = results(&[
        ("teem", "a task", &[1.0, FAILED, 1.0, 1.0, FAILED], "ns"),
        ("other", "a task", &[2.0, 9.0, 3.0, FAILED, 9.0], "ns"),
        ("never", "a task", &[FAILED, 9.0], "ns"),
    ]);
    let ratio = times_teem("other", &results).expect("two rounds have both");
    assert_eq!(ratio.median, 2.5);
    assert_eq!(ratio.interval, None);
    assert_eq!(times_teem("never", &results), None);
}

#[test]
fn a_lead_is_uncertain_where_a_round_of_few_is_the_other_way_round() {
    let results = results(&[
        ("teem", "a task", &[1.0, 1.0, 1.0], "ns"),
        ("behind", "a task", &[1.2, 1.1, 1.3], "ns"),
        ("ahead", "a task", &[0.9, 0.7, 0.8], "ns"),
        ("either", "a task", &[1.2, 0.9, 1.3], "ns"),
        ("the same", "a task", &[1.0, 1.1, 1.1], "ns"),
        ("of two", "a task", &[2.0, 2.0], "ns"),
    ]);
    let certain = |of| {
        times_teem(of, &results)
            .expect("it was measured")
            .is_certain()
    };
    assert!(certain("behind") && certain("ahead"));
    assert!(!certain("either") && !certain("the same") && !certain("of two"));
}

#[test]
fn an_interval_leaves_out_what_may_be_left_out_of_so_many_rounds() {
    // By how many of the tosses of a coin are heads: P(at most k of n) doubled is 10 % at most.
    let outside = [
        (3, 0),
        (5, 0),
        (7, 0),
        (8, 1),
        (10, 1),
        (11, 2),
        (13, 3),
        (20, 5),
    ];
    for (rounds, outside) in outside {
        let ratios = (0..rounds).rev().map(f64::from).collect();
        let (low, high) = (f64::from(outside), f64::from(rounds - 1 - outside));
        let interval = Ratio::of(ratios).expect("there are rounds").interval;
        assert_eq!(interval, Some((low, high)), "of {rounds} rounds");
    }
}

#[test]
fn what_was_counted_as_nothing_has_no_ratio() {
    let results = results(&[
        ("teem", "missed", &[0.0, 1.0, 1.0], "1"),
        ("other", "missed", &[2.0, 2.0, 2.0], "1"),
        ("teem", "busy", &[50.0], "%"),
        ("other", "busy", &[60.0], "%"),
    ]);
    assert!(
        results
            .of("work")
            .all(|series| results.times_teem(series).is_none())
    );
}

#[test]
fn a_table_has_the_value_of_each_round() {
    let results = results(&[
        ("teem", "a task", &[1.0, 2.0, 4.0], "ns"),
        ("other", "a task", &[2.0, FAILED, 2.0], "ns"),
    ]);
    let csv = results.csv();
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(
        lines[1..],
        [
            "work,teem,1,a task,ns,2,1,4,3,1.000,1.000,1.000,1 2 4,,",
            "work,other,1,a task,ns,2,2,2,2,1.250,,,2 - 2,,"
        ]
    );
    let columns = |line: &str| line.split(',').count();
    assert!(lines.iter().all(|line| columns(line) == columns(lines[0])));
}

#[test]
fn a_rate_that_is_the_loads_is_told_from_one_that_is_the_servers() {
    let busy = |load, server| {
        let results = results(&[
            ("teem", "requests", &[100.0], "1/s"),
            ("teem", "load busy", &[load], "%"),
            ("teem", "server busy", &[server], "%"),
        ]);
        results.limited_by_load().count()
    };
    assert_eq!(busy(99.0, 50.0), 1);
    assert_eq!(busy(99.0, 99.0), 0);
    assert_eq!(busy(50.0, 99.0), 0);
}

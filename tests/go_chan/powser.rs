//! `powser1`: power series that compute each other's terms on demand. M. D. McIlroy, "Squinting at power
//! series" (1990).
//!
//! A series is a producer that computes its next coefficient when it is asked for it. Products and
//! exponentials start further producers as they go, and the exponential is defined by itself.

use crate::crew::{Crew, both_ways, crew};
use std::collections::VecDeque;
use std::ops::{Add, Mul};
use teem::chan::{Receiver, Sender, bounded, never};
use teem::select;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Rational(i64, i64);

fn rational(numerator: i64, denominator: i64) -> Rational {
    let (mut a, mut b) = (numerator.abs(), denominator.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let sign = denominator.signum();
    Rational(sign * numerator / a.max(1), sign * denominator / a.max(1))
}

impl Add for Rational {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        rational(self.0 * other.1 + other.0 * self.1, self.1 * other.1)
    }
}

impl Mul for Rational {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        rational(self.0 * other.0, self.1 * other.1)
    }
}

/// Coefficients, each to be asked for.
struct Series {
    requests: Sender<()>,
    answers: Receiver<Rational>,
}

/// The producer's side.
struct Source {
    requests: Receiver<()>,
    answers: Sender<Rational>,
}

fn ends() -> (Source, Series) {
    let (asking, requests) = bounded(0);
    let (answering, answers) = bounded(0);
    let source = Source {
        requests,
        answers: answering,
    };
    let series = Series {
        requests: asking,
        answers,
    };
    (source, series)
}

impl Series {
    /// The next coefficient; nothing when its producer has ended.
    fn next(&self) -> Option<Rational> {
        self.requests.send(()).ok()?;
        self.answers.recv().ok()
    }
}

impl Source {
    /// Gives the next coefficient when it is wanted; nothing when it never will be.
    fn put(&self, value: impl FnOnce() -> Option<Rational>) -> Option<()> {
        self.requests.recv().ok()?;
        self.answers.send(value()?).ok()
    }
}

/// Both next coefficients, asked for and received in whichever order they are ready.
fn next_of_both(left: &Series, right: &Series) -> Option<(Rational, Rational)> {
    let (mut asked, mut values) = ([false; 2], [None; 2]);
    let (nobodys, _open) = bounded(0);
    let silent = never();
    let ask = |n: usize, asked: &[bool; 2]| match asked[n] {
        true => nobodys.clone(),
        false => [left, right][n].requests.clone(),
    };
    let answer = |n: usize, asked: &[bool; 2], values: &[Option<Rational>; 2]| match asked[n]
        && values[n].is_none()
    {
        true => [left, right][n].answers.clone(),
        false => silent.clone(),
    };
    while values.contains(&None) {
        select! {
            send(ask(0, &asked), ()) -> sent => asked[0] = sent.is_ok(),
            send(ask(1, &asked), ()) -> sent => asked[1] = sent.is_ok(),
            recv(answer(0, &asked, &values)) -> value => values[0] = Some(value.ok()?),
            recv(answer(1, &asked, &values)) -> value => values[1] = Some(value.ok()?),
        }
        let gone = |n: usize| !asked[n] && [left, right][n].requests.is_closed();
        if gone(0) || gone(1) {
            return None;
        }
    }
    values[0].zip(values[1])
}

fn produce<'scope>(
    c: Crew<'scope, '_>,
    produce: impl FnOnce(&Source) -> Option<()> + Send + 'scope,
) -> Series {
    let (source, series) = ends();
    c.spawn(move || produce(&source));
    series
}

fn constant(c: Crew<'_, '_>, value: Rational) -> Series {
    produce(c, move |out| {
        loop {
            out.put(|| Some(value))?;
        }
    })
}

fn sum<'scope>(c: Crew<'scope, '_>, left: Series, right: Series) -> Series {
    produce(c, move |out| {
        loop {
            out.put(|| next_of_both(&left, &right).map(|(a, b)| a + b))?;
        }
    })
}

fn scaled(c: Crew<'_, '_>, by: Rational, series: Series) -> Series {
    produce(c, move |out| {
        loop {
            out.put(|| series.next().map(|a| a * by))?;
        }
    })
}

fn derivative(c: Crew<'_, '_>, series: Series) -> Series {
    produce(c, move |out| {
        series.next()?;
        for n in 1.. {
            out.put(|| series.next().map(|a| a * rational(n, 1)))?;
        }
        Some(())
    })
}

fn integral(c: Crew<'_, '_>, first: Rational, series: Series) -> Series {
    produce(c, move |out| {
        out.put(|| Some(first))?;
        for n in 1.. {
            out.put(|| series.next().map(|a| a * rational(1, n)))?;
        }
        Some(())
    })
}

/// One series read by two, at their own speeds, also while its source computes. When nobody reads the
/// first of them any more it ends, if `with_first` says so: its source may read the second.
fn split(c: Crew<'_, '_>, series: Series, with_first: bool) -> [Series; 2] {
    let (first, one) = ends();
    let (second, other) = ends();
    c.spawn(move || -> Option<()> {
        let outs = [first, second];
        let (silent, nothing) = (never(), never());
        // What each has not had yet; who waits for more than that; whether the source computes.
        let mut left = [VecDeque::new(), VecDeque::new()];
        let (mut waits, mut gone) = ([false; 2], [false; 2]);
        let mut computes = false;
        while gone != [true; 2] && !(gone[0] && with_first) {
            let of = |n: usize| match gone[n] || waits[n] {
                true => &silent,
                false => &outs[n].requests,
            };
            let answers = if computes { &series.answers } else { &nothing };
            select! {
                recv(of(0)) -> asked => (waits[0], gone[0]) = (asked.is_ok(), asked.is_err()),
                recv(of(1)) -> asked => (waits[1], gone[1]) = (asked.is_ok(), asked.is_err()),
                recv(answers) -> value => {
                    let value = value.ok()?;
                    left.iter_mut().for_each(|left| left.push_back(value));
                    computes = false;
                }
            }
            for n in 0..2 {
                if waits[n]
                    && let Some(value) = left[n].pop_front()
                {
                    gone[n] = outs[n].answers.send(value).is_err();
                    waits[n] = false;
                } else if waits[n] && !computes {
                    series.requests.send(()).ok()?;
                    computes = true;
                }
            }
        }
        None
    });
    [one, other]
}

/// `u v = u0 v0 + x (u0 V + v0 U) + x² U V`, with `u = u0 + x U` and `v = v0 + x V`.
fn product<'scope, 'env: 'scope>(c: Crew<'scope, 'env>, u: Series, v: Series) -> Series {
    produce(c, move |out| {
        let mut firsts = None;
        out.put(|| {
            firsts = next_of_both(&u, &v);
            firsts.map(|(u0, v0)| u0 * v0)
        })?;
        let (u0, v0) = firsts?;
        let [u, other_u] = split(c, u, false);
        let [v, other_v] = split(c, v, false);
        let w = sum(c, scaled(c, v0, u), scaled(c, u0, v));
        out.put(|| w.next())?;
        let rest = sum(c, w, product(c, other_u, other_v));
        loop {
            out.put(|| rest.next())?;
        }
    })
}

/// `E' = E u'`, `E(0) = 1`: its own terms are its input.
fn exponential<'scope, 'env: 'scope>(c: Crew<'scope, 'env>, u: Series) -> Series {
    let (source, e) = ends();
    let [e, own] = split(c, e, true);
    let integral = integral(c, rational(1, 1), product(c, own, derivative(c, u)));
    c.spawn(move || -> Option<()> {
        loop {
            source.put(|| integral.next())?;
        }
    });
    e
}

fn starts_with<const N: usize>(series: Series, terms: [(i64, i64); N]) {
    for (n, (numerator, denominator)) in terms.into_iter().enumerate() {
        let expected = Rational(numerator, denominator);
        assert_eq!(series.next(), Some(expected), "coefficient {n}");
    }
}

fn ones(c: Crew<'_, '_>) -> Series {
    constant(c, rational(1, 1))
}

#[test]
fn powser1() {
    both_ways(|| {
        crew(|c| starts_with(ones(c), [(1, 1); 10]));
        crew(|c| {
            starts_with(
                sum(c, ones(c), scaled(c, rational(2, 1), ones(c))),
                [(3, 1); 10],
            )
        });
        crew(|c| starts_with(derivative(c, ones(c)), [1, 2, 3, 4, 5, 6].map(|n| (n, 1))));
        crew(|c| {
            let logarithm = integral(c, rational(0, 1), ones(c));
            starts_with(logarithm, [(0, 1), (1, 1), (1, 2), (1, 3), (1, 4)]);
        });
        crew(|c| {
            let square = product(c, ones(c), ones(c));
            starts_with(square, [1, 2, 3, 4, 5, 6].map(|n| (n, 1)));
        });
        crew(|c| {
            let terms = [(1, 1), (1, 1), (3, 2), (13, 6), (73, 24), (167, 40)];
            starts_with(exponential(c, ones(c)), terms);
        });
    });
}

//! The plots: bars for each workload, and all comparisons on one page.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::short;
use super::standing::Standing;
use crate::results::{Results, Series};
use crate::workloads::Workload;

type Drawing<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<std::io::Error>>;

const WIDTH: u32 = 860;
/// Where the bars begin, after the names.
const NAMES: i32 = 170;
const BAR: i32 = 14;
const LINE: i32 = 22;
const HEAD: i32 = 34;
const TEEM: RGBColor = RGBColor(0, 121, 107);
const OTHER: RGBColor = RGBColor(176, 190, 197);
const INK: RGBColor = RGBColor(38, 50, 56);
const FAINT: RGBColor = RGBColor(144, 164, 174);

/// Bars of the medians of one metric, one below the other, with the range of the runs as a line.
struct Panel<'a> {
    title: String,
    bars: Vec<&'a Series>,
}

/// Draws a workload; says whether there was anything to draw.
pub(super) fn workload(path: &Path, workload: &Workload, results: &Results) -> Drawn<bool> {
    let mut panels = Vec::new();
    let mut workers: Vec<_> = results
        .of(workload.name)
        .map(|series| series.workers)
        .collect();
    workers.sort_unstable();
    workers.dedup();
    for &metric in workload.headlines {
        for &workers in &workers {
            let bars = results.ranking(workload.name, workers, metric);
            let Some(first) = bars.first() else { continue };
            let unit = &first.unit;
            let better = if first.more_is_better() {
                "more"
            } else {
                "less"
            };
            let title = match (workload.many_workers, workers) {
                (false, _) => format!("{metric}, {unit} ({better} is better)"),
                (true, 1) => format!("{metric}, {unit}, 1 worker ({better} is better)"),
                (true, _) => format!("{metric}, {unit}, {workers} workers ({better} is better)"),
            };
            panels.push(Panel { title, bars });
        }
    }
    let height: i32 = panels.iter().map(Panel::height).sum();
    if height == 0 {
        return Ok(false);
    }
    let drawing = SVGBackend::new(path, (WIDTH, height as u32)).into_drawing_area();
    drawing.fill(&WHITE)?;
    let mut top = 0;
    for panel in &panels {
        panel.draw(&drawing, top)?;
        top += panel.height();
    }
    drawing.present()?;
    Ok(true)
}

impl Panel<'_> {
    fn height(&self) -> i32 {
        HEAD + LINE * self.bars.len() as i32 + 8
    }

    /// The longest bar that is drawn as long as it is: a peer that is far behind all others would
    /// leave no room for them, so its bar is cut.
    fn scale(&self) -> f64 {
        let mut medians: Vec<f64> = self.bars.iter().map(|series| series.median()).collect();
        medians.sort_by(f64::total_cmp);
        let teem = self
            .bars
            .iter()
            .find(|series| series.implementation == "teem");
        let least = teem.map_or(0.0, |series| 6.0 * series.median());
        let most = medians.last().copied().unwrap_or(1.0);
        let usual = medians[medians.len() / 2] * 3.0;
        most.min(usual.max(least)).max(f64::MIN_POSITIVE)
    }

    fn draw(&self, drawing: &Drawing<'_>, top: i32) -> Drawn {
        let scale = self.scale();
        let room = f64::from(WIDTH as i32 - NAMES - 150);
        let place = |value: f64| NAMES + (value.min(scale) / scale * room) as i32;
        write(
            drawing,
            &self.title,
            (10, top + HEAD / 2),
            15,
            INK,
            HPos::Left,
        )?;
        for (series, line) in self.bars.iter().zip(0..) {
            let middle = top + HEAD + LINE * line + LINE / 2;
            let color = if series.implementation == "teem" {
                TEEM
            } else {
                OTHER
            };
            let (median, (least, greatest)) = (series.median(), series.range());
            write(
                drawing,
                &series.implementation,
                (NAMES - 8, middle),
                13,
                INK,
                HPos::Right,
            )?;
            let end = place(median);
            let corners = [
                (NAMES, middle - BAR / 2),
                (end.max(NAMES + 1), middle + BAR / 2),
            ];
            drawing.draw(&Rectangle::new(corners, color.filled()))?;
            let span = [(place(least), middle), (place(greatest), middle)];
            drawing.draw(&PathElement::new(span, INK.stroke_width(1)))?;
            let cut = if median > scale { "… " } else { "" };
            let label = format!("{cut}{} {}", short(median), series.unit);
            let after = place(greatest).max(end) + 8;
            write(drawing, &label, (after, middle), 13, INK, HPos::Left)?;
        }
        Ok(())
    }
}

/// All comparisons, a line each: where each peer's cost is, with teem's as one, and the interval of that as a line.
pub(super) fn overview(path: &Path, standings: &[Standing<'_>]) -> Drawn {
    const LEFT: i32 = 290;
    const COLUMNS: i32 = 6;
    let peers = peers(standings);
    let legend = 18 * ((peers.len() as i32 + COLUMNS - 1) / COLUMNS) + 10;
    let height = HEAD + legend + LINE * standings.len() as i32 + 40;
    let drawing = SVGBackend::new(path, (WIDTH, height as u32)).into_drawing_area();
    drawing.fill(&WHITE)?;
    let title = "cost in teem's: right of the line teem is ahead, left of it behind";
    write(&drawing, title, (10, HEAD / 2), 15, INK, HPos::Left)?;
    for (peer, index) in peers.iter().zip(0..) {
        let (column, row) = (index % COLUMNS, index / COLUMNS);
        let at = (20 + column * 140, HEAD + 8 + row * 18);
        drawing.draw(&Circle::new(at, 4, color_of(peer).filled()))?;
        write(&drawing, peer, (at.0 + 9, at.1), 12, INK, HPos::Left)?;
    }
    let (top, bottom) = (HEAD + legend, height - 34);
    let (least, most) = (0.1_f64, 100.0_f64);
    let room = f64::from(WIDTH as i32 - LEFT - 30);
    let place = |ratio: f64| {
        let part = (ratio.clamp(least, most) / least).log10() / (most / least).log10();
        LEFT + (part * room) as i32
    };
    for ratio in [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0] {
        let x = place(ratio);
        let style = if ratio == 1.0 {
            TEEM.stroke_width(2)
        } else {
            FAINT.mix(0.4).stroke_width(1)
        };
        drawing.draw(&PathElement::new([(x, top), (x, bottom)], style))?;
        let label = if ratio == 1.0 {
            "teem".to_owned()
        } else {
            format!("{ratio}×")
        };
        write(&drawing, &label, (x, bottom + 12), 12, INK, HPos::Center)?;
    }
    for (standing, line) in standings.iter().zip(0..) {
        let middle = top + LINE * line + LINE / 2;
        write(
            &drawing,
            &standing.name(),
            (LEFT - 10, middle),
            12,
            INK,
            HPos::Right,
        )?;
        for (series, ratio) in standing.others.iter().rev() {
            let color = color_of(&series.implementation).mix(0.85);
            if let Some((low, high)) = ratio.interval {
                let span = [(place(low), middle), (place(high), middle)];
                drawing.draw(&PathElement::new(span, color.stroke_width(2)))?;
            }
            let at = (place(ratio.median), middle);
            drawing.draw(&Circle::new(at, 5, color.filled()))?;
        }
    }
    drawing.present()
}

/// The names of all that teem is compared with.
fn peers(standings: &[Standing<'_>]) -> Vec<String> {
    let others = standings.iter().flat_map(|standing| &standing.others);
    let mut names: Vec<_> = others
        .map(|(series, _)| series.implementation.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// A color for a name, the same in every report.
fn color_of(name: &str) -> RGBColor {
    const COLORS: &[(&str, RGBColor)] = &[
        ("teem", TEEM),
        ("go", RGBColor(0, 173, 216)),
        ("tokio", RGBColor(216, 67, 21)),
        ("hyper", RGBColor(255, 112, 67)),
        ("may", RGBColor(142, 36, 170)),
        ("java", RGBColor(249, 168, 37)),
        ("boost", RGBColor(40, 53, 147)),
        ("corosensei", RGBColor(85, 139, 47)),
        ("rayon", RGBColor(109, 76, 65)),
        ("crossbeam", RGBColor(233, 30, 99)),
        ("raw", RGBColor(0, 0, 0)),
    ];
    let family = |known: &str| name.split(['+', '_', '.']).next() == Some(known);
    let known = COLORS.iter().find(|(known, _)| family(known));
    let color = known.map_or(RGBColor(176, 150, 130), |(_, color)| *color);
    // A variant is the paler.
    if name.contains('+') {
        let pale = |part: u8| part.midpoint(u8::MAX);
        return RGBColor(pale(color.0), pale(color.1), pale(color.2));
    }
    color
}

fn write(
    drawing: &Drawing<'_>,
    text: &str,
    at: (i32, i32),
    size: i32,
    color: RGBColor,
    side: HPos,
) -> Drawn {
    let style = ("sans-serif", size).into_text_style(drawing).color(&color);
    drawing.draw_text(text, &style.pos(Pos::new(side, VPos::Center)), at)
}

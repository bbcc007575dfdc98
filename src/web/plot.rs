//! Draws how long the last runs of a job took, and how many items they had: as SVG made here, in the colours of the style sheet.

use std::time::Duration;

use serde::Serialize;

use super::mark::look;
use super::when::{passed, span};
use crate::clock::Zone;
use crate::model::RunView;

/// Runs that are drawn.
pub(super) const RUNS: u32 = 90;
/// The size of a run's column, and of a chart.
const STEP: u32 = 10;
const HEIGHT: u32 = 90;
/// The room at the left for the numbers.
const LEFT: u32 = 70;

/// A drawing of the last runs.
#[derive(Debug, Serialize)]
pub(super) struct Plot {
    width: u32,
    height: u32,
    left: u32,
    middle: u32,
    charts: Vec<Chart>,
    from: String,
    to: String,
    runs: usize,
}

#[derive(Debug, Serialize)]
struct Chart {
    name: &'static str,
    top: u32,
    bottom: u32,
    most: String,
    bars: Vec<Bar>,
}

#[derive(Debug, Serialize)]
struct Bar {
    x: u32,
    y: u32,
    height: u32,
    look: &'static str,
    words: String,
}

impl Plot {
    /// Draws these runs, newest first as they are read; `None` where none has ended.
    pub(super) fn of(runs: &[RunView], zone: &Zone) -> Option<Self> {
        let ended: Vec<_> = runs.iter().rev().filter_map(|run| Some((run, passed(run.started, run.ended?)))).collect();
        let (first, last) = (ended.first()?.0, ended.last()?.0);
        let longest = ended.iter().map(|(_, took)| *took).max().unwrap_or_default();
        let most = ended.iter().map(|(run, _)| run.counts.total()).max().unwrap_or_default();
        let bars =
            |top: u32, height: &dyn Fn(&RunView, Duration) -> u32, words: &dyn Fn(&RunView, Duration) -> String| {
                let bar = |(at, (run, took)): (usize, &(&RunView, Duration))| {
                    let height = height(run, *took);
                    let x = LEFT + STEP * u32::try_from(at).unwrap_or_default();
                    let words = format!("{}: {}", zone.minute(run.started), words(run, *took));
                    Bar { x, y: top + HEIGHT - height, height, look: look(run.outcome).0, words }
                };
                ended.iter().enumerate().map(bar).collect::<Vec<_>>()
            };
        let (upper, lower) = (20, 20 + HEIGHT + 40);
        let charts = vec![
            Chart {
                name: "Duration",
                top: upper,
                bottom: upper + HEIGHT,
                most: span(longest),
                bars: bars(upper, &|_, took| share(took.as_millis(), longest.as_millis()), &|_, took| span(took)),
            },
            Chart {
                name: "Items",
                top: lower,
                bottom: lower + HEIGHT,
                most: most.to_string(),
                bars: bars(lower, &|run, _| share(run.counts.total().into(), most.into()), &|run, _| {
                    run.counts.to_string()
                }),
            },
        ];
        let width = LEFT + STEP * u32::try_from(ended.len().max(30)).unwrap_or(RUNS) + STEP;
        Some(Self {
            width,
            height: lower + HEIGHT + 30,
            left: LEFT,
            middle: width - STEP,
            charts,
            from: zone.minute(first.started),
            to: zone.minute(last.started),
            runs: ended.len(),
        })
    }
}

/// Returns the height of a bar; what is there at all can be seen.
fn share(part: u128, whole: u128) -> u32 {
    if whole == 0 {
        return 1;
    }
    u32::try_from(part * u128::from(HEIGHT) / whole).unwrap_or(HEIGHT).clamp(1, HEIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_fills_the_chart_and_the_shortest_can_be_seen() {
        assert_eq!((share(10, 10), share(5, 10), share(0, 10), share(1, 1_000_000)), (HEIGHT, HEIGHT / 2, 1, 1));
        assert_eq!(share(0, 0), 1);
    }
}

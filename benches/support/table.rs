//! Prints the lines of a benchmark's table, and picks a figure out of several rounds.
#![allow(dead_code, reason = "not every benchmark needs all of it")]

use std::time::Duration;

/// Prints a line.
pub(crate) fn line(what: &str, ours: &str, ceiling: &str, ratio: Option<f64>, reach: &str) {
    let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
    println!("{what:66} {ours:>16} {ceiling:>16} {ratio:>7}  {reach}");
}

/// Prints the headings.
pub(crate) fn headings(ours: &str, ceiling: &str) {
    println!("{:66} {ours:>16} {ceiling:>16} {:>7}  reach", "", "ratio");
}

pub(crate) fn rate(a_second: f64) -> String {
    format!("{a_second:.0}/s")
}

pub(crate) fn millis(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1000.0)
}

/// Returns the middle one of these.
pub(crate) fn middle<T: Copy>(mut values: Vec<T>, by: impl Fn(&T) -> f64) -> T {
    values.sort_by(|one, other| by(one).total_cmp(&by(other)));
    values[values.len() / 2]
}

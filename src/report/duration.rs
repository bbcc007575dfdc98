//! Writes how long something took, as a person says it.

use std::time::Duration;

/// Writes `under a second`, `12 s`, `3 min 20 s`, `1 h 4 min`.
pub(super) fn words(took: Duration) -> String {
    let seconds = took.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) => "under a second".to_owned(),
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_its_two_largest_units() {
        for (seconds, told) in [
            (0, "under a second"),
            (12, "12 s"),
            (180, "3 min"),
            (200, "3 min 20 s"),
            (3600, "1 h"),
            (3899, "1 h 4 min"),
        ] {
            assert_eq!(words(Duration::from_secs(seconds)), told);
        }
    }
}

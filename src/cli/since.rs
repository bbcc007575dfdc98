//! Reads how long ago something was: `7d`, `12h`, `30m`.

use std::time::Duration;

use super::Failure;

/// Reads a number and a unit.
pub(super) fn duration(text: &str) -> Result<Duration, Failure> {
    let wrong = || Failure::usage(format!("`{text}` is not a time. Write a number and a unit, such as 7d, 12h or 30m"));
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        "w" => 7 * 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit_are_read_and_nothing_else() {
        assert_eq!(duration("7d").unwrap(), Duration::from_hours(7 * 24));
        for text in ["7", "d", "", "7 d", "-7d", "7days", "99999999999999999999d"] {
            assert_eq!(duration(text).unwrap_err().code, super::super::ExitCode::Usage, "{text}");
        }
    }
}

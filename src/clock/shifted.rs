//! Shifts the machine's clocks for tests of the whole program. It exists in debug builds alone; in a release it is nothing.
//!
//! `ROOMKEEPER_CLOCK` names a file with so many seconds that the wall clock is ahead, so many that the boot clock is, and a
//! number of the boot where it is another: `63072000 0` is a clock that leapt by two years. It is read at each look, so that a
//! test can set the clock of a program that runs.

use std::path::PathBuf;
use std::sync::OnceLock;

/// The distance of the clocks from the machine's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shift {
    /// Seconds that the wall clock is ahead.
    pub(super) wall: i64,
    /// Seconds that the machine has been up longer.
    pub(super) uptime: i64,
    /// Which boot it is said to be; 0 is the machine's own.
    pub(super) boot: u8,
}

/// Returns their present distance.
pub(super) fn shift() -> Shift {
    static FILE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let file = FILE.get_or_init(|| std::env::var_os("ROOMKEEPER_CLOCK").map(PathBuf::from));
    file.as_ref().and_then(|file| std::fs::read_to_string(file).ok()).map_or_else(Shift::default, |text| read(&text))
}

fn read(text: &str) -> Shift {
    let mut numbers = text.split_whitespace().map(|number| number.parse::<i64>().unwrap_or_default());
    let mut next = || numbers.next().unwrap_or_default();
    Shift { wall: next(), uptime: next(), boot: u8::try_from(next()).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_no_shift() {
        assert_eq!(read("86400 -3 7"), Shift { wall: 86_400, uptime: -3, boot: 7 });
        assert_eq!(read("-5"), Shift { wall: -5, ..Shift::default() });
        assert_eq!(read("x"), Shift::default());
    }
}

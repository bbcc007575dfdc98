//! Sizes of files: "100 MiB", "5 MB", "64 KiB".

use crate::config::problem::Complaint;

const UNITS: [(&str, u64); 7] = [
    ("b", 1),
    ("kb", 1000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
];

/// Reads a size in bytes, above zero.
pub(in crate::config) fn size(text: &str) -> Result<u64, Complaint> {
    parse(text).ok_or_else(|| {
        Complaint::new(
            format!("{text:?} is not the size of a file"),
            "Write a whole number and a unit (KiB, MiB, GiB, KB, MB, GB), such as \"100 MiB\".",
        )
    })
}

fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    let unit = text[digits..].trim_start().to_ascii_lowercase();
    let (_, bytes) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*bytes).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit_are_a_size() {
        assert_eq!(parse("100 MiB"), Some(104_857_600));
        assert_eq!(parse("5mb"), Some(5_000_000));
        assert_eq!(parse("512 B"), Some(512));
        for wrong in ["100", "MiB", "0 MiB", "1.5 MiB", "-1 MiB", "1 TiB", "99999999999 GiB"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}

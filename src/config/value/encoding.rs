//! Reads the label of a text's encoding.

use encoding_rs::Encoding;

use super::did_you_mean;
use crate::config::problem::Complaint;

/// Labels that people are likely to mean, for a slip in one.
const USUAL: [&str; 16] = [
    "utf-8",
    "utf-16le",
    "utf-16be",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1257",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-15",
    "macintosh",
    "shift_jis",
    "gbk",
    "big5",
];

/// Returns a label of the WHATWG's Encoding Standard, in any case.
pub(in crate::config) fn encoding(text: &str) -> Result<&'static Encoding, Complaint> {
    let text = text.trim();
    let known =
        Encoding::for_label_no_replacement(text.as_bytes()).filter(|found| *found != encoding_rs::X_USER_DEFINED);
    known.ok_or_else(|| {
        let nearest = did_you_mean(&text.to_lowercase(), &USUAL);
        Complaint::new(format!("{text:?} is not the name of an encoding"), nearest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_in_any_case_and_unknown_ones_refused() {
        assert_eq!(encoding(" Windows-1250 ").ok(), Some(encoding_rs::WINDOWS_1250));
        assert_eq!(encoding("latin1").ok(), Some(encoding_rs::WINDOWS_1252));
        for unknown in ["", "windows-12500", "cp850", "replacement", "x-user-defined", "hz-gb-2312"] {
            assert!(encoding(unknown).is_err(), "{unknown}");
        }
    }
}

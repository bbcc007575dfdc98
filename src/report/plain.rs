//! Takes from names and messages what could make them look like something else.

use crate::model::without_error_numbers;

pub(super) use crate::model::line::{clipped as clip, plain_line as one_line};

/// Returns a reason, cut in the same way, and without the system's numbers.
pub(super) fn told(reason: &str, most: usize) -> String {
    clip(&without_error_numbers(reason), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_on_its_line() {
        assert_eq!(one_line(" a\r\nBcc: b\t\u{1b}[31mc\u{2028}d\u{202E}e\0 "), "a Bcc: b [31mc de");
        assert_eq!(one_line("\u{202E}\r\n"), "");
        assert_eq!(one_line("گفتگو\u{200c}ها 数学"), "گفتگو\u{200c}ها 数学");
    }

    #[test]
    fn a_long_name_is_cut_by_characters() {
        assert_eq!(clip("ÄÖÜÄÖÜ", 6), "ÄÖÜÄÖÜ");
        assert_eq!(clip("ÄÖÜ ÄÖÜ", 5), "ÄÖÜ…");
    }
}

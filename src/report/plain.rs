//! Takes from names and messages what could make them look like something else.

use crate::model::without_error_numbers;

/// Puts a text on one line: control characters and line ends become blanks, several blanks one, and the invisible characters
/// that turn a text's direction are dropped.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_control() || c.is_whitespace()) {
        let mut shown = word.chars().filter(|c| !turns_direction(*c)).peekable();
        if shown.peek().is_some() && !line.is_empty() {
            line.push(' ');
        }
        line.extend(shown);
    }
    line
}

/// Returns the same, cut to `most` characters; three dots say that there was more.
pub(super) fn clip(text: &str, most: usize) -> String {
    let line = one_line(text);
    if line.chars().count() <= most {
        return line;
    }
    let mut cut: String = line.chars().take(most.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// Returns a reason, cut in the same way, and without the system's numbers.
pub(super) fn told(reason: &str, most: usize) -> String {
    clip(&without_error_numbers(reason), most)
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
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

//! Puts texts that other people or servers have written on one line, so that they can stand within a sentence, a heading or a log.

use super::fold::{control, is_control};

/// The longest label.
const LABEL: usize = 80;
/// Begins the number that the system has for an error.
const MARK: &str = " (os error ";

/// Joins a text's words by single blanks: blanks of any kind, line ends and control characters part words.
#[must_use]
pub fn one_line(text: &str) -> String {
    joined(text, |_| true)
}

/// Does the same, and drops the invisible characters that turn the direction of writing: they could make a text look like another.
#[must_use]
pub fn plain_line(text: &str) -> String {
    joined(text, |c| !turns_direction(c))
}

/// Returns a plain line of at most `most` characters; three dots say that there was more.
#[must_use]
pub fn clipped(text: &str, most: usize) -> String {
    let line = plain_line(text);
    if line.chars().count() <= most {
        return line;
    }
    let mut cut: String = line.chars().take(most.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// Returns a text as a label: without line breaks and other characters that would disarrange a list, and cut where it is long.
#[must_use]
pub fn label(text: &str) -> String {
    if text.len() <= LABEL && control(text).is_none() {
        return text.to_owned();
    }
    let parts: Vec<_> = text.split(is_control).filter(|part| !part.is_empty()).collect();
    parts.join(" ").chars().take(LABEL).collect()
}

/// Returns a name or a path with its blanks as they are: only its control characters, which a terminal would obey, are replaced.
#[must_use]
pub fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn joined(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_control() || c.is_whitespace()) {
        let mut kept = word.chars().filter(|c| is_kept(*c)).peekable();
        if kept.peek().is_some() && !line.is_empty() {
            line.push(' ');
        }
        line.extend(kept);
    }
    line
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// Returns the text without the numbers that the system has for its errors, `Permission denied (os error 13)`: they tell the
/// reader of a mail nothing.
#[must_use]
pub fn without_error_numbers(text: &str) -> String {
    let mut parts = text.split(MARK);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((number, rest)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
                plain.push_str(rest);
            }
            _ => {
                plain.push_str(MARK);
                plain.push_str(part);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined_by_one_blank_whatever_parts_them() {
        assert_eq!(one_line("  a\r\n\tb \u{1b}[31mc\u{a0}d\n"), "a b [31mc d");
        assert_eq!(one_line("\n\n"), "");
        assert_eq!(one_line("שלום\u{200F} b"), "שלום\u{200F} b");
    }

    #[test]
    fn a_plain_line_turns_no_direction() {
        assert_eq!(plain_line("a\u{202E}b \u{200F} \u{FEFF}c"), "ab c");
    }

    #[test]
    fn a_name_cannot_steer_a_terminal_and_keeps_its_blanks() {
        assert_eq!(shown("x\u{1b}[31my\n  z.csv"), "x\u{fffd}[31my\u{fffd}  z.csv");
    }

    #[test]
    fn a_line_that_is_too_long_says_so() {
        assert_eq!(clipped("four five", 9), "four five");
        assert_eq!(clipped("four five", 8), "four fi…");
        assert_eq!(clipped("four five", 6), "four…");
    }

    #[test]
    fn only_the_numbers_go() {
        let two = "a.csv: Permission denied (os error 13); b.csv: No space left on device (os error 28).";
        assert_eq!(without_error_numbers(two), "a.csv: Permission denied; b.csv: No space left on device.");
        for other in ["", "Room (os error 13", "Room (os error x)", "Room (os error )", "a (b) c"] {
            assert_eq!(without_error_numbers(other), other);
        }
    }
}

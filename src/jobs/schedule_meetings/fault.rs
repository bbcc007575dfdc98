//! Describes the faults of a row, in words for the person who wrote it, and with the server's code where it has
//! one.

use std::fmt;

use crate::model::fold::{self, LOST};
use crate::model::{Code, Column, spreadsheet};

/// One thing that is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field; `None` when it is the row as a whole.
    pub column: Option<Column>,
    /// The code that the server would have answered; `None` where its table has none.
    pub code: Option<Code>,
    /// The fault, the text at fault, and the text to write instead.
    pub words: String,
}

/// All that is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Tells whether the row is right.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the first code, in the order of the reference's Schedule table (reference: Schedule Meeting).
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        self.iter().find_map(|fault| fault.code)
    }

    /// Returns the faults, in the order of the same table; those of the whole row come first.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// Takes one more in.
    pub fn add(&mut self, fault: Fault) {
        let at = self.0.partition_point(|before| before.column <= fault.column);
        self.0.insert(at, fault);
    }

    pub(super) fn of(&mut self, column: Column, code: impl Into<Option<Code>>, words: impl Into<String>) {
        self.add(Fault { column: Some(column), code: code.into(), words: words.into() });
    }

    pub(super) fn of_row(&mut self, words: impl Into<String>) {
        self.add(Fault { column: None, code: None, words: words.into() });
    }
}

impl fmt::Display for Faults {
    /// Writes all of them, joined by `; `.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { "; " }, fault.words)?;
        }
        Ok(())
    }
}

/// Returns a cell's text as it is quoted to a person: on one line, and not longer than one looks at.
pub(super) fn shown(text: &str) -> String {
    const MOST_CHARS: usize = 40;
    let mut shown = String::from("`");
    for (at, c) in text.chars().enumerate() {
        if at == MOST_CHARS {
            shown.push('…');
            break;
        }
        shown.push(if fold::is_control(c) { ' ' } else { c });
    }
    shown.push('`');
    // Two texts that look alike would tell a person nothing.
    if let Some(unseen) = fold::lookalike(text) {
        shown.extend([" (with ", &fold::named(unseen), ")"]);
    }
    shown
}

/// Tells why a text is no id: it holds invisible or lost characters, or a spreadsheet or a program made it.
pub(super) fn no_id(text: &str, noun: &str) -> Option<String> {
    if let Some(hidden) = fold::hidden(text) {
        let (shown, hidden) = (shown(text), fold::named(hidden));
        return Some(format!(
            "{noun} {shown} holds a control character or one that is not seen, {hidden}: delete it, and write {noun} on one line"
        ));
    }
    if fold::has_lost(text) {
        return Some(lost(noun, text));
    }
    let words = spreadsheet::why_no_id(text, noun.strip_prefix("the ").unwrap_or(noun))?;
    Some(format!("{noun} {} {words}", shown(text)))
}

/// Says that a program has damaged a text before it came here.
pub(super) fn lost(noun: &str, text: &str) -> String {
    let lost = fold::named(LOST);
    format!("{noun} {} holds {lost}: a letter was lost when the file was saved; write it again", shown(text))
}

/// Says that a text is a spreadsheet's error.
pub(super) fn spreadsheets_error(text: &str, noun: &str) -> String {
    format!("{} is a spreadsheet's error, not {noun}: correct the formula, and save the file again", shown(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_stand_in_the_order_of_the_schedule_table() {
        let mut faults = Faults::default();
        faults.of(Column::Participants, Code::PARTICIPANTS_FEW, "few");
        faults.of(Column::RoomName, None, "control");
        faults.of(Column::RoomName, Code::TITLE_LONG, "long");
        faults.of_row("cells");
        faults.of(Column::StartTime, Code::START_MISSING, "start");
        assert_eq!(faults.to_string(), "cells; control; long; start; few");
        assert_eq!(faults.code(), Some(Code::TITLE_LONG));
    }

    #[test]
    fn a_long_text_is_shown_on_one_line_and_shortened() {
        assert_eq!(shown("Header\r\nBcc"), "`Header  Bcc` (with U+000D (a line break))");
        assert_eq!(shown("D\u{200b}-1"), "`D\u{200b}-1` (with U+200B (a zero-width space))");
        assert_eq!(shown(&"ü".repeat(41)), format!("`{}…`", "ü".repeat(40)));
        assert_eq!(shown(&"ü".repeat(40)), format!("`{}`", "ü".repeat(40)));
    }
}

//! Tells the quotation marks around a cell from those of its text, since only the latter end a quotation that the text has begun:
//! in a spreadsheet's `"„hnlich"`, DOS's „ähnlich“, none ends it.

/// The meaning of a quotation mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// It begins a quoted cell.
    Begins,
    /// It ends one.
    Ends,
    /// It is a part of the text, where two stand for one.
    OfText,
}

/// Follows a text's quotation marks.
#[derive(Debug, Default)]
pub(super) struct Marks {
    in_cell: bool,
    /// The mark before was the first of two that stand for one.
    doubled: bool,
}

impl Marks {
    /// Tells what the mark between these two is.
    pub(super) fn take(&mut self, before: char, next: char) -> Mark {
        if std::mem::take(&mut self.doubled) {
            return Mark::OfText;
        }
        if self.in_cell {
            self.doubled = next == '"';
            self.in_cell = self.doubled;
            return if self.doubled { Mark::OfText } else { Mark::Ends };
        }
        self.in_cell = matches!(before, '\n' | '\r' | ',' | ';' | '\t' | '|');
        if self.in_cell { Mark::Begins } else { Mark::OfText }
    }

    /// Says whether a quoted cell goes on.
    pub(super) fn in_cell(&self) -> bool {
        self.in_cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_around_cells_are_told_from_those_within() {
        let kinds = |text: &str| {
            let mut marks = Marks::default();
            let all: Vec<char> = format!(",{text},").chars().collect();
            let marked = all.array_windows::<3>().filter(|window| window[1] == '"');
            let kind = |window: &[char; 3]| match marks.take(window[0], window[2]) {
                Mark::Begins => 'b',
                Mark::Ends => 'e',
                Mark::OfText => 't',
            };
            marked.map(kind).collect::<String>()
        };
        assert_eq!(kinds("\"a\",12\" wide,\"b \"\"c\"\"\"\n\"\",\"d\""), "betbttttebebe");
    }
}

//! Tells a table that was cut short: it ends within its last row, which has fewer cells than the others.

/// The number of cells that the last row has, and the number that the others have at least.
#[derive(Debug, Clone, Copy)]
pub struct Widths {
    others: usize,
    last: Option<(u64, usize)>,
}

impl Widths {
    /// Begins below a row of so many headings.
    #[must_use]
    pub fn of(headings: usize) -> Self {
        Self { others: headings, last: None }
    }

    /// Notes a row.
    pub fn see(&mut self, line: u64, cells: usize) {
        if let Some((_, cells)) = self.last.replace((line, cells)) {
            self.others = self.others.min(cells);
        }
    }

    /// Returns the last row.
    #[must_use]
    pub fn last_row(&self) -> Option<u64> {
        self.last.map(|(line, _)| line)
    }

    /// Says of a file whose last line has no end why it is refused, where it ends within its last row.
    #[must_use]
    pub fn cut_short(&self) -> Option<String> {
        let (line, cells) = self.last.filter(|(_, cells)| *cells < self.others)?;
        let has = if cells == 1 { "1 cell".to_owned() } else { format!("{cells} cells") };
        Some(format!(
            "the file is cut short: its last line has no end, and row {line} has {has} where the others have {}. Upload or save it \
             again, whole; if nothing is missing, put a line end behind the last row",
            self.others
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_last_row_that_is_shorter_than_every_other_is_cut_short() {
        let cut = |rows: &[usize]| {
            let mut widths = Widths::of(3);
            for (line, cells) in (2..).zip(rows) {
                widths.see(line, *cells);
            }
            widths.cut_short()
        };
        for whole in [&[][..], &[3], &[2, 2], &[3, 2, 2], &[1, 3]] {
            assert_eq!(cut(whole), None, "{whole:?}");
        }
        assert!(cut(&[3, 1]).is_some_and(|why| why.contains("row 3 has 1 cell where the others have 3")));
        assert!(cut(&[2]).is_some_and(|why| why.contains("row 2 has 2 cells")));
    }
}

//! Draws aligned tables for terminals and for pipes.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::Failure;
use super::screen::Screen;

/// Returns a table without lines, which `awk` can read too; as wide as the terminal where there is one.
pub(super) fn table(screen: &Screen<'_>, headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(headings.iter().copied());
    if screen.terminal {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2)).set_cell_alignment(CellAlignment::Left);
    }
    table
}

/// Prints a table without blanks at the ends of its lines.
pub(super) fn print(screen: &mut Screen<'_>, table: &Table) -> Result<(), Failure> {
    for line in table.lines() {
        writeln!(screen.out, "{}", line.trim_end())?;
    }
    Ok(())
}

//! Names the row of an item, in the tables that have a row for each, by one number: the run's, then the item's. SQLite finds a row by
//! such a number alone, and rows that come in its order are appended; behind a key of two columns, wide rows are moved about.

/// The tables whose rows have a place. Each shows the place's parts as columns, `run` and `item`, by which nothing is found.
pub(super) const PLACED: [&str; 2] = ["bodies", "results"];

/// Chooses the rows of the run that is the first parameter.
pub(super) const OF_RUN: &str = "place BETWEEN ?1 << 32 AND ?1 << 32 | 4294967295";

/// The last place of that run. Where a search begins within it, the search must have no other beginning: SQLite takes one of two.
pub(super) const LAST_OF_RUN: &str = "?1 << 32 | 4294967295";

/// Chooses the rows of a table that belong to the first items of a run: it is the first parameter, and the last item the second.
pub(super) fn first_of_run(table: &str) -> &'static str {
    if PLACED.contains(&table) { "place BETWEEN ?1 << 32 AND ?1 << 32 | ?2" } else { "run = ?1 AND item <= ?2" }
}

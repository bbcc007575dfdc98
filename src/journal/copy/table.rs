//! Lists the tables of a journal that are copied, in an order in which each row comes after those that it refers to. Their columns
//! are asked of both databases.

/// A table that is copied.
#[derive(Debug)]
pub(in crate::journal) struct Table {
    /// Its name, in both databases.
    pub(in crate::journal) name: &'static str,
    /// The columns of its primary key, by which it is copied.
    pub(in crate::journal) key: &'static [&'static str],
    /// Rows that are held in memory at once.
    pub(in crate::journal) page: usize,
    /// Columns that are not copied: they say which process has it.
    pub(in crate::journal) left_out: &'static [&'static str],
    /// The column that may be sealed with the journal's PIN key.
    pub(in crate::journal) sealed: Option<&'static str>,
    /// Texts that stand in an index, each with the rows that are in it.
    pub(in crate::journal) indexed: &'static [(&'static str, &'static str)],
}

const fn table(name: &'static str, key: &'static [&'static str], page: usize) -> Table {
    Table { name, key, page, left_out: &[], sealed: None, indexed: &[] }
}

/// All of them. What is not here belongs to one database alone: who has it open, and its version.
pub(in crate::journal) const TABLES: &[Table] = &[
    Table { indexed: &[("name", "true")], ..table("jobs", &["job"], 500) },
    Table { left_out: &["process", "machine", "boot", "until"], ..table("runs", &["run"], 200) },
    Table { indexed: &[("identity", "state < 10")], ..table("items", &["run", "item"], 2000) },
    table("bodies", &["run", "item"], 1000),
    table("cells", &["run", "item"], 200),
    Table { sealed: Some("sealed"), ..table("results", &["run", "item"], 1000) },
    table("attempts", &["run", "item", "attempt"], 2000),
    Table { sealed: Some("key"), ..table("pin_keys", &["run"], 2000) },
    Table { indexed: &[("identity", "true"), ("resource", "true")], ..table("identities", &["job", "identity"], 1000) },
    Table { indexed: &[("resource", "true")], ..table("gone", &["resource"], 2000) },
    table("claims", &["run"], 1000),
    table("put_away", &["run"], 2000),
    Table {
        sealed: Some("message"),
        indexed: &[("topic", "state IN ('queued', 'sending')")],
        ..table("outbox", &["id"], 8)
    },
    table("skips", &["job", "due"], 2000),
    table("figures", &["job", "figure", "label"], 2000),
    Table { indexed: &[("subject", "ended IS NULL")], ..table("troubles", &["trouble"], 1000) },
    table("server_habits", &["server", "habit"], 1000),
    table("clock", &["only_row"], 1),
];

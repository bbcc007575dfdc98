//! Tells by a name in a drop folder whether it is a table, a workbook, a file that some program has there for a while, or something
//! that nobody knows.

/// What a name says of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// A table as text.
    Table,
    /// A workbook, which is refused with advice.
    Workbook,
    /// Let be without a word: some program's own, and gone when that is done.
    Temporary,
    /// Let be, and told.
    Unknown,
}

/// The endings of tables as text.
const TABLES: &[&str] = &["csv", "txt", "tsv"];

/// The endings of workbooks: of `Excel`, of `LibreOffice`, of `Numbers`.
const WORKBOOKS: &[&str] = &["xlsx", "xls", "xlsm", "xlsb", "ods", "fods", "numbers"];

/// How a name may be told.
enum Mark {
    Begins(&'static str),
    Ends(&'static str),
    Is(&'static str),
    /// Only such characters, so many.
    Only(usize, fn(char) -> bool),
}

/// Names of programs' own files, in small letters, and where each is known from.
const TEMPORARY: &[(Mark, &str)] = &[
    (
        Mark::Begins("."),
        "hidden: rsync(1) .NAME.XXXXXX, proftpd HiddenStores .in.NAME., lftp .in.NAME, LibreOffice .~lock.NAME#, macOS ._NAME and .DS_Store, NFS .nfsXXXX, Syncthing .syncthing.NAME.tmp, Nextcloud .NAME.~hex",
    ),
    (
        Mark::Begins("~"),
        "Microsoft Office: owner files ~$NAME and ~WRLnnnn.tmp; Syncthing on Windows: ~syncthing~NAME.tmp",
    ),
    (Mark::Ends("~"), "Emacs, gedit, Kate: backups"),
    (Mark::Begins("#"), "Emacs: #NAME#; Synology: #recycle, #snapshot"),
    (Mark::Ends(".tmp"), "by custom"),
    (Mark::Ends(".temp"), "by custom"),
    (Mark::Ends(".part"), "Firefox, KDE, ncftp, by custom"),
    (Mark::Ends(".partial"), "rclone, Edge"),
    (Mark::Ends(".filepart"), "WinSCP"),
    (Mark::Ends(".crdownload"), "Chrome, Edge"),
    (Mark::Ends(".opdownload"), "Opera"),
    (Mark::Ends(".download"), "Safari"),
    (Mark::Ends(".aria2"), "aria2"),
    (Mark::Ends(".lftp-pget-status"), "lftp"),
    (Mark::Ends(".swp"), "Vim"),
    (Mark::Ends(".swx"), "Vim"),
    (Mark::Is("4913"), "Vim, which looks whether it may write"),
    (Mark::Ends(".lock"), "by custom"),
    (Mark::Ends(".lck"), "by custom"),
    (Mark::Ends(":zone.identifier"), "Windows: where a file was downloaded from"),
    (Mark::Only(8, |c: char| c.is_ascii_hexdigit()), "Excel, while it saves"),
    (Mark::Is("thumbs.db"), "Windows"),
    (Mark::Is("ehthumbs.db"), "Windows"),
    (Mark::Is("desktop.ini"), "Windows"),
    (Mark::Is("$recycle.bin"), "Windows"),
    (Mark::Is("system volume information"), "Windows"),
    (Mark::Is("icon\r"), "macOS"),
    (Mark::Is("__macosx"), "macOS: in packed files"),
    (Mark::Is("network trash folder"), "macOS"),
    (Mark::Is("temporary items"), "macOS"),
    (Mark::Is("lost+found"), "ext4"),
    (Mark::Is("aquota.user"), "quota(8)"),
    (Mark::Is("aquota.group"), "quota(8)"),
    (Mark::Is("@eadir"), "Synology"),
    (Mark::Is("@recycle"), "QNAP"),
    (Mark::Is("@recently-snapshot"), "QNAP"),
];

impl Mark {
    fn is_on(&self, lower: &str) -> bool {
        match self {
            Self::Begins(beginning) => lower.starts_with(beginning),
            Self::Ends(ending) => lower.ends_with(ending),
            Self::Is(name) => lower == *name,
            Self::Only(n, which) => lower.len() == *n && lower.chars().all(which),
        }
    }
}

impl Name {
    /// Reads the name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let lower = name.to_lowercase();
        if TEMPORARY.iter().any(|(mark, _)| mark.is_on(&lower)) {
            return Self::Temporary;
        }
        match lower.rsplit_once('.').map(|(_, ending)| ending) {
            Some(ending) if TABLES.contains(&ending) => Self::Table,
            Some(ending) if WORKBOOKS.contains(&ending) => Self::Workbook,
            _ => Self::Unknown,
        }
    }

    /// Tells whether a file of that name is to be taken, be it to refuse it.
    #[must_use]
    pub fn is_taken(self) -> bool {
        matches!(self, Self::Table | Self::Workbook)
    }
}

/// The name without its ending, and that ending, where it is one that is taken.
pub(crate) fn split(name: &str) -> Option<(&str, &str)> {
    let (stem, ending) = name.rsplit_once('.')?;
    let lower = ending.to_lowercase();
    let known = TABLES.iter().chain(WORKBOOKS).any(|known| *known == lower);
    (known && !stem.is_empty()).then_some((stem, ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_programs_own_files_are_let_be_without_a_word() {
        for name in [
            ".a.csv",
            "~a.csv",
            "~$Plan.xlsx",
            "a.csv.tmp",
            "a.csv.part",
            "a.csv.filepart",
            "A.CSV.TMP",
            "a.csv~",
            "#a.csv#",
            "a.csv.crdownload",
            "a.csv.partial",
            ".~lock.a.csv#",
            "._a.csv",
            "Thumbs.db",
            "desktop.ini",
            "4913",
            "3FA20B00",
            "lost+found",
            "a.csv:Zone.Identifier",
            "@eaDir",
            "System Volume Information",
            ".in.a.csv.",
            ".a.csv.Ab12Cd",
        ] {
            assert_eq!(Name::of(name), Name::Temporary, "{name}");
        }
    }

    #[test]
    fn tables_and_workbooks_are_taken_and_all_else_is_told() {
        for name in ["Timetable.CSV", "a.txt", "a.b.tsv", "a.Csv", "12345678.csv"] {
            assert_eq!(Name::of(name), Name::Table, "{name}");
        }
        for name in ["Timetable.xlsx", "a.XLS", "a.ods", "a.numbers", "a.xlsm", "a.xlsb"] {
            assert_eq!(Name::of(name), Name::Workbook, "{name}");
        }
        for name in ["a", "a.pdf", "a.csv.gz", "timetable", "a.docx", "csv", "a.csv.asc", "12345678.bak"] {
            assert_eq!(Name::of(name), Name::Unknown, "{name}");
        }
    }

    #[test]
    fn every_known_name_is_in_small_letters_and_says_whose_it_is() {
        for (mark, source) in TEMPORARY {
            let (Mark::Begins(text) | Mark::Ends(text) | Mark::Is(text)) = mark else { continue };
            assert_eq!(&text.to_lowercase(), text);
            assert!(!source.is_empty(), "{text}");
        }
    }

    #[test]
    fn only_an_ending_that_is_taken_is_split_off() {
        assert_eq!(split("a.b.XLSX"), Some(("a.b", "XLSX")));
        assert_eq!((split("a.pdf"), split(".csv"), split("a")), (None, None, None));
    }
}

//! Tells by a name in a drop folder whether it is a table, a workbook, a file that some program has there for a
//! while, or something unknown.

/// The kind of file that a name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// A table as text.
    Table,
    /// A workbook, which is refused with advice.
    Workbook,
    /// Let be without a word: some program's own, and gone when that is done.
    Temporary,
    /// Perhaps some program's own: let be, and told where it stays.
    Passing,
    /// Let be, and told.
    Unknown,
}

/// The endings of tables as text.
const TABLES: &[&str] = &["csv", "txt", "tsv"];

/// The endings of workbooks: of `Excel`, of `LibreOffice`, of `Numbers`.
const WORKBOOKS: &[&str] = &["xlsx", "xls", "xlsm", "xlsb", "ods", "fods", "numbers"];

/// The part of a name by which it is recognised.
enum Mark {
    Begins(&'static str),
    Ends(&'static str),
    Is(&'static str),
    /// As it is written, in capitals and small letters.
    Looks(fn(&str) -> bool),
}

/// Names of programs' own files, in small letters, and where each is known from.
const TEMPORARY: &[(Mark, &str)] = &[
    (Mark::Looks(is_from_mkstemp), "rsync(1), until a file is whole: .NAME.XXXXXX"),
    (Mark::Is(".~tmp~"), "rsync --delay-updates"),
    (Mark::Is(".rsync-partial"), "rsync(1), as its manual names a --partial-dir"),
    (Mark::Begins(".in."), "proftpd HiddenStores: .in.NAME.; lftp: .in.NAME"),
    (Mark::Begins(".pureftpd-upload."), "Pure-FTPd, while a file is uploaded"),
    (Mark::Begins(".pureftpd-rename."), "Pure-FTPd, while a file is renamed"),
    (Mark::Begins(".sftpgo-upload."), "SFTPGo, while a file is uploaded"),
    (Mark::Is(".ftpaccess"), "proftpd"),
    (Mark::Is(".ftpquota"), "Pure-FTPd"),
    (Mark::Is(".message"), "vsftpd, proftpd: what a folder greets with"),
    (Mark::Begins(".giosave"), "GVfs, while a file is saved on a server: .giosaveXXXXXX"),
    (Mark::Begins(".goutputstream-"), "GLib, while a file is saved"),
    (Mark::Begins(".fuse_hidden"), "FUSE: removed while it was open"),
    (Mark::Begins(".nfs0"), "NFS: removed while it was open, .nfs and a number"),
    (Mark::Begins(".smbdel"), "CIFS: removed while it was open"),
    (Mark::Begins(".~lock."), "LibreOffice: .~lock.NAME#"),
    (Mark::Begins(".#"), "Emacs: whose a file is"),
    (Mark::Begins("._"), "macOS: what a file system of others has no place for"),
    (Mark::Is(".ds_store"), "macOS"),
    (Mark::Is(".localized"), "macOS"),
    (Mark::Is(".apdisk"), "macOS"),
    (Mark::Is(".spotlight-v100"), "macOS"),
    (Mark::Is(".fseventsd"), "macOS"),
    (Mark::Is(".temporaryitems"), "macOS"),
    (Mark::Is(".documentrevisions-v100"), "macOS"),
    (Mark::Is(".appledouble"), "Netatalk"),
    (Mark::Is(".appledb"), "Netatalk"),
    (Mark::Is(".appledesktop"), "Netatalk"),
    (Mark::Is(".directory"), "KDE: how a folder is shown"),
    (Mark::Is(".hidden"), "GNOME, KDE: which files are not shown"),
    (Mark::Is(".trash"), "freedesktop.org, before 1.0"),
    (Mark::Begins(".trash-"), "freedesktop.org: .Trash-UID"),
    (Mark::Is(".trashes"), "macOS"),
    (Mark::Begins(".syncthing."), "Syncthing: .syncthing.NAME.tmp"),
    (Mark::Is(".stfolder"), "Syncthing"),
    (Mark::Is(".stversions"), "Syncthing"),
    (Mark::Is(".stignore"), "Syncthing"),
    (Mark::Looks(is_from_nextcloud), "Nextcloud, ownCloud, until a file is whole: .NAME.~hex"),
    (Mark::Begins(".sync_"), "Nextcloud, ownCloud: .sync_hex.db"),
    (Mark::Begins(".csync_journal"), "ownCloud"),
    (Mark::Is(".nextcloudsync.log"), "Nextcloud"),
    (Mark::Is(".owncloudsync.log"), "ownCloud"),
    (Mark::Begins(".dropbox"), "Dropbox"),
    (Mark::Is(".snapshot"), "NetApp"),
    (Mark::Is(".snapshots"), "snapper"),
    (Mark::Is(".zfs"), "ZFS"),
    (Mark::Begins(".roomkeeper"), "our own, which looks whether it may write"),
    (Mark::Begins("~$"), "Microsoft Office: owner files, ~$NAME"),
    (Mark::Begins("~syncthing~"), "Syncthing on Windows: ~syncthing~NAME.tmp"),
    (Mark::Ends("~"), "Emacs, gedit, Kate: backups"),
    (Mark::Looks(is_from_emacs), "Emacs: #NAME#"),
    (Mark::Is("#recycle"), "Synology"),
    (Mark::Is("#snapshot"), "Synology"),
    (Mark::Ends(".tmp"), "by custom; Word: ~WRLnnnn.tmp"),
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
    (Mark::Ends(".lock"), "by custom"),
    (Mark::Ends(".lck"), "by custom"),
    (Mark::Ends(":zone.identifier"), "Windows: where a file was downloaded from"),
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

/// Names that programs give for a moment, and people for good.
const PASSING: &[(Mark, &str)] = &[
    (Mark::Begins("."), "hidden: many a program, while it writes"),
    (Mark::Begins("~"), "Windows programs, while they write"),
    (Mark::Looks(is_from_excel), "Excel, while it saves: eight hexadecimal digits"),
    (Mark::Is("4913"), "Vim, which looks whether it may write"),
];

/// Tells whether six random letters and digits end a hidden name; a word in their place (`.plan.backup`) has small
/// letters alone.
fn is_from_mkstemp(name: &str) -> bool {
    let Some((hidden, end)) = name.strip_prefix('.').and_then(|rest| rest.rsplit_once('.')) else { return false };
    let is_random = end.len() == 6 && end.chars().all(|c| c.is_ascii_alphanumeric());
    !hidden.is_empty() && is_random && end.chars().any(|c| !c.is_ascii_lowercase())
}

fn is_from_nextcloud(name: &str) -> bool {
    let Some((hidden, end)) = name.strip_prefix('.').and_then(|rest| rest.rsplit_once(".~")) else { return false };
    !hidden.is_empty() && !end.is_empty() && end.chars().all(|c| c.is_ascii_hexdigit())
}

fn is_from_emacs(name: &str) -> bool {
    name.len() > 2 && name.starts_with('#') && name.ends_with('#')
}

fn is_from_excel(name: &str) -> bool {
    name.len() == 8 && name.chars().all(|c| c.is_ascii_hexdigit())
}

impl Mark {
    fn is_on(&self, name: &str, lower: &str) -> bool {
        match self {
            Self::Begins(beginning) => lower.starts_with(beginning),
            Self::Ends(ending) => lower.ends_with(ending),
            Self::Is(known) => lower == *known,
            Self::Looks(looks) => looks(name),
        }
    }
}

impl Name {
    /// Reads the name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let lower = name.to_lowercase();
        let is_among = |table: &[(Mark, &str)]| table.iter().any(|(mark, _)| mark.is_on(name, &lower));
        if is_among(TEMPORARY) {
            return Self::Temporary;
        }
        if is_among(PASSING) {
            return Self::Passing;
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

/// Returns the name without its ending, and that ending, where it is one that is taken.
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
            "~$Plan.xlsx",
            "~WRL0005.tmp",
            "a.csv.tmp",
            "a.csv.part",
            "a.csv.filepart",
            "A.CSV.TMP",
            "a.csv~",
            "#a.csv#",
            "#recycle",
            "a.csv.crdownload",
            "a.csv.partial",
            ".partial",
            ".~lock.a.csv#",
            ".#a.csv",
            "._a.csv",
            ".DS_Store",
            ".Trash-1000",
            "Thumbs.db",
            "desktop.ini",
            "lost+found",
            "a.csv:Zone.Identifier",
            "@eaDir",
            "System Volume Information",
            ".in.a.csv.",
            ".in.a.csv",
            ".a.csv.Ab12Cd",
            ".a.csv.~3f7a",
            ".pureftpd-upload.65a1b2c3.15.4d2.f00d",
            ".sftpgo-upload.cn3q8.a.csv",
            ".nfs000000000012ab3400000001",
            ".a.csv.swp",
        ] {
            assert_eq!(Name::of(name), Name::Temporary, "{name}");
        }
    }

    #[test]
    fn names_that_may_be_for_a_moment_are_told_where_they_stay() {
        for name in [".a.csv", "~a.csv", "20270201", "3FA20B00", "4913", ".a.backup", ".nfsplan.csv", ".trashplan"] {
            assert_eq!(Name::of(name), Name::Passing, "{name}");
        }
    }

    #[test]
    fn tables_and_workbooks_are_taken_and_all_else_is_told() {
        for name in ["Timetable.CSV", "a.txt", "a.b.tsv", "a.Csv", "12345678.csv", "#1 plan.csv"] {
            assert_eq!(Name::of(name), Name::Table, "{name}");
        }
        for name in ["Timetable.xlsx", "a.XLS", "a.ods", "a.numbers", "a.xlsm", "a.xlsb"] {
            assert_eq!(Name::of(name), Name::Workbook, "{name}");
        }
        for name in
            ["a", "a.pdf", "a.csv.gz", "timetable", "a.docx", "csv", "a.csv.asc", "12345678.bak", "#1", "#", "2027020"]
        {
            assert_eq!(Name::of(name), Name::Unknown, "{name}");
        }
    }

    #[test]
    fn every_known_name_is_in_small_letters_and_says_whose_it_is() {
        for (mark, source) in TEMPORARY.iter().chain(PASSING) {
            assert!(!source.is_empty());
            let (Mark::Begins(text) | Mark::Ends(text) | Mark::Is(text)) = mark else { continue };
            assert_eq!(&text.to_lowercase(), text);
        }
    }

    #[test]
    fn only_an_ending_that_is_taken_is_split_off() {
        assert_eq!(split("a.b.XLSX"), Some(("a.b", "XLSX")));
        assert_eq!((split("a.pdf"), split(".csv"), split("a")), (None, None, None));
    }
}

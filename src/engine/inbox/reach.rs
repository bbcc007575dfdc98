//! Tells how far a drop folder can be watched: the system reports what is done on this machine, and nothing of what others do to
//! a network share.

use std::path::Path;

use super::watch::Hints;

/// The way in which a folder's files are noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// By what the system reports.
    Watched,
    /// By looking alone, for this reason.
    Polled(String),
}

/// File systems that other machines write to, or that a program stands in for, by the number that each has in Linux's `magic.h`
/// or in its own sources.
const SHARED: [(u64, &str); 16] = [
    (0x6969, "NFS"),
    (0x517B, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB"),
    (0x6573_5546, "FUSE"),
    (0x0102_1997, "9P"),
    (0x00C3_6400, "Ceph"),
    (0x5346_414F, "AFS"),
    (0x6B41_4653, "AFS"),
    (0x7375_7245, "Coda"),
    (0x564C, "NCP"),
    (0x0116_1970, "GFS2"),
    (0x7461_636F, "OCFS2"),
    (0x0BD0_0BD0, "Lustre"),
    (0x786F_4256, "VirtualBox"),
    (0x4750_4653, "GPFS"),
];

/// Returns the kind of share that the folder lies on, where others may write to it unnoticed.
#[must_use]
pub fn only_polled(folder: &Path) -> Option<&'static str> {
    let found = u64::try_from(rustix::fs::statfs(folder).ok()?.f_type).ok()? & 0xFFFF_FFFF;
    share(found)
}

fn share(found: u64) -> Option<&'static str> {
    SHARED.iter().find(|(number, _)| *number == found).map(|(_, name)| *name)
}

impl Reach {
    /// Finds out by trying.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        if let Some(share) = only_polled(folder) {
            return Self::Polled(format!(
                "it lies on a {share} share, and nobody reports what other machines do there"
            ));
        }
        match Hints::new(folder) {
            Ok(_) => Self::Watched,
            Err(why) => Self::Polled(format!("the system does not report what happens there: {why}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_this_machine_is_watched_and_one_that_is_not_there_is_not() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Reach::of(folder.path()), Reach::Watched);
        assert!(matches!(Reach::of(&folder.path().join("nowhere")), Reach::Polled(_)));
    }

    #[test]
    fn shares_are_known_by_number() {
        assert_eq!((share(0x6969), share(0xFF53_4D42), share(0xEF53)), (Some("NFS"), Some("CIFS"), None));
    }
}

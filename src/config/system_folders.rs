//! Knows the folders of the system, which no file is to be put into.

use std::path::Path;

/// Folders that belong to the system or to all its users (FHS 3.0, hier(7)): what lies there is no timetable, and `done` and
/// `failed` would stand among it. Folders in them may be inboxes; `/mnt` and `/srv` may themselves be one.
const SYSTEM: [&str; 49] = [
    "/bin",
    "/boot",
    "/dev",
    "/dev/shm",
    "/etc",
    "/home",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/lost+found",
    "/media",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/run/lock",
    "/run/user",
    "/sbin",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/games",
    "/usr/include",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/share",
    "/usr/sbin",
    "/usr/share",
    "/usr/src",
    "/var",
    "/var/backups",
    "/var/cache",
    "/var/crash",
    "/var/lib",
    "/var/local",
    "/var/lock",
    "/var/log",
    "/var/mail",
    "/var/opt",
    "/var/run",
    "/var/spool",
    "/var/tmp",
];

/// Trees of the system's own in which no files are dropped at all.
const NO_DISK: [&str; 2] = ["/proc", "/sys"];

/// Tells whether a folder, however it is reached, is one of the system's own.
pub(super) fn is_systems(path: &Path, real: &Path) -> bool {
    let is_one = |path: &Path| SYSTEM.iter().any(|own| path == Path::new(own));
    is_one(path) || is_one(real) || NO_DISK.iter().any(|tree| real.starts_with(tree))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_own_folders_are_known_however_they_are_reached() {
        let is_one = |path: &str, real: &str| is_systems(Path::new(path), Path::new(real));
        assert!(is_one("/tmp", "/tmp") && is_one("/bin", "/usr/bin") && is_one("/srv/in", "/var/spool"));
        assert!(is_one("/proc/1/cwd/x", "/proc/1/cwd/x") && is_one("/sys/fs", "/sys/fs"));
        for own in ["/srv", "/mnt", "/tmp/in", "/home/office", "/var/spool/timetables", "/usr/local/in", "/data"] {
            assert!(!is_one(own, own), "{own}");
        }
        assert!(SYSTEM.is_sorted());
    }
}

//! Checks the folders of all jobs against one another and against what is on the disk.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::check::Check;
use super::problem::Complaint;
use super::{Job, JobSettings, StateConfig};
use crate::model::JobName;

/// The sub-folders that an inbox has, or will have.
const SUB_FOLDERS: [&str; 3] = ["processing", "done", "failed"];

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

/// Checks every inbox.
pub(super) fn validate(check: &mut Check<'_>, jobs: &BTreeMap<JobName, Job>, state: &StateConfig) {
    let state = real(&state.directory);
    let mut seen: Vec<(&Job, PathBuf)> = Vec::new();
    for job in jobs.values() {
        let JobSettings::ScheduleMeetings(settings) = &job.settings else { continue };
        let Some(inbox) = &settings.inbox else { continue };
        let mut table = check.table(&format!("{}.{}", job.kind(), job.name));
        let real = real(inbox);
        let systems = is_systems(inbox, &real).then(|| {
            Complaint::new(
                format!("{} is one of the system's own folders, and no folder to drop files into", inbox.display()),
                "Name a folder of its own that files are dropped into, such as \"/srv/timetables\".",
            )
        });
        if let Some(complaint) = systems.or_else(|| clash(&real, &seen, &state)) {
            table.problem("inbox", complaint);
        }
        match inbox.metadata() {
            Ok(found) if !found.is_dir() => table.problem(
                "inbox",
                Complaint::new(
                    format!("{} is not a folder", inbox.display()),
                    "Name the folder that files are dropped into.",
                ),
            ),
            Ok(found) => {
                for name in elsewhere(inbox, found.dev()) {
                    table.warn(
                        "inbox",
                        Complaint::new(
                            format!("its folder {name}/ is on another filesystem"),
                            "Files are moved between the two by renaming, which works only within one filesystem: put both on the same.",
                        ),
                    );
                }
            }
            Err(_) => {}
        }
        seen.push((job, real));
    }
}

/// Returns the sub-folders of an inbox that are not on its filesystem (of that device number).
fn elsewhere(inbox: &Path, device: u64) -> impl Iterator<Item = &'static str> {
    SUB_FOLDERS.into_iter().filter(move |name| inbox.join(name).metadata().is_ok_and(|found| found.dev() != device))
}

/// Says why the folder cannot be an inbox beside these others.
fn clash(inbox: &Path, others: &[(&Job, PathBuf)], state: &Path) -> Option<Complaint> {
    if inbox.parent().is_none() {
        let remedy = "Name a folder of its own that files are dropped into, such as \"/srv/timetables\".";
        return Some(Complaint::new(
            "this is the root of the whole file system, and no folder to drop files into",
            remedy,
        ));
    }
    if inbox == state || inbox == state.join("mail") {
        let remedy = "Name a folder of its own that files are dropped into.";
        return Some(Complaint::new("this is where roomkeeper keeps its own files", remedy));
    }
    let within = |outer: &Path, inner: &Path| SUB_FOLDERS.iter().any(|sub| inner.starts_with(outer.join(sub)));
    if within(inbox, state) {
        let remedy = "Put the state directory elsewhere: finished files are deleted in time.";
        return Some(Complaint::new("roomkeeper's own files are among the finished files of this inbox", remedy));
    }
    others.iter().find_map(|(job, other)| {
        let name = job.name.as_str();
        if inbox == other {
            let remedy = "Give each job a folder of its own: a file can be one job's only.";
            return Some(Complaint::new(format!("the job {name:?} has this inbox already"), remedy));
        }
        let remedy = "Put the two folders beside one another.";
        if within(other, inbox) {
            return Some(Complaint::new(format!("this is among the finished files of the job {name:?}"), remedy));
        }
        within(inbox, other).then(|| {
            Complaint::new(format!("the inbox of the job {name:?} is among the finished files of this one"), remedy)
        })
    })
}

/// Returns the folder itself, where the path leads through links to one that exists.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
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

    #[test]
    fn a_sub_folder_on_another_filesystem_is_found_by_its_device() {
        let inbox = tempfile::tempdir().unwrap();
        std::fs::create_dir(inbox.path().join("done")).unwrap();
        let device = inbox.path().metadata().unwrap().dev();
        assert_eq!(elsewhere(inbox.path(), device).count(), 0);
        assert_eq!(elsewhere(inbox.path(), device + 1).collect::<Vec<_>>(), ["done"]);
    }
}

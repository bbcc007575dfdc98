//! Checks the folders and files of all jobs against one another and against what is on the disk.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::check::Check;
use super::problem::Complaint;
use super::system_folders::is_systems;
use super::{ExportPath, Job, JobSettings, StateConfig};
use crate::model::JobName;

/// The sub-folders that an inbox has, or will have.
const SUB_FOLDERS: [&str; 3] = ["processing", "done", "failed"];

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

/// Checks that a file is one job's only.
pub(super) fn validate_exports(check: &mut Check<'_>, jobs: &BTreeMap<JobName, Job>) {
    let mut seen: Vec<(&JobName, &ExportPath)> = Vec::new();
    for job in jobs.values() {
        let JobSettings::ExportMeetings(own) = &job.settings else { continue };
        if own.path == ExportPath::missing() {
            continue;
        }
        if let Some((other, _)) = seen.iter().find(|(_, path)| **path == own.path) {
            let complaint = Complaint::new(
                format!("the job {:?} writes to this file already", other.as_str()),
                "Give each job a file of its own.",
            );
            check.table(&format!("{}.{}", job.kind(), job.name)).problem("path", complaint);
        }
        seen.push((&job.name, &own.path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sub_folder_on_another_filesystem_is_found_by_its_device() {
        let inbox = tempfile::tempdir().unwrap();
        std::fs::create_dir(inbox.path().join("done")).unwrap();
        let device = inbox.path().metadata().unwrap().dev();
        assert_eq!(elsewhere(inbox.path(), device).count(), 0);
        assert_eq!(elsewhere(inbox.path(), device + 1).collect::<Vec<_>>(), ["done"]);
    }
}

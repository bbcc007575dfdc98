//! Names of the files in which the next state of an export is made ready. What a crash left of them is cleared away by the
//! next run.

use std::io::{self, Read};
use std::path::Path;

use crate::jobs::aside::Aside;
use crate::model::{JobName, RunId};

/// The ending of such a file's name.
const ENDING: &str = ".tmp";

/// Makes an empty file in this folder.
pub(super) fn create(folder: &Path, job: &JobName, run: RunId) -> io::Result<Aside> {
    Aside::create(folder.join(format!("{}{run}{ENDING}", beginning(job))))
}

/// Clears away what earlier runs of the job left in the folder.
pub(super) fn sweep(folder: &Path, job: &JobName) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| {
            let run = name.strip_prefix(&beginning(job)).and_then(|rest| rest.strip_suffix(ENDING));
            run.is_some_and(|run| run.parse::<RunId>().is_ok())
        });
        if is_ours && let Err(error) = std::fs::remove_file(entry.path()) {
            tracing::warn!(file = %entry.path().display(), %error, "an unfinished file could not be removed");
        }
    }
}

/// Tells whether `one` begins with all that is in `other`.
pub(super) fn begins_with(one: impl Read, mut other: impl Read) -> io::Result<bool> {
    let mut one = io::BufReader::with_capacity(BLOCK, one);
    let (mut theirs, mut ours) = (vec![0; BLOCK], vec![0; BLOCK]);
    loop {
        let n = other.read(&mut theirs)?;
        if n == 0 {
            return Ok(true);
        }
        let (theirs, ours) = (&theirs[..n], &mut ours[..n]);
        match one.read_exact(ours) {
            Ok(()) if theirs == ours => {}
            Ok(()) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

const BLOCK: usize = 64 * 1024;

/// Names of two jobs never begin alike: a dot is in no job's name.
fn beginning(job: &JobName) -> String {
    format!(".export.{job}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_this_job_left_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let (job, run): (JobName, _) = ("history".parse().unwrap(), RunId::generate());
        let others = [".export.other.tmp".to_owned(), format!(".export.hist.{run}.tmp"), "m.csv".to_owned()];
        for name in &others {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::write(folder.path().join(format!(".export.history.{run}.tmp")), "").unwrap();
        sweep(folder.path(), &job);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), others.len());
    }

    #[test]
    fn one_begins_with_another_only_where_all_of_it_is_there() {
        let begins = |one: &str, other: &str| begins_with(one.as_bytes(), other.as_bytes()).unwrap();
        assert!(begins("abc", "abc") && begins("abcd", "abc") && begins("abc", ""));
        assert!(!begins("ab", "abc") && !begins("abd", "abc"));
    }
}

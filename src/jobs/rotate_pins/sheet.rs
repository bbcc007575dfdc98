//! Puts the sheet with the new PINs into its place: written aside, synced and renamed, whole or not at all, for its owner alone.
//! One that is there already is kept.

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use super::session::RotateSession;
use crate::engine::inbox::create_aside;
use crate::jobs::aside::Aside;
use crate::model::RunId;

/// Sheets of one name that are kept.
const MOST_SHEETS: u32 = 1000;

/// Returns the path of the run's sheet; `None` where none is wanted.
pub(super) fn path(session: &RotateSession) -> Option<PathBuf> {
    let template = session.settings.own.pin_sheet.as_ref()?;
    let name = template.file_name()?.to_str()?;
    let day = session.zone.civil(session.run.due.unwrap_or(session.run.started)).format("%Y-%m-%d");
    Some(template.with_file_name(name.replace("{date}", &day)))
}

/// Tells whether a sheet could be written there. Where nothing may be changed, it is only looked at.
pub(super) fn can_be_written(path: &Path, run: RunId, only_look: bool) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    if only_look {
        let there = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(folder);
        return Ok(rustix::fs::access(there, Access::WRITE_OK | Access::EXEC_OK)?);
    }
    make_folder(folder)?;
    let aside = aside(path, run);
    drop(create_aside(&aside, 0o600)?);
    std::fs::remove_file(&aside)
}

/// Makes a folder for its owner alone, where there is none.
pub(super) fn make_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Begins the run's sheet for that place. Dropped, it goes away unless it was put there.
pub(super) fn begin(path: &Path, run: RunId) -> std::io::Result<BufWriter<Aside>> {
    Ok(BufWriter::new(Aside::create(aside(path, run))?))
}

/// Syncs the sheet and puts it in its place; tells where that is. One that says the same is this very sheet, put there before
/// a crash.
pub(super) fn place(path: &Path, sheet: BufWriter<Aside>) -> std::io::Result<PathBuf> {
    let sheet = sheet.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    for number in 1..=MOST_SHEETS {
        let candidate = numbered(path, number);
        match candidate.symlink_metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                sheet.place(&candidate, false)?;
                return Ok(candidate);
            }
            Err(error) => return Err(error),
            Ok(there) if there.is_file() && is_same(&candidate, sheet.reopen()?)? => return Ok(candidate),
            Ok(_) => {}
        }
    }
    Err(std::io::Error::other(format!("there are {MOST_SHEETS} sheets of this name already")))
}

/// Returns a path beside the sheet, so that the file can be renamed.
fn aside(path: &Path, run: RunId) -> PathBuf {
    path.with_file_name(format!(".pins.{run}.tmp"))
}

/// `pins.csv`, `pins-2.csv`, `pins-3.csv`.
fn numbered(path: &Path, number: u32) -> PathBuf {
    if number == 1 {
        return path.to_owned();
    }
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(ending) = path.extension() {
        name.push(".");
        name.push(ending);
    }
    path.with_file_name(name)
}

fn is_same(one: &Path, other: File) -> std::io::Result<bool> {
    let one = match File::open(one) {
        // Another user's file, then.
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(false),
        one => one?,
    };
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (one, other) = (BufReader::new(one).bytes(), BufReader::new(other).bytes());
    for (one, other) in one.zip(other) {
        if one? != other? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn put(path: &Path, text: &str) -> PathBuf {
        let mut sheet = begin(path, RunId::generate()).unwrap();
        sheet.write_all(text.as_bytes()).unwrap();
        place(path, sheet).unwrap()
    }

    #[test]
    fn a_sheet_that_is_there_is_kept_and_the_same_one_is_not_put_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("2027-01-01.csv");
        assert_eq!(put(&path, "one"), path);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(put(&path, "two"), folder.path().join("2027-01-01-2.csv"));
        assert_eq!(put(&path, "one"), path, "a finish that is repeated after a crash");
        assert_eq!(put(&path, "two"), folder.path().join("2027-01-01-2.csv"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "something was left aside");
    }

    #[test]
    fn an_unfinished_sheet_goes_away() {
        let folder = tempfile::tempdir().unwrap();
        drop(begin(&folder.path().join("pins.csv"), RunId::generate()).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn whether_a_sheet_can_be_written_is_found_out_without_a_trace() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pins/a.csv");
        let run = RunId::generate();
        can_be_written(&path, run, true).unwrap();
        assert!(!folder.path().join("pins").exists(), "looking made a folder");
        can_be_written(&path, run, false).unwrap();
        assert_eq!(std::fs::read_dir(folder.path().join("pins")).unwrap().count(), 0);
        std::fs::write(folder.path().join("file"), "").unwrap();
        assert!(can_be_written(&folder.path().join("file/a.csv"), run, false).is_err());
    }
}

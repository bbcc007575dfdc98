//! Finds what lies in a drop folder and is nothing that is ever taken, so that whoever put it there is not left waiting.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use super::{Folder, Name};
use crate::journal::Seen;
use crate::model::TroubleKind;

/// Watches for them from look to look: a name that is there for a moment only is nobody's concern.
#[derive(Debug, Default)]
pub struct Strangers {
    since: HashMap<OsString, Instant>,
    /// Whether one has not been there for long enough.
    pending: bool,
}

impl Strangers {
    /// Looks at the folder, and tells what has been there for `settle` and is not taken.
    pub fn look(&mut self, folder: &Path, settle: Duration) -> std::io::Result<Vec<Seen>> {
        let now = Instant::now();
        let mut present = HashMap::new();
        let (mut found, mut pending) = (Vec::new(), false);
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            // One that went away meanwhile is none.
            let Ok(kind) = entry.file_type() else { continue };
            let Some(detail) = why_not_taken(&name, kind.is_dir()) else { continue };
            let since = self.since.get(&name).copied().unwrap_or(now);
            if now.duration_since(since) >= settle {
                let subject = name.to_string_lossy().into_owned();
                found.push(Seen { kind: TroubleKind::UnknownEnding, subject, detail });
            } else {
                pending = true;
            }
            present.insert(name, since);
        }
        self.since = present;
        self.pending = pending;
        found.sort_by(|a, b| a.subject.cmp(&b.subject));
        Ok(found)
    }

    /// Whether something is being watched that has not been there for long enough.
    #[must_use]
    pub fn is_watching(&self) -> bool {
        self.pending
    }
}

/// Says why something of that name is not taken; `None` where it is, or is no concern of people's.
fn why_not_taken(name: &OsStr, is_folder: bool) -> Option<String> {
    let Some(text) = name.to_str() else {
        let lossy = name.to_string_lossy();
        let told = Name::of(&lossy) != Name::Temporary;
        return told.then(|| {
            "its name is not written in UTF-8, so it cannot be written down: give it another name".to_owned()
        });
    };
    let kind = Name::of(text);
    match (kind, is_folder) {
        (Name::Temporary, _) | (Name::Table | Name::Workbook, false) => None,
        (_, true) if Folder::ALL.iter().any(|ours| ours.as_str() == text) => None,
        (Name::Workbook, true) => {
            Some("it is a workbook that is kept as a folder: open it, and export it as CSV".to_owned())
        }
        (_, true) => Some("it is a folder: put the files themselves here".to_owned()),
        (Name::Unknown, false) => Some(match text.rsplit_once('.') {
            Some((stem, ending)) if !stem.is_empty() && !ending.is_empty() => {
                format!("a file that ends in .{ending} is not taken")
            }
            _ => "its name has no ending, so nobody knows what it is".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_not_taken_is_told_when_it_has_been_there_for_a_while() {
        let inbox = tempfile::tempdir().unwrap();
        super::super::make_folders(inbox.path()).unwrap();
        for name in ["a.pdf", "a.csv", "a.txt", "b", ".hidden", "a.csv.part", "a.xlsx", "c."] {
            std::fs::write(inbox.path().join(name), "x").unwrap();
        }
        std::fs::write(inbox.path().join(OsStr::from_bytes(b"Pr\xfcfung.csv")), "x").unwrap();
        std::fs::create_dir(inbox.path().join("more")).unwrap();
        std::fs::create_dir(inbox.path().join("a.numbers")).unwrap();
        let mut strangers = Strangers::default();
        let settle = Duration::from_secs(5);
        assert!(strangers.look(inbox.path(), settle).unwrap().is_empty());
        assert!(strangers.is_watching());
        tokio::time::advance(settle).await;
        let found = strangers.look(inbox.path(), settle).unwrap();
        let names: Vec<_> = found.iter().map(|seen| seen.subject.as_str()).collect();
        assert_eq!(names, ["Pr\u{fffd}fung.csv", "a.numbers", "a.pdf", "b", "c.", "more"]);
        assert!(found[0].detail.contains("UTF-8") && found[2].detail.contains(".pdf"), "{found:?}");
        assert!(found[1].detail.contains("workbook") && found[5].detail.contains("folder"), "{found:?}");
    }
}

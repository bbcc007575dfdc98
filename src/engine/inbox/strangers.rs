//! Finds the entries in a drop folder that are never taken, so that the person who put them there is not left
//! waiting.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};

use tokio::time::Instant;

use super::{Folder, Inbox, Name};
use crate::journal::Seen;
use crate::model::TroubleKind;

/// Entries of a drop folder that are not taken now.
#[derive(Debug, Default)]
pub struct NotTaken {
    /// The findings to be reported.
    pub seen: Vec<Seen>,
    /// Names of which it is not known yet what there is to tell: what was told of them stands.
    pub undecided: HashSet<String>,
}

impl NotTaken {
    /// Takes in what was seen of other files.
    pub fn add(&mut self, seen: Vec<Seen>, undecided: HashSet<String>) {
        self.seen.extend(seen);
        self.undecided.extend(undecided);
    }
}

/// Watches for them from look to look: a name that is there for a moment only is not reported.
#[derive(Debug, Default)]
pub struct Strangers {
    since: HashMap<OsString, Instant>,
    /// True when one will be reported in a moment.
    pending: bool,
}

impl Strangers {
    /// Looks at the folder, and tells what has been there for `settle` and is not taken. A name that may be some program's while
    /// it writes is told when an upload would have had its time.
    pub fn look(&mut self, inbox: &Inbox) -> std::io::Result<NotTaken> {
        let now = Instant::now();
        let mut present = HashMap::new();
        let (mut found, mut pending) = (NotTaken::default(), false);
        for entry in std::fs::read_dir(&inbox.path)? {
            let entry = entry?;
            let name = entry.file_name();
            // One that went away meanwhile is none.
            let Ok(kind) = entry.file_type() else { continue };
            let Some(detail) = why_not_taken(&name, kind.is_dir()) else { continue };
            let since = self.since.get(&name).copied().unwrap_or(now);
            let may_pass = Name::of(&name.to_string_lossy()) == Name::Passing;
            let patience = if may_pass { inbox.writing_timeout.max(inbox.settle) } else { inbox.settle };
            if now.duration_since(since) >= patience {
                let subject = name.to_string_lossy().into_owned();
                found.seen.push(Seen { kind: TroubleKind::UnknownEnding, subject, detail });
            } else {
                found.undecided.insert(name.to_string_lossy().into_owned());
                pending |= !may_pass;
            }
            present.insert(name, since);
        }
        self.since = present;
        self.pending = pending;
        found.seen.sort_by(|a, b| a.subject.cmp(&b.subject));
        Ok(found)
    }

    /// Tells whether something is being watched that will be reported in a moment.
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
        (Name::Passing, false) if text.starts_with(['.', '~']) => Some(format!(
            "its name begins with `{}`, as those of hidden and unfinished files do; if it is whole, give it a name without that",
            &text[..1]
        )),
        (Name::Unknown | Name::Passing, false) => Some(match text.rsplit_once('.') {
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
    use std::path::Path;
    use std::time::Duration;

    use super::*;

    const SETTLE: Duration = Duration::from_secs(5);
    const WRITING: Duration = Duration::from_secs(900);

    fn inbox(path: &Path) -> Inbox {
        let poll = Duration::from_secs(30);
        Inbox { path: path.to_owned(), settle: SETTLE, poll, writing_timeout: WRITING, keep_files: None, shared: false }
    }

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
        let folder = self::inbox(inbox.path());
        let first = strangers.look(&folder).unwrap();
        assert!(first.seen.is_empty() && first.undecided.contains("a.pdf") && strangers.is_watching(), "{first:?}");
        tokio::time::advance(SETTLE).await;
        let found = strangers.look(&folder).unwrap().seen;
        let names: Vec<_> = found.iter().map(|seen| seen.subject.as_str()).collect();
        assert_eq!(names, ["Pr\u{fffd}fung.csv", "a.numbers", "a.pdf", "b", "c.", "more"]);
        assert!(found[0].detail.contains("UTF-8") && found[2].detail.contains(".pdf"), "{found:?}");
        assert!(found[1].detail.contains("workbook") && found[5].detail.contains("folder"), "{found:?}");
    }
    #[tokio::test(start_paused = true)]
    async fn a_name_that_may_pass_is_told_when_an_upload_would_have_had_its_time() {
        let inbox = tempfile::tempdir().unwrap();
        for name in [".plan.csv", "~plan.csv", "20270201", ".plan.csv.Ab12Cd"] {
            std::fs::write(inbox.path().join(name), "x").unwrap();
        }
        let folder = self::inbox(inbox.path());
        let mut strangers = Strangers::default();
        assert!(strangers.look(&folder).unwrap().seen.is_empty());
        tokio::time::advance(WRITING.saturating_sub(SETTLE)).await;
        assert!(strangers.look(&folder).unwrap().seen.is_empty() && !strangers.is_watching());
        tokio::time::advance(SETTLE).await;
        let found = strangers.look(&folder).unwrap().seen;
        let names: Vec<_> = found.iter().map(|seen| seen.subject.as_str()).collect();
        assert_eq!(names, [".plan.csv", "20270201", "~plan.csv"]);
        assert!(found[0].detail.contains("begins with `.`") && found[1].detail.contains("no ending"), "{found:?}");
    }
}

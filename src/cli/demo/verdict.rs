//! Judges whether everything went as it should have, by the server's own account and not by ours.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::cli::Failure;
use crate::sandbox::{EffectKind, Sandbox};

/// The deeds of the server so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deeds {
    /// Requests that schedule.
    pub(super) asked: u64,
    /// Meetings made.
    pub(super) created: usize,
    /// Meetings changed.
    pub(super) edited: usize,
}

impl Deeds {
    pub(super) fn of(sandbox: &Sandbox) -> Self {
        let effects = sandbox.effects();
        let count = |kind| effects.iter().filter(|effect| effect.kind == kind).count();
        Self {
            asked: sandbox.requests().get("POST /meetings").copied().unwrap_or(0),
            created: count(EffectKind::MeetingCreated),
            edited: count(EffectKind::MeetingEdited),
        }
    }
}

/// The promises that were not kept.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    broken: Vec<String>,
}

impl Verdict {
    /// Notes a promise that was not kept.
    pub(super) fn expect(&mut self, kept: bool, promise: &str) {
        if !kept {
            self.broken.push(promise.to_owned());
        }
    }

    /// Returns the promises that were not kept.
    pub(super) fn broken(&self) -> &[String] {
        &self.broken
    }
}

/// Tells whether every row of a results file names a meeting that the server has, each row another one, and the server has no
/// other but those that were there before.
pub(super) fn each_once(results: &Path, sandbox: &Sandbox, before: &BTreeSet<String>) -> Result<bool, Failure> {
    let unread = |error: csv::Error| Failure::failed(format!("{} cannot be read: {error}", results.display()));
    let mut there: BTreeMap<String, String> = sandbox
        .snapshot()
        .meetings
        .into_iter()
        .filter(|meeting| !meeting.cancelled && !before.contains(&meeting.meeting_id))
        .map(|meeting| (meeting.meeting_id, meeting.room_name))
        .collect();
    let mut file = csv::Reader::from_path(results).map_err(unread)?;
    for row in file.deserialize::<BTreeMap<String, String>>() {
        let row = row.map_err(unread)?;
        let (id, title) = (row.get("meeting_id"), row.get("room_name"));
        if id.and_then(|id| there.remove(id)).as_ref() != title || title.is_none() {
            return Ok(false);
        }
    }
    Ok(there.is_empty())
}

//! Shows the troubles that stand, as `list` and `why` tell them.

use serde::Serialize;

use super::plain;
use crate::clock::{Timestamp, Zone};
use crate::journal::{JobKey, Trouble};
use crate::model::{JobName, TroubleKind};

/// A trouble as it is told; without a job where it is every job's.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Told<'a> {
    pub(super) job: Option<&'a JobName>,
    pub(super) kind: TroubleKind,
    pub(super) subject: &'a str,
    pub(super) detail: &'a str,
    pub(super) since: Timestamp,
}

impl<'a> Told<'a> {
    /// Tells one of this job, or of none.
    pub(super) fn of(job: Option<&'a JobName>, trouble: &'a Trouble) -> Self {
        let seen = &trouble.seen;
        Self { job, kind: seen.kind, subject: &seen.subject, detail: &seen.detail, since: trouble.since }
    }

    /// Tells those that concern a job: its own, and those of no single job.
    pub(super) fn all(
        job: &'a JobName,
        key: Option<JobKey>,
        standing: &'a [Trouble],
    ) -> impl Iterator<Item = Self> + use<'a> {
        standing
            .iter()
            .filter(move |trouble| trouble.job.is_none() || trouble.job == key)
            .map(move |trouble| Self::of(trouble.job.and(Some(job)), trouble))
    }

    /// Says it on one line.
    pub(super) fn line(&self, zone: &Zone) -> String {
        let whose = self.job.map(|job| format!("{job}: ")).unwrap_or_default();
        let (words, since) = (self.kind.words(1), zone.minute(self.since));
        let (subject, detail) = (plain::one_line(self.subject), plain::one_line(self.detail));
        format!("{whose}{words}: {subject}: {detail} (since {since})")
    }
}

//! Remembers what each job made, by the identity of the row that made it, so that a file dropped twice makes nothing twice.

use rusqlite::{OptionalExtension, params};

use super::Reader;
use crate::journal::{JobKey, JournalError, Known};
use crate::model::{Digest, JobKind, MeetingId};

impl Reader {
    /// Returns what the job remembers under each identity, in the same order.
    pub(in crate::journal::sqlite) fn known(
        &self,
        job: JobKey,
        identities: &[String],
    ) -> Result<Vec<Option<Known>>, JournalError> {
        identities
            .iter()
            .map(|identity| {
                let found = self
                    .connection
                    .prepare_cached(
                        "SELECT resource, content, facts, EXISTS (SELECT 1 FROM gone WHERE gone.resource = identities.resource)
                         FROM identities WHERE job = ?1 AND identity = ?2",
                    )?
                    .query_row(params![job.0, identity], |row| {
                        Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?, row.get(2)?, row.get(3)?))
                    })
                    .optional()?;
                Ok(found.and_then(|(resource, content, facts, gone)| {
                    Some(Known { resource: MeetingId::new(&resource)?, content: Digest::from_bytes(&content)?, facts, gone })
                }))
            })
            .collect()
    }

    /// Tells whether any job made, changed or took away the meeting of that id, as far as that is remembered; what a row was only told
    /// to exist does not count ([`super::Remember::Made`] with `"theirs":true` in its facts).
    pub(in crate::journal::sqlite) fn is_ours(&self, meeting: &MeetingId) -> Result<bool, JournalError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM gone WHERE resource = ?1)
                 OR EXISTS (SELECT 1 FROM identities JOIN jobs USING (job)
                            WHERE resource = ?1 AND jobs.kind = ?2 AND facts NOT LIKE '%\"theirs\":true%')",
            )?
            .query_row(params![meeting.as_str(), JobKind::SCHEDULE_MEETINGS.as_str()], |row| row.get(0))?)
    }

    /// Tells whether this job made or changed the meeting of that id, or any job took it away: as [`Self::is_ours`], but for what others
    /// have made.
    pub(in crate::journal::sqlite) fn is_of_job(&self, job: JobKey, meeting: &MeetingId) -> Result<bool, JournalError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM gone WHERE resource = ?1)
                 OR EXISTS (SELECT 1 FROM identities
                            WHERE resource = ?1 AND job = ?2 AND facts NOT LIKE '%\"theirs\":true%')",
            )?
            .query_row(params![meeting.as_str(), job.0], |row| row.get(0))?)
    }

    /// Tells whether we have taken away the meeting of that id.
    pub(in crate::journal::sqlite) fn is_gone(&self, resource: &MeetingId) -> Result<bool, JournalError> {
        let found = self
            .connection
            .prepare_cached("SELECT 1 FROM gone WHERE resource = ?1")?
            .query_row([resource.as_str()], |_| Ok(()))
            .optional()?;
        Ok(found.is_some())
    }
}

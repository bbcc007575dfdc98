//! Remembers what each job made, by the identity of the row that made it, so that a file dropped twice makes nothing twice.

use std::collections::HashMap;

use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use crate::journal::{JobKey, Known};
use crate::model::{Digest, JobKind, MeetingId};

/// Returns what the job remembers under each identity, in the same order.
pub(super) async fn known(link: &Link, job: JobKey, identities: &[String]) -> Result<Vec<Option<Known>>, Failure> {
    let asked: Vec<_> = identities.iter().map(|identity| Text(identity)).collect();
    let rows = link
        .rows(
            "SELECT identity, resource, content, facts, EXISTS (SELECT 1 FROM gone WHERE gone.resource = identities.resource)
             FROM identities WHERE job = $1 AND identity = ANY ($2)",
            bound![job.0, asked],
        )
        .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        let (resource, content) = (MeetingId::new(row.at(1)?), Digest::from_bytes(row.at(2)?));
        if let (Some(resource), Some(content)) = (resource, content) {
            let known = Known { resource, content, facts: row.at(3)?, gone: row.at(4)? };
            found.insert(row.at::<&str>(0)?, known);
        }
    }
    Ok(identities.iter().map(|identity| found.get(identity.as_str()).cloned()).collect())
}

/// Tells whether any job made, changed or took away the meeting of that id, as far as that is remembered; what a row was only told
/// to exist does not count.
pub(super) async fn is_ours(link: &Link, meeting: &MeetingId) -> Result<bool, Failure> {
    let found = link
        .one(
            "SELECT EXISTS (SELECT 1 FROM gone WHERE resource = $1)
             OR EXISTS (SELECT 1 FROM identities JOIN jobs USING (job)
                        WHERE resource = $1 AND jobs.kind = $2 AND facts NOT LIKE '%\"theirs\":true%')",
            bound![Text(meeting.as_str()), Text(JobKind::SCHEDULE_MEETINGS.as_str())],
        )
        .await?;
    found.at(0)
}

/// Tells whether this job made or changed the meeting of that id, or any job took it away.
pub(super) async fn is_of_job(link: &Link, job: JobKey, meeting: &MeetingId) -> Result<bool, Failure> {
    let found = link
        .one(
            "SELECT EXISTS (SELECT 1 FROM gone WHERE resource = $1)
             OR EXISTS (SELECT 1 FROM identities
                        WHERE resource = $1 AND job = $2 AND facts NOT LIKE '%\"theirs\":true%')",
            bound![Text(meeting.as_str()), job.0],
        )
        .await?;
    found.at(0)
}

/// Tells whether we have taken away the meeting of that id.
pub(super) async fn is_gone(link: &Link, meeting: &MeetingId) -> Result<bool, Failure> {
    link.exists("SELECT 1 FROM gone WHERE resource = $1", bound![Text(meeting.as_str())]).await
}

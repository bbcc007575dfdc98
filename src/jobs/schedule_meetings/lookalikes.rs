//! Finds rows that name a ref, a user or a meeting almost as this job knows it: a spreadsheet takes zeros off the front of ids, and then
//! another meeting would be made, or another user's.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::facts::Facts;
use super::fault::shown;
use super::row::TimetableRow;
use super::session::ScheduleSession;
use crate::engine::PlanError;
use crate::model::kept::without_zeros;
use crate::model::{Known, MeetingId, Part, Remembered, UserId};

/// A row that comes without a token, with what the job remembers under its identity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unnamed<'a> {
    pub(super) row: &'a TimetableRow,
    pub(super) known: Option<&'a Known>,
}

/// Longer than an id of digits is.
const LONGEST: usize = 20;
/// Identities of rows with a ref begin so.
const REF: &str = "ref:";

impl ScheduleSession {
    /// Says what each of these rows names almost as the job knows it; nothing of `None`.
    pub(super) async fn almost_known(&self, rows: &[Option<Unnamed<'_>>]) -> Result<Vec<Vec<String>>, PlanError> {
        let mut told = vec![Vec::new(); rows.len()];
        let rows: Vec<_> = rows.iter().enumerate().filter_map(|(at, row)| Some((at, (*row)?))).collect();
        self.refs_without_zeros(&rows, &mut told).await?;
        let mut wanted = HashSet::new();
        for (at, Unnamed { row, known }) in &rows {
            if known.is_none()
                && let Some(user) = row.user_id.as_ref().map(UserId::as_str).filter(|user| is_number(user))
                && let Some(other) = self.numbered_users().await?.get(without_zeros(user))
                && !other.contains(user)
                && let Some(other) = other.first()
            {
                told[*at].push(zeros("user_id", user, other));
            }
            let named = row.meeting_id.as_ref().filter(|_| row.reference.is_some());
            wanted.extend(named.filter(|meeting| known.is_none_or(|known| known.resource != **meeting)).cloned());
        }
        let made = if wanted.is_empty() { HashMap::new() } else { self.refs_of(&wanted).await? };
        for (at, Unnamed { row, known }) in rows {
            if let (Some(meeting), Some(reference)) = (&row.meeting_id, &row.reference)
                && known.is_none_or(|known| known.resource != *meeting)
                && let Some(other) = made.get(meeting).filter(|other| *other != reference)
            {
                told[at].push(format!(
                    "the meeting {meeting} was made for the ref {}, and this row has the ref {}: correct the ref, or leave meeting_id blank if another meeting is meant",
                    shown(other),
                    shown(reference)
                ));
            }
        }
        Ok(told)
    }

    /// Looks for refs that are known with other zeros in front.
    async fn refs_without_zeros(
        &self,
        rows: &[(usize, Unnamed<'_>)],
        told: &mut [Vec<String>],
    ) -> Result<(), PlanError> {
        let mut asked = Vec::new();
        let mut of = Vec::new();
        for (at, Unnamed { row, known }) in rows {
            let Some(reference) = row.reference.as_deref().filter(|text| known.is_none() && is_number(text)) else {
                continue;
            };
            let bare = without_zeros(reference);
            for zeros in 0..=LONGEST.saturating_sub(bare.len()) {
                let other = format!("{}{bare}", "0".repeat(zeros));
                if *other != *reference {
                    asked.push(Some(format!("{REF}{other}")));
                    of.push((*at, reference, other));
                }
            }
        }
        if asked.is_empty() {
            return Ok(());
        }
        let found = self.known(asked.iter().map(Option::as_ref)).await?;
        for ((at, reference, other), _) in of.into_iter().zip(found).filter(|(_, known)| known.is_some()) {
            if told[at].is_empty() {
                told[at].push(zeros("ref", reference, &other));
            }
        }
        Ok(())
    }

    /// Returns the users with numbers for ids that this job has used.
    async fn numbered_users(&self) -> Result<&HashMap<String, BTreeSet<String>>, PlanError> {
        let users = self.users.get_or_try_init(|| async {
            let mut users: HashMap<String, BTreeSet<String>> = HashMap::new();
            self.each_remembered(|Remembered { facts, .. }| {
                let facts = serde_json::from_str::<Facts>(&facts).ok();
                // A server that tells a user as a number has dropped the zeros itself.
                let facts = facts.filter(|facts| !facts.theirs && !facts.numbers.has(Part::User));
                let user = facts.and_then(|facts| facts.user);
                if let Some(user) = user.as_ref().map(UserId::as_str).filter(|user| is_number(user)) {
                    users.entry(without_zeros(user).to_owned()).or_default().insert(user.to_owned());
                }
            })
            .await?;
            Ok::<_, PlanError>(users)
        });
        users.await
    }

    /// Returns the refs for which this job made these meetings.
    async fn refs_of(&self, meetings: &HashSet<MeetingId>) -> Result<HashMap<MeetingId, String>, PlanError> {
        let mut refs = HashMap::new();
        self.each_remembered(|Remembered { identity, resource, .. }| {
            if let Some(reference) = identity.strip_prefix(REF).filter(|_| meetings.contains(&resource)) {
                refs.insert(resource, reference.to_owned());
            }
        })
        .await?;
        Ok(refs)
    }

    async fn each_remembered(&self, mut each: impl FnMut(Remembered)) -> Result<(), PlanError> {
        let Some(job) = self.job_key().await? else { return Ok(()) };
        let mut after = String::new();
        loop {
            let page = self.tools.recall.remembered(job, std::mem::take(&mut after)).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.identity);
            page.into_iter().for_each(&mut each);
        }
    }
}

fn is_number(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn zeros(what: &str, here: &str, known: &str) -> String {
    format!(
        "the {what} {} is known to this job as {}: a spreadsheet takes zeros off the front; write it as it was",
        shown(here),
        shown(known)
    )
}

//! Turns a file into the items of a run: one pass, each row with its meaning.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::pin::pin;

use futures_util::StreamExt;

use super::checked_row::{CheckedRow, RowNames};
use super::facts::Facts;
use super::fault::shown;
use super::input::Input;
use super::lookalikes::Unnamed;
use super::open::{StreamError, open};
use super::overview::Census;
use super::planned_action::{ItemResult, PlannedAction, RowPayload, json};
use super::row::{Action, TimetableRow, ZoneChoice};
use super::row_plan::{Earlier, PlanContext, RowPlan, meaning};
use super::session::ScheduleSession;
use super::stream::{self, Head, Part, Whole};
use super::zones::ZoneIds;
use crate::clock::Timestamp;
use crate::engine::{Plan, PlanError, RecordError, Refusal, Scratch};
use crate::jobs::workbook::misnamed;
use crate::model::{
    Code, ItemFilter, ItemNo, ItemView, JobPayload, Known, NewItem, RunId, Start, State, Status, UserId,
};

/// Rows ahead of the one that is planned, in parts: while they are planned, the journal is asked about the next.
const AHEAD: usize = 2;

/// The earlier rows that a row is compared with.
#[derive(Debug)]
struct RetryHistory {
    /// The file's own rows so far; of a run that is repeated, also those in which it succeeded.
    rows: Scratch,
    /// Of a run that is repeated: the rows that were sent and not found out about, with what stood there before.
    unknown: HashMap<u32, Option<String>>,
    /// The runs since the one that is repeated.
    since: Vec<RunId>,
    /// The rows that those runs succeeded in, each with its place in `since`.
    dealt_with: Option<Scratch>,
}

impl RetryHistory {
    fn nothing() -> Self {
        Self { rows: Scratch::new(), unknown: HashMap::new(), since: Vec::new(), dealt_with: None }
    }
}

/// A part of the file, with what the journal knows of its rows.
enum Prepared {
    Head(Head),
    Rows { rows: Vec<CheckedRow>, known: Vec<KnownRow>, own: Option<UserId> },
    End(Box<Whole>),
}

/// What the journal knows of a row.
struct KnownRow {
    names: RowNames,
    known: Option<Known>,
    /// True where its token names the meeting that is remembered under its identity.
    is_named: bool,
    /// The faults that the job finds in it by what it remembers.
    faults: Vec<String>,
}

/// What holds for all rows of a part.
struct PartContext<'a> {
    own: Option<&'a UserId>,
    now: Timestamp,
    history: &'a RetryHistory,
}

impl ScheduleSession {
    fn open(&self, input: &Input) -> Result<File, StreamError> {
        match &self.tools.opened {
            Some(file) => file.try_clone().map_err(|error| StreamError::Unreadable(error.to_string())),
            None => open(&input.file, self.settings.max_file_size),
        }
    }

    /// Plans the whole file; answers with the input as it is known now.
    pub(super) async fn plan_file(&self, to: &mut dyn Plan) -> Result<Input, PlanError> {
        let mut input = self.input().clone();
        if input.is_nothing() {
            return Ok(input);
        }
        let rules = self.rules().await?;
        let history = self.retry_history().await?;
        let file = self.open(&input).map_err(|error| self.refusal(error))?;
        let mut parts = stream::begin(file, rules);
        let parts = futures_util::stream::poll_fn(|context| parts.poll_recv(context));
        let mut parts = pin!(parts.map(|part| self.prepare(part)).buffered(AHEAD));
        let mut next = 1;
        let mut bad = 0_u64;
        let mut census = Census::default();
        let mut zones = ZoneIds::new(self.zones.get().map(AsRef::as_ref));
        while let Some(part) = parts.next().await {
            match part? {
                Prepared::Head(head) => {
                    to.remark(head.unused.remarks());
                    input.begins(head);
                }
                Prepared::Rows { rows, known, own } => {
                    let part = PartContext { own: own.as_ref(), now: self.tools.clock.now(), history: &history };
                    let mut items = Vec::with_capacity(rows.len());
                    for (checked, known) in rows.into_iter().zip(known) {
                        let row = &checked.checked.row;
                        input.without_ref +=
                            u64::from(row.action == Action::Schedule && row.reference.is_none() && !known.is_named);
                        items.push(self.plan_row(checked, known, ItemNo(next), &part, (&mut census, &mut zones))?);
                        next += 1;
                    }
                    bad += items.iter().filter(|item| is_invalid(item)).count() as u64;
                    to.add(items).await?;
                }
                Prepared::End(whole) => {
                    to.file_read(whole.extent.hash).await?;
                    input.was_read(*whole);
                    input.be_written(self.settings.results_format);
                    if self.run.retry_of.is_none() {
                        input.misnamed = misnamed(&input.name, input.sheet.as_ref());
                    }
                    to.remark(input.unused.remarks());
                    input.scope = census.scope();
                    self.census.get_or_init(|| census);
                    if bad > 0 && self.settings.reject_file {
                        let rows = if bad == 1 { "1 row is".to_owned() } else { format!("{bad} rows are") };
                        to.leave_rest(format!(
                            "the file was refused whole, since {rows} wrong (on_invalid = \"reject_file\")"
                        ));
                    }
                    return Ok(input);
                }
            }
        }
        Err(Refusal("the file could not be read to its end".to_owned()).into())
    }

    pub(super) fn refusal(&self, error: StreamError) -> PlanError {
        let name = &self.input().name;
        Refusal(match error {
            StreamError::Journal(error) => return error.into(),
            StreamError::Unreadable(why) => format!("{name} cannot be read: {why}"),
            StreamError::Refused(why) => format!("{name}: {why}"),
        })
        .into()
    }

    async fn prepare(&self, part: Result<Part, StreamError>) -> Result<Prepared, PlanError> {
        let mut rows = match part.map_err(|error| self.refusal(error))? {
            Part::Head(head) => return Ok(Prepared::Head(head)),
            Part::End(whole) => return Ok(Prepared::End(whole)),
            Part::Rows(rows) => rows,
        };
        let needs_own = rows.iter().any(|row| row.checked.row.user_id.is_none());
        let own = if needs_own { self.own_user().await? } else { None };
        let names: Vec<_> = rows.iter_mut().map(|row| row.names(own.as_ref())).collect();
        let mut known = self.known(names.iter().map(|names| names.identity.as_ref())).await?;
        // Of a row that is not known, what an earlier version of this program called it is asked for, too.
        let before: Vec<_> =
            names.iter().zip(&known).map(|(names, known)| names.before.as_ref().filter(|_| known.is_none())).collect();
        if before.iter().any(Option::is_some) {
            for (known, earlier) in known.iter_mut().zip(self.known(before.into_iter()).await?) {
                *known = known.take().or(earlier);
            }
        }
        let meant = self.named_meetings(&rows, &names, &known).await?;
        let unnamed = rows.iter().zip(&known).map(|(row, known)| {
            let is_unnamed = row.named.is_none();
            is_unnamed.then_some(Unnamed { row: &row.checked.row, known: known.as_ref() })
        });
        let almost = self.almost_known(&unnamed.collect::<Vec<_>>()).await?;
        let meant = meant.into_iter().chain(std::iter::repeat_with(|| None));
        let known = names.into_iter().zip(known).zip(meant).zip(almost);
        let known = known.map(|(((names, known), meant), mut faults)| match meant {
            Some((original, known)) => {
                faults.extend(names.identity.as_deref().and_then(|identity| other_ref(&original, identity)));
                let names = RowNames { identity: Some(original), before: None };
                KnownRow { names, known: Some(known), is_named: true, faults }
            }
            None => KnownRow { names, known, is_named: false, faults },
        });
        Ok(Prepared::Rows { known: known.collect(), rows, own })
    }

    /// Finds the meetings that rows mean by their tokens: each with the identity under which it is remembered. Nothing where no row
    /// has a token.
    async fn named_meetings(
        &self,
        rows: &[CheckedRow],
        names: &[RowNames],
        known: &[Option<Known>],
    ) -> Result<Vec<Option<(String, Known)>>, PlanError> {
        if rows.iter().all(|row| row.named.is_none()) {
            return Ok(Vec::new());
        }
        let originals: Vec<Option<String>> =
            rows.iter().map(|row| row.named.as_ref().and_then(|named| named.identity.clone())).collect();
        let others: Vec<Option<String>> = originals
            .iter()
            .zip(names)
            .map(|(original, now)| original.clone().filter(|_| *original != now.identity))
            .collect();
        let others = if others.iter().any(Option::is_some) {
            self.known(others.iter().map(Option::as_ref)).await?
        } else {
            vec![None; others.len()]
        };
        let found = originals.into_iter().zip(names).zip(known).zip(others);
        let meant = found.map(|(((original, now), known), other)| {
            let known = if original == now.identity { known.clone() } else { other };
            let stands = |known: &Known| !known.gone && earlier(known).is_some_and(|earlier| !earlier.facts.theirs);
            Some((original?, known.filter(stands)?))
        });
        Ok(meant.collect())
    }

    fn plan_row(
        &self,
        row: CheckedRow,
        known: KnownRow,
        item: ItemNo,
        PartContext { own, now, history }: &PartContext<'_>,
        (census, zones): (&mut Census, &mut ZoneIds<'_>),
    ) -> Result<NewItem, PlanError> {
        let KnownRow { names: RowNames { identity, before }, known, is_named, faults: more } = known;
        let CheckedRow { line, mut checked, content, label, cells, .. } = row;
        let sent_before = history.unknown.get(&line);
        if sent_before.is_some() {
            // It may be on the server since before its start passed: that is looked for first.
            checked.past = None;
        }
        let twin = match (&identity, &before) {
            (Some(identity), None) => history.rows.first_line(identity, line)?,
            (Some(identity), Some(before)) => match history.rows.line_of(before)? {
                Some(first) => Some(first),
                None => history.rows.first_line(identity, line)?,
            },
            (None, _) => None,
        };
        let earlier = known.as_ref().and_then(earlier);
        if earlier.is_none()
            && !checked.faults.is_empty()
            && let Some(past) = checked.past.take()
        {
            // One more fault among the others, in its place.
            checked.faults.add(past);
        }
        let mut faults: Vec<String> = checked.faults.iter().map(|fault| fault.words.clone()).chain(more).collect();
        let mut code = checked.faults.code();
        if let Some(first) = twin {
            let or = if is_named { ": if another one is meant, empty the cell in the column row" } else { "" };
            faults.push(format!("this is the same meeting as in line {first}{or}"));
        }
        let timezone_id = self.timezone_id(&checked.row, zones);
        if faults.is_empty() && checked.row.zone.is_some() && timezone_id.is_none() {
            faults.push("the server does not know this time zone".to_owned());
            code = Some(Code::ZONE_UNKNOWN);
        }
        if faults.is_empty() && checked.row.user_id.is_none() && own.is_none() && needs_owner(&checked.row) {
            faults.push("the row names no user_id, and the server does not tell whose credentials these are, for they have no permanent room. Fill in user_id".to_owned());
        }
        let superseded = match (&identity, &history.dealt_with) {
            (Some(identity), Some(dealt_with)) => match (dealt_with.line_of(identity)?, &before) {
                (None, Some(before)) => dealt_with.line_of(before)?,
                (found, _) => found,
            },
            _ => None,
        };
        let meaning = if let Some(by) = superseded.and_then(|at| history.since.get(at as usize)) {
            decided(Status::Skipped, None, format!("superseded by {by}"))
        } else if faults.is_empty() {
            let around = PlanContext {
                own: *own,
                timezone_id: timezone_id.as_deref(),
                create_missing: self.settings.create_missing,
                now: *now,
                is_named,
            };
            meaning(checked, earlier.as_ref(), around)
        } else {
            decided(Status::Invalid, code, faults.join("; "))
        };
        let (action, start) = match meaning {
            RowPlan::Action(action) => {
                census.see(&action);
                let start = match sent_before {
                    Some(before) if matches!(action, PlannedAction::Create(_)) => {
                        Start::Settling { before: before.clone() }
                    }
                    _ => Start::Pending,
                };
                (action, start)
            }
            RowPlan::Decided { status, code, error, meeting } => {
                let result = meeting.map(|meeting| json(&ItemResult::of_id(&meeting)));
                (PlannedAction::Nothing, Start::Decided { status, code, error, result })
            }
        };
        // The second of two twins must not stand in the first one's way.
        let identity = identity.filter(|_| twin.is_none());
        let payload = JobPayload::of(RowPayload { v: 1, content, action });
        Ok(NewItem { item, identity, label, line: Some(line), payload, source: cells, start })
    }

    /// Returns the server's id of the row's zone at its start.
    fn timezone_id<'z>(&self, row: &TimetableRow, zones: &mut ZoneIds<'z>) -> Option<Cow<'z, str>> {
        match row.zone.as_ref()? {
            ZoneChoice::Id(id) => Some(id.clone().into()),
            ZoneChoice::Name(name) => {
                let at = row.start.unwrap_or_else(|| self.tools.clock.now());
                zones.id_for(name, at).map(Cow::Borrowed)
            }
        }
    }

    /// Returns the facts remembered under each identity.
    pub(super) async fn known<'a>(
        &self,
        identities: impl Iterator<Item = Option<&'a String>> + Clone,
    ) -> Result<Vec<Option<Known>>, PlanError> {
        let Some(job) = self.job_key().await? else { return Ok(identities.map(|_| None).collect()) };
        let asked: Vec<String> = identities.clone().flatten().cloned().collect();
        let found = self.tools.recall.known(Some(job), asked).await?;
        let mut found = found.into_iter();
        Ok(identities.map(|identity| identity.and_then(|_| found.next().flatten())).collect())
    }

    /// Returns the rows to compare with: nothing yet, but where a run is repeated.
    async fn retry_history(&self) -> Result<RetryHistory, PlanError> {
        let mut history = RetryHistory::nothing();
        let Some(of) = self.run.retry_of else { return Ok(history) };
        let recall = &self.tools.recall;
        let Some(run) = recall.run(of).await? else { return Ok(history) };
        let note = |item: ItemView| {
            if item.state == State::Done(Status::Unknown)
                && let Some(line) = item.line
            {
                history.unknown.insert(line, item.before);
            }
            Ok::<_, RecordError>(())
        };
        recall.each_item(run.key, ItemFilter::Problems, note).await?;
        // The rows that succeeded in it were in the same file: the second of two twins stays the second.
        let note = |item: ItemView| match (&item.identity, item.line) {
            (Some(identity), Some(line)) => history.rows.first_line(identity, line).map(drop),
            _ => Ok(()),
        };
        recall.each_item(run.key, ItemFilter::Good, note).await?;
        let later = recall.runs_since(&run, self.run.key).await?;
        let scratch = Scratch::new();
        for (at, (key, _)) in (0_u32..).zip(&later) {
            let note = |item: ItemView| match &item.identity {
                Some(identity) => scratch.first_line(identity, at).map(drop),
                None => Ok(()),
            };
            recall.each_item(*key, ItemFilter::Good, note).await?;
        }
        history.since = later.into_iter().map(|(_, id)| id).collect();
        history.dealt_with = Some(scratch);
        Ok(history)
    }
}

/// Says that a row has another ref than the meeting that its token names.
fn other_ref(original: &str, now: &str) -> Option<String> {
    let (before, now) = (original.strip_prefix("ref:")?, now.strip_prefix("ref:")?);
    (before != now).then(|| {
        format!(
            "the ref was {} when this row was handed in, and is {} now, while the column row names the meeting that was made then: write the ref as it was, or empty the cell in the column row if another meeting is meant",
            shown(before),
            shown(now)
        )
    })
}

fn needs_owner(row: &TimetableRow) -> bool {
    row.action == Action::Schedule || row.is_found_by_its_start()
}

fn earlier(known: &Known) -> Option<Earlier> {
    let facts: Facts = serde_json::from_str(&known.facts).ok()?;
    Some(Earlier { meeting: known.resource.clone(), content: known.content, facts, gone: known.gone })
}

fn decided(status: Status, code: Option<Code>, error: String) -> RowPlan {
    RowPlan::Decided { status, code, error: Some(error), meeting: None }
}

fn is_invalid(item: &NewItem) -> bool {
    matches!(item.start, Start::Decided { status: Status::Invalid, .. })
}

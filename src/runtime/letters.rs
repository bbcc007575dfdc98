//! Makes the mail about a run's end: it gathers the facts, words and composes them, inside the transaction that
//! ends the run.

use std::sync::Arc;

use uuid::Uuid;

use super::setup::Current;
use crate::clock::Timestamp;
use crate::config::Job;
use crate::engine::{Notice, Render, RunReport};
use crate::jobs;
use crate::journal::{self, NewLetter, RunView};
use crate::mail::{Address, Attachment, Letter, compose};
use crate::model::State;
use crate::report::{self, Ending, NewPins, NextRun, PlainMail, Problem, ResultFile, Summary, Untold};

/// Makes the mails about runs, as configured.
pub(super) struct Letters {
    current: Arc<Current>,
    host: String,
}

impl Letters {
    pub(super) fn new(current: Arc<Current>) -> Self {
        Self { current, host: host_name() }
    }

    /// Renders the report of a run, as its mail does.
    pub(super) fn told(&self, run: &RunReport) -> report::Rendered {
        let config = Arc::clone(self.current.get().config());
        let summary = summary(run, config.jobs.get(&run.run.job), &self.host);
        // Nothing goes with what is told so.
        report::render(&Summary { attached: Vec::new(), ..summary })
    }
}

impl Render for Letters {
    fn letters(&self, run: &RunReport) -> Vec<NewLetter> {
        let config = Arc::clone(self.current.get().config());
        let job = config.jobs.get(&run.run.job);
        let (to, on) = match job {
            Some(job) => (&job.mail.to, job.mail.on),
            None => (&config.mail.to, config.mail.on),
        };
        let summary = summary(run, job, &self.host);
        let ending = Ending {
            outcome: summary.outcome,
            effects: summary.counts.effects() > 0,
            warnings: !summary.warnings.is_empty(),
        };
        let decision = report::decide(on, ending, run.recovers);
        if !decision.send || to.is_empty() {
            return Vec::new();
        }
        let told = report::render(&Summary { recovered: decision.recovered, ..summary });
        let letter = Letter {
            id: Uuid::now_v7(),
            at: run.run.ended.unwrap_or(run.run.started),
            from: Address::from(config.mail.from.clone()),
            to: to.iter().cloned().map(Address::from).collect(),
            subject: told.subject.clone(),
            text: told.text,
            html: Some(told.html),
            attachments: run
                .finished
                .attachments
                .iter()
                .map(|(name, bytes)| Attachment {
                    name: name.clone(),
                    content_type: jobs::content_type(name).to_owned(),
                    bytes: bytes.clone(),
                })
                .collect(),
        };
        finished(&letter).into_iter().collect()
    }

    fn file_of(&self, run: &RunView) -> Option<String> {
        run.file.clone().or_else(|| jobs::kind(run.kind).file_of(&run.input))
    }

    fn notice(&self, notice: &Notice) -> Option<NewLetter> {
        let from = Address::from(self.current.get().config().mail.from.clone());
        finished(&to_owner(notice, from)?)
    }
}

/// Returns the letter as it will be sent; `None`, and a word in the log, where it cannot be made into a mail.
pub(super) fn finished(letter: &Letter) -> Option<NewLetter> {
    match compose(letter) {
        Ok(message) => Some(NewLetter {
            id: message.id,
            sender: message.envelope.from,
            receivers: message.envelope.to,
            subject: letter.subject.clone(),
            message: message.bytes,
        }),
        Err(error) => {
            tracing::error!(%error, subject = letter.subject, "a mail could not be made");
            None
        }
    }
}

/// Returns the mail to a room's owner. `None`, and a word in the log, where an address is none.
fn to_owner(notice: &Notice, from: Address) -> Option<Letter> {
    let to = match notice.to.iter().map(|to| to.parse()).collect::<Result<Vec<Address>, _>>() {
        Ok(to) => to,
        Err(error) => {
            tracing::error!(%error, room = %notice.room, "an owner cannot be told the new PINs");
            return None;
        }
    };
    let told = report::render_new_pins(&NewPins {
        owner: notice.owner.as_deref(),
        room: &notice.room,
        room_name: &notice.room_name,
        direct_url: notice.direct_url.as_deref(),
        pins: &notice.pins,
        at: notice.at,
        zone: &notice.zone,
    });
    Some(plain(told, notice.at, from, to))
}

/// Returns the mail about one that could not be delivered to a room's owner.
pub(super) fn undelivered(
    letter: &journal::Letter,
    run: &RunView,
    why: &str,
    at: Timestamp,
    from: Address,
    to: Vec<Address>,
) -> Letter {
    let (receivers, subject) = (&letter.receivers, &letter.subject);
    let told = report::render_untold(&Untold { receivers, subject, why, run: run.id, job: &run.job });
    plain(told, at, from, to)
}

fn plain(told: PlainMail, at: Timestamp, from: Address, to: Vec<Address>) -> Letter {
    let PlainMail { subject, text } = told;
    Letter { id: Uuid::now_v7(), at, from, to, subject, text, html: None, attachments: Vec::new() }
}

/// Returns the facts of a run that ends.
fn summary(run: &RunReport, job: Option<&Job>, host: &str) -> Summary {
    let view = &run.run;
    let ended = view.ended.unwrap_or(view.started);
    let kind = jobs::kind(view.kind);
    let unused = kind.unused(&view.input);
    let problems = run.problems.iter().filter_map(|item| match item.state {
        State::Done(status) => Some(Problem {
            line: item.line.map(u64::from),
            label: item.label.clone(),
            status,
            code: item.code,
            error: item.error.clone().unwrap_or_default(),
        }),
        State::Pending | State::Sending | State::Settling { .. } => None,
    });
    let next = match job {
        Some(_) if run.paused => NextRun::NotPlanned,
        Some(job) => match job.schedules.next_after(ended) {
            Some(next) if job.enabled => NextRun::At(next),
            _ if jobs::inbox(job).is_some() => NextRun::WhenFileIsDropped,
            _ => NextRun::NotPlanned,
        },
        None => NextRun::NotPlanned,
    };
    Summary {
        job: view.job.clone(),
        kind: view.kind,
        items: kind.items(),
        host: host.to_owned(),
        run: view.id,
        trigger: view.trigger,
        due: view.due,
        started: view.started,
        ended,
        zone: run.zone.clone(),
        outcome: view.outcome.unwrap_or_else(|| view.counts.outcome()),
        recovered: false,
        counts: view.counts.clone(),
        refusal: view.error.clone(),
        file: run.finished.source.clone().or_else(|| view.file.clone()).or_else(|| kind.file_of(&view.input)),
        problems: problems.collect(),
        warnings: {
            let mut warnings = run.finished.worth_a_look(view.error.as_deref());
            warnings.extend(unused.warnings());
            warnings
        },
        notes: run
            .finished
            .notes
            .iter()
            .cloned()
            .chain(kind.recoded(&view.input).map(|recoded| recoded.told()))
            .chain(kind.notes(&view.input))
            .chain(run.finished.mail_notes.iter().cloned())
            .collect(),
        attached: run.finished.attachments.iter().map(|(name, _)| name.clone()).collect(),
        files: run
            .finished
            .files
            .iter()
            .map(|(kind, path)| ResultFile { kind: *kind, path: path.display().to_string() })
            .collect(),
        next,
    }
}

/// Returns this machine's name.
pub(super) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

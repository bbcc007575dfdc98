//! Makes one mail of those about more than ten files of a job that end within a minute: two thousand files are no two thousand
//! mails. A file alone is told at once; only where more are to come, or came, a mail waits for the minute's end.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{DirEntry, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use uuid::Uuid;

use super::letters::{finished, host_name};
use super::shared::Shared;
use crate::clock::Timestamp;
use crate::engine::inbox::Name;
use crate::jobs;
use crate::journal::{HeldLetter, JobKey, JournalError, NewLetter};
use crate::mail::{Address, Letter};
use crate::report::{self, Files, OfFile};

/// So many files of one job within the minute have a mail each.
const MOST_SINGLE_MAILS: usize = 10;
/// The longest time for which a mail is held.
const WINDOW: Duration = Duration::from_mins(1);
/// The time for which a mail waits for another file's end.
const LINGER: Duration = Duration::from_secs(1);
/// The interval between looks while the job is at work.
const BUSY: Duration = Duration::from_secs(1);
/// Mails that are looked at in one round.
const ROUND: u32 = 2000;

/// Gathers mails about files.
pub(super) struct Gathering {
    shared: Arc<Shared>,
    /// The times at which mails about files went out one by one, lately.
    lately: Mutex<BTreeMap<JobKey, VecDeque<Timestamp>>>,
}

impl Gathering {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, lately: Mutex::default() }
    }

    /// Counts those within the minute before now.
    fn count(&self, job: JobKey, now: Timestamp) -> usize {
        let mut all = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = all.entry(job).or_default();
        sent.retain(|at| *at <= now && now.since(*at) < WINDOW);
        sent.len()
    }

    fn add(&self, job: JobKey, n: usize, now: Timestamp) {
        let mut all = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(job).or_default().extend(std::iter::repeat_n(now, n));
    }
}

/// The verdict on the mails of a job that are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Wait(Duration),
    Each,
    Together,
}

/// Decides by when they entered (the earliest first), how many went out within the last minute, and whether the job is at work.
fn decide(held: &[Timestamp], sent: usize, busy: bool, now: Timestamp) -> Verdict {
    let (Some(first), Some(last)) = (held.first(), held.last()) else { return Verdict::Each };
    let (until, rest) = (first.plus(WINDOW), last.plus(LINGER));
    let many = sent + held.len() > MOST_SINGLE_MAILS;
    // A clock that was set back holds nothing.
    if now >= *first && now < until {
        if busy {
            return Verdict::Wait(BUSY.min(until.since(now)));
        }
        if now < rest {
            return Verdict::Wait(rest.since(now).min(until.since(now)));
        }
        if many {
            // Those that end later within the minute are told by the same mail.
            return Verdict::Wait(until.since(now));
        }
    }
    if many && held.len() > 1 { Verdict::Together } else { Verdict::Each }
}

/// Tells whether a file that will be taken came into the folder, or was written to, within the minute. The time at which its inode
/// changed tells: tools that copy give a file the time of the one that it is a copy of.
fn is_filling(inbox: &Path) -> bool {
    let is_new = |entry: &DirEntry| {
        let changed = |found: Metadata| Some(UNIX_EPOCH + Duration::from_secs(u64::try_from(found.ctime()).ok()?));
        let age = || changed(entry.metadata().ok()?)?.elapsed().ok();
        Name::of(&entry.file_name().to_string_lossy()).is_taken() && age().is_some_and(|age| age < WINDOW)
    };
    std::fs::read_dir(inbox).is_ok_and(|entries| entries.flatten().any(|entry| is_new(&entry)))
}

impl Gathering {
    /// Lets held mails go, one by one or as one; with `at_once` none waits any longer. Tells how long until the next look.
    pub(super) async fn gather(&self, at_once: bool) -> Result<Option<Duration>, JournalError> {
        let held = self.shared.journal().held_letters(ROUND).await?;
        let mut groups: BTreeMap<(JobKey, Vec<String>), Vec<HeldLetter>> = BTreeMap::new();
        for letter in held {
            groups.entry((letter.job, letter.receivers.clone())).or_default().push(letter);
        }
        let (now, mut next) = (self.shared.clock().now(), None::<Duration>);
        for ((job, _), letters) in groups {
            let entered: Vec<_> = letters.iter().map(|letter| letter.created).collect();
            let sent = self.count(job, now);
            let busy = !at_once && self.is_at_work(&letters).await?;
            let verdict = match decide(&entered, sent, busy, now) {
                Verdict::Wait(_) if at_once && letters.len() > MOST_SINGLE_MAILS => Verdict::Together,
                Verdict::Wait(_) if at_once => Verdict::Each,
                verdict => verdict,
            };
            let ids: Vec<_> = letters.iter().map(|letter| letter.id).collect();
            match verdict {
                Verdict::Wait(pause) => next = Some(next.map_or(pause, |next| next.min(pause))),
                Verdict::Each => {
                    self.add(job, ids.len(), now);
                    self.shared.journal().release(ids).await?;
                }
                Verdict::Together => match self.one_letter(&letters, now).await? {
                    Some(one) => self.shared.journal().gather(ids, one, now).await?,
                    None => self.shared.journal().release(ids).await?,
                },
            }
        }
        Ok(next)
    }

    /// Tells whether a run of the job goes on, or files that came within the minute lie in its inbox, so that more will end.
    async fn is_at_work(&self, letters: &[HeldLetter]) -> Result<bool, JournalError> {
        let Some(run) = letters.first().map(|letter| letter.run) else { return Ok(false) };
        let job = self.shared.journal().run_by_key(run).await?.job;
        let job = self.shared.name_now(&job);
        if self.shared.active.list().iter().any(|going| self.shared.name_now(&going.job) == job) {
            return Ok(true);
        }
        let Some(inbox) = self.shared.config().jobs.get(&job).and_then(jobs::inbox) else { return Ok(false) };
        // A look that came to grief holds no mail.
        Ok(tokio::task::spawn_blocking(move || is_filling(&inbox.path)).await.unwrap_or(false))
    }

    /// Returns the mail that takes the place of these.
    async fn one_letter(&self, letters: &[HeldLetter], now: Timestamp) -> Result<Option<NewLetter>, JournalError> {
        let runs: Vec<_> = letters.iter().map(|letter| letter.run).collect();
        let runs = self.shared.journal().runs_by_key(runs).await?;
        let Some(first) = runs.first() else { return Ok(None) };
        let (job, config) = (self.shared.name_now(&first.job), self.shared.config());
        let zone = config.jobs.get(&job).map_or_else(|| config.timezone.clone(), |job| job.timezone.clone());
        let files = runs.iter().map(|run| OfFile {
            run: run.id,
            name: run.file.clone().unwrap_or_default(),
            outcome: run.outcome.unwrap_or_else(|| run.counts.outcome()),
            counts: run.counts.clone(),
            error: run.error.clone(),
            read_as: jobs::kind(run.kind).recoded(&run.input).map(|as_is| (as_is.encoding, as_is.words)),
            remarks: {
                let kind = jobs::kind(run.kind);
                let of_file = kind.unused(&run.input).warnings().into_iter().chain(kind.notes(&run.input));
                of_file.chain(run.remarks.iter().cloned()).collect()
            },
        });
        let files = Files {
            job,
            host: host_name(),
            kind: first.kind,
            zone,
            from: runs.iter().map(|run| run.started).min().unwrap_or(now),
            until: runs.iter().filter_map(|run| run.ended).max().unwrap_or(now),
            files: files.collect(),
        };
        let told = report::render_files(&files);
        let to = letters.first().map(|letter| letter.receivers.clone()).unwrap_or_default();
        Ok(finished(&Letter {
            id: Uuid::now_v7(),
            at: now,
            from: Address::from(config.mail.from.clone()),
            to: to.iter().filter_map(|address| address.parse().ok()).collect(),
            subject: told.subject,
            text: told.text,
            html: Some(told.html),
            attachments: Vec::new(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + seconds * 1000)
    }

    #[test]
    fn a_few_have_a_mail_each_as_soon_as_no_other_follows() {
        assert_eq!(decide(&[at(0)], 0, false, at(0)), Verdict::Wait(LINGER));
        assert_eq!(decide(&[at(0)], 0, false, at(1)), Verdict::Each);
        assert_eq!(decide(&[at(0); 10], 0, false, at(1)), Verdict::Each);
        assert_eq!(decide(&[at(0)], 0, true, at(1)), Verdict::Wait(BUSY));
        assert_eq!(decide(&[at(0)], 0, true, at(60)), Verdict::Each);
    }

    #[test]
    fn more_than_ten_within_a_minute_are_one_mail() {
        assert_eq!(decide(&[at(0); 11], 0, false, at(1)), Verdict::Wait(Duration::from_secs(59)));
        assert_eq!(decide(&[at(0); 11], 0, false, at(60)), Verdict::Together);
        let fourteen: Vec<_> = (0..14).map(|file| at(file / 3)).collect();
        assert_eq!(decide(&fourteen, 0, false, at(6)), Verdict::Wait(Duration::from_secs(54)));
        assert_eq!(decide(&fourteen, 0, true, at(60)), Verdict::Together);
        // They come one by one: ten went out, and the others wait for the minute's end.
        assert_eq!(decide(&[at(0)], 10, false, at(1)), Verdict::Wait(Duration::from_secs(59)));
        assert_eq!(decide(&[at(0), at(5)], 9, false, at(60)), Verdict::Together);
        assert_eq!(decide(&[at(0)], 10, false, at(60)), Verdict::Each);
        // A job that does not come to rest is told of each minute.
        assert_eq!(decide(&[at(0); 500], 0, true, at(60)), Verdict::Together);
    }

    #[test]
    fn a_file_that_has_just_come_is_seen_whatever_its_own_time_is() {
        let inbox = tempfile::tempdir().unwrap();
        assert!(!is_filling(inbox.path()));
        let file = std::fs::File::create(inbox.path().join("a.csv.part")).unwrap();
        assert!(!is_filling(inbox.path()), "it will not be taken by that name");
        file.set_modified(UNIX_EPOCH).unwrap();
        std::fs::rename(inbox.path().join("a.csv.part"), inbox.path().join("a.csv")).unwrap();
        assert!(is_filling(inbox.path()));
    }

    #[test]
    fn a_clock_that_was_set_back_holds_nothing() {
        assert_eq!(decide(&[at(1000)], 0, true, at(0)), Verdict::Each);
    }
}

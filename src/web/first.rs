//! Makes the first screen: what is wrong, what runs, the jobs, and what comes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::ask::ask;
use super::day::Day;
use super::going::Going;
use super::mark::{Mark, RunLine};
use super::problems::{Problem, Problems, left};
use super::site::Site;
use super::when::When;
use crate::clock::Zone;
use crate::config::Config;
use crate::control::{JobLine, JobList, Query, QueryReply, Refusal, Sources};
use crate::journal::{JobKey, RunsEnded};
use crate::model::{JobName, RunView};

/// Runs in the strip of a job.
const STRIP: u32 = 30;

/// The first screen.
#[derive(Debug, Serialize)]
pub(super) struct First {
    now: When,
    zone: String,
    /// The title's beginning: `3 problems`.
    count: String,
    problems: Vec<Problem>,
    going: Vec<Going>,
    jobs: Vec<JobRow>,
    day: Day,
    /// True when it loads itself again.
    refreshes: bool,
    /// True when there is a sign-in to end.
    signs_out: bool,
}

/// A schedule, in words and as it is written.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Scheduled {
    words: String,
    cron: String,
}

/// A job, in a line.
#[derive(Debug, Serialize)]
struct JobRow {
    name: String,
    kind: String,
    schedules: Vec<Scheduled>,
    zone: Option<String>,
    state: &'static str,
    /// The machines that run it, where this one does not.
    elsewhere: Option<String>,
    next: Option<When>,
    success: Option<RunLine>,
    last: Option<RunLine>,
    strip: Vec<Mark>,
}

/// Returns the schedules of a job in words.
pub(super) fn scheduled(config: &Config, job: &JobName) -> Vec<Scheduled> {
    let schedules = config.jobs.get(job).into_iter().flat_map(|job| job.schedules.iter());
    schedules.map(|schedule| Scheduled { words: schedule.words(), cron: schedule.text().to_owned() }).collect()
}

/// Asks for the jobs as `roomkeeper list` does.
pub(super) async fn list(sources: Sources) -> Result<JobList, Refusal> {
    ask(sources, Query::List, |reply| if let QueryReply::List(list) = reply { Some(list) } else { None }).await
}

impl First {
    /// Gathers it.
    pub(super) async fn gather(site: &Site, refreshes: bool) -> Result<Self, Refusal> {
        let sources = site.sources();
        let list = list(site.sources()).await?;
        let (config, now) = (&sources.config, sources.clock.now());
        let zone = &config.timezone;
        let going = site.runtime.runs.under_way();
        let problems = Problems::gather(&list, &left(&sources).await?, &going, zone);
        let unfinished = site.runtime.journal().unfinished().await?;
        let resting = list.jobs.iter().filter(|job| job.paused || job.elsewhere);
        let resting: BTreeSet<_> = resting.map(|job| job.job.clone()).collect();
        let strips = Strips::read(&sources, &list).await?;
        let jobs = list.jobs.iter().map(|line| row(line, &strips, config, zone)).collect();
        Ok(Self {
            now: When::of(zone, now),
            zone: zone.name().to_owned(),
            count: counted(&problems),
            problems: problems.told,
            going: Going::all(&unfinished, &going, now, zone),
            jobs,
            day: Day::of(config, &resting, now),
            refreshes,
            signs_out: site.gate.asks(),
        })
    }
}

fn counted(problems: &Problems) -> String {
    match (problems.count, problems.more) {
        (0, _) => "No problems".to_owned(),
        (1, false) => "1 problem".to_owned(),
        (count, false) => format!("{count} problems"),
        (count, true) => format!("{count} problems or more"),
    }
}

/// The runs of late of each job, and the last that succeeded.
struct Strips {
    runs: BTreeMap<JobName, Vec<RunView>>,
    successes: BTreeMap<JobName, RunView>,
}

impl Strips {
    async fn read(sources: &Sources, list: &JobList) -> Result<Self, Refusal> {
        let mut strips = Self { runs: BTreeMap::new(), successes: BTreeMap::new() };
        let Some(journal) = sources.readings() else { return Ok(strips) };
        let mut known: Vec<(JobName, JobKey)> = Vec::new();
        for job in &list.jobs {
            known.extend(sources.key_of(&job.job).await?.map(|key| (job.job.clone(), key)));
        }
        let keys: Vec<_> = known.iter().map(|(_, key)| *key).collect();
        let runs = journal.latest_runs(keys.clone(), RunsEnded::Anyhow, STRIP).await?;
        let good = RunsEnded::With(crate::model::Outcome::Succeeded);
        let successes = journal.latest_runs(keys, good, 1).await?;
        for ((job, _), (runs, success)) in known.into_iter().zip(runs.into_iter().zip(successes)) {
            strips.successes.extend(success.into_iter().next().map(|run| (job.clone(), run)));
            strips.runs.insert(job, runs);
        }
        Ok(strips)
    }
}

fn row(line: &JobLine, strips: &Strips, config: &Config, zone: &Zone) -> JobRow {
    let runs = strips.runs.get(&line.job).map(Vec::as_slice).unwrap_or_default();
    JobRow {
        name: line.job.to_string(),
        kind: line.kind.to_string(),
        schedules: scheduled(config, &line.job),
        zone: (line.timezone.name() != zone.name()).then(|| line.timezone.name().to_owned()),
        state: match (line.enabled, line.paused) {
            (false, _) => "disabled",
            (true, true) => "paused",
            (true, false) if line.schedules.is_empty() => "on demand",
            (true, false) => "",
        },
        elsewhere: line.elsewhere.then(|| line.nodes.join(", ")),
        next: line.next.map(|next| When::minute(zone, next)),
        success: strips.successes.get(&line.job).map(|run| RunLine::of(run, zone)),
        last: runs.first().map(|run| RunLine::of(run, zone)),
        // The eye reads on from left to right.
        strip: runs.iter().rev().map(|run| Mark::of(run, zone)).collect(),
    }
}

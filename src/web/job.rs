//! Makes the page of a job: when it runs, what it did, and why it did not.

use hyper::StatusCode;
use serde::Serialize;

use super::answer::Answer;
use super::ask::ask;
use super::first::{Scheduled, scheduled};
use super::making::{made, message, not_found};
use super::mark::RunLine;
use super::plot::{self, Plot};
use super::query::{Params, Unreadable};
use super::site::Site;
use super::when::When;
use crate::clock::{CivilTime, Local, Timestamp, Zone};
use crate::control::{Query, QueryReply, Refusal, SkipTold, Sources, Standing};
use crate::journal::{JobKey, RunKey, RunPlace, RunsAsked, RunsEnded};
use crate::model::line::shown;
use crate::model::{JobName, Outcome};

/// Runs on a page.
const RUNS: u32 = 50;
/// Due times to come.
const NEXT: usize = 10;
/// Skipped due times.
const SKIPS: u32 = 20;

#[derive(Debug, Serialize)]
struct JobPage {
    name: String,
    kind: Option<String>,
    zone: String,
    own_zone: Option<String>,
    schedules: Vec<Scheduled>,
    state: &'static str,
    /// The machines that run it, where not every one does.
    nodes: Option<String>,
    /// True when this machine is none of them.
    elsewhere: bool,
    since: Option<When>,
    troubles: Vec<Trouble>,
    next: Vec<Next>,
    skips: Vec<Skip>,
    plot: Option<Plot>,
    filter: Filter,
    runs: Vec<RunLine>,
    /// The address of the next page.
    more: Option<String>,
    is_first: bool,
}

#[derive(Debug, Serialize)]
struct Trouble {
    words: String,
    remedy: &'static str,
    since: When,
}

#[derive(Debug, Serialize)]
struct Next {
    at: When,
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct Skip {
    due: When,
    reason: String,
    detail: String,
}

/// The filter of the runs, as the address has it.
#[derive(Debug, Default, Serialize)]
struct Filter {
    outcome: String,
    from: String,
    until: String,
}

impl Filter {
    fn of(params: &Params) -> Self {
        let text = |key| params.get(key).unwrap_or_default().to_owned();
        Self { outcome: text("outcome"), from: text("from"), until: text("until") }
    }

    /// Returns the filter as a part of an address.
    fn address(&self) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (key, value) in [("outcome", &self.outcome), ("from", &self.from), ("until", &self.until)] {
            if !value.is_empty() {
                pairs.append_pair(key, value);
            }
        }
        pairs.finish()
    }
}

/// Answers the page of a job.
pub(super) async fn page(site: &Site, name: &str, params: &Params) -> Result<Answer, Refusal> {
    let Ok(job) = name.parse::<JobName>() else { return Ok(not_found(site).await) };
    let sources = site.sources();
    let configured = sources.config.jobs.get(&job);
    let key = sources.key_of(&job).await?;
    if configured.is_none() && key.is_none() {
        return Ok(not_found(site).await);
    }
    let zone = &sources.config.timezone;
    let asked = match asked(params, zone) {
        Ok(asked) => asked,
        Err(Unreadable(words)) => return Ok(message(site, StatusCode::BAD_REQUEST, "Not understood", &words).await),
    };
    let (runs, plot) = match (sources.readings(), key) {
        (Some(journal), Some(job)) => {
            let runs = journal.runs_page(RunsAsked { job, ..asked.clone() }).await?;
            let drawn = journal.latest_runs(vec![job], RunsEnded::Anyhow, plot::RUNS).await?;
            (runs, Plot::of(drawn.first().map(Vec::as_slice).unwrap_or_default(), zone))
        }
        _ => (Vec::new(), None),
    };
    let filter = Filter::of(params);
    let more = runs.last().filter(|_| runs.len() == RUNS as usize).map(|last| {
        let place = RunPlace::of(last);
        format!("{}&behind={}.{}", filter.address(), place.started.millis(), place.run.0)
    });
    let standing = standing(site.sources(), &job).await?;
    let page = JobPage {
        name: job.to_string(),
        kind: configured.map(|job| job.kind().to_string()),
        zone: zone.name().to_owned(),
        own_zone: (standing.timezone.name() != zone.name()).then(|| standing.timezone.name().to_owned()),
        schedules: scheduled(&sources.config, &job),
        state: match (configured, standing.disabled, standing.paused) {
            (None, ..) => "not configured any more",
            (_, true, _) => "disabled",
            (_, _, Some(_)) => "paused",
            _ => "",
        },
        nodes: (!standing.nodes.is_empty()).then(|| standing.nodes.join(", ")),
        elsewhere: standing.elsewhere,
        since: standing.paused.map(|since| When::minute(zone, since)),
        troubles: troubles(&standing, zone),
        next: next(site.sources(), &job, zone).await?,
        skips: standing.skips.iter().map(|skip| skipped(skip, zone)).collect(),
        plot,
        is_first: asked.behind.is_none(),
        filter,
        runs: runs.iter().map(|run| RunLine::of(run, zone)).collect(),
        more,
    };
    Ok(made(site, StatusCode::OK, "job.html", &page).await)
}

/// Reads what the address asks for.
fn asked(params: &Params, zone: &Zone) -> Result<RunsAsked, Unreadable> {
    let outcome = |word: &str| match word {
        "left" => Some(RunsEnded::NotMadeGood),
        word => Outcome::parse(word).map(RunsEnded::With),
    };
    let place = |text: &str| {
        let (started, run) = text.split_once('.')?;
        Some(RunPlace { started: Timestamp::from_millis(started.parse().ok()?), run: RunKey(run.parse().ok()?) })
    };
    let day = "a day such as 2027-02-01, or a time such as 2027-02-01T08:00";
    Ok(RunsAsked {
        job: JobKey(0),
        ended: params.read_by("outcome", "an outcome of a run", outcome)?.unwrap_or(RunsEnded::Anyhow),
        from: params.read_by("from", day, |text| moment(text, zone))?,
        until: params.read_by("until", day, |text| moment(text, zone))?,
        behind: params.read_by("behind", "a place in the list", place)?,
        most: RUNS,
    })
}

/// Reads a day or a time in the zone; one that a clock change skips is the change, one that comes twice the first.
fn moment(text: &str, zone: &Zone) -> Option<Timestamp> {
    if let Ok(at) = Timestamp::from_rfc3339(text) {
        return Some(at);
    }
    let text = text.replace('T', " ");
    let whole = if text.contains(' ') { text } else { format!("{text} 00:00") };
    match zone.resolve(CivilTime::parse_iso(&whole)?) {
        Local::Once(at) | Local::Twice(at, _) | Local::Skipped(at) => Some(at),
    }
}

async fn standing(sources: Sources, job: &JobName) -> Result<Standing, Refusal> {
    let query = Query::Why { job: job.clone(), most: SKIPS };
    ask(sources, query, |reply| if let QueryReply::Why(standing) = reply { Some(standing) } else { None }).await
}

async fn next(sources: Sources, job: &JobName, zone: &Zone) -> Result<Vec<Next>, Refusal> {
    if !sources.config.jobs.contains_key(job) {
        return Ok(Vec::new());
    }
    let query = Query::Next { job: Some(job.clone()), most: NEXT };
    let coming =
        ask(sources, query, |reply| if let QueryReply::Next(coming) = reply { Some(coming) } else { None }).await?;
    Ok(coming.due.into_iter().map(|due| Next { at: When::minute(zone, due.utc), note: due.note }).collect())
}

fn troubles(standing: &Standing, zone: &Zone) -> Vec<Trouble> {
    let shown = standing.troubles.iter().map(|trouble| Trouble {
        words: format!("{}: {}: {}", trouble.kind.words(1), shown(&trouble.subject), shown(&trouble.detail)),
        remedy: trouble.kind.remedy(),
        since: When::minute(zone, trouble.since),
    });
    shown.collect()
}

fn skipped(skip: &SkipTold, zone: &Zone) -> Skip {
    Skip { due: When::of(zone, skip.due), reason: skip.reason.to_string(), detail: skip.detail.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_asks_for_is_read_in_the_zone() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let read = |text: &str| asked(&Params::of(text), &zone);
        let asked = read("outcome=failed&from=2027-02-01&until=2027-02-01T08:30&behind=5000.7").unwrap();
        assert_eq!(asked.ended, RunsEnded::With(Outcome::Failed));
        assert_eq!(asked.from, Timestamp::from_rfc3339("2027-01-31T23:00:00Z").ok());
        assert_eq!(asked.until, Timestamp::from_rfc3339("2027-02-01T07:30:00Z").ok());
        assert_eq!(asked.behind, Some(RunPlace { started: Timestamp::from_millis(5000), run: RunKey(7) }));
        assert_eq!(read("outcome=left").unwrap().ended, RunsEnded::NotMadeGood);
        for wrong in ["outcome=x", "from=yesterday", "until=2027-13-01", "behind=1", "behind=a.b"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}

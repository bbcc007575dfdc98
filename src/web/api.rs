//! Answers programs: the same JSON as the commands' `--json`, made by the same code, without mail addresses.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::stream::unfold;
use hyper::StatusCode;
use hyper::body::{Bytes, Frame};
use tokio::sync::mpsc::Receiver;

use super::answer::{Answer, JSON, answer as answered, stream};
use super::making::json;
use super::query::{Params, Unreadable};
use super::site::Site;
use crate::clock::Timestamp;
use crate::control::{self, Event, ItemLine, Query, QueryReply, RUN_END, Refusal, Why, reasons, run_head};
use crate::model::JobName;

/// The number of lines where the address names none, as for the commands.
const USUAL: u32 = 20;
/// The number of lines at most.
const MOST: u32 = 1000;

/// Answers a question: `list`, `next`, `history`, `show/RUN`, `why/JOB` or `mail`.
pub(super) async fn answer(site: &Site, question: &str, params: &Params) -> Answer {
    let query = match asked(question, params, site.runtime.clock().now()) {
        Ok(Some(query)) => query,
        Ok(None) => {
            return failed(
                site,
                StatusCode::NOT_FOUND,
                "there is no such question: ask list, next, history, show/RUN, why/JOB or mail",
            );
        }
        Err(Unreadable(words)) => return failed(site, StatusCode::BAD_REQUEST, &words),
    };
    let mut events = control::ask(site.sources(), query);
    let reply = match events.recv().await {
        Some(Event::Reply(reply)) => reply,
        Some(Event::Failed(refusal)) => return refused(site, &refusal),
        _ => return failed(site, StatusCode::INTERNAL_SERVER_ERROR, "the answer broke off"),
    };
    let text = match &reply {
        QueryReply::List(list) => json(&list.jobs),
        QueryReply::Next(coming) => json(&coming.due),
        QueryReply::History(runs) => json(runs),
        QueryReply::Why(standing) => json(&reasons(standing)),
        QueryReply::Mail(mails) => json(&mails.mails),
        QueryReply::Run(shown) => match run_head(shown) {
            Ok(head) => return items(site, head, events),
            Err(_) => return failed(site, StatusCode::INTERNAL_SERVER_ERROR, "the run cannot be written as JSON"),
        },
        _ => return failed(site, StatusCode::INTERNAL_SERVER_ERROR, "the answer cannot be read"),
    };
    answered(StatusCode::OK, JSON, site.masked(&text))
}

/// Reads a question; `None` where there is no such one.
fn asked(question: &str, params: &Params, now: Timestamp) -> Result<Option<Query>, Unreadable> {
    let job = || params.read::<JobName>("job", "the name of a job");
    let most = |usual: u32| {
        let read = |text: &str| text.parse().ok().filter(|most| (1..=MOST).contains(most));
        Ok(params.read_by("limit", &format!("a number from 1 to {MOST}"), read)?.unwrap_or(usual))
    };
    Ok(Some(match question.split_once('/') {
        None => match question {
            "list" => Query::List,
            "next" => Query::Next { job: job()?, most: most(10)? as usize },
            "history" => Query::History {
                job: job()?,
                problems: params.says("problems"),
                since: params
                    .read_by("since", "a time such as 7d, 12h or 2027-02-01T00:00:00Z", |text| since(text, now))?,
                most: most(USUAL)?,
            },
            "mail" => Query::Mail,
            _ => return Ok(None),
        },
        Some(("show", run)) => Query::Show { run: run.to_owned(), problems: params.says("problems") },
        Some(("why", job)) => match job.parse() {
            Ok(job) => Query::Why { job, most: most(USUAL)? },
            Err(_) => return Ok(None),
        },
        Some(_) => return Ok(None),
    }))
}

/// Reads a time, or how long ago it was.
fn since(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(at) = Timestamp::from_rfc3339(text) {
        return Some(at);
    }
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        "w" => 7 * 24 * 60 * 60,
        _ => return None,
    };
    Some(now.minus(Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(seconds)?)))
}

/// The parts of a run's answer.
enum Part {
    Head(String),
    Items { is_first: bool },
    Over,
}

/// Answers a run: its items follow as they are read, however many they are. An answer that breaks off is no JSON.
fn items(site: &Site, head: String, events: Receiver<Event>) -> Answer {
    let own = site.own();
    let pieces = unfold((Part::Head(head), events), move |(part, mut events)| {
        let own = own.clone();
        async move {
            let (text, next) = match part {
                Part::Head(head) => (format!("{head}\n"), Part::Items { is_first: true }),
                Part::Items { is_first } => match events.recv().await? {
                    Event::Reply(QueryReply::Items(items)) => {
                        (lines(&items, is_first), Part::Items { is_first: is_first && items.is_empty() })
                    }
                    Event::Over => (format!("{RUN_END}\n"), Part::Over),
                    _ => return None,
                },
                Part::Over => return None,
            };
            let bytes = Bytes::from(own.masked(&text));
            Some((Ok::<_, Infallible>(Frame::data(bytes)), (next, events)))
        }
    });
    stream(JSON, pieces)
}

fn lines(items: &[control::ItemTold], is_first: bool) -> String {
    let mut lines = String::new();
    for (at, item) in items.iter().enumerate() {
        lines.push_str(if is_first && at == 0 { "" } else { "," });
        // Texts, numbers and lists of them: this cannot fail.
        lines.push_str(&serde_json::to_string(&ItemLine::of(item)).unwrap_or_default());
        lines.push('\n');
    }
    lines
}

fn refused(site: &Site, refusal: &Refusal) -> Answer {
    let status = match refusal.why {
        Why::Usage => StatusCode::NOT_FOUND,
        Why::Failed | Why::Configuration | Why::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
    };
    failed(site, status, &refusal.words)
}

fn failed(site: &Site, status: StatusCode, words: &str) -> Answer {
    answered(status, JSON, site.masked(&json(&serde_json::json!({ "error": words }))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_from_its_address() {
        let now = Timestamp::from_seconds(1_700_000_000);
        let ask = |question: &str, params: &str| asked(question, &Params::of(params), now);
        assert_eq!(ask("list", ""), Ok(Some(Query::List)));
        let most = |n| Query::Next { job: None, most: n };
        assert_eq!((ask("next", ""), ask("next", "limit=3")), (Ok(Some(most(10))), Ok(Some(most(3)))));
        let history = Query::History {
            job: Some("a".parse().unwrap()),
            problems: true,
            since: Some(now.minus(Duration::from_hours(48))),
            most: USUAL,
        };
        assert_eq!(ask("history", "job=a&problems&since=2d"), Ok(Some(history)));
        assert_eq!(ask("show/abcd", ""), Ok(Some(Query::Show { run: "abcd".to_owned(), problems: false })));
        for nothing in ["", "lists", "show", "why/a b", "list/x"] {
            assert_eq!(ask(nothing, ""), Ok(None), "{nothing}");
        }
        for (question, params) in
            [("next", "limit=0"), ("history", "limit=1001"), ("history", "since=x"), ("next", "job=%20x%2F")]
        {
            assert!(ask(question, params).is_err(), "{question}?{params}");
        }
    }
}

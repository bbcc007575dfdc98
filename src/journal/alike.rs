//! Tells how the results of items that ended alike are made. SQLite keeps that once, with their run, where none of a part of the items
//! has a result already: each of them keeps what its plan foretold then, and has no row in `results`. Others have one, as all have that
//! end in PostgreSQL; but a copy in there has items of the first kind.

use serde::{Deserialize, Serialize};

use super::ItemView;
use super::state_code::{from_code, to_code};
use crate::model::{CONTENT_DIGITS, CommonEnd, State};

/// The state of the items that ended alike, and the texts of their results: before the identity, between it and the revision, and
/// behind that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Alike(i64, String, String, String);

impl Alike {
    pub(super) fn of(end: &CommonEnd) -> Self {
        let [head, between, tail] = end.result.map(str::to_owned);
        Self(to_code(State::Done(end.status)), head, between, tail)
    }

    /// Returns what is kept with the run.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what is kept with a run; `None` where it makes no sense.
    pub(super) fn parse(kept: &str) -> Option<Self> {
        let alike: Self = serde_json::from_str(kept).ok()?;
        matches!(from_code(alike.0), Some(State::Done(_))).then_some(alike)
    }

    /// Returns the result of an item that ended alike; `None` for any other.
    fn result(&self, item: &ItemView) -> Option<String> {
        let Self(state, head, between, tail) = self;
        let (Some(identity), Some(foretold)) = (&item.identity, &item.before) else { return None };
        let (content, revision) = foretold.split_at_checked(CONTENT_DIGITS)?;
        let is_foretold = content.bytes().all(|byte| byte.is_ascii_hexdigit()) && revision.parse::<u32>().is_ok();
        let is_alike = to_code(item.state) == *state && item.attempts == 0 && is_foretold;
        is_alike.then(|| format!("{head}{identity}{between}{revision}{tail}"))
    }
}

/// Gives an item that ended alike its result, as `kept` with its run says. What was foretold has come to pass then, and is not told.
pub(super) fn with_result(mut item: ItemView, kept: Option<&str>) -> ItemView {
    if item.result.is_none()
        && item.before.is_some()
        && let Some(alike) = kept.and_then(Alike::parse)
        && let Some(result) = alike.result(&item)
    {
        item.result = Some(result);
        item.before = None;
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, Foretold, ItemNo, JobPayload, Status};

    const END: CommonEnd = CommonEnd { status: Status::Exported, result: ["{\"m\":\"", "\",\"r\":", "}"], facts: None };

    fn item() -> ItemView {
        ItemView {
            item: ItemNo(1),
            identity: Some("m-1 ä".to_owned()),
            label: "Biology".to_owned(),
            line: None,
            state: State::Done(Status::Exported),
            code: None,
            error: None,
            attempts: 0,
            result: None,
            sealed: None,
            source: None,
            before: Foretold::of("m-1 ä", Digest::of(b"Biology"), u32::MAX).map(|what| what.to_string()),
            payload: JobPayload::kept(String::new()),
        }
    }

    #[test]
    fn what_ended_alike_has_the_result_that_its_run_tells() {
        let kept = Alike::of(&END).text();
        assert_eq!(kept, r#"[16,"{\"m\":\"","\",\"r\":","}"]"#, "it stands in journals");
        let told = with_result(item(), Some(&kept));
        assert_eq!((told.result.as_deref(), told.before), (Some("{\"m\":\"m-1 ä\",\"r\":4294967295}"), None));
    }

    #[test]
    fn other_items_are_told_as_they_are() {
        let kept = Alike::of(&END).text();
        let others = [
            ItemView { state: State::Done(Status::NotRun), ..item() },
            ItemView { state: State::Pending, ..item() },
            ItemView { attempts: 1, ..item() },
            ItemView { identity: None, ..item() },
            ItemView { before: None, ..item() },
            ItemView { before: Some("a list".to_owned()), ..item() },
            ItemView { before: Some("é".repeat(40)), ..item() },
            ItemView { before: Some(format!("{:x<32}1", "")), ..item() },
            ItemView { before: Some(format!("{:0<32}", "")), ..item() },
            ItemView { result: Some("{}".to_owned()), ..item() },
        ];
        for other in others {
            assert_eq!(with_result(other.clone(), Some(&kept)), other);
        }
        for kept in
            [None, Some(""), Some("{}"), Some("[16,\"\"]"), Some("[1,\"\",\"\",\"\"]"), Some("[99,\"\",\"\",\"\"]")]
        {
            assert_eq!(with_result(item(), kept), item(), "{kept:?}");
        }
    }
}

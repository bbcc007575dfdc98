//! Reads the script as it stands in the file; unknown keys are refused.

use std::fmt;
use std::time::Duration;

use hyper::StatusCode;
use serde::de::{SeqAccess, Visitor, value};
use serde::{Deserialize, Deserializer};

use super::rule::{Pattern, Rule, When};
use super::{FaultKind, Habits, How, IdPlace, Ids, Lists, Maintenance, PatchForm, RetryAfter};

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The seed of the probabilities.
    pub seed: Option<u64>,
    /// True when the ends of texts that come in are stripped.
    #[serde(default)]
    trim: bool,
    /// True when texts are told with entities.
    #[serde(default)]
    escape: bool,
    /// True when numbers in texts are told as numbers.
    #[serde(default)]
    numeric: bool,
    /// Minutes by which meetings begin later than was asked.
    #[serde(default)]
    later_by: u32,
    /// The number of characters of a meeting's title that are kept.
    cut_titles: Option<usize>,
    /// Minutes of which a meeting takes a multiple.
    #[serde(default)]
    lengths_of: u32,
    /// The place of the id in the reply to Schedule Meeting.
    #[serde(default)]
    id_place: IdPlace,
    /// The meetings that are found by their ids.
    #[serde(default)]
    ids: Ids,
    /// The treatment of a form that comes with a PATCH.
    #[serde(default)]
    patch_form: PatchForm,
    /// The meetings that a list without a search tells.
    #[serde(default)]
    lists: Lists,
    /// The number of files of a form that are kept.
    max_files: Option<usize>,
    /// A time in which the server is closed.
    pub maintenance: Option<RawMaintenance>,
    /// The rules.
    #[serde(default)]
    pub fault: Vec<RawRule>,
}

/// A time of maintenance.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawMaintenance {
    #[serde(default)]
    after: u64,
    answer: Option<FaultKind>,
    for_ms: Option<u64>,
}

impl Script {
    /// Returns the server's treatment of everything.
    pub fn habits(&self) -> Habits {
        Habits {
            trim: self.trim,
            escape: self.escape,
            numeric: self.numeric,
            later_by: self.later_by,
            cut_titles: self.cut_titles,
            lengths_of: self.lengths_of,
            id_place: self.id_place,
            ids: self.ids,
            patch_form: self.patch_form,
            lists: self.lists,
            max_files: self.max_files,
        }
    }
}

impl RawMaintenance {
    /// Returns the maintenance that it stands for, or what is wrong with it.
    pub fn check(self) -> Result<Maintenance, String> {
        let kind = self.answer.unwrap_or(FaultKind::Unavailable503);
        if !matches!(kind, FaultKind::Unavailable503 | FaultKind::Redirect302) {
            return Err("maintenance: answer must be unavailable_503 or redirect_302".to_owned());
        }
        Ok(Maintenance { after: self.after, kind, lasts: self.for_ms.map(Duration::from_millis), began: None })
    }
}

/// A rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRule {
    #[serde(rename = "match")]
    pattern: Option<Pattern>,
    #[serde(default, deserialize_with = "one_or_several")]
    kind: Vec<FaultKind>,
    every: Option<u64>,
    probability: Option<f64>,
    first: Option<u64>,
    times: Option<u64>,
    for_ms: Option<u64>,
    retry_after: Option<u32>,
    retry_after_form: Option<RetryAfterForm>,
    code: Option<u16>,
    status: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RetryAfterForm {
    Seconds,
    Date,
}

impl RawRule {
    /// Returns the rule that it stands for, or what is wrong with it.
    pub fn check(self) -> Result<Rule, String> {
        if self.kind.is_empty() {
            return Err("kind is missing: name one, or a list of them".to_owned());
        }
        self.check_for_ms()?;
        let when = self.when()?;
        let how = How {
            lasts: Duration::from_millis(self.for_ms.unwrap_or(0)),
            retry_after: self.retry_after()?,
            code: self.code()?,
            status: self.status()?,
        };
        let pattern = self.pattern.unwrap_or(Pattern::ANY);
        Ok(Rule { pattern, kinds: self.kind, when, times: self.times, how, seen: 0, struck: 0 })
    }

    fn has(&self, is: impl Fn(FaultKind) -> bool) -> bool {
        self.kind.iter().copied().any(is)
    }

    fn check_for_ms(&self) -> Result<(), String> {
        let refuses = self.has(|kind| kind == FaultKind::Refused);
        match self.for_ms.filter(|&for_ms| for_ms > 0) {
            Some(_) if refuses || self.has(FaultKind::stalls) => Ok(()),
            Some(_) => Err("for_ms belongs to stall_before, stall_after, stall_late and refused".to_owned()),
            None if self.has(FaultKind::stalls) => Err("for_ms is missing: a stall must say how long it takes".to_owned()),
            None if refuses && self.kind.len() > 1 => {
                Err("refused without for_ms stands alone: it is about connections, the other kinds are about requests".to_owned())
            }
            None if refuses && self.pattern.is_some() => {
                Err("a refused connection is closed before anything is read, so it cannot be matched by its request: leave out \
                     match, or give for_ms to stop listening after a request that matches"
                    .to_owned())
            }
            None => Ok(()),
        }
    }

    fn when(&self) -> Result<When, String> {
        match (self.every, self.probability, self.first) {
            (None, None, None) => Ok(When::Always),
            (Some(0), None, None) => Err("every must be at least 1".to_owned()),
            (Some(every), None, None) => Ok(When::Every(every)),
            (None, Some(probability), None) if (0.0..=1.0).contains(&probability) => Ok(When::Probability(probability)),
            (None, Some(probability), None) => Err(format!("probability must lie between 0 and 1, not {probability}")),
            (None, None, Some(first)) => Ok(When::First(first)),
            _ => Err("only one of every, probability and first can be given".to_owned()),
        }
    }

    fn retry_after(&self) -> Result<Option<RetryAfter>, String> {
        if !self.has(FaultKind::may_retry_after) && (self.retry_after.is_some() || self.retry_after_form.is_some()) {
            return Err("retry_after belongs to busy_429, busy_429_after and unavailable_503".to_owned());
        }
        match (self.retry_after, self.retry_after_form) {
            (Some(seconds), Some(RetryAfterForm::Date)) => Ok(Some(RetryAfter::Date(seconds))),
            (Some(seconds), _) => Ok(Some(RetryAfter::Seconds(seconds))),
            (None, Some(_)) => Err("retry_after_form needs retry_after, in seconds".to_owned()),
            (None, None) => Ok(None),
        }
    }

    fn code(&self) -> Result<u16, String> {
        let answers_code = self.has(|kind| kind == FaultKind::ErrorCode);
        match self.code {
            Some(code) if answers_code => Ok(code),
            None if answers_code => Err("code is missing: the code that error_code answers with".to_owned()),
            None if self.status.is_none() => Ok(0),
            _ => Err("code and status belong to error_code".to_owned()),
        }
    }

    fn status(&self) -> Result<StatusCode, String> {
        let Some(status) = self.status else { return Ok(StatusCode::NOT_ACCEPTABLE) };
        StatusCode::from_u16(status).map_err(|_| format!("status must be an HTTP status, not {status}"))
    }
}

/// Reads `kind = "x"` or `kind = ["x", "y"]`. A visitor rather than an untagged enum, which would swallow what is wrong.
fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<FaultKind>, D::Error> {
    struct OneOrSeveral;

    impl<'de> Visitor<'de> for OneOrSeveral {
        type Value = Vec<FaultKind>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a kind of fault, or a list of them")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
            FaultKind::deserialize(value::StrDeserializer::new(text)).map(|kind| vec![kind])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut kinds = Vec::new();
            while let Some(kind) = list.next_element()? {
                kinds.push(kind);
            }
            Ok(kinds)
        }
    }

    deserializer.deserialize_any(OneOrSeveral)
}

//! Names the keys that every job takes, in their raw form, and the words that some of them may be.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use super::MailOn;
use super::one_or_many::OneOrMany;
use crate::model::JobKind;

/// A job's table: the keys that all jobs take and those of its kind, side by side. (serde's `flatten` would let unknown
/// keys pass and lose where a mistake stands.)
#[derive(Debug, Default, Deserialize)]
pub(super) struct RawJob<K>(pub(super) RawJobKeys, pub(super) K);

/// The keys that every job takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RawJobKeys {
    /// The times at which it runs: five fields (six: with seconds), @daily and the like; one or a list of them.
    pub(super) schedule: Option<OneOrMany>,
    /// The time zone of the schedule, and of times in its files; by default the file's.
    pub(super) timezone: Option<String>,
    /// Video conferences (vc) or webinars (wb); by default that of [api].
    #[schemars(extend("enum" = ["vc", "wb"]))]
    pub(super) app_type: Option<String>,
    /// False keeps it from running by itself.
    #[schemars(extend("default" = true))]
    pub(super) enabled: Option<bool>,
    /// The due times that are made up for after roomkeeper was down.
    pub(super) catch_up: Option<CatchUp>,
    /// The treatment of a due time at which the job is still running.
    #[schemars(extend("default" = "skip"))]
    pub(super) overlap: Option<Overlap>,
    /// By how much at most a run is put off, so that many jobs do not begin at once.
    #[schemars(extend("default" = "0s"))]
    pub(super) jitter: Option<String>,
    /// The longest time that a run may take.
    #[schemars(extend("default" = "6h"))]
    pub(super) timeout: Option<String>,
    /// Refuse to begin a run that would change more.
    #[schemars(extend("minimum" = 1))]
    pub(super) max_items: Option<i64>,
    /// The number of requests in a row without a clear answer that stops a run.
    #[schemars(extend("default" = 20, "minimum" = 1))]
    pub(super) abort_after: Option<i64>,
    /// Replaces keys of [mail] for this job.
    pub(super) mail: Option<RawJobMail>,
    /// Told when a run begins, succeeds and fails, by the convention of Healthchecks.
    pub(super) ping_url: Option<String>,
    /// The machines that run it, as `[state] node` names them there; by default every machine.
    pub(super) nodes: Option<OneOrMany>,
    /// The name that this job had before, so that it keeps its history.
    pub(super) was: Option<String>,
}

/// The keys of `[mail]` that a job may replace.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "JobMail")]
pub(super) struct RawJobMail {
    /// The addresses that get the mails.
    pub(super) to: Option<OneOrMany>,
    /// After which runs a mail is sent.
    pub(super) on: Option<MailOn>,
}

impl<K: JsonSchema> JsonSchema for RawJob<K> {
    fn schema_name() -> Cow<'static, str> {
        K::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = K::json_schema(generator);
        let shared = RawJobKeys::json_schema(generator);
        let shared = shared.get("properties").and_then(|keys| keys.as_object()).cloned().unwrap_or_default();
        if let Some(keys) = schema.get_mut("properties").and_then(|keys| keys.as_object_mut()) {
            keys.extend(shared);
        }
        schema
    }
}

/// The due times that are made up for when roomkeeper was down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// The latest missed run, once.
    Latest,
    /// Nothing.
    None,
}

impl CatchUp {
    /// Returns the value that holds if the file names none: a missed PIN reset is not made up for, since at noon it would lock a
    /// lecture out.
    #[must_use]
    pub fn default_of(kind: JobKind) -> Self {
        if kind == JobKind::ROTATE_PINS { Self::None } else { Self::Latest }
    }
}

/// The treatment of a due time at which the job's last run is still going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// It is skipped.
    Skip,
    /// It runs after that one; one waits at most.
    Queue,
}

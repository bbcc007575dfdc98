//! What every job takes, whatever its kind, and how that shares one table with what its kind takes.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use super::OneOrMany;
use crate::config::{CatchUp, MailOn, Overlap};

/// A job's table: the keys that all jobs take and those of its kind, side by side. (serde's `flatten` would let unknown
/// keys pass and lose where a mistake stands.)
#[derive(Debug, Default, Deserialize)]
pub(in crate::config) struct RawJob<K>(pub(in crate::config) RawJobKeys, pub(in crate::config) K);

/// The keys that every job takes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::config) struct RawJobKeys {
    /// When it runs: five fields (six: with seconds), @daily and the like; one or a list of them.
    pub(in crate::config) schedule: Option<OneOrMany>,
    /// The time zone of the schedule, and of times in its files; by default the file's.
    pub(in crate::config) timezone: Option<String>,
    /// Video conferences (vc) or webinars (wb); by default that of [api].
    #[schemars(extend("enum" = ["vc", "wb"]))]
    pub(in crate::config) app_type: Option<String>,
    /// Whether it runs at all by itself.
    #[schemars(extend("default" = true))]
    pub(in crate::config) enabled: Option<bool>,
    /// What is made up for after roomkeeper was down at a due time.
    pub(in crate::config) catch_up: Option<CatchUp>,
    /// What becomes of a due time at which the job is still running.
    #[schemars(extend("default" = "skip"))]
    pub(in crate::config) overlap: Option<Overlap>,
    /// By how much at most a run is put off, so that many jobs do not begin at once.
    #[schemars(extend("default" = "0s"))]
    pub(in crate::config) jitter: Option<String>,
    /// How long a run may take.
    #[schemars(extend("default" = "6h"))]
    pub(in crate::config) timeout: Option<String>,
    /// Refuse to begin a run that would change more.
    #[schemars(extend("minimum" = 1))]
    pub(in crate::config) max_items: Option<i64>,
    /// How many requests in a row without a clear answer stop a run.
    #[schemars(extend("default" = 20, "minimum" = 1))]
    pub(in crate::config) abort_after: Option<i64>,
    /// Replaces keys of [mail] for this job.
    pub(in crate::config) mail: Option<RawJobMail>,
    /// Told when a run begins, succeeds and fails, by the convention of Healthchecks.
    pub(in crate::config) ping_url: Option<String>,
    /// The name that this job had before, so that it keeps its history.
    pub(in crate::config) was: Option<String>,
}

/// What a job may replace of `[mail]`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "JobMail")]
pub(in crate::config) struct RawJobMail {
    /// Who gets the mails.
    pub(in crate::config) to: Option<OneOrMany>,
    /// After which runs a mail is sent.
    pub(in crate::config) on: Option<MailOn>,
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

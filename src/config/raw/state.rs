//! The table `[state]` as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

/// Where roomkeeper keeps its own files.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "State")]
pub(in crate::config) struct RawState {
    /// The folder; by default systemd's state directory, else `state` beside the configuration file.
    pub(in crate::config) directory: Option<String>,
    /// How long the history is kept.
    #[schemars(extend("default" = "400d"))]
    pub(in crate::config) keep: Option<String>,
}

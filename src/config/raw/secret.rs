//! Where a secret is kept, as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

/// Where a secret is kept: exactly one of the three.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Secret")]
pub(in crate::config) struct RawSecret {
    /// The name of an environment variable.
    pub(in crate::config) env: Option<String>,
    /// A file that nobody but its owner and group can read.
    pub(in crate::config) file: Option<String>,
    /// The name of a systemd credential.
    pub(in crate::config) credential: Option<String>,
}

//! The table `[api]` as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::RawSecret;

/// The meeting API.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Api")]
pub(in crate::config) struct RawApi {
    /// Where it answers. Plain http only to this machine itself.
    #[schemars(extend("default" = "https://api.enablex.io/ucaas/v1"))]
    pub(in crate::config) base_url: Option<String>,
    /// The App ID.
    pub(in crate::config) app_id: Option<String>,
    /// Where the App Key is kept.
    pub(in crate::config) app_key: Option<RawSecret>,
    /// Video conferences (vc) or webinars (wb).
    #[schemars(extend("default" = "vc", "enum" = ["vc", "wb"]))]
    pub(in crate::config) app_type: Option<String>,
    /// How long one request may take.
    #[schemars(extend("default" = "30s"))]
    pub(in crate::config) timeout: Option<String>,
    /// Requests at once, all jobs together.
    #[schemars(extend("default" = 8, "minimum" = 1, "maximum" = 256))]
    pub(in crate::config) max_in_flight: Option<i64>,
    /// Requests a second or a minute, all jobs together: "10/s", "600/min" or "none".
    #[schemars(extend("default" = "10/s"))]
    pub(in crate::config) rate_limit: Option<String>,
    /// How often one request is tried in all.
    #[schemars(extend("default" = 5, "minimum" = 1, "maximum" = 20))]
    pub(in crate::config) max_attempts: Option<i64>,
    /// A file (PEM) with the certificate of a private authority, trusted besides those of the system.
    pub(in crate::config) tls_ca: Option<String>,
    /// The proxy that requests go through.
    pub(in crate::config) proxy: Option<String>,
}

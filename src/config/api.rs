//! Reads and checks the table `[api]`: its raw form, its checked form, and its checks.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use schemars::JsonSchema;
use serde::Deserialize;

use super::SecretSource;
use super::check::Check;
use super::readable_file::readable_file;
use super::secret::{self, RawSecret};
use super::surroundings::Surroundings;
use super::value::{app_type, base_url, duration, not_blank, positive, proxy, rate};
use crate::model::AppType;

/// The meeting API.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Api")]
pub(super) struct RawApi {
    /// The address at which it answers. Plain http only to this machine itself.
    #[schemars(extend("default" = "https://api.enablex.io/ucaas/v1"))]
    pub(super) base_url: Option<String>,
    /// The App ID.
    pub(super) app_id: Option<String>,
    /// The place of the App Key.
    pub(super) app_key: Option<RawSecret>,
    /// Video conferences (vc) or webinars (wb).
    #[schemars(extend("default" = "vc", "enum" = ["vc", "wb"]))]
    pub(super) app_type: Option<String>,
    /// The longest time that one request may take.
    #[schemars(extend("default" = "30s"))]
    pub(super) timeout: Option<String>,
    /// Requests at once, all jobs together.
    #[schemars(extend("default" = 8, "minimum" = 1, "maximum" = 256))]
    pub(super) max_in_flight: Option<i64>,
    /// Requests a second or a minute, all jobs together: "10/s", "600/min" or "none".
    #[schemars(extend("default" = "10/s"))]
    pub(super) rate_limit: Option<String>,
    /// The number of times that one request is tried in all.
    #[schemars(extend("default" = 5, "minimum" = 1, "maximum" = 20))]
    pub(super) max_attempts: Option<i64>,
    /// A file (PEM) with the certificate of a private authority, trusted besides those of the system.
    pub(super) tls_ca: Option<String>,
    /// The proxy that requests go through.
    pub(super) proxy: Option<String>,
}

/// The settings by which the API is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiConfig {
    /// The address at which it answers: https, or http to this machine itself. No slash at its end, no user, no query.
    pub base_url: Url,
    /// The App ID, the user of HTTP Basic.
    pub app_id: String,
    /// The App Key, its password.
    pub app_key: SecretSource,
    /// The app type of a job that does not name one itself.
    pub app_type: AppType,
    /// The time that one request may take.
    pub timeout: Duration,
    /// Requests at once, all jobs together.
    pub max_in_flight: NonZeroU32,
    /// All jobs together; `None`: no limit.
    pub rate_limit: Option<RateLimit>,
    /// The number of times one request is tried in all.
    pub max_attempts: NonZeroU32,
    /// A PEM file, trusted besides the system's roots.
    pub tls_ca: Option<PathBuf>,
    /// The proxy, http or https.
    pub proxy: Option<Url>,
}

/// So many requests in a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// The number of requests.
    pub requests: NonZeroU32,
    /// In which time: a second or a minute.
    pub per: Duration,
}

const BASE_URL: &str = "https://api.enablex.io/ucaas/v1";
const MAX_IN_FLIGHT: NonZeroU32 = NonZeroU32::new(8).unwrap();
const MAX_ATTEMPTS: NonZeroU32 = NonZeroU32::new(5).unwrap();
const RATE_LIMIT: RateLimit = RateLimit { requests: NonZeroU32::new(10).unwrap(), per: Duration::from_secs(1) };

/// Checks the table. `None` where a key without a default is missing or wrong.
pub(super) fn validate(check: &mut Check<'_>, raw: Option<RawApi>, around: &Surroundings<'_>) -> Option<ApiConfig> {
    let mut table = check.table("api");
    let raw = raw.unwrap_or_default();
    table.require("app_id", "Write the App ID that EnableX shows in its portal: app_id = \"…\".");
    table.require(
        "app_key",
        "Say where the App Key is kept: app_key = { credential = \"app_key\" }, { file = \"…\" } or { env = \"…\" }.",
    );
    let base_url = table.read("base_url", raw.base_url.as_deref().or(Some(BASE_URL)), base_url);
    let app_id = table.read("app_id", raw.app_id.as_deref(), not_blank);
    let app_key = secret::validate(&mut table, "app_key", raw.app_key, around);
    let app_type = table.read("app_type", raw.app_type.as_deref(), app_type).unwrap_or_default();
    let timeout = duration(Duration::from_millis(100)..=Duration::from_mins(10));
    let timeout = table.read("timeout", raw.timeout.as_deref(), timeout).unwrap_or(Duration::from_secs(30));
    let max_in_flight = table.read("max_in_flight", raw.max_in_flight, positive(256)).unwrap_or(MAX_IN_FLIGHT);
    let max_attempts = table.read("max_attempts", raw.max_attempts, positive(20)).unwrap_or(MAX_ATTEMPTS);
    let rate_limit = table.read("rate_limit", raw.rate_limit.as_deref(), rate).unwrap_or(Some(RATE_LIMIT));
    let tls_ca = readable_file(&mut table, "tls_ca", raw.tls_ca.as_deref(), around);
    let proxy: Option<Url> = table.read("proxy", raw.proxy.as_deref(), proxy);
    Some(ApiConfig {
        base_url: base_url?,
        app_id: app_id?,
        app_key: app_key?,
        app_type,
        timeout,
        max_in_flight,
        rate_limit,
        max_attempts,
        tls_ca,
        proxy,
    })
}

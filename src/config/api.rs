//! `[api]`, checked.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use super::SecretSource;
use crate::model::AppType;

/// How the API is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiConfig {
    /// Where it answers: https, or http to this machine itself. No slash at its end, no user, no query.
    pub base_url: Url,
    /// The App ID, the user of HTTP Basic.
    pub app_id: String,
    /// The App Key, its password.
    pub app_key: SecretSource,
    /// What a job is for that does not say so itself.
    pub app_type: AppType,
    /// How long one request may take.
    pub timeout: Duration,
    /// Requests at once, all jobs together.
    pub max_in_flight: NonZeroU32,
    /// All jobs together; `None`: no limit.
    pub rate_limit: Option<RateLimit>,
    /// How often one request is tried in all.
    pub max_attempts: NonZeroU32,
    /// A PEM file, trusted besides the system's roots.
    pub tls_ca: Option<PathBuf>,
    /// The proxy, http or https.
    pub proxy: Option<Url>,
}

/// So many requests in a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many.
    pub requests: NonZeroU32,
    /// In which time: a second or a minute.
    pub per: Duration,
}

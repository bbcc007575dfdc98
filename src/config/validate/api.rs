//! Checks `[api]`.

use std::num::NonZeroU32;
use std::time::Duration;

use reqwest::Url;

use super::Surroundings;
use super::check::Check;
use super::secret;
use super::state::readable_file;
use crate::config::raw::RawApi;
use crate::config::value::{app_type, base_url, duration, not_blank, positive, proxy, rate};
use crate::config::{ApiConfig, RateLimit};

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

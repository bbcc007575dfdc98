//! Counts requests by route and by what came of them, for the figures. The counts belong to the process, and a client with other
//! settings goes on with them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Method, StatusCode, Url};

use crate::model::{API_SECONDS, ApiClass, ApiRoute, ApiTally, RouteTally};

/// The bounds of [`API_SECONDS`] in milliseconds.
const MILLIS: [u128; API_SECONDS.len()] = [50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000];

/// Counts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    routes: [Counted; ApiRoute::ALL.len()],
    waiting: AtomicU64,
}

#[derive(Debug, Default)]
struct Counted {
    classes: [AtomicU64; ApiClass::ALL.len()],
    took: [AtomicU64; API_SECONDS.len() + 1],
    took_millis: AtomicU64,
}

/// A request that waits, until it is dropped.
pub(super) struct Waiting<'a>(&'a Tally);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Tally {
    /// Counts a request as waiting.
    pub(super) fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting(self)
    }

    /// Counts what came of a request.
    pub(super) fn count(&self, route: ApiRoute, status: Option<StatusCode>, took: Duration) {
        let millis = took.as_millis();
        let part = MILLIS.iter().position(|most| millis <= *most).unwrap_or(MILLIS.len());
        let class = class_of(status);
        let counted = &self.routes[route as usize];
        counted.classes[class as usize].fetch_add(1, Ordering::Relaxed);
        counted.took[part].fetch_add(1, Ordering::Relaxed);
        counted.took_millis.fetch_add(u64::try_from(millis).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Returns the counts of this moment.
    pub(super) fn now(&self) -> ApiTally {
        let load = |n: &AtomicU64| n.load(Ordering::Relaxed);
        let route = |counted: &Counted| RouteTally {
            classes: counted.classes.each_ref().map(load),
            took: counted.took.each_ref().map(load),
            took_millis: load(&counted.took_millis),
        };
        ApiTally { routes: self.routes.each_ref().map(route), waiting: load(&self.waiting) }
    }
}

fn class_of(status: Option<StatusCode>) -> ApiClass {
    match status {
        None => ApiClass::Unanswered,
        Some(StatusCode::TOO_MANY_REQUESTS) => ApiClass::Wait,
        Some(status) if status.is_server_error() => ApiClass::Fault,
        Some(status) if status.is_success() => ApiClass::Success,
        Some(_) => ApiClass::Refused,
    }
}

/// Returns the route of an address below `base`.
pub(super) fn route_of(base: &Url, method: &Method, url: &Url) -> ApiRoute {
    let parts = |url: &Url| url.path_segments().map_or(0, |parts| parts.filter(|part| !part.is_empty()).count());
    let below = parts(base);
    let mut segments = url.path_segments().into_iter().flatten().filter(|part| !part.is_empty()).skip(below);
    match std::array::from_fn(|_| segments.next()) {
        [Some("meetings"), None, None, None] if *method == Method::GET => ApiRoute::List,
        [Some("meetings" | "meeting"), Some("permanent"), ..] => ApiRoute::Room,
        [Some("meetings"), Some(_), Some("lobby"), None] => ApiRoute::Lobby,
        [Some("meetings"), _, None, None] => ApiRoute::Meeting,
        [Some("timezones"), None, None, None] => ApiRoute::Timezones,
        _ => ApiRoute::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_has_its_route() {
        let base: Url = "https://api.example.org/ucaas/v1".parse().unwrap();
        for (method, path, route) in [
            (Method::GET, "meetings?page=1", ApiRoute::List),
            (Method::POST, "meetings", ApiRoute::Meeting),
            (Method::DELETE, "meetings/m1", ApiRoute::Meeting),
            (Method::GET, "meetings/m1/lobby", ApiRoute::Lobby),
            (Method::GET, "meetings/permanent", ApiRoute::Room),
            (Method::GET, "meeting/permanent/u1", ApiRoute::Room),
            (Method::PATCH, "meetings/permanent/r1", ApiRoute::Room),
            (Method::GET, "timezones", ApiRoute::Timezones),
            (Method::GET, "users", ApiRoute::Other),
        ] {
            let url = format!("{base}/{path}").parse().unwrap();
            assert_eq!(route_of(&base, &method, &url), route, "{path}");
        }
    }

    #[test]
    fn what_is_counted_is_told_in_its_place() {
        let tally = Tally::default();
        for (at, route) in ApiRoute::ALL.into_iter().enumerate() {
            assert_eq!(route as usize, at);
        }
        for (at, class) in ApiClass::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, at);
        }
        let waiting = tally.wait();
        tally.count(ApiRoute::Lobby, Some(StatusCode::TOO_MANY_REQUESTS), Duration::from_millis(100));
        tally.count(ApiRoute::Lobby, None, Duration::from_secs(31));
        let now = tally.now();
        assert_eq!(now.waiting, 1);
        let lobby = now.routes[ApiRoute::Lobby as usize];
        assert_eq!((lobby.classes, lobby.took_millis), ([0, 1, 0, 0, 1], 31_100));
        assert_eq!((lobby.took[1], lobby.took[API_SECONDS.len()]), (1, 1));
        drop(waiting);
        assert_eq!(tally.now().waiting, 0);
    }
}

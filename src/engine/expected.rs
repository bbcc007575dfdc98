//! Says how many requests a run will send, before it sends them: as far as its rows, the configuration and the journal tell. The
//! limit on requests is what users wait for, so this is also how long the run takes.

use serde::{Deserialize, Serialize};

use crate::api::Rate;

/// The requests of a run, from its beginning to its end, where none is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The least number of them.
    pub least: u64,
    /// The greatest number of them; `None` while that depends on how many meetings the server has.
    pub most: Option<u64>,
    /// The requests that come on top for each item, while the items are still to be found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Each>,
    /// The limit on requests; `None` where there is none.
    pub limit: Option<RequestLimit>,
}

/// The requests that an item takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Each {
    /// The greatest number of them.
    pub most: u32,
    /// The noun for an item, with what singles it out.
    pub item: String,
}

/// The number of requests that may begin in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLimit {
    /// The number.
    pub requests: u32,
    /// The time, in seconds.
    pub seconds: u64,
}

impl Expected {
    /// Returns so many requests at that rate.
    #[must_use]
    pub fn new(least: u64, most: Option<u64>, rate: Option<Rate>) -> Self {
        let limit =
            rate.map(|Rate { count, per }| RequestLimit { requests: count.get(), seconds: per.as_secs().max(1) });
        Self { least, most: most.map(|most| most.max(least)), each: None, limit }
    }

    /// Returns the same, and up to so many for each item on top.
    #[must_use]
    pub fn and_each(self, most: u32, item: &str) -> Self {
        Self { each: Some(Each { most, item: item.to_owned() }), ..self }
    }

    /// Returns the seconds that the least and the greatest number of requests take at the limit; `None` where there is no limit,
    /// or no greatest number.
    #[must_use]
    pub fn seconds(&self) -> [Option<u64>; 2] {
        [Some(self.least), self.most].map(|requests| Some(self.limit?.time_of(requests?)))
    }

    /// Returns all of this in words: "about 305 requests, which takes about 31 seconds at 10 a second".
    #[must_use]
    pub fn in_words(&self) -> String {
        let (requests, how) = match self.most {
            Some(most) if is_near(self.least, most) => (counted(most), "about "),
            Some(most) => (format!("between {} and {}", self.least, counted(most)), ""),
            None => (counted(self.least), "at least "),
        };
        let time = match (self.seconds(), self.limit) {
            ([Some(least), most], Some(limit)) if self.least > 0 || self.most > Some(0) => {
                let time = match most {
                    Some(most) if is_near(self.least, self.most.unwrap_or(most)) => format!("about {}", told(most)),
                    Some(most) if self.least == 0 => format!("at most {}", told(most)),
                    Some(most) => format!("{} to {}", told(least), told(most)),
                    None => format!("at least {}", told(least)),
                };
                format!(", which takes {time} at {limit}")
            }
            _ => String::new(),
        };
        let more = if self.most.is_none() { "; one more for each hundred meetings that the server lists" } else { "" };
        match &self.each {
            Some(Each { most, item }) if self.least == 0 => {
                format!("up to {} for each {item}", counted(u64::from(*most)))
            }
            Some(Each { most, item }) => format!("{how}{requests}{time}{more}, and then up to {most} for each {item}"),
            None => format!("{how}{requests}{time}{more}"),
        }
    }
}

impl RequestLimit {
    /// Returns the seconds that so many requests take.
    fn time_of(self, requests: u64) -> u64 {
        (requests * self.seconds).div_ceil(u64::from(self.requests.max(1)))
    }
}

impl std::fmt::Display for RequestLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.seconds {
            1 => write!(f, "{} a second", self.requests),
            60 => write!(f, "{} a minute", self.requests),
            seconds => write!(f, "{} in {seconds} seconds", self.requests),
        }
    }
}

/// Tells whether two numbers of requests make no difference to a person.
fn is_near(least: u64, most: u64) -> bool {
    most - least <= 2 || most <= least + least / 20
}

fn counted(requests: u64) -> String {
    if requests == 1 { "1 request".to_owned() } else { format!("{requests} requests") }
}

/// Words seconds: exactly up to two minutes, else in minutes and hours.
fn told(seconds: u64) -> String {
    let words = |n: u64, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    match (seconds, seconds.div_ceil(60)) {
        (0..=120, _) => words(seconds, "second"),
        (_, minutes @ 0..=120) => words(minutes, "minute"),
        (_, minutes) if minutes.is_multiple_of(60) => words(minutes / 60, "hour"),
        (_, minutes) => format!("{} {}", words(minutes / 60, "hour"), words(minutes % 60, "minute")),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::*;

    fn at(count: u32, seconds: u64) -> Rate {
        Rate { count: NonZeroU32::new(count).unwrap(), per: Duration::from_secs(seconds) }
    }

    #[test]
    fn what_is_expected_is_told_with_its_bounds_and_the_time_that_it_takes() {
        for (expected, words) in [
            (
                Expected::new(303, Some(305), Some(at(10, 1))),
                "about 305 requests, which takes about 31 seconds at 10 a second",
            ),
            (
                Expected::new(305, Some(405), Some(at(10, 1))),
                "between 305 and 405 requests, which takes 31 seconds to 41 seconds at 10 a second",
            ),
            (Expected::new(1, Some(1), Some(at(10, 1))), "about 1 request, which takes about 1 second at 10 a second"),
            (
                Expected::new(302, None, Some(at(10, 1))),
                "at least 302 requests, which takes at least 31 seconds at 10 a second; one more for each hundred meetings that \
                 the server lists",
            ),
            (
                Expected::new(60, Some(60), Some(at(600, 60))).and_each(2, "meeting that is selected"),
                "about 60 requests, which takes about 6 seconds at 600 a minute, and then up to 2 for each meeting that is selected",
            ),
            (
                Expected::new(0, Some(10), Some(at(10, 1))),
                "between 0 and 10 requests, which takes at most 1 second at 10 a second",
            ),
            (
                Expected::new(7, Some(11), Some(at(10, 1))),
                "between 7 and 11 requests, which takes 1 second to 2 seconds at 10 a second",
            ),
            (Expected::new(0, None, Some(at(10, 1))).and_each(3, "room"), "up to 3 requests for each room"),
            (Expected::new(9, Some(9), None), "about 9 requests"),
            (
                Expected::new(9000, Some(9000), Some(at(10, 1))),
                "about 9000 requests, which takes about 15 minutes at 10 a second",
            ),
            (
                Expected::new(74_000, Some(74_000), Some(at(10, 1))),
                "about 74000 requests, which takes about 2 hours 4 minutes at 10 a second",
            ),
        ] {
            assert_eq!(expected.in_words(), words);
        }
    }

    #[test]
    fn the_greatest_number_is_never_below_the_least_and_without_a_limit_there_is_no_time() {
        assert_eq!(Expected::new(9, Some(3), None).most, Some(9));
        assert_eq!(Expected::new(9, Some(30), None).seconds(), [None, None]);
        assert_eq!(Expected::new(9, None, Some(at(10, 1))).seconds(), [Some(1), None]);
        assert_eq!(Expected::new(9, Some(30), Some(at(10, 60))).seconds(), [Some(54), Some(180)]);
    }
}

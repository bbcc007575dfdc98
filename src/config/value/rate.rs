//! Reads rates: "10/s", "600/min", "none".

use std::num::NonZeroU32;
use std::time::Duration;

use crate::config::RateLimit;
use crate::config::problem::Complaint;

/// More a second than this is no limit but a slip.
const MOST: u32 = 10_000;

/// Reads a rate; `None` for no limit.
pub(in crate::config) fn rate(text: &str) -> Result<Option<RateLimit>, Complaint> {
    let trimmed = text.trim();
    if trimmed == "none" {
        return Ok(None);
    }
    parse(trimmed).map(Some).ok_or_else(|| {
        Complaint::new(
            format!("{text:?} is not a rate"),
            format!("Write requests a second or a minute, such as \"10/s\" or \"600/min\" (1 to {MOST}), or \"none\"."),
        )
    })
}

fn parse(text: &str) -> Option<RateLimit> {
    let (number, unit) = text.split_once('/')?;
    let per = match unit.trim() {
        "s" => Duration::from_secs(1),
        "min" => Duration::from_mins(1),
        _ => return None,
    };
    let requests: NonZeroU32 = number.trim().parse().ok()?;
    (requests.get() <= MOST).then_some(RateLimit { requests, per })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_so_many_a_second_or_a_minute_or_none() {
        let of = |text: &str| rate(text).map(|rate| rate.map(|rate| (rate.requests.get(), rate.per.as_secs())));
        assert_eq!(of("10/s"), Ok(Some((10, 1))));
        assert_eq!(of("600 / min"), Ok(Some((600, 60))));
        assert_eq!(of("none"), Ok(None));
        for wrong in ["10", "0/s", "-1/s", "10/h", "10/m", "20000/s", "", "1.5/s"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}

//! Reads a time zone in a reply of `GET /timezones`.

use serde::Deserialize;

use crate::api::lenient::Scalar;
use crate::clock::Timestamp;
use crate::model::ZoneEntry;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ZoneWire<'a> {
    #[serde(borrow)]
    timezone_id: Scalar<'a>,
    zone_name: Scalar<'a>,
    time_start: Scalar<'a>,
    gmt_offset: Scalar<'a>,
}

impl ZoneWire<'_> {
    pub(super) fn read(&self) -> Option<ZoneEntry> {
        Some(ZoneEntry {
            timezone_id: self.timezone_id.owned()?,
            zone_name: self.zone_name.owned()?,
            time_start: self.start(),
            gmt_offset_min: self.gmt_offset.int().and_then(|minutes| i32::try_from(minutes).ok()),
        })
    }

    /// Returns a date-time in UTC, or seconds since 1970; the vendor does not say which.
    fn start(&self) -> Option<Timestamp> {
        if let Some(seconds) = self.time_start.int() {
            return Some(Timestamp::from_seconds(seconds));
        }
        let text = self.time_start.text()?;
        Timestamp::from_api(&text).or_else(|_| Timestamp::from_rfc3339(&text)).ok()
    }
}

#[cfg(test)]
mod tests {
    use crate::api::wire::Body;
    use crate::clock::Timestamp;

    #[test]
    fn a_zones_start_is_read_in_each_form_and_an_entry_without_id_is_left_out() {
        let at = Timestamp::from_api("2026-10-25 01:00:00").ok();
        for (form, start) in [
            (r#""2026-10-25 01:00:00""#, at),
            (r#""2026-10-25T01:00:00Z""#, at),
            ("1792890000", at),
            (r#""1792890000""#, at),
            (r#""""#, None),
        ] {
            let json = format!(
                r#"{{"timezones":[{{"timezone_id":3,"zone_name":"Europe/Berlin","time_start":{form},"gmt_offset":"-60"}},
                   {{"zone_name":"Nowhere"}}]}}"#
            );
            let zones = Body::parse(json.as_bytes()).unwrap().zones().unwrap();
            assert_eq!(zones.len(), 1, "{form}");
            assert_eq!((zones[0].timezone_id.as_str(), zones[0].gmt_offset_min), ("3", Some(-60)));
            assert_eq!(zones[0].time_start, start, "{form}");
        }
        assert!(Body::parse(br#"{"result":1}"#).unwrap().zones().is_none());
    }
}

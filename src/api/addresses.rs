//! Builds the address of every route so that an id from a CSV file can never make another route of it.

use reqwest::Url;

use super::reply::Failure;
use crate::model::{MeetingId, RoomId, UserId};

/// The reference's spellings of the route of a permanent room's GET, and of the PATCH beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    Meeting,
    Meetings,
}

pub(super) struct Addresses {
    base: Url,
    /// Made once: most requests go there.
    meetings: Url,
}

impl Addresses {
    pub(super) fn new(base: Url) -> Self {
        let meetings = joined(&base, &["meetings"]);
        Self { base, meetings }
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    pub(super) fn meetings(&self) -> Url {
        self.meetings.clone()
    }

    pub(super) fn meeting(&self, id: &MeetingId) -> Result<Url, Failure> {
        Ok(joined(&self.meetings, &[segment(id.as_str())?]))
    }

    pub(super) fn lobby(&self, id: &MeetingId) -> Result<Url, Failure> {
        Ok(joined(&self.meetings, &[segment(id.as_str())?, "lobby"]))
    }

    /// Returns the address at which a room is read; without a user, the own one.
    pub(super) fn room_of(&self, spelling: Spelling, user: Option<&UserId>) -> Result<Url, Failure> {
        let first = match spelling {
            Spelling::Meeting => "meeting",
            Spelling::Meetings => "meetings",
        };
        match user {
            Some(user) => Ok(joined(&self.base, &[first, "permanent", segment(user.as_str())?])),
            None => Ok(joined(&self.base, &[first, "permanent"])),
        }
    }

    /// Returns the address at which a room is changed.
    pub(super) fn room(&self, id: &RoomId) -> Result<Url, Failure> {
        Ok(joined(&self.base, &["meetings", "permanent", segment(id.as_str())?]))
    }

    pub(super) fn timezones(&self) -> Url {
        joined(&self.base, &["timezones"])
    }
}

fn joined(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    // An `Err` would be an address that has no path; the settings accept none such.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

/// Returns an id as part of a path. What a URL would drop or climb by, is no id: `DELETE /meetings/..` must not come to be.
fn segment(id: &str) -> Result<&str, Failure> {
    let dots = id.to_ascii_lowercase().replace("%2e", ".");
    if matches!(dots.as_str(), "." | "..") || id.chars().any(char::is_control) {
        return Err(Failure::unsendable(format!("not sent, because `{}` cannot be an id", id.escape_debug())));
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_one_part_of_the_path_whatever_is_in_it() {
        let addresses = Addresses::new(Url::parse("https://host/ucaas/v1/").unwrap());
        for (id, path) in [
            ("m1", "/ucaas/v1/meetings/m1"),
            ("a/../b?c#d", "/ucaas/v1/meetings/a%2F..%2Fb%3Fc%23d"),
            ("ä b", "/ucaas/v1/meetings/%C3%A4%20b"),
            ("%2F", "/ucaas/v1/meetings/%252F"),
        ] {
            assert_eq!(addresses.meeting(&MeetingId::new(id).unwrap()).unwrap().path(), path, "{id}");
        }
        for id in [".", "..", "%2e%2E", ".%2e", ".\t.", "a\nb"] {
            assert!(addresses.meeting(&MeetingId::new(id).unwrap()).is_err(), "{id:?}");
        }
    }
}

//! Says before the plan how many requests the rooms of a job take: one to read each, and some for each that is to be changed.

use crate::api::Client;
use crate::config::RoomSource;
use crate::engine::{Expected, Recall};
use crate::jobs::suspicion::previous_total;
use crate::model::{JobName, RunKey};

/// Returns what is expected of a run over the rooms of a source, where each that is changed takes `changing` requests. A list is as
/// long as it was when the job's last run read it, or of unknown length: it is not read for this.
pub(in crate::jobs) async fn forecast(
    source: &RoomSource,
    client: &Client,
    (recall, job, this): (&Recall, &JobName, Option<RunKey>),
    changing: u32,
) -> Expected {
    let rooms = match source {
        RoomSource::Users(users) => Some(users.len() as u64),
        RoomSource::Rooms(rooms) => Some(rooms.len() as u64),
        RoomSource::Own => Some(1),
        // A run begins also where nothing is known of the last one.
        RoomSource::List(_) => previous_total(recall, job, this).await.ok().flatten(),
    };
    match rooms.filter(|rooms| *rooms > 0) {
        Some(rooms) => {
            Expected::new(rooms, Some(rooms), client.rate()).and_each(changing, "room that is to be changed")
        }
        None => Expected::new(0, None, client.rate()).and_each(1 + changing, "room"),
    }
}

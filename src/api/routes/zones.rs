//! Fetches the time zones, by which a zone's name becomes the id that Schedule Meeting requires.

use crate::api::client::Client;
use crate::api::wire::Lacking;
use crate::api::{Failure, Reply};
use crate::model::ZoneEntry;

/// A list of every zone with every clock change is the one answer that may be large.
const MOST: usize = 32 << 20;

impl Client {
    /// Fetches the zones that the server knows, an entry for each clock change (`GET /timezones`).
    pub async fn timezones(&self) -> Result<Reply<Vec<ZoneEntry>>, Failure> {
        let url = self.core.addresses.timezones();
        self.read(url, MOST, |body| body.zones().ok_or(Lacking("holds no list of time zones"))).await
    }
}

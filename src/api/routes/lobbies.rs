//! Lobbies (reference: Get, Add, Update and Delete Meeting Lobby Information).

use reqwest::Method;

use super::meetings::about;
use crate::api::client::Client;
use crate::api::form;
use crate::api::transport::{MOST, Outgoing};
use crate::api::wire::Lacking;
use crate::api::{Failure, Reply};
use crate::model::{Lobby, LobbyUpload, MeetingId};

impl Client {
    /// Fetches a meeting's lobby (reference: Get Meeting Lobby Information). `None` for no lobby, which the server may say by a
    /// 404 or by options that are all off.
    pub async fn lobby(&self, meeting: &MeetingId) -> Result<Reply<Option<Lobby>>, Failure> {
        let url = self.core.addresses.lobby(meeting)?;
        let reply = self.read(url, MOST, |body| about(body, meeting).map(|()| body.lobby())).await;
        match reply {
            Err(failure) if failure.is_absence() => Ok(Reply { value: None, attempt: failure.attempt }),
            reply => reply,
        }
    }

    /// Gives a meeting a lobby (reference: Add Meeting Lobby Information). Files that cannot be read are a final failure, and
    /// nothing is sent. A success that tells no lobby is ambiguous.
    pub async fn add_lobby(&self, meeting: &MeetingId, upload: &LobbyUpload) -> Result<Reply<Option<Lobby>>, Failure> {
        self.upload(Method::POST, meeting, upload).await
    }

    /// Replaces a meeting's lobby (reference: Update Meeting Lobby Information). As [`add_lobby`](Self::add_lobby), but that a
    /// success need not tell the lobby.
    pub async fn update_lobby(
        &self,
        meeting: &MeetingId,
        upload: &LobbyUpload,
    ) -> Result<Reply<Option<Lobby>>, Failure> {
        self.upload(Method::PATCH, meeting, upload).await
    }

    /// Takes a meeting's lobby away (reference: Delete Meeting Lobby Information).
    pub async fn delete_lobby(&self, meeting: &MeetingId) -> Result<Reply<()>, Failure> {
        let out = Outgoing::new(Method::DELETE, self.core.addresses.lobby(meeting)?);
        self.write(out, |body| about(body, meeting)).await
    }

    async fn upload(
        &self,
        method: Method,
        meeting: &MeetingId,
        upload: &LobbyUpload,
    ) -> Result<Reply<Option<Lobby>>, Failure> {
        let url = self.core.addresses.lobby(meeting)?;
        let creates = method == Method::POST;
        let (form, longer) = form::lobby(upload).await?;
        self.write(Outgoing::new(method, url).form(form, longer), |body| {
            about(body, meeting)?;
            if creates && !body.has_lobby() {
                return Err(Lacking("tells no lobby"));
            }
            Ok(body.lobby())
        })
        .await
    }
}

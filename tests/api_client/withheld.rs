//! A process whose work another may do by now: what it decided to send before does not leave.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use roomkeeper::api::{Attempt, Budget, Client, Disposition, Failure, Slice};
use roomkeeper::model::{LobbyUpload, PinSelection};
use tokio::time::Instant;

use crate::server::{Asked, Server, Step, draft, meeting_id, ok, room_id};

const MEETING: &str = r#"{"result":1,"meeting":{"meeting_id":"m1"}}"#;
const LOBBY: &str = r#"{"result":1,"meeting":{"meeting_id":"m1"},"lobby":{"options":{"messages":"true"},"message":[{"text":"Welcome"}]}}"#;
const ROOM: &str = r#"{"result":1,"permanent_room":{"room_id":"r1","user_id":"u1","mpin":"111111","ppin":"222222"}}"#;

/// Lets a decision be made, and nothing leave after it.
#[derive(Debug, Default)]
struct Lease {
    is_over: AtomicBool,
    /// The decisions that are left.
    decisions: AtomicUsize,
}

impl Budget for Lease {
    fn reserve(&self, _: &str, _: Duration, _: Duration) -> BoxFuture<'static, Slice> {
        std::future::ready(Slice { begins: Instant::now(), unsure: Duration::ZERO }).boxed()
    }

    fn may_send(&self) -> bool {
        let decided = self.decisions.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        decided.is_ok() || !self.is_over.load(Ordering::SeqCst)
    }
}

/// Each write: one with JSON, one with a form, one that only says what to do, and ones without anything.
async fn write(client: &Client, which: usize) -> Result<(), Failure> {
    let (meeting, room) = (meeting_id("m1"), room_id("r1"));
    match which {
        0 => client.schedule(&draft()).await.map(drop),
        1 => {
            let welcome = LobbyUpload::Messages { texts: vec!["Welcome".to_owned()], audio: None };
            client.add_lobby(&meeting, &welcome).await.map(drop)
        }
        2 => client.reset_pins(&room, PinSelection { moderator: true, participant: true }).await.map(drop),
        3 => client.delete_lobby(&meeting).await.map(drop),
        _ => client.cancel(&meeting).await.map(drop),
    }
}

const REPLIES: [&str; 5] = [MEETING, LOBBY, ROOM, r#"{"result":1}"#, r#"{"result":1}"#];

#[tokio::test]
async fn what_is_decided_and_has_not_left_is_withdrawn() {
    for (which, reply) in REPLIES.into_iter().enumerate() {
        let server = Server::with([ok(reply), ok(reply)]).await;
        let lease = Arc::new(Lease::default());
        let client = server.client().sharing(lease.clone());
        write(&client, which).await.unwrap();
        // Over a connection that there is already, and over a new one.
        for _ in 0..2 {
            lease.is_over.store(true, Ordering::SeqCst);
            lease.decisions.store(1, Ordering::SeqCst);
            let failure = write(&client, which).await.unwrap_err();
            let withdrawn = (Disposition::Withdrawn, Attempt::default());
            assert_eq!((failure.disposition, failure.attempt), withdrawn, "{which}: {}", failure.words);
            assert_eq!(lease.decisions.load(Ordering::SeqCst), 0, "{which} was stopped before it was decided");
        }
        lease.is_over.store(false, Ordering::SeqCst);
        write(&client, which).await.unwrap();
        assert_eq!(server.lines().len(), 2, "{which}");
    }
}

#[tokio::test]
async fn so_it_is_over_a_connection_of_an_old_server() {
    for (which, reply) in REPLIES.into_iter().enumerate() {
        let length = reply.len();
        let old = format!("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: {length}\r\n\r\n{reply}");
        let server = Server::with([Step::Send(old.into_bytes())]).await;
        let lease = Arc::new(Lease::default());
        let client = server.client().sharing(lease.clone());
        write(&client, which).await.unwrap();
        lease.is_over.store(true, Ordering::SeqCst);
        lease.decisions.store(1, Ordering::SeqCst);
        let failure = write(&client, which).await.unwrap_err();
        assert_eq!(failure.disposition, Disposition::Withdrawn, "{which}: {}", failure.words);
        assert_eq!(server.lines().len(), 1, "{which}");
    }
}

#[tokio::test]
async fn what_leaves_is_what_one_process_alone_would_send() {
    for (which, reply) in REPLIES.into_iter().enumerate() {
        let server = Server::with([ok(reply), ok(reply)]).await;
        write(&server.client(), which).await.unwrap();
        write(&server.client().sharing(Arc::new(Lease::default())), which).await.unwrap();
        let [alone, shared] = <[Asked; 2]>::try_from(server.asked()).unwrap();
        assert_eq!(alone.line(), shared.line());
        // The boundary of a form is drawn.
        let told = |asked: &Asked| {
            let plain = |(name, value): &(String, String)| (name.to_lowercase(), value.len());
            let mut headers: Vec<_> = asked.headers.iter().map(plain).collect();
            headers.sort();
            (headers, asked.body.len())
        };
        assert_eq!(told(&alone), told(&shared), "{which}");
        assert!(which == 1 || alone.body == shared.body);
    }
}

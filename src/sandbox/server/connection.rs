//! Serves one connection, from its first request to its end, which may be a reset.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::Server;

/// The connection is to be reset instead of answered.
#[derive(Debug, Error)]
#[error("the connection is reset, as scripted")]
pub struct Reset;

/// Serves the connection until the peer is done, `leave` asks it to end after the request at hand, or `stop` ends it at once.
pub async fn converse(server: Arc<Server>, stream: TcpStream, leave: CancellationToken, stop: CancellationToken) {
    // Without it every small reply waits for an acknowledgement; where it fails the connection is gone, and reading says so.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| server.clone().answer(request));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        () = stop.cancelled() => return,
        ended = &mut connection => ended,
        () = leave.cancelled() => {
            Pin::new(&mut connection).graceful_shutdown();
            tokio::select! {
                () = stop.cancelled() => return,
                ended = &mut connection => ended,
            }
        }
    };
    let is_reset = ended.is_err_and(|error| error.source().is_some_and(<dyn Error>::is::<Reset>));
    if is_reset {
        reset(&connection.into_parts().io.into_inner());
    }
}

/// Makes the connection end with RST, rather than FIN, when it is dropped.
pub fn reset(stream: &TcpStream) {
    if let Err(error) = stream.set_zero_linger() {
        let peer =
            stream.peer_addr().map_or_else(|_| "a peer that is gone".to_owned(), |peer: SocketAddr| peer.to_string());
        tracing::debug!(%error, peer, "the connection cannot be reset and is closed instead");
    }
}

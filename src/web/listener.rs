//! Listens at a port or at a Unix socket.

use std::io;

use tokio::net::{TcpListener, TcpStream, UnixStream};

use super::guesses::Peer;
use crate::config::WebListen;
use crate::control::Socket;

/// A place that is listened at.
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(Socket),
}

/// A connection that was made.
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listener {
    pub(super) async fn open(listen: &WebListen) -> io::Result<Self> {
        match listen {
            WebListen::Tcp(address) => TcpListener::bind(address).await.map(Self::Tcp),
            WebListen::Unix(path) => Socket::listen(path).map(Self::Unix),
        }
    }

    /// Returns the next connection, with who is at its other end.
    pub(super) async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok((Stream::Tcp(stream), Peer::of(address.ip())))
            }
            Self::Unix(socket) => Ok((Stream::Unix(socket.accept().await?), Peer::LOCAL)),
        }
    }
}

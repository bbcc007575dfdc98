//! A server that gives tokens by the grant of client credentials, to be tested against: what it answers is scripted, and what it
//! was asked is kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::smtp::certificate;

/// The secret that its client has.
pub const SECRET: &str = "s3cret of the client & co";

/// The server, on a thread of its own.
pub struct TokenServer {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    authority: String,
}

/// A request that it got.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `POST /token HTTP/1.1`.
    pub line: String,
    /// The form.
    pub form: Vec<(String, String)>,
}

/// An answer with a token that lives for so many seconds.
pub fn grant(token: &str, lives: u64) -> (u16, String) {
    (200, format!(r#"{{"token_type":"Bearer","expires_in":{lives},"access_token":"{token}"}}"#))
}

/// A refusal.
pub fn refusal(status: u16, error: &str, description: &str) -> (u16, String) {
    (status, format!(r#"{{"error":"{error}","error_description":"{description}"}}"#))
}

impl TokenServer {
    /// Gives these answers, the last of them from then on.
    pub fn serve(answers: impl IntoIterator<Item = (u16, String)>, is_encrypted: bool) -> Self {
        let mut answers: VecDeque<_> = answers.into_iter().collect();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (to, started) = std::sync::mpsc::channel();
        let seen = Arc::clone(&asked);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let port = listener.local_addr().unwrap().port();
                let (acceptor, authority) = certificate("localhost", &format!("token authority {port}"), false);
                to.send((port, authority)).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    if is_encrypted {
                        // A client that does not trust it hangs up.
                        let Ok(stream) = acceptor.accept(stream).await else { continue };
                        converse(stream, &mut answers, &seen).await;
                    } else {
                        converse(stream, &mut answers, &seen).await;
                    }
                }
            });
        });
        let (port, authority) = started.recv().unwrap();
        Self { port, asked, authority }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Lists the requests that it got so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The authority that signed its certificate, in PEM.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

/// One request and its answer. It is kept before it is answered.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    answers: &mut VecDeque<(u16, String)>,
    seen: &Mutex<Vec<Asked>>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let (mut lines, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        match stream.read_line(&mut line).await {
            Ok(0) => return None,
            Ok(_) => {}
            // A client that speaks TLS to it sends no request.
            Err(_) => return stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await.ok(),
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        if let Some(said) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = said.trim().parse().unwrap();
        }
        lines.push(line);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    seen.lock().unwrap().push(Asked { line: lines[0].clone(), form });
    let (status, body) = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }?;
    let more = if status == 302 { "location: /elsewhere\r\n" } else { "" };
    let answer = format!(
        "HTTP/1.1 {status} so\r\ncontent-type: application/json\r\n{more}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()
}

//! `serve`, as the command runs it: the line that others wait for, the state over HTTP, the end.

use std::{
    io::{self, Write},
    time::Duration,
};

use clap::Parser;
use roomkeeper::sandbox::{Args, Error, serve};
use serde_json::Value;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

/// Hands on what is written, so that a test can wait for it.
struct Pipe(mpsc::UnboundedSender<String>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(String::from_utf8_lossy(bytes).into_owned()).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn args(more: &[&str]) -> Args {
    let line = ["sandbox", "--users", "2"];
    let listen = ["--listen", "127.0.0.1:0"];
    let listen: &[&str] = if more.contains(&"--listen") { &[] } else { &listen };
    Line::parse_from(line.iter().chain(listen).chain(more)).args
}

#[tokio::test]
async fn it_says_one_line_serves_until_it_is_told_to_end_and_listens_no_more() {
    let (sender, mut said) = mpsc::unbounded_channel();
    let (end, ended) = oneshot::channel::<()>();
    let until = async { ended.await.unwrap() };
    let serving = tokio::spawn(serve(args(&["--past", "3", "--upcoming", "4"]), Pipe(sender), until));

    let mut line = String::new();
    while !line.ends_with('\n') {
        line += &said.recv().await.unwrap();
    }
    let base = line.strip_prefix("listening on ").unwrap().trim_end();
    let origin = base.strip_suffix("/ucaas/v1").unwrap();
    let state = reqwest::get(format!("{origin}/_sandbox/state")).await.unwrap().text().await.unwrap();
    let state: Value = serde_json::from_str(&state).unwrap();
    assert_eq!((state["meetings"].as_array().unwrap().len(), state["rooms"].as_array().unwrap().len()), (7, 3));

    end.send(()).unwrap();
    timeout(Duration::from_secs(5), serving).await.unwrap().unwrap().unwrap();
    assert_eq!(said.recv().await, None);
    assert!(reqwest::get(base).await.unwrap_err().is_connect());
}

#[tokio::test]
async fn an_address_that_is_taken_is_told_with_what_to_do() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = serve(args(&["--listen", &address]), io::sink(), async {}).await.unwrap_err();
    assert!(matches!(error, Error::Listen { .. }));
    assert!(error.to_string().contains(&address) && error.to_string().contains("--listen"));
}

#[tokio::test]
async fn a_ledger_that_cannot_be_written_ends_the_server_with_the_reason() {
    // Every write to it says that the disk is full.
    let (sender, mut said) = mpsc::unbounded_channel();
    let serving = tokio::spawn(serve(args(&["--ledger", "/dev/full"]), Pipe(sender), std::future::pending()));
    let mut line = String::new();
    while !line.ends_with('\n') {
        line += &said.recv().await.unwrap();
    }
    let url = format!("{}/timezones", line.strip_prefix("listening on ").unwrap().trim_end());
    let _ = reqwest::get(url).await;
    let error = timeout(Duration::from_secs(5), serving).await.unwrap().unwrap().unwrap_err();
    assert!(matches!(&error, Error::Ledger { path, .. } if path == "/dev/full"));
}

//! Hands on the socket that mean harm, or are merely clumsy: the daemon goes on as if nothing were.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use crate::raw::{connect, line, post, say};
use crate::site::{Running, Site, names, timetable, wait_until};

const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nmax_file_size = \"64 KiB\"\n";

fn daemon() -> (Site, Running, PathBuf) {
    let site = Site::new(JOB);
    let daemon = site.daemon();
    let socket = site.path("state/control.sock");
    (site, daemon, socket)
}

/// Fails unless the daemon does its work, and ends in order.
#[track_caller]
fn expect_unharmed(site: &Site, mut daemon: Running) {
    std::fs::write(site.path("a.csv"), timetable(0..3)).unwrap();
    site.run(&["import", "a.csv"]).expect(0, "3 created");
    site.sandbox.expect_made(0..3);
    let (status, took) = daemon.terminate();
    assert!(status.success() && took.as_secs() < 10, "{took:?} {}", daemon.log());
    assert!(!daemon.log().contains("panicked"), "{}", daemon.log());
    assert!(!site.path("state/control.sock").exists());
}

#[test]
fn garbage_is_refused_and_harms_nobody() {
    let (site, daemon, socket) = daemon();
    let mut noise = Vec::new();
    for n in 0..50_000_u32 {
        noise.extend_from_slice(&n.wrapping_mul(2_654_435_761).to_be_bytes());
    }
    for bytes in [&b""[..], b"\0", b"\r\n\r\n", b"HELO\r\n", &noise, b"GET / HTTP/9.9\r\n\r\n"] {
        let answer = say(&socket, bytes);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert!(say(&socket, b"DELETE /x HTTP/1.1\r\nhost: x\r\n\r\n").starts_with("HTTP/1.1 404"));
    assert!(say(&socket, b"GET / HTTP/1.0\r\n\r\n").contains("roomkeeper daemon"));
    let head = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    assert!(say(&socket, head.as_bytes()).starts_with("HTTP/1.1 431"));
    let bodies = [
        "",
        "\n",
        "{",
        "[]",
        "null",
        "{\"v\":2}",
        &line("{\"run\":1}"),
        &line("{\"fly\":{}}"),
        &line("{\"run\":{\"job\":\"../../etc\"}}"),
        &line("{\"retry\":{\"run\":\"%\"}}"),
        &line("{\"ask\":{\"words\":[\"daemon\"]}}"),
        &line("{\"ask\":{\"show\":{\"run\":\"%\",\"problems\":false}}}"),
        &"[".repeat(60_000),
    ];
    for body in bodies {
        let answer = post(&socket, body);
        assert!(answer.contains(r#""why":"usage""#), "{body:.80}: {answer}");
    }
    expect_unharmed(&site, daemon);
}

#[test]
fn a_command_or_a_file_without_end_is_cut_off() {
    let (site, daemon, socket) = daemon();
    assert!(post(&socket, &"x".repeat(1 << 20)).contains("too long"));
    let mut body = line("{\"import\":{\"job\":null,\"name\":\"../../a.csv\"}}");
    body.push_str(&"x,".repeat(1 << 20));
    let answer = post(&socket, &body);
    assert!(answer.contains("max_file_size"), "{answer}");
    assert!(names(&site.path("state/incoming")).is_empty());
    assert_eq!(site.json(&["history", "--json"]), serde_json::json!([]));
    expect_unharmed(&site, daemon);
}

#[test]
fn a_file_that_breaks_off_begins_nothing() {
    let (site, daemon, socket) = daemon();
    let text = timetable(0..3);
    let mut stream = connect(&socket);
    write!(stream, "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", text.len() + 500).unwrap();
    write!(stream, "{}{text}", line("{\"import\":{\"job\":null,\"name\":\"a.csv\"}}")).unwrap();
    drop(stream);
    // A later command shows that this one was dealt with.
    site.run(&["pause", "timetable"]).expect(0, "timetable is paused");
    site.run(&["resume", "timetable"]).expect(0, "timetable runs again");
    assert_eq!(site.json(&["history", "--json"]), serde_json::json!([]));
    expect_unharmed(&site, daemon);
}

#[test]
fn clients_that_say_nothing_hold_nobody_up_for_long() {
    let (site, daemon, socket) = daemon();
    let mut silent: Vec<UnixStream> = (0..100).map(|_| connect(&socket)).collect();
    for stream in silent.iter_mut().take(50) {
        stream.write_all(b"POST / HT").unwrap();
    }
    // All places are taken until the first of them have been silent for too long.
    site.run(&["pause", "timetable"]).expect(0, "timetable is paused");
    drop(silent);
    site.run(&["resume", "timetable"]).expect(0, "timetable runs again");
    expect_unharmed(&site, daemon);
}

#[test]
fn clients_that_do_not_listen_do_not_hold_up_a_run_or_the_end() {
    let (site, daemon, socket) = daemon();
    let text = timetable(100..300);
    let body = line("{\"import\":{\"job\":null,\"name\":\"b.csv\"}}") + &text;
    let mut deaf = connect(&socket);
    write!(deaf, "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    wait_until("the run has ended", || site.json(&["history", "--json"])[0]["outcome"] == "succeeded");
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    let mut others = Vec::new();
    for _ in 0..20 {
        let mut stream = connect(&socket);
        let body = line(&format!("{{\"ask\":{{\"show\":{{\"run\":\"{run}\",\"problems\":false}}}}}}"));
        write!(stream, "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        others.push(stream);
    }
    site.sandbox.expect_made(100..300);
    let mut daemon = daemon;
    let (status, took) = daemon.terminate();
    assert!(status.success() && took.as_secs() < 20, "{took:?} {}", daemon.log());
}

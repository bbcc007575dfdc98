//! `ping_url`: a stand-in for the monitoring service hears of each run's beginning and end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use crate::site::{Site, timetable, wait_until};

/// The requests that the service got: of each the first line, and the body.
type Heard = Arc<Mutex<Vec<(String, String)>>>;

/// A service that refuses the first so many requests.
fn service(mut refuse: usize) -> (u16, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Heard::default();
    let book = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut first, mut length) = (String::new(), 0);
            stream.read_line(&mut first).unwrap();
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line == "\r\n" {
                    break;
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer = if refuse > 0 { "503 Busy" } else { "200 OK" };
            if refuse == 0 {
                book.lock().unwrap().push((first.trim().to_owned(), String::from_utf8(body).unwrap()));
            }
            refuse = refuse.saturating_sub(1);
            write!(stream.get_mut(), "HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        }
    });
    (port, heard)
}

fn job(port: u16) -> String {
    format!(
        "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\n\
         ping_url = \"http://127.0.0.1:{port}/secret-of-the-service\"\n"
    )
}

#[test]
fn a_run_is_told_from_its_beginning_to_its_end_with_what_it_did() {
    let (port, heard) = service(0);
    let site = Site::new(&job(port));
    let daemon = site.daemon();
    site.drop_renamed("good.csv", &timetable(0..3));
    wait_until("the service heard twice", || heard.lock().unwrap().len() >= 2);
    site.drop_renamed("bad.csv", &timetable(3..5).replace(",30,1,20", ",0,1,20"));
    wait_until("the service heard four times", || heard.lock().unwrap().len() >= 4);
    let heard = heard.lock().unwrap().clone();
    let runs = site.json(&["history", "--json"]);
    let (good, bad) = (runs[1]["run"].as_str().unwrap(), runs[0]["run"].as_str().unwrap());
    let path = "POST /secret-of-the-service";
    let lines: Vec<_> = heard.iter().map(|(line, _)| line.clone()).collect();
    assert_eq!(
        lines,
        [
            format!("{path}/start?rid={good} HTTP/1.1"),
            format!("{path}?rid={good} HTTP/1.1"),
            format!("{path}/start?rid={bad} HTTP/1.1"),
            format!("{path}/fail?rid={bad} HTTP/1.1"),
        ]
    );
    assert!(heard[1].1.contains("3 created"), "{}", heard[1].1);
    assert!(heard[3].1.contains("bad.csv"), "{}", heard[3].1);
    assert!(!daemon.log().contains("secret-of-the-service"));
}

#[test]
fn a_service_that_is_busy_for_a_moment_is_told_again_and_a_dead_one_holds_nothing_up() {
    let (port, heard) = service(2);
    let site = Site::new(&job(port));
    let told = {
        std::fs::write(site.path("a.csv"), timetable(0..2)).unwrap();
        site.run(&["import", "a.csv"])
    };
    told.expect(0, "2 created");
    wait_until("the service heard in the end", || heard.lock().unwrap().len() >= 2);

    site.configure(&job(crate::site::free_port()));
    std::fs::write(site.path("b.csv"), timetable(2..4)).unwrap();
    site.run(&["import", "b.csv"]).expect(0, "2 created");
    site.sandbox.expect_made(0..4);
}

#[test]
fn a_second_sigterm_does_not_wait_for_a_service_that_hangs() {
    // It takes connections, and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let site = Site::new(&job(listener.local_addr().unwrap().port()));
    let mut daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..3));
    wait_until("the file is in done/", || site.files("done").len() == 2);
    daemon.signal(rustix::process::Signal::TERM);
    daemon.wait_to_say("stopping");
    let (status, took) = daemon.terminate();
    assert!(status.success() && took < std::time::Duration::from_secs(4), "{took:?}: {}", daemon.log());
    assert!(daemon.log().contains("ended at once") && !site.path("state/journal.db-wal").exists(), "{}", daemon.log());
}

//! The server: not ours, not there, not itself.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use roomkeeper::clock::Timestamp;

use crate::site::{KEY, Running, Site, column, timetable, title, wait_until};

#[test]
fn a_wrong_key_stops_the_run_at_once_and_leaves_every_row_to_be_imported_again() {
    let mut site = Site::builder().key("another-key").build("");
    std::fs::write(site.path("a.csv"), timetable(0..30)).unwrap();
    let told = site.run(&["import", "a.csv"]);
    told.expect(1, "30 not run");
    told.expect(1, "key");
    assert!(!told.out.contains(KEY) && !told.err.contains(KEY));
    assert_eq!(column(&site.only("", ".results.csv"), "status"), vec!["not_run"; 30]);
    let retry = site.only("", ".retry.csv");
    assert_eq!(column(&retry, "status").len(), 30);
    assert!(site.requested() <= 3, "it went on asking: {:?}", site.sandbox.requests());

    // With the right key, the retry file is imported as it is.
    site.sandbox.stop();
    site.sandbox = Site::builder().port(site.sandbox.port()).server();
    site.run(&["import", retry.to_str().unwrap()]).expect(0, "30 created");
    site.sandbox.expect_made(0..30);
}

#[test]
fn a_key_that_is_withdrawn_in_the_middle_leaves_the_rest_not_run() {
    let faults =
        "[[fault]]\nmatch = \"POST /meetings\"\nkind = \"error_code\"\ncode = 1001\nstatus = 401\nevery = 10\n";
    let site = Site::builder().faults(faults).delay(20).build("max_in_flight = 1\n");
    std::fs::write(site.path("a.csv"), timetable(0..60)).unwrap();
    site.run(&["import", "a.csv"]).expect(3, "not run");
    let statuses = column(&site.only("", ".results.csv"), "status");
    let count = |status| statuses.iter().filter(|found| *found == status).count();
    assert_eq!((count("created"), count("failed"), count("not_run")), (9, 1, 50));
    assert_eq!(column(&site.only("", ".retry.csv"), "line").len(), 51);
    site.sandbox.expect_made(0..9);
}

#[test]
fn a_dead_server_is_waited_for_and_uses_up_no_attempt() {
    let mut site = Site::without_server("max_attempts = 1\n");
    std::fs::write(site.path("a.csv"), timetable(0..10)).unwrap();
    let mut import = site.start("import", &["import", "a.csv"]);
    import.wait_to_say("waiting until");
    site.sandbox = Site::builder().port(site.sandbox.port()).server();
    assert!(import.wait().success(), "{}", import.log());
    site.sandbox.expect_made(0..10);
    assert_eq!(column(&site.only("", ".results.csv"), "attempts"), vec!["1"; 10]);
}

#[test]
fn a_server_that_goes_away_in_the_middle_is_waited_for() {
    let faults = "[[fault]]\nmatch = \"POST /meetings\"\nkind = \"refused\"\nfor_ms = 1500\nfirst = 1\n";
    let site = Site::builder().faults(faults).build("max_attempts = 2\nmax_in_flight = 1\n");
    std::fs::write(site.path("a.csv"), timetable(0..10)).unwrap();
    site.run(&["import", "a.csv"]).expect(0, "10 created");
    site.sandbox.expect_made(0..10);
    // A connection that is refused is no attempt. One request may have been written to a connection of before, as it broke.
    let attempts = column(&site.only("", ".results.csv"), "attempts");
    let lost = attempts.iter().filter(|attempts| *attempts == "2").count();
    assert!(lost <= 1 && attempts.iter().filter(|attempts| *attempts == "1").count() == 10 - lost, "{attempts:?}");
}

#[test]
fn a_server_that_stays_dead_until_the_runs_timeout_leaves_every_row_not_run() {
    let site = Site::without_server("[schedule_meetings.timetable]\ntimeout = \"2s\"\n");
    std::fs::write(site.path("a.csv"), timetable(0..5)).unwrap();
    site.run(&["import", "a.csv"]).expect(1, "5 not run");
    assert_eq!(column(&site.only("", ".results.csv"), "status"), vec!["not_run"; 5]);
    assert_eq!(column(&site.only("", ".retry.csv"), "line"), ["2", "3", "4", "5", "6"]);
}

#[test]
fn waiting_for_a_dead_server_costs_no_computing() {
    let site = Site::without_server("");
    std::fs::write(site.path("a.csv"), timetable(0..5)).unwrap();
    let import = site.start("import", &["import", "a.csv"]);
    import.wait_to_say("waiting until");
    let ticks = |running: &Running| {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", running.id())).unwrap();
        let after = stat.rsplit_once(')').unwrap().1.split_whitespace().collect::<Vec<_>>();
        after[11].parse::<u64>().unwrap() + after[12].parse::<u64>().unwrap()
    };
    // Beyond the ten seconds after which a line is due.
    let before = ticks(&import);
    let began = std::time::Instant::now();
    wait_until("twelve seconds are over", || began.elapsed().as_secs() >= 12);
    let used = ticks(&import) - before;
    assert!(used < 100, "{used} hundredths of a second of computing in twelve seconds of waiting");
}

#[test]
fn a_server_that_redirects_is_not_followed_and_stops_the_run() {
    let elsewhere = Site::builder().server();
    let target = format!("http://127.0.0.1:{}/ucaas/v1/timezones", elsewhere.port());
    let location = target.clone();
    let port = answer_all(move |_| {
        format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    });
    let site = Site::at(port, "");
    std::fs::write(site.path("a.csv"), timetable(0..5)).unwrap();
    let told = site.run(&["import", "a.csv"]);
    told.expect(1, "5 not run");
    told.expect(1, &target);
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_portal_that_answers_every_request_with_a_page_stops_the_run_and_eats_no_row() {
    let page = "<html><body>Please accept the terms of this network</body></html>";
    // It answers as the server at first: a network that asks for its terms again in the middle of the day.
    let port = answer_all(move |line| {
        if line.contains("/timezones") { reply("200 OK", JSON, ZONES) } else { reply("200 OK", "text/html", page) }
    });
    let more = "timeout = \"1s\"\nmax_attempts = 2\n[schedule_meetings.timetable]\nabort_after = 3\n";
    let site = Site::at(port, more);
    std::fs::write(site.path("a.csv"), timetable(0..200)).unwrap();
    site.run(&["import", "a.csv"]).expect(1, "200 not run");
    assert_eq!(column(&site.only("", ".retry.csv"), "status"), vec!["not_run"; 200]);
}

#[test]
fn a_server_in_maintenance_in_the_middle_of_a_run_is_waited_for() {
    let site = Site::builder()
        .faults("[maintenance]\nafter = 50\nfor_ms = 3000\n")
        .delay(5)
        .ledger()
        .build("timeout = \"1s\"\nmax_attempts = 3\n");
    std::fs::write(site.path("a.csv"), timetable(0..60)).unwrap();
    site.run(&["import", "a.csv"]).expect(0, "60 created");
    site.sandbox.expect_made(0..60);
    assert!(site.sandbox.ledger().iter().any(|line| line["fault"] == "unavailable_503"), "it was never in maintenance");
}

/// A row is sent again before twice the request's time-out has passed: the whole server was closed, and at work on nothing.
#[test]
fn rows_that_met_a_closed_server_are_sent_again_as_soon_as_it_is_back() {
    // Two lists of the one user, and then rows.
    let site = Site::builder()
        .faults("[maintenance]\nafter = 20\nfor_ms = 2500\n")
        .delay(5)
        .ledger()
        .build("timeout = \"20s\"\n");
    let rows = timetable(0..60);
    let of_one_user = rows
        .lines()
        .map(|line| (0..60).fold(line.to_owned(), |line, n| line.replace(&format!(",u{n:05},"), ",u00000,")));
    std::fs::write(site.path("a.csv"), of_one_user.collect::<Vec<_>>().join("\n")).unwrap();
    site.run(&["import", "a.csv"]).expect(0, "60 created");
    site.sandbox.expect_made(0..60);
    let mut arrivals: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
    for line in site.sandbox.ledger().iter().filter(|line| line["kind"] == "arrival" && line["room_name"].is_string()) {
        let at = Timestamp::from_rfc3339(line["at"].as_str().unwrap()).unwrap();
        arrivals.entry(line["room_name"].as_str().unwrap().to_owned()).or_default().push(at);
    }
    let again: Vec<_> = arrivals.values().filter(|times| times.len() > 1).collect();
    assert!(!again.is_empty(), "it was never in maintenance");
    assert!(again.iter().all(|times| times[1] < times[0].plus(Duration::from_secs(40))), "{again:?}");
}

#[test]
fn a_maintenance_that_outlasts_the_runs_timeout_is_told_and_no_row_sent_is_not_run() {
    let faults =
        "[[fault]]\nmatch = \"POST /meetings\"\nkind = \"http_500_after\"\nevery = 10\n[maintenance]\nafter = 50\n";
    let site = Site::builder()
        .faults(faults)
        .delay(5)
        .build("timeout = \"1s\"\n[schedule_meetings.timetable]\ntimeout = \"15s\"\n");
    std::fs::write(site.path("a.csv"), timetable(0..60)).unwrap();
    let told = site.run(&["import", "a.csv"]);
    told.expect(3, "the run took longer than its timeout (15 s); it waited: ");
    told.expect(3, "the server cannot be used now (HTTP 503");
    let results = site.only("", ".results.csv");
    let rows: Vec<_> = column(&results, "status").into_iter().zip(column(&results, "attempts")).collect();
    assert!(rows.iter().all(|(status, attempts)| (status == "not_run") == (attempts == "0")), "{rows:?}");
    assert!(rows.iter().any(|(status, _)| status == "unknown"), "{rows:?}");
    let created = rows.iter().filter(|(status, _)| status == "created").count();
    assert!(created > 0 && created <= site.sandbox.made().len(), "{rows:?}");
}

#[test]
fn a_server_that_answers_looks_and_refuses_each_request_with_503_ends_the_run_and_no_row_sent_is_not_run() {
    let site = Site::builder()
        .faults("[[fault]]\nmatch = \"POST /meetings\"\nkind = \"unavailable_503\"\n")
        .build("timeout = \"500ms\"\n[schedule_meetings.timetable]\nabort_after = 5\n");
    std::fs::write(site.path("a.csv"), timetable(0..60)).unwrap();
    site.run(&["import", "a.csv"]).expect(1, "requests in a row were not answered as they should be");
    let results = site.only("", ".results.csv");
    let rows: Vec<_> = column(&results, "status").into_iter().zip(column(&results, "attempts")).collect();
    assert!(rows.iter().all(|(status, attempts)| (status == "not_run") == (attempts == "0")), "{rows:?}");
    assert!(rows.iter().any(|(status, _)| status == "unknown") && rows.iter().any(|(status, _)| status == "not_run"));
    let errors = column(&results, "error");
    assert!(
        errors.iter().any(|error| error.contains("sent, and not found on the server; not sent again")),
        "{errors:?}"
    );
}

#[test]
fn a_redirect_in_the_middle_stops_the_run_and_tells_where_it_leads() {
    let site =
        Site::builder().faults("[maintenance]\nafter = 20\nanswer = \"redirect_302\"\n").build("max_in_flight = 1\n");
    std::fs::write(site.path("a.csv"), timetable(0..60)).unwrap();
    let told = site.run(&["import", "a.csv"]);
    told.expect(3, &format!("http://127.0.0.1:{}/maintenance", site.sandbox.port()));
    let results = site.only("", ".results.csv");
    let rows: Vec<_> = column(&results, "status").into_iter().zip(column(&results, "attempts")).collect();
    assert!(rows.iter().all(|(status, attempts)| (status == "not_run") == (attempts == "0")), "{rows:?}");
}

/// As the framework answers by itself: it sends a client that does not ask for JSON to a page for people, and its refusals have
/// their reason in `message` and `errors`.
#[test]
fn the_frameworks_own_refusals_are_told_with_their_reasons() {
    for (status, body, told) in [
        (
            "422 Unprocessable Content",
            r#"{"message":"The given data was invalid.","errors":{"room_name":["The room name is taken."],"duration":["Too short."]}}"#,
            "The given data was invalid.; Too short.; The room name is taken.",
        ),
        ("413 Payload Too Large", r#"{"message":"The POST data is too large."}"#, "The POST data is too large."),
        ("409 Conflict", r#"{"error":"The user has left."}"#, "The user has left."),
        (
            "422 Unprocessable Content",
            r#"{"type":"about:blank","title":"Quota","status":422,"detail":"No more meetings this month."}"#,
            "Quota: No more meetings this month.",
        ),
    ] {
        let port = answer_all(move |head| {
            if !head.to_ascii_lowercase().contains("\r\naccept: application/json\r\n") {
                return "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    .to_owned();
            }
            match head {
                _ if head.starts_with("POST ") => reply(status, JSON, body),
                _ if head.contains("/timezones") => reply("200 OK", JSON, ZONES),
                _ => reply("200 OK", JSON, r#"{"result":1,"meetings":[]}"#),
            }
        });
        let site = Site::at(port, "");
        std::fs::write(site.path("a.csv"), timetable(0..3)).unwrap();
        site.run(&["import", "a.csv"]).expect(1, "3 failed");
        let errors = column(&site.only("", ".results.csv"), "error");
        assert!(errors.iter().all(|error| error.contains(told)), "{errors:?}");
    }
}

/// A reply that tells another user than was asked for is no proof: the meeting is read by its id, and what that says counts.
#[test]
fn a_reply_that_tells_another_user_is_held_against_the_meeting_itself() {
    for (user, warned) in [("u00000", false), ("u99999", true)] {
        let port = answer_all(move |head| {
            let meeting = |user: &str| {
                let title = title(0);
                format!(
                    r#"{{"result":1,"meeting":{{"meeting_id":"m1","user_id":"{user}","room_name":"{title}","duration":30}}}}"#
                )
            };
            match head {
                _ if head.starts_with("POST ") => reply("200 OK", JSON, &meeting("u99999")),
                _ if head.contains("/timezones") => reply("200 OK", JSON, ZONES),
                _ if head.contains("/meetings/m1") => reply("200 OK", JSON, &meeting(user)),
                _ => reply("200 OK", JSON, r#"{"result":1,"meetings":[]}"#),
            }
        });
        let site = Site::at(port, "");
        std::fs::write(site.path("a.csv"), timetable(0..1)).unwrap();
        let told = site.run(&["import", "a.csv"]);
        told.expect(0, "1 created");
        let differs = "the meeting was made, but the server keeps it otherwise: user_id (u99999 there, u00000 here)";
        assert_eq!(told.out.contains(differs), warned, "{told:?}");
        assert_eq!(told.out.contains("keeps it otherwise"), warned, "{told:?}");
        assert_eq!(column(&site.only("", ".results.csv"), "meeting_id"), ["m1"]);
    }
}

#[test]
fn a_meeting_that_the_server_says_it_made_and_does_not_have_is_unknown_and_never_sent_again() {
    let sent = Arc::new(AtomicU32::new(0));
    let posts = Arc::clone(&sent);
    let port = answer_all(move |head| match head {
        _ if head.starts_with("POST ") => {
            posts.fetch_add(1, Ordering::Relaxed);
            let title = title(0);
            let meeting = format!(r#"{{"meeting_id":"m1","user_id":"u99999","room_name":"{title}","duration":30}}"#);
            reply("200 OK", JSON, &format!(r#"{{"result":1,"meeting":{meeting}}}"#))
        }
        _ if head.contains("/timezones") => reply("200 OK", JSON, ZONES),
        _ if head.contains("/meetings/m1") => reply("404 Not Found", JSON, r#"{"result":1504,"error":"None such"}"#),
        _ => reply("200 OK", JSON, r#"{"result":1,"meetings":[]}"#),
    });
    let site = Site::at(port, "");
    std::fs::write(site.path("a.csv"), timetable(0..1)).unwrap();
    let told = site.run(&["import", "a.csv"]);
    told.expect(1, "1 unknown");
    told.expect(1, "the server said that it made meeting m1, and does not have it");
    let results = site.only("", ".results.csv");
    assert_eq!(column(&results, "meeting_id"), ["m1"]);
    std::fs::remove_file(results).unwrap();
    site.run(&["import", "a.csv"]).expect(1, "the meeting was deleted on the server");
    assert_eq!(sent.load(Ordering::Relaxed), 1);
}

const JSON: &str = "application/json";
const ZONES: &str = r#"{"result":1,"timezones":[{"timezone_id":"1","zone_name":"UTC","zone_abbr":"UTC","time_start":"1970-01-01 00:00:00","gmt_offset":0,"is_dst":false}]}"#;

fn reply(status: &str, kind: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

/// A server that answers by the request's head.
fn answer_all(answer: impl Fn(&str) -> String + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that hangs up is its own business.
            let _ = serve(stream, &answer);
        }
    });
    port
}

fn serve(mut stream: TcpStream, answer: &impl Fn(&str) -> String) -> std::io::Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    stream.write_all(answer(&head).as_bytes())
}

//! The page lets in those who show the token, by its own names, and sends strict headers.

use rustix::process::Signal;

use crate::http::Place;
use crate::site::{Site, timetable, wait_until};
use crate::{JOBS, served, web};

const TOKEN: &str = "correct-horse-battery-staple";

/// A site with a token in a file that is closed to others.
fn guarded(more: &str) -> (Place, Site) {
    let (page, table) = web(&format!("token = {{ file = \"token\" }}\n{more}"));
    let site = Site::new("");
    site.write("token", TOKEN);
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(site.path("token"), private).unwrap();
    site.configure(&format!("{table}{JOBS}"));
    (page, site)
}

#[test]
fn every_answer_keeps_a_browser_from_running_framing_sniffing_and_remembering() {
    let (page, table) = web("");
    let site = Site::new(&format!("{table}{JOBS}"));
    let _daemon = served(&site);
    for path in ["/", "/jobs/policy", "/nothing", "/api/list", "/metrics", "/healthz", "/readyz"] {
        let got = page.get(path);
        let policy = got.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"),
            "{path}: {got:?}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(got.header(name), value, "{path}");
        }
        for inline in ["<script", " style=", "<style", " onclick", "http://", "https://"] {
            assert!(!got.body.contains(inline), "{path} has {inline}");
        }
    }
    assert_eq!(page.get("/style.css").header("content-type"), "text/css; charset=utf-8");
    page.get("/nothing").expect(404, "There is no such page");
    page.post("/jobs/policy", "").expect(405, "Nothing is changed here");
    assert_eq!(
        page.post("/api/list", "").json()["error"],
        "Nothing is changed here. The commands of roomkeeper do that."
    );
    let head = page.send("HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[test]
fn a_name_that_somebody_else_gave_this_machine_is_refused() {
    let (page, table) = web("hosts = [\"keeper.example.org\"]");
    let site = Site::new(&format!("{table}{JOBS}"));
    let _daemon = served(&site);
    let called = |host: &str| page.send(&format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
    called("evil.example.com").expect(421, "have its name entered under `hosts`");
    assert_eq!(page.send("GET / HTTP/1.0\r\n\r\n").status, 421);
    for host in ["127.0.0.1", "[::1]:8787", "localhost:1", "keeper.example.org"] {
        assert_eq!(called(host).status, 200, "{host}");
    }
}

#[test]
fn with_a_token_nobody_looks_without_it() {
    let (page, site) = guarded("");
    let _daemon = served(&site);
    for path in ["/api/list", "/metrics", "/api/show/abcd"] {
        let got = page.get(path);
        assert_eq!((got.status, got.header("www-authenticate")), (401, "Bearer realm=\"roomkeeper\""), "{path}");
    }
    let got = page.get("/jobs/policy?outcome=failed");
    assert_eq!((got.status, got.header("location")), (303, "/sign-in?next=%2Fjobs%2Fpolicy%3Foutcome%3Dfailed"));
    assert_eq!(page.get("/healthz").status, 200, "a prober needs no token");

    let bearer = |token: &str| page.get_with("/api/list", &format!("Authorization: Bearer {token}\r\n"));
    assert_eq!(bearer(TOKEN).json()[0]["job"], "policy");
    assert_eq!(bearer("wrong").json()["error"], "that is not the token");

    page.get("/sign-in").expect(200, "<label for=\"token\">Token</label>");
    page.post("/sign-in", "token=wrong&next=%2F").expect(403, "That is not the token");
    let got = page.post("/sign-in", &format!("token={TOKEN}&next=%2Fjobs%2Fpolicy"));
    assert_eq!((got.status, got.header("location")), (303, "/jobs/policy"));
    let cookie = got.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains(TOKEN), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    let with_cookie = |path: &str| page.get_with(path, &format!("Cookie: {pair}\r\n"));
    with_cookie("/jobs/policy").expect(200, "At 02:30, every day");
    with_cookie("/").expect(200, "Sign out");
    let elsewhere = page.post("/sign-in", &format!("token={TOKEN}&next=%2F%2Fevil.example"));
    assert_eq!(elsewhere.header("location"), "/");

    let mut last = 0;
    for _ in 0..12 {
        last = page.post("/sign-in", "token=guess").status;
    }
    assert_eq!(last, 429);
    page.post("/sign-in", &format!("token={TOKEN}")).expect(429, "too many wrong tokens");
    assert_ne!(bearer(TOKEN).header("retry-after"), "", "guesses have no other door");
    assert_eq!(with_cookie("/").status, 200, "whoever is signed in stays so");
    assert!(!site.logs().contains(TOKEN));
}

#[test]
fn a_token_that_could_be_guessed_is_refused_and_the_work_goes_on() {
    let (page, site) = guarded("");
    site.write("token", "short");
    let daemon = site.daemon();
    daemon.wait_to_say("[web] token is too short to keep anybody out");
    site.write("token", TOKEN);
    daemon.signal(Signal::HUP);
    daemon.wait_to_say("the page is served at");
    assert_eq!(page.get("/api/list").status, 401);
}

#[test]
fn behind_a_proxy_the_page_knows_its_path() {
    let (page, table) = web("base_path = \"/keeper/\"");
    let site = Site::new(&format!("{table}{JOBS}"));
    let _daemon = served(&site);
    for path in ["/keeper/", "/"] {
        page.get(path).expect(200, "href=\"/keeper/jobs/policy\"").expect(200, "href=\"/keeper/style.css\"");
    }
    assert_eq!(page.get("/keeper").header("location"), "/keeper/");
    page.get("/keeper/jobs/policy").expect(200, "action=\"/keeper/jobs/policy\"");
}

#[test]
fn a_proxy_finds_the_page_at_a_socket_that_others_may_not_open() {
    let site = Site::new("");
    let socket = site.path("web.sock");
    site.configure(&format!("[web]\nlisten = \"unix:web.sock\"\n{JOBS}"));
    let mut daemon = served(&site);
    Place::Socket(socket.clone()).get("/").expect(200, "No problems");
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&socket).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o660);
    daemon.terminate();
    assert!(!socket.exists());
}

#[test]
fn another_address_is_in_force_with_the_next_reload_and_a_taken_one_is_told() {
    let (first, table) = web("");
    let site = Site::new(&format!("{table}{JOBS}"));
    let daemon = served(&site);
    first.get("/").expect(200, "policy");
    let (second, table) = web("");
    site.configure(&format!("{table}{JOBS}"));
    daemon.signal(Signal::HUP);
    wait_until("it is served there", || daemon.log().matches("the page is served at").count() == 2);
    second.get("/").expect(200, "policy");
    let Place::Port(port) = first else { panic!("a port") };
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    site.configure(&format!("[web]\nlisten = \"127.0.0.1:{port}\"\n{JOBS}"));
    daemon.signal(Signal::HUP);
    daemon.wait_to_say("cannot be listened at: Address already in use");
    site.configure(JOBS);
    daemon.signal(Signal::HUP);
    wait_until("it was read", || daemon.log().matches("was read anew, and is in force").count() == 3);
    assert_eq!(site.json(&["list", "--json"])[0]["job"], "policy");
}

#[test]
fn whoever_holds_the_lock_serves_the_page() {
    let (page, table) = web("");
    let site = Site::builder().delay(60).build("");
    site.configure(&format!("{table}{JOBS}"));
    site.write("a.csv", timetable(0..5000));
    let import = site.start("import", &["import", "a.csv"]);
    let Place::Port(port) = page else { panic!("a port") };
    wait_until("it is served", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    wait_until("it is under way", || page.get("/").body.contains("Running now"));
    let health = page.get("/healthz");
    assert_eq!((health.status, health.json()["healthy"].as_bool()), (503, Some(false)));
    assert!(health.body.contains("no daemon runs"), "{}", health.body);
    assert_eq!(page.get("/readyz").status, 200);
    drop(import);
}

#[test]
fn a_client_that_sends_no_end_of_its_request_is_cut_off_and_others_are_served() {
    use std::io::{Read, Write};
    let (page, table) = web("");
    let site = Site::new(&format!("{table}{JOBS}"));
    let _daemon = served(&site);
    let Place::Port(port) = page else { panic!("a port") };
    let mut slow = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n").unwrap();
    let long = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    let mut large = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    // It may be cut off in its sending.
    let _ = large.write_all(long.as_bytes());
    let mut answer = String::new();
    let _ = large.read_to_string(&mut answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    page.get("/").expect(200, "policy");
    let mut rest = Vec::new();
    assert!(slow.read_to_end(&mut rest).is_ok(), "it was not cut off in order");
}

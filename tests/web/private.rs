//! No PIN, no secret, no address of a person, and nothing of what a name says to a browser, is in any page.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::http::Place;
use crate::site::{KEY, Site, wait_until};
use crate::{served, web};

/// Titles that would be markup, and one of 50 signs of Chinese.
const TITLES: [&str; 4] = [
    "<script>alert(1)</script>",
    "</title><img src=x onerror=alert(2)>",
    "\"\" onmouseover='alert(3)' {{ 7 * 7 }} &amp; '>",
    "会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議",
];

/// Every page of the site that is linked, from the first on.
fn every_page(page: &Place) -> Vec<(String, String)> {
    let mut seen =
        BTreeSet::from(["/".to_owned(), "/mails".to_owned(), "/api/list".to_owned(), "/api/mail".to_owned()]);
    seen.extend(["/api/history", "/api/next", "/metrics", "/healthz"].map(str::to_owned));
    let mut left: Vec<_> = seen.iter().cloned().collect();
    let mut pages = Vec::new();
    while let Some(path) = left.pop() {
        let got = page.get(&path);
        assert!(got.status == 200 || got.status == 503, "{path}: {got:?}");
        let found = got.body.split("href=\"").skip(1).map(|rest| rest.split(['"', '#']).next().unwrap());
        for link in found.filter(|link| link.starts_with('/')) {
            let link = link.replace("&amp;", "&");
            let shown = link.strip_prefix("/runs/").filter(|rest| !rest.contains(['/', '?']));
            for link in shown.map(|run| format!("/api/show/{run}")).into_iter().chain([link.clone()]) {
                if seen.insert(link.clone()) {
                    left.push(link);
                }
            }
        }
        pages.push((path, got.body));
    }
    pages
}

#[test]
fn names_of_markup_are_names_on_every_page() {
    let (page, table) = web("");
    let site = Site::new("");
    site.configure(&format!("{table}[schedule_meetings.timetable]\n"));
    let mut text = "ref;user_id;room_name;start_time;duration;moderators;participants\n".to_owned();
    for (row, title) in TITLES.iter().enumerate() {
        for (minutes, kind) in [(30, "good"), (0, "bad")] {
            let quoted = title.replace('"', "\"\"");
            writeln!(text, "\"{kind}{row}<i>\";u00001;\"{quoted}\";2090-01-0{} 08:00;{minutes};1;2", row + 1).unwrap();
        }
    }
    site.write("<b>week.csv", text);
    site.run(&["import", "<b>week.csv"]).expect(3, "invalid");
    let _daemon = served(&site);
    let pages = every_page(&page);
    assert!(pages.len() > 15, "{:?}", pages.iter().map(|(path, _)| path).collect::<Vec<_>>());
    for (path, text) in pages.iter().filter(|(path, _)| !path.starts_with("/api/")) {
        for markup in ["<script", "<img", " onmouseover='", "<i>", "<b>week"] {
            assert!(!text.contains(markup), "{path} has {markup}: {text}");
        }
    }
    for told in ["&lt;script&gt;alert(1)", TITLES[3], "{{ 7 * 7 }}"] {
        assert!(pages.iter().any(|(_, text)| text.contains(told)), "no page tells {told}");
    }
}

#[test]
fn no_pin_no_secret_and_no_address_is_on_any_page() {
    let (page, table) = web("token = { file = \"token\" }");
    let site = Site::builder().users(3).build("");
    let token = "a-token-that-nobody-is-shown";
    site.write("token", token);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(site.path("token"), mode).unwrap();
    site.write("rooms.csv", "user_id,email\nu00000,owner-of-a-room@example.org\nu00001,other.owner@example.net\n");
    let open = table.replace("token = { file = \"token\" }", "");
    site.configure(&format!(
        "[mail]\nserver = \"smtp://127.0.0.1:1\"\nfrom = 'keeper@example.org'\nto = ['it-office@example.org']\non = 'always'\n{open}\
         [rotate_pins.nightly]\nrooms = {{ list = \"rooms.csv\" }}\npins = [\"moderator\", \"participant\"]\npin_sheet = \"sheet.csv\"\n\
         [schedule_meetings.timetable]\n"
    ));
    let text = "ref,user_id,room_name,start_time,duration,moderators,participants,invitee_emails\n\
                a,u00001,Algebra,2090-01-01 08:00,30,1,2,guest-of-a-row@example.org\n\
                b,u00001,Ask teacher@example.org,2090-01-02 08:00,30,1,2,not-an-address@\n";
    site.write("week.csv", text);
    site.run(&["import", "--job", "timetable", "week.csv"]).expect(3, "created");
    site.run(&["run", "nightly"]).expect(0, "reset");
    let sheet = std::fs::read_to_string(site.path("sheet.csv")).unwrap();
    let results = std::fs::read_to_string(site.only("", ".results.csv")).unwrap();
    let mut pins: Vec<String> = Vec::new();
    for (text, columns) in [(&sheet, ["mpin", "ppin"]), (&results, ["mpin", "ppin"])] {
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let headings = reader.headers().unwrap().clone();
        let at: Vec<_> = columns.iter().filter_map(|name| headings.iter().position(|found| found == *name)).collect();
        for record in reader.records() {
            let record = record.unwrap();
            pins.extend(at.iter().map(|at| record[*at].to_owned()).filter(|pin| !pin.is_empty()));
        }
    }
    assert!(pins.len() >= 5, "{pins:?}");
    let _daemon = served(&site);
    wait_until("a mail waits", || page.get("/").body.contains("to be sent"));
    let pages = every_page(&page);
    assert!(pages.iter().any(|(path, _)| path.contains("/mails/")), "no mail was looked at");
    for (path, text) in &pages {
        for address in ["owner-of-a-room", "other.owner", "it-office", "guest-of-a-row", "teacher@", "keeper@example"] {
            assert!(!text.contains(address), "{path} tells {address}: {text}");
        }
        assert!(!text.contains(KEY) && !text.contains(token), "{path} tells a secret");
        for pin in &pins {
            let is_told = text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == pin);
            assert!(!is_told, "{path} tells the PIN {pin}: {text}");
        }
    }
}

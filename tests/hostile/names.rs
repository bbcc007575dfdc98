//! Names that others choose: a room's, on the server and in a timetable; an owner's, in a list. None becomes a header, a line, a
//! tag or a formula, wherever it is told.

use mail_parser::MessageParser;
use serde_json::json;

use super::surroundings::{ask, timetable};
use crate::room_jobs::with_rooms;
use crate::site::Site;

const ROTATION: &str = "[rotate_pins.nightly]\nrooms = { list = 'rooms.csv' }\nnotify_owners = true\n\
                        pin_sheet = 'pins/sheet.csv'\n";

/// The mails, as another program reads them: receiver, headers' names, text, HTML.
fn mails(site: &Site) -> Vec<(String, Vec<String>, String, String)> {
    let folder = std::fs::read_dir(site.path("state/mail")).unwrap().map(|entry| entry.unwrap().path());
    let read = folder.filter(|path| path.extension().is_some_and(|ending| ending == "eml")).map(|path| {
        let bytes = std::fs::read(path).unwrap();
        let mail = MessageParser::default().parse(&bytes).unwrap();
        let to = mail.to().unwrap().first().unwrap().address().unwrap().to_owned();
        let names = mail.headers().iter().map(|header| header.name().to_owned()).collect();
        let body = |body: Option<std::borrow::Cow<'_, str>>| body.unwrap_or_default().into_owned();
        (to, names, body(mail.body_text(0)), body(mail.body_html(0)))
    });
    read.collect()
}

#[track_caller]
fn expect_no_forged_header(names: &[String]) {
    for name in names {
        let known = ["From", "Subject", "Date", "Message-ID", "Auto-Submitted", "To", "MIME-Version", "Content-Type"];
        let known = known.contains(&name.as_str()) || name == "Content-Transfer-Encoding";
        assert!(known, "a header that nobody wrote: {names:?}");
    }
}

#[test]
fn a_rooms_and_an_owners_name_forge_no_header_and_no_line_of_an_owners_mail() {
    let site = with_rooms(2, ROTATION);
    let rooms = site.rooms();
    let forged = "Room\r\nBcc: all@example.org\r\n\r\nPIN: 666";
    ask(&site, "PATCH", &format!("/meetings/permanent/{}", rooms["u00000"].room_id), &json!({ "room_name": forged }));
    site.write(
        "rooms.csv",
        "user_id,email,name\nu00000,u00000@example.org,\"Eve\r\nBcc: x@example.org\r\n\r\nPIN for moderators: 000\"\n",
    );
    site.run_job("nightly", 0);
    let mails = mails(&site);
    let (_, names, text, _) = mails.iter().find(|(to, ..)| to == "u00000@example.org").unwrap();
    expect_no_forged_header(names);
    let room = &site.rooms()["u00000"];
    assert!(text.contains(&room.mpin) && text.contains(&room.ppin), "{text}");
    let pins: Vec<_> = text.lines().filter(|line| line.starts_with("PIN")).collect();
    assert_eq!(pins.len(), 2, "a name made a line of its own: {text}");
    assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
}

#[test]
fn an_owners_address_that_is_none_is_refused_before_a_pin_changes() {
    for address in ["\"a@example.org\nBcc: x@example.org\"", "\"a@example.org, Bcc: b@example.org\"", "a@example.org>"]
    {
        let site = with_rooms(1, ROTATION);
        site.write("rooms.csv", format!("user_id,email\nu00000,{address}\n"));
        let before = site.rooms()["u00000"].mpin.clone();
        let ran = site.run(&["run", "nightly"]);
        assert_eq!(ran.code, 1, "{address}: {ran:?}");
        assert_eq!(site.rooms()["u00000"].mpin, before);
        for (to, names, ..) in mails(&site) {
            assert_eq!(to, "it@example.org");
            expect_no_forged_header(&names);
        }
    }
}

#[test]
fn titles_of_a_timetable_forge_nothing_in_the_mail_about_it() {
    let site = with_rooms(1, "");
    // Each is wrong, so that the mail names it: too long, by its tail.
    let title = format!("<script>alert(1)</script><img src=x>\r\nBcc: x@y.z\r\n{}", "x".repeat(60));
    site.write("a\rBcc: b@c.d.csv", timetable(&title));
    let ran = site.run(&["import", "a\rBcc: b@c.d.csv"]);
    assert!(ran.code != 0 && !ran.out.contains("\r\nBcc"), "{ran:?}");
    let mails = mails(&site);
    let [(_, names, text, html)] = mails.as_slice() else { panic!("{mails:?}") };
    expect_no_forged_header(names);
    assert!(text.contains("alert(1)"), "the title is not told: {text}");
    assert!(!text.lines().any(|line| line.trim_start().starts_with("Bcc:")), "{text}");
    assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
}

#[test]
fn no_name_is_a_formula_in_results_an_export_or_a_sheet() {
    let site = with_rooms(1, "");
    let formula = "=HYPERLINK(\"http://x\",\"y\")";
    site.configure(&format!(
        "{ROTATION}[export_meetings.history]\npath = 'exports/all.csv'\n[schedule_meetings.timetable]\n"
    ));
    site.list(0..1);
    site.write("a.csv", timetable(formula));
    assert_eq!(site.run(&["import", "a.csv"]).code, 0);
    let room = format!("/meetings/permanent/{}", site.rooms()["u00000"].room_id);
    ask(&site, "PATCH", &room, &json!({ "room_name": "@SUM(1+1)*cmd|' /C calc'!A0" }));
    site.run_job("nightly", 0);
    site.sandbox.add_meetings(1, 0);
    site.run_job("history", 0);
    for file in [site.only("", ".results.csv"), site.only("pins", ".csv"), site.only("exports", ".csv")] {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let mut cells = 0;
        for cell in reader.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
            cells += 1;
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell} in {}", file.display());
        }
        assert!(cells > 10, "{text}");
    }
    let results = std::fs::read_to_string(site.only("", ".results.csv")).unwrap();
    assert!(results.contains("'=HYPERLINK"), "{results}");
    assert!(std::fs::read_to_string(site.only("pins", ".csv")).unwrap().contains("'@SUM"));
}

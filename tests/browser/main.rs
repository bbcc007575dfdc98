//! The page in a real Chromium: contrast, landmarks and headings by axe-core, at two widths, in the light and in the dark, with no job,
//! five and sixty, and with names that are long, Chinese, or markup.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod driver;
#[path = "../support/site/mod.rs"]
mod site;

use std::fmt::Write as _;

use crate::driver::{Browser, LOOKS, Look};
use crate::site::{Running, Site, free_port, timetable, wait_until};

/// A title of 50 signs, and one that would be markup.
const CHINESE: &str =
    "会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議会議";
const MARKUP: &str = "<script>alert(1)</script><b>bold</b>";

/// Jobs, so many.
fn jobs(number: usize) -> String {
    let schedules = ["30 2 * * *", "*/15 * * * *", "0 9-17 * * 1-5", "0 0 1 * *", "@hourly"];
    (0..number).fold(String::new(), |mut text, n| {
        let (schedule, enabled) = (schedules[n % schedules.len()], n % 7 != 6);
        let name = if n == 4 { "a-job-of-a-long-name-that-does-not-fit-on-a-phone-in-one-line".to_owned() } else { format!("policy-{n}") };
        write!(text, "[sync_rooms.{name}]\nenabled = {enabled}\nschedule = \"{schedule}\"\nrooms = {{ own = true }}\nset = {{ knock = true }}\n").unwrap();
        text
    })
}

/// A site whose page is served, and the page's address.
fn served(number: usize, has_runs: bool) -> (Site, Running, String) {
    let port = free_port();
    let site = Site::builder().timezone("Europe/Berlin").build("");
    let files = if number > 0 { "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\n" } else { "" };
    site.configure(&format!("[web]\nlisten = \"127.0.0.1:{port}\"\n{files}{}", jobs(number.saturating_sub(1))));
    if has_runs {
        site.write("good.csv", timetable(0..12));
        site.write("bad.csv", timetable(12..14).replace(",30,1,20", ",0,1,20"));
        let rows = timetable(14..17).replace(&site::title(14), CHINESE).replace(&site::title(15), MARKUP);
        site.write("week <b>.csv", rows.replacen(",30,1,20", ",0,1,20", 1));
        for name in ["good.csv", "bad.csv", "good.csv", "week <b>.csv"] {
            site.run(&["import", "--job", "timetable", name]);
        }
        site.run(&["pause", "policy-1"]).expect(0, "");
        site.run(&["run", "policy-0"]).expect(0, "");
    }
    let daemon = site.daemon();
    daemon.wait_to_say("the page is served at");
    (site, daemon, format!("http://127.0.0.1:{port}"))
}

/// Looks at a page in every way, and lists what stands against it.
fn faults(browser: &Browser, name: &str, url: &str, but_for: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for look in LOOKS {
        browser.look(look);
        browser.open(url);
        let found = browser.faults(but_for);
        faults.extend(found.into_iter().map(|fault| format!("{name} {look:?}: {fault}")));
        let over = "const all = [...document.querySelectorAll('body *')].filter(it => it.getBoundingClientRect().right > innerWidth + 1 \
                    && !it.closest('.scroll, .unseen, .skip')); return document.documentElement.scrollWidth > innerWidth \
                    ? all.slice(0, 3).map(it => it.outerHTML.slice(0, 120)).join(' | ') || 'something' : ''";
        let over = browser.run(over);
        if over != "" {
            faults.push(format!("{name} {look:?}: is wider than the window: {over}"));
        }
        if let Some(folder) = std::env::var_os("ROOMKEEPER_SCREENSHOTS") {
            let scheme = if look.is_dark { "dark" } else { "light" };
            let path = std::path::Path::new(&folder).join(format!("{name}-{}-{scheme}.png", look.width));
            std::fs::write(path, browser.picture(4000)).unwrap();
        }
    }
    faults
}

/// The address that a link of the page leads to, by a part of it.
fn link(browser: &Browser, part: &str) -> String {
    let script = format!(
        "return [...document.querySelectorAll('main a')].map(it => it.href).find(it => it.includes('{part}')) || ''"
    );
    let found = browser.run(&script).as_str().unwrap().to_owned();
    assert!(!found.is_empty(), "no link with {part}");
    found
}

#[test]
fn every_page_can_be_read_by_everybody() {
    let Some(browser) = Browser::start("every_page_can_be_read_by_everybody") else { return };
    let mut found = Vec::new();
    for number in [0, 5, 60] {
        let (_site, _daemon, page) = served(number, number > 0);
        found.extend(faults(&browser, &format!("first-{number}"), &format!("{page}/?refresh=off"), &[]));
        if number == 5 {
            // The page loads itself again on purpose, and its first link ends that.
            found.extend(faults(&browser, "first-refreshing", &format!("{page}/"), &["meta-refresh"]));
            found.extend(faults(&browser, "job", &format!("{page}/jobs/timetable"), &[]));
            found.extend(faults(&browser, "job-scheduled", &format!("{page}/jobs/policy-0"), &[]));
            found.extend(faults(&browser, "nothing", &format!("{page}/nothing"), &[]));
            found.extend(faults(&browser, "mails", &format!("{page}/mails"), &[]));
            browser.open(&format!("{page}/jobs/timetable"));
            let run = link(&browser, "/runs/");
            found.extend(faults(&browser, "run", &run, &[]));
            browser.open(&run);
            let item = link(&browser, "/items/");
            found.extend(faults(&browser, "item", &item, &[]));
            found.extend(faults(&browser, "mail", &link(&browser, "/runs/"), &[]));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_form_to_sign_in_can_be_used_by_keyboard_alone() {
    let Some(browser) = Browser::start("the_form_to_sign_in_can_be_used_by_keyboard_alone") else { return };
    let port = free_port();
    let site = Site::new("");
    site.write("token", "correct-horse-battery");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(site.path("token"), mode).unwrap();
    site.configure(&format!("[web]\nlisten = \"127.0.0.1:{port}\"\ntoken = {{ file = \"token\" }}\n{}", jobs(3)));
    let daemon = site.daemon();
    daemon.wait_to_say("the page is served at");
    let found = faults(&browser, "sign-in", &format!("http://127.0.0.1:{port}/sign-in"), &[]);
    assert!(found.is_empty(), "{}", found.join("\n"));
    browser.open(&format!("http://127.0.0.1:{port}/jobs/policy-1"));
    browser.press("correct-horse-battery\u{e007}");
    wait_until("the job's page is there", || browser.run("return document.title") == "policy-1 · roomkeeper");
}

#[test]
fn the_first_screen_is_walked_through_by_keyboard() {
    let Some(browser) = Browser::start("the_first_screen_is_walked_through_by_keyboard") else { return };
    let (_site, _daemon, page) = served(5, true);
    browser.look(LOOKS[0]);
    browser.open(&format!("{page}/?refresh=off"));
    let focused = || {
        browser
            .run("return document.activeElement.className + ' ' + (document.activeElement.getAttribute('href') || '')")
    };
    browser.press("\u{e004}");
    assert_eq!(focused(), "skip #content");
    browser.press("\u{e007}");
    assert_eq!(browser.run("return document.activeElement.id"), "content");
    let all = browser.run("return document.querySelectorAll('main a').length").as_u64().unwrap();
    assert!(all > 10, "{all}");
    for at in 0..all {
        browser.press("\u{e004}");
        let script = format!(
            "const it = document.activeElement; return it === document.querySelectorAll('main a')[{at}] && getComputedStyle(it).outlineStyle !== 'none'"
        );
        assert_eq!(browser.run(&script), true, "link {at} of {all}: {}", focused());
    }
}

#[test]
fn markup_in_a_name_runs_nothing_and_a_script_would_not_run() {
    let Some(browser) = Browser::start("markup_in_a_name_runs_nothing_and_a_script_would_not_run") else { return };
    let (_site, _daemon, page) = served(5, true);
    browser.look(LOOKS[0]);
    browser.open(&format!("{page}/jobs/timetable"));
    let run = link(&browser, "/runs/");
    let run = browser.run(&format!("return [...document.querySelectorAll('tr')].filter(row => row.innerText.includes('week <b>')).map(row => row.querySelector('a').href)[0] || '{run}'"));
    browser.open(run.as_str().unwrap());
    let text = browser.run("return document.body.innerText");
    assert!(text.as_str().unwrap().contains(MARKUP) && text.as_str().unwrap().contains(CHINESE), "{text}");
    assert_eq!(browser.run("return document.querySelectorAll('script, main b').length"), 0);
    let tried = "const it = document.createElement('script'); it.textContent = 'window.ran = true'; document.body.append(it); return window.ran === true";
    assert_eq!(browser.run(tried), false, "the policy lets a script run");
}

#[test]
fn the_picture_of_the_readme_is_of_this_page() {
    let Some(browser) = Browser::start("the_picture_of_the_readme_is_of_this_page") else { return };
    let (site, _daemon, page) = served(5, true);
    for day in 0..14 {
        site.write("more.csv", timetable(100 + day * 3..103 + day * 3));
        site.run(&["import", "--job", "timetable", "more.csv"]).expect(0, "3 created");
    }
    browser.look(Look { width: 1120, is_dark: false });
    browser.open(&format!("{page}/?refresh=off"));
    let picture = browser.picture(1400);
    assert!(picture.starts_with(b"\x89PNG") && picture.len() > 10_000, "{} bytes", picture.len());
    if let Some(path) = std::env::var_os("ROOMKEEPER_PICTURE") {
        std::fs::write(path, picture).unwrap();
    }
}

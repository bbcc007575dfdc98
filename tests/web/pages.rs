//! The pages say what became of runs and items, and lead from one to the next.

use rustix::process::Signal;

use crate::http::{Got, Place};
use crate::site::{Site, timetable, wait_until};
use crate::{JOBS, served, web};

/// A site after an import of which some rows are wrong; the run's id is the second.
fn partly(more: &str) -> (Place, Site, String) {
    let (page, table) = web("");
    let site = Site::builder().timezone("Europe/Berlin").build("");
    site.configure(&format!("{more}{table}{JOBS}"));
    let rows = timetable(0..250);
    let (good, bad) = rows.split_at(rows.lines().take(248).map(|line| line.len() + 1).sum());
    site.write("week.csv", format!("{good}{}", bad.replace(",30,1,20", ",0,1,20")));
    site.run(&["import", "--job", "timetable", "week.csv"]).expect(3, "3 invalid");
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    (page, site, run)
}

/// The links of a page that hold this.
fn links<'a>(got: &'a Got, part: &str) -> Vec<&'a str> {
    let found = got.body.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    found.filter(|link| link.contains(part)).collect()
}

#[test]
fn the_first_screen_tells_problems_with_what_to_do_and_each_job_with_its_last_success() {
    let (page, site, run) = partly("");
    site.run(&["pause", "policy"]).expect(0, "");
    let daemon = served(&site);
    let first = page.get("/");
    let short = &run[28..];
    for words in [
        "<title>1 problem · roomkeeper</title>",
        "timetable: 3 of 250 rows did not succeed",
        &format!("roomkeeper retry {short}"),
        "At 02:30, every day <code>30 2 * * *</code>",
        "paused</span>",
        "disabled</span>",
        "<strong>never</strong>",
        "<meta http-equiv=\"refresh\" content=\"15\">",
        "href=\"/?refresh=off\"",
        "(Europe/Berlin)",
        " UTC\"",
    ] {
        assert!(first.body.contains(words), "no {words:?} in {}", first.body);
    }
    assert!(links(&first, "/runs/").iter().all(|link| link.ends_with(&run)), "{:?}", links(&first, "/runs/"));
    let mark = first.body.split("class=\"mark mixed\" href").nth(1).unwrap();
    assert!(mark.split('>').next().unwrap().contains(": partial, 247 created, 3 invalid, took "), "{mark}");
    let still = page.get("/?refresh=off");
    assert!(!still.body.contains("http-equiv"), "it refreshes itself");
    for path in links(&first, "/") {
        assert!(matches!(page.get(path).status, 200), "{path}");
        assert!(path == "/" || !page.get(path).body.contains("http-equiv"), "{path} refreshes itself while it is read");
    }
    drop(daemon);
}

#[test]
fn a_run_tells_its_problems_first_and_every_item_is_reached_by_its_key() {
    let (page, site, run) = partly("");
    let _daemon = served(&site);
    let path = format!("/runs/{run}");
    let got = page.get(&path);
    for words in ["partial", "week.csv", "247 created", "3 invalid", "Correct the rows of the retry file"] {
        assert!(got.body.contains(words), "no {words:?} in {}", got.body);
    }
    let (mut seen, mut next, mut pages) = (Vec::new(), Some(path.clone()), 0);
    while let Some(at) = next {
        let got = page.get(&at);
        seen.extend(links(&got, "/items/").into_iter().map(str::to_owned));
        next = links(&got, "behind=").first().map(|link| link.replace("&amp;", "&").replace("#items", ""));
        pages += 1;
    }
    let in_order: Vec<_> = (248..=250).chain(1..=247).map(|n| format!("{path}/items/{n}")).collect();
    assert_eq!((seen, pages), (in_order, 3));

    let invalid = page.get(&format!("{path}?status=invalid"));
    assert_eq!(links(&invalid, "/items/").len(), 3);
    let found = page.get(&format!("{path}?search=r17"));
    assert_eq!(links(&found, "/items/").len(), 11, "{}", found.body);
    assert_eq!(links(&page.get(&format!("{path}?search=lecture+000200")), "/items/"), [format!("{path}/items/201")]);
    page.get(&format!("{path}?search=nothing")).expect(200, "There is none.");
    page.get(&format!("{path}?status=x")).expect(400, "`status` in the address is not a status of an item");
    assert_eq!(page.get(&format!("/runs/{}", &run[28..])).header("location"), path);
    page.get("/runs/018bcfe5-6800-7000-8000-000000000001").expect(404, "There is no such page");

    let item = page.get(&format!("{path}/items/1"));
    for words in ["Lecture 000000", "created", "<dt>Ref</dt><dd>r0</dd>", "HTTP 20"] {
        assert!(item.body.contains(words), "no {words:?} in {}", item.body);
    }
    page.get(&format!("{path}/items/249")).expect(200, "Nothing was sent for it.");
    page.get(&format!("{path}/items/251")).expect(404, "There is no such page");
}

#[test]
fn the_mail_about_a_run_is_shown_as_it_was_sent() {
    let (page, site, run) = partly("[mail]\nto = ['it@example.org']\non = 'always'\n");
    let _daemon = served(&site);
    wait_until("the mail is sent", || page.get(&format!("/runs/{run}")).body.contains("was sent"));
    let got = page.get(&format!("/runs/{run}"));
    let mail = page.get(links(&got, "/mails/")[0]);
    mail.expect(200, "<pre").expect_words(&["PARTIAL", "247  created", "3  invalid"]);
    page.get("/mails").expect(200, "There is none.");
}

#[test]
fn a_job_tells_its_runs_by_outcome_and_day_and_why_it_did_not_run() {
    let (page, site, run) = partly("");
    site.write("good.csv", timetable(300..302));
    site.run(&["import", "--job", "timetable", "good.csv"]).expect(0, "2 created");
    let daemon = served(&site);
    let got = page.get("/jobs/timetable");
    for words in ["<svg class=\"plot\"", "good.csv", "week.csv", "Times at which it did not run"] {
        assert!(got.body.contains(words), "no {words:?} in {}", got.body);
    }
    let of = |filter: &str| {
        let got = page.get(&format!("/jobs/timetable?{filter}"));
        links(&got, "/runs/").into_iter().map(|link| link.rsplit('/').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of("outcome=partial"), std::slice::from_ref(&run));
    assert_eq!(of("outcome=left"), std::slice::from_ref(&run));
    assert_eq!((of("outcome=failed"), of("until=2020-01-01"), of("from=2090-01-01")), (vec![], vec![], vec![]));
    assert_eq!(of("outcome=&from=2020-01-01&until=2090-01-01").len(), 2);
    page.get("/jobs/timetable?from=x").expect(400, "`from` in the address is not a day such as 2027-02-01");
    page.get("/jobs/policy").expect(200, "At 02:30, every day").expect(200, "Next times");
    page.get("/jobs/nobody").expect(404, "There is no such page");
    page.get("/jobs/a%20b").expect(404, "There is no such page");

    site.configure("");
    daemon.signal(Signal::HUP);
}

#[test]
fn a_run_that_was_made_good_is_no_problem_any_more() {
    let (page, site, run) = partly("");
    let retry = site.only("", ".retry.csv");
    let rows = std::fs::read_to_string(&retry).unwrap().replace(",0,1,20", ",30,1,20");
    std::fs::write(&retry, rows).unwrap();
    site.run(&["import", "--job", "timetable", retry.to_str().unwrap()]).expect(0, "3 created");
    let _daemon = served(&site);
    page.get("/").expect(200, "<title>No problems · roomkeeper</title>");
    page.get(&format!("/runs/{run}")).expect(200, "was made good by");
}

#[test]
fn a_run_under_way_tells_how_far_it_is() {
    let (page, table) = web("");
    let site = Site::builder().delay(40).build("");
    site.configure(&format!("{table}{JOBS}"));
    let _daemon = served(&site);
    site.drop_renamed("slow.csv", &timetable(0..2000));
    wait_until("it tells a rate", || page.get("/").body.contains(" a second"));
    let first = page.get("/");
    first.expect_words(&["Running now", "<progress max=\"2000\"", " of 2000 done, 0 failed", "class=\"mark live\""]);
}

#[test]
fn files_that_cannot_be_taken_are_problems() {
    let (page, table) = web("");
    let site = Site::new("");
    site.configure(&format!("{table}{JOBS}"));
    std::fs::create_dir(site.path("inbox/week.xlsx.d")).unwrap();
    site.drop_renamed("week.pdf", "x");
    let _daemon = served(&site);
    wait_until("both are told", || page.get("/").body.contains("<title>2 problems"));
    page.get("/").expect_words(&["week.pdf", "class=\"problem bad\"", "take the other file out of the folder"]);
    page.get("/jobs/timetable").expect_words(&["What stands in its way", "week.pdf", "week.xlsx.d"]);
}

#[test]
fn a_server_that_is_waited_for_is_a_problem() {
    let (page, table) = web("");
    let mut site = Site::builder().delay(20).build("");
    site.configure(&format!("{table}{JOBS}"));
    let _daemon = served(&site);
    site.drop_renamed("slow.csv", &timetable(0..2000));
    wait_until("it is under way", || page.get("/").body.contains(" of 2000 done"));
    site.sandbox.stop();
    wait_until("it is told", || page.get("/").body.contains("timetable waits"));
    page.get("/").expect_words(&["<title>1 problem ·", "the run goes on by itself", "Running now", " waits: "]);
}

impl Got {
    #[track_caller]
    fn expect_words(&self, all: &[&str]) {
        for words in all {
            assert!(self.body.contains(words), "no {words:?} in {}", self.body);
        }
    }
}

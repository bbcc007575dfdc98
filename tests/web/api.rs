//! The same JSON as the commands tell.

use crate::site::{Site, timetable};
use crate::{JOBS, served, web};

#[test]
fn programs_read_here_what_the_commands_tell() {
    let (page, table) = web("");
    let site = Site::new(&format!("{table}{JOBS}"));
    site.write("good.csv", timetable(0..3));
    site.write("bad.csv", timetable(3..5).replace(",30,1,20", ",0,1,20"));
    site.run(&["import", "--job", "timetable", "good.csv"]).expect(0, "3 created");
    site.run(&["import", "--job", "timetable", "bad.csv"]).expect(1, "invalid");
    site.run(&["pause", "policy"]).expect(0, "");
    let _daemon = served(&site);
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    for (path, arguments) in [
        ("/api/list", vec!["list", "--json"]),
        ("/api/history", vec!["history", "--json"]),
        (
            "/api/history?problems&job=timetable&limit=1",
            vec!["history", "timetable", "--problems", "--limit", "1", "--json"],
        ),
        ("/api/history?since=1d", vec!["history", "--since", "1d", "--json"]),
        ("/api/next?limit=3", vec!["next", "-n", "3", "--json"]),
        ("/api/why/policy", vec!["why", "policy", "--json"]),
        ("/api/mail", vec!["mail", "--json"]),
        (&format!("/api/show/{run}"), vec!["show", &run, "--json"]),
        (&format!("/api/show/{}?problems", &run[24..]), vec!["show", &run, "--problems", "--json"]),
    ] {
        let got = page.get(path);
        assert_eq!((got.status, got.header("content-type")), (200, "application/json"), "{path}");
        // Mails go to root where the configuration says nothing else, and no page tells an address.
        let told = site.run(&arguments).out.replace("root@", "…@");
        assert_eq!(got.body, told, "{path}");
    }
}

#[test]
fn a_question_that_makes_no_sense_is_told_so_in_json() {
    let (page, table) = web("");
    let site = Site::new(&format!("{table}{JOBS}"));
    let _daemon = served(&site);
    for (path, status, words) in [
        ("/api/", 404, "there is no such question"),
        ("/api/show/abcdef", 404, "there is no run abcdef"),
        ("/api/why/nobody", 404, "there is no job nobody, and there was none"),
        ("/api/history?limit=9999", 400, "`limit` in the address is not a number from 1 to 1000"),
        ("/api/history?since=yesterday", 400, "`since` in the address is not a time"),
        ("/api/next?job=x%20y", 400, "`job` in the address is not the name of a job"),
    ] {
        let got = page.get(path);
        assert_eq!(got.status, status, "{path}");
        assert!(got.json()["error"].as_str().unwrap().contains(words), "{path}: {got:?}");
    }
}

#[test]
fn an_answer_of_many_items_comes_whole() {
    let (page, table) = web("");
    let site = Site::new(&format!("{table}{JOBS}"));
    site.write("many.csv", timetable(0..1500).replace(",30,1,20", ",0,1,20"));
    site.run(&["import", "--job", "timetable", "many.csv"]).expect(1, "1500 invalid");
    let _daemon = served(&site);
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    let got = page.get(&format!("/api/show/{run}"));
    assert_eq!(got.json()["items"].as_array().unwrap().len(), 1500);
}

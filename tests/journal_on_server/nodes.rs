//! Jobs that name the machines that run them: the others leave their due times, folders and runs alone, and say which machines do.

use crate::http::Place;
use crate::site::{Site, free_port, names, timetable, wait_until};
use crate::{cluster, site, tables_with};

/// Two jobs of folders, one for the machines a and b, one for c; one that is due each second on a and b; and the page.
fn tables(node: &str, page: u16) -> String {
    let ours = "nodes = [\"a\", \"b\"]\n";
    format!(
        "node = \"{node}\"\n[web]\nlisten = \"127.0.0.1:{page}\"\n\
         [schedule_meetings.theirs]\ninbox = \"theirs\"\nsettle = \"100ms\"\n{ours}\
         [schedule_meetings.ours]\ninbox = \"ours\"\nsettle = \"100ms\"\nnodes = \"c\"\n\
         [sync_rooms.policy]\nschedule = \"* * * * * *\"\nrooms = {{ own = true }}\nset = {{ knock = true }}\n{ours}"
    )
}

fn drop(site: &Site, folder: &str, name: &str, text: &str) {
    std::fs::create_dir_all(site.path(folder)).unwrap();
    site.write(name, text);
    std::fs::rename(site.path(name), site.path(folder).join(name)).unwrap();
}

#[test]
fn a_machine_leaves_the_jobs_of_others_alone_and_says_who_runs_them() {
    let test = "nodes::a_machine_leaves_the_jobs_of_others_alone_and_says_who_runs_them";
    let Some(cluster) = cluster(test) else { return };
    let (site, address) = site(cluster, "");
    let page = free_port();
    site.configure(&tables_with(&address, &tables("c", page)));
    drop(&site, "theirs", "theirs.csv", &timetable(0..3));
    drop(&site, "ours", "ours.csv", &timetable(3..5));
    let mut daemon = site.daemon();
    daemon.wait_to_say("the page is served at");
    wait_until("its own file is done", || !names(&site.path("ours/done")).is_empty());
    site.run(&["list"]).expect(0, "  on a, b\n");
    site.run(&["next", "policy"]).expect(0, "policy runs on a, b, not on this machine, so nothing is coming here");
    site.run(&["why", "policy"]).expect(0, "policy runs on a, b, not on this machine");
    site.run(&["check"]).expect(0, "theirs runs on a, b, not on this machine");
    let place = Place::Port(page);
    assert!(place.get("/").body.contains("on a, b"), "{}", place.get("/").body);
    assert!(place.get("/jobs/policy").body.contains("It runs on a, b, not on this machine."));
    assert!(place.get("/jobs/ours").body.contains("It runs on c."));
    let listed = site.json(&["list", "--json"]);
    let of = |job: &str| listed.as_array().unwrap().iter().find(|line| line["job"] == job).unwrap().clone();
    assert_eq!((of("policy")["elsewhere"].clone(), of("policy")["next"].clone()), (true.into(), ().into()));
    assert_eq!((of("policy")["nodes"].clone(), of("ours")["elsewhere"].clone()), (vec!["a", "b"].into(), false.into()));
    // The daemon says it, and so does a command without one.
    let commands = [&["run", "policy"][..], &["run", "theirs", "--dry-run"], &["import", "a.csv", "--job", "theirs"]];
    site.write("a.csv", timetable(5..6));
    for daemon_runs in [true, false] {
        for command in commands {
            let told = site.run(command);
            told.expect(2, " runs on a, b, and this machine is c: give the command there");
        }
        if daemon_runs {
            assert!(daemon.terminate().0.success());
        }
    }
    assert_eq!(site.json(&["history", "policy", "--json"]), serde_json::json!([]));
    assert_eq!(names(&site.path("theirs")), ["theirs.csv"]);
    site.sandbox.expect_made(3..5);
    // The same folder under the name of one of them.
    site.configure(&tables_with(&address, &tables("b", page)));
    let mut daemon = site.daemon();
    wait_until("the file is done", || !names(&site.path("theirs/done")).is_empty());
    wait_until("the due time has come", || site.json(&["history", "policy", "--json"]) != serde_json::json!([]));
    assert!(daemon.terminate().0.success());
    site.sandbox.expect_made(0..5);
}

#[test]
fn a_run_that_was_left_unfinished_waits_for_the_machines_of_its_job() {
    let test = "nodes::a_run_that_was_left_unfinished_waits_for_the_machines_of_its_job";
    let Some(cluster) = cluster(test) else { return };
    let (site, address) = site(cluster, "");
    let job = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"100ms\"\nnodes = [\"a\"]\n\
               [schedule_meetings.other]\ninbox = \"other\"\nsettle = \"100ms\"\nnodes = [\"b\"]\n";
    let configure = |node: &str| site.configure(&tables_with(&address, &format!("node = \"{node}\"\n{job}")));
    configure("a");
    let mut daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..200));
    wait_until("it sends", || site.requested() >= 40);
    daemon.kill();
    configure("b");
    drop(&site, "other", "b.csv", &timetable(200..201));
    let mut daemon = site.daemon();
    wait_until("the machine b works", || !names(&site.path("other/done")).is_empty());
    let run = site.json(&["history", "timetable", "--json"])[0]["run"].as_str().unwrap().to_owned();
    site.run(&["retry", &run]).expect(1, "is under way");
    assert!(daemon.terminate().0.success());
    assert!(site.sandbox.made().len() < 200, "the machine b did something of it");
    configure("a");
    let mut daemon = site.daemon();
    wait_until("the file is done", || !site.files("done").is_empty());
    assert!(daemon.terminate().0.success());
    site.sandbox.expect_made(0..201);
    configure("b");
    let told = site.run(&["retry", &run]);
    told.expect(2, "the job timetable runs on a, and this machine is b: give the command there");
}

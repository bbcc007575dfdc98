//! Results of a run that another machine has worked on come from the journal: the same bytes, and PINs once.

use std::os::unix::fs::PermissionsExt;

use crate::cluster::Cluster;
use crate::site::{Ran, Site, column, names, timetable};
use crate::{cluster, site, tables_with};

const JOB: &str = "[schedule_meetings.timetable]\n";

/// Two machines with one journal and one key.
fn machines(cluster: &Cluster, job: &str) -> [Site; 2] {
    let (first, address) = site(cluster, job);
    let sites = [first, Site::new("")];
    for (site, node) in sites.iter().zip(["room-1", "room-2"]) {
        site.write("key", "0a".repeat(32));
        std::fs::set_permissions(site.path("key"), std::fs::Permissions::from_mode(0o600)).unwrap();
        site.configure(&tables_with(&address, &format!("node = \"{node}\"\npin_key = {{ file = \"key\" }}\n{job}")));
    }
    sites
}

fn run_of(site: &Site) -> String {
    site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned()
}

#[test]
fn another_machine_has_the_same_bytes_from_the_journal_with_a_daemon_and_without() {
    let test = "results::another_machine_has_the_same_bytes_from_the_journal_with_a_daemon_and_without";
    let Some(cluster) = cluster(test) else { return };
    for format in ["csv", "xlsx"] {
        let job = format!("{JOB}results_pins = false\nresults_format = \"{format}\"\n");
        let [first, second] = machines(cluster, &job);
        first.write("a.csv", timetable(0..5).replace("Lecture 000004", "ab"));
        first.run(&["import", "a.csv"]).expect(3, "4 created, 1 invalid");
        let run = run_of(&first);
        for with_daemon in [false, true] {
            let daemon = with_daemon.then(|| second.daemon());
            for (what, more) in [("results", &[][..]), ("retry", &["--retry"])] {
                second.run(&[&["results", &run], more].concat()).expect(0, what);
                let name = format!("a.{run}.{what}.{format}");
                let (own, again) =
                    (std::fs::read(first.path(&name)).unwrap(), std::fs::read(second.path(&name)).unwrap());
                assert!(own == again, "{name}");
                std::fs::remove_file(second.path(&name)).unwrap();
            }
            if let Some(mut daemon) = daemon {
                assert!(daemon.terminate().0.success());
            }
        }
    }
}

#[test]
fn pins_that_could_be_written_nowhere_are_told_once_on_either_machine() {
    let test = "results::pins_that_could_be_written_nowhere_are_told_once_on_either_machine";
    let Some(cluster) = cluster(test) else { return };
    let [first, second] = machines(cluster, JOB);
    first.write("a.csv", timetable(0..2));
    std::fs::create_dir(first.path("out")).unwrap();
    let mut import = first.command(&["import", "a.csv", "--output", "out"]);
    import.env("ROOMKEEPER_FAILPOINTS", "file.create=full:1:9");
    Ran::of(import.output().unwrap()).expect(0, "the results could not be written");
    // A folder of that name is on the first machine alone.
    std::fs::rename(first.path("out"), first.path("away")).unwrap();
    let run = run_of(&second);
    second.run(&["results", &run, "--to", "told.csv"]).expect(0, "it has the PINs, which are told nowhere else");
    assert!(column(&second.path("told.csv"), "mpin").iter().all(|pin| pin.len() > 3));
    std::fs::rename(first.path("away"), first.path("out")).unwrap();
    for site in [&first, &second] {
        site.run(&["results", &run, "--to", "again.csv"]).expect(0, "it has no PINs: they were told once");
        assert_eq!(column(&site.path("again.csv"), "mpin"), ["", ""]);
    }
    let mut daemon = first.daemon();
    assert!(daemon.terminate().0.success());
    assert_eq!(names(&first.path("out")), Vec::<String>::new());
    first.run(&["journal", "check"]).expect(0, "the journal is sound");
}

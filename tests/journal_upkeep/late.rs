//! Files that could not be written when their run ended, and files that were refused: people find them where they are told.

use std::sync::Arc;

use roomkeeper::clock::{Clock, SystemClock};
use roomkeeper::journal::{
    Ending, Intent, Journal, NewClaim, NewIntents, NewItem, NewRun, RunKey, Start, Step, Workspace,
};
use roomkeeper::model::{Event, ItemNo, JobKind, JobPayload, Life, Limits, Outcome, Pin, Pins, RunId, Status, Trigger};

use crate::journals::{by_hand, count};
use crate::site::{Site, column, names, wait_for, wait_until};

const JOB: &str =
    "[mail]\nto = [\"it@example.org\"]\n[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\n";

/// Makes a run that has made a meeting and has ended, and whose results could not be written.
async fn ended_without_files(site: &Site) -> RunId {
    let (journal, run, id) = made_a_meeting(site, None, None).await;
    let counts = [(Status::Created, 1)].into_iter().collect();
    let error = Some("the results could not be written".to_owned());
    let at = SystemClock.now();
    let ending = Ending { outcome: Outcome::Succeeded, error, counts, at, remarks: Vec::new(), letters: Vec::new() };
    journal.end(run, ending).await.unwrap();
    journal.close().await;
    id
}

/// A run that has made a meeting, whose PINs are sealed, and that has not ended.
async fn made_a_meeting(site: &Site, input_of: Option<&str>, claim: Option<NewClaim>) -> (Journal, RunKey, RunId) {
    let journal = Journal::open(Workspace::at(&site.path("state")).lock("a test").unwrap()).unwrap();
    let job = journal.job(&"timetable".parse().unwrap(), JobKind::SCHEDULE_MEETINGS, None).await.unwrap();
    let (id, now) = (RunId::generate(), SystemClock.now());
    let inbox = std::fs::canonicalize(site.path("inbox")).unwrap();
    let input = serde_json::json!({ "v": 1, "name": "a.csv", "file": inbox.join("processing/a.csv"), "copy": false,
        "headings": ["room_name"], "results": { "inbox": inbox } });
    let input = input_of.map_or_else(|| input.to_string(), str::to_owned);
    let new = NewRun {
        id,
        job,
        trigger: Trigger::File,
        due: None,
        started: now,
        retry_of: None,
        input: input.clone(),
        claim,
    };
    let run = journal.begin(new).await.unwrap();
    let item = NewItem {
        item: ItemNo(1),
        identity: Some("ref:1".to_owned()),
        label: "Algebra".to_owned(),
        line: Some(2),
        payload: JobPayload::kept("{}".to_owned()),
        source: None,
        start: Start::Pending,
    };
    journal.plan(job, run, vec![item]).await.unwrap();
    journal.planned(run, input).await.unwrap();
    let intents = vec![Intent { item: ItemNo(1), life: Life::default(), before: None, target: None }];
    let life = journal.intend(NewIntents { run, intents, limits: Limits::default(), now }).await.unwrap()[0];
    let pins = Pins { moderator: Pin::new("271828"), participant: Pin::new("314159") };
    let mut step = Step::new(ItemNo(1), life, Event::Confirmed(Status::Created));
    step.sealed = journal.seal().seal(&pins).unwrap();
    journal.record(run, Arc::from([step]), Limits::default()).await.unwrap();
    (journal, run, id)
}

#[tokio::test]
async fn pins_stay_sealed_until_the_file_that_they_wait_for_is_written() {
    let site = Site::without_server(JOB);
    let run = ended_without_files(&site).await;
    let sealed = || count(&site.path("state"), "results WHERE sealed IS NOT NULL");
    // Neither the place where they belong is a folder, nor the one beside the journal.
    for in_the_way in ["inbox/done", "state/results"] {
        std::fs::write(site.path(in_the_way), "a file").unwrap();
    }
    let mut daemon = site.daemon();
    assert!(daemon.log().contains("can still not be written"), "{}", daemon.log());
    assert!(daemon.terminate().0.success());
    assert_eq!(sealed(), 1, "the only record of the PINs was wiped");
    assert!(names(&site.path("inbox")).iter().all(|name| !name.contains("results")));

    std::fs::remove_file(site.path("inbox/done")).unwrap();
    std::fs::create_dir(site.path("inbox/done")).unwrap();
    let mut daemon = site.daemon();
    assert!(daemon.terminate().0.success());
    let results = site.path(&format!("inbox/done/a.{run}.results.csv"));
    assert_eq!((column(&results, "mpin"), column(&results, "ppin")), (vec!["271828".into()], vec!["314159".into()]));
    assert_eq!(sealed(), 0);
    site.run(&["journal", "check"]).expect(0, "the journal is sound");
}

#[tokio::test]
async fn pins_that_wait_are_told_once_to_whoever_asks_for_the_results() {
    let site = Site::without_server(JOB);
    let run = ended_without_files(&site).await.to_string();
    for in_the_way in ["inbox/done", "state/results"] {
        std::fs::write(site.path(in_the_way), "a file").unwrap();
    }
    let mut daemon = site.daemon();
    let results = ["results", &run, "--to", "told.csv"];
    site.run(&results).expect(1, "could not be written: ");
    assert!(!site.path("told.csv").exists());
    std::fs::remove_file(site.path("state/results")).unwrap();
    // The retry file has none, and is asked for as ever.
    site.run(&["results", &run, "--retry"]).expect(1, "succeeded, so there is nothing to correct");
    site.run(&results).expect(0, "it has the PINs, which are told nowhere else");
    let told = site.path("told.csv");
    assert_eq!((column(&told, "mpin"), column(&told, "ppin")), (vec!["271828".into()], vec!["314159".into()]));
    assert_eq!(count(&site.path("state"), "results WHERE sealed IS NOT NULL"), 0);
    let again = site.run(&["results", &run, "--to", "again.csv"]);
    again.expect(0, "it has no PINs: they were told once, in the run's own results file");
    assert_eq!(column(&site.path("again.csv"), "mpin"), [""]);
    wait_until("the state directory keeps none", || names(&site.path("state/results")).is_empty());
    assert!(daemon.terminate().0.success());
    assert!(names(&site.path("inbox")).iter().all(|name| !name.contains("results")));
    site.run(&["journal", "check"]).expect(0, "the journal is sound");
}

#[tokio::test]
async fn without_a_daemon_results_that_lie_beside_the_journal_are_handed_over_once() {
    let site = Site::without_server(JOB);
    let run = ended_without_files(&site).await.to_string();
    std::fs::write(site.path("inbox/done"), "a file").unwrap();
    site.run(&["results", &run]).expect(0, "it has the PINs");
    let told = site.path(&format!("a.{run}.results.csv"));
    assert_eq!(column(&told, "mpin"), ["271828"]);
    assert_eq!(names(&site.path("state/results")), Vec::<String>::new());
    site.run(&["results", &run]).expect(1, "is there already: name another file with --to");
    site.run(&["results", &run, "--to", "-"]).expect(0, "it has no PINs");
}

#[tokio::test]
async fn a_folder_beside_the_journal_is_good_enough_for_the_pins() {
    let site = Site::without_server(JOB);
    let run = ended_without_files(&site).await;
    std::fs::write(site.path("inbox/done"), "a file").unwrap();
    let mut daemon = site.daemon();
    assert!(daemon.terminate().0.success());
    let results = site.path(&format!("state/results/a.{run}.results.csv"));
    assert_eq!(column(&results, "mpin"), ["271828"]);
    assert_eq!(count(&site.path("state"), "results WHERE sealed IS NOT NULL"), 0);
}

#[tokio::test]
async fn a_file_that_was_written_is_not_written_again_from_pins_that_are_half_gone() {
    let site = Site::without_server(JOB);
    let run = ended_without_files(&site).await;
    let connection = by_hand(&site.path("state"));
    connection.execute_batch("UPDATE runs SET sealed = 2").unwrap();
    connection.close().unwrap();
    std::fs::create_dir(site.path("inbox/done")).unwrap();
    let results = site.path(&format!("inbox/done/a.{run}.results.csv"));
    std::fs::write(&results, "with all PINs").unwrap();
    let mut daemon = site.daemon();
    assert!(daemon.terminate().0.success());
    assert_eq!(std::fs::read(&results).unwrap(), b"with all PINs");
    assert_eq!(count(&site.path("state"), "results WHERE sealed IS NOT NULL"), 0);
    assert_eq!(count(&site.path("state"), "runs WHERE sealed <> 0"), 0);
}

#[tokio::test]
async fn pins_of_a_job_that_is_not_configured_now_wait_for_it() {
    let site = Site::without_server("");
    let run = ended_without_files(&site).await;
    let mut daemon = site.daemon();
    assert!(daemon.terminate().0.success());
    assert_eq!(count(&site.path("state"), "results WHERE sealed IS NOT NULL"), 1);
    let text = std::fs::read_to_string(site.path("config.toml")).unwrap();
    std::fs::write(site.path("config.toml"), format!("{text}{JOB}")).unwrap();
    std::fs::create_dir(site.path("inbox/done")).unwrap();
    let mut daemon = site.daemon();
    assert!(daemon.terminate().0.success());
    assert_eq!(column(&site.path(&format!("inbox/done/a.{run}.results.csv")), "mpin"), ["271828"]);
}

#[test]
fn the_mail_about_a_refused_file_says_where_it_lies() {
    let site = Site::new(JOB);
    let _daemon = site.daemon();
    site.drop_renamed("week.csv", "no,table,of,meetings\n");
    wait_until("a mail", || site.mails().len() == 1);
    let name = wait_for("a file in failed/", || site.files("failed").pop());
    let text = text_of(&site.mails()[0]);
    let place = std::fs::canonicalize(site.path("inbox")).unwrap().join("failed").join(name);
    assert!(text.contains("week.csv"), "{text}");
    assert!(text.contains(&place.display().to_string()), "{text}");
}

#[tokio::test]
async fn a_run_that_nobody_can_work_on_any_more_keeps_its_pins_and_its_mail_says_where_the_file_lies() {
    use std::os::unix::fs::MetadataExt;
    let site = Site::without_server(JOB);
    let inbox = std::fs::canonicalize(site.path("inbox")).unwrap();
    for folder in ["processing", "done", "failed"] {
        std::fs::create_dir(inbox.join(folder)).unwrap();
    }
    let claimed = inbox.join("processing/a.1.csv");
    std::fs::write(&claimed, "a file").unwrap();
    let inode = std::fs::metadata(&claimed).unwrap().ino();
    let claim = NewClaim { name: "a.csv".to_owned(), dropped: inbox.join("a.csv"), claimed, inode, shared: false };
    let (journal, _, _) = made_a_meeting(&site, Some("an account of a later version"), Some(claim)).await;
    journal.close().await;
    let mut daemon = site.daemon();
    wait_until("a mail", || site.mails().len() == 1);
    let text = text_of(&site.mails()[0]);
    assert!(text.contains("a.csv") && text.contains("no results file could be written"), "{text}");
    assert!(text.contains(&inbox.join("done/a.1.csv").display().to_string()), "{text}");
    wait_until("the file is in done/", || site.files("done") == ["a.1.csv"]);
    assert!(daemon.terminate().0.success());
    assert_eq!(count(&site.path("state"), "results WHERE sealed IS NOT NULL"), 1);
}

fn text_of(mail: &str) -> String {
    let message = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
    message.body_text(0).unwrap().into_owned()
}

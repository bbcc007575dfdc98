//! Pruning forgets what is old, and leaves what is still needed.

use futures_util::poll;
use roomkeeper::clock::Timestamp;
use roomkeeper::journal::{
    Delivered, Delivery, HistoryFilter, JobKey, Journal, NewClaim, NewRun, Pruned, Remember, Seen, Skip, TroubleChanges,
};
use roomkeeper::model::{Digest, JobKind, MeetingId, SkipReason, Status, TroubleKind};

use crate::fixture::{Fixture, job, new_run, now};
use crate::journals::{by_hand, count, day, end, ended_run, letter, made, making_run};
use crate::reader::Reader;

/// Facts in these tests are the day on which the thing is over; without one it counts for ever.
fn over(_: JobKind, facts: &str) -> Option<Timestamp> {
    facts.parse().ok().map(day)
}

fn is_sound(fixture: &Fixture) {
    let findings = fixture.reader().check().unwrap();
    assert!(findings.is_sound(), "{findings:?}");
}

#[tokio::test]
async fn whole_runs_go_and_the_last_of_each_job_stays() {
    let fixture = Fixture::new().await;
    let other = job(&fixture.journal, "other").await;
    let (_, oldest) = ended_run(&fixture.journal, fixture.job, day(1), 3).await;
    let (_, lone) = ended_run(&fixture.journal, other, day(1), 4).await;
    let (_, older) = ended_run(&fixture.journal, fixture.job, day(2), 5).await;
    let (_, young) = ended_run(&fixture.journal, fixture.job, day(200), 6).await;
    let (_, last) = ended_run(&fixture.journal, fixture.job, day(201), 7).await;
    let pruned = fixture.journal.prune(day(100), over).await.unwrap();
    assert_eq!(pruned, Pruned { runs: 2, items: 8, identities: 0, skips: 0 });
    let reader = fixture.reader();
    for gone in [oldest, older] {
        assert!(reader.run(gone).unwrap().is_none());
    }
    for kept in [lone, young, last] {
        assert!(reader.run(kept).unwrap().is_some());
    }
    assert_eq!(["items", "bodies", "results"].map(|table| count(fixture.path(), table)), [17; 3]);
    is_sound(&fixture);
    // A second prune finds nothing.
    assert_eq!(fixture.journal.prune(day(100), over).await.unwrap(), Pruned::default());
    // A new run gets no number that something else was known by.
    let (next, _) = ended_run(&fixture.journal, fixture.job, day(202), 1).await;
    assert!(reader.unfinished_run(next).unwrap().is_none());
    is_sound(&fixture);
}

#[tokio::test]
async fn a_run_stays_whole_while_its_mail_or_its_file_is_not_done_with() {
    let fixture = Fixture::new().await;
    let begin = |claim| NewRun { started: day(1), claim, ..new_run(fixture.job) };
    let mailing = fixture.journal.begin(begin(None)).await.unwrap();
    let letter = letter();
    let id = letter.id;
    end(&fixture.journal, mailing, day(1), std::iter::empty().collect(), vec![letter]).await;
    let claim = NewClaim {
        name: "a.csv".to_owned(),
        dropped: "/in/a.csv".into(),
        claimed: "/in/processing/a.csv".into(),
        inode: 1,
        shared: false,
    };
    let moving = fixture.journal.begin(begin(Some(claim))).await.unwrap();
    end(&fixture.journal, moving, day(1), std::iter::empty().collect(), Vec::new()).await;
    let open = fixture.journal.begin(begin(None)).await.unwrap();
    ended_run(&fixture.journal, fixture.job, day(300), 1).await;

    assert_eq!(fixture.journal.prune(day(100), over).await.unwrap().runs, 0);
    fixture.journal.delivered(Delivered::new(id, Delivery::Sent, day(2))).await.unwrap();
    assert_eq!(fixture.journal.prune(day(100), over).await.unwrap().runs, 1);
    fixture.journal.claim_settled(moving, std::path::Path::new("/in/done/a.csv")).await.unwrap();
    assert_eq!(fixture.journal.prune(day(100), over).await.unwrap().runs, 1);
    assert!(fixture.reader().unfinished_run(open).unwrap().is_some());
    assert_eq!((count(fixture.path(), "outbox"), count(fixture.path(), "claims")), (0, 0));
    is_sound(&fixture);
}

#[tokio::test]
async fn while_a_large_run_goes_in_steps_others_write() {
    let fixture = Fixture::new().await;
    ended_run(&fixture.journal, fixture.job, day(1), 5000).await;
    ended_run(&fixture.journal, fixture.job, day(300), 1).await;
    let is_over = std::cell::Cell::new(false);
    let pruning = async {
        let pruned = fixture.journal.prune(day(100), over).await.unwrap();
        is_over.set(true);
        pruned
    };
    let writing = async {
        let mut between = 0;
        while !is_over.get() {
            fixture.journal.ping().await.unwrap();
            between += 1;
        }
        between
    };
    let (pruned, between) = tokio::join!(pruning, writing);
    assert_eq!((pruned.runs, pruned.items), (1, 5000));
    assert!(between >= 8, "only {between} others came between ten steps");
    is_sound(&fixture);
}

#[tokio::test]
async fn a_run_that_was_half_forgotten_is_told_to_nobody_breaks_no_law_and_goes_the_next_time() {
    let fixture = Fixture::new().await;
    let (_, id) = ended_run(&fixture.journal, fixture.job, day(1), 3000).await;
    ended_run(&fixture.journal, fixture.job, day(300), 1).await;
    let mut pruning = Box::pin(fixture.journal.prune(day(100), over));
    while count(fixture.path(), "runs WHERE pruning = 1") == 0 {
        assert!(poll!(&mut pruning).is_pending());
        fixture.journal.ping().await.unwrap();
    }
    drop(pruning);
    fixture.journal.ping().await.unwrap();
    let left = count(fixture.path(), "items");
    assert!(left > 1 && left < 3001, "{left}");
    is_sound(&fixture);
    assert!(fixture.reader().run(id).unwrap().is_none());
    assert_eq!(fixture.reader().history(&HistoryFilter { limit: 9, ..HistoryFilter::default() }).unwrap().len(), 1);
    // Also where it would be too young by now.
    let fixture = fixture.restart().await;
    let pruned = fixture.journal.prune(day(0), over).await.unwrap();
    assert_eq!((pruned.runs, pruned.items), (1, left.cast_unsigned() - 1));
    is_sound(&fixture);
}

fn known(reader: &Reader, job: JobKey, identity: &str) -> Option<bool> {
    reader.known(job, &[identity]).unwrap()[0].as_ref().map(|known| known.gone)
}

#[tokio::test]
async fn what_was_made_is_remembered_until_it_is_over_however_old_its_run_is() {
    let fixture = Fixture::new().await;
    let taken = Remember::Taken {
        identity: "ref:taken".to_owned(),
        resource: MeetingId::new("m-taken").unwrap(),
        content: Digest::of(b"x"),
        facts: "400".to_owned(),
    };
    let unnamed = Remember::Gone(MeetingId::new("m-unnamed").unwrap());
    let made = vec![made("ref:over", "50"), made("ref:comes", "400"), made("ref:for-ever", "{}"), taken, unnamed];
    making_run(&fixture.journal, fixture.job, day(1), made).await;
    ended_run(&fixture.journal, fixture.job, day(300), 1).await;
    let pruned = fixture.journal.prune(day(100), over).await.unwrap();
    assert_eq!((pruned.runs, pruned.identities), (1, 1));
    let reader = fixture.reader();
    assert_eq!(known(&reader, fixture.job, "ref:over"), None);
    assert_eq!(known(&reader, fixture.job, "ref:comes"), Some(false));
    assert_eq!(known(&reader, fixture.job, "ref:for-ever"), Some(false));
    assert_eq!(known(&reader, fixture.job, "ref:taken"), Some(true), "that it was taken away was forgotten");
    assert!(!reader.is_gone(&MeetingId::new("m-unnamed").unwrap()).unwrap());
    drop(reader);
    is_sound(&fixture);
    assert_eq!(fixture.journal.prune(day(500), over).await.unwrap().identities, 2);
    assert_eq!((count(fixture.path(), "identities"), count(fixture.path(), "gone")), (1, 0));
}

#[test]
fn a_meeting_is_over_at_its_end() {
    let facts = "{\"user\":\"u1\",\"room_name\":\"Algebra\",\"start\":\"2027-02-01T08:00:00Z\",\"duration_min\":90}";
    let end = roomkeeper::jobs::over(JobKind::SCHEDULE_MEETINGS, facts).unwrap();
    assert_eq!(end, Timestamp::from_rfc3339("2027-02-01T09:30:00Z").unwrap());
    assert_eq!(roomkeeper::jobs::over(JobKind::SCHEDULE_MEETINGS, "of a later version"), None);
}

async fn skip(journal: &Journal, job: JobKey, due: u64, at: u64) {
    let skip = Skip { due: day(due), reason: SkipReason::Missed, detail: String::new() };
    journal.skip(job, vec![skip], day(at)).await.unwrap();
}

#[tokio::test]
async fn the_skip_ledger_goes_by_due_time_and_by_entry() {
    let fixture = Fixture::new().await;
    skip(&fixture.journal, fixture.job, 1, 2).await;
    // ActiveRunGuard by a clock that was ahead: it is not old, whatever the time is now.
    skip(&fixture.journal, fixture.job, 3, 4000).await;
    skip(&fixture.journal, fixture.job, 200, 201).await;
    assert_eq!(fixture.journal.prune(day(100), over).await.unwrap().skips, 1);
    let left: Vec<_> = fixture.reader().skips(fixture.job, 9).unwrap().into_iter().map(|view| view.skip.due).collect();
    assert_eq!(left, [day(200), day(3)]);
}

#[tokio::test]
async fn freed_pages_are_used_again() {
    let fixture = Fixture::new().await;
    let bytes = |fixture: &Fixture| std::fs::metadata(fixture.path().join("journal.db")).unwrap().len();
    ended_run(&fixture.journal, fixture.job, day(0), 5000).await;
    let mut fixture = fixture.restart().await;
    ended_run(&fixture.journal, fixture.job, day(1), 5000).await;
    fixture = fixture.restart().await;
    let most = bytes(&fixture);
    for round in 2..6 {
        fixture.journal.prune(day(round), over).await.unwrap();
        ended_run(&fixture.journal, fixture.job, day(round), 5000).await;
        fixture = fixture.restart().await;
        assert!(bytes(&fixture) < most + most / 4, "{} after {most}", bytes(&fixture));
    }
    let status: String = by_hand(fixture.path()).query_row("PRAGMA quick_check", [], |row| row.get(0)).unwrap();
    assert_eq!((status.as_str(), Status::ALL.len()), ("ok", 14));
}

#[tokio::test]
async fn a_trouble_of_no_job_is_none_of_a_jobs_and_what_ended_is_forgotten_in_time() {
    let fixture = Fixture::new().await;
    let seen = Seen { kind: TroubleKind::FileNotMovable, subject: "a".to_owned(), detail: "x".to_owned() };
    let of = |job| TroubleChanges { job, began: vec![seen.clone()], ..TroubleChanges::default() };
    fixture.journal.change_troubles(of(None), now()).await.unwrap();
    fixture.journal.change_troubles(of(Some(fixture.job)), now()).await.unwrap();
    let ended = vec![(TroubleKind::FileNotMovable, "a".to_owned())];
    let ends = TroubleChanges { job: None, ended, ..TroubleChanges::default() };
    fixture.journal.change_troubles(ends, now()).await.unwrap();
    assert_eq!(fixture.reader().troubles().unwrap().len(), 1);
    let over = |_: JobKind, _: &str| None;
    fixture.journal.prune(now().plus(std::time::Duration::from_secs(1)), over).await.unwrap();
    assert_eq!(count(fixture.path(), "troubles"), 1, "the one that stands");
}

//! Rows that are put off or turn out to be done, and the mails to owners that are durable with an outcome.

use roomkeeper::engine::Decision;
use roomkeeper::model::{Pin, Pins, Status};

use crate::fixture::{Fixture, Helm, begin, ended, engine};
use crate::job::rows;
use crate::server::Reply;

#[tokio::test]
async fn a_row_that_is_put_off_comes_after_all_others() {
    let fixture = Fixture::new();
    let job = fixture.job(rows("t", 40));
    for label in ["t/1", "t/7"] {
        job.first.lock().unwrap().insert(label.to_owned(), Decision::PutOff { why: "in use".to_owned() });
    }
    assert_eq!(fixture.run(&job).await.run.counts.to_string(), "40 created");
    let mut last = fixture.server.arrivals().split_off(38);
    last.sort();
    assert_eq!(last, ["t/1", "t/7"]);
}

#[tokio::test]
async fn who_is_told_of_a_row_gets_one_sealed_mail_that_is_durable_with_its_outcome() {
    let fixture = Fixture::new();
    let mut job = fixture.job(rows("t", 3));
    job.tells = true;
    // One is answered, one is settled by a look, and one turns out to be done.
    fixture.server.script("t/2", &[Reply::LostAfter]);
    let pins = Pins { moderator: Pin::new("27182818"), participant: None };
    let late = Decision::Late { status: Status::Reset, result: None, pins };
    job.first.lock().unwrap().insert("t/3".to_owned(), late);
    let engine = engine(fixture.path()).await;
    let run = begin(&engine, &job).await;
    let built = job.job();
    let report = ended(engine.work(&built, run, Helm::new().steering).await.unwrap());
    assert_eq!(report.run.counts.to_string(), "2 created, 1 reset");
    assert_eq!(fixture.server.arrivals(), ["t/1", "t/2"]);

    let (journal, now) = (&engine.journal, engine.clock.now());
    let mut told = Vec::new();
    while let Some(letter) = journal.next_letter(now).await.unwrap() {
        let message = if letter.is_sealed { journal.seal().open_bytes(&letter.message).unwrap() } else { Vec::new() };
        told.push((letter.subject, letter.is_sealed, String::from_utf8(message).unwrap()));
    }
    told.sort();
    let mail = |subject: &str, is_sealed, message: &str| (subject.to_owned(), is_sealed, message.to_owned());
    let expected = [
        mail("2 created, 1 reset", false, ""),
        mail("t/1", true, ""),
        mail("t/2", true, ""),
        mail("t/3", true, "27182818"),
    ];
    assert_eq!(told, expected);
}

//! A kind of job that is made here alone: it needs nothing of the program but the traits of the engine, and is journaled, told by
//! the commands and mailed like the others.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by stopping")]

#[path = "support/site/mod.rs"]
mod site;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use roomkeeper::clock::{Clock, SystemClock, Zone};
use roomkeeper::config::{self, Environment};
use roomkeeper::engine::{
    Begin, Decision, Finished, Job, OnTrouble, Plan, PlanError, Policy, Refusal, RunInfo, Session, Tools, Trouble,
    Work, Worked,
};
use roomkeeper::model::{
    Counts, ItemNo, JobKind, JobPayload, Limits, NewItem, OpenItem, RunId, Start, Status, Trigger,
};
use roomkeeper::runtime::{RunHandle, Runtime};

use site::Site;

/// Greets everybody once.
#[derive(Debug)]
struct Greet {
    greeted: Arc<AtomicUsize>,
}

struct Greeting {
    greeted: Arc<AtomicUsize>,
}

impl Work for Greet {
    fn session<'a>(&'a self, _: &'a Job, _: RunInfo, _: Tools) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let session: Box<dyn Session> = Box::new(Greeting { greeted: Arc::clone(&self.greeted) });
        std::future::ready(Ok(session)).boxed()
    }
}

impl Session for Greeting {
    fn plan<'a>(&'a self, plan: &'a mut dyn Plan) -> BoxFuture<'a, Result<String, PlanError>> {
        async move {
            let guests = (1..).zip(["guest one", "guest two", ""]).map(|(n, guest)| NewItem {
                item: ItemNo(n),
                identity: None,
                label: guest.to_owned(),
                line: None,
                payload: JobPayload::of(guest.to_owned()),
                source: None,
                start: Start::Pending,
            });
            plan.add(guests.collect()).await?;
            Ok("greetings".to_owned())
        }
        .boxed()
    }

    fn may_change(&self, _: &OpenItem) -> bool {
        true
    }

    fn decide<'a>(&'a self, items: &'a [OpenItem]) -> BoxFuture<'a, Result<Vec<Decision>, Trouble>> {
        let decide = |item: &OpenItem| {
            let (status, error) = if item.label.is_empty() {
                (Status::Invalid, Some("this guest has no name".to_owned()))
            } else {
                self.greeted.fetch_add(1, Ordering::SeqCst);
                (Status::Created, None)
            };
            Decision::Done { status, code: None, error, result: None, remember: None }
        };
        std::future::ready(Ok(items.iter().map(decide).collect())).boxed()
    }

    fn planned(&self) {}

    fn finish<'a>(&'a self, counts: &'a Counts) -> BoxFuture<'a, Finished> {
        let notes = vec![format!("Of {} guests each was greeted at the door.", counts.total())];
        std::future::ready(Finished { notes, ..Finished::default() }).boxed()
    }
}

#[tokio::test]
async fn a_kind_that_the_program_has_never_heard_of_is_run_journaled_told_and_mailed() {
    // No server listens there: this kind asks none.
    let site = Site::without_server("[mail]\nto = [\"it@example.org\"]\n");
    let (clock, greeted) = (Arc::new(SystemClock), Arc::new(AtomicUsize::new(0)));
    let environment = Environment::new([("APP_KEY", site::KEY)], clock.now());
    let config = Arc::new(config::load(&site.path("config.toml"), &environment).unwrap().config);
    let runtime = Runtime::open(config, &environment, clock, "a test", OnTrouble::Wait).await.unwrap();
    let policy = Policy {
        timeout: Duration::from_mins(1),
        max_items: None,
        abort_after: 20,
        limits: Limits::default(),
        request_timeout: Duration::from_secs(1),
        in_flight: 4,
        zone: Zone::utc(),
    };
    let work = Box::new(Greet { greeted: Arc::clone(&greeted) });
    let job = Job { name: "door".parse().unwrap(), kind: JobKind::named("greet_guests"), was: None, policy, work };
    let begin = Begin { trigger: Trigger::Manual, due: None, input: String::new(), claim: None, retry_of: None };
    let id = RunId::generate();
    let worked = runtime.runs.run(&Arc::new(job), id, begin, &RunHandle::default()).await.unwrap();
    let Worked::Ended(report) = worked else { panic!("{worked:?}") };
    assert_eq!(report.run.counts.to_string(), "2 created, 1 invalid");
    assert_eq!(greeted.load(Ordering::SeqCst), 2);
    runtime.close().await;

    let history = site.json(&["history", "--json"]);
    assert_eq!(history[0]["kind"], "greet_guests", "{history}");
    let shown = site.run(&["show", &id.to_string()]);
    assert!(shown.out.contains("door (greet_guests)") && shown.out.contains("this guest has no name"), "{shown:?}");
    // The next command that sends mails sends this one.
    site.run(&["mail", "--retry"]).expect(0, "");
    let mail = site.mails().join("\n");
    assert!(mail.contains("3  items in all") && mail.contains("Of 3 guests each was greeted"), "{mail}");
}

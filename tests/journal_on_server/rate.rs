//! One rate over all that have the journal: what they send together, as the server sees it.

use std::num::NonZeroU32;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use roomkeeper::api::{Client, ClientSettings, Rate};
use roomkeeper::clock::SystemClock;
use roomkeeper::journal::{Journal, Server, Workspace};
use roomkeeper::model::AppType;
use roomkeeper::runtime;
use serde_json::Value;

use crate::cluster::Cluster;
use crate::site::{KEY, Sandbox, Site, timetable, wait_until};
use crate::{cluster, site, tables_with};

const JOB: &str = "[schedule_meetings.timetable]\n";
/// Requests a second that two clients are allowed.
const RATE: u32 = 50;

/// Limits the requests of a site.
fn limit(site: &Site, limit: &str) {
    let text = std::fs::read_to_string(site.path("config.toml")).unwrap();
    site.write("config.toml", text.replace("rate_limit = \"none\"", &format!("rate_limit = \"{limit}\"")));
}

/// A site whose journal is in a database of its own, and whose requests are limited so; tells the database's address, too.
fn limited_site(cluster: &Cluster, limited: &str) -> (Site, String) {
    let (site, address) = site(cluster, JOB);
    limit(&site, limited);
    (site, address)
}

/// The times at which requests came, in milliseconds, in order.
fn arrivals(sandbox: &Sandbox) -> Vec<i64> {
    let ledger = sandbox.ledger();
    let came = |line: &&Value| matches!(line["kind"].as_str(), Some("look" | "arrival"));
    let at = |line: &Value| line["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let mut times: Vec<_> = ledger.iter().filter(came).map(at).collect();
    times.sort_unstable();
    times
}

/// Fails if more came in some second than one process at the rate may send, or all of it in less time than that takes. What left at its
/// time may arrive later on a busy machine; two processes, each at the rate for itself, would be done in half the time.
#[track_caller]
fn expect_as_of_one(times: &[i64]) {
    let within = |from: i64| times.iter().filter(|time| (from..from + 1_000).contains(*time)).count();
    let most = times.iter().map(|from| within(*from)).max().unwrap();
    assert!(most <= RATE as usize * 3 / 2, "{most} requests in a second");
    let took = times[times.len() - 1] - times[0];
    let least = i64::try_from(times.len()).unwrap() * 1_000 / i64::from(RATE) - 500;
    assert!(took >= least, "{took} ms for {} requests", times.len());
}

#[tokio::test]
async fn clients_on_two_machines_together_send_what_one_may() {
    let Some(cluster) = cluster("rate::clients_on_two_machines_together_send_what_one_may") else { return };
    let (sandbox, address) = (Site::builder().ledger().server(), cluster.database());
    let settings = ClientSettings {
        base_url: sandbox.base_url(),
        app_id: "sandbox".to_owned(),
        app_key: KEY.into(),
        app_type: AppType::VideoConference,
        timeout: Duration::from_secs(20),
        max_in_flight: 8,
        rate_limit: Some(Rate { count: NonZeroU32::new(RATE).unwrap(), per: Duration::from_secs(1) }),
        max_attempts: 1,
        tls_ca: None,
        proxy: None,
    };
    let mut all = tokio::task::JoinSet::new();
    let folders = [("a", tempfile::tempdir().unwrap()), ("b", tempfile::tempdir().unwrap())];
    for (node, folder) in &folders {
        let server = Server::parse(&address).unwrap().named(node).with_pin_key(&"0a".repeat(32)).unwrap();
        let workspace = Workspace::at(folder.path()).with_journal_on(server);
        let journal = Arc::new(Journal::open(workspace.lock("a test").unwrap()).unwrap());
        let client = Client::new(&settings, Arc::new(SystemClock)).unwrap().sharing(runtime::budget(&journal));
        for _ in 0..75 {
            let client = client.clone();
            all.spawn(async move { client.timezones().await.map(drop) });
        }
    }
    for asked in all.join_all().await {
        asked.unwrap();
    }
    let times = arrivals(&sandbox);
    assert_eq!(times.len(), 150);
    expect_as_of_one(&times);
}

#[test]
fn imports_on_two_machines_together_send_what_one_may() {
    let Some(cluster) = cluster("rate::imports_on_two_machines_together_send_what_one_may") else { return };
    let (first, address) = (Site::builder().ledger().build(""), cluster.database());
    let second = Site::without_server("");
    for (site, node) in [(&first, "a"), (&second, "b")] {
        site.write("key", "0a".repeat(32));
        std::fs::set_permissions(site.path("key"), std::fs::Permissions::from_mode(0o600)).unwrap();
        let keys = format!("node = \"{node}\"\npin_key = {{ file = \"key\" }}\n[schedule_meetings.of_{node}]\n");
        site.configure_for(&first.sandbox.base_url(), &tables_with(&address, &keys));
        limit(site, &format!("{RATE}/s"));
    }
    first.write("a.csv", timetable(0..75));
    second.write("b.csv", timetable(75..150));
    // What two machines meet at the first start of all is another's matter.
    first.run(&["journal", "prune"]).expect(0, "");
    let mut imports = [first.start("import", &["import", "a.csv"]), second.start("import", &["import", "b.csv"])];
    for import in &mut imports {
        assert!(import.wait().success(), "{}", import.log());
    }
    first.sandbox.expect_made(0..150);
    expect_as_of_one(&arrivals(&first.sandbox));
    assert_eq!(cluster.sql(&address, "SELECT count(*) FROM rate_budgets"), "1");
}

#[test]
fn an_import_waits_until_the_time_is_its_own() {
    let Some(cluster) = cluster("rate::an_import_waits_until_the_time_is_its_own") else { return };
    let (site, address) = limited_site(cluster, "50/s");
    for (name, rows) in [("a.csv", 0..3), ("b.csv", 3..6)] {
        site.write(name, timetable(rows));
    }
    site.run(&["import", "a.csv", "--dry-run"]).expect(0, "");
    site.run(&["import", "a.csv"]).expect(0, "3 created");
    assert_eq!(cluster.sql(&address, "SELECT server FROM rate_budgets"), site.sandbox.base_url());
    let begun = Instant::now();
    cluster.sql(&address, "UPDATE rate_budgets SET taken_until = clock_timestamp() + interval '3 seconds'");
    let sent = site.requested();
    let mut import = site.start("import", &["import", "b.csv"]);
    while begun.elapsed() < Duration::from_millis(2_900) {
        // An instant in which the import may not send.
        assert_eq!(site.requested(), sent, "{:?}", begun.elapsed());
        std::thread::yield_now();
    }
    assert!(import.wait().success(), "{}", import.log());
    assert!(begun.elapsed() >= Duration::from_secs(3));
    site.sandbox.expect_made(0..6);
}

#[test]
fn without_a_limit_and_by_a_dry_run_that_has_no_journal_nothing_is_reserved() {
    let test = "rate::without_a_limit_and_by_a_dry_run_that_has_no_journal_nothing_is_reserved";
    let Some(cluster) = cluster(test) else { return };
    let count = |address: &str| cluster.sql(address, "SELECT count(*) FROM rate_budgets");
    let (unlimited, address) = limited_site(cluster, "none");
    unlimited.write("a.csv", timetable(0..3));
    unlimited.run(&["import", "a.csv"]).expect(0, "3 created");
    assert_eq!(count(&address), "0");

    let (site, address) = limited_site(cluster, "50/s");
    site.write("a.csv", timetable(0..3));
    let mut daemon = site.daemon();
    assert_eq!(count(&address), "0", "a daemon with nothing to send");
    assert!(daemon.terminate().0.success());
    site.run(&["import", "a.csv", "--dry-run"]).expect(0, "would be created");
    assert_eq!(count(&address), "0");
    let mut daemon = site.daemon();
    site.run(&["import", "a.csv", "--dry-run"]).expect(0, "would be created");
    assert_eq!(count(&address), "1", "the daemon has the journal");
    assert!(daemon.terminate().0.success());
}

#[test]
fn an_import_goes_on_at_its_rate_when_the_database_is_there_again() {
    let test = "rate::an_import_goes_on_at_its_rate_when_the_database_is_there_again";
    let Some(programs) = cluster::programs(test) else { return };
    let cluster = Cluster::start(&programs, &[], &[]);
    let (site, _) = limited_site(&cluster, "50/s");
    site.write("a.csv", timetable(0..100));
    let mut import = site.start("import", &["import", "a.csv"]);
    wait_until("some requests have come", || site.requested() >= 20);
    cluster.down();
    cluster.up();
    assert!(import.wait().success(), "{}", import.log());
    site.sandbox.expect_made(0..100);
    site.run(&["journal", "check"]).expect(0, "the journal is sound");
}

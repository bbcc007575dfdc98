//! A process that writes a journal in PostgreSQL has a lease: one process at a time for each state directory, and what a process writes
//! that was taken for gone is refused.

use std::time::Duration;

use roomkeeper::journal::{JournalError, Server, Workspace};
use tempfile::tempdir;

use crate::cluster::{self, Cluster};
use crate::fixture::{job, new_run};
use crate::lost::{cluster, open};

fn server(address: &str) -> Server {
    let server = Server::parse(address).unwrap().leasing_for(Duration::from_secs(2));
    // Its processes have state directories of their own.
    server.with_pin_key(&"0a".repeat(32)).unwrap()
}

#[tokio::test]
async fn a_second_process_of_the_same_name_is_refused_in_words_while_the_first_lives() {
    let test = "lease::a_second_process_of_the_same_name_is_refused_in_words_while_the_first_lives";
    let Some(cluster) = cluster(test) else { return };
    let (address, here, there) = (cluster.database(), tempdir().unwrap(), tempdir().unwrap());
    let first = open(&here, server(&address).named("room-1")).unwrap();
    let refusal = open(&there, server(&address).named("room-1")).unwrap_err();
    assert!(matches!(&refusal, JournalError::SameNode { by, .. } if by.contains("a test (process ")), "{refusal}");
    assert!(refusal.to_string().contains("on room-1"), "{refusal}");
    assert!(refusal.to_string().contains("Give each machine a `node` of its own under [state]"), "{refusal}");
    first.ping().await.unwrap();
    open(&there, server(&address).named("room-2")).unwrap().ping().await.unwrap();
    first.close().await;
    let second = open(&there, server(&address).named("room-1")).unwrap();
    second.ping().await.unwrap();
}

#[tokio::test]
async fn a_process_that_was_taken_for_gone_writes_nothing_more() {
    let Some(cluster) = cluster("lease::a_process_that_was_taken_for_gone_writes_nothing_more") else { return };
    let (address, here, there) = (cluster.database(), tempdir().unwrap(), tempdir().unwrap());
    let first = open(&here, server(&address).named("room-1")).unwrap();
    let key = job(&*first, "timetable").await;
    cluster.sql(&address, "UPDATE leases SET until = clock_timestamp() - interval '1 hour'");
    let second = open(&there, server(&address).named("room-1")).unwrap();
    for _ in 0..2 {
        let refusal = first.begin(new_run(key)).await.unwrap_err();
        assert!(matches!(&refusal, JournalError::TakenOver { by, .. } if by.contains("room-1")), "{refusal}");
        assert!(refusal.is_loss() && !refusal.may_pass());
    }
    assert_eq!(second.unfinished().await.unwrap(), []);
    second.begin(new_run(key)).await.unwrap();
    assert_eq!(first.unfinished().await.unwrap().len(), 1, "it may still be asked");
    first.close().await;
    second.ping().await.unwrap();
}

#[tokio::test]
async fn the_next_process_under_the_same_lock_waits_for_nothing_and_another_of_its_name_until_the_lease_is_over() {
    let test = "lease::the_next_process_under_the_same_lock_waits_for_nothing";
    let Some(cluster) = cluster(test) else { return };
    let (address, here, there) = (cluster.database(), tempdir().unwrap(), tempdir().unwrap());
    open(&here, server(&address).named("room-1")).unwrap().close().await;
    // As a process leaves it that was killed.
    let alive = "UPDATE leases SET until = clock_timestamp() + interval '1 hour', ended = false";
    cluster.sql(&address, alive);
    let begun = std::time::Instant::now();
    open(&here, server(&address).named("room-1")).unwrap().close().await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());

    cluster.sql(&address, alive);
    let begun = std::time::Instant::now();
    open(&there, server(&address).named("room-1")).unwrap().ping().await.unwrap();
    assert!(
        begun.elapsed() >= Duration::from_secs(2),
        "its clock may be wrong, its silence is not: {:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn a_process_that_cannot_give_a_sign_of_life_does_nothing_more_also_where_no_other_took_over() {
    let test = "lease::a_process_that_cannot_give_a_sign_of_life_does_nothing_more";
    let Some(programs) = cluster::programs(test) else { return };
    let (cluster, here) = (Cluster::start(&programs, &[], &[]), tempdir().unwrap());
    let address = cluster.database();
    let journal = open(&here, server(&address)).unwrap();
    let key = job(&*journal, "timetable").await;
    assert!(journal.may_send());
    cluster.down();
    let lost = journal.lost().await;
    assert!(matches!(lost, JournalError::Lapsed { seconds: 2, .. }) && lost.is_loss(), "{lost}");
    assert!(!journal.may_send());
    cluster.up();
    let refusal = journal.begin(new_run(key)).await.unwrap_err();
    assert!(refusal.is_loss(), "{refusal}");
    journal.close().await;
    drop(journal);
    let again = open(&here, server(&address)).unwrap();
    again.begin(new_run(key)).await.unwrap();
}

#[tokio::test]
async fn a_journal_is_read_beside_the_process_that_writes_it() {
    let Some(cluster) = cluster("lease::a_journal_is_read_beside_the_process_that_writes_it") else { return };
    let (address, here) = (cluster.database(), tempdir().unwrap());
    let beside = || Workspace::at(here.path()).with_journal_on(server(&address));
    assert!(matches!(beside().beside(), Err(JournalError::Absent(_))));
    let later = beside().beside_later().unwrap();
    assert!(matches!(later.unfinished().await, Err(JournalError::Absent(_))));
    let journal = open(&here, server(&address)).unwrap();
    let key = job(&*journal, "timetable").await;
    for read in [beside().beside().unwrap(), later] {
        assert_eq!(read.job_key("timetable".parse().unwrap()).await.unwrap(), Some(key));
        assert!(read.check().await.unwrap().is_sound());
    }
    journal.close().await;
    cluster.sql(&address, "UPDATE roomkeeper_schema SET version = version + 1");
    for refusal in [open(&here, server(&address)).map(drop), beside().beside().map(drop)] {
        assert!(matches!(refusal, Err(JournalError::TooNew { .. })), "{refusal:?}");
    }
}

/// A server with a certificate that a private authority has signed, and with a password.
#[tokio::test]
async fn a_connection_is_encrypted_and_refused_where_the_authority_or_the_password_is_another() {
    let test = "lease::a_connection_is_encrypted_and_refused_where_the_authority_or_the_password_is_another";
    let Some(programs) = cluster::programs(test) else { return };
    let authority = rcgen::KeyPair::generate().unwrap();
    let mut of_authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    of_authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_certificate = of_authority.self_signed(&authority).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let issuer = rcgen::Issuer::new(of_authority, authority);
    let certificate =
        rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = [
        "listen_addresses = 'localhost'",
        &format!("port = {port}"),
        "ssl = on",
        "ssl_cert_file = '../server.crt'",
        "ssl_key_file = '../server.key'",
        "hba_file = 'FOLDER/hba'",
    ];
    let files = [
        ("server.crt", certificate.pem()),
        ("server.key", key.serialize_pem()),
        ("hba", "local all all trust\nhostssl all all all scram-sha-256\n".to_owned()),
    ];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let cluster = Cluster::start(&programs, &settings, &files);
    let local = cluster.database_at(port);
    cluster.sql(&local, "ALTER ROLE roomkeeper PASSWORD 'swordfish'");
    let name = local.rsplit('/').next().unwrap().split('?').next().unwrap();
    let address = format!("postgres://roomkeeper@localhost:{port}/{name}?sslmode=require");
    let folder = tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, authority_certificate.pem()).unwrap();
    let right = server(&address).trusting(&ca).with_password("swordfish");
    open(&folder, right).unwrap().ping().await.unwrap();
    let encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl";
    assert_ne!(cluster.sql(&local, encrypted), "");

    let another_authority = server(&address).with_password("swordfish");
    let another_password = server(&address).trusting(&ca).with_password("sword");
    let plain = Server::parse(&address.replace("require", "disable")).unwrap().with_password("swordfish");
    for (wrong, word) in [(another_authority, "certificate"), (another_password, "password"), (plain, "encryption")] {
        let refusal = open(&folder, wrong).unwrap_err();
        assert!(matches!(refusal, JournalError::NotAdmitted { .. }), "{word}: {refusal}");
        assert!(refusal.to_string().contains(word), "{word}: {refusal}");
    }
}

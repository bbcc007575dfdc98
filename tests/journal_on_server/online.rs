//! `check --online` tries the database of the journal, tells what is there, and says what is to be done where it cannot be used.

use crate::cluster::Cluster;
use crate::site::{Ran, Site, free_port, timetable};
use crate::{cluster, site, tables_with};

const JOB: &str = "[schedule_meetings.timetable]\n";

/// Writes a secret, closed to others.
fn secret(site: &Site, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    site.write(name, text);
    std::fs::set_permissions(site.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn check(site: &Site) -> Ran {
    site.run(&["check", "--online"])
}

#[test]
fn what_is_there_is_told_before_and_after_the_first_start_and_nothing_is_made() {
    let test = "online::what_is_there_is_told_before_and_after_the_first_start_and_nothing_is_made";
    let Some(cluster) = cluster(test) else { return };
    let (site, address) = site(cluster, JOB);
    for _ in 0..2 {
        check(&site).expect(0, "the first start makes the journal's tables");
    }
    check(&site).expect(0, "journal: postgres://");
    site.run(&["import", "none.csv"]).expect(1, "");
    site.write("a.csv", timetable(0..1));
    site.run(&["import", "a.csv"]).expect(0, "1 created");
    check(&site).expect(0, "the journal is there");
    let told = site.json(&["check", "--online", "--json"]);
    assert!(told["journal"].as_str().unwrap().contains("(PostgreSQL "), "{told}");
    assert!(site.json(&["check", "--json"])["journal"].is_null(), "it is not asked for");
    // The daemon checks, too.
    let mut daemon = site.daemon();
    check(&site).expect(0, "the journal is there");
    assert!(daemon.terminate().0.success());
    cluster.sql(&address, "UPDATE roomkeeper_schema SET version = 9999");
    check(&site).expect(1, "state.journal: the journal postgres://");
    check(&site).expect(1, "was written by a later version of roomkeeper");
}

#[test]
fn a_database_that_cannot_be_used_is_told_with_what_to_do() {
    let test = "online::a_database_that_cannot_be_used_is_told_with_what_to_do";
    let Some(cluster) = cluster(test) else { return };
    let (site, address) = site(cluster, JOB);
    let base = address.rsplit('/').next().unwrap().to_owned();
    let at = |address: &str, keys: &str| site.configure(&tables_with(address, &format!("{keys}{JOB}")));
    at(&address.replace(&base, "nowhere"), "");
    check(&site).expect(1, "Make it: createdb --owner=roomkeeper --encoding=UTF8 --template=template0 nowhere.");
    at(&address.replace("roomkeeper@", "stranger@"), "");
    check(&site).expect(1, "Make the user there (createuser --pwprompt stranger)");
    cluster.sql(&address, "CREATE ROLE guest LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC");
    at(&address.replace("roomkeeper@", "guest@"), "");
    check(&site).expect(1, &format!("Give it to the user: ALTER DATABASE {base} OWNER TO guest."));
    cluster.sql(&address, &format!("ALTER DATABASE {base} SET default_transaction_read_only = on"));
    at(&address, "");
    check(&site).expect(1, "It can only be read, as a replica. Name the primary, or all hosts");
    at(&format!("postgres://roomkeeper@127.0.0.1:{}/{base}", free_port()), "");
    check(&site).expect(1, "whether the server runs and listens there (listen_addresses)");
    secret(&site, "key", "short");
    at(&address, "pin_key = { file = \"key\" }\n");
    check(&site).expect(1, "state.pin_key: the PIN key cannot be used: it is not 64 hexadecimal digits");
    let latin = format!("{base}_latin");
    let admin = address.replace(&base, "postgres");
    cluster.sql(
        &admin,
        &format!("CREATE DATABASE {latin} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"),
    );
    at(&address.replace(&base, &latin), "");
    check(&site).expect(1, "keeps texts as LATIN1. Make it anew: createdb --encoding=UTF8");
}

#[test]
fn a_wrong_password_and_a_certificate_that_is_not_trusted_are_told_with_what_to_do() {
    let test = "online::a_wrong_password_and_a_certificate_that_is_not_trusted_are_told_with_what_to_do";
    let Some(programs) = cluster::programs(test) else { return };
    let authority = rcgen::KeyPair::generate().unwrap();
    let mut of_authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    of_authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let trusted = of_authority.self_signed(&authority).unwrap();
    let (port, key) = (free_port(), rcgen::KeyPair::generate().unwrap());
    let issuer = rcgen::Issuer::new(of_authority, authority);
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &issuer).unwrap();
    let settings = [
        "listen_addresses = 'localhost'".to_owned(),
        format!("port = {port}"),
        "ssl = on".to_owned(),
        "ssl_cert_file = '../server.crt'".to_owned(),
        "ssl_key_file = '../server.key'".to_owned(),
        "hba_file = 'FOLDER/hba'".to_owned(),
    ];
    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
    let (certificate, key) = (certificate.pem(), key.serialize_pem());
    let hba = "local all all trust\nhostssl all all all scram-sha-256\n";
    let files = [("server.crt", certificate.as_str()), ("server.key", &key), ("hba", hba)];
    let cluster = Cluster::start(&programs, &settings, &files);
    let local = cluster.database_at(port);
    cluster.sql(&local, "ALTER ROLE roomkeeper PASSWORD 'swordfish'");
    let name = local.rsplit('/').next().unwrap();
    let address = format!("postgres://roomkeeper@localhost:{port}/{name}?sslmode=require");
    let site = Site::new("");
    site.write("ca.pem", trusted.pem());
    secret(&site, "right", "swordfish");
    secret(&site, "wrong", "sword");
    let keys = |password: &str, ca: &str| {
        let keys = format!("journal_password = {{ file = \"{password}\" }}\n{ca}{JOB}");
        site.configure(&tables_with(&address, &keys));
    };
    let trusted = "journal_ca = \"ca.pem\"\n";
    keys("right", trusted);
    check(&site).expect(0, "the connection is encrypted");
    keys("wrong", trusted);
    check(&site)
        .expect(1, "Compare journal_password with the password of the user there: ALTER ROLE roomkeeper PASSWORD");
    keys("right", "");
    check(&site).expect(1, "Name the authority that has signed the server's certificate (journal_ca)");
    site.configure(&tables_with(&address, &format!("{trusted}{JOB}")));
    check(&site).expect(1, "Say where the password is kept: journal_password = { credential = \"NAME\" }.");
    site.configure(&tables_with(&address.replace("=require", "=disable"), JOB));
    check(&site).expect(1, "let it in from this machine (pg_hba.conf)");
}

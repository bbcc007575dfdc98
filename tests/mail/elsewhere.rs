//! Mails that go to no server: into a folder, or to the machine's own mail program.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use roomkeeper::mail::{Fault, Handover, Mailer, Program, Server};

use super::{message, probe, send};

#[tokio::test]
async fn without_a_server_a_mail_becomes_a_file_and_a_repeat_replaces_it() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("state/mail");
    let mailer = Mailer::new(Server::Folder(folder.clone()));
    let message = message();
    probe(&mailer).await.unwrap();
    send(&mailer, &message).await.unwrap();
    send(&mailer, &message).await.unwrap();
    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["2027-02-01T013320Z-01940e1a-7c00-7abc-8def-0123456789ab.eml"]);
    let file = folder.join(&names[0]);
    assert_eq!(std::fs::read(&file).unwrap(), message.bytes);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o137, 0, "others may not read it");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let home = tempfile::tempdir().unwrap();
    let in_the_way = home.path().join("mail");
    std::fs::write(&in_the_way, "a file where the folder should be").unwrap();
    let mailer = Mailer::new(Server::Folder(in_the_way.clone()));
    for refusal in [send(&mailer, &message()).await.unwrap_err(), probe(&mailer).await.unwrap_err()] {
        assert!(!refusal.fault.is_final() && refusal.words.contains(in_the_way.to_str().unwrap()), "{refusal}");
    }
}

#[tokio::test]
async fn a_mail_program_that_does_not_end_is_stopped_and_a_stop_begins_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (text, path) = (folder.path().join("text"), folder.path().join("sendmail"));
    std::fs::write(&text, "#!/bin/sh\necho no room >&2\ncat > /dev/null\nsleep 50\n").unwrap();
    assert!(std::process::Command::new("install").args(["-m", "755"]).args([&text, &path]).status().unwrap().success());
    let mailer = Mailer::new(Server::Program(Program { path, patience: Duration::from_secs(2) }));
    let refusal = mailer.session().send(&message(), &Handover::default()).await.unwrap_err();
    assert_eq!(refusal.fault, Fault::ServerAway);
    assert!(refusal.words.contains("did not end for 2s and was stopped: no room; "), "{refusal}");
    let over = Handover::default();
    over.end();
    assert_eq!(mailer.session().send(&message(), &over).await.unwrap_err().fault, Fault::Stopped);
}

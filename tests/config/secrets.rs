//! Secrets: where they may be, and that nothing said about them repeats them.

use std::os::unix::fs::PermissionsExt;

use roomkeeper::config::SecretSource;

use crate::support::{Folder, MINIMAL};

#[test]
fn a_secret_never_appears_in_what_is_said_about_it() {
    const SECRET: &str = "s3cr3tK3y";
    let api = |rest: &str| format!("[api]\napp_id = \"a\"\n{rest}\n");
    let cases = [
        api(&format!("app_key = \"{SECRET}\"")),
        api(&format!("app_key = {SECRET}")),
        api(&format!("app_key = \"{SECRET}")),
        api(&format!("app_key = [\"{SECRET}\"]")),
        api(&format!("app_key = '''{SECRET}\n{SECRET}'''")),
        api(&format!("app_kee = \"{SECRET}\"")),
        api(&format!("app_kee = {SECRET}")),
        api(&format!("app_key = {{ env = \"{SECRET}\" }}")),
        api(&format!("app_key = {{ env = \"{SECRET}/x\" }}")),
        api(&format!("app_key = {{ env = {SECRET} }}")),
        api(&format!("app_key = {{ file = \"{SECRET}\" }}")),
        api(&format!("app_key = {{ file = \"~/{SECRET}\" }}")),
        api(&format!("app_key = {{ credential = \"{SECRET}\" }}")),
        api(&format!("app_key = {{ credential = \"../{SECRET}\" }}")),
        api(&format!("app_key = {{ value = \"{SECRET}\" }}")),
        api(&format!("app_key = {{ env = [\"{SECRET}\"] }}")),
        api(&format!("app_key = {{ env = \"A\", file = \"{SECRET}\" }}")),
        api(&format!("[api.app_key]\nenv = {SECRET}")),
        api(&format!("app_key.env = {SECRET}")),
        api(&format!("base_url = \"https://me:{SECRET}@example.org\"")),
        api(&format!("proxy = \"http://me:{SECRET}@example.org\"")),
        format!("{MINIMAL}[state]\njournal = \"postgres://me:{SECRET}@db1/rooms\"\n"),
        format!("{MINIMAL}[state]\njournal = \"postgres://me@db1/rooms\"\njournal_password = \"{SECRET}\"\n"),
        format!("{MINIMAL}[state]\njournal = \"postgres://me@db1/rooms\"\npin_key = {SECRET}\n"),
        format!("{MINIMAL}[mail]\nserver = \"smtp://me:{SECRET}@example.org\"\n"),
        format!("{MINIMAL}[mail]\nusername = \"me\"\npassword = \"{SECRET}\"\n"),
        format!("{MINIMAL}[mail]\nusername = \"me\"\npassword = {SECRET}\n"),
        format!("{MINIMAL}[mail]\noauth = {SECRET}\n"),
        format!("{MINIMAL}[mail]\noauth = \"{SECRET}\"\n"),
        format!("{MINIMAL}[mail]\noauth = {{ client_secret = \"{SECRET}\" }}\n"),
        format!("{MINIMAL}[mail]\noauth = {{ client_id = \"a\", client_secret = {SECRET} }}\n"),
        format!("{MINIMAL}[mail]\noauth = {{ client_id = \"a\", client_secrt = \"{SECRET}\" }}\n"),
        format!("{MINIMAL}[mail]\noauth = {{ token_url = \"https://me:{SECRET}@example.org/\" }}\n"),
        format!("{MINIMAL}[mail.oauth]\nclient_secret = {SECRET}\n"),
    ];
    for text in cases {
        let loaded = Folder::with(&text).load();
        let said = format!("{loaded:?}");
        let (problems, warnings) = match loaded {
            Ok(loaded) => (Vec::new(), loaded.warnings),
            Err(invalid) => (invalid.problems, invalid.warnings),
        };
        assert!(problems.len() + warnings.len() > 0, "nothing is said of\n{text}");
        let said_to_people: Vec<_> = problems.iter().chain(&warnings).map(ToString::to_string).collect();
        assert!(!said_to_people.join("\n").contains(SECRET), "{said_to_people:?}");
        assert!(problems.is_empty() || !said.contains(SECRET), "{said}");
    }
}

#[test]
fn a_secret_in_plain_text_is_told_where_it_belongs() {
    let invalid = Folder::with("[api]\napp_id = \"a\"\napp_key = \"hush\"\n").load().unwrap_err();
    let text = invalid.to_string();
    assert_eq!(invalid.problems.len(), 1, "{text}");
    assert!(text.contains(":3:11: api.app_key: a secret must not stand in this file. Take it out"), "{text}");
}

#[test]
fn a_secret_file_that_everybody_can_read_is_a_problem_and_one_out_of_reach_a_warning() {
    let folder = Folder::with("[api]\napp_id = \"a\"\napp_key = { file = \"key\" }\n");
    std::fs::write(folder.path("key"), "hush").unwrap();
    let mode = |mode| std::fs::set_permissions(folder.path("key"), std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let text = folder.load().unwrap_err().to_string();
    assert!(text.contains(&format!("Close it: chmod o= {}", folder.path("key").display())), "{text}");
    mode(0o640);
    let loaded = folder.load().unwrap();
    assert_eq!((loaded.warnings, loaded.config.api.app_key), (vec![], SecretSource::File(folder.path("key"))));
    folder.write("[api]\napp_id = \"a\"\napp_key = { credential = \"key\" }\n");
    let warnings = folder.load().unwrap().warnings;
    assert!(warnings[0].problem.contains("only for the service that systemd starts"), "{warnings:?}");
}

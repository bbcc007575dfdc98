//! `config.toml.example` says what is true: it is valid, the defaults it states are the defaults, and no key is left out.

use roomkeeper::config::{Config, Invalid, Loaded, MailProof, schema};
use serde_json::Value;

use crate::support::Folder;

const EXAMPLE: &str = include_str!("../../config.toml.example");

fn load_example(text: &str) -> Result<Loaded, Invalid> {
    let folder = Folder::with(text);
    std::fs::write(folder.path("ca.pem"), "").unwrap();
    folder.load()
}

/// The example's configuration as if it lay in a folder that is always the same.
fn config(text: &str) -> Config {
    let mut config = load_example(text).unwrap_or_else(|invalid| panic!("{invalid}\nin\n{text}")).config;
    config.state.directory = config.state.directory.file_name().unwrap().into();
    config
}

/// Tells whether a line without its mark begins with a key.
fn is_key(line: &str) -> bool {
    line.split_once(" = ").is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
}

#[test]
fn the_example_is_valid_as_it_is() {
    let loaded = load_example(EXAMPLE).unwrap();
    let is_job = |line: &&str| line.starts_with('[') && line.matches('.').count() == 1;
    assert_eq!(loaded.config.jobs.len(), EXAMPLE.lines().filter(is_job).count());
    assert!(loaded.config.jobs.len() > 1);
    assert!(loaded.warnings.iter().all(|warning| warning.problem.contains("systemd")), "{:?}", loaded.warnings);
}

#[test]
fn every_default_it_states_is_the_default() {
    let as_it_is = config(EXAMPLE);
    let mut stated = 0;
    for line in EXAMPLE.lines() {
        let Some(key) = line.strip_prefix("# ").filter(|key| is_key(key)) else { continue };
        stated += 1;
        let more = EXAMPLE.replacen(&format!("\n{line}\n"), &format!("\n{key}\n"), 1);
        assert_ne!(more, EXAMPLE);
        assert_eq!(config(&more), as_it_is, "{key} is not the default");
    }
    assert!(stated >= 20, "only {stated} defaults are stated");
}

#[test]
fn everything_it_shows_can_stand_in_the_file_together() {
    let uncommented = |line: &str| {
        let key = ["#~ ", "# "].into_iter().find_map(|mark| line.strip_prefix(mark)).filter(|key| is_key(key));
        format!("{}\n", key.unwrap_or(line))
    };
    let all: String = EXAMPLE.lines().map(uncommented).collect();
    let config = config(&all);
    assert!(config.mail.server.is_some() && config.api.proxy.is_some(), "{config:?}");
}

#[test]
fn the_token_that_it_shows_can_stand_in_place_of_the_password() {
    let shown = |key: &str| EXAMPLE.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    let (name, oauth) = (shown("#~ username = "), shown("#   oauth = "));
    let with = |more: &str| {
        EXAMPLE.replacen("\n[mail]\n", &format!("\n[mail]\nusername = {name}\noauth = {oauth}\n{more}"), 1)
    };
    assert!(matches!(config(&with("")).mail.login.unwrap().proof, MailProof::Oauth(_)));
    let both = load_example(&with("password = { credential = 'p' }\n")).unwrap_err().to_string();
    assert!(both.contains("mail.oauth: there is a password, too"), "{both}");
}

#[test]
fn no_key_is_left_out_of_it() {
    fn keys(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                if let Some(properties) = object.get("properties").and_then(Value::as_object) {
                    found.extend(properties.keys().cloned());
                }
                object.values().for_each(|value| keys(value, found));
            }
            Value::Array(array) => array.iter().for_each(|value| keys(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    keys(&schema(), &mut found);
    assert!(found.len() > 50);
    let missing: Vec<_> = found.iter().filter(|key| !EXAMPLE.contains(key.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

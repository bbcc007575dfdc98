//! Answers for programs, as documented; and where a PIN may be seen.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use mail_parser::MessageParser;
use roomkeeper::clock::Timestamp;
use serde_json::{Value, json};

use super::years;
use crate::importing::{job, new_site};
use crate::site::KEY;

fn file() -> String {
    let year = years::coming();
    format!(
        "ref,user_id,room_name,start_time,duration,moderators,participants\n\
         A1,u00001,Algebra,{year}-02-01 09:00,60,1,30\nA2,u00001,ab,{year}-02-01 09:00,60,1,30\n\
         A3,u00002,Physics,{year}-02-01 09:00,60,1,30\n"
    )
}

#[track_caller]
fn assert_keys(value: &Value, keys: &[&str]) {
    let has: BTreeSet<_> = value.as_object().unwrap_or_else(|| panic!("{value}")).keys().map(String::as_str).collect();
    let lacks: Vec<_> = keys.iter().filter(|key| !has.contains(**key)).collect();
    assert!(lacks.is_empty(), "{lacks:?} are not in {value}");
}

#[track_caller]
fn assert_run(run: &Value) {
    assert_keys(run, &["run", "job", "kind", "trigger", "due", "started", "ended", "outcome", "counts"]);
    assert_eq!((&run["job"], &run["kind"], &run["due"]), (&json!("import"), &json!("schedule_meetings"), &Value::Null));
    for time in ["started", "ended"] {
        let text = run[time].as_str().unwrap();
        assert!(text.ends_with('Z') && Timestamp::from_rfc3339(text).is_ok(), "{text}");
    }
    assert_eq!(run["run"].as_str().unwrap().parse::<uuid::Uuid>().unwrap().get_version_num(), 7);
}

#[test]
fn import_history_and_show_answer_in_json_as_documented() {
    let site = new_site();
    site.script("[[fault]]\nmatch = 'POST /meetings'\nkind = 'http_500_before'\nfirst = 1");
    site.write("a.csv", file());
    let ran = site.run(&["import", "--json", "a.csv"]);
    let answer = ran.json();
    assert_keys(&answer, &["run", "files", "remarks"]);
    assert_run(&answer["run"]);
    assert_eq!(answer["run"]["counts"], json!({"created": 2, "invalid": 1}));
    assert_eq!((&answer["run"]["trigger"], &answer["run"]["outcome"]), (&json!("manual"), &json!("partial")));
    assert!(answer["files"].as_array().unwrap().iter().all(|file| Path::new(file.as_str().unwrap()).is_file()));

    let again = site.run(&["retry", "--json", answer["run"]["run"].as_str().unwrap()]).json();
    assert_run(&again["run"]);
    let history = site.run(&["history", "--json"]).json();
    assert_eq!(history, json!([again["run"], answer["run"]]), "newest first");
    assert_eq!(site.run(&["history", "--json", "--limit", "1"]).json().as_array().unwrap().len(), 1);
    assert_eq!(site.run(&["history", "--json", "--problems"]).json().as_array().unwrap().len(), 2);

    let shown = site.run(&["show", "--json", answer["run"]["run"].as_str().unwrap()]).json();
    assert_keys(&shown["run"], &["file", "error"]);
    assert_eq!((&answer["remarks"], &shown["remarks"]), (&json!([]), &json!([])));
    assert_run(&shown["run"]);
    assert_eq!((&shown["run"]["file"], &shown["run"]["error"]), (&json!("a.csv"), &Value::Null));
    let items = shown["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    for item in items {
        assert_keys(item, &["item", "label", "status", "code", "error", "result", "attempts"]);
        for attempt in item["attempts"].as_array().unwrap() {
            assert_keys(attempt, &["at", "http", "code", "ms", "error"]);
        }
    }
    assert_eq!((&items[1]["code"], &items[1]["attempts"]), (&json!(1612), &json!([])));
    let attempts: Vec<_> = items.iter().flat_map(|item| item["attempts"].as_array().unwrap()).collect();
    assert_eq!(attempts.len(), 3);
    let lost: Vec<_> = attempts.iter().filter(|attempt| attempt["http"] == 500).collect();
    assert!(lost.len() == 1 && lost[0]["error"].is_string(), "{attempts:?}");
    assert_keys(&items[0]["result"], &["meeting_id", "room_id", "direct_url"]);
    let problems = site.run(&["show", "--json", "--problems", answer["run"]["run"].as_str().unwrap()]).json();
    assert_eq!(problems["items"], json!([items[1]]));
}

#[test]
fn a_dry_run_answers_in_json_as_documented() {
    let site = new_site();
    site.write("a.csv", file());
    let ran = site.run(&["import", "--json", "--dry-run", "a.csv"]);
    assert_eq!(ran.code, 3);
    let answer = ran.json();
    assert_eq!(answer["remarks"], json!([]));
    let items = answer["items"].as_array().unwrap();
    for item in items {
        assert_keys(item, &["item", "label", "would", "error", "changes"]);
    }
    assert_eq!((&items[0]["would"], &items[0]["changes"]), (&json!("created"), &json!({})));
    assert_eq!((&items[1]["would"], items[1]["error"].is_string()), (&json!("invalid"), true));
}

#[test]
fn before_any_run_history_is_empty_and_an_unknown_run_is_wrong_usage() {
    let site = new_site();
    let ran = site.run(&["history", "--json"]);
    assert_eq!((ran.code, ran.json()), (0, json!([])));
    for run in ["01a20c12-7b61-70f1-bdb5-148dbe9077d3", "yesterday"] {
        for command in ["show", "retry"] {
            let ran = site.run(&[command, run]);
            assert!(ran.code == 2 && ran.err.contains(run), "{command}: {ran:?}");
        }
    }
}

#[test]
fn check_answers_in_json_as_documented() {
    let site = new_site();
    let ran = site.run(&["check", "--json"]);
    let state = site.path("state");
    assert_eq!(
        (ran.code, ran.json()),
        (0, json!({"valid": true, "problems": [], "warnings": [], "state_directory": state}))
    );
    let ran = site.run(&["check", "--online", "--json"]);
    assert_eq!((ran.code, &ran.json()["valid"]), (0, &json!(true)), "{ran:?}");

    site.configure(&job("on_exist = 'create'\nmax_items = 0"));
    let ran = site.run(&["check", "--json"]);
    let answer = ran.json();
    assert_eq!((ran.code, &answer["valid"]), (4, &json!(false)));
    let problems = answer["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 2, "{answer}");
    for problem in problems {
        assert_keys(problem, &["file", "line", "column", "key", "problem", "remedy"]);
        assert!(problem["line"].is_u64() && problem["column"].is_u64(), "{problem}");
    }
    assert_eq!(site.run(&["import", "a.csv"]).code, 4);
}

#[test]
fn a_pin_is_seen_in_the_results_file_and_nowhere_else() {
    let site = new_site();
    site.script("[[fault]]\nmatch = 'POST /meetings'\nkind = ['reset_after', 'truncated_json']\nfirst = 2");
    site.write("a.csv", file());
    let ran = site.run(&["-vv", "import", "--json", "a.csv"]);
    let answer = ran.json();
    let run = answer["run"]["run"].as_str().unwrap();
    let pins: Vec<_> = site.meetings().into_iter().flat_map(|meeting| [meeting.mpin, meeting.ppin]).collect();
    assert_eq!(pins.len(), 4);
    let results = fs::read_to_string(answer["files"][0].as_str().unwrap()).unwrap();
    assert!(pins.iter().all(|pin| results.contains(pin)), "{results}");

    let mut told = vec![ran.out.clone(), ran.err.clone()];
    for args in [vec!["show", run], vec!["show", "--json", run], vec!["history", "--json"], vec!["retry", run]] {
        let ran = site.run(&args);
        told.extend([ran.out, ran.err]);
    }
    let mut kept: Vec<_> = told.into_iter().map(|text| ("output".to_owned(), text.into_bytes())).collect();
    read_all(&site.path("state"), &mut kept);
    read_all(&site.path("tmp"), &mut kept);
    assert!(kept.iter().any(|(name, _)| name.ends_with("journal.db")));
    let mails: Vec<_> = kept.iter().filter(|(name, _)| name.contains("state/mail/")).cloned().collect();
    assert_eq!(mails.len(), 2);
    for (name, bytes) in mails {
        let mail = MessageParser::default().parse(&bytes).unwrap();
        let parts: Vec<_> = mail.parts.iter().map(|part| (name.clone(), part.contents().to_vec())).collect();
        assert!(parts.iter().any(|(_, bytes)| bytes.windows(10).any(|window| window == b"direct_url")), "{parts:?}");
        kept.extend(parts);
    }
    for (name, bytes) in &kept {
        for pin in &pins {
            let shown = bytes.windows(pin.len()).any(|window| window == pin.as_bytes());
            assert!(!shown, "a PIN stands in {name}");
        }
        assert!(!bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes()), "the key stands in {name}");
    }
}

fn read_all(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, into);
        } else {
            into.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn results_without_pins_leave_their_columns_blank() {
    let site = new_site();
    site.configure(&job("results_pins = false"));
    let imported = site.import_text("a.csv", &file());
    assert_eq!(imported.statuses(), ["created", "invalid", "created"]);
    assert!(imported.rows.iter().all(|row| row["mpin"].is_empty() && row["ppin"].is_empty()), "{imported:?}");
}

//! Meetings that this job did not make are left alone: other users', one's own without a `user_id`, and those that have begun.

use roomkeeper::clock::{Clock, SystemClock, Timestamp};
use serde_json::{Value, json};

use super::years;
use crate::importing::{job, new_site};
use crate::site::{Site, Writes, wait_until};

/// Schedules a meeting past the program, and answers with its id.
fn somebody_schedules(site: &Site, user: &str, title: &str, start: &str, minutes: u32) -> String {
    let answer = site.ask(
        "POST",
        "/meetings",
        &json!({
            "user_id": user, "room_name": title, "start_time": start, "timezone_id": timezone_id(site),
            "duration": minutes, "moderators": 1, "participants": 30, "knock": true,
        }),
    );
    answer["meeting"]["meeting_id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn timezone_id(site: &Site) -> Value {
    site.ask("GET", "/timezones", &Value::Null)["timezones"][0]["timezone_id"].clone()
}

fn row(participants: u32) -> String {
    let year = years::coming();
    format!(
        "ref,user_id,room_name,start_time,duration,moderators,participants,knock\n\
         A1,u00001,Algebra,{year}-02-01 09:00,60,1,{participants},yes\n"
    )
}

fn start() -> String {
    format!("{}-02-01 08:00:00", years::coming())
}

#[test]
fn a_meeting_that_the_server_has_already_is_told_and_stays_as_it_is() {
    let site = new_site();
    let id = somebody_schedules(&site, "u00001", "Algebra", &start(), 60);
    for participants in [30, 40] {
        let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &row(participants)));
        assert_eq!((writes, imported.code), (Writes::NONE, 0), "{imported:?}");
        let told = imported.row();
        assert_eq!((told["status"].as_str(), &told["meeting_id"], told["mpin"].as_str()), ("exists", &id, ""));
        let differs = told["error"].contains("participants");
        assert_eq!(differs, participants == 40, "{told:?}");
    }
}

#[test]
fn with_on_exists_create_a_second_one_is_made() {
    let site = new_site();
    let id = somebody_schedules(&site, "u00001", "Algebra", &start(), 60);
    site.configure(&job("on_exists = 'create'"));
    let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &row(30)));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::posts(1), "created"), "{imported:?}");
    assert_ne!(imported.row()["meeting_id"], id);
    let (writes, imported) = site.writes_of(|| site.import("a.csv"));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::NONE, "unchanged"));
}

#[test]
fn with_on_exists_create_a_lost_reply_is_not_mistaken_for_somebody_elses_meeting() {
    let site = new_site();
    let id = somebody_schedules(&site, "u00001", "Algebra", &start(), 60);
    site.configure(&job("on_exists = 'create'"));
    for kind in ["reset_before", "reset_after"] {
        site.script(&format!("[[fault]]\nmatch = 'POST /meetings'\nkind = '{kind}'\nfirst = 1"));
        let before = site.meetings().len();
        let text = row(30).replace("A1", kind);
        let imported = site.import_text("a.csv", &text);
        assert_eq!(imported.row()["status"], "created", "{imported:?}");
        assert_ne!(imported.row()["meeting_id"], id);
        assert_eq!(site.meetings().len(), before + 1);
        site.import_text("c.csv", &format!("action,ref\ncancel,{kind}\n"));
    }
}

#[test]
fn a_row_without_user_is_the_credentials_own_users() {
    let site = new_site();
    let year = years::coming();
    let text = format!(
        "room_name,start_time,duration,moderators,participants\n\
         Staff meeting,{year}-02-01 09:00,60,1,30\nOpen day,{year}-02-02 09:00,60,1,30\n"
    );
    let id = somebody_schedules(&site, "owner", "Open day", &format!("{year}-02-02 08:00:00"), 60);
    let imported = site.import_text("own.csv", &text);
    assert_eq!((imported.code, imported.statuses()), (0, vec!["created", "exists"]), "{imported:?}");
    assert_eq!(imported.rows[1]["meeting_id"], id);
    assert!(site.meetings().iter().all(|meeting| meeting.user_id == "owner"));
    // The same user by name is the same row.
    let named = format!(
        "user_id,room_name,start_time,duration,moderators,participants\nowner,Staff meeting,{year}-02-01 09:00,60,1,30\n"
    );
    let (writes, imported) = site.writes_of(|| site.import_text("own.csv", &named));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::NONE, "unchanged"), "{imported:?}");
}

#[test]
fn a_meeting_that_has_begun_or_ended_is_neither_changed_nor_cancelled() {
    let site = new_site();
    site.sandbox.set_skew_minutes(-300);
    let now = SystemClock.now();
    let ago = |minutes: i64| Timestamp::from_millis(now.millis() - minutes * 60_000).to_api();
    let under_way = somebody_schedules(&site, "u00001", "Algebra", &ago(30), 120);
    let over = somebody_schedules(&site, "u00001", "Physics", &ago(200), 60);
    site.sandbox.set_skew_minutes(0);
    let text = format!("action,meeting_id,participants\nupdate,{under_way},12\nupdate,{over},12\n");
    let cancel = format!("action,meeting_id\ncancel,{under_way}\ncancel,{over}\n");
    for text in [text, cancel] {
        let (writes, imported) = site.writes_of(|| site.import_text("late.csv", &text));
        assert_eq!((writes, imported.statuses()), (Writes::NONE, vec!["invalid", "invalid"]), "{imported:?}");
        assert!(imported.rows.iter().all(|row| row["error"].contains("has begun or ended")), "{imported:?}");
    }
    let by_key = format!(
        "action,user_id,room_name,start_time,duration\ncancel,u00001,Algebra,{}Z,120\n",
        ago(30).replace(' ', "T")
    );
    let (writes, imported) = site.writes_of(|| site.import_text("key.csv", &by_key));
    assert_eq!((writes, imported.statuses()), (Writes::NONE, vec!["invalid"]), "{imported:?}");
}

#[test]
fn of_several_such_meetings_none_is_guessed_at() {
    let site = new_site();
    let ids = [0, 1].map(|_| somebody_schedules(&site, "u00001", "Algebra", &start(), 60));
    let text = format!(
        "action,user_id,room_name,start_time,duration\ncancel,u00001,Algebra,{}-02-01 09:00,60\n",
        years::coming()
    );
    let (writes, imported) = site.writes_of(|| site.import_text("which.csv", &text));
    assert_eq!((writes, imported.statuses()), (Writes::NONE, vec!["invalid"]), "{imported:?}");
    assert!(imported.row()["error"].contains("several"), "{ids:?} {imported:?}");
}

#[test]
fn a_row_whose_meeting_has_begun_since_is_still_right_and_only_its_changes_are_not() {
    let site = new_site();
    site.configure(&job("on_invalid = 'reject_file'"));
    let start = Timestamp::from_millis(SystemClock.now().millis() + 5_000);
    let file = |participants: u32| {
        format!(
            "ref,user_id,room_name,start_time,duration,moderators,participants\n\
             A1,u00001,Algebra,{},60,1,{participants}\n",
            start.to_api().replace(' ', "T") + "Z"
        )
    };
    assert_eq!(site.import_text("a.csv", &file(30)).statuses(), ["created"]);
    wait_until("it has begun", || SystemClock.now().millis() >= start.millis());
    let (writes, imported) = site.writes_of(|| site.import("a.csv"));
    assert_eq!((writes, imported.statuses()), (Writes::NONE, vec!["unchanged"]), "{imported:?}");
    for text in [file(31), "action,ref,participants\nupdate,A1,31\n".to_owned(), "action,ref\ncancel,A1\n".to_owned()] {
        let (writes, imported) = site.writes_of(|| site.import_text("b.csv", &text));
        assert_eq!((writes, imported.statuses()), (Writes::NONE, vec!["invalid"]), "{imported:?}");
        assert!(imported.row()["error"].contains("has begun"), "{imported:?}");
    }
    let new = file(30).replace("A1", "A2");
    let (writes, imported) = site.writes_of(|| site.import_text("c.csv", &new));
    assert_eq!((writes, imported.statuses()), (Writes::NONE, vec!["invalid"]), "{imported:?}");
    assert_eq!(imported.row()["code"], "1601");
}

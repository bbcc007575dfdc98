//! The cells of a row become a checked row: blanks, defaults, zones, actions, and several faults at once.

use roomkeeper::clock::Timestamp;
use roomkeeper::config::MeetingDefaults;
use roomkeeper::jobs::schedule_meetings::{Action, Checked, ZoneChoice};
use roomkeeper::model::Code;

use super::world::{Job, at};

const HEADINGS: &str = "action,ref,meeting_id,user_id,room_name,start_time,timezone,timezone_id,duration,moderators,participants,knock,invitee_emails";

fn row(cells: &str) -> Checked {
    Job::default().row(HEADINGS, cells)
}

fn code(checked: &Checked) -> Option<i64> {
    checked.faults.code().map(|code| code.0)
}

#[test]
fn several_faults_are_all_said_and_the_first_of_the_schedule_table_gives_the_code() {
    let checked = row(",R1,,u1,ab,,,,9,0,x,perhaps,nobody");
    assert_eq!(code(&checked), Some(1612));
    let columns: Vec<_> = checked.faults.iter().filter_map(|fault| fault.column).collect();
    assert!(columns.is_sorted());
    assert_eq!(
        checked.faults.to_string(),
        "the title `ab` is shorter than 3 characters; the start is missing; write it as 2026-11-23 14:05; \
         the duration `9` is shorter than 10 minutes; the number of moderators `0` must be 1 or more; \
         the number of participants `x` must be a whole number; knock `perhaps` is neither yes nor no; \
         `nobody` cannot be a mail address; separate several by `;` or blanks"
    );
}

#[test]
fn a_fault_without_a_code_leaves_the_code_to_the_others() {
    let checked = row(",R1,,u1,Algebra,2027-02-01 09:00,,,60,1,5,,nobody");
    assert_eq!((code(&checked), checked.faults.iter().count()), (None, 1));
    let checked = row(",\"R\n1\",,u1,Algebra,2027-02-01 09:00,,,60,1,-5,,");
    assert_eq!((code(&checked), checked.faults.iter().count()), (Some(1652), 2));
}

#[test]
fn lengths_are_characters_after_trimming() {
    for (title, expected) in [
        ("ü".repeat(50), None),
        ("ü".repeat(51), Some(1613)),
        (format!("  {}  ", "数".repeat(50)), None),
        ("  ab  ".to_owned(), Some(1612)),
        ("   ".to_owned(), Some(1611)),
    ] {
        let checked = row(&format!(",R1,,u1,{title},2027-02-01 09:00,,,60,1,5,,"));
        assert_eq!(code(&checked), expected, "{title:?}");
    }
}

#[test]
fn the_clock_is_the_rows_zone_else_its_ids_else_the_jobs() {
    let read = |zone: &str, id: &str| {
        let checked = row(&format!(",R1,,u1,Algebra,2027-02-01 09:00,{zone},{id},60,1,5,,"));
        (checked.row.start.map(Timestamp::to_api), checked.row.zone.clone(), code(&checked))
    };
    let name = |name: &str| Some(ZoneChoice::Name(name.to_owned()));
    let id = |id: &str| Some(ZoneChoice::Id(id.to_owned()));
    let utc = |text: &str| Some(text.to_owned());
    assert_eq!(read("", ""), (utc("2027-02-01 08:00:00"), name("Europe/Berlin"), None));
    assert_eq!(read("america/new_york", ""), (utc("2027-02-01 14:00:00"), name("America/New_York"), None));
    assert_eq!(read("", "49"), (utc("2027-02-01 08:00:00"), id("49"), None));
    assert_eq!(read("America/New_York", "49"), (utc("2027-02-01 14:00:00"), id("49"), None));
    assert_eq!(read("", "50"), (None, None, Some(1684)));
    assert_eq!(read("", "99"), (None, id("99"), Some(1602)));
    assert_eq!(read("Antarctica/Troll", ""), (None, None, Some(1684)));
    assert_eq!(read("Europe/Atlantis", "49").2, Some(1684));
}

#[test]
fn an_offset_needs_no_clock() {
    let checked = row(",R1,,u1,Algebra,2027-02-01T09:00+02:00,,99,60,1,5,,");
    assert_eq!((checked.row.start, code(&checked)), (Some(at("2027-02-01T07:00:00Z")), None));
}

#[test]
fn a_job_in_a_zone_that_the_server_does_not_have_is_said_in_rows_that_need_it() {
    let job = Job { zone: Some("Antarctica/Troll"), ..Job::default() };
    assert_eq!(code(&job.row(HEADINGS, ",R1,,u1,Algebra,2027-02-01 09:00,,,60,1,5,,")), Some(1684));
    assert_eq!(code(&job.row(HEADINGS, ",R1,,u1,Algebra,2027-02-01 09:00,Europe/Paris,,60,1,5,,")), None);
}

#[test]
fn a_start_that_has_passed_is_told_apart() {
    let checked = row(",R1,,u1,Algebra,2026-11-23 13:00,,,60,1,5,,");
    assert!(checked.faults.is_empty());
    let past = checked.past.unwrap();
    assert_eq!(
        (past.code, past.words.as_str()),
        (Some(Code::START_PAST), "the start `2026-11-23 13:00` has passed; write a time to come")
    );
    assert_eq!(row(",R1,,u1,Algebra,2026-11-23 13:01,,,60,1,5,,").past, None);
}

#[test]
fn blanks_are_the_defaults_when_scheduling() {
    let defaults = MeetingDefaults {
        duration_min: Some(60),
        moderators: Some(1),
        participants: Some(30),
        knock: Some(true),
        ..MeetingDefaults::default()
    };
    let job = Job { defaults, ..Job::default() };
    let checked = job.row(HEADINGS, ",R1,,,Algebra,2027-02-01 09:00,,,,,,,");
    assert!(checked.faults.is_empty(), "{}", checked.faults);
    let given = job.row(HEADINGS, ",R1,,,Algebra,2027-02-01 09:00,Europe/Berlin,,1h,1,30,ja,");
    assert_eq!(checked.row.digest(), given.row.digest());
    assert!(checked.row.draft("49").is_some());
}

#[test]
fn without_defaults_each_blank_has_its_code() {
    let checked = row(",R1,,u1,,,,,,,,,");
    let codes: Vec<_> = checked.faults.iter().filter_map(|fault| fault.code).map(|code| code.0).collect();
    assert_eq!(codes, [1611, 1603, 1631, 1641, 1651]);
}

#[test]
fn an_update_leaves_alone_what_is_blank_and_takes_no_defaults() {
    let job = Job {
        defaults: MeetingDefaults { knock: Some(true), moderators: Some(3), ..MeetingDefaults::default() },
        ..Job::default()
    };
    let checked = job.row(HEADINGS, "UPDATE,R1,,,,2027-02-01 09:00,,,,,12,,");
    assert!(checked.faults.is_empty(), "{}", checked.faults);
    let change = checked.row.change(None);
    assert_eq!((change.room_name, change.moderators, change.knock, change.participants), (None, None, None, Some(12)));
    assert_eq!((change.start, checked.row.zone), (Some(at("2027-02-01T08:00:00Z")), None));
    assert_eq!(code(&job.row(HEADINGS, "update,R1,,,ab,,,,5,,,,")), Some(1612));
    assert!(job.row(HEADINGS, "update,R1,,,,2020-02-01 09:00,,,,,,,").past.is_some());
}

#[test]
fn a_cancel_needs_only_what_its_meeting_is_found_by() {
    for cells in [
        "cancel,R1,,,x,never,Atlantis,,soon,,,?,?",
        "cancel,,m1,,,,,,,,,,",
        "cancel,,,u1,Algebra,2020-02-01 09:00,,,60,,,,",
    ] {
        let checked = row(cells);
        assert!(checked.faults.is_empty() && checked.past.is_none(), "{cells}: {}", checked.faults);
        assert_eq!(checked.row.action, Action::Cancel);
        assert!(checked.row.identity(None).is_some(), "{cells}");
    }
    let made_with_defaults =
        Job { defaults: MeetingDefaults { duration_min: Some(60), ..MeetingDefaults::default() }, ..Job::default() };
    let checked = made_with_defaults.row(HEADINGS, "cancel,,,u1,Algebra,2027-02-01 09:00,,,,,,,");
    assert_eq!(checked.row.identity(None).unwrap(), "at:2027-02-01 08:00:00|u1|60|Algebra");
}

#[test]
fn an_update_or_cancel_that_names_no_meeting_is_a_fault() {
    for cells in ["cancel,,,u1,Algebra,2027-02-01 09:00,,,,,,,", "update,,,u1,Algebra,,,,60,,,,"] {
        let checked = row(cells);
        assert_eq!((code(&checked), checked.faults.iter().count()), (None, 1), "{cells}");
        assert!(checked.faults.to_string().contains("which meeting"), "{}", checked.faults);
    }
}

#[test]
fn an_action_that_is_none_is_said_and_nothing_is_demanded_of_the_row() {
    let checked = row("delete,R1,,,,,,,,,,,");
    assert_eq!(checked.faults.to_string(), "the action `delete` is none of schedule, update and cancel");
}

#[test]
fn cells_beyond_the_headings_are_a_fault_that_says_why() {
    let checked = Job::default().row("action,ref,room_name", "update,R1,Literature, Poetry & Prose");
    assert!(
        checked
            .faults
            .to_string()
            .starts_with("the row has more cells than there are headings, from `Poetry & Prose` on")
    );
    assert!(Job::default().row("action,ref,room_name", "update,R1,Literature,,, ").faults.is_empty());
}

#[test]
fn a_number_too_large_is_no_number_of_seats_or_minutes() {
    assert_eq!(code(&row(",R1,,u1,Algebra,2027-02-01 09:00,,,99999999999,1,5,,")), Some(1634));
    assert_eq!(code(&row(",R1,,u1,Algebra,2027-02-01 09:00,,,60,99999999999,5,,")), Some(1644));
    assert_eq!(code(&row(",R1,,u1,Algebra,2027-02-01 09:00,,,60,1,99999999999999999999,,")), Some(1654));
}

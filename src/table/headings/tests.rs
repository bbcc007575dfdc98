//! Finds headings as people write them.

use super::*;

fn resolve(headings: &str, columns: &[(Column, &[&str])]) -> Result<Headings, String> {
    let columns = columns.iter().map(|(column, names)| (*column, names.iter().map(ToString::to_string).collect()));
    let layout =
        Layout { columns: columns.collect(), defaulted: BTreeSet::from([Column::Duration]), ..Layout::default() };
    Headings::resolve(headings.split(','), &layout).map_err(|refusal| refusal.to_string())
}

fn own(headings: &Headings) -> Vec<&str> {
    headings.own().collect()
}

#[test]
fn headings_are_read_in_any_case_and_unknown_ones_carried() {
    let headings = resolve("Room Name,START_TIME,moderators ,participants,Hall", &[]).unwrap();
    assert_eq!(headings.place(Column::StartTime), Some(&FieldCells::One(1)));
    assert_eq!(headings.name_of(Column::StartTime), "START_TIME");
    assert_eq!(own(&headings), ["Room Name", "START_TIME", "moderators ", "participants", "Hall"]);
}

#[test]
fn a_mapped_heading_goes_before_the_fields_own_name() {
    let map: &[(Column, &[&str])] = &[(Column::RoomName, &["Title"]), (Column::StartTime, &["Day", "begin"])];
    let headings = resolve("Title,room_name,Day,Begin,moderators,participants", map).unwrap();
    assert_eq!(headings.place(Column::RoomName), Some(&FieldCells::One(0)));
    assert_eq!(headings.place(Column::StartTime), Some(&FieldCells::Joined(vec![2, 3])));
    assert_eq!(headings.name_of(Column::StartTime), "Day + Begin");
}

#[test]
fn what_is_missing_is_named_by_the_heading_that_was_looked_for() {
    let error = resolve("room_name,Begin,moderators", &[(Column::StartTime, &["Day", "Begin"])]).unwrap_err();
    assert_eq!(
        error,
        "there is no column `Day` (start_time), no column `participants`; the headings are `room_name`, `Begin`, `moderators`"
    );
    let error = resolve("start_time,moderators,participants", &[(Column::RoomName, &["Title"])]).unwrap_err();
    assert!(error.contains("no column `Title` (room_name);"), "{error}");
}

#[test]
fn a_lacking_heading_is_told_with_the_column_that_is_read_in_its_place() {
    let map: &[(Column, &[&str])] = &[(Column::Duration, &["Dauer"]), (Column::Desc, &["Thema"])];
    let headings = resolve("room_name,start_time,Duration,moderators,participants", map).unwrap();
    assert_eq!(
        headings.unused().warnings(),
        [
            "The file has no column `Thema` (desc), which `columns` names.",
            "The file has no column `Dauer` (duration), which `columns` names: the column `Duration` is read in its place."
        ]
    );
}

#[test]
fn a_lacking_heading_of_a_needed_column_is_missing_though_another_might_be_read_in_its_place() {
    let map: &[(Column, &[&str])] = &[(Column::RoomName, &["Titel"]), (Column::StartTime, &["Day", "Begin"])];
    let error = resolve("Room Name,start_time,Day,moderators,participants", map).unwrap_err();
    for words in [
        "no column `Titel` (room_name), which `columns` names (the file has `Room Name`: rename that, or take room_name out of `columns`)",
        "no column `Begin` (start_time), which `columns` names (the file has `start_time`: rename that,",
    ] {
        assert!(error.contains(words), "{error}");
    }
    assert!(resolve("action,room_name", map).is_ok());
}

#[test]
fn a_missing_column_is_told_with_the_heading_that_may_be_meant_for_it() {
    let error = resolve("room_name,start_time,moderators,Particpants,Hall", &[]).unwrap_err();
    assert!(error.ends_with("`Hall`; `Particpants` may be meant for `participants`"), "{error}");
}

#[test]
fn a_file_whose_rows_say_what_to_do_needs_no_other_column() {
    assert!(resolve("action,ref", &[]).is_ok());
    assert!(resolve("ref", &[]).is_err());
}

#[test]
fn two_columns_for_one_field_are_both_named() {
    let error = resolve("room_name,Start Time,start_time,moderators,participants", &[]).unwrap_err();
    assert_eq!(
        error,
        "columns 2 (`Start Time`) and 3 (`start_time`) both say start_time: rename or remove one of them"
    );
}

#[test]
fn a_retry_file_comes_back_without_what_we_put_in_front() {
    let map: &[(Column, &[&str])] = &[(Column::RoomName, &["Status"])];
    let front = "line,status,code,error,input_Status,start_time,moderators,participants,attempts,meeting_id,input_x";
    let headings = resolve(front, map).unwrap();
    assert_eq!(headings.place(Column::RoomName), Some(&FieldCells::One(4)));
    assert_eq!(own(&headings), ["Status", "start_time", "moderators", "participants", "meeting_id", "x"]);
}

#[test]
fn an_own_column_under_our_name_says_no_field() {
    let headings = resolve("line,status,code,error,action,input_ref,input_meeting_id,meeting_id", &[]).unwrap();
    assert!(!headings.has(Column::Ref));
    assert_eq!(headings.place(Column::MeetingId), Some(&FieldCells::One(7)));
}

#[test]
fn the_order_of_dates_is_ours_in_a_retry_file_alone() {
    let retry = resolve("line,status,code,error,date_order,action,input_date_order", &[]).unwrap();
    assert_eq!((retry.date_order(), own(&retry)), (Some(4), vec!["action", "date_order"]));
    let other = resolve("date_order,action", &[]).unwrap();
    assert_eq!((other.date_order(), own(&other)), (None, vec!["date_order", "action"]));
    let results = "line,status,code,error,meeting_id,room_id,direct_url,mpin,ppin,attempts,date_order,action";
    assert_eq!(own(&resolve(results, &[]).unwrap()), ["meeting_id", "date_order", "action"]);
}

#[test]
fn a_results_file_comes_back_without_its_pins() {
    let front = "line,status,code,error,meeting_id,room_id,direct_url,mpin,ppin,attempts,action";
    assert_eq!(own(&resolve(front, &[]).unwrap()), ["meeting_id", "action"]);
    assert_eq!(own(&resolve("action,status,mpin", &[]).unwrap()), ["action", "status", "mpin"]);
}

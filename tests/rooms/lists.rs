//! Where rooms come from, and what is said when something is wrong with that.

use std::fmt::Write as _;

use crate::room_jobs::with_rooms;
use crate::site::Site;

const POLICY: &str = "[sync_rooms.policy]\nrooms = { list = 'rooms.csv' }\nset = { knock = true }\n";

fn policy(rooms: &str) -> String {
    format!("[sync_rooms.policy]\nrooms = {{ {rooms} }}\nset = {{ knock = true }}\n")
}

#[test]
fn rooms_are_named_by_their_users_by_their_ids_or_are_ones_own() {
    let site = with_rooms(3, &policy("users = ['u00000']"));
    assert_eq!(site.run_job("policy", 0).counts(), "updated 1");
    let rooms = site.rooms();
    assert!(rooms["u00000"].knock);

    site.configure(&policy("own = true"));
    assert_eq!(site.run_job("policy", 0).counts(), "updated 1");
    assert!(site.rooms()["owner"].knock);

    // A room that is known by its id alone is found by its owner.
    let (other, own) = (&rooms["u00001"].room_id, &rooms["owner"].room_id);
    site.configure(&policy(&format!("rooms = ['{other}', '{own}', 'nowhere']")));
    let run = site.run_job("policy", 3);
    assert_eq!(run.counts(), "failed 1, unchanged 1, updated 1");
    assert!(site.rooms()["u00001"].knock);
    assert_eq!(run.items()[2]["error"], "the server has no room nowhere");
}

#[test]
fn rooms_that_are_named_by_their_ids_are_found_without_a_write_from_the_second_run_on() {
    let site = with_rooms(20, POLICY);
    let list = |site: &Site| {
        let rooms = site.rooms();
        let ids: Vec<_> = rooms.iter().filter(|(user, _)| *user != "owner").map(|(_, room)| &*room.room_id).collect();
        site.write("rooms.csv", format!("room_id\n{}\n", ids.join("\n")));
    };
    list(&site);
    assert_eq!(site.run_job("policy", 0).counts(), "updated 20");
    let updates = site.updates();
    let again = site.run_job("policy", 0);
    assert_eq!((again.counts().as_str(), site.updates()), ("unchanged 20", updates));
    // So a dry run can tell them, too.
    site.run(&["run", "policy", "--dry-run"]).expect(0, "line 21: unchanged");
    assert_eq!(site.updates(), updates);
    // A repeated run knows but the rooms that it repeats; what others found out is not forgotten over it.
    let retried = site.run(&["retry", again.id()]);
    assert_eq!(retried.code, 0, "{retried:?}");
    assert_eq!(site.run_job("policy", 0).counts(), "unchanged 20");
    assert_eq!(site.updates(), updates);
}

#[test]
fn a_list_may_name_rooms_either_way_and_no_room_twice() {
    let site = with_rooms(4, POLICY);
    let rooms = site.rooms();
    let id = |user: &str| rooms[user].room_id.clone();
    let list = format!(
        "user_id,room_id,name\nu00000,,\n,{},\nu00002,{},\nu00000,,\n,{},\n,,Nobody\nu00003,{},\n",
        id("u00001"),
        id("u00002"),
        id("u00002"),
        id("u00001"),
    );
    site.write("rooms.csv", &list);
    let run = site.run_job("policy", 3);
    assert_eq!(run.counts(), "invalid 4, updated 3");
    let error = |line| run.line(line)["error"].as_str().unwrap().to_owned();
    assert_eq!(error(5), "this is the same room as in line 2");
    assert_eq!(error(6), "this is the same room as in line 4");
    assert_eq!(error(7), "the row names no room: fill in user_id or room_id");
    assert_eq!(error(8), format!("the permanent room of user u00003 is {}, and not {}", id("u00003"), id("u00001")));
    assert!(!site.rooms()["u00003"].knock);
}

#[test]
fn a_list_that_vanished_refuses_the_run_in_words() {
    let site = with_rooms(3, POLICY);
    let run = site.run_job("policy", 1);
    assert_eq!((run.outcome(), run.items().len(), site.updates()), ("failed", 0, 0));
    let list = site.path("rooms.csv").display().to_string();
    assert!(
        run.error().contains(&format!("the list of rooms {list} cannot be read: there is no such file")),
        "{run:?}"
    );
    assert!(site.summaries()[0].contains("FAILED"), "{:?}", site.summaries());

    site.write("rooms.csv", "owner,mail\nu00000,a@example.org\n");
    assert!(site.run_job("policy", 1).error().contains("there is no column user_id and none room_id"));
    site.list(0..3);
    assert_eq!(site.run_job("policy", 0).counts(), "updated 3");
}

#[test]
fn a_check_that_asks_around_reads_the_lists_too() {
    let site = with_rooms(3, POLICY);
    let check = || site.run(&["check", "--online"]);
    check().expect(1, "sync_rooms.policy.rooms: the list of rooms");
    check().expect(1, "there is no such file (any more). Put the file there");
    site.write("rooms.csv", "owner,mail\nu00000,a@example.org\n");
    check().expect(1, "there is no column user_id and none room_id");
    site.list(0..3);
    check().expect(0, "the configuration is valid");
}

#[test]
fn half_of_the_rooms_gone_is_told_in_the_mail_and_each_by_name() {
    let site = with_rooms(10, POLICY);
    site.list(0..20);
    let run = site.run_job("policy", 3);
    assert_eq!((run.outcome(), run.counts().as_str()), ("partial", "failed 10, updated 10"));
    assert_eq!(run.line(12)["error"], "user u00010 has no permanent room on the server");
    let mail = site.summaries().remove(0);
    assert!(mail.contains("10 of 20 rooms are not on the server. Is this the right"), "{mail}");
    // As the mail wraps it.
    assert!(mail.contains("Line 12: Owner 10"), "{mail}");
}

#[test]
fn a_list_without_a_room_where_there_were_many_is_a_problem_in_the_mail() {
    let site = with_rooms(6, POLICY);
    site.list(0..6);
    assert_eq!(site.run_job("policy", 0).counts(), "updated 6");
    site.list(0..0);
    let run = site.run_job("policy", 0);
    assert_eq!((run.outcome(), run.items().len()), ("succeeded", 0));
    let suspicious = |mail: &String| mail.contains("This run found no rooms, and the last one found 6.");
    assert_eq!(site.summaries().iter().filter(|mail| suspicious(mail)).count(), 1, "{:?}", site.summaries());
}

#[test]
fn a_list_whose_quotation_swallows_rows_is_refused_and_no_room_is_touched() {
    let rotation = "[rotate_pins.pins]\nrooms = { list = 'rooms.csv' }\n";
    let site = with_rooms(5, &format!("{rotation}{POLICY}"));
    let pins = site.rooms();
    for (list, words) in [
        ("user_id,name\nu00000,\"Blue\nu00001,Red\nu00002,12\" room\nu00003,x\n", "broken in line 4"),
        ("user_id,name\nu00000,\"Blue\nu00001,Red\"\nu00002,x\n", "line 3 looks like one"),
        ("user_id\nu00000\n\"u00001\nu00002\"\n", "line 4 looks like one"),
        // Rows shorter than the headings, and longer ones.
        ("user_id,room_id,name\nu00000,\"Blue\nu00001,Red\"\nu00002\n", "line 3 looks like one"),
        ("user_id,name\nu00000,\"Blue,\nu00001,Red\",\nu00002,x,\n", "line 3 looks like one"),
        ("user_id,name\nu00000,\"Blue,,\nu00001\",Red,,\nu00002,x,,\n", "line 3 looks like one"),
        ("user_id,name,room_name\nu00000,,\"Blue\nu00001\",,\nu00002,,x\n", "line 3 looks like one"),
        ("user_id,room_name\nu00000,\"Room \"Blue\" two\"\n", "broken in the same line"),
    ] {
        site.write("rooms.csv", list);
        for job in ["policy", "pins"] {
            let run = site.run_job(job, 1);
            assert!(run.outcome() == "failed" && run.error().contains(words), "{job}: {}", run.error());
        }
    }
    assert_eq!(site.updates(), 0);
    assert_eq!(format!("{:?}", site.rooms()), format!("{pins:?}"));
}

#[test]
fn a_list_that_is_cut_short_is_refused_and_one_that_merely_lacks_its_last_line_end_is_not() {
    let site = with_rooms(4, &format!("{POLICY}[rotate_pins.pins]\nrooms = {{ list = 'rooms.csv' }}\n"));
    for list in ["user_id,name,email\nu00000,A,a@example.org\nu00001,B", "user_id,name,email\nu00000"] {
        site.write("rooms.csv", list);
        for job in ["policy", "pins"] {
            let run = site.run_job(job, 1);
            assert!(run.error().contains("cut short") && run.error().contains("line end"), "{job}: {}", run.error());
        }
        site.run(&["check", "--online"]).expect(1, "cut short");
    }
    assert_eq!(site.updates(), 0);
    for list in ["user_id,name,email\nu00000,A,\nu00001,B,", "user_id,name,email\nu00000\n"] {
        site.write("rooms.csv", list);
        assert_eq!(site.run_job("policy", 0).items().len(), list.lines().count() - 1);
    }
}

#[test]
fn a_list_in_another_encoding_is_refused_until_it_is_said_which_and_then_told() {
    let site = with_rooms(3, POLICY);
    let list = "user_id,name\nu00000,Dějepis pro třídu\nu00001,Čeština a příroda\nu00002,Žáci ve škole\n";
    site.write("rooms.csv", encoding_rs::WINDOWS_1250.encode(list).0);
    let refused = site.run_job("policy", 1);
    assert!(refused.error().contains("looks like windows-1250"), "{}", refused.error());
    assert_eq!(site.updates(), 0);
    site.configure(&policy("list = 'rooms.csv', encoding = 'windows-1250'"));
    let run = site.run_job("policy", 0);
    assert_eq!(run.counts(), "updated 3");
    site.run(&["show", run.id()]).expect(0, "encoding windows-1250 (Dějepis, třídu, Čeština)");
    let mails: Vec<_> = site.summaries().iter().map(|mail| mail.replace("=\r\n", "").replace("=\n", "")).collect();
    let is_told = |mail: &String| mail.contains("was read as windows-1250") && mail.contains("D=C4=9Bjepis");
    assert!(mails.iter().any(is_told), "{mails:?}");
}

#[test]
fn what_is_not_seen_in_a_list_names_no_other_room_and_reaches_no_server() {
    let site = with_rooms(3, POLICY);
    site.write(
        "rooms.csv",
        "\u{feff}user_id\u{200b},room_name\n\u{feff}u00000\u{200b},\u{200b}Franc\u{327}ais\u{a0}\nu00000,x\nu0\u{200d}0001,\nu00002,Caf\u{fffd} two\n\u{1a}",
    );
    let run = site.run_job("policy", 3);
    assert_eq!(run.counts(), "invalid 3, updated 1");
    assert_eq!(site.rooms()["u00000"].room_name, "Fran\u{e7}ais");
    assert!(run.items()[1]["error"].as_str().unwrap().contains("same room as in line 2"), "{:?}", run.items());
    assert!(run.items()[2]["error"].as_str().unwrap().contains("U+200D"), "{:?}", run.items());
}

#[test]
fn a_lost_character_in_a_list_and_one_that_is_not_seen_within_a_cell_are_named() {
    let jobs = format!("{POLICY}[rotate_pins.pins]\nrooms = {{ list = 'rooms.csv' }}\nnotify_owners = true\n");
    let site = with_rooms(6, &jobs);
    site.write(
        "rooms.csv",
        "user_id,room_name,desc,name,participants,email\n\
         u00000,Hall 0,Caf\u{fffd},,,a@example.org\n\
         u00001,Hall 1,,M\u{fffd}ller,,a@example.org\n\
         u00002,Hall 2,Franc\u{327}ais\u{200b},\u{200b}Ada,\u{a0}40\u{202f},\u{202a}a@example.org\u{202c}\n\
         u00003,Hall 3,,,4\u{200b}0,a@example.org\n\
         u00004,\u{200b}ab\u{200b},,,,a@example.org\n",
    );
    let run = site.run_job("policy", 3);
    assert_eq!(run.counts(), "invalid 4, updated 1");
    let error = |line| run.line(line)["error"].as_str().unwrap().to_owned();
    assert!(error(2).contains("U+FFFD") && error(3).contains("U+FFFD"), "{} {}", error(2), error(3));
    assert!(error(5).contains("U+200B (a zero-width space)"), "{}", error(5));
    assert!(error(6).contains("one line of 3 to 50 characters"), "{}", error(6));
    let rooms = site.rooms();
    assert_eq!((rooms["u00002"].desc.as_deref(), rooms["u00002"].participants), (Some("Fran\u{e7}ais"), 40));
    assert!(["u00000", "u00001", "u00003", "u00004"].iter().all(|user| !rooms[*user].room_name.starts_with("Hall")));

    site.write("rooms.csv", "user_id,email\nu00000,a\u{200b}@example.org\nu00001,a\u{fffd}@example.org\n");
    let run = site.run_job("pins", 1);
    assert!(run.error().contains("U+200B (a zero-width space)"), "{}", run.error());
    assert_eq!(site.updates(), 1);
}

#[test]
fn a_blank_that_is_none_is_named_within_a_lists_ids_and_addresses_and_stays_in_names() {
    let jobs = format!("{POLICY}[rotate_pins.pins]\nrooms = {{ list = 'rooms.csv' }}\nnotify_owners = true\n");
    let site = with_rooms(2, &jobs);
    let unseen = [
        ('\u{a0}', "U+00A0"),
        ('\u{2003}', "U+2003"),
        ('\u{34f}', "U+034F"),
        ('\u{3164}', "U+3164"),
        ('\u{2800}', "U+2800"),
        ('\u{115f}', "U+115F"),
        ('\u{1160}', "U+1160"),
        ('\u{180e}', "U+180E"),
        ('\u{fe0f}', "U+FE0F"),
    ];
    let mut list = "user_id,room_id,room_name,name\nu00000,,Hall\u{a0}one,Ada\u{a0}B.\n".to_owned();
    for (c, _) in unseen {
        writeln!(list, "u0{c}0001,,,\n,r{c}1,,").unwrap();
    }
    site.write("rooms.csv", &list);
    let run = site.run_job("policy", 3);
    assert_eq!(run.counts(), format!("invalid {}, updated 1", 2 * unseen.len()));
    assert_eq!(site.rooms()["u00000"].room_name, "Hall\u{a0}one");
    for (at, (_, code)) in unseen.iter().flat_map(|told| [told; 2]).enumerate() {
        let error = run.items()[at + 1]["error"].as_str().unwrap();
        assert!(error.contains(code), "{code}: {error}");
    }
    for (c, code) in unseen {
        site.write("rooms.csv", format!("user_id,email\nu00000,a{c}b@example.org\n"));
        let run = site.run_job("pins", 1);
        assert!(run.error().contains(code), "{code}: {}", run.error());
    }
    assert_eq!(site.updates(), 1);
}

#[test]
fn what_only_a_spreadsheet_writes_names_no_room_and_is_no_name_of_one() {
    let site = with_rooms(5, POLICY);
    site.configure("[sync_rooms.policy]\nrooms = { list = 'rooms.csv' }\n");
    site.write(
        "rooms.csv",
        "user_id,room_id,room_name,participants\n\
         #N/A,,,\n\
         1.23457E+11,,,\n\
         ,17.0,,\n\
         u00000,NULL,,\n\
         u00001,,#ref!,\n\
         u00002,,#1 Mathe,40.0\n\
         -,,,\n\
         ,1e5,,\n\
         u00003,,Al\u{2028}pha,\n\
         u00004,,\u{fe0f}\u{fe0f}ab,\n",
    );
    let run = site.run_job("policy", 3);
    assert_eq!(run.counts(), "invalid 9, updated 1");
    for (at, words) in
        ["a spreadsheet's error, not a user_id", "has rounded this id", "has rounded this id", "not a room_id"]
            .into_iter()
            .enumerate()
    {
        assert!(run.items()[at]["error"].as_str().unwrap().contains(words), "{:?}", run.items()[at]);
    }
    let rooms = site.rooms();
    for (at, words) in [
        (6, "is only a placeholder, not a user_id"),
        (7, "has rounded this id"),
        (8, "U+2028 (a line break)"),
        (9, "one line of 3 to 50 characters"),
    ] {
        assert!(run.items()[at]["error"].as_str().unwrap().contains(words), "{:?}", run.items()[at]);
    }
    assert_eq!((rooms["u00002"].room_name.as_str(), rooms["u00002"].participants), ("#1 Mathe", 40));
    assert!(rooms.values().all(|room| !room.room_name.contains("REF")), "{rooms:?}");
}

#[test]
fn an_unseen_character_within_a_lists_heading_is_named() {
    let site = with_rooms(1, POLICY);
    site.configure("[sync_rooms.policy]\nrooms = { list = 'rooms.csv' }\nset = { participants = 40 }\n");
    site.write("rooms.csv", "user_id,kno\u{200b}ck\nu00000,yes\n");
    let told = "`kno\u{200b}ck [with U+200B (a zero-width space)]` is not used. The nearest known name is `knock`";
    let ran = site.run(&["run", "policy"]);
    ran.expect(0, "1 updated");
    assert!(ran.out.contains(told), "{ran:?}");
    site.write("rooms.csv", "user\u{200b}_id,knock\nu00000,yes\n");
    let run = site.run_job("policy", 1);
    assert!(run.error().contains("no column user_id") && run.error().contains("U+200B"), "{}", run.error());
}

#[test]
fn a_lists_heading_that_is_nearly_right_is_told_with_the_right_one() {
    let site = with_rooms(1, POLICY);
    site.configure("[sync_rooms.policy]\nrooms = { list = 'rooms.csv' }\nset = { participants = 40 }\n");
    site.write("rooms.csv", "user_id,knok,E-Mail,Hall\nu00000,yes,a@example.org,H 1\n");
    let near = [
        "`knok` is not used. The nearest known name is `knock`",
        "`E-Mail` is not used. The nearest known name is `email`",
    ];
    let dry = site.run(&["run", "policy", "--dry-run"]);
    let ran = site.run(&["run", "policy"]);
    ran.expect(0, "1 updated");
    for words in near.into_iter().chain(["Columns carried through unread: `Hall`"]) {
        assert!(dry.err.contains(words), "{words}: {}", dry.err);
        assert!(ran.out.contains(words), "{words}: {}", ran.out);
    }
}

#[test]
fn a_list_that_is_refused_tells_its_headings_and_columns_without_one_are_told_by_their_letters() {
    let site = with_rooms(1, POLICY);
    site.configure("[sync_rooms.policy]\nrooms = { list = 'rooms.csv' }\nset = { participants = 40 }\n");
    site.write("rooms.csv", "user_id,knok,,\nu00000,yes,seen,\n");
    let ran = site.run(&["run", "policy"]);
    ran.expect(0, "1 updated");
    assert!(ran.out.contains("Columns carried through unread: column C, which has no heading."), "{ran:?}");
    site.write("rooms.csv", "user_id,knok\nu00000,\"yes\" no\n");
    let run = site.run_job("policy", 1);
    let told = "behind its last quotation mark";
    assert!(run.error().contains(told) && run.error().contains("nearest known name is `knock`"), "{}", run.error());
}

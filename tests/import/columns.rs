//! `roomkeeper columns`: files in the forms of programs that many people use, the keys that are proposed for them, and that a job with
//! those keys reads the files as the preview says.

use serde_json::Value;

use super::years;
use crate::importing::new_site;
use crate::site::{Site, Writes};

/// A file in the form of a program, with what of its rows is to be read: title, start, minutes.
struct Foreign {
    name: &'static str,
    text: &'static str,
    columns: &'static str,
    rows: &'static [(&'static str, &'static str, u64)],
}

const FILES: &[Foreign] = &[
    Foreign {
        name: "google.csv",
        text: "Subject,Start Date,Start Time,End Date,End Time,All Day Event,Description,Location,Private\n\
               Algebra I,02/15/YYYY,9:00 AM,02/15/YYYY,10:30 AM,False,Bring notes,H 1,False\n\
               Office hour,02/16/YYYY,1:15 PM,02/16/YYYY,2:00 PM,False,,H 2,True\n",
        columns: "start_time = [\"Start Date\", \"Start Time\"], end_time = [\"End Date\", \"End Time\"], room_name = \"Subject\", desc = \"Description\"",
        rows: &[("Algebra I", "YYYY-02-15 09:00", 90), ("Office hour", "YYYY-02-16 13:15", 45)],
    },
    Foreign {
        name: "outlook.csv",
        text: "\"Betreff\",\"Beginnt am\",\"Beginnt um\",\"Endet am\",\"Endet um\",\"Ganztägiges Ereignis\",\"Erforderliche Teilnehmer\",\"Beschreibung\"\r\n\
               \"Übung Statik\",\"1.2.YYYY\",\"09:00:00\",\"1.2.YYYY\",\"10:30:00\",\"Aus\",\"\",\"\"\r\n\
               \"Sprechstunde\",\"13.2.YYYY\",\"22:30:00\",\"14.2.YYYY\",\"00:15:00\",\"Aus\",\"\",\"\"\r\n",
        columns: "start_time = [\"Beginnt am\", \"Beginnt um\"], end_time = [\"Endet am\", \"Endet um\"], room_name = \"Betreff\", desc = \"Beschreibung\"",
        rows: &[("Übung Statik", "YYYY-02-01 09:00", 90), ("Sprechstunde", "YYYY-02-13 22:30", 105)],
    },
    Foreign {
        name: "guidebook.csv",
        text: "Session Title,Date,Time Start,Time End,Room/Location,Schedule Track (Optional),Description (Optional)\n\
               Opening,2/13/YYYY,9:00 AM,9:45 AM,Hall,Main,\nKeynote,2/14/YYYY,10:00 AM,11:30 AM,Hall,Main,\n",
        columns: "start_time = [\"Date\", \"Time Start\"], end_time = \"Time End\", room_name = \"Session Title\"",
        rows: &[("Opening", "YYYY-02-13 09:00", 45), ("Keynote", "YYYY-02-14 10:00", 90)],
    },
    Foreign {
        name: "attendify.csv",
        text: "Event Schedule\n\nSession Title,Date,Start Time,End Time,Description,Speaker,Location\n\
               Opening,YYYY-02-13,09:00,09:45,Welcome,Anna Smith,Hall\nKeynote,YYYY-02-14,10:00,11:30,,Ben Ode,Hall\n",
        columns: "start_time = [\"Date\", \"Start Time\"], room_name = \"Session Title\", desc = \"Description\"",
        rows: &[("Opening", "YYYY-02-13 09:00", 45), ("Keynote", "YYYY-02-14 10:00", 90)],
    },
    Foreign {
        name: "lessons.csv",
        text: "Unterrichtsnummer;Datum;Zeit;Klasse;Lehrkraft;Fach;Raum\n\
               101;Mo, 01.02.YYYY;08:00 - 08:45;7a;SMI;Mathematik;101\n102;Di, 02.02.YYYY;08:50 - 10:20;7b;ODE;Biologie;102\n\
               Summe;;;;;2;\n",
        columns: "start_time = [\"Datum\", \"Zeit\"], room_name = \"Fach\", ref = \"Unterrichtsnummer\"",
        rows: &[("Mathematik", "YYYY-02-01 08:00", 45), ("Biologie", "YYYY-02-02 08:50", 90)],
    },
    Foreign {
        name: "roster.csv",
        text: "Date;Shift;From;To;Employee\nYYYY-02-01;Early shift;06:00;14:00;Anna Smith\nYYYY-02-02;Late shift;16:00;24:00;Ben Ode\n",
        columns: "start_time = [\"Date\", \"From\"], end_time = \"To\", room_name = \"Shift\"",
        rows: &[("Early shift", "YYYY-02-01 06:00", 480), ("Late shift", "YYYY-02-02 16:00", 480)],
    },
    Foreign {
        name: "meetings.csv",
        text: "Topic,Start Time,Duration (Minutes),Host,Host Email\n\
               Weekly sync,\"02/13/YYYY 09:00:00 AM\",60,Anna Smith,anna@example.org\nReview,\"02/01/YYYY 01:30:00 PM\",30,Ben Ode,ben@example.org\n",
        columns: "duration = \"Duration (Minutes)\", room_name = \"Topic\"",
        rows: &[("Weekly sync", "YYYY-02-13 09:00", 60), ("Review", "YYYY-02-01 13:30", 30)],
    },
    Foreign {
        name: "course.csv",
        text: "Course,Name,Start,Hours,Minutes\nMAT1,Algebra I,YYYY-02-01 09:00,1,30\nBIO1,Organic Chemistry,YYYY-02-02 09:00,0,45\n",
        columns: "start_time = \"Start\", duration = [\"Hours\", \"Minutes\"], room_name = \"Course\"",
        rows: &[("MAT1", "YYYY-02-01 09:00", 90), ("BIO1", "YYYY-02-02 09:00", 45)],
    },
];

fn this_year(text: &str) -> String {
    text.replace("YYYY", &years::coming().to_string())
}

fn json(site: &Site, name: &str) -> Value {
    site.json(&["columns", "--json", name])
}

#[test]
fn what_is_proposed_for_foreign_files_is_what_a_job_reads() {
    for Foreign { name, text, columns, rows } in FILES {
        let site = new_site();
        site.write(name, this_year(text));
        let (writes, found) = site.writes_of(|| json(&site, name));
        assert_eq!(writes, Writes::NONE);
        let toml = found["toml"].as_str().unwrap();
        assert!(toml.contains(&format!("columns = {{ {columns} }}")), "{name}: {toml}");
        let expected: Vec<_> =
            rows.iter().map(|(title, start, minutes)| ((*title).to_owned(), this_year(start), *minutes)).collect();
        let preview = found["preview"].as_array().unwrap().iter();
        let previewed: Vec<_> = preview
            .map(|row| {
                assert_eq!(row["error"], "", "{name}: {found}");
                let text = |key: &str| row[key].as_str().unwrap().to_owned();
                (text("title"), text("start"), row["minutes"].as_u64().unwrap())
            })
            .collect();
        assert_eq!(previewed, expected, "{name}");
        // Pasted as it is, it makes the meetings that the preview shows.
        site.configure(toml);
        let imported = site.import(name);
        assert_eq!(imported.statuses(), vec!["created"; rows.len()], "{name}: {imported:?}");
        let made: Vec<_> =
            site.meetings().into_iter().map(|meeting| (meeting.room_name, u64::from(meeting.duration))).collect();
        for (title, _, minutes) in &expected {
            assert!(made.contains(&(title.clone(), *minutes)), "{name}: {made:?}");
        }
    }
}

#[test]
fn all_that_is_printed_can_be_pasted_and_says_what_is_open() {
    let site = new_site();
    site.write("a.csv", this_year(FILES[0].text));
    let ran = site.run(&["columns", "a.csv", "--job", "lessons"]);
    ran.expect(0, "[schedule_meetings.lessons]");
    for words in [
        "date_formats = [\"%m/%d/%Y %I:%M %p\"]",
        "defaults = { moderators = 1, participants = 30 }",
        "# - The file does not say moderators, participants",
        "# - No column holds user ids",
        "# - Not used: `All Day Event`, `Location`, `Private`.",
        "#   LINE  TITLE",
    ] {
        assert!(ran.out.contains(words), "{words}: {ran:?}");
    }
    site.configure(&ran.out);
    site.run(&["check"]).expect(0, "the configuration is valid");
}

#[test]
fn files_without_headings_other_encodings_and_doubts_are_told() {
    let site = new_site();
    site.write("bare.csv", this_year("Algebra;01.02.YYYY;09:00 - 10:30\nBiology;13.02.YYYY;09:00 - 10:00\n"));
    let ran = site.run(&["columns", "bare.csv"]);
    ran.expect(3, "headings = [\"column_1\", \"column_2\", \"column_3\"]");
    assert!(ran.out.contains("start_time = [\"column_2\", \"column_3\"]"), "{ran:?}");
    assert!(ran.out.contains("# - No column was found that holds the title (room_name)."), "{ran:?}");
    assert!(ran.out.contains("#   the file would be refused: there is no column `room_name`"), "{ran:?}");
    let text = this_year("Title;Date;Time;Length\nAlgebra;01/02/YYYY;09:00;90\n");
    site.write("doubt.csv", text);
    let ran = site.run(&["columns", "doubt.csv"]);
    ran.expect(3, "add date_formats = [\"%d/%m/%Y %H:%M\"] or [\"%m/%d/%Y %H:%M\"]");
    let text = this_year("Titel;Datum;Uhrzeit;Dauer\nÜbung;01.02.YYYY;09:00;90\n");
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(c).unwrap()).collect();
    site.write("latin.csv", latin);
    site.run(&["columns", "latin.csv"]).expect(0, "# The text is windows-1252.");
    site.run(&["columns", "missing.csv"]).expect(2, "missing.csv cannot be read");
    site.write("empty.csv", "");
    site.run(&["columns", "empty.csv"]).expect(1, "the file is empty");
}

#[test]
fn a_workbook_is_proposed_for_by_its_sheet() {
    let site = new_site();
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet().set_name("Notes").unwrap().write_string(0, 0, "Term of the school").unwrap();
    let plan = workbook.add_worksheet().set_name("Autumn").unwrap();
    plan.write_string(0, 0, "Timetable of the autumn").unwrap();
    for (at, cells) in (1..).zip([["Course", "Begin", "Minutes"], ["Algebra", "", ""], ["Biology", "", ""]]) {
        for (column, cell) in (0..).zip(cells) {
            plan.write_string(at, column, cell).unwrap();
        }
    }
    let date = rust_xlsxwriter::Format::new().set_num_format("dd.mm.yyyy hh:mm");
    for (row, day) in [(2, "01"), (3, "02")] {
        let start = format!("{}-02-{day}T09:00", years::coming());
        let start = rust_xlsxwriter::ExcelDateTime::parse_from_str(&start).unwrap();
        plan.write_datetime_with_format(row, 1, &start, &date).unwrap();
        plan.write_number(row, 2, 45).unwrap();
    }
    site.write("plan.xlsx", workbook.save_to_buffer().unwrap());
    let found = json(&site, "plan.xlsx");
    let toml = found["toml"].as_str().unwrap();
    assert_eq!(found["keys"]["sheet"], "\"Autumn\"", "{found}");
    for words in ["room_name = \"Course\"", "start_time = \"Begin\"", "duration = \"Minutes\""] {
        assert!(toml.contains(words), "{toml}");
    }
    assert!(!toml.contains("date_formats"), "a date cell leaves no doubt: {toml}");
    let preview = found["preview"].as_array().unwrap();
    let shown: Vec<_> =
        preview.iter().map(|row| (row["title"].as_str().unwrap(), &row["start"], &row["error"])).collect();
    let starts = ["01", "02"].map(|day| format!("{}-02-{day} 09:00", years::coming()).into());
    assert_eq!(shown, [("Algebra", &starts[0], &"".into()), ("Biology", &starts[1], &"".into())]);
    // Pasted as it is, it makes those meetings; the user is who the credentials are.
    site.configure(toml);
    assert_eq!(site.import("plan.xlsx").statuses(), ["created"; 2]);
    // A sheet may be named; one that is not there is told with those that are.
    let named = site.json(&["columns", "--json", "--sheet", "autumn", "plan.xlsx"]);
    assert_eq!(named["keys"], found["keys"]);
    site.run(&["columns", "--sheet", "Spring", "plan.xlsx"]).expect(1, "the workbook has `Notes`, `Autumn`");
}

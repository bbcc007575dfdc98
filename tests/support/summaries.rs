//! Runs to be told of: a good one, one with problems, one refused whole, and one whose every name wants to be something else.

use roomkeeper::clock::{Timestamp, Zone};
use roomkeeper::model::{Code, JobKind, Noun, Outcome, Status, Trigger};
use roomkeeper::report::{FileKind, NextRun, Problem, ResultFile, Summary};

pub fn at(text: &str) -> Timestamp {
    Timestamp::from_rfc3339(text).unwrap()
}

pub fn good() -> Summary {
    Summary {
        job: "timetable".parse().unwrap(),
        kind: JobKind::SCHEDULE_MEETINGS,
        items: Noun { one: "row", many: "rows" },
        host: "school.example".to_owned(),
        run: "01940e1a-7c00-7abc-8def-0123456789ab".parse().unwrap(),
        trigger: Trigger::File,
        due: None,
        started: at("2027-02-01T01:30:00Z"),
        ended: at("2027-02-01T01:33:20Z"),
        zone: Zone::named("Europe/Berlin").unwrap(),
        outcome: Outcome::Succeeded,
        recovered: false,
        counts: [(Status::Created, 118), (Status::Unchanged, 2)].into_iter().collect(),
        refusal: None,
        file: Some("week-05.csv".to_owned()),
        problems: Vec::new(),
        warnings: Vec::new(),
        notes: Vec::new(),
        attached: Vec::new(),
        files: vec![
            file(FileKind::Original, "/var/spool/roomkeeper/timetable/done/week-05.0192.csv"),
            file(FileKind::Results, "/var/spool/roomkeeper/timetable/done/week-05.0192.results.csv"),
        ],
        next: NextRun::WhenFileIsDropped,
    }
}

pub fn partial() -> Summary {
    let counts = [(Status::Created, 115), (Status::Unchanged, 2), (Status::Invalid, 2), (Status::Failed, 1)];
    let problem = |line, label: &str, status, code, error: &str| Problem {
        line: Some(line),
        label: label.to_owned(),
        status,
        code,
        error: error.to_owned(),
    };
    Summary {
        outcome: Outcome::Partial,
        trigger: Trigger::Schedule,
        due: Some(at("2027-02-01T01:30:00Z")),
        counts: counts.into_iter().collect(),
        problems: vec![
            problem(
                14,
                "Mathematics 7b",
                Status::Invalid,
                Some(Code::TITLE_LONG),
                "the title is longer than 50 characters",
            ),
            problem(
                17,
                "Elternabend <7c> & Freunde",
                Status::Invalid,
                None,
                "the start is not a date and time that can be read without doubt, such as 2026-11-23 14:05; there must be at least 1 moderator",
            ),
            problem(31, "Physics 9a", Status::Failed, Some(Code(1633)), ""),
        ],
        notes: vec![
            "2 meetings were already on the server and were left alone.".to_owned(),
            "12 rows had no ref: a changed title, start or duration makes another meeting.".to_owned(),
        ],
        files: vec![
            file(FileKind::Retry, "/var/spool/roomkeeper/timetable/failed/week-05.0192.retry.csv"),
            file(FileKind::Results, "/var/spool/roomkeeper/timetable/failed/week-05.0192.results.csv"),
            file(FileKind::Original, "/var/spool/roomkeeper/timetable/failed/week-05.0192.csv"),
        ],
        next: NextRun::At(at("2027-02-02T01:30:00Z")),
        ..good()
    }
}

pub fn refused() -> Summary {
    Summary {
        outcome: Outcome::Failed,
        counts: [].into_iter().collect(),
        refusal: Some("the file has no column for duration; add one, or a default".to_owned()),
        files: vec![file(FileKind::Original, "/var/spool/roomkeeper/timetable/failed/week-05.0192.csv")],
        ended: at("2027-02-01T01:30:00Z"),
        ..good()
    }
}

/// Names that are also headers, lines, tags, and very long.
pub fn hostile() -> Summary {
    let nasty = "x\r\nBcc: all@example.org\r\n\r\nOK timetable\u{1b}[2J<script>alert(1)</script><img src=x>\u{202E}'\"&amp;<b>bold</b>";
    let endless = "lorem ipsum ".repeat(5_000);
    Summary {
        host: format!("host\r\nBcc: all@example.org\r\n{endless}"),
        file: Some(format!("{nasty}.csv")),
        refusal: Some(format!("{nasty} {endless}")),
        problems: (0..30)
            .map(|line| Problem {
                line: (line % 2 == 0).then_some(line),
                label: format!("{nasty}{endless}"),
                status: Status::ALL[usize::try_from(line).unwrap() % Status::ALL.len()],
                code: None,
                error: if line % 3 == 0 { String::new() } else { format!("{endless}{nasty}") },
            })
            .collect(),
        warnings: vec![nasty.to_owned(), endless.clone()],
        notes: vec![nasty.to_owned(); 30],
        files: vec![file(FileKind::Retry, nasty), file(FileKind::Results, "\r\n")],
        ..partial()
    }
}

fn file(kind: FileKind, path: &str) -> ResultFile {
    ResultFile { kind, path: path.to_owned() }
}

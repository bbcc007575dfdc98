//! The summary mail's words: what they say, that text and HTML say the same, and that no name can forge any of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/summaries.rs"]
mod summaries;

use roomkeeper::clock::Zone;
use roomkeeper::model::{Code, Counts, Outcome, Status};
use roomkeeper::report::{NextRun, Problem, Summary, render};

use summaries::{good, hostile, partial, refused};

#[test]
fn the_subjects_are_those_of_the_documentation() {
    let subject = |summary: &Summary| render(summary).subject;
    assert_eq!(subject(&good()), "[roomkeeper] OK timetable@school.example: 118 created, 2 unchanged");
    assert_eq!(subject(&partial()), "[roomkeeper] PARTIAL timetable@school.example: 3 of 120 failed");
    assert_eq!(
        subject(&refused()),
        "[roomkeeper] FAILED timetable@school.example: the file has no column for duration; add one, or a default"
    );
    let recovered = Summary { recovered: true, ..good() };
    assert_eq!(subject(&recovered), "[roomkeeper] RECOVERED timetable@school.example: 118 created, 2 unchanged");
    let counts: Counts = [(Status::Created, 40), (Status::NotRun, 80)].into_iter().collect();
    let cancelled = Summary { outcome: Outcome::Cancelled, counts, ..good() };
    assert_eq!(subject(&cancelled), "[roomkeeper] CANCELLED timetable@school.example: 40 created, 80 not run");
    let idle = Summary { counts: Counts::default(), ..good() };
    assert_eq!(subject(&idle), "[roomkeeper] OK timetable@school.example: nothing to do");
    let all: Counts = [(Status::Invalid, 3)].into_iter().collect();
    let failed = Summary { outcome: Outcome::Failed, counts: all, ..good() };
    assert_eq!(subject(&failed), "[roomkeeper] FAILED timetable@school.example: 3 of 3 failed");
    let warned = Summary { warnings: vec!["two meetings exist: 17, 18".to_owned()], ..good() };
    assert_eq!(subject(&warned), "[roomkeeper] PARTIAL timetable@school.example: 118 created, 2 unchanged, 1 warning");
}

#[test]
fn text_and_html_say_the_same_word_for_word() {
    for summary in [good(), partial(), refused(), hostile()] {
        let rendered = render(&summary);
        let text: Vec<_> = rendered.text.split_whitespace().map(str::to_owned).collect();
        assert_eq!(words_of(&rendered.html), text, "{}", rendered.subject);
    }
}

#[test]
fn the_mail_tells_counts_problems_files_and_the_next_run() {
    let text = render(&partial()).text;
    for said in [
        "PARTIAL  timetable@school.example\n3 of 120 failed\n",
        "  115  created\n    2  unchanged\n    2  invalid\n    1  failed\n  120  rows in all\n",
        "  Line 14: Mathematics 7b\n    invalid, code 1613: the title is longer than 50 characters\n",
        // No words came with this one: the code has its own.
        "  Line 31: Physics 9a\n    failed, code 1633: the duration is longer than the subscription allows\n",
        "    /var/spool/roomkeeper/timetable/failed/week-05.0192.retry.csv\n",
        "Next run\n  Tue 2027-02-02 02:30 Europe/Berlin (UTC+01:00)\n",
        "  12 rows had no ref: a changed title, start or duration makes another\n    meeting.\n",
        "  Took       3 min 20 s\n",
    ] {
        assert!(text.contains(said), "{said:?} is missing in\n{text}");
    }
}

#[test]
fn lines_are_short_and_names_stay_whole() {
    for summary in [good(), partial(), refused()] {
        for line in render(&summary).text.lines() {
            let single_word = line.split_whitespace().count() == 1;
            assert!(line.chars().count() <= 78 || single_word, "{line}");
        }
    }
}

#[test]
fn only_the_first_twenty_problems_are_listed_and_the_rest_is_counted() {
    let problems = (2..).take(25).map(|line| Problem {
        line: Some(line),
        label: format!("Lesson {line}"),
        status: Status::Invalid,
        code: Some(Code::TITLE_SHORT),
        error: format!("reason {}", char::from(b'A' + u8::try_from(line).unwrap())),
    });
    let counts: Counts = [(Status::Created, 1), (Status::Invalid, 37)].into_iter().collect();
    let text = render(&Summary { problems: problems.collect(), counts, outcome: Outcome::Partial, ..partial() }).text;
    assert!(text.contains("Problems, the first 20 of 37\n"), "{text}");
    assert!(text.contains("Line 21: Lesson 21\n") && !text.contains("Lesson 22"), "{text}");
}

#[test]
fn a_reason_that_many_rows_have_is_told_once_with_their_lines() {
    let problems = [2, 3, 4, 9].map(|line| Problem {
        line: Some(line),
        label: format!("Lesson {line}"),
        status: Status::Invalid,
        code: Some(Code::TITLE_SHORT),
        error: String::new(),
    });
    let counts: Counts = [(Status::Invalid, 4)].into_iter().collect();
    let text = render(&Summary { problems: problems.into(), counts, outcome: Outcome::Failed, ..partial() }).text;
    assert!(text.contains("Problems\n  Lines 2-4, 9\n"), "{text}");
    assert_eq!(text.matches("invalid, code").count(), 1, "{text}");
}

#[test]
fn a_reason_that_quotes_a_cell_is_told_once_with_the_lines_and_two_of_the_cells() {
    let problem = |line: u64, status, error: String| Problem {
        line: Some(line),
        label: format!("Lesson {line}"),
        status,
        code: Some(Code::START_FORMAT),
        error,
    };
    let start = |line| format!("the start `{line}.13.2026` is not a date; write it as 2026-11-23 14:05");
    let mut problems: Vec<_> = (2..42).map(|line| problem(line, Status::Invalid, start(line))).collect();
    problems.push(problem(42, Status::Failed, "the server answered (HTTP 500)".to_owned()));
    problems.push(problem(43, Status::Failed, "the server answered (HTTP 502)".to_owned()));
    let counts: Counts = [(Status::Invalid, 40), (Status::Failed, 2)].into_iter().collect();
    let text = render(&Summary { problems, counts, outcome: Outcome::Failed, ..partial() }).text;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "Problems Lines 2-41 invalid, code 1602: the start `2.13.2026`, `3.13.2026`, … is not a date; write it as \
                2026-11-23 14:05 Line 42: Lesson 42 failed";
    assert!(text.contains(told), "{text}");
    // Another figure in the server's words is another reason.
    assert!(text.contains("(HTTP 500)") && text.contains("(HTTP 502)"), "{text}");
}

#[test]
fn times_are_local_and_tell_the_two_hours_of_an_autumn_night_apart() {
    let first = Summary { next: at("2027-10-31T00:30:00Z"), ..good() };
    let second = Summary { next: at("2027-10-31T01:30:00Z"), ..good() };
    assert!(render(&first).text.contains("Sun 2027-10-31 02:30 Europe/Berlin (UTC+02:00)"));
    assert!(render(&second).text.contains("Sun 2027-10-31 02:30 Europe/Berlin (UTC+01:00)"));
    let utc = Summary { next: at("2027-10-31T01:30:00Z"), zone: Zone::utc(), ..good() };
    assert!(render(&utc).text.contains("\n  Sun 2027-10-31 01:30 UTC\n"));
    let india = Summary { zone: Zone::named("Asia/Kolkata").unwrap(), ..first };
    assert!(render(&india).text.contains("(UTC+05:30)"));
}

#[test]
fn what_to_do_follows_from_what_went_wrong() {
    let text = render(&partial()).text;
    assert!(text.contains("Correct the rows in week-05.0192.retry.csv and hand that file in"), "{text}");
    assert!(text.contains(&format!("\n  roomkeeper retry {}\n", partial().run.short())), "{text}");

    let only_wrong: Counts = [(Status::Created, 1), (Status::Invalid, 2)].into_iter().collect();
    let text = render(&Summary { counts: only_wrong, ..partial() }).text;
    assert!(!text.contains("roomkeeper retry"), "{text}");

    let open: Counts = [(Status::Created, 1), (Status::Unknown, 1)].into_iter().collect();
    let text = render(&Summary { counts: open, ..partial() }).text;
    assert!(text.contains("1 row may or may not have been carried out."), "{text}");

    assert!(!render(&good()).text.contains("What to do"));
}

#[test]
fn the_systems_numbers_are_not_told() {
    let refusal = Some("a.csv cannot be read: Permission denied (os error 13)".to_owned());
    let rendered = render(&Summary { refusal, ..refused() });
    assert!(rendered.subject.ends_with(": a.csv cannot be read: Permission denied"), "{}", rendered.subject);
    assert!(rendered.text.contains("Permission denied\n") && !rendered.text.contains("os error"), "{}", rendered.text);
}

#[test]
fn no_name_forges_a_header_a_line_or_a_tag() {
    let rendered = render(&hostile());
    assert!(!rendered.subject.chars().any(char::is_control), "{:?}", rendered.subject);
    assert!(rendered.subject.chars().count() <= 240, "{}", rendered.subject.len());
    assert!(!rendered.text.chars().any(|c| c.is_control() && c != '\n'));
    assert!(!rendered.text.lines().any(|line| line.starts_with("OK") || line.starts_with("Bcc:")), "{}", rendered.text);
    for forged in ["<script", "<img", "<b>bold", "\u{202E}"] {
        assert!(!rendered.html.contains(forged), "{forged} in {}", rendered.html);
    }
    assert!(rendered.text.len() < 20_000, "a long name made a mail of {} bytes", rendered.text.len());
}

#[test]
fn the_html_loads_nothing_and_carries_its_own_looks() {
    let html = render(&partial()).html;
    for foreign in ["http:", "https:", "<link", "<style", "<script", "<img", "url("] {
        assert!(!html.contains(foreign), "{foreign}");
    }
}

fn at(text: &str) -> NextRun {
    NextRun::At(summaries::at(text))
}

/// The words a person sees: without the head and the tags, entities read. Written for this test alone, so that it shares
/// nothing with what made the mail.
fn words_of(html: &str) -> Vec<String> {
    let (_, body) = html.split_once("<body").unwrap();
    let mut text = String::new();
    let mut inside = true;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    for (entity, character) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/"), ("&amp;", "&")]
    {
        text = text.replace(entity, character);
    }
    text.split_whitespace().map(str::to_owned).collect()
}

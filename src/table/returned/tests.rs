//! Tests of judging a cell that came back.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::table::returned::{Corrected, Returned};
use crate::table::start::WrittenStart;

/// A line of the table of what programs make of cells.
struct Made {
    way: String,
    kind: String,
    original: String,
    returned: String,
}

fn table() -> Vec<Made> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/returned-cells.csv");
    let rows = csv::Reader::from_path(path).unwrap().into_records();
    let made = rows.map(|row| {
        let row = row.unwrap();
        let cell = |at: usize| row[at].to_owned();
        Made { way: format!("{} {}", &row[0], &row[2]), kind: cell(3), original: cell(4), returned: cell(5) }
    });
    made.collect()
}

/// The order in which the originals of a kind are.
fn order(kind: &str) -> Option<Order> {
    match kind {
        _ if kind.contains("german") || kind.contains("british") => Some(Order::DayMonthYear),
        _ if kind.starts_with("start_american") || kind == "day_american" => Some(Order::MonthDayYear),
        _ => None,
    }
}

fn doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Order(_) => "order",
        Doubt::Offset => "offset",
        Doubt::Marks => "marks",
        Doubt::Formula => "formula",
    }
}

/// The kinds of cells that tell nothing by themselves, and why.
const OPEN: [(&str, &[&str]); 4] = [
    (
        "order",
        &["start_british_early", "start_german_early", "start_american_early", "start_blank", "day_iso", "day_word"],
    ),
    ("offset", &["start_iso"]),
    ("marks", &["digits_dot", "room_number", "comma", "point_zero", "begin_dot", "day_german_short"]),
    ("formula", &["formula"]),
];

#[test]
fn what_programs_make_of_a_cell_is_never_taken_for_a_correction() {
    let mut open: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for Made { way, kind, original, returned } in table() {
        match judged(&original, &returned, order(&kind)) {
            Same::Same => {}
            Same::Corrected => panic!("{way}, {kind}: {original} {returned}"),
            Same::Doubt(why) => {
                let kinds = OPEN.iter().find(|(name, _)| *name == doubt(why)).unwrap().1;
                assert!(kinds.contains(&kind.as_str()), "{way}, {kind}, {}: {original} {returned}", doubt(why));
                open.entry(doubt(why)).or_default().insert(kind);
            }
        }
    }
    for (why, kinds) in OPEN {
        let found: Vec<&str> = open[why].iter().map(String::as_str).collect();
        assert_eq!(found, kinds.iter().copied().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>(), "{why}");
    }
}

#[test]
fn a_column_settles_what_its_cells_leave_open() {
    let mut ways: BTreeMap<(String, String), Vec<(String, String)>> = BTreeMap::new();
    for Made { way, kind, original, returned } in table() {
        // Three cells of sixty are in the table, so that marks that one in twelve cells has are not enough.
        ways.entry((way, kind)).or_default().push((original, returned));
    }
    for ((way, kind), cells) in ways.iter().filter(|((_, kind), _)| kind.starts_with("start")) {
        let mut column = Returned::default();
        let start = |cell: &str| start_of(cell, order(kind));
        let all: Vec<_> = cells.iter().chain(cells).collect();
        for (original, returned) in &all {
            column.look(3, original, returned, start(original));
        }
        for (original, returned) in all {
            assert_eq!(
                column.judge(3, original, returned, start(original)),
                Same::Same,
                "{way}, {kind}: {original} {returned}"
            );
        }
    }
}

/// Reads a start as a timetable would in which that order is asked for.
fn start_of(cell: &str, order: Option<Order>) -> Option<WrittenStart> {
    let formats: &[&str] = match order {
        Some(Order::DayMonthYear) => &["%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M"],
        Some(Order::MonthDayYear) => &["%m/%d/%Y %I:%M %p"],
        _ => &[],
    };
    let by_format = || formats.iter().find_map(|format| WrittenStart::by_format(cell, format));
    WrittenStart::plain(cell).or_else(by_format)
}

#[test]
fn what_a_person_corrects_is_a_correction() {
    for (original, returned) in [
        ("0001", "2"),
        ("0001", "10"),
        ("00027", "28"),
        ("60", "90"),
        ("60", "600"),
        ("60", ""),
        ("", "60"),
        ("Algebra", "Algebra II"),
        ("Algebra", "algebra"),
        ("u00027", "u27"),
        ("12345678901234567", "12345678901234999"),
        ("12345678901234567", "22345678901234567"),
        ("TRUE", "FALSE"),
        ("1", "False"),
        ("true", "1"),
        ("yes", "no"),
        ("2.11", "2.12"),
        ("2027-02-01 08:15", "2027-02-01 09:15"),
        ("2027-02-01 08:15", "2027-01-02 08:15"),
        ("2027-02-01T08:15:00Z", "2027-02-02T08:15:00Z"),
        ("2027-02-01T08:15:00Z", "2027-02-01T08:15:00-05:00"),
        ("01.02.2027 08:15", "02.01.2027 08:15"),
        ("01/02/2027", "02/01/2027"),
        ("08:15", "09:15"),
        ("08:15", "20:15"),
        ("1:30", "1:45"),
        ("2027-02-01", "46420"),
        ("MAR-1", "01.04.2026"),
    ] {
        assert_eq!(same(original, returned), Same::Corrected, "{original} {returned}");
    }
}

#[test]
fn what_spreadsheets_that_are_not_in_the_table_make_is_known_too() {
    for (original, returned) in [
        ("123456789012", "1.23457E+11"),
        ("12345678901234567", "12345678901234500"),
        ("TRUE", "WAHR"),
        ("false", "FAUX"),
        ("2027-02-01 08:15", "46419.34375"),
        ("2027-02-01 08:15", "44957,34375"),
        ("08:15", "0.34375"),
        ("60", "60,00"),
        ("Algebra", "\"Algebra\""),
        ("'=1+1", "=1+1"),
        ("a\nb", "a\r\nb"),
        ("Mo, 01.02.2027", "01.02.2027"),
        ("2027-02-01 08:15", "1-Feb-27 8:15"),
        ("1", "True"),
        ("0", "FALSE"),
        ("MAR-35", "03/01/1935"),
        ("MAR-35", "1935-03-01"),
    ] {
        assert_eq!(same(original, returned), Same::Same, "{original} {returned}");
    }
}

#[test]
fn a_corrected_date_is_read_as_the_untouched_ones_prove() {
    let corrected = |pairs: &[(&str, &str)], (original, returned): (&str, &str)| {
        let mut column = Returned::default();
        let start = |cell| start_of(cell, Some(Order::DayMonthYear));
        for (original, returned) in pairs {
            column.look(0, original, returned, start(original));
        }
        assert_eq!(column.judge(0, original, returned, start(original)), Same::Corrected);
        column.correct(0, original, returned, start(original))
    };
    let american = ("2027-02-25 08:15", "02/25/2027 08:15:00");
    assert_eq!(
        corrected(&[american], ("2027-02-01 08:15", "02/03/2027 09:00:00")),
        Corrected::Proven("2027-02-03 09:00:00".to_owned())
    );
    let british = ("2027-02-25 08:15", "25/02/2027 08:15");
    assert_eq!(
        corrected(&[british], ("2027-02-01 08:15", "02/03/2027 09:00")),
        Corrected::Proven("2027-03-02 09:00:00".to_owned())
    );
    let nothing = ("2027-03-03 08:15", "03/03/2027 08:15");
    assert!(matches!(
        corrected(&[nothing], ("2027-02-01 08:15", "02/03/2027 09:00")),
        Corrected::Unproven(why) if why.contains("which of its numbers is the day")
    ));
    assert_eq!(corrected(&[], ("01.02.2027 08:15", "02.03.2027 09:00")), Corrected::AsWritten);
    let swapped = [("01.02.2027 09:00", "2027-01-02T09:00:00"), ("02.03.2027 09:00", "2027-02-03T09:00:00")];
    assert!(matches!(
        corrected(&swapped, ("03.04.2027 09:00", "2027-05-05T09:00:00")),
        Corrected::Unproven(why) if why.contains("changed places")
    ));
    let zulu = ("2027-02-01T08:15:00Z", "2027/02/01 08:15:00");
    assert_eq!(
        corrected(&[zulu], ("2027-02-04T08:15:00Z", "2027/02/04 09:15:00")),
        Corrected::Proven("2027-02-04 09:15:00+00:00".to_owned())
    );
    assert!(matches!(
        corrected(&[], ("2027-02-04T08:15:00+01:00", "2027/02/04 09:15:00")),
        Corrected::Unproven(why) if why.contains("offset")
    ));
    let minutes = ("08:15", "0:08:15");
    assert!(matches!(
        corrected(&[minutes], ("09:00", "0:10:00")),
        Corrected::Unproven(why) if why.contains("minutes of hours")
    ));
    let apart = ("25.02.2027", "02/25/2027");
    let mut column = Returned::default();
    column.look(0, apart.0, apart.1, start_of("25.02.2027 08:00", Some(Order::DayMonthYear)));
    let day = column.correct(0, "01.02.2027", "02/03/2027", start_of("01.02.2027 08:00", Some(Order::DayMonthYear)));
    assert_eq!(day, Corrected::Proven("03.02.2027".to_owned()));
}

#[test]
fn a_day_with_the_number_of_its_month_is_the_same_in_either_order_and_with_a_short_year() {
    // As SheetJS writes a column of starts.
    let cells = [("2027-02-28 08:15", "2/28/27"), ("2027-03-03 09:00", "3/3/27"), ("2027-03-06 09:45", "3/6/27")];
    let mut column = Returned::default();
    for (original, returned) in cells {
        column.look(0, original, returned, WrittenStart::plain(original));
    }
    for (original, returned) in cells {
        assert_eq!(column.judge(0, original, returned, WrittenStart::plain(original)), Same::Same, "{returned}");
    }
    // By itself, too; another day is none, nor is another time.
    for (returned, judged) in [
        ("3/3/27", Same::Same),
        ("3/3/27 9:00", Same::Same),
        ("3/3/27 9:30", Same::Corrected),
        ("3/3/28", Same::Corrected),
        ("4/4/27", Same::Corrected),
    ] {
        assert_eq!(same("2027-03-03 09:00", returned), judged, "{returned}");
    }
    // Day and month that are two numbers may have been exchanged by either.
    for (original, returned) in [
        ("03/04/2027", "4/3/27"),
        ("03.04.2027 09:00", "4/3/27 9:00"),
        ("03/04/2027", "04-03-2027"),
        ("3/4/27", "04/03/2027"),
    ] {
        assert!(matches!(same(original, returned), Same::Doubt(_)), "{original} as {returned}");
    }
}

#[test]
fn marks_that_are_gone_in_all_the_column_were_dropped_by_a_program() {
    let mut column = Returned::default();
    let rooms = [("2.11", "211"), ("2.12", "212"), ("2.13", "213")];
    for (original, returned) in rooms {
        column.look(0, original, returned, None);
    }
    assert_eq!(column.judge(0, "2.14", "214", None), Same::Same);
    column.look(0, "2.15", "2.15", None);
    assert_eq!(column.judge(0, "2.14", "214", None), Same::Doubt(Doubt::Marks));
}

#[test]
fn a_long_number_may_have_been_rounded_twice() {
    assert_eq!(same("2869775542107840256", "2.869775542107841E+018"), Same::Same);
    assert_eq!(same("2869775542107840256", "2.869775542107842E+018"), Same::Corrected);
}

fn iso() -> impl Strategy<Value = (u32, u32, u32)> {
    (2020..2040_u32, 1..=12_u32, 1..=28_u32)
}

proptest! {
    #[test]
    fn a_cell_that_came_back_whole_is_the_same_whatever_it_holds(cell in "\\PC{0,24}", blanks in "[ \t\u{a0}]{0,3}") {
        prop_assert_eq!(same(&cell, &cell), Same::Same);
        prop_assert_eq!(same(&cell, &format!("{blanks}{cell}{blanks}")), Same::Same);
    }

    #[test]
    fn nothing_panics(original in "[0-9A-Za-z.,:/ +TZ'\"=%-]{0,20}|.{0,20}", returned in "[0-9A-Za-z.,:/ +TZ'\"=%-]{0,20}|.{0,20}") {
        let mut column = Returned::default();
        column.look(1, &original, &returned, WrittenStart::plain(&original));
        let judged = column.judge(1, &original, &returned, None);
        let corrected = column.correct(1, &original, &returned, None);
        prop_assert!(original != returned || judged == Same::Same, "{judged:?} {corrected:?}");
    }

    #[test]
    fn zeros_in_front_are_the_same_number_and_another_number_is_none(
        number in 0..999_999_999_u64, zeros in 1..12_usize, by in 1..999_u64,
    ) {
        let padded = format!("{}{number}", "0".repeat(zeros));
        prop_assert_eq!(same(&padded, &number.to_string()), Same::Same);
        prop_assert_eq!(same(&padded, &format!("{number}.0")), Same::Same);
        prop_assert_eq!(same(&padded, &(number + by).to_string()), Same::Corrected);
    }

    #[test]
    fn a_long_number_is_the_same_however_it_was_rounded(number in 10_000_000_000_000_000_u64..=u64::MAX, places in 5..16_usize) {
        let value: f64 = number.to_string().parse().unwrap();
        let rounded = format!("{value:.places$e}").replace('e', "E+0");
        prop_assert_eq!(same(&number.to_string(), &rounded), Same::Same);
        prop_assert_eq!(same(&number.to_string(), &rounded.replace('.', ",")), Same::Same);
    }

    #[test]
    fn a_date_is_the_same_in_every_form_of_its_own_order_and_another_date_in_none(
        (year, month, day) in iso(), other in iso(), minute in 0..1440_u32,
    ) {
        let time = format!("{:02}:{:02}", minute / 60, minute % 60);
        let original = format!("{year:04}-{month:02}-{day:02} {time}");
        for form in [
            format!("{year}/{month:02}/{day:02} {time}:00"),
            format!("{year:04}-{month:02}-{day:02}T{time}:00.000000"),
            format!("{day:02}.{month:02}.{year} {time}:00"),
        ] {
            prop_assert_eq!(same(&original, &form), Same::Same);
        }
        let american = format!("{month}/{day}/{year} {time}");
        prop_assert_ne!(same(&original, &american), Same::Corrected);
        prop_assume!(other != (year, month, day) && other != (year, day, month));
        let (year, month, day) = other;
        for form in [
            format!("{year}/{month:02}/{day:02} {time}:00"),
            format!("{day:02}.{month:02}.{year} {time}:00"),
            format!("{month}/{day}/{year} {time}"),
        ] {
            prop_assert_eq!(same(&original, &form), Same::Corrected);
        }
    }
}

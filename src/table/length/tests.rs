//! Tests of reading how long something takes.

use proptest::prelude::*;

use super::*;

fn read(unit: DurationUnit, text: &str) -> Result<i64, NoLength> {
    Lengths::new(unit).read(&[text])
}

#[test]
fn what_leaves_no_doubt_is_read() {
    for (text, expected) in [
        ("60", 60),
        ("-5", -5),
        ("60.0", 60),
        ("90,00", 90),
        ("090", 90),
        ("0045", 45),
        ("0090", 90),
        ("1h30m", 90),
        ("1H 30M", 90),
        ("2h", 120),
        ("90m", 90),
        ("0h45m", 45),
        ("90 min", 90),
        ("90min.", 90),
        ("90 Minuten", 90),
        ("45'", 45),
        ("1 Std. 30 Min.", 90),
        ("1 hr 5 mins", 65),
        ("1h30", 90),
        ("1 h 30", 90),
        ("1 uur", 60),
        ("1,5 h", 90),
        ("1.25 hours", 75),
        ("1.0 Std.", 60),
        ("PT1H30M", 90),
        ("PT45M", 45),
        ("1:30", 90),
        ("01:30", 90),
        ("0:45", 45),
        ("1:30:00", 90),
        ("12:00:00", 720),
        ("12:30", 750),
    ] {
        assert_eq!(read(DurationUnit::Minutes, text), Ok(expected), "{text}");
    }
}

#[test]
fn what_may_be_two_lengths_is_neither() {
    for (unit, text, both) in [
        (DurationUnit::Minutes, "0130", [130, 90]),
        (DurationUnit::Minutes, "0100", [100, 60]),
        (DurationUnit::Minutes, "12:00", [720, 12]),
        (DurationUnit::Minutes, "90:00", [5400, 90]),
        (DurationUnit::Minutes, "1.30 h", [78, 90]),
        (DurationUnit::Hours, "1.30", [78, 90]),
        (DurationUnit::Hours, "1,3", [78, 90]),
        (DurationUnit::Hours, "0,45", [27, 45]),
        (DurationUnit::Hours, "90", [5400, 90]),
        (DurationUnit::Hours, "0130", [7800, 90]),
    ] {
        assert_eq!(read(unit, text), Err(NoLength::Doubt(both, None)), "{text}");
    }
}

#[test]
fn numbers_are_in_the_unit_of_the_column() {
    for (unit, text, expected) in [
        (DurationUnit::Hours, "1,5", 90),
        (DurationUnit::Hours, "1.50", 90),
        (DurationUnit::Hours, "0.75", 45),
        (DurationUnit::Hours, "2", 120),
        (DurationUnit::Hours, "2,0", 120),
        (DurationUnit::Hours, "90 min", 90),
        (DurationUnit::Hours, "12:00", 720),
        (DurationUnit::HoursAndMinutes, "0130", 90),
        (DurationUnit::HoursAndMinutes, "130", 90),
        (DurationUnit::HoursAndMinutes, "45", 45),
        (DurationUnit::HoursAndMinutes, "200", 120),
    ] {
        assert_eq!(read(unit, text), Ok(expected), "{text}");
    }
    assert_eq!(read(DurationUnit::HoursAndMinutes, "90"), Err(NoLength::Unread));
}

#[test]
fn what_is_no_length_is_not_read() {
    for text in [
        "",
        "an hour",
        "60.5",
        "1.000",
        "60.",
        ".0",
        "1,5",
        "1.30",
        "h",
        "m",
        "1h5",
        "1h90",
        "-1h",
        "30m1h",
        "1h1h",
        "1:5",
        "1:75",
        "1:30:30",
        "1:30:00:00",
        "a:30",
        "99999999999999999999h",
        "9999999999999999999",
        "90 seconds",
    ] {
        assert_eq!(read(DurationUnit::Minutes, text), Err(NoLength::Unread), "{text}");
    }
}

#[test]
fn a_column_that_has_minutes_behind_the_dot_makes_its_other_fractions_doubtful() {
    let mut lengths = Lengths::new(DurationUnit::Hours);
    for (line, text) in [(2, "1.50"), (3, "1.30"), (4, "2"), (5, "0.75"), (6, "1h")] {
        lengths.look(line, [text]);
    }
    let doubt = |both, result: Result<i64, NoLength>| match result {
        Err(NoLength::Doubt(found, Some(proof))) => assert_eq!((found, proof.line, &*proof.text), (both, 3, "1.30")),
        other => panic!("{other:?}"),
    };
    doubt([90, 110], lengths.read(&["1.50"]));
    doubt([90, 110], lengths.read(&["1.5"]));
    doubt([75, 85], lengths.read(&["1,25"]));
    assert_eq!(lengths.read(&["0.75"]), Ok(45));
    assert_eq!(lengths.read(&["2.00"]), Ok(120));
    let mut later = Lengths::new(DurationUnit::Hours);
    later.believe(&Proof::of_carried(&Proof::carried(lengths.proof().into_iter())).collect::<Vec<_>>());
    assert!(later.read(&["1.50"]).is_err());
}

#[test]
fn two_columns_are_hours_and_minutes() {
    let lengths = Lengths::default();
    for (cells, expected) in [
        (["1", "30"], Ok(90)),
        (["", "45"], Ok(45)),
        (["2", ""], Ok(120)),
        (["0", "90"], Ok(90)),
        (["01", "05"], Ok(65)),
        (["90", "min"], Ok(90)),
        (["1,5", "h"], Ok(90)),
        (["1", "90"], Err(NoLength::Doubt([150, 90], None))),
        (["x", "30"], Err(NoLength::Unread)),
        (["1h", "30"], Err(NoLength::Unread)),
        (["-1", "30"], Err(NoLength::Unread)),
    ] {
        assert_eq!(lengths.read(&cells), expected, "{cells:?}");
    }
}

proptest! {
    #[test]
    fn a_number_of_a_few_digits_is_read_as_in_any_form(text in "[0-9]{0,8}", unit in 0..3_usize) {
        let lengths = Lengths::new([DurationUnit::Minutes, DurationUnit::Hours, DurationUnit::HoursAndMinutes][unit]);
        prop_assert_eq!(lengths.one(&text), lengths.one_in_any_form(&text));
    }
}

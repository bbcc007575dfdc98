//! Holds columns of dates against the orders of day and month that they may have.

use proptest::prelude::*;

use super::*;

fn dates(formats: &[&str], cells: &[&str]) -> Dates {
    let mut dates = Dates::new(&formats.iter().map(ToString::to_string).collect::<Vec<_>>());
    for (line, cell) in (2..).zip(cells) {
        dates.look(line, cell);
    }
    dates
}

const BOTH: [&str; 2] = ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"];

#[test]
fn a_proof_in_one_form_of_a_date_counts_for_another_of_the_same_order() {
    let formats = ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %I:%M %p", "%m/%d/%Y %I:%M %p"];
    let read = |cells: &[&str]| dates(&formats, cells).read("1/2/2027 2:05 PM").map(|start| start.to_string());
    assert!(read(&["1/2/2027 9:00"]).is_err());
    assert_eq!(read(&["1/13/2027 9:00"]).as_deref(), Ok("2027-01-02 14:05"));
    assert_eq!(read(&["13/1/2027 at nine"]).as_deref(), Ok("2027-02-01 14:05"));
}

#[test]
fn marks_of_another_kind_and_names_of_months_prove_nothing() {
    let dates = dates(&BOTH, &["13.02.2027 09:00", "13 Feb 2027 09:00", "2027-02-13 09:00", ""]);
    assert!(dates.read("01/02/2027 09:00").is_err());
    assert!(dates.proofs().iter().all(|proof| proof.shows == "Y-M-D" && proof.against == "Y-D-M"), "{dates:?}");
}

#[test]
fn a_year_of_two_digits_shows_the_order_as_one_of_four_does() {
    for (formats, cell) in [
        (&["%d/%m/%Y %H:%M"][..], "2/13/27 9:00"),
        (&["%d/%m/%y %H:%M"], "2/13/2027 9:00"),
        (&["%H:%M %d/%m/%Y"], "9:00 2/13/27"),
    ] {
        let dates = dates(formats, &[cell]);
        assert!(dates.proofs().iter().all(|proof| proof.shows == "M/D/Y"), "{formats:?}");
        assert!(dates.read("01/02/2027 09:00").is_err() && dates.read("9:00 01/02/2027").is_err(), "{formats:?}");
    }
    let both = dates(&BOTH, &["13/2/27"]);
    assert_eq!(both.read("01/02/2027 09:00").map(|start| start.to_string()).as_deref(), Ok("2027-02-01 09:00"));
    assert!(matches!(both.read("13/2/27 09:00"), Err(NoDate::ShortYear(_))));
    // Which number is the year cannot be told here.
    assert_eq!(dates(&["%Y-%d-%m %H:%M"], &["27-13-02 09:00"]).proofs(), []);
}

#[test]
fn what_a_retry_file_carries_on_decides_as_the_cell_itself_did() {
    for (formats, cells, doubtful) in [
        (&BOTH[..], &["13/02/2027 09:00"][..], "01/02/2027 09:00"),
        (&["%d.%m.%Y %H:%M"], &["2.13.2027 09:00", "14.2.2027 09:00"], "01.02.2027 09:00"),
        (&BOTH, &["13/02/2027 09:00", "02/13/2027 09:00"], "01/02/2027 09:00"),
    ] {
        let (before, mut after) = (dates(formats, cells), dates(formats, &[]));
        let carried = |dates: &Dates| Proof::carried(dates.carried().into_iter());
        after.believe(&Proof::of_carried(&carried(&before)).collect::<Vec<_>>());
        assert_eq!(after.read(doubtful).is_ok(), before.read(doubtful).is_ok(), "{cells:?}");
        assert_ne!(after.read(doubtful), dates(formats, &[]).read(doubtful), "{cells:?}");
        assert_eq!(carried(&after), carried(&before));
    }
    // All is as the configuration says.
    assert_eq!(dates(&["%d.%m.%Y %H:%M"], &["14.2.2027 09:00"]).carried(), Vec::<&Proof>::new());
}

#[test]
fn what_is_to_be_written_is_read_without_a_doubt() {
    for (formats, expected) in [
        (&["%d.%m.%Y %H:%M"][..], "2027-02-03 09:00"),
        (&["%Y-%d-%m %H:%M"], "2027/02/03 09:00"),
        (&["%Y-%d-%m %H:%M", "%Y/%d/%m %H:%M"], "20270203T0900"),
    ] {
        let start = WrittenStart::plain("2027-02-03 09:00").unwrap();
        assert_eq!(dates(formats, &[]).without_doubt(start), expected);
    }
}

#[test]
fn blanks_of_other_kinds_are_blanks() {
    let dates = dates(&["%d.%m.%Y %H:%M"], &[]);
    for text in ["01.02.2027\u{a0}09:00", "01.02.2027\u{202f}09:00", "2027-02-01\u{2009}09:00"] {
        assert_eq!(dates.read(text).map(|start| start.to_string()).as_deref(), Ok("2027-02-01 09:00"), "{text}");
    }
}

#[test]
fn what_was_shown_before_is_believed() {
    let seen = dates(&BOTH, &["13/02/2027 09:00"]);
    let mut again = dates(&BOTH, &[]);
    again.believe(seen.proofs());
    assert_eq!(again.read("01/02/2027 09:00"), seen.read("01/02/2027 09:00"));
    assert!(seen.proofs().iter().all(|proof| proof.shows == "D/M/Y"), "{:?}", seen.proofs());
}

proptest! {
    #[test]
    fn two_orders_are_never_guessed_between(days in proptest::collection::vec((1..=28_u8, 1..=28_u8), 1..8)) {
        let cells: Vec<_> = days.iter().map(|(one, two)| format!("{one:02}/{two:02}/2027 09:00")).collect();
        let dates = dates(&BOTH, &cells.iter().map(String::as_str).collect::<Vec<_>>());
        let day_first = days.iter().any(|(one, two)| *one > 12 && *two <= 12);
        let month_first = days.iter().any(|(one, two)| *one <= 12 && *two > 12);
        for ((one, two), cell) in days.iter().zip(&cells) {
            let read = dates.read(cell).map(|start| start.to_string()).ok();
            let as_day_first = (*two <= 12).then(|| format!("2027-{two:02}-{one:02} 09:00"));
            let as_month_first = (*one <= 12).then(|| format!("2027-{one:02}-{two:02} 09:00"));
            let expected = match (as_day_first, as_month_first) {
                (Some(one), Some(two)) if one == two => Some(one),
                (Some(one), Some(_)) if day_first && !month_first => Some(one),
                (Some(_), Some(two)) if month_first && !day_first => Some(two),
                (Some(_), Some(_)) => None,
                (one, two) => one.or(two),
            };
            prop_assert_eq!(read, expected);
        }
    }

    /// Whatever three numbers stand in a column, a cell is read only where no other cell could be read in another order alone.
    #[test]
    fn no_order_is_guessed_where_a_cell_can_only_be_read_in_another(
        cells in proptest::collection::vec((1..=40_u8, 1..=40_u8, 1..=40_u8), 1..5),
    ) {
        const ORDERS: [[usize; 3]; 6] = [[2, 1, 0], [2, 0, 1], [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0]];
        let read = |cell: (u8, u8, u8), [year, month, day]: [usize; 3]| {
            let numbers = [cell.0, cell.1, cell.2];
            let text = format!("20{:02}-{:02}-{:02} 09:00", numbers[year], numbers[month], numbers[day]);
            WrittenStart::plain(&text)
        };
        let texts: Vec<_> = cells.iter().map(|(a, b, c)| format!("{a:02}.{b:02}.{c:02} 09:00")).collect();
        let dates = dates(&["%d.%m.%y %H:%M"], &texts.iter().map(String::as_str).collect::<Vec<_>>());
        for (cell, text) in cells.iter().zip(&texts) {
            let asked = read(*cell, ORDERS[0]);
            let doubtful = ORDERS[1..].iter().any(|order| {
                let other = read(*cell, *order);
                let shown = cells.iter().any(|cell| read(*cell, ORDERS[0]).is_none() && read(*cell, *order).is_some());
                other.is_some() && other != asked && shown
            });
            prop_assert_eq!(dates.read(text).ok(), asked.filter(|_| !doubtful), "{} of {:?}", text, texts);
        }
    }
}

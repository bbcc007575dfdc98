//! Reads the cells of one file's starts: dates as people write them, also behind a weekday, and where the whole column holds nothing
//! else, the numbers that Excel keeps dates as.

use super::dates::{Dates, NoDate, plain};
use super::proof::Proof;
use super::serial::Serials;
use super::span::Span;
use super::start::WrittenStart;
use super::usual_start::UsualStart;
use super::weekday::{self, Days};

/// The forms of one file's starts, and what the file has shown of them.
#[derive(Debug, Clone, Default)]
pub struct Starts {
    dates: Dates,
    serials: Serials,
}

/// The reason why a cell is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoStart {
    /// It is no date, or not a certain one.
    Date(NoDate),
    /// Its weekday is another than its date's.
    Weekday {
        /// The day that it names, in words.
        named: String,
        /// The day of its date.
        is: &'static str,
        /// The date.
        start: WrittenStart,
    },
    /// It is a number of Excel's that tells no time of day, or only a rounded one.
    Rounded,
    /// It is such a number, and the column has other cells than those.
    Mixed,
}

impl Starts {
    /// Reads plain forms and those that these `strptime` formats add.
    #[must_use]
    pub fn new(formats: &[String]) -> Self {
        Self { dates: Dates::new(formats), serials: Serials::default() }
    }

    /// Returns the rules for dates alone.
    #[must_use]
    pub fn dates(&self) -> &Dates {
        &self.dates
    }

    /// Takes in what earlier readings of the same file have shown.
    pub fn believe(&mut self, proofs: &[Proof]) {
        self.serials.believe(proofs);
        self.dates.believe(&proofs.iter().filter(|proof| proof.is_of_dates()).cloned().collect::<Vec<_>>());
    }

    /// Takes in what a retry file carries on of the file before it, by its cell.
    pub fn recall(&mut self, carried: &str) {
        self.believe(&Proof::of_carried(carried).collect::<Vec<_>>());
    }

    /// Returns what the cells have shown.
    #[must_use]
    pub fn proofs(&self) -> Vec<Proof> {
        self.dates.proofs().iter().cloned().chain(self.serials.proof()).collect()
    }

    /// Returns what a retry file is to carry on ([`Proof::carried`]).
    #[must_use]
    pub fn carried(&self) -> Vec<Proof> {
        self.dates.carried().into_iter().cloned().chain(self.serials.proof()).collect()
    }

    /// Looks at a cell of the column for what it shows of the others. Of a cell with an end, the start alone counts.
    pub fn look(&mut self, line: u32, cell: &str) {
        if UsualStart::of(cell).is_some_and(|start| self.dates.learns_nothing_of(start)) {
            self.serials.look_at_other();
        } else {
            self.look_with_care(line, cell);
        }
    }

    fn look_with_care(&mut self, line: u32, cell: &str) {
        let text = plain(Span::of(cell).start);
        self.serials.look(line, &text);
        self.dates.look(line, &text);
        if let Some((_, _, rest)) = Days::take(&text) {
            self.dates.look(line, rest);
        }
    }

    /// Reads a cell.
    pub fn read(&self, text: &str) -> Result<WrittenStart, NoStart> {
        match UsualStart::of(text) {
            Some(start) if self.dates.takes_usual() => Ok(WrittenStart::Local(start.civil)),
            _ => self.read_with_care(text),
        }
    }

    fn read_with_care(&self, text: &str) -> Result<WrittenStart, NoStart> {
        let text = plain(text);
        if Serials::is_one(&text) {
            let read = self.serials.read(&text).map(WrittenStart::Local);
            return read.ok_or(if self.serials.are_all() { NoStart::Rounded } else { NoStart::Mixed });
        }
        let whole = self.dates.read(&text);
        let Some((days, word, rest)) = Days::take(&text).filter(|_| whole.is_err()) else {
            return whole.map_err(NoStart::Date);
        };
        let start = self.dates.read(rest).map_err(NoStart::Date)?;
        if days.may_be(start) {
            return Ok(start);
        }
        let named = format!("{word} ({})", days.in_words());
        Err(NoStart::Weekday { named, is: weekday::name_of(start), start })
    }
}

/// Says what to know of a file whose starts were numbers of Excel's, by what it has shown.
#[must_use]
pub fn serial_note(proofs: &[Proof]) -> Option<String> {
    let mut serials = Serials::default();
    serials.believe(proofs);
    let proof = serials.proof()?;
    let read = serials.read(&proof.text)?;
    Some(format!(
        "The starts of this file are numbers, as Excel keeps dates, and were read as such: `{}` in line {} is {read}.",
        proof.text, proof.line
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn starts(formats: &[&str], cells: &[&str]) -> Starts {
        let mut starts = Starts::new(&formats.iter().map(ToString::to_string).collect::<Vec<_>>());
        (2..).zip(cells).for_each(|(line, cell)| starts.look(line, cell));
        starts
    }

    fn read(starts: &Starts, text: &str) -> Option<String> {
        starts.read(text).ok().map(|start| start.to_string())
    }

    /// Dates of every kind, most of them in the usual form.
    fn cell() -> impl Strategy<Value = String> {
        let usual = (2026..2028, 0..14, 0..33, "[ T]", 7..25, "(:00|:59)?").prop_map(
            |(year, month, day, mark, hour, second)| format!("{year}-{month:02}-{day:02}{mark}{hour:02}:05{second}"),
        );
        let other = prop::sample::select(vec![
            "2027/02/13 09:05",
            "2027-13-02 09:05",
            "13.02.2027 09:05",
            "02/13/2027 09:05",
            "13-02-2027 09:05",
            "46419.375",
            "20271302T0905",
            "",
            "2027-02-13 09:05-10:05",
            "Mo 2027-02-01 09:05",
            "2027-02-13T09:05Z",
            "2027-02-13",
        ]);
        prop_oneof![4 => usual, 1 => other.prop_map(str::to_owned)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]
        #[test]
        fn starts_in_the_usual_form_are_seen_and_read_as_with_care(
            formats in prop::collection::vec(prop::sample::select(vec![
                "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y-%d-%m %H:%M", "%d-%m-%Y %H:%M", "%Y%d%m %H:%M",
                "%Y/%d/%m %H:%M", "%d %m %Y %H:%M", "%y-%m-%d %H:%M", "%m-%d %H:%M", "%a %d/%m/%Y %H:%M",
            ]), 0..3),
            cells in prop::collection::vec(cell(), 1..12),
        ) {
            let formats: Vec<_> = formats.into_iter().map(str::to_owned).collect();
            let mut fast = Starts::new(&formats);
            let mut careful = fast.clone();
            for (line, cell) in (2..).zip(&cells) {
                fast.look(line, cell);
                careful.look_with_care(line, cell);
            }
            prop_assert_eq!((fast.proofs(), fast.carried()), (careful.proofs(), careful.carried()));
            for cell in &cells {
                prop_assert_eq!(fast.read(cell), careful.read_with_care(cell), "{}", cell);
            }
        }

        #[test]
        fn a_start_in_the_usual_form_has_no_end(cell in cell()) {
            if UsualStart::of(&cell).is_some() {
                prop_assert_eq!(Span::of_any(&cell), Span { start: &cell, end: None, may_be_offset: false });
            }
        }
    }

    #[test]
    fn a_weekday_in_front_must_be_that_of_the_date() {
        let starts = starts(&["%d.%m.%Y %H:%M", "%a %d/%m/%Y %H:%M"], &[]);
        for text in [
            "Mo, 01.02.2027 09:00",
            "Montag, 01.02.2027 09:00",
            "lun.\u{a0}01.02.2027 09:00",
            "Mon 01/02/2027 09:00",
            "Mo 01/02/2027 09:00",
            "Mon 2027-02-01 09:00",
        ] {
            // The format asks for the weekday in English.
            let is_asked_otherwise = text.contains("01/02") && text.starts_with("Mo ");
            let found = (!is_asked_otherwise).then(|| "2027-02-01 09:00".to_owned());
            assert_eq!(read(&starts, text), found, "{text}");
        }
        let Err(NoStart::Weekday { named, is, .. }) = starts.read("Di, 01.02.2027 09:00") else { panic!("it is read") };
        assert_eq!((named.as_str(), is), ("Di (Tuesday)", "Monday"));
        assert!(starts.read("Tue 01/02/2027 09:00").is_err());
    }

    #[test]
    fn a_date_behind_a_weekday_shows_the_order_of_the_others() {
        let both = ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"];
        let shown = starts(&both, &["Sat, 13/02/2027 09:00 - 10:00"]);
        assert_eq!(read(&shown, "Tue, 02/03/2027 09:00").as_deref(), Some("2027-03-02 09:00"));
        assert!(starts(&both, &[]).read("Tue, 02/03/2027 09:00").is_err());
    }

    #[test]
    fn numbers_are_dates_where_the_column_has_nothing_else_and_a_retry_file_knows_it() {
        let all = starts(&[], &["46419.375", "", "46420.5"]);
        assert_eq!(read(&all, "46419.375").as_deref(), Some("2027-02-01 09:00"));
        let told = serial_note(&all.proofs()).unwrap();
        assert!(told.contains("`46419.375` in line 2 is 2027-02-01 09:00"), "{told}");
        let mixed = starts(&[], &["46419.375", "2027-02-01 09:00"]);
        assert_eq!(mixed.read("46419.375"), Err(NoStart::Mixed));
        assert_eq!(serial_note(&mixed.proofs()), None);
        let mut later = starts(&[], &["46420.5", "2027-02-01 09:00"]);
        assert_eq!(later.read("46420.5"), Err(NoStart::Mixed));
        later.recall(&Proof::carried(all.carried().iter()));
        assert_eq!(read(&later, "46420.5").as_deref(), Some("2027-02-02 12:00"));
        assert_eq!(read(&later, "2027-02-01 09:00").as_deref(), Some("2027-02-01 09:00"));
    }
}

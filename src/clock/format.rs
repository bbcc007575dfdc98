//! Reads texts by `strptime` formats as the people mean them who write the formats, and takes a format apart, to tell in which
//! order it has day, month and year.

use jiff::fmt::strtime::BrokenDownTime;

/// The date of a format: from its first directive of day, month or year to its last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatePart {
    /// Its directives in their order and what stands between them, as in `D.M.Y`. A year of two digits is `y` where it is not the
    /// last, for then another number may be taken for it.
    pub order: String,
    /// The same without saying which directive is which, as in `#.#.#`: two orders of one shape may read the same text.
    pub shape: String,
    /// The signs that stand between them in every text of that order.
    pub marks: Vec<char>,
    /// The format of the date alone, where nothing stands in front of it.
    pub leading: Option<String>,
}

impl DatePart {
    /// Takes the date out of a format; `None` where there is none.
    #[must_use]
    pub fn of(format: &str) -> Option<Self> {
        let pieces = pieces(format);
        let first = pieces.iter().position(|piece| piece.sign().is_some())?;
        let last = pieces.iter().rposition(|piece| piece.sign().is_some())?;
        let date = &pieces[first..=last];
        let is_short = |piece: &Piece| matches!(piece, Piece::Directive(_, 'y')) && date.last() != Some(piece);
        let signs = |named: bool| {
            date.iter().fold(String::new(), |text, piece| match (piece, piece.sign()) {
                (_, Some('N')) => text + "N",
                (piece, Some('Y')) if named && is_short(piece) => text + "y",
                (_, Some(sign)) if named => text + &sign.to_string(),
                (_, Some(_)) => text + "#",
                (Piece::Text(c), None) => text + &c.to_string(),
                (Piece::Directive(..), None) => text + "%",
            })
        };
        let mark = |piece: &Piece| match piece {
            Piece::Text(c) if !c.is_whitespace() => Some(*c),
            Piece::Text(_) | Piece::Directive(..) => None,
        };
        let mut marks: Vec<char> = date.iter().filter_map(mark).collect();
        marks.sort_unstable();
        marks.dedup();
        let leading = (first == 0).then(|| date.iter().map(Piece::written).collect());
        Some(Self { order: signs(true), shape: signs(false), marks, leading })
    }
}

/// Returns the same format with its numbers of day, month and year in every other order in which the same text may be read: a year
/// of four digits stays where it is, since no other number is like it.
#[must_use]
pub fn reordered(format: &str) -> Vec<String> {
    let pieces = pieces(format);
    let may_move = |piece: &Piece| matches!(piece.sign(), Some('D' | 'M')) || matches!(piece, Piece::Directive(_, 'y'));
    let places: Vec<usize> = (0..pieces.len()).filter(|at| may_move(&pieces[*at])).collect();
    let written = |from: &[usize]| {
        let mut others = pieces.clone();
        for (to, from) in places.iter().zip(from) {
            others[*to] = pieces[*from].clone();
        }
        others.iter().map(Piece::written).collect()
    };
    match places[..] {
        [a, b] => vec![written(&[b, a])],
        [a, b, c] => [[b, a, c], [a, c, b], [c, b, a], [b, c, a], [c, a, b]].iter().map(|from| written(from)).collect(),
        _ => Vec::new(),
    }
}

/// Returns the same format with a year of two digits for one of four, or the other way round. `None` if it has no year, or if a
/// year of four digits does not stand behind day and month: of three numbers of two digits it cannot be known which is the year.
#[must_use]
pub fn with_other_year(format: &str) -> Option<String> {
    let mut pieces = pieces(format);
    let year = pieces.iter().position(|piece| piece.sign() == Some('Y'))?;
    let is_last = pieces.iter().rposition(|piece| piece.sign().is_some()) == Some(year);
    let Piece::Directive(written, letter) = &mut pieces[year] else { return None };
    if *letter == 'Y' && !is_last {
        return None;
    }
    *letter = if *letter == 'Y' { 'y' } else { 'Y' };
    written.pop();
    written.push(*letter);
    Some(pieces.iter().map(Piece::written).collect())
}

/// Tells whether a text begins with a date of this format, whatever follows.
#[must_use]
pub fn begins_with(text: &str, date: &str) -> bool {
    in_full_numbers(text, date).unwrap_or_else(|| in_any_numbers(text, date))
}

fn in_any_numbers(text: &str, date: &str) -> bool {
    let Ok((parsed, end)) = BrokenDownTime::parse_prefix(date, text) else { return false };
    let ends = !text.get(end..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    ends && as_meant(parsed, date).is_some_and(|parsed| parsed.to_date().is_ok())
}

/// Tells the same where the format has three numbers between signs, and the text all their digits: such are most dates of a file. `None`
/// where it is not so simple.
fn in_full_numbers(text: &str, date: &str) -> Option<bool> {
    let mut rest = text.as_bytes();
    let (mut year, mut month, mut day) = (None, None, None);
    let mut pieces = date.bytes();
    while let Some(piece) = pieces.next() {
        if piece != b'%' {
            let (first, others) = rest.split_first()?;
            rest = others;
            if piece.is_ascii_whitespace() || piece != *first {
                return None;
            }
            continue;
        }
        let letter = pieces.next()?;
        if matches!(letter, b'm' | b'd') && rest.first().is_some_and(|first| matches!(first, b'-' | b'/' | b'.')) {
            // A mark stands where a number should.
            return Some(false);
        }
        let (number, digits) = match letter {
            b'Y' => (&mut year, 4),
            b'm' => (&mut month, 2),
            b'd' => (&mut day, 2),
            _ => return None,
        };
        let (found, others) = rest.split_at_checked(digits)?;
        if number.is_some() || !found.iter().all(u8::is_ascii_digit) {
            return None;
        }
        *number = Some(found.iter().fold(0, |number, digit| number * 10 + i16::from(digit - b'0')));
        rest = others;
    }
    let (year, month, day) = (year?, i8::try_from(month?).ok()?, i8::try_from(day?).ok()?);
    // Another number may begin where this one ends.
    let is_apart = !rest.first().is_some_and(u8::is_ascii_digit);
    (is_apart && year >= 1000).then(|| jiff::civil::Date::new(year, month, day).is_ok())
}

/// Tells whether a text has the form of a format but for its year, of which `%Y` takes four digits.
#[must_use]
pub fn has_short_year(text: &str, format: &str) -> bool {
    jiff::fmt::strtime::parse(format, text).is_ok_and(|parsed| as_meant(parsed, format).is_none())
}

/// Reads a text by a format: a year under `%Y` has four digits, and one under `%y` is of this century.
pub(super) fn parse(text: &str, format: &str) -> Option<BrokenDownTime> {
    as_meant(jiff::fmt::strtime::parse(format, text).ok()?, format)
}

fn as_meant(mut parsed: BrokenDownTime, format: &str) -> Option<BrokenDownTime> {
    // A year from 2000 on is of this century, and has four digits.
    let Some(year) = parsed.year().filter(|year| *year < 2000) else { return Some(parsed) };
    let pieces = pieces(format);
    let has = |letter: char| pieces.iter().any(|piece| matches!(piece, Piece::Directive(_, found) if *found == letter));
    if has('Y') {
        return (year >= 1000).then_some(parsed);
    }
    if has('y') {
        parsed.set_year(Some(year + 100)).ok()?;
    }
    Some(parsed)
}

/// A part of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(char),
    /// As it is written, and its letter.
    Directive(String, char),
}

impl Piece {
    /// Returns `D`, `M` or `Y` where it is a number of the date, `N` where it is a month's name.
    fn sign(&self) -> Option<char> {
        match self {
            Self::Directive(_, 'd' | 'e') => Some('D'),
            Self::Directive(_, 'm') => Some('M'),
            Self::Directive(_, 'y' | 'Y') => Some('Y'),
            Self::Directive(_, 'b' | 'B' | 'h') => Some('N'),
            Self::Directive(..) | Self::Text(_) => None,
        }
    }

    fn written(&self) -> String {
        match self {
            Self::Text(c) => c.to_string(),
            Self::Directive(written, _) => written.clone(),
        }
    }
}

fn pieces(format: &str) -> Vec<Piece> {
    let format = format.replace("%D", "%m/%d/%y").replace("%F", "%Y-%m-%d");
    let mut pieces = Vec::new();
    let mut rest = format.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            pieces.push(Piece::Text(c));
            continue;
        }
        let mut written = String::from(c);
        for c in rest.by_ref() {
            written.push(c);
            // Flags and a width stand before the letter.
            if c.is_ascii_alphabetic() || c == '%' {
                pieces.push(Piece::Directive(written.clone(), c));
                break;
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn full_numbers_begin_what_they_begin_when_they_are_read_with_care(
            year in 1900..2100, one in 0..40, other in 0..40, order in 0..8_usize, mark in "[-./]", behind in "([ T].{0,5}|[0-9]|)"
        ) {
            let date = ["%Y-%m-%d", "%Y-%d-%m", "%d-%m-%Y", "%m-%d-%Y", "%Y.%m.%d", "%d/%m/%Y", "%Y%m%d", "%Y%d%m"][order];
            let numbers = if date.starts_with("%Y") {
                format!("{year}{mark}{one:02}{mark}{other:02}")
            } else {
                format!("{one:02}{mark}{other:02}{mark}{year}")
            };
            let text = numbers + &behind;
            if let Some(begins) = in_full_numbers(&text, date) {
                prop_assert_eq!(begins, in_any_numbers(&text, date), "{} by {}", text, date);
            }
        }
    }

    #[test]
    fn most_dates_are_read_without_much_ado() {
        assert_eq!(in_full_numbers("2027-02-03 09:00", "%Y%m%d"), Some(false));
        assert_eq!(in_full_numbers("2027-02-30 09:00", "%Y-%m-%d"), Some(false));
        assert_eq!(in_full_numbers("01.02.2027 09:00", "%d.%m.%Y"), Some(true));
        for (text, date) in [
            ("1.2.2027", "%d.%m.%Y"),
            ("01.02.27", "%d.%m.%y"),
            ("0999-02-01", "%Y-%m-%d"),
            ("2027-02-011", "%Y-%m-%d"),
        ] {
            assert_eq!(in_full_numbers(text, date), None, "{text}");
        }
    }

    #[test]
    fn a_format_tells_the_order_of_its_date() {
        for (format, order, shape, leading) in [
            ("%d.%m.%Y %H:%M", "D.M.Y", "#.#.#", Some("%d.%m.%Y")),
            ("%-d/%-m/%y %H:%M", "D/M/Y", "#/#/#", Some("%-d/%-m/%y")),
            ("%D %H:%M", "M/D/Y", "#/#/#", Some("%m/%d/%y")),
            ("%F %T", "Y-M-D", "#-#-#", Some("%Y-%m-%d")),
            ("%y.%m.%d %T", "y.M.D", "#.#.#", Some("%y.%m.%d")),
            ("%H:%M %d.%m.%Y", "D.M.Y", "#.#.#", None),
            ("%e. %B %Y, %H:%M", "D. N Y", "#. N #", Some("%e. %B %Y")),
        ] {
            let found = DatePart::of(format).unwrap();
            assert_eq!(
                (found.order.as_str(), found.shape.as_str(), found.leading.as_deref()),
                (order, shape, leading),
                "{format}"
            );
        }
        assert_eq!(DatePart::of("%H:%M"), None);
    }

    #[test]
    fn numbers_are_read_in_every_other_order_that_the_same_text_allows() {
        for (format, others) in [
            ("%d.%m.%Y %H:%M", &["%m.%d.%Y %H:%M"][..]),
            ("%F %H:%M", &["%Y-%d-%m %H:%M"]),
            ("%d-%b-%y %H:%M", &["%y-%b-%d %H:%M"]),
            ("%D", &["%d/%m/%y", "%m/%y/%d", "%y/%d/%m", "%d/%y/%m", "%y/%m/%d"]),
            ("%d %b %Y %H:%M", &[]),
            ("%H:%M", &[]),
        ] {
            assert_eq!(reordered(format), others, "{format}");
        }
    }

    #[test]
    fn a_year_may_have_two_digits_or_four_where_it_is_still_known() {
        for (format, expected) in [
            ("%d.%m.%Y %H:%M", Some("%d.%m.%y %H:%M")),
            ("%H:%M %-d/%-m/%y", Some("%H:%M %-d/%-m/%Y")),
            ("%y.%m.%d %H:%M", Some("%Y.%m.%d %H:%M")),
            ("%Y-%d-%m %H:%M", None),
            ("%d.%m. %H:%M", None),
        ] {
            assert_eq!(with_other_year(format).as_deref(), expected, "{format}");
        }
    }

    #[test]
    fn years_are_as_they_are_meant() {
        let year = |text: &str, format: &str| parse(text, format)?.year();
        assert_eq!(year("01.02.2027 09:00", "%d.%m.%Y %H:%M"), Some(2027));
        assert_eq!(year("01.02.27 09:00", "%d.%m.%Y %H:%M"), None);
        assert!(has_short_year("01.02.27 09:00", "%d.%m.%Y %H:%M"));
        assert!(!has_short_year("01.02.2027 09:00", "%d.%m.%Y %H:%M"));
        assert!(!has_short_year("32.02.27 09:00", "%d.%m.%Y %H:%M"));
        for (text, expected) in [("01.02.00", 2000), ("01.02.27", 2027), ("01.02.69", 2069), ("01.02.99", 2099)] {
            assert_eq!(year(text, "%d.%m.%y"), Some(expected), "{text}");
        }
        assert_eq!(year("02/01/99", "%D"), Some(2099));
    }

    #[test]
    fn a_date_at_the_beginning_is_told_from_a_longer_number() {
        assert!(begins_with("13.02.2027 9 Uhr", "%d.%m.%Y"));
        assert!(!begins_with("13.02.2027 9 Uhr", "%m.%d.%Y"));
        assert!(!begins_with("13.02.2027", "%d.%m.%y"));
        assert!(!begins_with("30.02.2027", "%d.%m.%Y"));
    }
}

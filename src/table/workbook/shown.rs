//! Says in text what a cell of a workbook holds: dates by their value, in a form that leaves no doubt; numbers by their value, but
//! for formats that fill up with zeros, since `0027` is what the author sees and means.

use calamine::{ExcelDateTime, ExcelDateTimeType};

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;
/// Dates from this one on are beyond the last that Excel knows, 9999-12-31.
const END_OF_DATES: i64 = 2_958_466;
/// A number of hours that is shown as a time of day is a length up to so many days; a later value is a date.
const LONGEST: i64 = 366;

/// Returns a number's text: without an exponent below a thousand million million, and as a format of zeros shows it.
pub(super) fn number(value: f64, format: &str) -> String {
    filled(value, format).unwrap_or_else(|| plain(value))
}

/// Returns the number with 15 digits at most, which are all that spreadsheets keep. From there on it has an exponent: digits
/// that no person wrote are not to be taken for those of an id.
pub(super) fn plain(value: f64) -> String {
    if !value.is_finite() {
        return "#NUM!".to_owned();
    }
    let scientific = format!("{value:.14e}");
    let rounded: f64 = scientific.parse().unwrap_or(value);
    if rounded != 0.0 && !(1e-7..1e15).contains(&rounded.abs()) {
        return scientific.to_uppercase();
    }
    if rounded == 0.0 { "0".to_owned() } else { rounded.to_string() }
}

/// Reads the part of a format for numbers that are not negative: its signs, each with whether it is text.
pub(super) fn signs(format: &str) -> Option<Vec<(char, bool)>> {
    let mut signs = Vec::new();
    let mut rest = format.chars();
    while let Some(sign) = rest.next() {
        match sign {
            ';' => break,
            '"' => signs.extend(rest.by_ref().take_while(|sign| *sign != '"').map(|sign| (sign, true))),
            '\\' => signs.push((rest.next()?, true)),
            // As wide as the next sign; filled up with the next sign.
            '_' => drop((rest.next()?, signs.push((' ', true)))),
            '*' => drop(rest.next()?),
            // A colour, a condition, a language or a currency.
            '[' => drop(rest.by_ref().find(|sign| *sign == ']')?),
            _ => signs.push((sign, false)),
        }
    }
    Some(signs)
}

/// Fills a whole number into a format such as `0000`, `"u"00000` or `00":"00`; `None` where the format is another.
fn filled(value: f64, format: &str) -> Option<String> {
    if format.eq_ignore_ascii_case("general") || format == "@" || format.contains('[') {
        return None;
    }
    let signs = signs(format)?;
    let is_text = |(sign, quoted): &(char, bool)| *quoted || "-+:() '^{}<>=!&~$".contains(*sign);
    let zeros = signs.iter().filter(|sign| **sign == ('0', false)).count();
    if zeros == 0 || !signs.iter().all(|sign| *sign == ('0', false) || is_text(sign)) {
        return None;
    }
    let first = signs.iter().position(|sign| *sign == ('0', false))?;
    let is_named = signs[..first].iter().any(|(sign, _)| sign.is_alphanumeric());
    // `0" min"` is a number with a unit, and the number is what counts.
    if (zeros == 1 && !is_named) || value < 0.0 || value.fract() != 0.0 || value >= 1e15 {
        return None;
    }
    let digits = format!("{value:0>zeros$}");
    let (mut digits, mut text) = (digits.chars().collect::<Vec<_>>().into_iter(), String::new());
    let mut more = digits.len() - zeros;
    for (sign, quoted) in signs {
        if (sign, quoted) == ('0', false) {
            text.extend(digits.by_ref().take(std::mem::take(&mut more) + 1));
        } else {
            text.push(sign);
        }
    }
    Some(text.trim().to_owned())
}

/// Returns the text of a number that is shown as a date or a time: `2027-02-01`, `2027-02-01 09:00` or `09:00`, to the second.
pub(super) fn date(value: f64, format: &str, is_1904: bool) -> String {
    let seconds = (value * 86_400.0).round();
    // A serial number beyond all dates, or before them, is shown as a row of marks.
    if !(0.0..=9e15).contains(&seconds) {
        return plain(value);
    }
    #[expect(clippy::cast_possible_truncation, reason = "within the bounds just looked at")]
    let seconds = seconds as i64;
    let (days, time) = (seconds / DAY, seconds % DAY);
    let (has_date, has_time) = units(format);
    if days >= END_OF_DATES {
        return plain(value);
    }
    if days == 0 && (time > 0 || has_time) {
        return clock(time, 2);
    }
    if has_time && !has_date && days < LONGEST {
        return clock(seconds, 1);
    }
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than three million days")]
    let day = ExcelDateTime::new(days as f64, ExcelDateTimeType::DateTime, is_1904);
    let (year, month, day, ..) = day.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if time > 0 || has_time { format!("{date} {}", clock(time, 2)) } else { date }
}

/// Returns a date that is stored as text, `2027-02-01T09:00:00`, as the others are written.
pub(super) fn iso(text: &str) -> String {
    let Some((date, time)) = text.split_once('T') else { return text.to_owned() };
    if time.contains(['Z', '+', '-']) {
        return text.to_owned();
    }
    let time = time.strip_suffix(".000").unwrap_or(time);
    let time = time.strip_suffix(":00").filter(|time| time.contains(':')).unwrap_or(time);
    format!("{date} {time}")
}

/// Returns the text of a number that is shown as a length of time: `1:30`, `26:00`.
pub(super) fn length(value: f64) -> String {
    let seconds = (value * 86_400.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "within the bounds just looked at")]
    if (0.0..=9e15).contains(&seconds) { clock(seconds as i64, 1) } else { plain(value) }
}

/// Returns hours and minutes, and the seconds where there are any.
pub(super) fn clock(seconds: i64, hour_digits: usize) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let text = format!("{hours:0hour_digits$}:{minutes:02}");
    if rest > 0 { format!("{text}:{rest:02}") } else { text }
}

/// Tells whether a format shows a date, and whether it shows a time of day.
fn units(format: &str) -> (bool, bool) {
    let signs = signs(format).unwrap_or_default();
    let has = |units: &str| signs.iter().any(|(sign, text)| !text && units.contains(sign.to_ascii_lowercase()));
    (has("yde"), has("hs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_its_value_with_the_digits_that_are_kept() {
        for (value, text) in [
            (60.0, "60"),
            (0.1 + 0.2, "0.3"),
            (1.5, "1.5"),
            (-3.0, "-3"),
            (-0.0, "0"),
            (123_456_789_012_345.0, "123456789012345"),
            (1_234_567_890_123_456_789.0, "1.23456789012346E18"),
            (0.000_000_01, "1.00000000000000E-8"),
            (f64::NAN, "#NUM!"),
        ] {
            assert_eq!(number(value, "General"), text, "{value}");
        }
    }

    #[test]
    fn a_format_of_zeros_is_what_is_shown() {
        for (format, value, text) in [
            ("0000", 27.0, "0027"),
            ("0000", 12_345.0, "12345"),
            ("\"u\"00000", 27.0, "u00027"),
            ("\\R\\-000", 7.0, "R-007"),
            ("000-000", 12_345.0, "012-345"),
            ("00\":\"00", 930.0, "09:30"),
            ("0000;-0000", 27.0, "0027"),
            ("\"A-\"0", 7.0, "A-7"),
            // Numbers with a unit, with groups or with a fraction are their value.
            ("0\" min\"", 90.0, "90"),
            ("#,##0", 1234.0, "1234"),
            ("0.00", 60.0, "60"),
            ("0000", 1.5, "1.5"),
            ("0%", 0.5, "0.5"),
            ("[$€-407] 0000", 27.0, "27"),
            ("@", 27.0, "27"),
            ("0000", -3.0, "-3"),
        ] {
            assert_eq!(number(value, format), text, "{format} {value}");
        }
    }

    #[test]
    fn a_date_is_its_value_and_a_time_alone_is_a_time() {
        let of = |value, format| date(value, format, false);
        assert_eq!(of(46_419.0, "dd/mm/yyyy"), "2027-02-01");
        assert_eq!(of(46_419.0, "dd/mm/yyyy hh:mm"), "2027-02-01 00:00");
        assert_eq!(of(46_419.375, "dd/mm/yyyy"), "2027-02-01 09:00");
        assert_eq!(of(46_419.374_999_999, "[$-407]dd/mm/yyyy\\ hh:mm"), "2027-02-01 09:00");
        assert_eq!(of(0.375, "h:mm"), "09:00");
        assert_eq!(of(0.0, "h:mm"), "00:00");
        assert_eq!(of(1.0 + 1.0 / 12.0, "h:mm"), "26:00");
        assert_eq!(of(46_419.375, "h:mm"), "2027-02-01 09:00");
        assert_eq!(of(0.375 + 1.0 / 86_400.0, "h:mm:ss"), "09:00:01");
        assert_eq!(date(44_957.375, "yyyy-mm-dd hh:mm", true), "2027-02-01 09:00");
        assert_eq!((of(-1.0, "dd/mm/yyyy").as_str(), of(3e6, "dd/mm/yyyy").as_str()), ("-1", "3000000"));
    }

    #[test]
    fn a_length_may_have_more_hours_than_a_day() {
        assert_eq!((length(0.0625), length(26.0 / 24.0), length(1.0)), ("1:30".into(), "26:00".into(), "24:00".into()));
    }
}

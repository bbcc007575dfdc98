//! Knows what formats of numbers show, and names the formats of numbers that have no text in the older kinds of workbooks, because every spreadsheet knows them.

use super::shown;

/// Returns the text of a built-in format; blank where it is none, or differs between languages.
pub(super) fn built_in(number: u16) -> &'static str {
    match number {
        1 => "0",
        2 => "0.00",
        3 => "#,##0",
        4 => "#,##0.00",
        9 => "0%",
        10 => "0.00%",
        11 => "0.00E+00",
        14 => "mm-dd-yy",
        15 => "d-mmm-yy",
        16 => "d-mmm",
        17 => "mmm-yy",
        18 => "h:mm AM/PM",
        19 => "h:mm:ss AM/PM",
        20 => "h:mm",
        21 => "h:mm:ss",
        22 => "m/d/yy h:mm",
        45 => "mm:ss",
        46 => "[h]:mm:ss",
        47 => "mmss.0",
        49 => "@",
        // Dates and times of East Asia.
        27..=36 | 50..=58 => "yyyy-mm-dd",
        _ => "",
    }
}

/// Tells whether a format shows a date or a time of day.
pub(super) fn is_date(format: &str) -> bool {
    let first = shown::signs(format).unwrap_or_default();
    let bare = |units: &str| first.iter().any(|(sign, text)| !text && units.contains(sign.to_ascii_lowercase()));
    bare("ymdhs") && !bare("#?") && !format.eq_ignore_ascii_case("standard")
}

/// Tells whether a format shows a length of time: `[h]:mm`.
pub(super) fn is_length(format: &str) -> bool {
    let first = format.split(';').next().unwrap_or_default().to_ascii_lowercase();
    ["[h]", "[hh]", "[m]", "[mm]", "[s]", "[ss]"].iter().any(|unit| first.contains(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_lengths_are_told_from_numbers_with_units() {
        for format in ["dd.mm.yyyy", "h:mm", "[$-407]d. mmmm yyyy", "mm:ss.0", r"yyyy\-mm\-dd;@", "h:mm AM/PM"] {
            assert!(is_date(format) && !is_length(format), "{format}");
        }
        for format in ["General", "0", "0\" min\"", r"#,##0\ [$€-407]", "0.00E+00", r"\d0", "_-* #,##0_-", "@", "# ?/?"]
        {
            assert!(!is_date(format) && !is_length(format), "{format}");
        }
        for format in ["[h]:mm", "[hh]:mm:ss", "[mm]:ss", "[h]:mm;@"] {
            assert!(is_length(format), "{format}");
        }
    }
}

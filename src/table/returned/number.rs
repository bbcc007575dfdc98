//! Tells whether two texts are the same number as spreadsheets write numbers: without zeros in front, with an exponent, rounded to the
//! digits that they calculate with, with another decimal mark.

/// A number as it is written: its digits without zeros at either end, and the place of the decimal point behind the first of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    digits: String,
    /// The number is `0.DIGITS` times ten to the power of this.
    exponent: i64,
    has_exponent: bool,
    percent: bool,
}

/// The digits that spreadsheets calculate with: what is rounded to no fewer was rounded by one.
const PRECISE: usize = 15;
/// No number that a cell holds is longer.
const LONGEST: usize = 400;

/// Tells whether a spreadsheet makes `returned` of the number `original`.
pub(super) fn is_same_number(original: &str, returned: &str) -> bool {
    let (originals, all_returned) = (readings(original), readings(returned));
    originals.iter().any(|one| all_returned.iter().any(|other| one.becomes(other)))
}

/// Tells whether a text is a number in any way of writing.
pub(super) fn is_number(text: &str) -> bool {
    !readings(text).is_empty()
}

/// Returns a text's digits without what stands between them, and zeros in front: what is left where a program drops marks.
pub(super) fn without_marks(text: &str) -> Option<String> {
    let is_mark = |c: char| matches!(c, '.' | ',');
    let marked = text.contains(is_mark) && text.chars().all(|c| is_mark(c) || c.is_ascii_digit());
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let bare = digits.trim_start_matches('0');
    (marked && !digits.is_empty()).then(|| if bare.is_empty() { "0".to_owned() } else { bare.to_owned() })
}

/// Lists the numbers that a text may be: a comma or a point is a decimal mark, or stands between thousands.
fn readings(text: &str) -> Vec<Decimal> {
    let mut all = Vec::new();
    if text.len() > LONGEST || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return all;
    }
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        all.extend(u128::from_str_radix(hex, 16).ok().and_then(|number| Decimal::of(&number.to_string())));
    }
    all.extend(Decimal::of(text));
    let marks = [',', '\'', '_', ' ', '\u{a0}', '\u{202f}', '\u{2019}'];
    for mark in marks.into_iter().filter(|mark| is_grouped(text, *mark)) {
        all.extend(Decimal::of(&text.replace(mark, "")));
    }
    if text.contains(',') && !text.contains('.') {
        all.extend(Decimal::of(&text.replacen(',', ".", 1)));
    }
    all.dedup();
    all
}

/// Tells whether such marks stand in front of groups of three digits.
fn is_grouped(text: &str, mark: char) -> bool {
    let mut groups = text.split('.').next().unwrap_or_default().split(mark);
    let starts = groups.next().is_some_and(|first| (1..=4).contains(&first.len()));
    let is_group = |group: &str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    starts && text.contains(mark) && groups.all(is_group)
}

impl Decimal {
    /// Reads digits with a sign, a point and an exponent, or none of these.
    fn of(text: &str) -> Option<Self> {
        let (text, percent) = text.strip_suffix('%').map_or((text, false), |text| (text.trim_end(), true));
        let unsigned = text.strip_prefix(['-', '+', '\u{2212}']).unwrap_or(text);
        let negative = text.starts_with(['-', '\u{2212}']);
        let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, power)) => {
                (mantissa, Some(power.strip_prefix('+').unwrap_or(power).replace('\u{2212}', "-")))
            }
            None => (unsigned, None),
        };
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(part) || whole.len() + part.len() == 0 {
            return None;
        }
        let power_of_ten = match &power {
            Some(power) if !power.is_empty() && power.len() < 6 => power.parse::<i64>().ok()?,
            Some(_) => return None,
            None => 0,
        };
        let all = format!("{whole}{part}");
        let zeros = all.len() - all.trim_start_matches('0').len();
        let digits = all.trim_matches('0').to_owned();
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()?;
        let exponent = if digits.is_empty() { 0 } else { point + power_of_ten };
        Some(Self { negative, digits, exponent, has_exponent: power.is_some(), percent })
    }

    /// Tells whether a spreadsheet writes this number so.
    fn becomes(&self, returned: &Self) -> bool {
        if self.percent && !returned.percent {
            let plain = Self { percent: false, ..self.clone() };
            let exponent = if plain.digits.is_empty() { 0 } else { plain.exponent - 2 };
            let hundredth = Self { exponent, ..plain.clone() };
            return plain.becomes(returned) || hundredth.becomes(returned);
        }
        if self.negative != returned.negative || self.percent != returned.percent {
            return false;
        }
        if self.digits == returned.digits && self.exponent == returned.exponent {
            return true;
        }
        let calculated = self.as_calculated();
        self.is_rounded_to(returned)
            || calculated.is_some_and(|calculated| calculated.is_rounded_to(returned))
            || self.is_nearly(returned)
    }

    /// Returns a whole number of more digits than computers calculate with, as the number that they calculate with instead: rounded once
    /// more, it may end otherwise.
    fn as_calculated(&self) -> Option<Self> {
        let is_long_whole = self.digits.len() > PRECISE && (1..40).contains(&self.exponent);
        let value = format!("0.{}e{}", self.digits, self.exponent).parse::<f64>().ok().filter(|_| is_long_whole)?;
        let calculated = Self::of(&format!("{value:.0}"))?;
        Some(Self { negative: self.negative, percent: self.percent, ..calculated })
    }

    /// Tells whether the other is this one with fewer digits: with an exponent behind any number of them, else as many as spreadsheets
    /// calculate with.
    fn is_rounded_to(&self, returned: &Self) -> bool {
        let precise = returned.has_exponent && !returned.digits.is_empty();
        let places = if precise { vec![returned.digits.len()] } else { (PRECISE..=PRECISE + 2).collect() };
        if !precise && self.digits.len() <= PRECISE {
            return false;
        }
        places.into_iter().filter(|places| *places < self.digits.len()).any(|places| {
            let (kept, _) = self.digits.split_at(places);
            let cut = kept.trim_end_matches('0') == returned.digits && self.exponent == returned.exponent;
            cut || Some((returned.digits.clone(), returned.exponent)) == self.rounded(places)
        })
    }

    fn rounded(&self, places: usize) -> Option<(String, i64)> {
        let (kept, rest) = self.digits.split_at_checked(places)?;
        let up = rest.as_bytes().first().is_some_and(|digit| *digit >= b'5');
        let number = kept.parse::<u128>().ok()? + u128::from(up);
        let text = number.to_string();
        let longer = i64::try_from(text.len()).ok()? - i64::try_from(kept.len()).ok()?;
        Some((text.trim_end_matches('0').to_owned(), self.exponent + longer))
    }

    /// Tells whether both are the same number as computers calculate, of which one is written with digits that are not its own:
    /// `2.1099999999999999999`, and the whole number that a long one becomes.
    fn is_nearly(&self, returned: &Self) -> bool {
        let long = self.digits.len().max(returned.digits.len()) > PRECISE;
        let value = |number: &Self| format!("0.{}e{}", number.digits, number.exponent).parse::<f64>().ok();
        match (value(self), value(returned)) {
            (Some(one), Some(other)) if long && one != 0.0 => {
                let is_whole = self.digits.len() > PRECISE;
                if is_whole { one.to_bits() == other.to_bits() } else { ((one - other) / one).abs() < 1e-15 }
            }
            _ => false,
        }
    }
}

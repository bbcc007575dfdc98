//! Names a row of a file that was handed in by a word that comes back whole from any spreadsheet: it stands in front of the row in
//! the results and in the retry file, so that the row is known again whatever became of its other cells.

use std::fmt;

use super::{ItemNo, RunId, RunKey};

/// A row's token, as in `row_7hq2cdkx9f`: letters first, one `_`, and nothing that reads as a number, a date or a formula. It is made of
/// the run and the item, so it is unique in the journal, and the journal stores nothing for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowToken {
    /// The run that the row was handed in with.
    pub run: RunKey,
    /// The item that it became.
    pub item: ItemNo,
    /// Tells the run from one of another journal that has the same number.
    print: u64,
}

/// A text in the column of tokens that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoToken {
    /// It is no such word at all.
    Other,
    /// It begins like one, and its check letter is wrong.
    Mistyped,
}

/// Begins every token.
const START: &str = "row_";
/// The letters of a token: none that looks like another, no vowel but the last, so that no word and no exponent comes about. Their number
/// is a prime, so that the check letter tells every single slip and every two letters that were exchanged.
const LETTERS: &[u8; 29] = b"bcdfghjkmnpqrstvwxyz23456789a";
const BASE: u64 = LETTERS.len() as u64;
/// Letters that tell one run from another of the same number.
const PRINT: usize = 4;
/// As many numbers fit into them.
const PRINTS: u64 = BASE * BASE * BASE * BASE;
/// The longest token has so many letters behind its start: more are none of ours.
const MOST: usize = 27;

impl RowToken {
    /// Returns the token of a run's item.
    #[must_use]
    pub fn of(run: RunKey, id: RunId, item: ItemNo) -> Self {
        Self { run, item, print: print(id) }
    }

    /// Tells whether it was made for that run.
    #[must_use]
    pub fn is_of(&self, run: RunKey, id: RunId) -> bool {
        self.run == run && self.print == print(id)
    }

    /// Reads a cell, in any case, with blanks around it.
    pub fn read(text: &str) -> Result<Self, NoToken> {
        let text = text.trim().to_ascii_lowercase();
        let letters = text.strip_prefix(START).ok_or(NoToken::Other)?;
        if !(PRINT + 4..=MOST).contains(&letters.len()) {
            return Err(NoToken::Other);
        }
        let digits: Option<Vec<u64>> = letters.bytes().map(digit).collect();
        let digits = digits.ok_or(NoToken::Mistyped)?;
        let Some((_, rest)) = digits.split_last().filter(|(last, rest)| **last == check(rest)) else {
            return Err(NoToken::Mistyped);
        };
        let (print, rest) = rest.split_at(PRINT);
        let (width, rest) = rest.split_first().ok_or(NoToken::Mistyped)?;
        let (item, run) =
            usize::try_from(*width).ok().and_then(|at| rest.split_at_checked(at)).ok_or(NoToken::Mistyped)?;
        let item = number(item).and_then(|item| u32::try_from(item).ok()).ok_or(NoToken::Mistyped)?;
        let run = number(run).and_then(|run| i64::try_from(run).ok()).ok_or(NoToken::Mistyped)?;
        let print = number(print).ok_or(NoToken::Mistyped)?;
        Ok(Self { run: RunKey(run), item: ItemNo(item), print })
    }
}

impl RowToken {
    /// Returns it as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut digits = Vec::with_capacity(MOST);
        push(&mut digits, self.print, PRINT);
        let item = u64::from(self.item.0);
        let run = self.run.0.unsigned_abs();
        digits.push(width(item) as u64);
        push(&mut digits, item, width(item));
        push(&mut digits, run, width(run));
        digits.push(check(&digits));
        let mut text = String::with_capacity(START.len() + MOST);
        text.push_str(START);
        text.extend(digits.into_iter().map(letter));
        text
    }
}

impl fmt::Display for RowToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// Returns a number that another run's id hardly ever comes to: the end of an id is random.
fn print(id: RunId) -> u64 {
    let end = id.as_bytes()[8..].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    end % PRINTS
}

fn letter(digit: u64) -> char {
    usize::try_from(digit).ok().and_then(|at| LETTERS.get(at)).map_or('?', |letter| char::from(*letter))
}

fn digit(letter: u8) -> Option<u64> {
    LETTERS.iter().position(|known| *known == letter).map(|at| at as u64)
}

fn width(number: u64) -> usize {
    let mut width = 1;
    let mut rest = number / BASE;
    while rest > 0 {
        rest /= BASE;
        width += 1;
    }
    width
}

/// Writes a number, its last digit first.
fn push(digits: &mut Vec<u64>, mut number: u64, width: usize) {
    for _ in 0..width {
        digits.push(number % BASE);
        number /= BASE;
    }
}

fn number(digits: &[u64]) -> Option<u64> {
    digits.iter().rev().try_fold(0_u64, |number, digit| number.checked_mul(BASE)?.checked_add(*digit))
}

fn check(digits: &[u64]) -> u64 {
    digits.iter().zip(1..).map(|(digit, weight)| digit * weight).sum::<u64>() % BASE
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(run: i64, item: u32) -> RowToken {
        RowToken::of(RunKey(run), RunId::generate(), ItemNo(item))
    }

    #[test]
    fn a_token_is_short_and_looks_like_one() {
        let text = token(57, 60).to_string();
        assert!(text.len() < 16 && text.starts_with("row_"), "{text}");
        assert_eq!(RowToken::read("row_"), Err(NoToken::Other));
        assert_eq!(RowToken::read("12"), Err(NoToken::Other));
        assert_eq!(RowToken::read(""), Err(NoToken::Other));
        assert_eq!(RowToken::read("row_k7qm62lo0i"), Err(NoToken::Mistyped));
    }

    #[test]
    fn a_run_of_the_same_number_in_another_journal_has_other_tokens() {
        let (ours, theirs) = (RunId::from_bytes(&[7; 16]).unwrap(), RunId::from_bytes(&[8; 16]).unwrap());
        let token = RowToken::of(RunKey(3), ours, ItemNo(1));
        assert!(token.is_of(RunKey(3), ours));
        assert!(!token.is_of(RunKey(3), theirs) && !token.is_of(RunKey(4), ours));
    }

    proptest! {
        #[test]
        fn a_token_is_read_back_in_any_case(run in 0..=i64::MAX, item: u32) {
            let token = token(run, item);
            let text = token.to_string();
            prop_assert_eq!(RowToken::read(&text), Ok(token));
            prop_assert_eq!(RowToken::read(&format!(" {} ", text.to_uppercase())), Ok(token));
            prop_assert!(text.len() <= START.len() + MOST);
            let (start, rest) = text.split_at(4);
            prop_assert_eq!(start, START);
            prop_assert!(rest.bytes().all(|letter| LETTERS.contains(&letter)));
        }

        #[test]
        fn two_rows_never_share_one(
            one in (0..=i64::MAX, any::<u32>()), other in (0..=i64::MAX, any::<u32>()),
        ) {
            let id = RunId::generate();
            let text = |(run, item)| RowToken::of(RunKey(run), id, ItemNo(item)).to_string();
            prop_assert_eq!(text(one) == text(other), one == other);
        }

        #[test]
        fn a_slip_of_one_letter_and_two_letters_exchanged_are_told(
            run in 1..1_000_000_i64, item in 1..1_000_000_u32, at: prop::sample::Index, by in 1..28_u64,
        ) {
            let text = token(run, item).to_string();
            let mut letters = text.clone().into_bytes();
            let at = START.len() + at.index(letters.len() - START.len());
            let other = (digit(letters[at]).unwrap() + by) % BASE;
            letters[at] = LETTERS[usize::try_from(other).unwrap()];
            prop_assert_eq!(RowToken::read(&String::from_utf8(letters).unwrap()), Err(NoToken::Mistyped));
            let mut letters = text.into_bytes();
            if at + 1 < letters.len() && letters[at] != letters[at + 1] {
                letters.swap(at, at + 1);
                prop_assert_eq!(RowToken::read(&String::from_utf8(letters).unwrap()), Err(NoToken::Mistyped));
            }
        }
    }
}

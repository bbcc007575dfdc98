//! Names the columns that we put in front of a file's own ones, and the names the own ones get where the two would clash.

use crate::model::Column;

/// The column of the rows' tokens, which stands first of all.
pub(super) const TOKEN: &str = "row";

/// The columns that stand in front in a retry file.
pub(super) const RETRY: [&str; 5] = [TOKEN, "line", "status", "code", "error"];

/// The column in which a retry file carries on what its file's dates have shown, if they have: it is ours in a retry file only.
pub(super) const DATE_ORDER: &str = "date_order";

/// The columns that stand in front in a results file.
pub(super) const RESULTS: [&str; 11] =
    [TOKEN, "line", "status", "code", "error", "meeting_id", "room_id", "direct_url", "mpin", "ppin", "attempts"];

/// Those of them that hold numbers.
pub(super) const NUMBERS: [&str; 2] = ["line", "attempts"];

/// Tells whether a column of that name holds a PIN.
pub(super) fn is_pin(name: &str) -> bool {
    matches!(name, "mpin" | "ppin")
}

/// Columns that mean nothing in a file that comes back: ours of the run before.
pub(super) const PASSED_OVER: [&str; 6] = [TOKEN, "line", "status", "code", "error", "attempts"];

/// The same, of a results file: its PINs in particular must not travel on.
pub(super) const PASSED_OVER_OF_RESULTS: [&str; 4] = ["room_id", "direct_url", "mpin", "ppin"];

/// In front of an own column's name that is also one of ours.
pub(super) const OWN: &str = "input_";

/// Returns the names under which a file's own columns stand behind `front`: the same, but for `input_` before those that
/// `clashes` says, repeated until no other column has the name. Compared as headings are, in any case.
pub(super) fn own_names(own: &[String], clashes: impl Fn(&str) -> bool) -> Vec<String> {
    let mut taken: Vec<String> = own.iter().map(|name| Column::normalized(name)).collect();
    let mut names = Vec::with_capacity(own.len());
    for (at, name) in own.iter().enumerate() {
        let mut name = name.clone();
        if clashes(&taken[at]) {
            loop {
                name.insert_str(0, OWN);
                let normalized = Column::normalized(&name);
                if !taken.contains(&normalized) {
                    taken[at] = normalized;
                    break;
                }
            }
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_clashes_gets_a_prefix_until_it_is_the_only_one() {
        let own = ["Status", "input_status", "Hall"].map(str::to_owned);
        let clashes = |name: &str| RESULTS.contains(&name);
        assert_eq!(own_names(&own, clashes), ["input_input_Status", "input_status", "Hall"]);
        assert_eq!(own_names(&own[..1], clashes), ["input_Status"]);
    }
}

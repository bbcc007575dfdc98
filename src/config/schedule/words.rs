//! Puts a schedule into words as a person would say them, from those that the parser of cron expressions has for it.

/// Returns the words in a plainer form: `Every hour from 09:00 to 17:00, on Monday to Friday` for `At minute 0, of hour 9-17, on Monday,
/// Tuesday, Wednesday, Thursday, and Friday.`
pub(super) fn plain(said: &str) -> String {
    let said = said.trim_end_matches('.');
    let said = said
        .replace("Monday, Tuesday, Wednesday, Thursday, Friday, and Saturday", "Monday to Saturday")
        .replace("Monday, Tuesday, Wednesday, Thursday, and Friday", "Monday to Friday");
    let said = hourly(&said).unwrap_or(said);
    let said = said.strip_prefix("At every ").map_or_else(|| said.clone(), |rest| format!("Every {rest}"));
    let is_daily = !said.contains(',') && !said.starts_with("Every") && !said.contains("every");
    match said.rsplit_once(", on day ") {
        _ if is_daily => format!("{said}, every day"),
        Some((_, days)) if days.chars().all(|c| c.is_ascii_digit() || ",- and".contains(c)) => {
            format!("{said} of the month")
        }
        _ => said,
    }
}

/// Returns what begins at one minute of each hour, or of some that follow one another.
fn hourly(said: &str) -> Option<String> {
    let rest = said.strip_prefix("At minute ")?;
    let (minute, rest) = number(rest)?;
    if let Some(rest) = rest.strip_prefix(" past every hour") {
        let minute = if minute == 0 { String::new() } else { format!(" at minute {minute}") };
        return Some(format!("Every hour{minute}{rest}"));
    }
    let (first, rest) = number(rest.strip_prefix(", of hour ")?)?;
    let (last, rest) = number(rest.strip_prefix('-')?)?;
    let is_over = rest.is_empty() || rest.starts_with(", on ") || rest.starts_with(", in ");
    is_over.then(|| format!("Every hour from {first:02}:{minute:02} to {last:02}:{minute:02}{rest}"))
}

/// Reads a number at the beginning.
fn number(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    Some((digits.parse().ok()?, rest))
}

//! Remembers what a server was seen to do in a way of its own, so that a request which it does not heed is not tried again each time.

use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use crate::clock::Timestamp;
use crate::journal::Habit;

/// Returns what a server was last seen to do, and when.
pub(super) async fn habit(link: &Link, server: &str, habit: &str) -> Result<Option<(String, Timestamp)>, Failure> {
    let find = "SELECT value, at FROM server_habits WHERE server = $1 AND habit = $2";
    let found = link.first(find, bound![Text(server), Text(habit)]).await?;
    found.map(|row| Ok((row.at(0)?, row.time(1)?))).transpose()
}

/// Returns what each server was last seen to do about this: the server, what, and when.
pub(super) async fn habits(link: &Link, habit: &str) -> Result<Vec<(String, String, Timestamp)>, Failure> {
    let find = "SELECT server, value, at FROM server_habits WHERE habit = $1 ORDER BY server COLLATE \"C\"";
    let rows = link.rows(find, bound![Text(habit)]).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?, row.time(2)?))).collect()
}

/// Takes the place of what was known before.
pub(super) async fn learn(link: &Link, seen: &Habit) -> Result<(), Failure> {
    link.change(
        "INSERT INTO server_habits (server, habit, value, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (server, habit) DO UPDATE SET value = excluded.value, at = excluded.at",
        bound![Text(&seen.server), Text(seen.habit), Text(seen.value), seen.at.millis()],
    )
    .await?;
    Ok(())
}

/// Forgets what was seen before `before`: one row a server, so there are few.
pub(super) async fn forget(link: &Link, before: Timestamp) -> Result<u64, Failure> {
    link.change("DELETE FROM server_habits WHERE at < $1", bound![before.millis()]).await
}

//! Reads and checks the table `lookup` of `[schedule_meetings.NAME]`: the lists through which names in a file become ids or addresses.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::check::Table;
use super::problem::Complaint;
use super::surroundings::Surroundings;
use super::value::{did_you_mean, encoding, not_blank};
use crate::model::Column;

/// A list through which the names of a column become ids or addresses.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Lookup")]
pub(super) struct RawLookup {
    /// A CSV file with a row a name. It is read at each run.
    pub(super) list: Option<String>,
    /// The list's heading of the names. The timetable's own column of that heading is read, unless `columns` names another.
    pub(super) from: Option<String>,
    /// The list's heading of the ids or addresses.
    pub(super) to: Option<String>,
    /// The encoding of a list without a byte order mark, such as "windows-1250"; it is found out if not said.
    pub(super) encoding: Option<String>,
}

/// A list through which the names of a column become ids or addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The file, absolute.
    pub path: PathBuf,
    /// The list's heading of the names.
    pub from: String,
    /// The list's heading of the ids or addresses.
    pub to: String,
    /// The list's encoding, where it begins with no byte order mark; `None`: it is found out.
    pub encoding: Option<&'static encoding_rs::Encoding>,
}

/// The columns whose cells may be names.
const COLUMNS: [Column; 4] =
    [Column::UserId, Column::InviteeEmails, Column::InviteeContactIds, Column::InviteeGroupIds];

/// Checks the lists, by column.
pub(super) fn validate(
    table: &mut Table<'_, '_>,
    raw: BTreeMap<String, Option<RawLookup>>,
    around: &Surroundings<'_>,
) -> BTreeMap<Column, Lookup> {
    let names = COLUMNS.map(Column::as_str);
    let mut lookups = BTreeMap::new();
    for (written, raw) in raw {
        let Some(column) = COLUMNS.into_iter().find(|column| column.as_str() == written) else {
            let complaint =
                Complaint::new(format!("{written:?} is looked up in no list"), did_you_mean(&written, &names));
            table.problem_with_key(&written, complaint);
            continue;
        };
        let Some(RawLookup { list, from, to, encoding: written_encoding }) = raw else { continue };
        let mut table = table.table(&written);
        for key in ["list", "from", "to"] {
            table.require(
                key,
                "Write { list = \"people.csv\", from = \"Teacher\", to = \"user_id\" }, by the list's headings.",
            );
        }
        let path = table.read("list", list.as_deref(), |path| around.base.path(path));
        let from = table.read("from", from.as_deref(), not_blank);
        let to = table.read("to", to.as_deref(), not_blank);
        let encoding = table.read("encoding", written_encoding.as_deref(), encoding);
        if let (Some(path), Some(from), Some(to)) = (path, from, to) {
            lookups.insert(column, Lookup { path, from, to, encoding });
        }
    }
    lookups
}

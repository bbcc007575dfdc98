//! Reads whom a row invites: ids that are whole, and addresses as mail programs write them, each once.

use std::borrow::Cow;

use super::fault::{Faults, no_id, shown};
use super::people::People;
use crate::model::{Column, Invitees, fold};
use crate::table::{Addresses, Row, value};

/// Reads the three cells; a blank one stands for `defaults`.
pub(super) fn read(cells: &Row<'_>, defaults: Option<&Invitees>, people: &People, faults: &mut Faults) -> Invitees {
    let defaulted = |column| defaults.filter(|_| cells.get(column).is_empty());
    let contacts = Column::InviteeContactIds;
    let groups = Column::InviteeGroupIds;
    Invitees {
        contact_ids: match defaulted(contacts) {
            Some(defaults) => defaults.contact_ids.clone(),
            None => ids(&names(cells, contacts, people, faults), contacts, "the contact id", faults),
        },
        group_ids: match defaulted(groups) {
            Some(defaults) => defaults.group_ids.clone(),
            None => ids(&names(cells, groups, people, faults), groups, "the group id", faults),
        },
        emails: match defaulted(Column::InviteeEmails) {
            Some(defaults) => defaults.emails.clone(),
            None => emails(&names(cells, Column::InviteeEmails, people, faults), faults),
        },
    }
}

/// Returns a cell with what its names stand for, where they are looked up in a list.
fn names<'a>(cells: &Row<'a>, column: Column, people: &People, faults: &mut Faults) -> Cow<'a, str> {
    let text = cells.get(column);
    match people.find_all(column, &text) {
        None => text,
        Some(Ok(found)) => Cow::Owned(found.join(";")),
        Some(Err(words)) => {
            faults.of(column, None, words);
            Cow::Borrowed("")
        }
    }
}

fn ids(text: &str, column: Column, noun: &str, faults: &mut Faults) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for id in value::list(text) {
        let id = fold::normal(id);
        if let Some(words) = no_id(&id, noun) {
            faults.of(column, None, words);
        } else if !ids.iter().any(|before| *before == id) {
            ids.push(id.into_owned());
        }
    }
    ids
}

fn emails(text: &str, faults: &mut Faults) -> Vec<String> {
    let Addresses { good, wrong } = Addresses::read(text);
    if let [first, rest @ ..] = &wrong[..] {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        let words = format!("{}{more} cannot be a mail address; separate several by `;` or blanks", shown(first));
        faults.of(Column::InviteeEmails, None, words);
    }
    good
}

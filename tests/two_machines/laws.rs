//! The laws that must hold in the end. They are functions of what was found, so that a test can show of each what breaks it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::by_hand::Item;
use crate::evidence::Evidence;
use crate::machine::titled;
use crate::stage::{PAST, ROOMS, SCHEDULES};
use crate::traffic::Write;

pub const CREATED: i64 = 10;
pub const UPDATED: i64 = 11;
pub const RESET: i64 = 13;
pub const UNCHANGED: i64 = 17;
pub const EXISTS: i64 = 18;
pub const UNKNOWN: i64 = 22;
pub const NOT_RUN: i64 = 23;

impl Evidence {
    /// The laws that are broken, each with what shows it.
    pub fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        self.rows(&mut broken);
        self.in_flight(&mut broken);
        self.turns(&mut broken);
        self.resets(&mut broken);
        self.owners(&mut broken);
        self.policy(&mut broken);
        self.due_times(&mut broken);
        self.mails(&mut broken);
        self.files(&mut broken);
        self.export(&mut broken);
        self.sums(&mut broken);
        broken
    }

    fn effects(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.ledger.iter().filter(move |line| line["kind"] == kind)
    }

    /// Each row is in a run, was made at most once, and is so as its items say; nothing arrived that was not journaled before, and
    /// nothing was sent a second time without a look.
    fn rows(&self, broken: &mut Vec<String>) {
        for row in 0..self.rows {
            let title = titled(row);
            let items: Vec<_> =
                self.items.iter().filter(|item| item.job == "timetable" && item.label == title).collect();
            let count = |kind: &str| self.effects(kind).filter(|line| line["room_name"] == *title).count();
            let (made, arrived) = (count("meeting_created"), count("arrival"));
            if items.is_empty() {
                broken.push(format!("lost: the row `{title}` is in no run"));
            }
            if made > 1 {
                broken.push(format!("made twice: `{title}` was made {made} times"));
            }
            let says = |states: &[i64]| items.iter().any(|item| states.contains(&item.state));
            let states = || items.iter().map(|item| item.state).collect::<Vec<_>>();
            if says(&[CREATED]) && made == 0 {
                broken.push(format!("done and not there: `{title}`"));
            }
            if items.iter().any(|item| item.state == NOT_RUN && item.attempts > 0) {
                broken.push(format!("sent and not run: `{title}`"));
            }
            if self.lost_commits {
                continue;
            }
            if made > 0 && !says(&[CREATED, UNKNOWN]) {
                broken.push(format!("there and not done: `{title}` is {:?}", states()));
            }
            let attempts: usize = items.iter().map(|item| item.attempts).sum();
            if arrived > attempts {
                broken.push(format!(
                    "intent after arrival: `{title}` arrived {arrived} times, and was journaled {attempts} times"
                ));
            }
            self.looked_before_each_second(&title, broken);
        }
    }

    fn looked_before_each_second(&self, title: &str, broken: &mut Vec<String>) {
        let ledger = &self.ledger;
        let is_of_row = |line: &Value| line["kind"] == "arrival" && line["room_name"] == *title;
        let arrivals: Vec<_> = (0..ledger.len()).filter(|at| is_of_row(&ledger[*at])).collect();
        for pair in arrivals.windows(2) {
            let fault = ledger[pair[0]]["fault"].as_str().unwrap_or_default();
            let user = &ledger[pair[0]]["user_id"];
            let is_look =
                |line: &Value| line["kind"] == "look" && line["route"] == "GET /meetings" && line["user_id"] == *user;
            let turned_away = fault.contains("429") || fault.contains("503");
            if !turned_away && !ledger[pair[0]..pair[1]].iter().any(is_look) {
                broken.push(format!("not looked before: `{title}` was sent a second time blindly"));
            }
        }
    }

    /// Nothing is on its way from two machines at once that writes the same thing.
    fn in_flight(&self, broken: &mut Vec<String>) {
        let mut of_thing: BTreeMap<&str, Vec<&Write>> = BTreeMap::new();
        for write in &self.writes {
            of_thing.entry(&write.thing).or_default().push(write);
        }
        for (thing, writes) in of_thing {
            if let Some((one, other)) = overlapping(&writes) {
                broken.push(format!(
                    "in flight from two machines: {thing}, {:?} before the one of {} was over",
                    one.over - other.began,
                    one.machine
                ));
            }
        }
    }

    /// Rooms are written by one machine at a time, and beside no other writer on another.
    fn turns(&self, broken: &mut Vec<String>) {
        let of_rooms: Vec<_> = self.writes.iter().filter(|write| write.thing.contains("/permanent/")).collect();
        let all: Vec<_> = self.writes.iter().collect();
        let found = of_rooms.iter().find_map(|room| all.iter().find(|other| overlap(room, other)).map(|o| (room, o)));
        if let Some((one, other)) = found {
            broken.push(format!(
                "turns: {} wrote {} while {} wrote {}",
                one.machine, one.thing, other.machine, other.thing
            ));
        }
    }

    /// A room is reset as often as runs say so, and besides that at most where they say that they do not know.
    fn resets(&self, broken: &mut Vec<String>) {
        for room in 0..ROOMS {
            let user = format!("u{room:05}");
            let resets: Vec<_> = self.effects("pins_reset").filter(|line| line["user_id"] == *user).collect();
            let Some(name) = resets.first().and_then(|line| line["room_name"].as_str()) else { continue };
            let says = |state| {
                let is_it = |item: &&Item| item.job == "nightly" && item.label.contains(name) && item.state == state;
                self.items.iter().filter(is_it).count()
            };
            let (reset, unknown) = (says(RESET), says(UNKNOWN));
            if !self.lost_commits && !(reset..=reset + unknown).contains(&resets.len()) {
                broken.push(format!(
                    "resets: {name} was reset {} times, and runs say {reset} times and {unknown} times unknown",
                    resets.len()
                ));
            }
        }
    }

    /// The last that each owner was told are the PINs that the room has.
    fn owners(&self, broken: &mut Vec<String>) {
        let mut last: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
        for line in self.effects("pins_reset") {
            let field = |name: &str| line[name].as_str().unwrap();
            last.insert(field("user_id"), (field("mpin"), field("ppin")));
        }
        for (user, (mpin, ppin)) in last {
            let number: usize = user.trim_start_matches('u').parse().unwrap();
            let to = format!("owner{number}@example.org");
            match self.mails.iter().rfind(|mail| mail.to.contains(&to)) {
                None => broken.push(format!("owners: {to} was never told")),
                Some(mail) if mail.text.contains(mpin) && mail.text.contains(ppin) => {}
                Some(_) => broken.push(format!("owners: {to} was told other PINs last than the room has")),
            }
        }
    }

    /// In the end each room is as it is wanted, and was not written again and again.
    fn policy(&self, broken: &mut Vec<String>) {
        let items: Vec<_> = self.items.iter().filter(|item| item.job == "policy").collect();
        let Some(last) = items.last().map(|item| &item.run) else {
            return broken.push("policy: it never ran".to_owned());
        };
        let states: Vec<_> = items.iter().filter(|item| item.run == *last).map(|item| item.state).collect();
        if states.len() != ROOMS || states.iter().any(|state| ![UNCHANGED, UPDATED].contains(state)) {
            broken.push(format!("policy: in the end {states:?}"));
        }
        let said = items.iter().filter(|item| item.state == UPDATED).count();
        let updates = self.effects("room_updated").count();
        if updates < ROOMS || (said > updates && !self.lost_commits) {
            broken.push(format!("policy: rooms were updated {updates} times, and runs say {said} times"));
        }
    }

    /// Each due time was dealt with once: from the first of a job on, none is missing and none is there twice.
    fn due_times(&self, broken: &mut Vec<String>) {
        for (job, every) in SCHEDULES {
            let mut times: BTreeMap<i64, usize> = BTreeMap::new();
            for due in self.dues.iter().filter(|due| due.job == job) {
                *times.entry(due.at).or_default() += 1;
            }
            let twice: Vec<_> = times.iter().filter(|(_, count)| **count > 1).map(|(due, _)| due).collect();
            if !twice.is_empty() {
                broken.push(format!("due twice: {job} at {twice:?}"));
            }
            let within = |due: &&i64| (self.time.0..=self.time.1).contains(*due);
            let (Some(first), Some(last)) = (times.keys().find(within), times.keys().rfind(within)) else { continue };
            let every = every * 1000;
            let missing: Vec<_> = (first / every..last / every)
                .map(|n| n * every)
                .filter(|due| due > first && !times.contains_key(due))
                .collect();
            if !missing.is_empty() && !self.lost_commits {
                broken.push(format!("due and lost: {job} at {missing:?}, between {first} and {last}"));
            }
        }
    }

    /// Each mail that counts as sent came, with its own Message-ID; none was given up; whoever looks after a job was told of each run
    /// that made meetings.
    fn mails(&self, broken: &mut Vec<String>) {
        let came: BTreeSet<_> = self.mails.iter().map(|mail| mail.id.as_str()).collect();
        let has_come = |id: &str| came.iter().any(|came| came.contains(id));
        for letter in &self.letters {
            if letter.state == "sent" && !has_come(&letter.id) {
                broken.push(format!("mails: {} counts as sent, and never came", letter.id));
            }
            if letter.state == "dead" {
                broken.push(format!("mails: {} was given up", letter.id));
            }
        }
        if !self.lost_commits {
            // An owner's mail whose reply was lost may have been superseded since.
            let to_us = self.mails.iter().filter(|mail| mail.to.contains("it@"));
            let strangers: BTreeSet<_> =
                to_us.filter(|mail| !self.letters.iter().any(|letter| mail.id.contains(&letter.id))).collect();
            for mail in strangers {
                broken.push(format!("mails: one came that is in no outbox: {}", mail.id));
            }
        }
        let told: BTreeSet<_> = self.letters.iter().map(|letter| letter.run.as_str()).collect();
        let made: BTreeSet<_> =
            self.items.iter().filter(|item| item.state == CREATED).map(|item| item.run.as_str()).collect();
        for run in made.difference(&told) {
            broken.push(format!("mails: run {run} made meetings, and nobody was told"));
        }
    }

    /// Every dropped file is in exactly one place, with its bytes.
    fn files(&self, broken: &mut Vec<String>) {
        for file in &self.files {
            match file.places.as_slice() {
                [only] if only.starts_with("done/") || only.starts_with("failed/") => {
                    if !file.is_whole {
                        broken.push(format!("files: {only} has other bytes"));
                    }
                }
                others => broken.push(format!("files: {} is in {others:?}", file.name)),
            }
        }
    }

    /// The export has every meeting that was over at the start, once in each revision.
    fn export(&self, broken: &mut Vec<String>) {
        let distinct: BTreeSet<_> = self.exported.iter().collect();
        if distinct.len() < self.exported.len() {
            broken.push("export: a meeting stands there twice in one revision".to_owned());
        }
        let meetings: BTreeSet<_> = self.exported.iter().map(|(id, _)| id).collect();
        if meetings.len() < PAST {
            broken.push(format!("export: {} of {PAST} meetings are in it", meetings.len()));
        }
    }

    fn sums(&self, broken: &mut Vec<String>) {
        if self.open_items != 0 {
            broken.push(format!("sums: {} items are open though no run is", self.open_items));
        }
        if let Some(words) = &self.unsound {
            broken.push(format!("sums: {words}"));
        }
    }
}

fn overlap(one: &Write, other: &Write) -> bool {
    one.machine != other.machine && one.began < other.over && other.began < one.over
}

/// Finds two of these that were on their way at once from two machines, the earlier one first.
fn overlapping<'a>(writes: &[&'a Write]) -> Option<(&'a Write, &'a Write)> {
    let pairs =
        writes.iter().enumerate().flat_map(|(at, one)| writes[at + 1..].iter().map(move |other| (*one, *other)));
    pairs.into_iter().find(|(one, other)| overlap(one, other))
}

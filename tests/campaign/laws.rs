//! The laws that must hold in the end, by the server's ledger, the journal, the folders and the mail server.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use roomkeeper::clock::Timestamp;
use roomkeeper::journal::RunView;
use roomkeeper::model::{ItemFilter, ItemNo, Status};
use serde_json::Value;

use crate::by_hand;
use crate::habits::Habits;
use crate::scene::{PAST, ROOMS, ROWS, Scene, UPCOMING, is_titled, titled};

/// The laws that are broken, each with what shows it.
pub fn broken(scene: &Scene) -> Vec<String> {
    let ledger = scene.site.sandbox.ledger();
    let mut broken = Vec::new();
    meetings(scene, &ledger, &mut broken);
    resets(scene, &ledger, &mut broken);
    owners(scene, &ledger, &mut broken);
    policy(scene, &ledger, &mut broken);
    lobbies(scene, &ledger, &mut broken);
    sums(scene, &mut broken);
    files(scene, &mut broken);
    mails(scene, &mut broken);
    export(scene, &mut broken);
    broken
}

struct Item {
    label: String,
    status: String,
    attempts: u32,
}

/// The items of a kind of job, over all runs.
fn items(scene: &Scene, kind: &str) -> Vec<Item> {
    let runs = scene.site.json(&["history", "--limit", "100000", "--json"]);
    let mut all = Vec::new();
    for run in runs.as_array().unwrap().iter().filter(|run| run["kind"] == kind) {
        let id = run["run"].as_str().unwrap();
        let shown = scene.site.json(&["show", id, "--json"]);
        let attempts = attempts(scene, id);
        for item in shown["items"].as_array().unwrap() {
            all.push(Item {
                label: item["label"].as_str().unwrap().to_owned(),
                status: item["status"].as_str().unwrap_or("open").to_owned(),
                attempts: attempts[&item["item"].as_u64().unwrap()],
            });
        }
    }
    all
}

/// Counts how often each item of a run was journaled as about to be sent.
fn attempts(scene: &Scene, run: &str) -> BTreeMap<u64, u32> {
    let journal = scene.reader().unwrap();
    let run = journal.run(run.parse().unwrap()).unwrap().unwrap();
    let items = journal.items(run.key, ItemFilter::All, ItemNo(0), u32::MAX).unwrap();
    items.into_iter().map(|item| (u64::from(item.item.0), item.attempts)).collect()
}

fn meetings(scene: &Scene, ledger: &[Value], broken: &mut Vec<String>) {
    let rows = scene.dropped.len() * ROWS;
    let items: BTreeMap<_, _> =
        items(scene, "schedule_meetings").into_iter().map(|item| (item.label.clone(), item)).collect();
    for row in 0..rows {
        let title = titled(row);
        let is_of_row = |line: &&Value| line["room_name"].as_str().is_some_and(|name| is_titled(name, &title));
        let of_row = |kind: &str| ledger.iter().filter(|line| line["kind"] == kind).filter(is_of_row).count();
        let (made, arrived) = (of_row("meeting_created"), of_row("arrival"));
        let Some(item) = items.get(&title) else {
            broken.push(format!("lost: the row `{title}` is in no run"));
            continue;
        };
        if made > 1 {
            broken.push(format!("made twice: `{title}` was made {made} times"));
        }
        if item.status == "not_run" && item.attempts > 0 {
            broken.push(format!("sent and not run: `{title}` was sent {} times", item.attempts));
        }
        if item.status == "created" && made == 0 {
            broken.push(format!("done and not there: `{title}`"));
        }
        if matches!(item.status.as_str(), "failed" | "not_run" | "invalid" | "skipped" | "exists" | "unchanged")
            && made > 0
        {
            broken.push(format!("there and not done: `{title}` is {}", item.status));
        }
        if arrived > usize::try_from(item.attempts).unwrap() {
            broken.push(format!(
                "intent after arrival: `{title}` arrived {arrived} times, and was journaled {} times",
                item.attempts
            ));
        }
        looked_before_each_second(ledger, &title, broken);
    }
}

/// Between two requests that schedule a row's meeting, its user's meetings were looked at; but where the server said that it
/// would not take the first.
fn looked_before_each_second(ledger: &[Value], title: &str, broken: &mut Vec<String>) {
    let arrivals: Vec<_> =
        (0..ledger.len()).filter(|at| ledger[*at]["kind"] == "arrival" && ledger[*at]["room_name"] == *title).collect();
    for pair in arrivals.windows(2) {
        let turned_away =
            ledger[pair[0]]["fault"].as_str().is_some_and(|fault| fault.contains("429") || fault.contains("503"));
        let user = &ledger[pair[0]]["user_id"];
        let of_user =
            |line: &Value| line["kind"] == "look" && line["route"] == "GET /meetings" && line["user_id"] == *user;
        let looked = ledger[pair[0]..pair[1]].iter().any(of_user);
        if !looked && !turned_away {
            broken.push(format!("not looked before: `{title}` was sent a second time blindly"));
        }
    }
}

/// A run that has ended: when, and what it says of each room.
struct Told {
    from: Timestamp,
    until: Timestamp,
    of_room: BTreeMap<String, String>,
}

/// The runs of a kind of job, oldest first.
fn told(scene: &Scene, kind: &str) -> Vec<Told> {
    let runs = scene.site.json(&["history", "--limit", "100000", "--json"]);
    let time = |value: &Value| Timestamp::from_rfc3339(value.as_str().unwrap()).unwrap();
    let mut all: Vec<_> = runs
        .as_array()
        .unwrap()
        .iter()
        .filter(|run| run["kind"] == kind)
        .map(|run| {
            let shown = scene.site.json(&["show", run["run"].as_str().unwrap(), "--json"]);
            let of_room = shown["items"].as_array().unwrap().iter().map(|item| {
                let status = item["status"].as_str().unwrap_or("open").to_owned();
                (item["label"].as_str().unwrap().to_owned(), status)
            });
            Told { from: time(&run["started"]), until: time(&run["ended"]), of_room: of_room.collect() }
        })
        .collect();
    all.sort_by_key(|told| told.from);
    all
}

/// A room is reset at most once in a run, exactly once where the run says so, and not at all where it says that it was not. What
/// a run calls unknown may happen up to a moment after its end.
fn resets(scene: &Scene, ledger: &[Value], broken: &mut Vec<String>) {
    let runs = told(scene, "rotate_pins");
    let late = Duration::from_secs(1);
    let mut of_room: BTreeMap<&str, Vec<Timestamp>> = BTreeMap::new();
    for line in ledger.iter().filter(|line| line["kind"] == "pins_reset") {
        let at = Timestamp::from_rfc3339(line["at"].as_str().unwrap()).unwrap();
        of_room.entry(line["room_name"].as_str().unwrap()).or_default().push(at);
    }
    for (room, times) in &of_room {
        let mut accounted = 0;
        let mut unknown_before = false;
        for run in &runs {
            let within = times.iter().filter(|at| **at >= run.from && **at <= run.until).count();
            let status = run.of_room.iter().find(|(label, _)| label.contains(room)).map(|(_, status)| status.as_str());
            let fits = match status {
                Some("reset") => within == 1 || (unknown_before && within == 2),
                Some("unknown") => within <= 1 + usize::from(unknown_before),
                _ => within <= usize::from(unknown_before),
            };
            if !fits {
                broken.push(format!("resets: {room} was reset {within} times in a run that says {status:?}"));
            }
            accounted += within;
            unknown_before = status == Some("unknown");
            if unknown_before {
                accounted += times.iter().filter(|at| **at > run.until && **at <= run.until.plus(late)).count();
            }
        }
        if accounted < times.len() {
            broken.push(format!("resets: {room} was reset {} times, in runs only {accounted} times", times.len()));
        }
    }
}

/// The last that each owner was told are the PINs that the room has, as far as a run that succeeded says.
fn owners(scene: &Scene, ledger: &[Value], broken: &mut Vec<String>) {
    let mut last: BTreeMap<String, (&str, &str)> = BTreeMap::new();
    for line in ledger.iter().filter(|line| line["kind"] == "pins_reset") {
        let pins = (line["mpin"].as_str().unwrap(), line["ppin"].as_str().unwrap());
        last.insert(line["user_id"].as_str().unwrap().to_owned(), pins);
    }
    let mails = scene.mails();
    for (user, (mpin, ppin)) in last {
        let number: usize = user.trim_start_matches('u').parse().unwrap();
        let to = format!("owner{number}@example.org");
        let Some(mail) = mails.iter().rfind(|mail| mail.to.iter().any(|one| one.contains(&to))) else {
            broken.push(format!("owners: {to} was never told"));
            continue;
        };
        let text = String::from_utf8_lossy(&mail.bytes).replace("=\r\n", "");
        if !text.contains(scene.habits.pin(mpin)) || !text.contains(scene.habits.pin(ppin)) {
            broken.push(format!("owners: {to} was told other PINs last than the room has"));
        }
    }
    let dead = scene.reader().unwrap().outbox().unwrap().dead;
    if dead != 0 {
        broken.push(format!("mails: {dead} were given up"));
    }
}

/// The most writes of a room or a lobby that is to be written once.
const ARRIVALS_MOST: usize = 5;

/// In the end each room of the list was brought to policy, and none of it twice: the same is not sent again once it is there.
fn policy(scene: &Scene, ledger: &[Value], broken: &mut Vec<String>) {
    let runs = told(scene, "sync_rooms");
    let Some(last) = runs.last() else { return broken.push("policy: it never ran".to_owned()) };
    if last.of_room.len() != ROOMS || last.of_room.values().any(|status| status != "unchanged" && status != "updated") {
        broken.push(format!("policy: in the end {:?}", last.of_room));
    }
    for room in last.of_room.keys() {
        let updates =
            ledger.iter().filter(|line| line["kind"] == "room_updated" && line["room_name"] == room.as_str()).count();
        let said = runs.iter().filter(|run| run.of_room.get(room).is_some_and(|status| status == "updated")).count();
        // One that is brought to policy is left alone, in whatever form the server keeps it; a request may arrive late, though.
        if updates == 0 || said > updates || updates > ARRIVALS_MOST {
            broken.push(format!("policy: {room} was updated {updates} times, and runs say {said} times"));
        }
    }
}

/// Every meeting to come has one lobby, which greets with the meeting's own name. It was made once, or taken away before it was made
/// again where the server reads no changes.
fn lobbies(scene: &Scene, ledger: &[Value], broken: &mut Vec<String>) {
    if scene.habits == Habits::OneFile {
        return dropped(scene, broken);
    }
    let mut shown: BTreeMap<&str, (&str, Option<&Value>)> = BTreeMap::new();
    let mut written: BTreeMap<&str, usize> = BTreeMap::new();
    for line in ledger.iter().filter(|line| line["kind"].as_str().is_some_and(|kind| kind.starts_with("lobby_"))) {
        let (meeting, name) = (line["meeting_id"].as_str().unwrap(), line["room_name"].as_str().unwrap());
        let (_, before) = shown.get(meeting).copied().unwrap_or((name, None));
        let kind = line["kind"].as_str().unwrap();
        let now = (kind != "lobby_removed").then(|| &line["lobby"]["messages"]);
        shown.insert(meeting, (name, now));
        *written.entry(meeting).or_default() += usize::from(now.is_some());
        if kind == "lobby_added" && before.is_some() {
            broken.push(format!("lobbies: that of {meeting} was made though it was there"));
        }
        if kind == "lobby_removed" && !scene.habits.replaces() {
            broken.push(format!("lobbies: that of {meeting} was taken away though the server reads changes"));
        }
        let may_say = Habits::greetings(name).map(|greeting| serde_json::json!([greeting]));
        if now.is_some_and(|now| !may_say.contains(now)) {
            broken.push(format!("lobbies: {meeting} has {}", line["lobby"]));
        }
    }
    for (meeting, (name, now)) in &shown {
        let [.., last] = Habits::greetings(name);
        if *now != Some(&serde_json::json!([last])) {
            broken.push(format!("lobbies: {meeting} shows {now:?} in the end"));
        }
        // Of three texts in turn, each may come twice.
        if written[meeting] > 2 * ARRIVALS_MOST {
            broken.push(format!("lobbies: that of {meeting} was written {} times", written[meeting]));
        }
    }
    if shown.len() < UPCOMING {
        broken.push(format!("lobbies: {} meetings have one, and {UPCOMING} were to come at the start", shown.len()));
    }
}

/// A picture that the server drops each time is never called a success.
fn dropped(scene: &Scene, broken: &mut Vec<String>) {
    let items = items(scene, "refresh_lobby");
    for item in items.iter().filter(|item| matches!(item.status.as_str(), "added" | "updated" | "unchanged")) {
        broken.push(format!("lobbies: that of {} is {} without its second picture", item.label, item.status));
    }
    if !items.iter().any(|item| item.status == "failed") {
        broken.push("lobbies: no run says that a picture was dropped".to_owned());
    }
}

fn sums(scene: &Scene, broken: &mut Vec<String>) {
    let checked = scene.site.run(&["journal", "check"]);
    if checked.code != 0 {
        broken.push(format!("sums: {}", checked.out));
    }
    let journal = scene.reader().unwrap();
    let tallies = journal.runs().unwrap().into_iter().map(|run| journal.tally(run.key).unwrap());
    let open: u64 = tallies.map(|tally| tally.pending + tally.settling).sum();
    if open != 0 {
        broken.push(format!("sums: {open} items are open though no run is"));
    }
}

/// Every dropped file is in exactly one place, with its bytes.
fn files(scene: &Scene, broken: &mut Vec<String>) {
    for (name, text) in &scene.dropped {
        let stem = name.strip_suffix(".csv").unwrap();
        let mut places = Vec::new();
        for folder in ["", "processing", "done", "failed"] {
            let is_it = |other: &String| {
                other.starts_with(&format!("{stem}.")) && !other.contains(".results.") && !other.contains(".retry.")
            };
            places.extend(scene.site.files(folder).into_iter().filter(is_it).map(|name| format!("{folder}/{name}")));
        }
        match places.as_slice() {
            [only] if only.starts_with("done/") || only.starts_with("failed/") => {
                let bytes = std::fs::read_to_string(scene.site.path("inbox").join(only)).unwrap();
                if bytes != *text {
                    broken.push(format!("files: {only} has other bytes"));
                }
            }
            others => broken.push(format!("files: {name} is in {others:?}")),
        }
    }
}

/// Each mail that was sent came at least once, and a mail that came more than once had one Message-ID; each run that changed
/// something was told about.
fn mails(scene: &Scene, broken: &mut Vec<String>) {
    let id = |mail: &crate::smtp::Received| {
        let text = String::from_utf8_lossy(&mail.bytes).into_owned();
        text.lines().find(|line| line.to_lowercase().starts_with("message-id:")).unwrap().to_owned()
    };
    let came: BTreeSet<_> = scene.mails().iter().map(id).map(|line| line.replace('-', "").to_lowercase()).collect();
    let outbox = by_hand::mails(&scene.site.path("state"));
    let outbox: Vec<_> = outbox.into_iter().map(|mail| (mail.id.simple().to_string(), mail.state)).collect();
    for (id, state) in &outbox {
        if state == "sent" && !came.iter().any(|line| line.contains(id)) {
            broken.push(format!("mails: {id} counts as sent, and never came"));
        }
    }
    // An owner's mail whose reply was lost may have been superseded since, and is in no outbox any more.
    let to_us: Vec<_> = scene.mails().into_iter().filter(|mail| mail.to.iter().any(|to| to.contains("it@"))).collect();
    let to_us: BTreeSet<_> = to_us.iter().map(id).map(|line| line.replace('-', "").to_lowercase()).collect();
    for line in to_us.iter().filter(|line| !outbox.iter().any(|(id, _)| line.contains(id))) {
        broken.push(format!("mails: one came that is in no outbox: {line}"));
    }
    let journal = scene.reader().unwrap();
    let made_meetings = |run: &RunView| run.counts.get(Status::Created) > 0;
    let untold = |run: &RunView| journal.letters_of(run.key).unwrap().is_empty();
    let untold = journal.runs().unwrap().into_iter().filter(|run| made_meetings(run) && untold(run)).count();
    if untold != 0 {
        broken.push(format!("mails: {untold} runs made meetings, and nobody was told"));
    }
}

/// The export has every meeting that was over at the start, once in each revision.
fn export(scene: &Scene, broken: &mut Vec<String>) {
    let Ok(text) = std::fs::read_to_string(scene.site.path("exports/meetings.csv")) else {
        return broken.push("export: there is none".to_owned());
    };
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut seen = BTreeSet::new();
    for row in reader.records() {
        match row {
            Ok(row) => {
                if !seen.insert((row[0].to_owned(), row[1].to_owned())) {
                    broken.push(format!("export: {} stands there twice in revision {}", &row[0], &row[1]));
                }
            }
            Err(error) => broken.push(format!("export: {error}")),
        }
    }
    let meetings: BTreeSet<_> = seen.iter().map(|(id, _)| id).collect();
    let made_since: BTreeSet<_> =
        scene.site.sandbox.ledger().iter().filter_map(|line| line["meeting_id"].as_str().map(str::to_owned)).collect();
    // Those of the start are in no ledger.
    let others = meetings.iter().filter(|id| !made_since.contains(id.as_str())).count();
    if others > PAST {
        broken.push(format!("export: {others} meetings are in it that were over at the start, and there were {PAST}"));
    }
    if meetings.len() < PAST {
        broken.push(format!("export: {} of {PAST} meetings are in it", meetings.len()));
    }
}

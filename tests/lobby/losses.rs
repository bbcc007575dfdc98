//! Replies that are lost, and a process that is killed: every lobby is put once all the same.

use roomkeeper::sandbox::EffectKind;

use crate::refreshing::{LOSSES, LobbyEffects, NO_EFFECTS, with_upcoming};
use crate::site::{Chance, Site, Writes, wait_until};

const MEETINGS: u64 = 200;

/// Seeded moments, by how many writes had arrived by then; and one before the first, and one after the last.
fn moments() -> Vec<u64> {
    let mut chance = Chance::new(9);
    let mut moments: Vec<u64> = (0..4).map(|_| chance.below(MEETINGS)).collect();
    moments.extend([0, MEETINGS]);
    moments.sort_unstable();
    moments
}

/// Runs the job with a kill at every moment, and then to its end.
fn killed_again_and_again(site: &Site) {
    let began: u64 = site.writes().total();
    for moment in moments() {
        let mut child = site.start_refresh();
        wait_until("its moment has come", || site.writes().total() >= began + moment || child.ended().is_some());
        child.kill();
    }
    assert_eq!(site.refresh().code, 0);
}

#[test]
fn killed_at_six_moments_each_lobby_with_its_file_is_put_once() {
    let site = with_upcoming(usize::try_from(MEETINGS).unwrap());
    site.write("waiting.mp3", "the first sound");
    site.configure_job("lobby = { messages = ['Welcome to {room_name}'], audio = 'waiting.mp3' }");
    site.script(LOSSES);
    killed_again_and_again(&site);
    assert_eq!(site.lobby_effects(), LobbyEffects { added: 200, ..NO_EFFECTS });

    // Another sound under the same name.
    site.write("waiting.mp3", "the second sound");
    killed_again_and_again(&site);
    assert_eq!(site.lobby_effects(), LobbyEffects { added: 200, updated: 200, ..NO_EFFECTS });
    let once = [EffectKind::LobbyAdded, EffectKind::LobbyUpdated];
    assert!(site.effects_by_meeting().values().all(|kinds| *kinds == once));
    let second = format!("{}.mp3", blake3::hash(b"the second sound").to_hex());
    assert!(site.meetings().iter().all(|m| m.lobby.as_ref().unwrap().audio.as_ref().unwrap().ends_with(&second)));

    let again = site.refresh();
    again.expect(&[("unchanged", 200)]);
    assert_eq!(again.sent, Writes::NONE);
    let history = site.run(&["history", "--json", "--limit", "100"]).json();
    for run in history.as_array().unwrap() {
        let counts = run["counts"].as_object().unwrap();
        assert_eq!(run["outcome"], "succeeded", "{run}");
        assert!(counts.keys().all(|status| ["added", "updated", "unchanged"].contains(&status.as_str())), "{run}");
    }
}

#[test]
fn a_lost_reply_is_looked_for_before_anything_is_sent_again() {
    for (kind, sent) in [
        ("reset_after", 1),
        ("http_500_after", 1),
        ("truncated_json", 1),
        ("empty_result_0_after", 1),
        ("reset_before", 2),
        ("http_500_before", 2),
    ] {
        let site = with_upcoming(1);
        let fault = |method: &str| site.script(&format!("[[fault]]\nmatch = '{method}'\nkind = '{kind}'\nfirst = 1"));
        site.write("waiting.mp3", "one");
        site.configure_job("lobby = { audio = 'waiting.mp3' }");
        fault("POST");
        let added = site.refresh();
        added.expect(&[("added", 1)]);
        assert_eq!(
            (added.sent, site.lobby_effects()),
            (Writes::posts(sent), LobbyEffects { added: 1, ..NO_EFFECTS }),
            "{kind}"
        );

        site.write("waiting.mp3", "two");
        fault("PATCH");
        let updated = site.refresh();
        updated.expect(&[("updated", 1)]);
        assert_eq!(
            (updated.sent, site.lobby_effects()),
            (Writes::patches(sent), LobbyEffects { added: 1, updated: 1, ..NO_EFFECTS }),
            "{kind}"
        );

        site.script("");
        let again = site.refresh();
        again.expect(&[("unchanged", 1)]);
        assert_eq!(again.sent, Writes::NONE, "{kind}");

        site.configure_job("lobby = { remove = true }");
        fault("DELETE");
        let removed = site.refresh();
        removed.expect(&[("removed", 1)]);
        assert_eq!(
            (removed.sent, site.lobby_effects()),
            (Writes::deletes(sent), LobbyEffects { added: 1, updated: 1, removed: 1 }),
            "{kind}"
        );
    }
}

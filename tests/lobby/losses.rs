//! Replies that are lost, and a process that is killed: every lobby is put once all the same.

use roomkeeper::sandbox::EffectKind;

use super::world::{LOSSES, World, wait_for};

const MEETINGS: u64 = 200;

/// Seeded moments, by how many writes had arrived by then; and one before the first, and one after the last.
fn moments() -> Vec<u64> {
    let mut state = 9_u64;
    let mut moments: Vec<u64> = (0..4)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % MEETINGS
        })
        .collect();
    moments.extend([0, MEETINGS]);
    moments.sort_unstable();
    moments
}

/// Runs the job with a kill at every moment, and then to its end.
fn killed_again_and_again(world: &World) {
    let began: u64 = world.writes().iter().sum();
    for moment in moments() {
        let mut child = world.start_refresh();
        wait_for(|| world.writes().iter().sum::<u64>() >= began + moment || child.try_wait().unwrap().is_some());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(world.refresh().code, 0);
}

#[test]
fn killed_at_six_moments_each_lobby_with_its_file_is_put_once() {
    let world = World::with_upcoming(usize::try_from(MEETINGS).unwrap());
    world.write("waiting.mp3", "the first sound");
    world.configure("lobby = { messages = ['Welcome to {room_name}'], audio = 'waiting.mp3' }");
    world.script(LOSSES);
    killed_again_and_again(&world);
    assert_eq!(world.lobby_effects(), [200, 0, 0]);

    // Another sound under the same name.
    world.write("waiting.mp3", "the second sound");
    killed_again_and_again(&world);
    assert_eq!(world.lobby_effects(), [200, 200, 0]);
    let once = [EffectKind::LobbyAdded, EffectKind::LobbyUpdated];
    assert!(world.effects_by_meeting().values().all(|kinds| *kinds == once));
    let second = format!("{}.mp3", blake3::hash(b"the second sound").to_hex());
    assert!(world.meetings().iter().all(|m| m.lobby.as_ref().unwrap().audio.as_ref().unwrap().ends_with(&second)));

    let again = world.refresh();
    again.expect(&[("unchanged", 200)]);
    assert_eq!(again.sent, [0, 0, 0]);
    let history = world.run(&["history", "--json", "--limit", "100"]).json();
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
        let world = World::with_upcoming(1);
        let fault = |method: &str| world.script(&format!("[[fault]]\nmatch = '{method}'\nkind = '{kind}'\nfirst = 1"));
        world.write("waiting.mp3", "one");
        world.configure("lobby = { audio = 'waiting.mp3' }");
        fault("POST");
        let added = world.refresh();
        added.expect(&[("added", 1)]);
        assert_eq!((added.sent, world.lobby_effects()), ([sent, 0, 0], [1, 0, 0]), "{kind}");

        world.write("waiting.mp3", "two");
        fault("PATCH");
        let updated = world.refresh();
        updated.expect(&[("updated", 1)]);
        assert_eq!((updated.sent, world.lobby_effects()), ([0, sent, 0], [1, 1, 0]), "{kind}");

        world.script("");
        let again = world.refresh();
        again.expect(&[("unchanged", 1)]);
        assert_eq!(again.sent, [0, 0, 0], "{kind}");

        world.configure("lobby = { remove = true }");
        fault("DELETE");
        let removed = world.refresh();
        removed.expect(&[("removed", 1)]);
        assert_eq!((removed.sent, world.lobby_effects()), ([0, 0, sent], [1, 1, 1]), "{kind}");
    }
}

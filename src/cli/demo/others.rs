//! Plays the second part of the demonstration: the kinds of job that look after rooms, lobbies and the meetings that took place.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use super::stage::{ROOMS, Stage};
use super::verdict::Verdict;
use super::voice::{Voice, lines, say};
use super::{SHOWN, all, found, letter, read, stopped_early};
use crate::cli::args::Run;
use crate::cli::context::Context;
use crate::cli::{ExitCode, Failure, run};
use crate::sandbox::EffectKind;

/// Shows each of the other kinds once, and that a second run changes nothing.
pub(super) async fn play(
    stage: &Stage,
    context: &Context,
    stopped: &CancellationToken,
    voice: &mut Voice,
    verdict: &mut Verdict,
) -> Result<(), Failure> {
    voice.heading("New PINs for the permanent rooms");
    say("The job `nightly` resets the PINs of the rooms in a list, reads each room back, and mails every owner their");
    say("own PINs. The server loses its reply to one of the resets: the room is read to see whether it was reset.");
    lines(&read(&stage.path("rooms.csv"))?, SHOWN);
    let before = pins(stage);
    verdict.expect(go(context, stopped, voice, "nightly").await? == ExitCode::Done, "the PINs of every room are reset");
    verdict.expect(effects(stage, EffectKind::PinsReset) == ROOMS, "each room is reset exactly once");
    let after = pins(stage);
    verdict.expect(before.iter().all(|(room, pins)| after.get(room) != Some(pins)), "every room has other PINs");
    let sheet = read(&found(stage, "pins", ".csv")?)?;
    let told = after.values().filter(|(moderator, _)| sheet.contains(moderator.as_str())).count();
    verdict.expect(told == ROOMS, "the PIN sheet has the PINs that the server has");
    say("\nThe PIN sheet, which only roomkeeper's own user can read:");
    lines(&sheet, SHOWN);
    show_owners_mail(stage, verdict)?;

    voice.heading("The rooms as the policy wants them");
    say("The job `policy` says that people knock and that a room has 40 seats. Only what differs is sent.");
    verdict
        .expect(go(context, stopped, voice, "policy").await? == ExitCode::Done, "the rooms are brought to the policy");
    verdict.expect(
        stage.sandbox.snapshot().rooms.iter().filter(|room| room.knock && room.participants == 40).count() >= ROOMS,
        "the server's rooms are as the policy wants them",
    );

    voice.heading("The lobbies of the coming meetings");
    say("What people see before the meeting begins: two messages, with the title and the start of each meeting.");
    verdict
        .expect(go(context, stopped, voice, "welcome").await? == ExitCode::Done, "every coming meeting gets its lobby");
    let lobbies = effects(stage, EffectKind::LobbyAdded);

    voice.heading("The meetings that took place");
    verdict.expect(
        go(context, stopped, voice, "history").await? == ExitCode::Done,
        "the meetings that took place are exported",
    );
    let export = read(&stage.path("exports/meetings.csv"))?;
    verdict.expect(export.lines().count() > 1, "the export has the meetings that took place");
    lines(&export, 6);

    voice.heading("All of them again");
    say("Nothing has changed, so nothing is sent, and no meeting is exported twice.");
    let writes = stage.sandbox.effects().len();
    for job in ["policy", "welcome", "history"] {
        verdict.expect(go(context, stopped, voice, job).await? == ExitCode::Done, "the same again succeeds");
    }
    verdict.expect(stage.sandbox.effects().len() == writes, "the same again changes nothing on the server");
    verdict.expect(effects(stage, EffectKind::LobbyAdded) == lobbies, "no lobby is made twice");
    verdict.expect(read(&stage.path("exports/meetings.csv"))? == export, "no meeting is exported twice");
    Ok(())
}

/// Shows the mail that the first room's owner got, and that no other room is in it.
fn show_owners_mail(stage: &Stage, verdict: &mut Verdict) -> Result<(), Failure> {
    for path in all(stage, "state/mail", ".eml")? {
        let mail = read(&path)?;
        if mail.contains("owner0@example.org") {
            say("\nThe mail to the first room's owner, as it was sent:");
            match letter::words(&mail) {
                Some((subject, text)) => {
                    let own = pins(stage).remove("u00000").unwrap_or_default().0;
                    verdict.expect(text.contains(&own), "an owner's mail has their room's new PIN");
                    lines(&format!("Subject: {subject}\n\n{text}"), usize::MAX);
                }
                None => verdict.expect(false, "the owner's mail has a text that can be read"),
            }
            return Ok(());
        }
    }
    verdict.expect(false, "the first room's owner got a mail");
    Ok(())
}

/// Runs a job as `roomkeeper run` does.
async fn go(context: &Context, stopped: &CancellationToken, voice: &Voice, job: &str) -> Result<ExitCode, Failure> {
    voice.command(&format!("roomkeeper run {job}"));
    let job = job.parse().map_err(|_| Failure::failed(format!("{job} is no job")))?;
    let code = run::run(context, &Run { job, dry_run: false, again: false, json: false }).await?;
    if stopped.is_cancelled() {
        return Err(stopped_early());
    }
    say(&format!("(exit code {})", code as u8));
    Ok(code)
}

fn effects(stage: &Stage, kind: EffectKind) -> usize {
    stage.sandbox.effects().iter().filter(|effect| effect.kind == kind).count()
}

/// Returns the PINs of the listed rooms, by user.
fn pins(stage: &Stage) -> BTreeMap<String, (String, String)> {
    let listed = |user: &str| (0..ROOMS).any(|n| user == format!("u{n:05}"));
    let rooms = stage.sandbox.snapshot().rooms.into_iter().filter(|room| listed(&room.user_id));
    rooms.map(|room| (room.user_id, (room.mpin, room.ppin))).collect()
}

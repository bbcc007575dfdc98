//! `roomkeeper demo`: shows on a simulated server, in a folder of its own, what roomkeeper does and what it promises; and
//! fails where a promise was not kept.

mod letter;
mod others;
mod stage;
mod timetable;
mod verdict;
mod voice;
mod workbook;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::args::{Demo, History, Import};
use super::context::Context;
use super::{ExitCode, Failure, history, import};
use crate::clock::SystemClock;
use crate::config::Environment;
use stage::Stage;
use verdict::{Deeds, Verdict, each_once};
use voice::{Voice, lines, say};

/// Lines that are shown of a file.
const SHOWN: usize = 14;

pub(super) async fn run(args: &Demo) -> Result<ExitCode, Failure> {
    let stopped = CancellationToken::new();
    let _listening = listen(&stopped)?;
    let stage = Stage::set(args.keep.as_deref()).await?;
    let context = Context {
        path: stage.path("config.toml"),
        environment: Environment::of_process(),
        clock: Arc::new(SystemClock),
        log_is_json: false,
        loaded: OnceLock::new(),
    };
    let played = play(&stage, &context, &stopped).await;
    let kept = stage.kept().map(Path::to_owned);
    let cleared = stage.clear().await;
    let verdict = played?;
    cleared?;
    if verdict.broken().is_empty() {
        look_next(kept.as_deref());
        return Ok(ExitCode::Done);
    }
    Err(Failure::failed(format!("not everything was as it should be:\n  {}", verdict.broken().join("\n  "))))
}

/// Shows it all.
async fn play(stage: &Stage, context: &Context, stopped: &CancellationToken) -> Result<Verdict, Failure> {
    let mut voice = Voice::new();
    let mut verdict = Verdict::default();
    say("roomkeeper makes meetings from timetables, and looks after rooms and lobbies. This shows it on a simulated");
    say("server in this program: no account is needed, and nothing leaves this machine.");

    let zone = context.config()?.timezone.clone();
    let now = context.clock.now();
    voice.heading("The configuration");
    say("One file says where the server is, who gets the mail, and what each job does.");
    lines(&read(&context.path)?, usize::MAX);

    voice.heading("The timetable");
    say("A row for each meeting. Four of the twelve have a mistake, as people make them.");
    let first = stage.write("timetable.csv", timetable::first(now, &zone))?;
    lines(&read(&first)?, SHOWN);

    let there_before = meetings(stage);
    voice.heading("The import");
    say("The server is set to lose its reply to one request, and to answer another with an error page.");
    say("roomkeeper asks the server what became of both before it sends anything again.");
    let (code, results) = hand_in(stage, context, stopped, &voice, &first, "results").await?;
    let after_first = Deeds::of(&stage.sandbox);
    let right = timetable::ROWS - timetable::MISTAKES;
    verdict.expect(code == ExitCode::Partial, "the import of a timetable with mistakes ends with exit code 3");
    verdict.expect(after_first.created == right, "each row without a mistake makes one meeting");
    verdict.expect(after_first.asked > right as u64, "a request that had no effect is sent again");
    say(&format!(
        "\n{} requests made {} meetings: one request had no effect and was sent again; where only the reply was lost, the\n\
         meeting was found on the server, and no second one made.",
        after_first.asked, after_first.created
    ));

    voice.heading("The results file");
    say("A line for each row: what became of it, the meeting, its link and PINs; then the row's own columns.");
    lines(&read(&results)?, 8);

    voice.heading("The retry file");
    say("Only the rows that did not succeed, the reason in front: to be corrected and handed in as it is.");
    lines(&read(&found(stage, "results", ".retry.csv")?)?, SHOWN);

    voice.heading("The mail");
    say("No mail server is configured, so the mail is a file in the folder of the journal. It says:");
    let mail = read(&found(stage, "state/mail", ".eml")?)?;
    match letter::words(&mail) {
        Some((subject, text)) => lines(&format!("Subject: {subject}\n\n{text}"), usize::MAX),
        None => verdict.expect(false, "the mail has a text that can be read"),
    }

    voice.heading("The same file again");
    say("Nothing is sent for a row that is done.");
    let (code, _) = hand_in(stage, context, stopped, &voice, &first, "results-again").await?;
    verdict.expect(code == ExitCode::Partial, "the same mistakes are told again");
    verdict.expect(Deeds::of(&stage.sandbox) == after_first, "the same file again sends nothing");

    voice.heading("The corrected file");
    say("The four mistakes are corrected, and the first row (TT-01) begins two hours later. Since it has the");
    say("same `ref`, its meeting is changed and no second one made.");
    let text = timetable::corrected(now, &zone);
    let corrected = stage.write("corrected.csv", &text)?;
    let (code, results) = hand_in(stage, context, stopped, &voice, &corrected, "results-corrected").await?;
    let at_last = Deeds::of(&stage.sandbox);
    verdict.expect(code == ExitCode::Done, "the corrected timetable succeeds");
    verdict.expect(at_last.created == timetable::ROWS, "each corrected row makes one meeting");
    verdict.expect(at_last.edited == 1, "the row that was moved changes one meeting");
    verdict.expect(
        each_once(&results, &stage.sandbox, &there_before)?,
        "the server has each row's meeting once, and no other",
    );
    if verdict.broken().is_empty() {
        say(&format!(
            "\nThe server's own list was compared with the results: {} rows, {} meetings, each once.",
            timetable::ROWS,
            at_last.created
        ));
    }

    voice.heading("The same rows out of a spreadsheet");
    say("A workbook is taken as it is, whatever form its dates are shown in. Its results are a workbook, too.");
    let book = stage.write("corrected.xlsx", workbook::of(&text)?)?;
    let (code, results) = hand_in(stage, context, stopped, &voice, &book, "results-workbook").await?;
    verdict.expect(code == ExitCode::Done, "the workbook succeeds");
    verdict.expect(Deeds::of(&stage.sandbox) == at_last, "the same rows in a workbook send nothing");
    verdict.expect(results.extension().is_some_and(|ending| ending == "xlsx"), "a workbook's results are a workbook");

    others::play(stage, context, stopped, &mut voice, &mut verdict).await?;

    voice.heading("The history");
    voice.command("roomkeeper history");
    let args = History { job: None, problems: false, since: None, limit: 20, json: false };
    history::run(context, &args).await?;
    Ok(verdict)
}

/// Returns the meetings that the server has.
fn meetings(stage: &Stage) -> BTreeSet<String> {
    stage.sandbox.snapshot().meetings.into_iter().map(|meeting| meeting.meeting_id).collect()
}

/// Imports a file as `roomkeeper import` does, and tells its exit code and where its results are.
async fn hand_in(
    stage: &Stage,
    context: &Context,
    stopped: &CancellationToken,
    voice: &Voice,
    file: &Path,
    output: &str,
) -> Result<(ExitCode, PathBuf), Failure> {
    let folder = stage.make_folder(output)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    voice.command(&format!("roomkeeper import {name} --output {output}"));
    let args = Import { files: vec![file.to_owned()], job: None, output: Some(folder), dry_run: false, json: false };
    let code = import::run(context, args).await?;
    if stopped.is_cancelled() {
        return Err(stopped_early());
    }
    say(&format!("(exit code {})", code as u8));
    let ending = file.extension().unwrap_or_default().to_string_lossy();
    Ok((code, found(stage, output, &format!(".results.{ending}"))?))
}

fn stopped_early() -> Failure {
    Failure::new(ExitCode::Partial, "the demonstration was stopped")
}

fn look_next(kept: Option<&Path>) {
    say("");
    match kept {
        Some(folder) => {
            let folder = folder.display();
            say(&format!("Everything is in {folder}. To look around, and to go on:"));
            say(&format!("  roomkeeper --config {folder}/config.toml history"));
            say("  roomkeeper sandbox            in another terminal: a server for this configuration, empty at first");
            say(&format!("  roomkeeper --config {folder}/config.toml import YOUR.csv"));
        }
        None => {
            say("All was as it should be, and nothing of it is left behind. Where to look next:");
            say("  roomkeeper demo --keep DIR    the same, and all files stay in DIR");
            say("  roomkeeper --help             the commands");
            say("  README.md                     the first configuration of your own, and what a row means");
            say("  config.toml.example           every setting with its default");
        }
    }
}

/// Returns the first file of a folder whose name ends so.
fn found(stage: &Stage, folder: &str, ending: &str) -> Result<PathBuf, Failure> {
    let absent = || Failure::failed(format!("there is no file *{ending} in {}", stage.path(folder).display()));
    all(stage, folder, ending)?.into_iter().next().ok_or_else(absent)
}

/// Returns the files of a folder whose names end so.
fn all(stage: &Stage, folder: &str, ending: &str) -> Result<Vec<PathBuf>, Failure> {
    let folder = stage.path(folder);
    let unread = |error: std::io::Error| Failure::failed(format!("{} cannot be read: {error}", folder.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        if path.to_string_lossy().ends_with(ending) {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::failed(format!("{} cannot be read: {error}", path.display())))
}

/// Notes the request to stop, from before there is anything to clear away. A running import hears the signal too, and ends in
/// order.
fn listen(stopped: &CancellationToken) -> Result<AbortOnDropHandle<()>, Failure> {
    let hear = |kind| signal(kind).map_err(|error| Failure::failed(format!("signals cannot be handled: {error}")));
    let (mut interrupt, mut terminate) = (hear(SignalKind::interrupt())?, hear(SignalKind::terminate())?);
    let mut hangup = hear(SignalKind::hangup())?;
    let stopped = stopped.clone();
    Ok(AbortOnDropHandle::new(tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        stopped.cancel();
    })))
}

//! `roomkeeper journal check`: whether the journal is sound. Answered over the socket too.

use super::args::JournalCheck;
use super::context::Context;
use super::plain::many;
use super::screen::Screen;
use super::{ExitCode, Failure, json, plain};
use crate::journal::{Findings, Readings};

pub(super) async fn check(
    context: &Context,
    args: &JournalCheck,
    screen: &mut Screen<'_>,
) -> Result<ExitCode, Failure> {
    let findings = context.journal()?.check().await?;
    if args.json {
        let answer = serde_json::json!({
            "valid": findings.is_sound(),
            "runs": findings.runs,
            "items": findings.items,
            "problems": findings.violations,
            "more": findings.untold,
        });
        json::print(screen, &answer)?;
    } else {
        tell(&findings, screen)?;
    }
    Ok(if findings.is_sound() { ExitCode::Done } else { ExitCode::Failed })
}

fn tell(findings: &Findings, screen: &mut Screen<'_>) -> std::io::Result<()> {
    for violation in &findings.violations {
        writeln!(screen.out, "{}", plain::one_line(&violation.problem))?;
    }
    if findings.untold > 0 {
        writeln!(screen.out, "and {} more", findings.untold)?;
    }
    if findings.is_sound() {
        writeln!(
            screen.out,
            "the journal is sound: {} with {}",
            many(findings.runs, "run", "runs"),
            many(findings.items, "item", "items")
        )?;
    } else if findings.is_damaged() {
        writeln!(
            screen.out,
            "The journal is damaged, as by a failing disk. Stop roomkeeper, put journal.db aside together with journal.db-wal and \
             journal.db-shm, and restore the last backup."
        )?;
    } else {
        writeln!(
            screen.out,
            "The journal can be read, but it contradicts itself. Keep a copy of it, and report this as a fault of roomkeeper. What it \
             says about other runs still holds."
        )?;
    }
    Ok(())
}

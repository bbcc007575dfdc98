//! Once a night the journal is looked after: what could not be written before is written, the journal is checked, and what is
//! older than it is to be kept is forgotten.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::config::Schedule;
use crate::host::Host;

/// When, in the configuration's time zone: jobs of the night are over by then, and the morning's have not begun.
const NIGHTLY: &str = "30 4 * * *";
/// The longest sleep, for the clock may be stepped, and the machine suspended.
const STEP: Duration = Duration::from_mins(10);
/// Awake so much later than meant, the clock has leapt or the machine was away: a wrong clock must not make the journal
/// forget, so that night is let pass.
const LEAP: Duration = Duration::from_hours(12);

/// Looks after the journal every night, until the program stops.
pub(super) async fn every_night(host: &Host) {
    let nightly = match Schedule::parse(NIGHTLY, &host.config().timezone) {
        Ok(nightly) => nightly,
        Err(error) => return tracing::error!(%error, "the journal is not looked after at night"),
    };
    let nights = async {
        while let Some(due) = nightly.next_after(host.clock().now()) {
            sleep_until(host, due).await;
            if host.clock().now().since(due) < LEAP {
                look_after(host).await;
            } else {
                tracing::warn!("the clock has leapt: the journal is looked after next night");
            }
        }
    };
    tokio::select! {
        () = host.stop().cancelled() => {}
        () = nights => {}
    }
}

async fn sleep_until(host: &Host, due: Timestamp) {
    loop {
        let left = due.since(host.clock().now());
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(STEP)).await;
    }
}

async fn look_after(host: &Host) {
    if let Err(error) = host.write_late_files().await {
        tracing::warn!(%error, "files that wait could not be looked for");
    }
    match host.check_journal().await {
        Ok(findings) => {
            for violation in &findings.violations {
                tracing::error!(law = ?violation.law, problem = %violation.problem, "the journal is not sound");
            }
            if findings.is_damaged() {
                return tracing::error!(
                    "the journal is damaged. Stop roomkeeper, put journal.db aside, and restore a backup; `roomkeeper journal check` tells more"
                );
            }
        }
        Err(error) => return tracing::error!(%error, "the journal could not be checked"),
    }
    match host.prune().await {
        Ok(pruned) => tracing::info!(
            runs = pruned.runs,
            items = pruned.items,
            identities = pruned.identities,
            skips = pruned.skips,
            "what was older than [state] keep is forgotten"
        ),
        Err(error) => tracing::warn!(%error, "what is older than [state] keep could not all be forgotten"),
    }
}

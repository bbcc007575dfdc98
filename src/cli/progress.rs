//! Shows how far a run is: a bar on a terminal, a line now and then elsewhere.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::engine::{Phase, Progress};

/// Between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Follows a run until its sender is gone.
pub(super) async fn follow(name: String, mut progress: watch::Receiver<Progress>, quiet: bool) {
    if quiet {
        return;
    }
    if std::io::stderr().is_terminal() {
        bar(&name, &mut progress).await;
    } else {
        lines(&name, &mut progress).await;
    }
}

async fn bar(name: &str, progress: &mut watch::Receiver<Progress>) {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    let counting = "{prefix}  {bar:30} {human_pos}/{human_len}  {rate}  {eta} left  {msg}";
    let style = ProgressStyle::with_template(counting).unwrap_or_else(|_| ProgressStyle::default_bar()).with_key(
        "rate",
        |state: &ProgressState, to: &mut dyn std::fmt::Write| {
            // A bar that lacks its rate is still a bar.
            let _ = write!(to, "{:.0}/s", state.per_sec());
        },
    );
    let waiting = ProgressStyle::with_template("{prefix}  {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    bar.set_prefix(name.to_owned());
    bar.set_style(waiting.clone());
    bar.set_message("reading");
    let mut expecting = Expecting::default();
    let mut beat = tokio::time::interval(Duration::from_millis(100));
    loop {
        tokio::select! {
            changed = progress.changed() => if changed.is_err() { break },
            _ = beat.tick() => {}
        }
        let now = progress.borrow_and_update().clone();
        if let Some(words) = expecting.news(name, &now) {
            bar.println(words);
        }
        match &now.phase {
            Phase::Planning => continue,
            Phase::Waiting { why, until } => {
                bar.set_style(waiting.clone());
                bar.set_message(format!("waiting until {until}: {why}"));
                continue;
            }
            Phase::Finishing => {
                bar.set_message("writing the results");
                continue;
            }
            Phase::Sending | Phase::Stopping => {}
        }
        bar.set_style(style.clone());
        bar.set_length(now.total);
        bar.set_position(now.done_count());
        let mut message = format!("{} failed", now.counts.problems());
        if now.settling > 0 {
            message = format!("{message}, {} being looked for", now.settling);
        }
        if now.phase == Phase::Stopping {
            message = format!("{message}, stopping");
        }
        bar.set_message(message);
    }
    bar.finish_and_clear();
}

async fn lines(name: &str, progress: &mut watch::Receiver<Progress>) {
    let mut next = Instant::now() + LINE_EVERY;
    let (mut told, mut expecting) = (None, Expecting::default());
    loop {
        tokio::select! {
            changed = progress.changed() => if changed.is_err() {
                // A short run was over before its expectation was seen.
                if let Some(words) = expecting.first(name, &progress.borrow()) {
                    eprintln!("{words}");
                }
                return;
            },
            () = tokio::time::sleep_until(next) => {}
        }
        let now = progress.borrow_and_update().clone();
        if let Some(words) = expecting.news(name, &now) {
            eprintln!("{words}");
        }
        if let Phase::Waiting { why, until } = &now.phase {
            if told.as_ref() != Some(why) {
                eprintln!("{name}: waiting until {until}: {why}");
                told = Some(why.clone());
            }
            next = Instant::now() + LINE_EVERY;
            continue;
        }
        if Instant::now() >= next {
            let looked_for = match now.settling {
                0 => String::new(),
                n => format!(", {n} sent and not answered are being looked for"),
            };
            let (done, failed) = (now.done_count(), now.counts.problems());
            eprintln!("{name}: {done} of {} done, {failed} failed{looked_for}", now.total);
            next = Instant::now() + LINE_EVERY;
        }
    }
}

/// Remembers what was told of the requests that are expected.
#[derive(Default)]
struct Expecting(Option<String>);

impl Expecting {
    /// Returns the same where nothing was told.
    fn first(&mut self, name: &str, now: &Progress) -> Option<String> {
        if self.0.is_none() { self.news(name, now) } else { None }
    }

    /// Returns what is to be told; `None` where that was told already, or is not known.
    fn news(&mut self, name: &str, now: &Progress) -> Option<String> {
        let words = format!("{name}: sends {}", now.expected.as_ref()?.in_words());
        let is_news = self.0.as_ref() != Some(&words);
        is_news.then(|| self.0.insert(words).clone())
    }
}

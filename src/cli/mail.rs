//! `roomkeeper mail` shows the mails that wait or were given up, and why.

use serde::Serialize;

use super::args::Mail;
use super::context::Context;
use super::screen::Screen;
use super::{ExitCode, Failure, json, plain};
use crate::clock::Timestamp;
use crate::journal::{JournalError, LetterState, LetterView};
use crate::model::{RunId, TroubleKind};

/// So many are told.
const MOST: u32 = 1000;

/// A mail as JSON has it.
#[derive(Debug, Serialize)]
pub(super) struct Told<'a> {
    mail: String,
    state: &'static str,
    run: Option<RunId>,
    to: &'a [String],
    subject: &'a str,
    since: Timestamp,
    attempts: u32,
    why: Option<&'a str>,
}

/// Tells which mails wait or were given up.
pub(super) async fn tell(context: &Context, args: &Mail, screen: &mut Screen<'_>) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let journal = context.journal_if_any()?;
    let mails = match &journal {
        Some(journal) => Mails::read(context, async || journal.open_letters(MOST).await).await?,
        None => Mails { letters: Vec::new(), is_at_work: false },
    };
    let letters = &mails.letters;
    if args.json {
        json::print(screen, &mails.told())?;
        return Ok(ExitCode::Done);
    }
    let standing = match &journal {
        Some(journal) => journal.troubles().await?,
        None => Vec::new(),
    };
    for trouble in standing.iter().filter(|trouble| trouble.seen.kind == TroubleKind::MailServer) {
        writeln!(screen.out, "the mail server takes no mail: {}\n", plain::one_line(&trouble.seen.detail))?;
    }
    if letters.is_empty() {
        writeln!(screen.out, "no mail waits")?;
    }
    for letter in letters {
        let since = config.timezone.civil(letter.created).format("%Y-%m-%d %H:%M");
        let tried = plain::many(u64::from(letter.attempts), "attempt", "attempts");
        writeln!(screen.out, "{}  {}  since {since}, {tried}", letter.short(), mails.state(letter))?;
        writeln!(screen.out, "    {}", plain::one_line(&letter.subject))?;
        writeln!(screen.out, "    to {}", plain::one_line(&letter.receivers.join(", ")))?;
        if let Some(why) = &letter.why {
            writeln!(screen.out, "    {}", plain::one_line(why))?;
        }
    }
    if letters.len() == MOST as usize {
        writeln!(screen.out, "there may be more; these entered first")?;
    }
    Ok(ExitCode::Done)
}

/// Mails, as the journal has them.
pub(super) struct Mails {
    pub(super) letters: Vec<LetterView>,
    /// False if no process is there that could be sending one of them.
    is_at_work: bool,
}

impl Mails {
    /// Reads mails, and looks for the process that sends them if one is being sent.
    pub(super) async fn read(
        context: &Context,
        read: impl AsyncFn() -> Result<Vec<LetterView>, JournalError>,
    ) -> Result<Self, Failure> {
        let letters = read().await?;
        if !letters.iter().any(|letter| letter.state == LetterState::Sending) || context.is_at_work()? {
            return Ok(Self { letters, is_at_work: true });
        }
        // It may have sent the mail meanwhile, and ended.
        Ok(Self { letters: read().await?, is_at_work: false })
    }

    /// Returns the mails as JSON.
    pub(super) fn told(&self) -> Vec<Told<'_>> {
        let told = |letter| self.told_of(letter);
        self.letters.iter().map(told).collect()
    }

    fn told_of<'a>(&self, letter: &'a LetterView) -> Told<'a> {
        Told {
            mail: letter.id.hyphenated().to_string(),
            state: self.state(letter),
            run: letter.run,
            to: &letter.receivers,
            subject: &letter.subject,
            since: letter.created,
            attempts: letter.attempts,
            why: letter.why.as_deref(),
        }
    }

    /// Returns the state of one of them, in words.
    pub(super) fn state(&self, letter: &LetterView) -> &'static str {
        match letter.state {
            LetterState::Waiting => "waits",
            LetterState::Sending if self.is_at_work => "is being sent",
            LetterState::Sending => "was perhaps sent, and is sent again at the next start",
            LetterState::Sent if letter.why.is_some() => "sent, but not to everybody",
            LetterState::Sent => "sent",
            LetterState::Dead => "given up",
        }
    }
}

//! Keeps account of the troubles that stand outside of any run: one that begins is mailed once, in the transaction
//! that journals it, and stands until the look that found it does not see it any more.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Mutex;
use uuid::Uuid;

use super::attempt::is_about_domain_of;
use super::letters::{finished, host_name};
use super::shared::Shared;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::journal::{JobKey, JournalError, NewLetter, Seen, TroubleChanges};
use crate::mail::{Address, Letter};
use crate::model::{JobName, MailOn, TroubleKind};
use crate::report::{self, Standing};

/// So many of one job are kept account of: a folder may have any number of files.
const MOST_OF_JOB: usize = 100;

/// The name of a trouble within a job.
type Name = (TroubleKind, String);

/// The troubles that stand, as the journal has them: this process is the only one that writes it, and most looks change nothing.
pub struct Troubles {
    shared: Arc<Shared>,
    standing: Mutex<BTreeMap<(Option<JobKey>, Name), KnownTrouble>>,
}

#[derive(Debug, Clone)]
struct KnownTrouble {
    detail: String,
    told: bool,
}

impl Troubles {
    /// Takes up those that an earlier process left standing.
    pub(super) async fn open(shared: Arc<Shared>) -> Result<Self, JournalError> {
        let standing = shared.journal().troubles().await?.into_iter().map(|trouble| {
            let Seen { kind, subject, detail } = trouble.seen;
            ((trouble.job, (kind, subject)), KnownTrouble { detail, told: trouble.told })
        });
        let standing = Mutex::new(standing.collect());
        Ok(Self { shared, standing })
    }

    /// Lists the troubles of a kind that stand: what each is about, and what is wrong.
    pub(super) async fn of_kind(&self, kind: TroubleKind) -> Vec<(String, String)> {
        let standing = self.standing.lock().await;
        let of_kind = standing.iter().filter(|((_, name), _)| name.0 == kind);
        of_kind.map(|((_, (_, subject)), known)| (subject.clone(), known.detail.clone())).collect()
    }

    /// Tells whether a trouble of no single job stands.
    pub(super) async fn stands(&self, kind: TroubleKind, subject: &str) -> bool {
        self.standing.lock().await.contains_key(&(None, (kind, subject.to_owned())))
    }

    /// Records the findings of a look: of these kinds the job (or, without one, no job in particular) has these
    /// troubles now, and no others. Those that are new are told in one mail; those that are not there any more have
    /// ended.
    pub async fn seen(
        &self,
        job: Option<&JobName>,
        kinds: &[TroubleKind],
        found: Vec<Seen>,
    ) -> Result<(), JournalError> {
        self.change(job, |name| kinds.contains(&name.0), found).await
    }

    /// Records a trouble that begins, or goes on.
    pub async fn goes_on(&self, job: Option<&JobName>, seen: Seen) -> Result<(), JournalError> {
        self.change(job, |_| false, vec![seen]).await
    }

    /// Tells of a journal whose server knows less than was committed. Once that was told, it is over with the next start.
    pub(super) async fn tell_of_journal(&self) -> Result<(), JournalError> {
        const SUBJECT: &str = "journal";
        let seen = self.shared.journal().set_back().map(|detail| Seen {
            kind: TroubleKind::JournalSetBack,
            subject: SUBJECT.to_owned(),
            detail,
        });
        match seen {
            Some(seen) => self.goes_on(None, seen).await,
            None => self.ended(None, TroubleKind::JournalSetBack, SUBJECT).await,
        }
    }

    /// Records that a trouble has ended, if it stood.
    pub async fn ended(&self, job: Option<&JobName>, kind: TroubleKind, subject: &str) -> Result<(), JournalError> {
        self.change(job, |name| name.0 == kind && name.1 == subject, Vec::new()).await
    }

    /// Brings the account up to date after a look at the troubles that `covered` names, which found these.
    pub(super) async fn change(
        &self,
        job: Option<&JobName>,
        covered: impl Fn(&Name) -> bool,
        found: Vec<Seen>,
    ) -> Result<(), JournalError> {
        let mut standing = self.standing.lock().await;
        if found.is_empty() && !standing.keys().any(|(_, name)| covered(name)) {
            return Ok(());
        }
        let name = job.map(|job| self.shared.name_now(job));
        let key = match &name {
            Some(name) => {
                let (of, built) = (name.clone(), self.shared.job(name));
                match self.shared.journal().job_key(of).await? {
                    None if built.is_none() => return Err(JournalError::Unknown("such job")),
                    None => match built {
                        Some(job) => Some(self.shared.key_of(&job).await?),
                        None => None,
                    },
                    known => known,
                }
            }
            None => None,
        };
        let mut changes = TroubleChanges { job: key, ..TroubleChanges::default() };
        let is_found = |name: &Name| found.iter().any(|seen| (seen.kind, &seen.subject) == (name.0, &name.1));
        let of_job = |at: &&(Option<JobKey>, Name)| at.0 == key;
        changes.ended = standing
            .keys()
            .filter(of_job)
            .map(|(_, name)| name.clone())
            .filter(|name| covered(name) && !is_found(name))
            .collect();
        let mut room = MOST_OF_JOB.saturating_sub(standing.keys().filter(of_job).count() - changes.ended.len());
        let mut untold = Vec::new();
        for seen in found {
            match standing.get(&(key, (seen.kind, seen.subject.clone()))) {
                Some(known) => {
                    if !known.told {
                        untold.push(seen.clone());
                    }
                    if known.detail != seen.detail {
                        changes.goes_on.push(seen);
                    }
                }
                None if room == 0 => {}
                None => {
                    room -= 1;
                    untold.push(seen.clone());
                    changes.began.push(seen);
                }
            }
        }
        untold.retain(|seen| seen.kind.is_mailed());
        changes.letter = letter_about(&self.shared.config(), self.shared.clock().now(), name, &untold);
        if changes.letter.is_some() {
            changes.told = untold.iter().map(|seen| (seen.kind, seen.subject.clone())).collect();
        }
        if changes.began.is_empty() && changes.goes_on.is_empty() && changes.ended.is_empty() && changes.told.is_empty()
        {
            return Ok(());
        }
        self.shared.journal().change_troubles(changes.clone(), self.shared.clock().now()).await?;
        log(job, &changes);
        for name in changes.ended {
            standing.remove(&(key, name));
        }
        for Seen { kind, subject, detail } in changes.began.into_iter().chain(changes.goes_on) {
            let told = standing.get(&(key, (kind, subject.clone()))).is_some_and(|known| known.told);
            standing.insert((key, (kind, subject)), KnownTrouble { detail, told });
        }
        for name in changes.told {
            if let Some(known) = standing.get_mut(&(key, name)) {
                known.told = true;
            }
        }
        if changes.letter.is_some() {
            self.shared.mail_due.notify_one();
        }
        Ok(())
    }
}

/// Makes the mail about troubles; `None` where there are none, or no receiver wants to hear of them.
pub(super) fn letter_about(
    config: &Config,
    at: Timestamp,
    job: Option<JobName>,
    troubles: &[Seen],
) -> Option<NewLetter> {
    if troubles.is_empty() {
        return None;
    }
    let mail = job.as_ref().and_then(|job| config.jobs.get(job)).map(|job| &job.mail);
    let (to, on) = mail.map_or((&config.mail.to, config.mail.on), |mail| (&mail.to, mail.on));
    // A mail about a receiver whom no mail reaches would not reach that receiver either.
    let is_out_of_reach = |to: &Address| {
        troubles.iter().any(|seen| match seen.kind {
            TroubleKind::MailReceiver => seen.subject == to.email(),
            TroubleKind::MailRelay => is_about_domain_of(&seen.detail, to.email()),
            _ => false,
        })
    };
    let to: Vec<_> = to.iter().cloned().map(Address::from).filter(|to| !is_out_of_reach(to)).collect();
    if on == MailOn::Never || to.is_empty() {
        return None;
    }
    let troubles = troubles.iter().map(|seen| (seen.kind, seen.subject.clone(), seen.detail.clone())).collect();
    let told = report::render_standing(&Standing { job, host: host_name(), troubles });
    finished(&Letter {
        id: Uuid::now_v7(),
        at,
        from: Address::from(config.mail.from.clone()),
        to,
        subject: told.subject,
        text: told.text,
        html: Some(told.html),
        attachments: Vec::new(),
    })
}

fn log(job: Option<&JobName>, changes: &TroubleChanges) {
    let job = job.map(JobName::as_str);
    for Seen { kind, subject, detail } in &changes.began {
        tracing::error!(job, trouble = %kind, %subject, why = %detail, "{}", kind.words(1));
    }
    for (kind, subject) in &changes.ended {
        tracing::info!(job, trouble = %kind, %subject, "a trouble has ended");
    }
}

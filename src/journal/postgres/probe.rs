//! Tries the database that is to hold the journal, changes nothing there, and tells in words what it found, or what is to be done.

use tokio_postgres::error::SqlState;

use super::bind::bound;
use super::failure::{Failure, is_of_encryption, words};
use super::link::Link;
use super::row::Columns;
use super::schema;
use super::server::Server;
use crate::journal::{JournalError, Unfit};

/// The oldest version of PostgreSQL that has what the journal needs, as the server tells it.
const OLDEST: i32 = 120_000;

impl Server {
    /// Connects, and looks whether the journal can be kept there; tells what it found.
    pub async fn probe(&self) -> Result<String, Unfit> {
        match self.look().await {
            Ok(found) => found,
            Err(failure) => Err(self.unfit(failure)),
        }
    }

    async fn look(&self) -> Result<Result<String, Unfit>, Failure> {
        let link = Link::open(self).await?;
        let row = link
            .one(
                "SELECT current_setting('server_version'), current_setting('server_version_num')::int4,
                 current_setting('server_encoding'), to_regclass('roomkeeper_schema') IS NOT NULL,
                 coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
                 coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)",
                bound![],
            )
            .await?;
        let (version, number, encoding): (String, i32, String) = (row.at(0)?, row.at(1)?, row.at(2)?);
        let (is_made, may_make, is_encrypted): (bool, bool, bool) = (row.at(3)?, row.at(4)?, row.at(5)?);
        let unfit = |why: String, remedy: String| Ok(Err(Unfit { why, remedy }));
        if number < OLDEST {
            let why = format!("{} is PostgreSQL {version}", self.place());
            return unfit(why, "Use PostgreSQL 12 or newer.".to_owned());
        }
        if encoding != "UTF8" {
            let why = format!("{} keeps texts as {encoding}", self.place());
            return unfit(why, "Make it anew: createdb --encoding=UTF8 --template=template0 NAME.".to_owned());
        }
        if !is_made && !may_make {
            let why = format!("{} does not let this user make tables", self.place());
            return unfit(
                why,
                format!("Give it to the user: ALTER DATABASE {} OWNER TO {}.", self.base(), self.user()),
            );
        }
        if is_made {
            match schema::expect_known(&link, &self.place()).await {
                Err(Failure::Refused(JournalError::Absent(_))) | Ok(()) => {}
                Err(failure) => return Err(failure),
            }
        }
        let tables = if is_made { "the journal is there" } else { "the first start makes the journal's tables" };
        let lines = if is_encrypted { ", the connection is encrypted" } else { "" };
        Ok(Ok(format!("{} (PostgreSQL {version}; {tables}{lines})", self.place())))
    }

    /// Says what is to be done about a failure.
    fn unfit(&self, failure: Failure) -> Unfit {
        let remedy = match &failure {
            Failure::Database(error) => self.remedy_of(error),
            Failure::Refused(JournalError::NotAdmitted { .. }) => remedy_of_encryption(),
            Failure::Refused(_) => "Put that right first.".to_owned(),
        };
        let why = match failure {
            Failure::Database(error) => format!("{}: {}", self.place(), words(&error)),
            refused @ Failure::Refused(_) => refused.told(&self.place()).to_string(),
        };
        Unfit { why, remedy }
    }

    fn remedy_of(&self, error: &tokio_postgres::Error) -> String {
        let (base, user) = (self.base(), self.user());
        let Some(code) = error.code() else {
            if is_of_encryption(error) {
                return remedy_of_encryption();
            }
            let text = words(error);
            return if text.contains("does not allow writes") {
                "It can only be read, as a replica. Name the primary, or all hosts, of which the one that can be written is taken: \
                 journal = \"postgres://USER@HOST1,HOST2/DATABASE\"."
                    .to_owned()
            } else if text.contains("password missing") {
                "Say where the password is kept: journal_password = { credential = \"NAME\" }.".to_owned()
            } else {
                "Look at the host and the port in the address, at the network between, and whether the server runs and listens \
                 there (listen_addresses)."
                    .to_owned()
            };
        };
        if *code == SqlState::INVALID_PASSWORD {
            format!(
                "Compare journal_password with the password of the user there: ALTER ROLE {user} PASSWORD '…' sets it."
            )
        } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
            format!("Make the user there (createuser --pwprompt {user}), or let it in from this machine (pg_hba.conf).")
        } else if *code == SqlState::INVALID_CATALOG_NAME {
            format!(
                "Make it: createdb --owner={user} --encoding=UTF8 --template=template0 {base}. Or correct the address."
            )
        } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
            format!("Give it to the user: ALTER DATABASE {base} OWNER TO {user}.")
        } else {
            "Put right what the server says, and try again.".to_owned()
        }
    }

    fn base(&self) -> &str {
        self.config().get_dbname().unwrap_or_default()
    }

    fn user(&self) -> &str {
        self.config().get_user().unwrap_or_default()
    }
}

/// Says what is to be done where the two could not agree on how to encrypt.
fn remedy_of_encryption() -> String {
    "Name the authority that has signed the server's certificate (journal_ca), and the host by the name that is in it. Where the server \
     does not encrypt and the network between is trusted, end the address with ?sslmode=disable."
        .to_owned()
}

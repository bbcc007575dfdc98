//! Reads the address of a database server, as a configuration names it.

use std::fmt;
use std::str::FromStr;

use tokio_postgres::Config;
use tokio_postgres::config::TargetSessionAttrs;

/// The address of a PostgreSQL database, without a password: `postgres://roomkeeper@db1,db2/roomkeeper`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseAddress(String);

/// The fault of a text that is no such address, in words. The text itself is not told: a password may be in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DatabaseAddressError(String);

impl DatabaseAddress {
    /// The address as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseAddress {
    type Err = DatabaseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |why: &str| Err(DatabaseAddressError(why.to_owned()));
        if !["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return wrong("it does not begin with postgres://");
        }
        let config: Config = match text.parse() {
            Ok(config) => config,
            Err(error) => {
                let error: tokio_postgres::Error = error;
                let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                return Err(DatabaseAddressError(format!("it cannot be read: {source}")));
            }
        };
        if config.get_password().is_some() {
            return wrong("a password must not stand in it");
        }
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return wrong("it names no host");
        }
        if config.get_dbname().is_none() {
            return wrong("it names no database");
        }
        if config.get_user().is_none() {
            return wrong("it names no user");
        }
        if config.get_target_session_attrs() == TargetSessionAttrs::ReadOnly {
            return wrong("it asks for a server that cannot be written");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_host_user_and_database_and_no_password() {
        for right in [
            "postgres://r@db1/rooms",
            "postgresql://r@db1:5433,db2/rooms?target_session_attrs=read-write&sslmode=require",
            "postgres://r@%2Frun%2Fpostgresql/rooms",
        ] {
            assert_eq!(right.parse::<DatabaseAddress>().unwrap().to_string(), right);
        }
        for (wrong, why) in [
            ("mysql://r@db1/rooms", "postgres://"),
            ("postgres:///rooms", "no host"),
            ("postgres://r@db1", "no database"),
            ("postgres://db1/rooms", "no user"),
            ("postgres://r:secret@db1/rooms", "a password must not"),
            ("postgres://r@db1/rooms?sslmode=perhaps", "sslmode"),
            ("postgres://r@db1/rooms?target_session_attrs=read-only", "cannot be written"),
        ] {
            let refusal = wrong.parse::<DatabaseAddress>().unwrap_err().to_string();
            assert!(refusal.contains(why) && !refusal.contains("secret"), "{wrong}: {refusal}");
        }
    }
}

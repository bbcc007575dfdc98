//! Defines the command line of `roomkeeper sandbox`.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use super::{
    Arrivals, Clock, Error, Faults, Options, RoomPath, Slips,
    options::{DEFAULT_APP_ID, DEFAULT_APP_KEY},
};

/// Run a simulated EnableX API server, to try things out without an account.
///
/// Its users are u00000, u00001 … and `owner`, whose credentials it accepts. Nothing is kept when it ends.
#[derive(Debug, Clone, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[expect(clippy::doc_markdown, reason = "clap shows these texts as they stand")]
pub struct Args {
    /// The address to listen at; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8790")]
    pub listen: SocketAddr,
    /// The number of users, each with a permanent room
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub users: usize,
    /// Call them 00000, 00001 …
    #[arg(long)]
    pub numbered_users: bool,
    /// The number of meetings that are over at the start
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub past: usize,
    /// The number of meetings that are still to come at the start
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub upcoming: usize,
    /// A script (TOML) of what goes wrong
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Write a JSON line for every effect and every request to this file
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,
    /// Leave requests that only read out of the ledger
    #[arg(long)]
    pub no_ledger_reads: bool,
    /// The App ID to accept
    #[arg(long, value_name = "ID", default_value = DEFAULT_APP_ID)]
    pub app_id: String,
    /// The App Key to accept
    #[arg(long, value_name = "KEY", default_value = DEFAULT_APP_KEY)]
    pub app_key: String,
    /// Another seed gives other ids and PINs
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// The time that each request takes, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub delay: u64,
    /// The longest page of a list
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub page_cap: usize,
    /// Answer in one plain form, without the slips of the vendor's reference
    #[arg(long)]
    pub no_slips: bool,
    /// Always answer a cancellation with JSON that can be read
    #[arg(long)]
    pub no_broken_cancel: bool,
    /// Give permanent rooms only at /meetings/permanent, not at the documented /meeting/permanent
    #[arg(long)]
    pub plural_rooms: bool,
    /// Refuse every order_by with code 2603
    #[arg(long)]
    pub refuse_sorting: bool,
}

impl Args {
    /// The options that the command line stands for; reads the fault script.
    pub fn options(self) -> Result<Options, Error> {
        Ok(Options {
            listen: self.listen,
            users: self.users,
            numbered_users: self.numbered_users,
            past: self.past,
            upcoming: self.upcoming,
            faults: self.faults.map_or_else(|| Ok(Faults::default()), |path| Faults::load(&path))?,
            ledger: self.ledger,
            arrivals: if self.no_ledger_reads { Arrivals::Writes } else { Arrivals::All },
            app_id: self.app_id,
            app_key: self.app_key,
            seed: self.seed,
            delay: Duration::from_millis(self.delay),
            page_cap: self.page_cap,
            slips: match (self.no_slips, self.no_broken_cancel) {
                (true, _) => Slips::None,
                (false, true) => Slips::AllButCancel,
                (false, false) => Slips::All,
            },
            rooms: if self.plural_rooms { RoomPath::Plural } else { RoomPath::Singular },
            refuse_sorting: self.refuse_sorting,
            clock: Clock::system(),
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn the_command_lines_defaults_are_those_of_the_options_but_for_the_port() {
        let given = Line::parse_from(["sandbox"]).args.options().unwrap();
        let plain = Options::default();
        assert_eq!(given.listen.to_string(), "127.0.0.1:8790");
        assert_eq!((given.users, given.page_cap, given.seed), (plain.users, plain.page_cap, plain.seed));
        assert_eq!((given.app_id, given.app_key), (plain.app_id, plain.app_key));
        assert_eq!((given.slips, given.arrivals, given.rooms), (plain.slips, plain.arrivals, plain.rooms));
    }

    #[test]
    fn a_fault_script_that_is_not_there_is_told_by_name() {
        let missing = Line::parse_from(["sandbox", "--faults", "/nowhere/faults.toml"]).args.options().unwrap_err();
        let Error::Faults(source) = missing else { panic!("{missing}") };
        assert!(source.to_string().contains("/nowhere/faults.toml"));
    }
}

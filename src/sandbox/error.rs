//! Says why the sandbox cannot start, or had to stop.

use std::{io, net::SocketAddr};

use thiserror::Error;

use super::faults::FaultsError;

/// The reason why the sandbox cannot start, or had to stop.
#[derive(Debug, Error)]
pub enum Error {
    /// The sandbox cannot listen at the address.
    #[error("the sandbox cannot listen at {address}; is something else there? --listen 127.0.0.1:0 takes a free port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The fault script cannot be used.
    #[error("the sandbox cannot use its fault script")]
    Faults(#[from] FaultsError),
    /// The ledger cannot be opened or written. The sandbox stops then: a ledger with gaps would prove nothing.
    #[error("the sandbox cannot write its ledger {path}")]
    Ledger {
        /// The file.
        path: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The line that tells the address could not be written.
    #[error("the sandbox cannot tell its address")]
    Announce(#[source] io::Error),
}

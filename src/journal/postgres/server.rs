//! Names the database that holds the journal, and how it is reached.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::journal::{JournalError, Machine};
use crate::model::{DatabaseAddress, DatabaseAddressError, Digest};

/// The time for which one server is waited for while a connection is made.
const CONNECT: Duration = Duration::from_secs(5);
/// The time after which a connection counts as lost whose other end does not acknowledge what was sent.
const SILENT: Duration = Duration::from_secs(15);

/// The time for which a process that wrote the journal counts as alive without another sign.
const LASTS: Duration = Duration::from_secs(20);

/// A PostgreSQL database, and how it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    config: Config,
    authority: Option<PathBuf>,
    node: String,
    has_own_name: bool,
    lasts: Duration,
    grace: Duration,
    pin_key: Option<PinKey>,
}

/// The key that seals PINs.
#[derive(Clone, PartialEq, Eq)]
struct PinKey(Vec<u8>);

impl std::fmt::Debug for PinKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PinKey([redacted])")
    }
}

impl Server {
    /// Reads an address, as [`Self::at`] takes it.
    pub fn parse(address: &str) -> Result<Self, DatabaseAddressError> {
        address.parse().map(|address| Self::at(&address))
    }

    /// The database at this address. Connections to other machines are encrypted unless it says otherwise (`sslmode=`).
    #[must_use]
    pub fn at(address: &DatabaseAddress) -> Self {
        let address = address.as_str();
        // An address that cannot be read is none, and there is none of that type.
        let mut config: Config = address.parse().unwrap_or_default();
        if config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_))) {
            config.ssl_mode(SslMode::Disable);
        } else if !address.contains("sslmode=") && config.get_hosts().iter().any(is_elsewhere) {
            config.ssl_mode(SslMode::Require);
        }
        config
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .application_name("roomkeeper")
            .connect_timeout(CONNECT)
            .tcp_user_timeout(SILENT)
            .keepalives_idle(SILENT)
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3);
        Self {
            config,
            authority: None,
            node: String::new(),
            has_own_name: false,
            lasts: LASTS,
            grace: Duration::ZERO,
            pin_key: None,
        }
    }

    /// The same, with the user's password.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.config.password(password);
        self
    }

    /// The same, with the key that seals PINs on all machines: 64 hexadecimal digits.
    pub fn with_pin_key(self, digits: &str) -> Result<Self, JournalError> {
        let pairs = digits.as_bytes().chunks(2).map(|pair| {
            std::str::from_utf8(pair).ok().filter(|pair| pair.chars().all(|digit| digit.is_ascii_hexdigit()))
        });
        let key: Option<Vec<u8>> = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
        match key {
            Some(key) if digits.len() == 64 => Ok(Self { pin_key: Some(PinKey(key)), ..self }),
            _ => Err(JournalError::PinKey(
                "it is not 64 hexadecimal digits. `openssl rand -hex 32` makes one".to_owned(),
            )),
        }
    }

    /// The key that seals PINs, where it is not the state directory's own.
    pub(in crate::journal) fn pin_key(&self) -> Option<&[u8]> {
        self.pin_key.as_ref().map(|key| key.0.as_slice())
    }

    /// The same, trusting the authorities in this file (PEM) in place of the system's.
    #[must_use]
    pub fn trusting(mut self, authority: &Path) -> Self {
        self.authority = Some(authority.to_owned());
        self
    }

    /// The same, with a name by which people know this machine.
    #[must_use]
    pub fn called(mut self, node: &str) -> Self {
        node.clone_into(&mut self.node);
        self
    }

    /// The same, with a name that no other machine has: what belongs to this machine's state directory is known by it.
    #[must_use]
    pub fn named(self, node: &str) -> Self {
        Self { has_own_name: true, ..self.called(node) }
    }

    /// The same, with the longest time for which a request to the meeting API may be on its way. What a process was sending that is gone
    /// is looked for after that.
    #[must_use]
    pub fn waiting_for_requests(self, longest: Duration) -> Self {
        Self { grace: longest, ..self }
    }

    /// The same, with another time than twenty seconds for which a process counts as alive that gives no sign of it.
    #[must_use]
    pub fn leasing_for(self, lasts: Duration) -> Self {
        Self { lasts, ..self }
    }

    /// Names a state directory of this machine among those of all machines.
    pub(super) fn home(&self, directory: &Path, machine: &Machine) -> String {
        if self.has_own_name {
            return format!("node {}", self.node);
        }
        let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        let named = [machine.id.as_bytes().as_slice(), directory.as_os_str().as_encoded_bytes()].concat();
        Digest::of(&named).to_string()
    }

    /// The time for which a request of a process that is gone may still be on its way.
    pub(super) fn grace(&self) -> Duration {
        self.grace
    }

    /// The time for which a process counts as alive that gives no sign of it.
    pub(super) fn lasts(&self) -> Duration {
        self.lasts
    }

    /// The name by which people know this machine.
    pub(in crate::journal) fn node(&self) -> &str {
        &self.node
    }

    /// Names the place of the journal, without the password: `postgres://db1,db2/roomkeeper`.
    #[must_use]
    pub fn place(&self) -> String {
        let hosts: Vec<_> = self
            .config
            .get_hosts()
            .iter()
            .map(|host| match host {
                Host::Tcp(name) => name.clone(),
                Host::Unix(folder) => folder.display().to_string(),
            })
            .collect();
        format!("postgres://{}/{}", hosts.join(","), self.config.get_dbname().unwrap_or_default())
    }

    /// The settings of a connection.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// The way to encrypt connections; `None` where they are not.
    pub(super) fn tls(&self) -> Result<Option<MakeRustlsConnect>, JournalError> {
        if self.config.get_ssl_mode() == SslMode::Disable {
            return Ok(None);
        }
        let refused = |why: String| JournalError::NotAdmitted { place: self.place(), why };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| refused(error.to_string()))?;
        let config = match &self.authority {
            Some(path) => {
                let unreadable = |why: String| refused(format!("the authority in {}: {why}", path.display()));
                let mut roots = rustls::RootCertStore::empty();
                for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))? {
                    let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
                    roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
                }
                if roots.is_empty() {
                    return Err(unreadable("there is no certificate in it".to_owned()));
                }
                builder.with_root_certificates(roots).with_no_client_auth()
            }
            None => {
                let verifier = rustls_platform_verifier::Verifier::new(provider)
                    .map_err(|error| refused(format!("the system's certificates: {error}")))?;
                let verifier: Arc<dyn ServerCertVerifier> = Arc::new(verifier);
                builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
            }
        };
        Ok(Some(MakeRustlsConnect::new(config)))
    }
}

/// Tells whether a host is, or may be, another machine.
fn is_elsewhere(host: &Host) -> bool {
    match host {
        Host::Unix(_) => false,
        Host::Tcp(name) => {
            name != "localhost" && !name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_its_password_and_encrypts_what_leaves_the_machine() {
        let far = Server::parse("postgres://roomkeeper@db1,db2:5433/rooms").unwrap().with_password("secret");
        assert_eq!(far.place(), "postgres://db1,db2/rooms");
        assert!(!format!("{far:?}").contains("secret"));
        for (address, mode) in [
            ("postgres://r@db1,localhost/rooms", SslMode::Require),
            ("postgres://r@db1/rooms?sslmode=disable", SslMode::Disable),
            ("postgres://r@127.0.0.1/rooms", SslMode::Prefer),
            ("postgres://r@%2Frun%2Fpostgresql/rooms", SslMode::Disable),
        ] {
            assert_eq!(Server::parse(address).unwrap().config.get_ssl_mode(), mode, "{address}");
        }
    }

    #[test]
    fn a_pin_key_is_64_digits_and_is_not_told() {
        let server = || Server::parse("postgres://r@db1/rooms").unwrap();
        let right = server().with_pin_key(&"0aF1".repeat(16)).unwrap();
        assert_eq!(right.pin_key().unwrap(), [0x0a, 0xf1].repeat(16));
        assert!(format!("{right:?}").contains("PinKey([redacted])"));
        for wrong in ["", "0a", &"0g".repeat(32), &"+1".repeat(32), &"0".repeat(65), &"ä".repeat(32)] {
            assert!(matches!(server().with_pin_key(wrong), Err(JournalError::PinKey(_))), "{wrong}");
        }
    }

    fn refusal(server: &Server) -> String {
        server.tls().err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn an_authority_that_cannot_be_read_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let server = Server::parse("postgres://r@db1/rooms").unwrap().trusting(&file);
        assert!(refusal(&server).contains("ca.pem"));
        std::fs::write(&file, "no certificate").unwrap();
        assert!(refusal(&server).contains("no certificate in it"));
    }
}

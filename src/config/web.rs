//! Reads and checks the table `[web]`: its raw form, its checked form, and its checks.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;

use super::SecretSource;
use super::check::{Check, Table};
use super::problem::Complaint;
use super::secret::{self, RawSecret};
use super::surroundings::Surroundings;

/// The page to look at, and the figures for Prometheus.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Web")]
pub(super) struct RawWeb {
    /// The address and port, such as "127.0.0.1:8787", or "unix:" and the path of a socket, for a proxy.
    pub(super) listen: Option<String>,
    /// The place of the token that a person or a program shows. Needed where other machines can reach the address.
    pub(super) token: Option<RawSecret>,
    /// The path under which a proxy serves the page, such as "/roomkeeper".
    #[schemars(extend("default" = "/"))]
    pub(super) base_path: Option<String>,
    /// The names by which browsers call the page, besides localhost and addresses.
    pub(super) hosts: Option<Vec<String>>,
}

/// The settings of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebConfig {
    /// The place that is listened at.
    pub listen: WebListen,
    /// The token that a person or a program shows; `None`: none is asked for.
    pub token: Option<SecretSource>,
    /// The path before every other, without a slash at its end: empty, or `/roomkeeper`.
    pub base_path: String,
    /// The names by which it may be called besides localhost and addresses; in small letters, without a port.
    pub hosts: Vec<String>,
}

/// The place that is listened at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebListen {
    /// An address and a port.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

/// Bytes that the path of a socket may have.
const LONGEST_SOCKET: usize = 107;
const LISTEN: &str = "Write an address with a port, such as \"127.0.0.1:8787\", or \"unix:/run/roomkeeper/web.sock\".";

/// Checks the table. `None` where the file has none, or it is wrong.
pub(super) fn validate(check: &mut Check<'_>, raw: Option<RawWeb>, around: &Surroundings<'_>) -> Option<WebConfig> {
    let raw = raw?;
    let mut table = check.table("web");
    table.require("listen", LISTEN);
    let listen = table.read("listen", raw.listen.as_deref(), |text| listen(text, around));
    let says_token = table.says("token");
    let token = secret::validate(&mut table, "token", raw.token, around);
    let base_path = table.read("base_path", raw.base_path.as_deref(), base_path).unwrap_or_default();
    let hosts = table.read_each("hosts", raw.hosts.as_deref().unwrap_or_default(), host);
    let listen = listen?;
    if let WebListen::Tcp(address) = &listen
        && !is_loopback(address.ip())
        && !says_token
    {
        needs_token(&mut table, address);
    }
    Some(WebConfig { listen, token, base_path, hosts })
}

fn needs_token(table: &mut Table<'_, '_>, address: &SocketAddr) {
    table.problem(
        "listen",
        Complaint::new(
            format!("other machines can reach {address}, and would be asked for no token"),
            "Add a token: token = { credential = \"web_token\" }, { file = \"…\" } or { env = \"…\" }; or listen at 127.0.0.1.",
        ),
    );
}

/// Tells whether only this machine reaches the address.
fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn listen(text: &str, around: &Surroundings<'_>) -> Result<WebListen, Complaint> {
    if let Some(path) = text.strip_prefix("unix:") {
        let path = around.base.path(path)?;
        return socket(&path).map(|()| WebListen::Unix(path));
    }
    let wrong = || Complaint::new(format!("{text:?} is no address to listen at"), LISTEN);
    let text = match text.rsplit_once(':') {
        Some(("localhost", port)) => format!("127.0.0.1:{port}"),
        _ => text.to_owned(),
    };
    let address: SocketAddr = text.parse().map_err(|_| wrong())?;
    if address.port() == 0 {
        return Err(Complaint::new("the port 0 is none that a browser could be told", LISTEN));
    }
    Ok(WebListen::Tcp(address))
}

fn socket(path: &Path) -> Result<(), Complaint> {
    if path.as_os_str().len() > LONGEST_SOCKET {
        let problem = format!("the path of a socket has {LONGEST_SOCKET} bytes at most");
        return Err(Complaint::new(problem, "Take a shorter one, such as \"unix:/run/roomkeeper/web.sock\"."));
    }
    if path.file_name().is_none() || path.is_dir() {
        let problem = format!("{} is a folder", path.display());
        return Err(Complaint::new(problem, "Name the socket in it, such as \"unix:/run/roomkeeper/web.sock\"."));
    }
    Ok(())
}

fn base_path(text: &str) -> Result<String, Complaint> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    let trimmed = text.trim_end_matches('/');
    let segments = trimmed.strip_prefix('/').unwrap_or_default().split('/');
    let is_segment = |part: &str| !part.is_empty() && part.chars().all(plain) && part.chars().any(|c| c != '.');
    if trimmed.is_empty() && text.starts_with('/') {
        return Ok(String::new());
    }
    if !trimmed.starts_with('/') || !segments.into_iter().all(is_segment) {
        return Err(Complaint::new(
            format!("{text:?} is no path that a proxy could serve"),
            "Write a path of letters, digits, - _ . and ~, such as \"/roomkeeper\".",
        ));
    }
    Ok(trimmed.to_owned())
}

fn host(text: &str) -> Result<String, Complaint> {
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    if name.len() > 253 || !name.split('.').all(is_label) {
        return Err(Complaint::new(
            format!("{text:?} is no name of a machine"),
            "Write the name alone, without https:// and without a port, such as \"roomkeeper.example.org\".",
        ));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_before_every_other_has_no_slash_at_its_end() {
        for (written, read) in [("/", ""), ("/roomkeeper", "/roomkeeper"), ("/a/b-c/", "/a/b-c")] {
            assert_eq!(base_path(written).unwrap(), read);
        }
        for wrong in ["", "roomkeeper", "//x", "/a//b", "/..", "/a b", "/\"", "/a?b", "https://x/"] {
            assert!(base_path(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_host_is_a_name_alone() {
        assert_eq!(host("Keeper.Example.org.").unwrap(), "keeper.example.org");
        for wrong in ["", "https://a", "a:80", "a..b", "a/b", "*"] {
            assert!(host(wrong).is_err(), "{wrong}");
        }
    }
}

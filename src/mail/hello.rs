//! Decides how this machine introduces itself to a mail server: by its full name, else by its address in brackets. Servers with
//! the usual checks refuse a bare name for good (RFC 5321, 4.1.4).

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use lettre::transport::smtp::extension::ClientId;
use tokio::net::{UdpSocket, lookup_host};

/// Returns the introduction to the server at that address; `configured` where a person has said it.
pub(super) async fn client_id(configured: Option<&str>, server: (&str, u16)) -> ClientId {
    if let Some(name) = configured {
        return ClientId::Domain(name.to_owned());
    }
    let hosts = tokio::fs::read_to_string("/etc/hosts").await.unwrap_or_default();
    let node = rustix::system::uname().nodename().to_string_lossy().into_owned();
    match full_name(&node, &hosts) {
        Some(name) => ClientId::Domain(name),
        None => literal(own_address(server).await),
    }
}

/// Tells whether a server that refuses while the connection is opened may mind the introduction. What it has against the connection
/// itself it says with 554 (RFC 5321, 4.3.2), or with 521 where it takes no mail at all (RFC 7504).
pub(super) fn is_refused_by(code: u16) -> bool {
    code >= 500 && !matches!(code, 521 | 554)
}

/// Says what to do about a name that a server refuses.
pub(super) fn remedy(configured: Option<&str>) -> &'static str {
    match configured {
        Some(_) => "correct `helo` in [mail]: it is to be this machine's full name, as it stands in DNS",
        None => "write this machine's full name under `helo` in [mail]",
    }
}

/// Returns the machine's name with its domain: the node's own if it has one, else the full one beside it in the hosts file. DNS is
/// not asked.
fn full_name(node: &str, hosts: &str) -> Option<String> {
    let lines = hosts.lines().map(|line| line.split('#').next().unwrap_or_default());
    let named = lines.filter_map(|line| {
        let names: Vec<_> = line.split_whitespace().skip(1).collect();
        names.contains(&node).then(|| names.into_iter().find(|name| is_full(name)).map(str::to_owned))?
    });
    std::iter::once(node.to_owned()).filter(|node| is_full(node)).chain(named).next()
}

/// Tells whether a server may take it for a machine's name in the network.
fn is_full(name: &str) -> bool {
    let label = |label: &str| {
        let is_ok = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty()
            && label.len() < 64
            && label.chars().all(is_ok)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() < 254
        && name.contains('.')
        && name.split('.').all(label)
        && !matches!(last, "localdomain" | "localhost" | "invalid")
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the address that packets to the server come from; none is sent to find that out.
async fn own_address(server: (&str, u16)) -> Option<SocketAddr> {
    for to in lookup_host(server).await.ok()? {
        let any = if to.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
        if let Ok(socket) = UdpSocket::bind::<SocketAddr>(any).await
            && socket.connect(to).await.is_ok()
            && let Ok(own) = socket.local_addr()
        {
            return Some(own);
        }
    }
    None
}

fn literal(address: Option<SocketAddr>) -> ClientId {
    match address {
        Some(SocketAddr::V4(own)) => ClientId::Ipv4(*own.ip()),
        Some(SocketAddr::V6(own)) => ClientId::Ipv6(*own.ip()),
        None => ClientId::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_name_is_the_nodes_own_or_that_of_the_hosts_file() {
        assert_eq!(full_name("pc.school.example", ""), Some("pc.school.example".to_owned()));
        let hosts = "127.0.0.1 localhost\n127.0.1.1 pc.school.example pc # ours\n10.0.0.2 other.school.example other";
        assert_eq!(full_name("pc", hosts), Some("pc.school.example".to_owned()));
        assert_eq!(full_name("mail", hosts), None);
        for none in
            ["127.0.1.1 pc", "127.0.0.1 pc.localdomain pc", "127.0.0.1 pc pc.localhost", "1.2.3.4 a_b.example pc"]
        {
            assert_eq!(full_name("pc", none), None, "{none}");
        }
        assert_eq!(full_name("10.0.0.1", ""), None);
    }

    #[tokio::test]
    async fn without_a_full_name_the_address_that_the_server_sees_stands_in_brackets() {
        assert_eq!(literal(own_address(("127.0.0.1", 25)).await).to_string(), "[127.0.0.1]");
        assert_eq!(literal(None).to_string(), "[127.0.0.1]");
        let said = client_id(Some("pc.school.example"), ("127.0.0.1", 25)).await;
        assert_eq!(said.to_string(), "pc.school.example");
        let said = client_id(None, ("127.0.0.1", 25)).await.to_string();
        assert!(said.contains('.'), "{said}");
    }
}

//! Checks by which name the page is called. A page of elsewhere can have its own name lead to this machine and then read what is
//! served here; it cannot choose the name that the browser sends.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Tells whether a `Host` header names this page: localhost, an address, this machine's own name, or one of `names`.
pub(super) fn is_ours(host: &str, names: &[String], machine: &str) -> bool {
    let Some(name) = without_port(host) else { return false };
    if let Some(inner) = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inner.parse::<Ipv6Addr>().is_ok();
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    // An address has no name whose meaning could be changed.
    name.parse::<Ipv4Addr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || (!machine.is_empty() && name.eq_ignore_ascii_case(machine))
        || names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Returns the name alone; `None` where what follows it is no port.
fn without_port(host: &str) -> Option<&str> {
    let end = host.rfind(']').map_or(0, |at| at + 1);
    match host[end..].find(':') {
        None => Some(host),
        Some(colon) => {
            let (name, port) = host.split_at(end + colon);
            port[1..].bytes().all(|digit| digit.is_ascii_digit()).then_some(name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_somebody_else_chose_is_not_ours() {
        let names = ["keeper.example.org".to_owned()];
        let ours = |host: &str| is_ours(host, &names, "office");
        for host in [
            "localhost",
            "localhost:8787",
            "LocalHost.",
            "127.0.0.1:8787",
            "192.0.2.7",
            "[::1]:8787",
            "[2001:db8::1]",
            "keeper.example.org",
            "Keeper.Example.ORG:443",
            "office:8787",
        ] {
            assert!(ours(host), "{host}");
        }
        for host in [
            "",
            "evil.example.com",
            "127.0.0.1.evil.example.com",
            "localhost.evil.example.com",
            "keeper.example.org.evil.example.com",
            "[::1]evil",
            "[evil]",
            "localhost:80@evil",
            "office.evil",
        ] {
            assert!(!ours(host), "{host}");
        }
        assert!(!is_ours("", &[], ""));
    }
}

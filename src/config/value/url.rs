//! Reads addresses of servers. None may carry a user name or password: those have keys of their own, or they would end up in
//! messages and logs.

use reqwest::Url;

use crate::config::problem::Complaint;
use crate::config::{MailSecurity, MailServer, MailWay};

/// Reads the API's address: https, or http to this machine itself.
pub(in crate::config) fn base_url(text: &str) -> Result<Url, Complaint> {
    let mut url = confidential(text, "https://api.enablex.io/ucaas/v1", "the App Key")?;
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// Reads the address that gives tokens: https, or http to this machine itself.
pub(in crate::config) fn token_url(text: &str) -> Result<Url, Complaint> {
    confidential(text, "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token", "the client's secret")
}

/// Reads an address that is told a secret.
fn confidential(text: &str, example: &str, secret: &str) -> Result<Url, Complaint> {
    let url = address(text, &["https", "http"], example)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Complaint::new(
            "the address has a query (?) or a fragment (#)",
            format!("Write it as {example:?}."),
        ));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(Complaint::new(
            format!("{text:?} is plain http to another machine: {secret} would be readable on its way"),
            "Write https://. Plain http is allowed only to localhost.",
        ));
    }
    Ok(url)
}

/// Reads the address that is told how a run went.
pub(in crate::config) fn ping_url(text: &str) -> Result<Url, Complaint> {
    address(text, &["https", "http"], "https://hc-ping.com/…")
}

/// Reads the address of a proxy.
pub(in crate::config) fn proxy(text: &str) -> Result<Url, Complaint> {
    address(text, &["http", "https"], "http://proxy.example.org:3128")
}

/// Reads who is given the mails: an SMTP server, or the machine's own mail program.
pub(in crate::config) fn mail_way(text: &str) -> Result<MailWay, Complaint> {
    let Some(path) = text.trim().strip_prefix("sendmail:") else { return mail_server(text).map(MailWay::Smtp) };
    let path = if path.is_empty() { "/usr/sbin/sendmail" } else { path };
    if !path.starts_with('/') || path.starts_with("//") || path.ends_with('/') || path.contains(char::is_control) {
        return Err(Complaint::new(
            "what follows `sendmail:` is not the whole path of a program",
            "Write \"sendmail:\" for /usr/sbin/sendmail, or \"sendmail:/usr/bin/msmtp\" for another; options cannot be given.",
        ));
    }
    Ok(MailWay::Program(path.into()))
}

/// Reads the address of an SMTP server.
pub(in crate::config) fn mail_server(text: &str) -> Result<MailServer, Complaint> {
    let url = address(text, &["smtp", "smtps"], "smtp://mail.example.org:587")?;
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(Complaint::new(
            "something follows the server and its port",
            "Write smtp://HOST:PORT or smtps://HOST:PORT.",
        ));
    }
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let security = match url.scheme() {
        "smtps" => MailSecurity::Tls,
        _ if is_loopback(&url) => MailSecurity::Loopback,
        _ => MailSecurity::StartTls,
    };
    let usual = match security {
        MailSecurity::Tls => 465,
        MailSecurity::StartTls => 587,
        MailSecurity::Loopback => 25,
    };
    Ok(MailServer { host, port: url.port().unwrap_or(usual), security })
}

/// Reads the address of something that any client may fetch. Its path may hold an @, as those of some picture services do.
pub(in crate::config) fn web_url(text: &str) -> Result<Url, Complaint> {
    let is_right = |url: &Url| {
        let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty());
        is_web && url.username().is_empty() && url.password().is_none()
    };
    match Url::parse(text.trim()) {
        Ok(url) if is_right(&url) => Ok(url),
        _ => address(text, &["https", "http"], "https://www.example.org/…"),
    }
}

fn address(text: &str, schemes: &[&str], example: &str) -> Result<Url, Complaint> {
    let remedy = || format!("Write it as {example:?}.");
    // Before anything is quoted: a person who writes a user here writes a password behind it.
    if text.split(['/', '?', '#']).any(|part| part.contains('@')) {
        return Err(Complaint::new(
            "the address holds a user name or a password",
            format!("{} User and password have keys of their own, or are not supported.", remedy()),
        ));
    }
    let url = Url::parse(text.trim()).map_err(|_| Complaint::new(format!("{text:?} is not an address"), remedy()))?;
    if !schemes.contains(&url.scheme()) {
        let allowed: Vec<_> = schemes.iter().map(|scheme| format!("{scheme}://")).collect();
        return Err(Complaint::new(format!("{text:?} does not begin with {}", allowed.join(" or ")), remedy()));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(Complaint::new(format!("{text:?} names no server"), remedy()));
    }
    Ok(url)
}

/// Tells whether it can only be this machine itself. (A scheme that is not the web's leaves an address unparsed as a domain.)
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for right in
            ["https://api.enablex.io/ucaas/v1", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1"]
        {
            assert!(base_url(right).is_ok(), "{right}");
        }
        for wrong in [
            "http://api.enablex.io",
            "http://localhost.example.org",
            "ftp://x",
            "api.enablex.io",
            "https://",
            "https://x/?a=1",
        ] {
            assert!(base_url(wrong).is_err(), "{wrong}");
        }
        assert_eq!(base_url("https://x.org/v1/").unwrap().as_str(), "https://x.org/v1");
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        let texts = ["https://me:s3cr3t@x.org", "smtp://me:s3cr3t@x.org:587", "http://s3cr3t@[::1", "me:s3cr3t@x.org"];
        for text in texts {
            let complaints = [base_url(text).unwrap_err(), proxy(text).unwrap_err(), mail_server(text).unwrap_err()];
            assert!(complaints.iter().all(|complaint| !format!("{complaint:?}").contains("s3cr3t")), "{complaints:?}");
        }
    }

    #[test]
    fn an_address_on_the_web_may_have_an_at_sign_in_its_path_alone() {
        for right in ["https://x.org/@me/a.png", "http://x.org/a?b=c@d"] {
            assert!(web_url(right).is_ok(), "{right}");
        }
        for wrong in ["https://me@x.org/a.png", "ftp://x.org/a.png", "x.org/a.png", "https://"] {
            assert!(web_url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mail_program_is_named_by_its_whole_path_or_is_the_usual_one() {
        let program =
            |text: &str| mail_way(text).map(|way| if let MailWay::Program(path) = way { Some(path) } else { None });
        assert_eq!(program("sendmail:").unwrap(), Some("/usr/sbin/sendmail".into()));
        assert_eq!(program(" sendmail:/opt/m y/send ").unwrap(), Some("/opt/m y/send".into()));
        assert_eq!(program("smtp://localhost").unwrap(), None);
        for wrong in ["sendmail:msmtp", "sendmail://usr/sbin/sendmail", "sendmail:/usr/", "sendmail:./x", "sendmail"] {
            assert!(mail_way(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mail_server_off_this_machine_is_always_encrypted() {
        let server = |text: &str| {
            let server = mail_server(text).unwrap();
            (server.host, server.port, server.security)
        };
        assert_eq!(server("smtp://mail.example.org"), ("mail.example.org".into(), 587, MailSecurity::StartTls));
        assert_eq!(server("smtps://mail.example.org"), ("mail.example.org".into(), 465, MailSecurity::Tls));
        assert_eq!(server("smtp://localhost:1025"), ("localhost".into(), 1025, MailSecurity::Loopback));
        assert_eq!(server("smtp://[::1]"), ("::1".into(), 25, MailSecurity::Loopback));
        assert_eq!(server("smtp://127.0.0.2:2"), ("127.0.0.2".into(), 2, MailSecurity::Loopback));
        for wrong in ["mail.example.org:587", "http://mail.example.org", "smtp://", "smtp://a/b", "smtp://a:99999"] {
            assert!(mail_server(wrong).is_err(), "{wrong}");
        }
    }
}

//! Certificates that are trusted, and the words about those that are not.

use super::*;

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_not_trusted_and_the_remedy_is_named() {
    let server = Script::new().encryption(Encryption::Implicit).start().await;
    let stranger = Script::new().start().await;
    let authority = authority_of(&stranger);
    let refusal = send(&mailer(&server, Tls::Implicit, Some(authority.path())), &message()).await.unwrap_err();
    assert!(!refusal.fault.is_final());
    assert!(refusal.words.contains("name that authority's certificate under `tls_ca`"), "{refusal}");
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_certificate_with_another_name_is_not_trusted_and_the_remedy_is_named() {
    let server = Script::new().encryption(Encryption::StartTls).certificate_for("mail.example.org").start().await;
    let authority = authority_of(&server);
    let refusal = send(&mailer(&server, Tls::StartTls, Some(authority.path())), &message()).await.unwrap_err();
    assert!(refusal.words.contains("write the server's name as its certificate has it"), "{refusal}");
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn on_this_machine_a_certificate_that_proves_nothing_does_not_stop_the_mail() {
    let server = Script::new().encryption(Encryption::StartTls).start().await;
    let without_login = Smtp { login: None, ..settings(&server, Tls::StartTls, None) };
    send(&Mailer::new(Server::Smtp(without_login)), &message()).await.unwrap();
    assert!(!server.received()[0].encrypted);
}

#[tokio::test]
async fn an_authority_that_is_shown_as_a_servers_own_certificate_is_told_in_words() {
    let server = Script::new().encryption(Encryption::Implicit).self_signed().start().await;
    let authority = authority_of(&server);
    let refusal = send(&mailer(&server, Tls::Implicit, Some(authority.path())), &message()).await.unwrap_err();
    assert!(refusal.words.contains("shows an authority's certificate as its own"), "{refusal}");
    assert!(!refusal.words.contains("CaUsedAsEndEntity"), "{refusal}");
}

#[tokio::test]
async fn naming_an_authority_makes_encryption_a_must() {
    let server = Script::new().start().await;
    let authority = authority_of(&server);
    let refusal = send(&mailer(&server, Tls::StartTls, Some(authority.path())), &message()).await.unwrap_err();
    assert!(refusal.words.contains("offers no encryption (STARTTLS)"), "{refusal}");
    assert_eq!(server.commands(), ["EHLO"], "nothing was said before the encryption");
}

#[tokio::test]
async fn an_authority_file_that_is_none_is_said_so() {
    let server = Script::new().encryption(Encryption::Implicit).start().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    for (path, said) in
        [(file.path(), "there is no certificate in the file"), (Path::new("/nowhere/ca.pem"), "cannot be read")]
    {
        let refusal = send(&mailer(&server, Tls::Implicit, Some(path)), &message()).await.unwrap_err();
        assert!(refusal.words.contains(said) && refusal.words.contains(path.to_str().unwrap()), "{refusal}");
    }
}

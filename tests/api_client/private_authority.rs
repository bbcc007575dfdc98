//! A server whose certificate comes from a private authority: refused, with the remedy named, until `tls_ca` says whom to trust.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use roomkeeper::api::{ClientSettings, Disposition};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::server::{bytes, client, draft, settings};

#[tokio::test]
async fn a_private_authority_is_trusted_only_where_tls_ca_names_it() {
    let (acceptor, authority) = server_of_a_private_authority();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://localhost:{}/v1", listener.local_addr().unwrap().port());
    let listening = tokio::spawn(async move {
        // The first greeting ends in a refusal, the second in a request.
        loop {
            let Ok(mut stream) = acceptor.accept(listener.accept().await.unwrap().0).await else { continue };
            let Ok(length @ 1..) = stream.read(&mut [0; 4096]).await else { continue };
            stream.write_all(&bytes(200, "", r#"{"result":1,"meeting":{"meeting_id":"m1"}}"#)).await.unwrap();
            return length;
        }
    });

    let failure = client(&settings(&base)).schedule(&draft()).await.unwrap_err();
    assert_eq!(failure.disposition, Disposition::Unreachable, "{failure:?}");
    assert!(failure.words.contains("certificate") && failure.words.contains("tls_ca"), "{failure}");

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), authority).unwrap();
    let settings = ClientSettings { tls_ca: Some(file.path().to_owned()), ..settings(&base) };
    client(&settings).schedule(&draft()).await.unwrap();
    assert!(listening.await.unwrap() > 0);
}

/// A TLS server for `localhost`, and the PEM of the authority behind its certificate.
fn server_of_a_private_authority() -> (TlsAcceptor, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);

    let key = KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned()];
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

//! A bare hyper that answers the same bytes to each request, in this process, on one thread as we are.

use std::convert::Infallible;

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

pub struct Bare {
    pub port: u16,
}

impl Bare {
    pub fn start(bytes: Vec<u8>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let bytes = Bytes::from(bytes);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    stream.set_nodelay(true).unwrap();
                    let bytes = bytes.clone();
                    tokio::spawn(async move {
                        let service = service_fn(move |_| {
                            let answer = Response::new(Full::new(bytes.clone()));
                            std::future::ready(Ok::<_, Infallible>(answer))
                        });
                        // The client goes away when it has measured.
                        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                    });
                }
            });
        });
        Self { port }
    }
}

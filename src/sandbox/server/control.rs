//! Answers questions about the sandbox itself, without credentials: its state, the uploaded files, and another fault script.

use hyper::{Method, StatusCode, body::Bytes, http::request::Parts};

use super::{
    Server,
    reply::{self, Reply},
};

impl Server {
    /// Answers `GET /_sandbox/state`, `GET /_sandbox/files/NAME`, `POST /_sandbox/faults`.
    pub fn control(&self, parts: &Parts, body: &Bytes) -> Reply {
        let path = parts.uri.path();
        if let Some(name) = path.strip_prefix("/_sandbox/files/") {
            let file = self.state().world.files.get(name);
            return file.map_or_else(|| reply::page(StatusCode::NOT_FOUND), reply::file);
        }
        match (&parts.method, path) {
            (&Method::GET, "/_sandbox/state") => match serde_json::to_vec(&self.snapshot()) {
                Ok(body) => reply::json(StatusCode::OK, body),
                Err(error) => reply::text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
            },
            (&Method::POST, "/_sandbox/faults") => match String::from_utf8_lossy(body).parse() {
                Ok(faults) => {
                    self.set_faults(faults);
                    reply::text(StatusCode::OK, "the script is in force\n")
                }
                Err(error) => reply::text(StatusCode::BAD_REQUEST, format!("{error}\n")),
            },
            _ => reply::page(StatusCode::NOT_FOUND),
        }
    }
}

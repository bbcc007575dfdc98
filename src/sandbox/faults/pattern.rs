//! Tells which requests a fault is for: `POST /meetings`, `PATCH /meetings/*`, `GET`, `* /meetings/*/lobby`.

use hyper::Method;
use serde::{Deserialize, Deserializer, de::Error as _};

/// A method and, where there is one, a path below the base URL; `*` stands for any method, and for any one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    method: Option<Method>,
    path: Option<Vec<Option<String>>>,
}

impl Pattern {
    /// Matches everything.
    pub const ANY: Self = Self { method: None, path: None };

    /// Tells whether a request is meant.
    pub fn matches(&self, method: &Method, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self.path.as_ref().is_none_or(|wanted| {
                let mut segments = path.split('/').skip(1);
                let alike = wanted.iter().all(|wanted| {
                    segments.next().is_some_and(|segment| wanted.as_ref().is_none_or(|wanted| wanted == segment))
                });
                alike && segments.next().is_none()
            })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let method = match words.next() {
            None => {
                return Err(
                    "match is empty: give a method, or a method and a path such as \"POST /meetings\"".to_owned()
                );
            }
            Some("*") => None,
            Some(name) => match METHODS.into_iter().find(|method| method.as_str() == name) {
                Some(method) => Some(method),
                None => return Err(format!("\"{name}\" is no method of this API: GET, POST, PATCH, DELETE or *")),
            },
        };
        let path = match words.next() {
            None => None,
            Some(path) => {
                let below = path.strip_prefix('/').ok_or_else(|| {
                    format!("the path \"{path}\" must begin with /, below /ucaas/v1: such as /meetings/*")
                })?;
                Some(below.split('/').map(|segment| (segment != "*").then(|| segment.to_owned())).collect())
            }
        };
        match words.next() {
            None => Ok(Self { method, path }),
            Some(more) => Err(format!("\"{more}\" is too much: match takes a method and a path")),
        }
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

const METHODS: [Method; 4] = [Method::GET, Method::POST, Method::PATCH, Method::DELETE];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_segment_and_for_any_method() {
        let matches = |pattern, method, path| Pattern::parse(pattern).unwrap().matches(&method, path);
        assert!(matches("POST /meetings", Method::POST, "/meetings"));
        assert!(!matches("POST /meetings", Method::POST, "/meetings/1/lobby"));
        assert!(!matches("POST /meetings", Method::GET, "/meetings"));
        assert!(matches("PATCH /meetings/*", Method::PATCH, "/meetings/1"));
        assert!(!matches("PATCH /meetings/*", Method::PATCH, "/meetings"));
        assert!(matches("* /meetings/*/lobby", Method::DELETE, "/meetings/1/lobby"));
        assert!(matches("GET", Method::GET, "/timezones"));
    }

    #[test]
    fn a_wrong_pattern_is_told() {
        assert!(Pattern::parse("PUT /meetings").unwrap_err().contains("\"PUT\" is no method"));
        assert!(Pattern::parse("GET meetings").unwrap_err().contains("must begin with /"));
        assert!(Pattern::parse("GET /meetings now").unwrap_err().contains("\"now\" is too much"));
        assert!(Pattern::parse(" ").unwrap_err().contains("is empty"));
    }
}

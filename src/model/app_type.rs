//! Says which of the two products a request is for (reference: header `X-App-Type`).

use serde::{Deserialize, Serialize};

/// `vc` or `wb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum AppType {
    /// Video conferences.
    #[default]
    #[serde(rename = "vc")]
    VideoConference,
    /// Webinars.
    #[serde(rename = "wb")]
    Webinar,
}

impl AppType {
    /// Returns the header's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VideoConference => "vc",
            Self::Webinar => "wb",
        }
    }

    /// Reads the header's value.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "vc" => Some(Self::VideoConference),
            "wb" => Some(Self::Webinar),
            _ => None,
        }
    }
}

//! Holds the filters of a list of meetings (reference: Get List of Meetings).

use reqwest::Url;

use crate::model::{Pin, Stage, UserId};

/// The meetings asked for, and their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListQuery {
    /// Only those that stand there in time.
    pub stage: Option<Stage>,
    /// Only those that match.
    pub search: Option<Search>,
    /// In this order, where the server can.
    pub order: Option<Order>,
}

/// A search. The API knows one at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// By the moderators' PIN, which is then part of the request's address.
    ModeratorPin(Pin),
    /// By the participants' PIN, which is then part of the request's address.
    ParticipantPin(Pin),
    /// A user's meetings.
    User(UserId),
}

/// An order, by the time a meeting begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The earliest first.
    EarliestFirst,
    /// The latest first.
    LatestFirst,
}

impl Search {
    fn by(&self) -> &'static str {
        match self {
            Self::ModeratorPin(_) => "mpin",
            Self::ParticipantPin(_) => "ppin",
            Self::User(_) => "user_id",
        }
    }

    fn what(&self) -> &str {
        match self {
            Self::ModeratorPin(pin) | Self::ParticipantPin(pin) => pin.reveal(),
            Self::User(user) => user.as_str(),
        }
    }
}

impl ListQuery {
    /// Adds the query to the list's address.
    pub(super) fn write(&self, url: &mut Url, page: u32, page_length: u32) {
        let mut pairs = url.query_pairs_mut();
        pairs.append_pair("page", &page.to_string());
        pairs.append_pair("page_length", &page_length.to_string());
        if let Some(stage) = self.stage {
            pairs.append_pair("stage", stage.as_str());
        }
        if let Some(search) = &self.search {
            pairs.append_pair("search_by", search.by());
            pairs.append_pair("search_string", search.what());
        }
        if let Some(order) = self.order {
            pairs.append_pair("order_by", "start_time");
            pairs.append_pair(
                "order_qualify",
                match order {
                    Order::EarliestFirst => "asc",
                    Order::LatestFirst => "desc",
                },
            );
        }
    }
}

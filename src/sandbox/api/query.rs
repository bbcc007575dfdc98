//! Reads the query of Get List of Meetings.

use hyper::StatusCode;
use url::form_urlencoded;

use super::refusal::{REQUEST_NOT_VALID, Refusal};
use crate::sandbox::world::{AppType, Field, Query, Search, Stage};

/// The rules that the server has for lists, beside the reference.
#[derive(Debug, Clone, Copy)]
pub struct ListRules {
    /// The longest page that it gives.
    pub page_cap: usize,
    /// True when it refuses every `order_by`.
    pub refuse_sorting: bool,
}

/// The parameters as they were given; `None` where blank.
#[derive(Debug, Default)]
pub struct Given {
    /// `page`.
    pub page: Option<String>,
    /// `page_length`.
    pub page_length: Option<String>,
    /// `search_by`.
    pub search_by: Option<String>,
    /// `search_string`.
    pub search_string: Option<String>,
    /// `stage`.
    pub stage: Option<String>,
    /// `order_by`.
    pub order_by: Option<String>,
    /// `order_qualify`.
    pub order_qualify: Option<String>,
}

impl Given {
    /// Returns the parameters in `query`; unknown ones are ignored, as the server does.
    pub fn read(query: &str) -> Self {
        let mut given = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
            match &*key {
                "page" => given.page = value,
                "page_length" => given.page_length = value,
                "search_by" => given.search_by = value,
                "search_string" => given.search_string = value,
                "stage" => given.stage = value,
                "order_by" => given.order_by = value,
                "order_qualify" => given.order_qualify = value,
                _ => {}
            }
        }
        given
    }

    /// Checks them.
    pub fn check(&self, app: AppType, rules: ListRules) -> Result<Query, Refusal> {
        let page = count(self.page.as_deref(), 1, 2608, "page")?;
        let page_length = count(self.page_length.as_deref(), 10, 2501, "page_length")?.min(rules.page_cap);
        Ok(Query {
            app,
            page,
            page_length,
            search: self.search()?,
            stage: self.stage()?,
            order: self.order(rules)?,
            descending: self.descending()?,
        })
    }

    fn search(&self) -> Result<Option<Search>, Refusal> {
        let by: fn(String) -> Search = match (self.search_by.as_deref(), &self.search_string) {
            (None, None) => return Ok(None),
            (Some("mpin"), _) => Search::Mpin,
            (Some("ppin"), _) => Search::Ppin,
            (Some("user_id"), _) => Search::User,
            _ => return Err(Refusal::invalid(2605, "search_by")),
        };
        match &self.search_string {
            Some(string) => Ok(Some(by(string.clone()))),
            None => Err(Refusal::invalid(2606, "search_string")),
        }
    }

    fn stage(&self) -> Result<Option<Stage>, Refusal> {
        match self.stage.as_deref() {
            None => Ok(None),
            Some("upcoming") => Ok(Some(Stage::Upcoming)),
            Some("current") => Ok(Some(Stage::Current)),
            Some("past") => Ok(Some(Stage::Past)),
            // The table has no code for a stage.
            Some(_) => Err(Refusal::whole(REQUEST_NOT_VALID, StatusCode::NOT_ACCEPTABLE)),
        }
    }

    fn order(&self, rules: ListRules) -> Result<Option<Field>, Refusal> {
        let Some(name) = self.order_by.as_deref() else { return Ok(None) };
        let field = FIELDS.iter().find(|(known, _)| *known == name && !rules.refuse_sorting);
        field.map(|&(_, field)| Some(field)).ok_or(Refusal::invalid(2603, "order_by"))
    }

    fn descending(&self) -> Result<bool, Refusal> {
        match self.order_qualify.as_deref() {
            None | Some("asc") => Ok(false),
            Some("desc") => Ok(true),
            Some(_) => Err(Refusal::invalid(2604, "order_qualify")),
        }
    }
}

fn count(given: Option<&str>, default: usize, code: u16, field: &'static str) -> Result<usize, Refusal> {
    let Some(text) = given else { return Ok(default) };
    text.parse().ok().filter(|&number| number > 0).ok_or(Refusal::invalid(code, field))
}

const FIELDS: [(&str, Field); 9] = [
    ("start_time", Field::StartTime),
    ("meeting_id", Field::MeetingId),
    ("room_id", Field::RoomId),
    ("user_id", Field::UserId),
    ("room_name", Field::RoomName),
    ("duration", Field::Duration),
    ("moderators", Field::Moderators),
    ("participants", Field::Participants),
    ("created_at", Field::CreatedAt),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str) -> Result<Query, u16> {
        let rules = ListRules { page_cap: 100, refuse_sorting: false };
        Given::read(query).check(AppType::Vc, rules).map_err(|refusal| refusal.code)
    }

    #[test]
    fn the_defaults_are_the_references_and_the_page_is_capped() {
        let query = check("").unwrap();
        assert_eq!((query.page, query.page_length, query.descending), (1, 10, false));
        assert_eq!(check("page_length=5000").unwrap().page_length, 100);
        assert!(
            matches!(check("search_by=user_id&search_string=u%20x").unwrap().search, Some(Search::User(id)) if id == "u x")
        );
    }

    #[test]
    fn each_wrong_parameter_has_its_code() {
        for (query, code) in [
            ("page=x", 2608),
            ("page=0", 2608),
            ("page_length=1.5", 2501),
            ("search_by=room_name&search_string=x", 2605),
            ("search_string=x", 2605),
            ("search_by=user_id", 2606),
            ("stage=soon", 1002),
            ("order_by=colour", 2603),
            ("order_by=start_time&order_qualify=up", 2604),
        ] {
            assert_eq!(check(query).map(|_| 1), Err(code), "{query}");
        }
    }

    #[test]
    fn a_server_that_sorts_nothing_refuses_every_order() {
        let rules = ListRules { page_cap: 100, refuse_sorting: true };
        assert_eq!(Given::read("order_by=start_time").check(AppType::Vc, rules).unwrap_err().code, 2603);
    }
}

//! Reads single values: each reader takes the text and gives the value or says what is wrong with it.

mod address;
mod duration;
mod encoding;
mod nearest;
mod number;
mod path;
mod pattern;
mod rate;
mod size;
mod text;
mod time;
mod url;

pub(super) use address::{address, helo, sender};
pub(super) use duration::{duration, minutes};
pub(super) use encoding::encoding;
pub(super) use nearest::did_you_mean;
pub(super) use number::{count, positive};
pub(super) use path::Base;
pub(super) use pattern::name_pattern;
pub(super) use rate::rate;
pub(super) use size::size;
pub(super) use text::{app_type, desc, id, job_name, list, not_blank, plain_id, room_id, title};
pub(super) use time::{date_format, disagreement, zone};
pub(super) use url::{base_url, mail_way, ping_url, proxy, token_url, web_url};

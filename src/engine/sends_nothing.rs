//! Stands in for the requests of kinds of job that only read: none of their items is ever sent.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::decision::{Answer, AnswerKind, Look};
use super::session::Requests;
use crate::journal::{OpenItem, SettlingItem};
use crate::model::{JobPayload, Pins};

/// The reason of the failure when an item of such a kind is to be sent all the same.
const WHY: &str = "this kind of job sends no requests";

/// Sends nothing, and finds nothing.
pub(super) struct SendsNothing;

impl Requests for SendsNothing {
    fn lease(&self, _: &OpenItem) -> Option<String> {
        None
    }

    fn attempt<'a>(&'a self, _: &'a OpenItem, _: &'a JobPayload) -> BoxFuture<'a, Answer> {
        std::future::ready(Answer {
            kind: AnswerKind::Refused,
            attempt: None,
            code: None,
            error: Some(WHY.to_owned()),
            result: None,
            pins: Pins::default(),
            remember: None,
            habit: None,
        })
        .boxed()
    }

    fn look<'a>(&'a self, items: &'a [SettlingItem]) -> BoxFuture<'a, Vec<Look>> {
        std::future::ready(items.iter().map(|_| Look::Unclear(WHY.to_owned())).collect()).boxed()
    }

    fn absences(&self, _: &OpenItem) -> u32 {
        1
    }

    fn recheck<'a>(&'a self, _: &'a [OpenItem]) -> BoxFuture<'a, Vec<String>> {
        std::future::ready(Vec::new()).boxed()
    }
}

//! Lists page by page: where they end, and where they do not.

use roomkeeper::api::{Disposition, ListQuery, MeetingPager, Order};
use roomkeeper::model::Code;

use crate::server::{Server, Step, answer, ok};

fn page(ids: &[&str]) -> Step {
    let meetings: Vec<_> = ids.iter().map(|id| format!(r#"{{"meeting_id":"{id}"}}"#)).collect();
    ok(&format!(r#"{{"result":1,"meetings":[{}]}}"#, meetings.join(",")))
}

async fn rest(pager: &mut MeetingPager) -> Vec<String> {
    let mut ids = Vec::new();
    while let Some(page) = pager.next().await.unwrap() {
        assert!(!page.is_empty());
        ids.extend(page.iter().map(|meeting| meeting.meeting_id.to_string()));
    }
    ids
}

#[tokio::test]
async fn only_an_empty_page_is_the_end_however_short_the_others_are() {
    let server = Server::with([page(&["a", "b"]), page(&["c"]), page(&["d", "e"]), page(&[])]).await;
    let mut pager = server.client().meetings(ListQuery::default());
    assert_eq!(rest(&mut pager).await, ["a", "b", "c", "d", "e"]);
    assert_eq!(pager.next().await.unwrap(), None);
    let asked: Vec<_> = (1..=4).map(|n| format!("GET /v1/meetings?page={n}&page_length=100")).collect();
    assert_eq!(server.lines(), asked);
}

#[tokio::test]
async fn a_server_that_cannot_sort_is_read_unsorted_to_the_end() {
    let cannot = answer(406, "", r#"{"result":"2603","msg":"The selected order by is invalid"}"#);
    let server = Server::with([cannot, page(&["a"]), page(&["b"]), page(&[])]).await;
    let mut pager = server.client().meetings(ListQuery { order: Some(Order::EarliestFirst), ..ListQuery::default() });
    assert!(pager.is_sorted());
    assert_eq!(rest(&mut pager).await, ["a", "b"]);
    assert!(!pager.is_sorted());
    let lines = server.lines();
    assert!(
        lines[0].contains("order_by=start_time") && lines[1..].iter().all(|line| !line.contains("order")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_sorted_list_does_not_become_unsorted_in_its_middle() {
    let cannot = answer(406, "", r#"{"result":"2603"}"#);
    let server = Server::with([page(&["a"]), cannot]).await;
    let mut pager = server.client().meetings(ListQuery { order: Some(Order::EarliestFirst), ..ListQuery::default() });
    pager.next().await.unwrap();
    assert_eq!(pager.next().await.unwrap_err().attempt.code, Some(Code::ORDER_UNKNOWN));
}

#[tokio::test]
async fn a_server_that_ignores_the_page_is_found_out_at_once() {
    let server = Server::with(vec![page(&["a", "b"]); 5]).await;
    let mut pager = server.client().meetings(ListQuery::default());
    pager.next().await.unwrap();
    let failure = pager.next().await.unwrap_err();
    assert_eq!(failure.disposition, Disposition::Final);
    assert!(failure.words.contains("does not end"), "{failure}");
    assert_eq!(server.lines().len(), 2);
}

#[tokio::test]
async fn a_list_that_goes_round_in_circles_is_found_out() {
    let circle = [page(&["x"]), page(&["a"]), page(&["b"]), page(&["c"])];
    let server = Server::with(circle.iter().cycle().take(40).cloned().collect::<Vec<_>>()).await;
    let mut pager = server.client().meetings(ListQuery::default());
    let failure = loop {
        match pager.next().await {
            Ok(page) => assert!(page.is_some()),
            Err(failure) => break failure,
        }
    };
    assert!(failure.words.contains("does not end"), "{failure}");
    assert!(server.lines().len() <= 12, "{}", server.lines().len());
}

#[tokio::test]
async fn after_a_failure_the_same_page_is_asked_for_again() {
    let refusal = answer(406, "", r#"{"result":2608}"#);
    let server = Server::with([page(&["a"]), refusal, page(&["b"]), page(&[])]).await;
    let mut pager = server.client().meetings(ListQuery::default());
    pager.next().await.unwrap();
    assert!(pager.next().await.is_err());
    assert_eq!(rest(&mut pager).await, ["b"]);
    assert!(server.lines()[2].contains("page=2"));
}

#[tokio::test]
async fn a_success_without_a_list_is_not_taken_for_the_end() {
    let server = Server::with(vec![ok(r#"{"result":1}"#); 2]).await;
    let failure = server.client().meetings(ListQuery::default()).next().await.unwrap_err();
    assert_eq!(failure.disposition, Disposition::Ambiguous);
}

//! Lists through the indexes agree with lists made the plain way.

use super::*;

const NOW: Second = Second(1_800_000_000);

fn world() -> World {
    let mut world = World::new(5, (0..3).map(|number| format!("u{number:05}")), NOW);
    world.seed(40, 30, NOW);
    // Three under way, one of them long; and some of yesterday that are over.
    for (number, (minutes_ago, duration)) in
        [(5, 60), (1_000, 1_440), (0, 10), (600, 30), (1_430, 45)].into_iter().enumerate()
    {
        let mut details = world.meeting(MeetingNo(0)).details.clone();
        details.start = Second(NOW.0 - minutes_ago * 60);
        details.duration = duration;
        world.schedule(UserNo(number % 3), AppType::Vc, details);
    }
    world.cancel(MeetingNo(7));
    let mut details = world.meeting(MeetingNo(50)).details.clone();
    details.start = Second(NOW.0 + 60);
    world.edit(MeetingNo(50), details);
    world
}

fn query(page: usize, page_length: usize) -> Query {
    Query { app: AppType::Vc, page, page_length, search: None, stage: None, order: None, descending: false }
}

#[test]
fn every_stage_order_and_page_agrees_with_a_list_made_the_plain_way() {
    let world = world();
    for stage in [None, Some(Stage::Past), Some(Stage::Current), Some(Stage::Upcoming)] {
        for order in [None, Some(Field::StartTime), Some(Field::RoomName), Some(Field::Duration)] {
            for descending in [false, true] {
                for user in [None, Some("u00001")] {
                    for length in [1, 7, 100] {
                        let ask = |page| Query {
                            stage,
                            order,
                            descending,
                            search: user.map(|id| Search::User(id.to_owned())),
                            ..query(page, length)
                        };
                        let paged: Vec<MeetingNo> = (1..)
                            .map(|page| world.list(&ask(page), NOW))
                            .take_while(|page| !page.is_empty())
                            .flatten()
                            .collect();
                        let user = user.map(|id| world.user_by_id(id).unwrap());
                        let plain = plainly(&world, &ask(1), user);
                        assert_eq!(paged, plain, "{stage:?} {order:?} {descending} {user:?} {length}");
                    }
                }
            }
        }
    }
}

fn plainly(world: &World, first: &Query, user: Option<UserNo>) -> Vec<MeetingNo> {
    let all = (0..world.meetings().len())
        .map(MeetingNo)
        .filter(|&number| user.is_none_or(|user| world.meeting(number).user == user));
    let whole = Query { stage: first.stage, order: first.order, descending: first.descending, ..query(1, usize::MAX) };
    world.sift(all, &whole, 0, NOW)
}

#[test]
fn the_stages_count_what_was_seeded() {
    let world = world();
    let count = |stage| world.list(&Query { stage: Some(stage), ..query(1, 1000) }, NOW).len();
    assert_eq!((count(Stage::Past), count(Stage::Current), count(Stage::Upcoming)), (40 + 2 - 1, 3, 30));
}

#[test]
fn a_pin_finds_its_meeting_and_a_cancelled_one_is_found_no_more() {
    let mut world = world();
    let number = MeetingNo(12);
    let search = |world: &World| {
        let pin = world.meeting(number).ppin.clone();
        world.list(&Query { search: Some(Search::Ppin(pin)), ..query(1, 10) }, NOW)
    };
    assert_eq!(search(&world), [number]);
    let id = world.meeting(number).id.clone();
    assert_eq!(world.meeting_by_id(&id), Some(number));
    world.cancel(number);
    assert!(search(&world).is_empty());
    assert_eq!(world.meeting_by_id(&id), None);
}

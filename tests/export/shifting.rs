//! Meetings come and go while the list is read.

use std::collections::BTreeSet;

use roomkeeper::sandbox::Options;

use crate::exporting::{FAULTS, Watch, count, ids, with, with_past};
use crate::site::{Chance, Site, names, wait_for};

/// The place of one of so many.
fn one_of(chance: &mut Chance, many: usize) -> usize {
    usize::try_from(chance.below(many as u64)).unwrap()
}

/// Takes two meetings out of the list after one page that is asked for, and puts four into it after the next, while exports run
/// that are killed at moments of their own. The last of them comes to its end. Tells every meeting that was ever there.
fn export_while_it_changes(site: &Site, changes: u64, kills: u32) -> BTreeSet<String> {
    let (mut there, before) = (site.ids(), site.pages());
    let mut ever: BTreeSet<_> = there.iter().cloned().collect();
    let (mut done, mut killed, mut chance, mut watch) = (0, 0, Chance::new(7), Watch::default());
    loop {
        let until = site.pages() + 1 + chance.below(60);
        let mut child = site.start_export();
        let ended = wait_for("the export ends, or its moment comes", || {
            watch.look(&site.path("exports/all.csv"));
            while done < changes.min(site.pages() - before) {
                if done % 2 == 0 {
                    for _ in 0..2 {
                        let gone = there.swap_remove(one_of(&mut chance, there.len()));
                        assert!(site.sandbox.take_away(&gone));
                    }
                } else {
                    site.sandbox.add_meetings(4, 0);
                    ever.extend(site.ids());
                }
                done += 1;
            }
            let ended = child.ended();
            (ended.is_some() || killed < kills && site.pages() >= until).then_some(ended)
        });
        match ended {
            Some(ended) if killed == kills => {
                assert!(ended.success());
                break;
            }
            // It was over before its moment came.
            Some(_) => {}
            None => {
                child.kill();
                killed += 1;
            }
        }
    }
    assert_eq!(done, changes, "the export was over too soon");
    ever
}

fn everything_is_exported(past: usize, options: Options) {
    let site = with(Options { past, users: 20, ..options });
    site.script(FAULTS);
    let stayed: BTreeSet<_> = site.ids().into_iter().collect();
    let ever = export_while_it_changes(&site, 100, 5);
    let there: BTreeSet<_> = site.ids().into_iter().collect();
    assert_eq!(there.len(), past + 200 - 100);
    let first: BTreeSet<_> = ids(&site.rows("exports/all.csv")).into_iter().collect();
    let missed: Vec<_> = stayed.intersection(&there).filter(|id| !first.contains(*id)).collect();
    assert!(missed.is_empty(), "these were there all the while: {missed:?}");

    // Two more, as unlucky as the first.
    for seed in [11, 12] {
        site.kill_at_random(&["run", "history"], 2, 30, seed);
        assert_eq!(site.export()["outcome"], "succeeded");
    }
    let exported: BTreeSet<_> = ids(&site.rows("exports/all.csv")).into_iter().collect();
    assert!(there.is_subset(&exported) && exported.is_subset(&ever));
    assert_eq!(names(&site.path("exports")), ["all.csv"]);
    // Nothing is left for yet another.
    site.script("");
    assert_eq!(count(&site.export(), "exported"), 0);
}

#[test]
fn ten_thousand_meetings_are_exported_once_while_the_list_changes_requests_are_lost_and_the_program_is_killed() {
    everything_is_exported(10_000, Options::default());
}

#[test]
fn so_they_are_where_the_server_cannot_sort() {
    everything_is_exported(3_000, Options { refuse_sorting: true, ..Options::default() });
}

#[test]
fn a_later_run_reads_only_what_is_new_and_what_may_have_changed() {
    let site = with_past(3000);
    let first = site.export();
    assert_eq!((count(&first, "exported"), &first["outcome"]), (3000, &"succeeded".into()));
    let pages = site.pages();
    assert!(pages >= 31, "{pages}");
    site.sandbox.add_meetings(1, 0);
    let second = site.export();
    // A week of half a year.
    let looked_at_again = count(&second, "unchanged");
    assert!((110..125).contains(&looked_at_again), "{second}");
    assert_eq!((count(&second, "exported"), site.pages() - pages), (1, 2), "{second}");
    assert_eq!(ids(&site.rows("exports/all.csv")), site.ids());
}

#[test]
fn a_server_that_gives_few_meetings_at_once_is_read_to_the_end() {
    let site = with(Options { past: 700, page_cap: 7, ..Options::default() });
    assert_eq!(count(&site.export(), "exported"), 700);
    assert_eq!(ids(&site.rows("exports/all.csv")), site.ids());
}

#[test]
fn nothing_where_there_were_many_is_a_warning() {
    let site = with_past(30);
    site.export();
    for id in site.ids() {
        assert!(site.sandbox.take_away(&id));
    }
    let ran = site.run(&["run", "history"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("This run found no meetings, and the last one found"), "{ran:?}");
}

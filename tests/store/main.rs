//! Asks every implementation of the journal's border for what it has to do, through the border alone. Another one is handed in as a
//! function that makes a place for a store: a line at the end of this file, with another that tells whether what it needs is there.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod again;
mod alike;
mod cells;
#[path = "../support/postgres.rs"]
mod cluster;
mod fixture;
mod items;
mod lease;
mod lost;
mod outbox;
mod owners;
mod pages;
mod postgres;
mod private;
mod proxy;
mod prune;
mod rate;
#[path = "../support/rows.rs"]
mod rows;
mod runs;
mod sharing;
mod skips;
mod sqlite;
mod troubles;

/// Makes a test of each function here, for one implementation.
macro_rules! suite {
    ($name:ident, $make:path, $is_ready:path) => {
        mod $name {
            suite!(@areas $make, $is_ready,
                again {
                    a_run_each_of_whose_operations_is_said_twice_is_one_run,
                    a_stop_and_what_it_leaves_undone_are_said_again_and_stay_the_same,
                    a_claim_whose_run_was_withdrawn_may_be_made_again,
                    what_became_of_a_mail_is_said_again_and_stays_the_same,
                    every_other_operation_is_said_again_and_stays_the_same,
                }
                alike {
                    items_whose_end_was_foretold_end_together_and_no_others,
                    what_ends_alike_takes_the_place_of_what_was_remembered_or_leaves_it,
                    a_run_has_items_that_end_alike_in_more_than_one_way,
                }
                cells {
                    the_cells_of_many_rows_come_back_in_any_order,
                }
                items {
                    a_step_that_no_item_takes_is_refused_and_changes_nothing,
                    saying_the_same_outcome_twice_says_it_once,
                    every_sending_of_an_item_is_told_in_its_order_whatever_it_ended_with,
                    neighbours_are_intended_and_settled_together_or_not_at_all,
                    of_two_memories_under_one_identity_the_one_said_last_is_kept,
                    an_item_put_off_is_offered_again_when_the_clock_was_stepped_back,
                    an_identity_is_open_in_one_run_of_a_job_at_a_time,
                    rows_that_were_handed_in_are_found_until_their_run_is_forgotten,
                    what_a_job_remembers_is_gone_through_page_by_page,
                    what_was_made_is_known_by_its_identity_and_what_was_taken_away_is_gone,
                    a_step_on_the_way_is_durable_with_what_it_showed_and_the_item_goes_on_from_there,
                    items_found_sending_at_a_start_are_settled_and_their_sending_is_on_record,
                }
                outbox {
                    a_mail_is_tried_until_it_is_sent_and_keeps_its_name,
                    a_mail_found_on_its_way_at_a_start_is_sent_again,
                    a_mail_whose_delivery_was_never_recorded_is_taken_again_after_a_while,
                    a_mail_given_up_is_counted_and_left_alone,
                    the_mail_of_a_run_that_could_not_end_is_not_sent,
                }
                pages {
                    every_run_is_on_one_page_also_where_another_begins_meanwhile,
                    a_run_under_way_is_counted_for_whoever_asks_for_it_alone,
                    a_run_is_left_until_it_is_made_good,
                    every_item_is_on_one_page_the_problems_first,
                    items_are_found_by_their_words_a_part_at_a_time,
                    figures_count_each_end_once_and_forgetting_takes_nothing_away,
                    of_a_sent_mail_is_kept_what_is_said_to_be_kept,
                    that_the_disk_takes_writes_can_be_proven_and_changes_nothing,
                }
                private {
                    a_newer_mail_takes_the_place_of_those_that_wait_about_the_same,
                    a_mail_on_its_way_that_is_not_true_any_more_is_not_tried_again,
                    a_mail_given_up_keeps_no_pins_and_the_word_about_it_is_durable_with_it,
                }
                prune {
                    old_runs_and_skips_go_and_the_last_run_of_a_job_stays,
                    a_run_stays_while_its_mail_waits,
                }
                rate {
                    a_slice_of_a_rate_begins_no_sooner_than_it_is_asked_for,
                }
                runs {
                    a_plan_is_taken_back_whole_and_can_be_made_again,
                    a_run_ends_only_when_its_items_are_accounted_for,
                    what_is_left_undone_is_pending_items_and_no_others,
                    a_renamed_job_keeps_its_history_and_its_identities,
                    a_due_time_has_one_run_at_most,
                    a_claim_is_journaled_with_its_run_and_found_again_until_the_file_lies_in_its_last_place,
                    sealed_pins_go_when_their_run_is_wiped,
                    a_run_has_one_key_until_its_pins_are_wiped,
                    however_many_sealed_pins_there_are_all_of_them_go,
                    pins_that_wait_with_a_planned_item_outlast_its_decision,
                }
                skips {
                    a_due_time_that_ran_neither_runs_again_nor_enters_the_ledger,
                    a_due_time_in_the_ledger_never_runs_and_keeps_its_first_reason,
                    a_clock_that_was_once_in_2036_silences_nothing,
                    a_pause_outlives_a_restart_and_what_was_due_in_it_is_dealt_with,
                }
                troubles {
                    a_trouble_begins_once_and_ends_and_may_begin_again,
                }
            );
        }
    };
    (@areas $make:path, $is_ready:path, $($area:ident { $($test:ident),* $(,)? })*) => {
        $(mod $area {
            $(#[tokio::test]
            async fn $test() {
                if $is_ready(concat!(module_path!(), "::", stringify!($test))) {
                    crate::$area::$test($make).await;
                }
            })*
        })*
    };
}

suite!(in_sqlite, crate::sqlite::place, crate::sqlite::is_ready);
/// Without leases (`sharing`), signs of life alone tell that another machine lives.
mod signs_of_life {
    suite!(@areas crate::sqlite::place, crate::sqlite::is_ready,
        owners {
            what_this_machine_began_is_taken_up_at_once,
            what_this_process_works_on_is_left_alone,
            what_another_machine_may_be_at_work_on_is_left_until_it_gave_no_sign_of_life_for_long,
            a_sign_of_life_keeps_a_run_for_its_machine,
            a_store_that_was_moved_is_taken_up_whole_and_at_once,
            a_container_with_another_id_each_time_is_one_machine,
            a_clock_that_is_set_back_keeps_no_run_for_ever,
            what_another_machine_was_sending_is_sent_again_only_in_its_time,
        }
    );
}

suite!(in_postgres, crate::postgres::place, crate::postgres::is_ready);
suite!(behind_pgbouncer, crate::postgres::place_behind_proxy, crate::postgres::is_proxy_ready);

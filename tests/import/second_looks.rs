//! Cases that a second reader found: twins that come again, codes in their order, ids that no user has.

use std::fmt::Write as _;

use crate::importing::{job, new_site};
use crate::site::Writes;
use crate::years;

const HEAD: &str = "action,ref,meeting_id,user_id,room_name,start_time,duration,moderators,participants\n";

fn year() -> i32 {
    years::coming()
}

#[test]
fn a_twin_that_is_retried_without_a_correction_stays_a_twin() {
    let site = new_site();
    let row = |seats: u32| format!(",TW1,,u00001,Twin One,{}-02-02 10:00,60,1,{seats}\n", year());
    let imported = site.import_text("twins.csv", &format!("{HEAD}{}{}", row(5), row(99)));
    let run = imported.run_id().to_owned();
    let (writes, ran) = site.writes_of(|| site.run(&["retry", &run]));
    assert_eq!(writes, Writes::NONE, "{ran:?}");
    assert!(ran.out.contains("the same meeting as in line 2"), "{ran:?}");
}

#[test]
fn the_code_is_that_of_the_first_fault_also_when_the_start_has_passed() {
    let site = new_site();
    let imported = site.import_text("past.csv", &format!("{HEAD},P1,,u00001,Good Past,2020-02-01 10:00,5,1,5\n"));
    assert_eq!(imported.row()["code"], "1601", "{imported:?}");
}

#[test]
fn an_update_of_a_meeting_that_nobody_has_is_invalid_and_sends_nothing() {
    let site = new_site();
    let (writes, imported) =
        site.writes_of(|| site.import_text("update.csv", &format!("{HEAD}update,,00000000,,,,,,7\n")));
    assert_eq!((writes, imported.row()["status"].as_str()), (Writes::NONE, "invalid"), "{imported:?}");
}

#[test]
fn a_dry_run_tells_that_the_real_one_would_be_refused() {
    let site = new_site();
    site.configure(&job("max_items = 1\n"));
    let row = |n: u32| format!(",D{n},,u00001,Dry run {n},{}-02-02 1{n}:00,60,1,5\n", year());
    site.write("two.csv", format!("{HEAD}{}{}", row(1), row(2)));
    let ran = site.run(&["import", "--dry-run", "two.csv"]);
    assert!(ran.code == 1 && ran.err.contains("max_items allows 1"), "{ran:?}");
}

#[test]
fn what_never_ends_or_is_too_large_is_refused_before_anything_is_copied() {
    let site = new_site();
    site.configure(&job("max_file_size = \"1 KiB\"\n"));
    site.write("large.csv", "x".repeat(2000));
    std::fs::create_dir(site.path("folder.csv")).unwrap();
    for (file, words) in [
        ("/dev/zero", "no file that can be read to its end"),
        ("folder.csv", "is a folder"),
        ("large.csv", "max_file_size allows"),
    ] {
        let ran = site.run(&["import", file]);
        assert!(ran.code == 1 && ran.err.contains(words), "{file}: {ran:?}");
    }
    let copies = std::fs::read_dir(site.path("state/incoming")).map_or(0, Iterator::count);
    assert_eq!(copies, 0);
}

/// A user who owns nothing, by number.
const NOBODY: u32 = 65534;

#[test]
fn root_may_import_dry_run_and_retry_with_files_that_only_root_can_read() {
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    let site = new_site();
    let permit = |name: &str, mode: u32| {
        std::fs::set_permissions(site.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    std::fs::create_dir(site.path("state")).unwrap();
    permit("", 0o711);
    if rustix::process::geteuid().is_root() {
        // From here on commands work as another user. For other callers they do not, and nothing else differs.
        for name in ["state", "tmp"] {
            chown(site.path(name), Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    site.write("own.csv", format!("{HEAD},R1,,u00001,ab,{}-02-02 10:00,60,1,5\n", year()));
    symlink(site.path("own.csv"), site.path("link.csv")).unwrap();
    for name in ["own.csv", "config.toml"] {
        permit(name, 0o600);
    }
    let dry = site.run(&["import", "--dry-run", "link.csv"]);
    assert!(dry.code == 3 && dry.out.contains("1612"), "{dry:?}");
    let imported = site.import("own.csv");
    assert_eq!(imported.statuses(), ["invalid"], "{imported:?}");
    // The results that were written there first, as another user, do not stay.
    assert_eq!(std::fs::read_dir(site.path("state/results")).map_or(0, Iterator::count), 0);
    let retried = site.run(&["retry", imported.run_id()]);
    assert!(retried.code == 1 && retried.out.contains("1612"), "{retried:?}");
}

#[test]
fn a_file_that_is_read_a_second_time_has_no_twins_of_its_own_rows() {
    let site = new_site();
    site.configure_with("timeout = '500ms'\nmax_attempts = 1", "");
    // Only the last row needs to know whose credentials these are, and the server cannot tell when it is asked first.
    site.script("[[fault]]\nmatch = 'GET /meeting/permanent'\nkind = 'http_500_before'\nfirst = 1");
    let year = years::coming();
    let mut text = "ref,user_id,room_name,start_time,duration,moderators,participants\n".to_owned();
    for row in 0..600 {
        writeln!(text, "T{row},u{:05},ab,{year}-03-02 09:00,30,1,5", row % 10).unwrap();
    }
    writeln!(text, "T600,,Algebra,{year}-03-02 09:00,30,1,5").unwrap();
    let imported = site.import_text("a.csv", &text);
    let told: Vec<_> = imported.rows.iter().map(|row| row["error"].as_str()).collect();
    assert!(told[..600].iter().all(|error| error.contains("shorter than 3") && !error.contains("same")), "{told:?}");
    assert_eq!((imported.rows.len(), imported.rows[600]["status"].as_str()), (601, "created"), "{imported:?}");
    assert_eq!(site.sandbox.requests().get("GET /meeting/permanent").copied(), Some(2));
}

//! A schedule: whatever is written, it is refused or it is due in order, ever later, and the same when it is asked again; and a
//! wall-clock time of any zone and year comes back from the instant that it is.

use roomkeeper::clock::{Local, Timestamp, Zone};
use roomkeeper::config::Schedule;

/// Zones with clock changes of every sort: by half an hour, by a day, at midnight, backwards in summer, and none.
pub const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Asia/Kathmandu",
];
/// Two hundred years from 1970 on, in seconds.
pub const SPAN: i64 = 200 * 366 * 86_400;

/// The first byte chooses the zone, four more the time; the rest is the expression.
pub fn check(bytes: &[u8]) {
    let Some((head, rest)) = bytes.split_at_checked(5) else { return };
    let Ok(zone) = Zone::named(ZONES[usize::from(head[0]) % ZONES.len()]) else { return };
    let seconds = i64::from(u32::from_le_bytes([head[1], head[2], head[3], head[4]])) * 2 % SPAN;
    let at = Timestamp::from_seconds(seconds);
    there_and_back(&zone, at);
    let Ok(schedule) = std::str::from_utf8(rest).map_or(Err(()), |text| Schedule::parse(text, &zone).map_err(drop))
    else {
        return;
    };
    assert_eq!(Schedule::parse(schedule.text(), &zone).ok().as_ref(), Some(&schedule), "it does not say what it is");
    let mut before = at;
    for _ in 0..20 {
        let Some(due) = schedule.next_after(before) else { return };
        assert!(due > before, "{schedule:?} is due at {due:?}, not after {before:?}");
        // No due time is passed over from just before it.
        let just_before = due.minus(std::time::Duration::from_secs(1));
        if just_before >= before {
            assert_eq!(schedule.next_after(just_before), Some(due), "{schedule:?} after {just_before:?}");
        }
        before = due;
    }
}

/// An instant is among those that its own wall-clock time is; and what is skipped is no instant's time.
pub fn there_and_back(zone: &Zone, at: Timestamp) {
    let civil = zone.civil(at);
    match zone.resolve(civil) {
        Local::Once(only) => assert_eq!(only, at, "{zone}"),
        Local::Twice(first, second) => {
            assert!(
                first < second && (at == first || at == second),
                "{zone}: {at:?} is neither {first:?} nor {second:?}"
            );
            assert_eq!((zone.civil(first), zone.civil(second)), (civil, civil), "{zone}");
        }
        Local::Skipped(_) => panic!("{zone} skips what its clocks show at {at:?}"),
    }
    // The same reading of a clock that is in no zone: where this zone skips it, the instant after the gap shows a later time.
    let read = Zone::utc().civil(at);
    match zone.resolve(read) {
        Local::Once(only) => assert_eq!(zone.civil(only), read, "{zone}"),
        Local::Twice(first, second) => assert_eq!((zone.civil(first), zone.civil(second)), (read, read), "{zone}"),
        Local::Skipped(after) => {
            assert!(zone.civil(after) > read, "{zone} at {after:?}");
            let last = after.minus(std::time::Duration::from_secs(1));
            assert!(zone.civil(last) < read, "{zone}: {last:?} is not before the gap");
        }
    }
}

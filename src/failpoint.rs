//! Marks places at which a test can make the program stumble: die between two effects, leave out what an invariant asks for, or
//! stop ticking, or find the disk full or read-only. They exist in debug builds alone; in a release they are nothing.
//!
//! `ROOMKEEPER_FAILPOINTS=journal.commit.before=kill:3;scheduler.tick=on;file.write=full:2:5`: dies at the third time of the
//! first, is told that the second is on, and finds no room at the second time of the third and at the four after it;
//! `closed` instead of `full` finds a disk that may only be read, and `freeze` instead of `kill` stands still until it is woken.

#[cfg(debug_assertions)]
mod set {
    use std::collections::HashMap;
    use std::io::ErrorKind;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use rustix::process::{Signal, getpid, kill_process};

    /// The setting of a place.
    enum Setting {
        /// It is on.
        On,
        /// The process is killed when it comes here for this time, or stands still.
        Signal { which: Signal, at: u64, come: AtomicU64 },
        /// A write here is refused so, from this time on, so many times.
        Refused { why: ErrorKind, from: u64, times: u64, come: AtomicU64 },
    }

    fn settings() -> &'static HashMap<String, Setting> {
        static SETTINGS: OnceLock<HashMap<String, Setting>> = OnceLock::new();
        SETTINGS.get_or_init(|| read(&std::env::var("ROOMKEEPER_FAILPOINTS").unwrap_or_default()))
    }

    fn read(text: &str) -> HashMap<String, Setting> {
        let each = text.split(';').filter_map(|one| one.split_once('='));
        each.filter_map(|(place, setting)| {
            let setting = match setting.split_once(':') {
                None if setting == "on" => Setting::On,
                None if setting == "kill" => Setting::Signal { which: Signal::KILL, at: 1, come: AtomicU64::new(0) },
                Some((which @ ("kill" | "freeze"), at)) => {
                    let which = if which == "kill" { Signal::KILL } else { Signal::STOP };
                    Setting::Signal { which, at: at.parse().ok()?, come: AtomicU64::new(0) }
                }
                Some((which @ ("full" | "closed"), when)) => {
                    let (from, times) = when.split_once(':').unwrap_or((when, "1"));
                    let why = if which == "full" { ErrorKind::StorageFull } else { ErrorKind::ReadOnlyFilesystem };
                    let (from, times) = (from.parse().ok()?, times.parse().ok()?);
                    Setting::Refused { why, from, times, come: AtomicU64::new(0) }
                }
                _ => return None,
            };
            Some((place.to_owned(), setting))
        })
        .collect()
    }

    pub(super) fn is_on(place: &str) -> bool {
        matches!(settings().get(place), Some(Setting::On))
    }

    pub(super) fn reach(place: &str) {
        if let Some(Setting::Signal { which, at, come }) = settings().get(place)
            && come.fetch_add(1, Ordering::Relaxed) + 1 == *at
        {
            let _ = kill_process(getpid(), *which);
            // Nothing may run after this: no destructor, no handler. The process is gone when the signal is delivered.
            if *which == Signal::KILL {
                loop {
                    std::thread::park();
                }
            }
        }
    }

    pub(super) fn terminate(place: &str) {
        if is_on(place) {
            let _ = kill_process(getpid(), Signal::TERM);
        }
    }

    pub(super) fn refused(place: &str) -> Option<ErrorKind> {
        match settings().get(place) {
            Some(Setting::Refused { why, from, times, come }) => {
                let time = come.fetch_add(1, Ordering::Relaxed) + 1;
                (*from..from + times).contains(&time).then_some(*why)
            }
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_is_set_is_read_and_anything_else_is_passed_over() {
            let read = read("a=on;b=kill;c=kill:7;d=what;e;f=full:2;g=full:3:4;h=full:x;i=closed:1;j=freeze:2");
            assert_eq!(read.len(), 7);
            assert!(matches!(read["f"], Setting::Refused { why: ErrorKind::StorageFull, from: 2, times: 1, .. }));
            assert!(matches!(read["g"], Setting::Refused { from: 3, times: 4, .. }));
            assert!(matches!(read["i"], Setting::Refused { why: ErrorKind::ReadOnlyFilesystem, .. }));
            assert!(matches!(read["a"], Setting::On));
            assert!(matches!(read["b"], Setting::Signal { which: Signal::KILL, at: 1, .. }));
            assert!(matches!(read["c"], Setting::Signal { which: Signal::KILL, at: 7, .. }));
            assert!(matches!(read["j"], Setting::Signal { which: Signal::STOP, at: 2, .. }));
        }
    }
}

/// Tells whether a test has switched this on. Never in a release.
#[must_use]
#[inline]
pub fn is_on(place: &str) -> bool {
    #[cfg(debug_assertions)]
    return set::is_on(place);
    #[cfg(not(debug_assertions))]
    {
        let _ = place;
        false
    }
}

/// The program comes by here. A test may have it killed at this place; a release goes on.
#[inline]
pub fn reach(place: &str) {
    #[cfg(debug_assertions)]
    set::reach(place);
    #[cfg(not(debug_assertions))]
    let _ = place;
}

/// The program comes by here. A test may have it asked to end at this moment; a release goes on.
#[inline]
pub fn terminate(place: &str) {
    #[cfg(debug_assertions)]
    set::terminate(place);
    #[cfg(not(debug_assertions))]
    let _ = place;
}

/// Something is about to be written. A test may have no room for it, or a disk that may only be read; a release goes on.
///
/// # Errors
///
/// Returns the error of a full disk, or of one that may only be read.
#[inline]
pub fn write(place: &str) -> std::io::Result<()> {
    #[cfg(debug_assertions)]
    if let Some(why) = set::refused(place) {
        return Err(why.into());
    }
    #[cfg(not(debug_assertions))]
    let _ = place;
    Ok(())
}

//! Tells the troubles that stand outside of any run: what, of which file, and what to do about it.

use super::plain::{clip, one_line, told};
use super::view::{Body, Entry, Section, Tone, View};
use super::{Rendered, html, text};
use crate::clock::{Doubt, Zone};
use crate::model::{JobName, TroubleKind};

/// So many of a kind are told one by one.
const SHOWN: usize = 20;
const SENTENCE: usize = 400;

/// The troubles that one mail tells.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The job that they are about; `None` where they are no single job's.
    pub job: Option<JobName>,
    /// The machine.
    pub host: String,
    /// The troubles, each with its subject and its fault.
    pub troubles: Vec<(TroubleKind, String, String)>,
}

/// Says what a clock that is doubted shows, and what becomes of that.
#[must_use]
pub fn doubted_clock(doubt: &Doubt, zone: &Zone) -> String {
    format!(
        "it shows {}, and the latest time that was lived through is {} ({zone}): until so much time was lived through, old files are not deleted and nothing old is forgotten",
        zone.minute(doubt.shown),
        zone.minute(doubt.reached)
    )
}

/// Tells troubles that began. Names are cleaned and cut as in a run's mail.
#[must_use]
pub fn render_standing(standing: &Standing) -> Rendered {
    let host = clip(&standing.host, 64);
    let place = standing.job.as_ref().map_or_else(|| host.clone(), |job| format!("{job}@{host}"));
    let of = |kind: TroubleKind| standing.troubles.iter().filter(move |trouble| trouble.0 == kind);
    let kinds: Vec<_> = TroubleKind::ALL.into_iter().filter(|kind| of(*kind).next().is_some()).collect();
    let gist = kinds.iter().map(|kind| kind.words(of(*kind).count())).collect::<Vec<_>>().join(", ");
    let mut sections = Vec::new();
    for kind in &kinds {
        let n = of(*kind).count();
        let mut entries: Vec<_> = of(*kind)
            .take(SHOWN)
            .map(|(_, subject, detail)| Entry { name: one_line(subject), value: told(detail, SENTENCE) })
            .collect();
        if n > SHOWN {
            entries.push(Entry {
                name: format!("and {} more", n - SHOWN),
                value: "`roomkeeper list` tells them.".to_owned(),
            });
        }
        sections.push(Section { heading: capital(&kind.words(n)), body: Body::Entries(entries) });
    }
    sections.push(Section {
        heading: "What to do".to_owned(),
        body: Body::Sentences(kinds.iter().map(|kind| kind.remedy().to_owned()).collect()),
    });
    let stands = kinds.iter().any(|kind| kind.stands());
    let see = standing.job.as_ref().map_or_else(|| "roomkeeper list".to_owned(), |job| format!("roomkeeper why {job}"));
    sections.push(Section {
        heading: "Good to know".to_owned(),
        body: Body::Sentences(if stands {
            vec![
                "This is told once. It ends by itself when its cause is gone.".to_owned(),
                format!("Whether it still stands: {see}"),
            ]
        } else {
            vec!["This is told once.".to_owned()]
        }),
    });
    let subject = format!("[roomkeeper] PROBLEM {place}: {}", clip(&gist, 120));
    let view = View { verdict: "PROBLEM", tone: Tone::Bad, place, gist, sections };
    let text = text::render(&view);
    let html = html::render(&view, &text);
    Rendered { subject, text, html }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_troubles_make_one_mail_and_no_name_forges_a_line() {
        let mut troubles = vec![(TroubleKind::Inbox, "/srv/a\nSubject: b".to_owned(), "it is away".to_owned())];
        troubles.extend((0..30).map(|n| (TroubleKind::FileNotMovable, format!("{n}.csv"), "not permitted".to_owned())));
        let standing = Standing { job: Some("timetable".parse().unwrap()), host: "server".to_owned(), troubles };
        let mail = render_standing(&standing);
        assert_eq!(
            mail.subject,
            "[roomkeeper] PROBLEM timetable@server: 30 files cannot be moved, the drop folder cannot be used"
        );
        assert!(mail.text.contains("  19.csv") && !mail.text.contains("  20.csv"), "{}", mail.text);
        assert!(mail.text.contains("and 10 more") && mail.text.contains("/srv/a Subject: b"), "{}", mail.text);
        assert!(mail.text.contains(TroubleKind::Inbox.remedy().split(',').next().unwrap()), "{}", mail.text);
        assert!(mail.text.contains("roomkeeper why timetable"), "{}", mail.text);
        let grew = vec![(TroubleKind::FileGrew, "a.csv".to_owned(), "it grew".to_owned())];
        let over = render_standing(&Standing { troubles: grew, ..standing.clone() });
        assert!(over.text.contains("This is told once.") && !over.text.contains("stands"), "{}", over.text);
        let nobodys =
            Standing { job: None, troubles: vec![(TroubleKind::Clock, "clock".into(), "x".into())], ..standing };
        assert!(render_standing(&nobodys).subject.starts_with("[roomkeeper] PROBLEM server: the clock"));
    }
}

//! Tells, from the system's reports on a folder, which of its files are being written, and which were renamed into
//! place: a size that stays alike says nothing while an upload stalls.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};
use notify::{Event, EventKind};

/// A file that is made by opening it is opened within so long. One that a link made, or a renaming elsewhere, is not.
const OPENED_WITHIN: Duration = Duration::from_secs(1);

/// The activity in a folder, event by event.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    writers: HashMap<OsString, Writer>,
    /// The inode that each name was given by the last renaming.
    renamed: HashMap<OsString, u64>,
    /// A name that was just taken away by a renaming, by the number that ties it to the name it is given.
    leaving: Option<(usize, Writer)>,
    /// True when the folder itself is another, or nowhere, by now.
    gone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// The name is new, and no program was seen to open it yet.
    Made(Instant),
    /// A program has it open, and may write to it.
    Open,
}

/// The traffic since the last look, as far as a look at the folder has to know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signs {
    /// Names of files that are being written.
    pub writing: HashSet<OsString>,
    /// Names that were renamed into place, each with its inode.
    pub renamed: HashMap<OsString, u64>,
}

/// The meaning of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    /// The folder is to be looked at.
    Look,
    /// There is nothing new to be seen.
    Nothing,
}

impl Traffic {
    /// Takes in what happened in `folder`; `inode` tells the number of a file that was renamed into it.
    pub(super) fn take(
        &mut self,
        event: &Event,
        folder: &Path,
        now: Instant,
        inode: impl Fn(&Path) -> Option<u64>,
    ) -> Worth {
        if event.need_rescan() {
            // Events were lost: a file that seems to be open may have been closed.
            *self = Self { gone: self.gone, ..Self::default() };
            return Worth::Look;
        }
        let Some(path) = event.paths.first() else { return Worth::Nothing };
        if path == folder {
            let away = matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
            self.gone |= away;
            return if away { Worth::Look } else { Worth::Nothing };
        }
        let Some(name) = path.file_name() else { return Worth::Nothing };
        match event.kind {
            EventKind::Create(CreateKind::Folder) => {}
            EventKind::Create(_) => {
                self.renamed.remove(name);
                self.writers.insert(name.to_owned(), Writer::Made(now));
            }
            EventKind::Access(AccessKind::Open(_)) => {
                if let Some(writer @ Writer::Made(_)) = self.writers.get_mut(name)
                    && writer.is_fresh(now)
                {
                    *writer = Writer::Open;
                }
                return Worth::Nothing;
            }
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
                self.writers.remove(name);
            }
            EventKind::Modify(ModifyKind::Data(_)) => {
                self.writers.insert(name.to_owned(), Writer::Open);
            }
            EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
                self.leaving = event.tracker().zip(self.forget(name));
            }
            EventKind::Modify(ModifyKind::Name(RenameMode::To)) => {
                self.forget(name);
                // A program that writes to a file goes on doing so under its new name.
                if let Some((_, writer)) = self.leaving.take().filter(|(tie, _)| event.tracker() == Some(*tie)) {
                    self.writers.insert(name.to_owned(), writer);
                }
                if let Some(inode) = inode(path) {
                    self.renamed.insert(name.to_owned(), inode);
                }
            }
            EventKind::Remove(_) => drop(self.forget(name)),
            _ => return Worth::Nothing,
        }
        Worth::Look
    }

    /// Tells whether the folder that was watched is no longer where it was.
    pub(super) fn is_gone(&self) -> bool {
        self.gone
    }

    /// Tells whether a program is writing to a file.
    pub(super) fn is_writing(&self, name: &OsStr, now: Instant) -> bool {
        self.writers.get(name).is_some_and(|writer| writer.is_fresh(now))
    }

    /// Returns the state that is known now; renamings are reported once.
    pub(super) fn signs(&mut self, now: Instant) -> Signs {
        Signs { renamed: std::mem::take(&mut self.renamed), ..self.writing(now) }
    }

    /// Returns the files that are being written.
    pub(super) fn writing(&mut self, now: Instant) -> Signs {
        self.writers.retain(|_, writer| writer.is_fresh(now));
        Signs { writing: self.writers.keys().cloned().collect(), renamed: HashMap::new() }
    }

    fn forget(&mut self, name: &OsStr) -> Option<Writer> {
        self.renamed.remove(name);
        self.writers.remove(name)
    }
}

impl Writer {
    /// Tells whether the file may be being written: a new name that no program opened in time was not made by a
    /// writer.
    fn is_fresh(self, now: Instant) -> bool {
        match self {
            Self::Made(at) => now.saturating_duration_since(at) < OPENED_WITHIN,
            Self::Open => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{DataChange, Flag, MetadataKind, RemoveKind};
    use proptest::prelude::*;

    use super::*;

    const CREATED: EventKind = EventKind::Create(CreateKind::File);
    const OPENED: EventKind = EventKind::Access(AccessKind::Open(AccessMode::Any));
    const WRITTEN: EventKind = EventKind::Modify(ModifyKind::Data(DataChange::Any));
    const CLOSED: EventKind = EventKind::Access(AccessKind::Close(AccessMode::Write));
    const FROM: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::From));
    const TO: EventKind = EventKind::Modify(ModifyKind::Name(RenameMode::To));

    struct Folder {
        traffic: Traffic,
        now: Instant,
    }

    impl Folder {
        fn new() -> Self {
            Self { traffic: Traffic::default(), now: Instant::now() }
        }

        fn event(&mut self, kind: EventKind, name: &str, tie: Option<usize>) -> &mut Self {
            let mut event = Event::new(kind).add_path(Path::new("/inbox").join(name));
            if let Some(tie) = tie {
                event = event.set_tracker(tie);
            }
            self.traffic.take(&event, Path::new("/inbox"), self.now, |_| Some(7));
            self
        }

        fn all(&mut self, kinds: &[EventKind]) -> &mut Self {
            for kind in kinds {
                self.event(*kind, "a.csv", None);
            }
            self
        }

        fn later(&mut self) -> &mut Self {
            self.now += Duration::from_secs(3600);
            self
        }

        fn is_writing(&mut self) -> bool {
            self.traffic.is_writing(OsStr::new("a.csv"), self.now)
        }
    }

    #[test]
    fn a_file_is_being_written_from_its_creation_or_a_write_until_it_is_closed_however_long_that_takes() {
        assert!(Folder::new().all(&[CREATED, OPENED]).later().is_writing());
        assert!(Folder::new().all(&[CREATED, OPENED, WRITTEN]).later().is_writing());
        assert!(Folder::new().all(&[WRITTEN]).later().is_writing());
        assert!(!Folder::new().all(&[CREATED, OPENED, WRITTEN, CLOSED]).is_writing());
        assert!(Folder::new().all(&[CREATED, OPENED, WRITTEN, CLOSED, OPENED, WRITTEN]).later().is_writing());
    }

    #[test]
    fn who_only_reads_or_links_or_gives_away_does_not_write() {
        let attributes = EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any));
        assert!(!Folder::new().all(&[OPENED, attributes]).is_writing());
        assert!(!Folder::new().all(&[CREATED]).later().is_writing());
        assert!(!Folder::new().all(&[CREATED]).later().all(&[OPENED]).is_writing());
    }

    #[test]
    fn a_writer_goes_on_under_the_name_that_his_file_is_given() {
        let mut folder = Folder::new();
        for kind in [CREATED, OPENED, WRITTEN] {
            folder.event(kind, ".a.csv.part", None);
        }
        folder.event(FROM, ".a.csv.part", Some(3)).event(TO, "a.csv", Some(3));
        assert!(folder.later().is_writing());
        assert_eq!(folder.traffic.signs(folder.now).renamed, [("a.csv".into(), 7)].into());
        folder.all(&[CLOSED]);
        assert!(!folder.is_writing());
        // The file that took its place is another one, without a writer.
        folder.all(&[WRITTEN]).event(TO, "a.csv", Some(4));
        assert!(!folder.is_writing());
    }

    #[test]
    fn a_renaming_is_told_once_and_not_of_a_name_that_was_made_anew() {
        let mut folder = Folder::new();
        folder.event(TO, "a.csv", None);
        assert_eq!(folder.traffic.signs(folder.now).renamed.len(), 1);
        assert!(folder.traffic.signs(folder.now).renamed.is_empty());
        for after in [EventKind::Remove(RemoveKind::File), CREATED, FROM] {
            folder.event(TO, "a.csv", None).event(after, "a.csv", None);
            assert!(folder.traffic.signs(folder.now).renamed.is_empty(), "{after:?}");
        }
    }

    #[test]
    fn events_that_were_lost_leave_nobody_writing_for_ever() {
        let mut folder = Folder::new();
        folder.all(&[CREATED, OPENED, WRITTEN]);
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(folder.traffic.take(&lost, Path::new("/inbox"), folder.now, |_| None), Worth::Look);
        assert!(!folder.is_writing());
    }

    /// The things that programs do with files, as they do them by system calls.
    #[derive(Debug, Clone, Copy)]
    enum Deed {
        /// Makes a file and keeps it open.
        Make(usize),
        /// Opens a file that is there, to write to it.
        Open(usize),
        Write(usize),
        Close(usize),
        Read(usize),
        /// Links a file that lies elsewhere, or renames one from there.
        Link(usize),
        MoveIn(usize),
        MoveOut(usize),
        Rename(usize, usize),
        Remove(usize),
        Wait,
    }

    /// A file that is there, with a flag for a program that has it open, and has made it or written to it since.
    #[derive(Debug, Clone, Copy, Default)]
    struct Truth {
        open: bool,
        begun: bool,
    }

    const NAMES: [&str; 3] = ["a.csv", "b.csv", "c.csv.part"];

    fn deeds() -> impl Strategy<Value = Vec<Deed>> {
        let deed = (0..11_usize, 0..NAMES.len(), 0..NAMES.len()).prop_map(|(which, name, other)| match which {
            0 => Deed::Make(name),
            1 => Deed::Open(name),
            2 => Deed::Write(name),
            3 => Deed::Close(name),
            4 => Deed::Read(name),
            5 => Deed::Link(name),
            6 => Deed::MoveIn(name),
            7 => Deed::MoveOut(name),
            8 => Deed::Rename(name, other),
            9 => Deed::Remove(name),
            _ => Deed::Wait,
        });
        proptest::collection::vec(deed, 0..40)
    }

    /// Does it, where it can be done, and reports it as the system would.
    fn enact(folder: &mut Folder, truth: &mut [Option<Truth>; NAMES.len()], deed: Deed, tie: usize) {
        const READ: EventKind = EventKind::Access(AccessKind::Close(AccessMode::Read));
        let told = |folder: &mut Folder, name: usize, kinds: &[EventKind]| {
            for kind in kinds {
                folder.event(*kind, NAMES[name], None);
            }
        };
        match deed {
            Deed::Make(name) if truth[name].is_none() => {
                truth[name] = Some(Truth { open: true, begun: true });
                told(folder, name, &[CREATED, OPENED]);
            }
            Deed::Open(name) if truth[name].is_some_and(|file| !file.open) => {
                truth[name] = Some(Truth { open: true, begun: false });
                told(folder, name, &[OPENED]);
            }
            Deed::Write(name) if truth[name].is_some_and(|file| file.open) => {
                truth[name] = Some(Truth { open: true, begun: true });
                told(folder, name, &[WRITTEN]);
            }
            Deed::Close(name) if truth[name].is_some_and(|file| file.open) => {
                truth[name] = Some(Truth::default());
                told(folder, name, &[CLOSED]);
            }
            Deed::Read(name) if truth[name].is_some() => told(folder, name, &[OPENED, READ]),
            Deed::Link(name) if truth[name].is_none() => {
                truth[name] = Some(Truth::default());
                told(folder, name, &[CREATED]);
                // A program may read it, but not before the moment is over in which its maker would.
                folder.later();
            }
            Deed::MoveIn(name) => {
                truth[name] = Some(Truth::default());
                told(folder, name, &[TO]);
            }
            Deed::MoveOut(name) if truth[name].take().is_some() => told(folder, name, &[FROM]),
            Deed::Rename(from, to) if from != to && truth[from].is_some() => {
                truth[to] = truth[from].take();
                folder.event(FROM, NAMES[from], Some(tie)).event(TO, NAMES[to], Some(tie));
            }
            Deed::Remove(name) if truth[name].take().is_some() => {
                told(folder, name, &[EventKind::Remove(RemoveKind::File)]);
            }
            Deed::Wait => drop(folder.later()),
            _ => {}
        }
    }

    proptest! {
        /// Checks that a file is clean when no program has it open that made it or has written to it, under
        /// whatever name it lies by now.
        #[test]
        fn whoever_made_or_wrote_a_file_writes_it_until_it_is_closed_and_nobody_else_does(deeds in deeds()) {
            let (mut folder, mut truth) = (Folder::new(), [None; NAMES.len()]);
            for (tie, deed) in (1..).zip(deeds) {
                enact(&mut folder, &mut truth, deed, tie);
                for (name, file) in NAMES.iter().zip(truth) {
                    let begun = file.is_some_and(|file| file.begun);
                    prop_assert_eq!(folder.traffic.is_writing(OsStr::new(name), folder.now), begun, "{} {:?}", name, deed);
                    let writing = folder.traffic.writing(folder.now).writing;
                    prop_assert_eq!(writing.contains(OsStr::new(name)), begun);
                }
            }
        }
    }

    #[test]
    fn a_folder_that_went_away_is_told() {
        for kind in [EventKind::Remove(RemoveKind::Folder), FROM] {
            let mut folder = Folder::new();
            assert!(!folder.event(WRITTEN, "a.csv", None).traffic.is_gone());
            assert!(folder.event(kind, "", None).traffic.is_gone());
        }
    }
}

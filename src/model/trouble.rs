//! Names the troubles that stand outside of any run until a person acts on them, with the words for those who are told.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of standing trouble. Another kind is another variant here, with its words; nothing else needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// A file that cannot be moved out of a drop folder.
    FileNotMovable,
    /// A file that was dealt with and cannot be put away.
    FileNotPutAway,
    /// A file that cannot be read.
    FileNotReadable,
    /// A drop folder that cannot be read or written.
    Inbox,
    /// A file whose ending is not known.
    UnknownEnding,
    /// A file that is being written for too long.
    BeingWritten,
    /// A file that looks like what is left of an upload that broke.
    UploadBroken,
    /// A file that grew, or was written over, after its run had ended.
    FileGrew,
    /// A clock that is not trusted.
    Clock,
    /// A mail server that takes no mail from us.
    MailServer,
    /// An address that gets no mail.
    MailReceiver,
    /// A mail server that passes no mail on to another domain.
    MailRelay,
    /// A server that takes no changes to lobbies, in neither way.
    LobbyChanges,
    /// A mail that was given up: some or all of its readers do not know what it told.
    MailGivenUp,
    /// A journal on a server that knows less than was committed.
    JournalSetBack,
}

impl TroubleKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::FileNotMovable,
        Self::FileNotPutAway,
        Self::FileNotReadable,
        Self::Inbox,
        Self::UnknownEnding,
        Self::BeingWritten,
        Self::UploadBroken,
        Self::FileGrew,
        Self::Clock,
        Self::MailServer,
        Self::MailReceiver,
        Self::MailRelay,
        Self::LobbyChanges,
        Self::MailGivenUp,
        Self::JournalSetBack,
    ];

    /// Returns the word in the journal, in JSON and on the screen.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FileNotMovable => "file_not_movable",
            Self::FileNotPutAway => "file_not_put_away",
            Self::FileNotReadable => "file_not_readable",
            Self::Inbox => "inbox",
            Self::UnknownEnding => "unknown_ending",
            Self::BeingWritten => "being_written",
            Self::UploadBroken => "upload_broken",
            Self::FileGrew => "file_grew",
            Self::Clock => "clock",
            Self::MailServer => "mail_server",
            Self::MailReceiver => "mail_receiver",
            Self::MailRelay => "mail_relay",
            Self::LobbyChanges => "lobby_changes",
            Self::MailGivenUp => "mail_given_up",
            Self::JournalSetBack => "journal_set_back",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Says in a few words what is wrong, of one subject or of `n`.
    #[must_use]
    pub fn words(self, n: usize) -> String {
        let files =
            |one: &str, several: &str| if n == 1 { format!("a file {one}") } else { format!("{n} files {several}") };
        match self {
            Self::FileNotMovable => files("cannot be moved", "cannot be moved"),
            Self::FileNotPutAway => {
                files("was dealt with and cannot be put away", "were dealt with and cannot be put away")
            }
            Self::FileNotReadable => files("cannot be read", "cannot be read"),
            Self::Inbox => "the drop folder cannot be used".to_owned(),
            Self::UnknownEnding => files("is not taken", "are not taken"),
            Self::BeingWritten => files("is still being written", "are still being written"),
            Self::UploadBroken => files("looks like half an upload", "look like halves of uploads"),
            Self::FileGrew => {
                files("was written to after it was dealt with", "were written to after they were dealt with")
            }
            Self::Clock => "the clock is not trusted".to_owned(),
            Self::MailServer => "the mail server takes no mail".to_owned(),
            Self::MailReceiver if n == 1 => "an address gets no mail".to_owned(),
            Self::MailReceiver => format!("{n} addresses get no mail"),
            Self::MailRelay => "the mail server passes no mail on to another domain".to_owned(),
            Self::LobbyChanges => "the server takes no changes to lobbies".to_owned(),
            Self::MailGivenUp if n == 1 => "a mail was given up".to_owned(),
            Self::MailGivenUp => format!("{n} mails were given up"),
            Self::JournalSetBack => "the journal's server may lack what was written last".to_owned(),
        }
    }

    /// Tells whether it is shown in one line together with others of its kind; `roomkeeper mail` tells each.
    #[must_use]
    pub fn is_of_the_outbox(self) -> bool {
        self == Self::MailGivenUp
    }

    /// Tells whether a mail is written about it: none is when the mail would have to go the way that is blocked.
    #[must_use]
    pub fn is_mailed(self) -> bool {
        self != Self::MailServer
    }

    /// Tells whether it stands until its cause is gone; any other is told once only.
    #[must_use]
    pub fn stands(self) -> bool {
        !matches!(self, Self::FileGrew | Self::JournalSetBack)
    }

    /// Says, as a sentence, what its reader can do.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::FileNotMovable => {
                "Ask whoever looks after this machine to let the service's user move the file, or take it out of the folder and put a copy there. It is taken as soon as it can be moved."
            }
            Self::FileNotPutAway => {
                "Its rows are done; do not hand it in again. Ask whoever looks after this machine to let the service's user move the file and write into the folders done and failed. It is put away as soon as that is possible."
            }
            Self::FileNotReadable => {
                "Ask whoever looks after this machine to let the service's user read the file (the program that uploads it may have to use the mode 0640 or 0660). It is taken as soon as it can be read."
            }
            Self::Inbox => {
                "Ask whoever looks after this machine to put the folder there, and to let the service's user read it and write into it. Files are taken as soon as that is possible."
            }
            Self::UnknownEnding => {
                "Save the table as .xlsx, .ods or CSV UTF-8 and put that into the folder, or give a text file the ending .csv; take the other file out of the folder."
            }
            Self::BeingWritten => {
                "Look whether the program that writes the file still runs. If it does not, take the file out of the folder and put a whole copy there."
            }
            Self::UploadBroken => {
                "Upload the file again, or give it today's date (`touch`) if it is whole. Have rsync leave halves elsewhere: --partial-dir=.partial instead of --partial."
            }
            Self::FileGrew => {
                "Look whether the upload was whole, and hand in what is not done: move the retry file into the drop folder, or take the file out of the folder failed. Have the program that uploads write under another ending, such as .part, and rename the file when it is whole."
            }
            Self::Clock => {
                "Ask whoever looks after this machine to set its clock right. If it is right, because the machine was off for more than a day, nothing need be done; to have it believed at once, run `roomkeeper journal prune --clock-is-right`."
            }
            Self::MailServer => {
                "The mails wait. Put right what the server says, in [mail] or at the server; `roomkeeper check --online` tries it. They go out by themselves then."
            }
            Self::MailReceiver => {
                "Correct the address where it is configured, or in the list of rooms, or have the mail server take mail for it. Others get their mails meanwhile."
            }
            Self::MailRelay => {
                "Have the mail server pass mail on for this machine (relay), or log in there: `username` and `password` in [mail]; `roomkeeper check --online` tries it. The mails wait, and go out by themselves then; those within the server's own domain go out meanwhile."
            }
            Self::LobbyChanges => {
                "Give the meeting whose lobby was taken away another one by hand if it is soon, and ask whoever runs the server to let it add lobbies again, and to read forms that come with a PATCH. Each run of the job tries it; the lobbies are changed when it is possible."
            }
            Self::JournalSetBack => {
                "Rows that were not over are looked for on the meeting server before they are sent, and what is found is not made again. Look at the runs of that time all the same (`roomkeeper history`): a file that was dropped then may have to be handed in once more; rows of it that are there already are told as existing."
            }
            Self::MailGivenUp => {
                "What they told is in `roomkeeper history --problems` and `roomkeeper show`. Put right what is said there; `roomkeeper mail --retry` then sends them, and `roomkeeper mail --drop ID` drops one."
            }
        }
    }
}

impl fmt::Display for TroubleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_back_and_says_what_is_wrong_and_what_to_do() {
        for kind in TroubleKind::ALL {
            assert_eq!(TroubleKind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert!(!kind.words(1).is_empty() && !kind.words(3).is_empty() && kind.remedy().ends_with('.'), "{kind}");
        }
        assert_eq!(TroubleKind::parse("other"), None);
    }
}

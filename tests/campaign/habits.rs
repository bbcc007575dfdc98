//! What the server of a scene makes of what it is sent, and what of the laws is otherwise for that.

/// What the seed gives a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habits {
    /// It keeps everything as it was sent.
    None,
    /// It takes off what is unseen, tells entities, and numbers where a text is one.
    OwnForms,
    /// It does not read a form with a PATCH, and says so; and it keeps texts in a form of its own.
    PatchRefused,
    /// It does not read a form with a PATCH, and calls it a success; numbers are numbers.
    PatchInSilence,
    /// It keeps the first file of a form.
    OneFile,
    /// It is closed for a while in the middle.
    Maintenance,
}

/// What the lobbies say, in turn; the last is what they say in the end. There is something unseen at either end, and an ampersand.
const GREETINGS: [&str; 3] =
    ["Welcome to {room_name} & all", "{room_name} begins soon & well", "At last: {room_name} & co"];

impl Habits {
    pub fn of(seed: u64) -> Self {
        match seed % 5 {
            0 => Self::Maintenance,
            1 => Self::OwnForms,
            2 => Self::PatchRefused,
            3 => Self::PatchInSilence,
            _ => Self::OneFile,
        }
    }

    /// The part of the script that stands before the faults.
    pub fn script(self) -> &'static str {
        match self {
            Self::None => "",
            Self::OwnForms => "trim = true\nescape = true\nnumeric = true\n",
            Self::PatchRefused => "patch_form = 'ignored'\ntrim = true\nescape = true\n",
            Self::PatchInSilence => "patch_form = 'ignored_in_silence'\nnumeric = true\n",
            Self::OneFile => "max_files = 1\n",
            Self::Maintenance => "trim = true\nescape = true\n[maintenance]\nafter = 300\nfor_ms = 3000\n",
        }
    }

    /// What the lobbies are to be, at the turn of that number; without a number, in the end.
    pub fn lobby(self, turn: Option<u64>) -> String {
        if self == Self::OneFile {
            return "{ images = [{ file = \"a.png\" }, { file = \"b.png\", caption = \"The door\" }] }".to_owned();
        }
        let greeting = turn.map_or(GREETINGS[2], |turn| GREETINGS[usize::try_from(turn % 2).unwrap()]);
        format!("{{ messages = [\"\\u200B{greeting}\\u200D\"] }}")
    }

    /// What a lobby of that meeting may say.
    pub fn greetings(room_name: &str) -> [String; 3] {
        GREETINGS.map(|greeting| greeting.replace("{room_name}", room_name))
    }

    /// Whether a lobby is changed by taking it away and adding it anew.
    pub fn replaces(self) -> bool {
        matches!(self, Self::PatchRefused | Self::PatchInSilence)
    }

    /// A PIN as whoever asks the server is told it.
    pub fn pin(self, pin: &str) -> &str {
        let is_number = matches!(self, Self::OwnForms | Self::PatchInSilence);
        if is_number { pin.trim_start_matches('0') } else { pin }
    }
}

//! The ways in which the server of a scene keeps things otherwise than they were sent, and the laws that differ for that.

/// The way of its own that the seed gives a server.
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

/// The part of a meeting that the server keeps otherwise, or the place where it has its id; the seed gives this besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// All as it was sent.
    All,
    /// It begins a quarter of an hour later.
    Later,
    /// Of its title there are a few characters.
    TitlesCut,
    /// It takes a multiple of fifty minutes.
    LengthsRounded,
    /// No question finds it by the id that the reply names.
    IdsForgotten,
    /// The reply names its id beside it.
    IdsBeside,
    /// The reply names nothing but its id.
    IdsAlone,
}

impl Keeps {
    /// Together with [`Habits::of`] every pair comes within 35 seeds.
    pub fn of(seed: u64) -> Self {
        match seed % 7 {
            0 => Self::IdsAlone,
            1 => Self::Later,
            2 => Self::TitlesCut,
            3 => Self::LengthsRounded,
            4 => Self::IdsForgotten,
            5 => Self::IdsBeside,
            _ => Self::All,
        }
    }

    /// The part of the script that stands before the faults.
    pub fn script(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Later => "later_by = 15\n",
            Self::TitlesCut => "cut_titles = 10\n",
            Self::LengthsRounded => "lengths_of = 50\n",
            Self::IdsForgotten => "ids = 'forgotten'\n",
            Self::IdsBeside => "id_place = 'beside'\n",
            Self::IdsAlone => "id_place = 'data'\n",
        }
    }
}

/// The texts of the lobbies, in turn; the last one is theirs in the end. There is something unseen at either end, and an ampersand.
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

    /// Writes down the lobbies that are wanted, at the turn of that number; without a number, in the end.
    pub fn lobby(self, turn: Option<u64>) -> String {
        if self == Self::OneFile {
            return "{ images = [{ file = \"a.png\" }, { file = \"b.png\", caption = \"The door\" }] }".to_owned();
        }
        let greeting = turn.map_or(GREETINGS[2], |turn| GREETINGS[usize::try_from(turn % 2).unwrap()]);
        format!("{{ messages = [\"\\u200B{greeting}\\u200D\"] }}")
    }

    /// Lists the texts that a lobby of that meeting may have.
    pub fn greetings(room_name: &str) -> [String; 3] {
        GREETINGS.map(|greeting| greeting.replace("{room_name}", room_name))
    }

    /// Tells whether a lobby is changed by taking it away and adding it anew.
    pub fn replaces(self) -> bool {
        matches!(self, Self::PatchRefused | Self::PatchInSilence)
    }

    /// Returns a PIN as the server tells it to a client that asks.
    pub fn pin(self, pin: &str) -> &str {
        let is_number = matches!(self, Self::OwnForms | Self::PatchInSilence);
        if is_number { pin.trim_start_matches('0') } else { pin }
    }
}

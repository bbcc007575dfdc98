//! Knows what the headings of other programs' tables mean: calendars, conference sheets, lesson plans, rosters, meeting lists.

use crate::model::Column;

/// The meaning of a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A column of ours.
    Of(Column),
    /// The day on which something begins.
    Day,
    /// The time at which it begins, or the day with the time.
    Begin,
    /// The day on which it ends.
    EndDay,
    /// The time at which it ends, or the day with the time.
    End,
    /// Whole hours of a length.
    Hours,
    /// The minutes of a length, perhaps beyond its hours.
    Minutes,
    /// A person for whom something is.
    Person,
}

/// The headings, each as [`Column::normalized`] gives it.
const WORDS: &[(Meaning, &[&str])] = &[
    (
        Meaning::Of(Column::RoomName),
        &[
            "subject",
            "title",
            "session_title",
            "session_name",
            "session",
            "topic",
            "meeting_topic",
            "meeting_name",
            "name",
            "event",
            "event_name",
            "event_title",
            "summary",
            "course",
            "course_name",
            "class",
            "lesson",
            "activity",
            "titel",
            "betreff",
            "thema",
            "fach",
            "kurs",
            "veranstaltung",
            "termin",
            "sujet",
            "titre",
            "cours",
            "matière",
            "objet",
            "asunto",
            "título",
            "titulo",
            "curso",
            "asignatura",
            "oggetto",
            "titolo",
            "corso",
            "materia",
            "onderwerp",
            "vak",
            "cursus",
            "temat",
            "tytuł",
            "przedmiot",
            "assunto",
            "disciplina",
            "ämne",
            "rubrik",
            "konu",
            "ders",
            "shift",
        ],
    ),
    (
        Meaning::Of(Column::Desc),
        &[
            "description",
            "session_description",
            "notes",
            "note",
            "details",
            "agenda",
            "comment",
            "comments",
            "body",
            "beschreibung",
            "bemerkung",
            "bemerkungen",
            "notiz",
            "notizen",
            "text",
            "descripción",
            "descrizione",
            "omschrijving",
            "opis",
            "descrição",
            "beskrivning",
            "açıklama",
        ],
    ),
    (
        Meaning::Of(Column::Ref),
        &["id", "uid", "session_id", "external_id", "nr", "no", "number", "lfd_nr", "key", "unterrichtsnummer"],
    ),
    (
        Meaning::Of(Column::Timezone),
        &[
            "time_zone",
            "tz",
            "start_time_zone",
            "start_timezone",
            "zeitzone",
            "fuseau_horaire",
            "zona_horaria",
            "fuso_orario",
            "tijdzone",
            "tidszon",
        ],
    ),
    (
        Meaning::Of(Column::Duration),
        &[
            "duration",
            "length",
            "duration_(minutes)",
            "duration_(min)",
            "duration_(mins)",
            "duration_minutes",
            "duration_in_minutes",
            "dauer",
            "dauer_(min)",
            "dauer_in_minuten",
            "länge",
            "durée",
            "duración",
            "durata",
            "duur",
            "czas_trwania",
            "duração",
            "längd",
            "süre",
        ],
    ),
    (
        Meaning::Of(Column::InviteeEmails),
        &[
            "required_attendees",
            "attendees",
            "guests",
            "invitees",
            "invited",
            "participants_emails",
            "teilnehmer_(e_mail)",
            "erforderliche_teilnehmer",
        ],
    ),
    (
        Meaning::Of(Column::Participants),
        &[
            "seats",
            "capacity",
            "max_participants",
            "number_of_participants",
            "plätze",
            "teilnehmerzahl",
            "students",
            "schülerzahl",
        ],
    ),
    (
        Meaning::Day,
        &[
            "start_date",
            "date",
            "day",
            "session_date",
            "event_date",
            "startdatum",
            "datum",
            "tag",
            "beginnt_am",
            "date_de_début",
            "jour",
            "fecha",
            "fecha_de_inicio",
            "día",
            "data",
            "data_inizio",
            "giorno",
            "dag",
            "data_rozpoczęcia",
            "dzień",
            "data_de_início",
            "dia",
            "tarih",
            "gün",
        ],
    ),
    (
        Meaning::Begin,
        &[
            "start",
            "start_time",
            "time_start",
            "begin",
            "begins",
            "from",
            "time",
            "meeting_time",
            "start_date_time",
            "start_date_&_time",
            "startzeit",
            "beginn",
            "von",
            "zeit",
            "uhrzeit",
            "anfang",
            "beginnt_um",
            "heure",
            "heure_de_début",
            "début",
            "hora",
            "hora_de_inicio",
            "inicio",
            "ora",
            "ora_inizio",
            "inizio",
            "begintijd",
            "tijd",
            "van",
            "godzina",
            "początek",
            "hora_de_início",
            "início",
            "tid",
            "starttid",
            "saat",
            "başlangıç",
        ],
    ),
    (
        Meaning::EndDay,
        &[
            "end_date",
            "enddatum",
            "endet_am",
            "date_de_fin",
            "fecha_de_finalización",
            "data_fine",
            "einddatum",
            "data_de_término",
            "slutdatum",
            "end_day",
        ],
    ),
    (
        Meaning::End,
        &[
            "end",
            "end_time",
            "ends",
            "time_end",
            "finish",
            "to",
            "until",
            "end_date_time",
            "endzeit",
            "ende",
            "bis",
            "endet_um",
            "heure_de_fin",
            "fin",
            "hora_de_finalización",
            "hora_fin",
            "ora_fine",
            "fine",
            "eindtijd",
            "einde",
            "tot",
            "koniec",
            "hora_de_término",
            "fim",
            "sluttid",
            "slut",
            "bitiş",
        ],
    ),
    (
        Meaning::Hours,
        &["hours", "stunden", "hrs", "heures", "horas", "ore", "uren", "duration_hours", "duration_(hours)"],
    ),
    (Meaning::Minutes, &["minutes", "minuten", "mins", "min", "minutos", "minuti"]),
    (
        Meaning::Person,
        &[
            "teacher",
            "host",
            "host_email",
            "organizer",
            "meeting_organizer",
            "owner",
            "instructor",
            "lecturer",
            "speaker",
            "speakers",
            "employee",
            "lehrer",
            "lehrkraft",
            "lehrperson",
            "dozent",
            "referent",
            "mitarbeiter",
            "veranstalter",
            "enseignant",
            "professeur",
            "animateur",
            "profesor",
            "docente",
            "insegnante",
            "leraar",
            "docent",
            "nauczyciel",
            "prowadzący",
            "professor",
            "lärare",
            "öğretmen",
            "user",
        ],
    ),
];

impl Meaning {
    /// Returns what a heading means; the name of one of our columns means that.
    pub(super) fn of(heading: &str) -> Option<Self> {
        if let Some(column) = Column::from_heading(heading)
            && !matches!(column, Column::StartTime | Column::EndTime)
        {
            return Some(Self::Of(column));
        }
        let name = Column::normalized(heading.trim_end_matches([':', '*', ' ']));
        WORDS.iter().find(|(_, words)| words.contains(&name.as_str())).map(|(meaning, _)| *meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_other_programs_have_a_meaning() {
        for (heading, meaning) in [
            ("Subject", Some(Meaning::Of(Column::RoomName))),
            ("Session Title", Some(Meaning::Of(Column::RoomName))),
            ("Start Date", Some(Meaning::Day)),
            ("Start Time", Some(Meaning::Begin)),
            ("*Time Start", None),
            ("Beginnt am", Some(Meaning::Day)),
            ("End Time:", Some(Meaning::End)),
            ("duration", Some(Meaning::Of(Column::Duration))),
            ("User ID", Some(Meaning::Of(Column::UserId))),
            ("Host", Some(Meaning::Person)),
            ("Hall", None),
        ] {
            assert_eq!(Meaning::of(heading), meaning, "{heading}");
        }
    }

    #[test]
    fn each_word_has_one_meaning_and_is_as_headings_are_compared() {
        let all: Vec<_> = WORDS.iter().flat_map(|(_, words)| words.iter()).collect();
        for (at, word) in all.iter().enumerate() {
            assert!(!all[..at].contains(word), "{word} is there twice");
            assert_eq!(Column::normalized(word), **word);
        }
    }
}

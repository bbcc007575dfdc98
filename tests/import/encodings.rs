//! Files that are not UTF-8: read as what they surely are, or as the job says; else refused, with what to do.

use super::years;
use crate::importing::{job, new_site};
use crate::site::{Site, Writes};

const HEADINGS: &str = "ref,user_id,room_name,start_time,duration,moderators,participants";

fn file(titles: &[&str]) -> String {
    let year = years::coming();
    let rows = (1..).zip(titles).map(|(n, title)| format!("A-{n},u00001,{title},{year}-02-01 09:00,60,1,30\n"));
    format!("{HEADINGS}\n{}", rows.collect::<String>())
}

const CZECH: [&str; 3] = ["Dějepis pro třídu", "Čeština a příroda", "Žáci ve škole"];

fn encoded(encoding: &'static encoding_rs::Encoding, text: &str) -> Vec<u8> {
    let (bytes, _, lossy) = encoding.encode(text);
    assert!(!lossy, "{text}");
    bytes.into_owned()
}

#[track_caller]
fn is_refused(site: &Site, bytes: &[u8], words: &[&str]) {
    site.write("a.csv", bytes);
    let (writes, ran) = site.writes_of(|| site.run(&["import", "--json", "a.csv"]));
    let answer = ran.json();
    assert_eq!((writes, ran.code, answer["run"]["outcome"].as_str()), (Writes::NONE, 1, Some("failed")), "{ran:?}");
    let error = answer["run"]["error"].as_str().unwrap();
    assert!(words.iter().all(|words| error.contains(words)), "{error}");
}

#[test]
fn what_is_not_windows_1252_is_refused_until_the_job_says_what_it_is() {
    let site = new_site();
    let czech = encoded(encoding_rs::WINDOWS_1250, &file(&CZECH));
    is_refused(&site, &czech, &["looks like windows-1250", "encoding = \"windows-1250\"", "CSV UTF-8"]);

    site.configure(&job("encoding = \"windows-1250\""));
    site.write("a.csv", &czech);
    let imported = site.import("a.csv");
    assert_eq!(imported.statuses(), ["created"; 3], "{imported:?}");
    let titles: std::collections::BTreeSet<_> = site.meetings().into_iter().map(|meeting| meeting.room_name).collect();
    assert_eq!(titles, CZECH.map(str::to_owned).into());
    site.run(&["show", imported.run_id()]).expect(0, "encoding windows-1250 (Dějepis, třídu, Čeština)");

    // Files of ours are UTF-8 with a mark, whatever the job says; so is the copy that `retry` makes.
    std::fs::copy(imported.file("results"), site.path("b.csv")).unwrap();
    assert_eq!(site.import("b.csv").statuses(), ["unchanged"; 3]);
    is_refused(&site, file(&CZECH).as_bytes(), &["windows-1250", "the text is UTF-8"]);
    site.write("c.csv", encoded(encoding_rs::WINDOWS_1250, &file(&["Řeč"]).replace("A-1,u00001", "A-9,nobody")));
    let failed = site.import("c.csv");
    assert_eq!(failed.statuses(), ["failed"], "{failed:?}");
    let again = crate::importing::Imported::of(&site.run(&["retry", "--json", failed.run_id()]));
    assert_eq!(again.row()["room_name"], "Řeč", "{again:?}");
}

#[test]
fn older_macs_dos_and_mixtures_are_refused() {
    let site = new_site();
    let german = file(&["Prüfung für Anfänger", "Übung"]);
    is_refused(&site, &encoded(encoding_rs::MACINTOSH, &german), &["line 2", "`PrŸfung`", "CSV UTF-8"]);
    let french = file(&["R_union fran_aise"]);
    let mut dos = french.into_bytes();
    let mut letters = [0x82, 0x87].into_iter();
    for byte in dos.iter_mut().skip(HEADINGS.len()).filter(|byte| **byte == b'_') {
        *byte = letters.next().unwrap_or(b'_');
    }
    is_refused(&site, &dos, &["CSV UTF-8"]);
    // By its bytes alone it might be Japanese: `Fran㌢is`.
    let mut dos = file(&["Fran_ais _l_mentaire"]).into_bytes();
    let mut letters = [0x87, 0x82, 0x82].into_iter();
    for byte in dos.iter_mut().skip(HEADINGS.len()).filter(|byte| **byte == b'_') {
        *byte = letters.next().unwrap_or(b'_');
    }
    is_refused(&site, &dos, &["line 2", "`Fran‡ais`", "CSV UTF-8, which is the only way for one of DOS"]);
    let mut mixed = file(&["Prüfung"]).into_bytes();
    mixed.extend(encoded(encoding_rs::WINDOWS_1252, "A-8,u00001,Für Käufer und Gäste\n"));
    is_refused(&site, &mixed, &["UTF-8, but not in line 3"]);
}

#[test]
fn windows_1252_is_read_and_told() {
    let site = new_site();
    site.write("a.csv", encoded(encoding_rs::WINDOWS_1252, &file(&["Prüfung – für Anfänger", "L’été à Genève"])));
    let imported = site.import("a.csv");
    assert_eq!(imported.statuses(), ["created"; 2], "{imported:?}");
    site.run(&["show", imported.run_id()]).expect(0, "encoding windows-1252 (Prüfung, für, Anfänger)");
    let plain = site.import_text("b.csv", &file(&["Übung"]).replace("A-1", "B-1"));
    let shown = site.run(&["show", plain.run_id()]);
    assert!(!shown.out.contains("encoding"), "{shown:?}");
}

#[test]
fn signs_where_no_prose_has_them_are_refused() {
    let site = new_site();
    let mac = |title: &str| encoded(encoding_rs::MACINTOSH, &file(&[title]));
    is_refused(&site, &mac("Übung"), &["line 2", "`†bung`", "CSV UTF-8"]);
    // Two bytes of so short a text are a letter of Shift_JIS, too: refused all the same.
    is_refused(&site, &mac("École"), &["line 2", "CSV UTF-8"]);
    // DOS's é and à, and ISO-8859-15's €, as the same bytes read in Windows-1252.
    let dos = |title: &str| encoded(encoding_rs::WINDOWS_1252, &file(&[title]));
    is_refused(&site, &dos("Caf‚ und mehr"), &["line 2", "`Caf‚`"]);
    is_refused(&site, &dos("Cours … distance"), &["line 2", "`Cours …`"]);
    is_refused(&site, &dos("5 ¤"), &["line 2", "`¤`"]);
    let prose = ["“Quoted” – and ‘so’ on…", "„Zitat“ und ‚Wort‘", "5 €"];
    site.write("a.csv", encoded(encoding_rs::WINDOWS_1252, &file(&prose)));
    let imported = site.import("a.csv");
    assert_eq!(imported.statuses(), ["created"; 3], "{imported:?}");
    site.run(&["show", imported.run_id()]).expect(0, "encoding windows-1252 (“Quoted”, “Quoted” –, ‘so’)");
}

#[test]
fn a_word_at_its_edge_is_enough_unless_another_shows_windows_1252() {
    let site = new_site();
    // DOS's à, ß, Ä and ä, an older Mac's é, ö and í, as the same bytes read in Windows-1252.
    for (title, word) in [
        ("Et voil… tout", "`voil…`"),
        ("Goethestraáe 5", "`Goethestraáe`"),
        ("Groáer Saal", "`Groáer`"),
        ("Žrzte im Gespr", "`Žrzte`"),
        ("\"„hnlich\"", "`„hnlich`"),
        ("RŽunion", "`RŽunion`"),
        ("Mšglichkeiten", "`Mšglichkeiten`"),
        ("Geograf’a", "`Geograf’a`"),
    ] {
        let bytes = encoded(encoding_rs::WINDOWS_1252, &file(&[title, "Plain"]));
        is_refused(&site, &bytes, &["line 2", "CSV UTF-8"]);
        let dry = site.run(&["import", "--dry-run", "a.csv"]);
        // So short a text the detector may take for that of another language: it is refused all the same.
        let told = format!("{}{}", dry.out, dry.err);
        assert!(dry.code != 0 && (told.contains(word) || told.contains("it looks like")), "{title}: {dry:?}");
    }
    let western = [
        "Straße – Übung wait… what",
        "„Ähnlich“ und „größer“",
        "L’été : voilà… «Où ?»",
        "Matemáticas – ¿cuál? ¡Sí!",
        "Suárez y Juárez: 5 €",
        "\"„Ähnlich“\"",
        "”Källan” för Åsa",
    ];
    for titles in [&western[..], &["Wait… and see", "5 €"], &["Volkswirtschaftsl…"], &["„Los…“"]] {
        site.write("a.csv", encoded(encoding_rs::WINDOWS_1252, &file(titles)));
        let ran = site.run(&["import", "--dry-run", "a.csv"]);
        assert_eq!(ran.code, 0, "{titles:?}: {ran:?}");
    }
}

#[test]
fn what_is_said_to_be_utf8_and_is_not_is_told_so() {
    let site = new_site();
    site.configure(&job("encoding = \"utf-8\""));
    let text = encoded(encoding_rs::WINDOWS_1252, &file(&["Prüfung"]));
    is_refused(&site, &text, &["encoding = \"utf-8\"", "line 2 of the text is not UTF-8", "CSV UTF-8"]);
}

#[test]
fn texts_of_asia_are_refused_by_their_encoding() {
    let site = new_site();
    for (encoding, titles) in [
        (encoding_rs::SHIFT_JIS, ["数学の授業", "日本語会話クラス", "物理学入門ﾃﾞ"]),
        (encoding_rs::GBK, ["高等数学课程", "大学英语口语", "学生会议"]),
        (encoding_rs::EUC_JP, ["数学の授業", "日本語会話クラス", "物理学入門"]),
    ] {
        let key = format!("encoding = \"{}\"", encoding.name());
        is_refused(&site, &encoded(encoding, &file(&titles)), &["looks like", &key]);
    }
}

#[test]
fn a_short_western_file_is_read_and_one_that_may_be_of_an_older_mac_is_refused_with_both_keys() {
    for titles in [&["Cœur de l’Œuvre"][..], &["Volume in m³"], &["naïve Kunst"], &["Château Noir", "Fin…"]] {
        let site = new_site();
        site.write("a.csv", encoded(encoding_rs::WINDOWS_1252, &file(titles)));
        let imported = site.import("a.csv");
        assert_eq!(imported.statuses(), vec!["created"; titles.len()], "{imported:?}");
        let mut made: Vec<_> = site.meetings().into_iter().map(|meeting| meeting.room_name).collect();
        made.sort();
        assert_eq!(made, titles);
    }
    let site = new_site();
    for title in ["La citt…", "Lo que pas—", "Mar’a"] {
        let bytes = encoded(encoding_rs::WINDOWS_1252, &file(&[title]));
        is_refused(&site, &bytes, &["line 2", "encoding = \"macintosh\"", "\"windows-1252\" if the word is right"]);
    }
    site.configure(&job("encoding = 'macintosh'"));
    site.write("b.csv", encoded(encoding_rs::MACINTOSH, &file(&["María"])));
    assert_eq!(site.import("b.csv").statuses(), ["created"]);
    assert_eq!(site.meetings()[0].room_name, "María");
}

//! Holds texts in the encodings of many languages against the guess.

use super::*;

fn guessed(bytes: &[u8]) -> Result<(), String> {
    windows_1252(&mut &bytes[..], None).map_err(|error| error.to_string())
}

fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    let (bytes, _, lossy) = encoding.encode(text);
    assert!(!lossy, "{text}");
    bytes.into_owned()
}

#[test]
fn western_texts_are_windows_1252() {
    for text in [
        "ref,room_name\nA,Übung\n",
        "A,Prüfung für Anfänger\nB,Große Straße – 50 €\n",
        "A,L’été à Genève\nB,Façade et cœur\nC,Noël n° 2\n",
        "A,Mañana ¿sí?\nB,Año 1º\n",
        "A,Caffè e perché\nB,Città\n",
        "A,Førskole på Sørøya\nB,Smörgåsbord\n",
        "A,Ação e coração\n",
        "A,Geht´s\nB,col·legi\n",
    ] {
        assert_eq!(guessed(&encoded(WINDOWS_1252, text)), Ok(()), "{text}");
    }
}

#[test]
fn a_few_letters_are_windows_1252_where_no_other_language_has_such_a_word() {
    for text in [
        "A,Cœur de l’Œuvre\n",
        "A,m³\n",
        "A,naïve\n",
        "A,10 m³\n",
        "A,Château\n",
        "A,l’Œuvre\n",
        "A,île\n",
        "A,Maïs\nB,gâteau\n",
    ] {
        assert_eq!(guessed(&encoded(WINDOWS_1252, text)), Ok(()), "{text}");
    }
    let latvian = guessed(&encoded(encoding_rs::WINDOWS_1257, "A,māte un meita\nB,skolēni mācās\n")).unwrap_err();
    assert!(latvian.contains("windows-1257"), "{latvian}");
    let polish = guessed(&encoded(encoding_rs::WINDOWS_1250, "A,mały środek\nB,gałąź\n")).unwrap_err();
    assert!(polish.contains("CSV UTF-8"), "{polish}");
    // A file that may be either is refused, and both are named.
    let told = guessed(&encoded(WINDOWS_1252, "A,pâtissier\n")).unwrap_err();
    assert!(told.contains("encoding = \"windows-1252\" if `pâtissier` is right"), "{told}");
}

#[test]
fn a_word_alone_that_an_older_mac_or_dos_becomes_is_refused_with_both_keys() {
    for text in ["A,citt…\n", "A,pas—\n", "A,Mar’a\n", "A,D’as\n"] {
        let told = guessed(&encoded(WINDOWS_1252, text)).unwrap_err();
        for words in ["encoding = \"macintosh\"", "\"windows-1252\" if the word is right"] {
            assert!(told.contains(words), "{text} {told}");
        }
    }
}

#[test]
fn others_are_refused_by_their_name() {
    let czech = "A,Dějepis pro třídu\nB,Čeština a příroda\nC,Žáci ve škole\n";
    let told = guessed(&encoded(encoding_rs::WINDOWS_1250, czech)).unwrap_err();
    assert!(told.contains("windows-1250") && told.contains("Czech") && told.contains("encoding ="), "{told}");
    let russian = "A,Русский язык\nB,Литература для класса\n";
    let told = guessed(&encoded(encoding_rs::WINDOWS_1251, russian)).unwrap_err();
    assert!(told.contains("windows-1251"), "{told}");
}

#[test]
fn signs_in_a_row_are_letters_of_another_encoding() {
    let russian = encoded(encoding_rs::IBM866, "A,ТЕСТ\nB,СТЕФА\n");
    assert!(guessed(&russian).is_err());
}

#[test]
fn old_macs_and_dos_are_refused_by_a_word() {
    for text in ["A,Prüfung für Anfänger\nB,Übung\n", "A,Mañana\nB,Español básico\n"] {
        let told = guessed(&encoded(encoding_rs::MACINTOSH, text)).unwrap_err();
        assert!(told.contains("line 1"), "{told}");
    }
    // Code page 850: é 82, ç 87, ô 93, ü 81, à 85.
    for bytes in [&b"A,R\x82union\nB,fran\x87ais\n"[..], b"A,Pr\x81fung\n", b"A,h\x93tel\n", b"A,S\xc6o Paulo\n"] {
        assert!(guessed(bytes).is_err(), "{bytes:?}");
    }
    // Its á is A0, a blank; what else is certainly Windows-1252 clears one between two words.
    let told = guessed(b"A,Matem\xa0ticas\n").unwrap_err();
    assert!(told.contains("line 1 says `Matem\u{a0}ticas`"), "{told}");
    // The s of several makes no word of a capital.
    assert_eq!(guessed(&encoded(WINDOWS_1252, "A,zwei RÜs für Große\n")), Ok(()));
    for text in ["A,Übung für\u{a0}die Großen\n", "A,Übung\u{a0}1, 20\u{a0}m²\n"] {
        assert_eq!(guessed(&encoded(WINDOWS_1252, text)), Ok(()), "{text}");
    }
    let mut proof = Proof::default();
    b"A,x\nB,R\x82union\n".iter().for_each(|byte| proof.take(*byte));
    proof.end();
    assert_eq!(proof.against, Some((2, "R‚union".to_owned())));
}

/// Returns a text in code page 850, as far as schools of Western Europe need it.
fn dos(text: &str) -> Vec<u8> {
    const LETTERS: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿";
    let byte = |c: char| match LETTERS.chars().position(|letter| letter == c) {
        Some(at) => 0x80 + u8::try_from(at).unwrap(),
        None if c == 'ß' => 0xE1,
        None => u8::try_from(c).ok().filter(u8::is_ascii).unwrap(),
    };
    text.chars().map(byte).collect()
}

#[test]
fn of_a_text_of_dos_no_encoding_is_named_in_which_it_says_nothing() {
    for text in [
        "A,Français élémentaire\n",
        "A,Français élémentaire\nB,Géométrie\nC,Théâtre\n",
        "A,Réunion\nB,français\n",
        "A,hôtel\n",
        "A,élève\nB,Évaluation écrite\n",
        "A,Prüfung für Anfänger\n",
        "A,Prüfung A\n",
        "A,Übung\nB,größer\n",
        "A,Mañana\nB,Español básico\n",
        "A,Educación física\nB,Niños pequeños\n",
        "A,Kära föräldrar\nB,Skolgård\n",
        "A,Caffè e perché\nB,attività\n",
        "A,Kjære lærer\nB,Håndverk på søndag\n",
        "A,Coração\n".replace('ã', "a").as_str(),
    ] {
        let told = guessed(&dos(text)).unwrap_err();
        assert!(told.contains("CSV UTF-8") && !told.contains("looks like"), "{text}: {told}");
    }
}

#[test]
fn of_a_text_in_a_foreign_alphabet_its_encoding_is_named_though_latin_words_are_in_it() {
    for (encoding, text) in [
        (encoding_rs::SHIFT_JIS, "A,日本語の授業\nB,Excel基礎\nC,テスト\nD,数学と科学\n"),
        (encoding_rs::GBK, "A,数学课\nB,word基础\nC,英语口语练习\nD,物理\n"),
        (encoding_rs::EUC_KR, "A,한국어 수업\nB,수학\nC,영어 회화 연습\n"),
        (encoding_rs::WINDOWS_1251, "A,Русский язык\nB,Литература для класса\nC,Excel\n"),
        (encoding_rs::WINDOWS_1253, "A,Ελληνική γλώσσα\nB,Μαθηματικά και φυσική\n"),
        (encoding_rs::WINDOWS_1255, "A,שיעור עברית\nB,מתמטיקה לכיתה\n"),
        (encoding_rs::WINDOWS_1250, "A,Dějepis pro třídu\nB,Čeština a příroda\nC,Žáci ve škole\n"),
        (encoding_rs::WINDOWS_1254, "A,Türkçe dersi için ışık\nB,Öğretmen ve öğrenciler\n"),
    ] {
        let told = guessed(&encoded(encoding, text)).unwrap_err();
        assert!(told.contains("looks like"), "{text}: {told}");
    }
}

#[test]
fn a_sign_at_a_words_start_or_end_is_enough() {
    let mac = |text| encoded(encoding_rs::MACINTOSH, text);
    for (bytes, line, word) in [
        (mac("A,Übung\n"), 1, "†bung"),
        (mac("A,École\n"), 1, "ƒcole"),
        (mac("A,x\nB,Öffnung"), 2, "…ffnung"),
        (mac("A,Ça va\nB,x\n"), 1, "‚a"),
        (b"A,Caf\x82 und mehr\n".to_vec(), 1, "Caf‚"),
        (b"A,Cours \x85 distance\n".to_vec(), 1, "Cours …"),
        (b"A,5 \xA4\n".to_vec(), 1, "¤"),
        (b"A,\x84hnlich\n".to_vec(), 1, "„hnlich"),
    ] {
        let mut proof = Proof::default();
        for byte in &bytes {
            proof.take(*byte);
        }
        proof.end();
        assert_eq!(proof.against, Some((line, word.to_owned())));
        // By that word, or as what the detector takes so short a text for.
        assert!(guessed(&bytes).unwrap_err().contains("CSV UTF-8"), "{word}");
    }
}

/// Returns the word that is told of a file that is refused.
fn word(bytes: &[u8]) -> Option<(u64, String)> {
    let mut proof = Proof::default();
    for byte in bytes {
        proof.take(*byte);
    }
    proof.end();
    proof.against
}

#[test]
fn words_that_hardly_are_windows_1252_refuse_a_file_in_which_nothing_else_is() {
    for (bytes, expected) in [
        (&b"A,Le voil\x85\n"[..], "voil…"),
        (b"A,attivit\x85 sportive\n", "attivit…"),
        (b"A,Stra\xE1e\nB,gro\xE1\n", "Straáe"),
        (b"A,\x8Erzte\n", "Žrzte"),
        (b"A,\x9Abung\n", "šbung"),
        (b"A,\x94ffnen der T\xA0r\n", "”ffnen"),
        (b"A,m\x9Aglich\n", "mšglich"),
    ] {
        assert_eq!(word(bytes), Some((1, expected.to_owned())), "{expected}");
        assert!(guessed(bytes).unwrap_err().contains("CSV UTF-8"), "{expected}");
        // A letter that is in the right place there speaks for Windows-1252.
        let genuine = [bytes, &b"C,f\xFCr\n"[..]].concat();
        assert_eq!(word(&genuine), None, "{expected}");
    }
}

#[test]
fn a_cells_quotation_mark_ends_no_quotation_of_the_text() {
    for bytes in [&b"A,\"\x84hnlich\",x\n"[..], b"\"\x84hnlich\"\n", b"A,\"\x84hnlich, x\"\r\n", b"A,\"\x84\"\n"] {
        assert!(word(bytes).is_some(), "{bytes:?}");
    }
    for text in
        ["A,„Zitat\" x\n", "A,\"„Zitat\"\" x\"\n", "A,\"„Zitat“ x\"\n", "A,\"\"\"x\"\" „y\"\"\"\n", "A,”Text här”\n"]
    {
        assert_eq!(word(&encoded(WINDOWS_1252, text)), None, "{text}");
    }
}

#[test]
fn no_word_speaks_against_western_texts() {
    for text in [
        "A,Juárez y Suárez\nB,¿Cuál es el diálogo?\n",
        "A,Seán Ó Cuív\nB,Evaluá\n",
        "A,cœur\nB,Œuvres\n",
        "A,Nataša Miloš\nB,Žižek lesen\n",
        "A,Évaluation\nB,Le cœur\n",
    ] {
        assert_eq!(word(&encoded(WINDOWS_1252, text)), None, "{text}");
    }
}

#[test]
fn prose_with_its_signs_is_windows_1252() {
    for text in [
        "A,“Quoted” – and ‘so’ on…\nB,5 €\n",
        "A,„Zitat“ und ‚Wort‘; mehr…\nB,Zoom™ – § 5\n",
        "A,\"„Anfang\nEnde“\"\nB,Übung\n",
        "A,«\u{a0}CAFÉ\u{a0}» – l’été\n",
        "A,wait…\nB,Einführung in die Volkswirtschaftsl…\n",
        "A,wait… what\nB,„Los“ – 5 €…\n",
        "A,„Los…“\n",
        "A,5 €\n",
        "A,«\u{a0}on y va\u{a0}»\n",
    ] {
        assert_eq!(guessed(&encoded(WINDOWS_1252, text)), Ok(()), "{text}");
    }
}

//! Every lobby that the API takes can be written in a `[refresh_lobby.NAME]`; any other is refused in words.

use std::time::Duration;

use roomkeeper::config::{Invalid, JobSettings, LobbyTemplate, RefreshLobby};
use roomkeeper::model::{Asset, Stage, UserId};

use crate::support::{Folder, MINIMAL};

fn folder(job: &str) -> Folder {
    let folder = Folder::with(&format!("{MINIMAL}[refresh_lobby.lectures]\n{job}\n"));
    for name in ["waiting.mp3", "campus.PNG"] {
        std::fs::write(folder.path(name), name).unwrap();
    }
    std::fs::write(folder.path("empty.mp3"), "").unwrap();
    std::fs::create_dir(folder.path("folder.mp3")).unwrap();
    std::fs::File::create(folder.path("large.mp3")).unwrap().set_len((64 << 20) + 1).unwrap();
    folder
}

fn settings(folder: &Folder) -> RefreshLobby {
    let job = folder.load().unwrap_or_else(|invalid| panic!("{invalid}")).config.jobs.into_values().next().unwrap();
    let JobSettings::RefreshLobby(settings) = job.settings else { panic!("{job:?}") };
    *settings
}

#[test]
fn the_job_of_the_manual_is_read_as_it_says() {
    let folder = folder(
        "schedule = '0 * * * *'\n\
         select = { room_name = 'Lecture*', user_ids = ['u1'], starts_within = '24h' }\n\
         lobby = { messages = ['Welcome to {room_name}', 'We begin at {start_time}'], audio = 'waiting.mp3' }",
    );
    let RefreshLobby { select, lobby } = settings(&folder);
    assert_eq!((select.stage, select.starts_within), (Stage::Upcoming, Some(Duration::from_hours(24))));
    assert_eq!(select.user_ids, [UserId::new("u1").unwrap()]);
    assert!(select.room_name.matches("Lecture 3") && !select.room_name.matches("A lecture"));
    let LobbyTemplate::Messages { texts, audio } = lobby else { panic!("{lobby:?}") };
    assert_eq!((texts.len(), audio), (2, Some(Asset::File(folder.path("waiting.mp3")))));
}

#[test]
fn every_lobby_that_the_api_takes_can_be_written() {
    let of = |lobby: &str| settings(&folder(&format!("lobby = {{ {lobby} }}"))).lobby;
    let images =
        of("images = [{ file = 'campus.PNG', caption = 'At {start_time}' }, { url = 'https://x.org/@a/1' }], \
                     audio = 'https://x.org/a.mp3?b=1'");
    let LobbyTemplate::Images { images, audio } = images else { panic!("{images:?}") };
    assert_eq!(audio, Some(Asset::Url("https://x.org/a.mp3?b=1".to_owned())));
    assert_eq!((images.len(), images[0].caption.is_some(), images[1].caption.is_some()), (2, true, false));
    assert_eq!(images[1].image, Asset::Url("https://x.org/@a/1".to_owned()));
    assert_eq!(of("video = 'https://x.org/v.MP4'"), LobbyTemplate::Video("https://x.org/v.MP4".to_owned()));
    assert!(matches!(of("audio = 'waiting.mp3'"), LobbyTemplate::Audio(Asset::File(_))));
    assert_eq!(of("remove = true"), LobbyTemplate::Remove);
    assert!(matches!(of("remove = false, messages = 'One message'"), LobbyTemplate::Messages { .. }));
}

/// Fails unless the file has just this problem, told so.
#[track_caller]
fn refused(job: &str, key: &str, words: &str) {
    let Invalid { problems, .. } = folder(job).load().unwrap_err();
    let [problem] = problems.as_slice() else { panic!("not one problem: {problems:?}") };
    assert_eq!(problem.key.as_deref(), Some(format!("refresh_lobby.lectures{key}").as_str()), "{problem}");
    assert!(problem.to_string().contains(words), "no {words:?} in {problem}");
}

#[test]
fn what_the_api_does_not_take_together_is_refused_in_words() {
    refused("", ".lobby", "the key is missing");
    refused("lobby = {}", ".lobby", "does not say what the lobby shows");
    refused("lobby = { remove = false }", ".lobby", "does not say what the lobby shows");
    refused("lobby = { remove = true, audio = 'waiting.mp3' }", ".lobby.audio", "removed shows nothing");
    let images = "images = [{ url = 'https://x.org/a.png' }]";
    refused(&format!("lobby = {{ messages = ['Hello'], {images} }}"), ".lobby.images", "beside messages");
    refused("lobby = { messages = ['Hello'], video = 'https://x.org/v.mp4' }", ".lobby.video", "beside messages");
    refused("lobby = { video = 'https://x.org/v.mp4', audio = 'waiting.mp3' }", ".lobby.audio", "its own sound");
    refused("lobby = { images = [{ caption = 'Nothing' }] }", ".lobby.images", "which image");
    refused("lobby = { images = [{ file = 'campus.PNG', url = 'https://x.org/a' }] }", ".lobby.images", "said twice");
    refused("lobby = { messages = [] }", ".lobby.messages", "empty");
    refused("lobby = { images = [] }", ".lobby.images", "empty");
    refused("lobby = { messages = ['Hello'], picture = 'a' }", ".lobby.picture", "there is no key");
}

#[test]
fn a_message_with_a_mistake_is_found_before_anything_runs() {
    refused("lobby = { messages = ['Hello', 'Welcome to {room}'] }", ".lobby.messages", "no placeholder {room}");
    refused("lobby = { messages = ['Hi'] }", ".lobby.messages", "5 to 100 characters");
    refused(&format!("lobby = {{ messages = ['{}'] }}", "x".repeat(101)), ".lobby.messages", "101 characters");
    let caption = "lobby = { images = [{ file = 'campus.PNG', caption = 'In {hall}' }] }";
    refused(caption, ".lobby.images", "no placeholder {hall}");
}

#[test]
fn files_and_addresses_are_looked_at() {
    for (audio, words) in [
        ("empty.mp3", "is empty"),
        ("folder.mp3", "is not a file"),
        ("large.mp3", "larger than 64 MiB"),
        ("campus.PNG", "ends in .mp3"),
        ("https://x.org/a.ogg", "ends in .mp3"),
        ("ftp://x.org/a.mp3", "https:// or http://"),
        ("https://me:secret@x.org/a.mp3", "holds a user name"),
    ] {
        refused(&format!("lobby = {{ audio = '{audio}' }}"), ".lobby.audio", words);
    }
    refused("lobby = { video = 'https://x.org/v.avi' }", ".lobby.video", "ends in .mp4");
    refused("lobby = { images = [{ file = 'waiting.mp3' }] }", ".lobby.images", ".gif or .webp");
}

#[test]
fn a_file_that_is_not_there_is_a_warning_since_the_other_jobs_can_do_without() {
    let loaded = folder("lobby = { audio = 'absent.mp3' }").load().unwrap();
    let [warning] = loaded.warnings.as_slice() else { panic!("not one warning: {:?}", loaded.warnings) };
    assert!(warning.to_string().contains("there is no file"), "{warning}");
}

#[test]
fn files_that_many_servers_would_drop_are_a_warning_with_what_to_do() {
    let warned = |lobby: &str, sizes: &[(&str, u64)]| {
        let folder = folder(&format!("lobby = {{ {lobby} }}"));
        for (name, size) in sizes {
            std::fs::File::create(folder.path(name)).unwrap().set_len(*size).unwrap();
        }
        let warnings = folder.load().unwrap().warnings;
        warnings.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let pictures = |count: usize| {
        let each: Vec<_> = (0..count).map(|_| "{ file = 'campus.PNG' }").collect();
        format!("images = [{}]", each.join(", "))
    };
    assert_eq!(warned(&pictures(20), &[]), [""; 0]);
    assert_eq!(warned(&format!("{}, audio = 'https://x.org/a.mp3'", pictures(20)), &[]), [""; 0]);
    for lobby in [pictures(21), format!("{}, audio = 'waiting.mp3'", pictures(20))] {
        let [warning] = warned(&lobby, &[]).try_into().unwrap();
        assert!(warning.contains("has 21 files") && warning.contains("keep 20 and drop the rest"), "{warning}");
        assert!(warning.contains("lobby.images") && warning.contains("max_file_uploads"), "{warning}");
    }
    assert_eq!(warned("audio = 'waiting.mp3'", &[("waiting.mp3", 2 << 20)]), [""; 0]);
    let [warning] = warned("audio = 'waiting.mp3'", &[("waiting.mp3", (2 << 20) + 1)]).try_into().unwrap();
    assert!(warning.contains("has 2.1 MB, and many servers keep none above 2 MB"), "{warning}");
    let [warning] = warned(&pictures(5), &[("campus.PNG", 2_000_000)]).try_into().unwrap();
    assert!(warning.contains("have 9.6 MB in all, and many servers take no more than 8 MB"), "{warning}");
}

#[test]
fn a_selection_that_can_choose_nothing_is_refused() {
    let with = |select: &str| format!("lobby = {{ remove = true }}\nselect = {{ {select} }}");
    refused(&with("stage = 'past'"), ".select.stage", "shows no lobby");
    refused(&with("stage = 'later'"), ".select.stage", "is not a stage");
    refused(&with("stage = 'current', starts_within = '1h'"), ".select.starts_within", "begun already");
    refused(&with("starts_within = '5s'"), ".select.starts_within", "too short");
    refused(&with("room_name = ' '"), ".select.room_name", "blank");
}

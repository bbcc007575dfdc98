//! Shows the rules by which files are ready at a clock that stands still until it is moved.

use super::*;

const SETTLE: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_mins(15);

struct World {
    folder: tempfile::TempDir,
    observer: Observer,
    signs: Signs,
    now: Timestamp,
}

impl World {
    fn new() -> Self {
        let (folder, now) = (tempfile::tempdir().unwrap(), Timestamp::from_millis(0));
        Self { folder, observer: Observer::default(), signs: Signs::default(), now }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn look(&mut self) -> Looked {
        let path = self.folder.path().to_owned();
        let inbox =
            Inbox { path, settle: SETTLE, poll: SETTLE, writing_timeout: TIMEOUT, keep_files: None, shared: false };
        self.observer.look(&inbox, &self.signs, self.now).unwrap()
    }

    fn ready(&mut self) -> Vec<String> {
        self.look().ready.into_iter().map(|ready| ready.name).collect()
    }

    async fn ready_after(&mut self, wait: Duration) -> Vec<String> {
        tokio::time::advance(wait).await;
        self.ready()
    }

    fn renamed(&mut self, name: &str) {
        let inode = Shape::of(&std::fs::metadata(self.folder.path().join(name)).unwrap()).inode;
        self.signs.renamed.insert(name.into(), inode);
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_still_grows_is_not_ready() {
    let mut world = World::new();
    world.write("a.csv", "room\n");
    assert!(world.ready().is_empty());
    tokio::time::advance(Duration::from_secs(4)).await;
    world.write("a.csv", "room_name\n");
    assert!(world.ready().is_empty());
    assert!(world.ready_after(Duration::from_secs(4)).await.is_empty());
    assert_eq!(world.ready_after(Duration::from_secs(1)).await, ["a.csv"]);
}

#[tokio::test(start_paused = true)]
async fn files_are_taken_in_the_order_in_which_they_were_first_seen() {
    let mut world = World::new();
    world.write("new.csv", "x\n");
    world.ready();
    tokio::time::advance(Duration::from_secs(1)).await;
    world.write("old.csv", "x\n");
    let old = std::fs::File::options().write(true).open(world.folder.path().join("old.csv")).unwrap();
    old.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1)).unwrap();
    world.ready();
    assert_eq!(world.ready_after(SETTLE).await, ["new.csv", "old.csv"]);
}

#[tokio::test(start_paused = true)]
async fn a_whole_file_that_was_renamed_into_place_is_ready_at_once() {
    let mut world = World::new();
    for name in ["a.csv", "a.csv.part"] {
        world.write(name, "x\n");
    }
    std::fs::create_dir(world.folder.path().join("folder.csv")).unwrap();
    world.renamed("a.csv");
    assert_eq!(world.ready(), ["a.csv"]);
    // Not only at the look that heard of it.
    world.signs = Signs::default();
    assert_eq!(world.ready(), ["a.csv"]);
}

#[tokio::test(start_paused = true)]
async fn a_renaming_counts_for_the_file_that_was_renamed_and_for_no_other_of_its_name() {
    let mut world = World::new();
    world.write("a.csv", "x\n");
    world.renamed("a.csv");
    world.write("other", "y\n");
    std::fs::rename(world.folder.path().join("other"), world.folder.path().join("a.csv")).unwrap();
    assert!(world.ready().is_empty());
    world.renamed("a.csv");
    assert_eq!(world.ready(), ["a.csv"]);
    world.signs = Signs::default();
    world.write("a.csv", "it is written to\n");
    assert!(world.ready().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_file_that_was_renamed_away_and_back_settles_anew_until_it_is_reported() {
    let mut world = World::new();
    world.write("a.csv", "x\n");
    world.signs.writing.insert("a.csv".into());
    assert!(world.ready().is_empty() && world.ready_after(SETTLE).await.is_empty());
    // Its writer goes with it, and for a moment its new name is unknown.
    let (path, aside) = (world.folder.path().join("a.csv"), world.folder.path().join("a.csv.part"));
    let before = Shape::of(&std::fs::metadata(&path).unwrap());
    while Shape::of(&std::fs::metadata(&path).unwrap()) == before {
        std::fs::rename(&path, &aside).unwrap();
        std::fs::rename(&aside, &path).unwrap();
    }
    assert!(!before.is_of(&path));
    world.signs = Signs::default();
    assert!(world.ready().is_empty());
    world.signs.writing.insert("a.csv".into());
    assert!(world.ready_after(SETTLE).await.is_empty());
    world.signs = Signs::default();
    assert_eq!(world.ready(), ["a.csv"]);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_being_written_waits_however_long_and_is_told_after_the_timeout() {
    let mut world = World::new();
    world.write("a.csv", "x\n");
    world.renamed("a.csv");
    world.signs.writing.insert("a.csv".into());
    let looked = world.look();
    assert!(looked.ready.is_empty() && looked.held.is_empty());
    tokio::time::advance(TIMEOUT.saturating_sub(Duration::from_secs(1))).await;
    assert!(world.look().held.is_empty());
    tokio::time::advance(Duration::from_secs(1)).await;
    let looked = world.look();
    assert!(looked.ready.is_empty());
    assert!(looked.held[0].detail.contains("neither written nor closed it for 15 minutes"), "{looked:?}");
    world.signs.writing.clear();
    assert_eq!(world.ready(), ["a.csv"]);
}

#[tokio::test(start_paused = true)]
async fn an_empty_file_waits_for_the_timeout_unless_it_lay_there_for_so_long() {
    let mut world = World::new();
    world.write("a.csv", "");
    world.renamed("a.csv");
    assert!(world.ready().is_empty());
    assert!(world.ready_after(TIMEOUT.saturating_sub(Duration::from_secs(1))).await.is_empty());
    assert_eq!(world.ready_after(Duration::from_secs(1)).await, ["a.csv"]);
    // As after a restart.
    world.observer = Observer::default();
    world.now = Timestamp::from_millis(i64::MAX / 4);
    assert!(world.ready().is_empty());
    assert_eq!(world.ready_after(SETTLE).await, ["a.csv"]);
}

#[tokio::test(start_paused = true)]
async fn half_a_file_that_rsync_renamed_into_place_is_not_taken_and_told() {
    let mut world = World::new();
    world.write("a.csv", "x\n");
    let file = std::fs::File::options().write(true).open(world.folder.path().join("a.csv")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    world.renamed("a.csv");
    assert!(world.ready().is_empty());
    tokio::time::advance(TIMEOUT).await;
    let looked = world.look();
    assert!(looked.ready.is_empty() && looked.held[0].detail.contains("1970"), "{looked:?}");
    file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1)).unwrap();
    world.signs = Signs::default();
    assert!(world.ready().is_empty());
    assert_eq!(world.ready_after(SETTLE).await, ["a.csv"]);
}

#[tokio::test(start_paused = true)]
async fn a_file_whose_last_line_has_no_end_waits_ten_times_as_long_and_says_so() {
    let mut world = World::new();
    world.write("a.csv", "x\ny");
    world.write("a.xlsx", "PK\x03\x04 a sheet PK\x05\x06");
    world.write("half.xlsx", "PK\x03\x04 a she");
    world.renamed("a.csv");
    world.ready();
    tokio::time::advance(SETTLE).await;
    let looked = world.look();
    assert_eq!((looked.ready.len(), looked.soon), (1, Some(9 * SETTLE)), "{looked:?}");
    assert_eq!(looked.ready[0].name, "a.xlsx");
    assert_eq!(world.ready_after(9 * SETTLE).await.len(), 3);
}

#[test]
fn waits_are_told_in_words() {
    let told = [900, 60, 1, 90].map(|seconds| spoken(Duration::from_secs(seconds)));
    assert_eq!(told, ["15 minutes", "a minute", "a second", "90 seconds"]);
}

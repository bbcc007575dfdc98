//! Chooses the file that a run writes to, and checks that lines can be added to the file that lies there: one that
//! was cut short, or that has other columns, is left as it is, and the lines go into one beside it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::content::content;
use super::input::{Base, Target};
use super::record::columns;
use super::resaved::Form;
use crate::config::ExportFormat;
use crate::table::rows_of;

/// So many names are tried: `meetings.csv`, `meetings-2.csv` and so on.
const NAMES: u32 = 99;
/// The longest line of an export that is taken for one, in bytes: what lies there may be anybody's, and a line is read into
/// memory.
const LONGEST_LINE: u64 = 16 << 20;

/// Returns the file of a run, with what is to be told about the choice.
pub(super) fn choose(
    wanted: &Path,
    again: bool,
    format: ExportFormat,
    pins: bool,
) -> io::Result<(Target, Option<String>)> {
    if again {
        let wanted = named(wanted, "again");
        let free = names(&wanted).find(|path| std::fs::symlink_metadata(path).is_err());
        let path = free.ok_or_else(|| too_many(&wanted))?;
        return Ok((Target { path, base: None }, None));
    }
    let mut why = None;
    for path in names(wanted) {
        match look(&path, format, pins)? {
            Existing::Nothing => return Ok((Target { path: path.clone(), base: None }, told(wanted, &path, why))),
            Existing::Good(base) => {
                return Ok((Target { path: path.clone(), base: Some(base) }, told(wanted, &path, why)));
            }
            Existing::Spoilt(reason) => {
                why.get_or_insert(reason);
            }
        }
    }
    Err(too_many(wanted))
}

/// Returns the file itself, and the names that are tried where it cannot be used.
pub(super) fn names(path: &Path) -> impl Iterator<Item = PathBuf> {
    (1..=NAMES).map(|n| if n == 1 { path.to_owned() } else { named(path, &n.to_string()) })
}

/// Returns the folder of a file.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

pub(super) fn too_many(wanted: &Path) -> io::Error {
    io::Error::other(format!("there are too many files beside {}: tidy up that folder", wanted.display()))
}

/// `meetings.csv` as `meetings-WHAT.csv`.
fn named(path: &Path, what: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{what}"));
    if let Some(ending) = path.extension() {
        name.push(".");
        name.push(ending);
    }
    path.with_file_name(name)
}

fn told(wanted: &Path, path: &Path, why: Option<String>) -> Option<String> {
    why.map(|why| {
        format!("{} is left as it is, since {why}. The new lines are in {}", wanted.display(), path.display())
    })
}

/// The finding at the path where a run is to write.
enum Existing {
    Nothing,
    /// An export that can be added to.
    Good(Base),
    /// Something else.
    Spoilt(String),
}

fn look(path: &Path, format: ExportFormat, pins: bool) -> io::Result<Existing> {
    let file = match open(path) {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(Existing::Spoilt("it is no plain file".to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Existing::Nothing),
        Err(error) => return Err(error),
    };
    let said = match content(&file, format) {
        Ok(said) => said,
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Ok(Existing::Spoilt(format!("it cannot be read as an export: {error}")));
        }
        Err(error) => return Err(error),
    };
    let mut hashing = Hashing {
        from: said,
        hasher: blake3::Hasher::new(),
        length: 0,
        last: b'\n',
        allowed: u64::MAX,
        form: Form::default(),
    };
    let spoilt = match format {
        ExportFormat::Csv => spoilt_table(&mut hashing, columns(pins))?,
        ExportFormat::Xlsx => spoilt_sheet(&mut hashing, columns(pins))?,
        ExportFormat::Jsonl => spoilt_lines(&mut hashing)?,
    };
    if let Some(why) = hashing.form.told().or(spoilt) {
        return Ok(Existing::Spoilt(why));
    }
    if hashing.last != b'\n' {
        return Ok(Existing::Spoilt("its last line is cut short".to_owned()));
    }
    Ok(Existing::Good(Base { length: hashing.length, hash: hashing.hasher.finalize().to_hex().to_string() }))
}

/// Opens a plain file; `None` for a link, a folder and whatever else has no end.
pub(super) fn open(path: &Path) -> io::Result<Option<File>> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => {
            let file = File::from(file);
            Ok(file.metadata()?.is_file().then_some(file))
        }
        Err(rustix::io::Errno::LOOP) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Says why a file is no export in CSV with these columns.
fn spoilt_table(file: &mut Hashing, columns: &[&str]) -> io::Result<Option<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(BufReader::new(file));
    let mut record = csv::ByteRecord::new();
    let mut line: u64 = 0;
    loop {
        let hashing = reader.get_mut().get_mut();
        hashing.allowed = hashing.length + LONGEST_LINE;
        match reader.read_byte_record(&mut record) {
            Ok(false) => return Ok(None),
            Ok(true) => line += 1,
            Err(error) => {
                return match error.into_kind() {
                    csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                        Ok(Some(format!("its line {} has no end", line + 1)))
                    }
                    csv::ErrorKind::Io(error) => Err(error),
                    csv::ErrorKind::UnequalLengths { pos, .. } => {
                        let line = pos.map_or(line, |pos| pos.line());
                        Ok(Some(format!("its line {line} has not as many cells as the others")))
                    }
                    _ => Ok(Some("it cannot be read as a table".to_owned())),
                };
            }
        }
        let is_heading = || {
            let cell = |cell: &[u8]| String::from_utf8_lossy(cell).trim_start_matches('\u{feff}').to_owned();
            record.iter().map(cell).eq(columns.iter().copied())
        };
        if line == 1 && !is_heading() {
            return Ok(Some("its columns are not those of this export".to_owned()));
        }
    }
}

/// Says why the text of a sheet is no export with these columns.
fn spoilt_sheet(file: &mut Hashing, columns: &[&str]) -> io::Result<Option<String>> {
    let mut rows = rows_of(BufReader::new(file));
    let headings = rows.next().transpose()?.unwrap_or_default();
    if headings != columns {
        return Ok(Some("its columns are not those of this export".to_owned()));
    }
    for (line, cells) in (2..).zip(rows) {
        if cells?.len() > columns.len() {
            return Ok(Some(format!("its line {line} has more cells than the others")));
        }
    }
    Ok(None)
}

/// Says why a file is no export in JSON Lines.
fn spoilt_lines(file: &mut Hashing) -> io::Result<Option<String>> {
    let mut reader = BufReader::new(file);
    let (mut line, mut n): (Vec<u8>, u64) = (Vec::new(), 0);
    loop {
        line.clear();
        n += 1;
        if reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let is_object = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&line).is_ok();
        if !is_object {
            return Ok(Some(format!("its line {n} is no whole JSON object")));
        }
    }
}

/// A file that is read to its end once, with the fingerprint of what was read.
struct Hashing {
    from: File,
    hasher: blake3::Hasher,
    length: u64,
    last: u8,
    /// So far it may be read; beyond that it is refused as too large.
    allowed: u64,
    form: Form,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.length >= self.allowed {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let n = self.from.read(buffer)?;
        let read = buffer.get(..n).unwrap_or_default();
        self.hasher.update(read);
        self.form.take(read);
        self.length += n as u64;
        self.last = read.last().copied().unwrap_or(self.last);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(folder: &Path, format: ExportFormat) -> (String, Option<Base>, Option<String>) {
        let (target, told) = choose(&folder.join("m.csv"), false, format, false).unwrap();
        (target.path.file_name().unwrap().to_str().unwrap().to_owned(), target.base, told)
    }

    fn table(lines: &str) -> String {
        format!("{}\n{lines}", columns(false).join(","))
    }

    #[test]
    fn a_whole_export_is_added_to_and_its_length_and_bytes_are_noted() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(chosen(folder.path(), ExportFormat::Csv), ("m.csv".to_owned(), None, None));
        let text = table(&format!("m1,1{}\n", ",".repeat(14)));
        std::fs::write(folder.path().join("m.csv"), format!("\u{feff}{text}")).unwrap();
        let (name, base, told) = chosen(folder.path(), ExportFormat::Csv);
        assert_eq!((name.as_str(), told), ("m.csv", None));
        assert_eq!(base.unwrap().length, text.len() as u64 + 3);
    }

    #[test]
    fn what_cannot_be_added_to_is_left_as_it_is_and_said_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.csv");
        for (text, why) in [
            (table(&format!("m1,1{}", ",".repeat(14))), "cut short"),
            (table("m1,1\n"), "line 2"),
            (table("").replace(',', ";"), "columns"),
            (table("").replace('\n', "\r\n"), "line 1 ends otherwise"),
            ("name;room\n".to_owned(), "columns"),
        ] {
            std::fs::write(&path, text).unwrap();
            let (name, base, told) = chosen(folder.path(), ExportFormat::Csv);
            assert_eq!((name.as_str(), base), ("m-2.csv", None));
            assert!(told.as_ref().unwrap().contains(why), "{told:?}");
        }
        std::fs::write(&path, [table("m1,").as_bytes(), b"\xDC,,,,,,,,,,,,,,\n"].concat()).unwrap();
        assert!(chosen(folder.path(), ExportFormat::Csv).2.unwrap().contains("line 2 is not UTF-8"));
        std::fs::write(&path, "{\"a\":1}\r\n").unwrap();
        assert!(chosen(folder.path(), ExportFormat::Jsonl).2.unwrap().contains("line 1 ends otherwise"));
        std::fs::write(&path, "{\"a\":1}\n{\"b\"").unwrap();
        assert!(chosen(folder.path(), ExportFormat::Jsonl).2.unwrap().contains("line 2"));
    }

    #[test]
    fn links_and_folders_are_let_be() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path().join("m.csv")).unwrap();
        std::fs::create_dir(folder.path().join("m-2.csv")).unwrap();
        assert_eq!(chosen(folder.path(), ExportFormat::Csv).0, "m-3.csv");
    }

    #[test]
    fn an_export_anew_has_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("m-again.csv"), "").unwrap();
        let (target, told) = choose(&folder.path().join("m.csv"), true, ExportFormat::Csv, false).unwrap();
        assert_eq!((target.path, told), (folder.path().join("m-again-2.csv"), None));
    }
}

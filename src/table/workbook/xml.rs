//! Reads the parts of a packed workbook event by event, within bounds: what a part says of its own size is not believed.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;
use zip::result::ZipError;

use super::book::MOST_OF_PART;
use super::place::Place;
use crate::table::refusal::{ReadError, Refusal};

/// The longest element or text that is read, in bytes. A cell has 32,767 characters at most.
const MOST_OF_EVENT: u64 = 2 * 1024 * 1024;
/// A workbook has a few dozen parts, one for each sheet among them.
const MOST_PARTS: u64 = 10_000;
/// The end of a packed file, in which its parts are counted.
const TAIL: u64 = 66 * 1024;

/// A packed workbook.
pub(super) struct Archive {
    zip: ZipArchive<BufReader<Place>>,
    /// The names of the parts, by themselves in small letters.
    names: HashMap<String, String>,
}

impl Archive {
    /// Reads which parts there are.
    pub(super) fn open(place: Place) -> Result<Self, ReadError> {
        if parts(place.clone())? > MOST_PARTS {
            return Err(Refusal::WorkbookTooLarge.into());
        }
        let zip = ZipArchive::new(BufReader::new(place)).map_err(unpacked)?;
        let plain = |name: &str| name.replace('\\', "/").trim_start_matches('/').to_lowercase();
        let names = zip.file_names().filter_map(Result::ok).map(|name| (plain(&name), name.into_owned())).collect();
        Ok(Self { zip, names })
    }

    /// Tells whether there is a part of that name, in any case.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains_key(&name.to_lowercase())
    }

    /// Tells whether it is a workbook of the kind `OpenDocument`, or was encrypted as one.
    pub(super) fn is_open_document(&mut self) -> Result<bool, ReadError> {
        let mut kind = String::new();
        if let Some(part) = self.part("mimetype", 1024)? {
            part.take(256).read_to_string(&mut kind).map_err(|error| Refusal::damaged(&error.to_string()))?;
        }
        Ok(kind.starts_with("application/vnd.oasis.opendocument.spreadsheet"))
    }

    /// Returns the first part whose name ends so.
    pub(super) fn ending(&self, end: &str) -> Option<&str> {
        self.names.iter().find(|(name, _)| name.ends_with(end)).map(|(_, name)| name.as_str())
    }

    /// Begins to read a part, of so many bytes at most; `None` where there is none of that name.
    pub(super) fn part(&mut self, name: &str, most: u64) -> Result<Option<Bounded<impl Read + use<'_>>>, ReadError> {
        let Some(name) = self.names.get(&name.to_lowercase()) else { return Ok(None) };
        match self.zip.by_name(name) {
            Ok(source) => Ok(Some(Bounded {
                source,
                left: most,
                most_of_event: MOST_OF_EVENT,
                in_event: Rc::default(),
                over: Rc::default(),
            })),
            Err(ZipError::FileNotFound) => Ok(None),
            Err(error) => Err(unpacked(error)),
        }
    }

    /// Begins to read the elements of a part.
    pub(super) fn events(&mut self, name: &str, most: u64) -> Result<Option<Events<impl Read + use<'_>>>, ReadError> {
        Ok(self.part(name, most)?.map(Events::new))
    }
}

/// Counts the parts of a packed file by what stands at its end, before a list of them is made in memory.
fn parts(mut place: Place) -> io::Result<u64> {
    use std::io::{Seek, SeekFrom};
    let length = place.seek(SeekFrom::End(0))?;
    place.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    place.read_to_end(&mut tail)?;
    let number = |at: usize, bytes: usize| {
        let digits = tail.get(at..at + bytes).unwrap_or_default();
        digits.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let ends = tail.array_windows::<4>().enumerate().filter_map(|(at, sign)| match sign {
        b"PK\x05\x06" => Some(number(at + 10, 2)),
        // The same for more than 65,535 parts, or for large ones.
        b"PK\x06\x06" => Some(number(at + 32, 8)),
        _ => None,
    });
    Ok(ends.max().unwrap_or(0))
}

/// Words an error of the packing.
pub(super) fn unpacked(error: ZipError) -> ReadError {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::InvalidData && error.raw_os_error().is_some() => {
            error.into()
        }
        error => Refusal::damaged(&error.to_string()).into(),
    }
}

/// Unpacks a part up to a bound.
pub(super) struct Bounded<R> {
    source: R,
    left: u64,
    most_of_event: u64,
    in_event: Rc<Cell<u64>>,
    over: Rc<Cell<bool>>,
}

impl<R> Bounded<R> {
    /// Returns the same for a part that is no XML, whose records tell their length.
    pub(super) fn of_records(self) -> Self {
        Self { most_of_event: u64::MAX, ..self }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read(out)?;
        let in_event = self.in_event.get() + n as u64;
        self.in_event.set(in_event);
        match self.left.checked_sub(n as u64) {
            Some(left) if in_event <= self.most_of_event => self.left = left,
            _ => {
                self.over.set(true);
                return Err(Refusal::WorkbookTooLarge.into());
            }
        }
        Ok(n)
    }
}

/// The elements and texts of a part.
pub(super) struct Events<R: Read> {
    reader: quick_xml::Reader<BufReader<Bounded<R>>>,
    buffer: Vec<u8>,
    in_event: Rc<Cell<u64>>,
    over: Rc<Cell<bool>>,
}

impl<R: Read> Events<R> {
    fn new(part: Bounded<R>) -> Self {
        let (in_event, over) = (Rc::clone(&part.in_event), Rc::clone(&part.over));
        let mut reader = quick_xml::Reader::from_reader(BufReader::new(part));
        let config = reader.config_mut();
        config.check_end_names = false;
        config.expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), in_event, over }
    }

    /// Returns the next one; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Event<'_>>, ReadError> {
        self.buffer.clear();
        self.in_event.set(0);
        match self.reader.read_event_into(&mut self.buffer) {
            Ok(Event::Eof) => Ok(None),
            Ok(event) => Ok(Some(event)),
            Err(_) if self.over.get() => Err(Refusal::WorkbookTooLarge.into()),
            Err(error) => Err(Refusal::damaged(&error.to_string()).into()),
        }
    }

    /// Goes on to the end.
    pub(super) fn drain(mut self) -> Result<(), ReadError> {
        while self.next()?.is_some() {}
        Ok(())
    }
}

/// Reads which parts belong to a part: by their id, the last word of their kind, and the part.
pub(super) fn relationships(archive: &mut Archive, part: &str) -> Result<HashMap<String, (String, String)>, ReadError> {
    let mut all = HashMap::new();
    let Some(mut events) = archive.events(part, MOST_OF_PART)? else { return Ok(all) };
    while let Some(event) = events.next()? {
        let Event::Start(element) = event else { continue };
        if element.local_name().as_ref() != "Relationship" {
            continue;
        }
        let get = |name| attribute(&element, name).unwrap_or_default().into_owned();
        let kind = get("Type");
        let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
        all.insert(get("Id"), (kind, get("Target")));
    }
    Ok(all)
}

/// Returns the attribute of that name, whatever stands before its colon.
pub(super) fn attribute<'a>(element: &'a BytesStart<'_>, name: &str) -> Option<Cow<'a, str>> {
    let mut all = element.attributes();
    let found = all.with_checks(false).flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    Some(found.normalized_value(XmlVersion::Implicit1_0).unwrap_or_else(|_| found.value.clone()))
}

/// Reads an attribute that is yes or no.
pub(super) fn is_set(element: &BytesStart<'_>, name: &str) -> bool {
    attribute(element, name).is_some_and(|value| value == "1" || value == "true")
}

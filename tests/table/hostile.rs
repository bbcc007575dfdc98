//! No file brings the program down, however it is made.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use roomkeeper::table::{Layout, MAX_COLUMNS, ReadError, Reader, Refusal};

use super::world::{Job, fixture};

/// So many bytes of the same beginning, then of one byte over and over; nothing of it is in memory.
struct Endless {
    beginning: &'static [u8],
    byte: u8,
    len: u64,
    at: u64,
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = usize::try_from(self.len - self.at).unwrap_or(usize::MAX).min(out.len());
        out[..n].fill(self.byte);
        let begun = usize::try_from(self.at).unwrap_or(usize::MAX).min(self.beginning.len());
        let rest = &self.beginning[begun..];
        let k = rest.len().min(n);
        out[..k].copy_from_slice(&rest[..k]);
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Start(at) = to else { return Err(io::ErrorKind::Unsupported.into()) };
        self.at = at;
        Ok(at)
    }
}

fn refusal<R: Read + Seek>(source: R) -> Refusal {
    let refused = |error| match error {
        ReadError::Refused(refusal) => refusal,
        ReadError::Unreadable(error) => panic!("{error}"),
    };
    let mut reader = match Reader::open(source, &Layout::default()) {
        Ok(reader) => reader,
        Err(error) => return refused(error),
    };
    loop {
        match reader.next_row() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it was read"),
            Err(error) => return refused(error),
        }
    }
}

#[test]
fn a_line_of_two_gibibytes_is_refused_where_it_begins() {
    let endless = |beginning| Endless { beginning, byte: b'x', len: 2 << 30, at: 0 };
    assert_eq!(refusal(endless(b"")), Refusal::RowTooLong { row: 1 });
    assert_eq!(refusal(endless(b"action,ref\n\ncancel,R1\n")), Refusal::RowTooLong { row: 4 });
}

#[test]
fn ten_million_columns_are_refused() {
    let endless = |beginning| Endless { beginning, byte: b',', len: 10_000_000, at: 0 };
    assert_eq!(refusal(endless(b"action")), Refusal::TooManyColumns { row: 1 });
    assert_eq!(refusal(endless(b"action\ncancel")), Refusal::TooManyColumns { row: 2 });
    assert!(Refusal::TooManyColumns { row: 2 }.to_string().contains(&MAX_COLUMNS.to_string()));
}

#[test]
fn a_million_blank_lines_are_no_rows() {
    let endless = Endless { beginning: b"action,ref\n", byte: b'\n', len: 1_000_000, at: 0 };
    let mut reader = Reader::open(endless, &Layout::default()).unwrap();
    assert!(reader.next_row().unwrap().is_none());
}

#[test]
fn nuls_and_packed_files_are_no_text() {
    assert_eq!(refusal(Endless { beginning: b"", byte: 0, len: 1 << 20, at: 0 }), Refusal::Binary);
    assert_eq!(refusal(Cursor::new(b"action,ref\ncancel,\0\n")), Refusal::Binary);
    let utf16: Vec<u8> = "action,ref\ncancel,\0\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(refusal(Cursor::new(utf16)), Refusal::Binary);
    let zip = refusal(Cursor::new(b"PK\x03\x04\x14\0\x08\x08\x08\0"));
    assert_eq!(zip, Refusal::Packed);
}

#[test]
fn blank_files_and_files_of_other_things_say_what_is_missing() {
    assert_eq!(refusal(Cursor::new(b"")), Refusal::Empty);
    assert_eq!(refusal(Cursor::new(b"\xEF\xBB\xBF\r\n,,,\r\n")), Refusal::NoHeadings);
    assert_eq!(refusal(Cursor::new(b"sep=;")), Refusal::NoHeadings);
    let rooms = refusal(Cursor::new(fixture("rooms.csv")));
    assert_eq!(
        rooms.to_string(),
        "there is no column `room_name`, no column `start_time`, no column `duration`, no column `moderators`, \
         no column `participants`; the headings are `user_id`, `email`, `name`; `email` may be meant for `invitee_emails`; `name` may \
         be meant for `room_name`"
    );
}

#[test]
fn a_quotation_mark_that_is_never_closed_does_not_swallow_the_file() {
    assert_eq!(
        refusal(Cursor::new("action,ref\ncancel,R1\n\ncancel,\"R2\ncancel,R3\n")),
        Refusal::OpenQuote { line: 4 }
    );
}

#[test]
fn a_disk_that_fails_is_no_fault_of_the_file() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::HostUnreachable.into())
        }
    }
    impl Seek for Broken {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Ok(0)
        }
    }
    assert!(matches!(Reader::open(Broken, &Layout::default()), Err(ReadError::Unreadable(_))));
}

#[test]
fn a_file_that_changes_between_the_passes_is_refused() {
    /// UTF-8 on the first pass, and not on the second.
    struct Shifting(Cursor<&'static [u8]>, bool);
    impl Read for Shifting {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = self.0.read(out)?;
            if self.1 {
                out[..n].iter_mut().filter(|byte| **byte == b'?').for_each(|byte| *byte = 0xFF);
            }
            Ok(n)
        }
    }
    impl Seek for Shifting {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.1 = matches!(to, SeekFrom::Start(_)) && self.0.position() > 0;
            self.0.seek(to)
        }
    }
    assert_eq!(refusal(Shifting(Cursor::new(b"action,ref\ncancel,R?\n"), false)), Refusal::Changed);
}

#[test]
fn every_one_of_thousands_of_made_up_zones_is_a_fault() {
    let rows: Vec<_> = (0..5_000).map(|n| format!("update,R{n},Nowhere/{n}")).collect();
    let text = format!("action,ref,timezone\n{}\n", rows.join("\n"));
    let seen = Job::default().read(text.as_bytes()).unwrap();
    assert!(seen.iter().all(|(_, _, checked)| checked.faults.code().is_some_and(|code| code.0 == 1684)));
}

//! Writes the sheet of new PINs, a line a room, for the person who hands them out.

use std::io::{self, Write};

use super::form::Form;
use super::lines::LineWriter;
use super::written_cell::CellKind;
use crate::model::{Pin, Pins};

/// One room with its PINs.
#[derive(Debug, Clone, Copy)]
pub struct PinLine<'a> {
    /// Whose room it is.
    pub user_id: &'a str,
    /// The room.
    pub room_id: &'a str,
    /// Its name.
    pub room_name: &'a str,
    /// Its PINs.
    pub pins: &'a Pins,
    /// The link that opens it.
    pub direct_url: &'a str,
}

/// Writes a sheet.
#[derive(Debug)]
pub struct PinSheetWriter<W: Write>(LineWriter<W>);

impl<W: Write + Send> PinSheetWriter<W> {
    /// Writes the headings.
    pub fn begin(to: W, form: &Form) -> io::Result<Self> {
        let headings = ["user_id", "room_id", "room_name", "mpin", "ppin", "direct_url"];
        LineWriter::begin(to, form, headings.into_iter().map(|heading| (heading, CellKind::Text))).map(Self)
    }

    /// Writes one room.
    pub fn write(&mut self, line: &PinLine<'_>) -> io::Result<()> {
        let pin = |pin: &'_ Option<Pin>| pin.as_ref().map_or_else(String::new, |pin| pin.reveal().to_owned());
        let (moderator, participant) = (pin(&line.pins.moderator), pin(&line.pins.participant));
        let cells = [line.user_id, line.room_id, line.room_name, &moderator, &participant, line.direct_url];
        self.0.write(cells.into_iter(), None)
    }

    /// Writes out what is still in memory and hands the file back, to be synced.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Dialect;

    #[test]
    fn a_line_tells_a_room_and_a_name_is_no_formula() {
        let pins = Pins { moderator: Pin::new("0123"), participant: None };
        let mut sheet = PinSheetWriter::begin(Vec::new(), &Form::Csv(Dialect::default())).unwrap();
        sheet
            .write(&PinLine {
                user_id: "u1",
                room_id: "r1",
                room_name: "=SUM(A1)",
                pins: &pins,
                direct_url: "https://example.org/r1",
            })
            .unwrap();
        assert_eq!(
            String::from_utf8(sheet.finish().unwrap()).unwrap().trim_start_matches('\u{feff}'),
            "user_id,room_id,room_name,mpin,ppin,direct_url\nu1,r1,'=SUM(A1),0123,,https://example.org/r1\n"
        );
    }
}

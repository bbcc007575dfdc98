//! CSV in, as people's spreadsheets make it, and CSV out, as they can open it.
//!
//! In: [`Reader`] goes over the raw bytes once to tell the encoding, and once more to read the rows; it holds one row at a
//! time, and no row is longer than [`MAX_ROW_BYTES`]. [`value`] and [`Dates`] read what stands in a cell.
//!
//! Out: [`ResultsWriter`] and [`RetryWriter`], and [`ExportWriter`] for exports. All write UTF-8 with a byte order mark, without
//! which Excel shows "Ãœbung" for "Übung", and with the delimiter of the file that came in, without which it shows everything in
//! one column. [`Reader`] takes both back.

mod addresses;
pub mod cells;
mod chunk;
mod copy;
mod dates;
mod decode;
mod dialect;
mod encoding;
mod end;
mod export;
mod form;
mod forms;
mod front;
pub mod guard;
mod guess;
mod heading_words;
mod headings;
mod held;
mod length;
mod line_head;
mod lines;
mod marks;
mod misread;
mod pin_sheet;
mod plain_line;
mod proof;
mod quoted;
mod reader;
mod refusal;
mod results;
pub mod returned;
mod rows;
mod serial;
mod signs;
mod span;
mod start;
mod starts;
mod suspect;
mod top;
mod unused;
mod usual_start;
pub mod value;
mod weekday;
mod widths;
mod workbook;
mod workbook_writer;
mod written_cell;

pub use addresses::Addresses;
pub use copy::CopyWriter;
pub use dates::{Dates, NoDate, Reading};
pub use decode::Recoded;
pub use dialect::Dialect;
pub use end::{Below, Left};
pub use export::ExportWriter;
pub use form::Form;
pub use forms::{Forms, Nature};
pub use heading_words::{ADDRESS_ENDS, ADDRESS_WORDS};
pub use headings::{Headings, Layout};
pub use held::HeldRow;
pub use length::{Lengths, NoLength};
pub use pin_sheet::{PinLine, PinSheetWriter};
pub use proof::Proof;
pub use reader::{Reader, Row};
pub use refusal::{MAX_COLUMNS, MAX_ROW_BYTES, ReadError, Refusal};
pub use results::{OwnColumns, ResultLine, ResultsWriter, RetryWriter};
pub use span::{Span, says_half, time_of_day};
pub use start::WrittenStart;
pub use starts::{NoStart, Starts, serial_note};
pub use unused::{FieldWords, Heading, Known, Unused, shown_heading};
pub use widths::Widths;
pub use workbook::{Choice, Sheet, is_workbook, rows_of, unpack};

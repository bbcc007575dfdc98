//! Passes texts on, and refuses what must not reach the parser.

use proptest::prelude::*;

use super::*;
use crate::model::{ItemNo, RowToken, RunId, RunKey};

fn passed(text: &str) -> Result<String, Refusal> {
    let mut out = String::new();
    match Rows::new(text.as_bytes(), b',', 1).read_to_string(&mut out) {
        Ok(_) => Ok(out),
        Err(error) => Err(error.downcast().unwrap()),
    }
}

/// Hands on one byte at a time.
struct Drop<'a>(&'a [u8]);

impl Read for Drop<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
        (out[0], self.0) = (*first, rest);
        Ok(1)
    }
}

proptest! {
    /// Byte by byte, no row is passed as a plain line.
    #[test]
    fn rows_of_one_line_are_passed_alike_whole_and_byte_by_byte(
        rows in prop::collection::vec("([ab é]{0,9},){0,4}[ab \t]{0,9}(\"|\r|\0|\"\n,,\")?(\n|\r\n|\n\n)", 0..9),
        headings in "(ref|row|row,line,status,code,error),a(,b)?\n"
    ) {
        let text = headings + &rows.concat();
        let mut drops = String::new();
        let read = Rows::new(Drop(text.as_bytes()), b',', 1).read_to_string(&mut drops);
        let drops = read.map(|_| drops).map_err(|error| error.downcast::<Refusal>().unwrap());
        prop_assert_eq!(passed(&text), drops);
    }

    #[test]
    fn a_text_is_passed_alike_whole_and_byte_by_byte(text in "(ref,a\n)?[ab\",;\t \r\n]{0,60}") {
        let mut drops = String::new();
        let read = Rows::new(Drop(text.as_bytes()), b',', 1).read_to_string(&mut drops);
        let drops = read.map(|_| drops).map_err(|error| error.downcast::<Refusal>().unwrap());
        prop_assert_eq!(passed(&text), drops);
    }
}

#[test]
fn a_blank_line_is_marked_and_a_line_end_in_quotes_is_none() {
    assert_eq!(passed("a\n\nb\n"), Ok("a\n\0\nb\n".to_owned()));
    assert_eq!(passed("a\r\n\r\n\r\nb"), Ok("a\r\n\0\r\n\0\r\nb".to_owned()));
    assert_eq!(passed("a\r\rb\r"), Ok("a\r\0\rb\r".to_owned()));
    assert_eq!(passed("\na"), Ok("\0\na".to_owned()));
    for whole in ["\"a\n\nb\",\nc", "\"a\"\"\n\n\"\"b\",c\n", "a\"b\nc", "x,y\n,\"\r\n\r\n\"\r\n"] {
        assert_eq!(passed(whole), Ok(whole.to_owned()));
    }
}

#[test]
fn a_quote_that_stays_open_is_refused_by_the_line_that_opened_it() {
    assert_eq!(passed("a,b\n\n1,\"x\n2,y\n"), Err(Refusal::OpenQuote { line: 3 }));
    assert_eq!(passed("a,b\n1,x\"\n"), Ok("a,b\n1,x\"\n".to_owned()));
}

#[test]
fn behind_a_quotation_only_the_cell_or_the_row_may_end() {
    for whole in ["\"a\" ,b\n", "\"a\"\t\n\"b\"", "\"a\"  ", "x\"y\" z,b\n", "\"a \"\"b\"\" c\",d\n"] {
        assert_eq!(passed(whole), Ok(whole.to_owned()));
    }
    let broken = |began, broke| Err(Refusal::BrokenQuote { began, broke });
    assert_eq!(passed("a\n\"Room \"Blue\" two\"\n"), broken(2, 2));
    assert_eq!(passed("a,b\n1,\"see\n2;ok\n3;12\" screen\n"), broken(2, 4));
    assert_eq!(passed("a,b\r\n1,\"see\r\n2;ok\r\n\r\n3;12\"  screen"), broken(2, 5));
    assert_eq!(passed("a,b\r1,\"see\r2\" x"), broken(2, 3));
    assert_eq!(passed("a,b\n\"1\" \"2\""), broken(2, 2));
    assert_eq!(passed("a,b\n1,\"x\ny\"\n\n\"1\" \"2\""), broken(5, 5));
}

#[test]
fn rows_within_a_quotation_refuse_the_file() {
    let rows = |began, line| Err(Refusal::RowsInQuote { began, line });
    assert_eq!(passed("a,b,c\n1,2,\"see\n2,3,4\n3,4,x\"\n"), rows(2, 3));
    assert_eq!(passed("a,b,c\r\n1,2,\"see\r\n2,3,x\""), rows(2, 3));
    assert_eq!(passed("a,b,c\n1,\"see,3\n2,x\",4\n"), rows(2, 3));
    assert_eq!(passed("a,b\r\"1\",\"see\r2,x\"\r"), rows(2, 3));
    assert_eq!(passed("a\n\"1\n2\"\n"), rows(2, 3));
    assert_eq!(passed("a,b,\"c\n1,2,3\n4,5,6\"\n"), rows(1, 2));
    assert_eq!(passed("a,b,c\n1,2,\"see\n2,3,\"\"\n\""), rows(2, 3));
    assert_eq!(passed("a,b,c,d\n\"1,\"\",3\",\"4\n1,2\",3\",4\"\n"), rows(2, 3));
    assert_eq!(passed("a,b\n12\" wide,\"x\ny\"\n"), rows(2, 2));
    // The rows are shorter than their headings: those within as those without.
    assert_eq!(passed("a,b,c,d\n1,2,\"see\n2,3,ok\n3,4,12\"\n"), rows(2, 3));
    assert_eq!(passed("a,b,c,d\n1,2,\"see\n2,3,ok\n3,4,12\",\n"), rows(2, 3));
    assert_eq!(passed("a,b,c\n1,\"see\n2,x\"\n"), rows(2, 3));
    assert_eq!(passed("a,b,c,d\n1,2,3\n1,2,\"see\n2,12\",x\n"), rows(3, 4));
    // They are longer.
    assert_eq!(passed("a,b,c\n1,2,3,\"see\n2,3,4,5\"\n"), rows(2, 3));
    assert_eq!(passed("a,b,c\n1,2,\"see,\n2,3,12\",\n3,4,5,\n"), rows(2, 3));
    assert_eq!(passed("a,b,c\n1,2,\"see\n2,3,4,\n3,4,12\",\n"), rows(2, 3));
    assert_eq!(passed("a,b,c\n1,2,3,\n1,\"see,3,\n2\",3,4,\n"), rows(3, 4));
    assert_eq!(passed("a,b,c\n1,2,\"see\n2\",,\n3,4,5\n"), rows(2, 3));
    assert_eq!(passed("a,b\n1,\"see,\n2\",3,\n"), rows(2, 3));
    assert_eq!(passed("a,b,c\n\"1,2,3,\n2\",\"\",\"\",\n3,4,5,\n"), rows(2, 3));
    // A line ends a quotation and begins another.
    assert_eq!(passed("a,b,c\n1,2,\"see\n2\",\"3,x\n3,4,5\"\n"), rows(2, 3));
    assert_eq!(passed("a,b,c,d,e,f\n1,2,3,4,5,\"see\n2, 3, 4, 5, 6, ok\n3,4,5,6,7,8\"\n"), rows(2, 3));
}

#[test]
fn lines_within_a_cell_that_are_no_rows_pass() {
    for whole in [
        "a,b,c\n1,2,\"see\nyou, and you, too\"\n",
        "a,b,c\n1,\"Algebra\nI,part 2\",3\n",
        "a,b,c\n\"Room\ntwo\",2,3\n",
        "a,b\n1,\"Anna\nDr.\"\n",
        "a\n\"1\n\"\n",
        "\"a\nb\",c\n1,2\n",
        "a,b,c\n1,2,\"one\ntwo\n\nthree,four\"\n",
        "a,b,c,d\n1,\"a, b, c\nd, e\",x,y\n",
        // A delimiter too many in a cell, or stray ones at the rows' ends.
        "a,b,c,d\n1,x,y,\"one\ntwo\",5\n",
        "a,b,c,d\n\"one\ntwo\",3,4,x,5\n",
        "a,b,c\n1,2,\"one\ntwo\",\n",
        "a,b,c\n1,2,\"one\ntwo\",,,\n1,2,3,,,\n",
        "a,b,c\n1,2,3,,,\n1,2,\"one, two\nthree, four\",\"\",,\n",
    ] {
        assert_eq!(passed(whole), Ok(whole.to_owned()));
    }
}

#[test]
fn lines_of_a_cell_in_a_file_of_ours_are_rows_only_where_they_begin_like_one() {
    let token = |n| RowToken::of(RunKey(1), RunId::from_bytes(&[7; 16]).unwrap(), ItemNo(n)).to_string();
    let front = |n, text: &str| format!("{},{n},invalid,1101,why,{text}\n", token(n));
    let ours = |headings: &str, rows: &[String]| passed(&format!("{headings}\n{}", rows.concat()));
    let headings = "row,line,status,code,error,a,b,c";
    for cells in [
        "\"\n\",,\"\n,,\r\"",
        "\"x,y,z\nx,y,z\nx,y,z\",1,2",
        "1,\"\n\",\"a,b,c,d,e,f,g,h\na,b,c,d,e,f,g,h\n\"",
        "\"1,2\n,3\n\",\"4,5\n,6\n\",\"7,8\n,9\n\"",
    ] {
        for headings in [headings, "row,ref,a,b,c,d,e,f"] {
            assert!(ours(headings, &[front(2, cells), front(3, "x,y,z")]).is_ok(), "{cells}");
        }
    }
    let late = ",7,not_run,,why,\"\n\",,\"\n,,\r\"\n".to_owned();
    assert!(ours(headings, &[late]).is_ok());
    // The same in a file of anybody's.
    let cells = "\"\n\",,\"\n,,\r\"\n";
    assert_eq!(ours("rows,line,a,b,c", &[format!("1,2,{cells}")]), Err(Refusal::RowsInQuote { began: 3, line: 4 }));
    assert!(ours("row,line,a,b,c", &[format!("1,2,{cells}")]).is_err());
    // Rows that were swallowed: ours, one that a person has added, one with a remark in front, and by the headings.
    let open = front(2, "x,y,\"z");
    for swallowed in [
        front(3, "x,y,z\""),
        front(3, "x,\"\",\""),
        format!("{}\"", token(3)),
        ",,,,,x,y,z\"\n".to_owned(),
        ",8,not_run,,why,x,y,\"\n".to_owned(),
        "new,,,,,x,y,\"\n".to_owned(),
    ] {
        let refusal = ours(headings, &[open.clone(), swallowed.clone()]).unwrap_err();
        assert_eq!(refusal, Refusal::RowsInQuote { began: 2, line: 3 }, "{swallowed}");
    }
    let refusal = ours("row,line,status,code,error,a,b,\"c", &[front(2, "x,y,z"), front(3, "x,y,\"")]);
    assert_eq!(refusal, Err(Refusal::RowsInQuote { began: 1, line: 2 }));
}

#[test]
fn a_row_may_be_as_long_as_the_limit_and_no_longer() {
    let long = "x".repeat(MAX_ROW_BYTES);
    assert!(passed(&format!("a\n{long}\nb\n")).is_ok());
    assert_eq!(passed(&format!("a\n{long}x\nb\n")), Err(Refusal::RowTooLong { row: 2 }));
    assert_eq!(passed(&format!("a\n\"\n{long}\"")), Err(Refusal::RowTooLong { row: 2 }));
}

#[test]
fn a_row_may_have_as_many_cells_as_the_limit_and_no_more() {
    assert!(passed(&",".repeat(MAX_COLUMNS - 1)).is_ok());
    assert_eq!(passed(&format!("a\n{}", ",".repeat(MAX_COLUMNS))), Err(Refusal::TooManyColumns { row: 2 }));
    assert!(passed(&format!("\"{}\"", ",".repeat(MAX_COLUMNS))).is_ok());
}

#[test]
fn a_nul_is_refused_wherever_it_stands() {
    for text in ["\0", "a\0", "a,\0", "\"\0\"", "\"a\"\0"] {
        assert_eq!(passed(text), Err(Refusal::Binary), "{text:?}");
    }
}

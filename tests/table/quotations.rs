//! Quotation marks too many or too few: no row may vanish in a cell of another.

use std::collections::BTreeSet;
use std::io::Cursor;

use proptest::prelude::*;
use roomkeeper::model::Column;
use roomkeeper::table::{Layout, Reader, Refusal};

/// Each row's own cells, or why the file is refused.
fn read(text: &str) -> Result<Vec<Vec<String>>, String> {
    let layout = Layout { defaulted: Column::ALL.into(), ..Layout::default() };
    let mut reader = Reader::open(Cursor::new(text.to_owned()), &layout).map_err(|error| error.to_string())?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row().map_err(|error| error.to_string())? {
        rows.push(row.own().map(str::to_owned).collect());
    }
    Ok(rows)
}

#[test]
fn lines_are_counted_as_an_editor_does() {
    let told = |text: &str| read(text).unwrap_err();
    let broken = told("sep=;\r\nref;desc;x\r\nA;\"see\r\nboard\";1\r\n\r\nB;\"Room \"Blue\" two\";2\r\n");
    assert!(broken.contains("line 6 of the text is broken in the same line"), "{broken}");
    let far = told("ref,desc,x\nA,1,\"see board\nB,2,ok\nC,3,12\" screen\n");
    assert_eq!(far, Refusal::BrokenQuote { began: 2, broke: 4 }.to_string());
    assert_eq!(told("ref,desc,x\nA,1,\"see\nB,2,ok\"\n"), Refusal::RowsInQuote { began: 2, line: 3 }.to_string());
    let far = told("ref,desc,x\nA,\"see board\nB\nC,3,12\" screen\n");
    assert!(far.contains("begins in line 2 of the text is broken in line 4"), "{far}");
    assert!(told("ref,x\n1,2\n1,\"x\n").contains("line 3 of the text is never closed"));
}

#[test]
fn a_row_that_leaves_its_blank_end_out_vanishes_in_no_quotation() {
    let swallowing = "a,1,2,x,\"see board\nb,3,4,y\nc,5,6,z\"\n";
    let ends_with = "a,1,2,x,\"see board\nb,3,4,y\"\n";
    for swallowing in [swallowing, ends_with] {
        for (before, behind) in [("", "d,7,8,w\n"), ("d,7,8,w\n", "")] {
            let text = format!("ref,m,n,desc,notes\n{before}{swallowing}{behind}");
            let began = 2 + u64::from(!before.is_empty());
            let line = began + 1;
            assert_eq!(read(&text).unwrap_err(), Refusal::RowsInQuote { began, line }.to_string(), "{text}");
        }
    }
    // No row of the file has so many cells, and prose has blanks behind its commas.
    for honest in [
        "a,1,2,x,\"see board\n1,2,3\"\nd,7,8,w\n",
        "a,1,2,x,\"see, then, the, board\nbring ink, pens, paper, and\"\nd,7,8,w\n",
    ] {
        assert!(read(&format!("ref,m,n,desc,notes\n{honest}")).is_ok(), "{honest}");
    }
}

/// A cell of the row `row`; its text names the row.
fn cell(row: usize, at: usize, kind: u8) -> String {
    let text = format!("r{row}c{at}");
    match kind {
        0 => format!("\"{text}"),
        1 => format!("{text}\""),
        2 => format!("\"{text}\""),
        3 => format!("{text}\" wide"),
        4 => format!("\"{text}, and, then\""),
        5 => format!("\"{text}\"\"\""),
        6 => format!("\"say \"{text}\"\""),
        7 => format!("\"{text}\" "),
        8 => "\"\"".to_owned(),
        _ => text,
    }
}

/// The rows whose text stands in these cells.
fn rows_named(cells: &[String]) -> BTreeSet<usize> {
    let text = cells.join(" ");
    let numbers = text.split('r').skip(1).filter_map(|rest| rest.split_once('c')?.0.parse().ok());
    numbers.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Every line of the source is in a row of its own that is told, or the file is refused: also where all rows have stray
    /// delimiters at their ends. A row with a cell behind the last heading may hold two: it is invalid, and told with its cells.
    #[test]
    fn no_line_vanishes(
        width in 1_usize..6,
        stray in prop::sample::select(vec![0_usize, 0, 1, 2, 6]),
        kinds in proptest::collection::vec(proptest::collection::vec(0_u8..24, 6), 1..7),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        sep in any::<bool>(),
    ) {
        let headings = (0..width).map(|at| format!("h{at}")).collect::<Vec<_>>().join(",");
        let lines = kinds.iter().enumerate().map(|(row, kinds)| {
            // The first cell is never empty: a row that says nothing is no row.
            let cells = (0..width).map(|at| cell(row, at, if at == 0 && kinds[0] == 8 { 9 } else { kinds[at] }));
            cells.collect::<Vec<_>>().join(",") + &",".repeat(stray)
        });
        let sep = if sep { format!("sep=,{end}") } else { String::new() };
        let text = format!("{sep}{headings}{end}{}{end}", lines.collect::<Vec<_>>().join(end));
        if let Ok(rows) = read(&text) {
            let is_invalid = |cells: &[String]| cells.iter().skip(width).any(|cell| !cell.is_empty());
            let told = rows.iter().flat_map(|cells| {
                let named: Vec<_> = rows_named(cells).into_iter().collect();
                if is_invalid(cells) { named.into_iter().map(|row| vec![row]).collect() } else { vec![named] }
            });
            let expected: Vec<_> = (0..kinds.len()).map(|row| vec![row]).collect();
            prop_assert_eq!(told.collect::<Vec<_>>(), expected, "{:?}", text);
        }
    }

    /// A spreadsheet's files are never refused: cells of several lines of prose among them.
    #[test]
    fn whole_files_are_read(
        rows in proptest::collection::vec(("[a-z]{1,5}", "[a-z]{1,5}(\n[a-z]{1,5}(, [a-z]{1,4})?){0,3}", "[a-z \",]{0,6}", any::<bool>()), 1..8),
        stray in 0_usize..6,
        cell_too_many in any::<bool>(),
    ) {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        writer.write_record(["ref", "one", "two", "three"]).unwrap();
        // One row of one line: of rows with stray delimiters this one shows how many there are.
        let first = ("a".to_owned(), "b".to_owned(), "c".to_owned(), true);
        let rows = std::iter::once(first).chain(rows).enumerate().map(|(at, (one, lines, three, last))| {
            let cells = if last { [one, three, "x".to_owned(), lines] } else { [one, lines, "x".to_owned(), three] };
            let more = if at == 1 && cell_too_many { vec!["y".to_owned()] } else { vec![String::new(); stray] };
            [cells.to_vec(), more].concat()
        });
        let expected: Vec<_> = rows.collect();
        for row in &expected {
            writer.write_record(row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        prop_assert_eq!(read(&text), Ok(expected), "{:?}", text);
    }
}

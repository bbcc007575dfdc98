//! Writes a row's own cells as one short text, for the journal: what the results and the retry file are written from later.

/// Bytes that most rows do not need more of.
const USUAL: usize = 128;

/// The bytes that a JSON string does not hold as they are.
const ESCAPED: [bool; 256] = {
    let mut escaped = [false; 256];
    let mut byte = 0;
    while byte < escaped.len() {
        escaped[byte] = byte < 0x20 || byte == b'"' as usize || byte == b'\\' as usize;
        byte += 1;
    }
    escaped
};

/// A text that holds no cells.
#[derive(Debug, thiserror::Error)]
#[error("the cells of a row are not stored in the form they were written in")]
pub struct CellsError(#[source] serde_json::Error);

/// Returns the cells as a JSON array of strings.
#[must_use]
pub fn encode<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::with_capacity(USUAL);
    let mut before = "[\"";
    for cell in cells {
        text.push_str(before);
        push_json(&mut text, cell);
        before = "\",\"";
    }
    text.push_str(if text.is_empty() { "[]" } else { "\"]" });
    text
}

/// Returns the cells that [`encode`] was given.
pub fn decode(text: &str) -> Result<Vec<String>, CellsError> {
    serde_json::from_str(text).map_err(CellsError)
}

/// Writes what stands between the marks of a JSON string: it is written here, because writing to memory cannot fail and `serde_json`
/// would make us say what if it did.
fn push_json(text: &mut String, cell: &str) {
    let is_escaped = |byte: u8| ESCAPED[usize::from(byte)];
    let mut plain = 0;
    while let Some(more) = cell.as_bytes()[plain..].iter().position(|byte| is_escaped(*byte)) {
        let at = plain + more;
        let byte = cell.as_bytes()[at];
        text.push_str(&cell[plain..at]);
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
            _ => {
                let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
                text.push_str("\\u00");
                text.extend([digit(byte >> 4), digit(byte & 15)]);
            }
        }
        plain = at + 1;
    }
    text.push_str(&cell[plain..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_form_is_a_json_array() {
        assert_eq!(encode(["a\"b", "", "x\ny"]), r#"["a\"b","","x\u000ay"]"#);
        assert_eq!(encode([]), "[]");
        assert!(decode("a,b").is_err());
    }

    proptest! {
        #[test]
        fn every_cell_comes_back(cells in proptest::collection::vec("(?s).{0,12}", 0..6)) {
            let encoded = encode(cells.iter().map(String::as_str));
            prop_assert_eq!(decode(&encoded).unwrap(), cells);
        }
    }
}

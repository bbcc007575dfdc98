//! Speaks for the demonstration: numbered headings, commands, and what is shown of files, in bold only on a terminal.

use std::io::IsTerminal;

/// The longest line that is shown of a file, in characters.
const WIDTH: usize = 110;

/// Speaks to the person who watches.
#[derive(Debug)]
pub(super) struct Voice {
    bold: bool,
    headings: u32,
}

impl Voice {
    pub(super) fn new() -> Self {
        let colourless = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { bold: std::io::stdout().is_terminal() && !colourless, headings: 0 }
    }

    /// Shows the next heading.
    pub(super) fn heading(&mut self, text: &str) {
        self.headings += 1;
        println!("\n{}", self.strong(&format!("{}. {text}", self.headings)));
    }

    /// Shows a command, as the person would type it.
    pub(super) fn command(&self, text: &str) {
        println!("\n{}", self.strong(&format!("$ {text}")));
    }

    fn strong(&self, text: &str) -> String {
        if self.bold { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Says a sentence or two.
pub(super) fn say(text: &str) {
    println!("{text}");
}

/// Shows the first lines of a file, each cut where it is long; what is left out is said.
pub(super) fn lines(text: &str, most: usize) {
    println!();
    for line in text.trim_start_matches('\u{feff}').lines().take(most) {
        match line.char_indices().nth(WIDTH) {
            Some((end, _)) => println!("    {} …", &line[..end]),
            None => println!("{}", format!("    {line}").trim_end()),
        }
    }
    let more = text.lines().count().saturating_sub(most);
    if more > 0 {
        println!("    … and {more} more lines");
    }
}

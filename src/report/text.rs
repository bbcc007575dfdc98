//! Writes the mail as text: short lines, since a phone shows them in a letter of its own choosing.

use super::view::{Body, Count, Entry, Section, View};

/// A line's length where words allow it.
const WIDTH: usize = 76;

pub(super) fn render(view: &View) -> String {
    let mut lines = vec![format!("{}  {}", view.verdict, view.place)];
    wrap(&mut lines, "", "", &view.gist);
    for section in &view.sections {
        lines.push(String::new());
        lines.push(section.heading.clone());
        body(&mut lines, section);
    }
    lines.push(String::new());
    lines.join("\n")
}

fn body(lines: &mut Vec<String>, section: &Section) {
    match &section.body {
        Body::Sentences(sentences) => {
            for sentence in sentences {
                wrap(lines, "  ", "    ", sentence);
            }
        }
        Body::Counts(counts) => {
            let width = counts.iter().map(|Count { n, .. }| n.to_string().len()).max().unwrap_or(0);
            lines.extend(counts.iter().map(|Count { n, what }| format!("  {n:>width$}  {what}")));
        }
        Body::Entries(entries) => {
            for Entry { name, value } in entries {
                wrap(lines, "  ", "  ", name);
                wrap(lines, "    ", "    ", value);
            }
        }
        Body::Facts(facts) => {
            let width = facts.iter().map(|Entry { name, .. }| name.chars().count()).max().unwrap_or(0);
            let hanging = " ".repeat(width + 4);
            for Entry { name, value } in facts {
                wrap(lines, &format!("  {name:<width$}  "), &hanging, value);
            }
        }
    }
}

/// Breaks at blanks only, so that a path can be copied.
fn wrap(lines: &mut Vec<String>, first: &str, hanging: &str, text: &str) {
    let mut line = first.to_owned();
    let mut used = false;
    for word in text.split_whitespace() {
        if used && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(std::mem::replace(&mut line, hanging.to_owned()));
            used = false;
        }
        if used {
            line.push(' ');
        }
        line.push_str(word);
        used = true;
    }
    lines.push(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_a_path_stays_whole() {
        let mut lines = Vec::new();
        let path = "/var/spool/roomkeeper/".repeat(5);
        wrap(&mut lines, "> ", "  ", &format!("{} {path} end", "word ".repeat(20).trim_end()));
        assert!(lines[0].starts_with("> word") && lines[0].chars().count() <= WIDTH);
        assert!(lines.contains(&format!("  {path}")));
        assert_eq!(lines.last().map(String::as_str), Some("  end"));
    }
}

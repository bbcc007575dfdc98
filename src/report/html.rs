//! Writes the mail as HTML: tables and inline styles, which mail programs honour, and headings that read without them.

use minijinja::value::Serde;
use minijinja::{Environment, HtmlEscape, context};

use super::view::{Tone, View};

const TEMPLATE: &str = include_str!("mail.html");

pub(super) fn render(view: &View, text: &str) -> String {
    by(TEMPLATE, view, text)
}

/// A template that fails must not cost the mail: then it goes out in its plain clothes.
fn by(template: &str, view: &View, text: &str) -> String {
    let words = context! { mail => Serde(view), colour => colour(view) };
    Environment::new()
        .render_named_str("mail.html", template, words)
        .unwrap_or_else(|_| format!("<pre>{}</pre>\n", HtmlEscape(text)))
}

/// Returns the colour of the badge, under white letters; each has a contrast of at least 4.5 to 1.
fn colour(view: &View) -> &'static str {
    match view.tone {
        Tone::Good => "#1a7f37",
        Tone::Mixed => "#9a6700",
        Tone::Bad => "#c62828",
        Tone::Neutral => "#57606a",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_that_fails_still_makes_a_mail() {
        let view =
            View { verdict: "OK", tone: Tone::Good, place: String::new(), gist: String::new(), sections: Vec::new() };
        assert_eq!(by("{{ nothing() }}", &view, "a < b"), "<pre>a &lt; b</pre>\n");
        assert!(by(TEMPLATE, &view, "a < b").starts_with("<!DOCTYPE html>"));
    }
}

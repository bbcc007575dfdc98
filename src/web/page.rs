//! Makes pages of templates. Whatever stands in a page is escaped, and no mail address gets into one, in one place for all of them.

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context, escape_formatter};
use serde::Serialize;

use super::mask::mask;

/// The templates, by name.
const TEMPLATES: [(&str, &str); 12] = [
    ("layout.html", include_str!("pages/layout.html")),
    ("parts.html", include_str!("pages/parts.html")),
    ("message.html", include_str!("pages/message.html")),
    ("sign_in.html", include_str!("pages/sign_in.html")),
    ("first.html", include_str!("pages/first.html")),
    ("runs.html", include_str!("pages/runs.html")),
    ("plot.html", include_str!("pages/plot.html")),
    ("job.html", include_str!("pages/job.html")),
    ("run.html", include_str!("pages/run.html")),
    ("item.html", include_str!("pages/item.html")),
    ("mail.html", include_str!("pages/mail.html")),
    ("mails.html", include_str!("pages/mails.html")),
];

/// The style sheet, for all pages.
pub(super) const STYLE: &str = include_str!("pages/style.css");

/// Makes pages.
pub(super) struct Pages {
    environment: Environment<'static>,
}

/// A page that says one thing.
#[derive(Debug, Serialize)]
pub(super) struct Message<'a> {
    pub(super) title: &'a str,
    pub(super) text: &'a str,
}

impl Pages {
    /// Makes them for a page under that path; `is_own` tells what looks like a mail address and is none.
    pub(super) fn new(base_path: &str, is_own: impl Fn(&str, &str) -> bool + Send + Sync + 'static) -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_global("base", base_path);
        environment.add_global("version", env!("CARGO_PKG_VERSION"));
        environment.set_formatter(move |out, state, value| match value.as_str() {
            Some(text) if !value.is_safe() => {
                // Every attribute of the templates is quoted, so that a slash means nothing there, and addresses stay short.
                for (at, part) in mask(text, &is_own).split('/').enumerate() {
                    if at > 0 {
                        out.write_str("/")?;
                    }
                    escape_formatter(out, state, &Value::from(part))?;
                }
                Ok(())
            }
            _ => escape_formatter(out, state, value),
        });
        for (name, source) in TEMPLATES {
            // A test makes each of them; one that could not be read would be told with the first page.
            if let Err(error) = environment.add_template(name, source) {
                tracing::error!(%error, name, "a page's template cannot be read");
            }
        }
        Self { environment }
    }

    /// Makes a page.
    pub(super) fn make(&self, name: &str, page: &impl Serialize) -> Result<String, minijinja::Error> {
        self.environment.get_template(name)?.render(context! { page => Serde(page) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_is_quoted() {
        for (name, source) in TEMPLATES {
            for (at, _) in source.match_indices("={{") {
                let tag = &source[source[..at].rfind('<').unwrap()..at];
                assert_eq!(tag.matches('"').count() % 2, 1, "{name}: {tag}");
            }
        }
    }

    #[test]
    fn whatever_stands_in_a_page_is_escaped_and_no_address_gets_there() {
        let pages = Pages::new("/keeper", |_, _| false);
        let text = "<script>alert(1)</script> \"a@example.org\"";
        let made = pages.make("message.html", &Message { title: "<b>", text }).unwrap();
        assert!(made.contains("&lt;script&gt;") && made.contains("&lt;b&gt;"), "{made}");
        assert!(!made.contains("<script") && !made.contains("<b>") && !made.contains("a@example.org"), "{made}");
        assert!(made.contains("…@example.org") && made.contains("href=\"/keeper/style.css\""), "{made}");
    }
}

//! HTML, and the one place where text becomes part of it.

use crate::visible::{json, visible};

/// A part of a page: markup that is whole, with all text in it escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Html(String);

impl Html {
    /// Text, in which nothing is markup, and nothing directs how the rest is shown.
    pub(super) fn text(text: &str) -> Self {
        let mut out = String::with_capacity(text.len());
        for letter in visible(text).chars() {
            match letter {
                '&' => out += "&amp;",
                '<' => out += "&lt;",
                '>' => out += "&gt;",
                '"' => out += "&quot;",
                '\'' => out += "&#39;",
                letter => out.push(letter),
            }
        }
        Html(out)
    }

    /// Text of several lines, which stay lines.
    pub(super) fn lines(text: &str) -> Self {
        let lines: Vec<String> =
            text.split('\n').map(|line| Html::text(&line.replace('\t', "    ")).0).collect();
        Html(lines.join("\n"))
    }

    /// Markup of the program's own: a constant, or a drawing that has escaped its texts.
    pub(super) fn own(markup: impl Into<String>) -> Self {
        Html(markup.into())
    }

    /// A value as the content of a script element. What could end the element, begin a comment in it, or
    /// direct how its text is shown, is written as JSON writes it: the data read back as they were.
    pub(super) fn json(value: &impl serde::Serialize) -> Self {
        let text = serde_json::to_string(value).expect("names and numbers");
        let mut out = String::with_capacity(text.len());
        for letter in json(&text).chars() {
            match letter {
                '<' | '>' | '&' => out += &format!("\\u{:04x}", u32::from(letter)),
                letter => out.push(letter),
            }
        }
        Html(out)
    }

    /// An element. `attributes` are the program's own.
    pub(super) fn element(name: &str, attributes: &str, content: impl IntoIterator<Item = Html>) -> Self {
        let gap = if attributes.is_empty() { "" } else { " " };
        let content: String = content.into_iter().map(|part| part.0).collect();
        Html(format!("<{name}{gap}{attributes}>{content}</{name}>"))
    }

    /// An element with a text in it.
    pub(super) fn of_text(name: &str, attributes: &str, text: &str) -> Self {
        Html::element(name, attributes, [Html::text(text)])
    }

    /// One after the other.
    pub(super) fn all(parts: impl IntoIterator<Item = Html>) -> Self {
        Html(parts.into_iter().map(|part| part.0 + "\n").collect())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Fills the places of a template, `{{name}}`, in one pass: what is put in is not looked at again.
///
/// # Panics
/// If the template has a place that nothing is given for, or the other way round.
pub(super) fn filled(template: &str, places: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut used = vec![false; places.len()];
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, behind) = after.split_once("}}").expect("a place has an end");
        let at = places.iter().position(|(known, _)| *known == name);
        let at = at.unwrap_or_else(|| panic!("nothing is given for {name}"));
        used[at] = true;
        out += before;
        out += places[at].1;
        rest = behind;
    }
    assert!(used.iter().all(|&used| used), "the template has no place for something");
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup_and_directs_nothing() {
        let text = Html::text("<script>'a' & \"b\"</script>\u{202e}\u{1b}[2J\0\n");
        let expected =
            "&lt;script&gt;&#39;a&#39; &amp; &quot;b&quot;&lt;/script&gt;\\u{202e}\\u{1b}[2J\\u{0}\\n";
        assert_eq!(text.as_str(), expected);
        assert_eq!(Html::lines("a\n<b>\t\u{7}").as_str(), "a\n&lt;b&gt;    \\u{7}");
    }

    #[test]
    fn json_cannot_end_its_element_and_reads_back_as_it_was() {
        let value = serde_json::json!({ "</script><!--": ["a\u{2028}b & c\u{202e}", 0.1] });
        let json = Html::json(&value);
        assert!(!json.as_str().contains(['<', '>', '&', '\u{2028}', '\u{202e}']), "{}", json.as_str());
        assert_eq!(serde_json::from_str::<serde_json::Value>(json.as_str()).expect("JSON"), value);
    }

    #[test]
    fn what_is_put_into_a_template_is_not_read_as_one() {
        assert_eq!(filled("a {{x}} b {{y}}", &[("x", "{{y}}"), ("y", "2")]), "a {{y}} b 2");
    }
}

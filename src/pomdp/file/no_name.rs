//! Elements of lists that are no names: numbers, tuples, quoted words.

use super::diagnostic::{Kind, Report};
use super::lexer::{Keyword, Token};
use super::shown::shown;
use std::ops::Range;

/// The first element of a list that is no name, and what else there is to say of the list.
#[derive(Clone, Debug)]
pub(super) struct NoName {
    word: Range<usize>,
    /// The number of elements, where all of them are whole numbers.
    integers: Option<usize>,
}

impl NoName {
    pub(super) fn new(source: &[u8], at: usize, integers: Option<usize>) -> Self {
        NoName { word: word_around(source, at), integers }
    }

    /// Reports it, and says what to write. `head` is the word of the item.
    pub(super) fn describe(&self, source: &[u8], head: Token<'_>, report: &mut Report<'_>) {
        let word = String::from_utf8_lossy(&source[self.word.clone()]);
        let (items, seen) = (head.text(), shown(&word));
        let message = format!(
            "`{items}:` takes a count, or a list of names; a name begins with a letter: not so `{seen}`"
        );
        let initial = &items[..1];
        let help = match self.integers {
            Some(count) => format!(
                "write `{items}: {count}`, and number them from 0 to {}; or call them `{initial}{seen}` and so on, in \
                 entries too",
                count - 1
            ),
            None if word.ends_with([',', ';']) => "names are separated by white space alone".to_owned(),
            None => {
                let name = name_like(&word, initial);
                let name = shown(&name);
                format!("after it come letters, digits, `-` and `_`: call it `{name}`, in entries too")
            }
        };
        report.error_with_help(Kind::NoName, self.word.clone(), message, help);
    }
}

/// Whether somebody may have written this for a name.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_ok_and(|text| !text.contains(|c: char| c.is_control() || c == '\u{feff}'))
}

/// The bytes between white space around `at`; of a very long word those near it.
fn word_around(source: &[u8], at: usize) -> Range<usize> {
    const NEAR: usize = 100;
    let separates = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'#';
    let (before, after) = (&source[at.saturating_sub(NEAR)..at], &source[at..source.len().min(at + NEAR)]);
    let start = at - before.iter().rev().position(separates).unwrap_or(before.len());
    start..at + after.iter().position(separates).unwrap_or(after.len())
}

/// A name that is much like this word: `s0-1` for `(0,1)`.
fn name_like(word: &str, initial: &str) -> String {
    let parts = word.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let name = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    match name.chars().next() {
        None => format!("{initial}1"),
        Some(first) if !first.is_ascii_alphabetic() => format!("{initial}{name}"),
        Some(_) if Keyword::of(name.as_bytes()).is_some() => format!("{name}-1"),
        Some(_) => name,
    }
}

//! Parts of a file inside of messages.

use super::diagnostic::{Kind, Report};
use super::lexer::Token;
use std::borrow::Cow;

/// The text, or how it begins: names and numbers of any length can stand in a file, and a message is to be
/// read.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    const CHARACTERS: usize = 60;
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}...", &text[..end]).into(),
        None => text.into(),
    }
}

/// Reports bytes that begin no token.
pub(super) fn illegal_character(token: Token<'_>, report: &mut Report<'_>) {
    if report.passes_over() {
        return;
    }
    let bytes = token.bytes;
    // A character of UTF-8 takes at most four bytes.
    let first = (1..=bytes.len().min(4)).find_map(|n| str::from_utf8(&bytes[..n]).ok()?.chars().next());
    let shown = match first {
        Some(character) if character.is_control() => character.escape_unicode().to_string(),
        Some(character) => format!("`{character}`"),
        None => format!("byte 0x{:02X}", bytes[0]),
    };
    let help = match first {
        Some('.') => "a number has one point, with a digit next to it",
        Some(',' | ';') => "numbers and names are separated by white space alone",
        Some('%' | '/' | '!') => "a comment begins with `#`",
        Some('_') => "a name begins with a letter",
        Some('\u{feff}') => "a byte order mark stands at the very beginning, or nowhere",
        Some('\0') => "save the file as plain text, in UTF-8 or ASCII",
        _ => {
            "a name is a letter, then letters, digits, `-` and `_`; anything else stands in comments, after `#`"
        }
    };
    let message = format!("illegal character {shown}");
    report.error_with_help(Kind::IllegalCharacter, token.span(), message, help);
}

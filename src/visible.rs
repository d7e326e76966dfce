//! Text that strangers have written, on its way to a terminal.
//!
//! A file, its name, or the head of a trace may hold characters that a terminal obeys rather than shows:
//! escape sequences that set its title, move the cursor or answer for the user, a carriage return that
//! overwrites a line, a mark that lets the rest of the line run from right to left. All of them are shown as
//! what they are, `\u{1b}` for an escape. None of them is removed: what a file holds should be seen.
//!
//! There are two seams. Where a stranger's text enters a message, [`visible`] and [`shown`] make all of it
//! visible, line ends too, so that no name can pretend to be a further line. Where messages leave the
//! program, [`on_a_terminal`], [`coloured`] and [`json`] are the last guard: what has slipped through there
//! is shown as well, line ends and tabs apart, which the program's own screens have. Colours are the
//! program's own only where [`coloured`] is the guard, which is for drawings that were made of visible text.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::path::Path;
use std::sync::OnceLock;

/// Whether a terminal obeys a character instead of showing it: all control characters, and those that direct
/// or break lines of text in ways that cannot be seen.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Marks, embeddings, overrides and isolates of direction.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Separators of lines and paragraphs.
            | '\u{2028}' | '\u{2029}')
}

/// The text with each character `escaped` written out, as Rust writes it; the text itself where there is
/// none.
fn with_escapes(text: &str, escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if escaped(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// A stranger's text as a part of a message: on one line, whatever it holds.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    with_escapes(text, is_hidden)
}

/// A path as a part of a message; bytes of it that are no text are shown as `\xe9`.
pub(crate) fn shown(path: &Path) -> Shown<'_> {
    Shown(path)
}

/// A path that can be displayed anywhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a>(&'a Path);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.as_os_str().as_encoded_bytes().utf8_chunks() {
            f.write_str(&visible(chunk.valid()))?;
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// What the program is called; see [`program`].
static PROGRAM: OnceLock<String> = OnceLock::new();

/// Says once by what path the program was called.
pub(crate) fn called_by(path: &Path) {
    // Whoever calls commands one after another calls them by one name.
    let _ = PROGRAM.set(shown(Path::new(path.file_stem().unwrap_or_default())).to_string());
}

/// What people type to call the program: `dpac`, unless a program with algorithms of its own has another
/// name.
pub(crate) fn program() -> &'static str {
    PROGRAM.get().map_or("dpac", String::as_str)
}

/// A help text with the commands in it (`` `dpac trace doctor` ``, and lines of examples) as people type
/// them: by the name of the program. What is no command keeps its name: the version in
/// `` `dpac 0.1.0` `` is dpac's.
pub(crate) fn as_typed(help: &str) -> Cow<'_, str> {
    renamed(help, program())
}

fn renamed<'a>(help: &'a str, program: &str) -> Cow<'a, str> {
    const NAME: &str = "dpac ";
    if program == NAME.trim_end() || !help.contains(NAME) {
        return Cow::Borrowed(help);
    }
    let mut text = String::with_capacity(help.len());
    let mut rest = help;
    while let Some(at) = rest.find(NAME) {
        let (before, found) = rest.split_at(at);
        let after = &found[NAME.len()..];
        let is_typed = (before.ends_with('`') || before.ends_with("  "))
            && after.starts_with(|first: char| first.is_ascii_lowercase());
        text.push_str(before);
        if is_typed {
            text.push_str(program);
            text.push(' ');
        } else {
            text.push_str(NAME);
        }
        rest = after;
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// A path as the name of something, for programs too: the path itself where it is text.
pub(crate) fn named(path: &Path) -> String {
    path.to_str().map_or_else(|| shown(path).to_string(), str::to_owned)
}

/// A screen of the program, without anything that a terminal would obey but line ends and tabs.
pub(crate) fn on_a_terminal(text: &str) -> Cow<'_, str> {
    with_escapes(text, |character| is_hidden(character) && !matches!(character, '\n' | '\t'))
}

/// As [`on_a_terminal`], with the sequences that set colours left as they are.
pub(crate) fn coloured(text: &str) -> Cow<'_, str> {
    let guarded = on_a_terminal(text);
    let Cow::Owned(_) = guarded else { return guarded };
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        let (before, escape) = rest.split_at(at);
        shown.push_str(&on_a_terminal(before));
        let colour = colour(escape).unwrap_or(0);
        shown.push_str(&escape[..colour]);
        if colour == 0 {
            shown.push_str("\\u{1b}");
        }
        rest = &escape[colour.max(1)..];
    }
    shown.push_str(&on_a_terminal(rest));
    Cow::Owned(shown)
}

/// Length of the sequence that sets a colour with which the text begins, `ESC [ 1;31 m`.
fn colour(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|character: char| !character.is_ascii_digit() && character != ';')?;
    parameters[end..].starts_with('m').then_some("\u{1b}[".len() + end + 1)
}

/// JSON with every such character written as JSON writes it: programs read the same text, and a terminal
/// shows it. Outside of its strings JSON has none but line ends.
pub(crate) fn json(text: &str) -> Cow<'_, str> {
    let escaped = |character: char| is_hidden(character) && !matches!(character, '\n' | '\t');
    if !text.contains(escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if escaped(character) {
            // All of them are in the plane that one escape names. Writing into a string cannot fail.
            let _ = write!(shown, "\\u{:04x}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_by_the_name_of_the_program() {
        for (help, typed) in [
            ("`dpac trace doctor` looks beyond", "`my-td trace doctor` looks beyond"),
            ("`dpac run`, `plan`, `dpac check`", "`my-td run`, `plan`, `my-td check`"),
            ("Examples:\n  dpac run a\n  dpac plan a", "Examples:\n  my-td run a\n  my-td plan a"),
            ("with `dpac 0.1.0`", "with `dpac 0.1.0`"),
            ("dpac learns Q; dpac does", "dpac learns Q; dpac does"),
        ] {
            assert_eq!(renamed(help, "my-td"), typed);
            assert_eq!(renamed(help, "dpac"), help);
        }
    }

    /// Every character that is hidden, between letters.
    fn hidden() -> String {
        let characters = (0..=0x10_ffff).filter_map(char::from_u32).filter(|&c| is_hidden(c));
        characters.flat_map(|c| ['a', c]).collect()
    }

    #[test]
    fn controls_and_marks_of_direction_are_written_out() {
        for (text, expected) in [
            ("plain, ünïcödé 漢", "plain, ünïcödé 漢"),
            ("\u{1b}]0;owned\u{7}", "\\u{1b}]0;owned\\u{7}"),
            ("a\rb\nc\td\0", "a\\rb\\nc\\td\\u{0}"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
            ("\u{202e}txt.\u{2066}", "\\u{202e}txt.\\u{2066}"),
            ("don't \"quote\" \\", "don't \"quote\" \\"),
        ] {
            assert_eq!(visible(text), expected);
        }
        assert!(!visible(&hidden()).contains(is_hidden));
        assert_eq!(hidden().chars().count(), 2 * (65 + 12 + 2));
    }

    #[test]
    fn a_path_shows_bytes_that_are_no_text() {
        assert_eq!(shown(Path::new("runs/\u{1b}[2J\n")).to_string(), "runs/\\u{1b}[2J\\n");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let path = Path::new(std::ffi::OsStr::from_bytes(b"caf\xe9/tiger"));
            assert_eq!(shown(path).to_string(), "caf\\xe9/tiger");
        }
    }

    #[test]
    fn the_last_guard_leaves_lines_and_lets_colours_through_only_where_asked() {
        let text = "\u{1b}[1;31m×\u{1b}[0m a\tb\n\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}";
        let plain = "\\u{1b}[1;31m×\\u{1b}[0m a\tb\n\\u{1b}]0;owned\\u{7}\\u{1b}[2J\\u{1b}";
        assert_eq!(on_a_terminal(text), plain);
        let expected = "\u{1b}[1;31m×\u{1b}[0m a\tb\n\\u{1b}]0;owned\\u{7}\\u{1b}[2J\\u{1b}";
        assert_eq!(coloured(text), expected);
        assert!(!on_a_terminal(&hidden()).contains(|c| is_hidden(c) && c != '\n' && c != '\t'));
    }

    #[test]
    fn json_reads_back_as_it_was() {
        let value = serde_json::json!({ hidden(): [hidden(), 1.5] });
        let text = format!("{value:#}\n");
        let guarded = json(&text);
        assert!(!guarded.contains(|c| is_hidden(c) && c != '\n'));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&guarded).expect("JSON"), value);
    }
}

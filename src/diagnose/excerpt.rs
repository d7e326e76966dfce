//! The lines around a place in a text, as they are shown: cut to what a person can read, with nothing hidden.

use crate::visible::visible;
use std::ops::Range;

/// The longest line that is shown whole, in bytes.
const LINE_BYTES_MAX: usize = 160;

/// What is shown of a longer line before the place that is meant, in bytes.
const BEFORE_BYTES: usize = 60;

/// The most lines of a place that are shown; of a longer one only these are underlined.
const LINES_MAX: usize = 4;

/// Stands where a line goes on.
const CUT: char = '…';

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A place in a text with the lines around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Line of the place's first byte, from 1.
    pub line: usize,
    /// Its column, in characters from 1.
    pub column: usize,
    /// Number of the first line that is shown.
    pub(super) first_line: usize,
    /// The lines as they are shown, each with a line feed.
    pub(super) text: String,
    /// Bytes of the shown text that are underlined.
    pub(super) span: Range<usize>,
}

impl Excerpt {
    /// The place `span` of a text, in bytes; what lies beyond the text is cut off. A line ends with a line
    /// feed, a carriage return, or both. Bytes that are no UTF-8 are shown as question marks.
    pub fn new(text: &[u8], span: Range<usize>) -> Self {
        Excerpts::new(text).at(span)
    }
}

/// Makes excerpts of one text. Those in the text's order together take time in its length, however many they
/// are.
pub(crate) struct Excerpts<'t> {
    text: &'t [u8],
    /// Up to where lines and columns were counted.
    at: usize,
    line: usize,
    column: usize,
    /// Where the line begins, and where the one before it does.
    start: usize,
    before: Option<usize>,
    /// Where the line ends, once that has been looked for.
    end: Option<usize>,
}

impl<'t> Excerpts<'t> {
    pub(crate) fn new(text: &'t [u8]) -> Self {
        // A byte order mark is no character of the first line.
        let start = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        Excerpts { text, at: start, line: 1, column: 1, start, before: None, end: None }
    }

    /// The excerpt of a place.
    pub(crate) fn at(&mut self, span: Range<usize>) -> Excerpt {
        let start = span.start.min(self.text.len());
        if start < self.at {
            *self = Excerpts::new(self.text);
        }
        self.count_up_to(start);
        let start = self.at;
        let end = span.end.clamp(start, self.text.len());
        let first_line = self.line - usize::from(self.before.is_some());
        let first = self.start..self.line_end();
        let mut lines = Vec::from([first]);
        let mut after = None;
        while let Some(begin) = after_line_end(self.text, lines[lines.len() - 1].end) {
            // A place that ends where the next line begins does not reach it, and after the last line there
            // is none.
            if begin == self.text.len() || end <= begin || lines.len() == LINES_MAX {
                after = Some(begin).filter(|&begin| begin < self.text.len());
                break;
            }
            lines.push(begin..line_end(self.text, begin));
        }
        let mut shown = Shown { text: String::new(), span: 0..0 };
        if let Some(before) = self.before {
            shown.context(self.text, before);
        }
        // Of the end of a text there is nothing to show but the line that it ends.
        let nothing = self.start == self.text.len() && self.before.is_some();
        for (i, line) in lines.into_iter().enumerate().filter(|_| !nothing) {
            shown.line(self.text, line, start..end, i == 0);
        }
        if nothing {
            shown.span = shown.text.len()..shown.text.len();
        }
        if let Some(after) = after {
            shown.context(self.text, after);
        }
        Excerpt { line: self.line, column: self.column, first_line, text: shown.text, span: shown.span }
    }

    fn count_up_to(&mut self, place: usize) {
        while self.at < place {
            let byte = self.text[self.at];
            self.at += 1;
            let ends = byte == b'\n' || (byte == b'\r' && self.text.get(self.at) != Some(&b'\n'));
            if ends {
                self.before = Some(self.start);
                self.start = self.at;
                self.end = None;
                self.line += 1;
                self.column = 1;
            } else if byte & 0xC0 != 0x80 {
                // Continuation bytes of UTF-8 are no characters of their own.
                self.column += 1;
            }
        }
    }

    fn line_end(&mut self) -> usize {
        *self.end.get_or_insert_with(|| line_end(self.text, self.start))
    }
}

/// Where the line that begins at `start` ends, without what ends it.
fn line_end(text: &[u8], start: usize) -> usize {
    let rest = &text[start..];
    start + rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len())
}

/// Where the line after the one that ends at `end` begins, if it ends.
fn after_line_end(text: &[u8], end: usize) -> Option<usize> {
    match text[end..] {
        [b'\r', b'\n', ..] => Some(end + 2),
        [b'\r' | b'\n', ..] => Some(end + 1),
        _ => None,
    }
}

struct Shown {
    text: String,
    span: Range<usize>,
}

impl Shown {
    /// Adds the line that begins at `start`, in which nothing is underlined.
    fn context(&mut self, text: &[u8], start: usize) {
        // How much longer than what is shown of it the line is does not matter.
        let near = &text[..text.len().min(start + LINE_BYTES_MAX + 1)];
        let span = self.span.clone();
        self.line(text, start..line_end(near, start), 0..0, false);
        self.span = span;
    }

    /// Adds a line with its part of the place `span`, which begins in the line that is the `first` one.
    fn line(&mut self, text: &[u8], line: Range<usize>, span: Range<usize>, first: bool) {
        let (mut left, mut right) = (line.start, line.end);
        if line.len() > LINE_BYTES_MAX {
            if first && span.start > line.start + LINE_BYTES_MAX - BEFORE_BYTES {
                left = boundary(text, line.start, span.start.min(line.end) - BEFORE_BYTES);
            }
            right = boundary(text, left, line.end.min(left + LINE_BYTES_MAX));
        }
        if left > line.start {
            self.text.push(CUT);
        }
        let (mut begin, mut end) = (None, None);
        let mut at = left;
        for chunk in text[left..right].utf8_chunks() {
            for (character, length) in characters(&chunk) {
                if at >= span.start {
                    begin.get_or_insert(self.text.len());
                }
                if at >= span.end {
                    end.get_or_insert(self.text.len());
                }
                match character {
                    // Drawn as spaces up to the next stop.
                    Some('\t') => self.text.push('\t'),
                    Some(character) => self.text.push_str(&visible(character.encode_utf8(&mut [0; 4]))),
                    None => self.text.push('?'),
                }
                at += length;
            }
        }
        if first {
            self.span.start = begin.unwrap_or(self.text.len());
        }
        self.span.end = end.unwrap_or(self.text.len()).max(self.span.start);
        if right < line.end {
            self.text.push(CUT);
        }
        self.text.push('\n');
    }
}

/// The characters of a stretch with their lengths; `None` for each byte that is none.
fn characters<'t>(chunk: &std::str::Utf8Chunk<'t>) -> impl Iterator<Item = (Option<char>, usize)> + use<'t> {
    let valid = chunk.valid().chars().map(|character| (Some(character), character.len_utf8()));
    valid.chain(chunk.invalid().iter().map(|_| (None, 1)))
}

/// The last beginning of a character at or before `at`, but not before `least`.
fn boundary(text: &[u8], least: usize, at: usize) -> usize {
    let begins = |&at: &usize| text.get(at).is_none_or(|byte| byte & 0xC0 != 0x80);
    (least..=at).rev().take(4).find(begins).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, span: Range<usize>) -> (usize, usize, String, String) {
        let Excerpt { line, column, text, span, .. } = Excerpt::new(text.as_bytes(), span);
        (line, column, text.clone(), text[span].to_owned())
    }

    #[test]
    fn a_place_has_the_line_before_it_and_the_line_after_it() {
        let text = "one\ntwo\r\nthree\rfour\n";
        for (word, line, shown) in [
            ("one", 1, "one\ntwo\n"),
            ("two", 2, "one\ntwo\nthree\n"),
            ("three", 3, "two\nthree\nfour\n"),
            ("four", 4, "three\nfour\n"),
        ] {
            let start = text.find(word).expect("there");
            let expected = (line, 1, shown.to_owned(), word.to_owned());
            assert_eq!(excerpt(text, start..start + word.len()), expected);
        }
        assert_eq!(excerpt(text, 22..30), (5, 1, "four\n".to_owned(), String::new()));
        assert_eq!(excerpt("", 0..0), (1, 1, "\n".to_owned(), String::new()));
    }

    #[test]
    fn a_long_line_is_cut_to_what_is_near_the_place() {
        let text = format!("{}\n{}meant{}\n", "a".repeat(500), "b".repeat(1_000_000), "c".repeat(1_000_000));
        let (line, column, shown, place) = excerpt(&text, 1_000_501..1_000_506);
        assert_eq!((line, column, place.as_str()), (2, 1_000_001, "meant"));
        assert_eq!(shown.lines().count(), 2);
        for line in shown.lines() {
            assert!(line.chars().count() <= LINE_BYTES_MAX + 2, "{line}");
            assert!(line.ends_with(CUT), "{line}");
        }
        assert!(shown.contains(&format!("\n…{}meantccc", "b".repeat(BEFORE_BYTES))), "{shown}");
    }

    #[test]
    fn a_place_of_many_lines_is_shown_by_its_first() {
        let text = "before\n".to_owned() + &"line\n".repeat(1000);
        let (line, _, shown, place) = excerpt(&text, 7..4007);
        assert_eq!((line, shown.lines().count()), (2, LINES_MAX + 2));
        assert_eq!(place, "line\nline\nline\nline");
    }

    #[test]
    fn what_a_terminal_would_obey_is_seen_and_does_not_move_the_place() {
        let text = "\u{1b}[31m\u{9b}\tmeant\u{202e}\n";
        let (line, column, shown, place) = excerpt(text, 8..13);
        assert_eq!((line, column, place.as_str()), (1, 8, "meant"));
        assert_eq!(shown, "\\u{1b}[31m\\u{9b}\tmeant\\u{202e}\n");
    }

    #[test]
    fn columns_are_characters_and_a_mark_of_byte_order_is_none() {
        assert_eq!(
            excerpt("\u{feff}états meant", 10..15),
            (1, 7, "états meant\n".to_owned(), "meant".to_owned())
        );
        let Excerpt { column, text, .. } = Excerpt::new(b"# caf\xe9 meant", 8..13);
        assert_eq!((column, text.as_str()), (9, "# caf? meant\n"));
    }

    #[test]
    fn places_in_any_order_have_the_excerpts_that_each_has_alone() {
        let text = "a é\u{1b} b\r\n\n\rc d\n".repeat(5) + &"long ".repeat(200);
        let mut excerpts = Excerpts::new(text.as_bytes());
        // A stride that is prime to the length visits every place, forwards and backwards.
        let length = text.len() + 3;
        for i in 0..length {
            let start = i * 37 % length;
            for size in [0, 1, 7, 60] {
                let span = start..start + size;
                let expected = Excerpt::new(text.as_bytes(), span.clone());
                assert!(expected.text.is_char_boundary(expected.span.start), "{span:?}");
                assert!(expected.text.is_char_boundary(expected.span.end), "{span:?}");
                assert_eq!(excerpts.at(span.clone()), expected, "{span:?}");
            }
        }
    }
}

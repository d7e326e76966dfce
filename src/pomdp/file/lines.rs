//! Offsets of bytes to lines and columns.
//!
//! A line ends at LF, at CR, or at both together. Nothing is kept per line: a file may be nothing but line
//! ends.

use std::cell::OnceCell;

/// The lines of a source.
pub(super) struct Lines<'s> {
    source: &'s [u8],
    /// How many lines end before each block, once somebody asks.
    before: OnceCell<Vec<usize>>,
}

/// Small, so that counting in one takes no time; and few enough of them.
const BLOCK: usize = 1 << 12;

impl<'s> Lines<'s> {
    pub(super) fn of(source: &'s [u8]) -> Self {
        Lines { source, before: OnceCell::new() }
    }

    pub(super) fn end(&self) -> usize {
        self.source.len()
    }

    /// Line of a byte, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        let before = self.before.get_or_init(|| {
            let mut lines = 0;
            let starts = (0..=self.source.len()).step_by(BLOCK);
            let counted = starts.map(|start| {
                let before = lines;
                lines += self.ends_within(start, (start + BLOCK).min(self.source.len()));
                before
            });
            counted.collect()
        });
        let block = offset / BLOCK;
        1 + before[block] + self.ends_within(block * BLOCK, offset)
    }

    /// A cursor at the beginning.
    pub(super) fn cursor(&self) -> Cursor<'_, 's> {
        Cursor { lines: self, at: 0, line: 1, column: 1 }
    }

    fn ends_within(&self, start: usize, end: usize) -> usize {
        (start..end).filter(|&at| self.ends_at(at)).count()
    }

    /// Whether a line ends with this byte: of CR LF it is the second one.
    fn ends_at(&self, at: usize) -> bool {
        match self.source[at] {
            b'\n' => true,
            b'\r' => self.source.get(at + 1) != Some(&b'\n'),
            _ => false,
        }
    }
}

/// Goes through a source once, so that places on one long line do not each take time in its length.
pub(super) struct Cursor<'l, 's> {
    lines: &'l Lines<'s>,
    at: usize,
    line: usize,
    column: usize,
}

impl Cursor<'_, '_> {
    /// Line and column, both from 1, of a byte that is not before the last one asked for. Columns are
    /// characters.
    pub(super) fn place(&mut self, offset: usize) -> (usize, usize) {
        const MARK: &[u8] = "\u{feff}".as_bytes();
        for at in self.at..offset {
            if self.lines.ends_at(at) {
                (self.line, self.column) = (self.line + 1, 1);
            } else if at >= MARK.len() || !self.lines.source.starts_with(MARK) {
                // Continuation bytes of UTF-8 are no characters of their own, and a byte order mark is none
                // that is seen.
                self.column += usize::from(self.lines.source[at] & 0xC0 != 0x80);
            }
        }
        self.at = self.at.max(offset);
        (self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_each_kind_of_line_end_and_columns_are_characters() {
        let text = "a\nb\r\nc\rd\r\r\n\u{e9}f";
        let lines = Lines::of(text.as_bytes());
        let mut cursor = lines.cursor();
        let places: Vec<_> =
            text.char_indices().map(|(at, c)| (c, lines.line(at), cursor.place(at))).collect();
        let expected = [
            ('a', 1, 1),
            ('\n', 1, 2),
            ('b', 2, 1),
            ('\r', 2, 2),
            ('\n', 2, 3),
            ('c', 3, 1),
            ('\r', 3, 2),
            ('d', 4, 1),
            ('\r', 4, 2),
            ('\r', 5, 1),
            ('\n', 5, 2),
            ('\u{e9}', 6, 1),
            ('f', 6, 2),
        ];
        assert_eq!(places, expected.map(|(c, line, column)| (c, line, (line, column))));
    }

    #[test]
    fn blocks_and_a_walk_from_the_beginning_agree() {
        let pieces = ["abc", "\r\n", "\r", "\n", "\u{fc}", "\n\r"];
        let text: String = (0..9000).map(|i| pieces[i * i % 7 % pieces.len()]).collect();
        let lines = Lines::of(text.as_bytes());
        let mut cursor = lines.cursor();
        for at in 0..=text.len() {
            assert_eq!(lines.line(at), cursor.place(at).0, "{at}");
        }
        assert!(text.len() > 2 * BLOCK);
    }
}

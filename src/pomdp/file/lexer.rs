//! Bytes to tokens, one at a time. White space separates and means nothing else; comments may hold any bytes.

use std::ops::Range;

/// A reserved word; none of them can be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Discount,
    Values,
    States,
    Actions,
    Observations,
    T,
    O,
    R,
    Uniform,
    Identity,
    Reward,
    Cost,
    Start,
    Include,
    Exclude,
    Reset,
}

/// The reserved words; those that begin items and entries come first.
pub(super) const WORDS: [&str; 16] = [
    "discount",
    "values",
    "states",
    "actions",
    "observations",
    "start",
    "T",
    "O",
    "R",
    "uniform",
    "identity",
    "reset",
    "reward",
    "cost",
    "include",
    "exclude",
];

/// The words that begin items and entries.
pub(super) fn statement_words() -> &'static [&'static str] {
    &WORDS[..9]
}

impl Keyword {
    pub(super) fn of(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"discount" => Keyword::Discount,
            b"values" => Keyword::Values,
            b"states" => Keyword::States,
            b"actions" => Keyword::Actions,
            b"observations" => Keyword::Observations,
            b"T" => Keyword::T,
            b"O" => Keyword::O,
            b"R" => Keyword::R,
            b"uniform" => Keyword::Uniform,
            b"identity" => Keyword::Identity,
            b"reward" => Keyword::Reward,
            b"cost" => Keyword::Cost,
            b"start" => Keyword::Start,
            b"include" => Keyword::Include,
            b"exclude" => Keyword::Exclude,
            b"reset" => Keyword::Reset,
            _ => return None,
        })
    }

    /// Whether items or entries begin with this word.
    pub(super) fn begins_statement(self) -> bool {
        matches!(
            self,
            Keyword::Discount
                | Keyword::Values
                | Keyword::States
                | Keyword::Actions
                | Keyword::Observations
                | Keyword::Start
                | Keyword::T
                | Keyword::O
                | Keyword::R
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Keyword(Keyword),
    Name,
    Integer,
    Real,
    Colon,
    Star,
    Plus,
    Minus,
    /// Bytes that begin no token.
    Illegal,
}

/// One token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'s> {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) bytes: &'s [u8],
}

impl<'s> Token<'s> {
    pub(super) fn end(&self) -> usize {
        self.start + self.bytes.len()
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.end()
    }

    /// The token as written; empty for illegal bytes, which need not be text.
    pub(super) fn text(&self) -> &'s str {
        match self.kind {
            TokenKind::Illegal => "",
            _ => str::from_utf8(self.bytes).expect("tokens are ASCII"),
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self.kind, TokenKind::Integer | TokenKind::Real)
    }

    pub(super) fn is_sign(&self) -> bool {
        matches!(self.kind, TokenKind::Plus | TokenKind::Minus)
    }

    /// A number without a digit before its point, which is an extension.
    pub(super) fn begins_with_point(&self) -> bool {
        self.kind == TokenKind::Real && self.bytes[0] == b'.'
    }
}

/// The tokens of a part of the source, which are made as they are asked for: a file takes no memory but its
/// text's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tokens<'s> {
    source: &'s [u8],
    /// Where the next token is looked for.
    at: usize,
    /// Where the part ends, which is never inside of a token.
    end: usize,
}

impl<'s> Tokens<'s> {
    /// From one place in the source to another.
    pub(super) fn within(source: &'s [u8], span: Range<usize>) -> Self {
        Tokens { source, at: span.start, end: span.end }
    }

    pub(super) fn source(&self) -> &'s [u8] {
        self.source
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.at..self.end
    }

    /// Where the text of one of its tokens stands: how far it is from the source's beginning.
    pub(super) fn place_of(&self, text: &'s str) -> usize {
        text.as_ptr().addr() - self.source.as_ptr().addr()
    }

    /// To the next byte that is neither white space nor in a comment.
    fn skip_space(&mut self) -> Option<u8> {
        loop {
            match *self.source[..self.end].get(self.at)? {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'#' => self.at += run(&self.source[self.at..self.end], |byte| !is_line_end(byte)),
                byte => return Some(byte),
            }
        }
    }
}

impl<'s> Iterator for Tokens<'s> {
    type Item = Token<'s>;

    fn next(&mut self) -> Option<Token<'s>> {
        let byte = self.skip_space()?;
        let (source, start) = (self.source, self.at);
        let (kind, end) = match byte {
            b':' => (TokenKind::Colon, start + 1),
            b'*' => (TokenKind::Star, start + 1),
            b'+' => (TokenKind::Plus, start + 1),
            b'-' => (TokenKind::Minus, start + 1),
            b'0'..=b'9' => number(source, start),
            b'.' if begins_fraction(source, start) => number(source, start),
            b'a'..=b'z' | b'A'..=b'Z' => {
                let end = start + run(&source[start..], is_name_byte);
                let word = Keyword::of(&source[start..end]);
                (word.map_or(TokenKind::Name, TokenKind::Keyword), end)
            }
            _ => (TokenKind::Illegal, start + illegal_run(source, start)),
        };
        self.at = end;
        Some(Token { kind, start, bytes: &source[start..end] })
    }
}

/// A line ends at LF, at CR, or at both together; so does a comment.
fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

fn run(bytes: &[u8], keep: impl Fn(u8) -> bool) -> usize {
    let mut length = 0;
    while length < bytes.len() && keep(bytes[length]) {
        length += 1;
    }
    length
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// `.5` is a number, but not right after another token: `0.5.5` must not become two numbers.
fn begins_fraction(source: &[u8], at: usize) -> bool {
    let after = source.get(at + 1).is_some_and(u8::is_ascii_digit);
    let glued =
        at > 0 && (is_name_byte(source[at - 1]) && !is_sign_before(source, at) || source[at - 1] == b'.');
    after && !glued
}

/// Whether the `-` before `at` is a sign and not the end of a name.
fn is_sign_before(source: &[u8], at: usize) -> bool {
    source[at - 1] == b'-' && (at < 2 || !is_name_byte(source[at - 2]))
}

/// Digits, a point, digits, an exponent; all but the first digits (or the point) optional.
fn number(source: &[u8], start: usize) -> (TokenKind, usize) {
    let digits = |at: usize| at + run(&source[at..], |byte| byte.is_ascii_digit());
    let whole = digits(start);
    let mut end = whole;
    if source.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(source.get(end), Some(b'e' | b'E')) {
        let signed = matches!(source.get(end + 1), Some(b'+' | b'-'));
        let exponent = end + 1 + usize::from(signed);
        if source.get(exponent).is_some_and(u8::is_ascii_digit) {
            end = digits(exponent);
        }
    }
    (if end == whole { TokenKind::Integer } else { TokenKind::Real }, end)
}

fn illegal_run(source: &[u8], start: usize) -> usize {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b" \t\r\n#:*+-".contains(&byte);
    1 + run(&source[start + 1..], |byte| !legal(byte) && byte != b'.')
}

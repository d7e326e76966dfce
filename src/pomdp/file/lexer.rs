//! Bytes to tokens. White space separates and means nothing else; comments may hold any bytes.

use super::diagnostic::{Kind, Report};
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
    pub(super) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "discount" => Keyword::Discount,
            "values" => Keyword::Values,
            "states" => Keyword::States,
            "actions" => Keyword::Actions,
            "observations" => Keyword::Observations,
            "T" => Keyword::T,
            "O" => Keyword::O,
            "R" => Keyword::R,
            "uniform" => Keyword::Uniform,
            "identity" => Keyword::Identity,
            "reward" => Keyword::Reward,
            "cost" => Keyword::Cost,
            "start" => Keyword::Start,
            "include" => Keyword::Include,
            "exclude" => Keyword::Exclude,
            "reset" => Keyword::Reset,
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
    /// Bytes that the lexer has already reported.
    Illegal,
}

/// One token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'s> {
    pub(super) kind: TokenKind,
    /// The token as written; empty for illegal bytes, which need not be text.
    pub(super) text: &'s str,
    pub(super) start: usize,
}

impl Token<'_> {
    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self.kind, TokenKind::Integer | TokenKind::Real)
    }

    pub(super) fn is_sign(&self) -> bool {
        matches!(self.kind, TokenKind::Plus | TokenKind::Minus)
    }
}

/// All tokens of `source`; illegal characters are reported, one diagnostic per run of them.
pub(super) fn tokens<'s>(source: &'s [u8], report: &mut Report<'_>) -> Vec<Token<'s>> {
    let mut tokens = Vec::with_capacity(source.len() / 4);
    let mut at = 0;
    while let Some(&byte) = source.get(at) {
        let end = match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += run(&source[at..], |byte| byte != b'\n');
                continue;
            }
            b':' | b'*' | b'+' | b'-' => at + 1,
            b'0'..=b'9' => number_end(source, at),
            b'a'..=b'z' | b'A'..=b'Z' => at + run(&source[at..], is_name_byte),
            b'.' if begins_fraction(source, at) => number_end(source, at),
            _ => {
                let end = at + illegal_run(source, at);
                report_illegal(source, at..end, report);
                tokens.push(Token { kind: TokenKind::Illegal, text: "", start: at });
                at = end;
                continue;
            }
        };
        let text = str::from_utf8(&source[at..end]).expect("tokens are ASCII");
        let kind = match byte {
            b':' => TokenKind::Colon,
            b'*' => TokenKind::Star,
            b'+' => TokenKind::Plus,
            b'-' => TokenKind::Minus,
            b'.' => {
                report.extension(
                    Kind::LeadingPoint,
                    Kind::IllegalCharacter,
                    at..end,
                    "a number without a digit before its point",
                    "other readers want `0.5` instead of `.5`",
                );
                TokenKind::Real
            }
            b'0'..=b'9' if text.bytes().all(|byte| byte.is_ascii_digit()) => TokenKind::Integer,
            b'0'..=b'9' => TokenKind::Real,
            _ => Keyword::of(text).map_or(TokenKind::Name, TokenKind::Keyword),
        };
        tokens.push(Token { kind, text, start: at });
        at = end;
    }
    tokens
}

fn run(bytes: &[u8], keep: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| !keep(byte)).unwrap_or(bytes.len())
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
fn number_end(source: &[u8], start: usize) -> usize {
    let digits = |at: usize| at + run(&source[at..], |byte| byte.is_ascii_digit());
    let mut end = digits(start);
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
    end
}

fn illegal_run(source: &[u8], start: usize) -> usize {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b" \t\r\n#:*+-".contains(&byte);
    1 + run(&source[start + 1..], |byte| !legal(byte) && byte != b'.')
}

fn report_illegal(source: &[u8], span: Range<usize>, report: &mut Report<'_>) {
    let bytes = &source[span.clone()];
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
        Some('\u{feff}') => "save the file without a byte order mark",
        Some('\0') => "save the file as plain text, in UTF-8 or ASCII",
        _ => {
            "a name is a letter, then letters, digits, `-` and `_`; anything else stands in comments, after `#`"
        }
    };
    report.error_with_help(Kind::IllegalCharacter, span, format!("illegal character {shown}"), help);
}

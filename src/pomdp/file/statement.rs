//! What a file is made of: items, the start belief, entries.
//!
//! What may be long, a list of names or of numbers, is a part of the source, which its reader goes through
//! again.

use super::lexer::{Keyword, Token, Tokens};
use super::shown::shown;
use std::ops::Range;

/// One item or entry, and the word it began with.
#[derive(Clone, Debug)]
pub(super) struct Statement<'s> {
    pub(super) head: Token<'s>,
    pub(super) keyword: Keyword,
    pub(super) content: Content<'s>,
}

#[derive(Clone, Debug)]
pub(super) enum Content<'s> {
    /// A number with an optional sign.
    Discount(Tokens<'s>),
    Values(Token<'s>),
    /// A count with an optional sign; or 0, 1, ... in order; or names and, wrongly, reserved words.
    Elements(Tokens<'s>),
    Start(Start<'s>),
    Entry(Entry<'s>),
    /// A fault was reported inside it.
    Damaged,
}

/// The forms of a start belief.
#[derive(Clone, Debug)]
pub(super) enum Start<'s> {
    Uniform,
    /// Numbers with optional signs.
    Numbers(Run<'s>),
    /// Names and positions, beginning with a name.
    Elements(Tokens<'s>),
    Include(Tokens<'s>),
    Exclude(Tokens<'s>),
}

/// Numbers with optional signs, and how many numbers these are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'s> {
    pub(super) tokens: Tokens<'s>,
    pub(super) count: usize,
}

/// One entry of T, O or R.
#[derive(Clone, Debug)]
pub(super) struct Entry<'s> {
    pub(super) heading: Heading<'s>,
    pub(super) body: Body<'s>,
}

#[derive(Clone, Debug)]
pub(super) enum Body<'s> {
    Keyword(Token<'s>, Keyword),
    Numbers(Run<'s>),
}

/// What an entry is about: its word and its fields.
#[derive(Clone, Debug)]
pub(super) struct Heading<'s> {
    pub(super) head: Token<'s>,
    /// Of which only the first few are fields.
    pub(super) fields: [Token<'s>; FIELDS_MAX],
    pub(super) field_count: usize,
    /// The colon of the extension `T: a : s : s' : 0.5`.
    pub(super) colon: Option<Token<'s>>,
}

/// As many as R has.
pub(super) const FIELDS_MAX: usize = 4;

impl<'s> Heading<'s> {
    pub(super) fn fields(&self) -> &[Token<'s>] {
        &self.fields[..self.field_count]
    }

    /// From the entry's word to its last field.
    pub(super) fn span(&self) -> Range<usize> {
        self.head.start..self.fields().last().unwrap_or(&self.head).end()
    }

    /// As written, up to the last field: `T: listen : *`.
    pub(super) fn text(&self) -> String {
        let fields: Vec<_> = self.fields().iter().map(|field| shown(field.text())).collect();
        format!("{}: {}", self.head.text(), fields.join(" : "))
    }
}

//! Names and positions of states, actions and observations to indices.

use super::diagnostic::{Kind, Report};
use super::lexer::{Token, TokenKind};
use crate::pomdp::Names;
use std::collections::HashMap;

/// Which elements a field stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selector {
    All,
    One(u32),
}

/// One of the three name spaces.
pub(super) struct Space<'s> {
    /// What an element is called in messages: state, action or observation.
    kind: &'static str,
    names: Vec<&'s str>,
    count: usize,
    /// Only looked up, never iterated, so its order shows nowhere.
    positions: HashMap<&'s str, u32>,
}

impl<'s> Space<'s> {
    /// The elements of a `states:`, `actions:` or `observations:` item; `None` after an error.
    pub(super) fn new(kind: &'static str, tokens: &[Token<'s>], report: &mut Report<'_>) -> Option<Self> {
        let last = tokens.last()?;
        if last.kind == TokenKind::Integer {
            let span = tokens[0].start..last.span().end;
            let negative = tokens[0].kind == TokenKind::Minus;
            let count = match last.text.parse::<usize>() {
                Ok(count) if count > 0 && !negative => count,
                Err(_) if !negative => {
                    report.error(Kind::TooLarge, span, format!("{} {kind}s are too many", last.text));
                    return None;
                }
                _ => {
                    report.error(Kind::CountBelowOne, span, format!("a problem has one {kind} at least"));
                    return None;
                }
            };
            return Some(Space { kind, names: Vec::new(), count, positions: HashMap::new() });
        }
        let mut positions = HashMap::with_capacity(tokens.len());
        let mut sound = true;
        for (i, token) in tokens.iter().enumerate() {
            if matches!(token.kind, TokenKind::Keyword(_)) {
                let message = format!("`{}` is a reserved word and cannot be a {kind}'s name", token.text);
                report.error(Kind::ReservedWord, token.span(), message);
                sound = false;
            }
            if positions.insert(token.text, i as u32).is_some() {
                let message = format!("a second {kind} is called `{}`", token.text);
                report.error(Kind::DuplicateName, token.span(), message);
                sound = false;
            }
        }
        let names = tokens.iter().map(|token| token.text).collect();
        sound.then_some(Space { kind, names, count: tokens.len(), positions })
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn kind(&self) -> &'static str {
        self.kind
    }

    pub(super) fn name(&self, i: usize) -> String {
        self.names.get(i).map_or_else(|| i.to_string(), |&name| name.to_owned())
    }

    pub(super) fn names(&self) -> Names {
        if self.names.is_empty() {
            Names::Count(self.count)
        } else {
            Names::List(self.names.iter().map(|&name| name.to_owned()).collect())
        }
    }

    /// The element that a name or position stands for; `None` after an error.
    pub(super) fn resolve(&self, token: &Token<'_>, report: &mut Report<'_>) -> Option<u32> {
        if token.kind == TokenKind::Integer {
            let index = token.text.parse::<usize>().ok().filter(|&index| index < self.count);
            if index.is_none() {
                let message = format!(
                    "there is no {} {}: positions go from 0 to {}",
                    self.kind,
                    token.text,
                    self.count - 1
                );
                report.error(Kind::IndexOutOfRange, token.span(), message);
            }
            return index.map(|index| index as u32);
        }
        let position = self.positions.get(token.text).copied();
        if position.is_none() && !report.is_full() {
            let message = format!("there is no {} called `{}`", self.kind, token.text);
            report.error_with_help(Kind::UnknownName, token.span(), message, self.nearest(token.text));
        }
        position
    }

    /// Like [`Space::resolve`], and `*` stands for every element.
    pub(super) fn select(&self, token: &Token<'_>, report: &mut Report<'_>) -> Option<Selector> {
        if token.kind == TokenKind::Star {
            return Some(Selector::All);
        }
        self.resolve(token, report).map(Selector::One)
    }

    fn nearest(&self, wrong: &str) -> Option<String> {
        let (name, likeness) = self
            .names
            .iter()
            .map(|&name| (name, strsim::jaro_winkler(wrong, name)))
            .fold(None, |best: Option<(&str, f64)>, next| match best {
                Some(best) if best.1 >= next.1 => Some(best),
                _ => Some(next),
            })?;
        (likeness >= 0.7).then(|| format!("did you mean `{name}`?"))
    }
}

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
                    let message = format!("{} {kind}s are too many", last.text);
                    report.error_with_help(Kind::TooLarge, span, message, "a count has at most 8 digits");
                    return None;
                }
                _ => {
                    let sign = if negative { "-" } else { "" };
                    let message = format!("found {sign}{} {kind}s, expected one at least", last.text);
                    let help = format!("`{kind}s:` takes a count from 1, or a list of names");
                    report.error_with_help(Kind::CountBelowOne, span, message, help);
                    return None;
                }
            };
            return Some(Space { kind, names: Vec::new(), count, positions: HashMap::new() });
        }
        let mut positions = HashMap::with_capacity(tokens.len());
        let mut sound = true;
        for (i, token) in tokens.iter().enumerate() {
            if matches!(token.kind, TokenKind::Keyword(_)) {
                let word = token.text;
                let message = format!("`{word}` is a reserved word and cannot be the name of a {kind}");
                let help = format!("rename it, to `{word}-1` for example");
                report.error_with_help(Kind::ReservedWord, token.span(), message, help);
                sound = false;
            }
            if let Some(first) = positions.insert(token.text, i as u32) {
                let message = format!("a second {kind} is called `{}`", token.text);
                let line = report.line(tokens[first as usize].start);
                let help = format!("the first one is number {first}, on line {line}; rename one of them");
                report.error_with_help(Kind::DuplicateName, token.span(), message, help);
                sound = false;
            }
        }
        let names = tokens.iter().map(|token| token.text).collect();
        sound.then_some(Space { kind, names, count: tokens.len(), positions })
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn name(&self, i: usize) -> String {
        self.names.get(i).map_or_else(|| i.to_string(), |&name| name.to_owned())
    }

    /// Number, and name where there is one.
    fn shown(&self, i: usize) -> String {
        self.names.get(i).map_or_else(|| i.to_string(), |name| format!("{i}, `{name}`"))
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
                let last = self.count - 1;
                let help = format!("positions count from 0: the last {} is {}", self.kind, self.shown(last));
                report.error_with_help(Kind::IndexOutOfRange, token.span(), message, help);
            }
            return index.map(|index| index as u32);
        }
        let position = self.positions.get(token.text).copied();
        if position.is_none() && !report.is_full() {
            let message = format!("there is no {} called `{}`", self.kind, token.text);
            report.error_with_help(Kind::UnknownName, token.span(), message, self.advice(token.text));
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

    /// The nearest name, or what there is.
    fn advice(&self, wrong: &str) -> String {
        const SHOWN: usize = 6;
        let kind = self.kind;
        if self.names.is_empty() {
            return format!("{kind}s have no names here: they are numbered from 0 to {}", self.count - 1);
        }
        nearest(wrong, &self.names).unwrap_or_else(|| {
            let list = self.names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>();
            let rest = if self.count > SHOWN { ", ..." } else { "" };
            format!("the {kind}s are {}{rest}", list.join(", "))
        })
    }
}

/// Asks whether the word most like this one was meant, if one is.
pub(super) fn nearest(wrong: &str, words: &[&str]) -> Option<String> {
    nearest_place(wrong, words).map(|i| format!("did you mean `{}`?", words[i]))
}

/// The place of the word most like this one, the first of several; `None` if no word is like it.
pub(super) fn nearest_place(wrong: &str, words: &[&str]) -> Option<usize> {
    const LIKENESS: f64 = 0.8;
    let likeness = |word: &str| {
        if word.eq_ignore_ascii_case(wrong) { 1.0 } else { strsim::jaro_winkler(wrong, word) }
    };
    let (place, likeness) = words.iter().map(|word| likeness(word)).enumerate().fold(
        None,
        |best: Option<(usize, f64)>, next| match best {
            Some(best) if best.1 >= next.1 => Some(best),
            _ => Some(next),
        },
    )?;
    (likeness >= LIKENESS).then_some(place)
}

//! Names and positions of states, actions and observations to indices.

use super::diagnostic::{Kind, Report};
use super::lexer::{Token, TokenKind, Tokens};
use super::shown::shown;
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
    pub(super) fn new(kind: &'static str, tokens: Tokens<'s>, report: &mut Report<'_>) -> Option<Self> {
        let mut each = tokens;
        let first = each.next()?;
        match (first.kind, each.next()) {
            (TokenKind::Integer, Some(_)) => Some(Self::numbered(kind, tokens, report)),
            (TokenKind::Integer, None) => Self::counted(kind, first, first, report),
            (TokenKind::Plus | TokenKind::Minus, Some(digits)) => Self::counted(kind, first, digits, report),
            _ => Self::named(kind, tokens, report),
        }
    }

    /// Elements that a file lists as 0, 1, ... instead of giving their number.
    fn numbered(kind: &'static str, tokens: Tokens<'s>, report: &mut Report<'_>) -> Self {
        let count = tokens.count();
        let message = format!("`{kind}s:` lists numbers from 0 to {}, read as the count {count}", count - 1);
        let help = format!("write `{kind}s: {count}`: other readers take a count, or names");
        report.extension(Kind::NumberedNames, Kind::NoName, tokens.span(), message, &help);
        Space { kind, names: Vec::new(), count, positions: HashMap::new() }
    }

    fn counted(
        kind: &'static str,
        first: Token<'_>,
        digits: Token<'_>,
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let negative = first.kind == TokenKind::Minus;
        let (text, span) = (shown(digits.text()), first.start..digits.end());
        match digits.text().parse::<usize>() {
            Ok(count) if count > 0 && !negative => {
                return Some(Space { kind, names: Vec::new(), count, positions: HashMap::new() });
            }
            Err(_) if !negative => {
                let message = format!("{text} {kind}s are too many");
                report.error_with_help(Kind::TooLarge, span, message, "a count has at most 8 digits");
            }
            _ => {
                let sign = if negative { "-" } else { "" };
                let message = format!("found {sign}{text} {kind}s, expected one at least");
                let help = format!("`{kind}s:` takes a count from 1, or a list of names");
                report.error_with_help(Kind::CountBelowOne, span, message, help);
            }
        }
        None
    }

    fn named(kind: &'static str, tokens: Tokens<'s>, report: &mut Report<'_>) -> Option<Self> {
        let (mut names, mut positions) = (Vec::new(), HashMap::new());
        let mut sound = true;
        for token in tokens {
            let (name, count) = (token.text(), names.len());
            names.push(name);
            let first = positions.insert(name, count as u32);
            if matches!(token.kind, TokenKind::Keyword(_)) {
                sound = false;
                if !report.passes_over() {
                    let message = format!("`{name}` is a reserved word and cannot be the name of a {kind}");
                    let help = format!("rename it, to `{name}-1` for example");
                    report.error_with_help(Kind::ReservedWord, token.span(), message, help);
                }
            }
            let Some(first) = first else { continue };
            sound = false;
            if !report.passes_over() {
                let message = format!("a second {kind} is called `{}`", shown(name));
                let line = report.line(tokens.place_of(names[first as usize]));
                let help = format!("the first one is number {first}, on line {line}; rename one of them");
                report.error_with_help(Kind::DuplicateName, token.span(), message, help);
            }
        }
        let count = names.len();
        sound.then_some(Space { kind, names, count, positions })
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// An element as messages call it.
    pub(super) fn name(&self, i: usize) -> String {
        self.names.get(i).map_or_else(|| i.to_string(), |name| shown(name).into_owned())
    }

    /// Number, and name where there is one.
    fn shown(&self, i: usize) -> String {
        self.names.get(i).map_or_else(|| i.to_string(), |name| format!("{i}, `{}`", shown(name)))
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
            let index = token.text().parse::<usize>().ok().filter(|&index| index < self.count);
            if index.is_none() && !report.passes_over() {
                let (kind, text, last) = (self.kind, shown(token.text()), self.count - 1);
                let message = format!("there is no {kind} {text}: positions go from 0 to {last}");
                let help = format!("positions count from 0: the last {kind} is {}", self.shown(last));
                report.error_with_help(Kind::IndexOutOfRange, token.span(), message, help);
            }
            return index.map(|index| index as u32);
        }
        let position = self.positions.get(token.text()).copied();
        if position.is_none() && !report.passes_over() {
            let message = format!("there is no {} called `{}`", self.kind, shown(token.text()));
            report.error_with_help(Kind::UnknownName, token.span(), message, self.advice(token.text()));
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
            let list =
                self.names.iter().take(SHOWN).map(|name| format!("`{}`", shown(name))).collect::<Vec<_>>();
            let rest = if self.count > SHOWN { ", ..." } else { "" };
            format!("the {kind}s are {}{rest}", list.join(", "))
        })
    }
}

/// Asks whether the word most like this one was meant, if one is.
pub(super) fn nearest(wrong: &str, words: &[&str]) -> Option<String> {
    nearest_place(wrong, words).map(|i| format!("did you mean `{}`?", words[i]))
}

/// The place of the word most like this one, the first of several; `None` if no word is like it. Long words
/// are not compared, and of very many words the first ones.
pub(super) fn nearest_place(wrong: &str, words: &[&str]) -> Option<usize> {
    const LIKENESS: f64 = 0.8;
    // Likeness takes time in both lengths, and there may be a million words.
    const WORDS: usize = 10_000;
    const CHARACTERS: usize = 60;
    if wrong.len() > CHARACTERS {
        return None;
    }
    let likeness = |word: &str| {
        if word.eq_ignore_ascii_case(wrong) { 1.0 } else { strsim::jaro_winkler(wrong, word) }
    };
    let near = words.iter().take(WORDS).enumerate().filter(|(_, word)| word.len() <= CHARACTERS);
    let (place, likeness) = near.map(|(place, word)| (place, likeness(word))).fold(
        None,
        |best: Option<(usize, f64)>, next| match best {
            Some(best) if best.1 >= next.1 => Some(best),
            _ => Some(next),
        },
    )?;
    (likeness >= LIKENESS).then_some(place)
}

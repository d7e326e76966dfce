//! The five preamble items and the start belief.

use super::diagnostic::{Kind, Report};
use super::grammar::{Content, Start, Statement, numbers};
use super::lexer::{Keyword, Token, TokenKind};
use super::space::Space;
use crate::pomdp::{ROW_SUM_TOLERANCE, Values};
use std::ops::Range;

/// The preamble items in the order in which errors name them.
const ITEMS: [Keyword; 5] =
    [Keyword::Discount, Keyword::Values, Keyword::States, Keyword::Actions, Keyword::Observations];

/// What stands before the entries; `None` where it is missing or wrong, which has then been reported.
pub(super) struct Preamble<'t, 's> {
    pub(super) discount: Option<f64>,
    pub(super) values: Option<Values>,
    pub(super) states: Option<Space<'s>>,
    pub(super) actions: Option<Space<'s>>,
    pub(super) observations: Option<Space<'s>>,
    /// The `start` statement; `None` where there is none.
    pub(super) start: Option<&'t Statement<'t, 's>>,
}

pub(super) fn is_entry(statement: &Statement<'_, '_>) -> bool {
    matches!(statement.keyword, Keyword::T | Keyword::O | Keyword::R)
}

impl<'t, 's> Preamble<'t, 's> {
    pub(super) fn read(statements: &'t [Statement<'t, 's>], report: &mut Report<'_>) -> Self {
        check_order(statements, report);
        let mut preamble = Preamble {
            discount: None,
            values: None,
            states: None,
            actions: None,
            observations: None,
            start: statements.iter().find(|statement| statement.keyword == Keyword::Start),
        };
        for keyword in ITEMS {
            let Some(statement) = statements.iter().find(|statement| statement.keyword == keyword) else {
                report_missing(keyword, statements, report);
                continue;
            };
            match &statement.content {
                Content::Discount(tokens) => preamble.discount = discount(tokens, report),
                Content::Values(token) => preamble.values = Some(values(token, report)),
                Content::Elements(tokens) => match keyword {
                    Keyword::States => preamble.states = Space::new("state", tokens, report),
                    Keyword::Actions => preamble.actions = Space::new("action", tokens, report),
                    _ => preamble.observations = Space::new("observation", tokens, report),
                },
                Content::Start(_) | Content::Entry(_) | Content::Damaged => {}
            }
        }
        preamble
    }
}

fn check_order(statements: &[Statement<'_, '_>], report: &mut Report<'_>) {
    let mut seen: Vec<(Keyword, &Token<'_>)> = Vec::new();
    let mut first_entry: Option<&Token<'_>> = None;
    let mut early_entry_reported = false;
    for statement in statements {
        let (head, keyword) = (statement.head, statement.keyword);
        if is_entry(statement) {
            first_entry = first_entry.or(Some(head));
            continue;
        }
        if let Some((_, before)) = seen.iter().find(|(of, _)| *of == keyword) {
            let message = format!("`{}` was given on line {} already", head.text, report.line(before.start));
            report.error(Kind::RepeatedItem, head.span(), message);
            continue;
        }
        match first_entry {
            Some(_) if keyword == Keyword::Start => {
                let message = "`start` stands after an entry";
                report.extension(Kind::LateItem, Kind::UnexpectedToken, head.span(), message);
            }
            Some(entry) if !early_entry_reported => {
                early_entry_reported = true;
                let (text, line) = (head.text, report.line(head.start));
                let message = format!("this entry stands before `{text}:`, which is on line {line}");
                report.error(Kind::EntryBeforePreamble, entry.span(), message);
            }
            None if seen.iter().any(|(of, _)| *of == Keyword::Start) => {
                let message = format!("`{}` stands after `start`", head.text);
                report.extension(Kind::LateItem, Kind::UnexpectedToken, head.span(), &message);
            }
            _ => {}
        }
        seen.push((keyword, head));
    }
}

fn report_missing(keyword: Keyword, statements: &[Statement<'_, '_>], report: &mut Report<'_>) {
    let message = match keyword {
        Keyword::Discount => "there is no `discount:`",
        Keyword::Values => "there is no `values:`",
        Keyword::States => "there is no `states:`",
        Keyword::Actions => "there is no `actions:`",
        _ => "there are no `observations:`: this is an MDP file",
    };
    let first_entry = statements.iter().find(|statement| is_entry(statement));
    let span = first_entry.map_or_else(|| report.end(), |entry| entry.head.span());
    report.error(Kind::MissingItem, span, message);
}

fn discount(tokens: &[Token<'_>], report: &mut Report<'_>) -> Option<f64> {
    let number = numbers(tokens).next()?;
    if !number.value.is_finite() {
        report.error(Kind::NotFinite, number.span, "the discount overflows");
        return None;
    }
    if !(0.0..=1.0).contains(&number.value) {
        let message = format!("the discount is {}, not between 0 and 1", number.value);
        report.error(Kind::DiscountOutOfRange, number.span, message);
        return None;
    }
    // Adding +0.0 makes a zero positive.
    Some(number.value + 0.0)
}

fn values(token: &Token<'_>, report: &mut Report<'_>) -> Values {
    if token.kind == TokenKind::Name {
        let message = "the format has `reward` and `cost`, in the singular";
        report.extension(Kind::PluralValues, Kind::UnexpectedToken, token.span(), message);
    }
    if token.text.starts_with("cost") { Values::Cost } else { Values::Reward }
}

/// The start belief as written; uniform without a statement, `None` after an error.
pub(super) fn start_belief(
    statement: Option<&Statement<'_, '_>>,
    states: &Space<'_>,
    report: &mut Report<'_>,
) -> Option<Vec<f64>> {
    let n = states.len();
    let Some(statement) = statement else {
        return Some(uniform_where(vec![true; n]));
    };
    let Content::Start(form) = &statement.content else {
        return None;
    };
    match form {
        Start::Uniform => Some(uniform_where(vec![true; n])),
        Start::Numbers([index]) if index.kind == TokenKind::Integer && n > 1 && !report.strict() => {
            listed(std::slice::from_ref(index), states, report).map(uniform_where)
        }
        Start::Numbers(tokens) => start_vector(tokens, n, report),
        Start::Elements(tokens) => {
            if let Some(second) = tokens.get(1) {
                let message = "several states after `start:`, read as `start include:`";
                report.extension(Kind::SeveralStartNames, Kind::UnexpectedToken, second.span(), message);
            }
            listed(tokens, states, report).map(uniform_where)
        }
        Start::Include(tokens) => listed(tokens, states, report).map(uniform_where),
        Start::Exclude(tokens) => {
            let others: Vec<bool> = listed(tokens, states, report)?.into_iter().map(|out| !out).collect();
            if !others.contains(&true) {
                report.error(Kind::EmptyStart, run_span(tokens), "every state is excluded from the start");
                return None;
            }
            Some(uniform_where(others))
        }
    }
}

/// Which states the tokens name.
fn listed(tokens: &[Token<'_>], states: &Space<'_>, report: &mut Report<'_>) -> Option<Vec<bool>> {
    let mut within = vec![false; states.len()];
    let mut sound = true;
    for token in tokens {
        match states.resolve(token, report) {
            Some(state) => within[state as usize] = true,
            None => sound = false,
        }
    }
    sound.then_some(within)
}

fn uniform_where(within: Vec<bool>) -> Vec<f64> {
    let share = 1.0 / within.iter().filter(|&&within| within).count() as f64;
    within.into_iter().map(|within| if within { share } else { 0.0 }).collect()
}

fn start_vector(tokens: &[Token<'_>], states: usize, report: &mut Report<'_>) -> Option<Vec<f64>> {
    let found = tokens.iter().filter(|token| token.is_number()).count();
    if found != states {
        let message = format!("the start belief has {found} numbers for {states} states");
        report.error(Kind::StartVector, run_span(tokens), message);
        return None;
    }
    let belief: Vec<f64> = probabilities(tokens, report)?;
    let sum = belief.iter().fold(0.0, |sum, p| sum + p);
    if (sum - 1.0).abs() > ROW_SUM_TOLERANCE {
        report.error(
            Kind::StartVector,
            run_span(tokens),
            format!("the start belief sums to {sum}, not to 1"),
        );
        return None;
    }
    Some(belief)
}

/// The numbers as probabilities; `None` if one of them is not, each of which is reported.
pub(super) fn probabilities(tokens: &[Token<'_>], report: &mut Report<'_>) -> Option<Vec<f64>> {
    let mut sound = true;
    let mut read = Vec::new();
    for number in numbers(tokens) {
        let value = number.value;
        if number.signed && report.strict() {
            report.error(Kind::UnexpectedToken, number.span, "a probability has no sign");
            sound = false;
        } else if !value.is_finite() {
            report.error(Kind::NotFinite, number.span, "the number overflows");
            sound = false;
        } else if !(0.0..=1.0).contains(&value) {
            let message = format!("{value} is not a probability: it is not between 0 and 1");
            report.error(Kind::ProbabilityOutOfRange, number.span, message);
            sound = false;
        } else if number.signed {
            report.error(Kind::ProbabilityOutOfRange, number.span, "a probability has no sign");
            sound = false;
        }
        read.push(value);
    }
    sound.then_some(read)
}

fn run_span(tokens: &[Token<'_>]) -> Range<usize> {
    let (first, last) = (tokens.first(), tokens.last());
    first.map_or(0, |token| token.start)..last.map_or(0, |token| token.span().end)
}

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
            let help = "remove one of the two";
            report.error_with_help(Kind::RepeatedItem, head.span(), message, help);
            continue;
        }
        match first_entry {
            Some(_) if keyword == Keyword::Start => {
                let message = "`start` stands after an entry";
                let help = "it belongs between `observations:` and the first entry";
                report.extension(Kind::LateItem, Kind::UnexpectedToken, head.span(), message, help);
            }
            Some(entry) if !early_entry_reported => {
                early_entry_reported = true;
                let (text, line) = (head.text, report.line(head.start));
                let message = format!("this entry stands before `{text}:`, which is on line {line}");
                let help = "move the items of the preamble before the first entry";
                report.error_with_help(Kind::EntryBeforePreamble, entry.span(), message, help);
            }
            None if seen.iter().any(|(of, _)| *of == Keyword::Start) => {
                let message = format!("`{}` stands after `start`", head.text);
                let help = "other readers want `start` behind the five items of the preamble";
                report.extension(Kind::LateItem, Kind::UnexpectedToken, head.span(), &message, help);
            }
            _ => {}
        }
        seen.push((keyword, head));
    }
}

fn report_missing(keyword: Keyword, statements: &[Statement<'_, '_>], report: &mut Report<'_>) {
    let (message, help) = match keyword {
        Keyword::Discount => ("there is no `discount:`", "add a line such as `discount: 0.95`"),
        Keyword::Values => ("there is no `values:`", "add `values: reward`, or `values: cost`"),
        Keyword::States => ("there is no `states:`", "add `states:` and their number, or their names"),
        Keyword::Actions => ("there is no `actions:`", "add `actions:` and their number, or their names"),
        _ => (
            "there are no `observations:`: this is an MDP file",
            "to make it a POMDP add `observations:` and O entries; if the state is seen, one observation per state",
        ),
    };
    let first_entry = statements.iter().find(|statement| is_entry(statement));
    let span = first_entry.map_or_else(|| report.end(), |entry| entry.head.span());
    report.error_with_help(Kind::MissingItem, span, message, help);
}

fn discount(tokens: &[Token<'_>], report: &mut Report<'_>) -> Option<f64> {
    let number = numbers(tokens).next()?;
    if !number.value.is_finite() {
        report_overflow(number.span, report);
        return None;
    }
    if !(0.0..=1.0).contains(&number.value) {
        let message = format!("the discount is {}, not between 0 and 1", number.value);
        let help = "1 counts every step alike; the horizon is given elsewhere";
        report.error_with_help(Kind::DiscountOutOfRange, number.span, message, help);
        return None;
    }
    // Adding +0.0 makes a zero positive.
    Some(number.value + 0.0)
}

fn values(token: &Token<'_>, report: &mut Report<'_>) -> Values {
    if token.kind == TokenKind::Name {
        let message = "the format has `reward` and `cost`, in the singular";
        let help = "other readers refuse the plural";
        report.extension(Kind::PluralValues, Kind::UnexpectedToken, token.span(), message, help);
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
                let help = "write `start include:`, which every reader takes";
                report.extension(
                    Kind::SeveralStartNames,
                    Kind::UnexpectedToken,
                    second.span(),
                    message,
                    help,
                );
            }
            listed(tokens, states, report).map(uniform_where)
        }
        Start::Include(tokens) => listed(tokens, states, report).map(uniform_where),
        Start::Exclude(tokens) => {
            let others: Vec<bool> = listed(tokens, states, report)?.into_iter().map(|out| !out).collect();
            if !others.contains(&true) {
                let message = "every state is excluded from the start belief";
                let help = "leave one state out of the list at least";
                report.error_with_help(Kind::EmptyStart, run_span(tokens), message, help);
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
        let plural = if found == 1 { "" } else { "s" };
        let message = format!("the start belief has {found} number{plural} for {states} states");
        let help =
            "give one probability per state; or `uniform`, a state's name, or `start include:` and states";
        report.error_with_help(Kind::StartVector, run_span(tokens), message, help);
        return None;
    }
    let belief: Vec<f64> = probabilities(tokens, report)?;
    let sum = belief.iter().fold(0.0, |sum, p| sum + p);
    if (sum - 1.0).abs() > ROW_SUM_TOLERANCE {
        let message = format!("the start belief sums to {sum}, not to 1");
        report.error_with_help(Kind::StartVector, run_span(tokens), message, sum_help(sum));
        return None;
    }
    if is_renormalised(sum, states) {
        let message = format!("the start belief sums to {sum} and is renormalised");
        report.warning(Kind::Renormalised, run_span(tokens), message);
    }
    Some(belief)
}

/// Whether a row of this sum is changed when it is renormalised: whether it misses 1 by more than rounding.
pub(super) fn is_renormalised(sum: f64, nonzeros: usize) -> bool {
    (sum - 1.0).abs() > (nonzeros + 1) as f64 * f64::EPSILON
}

/// What to do about a wrong sum: more digits where they may be all that is missing.
pub(super) fn sum_help(sum: f64) -> &'static str {
    if (sum - 1.0).abs() < 1e-3 {
        "a sum may miss 1 by 0.00001; a third, say, takes six digits: 0.333333"
    } else {
        "probabilities stand in the order of the states, zeros included"
    }
}

const SIGNED: &str = "a probability has no sign";

/// A number beyond the largest one of 64 bits.
pub(super) fn report_overflow(span: Range<usize>, report: &mut Report<'_>) {
    let help = "numbers are at most 1.797e308, the largest of 64 bits";
    report.error_with_help(Kind::NotFinite, span, "the number is too large", help);
}

/// The numbers as probabilities; `None` if one of them is not, each of which is reported.
pub(super) fn probabilities(tokens: &[Token<'_>], report: &mut Report<'_>) -> Option<Vec<f64>> {
    let mut sound = true;
    let mut read = Vec::new();
    for number in numbers(tokens) {
        let value = number.value;
        if number.signed && report.strict() {
            report.error_with_help(Kind::UnexpectedToken, number.span, SIGNED, "remove the sign");
            sound = false;
        } else if !value.is_finite() {
            report_overflow(number.span, report);
            sound = false;
        } else if !(0.0..=1.0).contains(&value) {
            let message = format!("{value} is not a probability: it is not between 0 and 1");
            let help = if (2.0..=100.0).contains(&value) {
                format!("{value} per cent are {}", value / 100.0)
            } else {
                "probabilities lie between 0 and 1; rewards stand in R entries".to_owned()
            };
            report.error_with_help(Kind::ProbabilityOutOfRange, number.span, message, help);
            sound = false;
        } else if number.signed {
            report.error_with_help(Kind::ProbabilityOutOfRange, number.span, SIGNED, "remove the sign");
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

//! The five preamble items and the start belief.

use super::diagnostic::{Kind, Report};
use super::grammar::Parser;
use super::lexer::{Keyword, Token, TokenKind, Tokens};
use super::number::{Slack, numbers};
use super::options::ReadOptions;
use super::probability::{Probabilities, Sum, is_renormalised, report_overflow, sum_help};
use super::shown::shown;
use super::space::Space;
use super::statement::{Content, Run, Start, Statement};
use crate::pomdp::Values;
use std::ops::Range;

/// The preamble items in the order in which errors name them.
const ITEMS: [Keyword; 5] =
    [Keyword::Discount, Keyword::Values, Keyword::States, Keyword::Actions, Keyword::Observations];

/// The first item of each kind, and the first entry.
pub(super) struct Outline<'s> {
    items: Vec<Statement<'s>>,
    first_entry: Option<Token<'s>>,
    /// Whether a list holds what are no names, so that what is wrong with entries follows from it.
    pub(super) names_refused: bool,
}

impl<'s> Outline<'s> {
    /// Looks no further than to the first entry where all items stand before it, as they should.
    pub(super) fn of(source: &'s [u8], from: usize) -> Self {
        let mut unheard = Report::new(source, false);
        let mut parser = Parser::at(source, from);
        let mut outline = Outline { items: Vec::new(), first_entry: None, names_refused: false };
        while let Some(statement) = parser.statement(&mut unheard) {
            if is_entry(&statement) {
                outline.first_entry = outline.first_entry.or(Some(statement.head));
                if outline.items.len() == ITEMS.len() {
                    break;
                }
            } else if statement.keyword != Keyword::Start && outline.item(statement.keyword).is_none() {
                outline.items.push(statement);
            }
        }
        outline.names_refused = parser.names_refused();
        outline
    }

    fn item(&self, keyword: Keyword) -> Option<&Statement<'s>> {
        self.items.iter().find(|item| item.keyword == keyword)
    }

    /// Where the word of an item stands; the beginning of the file without one.
    pub(super) fn place_of(&self, keyword: Keyword) -> Range<usize> {
        self.item(keyword).map_or(0..0, |item| item.head.span())
    }
}

/// What stands before the entries; `None` where it is missing or wrong, which has then been reported.
pub(super) struct Preamble<'s> {
    pub(super) discount: Option<f64>,
    pub(super) values: Option<Values>,
    pub(super) states: Option<Space<'s>>,
    pub(super) actions: Option<Space<'s>>,
    pub(super) observations: Option<Space<'s>>,
}

pub(super) fn is_entry(statement: &Statement<'_>) -> bool {
    matches!(statement.keyword, Keyword::T | Keyword::O | Keyword::R)
}

impl<'s> Preamble<'s> {
    pub(super) fn read(outline: &Outline<'s>, options: ReadOptions, report: &mut Report<'_>) -> Self {
        let mut preamble =
            Preamble { discount: None, values: None, states: None, actions: None, observations: None };
        for keyword in ITEMS {
            let Some(statement) = outline.item(keyword) else {
                // pomdp-solve has no such option.
                match (keyword, options.discount.filter(|_| !options.strict)) {
                    (Keyword::Discount, Some(discount)) => preamble.discount = Some(discount),
                    _ => report_missing(keyword, outline.first_entry, report),
                }
                continue;
            };
            match statement.content {
                Content::Discount(tokens) => preamble.discount = discount(tokens, report),
                Content::Values(token) => preamble.values = Some(values(&token, report)),
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

/// What of the order of statements has been seen.
#[derive(Default)]
pub(super) struct Order<'s> {
    /// The items and `start`.
    seen: Vec<Token<'s>>,
    first_entry: Option<Token<'s>>,
    early_entry_reported: bool,
}

impl<'s> Order<'s> {
    /// Reports an item that is given twice, or that stands where it should not.
    pub(super) fn check(&mut self, statement: &Statement<'s>, report: &mut Report<'_>) {
        let (head, keyword) = (statement.head, statement.keyword);
        if is_entry(statement) {
            self.first_entry = self.first_entry.or(Some(head));
            return;
        }
        let same = |seen: &&Token<'_>| seen.kind == TokenKind::Keyword(keyword);
        if let Some(before) = self.seen.iter().find(same) {
            if !report.passes_over() {
                let (text, line) = (shown(head.text()), report.line(before.start));
                let message = format!("`{text}` was given on line {line} already");
                let help = "remove one of the two";
                report.error_with_help(Kind::RepeatedItem, head.span(), message, help);
            }
            return;
        }
        let late = self.seen.iter().any(|seen| seen.kind == TokenKind::Keyword(Keyword::Start));
        match self.first_entry {
            Some(_) if keyword == Keyword::Start => {
                let message = "`start` stands after an entry";
                let help = "it belongs between `observations:` and the first entry";
                report.extension(Kind::LateItem, Kind::UnexpectedToken, head.span(), message, help);
            }
            Some(entry) if !self.early_entry_reported => {
                self.early_entry_reported = true;
                let (text, line) = (shown(head.text()), report.line(head.start));
                let message = format!("this entry stands before `{text}:`, which is on line {line}");
                let help = "move the items of the preamble before the first entry";
                report.error_with_help(Kind::EntryBeforePreamble, entry.span(), message, help);
            }
            None if late => {
                let message = format!("`{}` stands after `start`", shown(head.text()));
                let help = "other readers want `start` behind the five items of the preamble";
                report.extension(Kind::LateItem, Kind::UnexpectedToken, head.span(), message, help);
            }
            _ => {}
        }
        self.seen.push(Token { kind: TokenKind::Keyword(keyword), ..head });
    }
}

fn report_missing(keyword: Keyword, first_entry: Option<Token<'_>>, report: &mut Report<'_>) {
    let (message, help) = match keyword {
        Keyword::Discount => {
            ("there is no `discount:`", "add a line such as `discount: 0.95`, or give --discount 0.95")
        }
        Keyword::Values => ("there is no `values:`", "add `values: reward`, or `values: cost`"),
        Keyword::States => ("there is no `states:`", "add `states:` and their number, or their names"),
        Keyword::Actions => ("there is no `actions:`", "add `actions:` and their number, or their names"),
        _ => (
            "there are no `observations:`: this is an MDP file",
            "to make it a POMDP add `observations:` and O entries; if the state is seen, one observation per state",
        ),
    };
    let span = first_entry.map_or_else(|| report.end(), |entry| entry.span());
    report.error_with_help(Kind::MissingItem, span, message, help);
}

fn discount(tokens: Tokens<'_>, report: &mut Report<'_>) -> Option<f64> {
    let number = numbers(tokens).next()?;
    let value = number.value();
    if !value.is_finite() {
        report_overflow(number.span, report);
        return None;
    }
    if !(0.0..=1.0).contains(&value) {
        let message = format!("the discount is {value}, not between 0 and 1");
        let help = "1 counts every step alike; the horizon is given elsewhere";
        report.error_with_help(Kind::DiscountOutOfRange, number.span, message, help);
        return None;
    }
    // Adding +0.0 makes a zero positive.
    Some(value + 0.0)
}

fn values(token: &Token<'_>, report: &mut Report<'_>) -> Values {
    if token.kind == TokenKind::Name {
        let message = "the format has `reward` and `cost`, in the singular";
        let help = "other readers refuse the plural";
        report.extension(Kind::PluralValues, Kind::UnexpectedToken, token.span(), message, help);
    }
    if token.text().starts_with("cost") { Values::Cost } else { Values::Reward }
}

/// The start belief as written; uniform without a statement, `None` after an error.
pub(super) fn start_belief(
    statement: Option<&Statement<'_>>,
    states: &Space<'_>,
    options: ReadOptions,
    probabilities: &mut Probabilities,
    report: &mut Report<'_>,
) -> Option<Vec<f64>> {
    let n = states.len();
    let Some(statement) = statement else {
        return Some(uniform_where(vec![true; n]));
    };
    let Content::Start(form) = &statement.content else {
        return None;
    };
    match *form {
        Start::Uniform => Some(uniform_where(vec![true; n])),
        Start::Numbers(run) if n > 1 && !options.strict && is_position(run) => {
            listed(run.tokens, states, report).map(uniform_where)
        }
        Start::Numbers(run) => start_vector(run, n, options, probabilities, report),
        Start::Elements(tokens) => {
            if let Some(second) = tokens.clone().nth(1) {
                let message = "several states after `start:`, read as `start include:`";
                let help = "write `start include:`, which every reader takes";
                let (kind, strictly) = (Kind::SeveralStartNames, Kind::UnexpectedToken);
                report.extension(kind, strictly, second.span(), message, help);
            }
            listed(tokens, states, report).map(uniform_where)
        }
        Start::Include(tokens) => listed(tokens, states, report).map(uniform_where),
        Start::Exclude(tokens) => {
            let others: Vec<bool> = listed(tokens, states, report)?.into_iter().map(|out| !out).collect();
            if !others.contains(&true) {
                let message = "every state is excluded from the start belief";
                let help = "leave one state out of the list at least";
                report.error_with_help(Kind::EmptyStart, tokens.span(), message, help);
                return None;
            }
            Some(uniform_where(others))
        }
    }
}

/// Whether it is one whole number without a sign.
fn is_position(run: Run<'_>) -> bool {
    let mut tokens = run.tokens;
    tokens.next().is_some_and(|token| token.kind == TokenKind::Integer) && tokens.next().is_none()
}

/// Which states the tokens name.
fn listed(tokens: Tokens<'_>, states: &Space<'_>, report: &mut Report<'_>) -> Option<Vec<bool>> {
    let mut within = vec![false; states.len()];
    let mut sound = true;
    for token in tokens {
        match states.resolve(&token, report) {
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

fn start_vector(
    run: Run<'_>,
    states: usize,
    options: ReadOptions,
    probabilities: &mut Probabilities,
    report: &mut Report<'_>,
) -> Option<Vec<f64>> {
    let (found, place) = (run.count, run.tokens.span());
    if found != states {
        let plural = if found == 1 { "" } else { "s" };
        let message = format!("the start belief has {found} number{plural} for {states} states");
        let help =
            "give one probability per state; or `uniform`, a state's name, or `start include:` and states";
        report.error_with_help(Kind::StartVector, place, message, help);
        return None;
    }
    let mut belief = Vec::with_capacity(states);
    let mut slack = Slack::default();
    let mut sound = true;
    for number in numbers(run.tokens) {
        match probabilities.read(&number, report) {
            Some(p) => {
                belief.push(p);
                slack.add(p, number.half_unit(), 1);
            }
            None => sound = false,
        }
    }
    if !sound {
        return None;
    }
    let sum = belief.iter().fold(0.0, |sum, p| sum + p);
    let judged = options.judge(sum, || slack);
    if judged == Sum::Wrong {
        let message = format!("the start belief sums to {sum}, not to 1");
        report.error_with_help(Kind::StartVector, place, message, sum_help(sum));
        return None;
    }
    if judged != Sum::Near || is_renormalised(sum, states) {
        let message = format!("the start belief sums to {sum} and is renormalised");
        report.warning(Kind::Renormalised, place, message);
    }
    // Small misses are left to the model, so that `reset` rows are renormalised like others.
    if judged != Sum::Near {
        belief.iter_mut().for_each(|p| *p /= sum);
    }
    Some(belief)
}

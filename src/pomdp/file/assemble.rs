//! Statements to a model: names resolved, numbers counted and checked, later entries over earlier ones.

use super::diagnostic::{Kind, Report};
use super::grammar::{Body, Content, Entry, Statement, numbers};
use super::lexer::{Keyword, Token};
use super::preamble::{Preamble, probabilities, start_belief};
use super::reward::{self, OutcomeReward};
use super::rows::{BadRow, Base, MAX_NONZEROS, Resolved, Rows};
use super::space::{Selector, Space};
use crate::pomdp::analysis::{Reachability, uninformative_actions};
use crate::pomdp::{Model, ModelError, ModelParts, SparseRows, Values};
use std::ops::Range;

/// At most this many pairs of an action and a state, and as many observations.
const MAX_ROWS: usize = 1 << 24;

/// The model of a file; `None` after errors, of which at least one has been reported.
pub(super) fn assemble(
    statements: &[Statement<'_, '_>],
    name: &str,
    report: &mut Report<'_>,
) -> Option<(Model, OutcomeReward)> {
    let preamble = Preamble::read(statements, report);
    let (states, actions) = (preamble.states?, preamble.actions?);
    let spaces = Spaces { states, actions, observations: preamble.observations? };
    spaces.check_size(statements, report)?;
    let start = start_belief(preamble.start, &spaces.states, report);
    let mut tables = Tables::new(&spaces, preamble.values.unwrap_or(Values::Reward));
    for (i, statement) in statements.iter().enumerate() {
        match &statement.content {
            Content::Entry(entry) => tables.add(i as u32, statement, entry, report),
            Content::Damaged => tables.distrust(statement.keyword),
            _ => {}
        }
    }
    let (transition, observation, reward) = tables.finish(start.as_deref(), statements, report)?;
    let start = start?;
    // Of tables with errors these warnings would be guesses.
    if report.has_errors() {
        return None;
    }
    warn_of_idle_elements(&spaces, &start, &transition, &observation, statements, report);
    let (transition, observation) = (transition.normalised(), observation.normalised());
    let expected = reward.expected(&transition, &observation);
    let range = extremes(&expected);
    if !(range.1 - range.0).is_finite() {
        let end = report.end();
        report.error(Kind::NotFinite, end, "the range of the expected reward overflows");
        return None;
    }
    let parts = ModelParts {
        name: name.to_owned(),
        states: spaces.states.names(),
        actions: spaces.actions.names(),
        observations: spaces.observations.names(),
        discount: preamble.discount?,
        values: preamble.values?,
        start,
        transition,
        observation,
        initial_observation: None,
        reward: expected,
        reward_range: None,
    };
    match Model::new(parts) {
        Ok(model) => Some((model, reward)),
        Err(error) => {
            let kind = match error {
                ModelError::RowSum { .. } => Kind::RowSum,
                ModelError::Number { .. } | ModelError::RewardRange { .. } => Kind::NotFinite,
                ModelError::Shape { .. } => Kind::TooLarge,
            };
            let end = report.end();
            report.error(kind, end, error.to_string());
            None
        }
    }
}

fn extremes(rewards: &[f64]) -> (f64, f64) {
    rewards.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), &r| (lo.min(r), hi.max(r)))
}

struct Spaces<'s> {
    states: Space<'s>,
    actions: Space<'s>,
    observations: Space<'s>,
}

impl Spaces<'_> {
    fn check_size(&self, statements: &[Statement<'_, '_>], report: &mut Report<'_>) -> Option<()> {
        let (states, actions) = (self.states.len(), self.actions.len());
        let rows = states.checked_mul(actions);
        if rows.is_none_or(|rows| rows > MAX_ROWS) {
            let message = format!(
                "{states} states and {actions} actions are too many: at most {MAX_ROWS} pairs can be held"
            );
            report.error(Kind::TooLarge, item_span(Keyword::States, statements), message);
            return None;
        }
        let observations = self.observations.len();
        if observations > MAX_ROWS {
            let message = format!("{observations} observations are too many: at most {MAX_ROWS} can be held");
            report.error(Kind::TooLarge, item_span(Keyword::Observations, statements), message);
            return None;
        }
        Some(())
    }
}

/// Where the item's word stands.
fn item_span(keyword: Keyword, statements: &[Statement<'_, '_>]) -> Range<usize> {
    let item = statements.iter().find(|statement| statement.keyword == keyword);
    item.map_or(0..0, |item| item.head.span())
}

/// The three tables while entries come in.
struct Tables<'p, 's> {
    spaces: &'p Spaces<'s>,
    values: Values,
    transition: Rows,
    observation: Rows,
    reward: reward::Builder,
    any_reward: bool,
    /// Whether every entry of T and of O could be placed; if not, their sums mean nothing.
    transition_complete: bool,
    observation_complete: bool,
}

impl<'p, 's> Tables<'p, 's> {
    fn new(spaces: &'p Spaces<'s>, values: Values) -> Self {
        let (actions, states) = (spaces.actions.len(), spaces.states.len());
        Tables {
            spaces,
            values,
            transition: Rows::new(actions, states, states),
            observation: Rows::new(actions, states, spaces.observations.len()),
            reward: reward::Builder::default(),
            any_reward: false,
            transition_complete: true,
            observation_complete: true,
        }
    }

    /// Notes that an entry of this table is missing.
    fn distrust(&mut self, keyword: Keyword) {
        match keyword {
            Keyword::T => self.transition_complete = false,
            Keyword::O => self.observation_complete = false,
            Keyword::R => self.any_reward = true,
            _ => {}
        }
    }

    fn add(&mut self, i: u32, statement: &Statement<'_, '_>, entry: &Entry<'_, '_>, report: &mut Report<'_>) {
        if let Some(colon) = entry.colon {
            let message = "a colon before the value";
            report.extension(Kind::ColonBeforeValue, Kind::UnexpectedToken, colon.span(), message);
        }
        let Spaces { states, actions, observations } = self.spaces;
        let axes: &[&Space<'_>] = match statement.keyword {
            Keyword::T => &[actions, states, states],
            Keyword::O => &[actions, states, observations],
            _ => &[actions, states, states, observations],
        };
        // Every field is resolved, so that each wrong one is reported.
        let mut of = [Selector::All; 4];
        let mut sound = true;
        for (place, token) in entry.fields().enumerate() {
            match axes[place].select(token, report) {
                Some(selector) => of[place] = selector,
                None => sound = false,
            }
        }
        if !sound {
            self.distrust(statement.keyword);
        }
        // What follows wrong fields is still checked by itself.
        let of = sound.then_some(of);
        let open = &axes[entry.fields().len()..];
        let expected = open.iter().fold(1_usize, |product, axis| product.saturating_mul(axis.len()));
        match statement.keyword {
            Keyword::R => self.add_reward(i, statement, entry, of, expected, report),
            _ => self.add_rows(i, statement, entry, of, expected, report),
        }
    }

    fn add_rows(
        &mut self,
        i: u32,
        statement: &Statement<'_, '_>,
        entry: &Entry<'_, '_>,
        of: Option<[Selector; 4]>,
        expected: usize,
        report: &mut Report<'_>,
    ) {
        let of_transition = statement.keyword == Keyword::T;
        let fields = entry.fields().len();
        // Numbers to be placed, or else what whole rows are set to.
        let listed = match &entry.body {
            Body::Keyword(token, keyword) => {
                let base = match (of_transition, fields, keyword) {
                    (_, 1 | 2, Keyword::Uniform) => Base::Uniform,
                    (true, 1, Keyword::Identity) => Base::Identity,
                    (true, 2, Keyword::Reset) => Base::Start,
                    _ => {
                        report_keyword(token, statement, entry, report);
                        Base::Unknown
                    }
                };
                Err(base)
            }
            Body::Numbers(tokens) => {
                let counted = check_count(tokens, expected, statement, entry, report);
                let read = probabilities(tokens, report);
                read.filter(|_| counted).ok_or(Base::Unknown)
            }
        };
        let Some([action, state, column, _]) = of else { return };
        let states = self.spaces.states.len();
        let rows = self.rows(of_transition);
        match (listed, fields) {
            (Err(base), _) => rows.set_row(i, action, state, base),
            (Ok(values), 3) => rows.set_element(i, action, state, column, values[0]),
            (Ok(values), 2) => {
                let base = rows.list(values);
                rows.set_row(i, action, state, base);
            }
            (Ok(values), _) => {
                for (s, row) in values.chunks_exact(values.len() / states).enumerate() {
                    let base = rows.list(row.iter().copied());
                    rows.set_row(i, action, Selector::One(s as u32), base);
                }
            }
        }
    }

    fn rows(&mut self, of_transition: bool) -> &mut Rows {
        if of_transition { &mut self.transition } else { &mut self.observation }
    }

    fn add_reward(
        &mut self,
        i: u32,
        statement: &Statement<'_, '_>,
        entry: &Entry<'_, '_>,
        of: Option<[Selector; 4]>,
        expected: usize,
        report: &mut Report<'_>,
    ) {
        self.any_reward = true;
        let tokens = match &entry.body {
            Body::Keyword(token, _) => return report_keyword(token, statement, entry, report),
            Body::Numbers(tokens) => tokens,
        };
        let counted = check_count(tokens, expected, statement, entry, report);
        let observations = self.spaces.observations.len();
        let open = 4 - entry.fields().len();
        for (place, number) in numbers(tokens).enumerate() {
            if !number.value.is_finite() {
                report.error(Kind::NotFinite, number.span, "the number overflows");
                continue;
            }
            let Some(mut of) = of.filter(|_| counted) else { continue };
            if open >= 1 {
                of[3] = Selector::One((place % observations) as u32);
            }
            if open == 2 {
                of[2] = Selector::One((place / observations) as u32);
            }
            let value = if self.values == Values::Cost { -number.value } else { number.value };
            self.reward.set(i, of, value);
        }
    }

    fn finish(
        self,
        start: Option<&[f64]>,
        statements: &[Statement<'_, '_>],
        report: &mut Report<'_>,
    ) -> Option<(SparseRows, SparseRows, OutcomeReward)> {
        let n = statements.len();
        let place = item_span(Keyword::States, statements);
        let mut resolve = |rows: Rows, what: &str, complete: bool| {
            let Ok(resolved) = rows.resolve(start, n) else {
                let message =
                    format!("the {what} table is too large: at most {MAX_NONZEROS} nonzeros are held");
                report.error(Kind::TooLarge, place.clone(), message);
                return None;
            };
            if complete {
                report_bad_rows(&resolved, what, self.spaces, statements, report);
            }
            Some(resolved)
        };
        let transition = resolve(self.transition, "transition", self.transition_complete);
        let observation = resolve(self.observation, "observation", self.observation_complete);
        let (transition, observation) = (transition?, observation?);
        if !self.any_reward {
            let end = report.end();
            report.warning(Kind::NoReward, end, "no R entry: every reward is 0");
        }
        let (reward, used) = self.reward.finish(n);
        for (i, statement) in statements.iter().enumerate() {
            let Content::Entry(entry) = &statement.content else { continue };
            // A wrong entry has no effect for another reason.
            if report.has_errors() {
                break;
            }
            if !(transition.used[i] || observation.used[i] || used[i]) {
                let message = "later entries override all of this one";
                report.warning(Kind::NoEffect, entry_span(statement, entry), message);
            }
        }
        Some((transition.rows, observation.rows, reward))
    }
}

/// From the entry's word to its last field.
fn entry_span(statement: &Statement<'_, '_>, entry: &Entry<'_, '_>) -> Range<usize> {
    let end = entry.fields().last().map_or(statement.head.span().end, |field| field.span().end);
    statement.head.start..end
}

/// The entry as written, up to its last field: `T: listen : *`.
fn entry_text(statement: &Statement<'_, '_>, entry: &Entry<'_, '_>) -> String {
    let fields: Vec<&str> = entry.fields().map(|field| field.text).collect();
    format!("{}: {}", statement.head.text, fields.join(" : "))
}

fn report_keyword(
    token: &Token<'_>,
    statement: &Statement<'_, '_>,
    entry: &Entry<'_, '_>,
    report: &mut Report<'_>,
) {
    let message = format!("`{}` cannot follow `{}`", token.text, entry_text(statement, entry));
    let help = "`uniform` is for T and O rows and tables, `identity` for `T: action`, \
                `reset` for `T: action : state`";
    report.error_with_help(Kind::KeywordNotAllowed, token.span(), message, Some(help.to_owned()));
}

fn check_count(
    tokens: &[Token<'_>],
    expected: usize,
    statement: &Statement<'_, '_>,
    entry: &Entry<'_, '_>,
    report: &mut Report<'_>,
) -> bool {
    let mut read = tokens.iter().filter(|token| token.is_number());
    let found = read.clone().count();
    if found == expected {
        return true;
    }
    let line = report.line(statement.head.start);
    let text = entry_text(statement, entry);
    let plural = if expected == 1 { "" } else { "s" };
    let message = format!("`{text}` on line {line} takes {expected} number{plural}, found {found}");
    // The first number too many, or the last one of too few.
    let at = if found > expected { read.nth(expected) } else { read.next_back() };
    report.error(Kind::NumberCount, at.map_or_else(|| statement.head.span(), Token::span), message);
    false
}

fn report_bad_rows(
    resolved: &Resolved,
    what: &str,
    spaces: &Spaces<'_>,
    statements: &[Statement<'_, '_>],
    report: &mut Report<'_>,
) {
    let n = spaces.states.len();
    let mut unspecified: Vec<usize> = Vec::new();
    for bad in &resolved.bad {
        match *bad {
            BadRow::Unspecified { row } => unspecified.push(row),
            BadRow::Sum { row, sum, entry } => {
                let statement = &statements[entry as usize];
                let Content::Entry(entry) = &statement.content else { continue };
                let (action, state) = (spaces.actions.name(row / n), spaces.states.name(row % n));
                let message =
                    format!("the {what} row of action {action} and state {state} sums to {sum}, not to 1");
                report.error(Kind::RowSum, entry_span(statement, entry), message);
            }
        }
    }
    for of_action in unspecified.chunk_by(|x, y| x / n == y / n) {
        let action = spaces.actions.name(of_action[0] / n);
        let states = some_names(of_action.iter().map(|row| row % n), &spaces.states);
        let message = format!("the {what} row of action {action} was never specified for {states}");
        let end = report.end();
        report.error(Kind::RowSum, end, message);
    }
}

/// Names a few elements and counts the others.
fn some_names(elements: impl ExactSizeIterator<Item = usize>, space: &Space<'_>) -> String {
    let count = elements.len();
    let names: Vec<String> = elements.take(3).map(|i| space.name(i)).collect();
    let more = count - names.len();
    let kind = space.kind();
    let plural = if count == 1 { "" } else { "s" };
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{kind}{plural} {}{rest}", names.join(", "))
}

fn warn_of_idle_elements(
    spaces: &Spaces<'_>,
    start: &[f64],
    transition: &SparseRows,
    observation: &SparseRows,
    statements: &[Statement<'_, '_>],
    report: &mut Report<'_>,
) {
    let reached = Reachability::of_tables(start, transition, observation);
    let missing = |flags: &[bool]| (0..flags.len()).filter(|&i| !flags[i]).collect::<Vec<_>>();
    let unreachable = missing(&reached.states);
    if !unreachable.is_empty() {
        let names = some_names(unreachable.into_iter(), &spaces.states);
        let message = format!("never reached: {names}");
        report.warning(Kind::UnreachableStates, item_span(Keyword::States, statements), message);
    }
    let unproduced = missing(&reached.observations);
    if !unproduced.is_empty() {
        let names = some_names(unproduced.into_iter(), &spaces.observations);
        let message = format!("never produced: {names}");
        report.warning(Kind::UnproducedObservations, item_span(Keyword::Observations, statements), message);
    }
    let uninformative = uninformative_actions(transition, observation, &reached.states);
    // With a single state, or a single observation, there is nothing that could be told.
    let could_tell = reached.states.iter().filter(|&&reached| reached).count() > 1
        && reached.observations.iter().filter(|&&produced| produced).count() > 1;
    if could_tell && uninformative.len() == spaces.actions.len() {
        let message = "observations tell nothing about the state, whatever the actions";
        let place = item_span(Keyword::Observations, statements);
        report.warning(Kind::UninformativeObservations, place, message);
    }
}

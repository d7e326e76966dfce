//! Statements to a model: names resolved, numbers counted and checked, later entries over earlier ones.

use super::diagnostic::{Kind, Report};
use super::episode_end::Tables;
use super::grammar::{Body, Content, Entry, Statement, numbers};
use super::lexer::{Keyword, Token};
use super::options::{ReadLimits, ReadOptions, Reset};
use super::preamble::{Preamble, probabilities, report_overflow, start_belief};
use super::problem::{ProblemFile, ResetRows};
use super::remarks::{report_bad_rows, warn_of_idle_elements, warn_of_renormalised_rows};
use super::reward::{self, OutcomeReward};
use super::rows::{Base, ResetRow, Resolved, Rows, TooLarge};
use super::space::{Selector, Space};
use crate::pomdp::{Model, ModelError, ModelParts, Values};

/// What a file says; `None` after errors, of which at least one has been reported.
pub(super) fn assemble(
    statements: &[Statement<'_, '_>],
    name: &str,
    options: ReadOptions,
    report: &mut Report<'_>,
) -> Option<ProblemFile> {
    let preamble = Preamble::read(statements, report);
    let (states, actions) = (preamble.states?, preamble.actions?);
    let spaces = Spaces { states, actions, observations: preamble.observations? };
    spaces.check_size(options.limits, statements, report)?;
    let start = start_belief(preamble.start, &spaces.states, report);
    let mut entries = Entries::new(&spaces, preamble.values.unwrap_or(Values::Reward));
    for (i, statement) in statements.iter().enumerate() {
        match &statement.content {
            Content::Entry(entry) => entries.add(i as u32, statement, entry, report),
            Content::Damaged => entries.distrust(statement.keyword),
            _ => {}
        }
    }
    let reset = match (options.reset, start.as_deref()) {
        (Reset::End, _) => ResetRow::End,
        (Reset::Continue, Some(start)) => ResetRow::Start(start),
        (Reset::Continue, None) => ResetRow::Unknown,
    };
    let Finished { transition, observation, reward } =
        entries.finish(reset, options.limits, statements, report)?;
    let start = start?;
    // Of tables with errors, warnings would be guesses.
    if report.has_errors() {
        return None;
    }
    let resets = ResetRows { rows: transition.resets, read_as: options.reset };
    let tables = Tables {
        states: spaces.states.names(),
        observations: spaces.observations.names(),
        start,
        transition: transition.rows.normalised(),
        observation: observation.rows.normalised(),
        reward,
    };
    let tables = match resets {
        ResetRows { read_as: Reset::Continue, .. } => tables,
        ResetRows { rows: 0, .. } => {
            let end = report.end();
            report.warning(Kind::NoReset, end, "no row is a `reset`, so no episode ends before its horizon");
            tables
        }
        _ => tables.with_end(),
    };
    warn_of_idle_elements(&tables, statements, report);
    let expected = expected_reward(&tables, options.limits, statements, report)?;
    let Tables { states, observations, start, transition, observation, reward } = tables;
    let parts = ModelParts {
        name: name.to_owned(),
        states,
        actions: spaces.actions.names(),
        observations,
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
        Ok(model) => Some(ProblemFile { model, outcome_reward: reward, resets, warnings: Vec::new() }),
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

/// `r(s, a)`; `None` after an error.
fn expected_reward(
    tables: &Tables,
    limits: ReadLimits,
    statements: &[Statement<'_, '_>],
    report: &mut Report<'_>,
) -> Option<Vec<f64>> {
    let most = limits.reward_terms;
    let place = Statement::place_of(Keyword::R, statements);
    let Some(expected) = tables.reward.expected(&tables.transition, &tables.observation, most) else {
        let message = format!("the expected rewards are sums of more than {most} terms");
        let help = "they are few where entries `R: action : state : ...` name no observation";
        report.error_with_help(Kind::TooLarge, place, message, help);
        return None;
    };
    let range = extremes(&expected);
    if !(range.1 - range.0).is_finite() {
        let message =
            format!("expected rewards reach from {:e} to {:e}: their range overflows", range.0, range.1);
        let help = "choose a larger unit of reward";
        report.error_with_help(Kind::NotFinite, place, message, help);
        return None;
    }
    Some(expected)
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
    fn check_size(
        &self,
        limits: ReadLimits,
        statements: &[Statement<'_, '_>],
        report: &mut Report<'_>,
    ) -> Option<()> {
        let most = limits.rows;
        let (states, actions) = (self.states.len(), self.actions.len());
        let rows = states.checked_mul(actions);
        if rows.is_none_or(|rows| rows > most) {
            let message = format!(
                "{states} states and {actions} actions are too many: at most {most} pairs can be held"
            );
            let help = "problems of this size need a simulator of their own instead of tables";
            report.error_with_help(
                Kind::TooLarge,
                Statement::place_of(Keyword::States, statements),
                message,
                help,
            );
            return None;
        }
        let observations = self.observations.len();
        if observations > most {
            let message = format!("{observations} observations are too many: at most {most} can be held");
            let help = "problems of this size need a simulator of their own instead of tables";
            report.error_with_help(
                Kind::TooLarge,
                Statement::place_of(Keyword::Observations, statements),
                message,
                help,
            );
            return None;
        }
        Some(())
    }
}

/// The three tables while entries come in.
struct Entries<'p, 's> {
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

impl<'p, 's> Entries<'p, 's> {
    fn new(spaces: &'p Spaces<'s>, values: Values) -> Self {
        let (actions, states) = (spaces.actions.len(), spaces.states.len());
        Entries {
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
            let help = "other readers refuse it: the value follows the last field directly";
            report.extension(Kind::ColonBeforeValue, Kind::UnexpectedToken, colon.span(), message, help);
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
                    (true, 2, Keyword::Reset) => Base::Reset,
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
                report_overflow(number.span, report);
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
        reset: ResetRow<'_>,
        limits: ReadLimits,
        statements: &[Statement<'_, '_>],
        report: &mut Report<'_>,
    ) -> Option<Finished> {
        let n = statements.len();
        let Spaces { states, actions, observations } = self.spaces;
        let mut resolve = |rows: Rows, what: &str, columns: &Space<'_>, complete: bool| {
            let most = limits.nonzeros;
            match rows.resolve(reset, n, most) {
                Ok(resolved) => {
                    if complete {
                        report_bad_rows(&resolved, what, actions, states, columns, statements, report);
                        warn_of_renormalised_rows(&resolved, what, statements, report);
                    }
                    Some(resolved)
                }
                Err(TooLarge) => {
                    let message = format!("the {what} table is too large: at most {most} nonzeros are held");
                    let help = "`uniform` rows, `*` and matrices fill whole rows; give the nonzeros alone";
                    report.error_with_help(
                        Kind::TooLarge,
                        Statement::place_of(Keyword::States, statements),
                        message,
                        help,
                    );
                    None
                }
            }
        };
        let transition = resolve(self.transition, "transition", states, self.transition_complete);
        let observation = resolve(self.observation, "observation", observations, self.observation_complete);
        let (transition, observation) = (transition?, observation?);
        if !self.any_reward && !report.has_errors() {
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
                report.warning(Kind::NoEffect, statement.span_with(entry), message);
            }
        }
        Some(Finished { transition, observation, reward })
    }
}

/// The three tables after the last entry.
struct Finished {
    transition: Resolved,
    observation: Resolved,
    reward: OutcomeReward,
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
    report.error_with_help(Kind::KeywordNotAllowed, token.span(), message, help);
}

/// What numbers an entry takes.
fn form(table: Keyword, entry: &Entry<'_, '_>) -> &'static str {
    match (table, entry.fields().len()) {
        (Keyword::T, 1) => "a matrix: one row per state, with one number per next state",
        (Keyword::T, 2) => "a row: one number per next state",
        (Keyword::O, 1) => "a matrix: one row per state that is entered, with one number per observation",
        (Keyword::R, 2) => "a matrix: one row per next state, with one number per observation",
        (Keyword::O, 2) | (Keyword::R, 3) => "a row: one number per observation",
        _ => "a single number: with all of its fields, an entry is about one element",
    }
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
    let span = at.map_or_else(|| statement.head.span(), Token::span);
    report.error_with_help(Kind::NumberCount, span, message, form(statement.keyword, entry));
    false
}

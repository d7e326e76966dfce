//! Entries to tables: fields resolved, numbers counted and checked.

use super::diagnostic::{Kind, Report};
use super::lexer::{Keyword, Token};
use super::number::numbers;
use super::options::{ReadLimits, ReadOptions};
use super::preamble::{Outline, Preamble};
use super::probability::{Probabilities, report_overflow};
use super::remarks::{Table, entry_span, report_bad_rows, warn_of_renormalised_rows};
use super::reward::{self, OutcomeReward};
use super::rows::{Base, ResetRow, Resolved, Rows, WrittenRow};
use super::space::{Selector, Space};
use super::statement::{Body, Entry, Heading, Run};
use crate::pomdp::{REWARD_MAX, Values};
use std::ops::Range;

/// The three name spaces.
pub(super) struct Spaces<'s> {
    pub(super) states: Space<'s>,
    pub(super) actions: Space<'s>,
    pub(super) observations: Space<'s>,
}

impl<'s> Spaces<'s> {
    /// Takes them from the preamble; `None` if one of them is missing or wrong.
    pub(super) fn of(preamble: &mut Preamble<'s>) -> Option<Self> {
        let (states, actions) = (preamble.states.take()?, preamble.actions.take()?);
        Some(Spaces { states, actions, observations: preamble.observations.take()? })
    }

    /// Whether tables of these sizes can be held, which is reported if not.
    pub(super) fn check_size(
        &self,
        limits: ReadLimits,
        outline: &Outline<'_>,
        report: &mut Report<'_>,
    ) -> bool {
        let most = limits.rows;
        let (states, actions) = (self.states.len(), self.actions.len());
        let (observations, rows) = (self.observations.len(), states.checked_mul(actions));
        let (item, message) = if rows.is_none_or(|rows| rows > most) {
            let message = format!(
                "{states} states and {actions} actions are too many: at most {most} pairs can be held"
            );
            (Keyword::States, message)
        } else if observations > most {
            let message = format!("{observations} observations are too many: at most {most} can be held");
            (Keyword::Observations, message)
        } else {
            return true;
        };
        let help = "problems of this size need a simulator of their own instead of tables";
        report.error_with_help(Kind::TooLarge, outline.place_of(item), message, help);
        false
    }
}

/// The three tables while entries come in.
pub(super) struct Entries<'p, 's> {
    source: &'s [u8],
    spaces: &'p Spaces<'s>,
    values: Values,
    options: ReadOptions,
    pub(super) probabilities: Probabilities,
    /// Where each entry begins.
    starts: Vec<u32>,
    transition: Rows<'s>,
    observation: Rows<'s>,
    reward: reward::Builder,
    /// The word of the first entry of R.
    first_reward: Option<Range<usize>>,
    /// Whether every entry of T and of O could be placed; if not, their sums mean nothing.
    transition_complete: bool,
    observation_complete: bool,
}

/// An entry, its place among all of them, and the elements that its fields select, if all fields are right.
struct Placed<'e, 's> {
    entry: &'e Entry<'s>,
    keyword: Keyword,
    place: u32,
    of: Option<[Selector; 4]>,
    /// How many numbers it takes.
    expected: usize,
}

impl<'p, 's> Entries<'p, 's> {
    pub(super) fn new(
        source: &'s [u8],
        spaces: &'p Spaces<'s>,
        values: Values,
        options: ReadOptions,
    ) -> Self {
        let (actions, states) = (spaces.actions.len(), spaces.states.len());
        let rows = |columns: usize| Rows::new(source, options, actions, states, columns);
        Entries {
            source,
            spaces,
            values,
            options,
            probabilities: Probabilities::new(options),
            starts: Vec::new(),
            transition: rows(states),
            observation: rows(spaces.observations.len()),
            reward: reward::Builder::default(),
            first_reward: None,
            transition_complete: true,
            observation_complete: true,
        }
    }

    /// Notes that an entry of this table is missing.
    pub(super) fn distrust(&mut self, keyword: Keyword, head: &Token<'_>) {
        match keyword {
            Keyword::T => self.transition_complete = false,
            Keyword::O => self.observation_complete = false,
            Keyword::R => self.first_reward = self.first_reward.take().or(Some(head.span())),
            _ => {}
        }
    }

    pub(super) fn add(&mut self, keyword: Keyword, entry: &Entry<'s>, report: &mut Report<'_>) {
        let heading = &entry.heading;
        if let Some(colon) = heading.colon {
            let message = "a colon before the value";
            let help = "other readers refuse it: the value follows the last field directly";
            report.extension(Kind::ColonBeforeValue, Kind::UnexpectedToken, colon.span(), message, help);
        }
        let Spaces { states, actions, observations } = self.spaces;
        let axes: &[&Space<'_>] = match keyword {
            Keyword::T => &[actions, states, states],
            Keyword::O => &[actions, states, observations],
            _ => &[actions, states, states, observations],
        };
        // Every field is resolved, so that each wrong one is reported.
        let mut of = [Selector::All; 4];
        let mut sound = true;
        for (place, token) in heading.fields().iter().enumerate() {
            match axes[place].select(token, report) {
                Some(selector) => of[place] = selector,
                None => sound = false,
            }
        }
        if !sound {
            self.distrust(keyword, &heading.head);
        }
        let open = &axes[heading.fields().len()..];
        let expected = open.iter().fold(1_usize, |product, axis| product.saturating_mul(axis.len()));
        let place = self.starts.len() as u32;
        self.starts.push(heading.head.start as u32);
        // What follows wrong fields is still checked by itself.
        let placed = Placed { entry, keyword, place, of: sound.then_some(of), expected };
        match keyword {
            Keyword::R => self.add_reward(&placed, report),
            _ => self.add_rows(&placed, report),
        }
    }

    fn add_rows(&mut self, placed: &Placed<'_, 's>, report: &mut Report<'_>) {
        let of_transition = placed.keyword == Keyword::T;
        let (heading, i) = (&placed.entry.heading, placed.place);
        let fields = heading.fields().len();
        let written = match placed.entry.body {
            Body::Keyword(token, keyword) => {
                let base = match (of_transition, fields, keyword) {
                    (_, 1 | 2, Keyword::Uniform) => Base::Uniform,
                    (true, 1, Keyword::Identity) => Base::Identity,
                    (true, 2, Keyword::Reset) => Base::Reset,
                    _ => {
                        report_keyword(token, heading, report);
                        Base::Unknown
                    }
                };
                Err(base)
            }
            Body::Numbers(run) => {
                let counted = check_count(run, placed, report);
                let columns = if of_transition { &self.spaces.states } else { &self.spaces.observations };
                let row = if fields == 3 { 1 } else { columns.len() };
                let read = self.written(run, row, report);
                read.filter(|_| counted).ok_or(Base::Unknown)
            }
        };
        let Some([action, state, column, _]) = placed.of else { return };
        let rows = if of_transition { &mut self.transition } else { &mut self.observation };
        match (written, fields) {
            (Err(base), _) => rows.set_row(i, action, state, base),
            (Ok(Written { last, .. }), 3) => rows.set_element(i, action, state, column, last),
            (Ok(written), 2) => rows.set_numbers(i, action, state, written.rows[0]),
            (Ok(written), _) => {
                for (s, row) in (0..).zip(written.rows) {
                    rows.set_numbers(i, action, Selector::One(s), row);
                }
            }
        }
    }

    /// Checks rows of so many probabilities; `None` if one of them is none, each of which is reported. They
    /// are read when their row is needed, but for a last one, which may be alone.
    fn written(&mut self, run: Run<'_>, columns: usize, report: &mut Report<'_>) -> Option<Written> {
        let mut written = Written { rows: Vec::new(), last: 0.0 };
        let (mut sound, mut column) = (true, 0);
        for number in numbers(run.tokens) {
            if column == 0 {
                written.rows.push(WrittenRow { at: number.span.start, nonzeros: 0 });
            }
            column = if column + 1 == columns { 0 } else { column + 1 };
            if column != 0 && number.is_plain_probability() {
                let nonzero = !number.is_written_as_zero();
                written.rows.last_mut()?.nonzeros += usize::from(nonzero);
                continue;
            }
            match self.probabilities.read(&number, report) {
                Some(p) => {
                    written.last = p;
                    written.rows.last_mut()?.nonzeros += usize::from(p != 0.0);
                }
                None => sound = false,
            }
        }
        sound.then_some(written)
    }

    fn add_reward(&mut self, placed: &Placed<'_, 's>, report: &mut Report<'_>) {
        let heading = &placed.entry.heading;
        self.first_reward = self.first_reward.take().or_else(|| Some(heading.head.span()));
        let run = match placed.entry.body {
            Body::Keyword(token, _) => return report_keyword(token, heading, report),
            Body::Numbers(run) => run,
        };
        let of = placed.of.filter(|_| check_count(run, placed, report));
        let observations = self.spaces.observations.len();
        let open = 4 - heading.fields().len();
        for (place, number) in numbers(run.tokens).enumerate() {
            let value = number.value();
            if value.abs() > REWARD_MAX {
                if !report.passes_over() {
                    report_size(value, number.span, report);
                }
                continue;
            }
            let Some(mut of) = of else { continue };
            if open >= 1 {
                of[3] = Selector::One((place % observations) as u32);
            }
            if open == 2 {
                of[2] = Selector::One((place / observations) as u32);
            }
            let value = if self.values == Values::Cost { -value } else { value };
            self.reward.set(placed.place, of, value);
        }
    }

    /// The tables; `states_item` is the word of the item that says how large they are.
    pub(super) fn finish(
        self,
        reset: ResetRow<'_>,
        states_item: &Range<usize>,
        report: &mut Report<'_>,
    ) -> Option<Finished> {
        let Entries { source, spaces, starts, reward, first_reward, .. } = self;
        let Spaces { states, actions, observations } = spaces;
        self.probabilities.warn(report);
        let mut used = vec![false; starts.len()];
        let mut resolve = |rows: Rows<'s>, what: &'static str, columns: &Space<'_>, complete: bool| {
            let most = self.options.limits.nonzeros;
            let Ok(resolved) = rows.resolve(reset, &starts, &mut used, most) else {
                let message = format!("the {what} table is too large: at most {most} nonzeros are held");
                let help = "`uniform` rows, `*` and matrices fill whole rows; give the nonzeros alone";
                report.error_with_help(Kind::TooLarge, states_item.clone(), message, help);
                return None;
            };
            if complete {
                let table = Table { what, source, starts: &starts, actions, states, columns };
                report_bad_rows(&resolved, &table, report);
                warn_of_renormalised_rows(&resolved, &table, report);
            }
            Some(resolved)
        };
        let transition = resolve(self.transition, "transition", states, self.transition_complete);
        let observation = resolve(self.observation, "observation", observations, self.observation_complete);
        let (transition, observation) = (transition?, observation?);
        if first_reward.is_none() && !report.has_errors() {
            let end = report.end();
            report.warning(Kind::NoReward, end, "no R entry: every reward is 0");
        }
        let reward = reward.finish(&mut used);
        // A wrong entry has no effect for another reason.
        if !report.has_errors() {
            for (&start, _) in starts.iter().zip(&used).filter(|(_, used)| !**used) {
                if report.passes_over_warning() {
                    continue;
                }
                let place = entry_span(source, start);
                report.warning(Kind::NoEffect, place, "later entries override all of this one");
            }
        }
        Some(Finished { transition, observation, reward, first_reward: first_reward.unwrap_or(0..0) })
    }
}

/// The rows of an entry's numbers.
struct Written {
    rows: Vec<WrittenRow>,
    /// The last number.
    last: f64,
}

/// The three tables after the last entry.
pub(super) struct Finished {
    pub(super) transition: Resolved,
    pub(super) observation: Resolved,
    pub(super) reward: OutcomeReward,
    /// The word of the first entry of R; empty without one.
    pub(super) first_reward: Range<usize>,
}

/// A reward at which returns might overflow.
fn report_size(value: f64, span: Range<usize>, report: &mut Report<'_>) {
    if !value.is_finite() {
        return report_overflow(span, report);
    }
    let message = "returns of rewards of this size may overflow";
    let help = format!("a reward's size is at most {REWARD_MAX:e}; choose a larger unit of reward");
    report.error_with_help(Kind::NotFinite, span, message, help);
}

fn report_keyword(token: Token<'_>, heading: &Heading<'_>, report: &mut Report<'_>) {
    if report.passes_over() {
        return;
    }
    let message = format!("`{}` cannot follow `{}`", token.text(), heading.text());
    let help = "`uniform` is for T and O rows and tables, `identity` for `T: action`, \
                `reset` for `T: action : state`";
    report.error_with_help(Kind::KeywordNotAllowed, token.span(), message, help);
}

/// What numbers an entry takes.
fn form(table: Keyword, heading: &Heading<'_>) -> &'static str {
    match (table, heading.fields().len()) {
        (Keyword::T, 1) => "a matrix: one row per state, with one number per next state",
        (Keyword::T, 2) => "a row: one number per next state",
        (Keyword::O, 1) => "a matrix: one row per state that is entered, with one number per observation",
        (Keyword::R, 2) => "a matrix: one row per next state, with one number per observation",
        (Keyword::O, 2) | (Keyword::R, 3) => "a row: one number per observation",
        _ => "a single number: with all of its fields, an entry is about one element",
    }
}

fn check_count(run: Run<'_>, placed: &Placed<'_, '_>, report: &mut Report<'_>) -> bool {
    let (found, expected) = (run.count, placed.expected);
    if found == expected {
        return true;
    }
    if report.passes_over() {
        return false;
    }
    let heading = &placed.entry.heading;
    let (text, line) = (heading.text(), report.line(heading.head.start));
    let plural = if expected == 1 { "" } else { "s" };
    let message = format!("`{text}` on line {line} takes {expected} number{plural}, found {found}");
    // The first number too many, or the last one of too few.
    let at = run.tokens.filter(Token::is_number).nth(expected.min(found - 1));
    let span = at.map_or_else(|| heading.head.span(), |token| token.span());
    report.error_with_help(Kind::NumberCount, span, message, form(placed.keyword, heading));
    false
}

//! Statements to a model: names resolved, numbers counted and checked, later entries over earlier ones.

use super::diagnostic::{Kind, Report};
use super::entries::{Entries, Finished, Spaces};
use super::episode_end::Tables;
use super::grammar::Parser;
use super::lexer::Keyword;
use super::options::{ReadLimits, ReadOptions, Reset};
use super::preamble::{Order, Outline, Preamble, start_belief};
use super::problem::{ProblemFile, ResetRows};
use super::remarks::warn_of_idle_elements;
use super::reward::Expected;
use super::rows::ResetRow;
use super::statement::Content;
use crate::pomdp::{Model, ModelError, ModelParts, Values};
use std::ops::Range;

/// What the source says from `begin` on; `None` after errors, of which at least one has been reported.
///
/// The items are read first, since entries need them; then all statements, one after another, of which none
/// is kept.
pub(super) fn assemble(
    source: &[u8],
    begin: usize,
    name: &str,
    options: ReadOptions,
    report: &mut Report<'_>,
) -> Option<ProblemFile> {
    let outline = Outline::of(source, begin);
    let mut preamble = Preamble::read(&outline, options, report);
    let spaces =
        Spaces::of(&mut preamble).filter(|spaces| spaces.check_size(options.limits, &outline, report));
    let values = preamble.values.unwrap_or(Values::Reward);
    let mut entries = spaces.as_ref().map(|spaces| Entries::new(source, spaces, values, options));
    let (mut order, mut start) = (Order::default(), None);
    let mut parser = Parser::at(source, begin);
    if outline.names_refused {
        parser.hush_entries();
    }
    while let Some(statement) = parser.statement(report) {
        order.check(&statement, report);
        match (&statement.content, &mut entries) {
            (Content::Entry(entry), Some(entries)) => entries.add(statement.keyword, entry, report),
            (Content::Damaged, Some(entries)) => entries.distrust(statement.keyword, &statement.head),
            _ => {}
        }
        if statement.keyword == Keyword::Start && start.is_none() {
            start = Some(statement);
        }
    }
    let (spaces, mut entries) = (spaces.as_ref()?, entries?);
    let start = start_belief(start.as_ref(), &spaces.states, options, &mut entries.probabilities, report);
    let restart: Option<Vec<(u32, f64)>> = start.as_ref().map(|start| {
        let all = (0..).zip(start.iter().copied());
        all.filter(|&(_, p)| p != 0.0).collect()
    });
    let reset = match (options.reset, restart.as_deref()) {
        (Reset::End, _) => ResetRow::End,
        (Reset::Continue, Some(start)) => ResetRow::Start(start),
        (Reset::Continue, None) => ResetRow::Unknown,
    };
    let states_item = outline.place_of(Keyword::States);
    let Finished { transition, observation, reward, first_reward } =
        entries.finish(reset, &states_item, report)?;
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
    warn_of_idle_elements(&tables, &outline, report);
    let Expected { rewards, gains } = expected_reward(&tables, options.limits, first_reward, report)?;
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
        reward: rewards,
        reward_range: None,
    };
    match Model::new(parts) {
        Ok(model) => {
            let model = model.with_gains(gains);
            Some(ProblemFile { model, outcome_reward: reward, resets, warnings: Vec::new() })
        }
        Err(error) => {
            let kind = match error {
                ModelError::RowSum { .. } => Kind::RowSum,
                ModelError::Number { .. }
                | ModelError::RewardRange { .. }
                | ModelError::RewardSize { .. } => Kind::NotFinite,
                ModelError::Shape { .. } => Kind::TooLarge,
            };
            let end = report.end();
            report.error(kind, end, error.to_string());
            None
        }
    }
}

/// `r(s, a)` and what the outcomes above 0 contribute to it; `None` after an error.
fn expected_reward(
    tables: &Tables,
    limits: ReadLimits,
    place: Range<usize>,
    report: &mut Report<'_>,
) -> Option<Expected> {
    let most = limits.reward_terms;
    let expected = tables.reward.expected(&tables.transition, &tables.observation, most);
    if expected.is_none() {
        let message = format!("the expected rewards are sums of more than {most} terms");
        let help = "they are few where entries `R: action : state : ...` name no observation";
        report.error_with_help(Kind::TooLarge, place, message, help);
    }
    expected
}

//! What a problem file says.

use super::diagnostic::Diagnostic;
use super::options::Reset;
use super::reward::OutcomeReward;
use crate::pomdp::Model;

/// What a problem file says.
#[derive(Clone, Debug, PartialEq)]
pub struct ProblemFile {
    /// The tables, with the expected reward `r(s, a)`.
    pub model: Model,
    /// The reward of each outcome.
    pub outcome_reward: OutcomeReward,
    /// The rows that restart by the start belief, or end the episode.
    pub resets: ResetRows,
    /// What is worth knowing, in file order; at most 100, and how many more there are.
    pub warnings: Vec<Diagnostic>,
}

impl ProblemFile {
    /// The file of a model that came from elsewhere; each outcome's reward is the expected one.
    pub fn of_model(model: Model) -> Self {
        let (outcome_reward, resets) = (OutcomeReward::of_model(&model), ResetRows::default());
        ProblemFile { model, outcome_reward, resets, warnings: Vec::new() }
    }
}

/// The `T: action : state reset` rows of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResetRows {
    /// How many pairs of an action and a state have one.
    pub rows: usize,
    /// What they were taken for.
    pub read_as: Reset,
}

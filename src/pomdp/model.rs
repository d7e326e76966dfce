//! The tabular POMDP: what a problem file or a built-in problem becomes.

use super::{OwnFeatures, OwnFeaturesError, SparseRows, Units};
use std::sync::Arc;
use thiserror::Error;

/// A finite POMDP, stored by its nonzeros.
///
/// Conventions: act `a` in state `s`, get the expected reward `r(s, a)`, move to `s'` by `T(s' | s, a)`, then
/// see `o` by `O(o | a, s')`. Before the first action one sees `o_0` by `O_0(o | s_0)` where the problem has
/// such a kernel, and otherwise a distinguished "none", which [`Model::observations`] does not count.
///
/// Rows are renormalised once, at construction; sampling and exact evaluation use the same rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    name: String,
    states: Names,
    actions: Names,
    observations: Names,
    discount: f64,
    values: Values,
    start: Vec<f64>,
    transition: SparseRows,
    observation: SparseRows,
    initial_observation: Option<SparseRows>,
    reward: Vec<f64>,
    /// `E max(R, 0)` at `a * S + s`, where rewards of outcomes are of both signs; elsewhere it is
    /// `max(r, 0)`.
    gain: Option<Vec<f64>>,
    units: Units,
    /// Observations `o c .. (o + 1) c` are copies of one.
    copies: usize,
    own_features: Option<Arc<OwnFeatures>>,
}

/// What a model is made of; [`Model::new`] checks it.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelParts {
    /// The problem's name, as reports print it.
    pub name: String,
    /// Names of the states.
    pub states: Names,
    /// Names of the actions.
    pub actions: Names,
    /// Names of the observations.
    pub observations: Names,
    /// The problem's own discount, in [0, 1].
    pub discount: f64,
    /// Whether the source counts rewards or costs. `reward` below is a reward in either case.
    pub values: Values,
    /// Distribution of the first state; length S.
    pub start: Vec<f64>,
    /// Row `a * S + s` over s'.
    pub transition: SparseRows,
    /// Row `a * S + s'` over o.
    pub observation: SparseRows,
    /// Row `s` over `o_0`, for problems that show something before the first action.
    pub initial_observation: Option<SparseRows>,
    /// Expected reward `r(s, a)` at `a * S + s`, in the problem's own units.
    pub reward: Vec<f64>,
    /// Declared range of rewards; by default the extremes of `reward`.
    pub reward_range: Option<(f64, f64)>,
}

/// Elements that are numbered or named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// So many elements, called 0, 1, ...
    Count(usize),
    /// One element per name.
    List(Vec<String>),
}

impl Names {
    /// Number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Names::Count(n) => *n,
            Names::List(names) => names.len(),
        }
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of element `i`.
    pub fn name(&self, i: usize) -> std::borrow::Cow<'_, str> {
        match self {
            Names::Count(_) => i.to_string().into(),
            Names::List(names) => names[i].as_str().into(),
        }
    }

    /// Builds a list of names.
    pub fn list(names: &[&str]) -> Self {
        Names::List(names.iter().map(|&name| name.to_owned()).collect())
    }
}

/// The sign convention of a problem file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// Numbers are rewards, to be maximised.
    Reward,
    /// Numbers are costs; the model holds their negatives.
    Cost,
}

/// No reward is larger in size: returns over any horizon, and their sums over clients, stay finite.
pub const REWARD_MAX: f64 = 1e290;

/// Rows may miss 1 by this much, as in the reference solver; they are renormalised.
pub const ROW_SUM_TOLERANCE: f64 = 1e-5;

/// A model that is not one.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ModelError {
    /// A distribution that does not sum to 1.
    #[error("{what} sums to {sum}, not to 1")]
    RowSum {
        /// Which distribution, by name.
        what: String,
        /// Its sum.
        sum: f64,
    },
    /// A number that is no probability, reward or discount.
    #[error("{what} is {value}")]
    Number {
        /// Which number.
        what: String,
        /// Its value.
        value: f64,
    },
    /// A declared range that does not hold all rewards, or reaches beyond [`REWARD_MAX`].
    #[error("rewards lie between {} and {}, outside the declared range [{}, {}]", found.0, found.1, declared.0, declared.1)]
    RewardRange {
        /// The range as declared.
        declared: (f64, f64),
        /// The extremes of the rewards.
        found: (f64, f64),
    },
    /// A reward of a size at which returns would overflow.
    #[error("{what} is {value:e}; a reward's size is at most {REWARD_MAX:e}, so that returns stay finite")]
    RewardSize {
        /// Which reward.
        what: String,
        /// Its value.
        value: f64,
    },
    /// A table whose size does not fit the others.
    #[error("{what} has {found} entries, expected {expected}")]
    Shape {
        /// Which table.
        what: &'static str,
        /// Its size.
        found: usize,
        /// The size it should have.
        expected: usize,
    },
}

impl Model {
    /// Checks shapes, probabilities and finiteness, and renormalises rows.
    ///
    /// # Errors
    /// [`ModelError`] names the first table or row that is wrong.
    pub fn new(parts: ModelParts) -> Result<Self, ModelError> {
        let (s, a, o) = (parts.states.len(), parts.actions.len(), parts.observations.len());
        let shape = |what, found, expected| {
            if found == expected { Ok(()) } else { Err(ModelError::Shape { what, found, expected }) }
        };
        for (what, n) in [("states", s), ("actions", a), ("observations", o)] {
            if n == 0 {
                return Err(ModelError::Shape { what, found: 0, expected: 1 });
            }
        }
        shape("start", parts.start.len(), s)?;
        shape("transition rows", parts.transition.rows(), a * s)?;
        shape("transition columns", parts.transition.columns(), s)?;
        shape("observation rows", parts.observation.rows(), a * s)?;
        shape("observation columns", parts.observation.columns(), o)?;
        shape("reward", parts.reward.len(), a * s)?;
        if let Some(first) = &parts.initial_observation {
            shape("initial observation rows", first.rows(), s)?;
            shape("initial observation columns", first.columns(), o)?;
        }
        if !(0.0..=1.0).contains(&parts.discount) {
            return Err(ModelError::Number { what: "discount".into(), value: parts.discount });
        }
        let start_rows =
            SparseRows::from_rows(s, [parts.start.iter().enumerate().map(|(i, &p)| (i as u32, p))]);
        check_rows(&start_rows, |_| "the start distribution".into())?;
        let row_name = |kind: &str, row: usize| {
            format!(
                "{kind} of action {} and state {}",
                parts.actions.name(row / s),
                parts.states.name(row % s)
            )
        };
        check_rows(&parts.transition, |row| row_name("the transition row", row))?;
        check_rows(&parts.observation, |row| row_name("the observation row", row))?;
        if let Some(first) = &parts.initial_observation {
            check_rows(first, |row| {
                format!("the initial observation row of state {}", parts.states.name(row))
            })?;
        }
        for (i, &value) in parts.reward.iter().enumerate() {
            if !value.is_finite() {
                return Err(ModelError::Number { what: row_name("the reward", i), value });
            }
            if value.abs() > REWARD_MAX {
                return Err(ModelError::RewardSize { what: row_name("the reward", i), value });
            }
        }
        let found = extremes(&parts.reward);
        let range = parts.reward_range.unwrap_or(found);
        let within = |bound: f64| bound.abs() <= REWARD_MAX;
        if !(range.0 <= found.0 && found.1 <= range.1 && within(range.0) && within(range.1)) {
            let (lo, hi) = range;
            return Err(ModelError::RewardRange { declared: (lo, hi), found });
        }
        let mut start = vec![0.0; s];
        for (state, p) in start_rows.normalised().row(0) {
            start[state] = p;
        }
        Ok(Model {
            name: parts.name,
            states: parts.states,
            actions: parts.actions,
            observations: parts.observations,
            discount: parts.discount,
            values: parts.values,
            start,
            transition: parts.transition.normalised(),
            observation: parts.observation.normalised(),
            initial_observation: parts.initial_observation.map(super::SparseRows::normalised),
            reward: parts.reward,
            gain: None,
            units: Units::new(range.0, range.1),
            copies: 1,
            own_features: None,
        })
    }

    /// The problem's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of states, S.
    #[inline]
    pub fn states(&self) -> usize {
        self.states.len()
    }

    /// Number of actions, A.
    #[inline]
    pub fn actions(&self) -> usize {
        self.actions.len()
    }

    /// Number of observations, O, "none" not counted.
    #[inline]
    pub fn observations(&self) -> usize {
        self.observations.len()
    }

    /// Names of the states.
    pub fn state_names(&self) -> &Names {
        &self.states
    }

    /// Names of the actions.
    pub fn action_names(&self) -> &Names {
        &self.actions
    }

    /// Names of the observations.
    pub fn observation_names(&self) -> &Names {
        &self.observations
    }

    /// The problem's own discount.
    pub fn discount(&self) -> f64 {
        self.discount
    }

    /// The same problem with another discount.
    ///
    /// # Errors
    /// Where it is not in [0, 1].
    pub fn with_discount(self, discount: f64) -> Result<Self, ModelError> {
        if !(0.0..=1.0).contains(&discount) {
            return Err(ModelError::Number { what: "discount".into(), value: discount });
        }
        Ok(Model { discount, ..self })
    }

    /// The sign convention of the source.
    pub fn values(&self) -> Values {
        self.values
    }

    /// Distribution of `s_0`; length S.
    pub fn start(&self) -> &[f64] {
        &self.start
    }

    /// T: row `a * S + s` over s'.
    #[inline]
    pub fn transition(&self) -> &SparseRows {
        &self.transition
    }

    /// O: row `a * S + s'` over o.
    #[inline]
    pub fn observation(&self) -> &SparseRows {
        &self.observation
    }

    /// O_0: row `s` over `o_0`; `None` where nothing is seen before the first action.
    pub fn initial_observation(&self) -> Option<&SparseRows> {
        self.initial_observation.as_ref()
    }

    /// Number of different first observations: O with an initial-observation kernel, else 1 (the "none",
    /// numbered 0).
    #[inline]
    pub fn first_observations(&self) -> usize {
        self.initial_observation.as_ref().map_or(1, SparseRows::columns)
    }

    /// This model as `plain` with `copies` of each of its observations: they have its classes, and its
    /// features see these.
    pub(super) fn in_copies_of(self, plain: &Model, copies: usize) -> Self {
        assert_eq!(self.observations(), plain.observations() * copies, "as many copies of each observation");
        Model { copies: plain.copies * copies, own_features: plain.own_features.clone(), ..self }
    }

    /// The same model, of whose rewards it is known what their outcomes above 0 contribute: at `a * S + s`,
    /// as `r(s, a)`.
    ///
    /// # Panics
    /// If there is not one for each pair.
    pub(super) fn with_gains(mut self, mut gains: Vec<f64>) -> Self {
        assert_eq!(gains.len(), self.reward.len(), "one per action and state");
        let mut mixed = false;
        for (gain, reward) in gains.iter_mut().zip(&self.reward) {
            *gain = gain.max(*reward).max(0.0);
            mixed |= *gain > reward.max(0.0);
        }
        self.gain = mixed.then_some(gains);
        self
    }

    /// The gains of this model for one with the same pairs of action and state.
    pub(super) fn shared_gains(&self) -> Vec<f64> {
        let pairs = (0..self.actions()).flat_map(|a| (0..self.states()).map(move |s| (s, a)));
        pairs.map(|(s, a)| self.gain(s, a)).collect()
    }

    /// The same model with features of its own, which keep the promise of [`OwnFeatures`].
    ///
    /// # Errors
    /// Where the table is for other classes of observations or other actions.
    pub fn with_features(self, features: OwnFeatures) -> Result<Self, OwnFeaturesError> {
        for (what, found, expected) in [
            ("classes of observations", features.classes(), self.observation_classes()),
            ("actions", features.actions(), self.actions()),
        ] {
            if found != expected {
                return Err(OwnFeaturesError::Shape { what, found, expected });
            }
        }
        Ok(Model { own_features: Some(Arc::new(features)), ..self })
    }

    /// The features that the problem brings along, where it does.
    pub fn own_features(&self) -> Option<&Arc<OwnFeatures>> {
        self.own_features.as_ref()
    }

    /// The same problem, in which copies of an observation are observations of their own: who remembers what
    /// it saw remembers which copy it was. Values of the best policy are what they were; there are more
    /// histories.
    pub fn telling_copies_apart(self) -> Self {
        if self.copies == 1 { self } else { Model { copies: 1, own_features: None, ..self } }
    }

    /// How many copies there are of each observation: c of a problem that was [split](Model::split), else 1.
    pub fn copies(&self) -> usize {
        self.copies
    }

    /// What features see of observation `o`: it itself, or the observation of which it is a copy.
    pub fn observation_class(&self, o: usize) -> usize {
        o / self.copies
    }

    /// Number of classes of observations.
    pub fn observation_classes(&self) -> usize {
        self.observations() / self.copies
    }

    /// Number of classes of first observations; 1 where nothing is seen before the first action.
    pub fn first_observation_classes(&self) -> usize {
        self.first_observations().div_ceil(self.copies)
    }

    /// `O_0(o | s)`; 1 for the "none" of a problem without that kernel.
    pub fn first_observation_probability(&self, s: usize, o: usize) -> f64 {
        self.initial_observation.as_ref().map_or(1.0, |rows| rows.get(s, o))
    }

    /// Expected reward `r(s, a)` in the problem's own units.
    pub fn reward(&self, s: usize, a: usize) -> f64 {
        self.reward[a * self.states() + s]
    }

    /// `E max(R(a, s, s', o), 0)` given s and a: what the outcomes above 0 contribute to `r(s, a)`. Twice
    /// that less `r(s, a)` is the expected size of the reward, on which the rounding of exact values depends.
    pub fn gain(&self, s: usize, a: usize) -> f64 {
        match &self.gain {
            Some(gain) => gain[a * self.states() + s],
            None => self.reward(s, a).max(0.0),
        }
    }

    /// Expected reward on the scale of the learners: `(r - r_lo) / (r_hi - r_lo)`.
    pub fn normalised_reward(&self, s: usize, a: usize) -> f64 {
        self.units.normalise(self.reward(s, a))
    }

    /// The map between the problem's own units and the learners'.
    pub fn units(&self) -> Units {
        self.units
    }
}

fn check_rows(rows: &SparseRows, name: impl Fn(usize) -> String) -> Result<(), ModelError> {
    for i in 0..rows.rows() {
        for (_, p) in rows.row(i) {
            if !(0.0..=1.0 + ROW_SUM_TOLERANCE).contains(&p) {
                return Err(ModelError::Number { what: format!("a probability in {}", name(i)), value: p });
            }
        }
        let sum = rows.row_sum(i);
        if (sum - 1.0).abs() > ROW_SUM_TOLERANCE {
            return Err(ModelError::RowSum { what: name(i), sum });
        }
    }
    Ok(())
}

fn extremes(rewards: &[f64]) -> (f64, f64) {
    rewards.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), &r| (lo.min(r), hi.max(r)))
}

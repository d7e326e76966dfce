//! Problems that show more than they tell: every observation in several copies.

use super::{Definition, Model, ModelParts, Names, SparseRows};
use std::borrow::Cow;
use thiserror::Error;

/// Most nonzeros of all observation tables of a split problem, and most of its observations: 256 MiB of
/// table.
pub const SPLIT_NONZEROS_MAX: usize = 1 << 24;

/// A problem that cannot be split.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SplitError {
    /// Tables that would not fit.
    #[error("{copies} copies of each observation make more than {SPLIT_NONZEROS_MAX} nonzeros")]
    TooLarge {
        /// c.
        copies: usize,
    },
    /// Observations that are real numbers.
    #[error("only finitely many observations can be split; here they are real numbers")]
    RealObservations,
}

impl Model {
    /// `split(c)`: observation o becomes the observations `o c + j`, j < c, each with probability
    /// `O(o | a, s') / c`, and likewise before the first action.
    ///
    /// The copies tell the same, so every value is what it was; windows and histories see
    /// [`Model::observation_class`] only, and a belief is the same function of the class by itself. Named
    /// observations are called `{name}-{j}`, numbered ones by their new numbers; both are names of the
    /// `.POMDP` format, and no two are alike.
    ///
    /// # Errors
    /// [`SplitError::TooLarge`] beyond [`SPLIT_NONZEROS_MAX`].
    ///
    /// # Panics
    /// If there is no copy.
    pub fn split(&self, copies: usize) -> Result<Self, SplitError> {
        assert!(copies > 0, "an observation has a copy");
        let tables = [Some(self.observation()), self.initial_observation()];
        let nonzeros = tables.iter().flatten().map(|rows| rows.nonzeros()).fold(0, usize::saturating_add);
        if nonzeros.max(self.observations()).saturating_mul(copies) > SPLIT_NONZEROS_MAX {
            return Err(SplitError::TooLarge { copies });
        }
        let observations = match self.observation_names() {
            Names::Count(n) => Names::Count(n * copies),
            // A name is told by its last hyphen, behind which there are digits only.
            Names::List(names) => Names::List(
                names.iter().flat_map(|name| (0..copies).map(move |j| format!("{name}-{j}"))).collect(),
            ),
        };
        let columns = observations.len();
        let split = |rows: &SparseRows| {
            SparseRows::from_rows(
                columns,
                (0..rows.rows()).map(|i| {
                    rows.row(i).flat_map(|(o, p)| {
                        (0..copies).map(move |j| ((o * copies + j) as u32, p / copies as f64))
                    })
                }),
            )
        };
        Ok(self.showing(observations, split).in_copies_of(self, copies))
    }

    /// The same problem where of the copies of an observation only the first is ever shown.
    ///
    /// Whoever sees the classes only has the same values in it, and it has fewer histories: exact values take
    /// the time of the unsplit problem.
    pub fn first_copies(&self) -> Cow<'_, Self> {
        let copies = self.copies();
        if copies == 1 {
            return Cow::Borrowed(self);
        }
        let merged = |rows: &SparseRows| {
            SparseRows::from_rows(
                rows.columns(),
                (0..rows.rows()).map(|i| {
                    let mut first: Vec<(u32, f64)> = Vec::new();
                    for (o, p) in rows.row(i) {
                        let copied = (o - o % copies) as u32;
                        match first.last_mut() {
                            Some((last, sum)) if *last == copied => *sum += p,
                            _ => first.push((copied, p)),
                        }
                    }
                    first
                }),
            )
        };
        Cow::Owned(self.showing(self.observation_names().clone(), merged).in_copies_of(self, 1))
    }

    /// The same problem with other observations, whose tables `shown` makes of these; they are classes of
    /// their own.
    fn showing(&self, observations: Names, shown: impl Fn(&SparseRows) -> SparseRows) -> Self {
        let (states, actions) = (self.states(), self.actions());
        let model = Model::new(ModelParts {
            name: self.name().to_owned(),
            states: self.state_names().clone(),
            actions: self.action_names().clone(),
            observations,
            discount: self.discount(),
            values: self.values(),
            start: self.start().to_vec(),
            transition: self.transition().clone(),
            observation: shown(self.observation()),
            initial_observation: self.initial_observation().map(shown),
            reward: (0..actions).flat_map(|a| (0..states).map(move |s| self.reward(s, a))).collect(),
            reward_range: Some(self.units().range()),
        });
        model.expect("the tables of a valid problem, shown otherwise").with_gains(self.shared_gains())
    }
}

impl Definition {
    /// [`Model::split`] of a tabular problem; the rewards of outcomes are those of the class.
    ///
    /// # Errors
    /// [`SplitError`], also where observations are real numbers.
    ///
    /// # Panics
    /// If there is no copy.
    pub fn split(self, copies: usize) -> Result<Self, SplitError> {
        match self {
            _ if copies == 1 => Ok(self),
            Definition::Tabular(mut file) => {
                if file.outcome_reward.split_rules(copies) > SPLIT_NONZEROS_MAX {
                    return Err(SplitError::TooLarge { copies });
                }
                file.model = file.model.split(copies)?;
                file.outcome_reward = file.outcome_reward.split(copies);
                Ok(Definition::Tabular(file))
            }
            Definition::Gaussian(_) => Err(SplitError::RealObservations),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{optimum, policy_value};
    use crate::features::FiniteMap;
    use crate::policy::{LogLinear, Policy, Prepared};
    use crate::pomdp::builtin::builtin;
    use crate::pomdp::file::{parse, write};

    fn split(name: &str, copies: usize) -> (Model, Model) {
        let plain = builtin(name).expect("a built-in problem");
        let split = plain.split(copies).expect("small");
        (plain, split)
    }

    /// Windows of two pairs, read through classes.
    fn windows(model: &Model, horizon: usize) -> FiniteMap {
        let classes = |n: usize| (0..n).map(|o| model.observation_class(o) as u32).collect::<Vec<_>>();
        let (seen, first) = (classes(model.observations()), classes(model.first_observations()));
        FiniteMap::classes(horizon, model.actions(), &seen, first, 2, false).expect("a small window")
    }

    #[test]
    fn copies_share_the_probability_of_their_observation() {
        for name in ["tiger", "toggle", "tiger3"] {
            let (plain, split) = split(name, 3);
            assert_eq!(split.observations(), 3 * plain.observations());
            assert_eq!(split.observation_classes(), plain.observations());
            assert_eq!(split.first_observation_classes(), plain.first_observations());
            for row in 0..plain.observation().rows() {
                for o in 0..split.observations() {
                    let whole = plain.observation().get(row, split.observation_class(o));
                    assert!((split.observation().get(row, o) - whole / 3.0).abs() < 1e-16);
                }
            }
        }
        assert_eq!(split("tiger", 2).1.observation_names().name(1), "tiger-left-1");
        let twice = split("tiger", 2).1.split(3).expect("small");
        assert_eq!(twice.observation_class(7), 1);
        assert_eq!(twice.observation_classes(), 2);
    }

    #[test]
    fn optimum_and_values_of_policies_are_those_of_the_unsplit_problem() {
        for (name, horizon) in [("tiger", 4), ("toggle", 4), ("tiger3", 3)] {
            let (plain, split) = split(name, 5);
            let gamma = plain.discount();
            let best = |model| optimum(model, horizon, gamma, 100_000_000).expect("few beliefs").value.value;
            assert!((best(&plain) - best(&split)).abs() < 1e-12, "{name}");
            let value = |model: &Model| {
                let policy = LogLinear::new(windows(model, horizon));
                let theta: Vec<f64> =
                    (0..policy.parameters()).map(|i| ((7 * i + 3) % 11) as f64 / 4.0).collect();
                let mut prepared = Prepared::at(&policy, &theta);
                policy_value(model, &policy, &mut prepared, gamma, 100_000_000).expect("small").0.value
            };
            assert!((value(&plain) - value(&split)).abs() < 1e-12, "{name}");
        }
    }

    #[test]
    fn first_copies_have_the_values_of_all() {
        let (plain, split) = split("toggle", 4);
        let first = split.first_copies();
        assert_eq!((first.observations(), first.copies()), (8, 4));
        assert_eq!(first.observation().nonzeros(), plain.observation().nonzeros());
        for row in 0..4 {
            for o in 0..8 {
                let whole = if o % 4 == 0 { plain.observation().get(row, o / 4) } else { 0.0 };
                assert!((first.observation().get(row, o) - whole).abs() < 1e-15);
            }
        }
        assert_eq!(*plain.first_copies(), plain);
    }

    #[test]
    fn a_split_problem_is_written_and_read_back_with_its_outcome_rewards() {
        let source =
            b"discount: 0.9 values: reward states: a b actions: go observations: x x-0 start: uniform
            T: * uniform O: * 0.5 0.5 0.25 0.75 R: * : * : * : * 1 R: go : a : b : x-0 3 R: * : b : * : x -2";
        let plain = Definition::Tabular(parse(source, "case").expect("a good file"));
        let split = plain.clone().split(4).expect("small");
        let (plain, split) = (plain.tabular().expect("tables"), split.tabular().expect("tables"));
        for s in 0..2 {
            assert_eq!(split.model.reward(s, 0).to_bits(), plain.model.reward(s, 0).to_bits());
            for next in 0..2 {
                for o in 0..8 {
                    let of_class = plain.outcome_reward.get(0, s, next, split.model.observation_class(o));
                    assert_eq!(split.outcome_reward.get(0, s, next, o).to_bits(), of_class.to_bits());
                }
            }
        }
        let read = parse(write(split).as_bytes(), "case").expect("a canonical file is read");
        assert_eq!(read.model.observation_names(), split.model.observation_names());
        assert_eq!(read.model.observation(), split.model.observation());
        assert_eq!(read.outcome_reward, split.outcome_reward);
        assert!((read.model.reward(0, 0) - split.model.reward(0, 0)).abs() < 1e-15);
    }

    #[test]
    fn too_many_copies_and_real_numbers_are_refused() {
        let tiger = builtin("tiger").expect("a built-in problem");
        assert_eq!(tiger.split(1 << 22).err(), Some(SplitError::TooLarge { copies: 1 << 22 }));
        let voice = crate::pomdp::builtin::definition("gaussian-tiger").expect("a built-in problem");
        assert_eq!(voice.split(2).err(), Some(SplitError::RealObservations));
    }
}

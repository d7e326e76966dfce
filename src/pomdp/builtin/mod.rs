//! Problems that need no file, some of them with parameters; the small ones have exact values that can be
//! enumerated.

mod block_ring;
mod combination_lock;
mod crying_baby;
pub(super) mod draws;
mod gaussian_tiger;
mod grid;
mod heaven_hell;
mod light_maze;
mod load_unload;
mod low_rank_block;
mod maze;
mod n_back;
mod random;
mod registry;
mod rock_sample;
mod simple_light_dark;
mod tables;
mod tiger;
mod tiger3;
mod toggle;

pub(crate) use draws::{Draws, Table};
pub use maze::{MazeError, maze};
pub use registry::{ALWAYS_EXACT, Entry, Parameter, ParameterError, ParameterValues, Range, STATES_MAX};
pub use tiger::tiger;
pub use tiger3::tiger3;
pub use toggle::toggle;

use super::{Definition, Model};

/// In alphabetical order.
static PROBLEMS: [Entry; 17] = [
    block_ring::ENTRY,
    combination_lock::ENTRY,
    crying_baby::ENTRY,
    gaussian_tiger::ENTRY,
    grid::ENTRY,
    heaven_hell::ENTRY,
    light_maze::ENTRY,
    load_unload::ENTRY,
    low_rank_block::ENTRY,
    maze::ENTRY,
    n_back::ENTRY,
    random::ENTRY,
    rock_sample::ENTRY,
    simple_light_dark::ENTRY,
    tiger::ENTRY,
    tiger3::ENTRY,
    toggle::ENTRY,
];

/// All built-in problems, in alphabetical order.
pub fn entries() -> &'static [Entry] {
    &PROBLEMS
}

/// The entry of the problem of this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    PROBLEMS.iter().find(|entry| entry.name == name)
}

/// The built-in problem of this name, all parameters at their defaults.
///
/// # Panics
/// Never: defaults are within bounds.
pub fn definition(name: &str) -> Option<Definition> {
    find(name).map(|entry| entry.definition([]).expect("defaults are within bounds"))
}

/// The tables of the built-in problem of this name, all parameters at their defaults; `None` also where
/// observations are real numbers.
pub fn builtin(name: &str) -> Option<Model> {
    Some(definition(name)?.tabular()?.model.clone())
}

/// Names of the built-in problems that bring features of their own, in alphabetical order.
pub fn with_own_features() -> Vec<&'static str> {
    names().filter(|name| builtin(name).is_some_and(|model| model.own_features().is_some())).collect()
}

/// Names of the built-in problems, in alphabetical order.
pub fn names() -> impl ExactSizeIterator<Item = &'static str> {
    PROBLEMS.iter().map(|entry| entry.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{ExactCritic, bellman_error, optimum};
    use crate::features::FiniteMap;
    use crate::policy::{LogLinear, Policy, Prepared};

    /// `V*_H(b_0)` of a problem with its own discount, in its own units.
    pub(super) fn raw_optimum(model: &Model, horizon: usize) -> f64 {
        optimum(model, horizon, model.discount(), 200_000_000).expect("few beliefs").value.value
    }

    /// The problem of this name with these parameters.
    pub(super) fn model(name: &str, given: &[(&str, f64)]) -> Model {
        let definition = find(name).expect("a problem").definition(given.iter().copied());
        definition.expect("within bounds").tabular().expect("finitely many observations").model.clone()
    }

    pub(super) fn assert_optimum(model: &Model, horizon: usize, expected: f64) {
        let found = raw_optimum(model, horizon);
        assert!((found - expected).abs() < 1e-9, "H = {horizon}: {found}, expected {expected}");
    }

    #[test]
    fn every_name_builds_a_model_of_that_name() {
        for name in names() {
            assert_eq!(definition(name).expect("a listed problem").hidden().name(), name);
        }
        assert!(builtin("lion").is_none());
    }

    /// Whether Q of some policy that reads a window of `pairs` is linear in one-hot features of the same
    /// window, at H = 4.
    fn windows_are_exact(model: &Model, pairs: usize) -> bool {
        let (seen, first) = (model.observations(), model.first_observations());
        let map = FiniteMap::window(4, model.actions(), seen, first, pairs).expect("a small window");
        let policy = LogLinear::new(map.clone());
        let theta: Vec<f64> = (0..policy.parameters()).map(|i| ((7 * i + 3) % 11) as f64 / 4.0).collect();
        let mut prepared = Prepared::at(&policy, &theta);
        let gamma = model.discount();
        let psi = map.exact_critic(model, &policy, &mut prepared, gamma, 100_000_000).expect("small");
        bellman_error(model, &policy, &mut prepared, &map, &psi, gamma, 100_000_000).expect("small").largest
            < 1e-12
    }

    #[test]
    fn windows_are_exact_where_entries_say_so_and_not_below() {
        let decodable = [
            (model("block-ring", &[("symbols", 1.0)]), 1),
            (model("grid", &[("side", 2.0)]), 1),
            (model("low-rank-block", &[("states", 3.0), ("symbols", 1.0)]), 1),
            (model("n-back", &[("length", 1.0)]), 1),
            (model("n-back", &[("length", 2.0)]), 2),
        ];
        for (model, pairs) in decodable {
            let name = model.name();
            assert!(
                windows_are_exact(&model, pairs) && windows_are_exact(&model, pairs + 1),
                "{name}, {pairs}"
            );
            assert!(!windows_are_exact(&model, pairs - 1), "{name}, {}", pairs - 1);
        }
        assert!(!windows_are_exact(&model("tiger", &[]), 1) && windows_are_exact(&model("tiger", &[]), 3));
    }

    #[test]
    fn names_ascend_and_defaults_are_within_bounds() {
        assert!(names().is_sorted());
        for entry in entries() {
            for parameter in entry.parameters {
                assert!(parameter.range.contains(parameter.default), "{}: {}", entry.name, parameter.name);
            }
        }
    }
}

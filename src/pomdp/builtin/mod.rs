//! Problems that need no file, some of them with parameters; the small ones have exact values that can be enumerated.

mod block_ring;
mod combination_lock;
mod crying_baby;
mod draws;
mod gaussian_tiger;
mod heaven_hell;
mod light_maze;
mod load_unload;
mod maze;
mod n_back;
mod random;
mod registry;
mod rock_sample;
mod tables;
mod tiger;
mod tiger3;
mod toggle;

pub use maze::{MazeError, maze};
pub use registry::{Entry, Parameter, ParameterError, ParameterValues, Range, STATES_MAX};
pub use tiger::tiger;
pub use tiger3::tiger3;
pub use toggle::toggle;

use super::{Definition, Model};

/// In alphabetical order.
static PROBLEMS: [Entry; 14] = [
    block_ring::ENTRY,
    combination_lock::ENTRY,
    crying_baby::ENTRY,
    gaussian_tiger::ENTRY,
    heaven_hell::ENTRY,
    light_maze::ENTRY,
    load_unload::ENTRY,
    maze::ENTRY,
    n_back::ENTRY,
    random::ENTRY,
    rock_sample::ENTRY,
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

/// The tables of the built-in problem of this name, all parameters at their defaults; `None` also where observations are
/// real numbers.
pub fn builtin(name: &str) -> Option<Model> {
    Some(definition(name)?.tabular()?.model.clone())
}

/// Names of the built-in problems, in alphabetical order.
pub fn names() -> impl ExactSizeIterator<Item = &'static str> {
    PROBLEMS.iter().map(|entry| entry.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::optimum;

    /// `V*_H(b_0)` of a problem with its own discount, in its own units.
    pub(super) fn raw_optimum(model: &Model, horizon: usize) -> f64 {
        let best = optimum(model, horizon, model.discount(), 200_000_000).expect("few beliefs");
        model.units().raw_value(best.value, model.discount(), horizon)
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

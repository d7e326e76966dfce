//! The tiger problem in which silence is an observation of its own.

use super::registry::{Build, Entry};
use super::tiger::{ACCURACY, doors, hearing};
use crate::pomdp::{Model, ModelParts, Names, SparseRows};

pub(super) const ENTRY: Entry = Entry {
    name: "tiger3",
    summary: "Tiger with \"none\" as an observation: before the first action, and after opening a door.",
    source: "our own variant of tiger",
    parameters: &[ACCURACY],
    optimum: None,
    exact: None,
    build: Build::Tabular(|values| Ok(heard_with(values.real(ACCURACY.name)))),
};

/// [`tiger`](super::tiger()) with a third observation, "none", numbered 2.
///
/// It is what one sees before the first action and after opening a door, always.
pub fn tiger3() -> Model {
    heard_with(ACCURACY.default)
}

fn heard_with(accuracy: f64) -> Model {
    let none = vec![vec![(2, 1.0)]; 2];
    Model::new(ModelParts {
        name: "tiger3".to_owned(),
        observations: Names::list(&["tiger-left", "tiger-right", "none"]),
        observation: SparseRows::from_rows(3, [hearing(accuracy), none.clone(), none.clone()].concat()),
        initial_observation: Some(SparseRows::from_rows(3, none)),
        ..doors()
    })
    .expect("a valid problem")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::tests::{model, raw_optimum};

    #[test]
    fn silence_changes_no_optimum() {
        for accuracy in [0.6, 0.85, 0.95] {
            let [plain, silent] = ["tiger", "tiger3"].map(|name| model(name, &[("accuracy", accuracy)]));
            assert!((raw_optimum(&plain, 5) - raw_optimum(&silent, 5)).abs() < 1e-9);
        }
    }

    #[test]
    fn silence_comes_first_and_after_every_door() {
        let model = tiger3();
        assert_eq!(model.first_observations(), 3);
        for s in 0..2 {
            assert!((model.first_observation_probability(s, 2) - 1.0).abs() < 1e-15);
            for door in 1..3 {
                assert_eq!(model.observation().row(2 * door + s).collect::<Vec<_>>(), [(2, 1.0)]);
            }
            assert!((model.observation().get(s, s) - 0.85).abs() < 1e-15);
        }
        assert_eq!(model.units().range(), (-100.0, 10.0));
    }
}

//! The tiger problem of Kaelbling, Littman and Cassandra (1998).

use super::registry::{Build, Entry, Parameter, Range};
use super::tables::complement;
use crate::pomdp::{Model, ModelParts, Names, SparseRows, Values};

pub(super) const ENTRY: Entry = Entry {
    name: "tiger",
    summary: "A tiger behind one of two doors: listen, or open one.",
    source: "Kaelbling, Littman, Cassandra 1998, Planning and acting in partially observable stochastic domains",
    parameters: &[ACCURACY],
    optimum: None,
    exact: None,
    build: Build::Tabular(|values| Ok(heard_with(values.real(ACCURACY.name)))),
};

/// How well one hears.
pub(super) const ACCURACY: Parameter = Parameter {
    name: "accuracy",
    default: 0.85,
    range: Range::Real(0.5, 1.0),
    meaning: "probability of hearing the tiger where it is",
};

/// Rows over what is heard, by where the tiger is.
pub(super) fn hearing(accuracy: f64) -> Vec<Vec<(u32, f64)>> {
    let error = complement(accuracy);
    vec![vec![(0, accuracy), (1, error)], vec![(0, error), (1, accuracy)]]
}

/// A tiger behind one of two doors; listening costs 1, the right door brings 10, the tiger's door costs 100.
///
/// Opening puts the tiger behind either door with equal probability and shows an uninformative observation.
/// The same problem as `configs/problems/tiger.POMDP`, discount 0.95: one hears right with probability 0.85.
pub fn tiger() -> Model {
    heard_with(ACCURACY.default)
}

fn heard_with(accuracy: f64) -> Model {
    let nothing = vec![vec![(0, 0.5), (1, 0.5)]; 2];
    Model::new(ModelParts {
        name: "tiger".to_owned(),
        observations: Names::list(&["tiger-left", "tiger-right"]),
        observation: SparseRows::from_rows(2, [hearing(accuracy), nothing.clone(), nothing].concat()),
        initial_observation: None,
        ..doors()
    })
    .expect("a valid problem")
}

/// States, actions, moves and rewards, which the variants of the problem share.
pub(super) fn doors() -> ModelParts {
    let stay = vec![vec![(0, 1.0)], vec![(1, 1.0)]];
    let shuffle = vec![vec![(0, 0.5), (1, 0.5)]; 2];
    ModelParts {
        name: String::new(),
        states: Names::list(&["tiger-left", "tiger-right"]),
        actions: Names::list(&["listen", "open-left", "open-right"]),
        observations: Names::Count(0),
        discount: 0.95,
        values: Values::Reward,
        start: vec![0.5, 0.5],
        transition: SparseRows::from_rows(2, [stay, shuffle.clone(), shuffle].concat()),
        observation: SparseRows::from_rows(0, [[(0, 0.0); 0]; 0]),
        initial_observation: None,
        reward: vec![-1.0, -1.0, -100.0, 10.0, 10.0, -100.0],
        reward_range: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::pomdp::builtin::tests::{assert_optimum, model};

    #[test]
    fn hearing_perfectly_opens_right_every_second_step_and_hearing_nothing_only_listens() {
        // Perfect: -1 + 10 γ - γ² + 10 γ³. Useless: opening at random is worth -45 a time, so never.
        let (perfect, useless) = (model("tiger", &[("accuracy", 1.0)]), model("tiger", &[("accuracy", 0.5)]));
        let g = 0.95;
        assert_optimum(&perfect, 4, (-1.0 + 10.0 * g) * (1.0 + g * g));
        assert_optimum(&useless, 4, -(1.0 + g + g * g + g * g * g));
    }
}

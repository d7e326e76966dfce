//! The tiger problem of Kaelbling, Littman and Cassandra (1998).

use crate::pomdp::{Model, ModelParts, Names, SparseRows, Values};

/// Rows over what is heard, by where the tiger is.
pub(super) fn hearing() -> Vec<Vec<(u32, f64)>> {
    vec![vec![(0, 0.85), (1, 0.15)], vec![(0, 0.15), (1, 0.85)]]
}

/// A tiger behind one of two doors; listening costs 1, the right door brings 10, the tiger's door costs 100.
///
/// Opening puts the tiger behind either door with equal probability and shows an uninformative observation. The same
/// problem as `configs/problems/tiger.POMDP`, discount 0.95.
pub fn tiger() -> Model {
    let nothing = vec![vec![(0, 0.5), (1, 0.5)]; 2];
    Model::new(ModelParts {
        name: "tiger".to_owned(),
        observations: Names::list(&["tiger-left", "tiger-right"]),
        observation: SparseRows::from_rows(2, [hearing(), nothing.clone(), nothing].concat()),
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

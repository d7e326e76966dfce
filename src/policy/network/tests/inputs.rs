//! What inputs show of a history.

use super::*;

/// As pairs of component and value.
fn shown(inputs: &Inputs, actions: &[usize], seen: &[u32]) -> Vec<Vec<(u32, f64)>> {
    let subject = Subject::new(Cell::Mlp, inputs.clone(), 1);
    let each = |x: &Vec<Active>| x.iter().map(|x| (x.at, x.value)).collect();
    subject.inputs_of(actions, seen).iter().map(each).collect()
}

#[test]
fn recurrent_inputs_are_the_last_pair_and_a_clock() {
    let inputs = Inputs::recurrent(3, 2, 3, false, Clock::Fraction);
    assert_eq!(inputs.len(), 6);
    let found = shown(&inputs, &[1, 0], &[2, 0, 2]);
    assert_eq!(
        found,
        [vec![(5, -1.0)], vec![(1, 1.0), (2, 1.0), (5, 0.0)], vec![(0, 1.0), (4, 1.0), (5, 1.0)]]
    );
    let inputs = Inputs::recurrent(2, 2, 3, true, Clock::OneHot);
    assert_eq!(inputs.len(), 7);
    let found = shown(&inputs, &[1], &[2, 0]);
    assert_eq!(found, [vec![(4, 1.0), (5, 1.0)], vec![(1, 1.0), (2, 1.0), (6, 1.0)]]);
    let inputs = Inputs::recurrent(1, 2, 3, true, Clock::Fraction);
    assert_eq!(shown(&inputs, &[], &[1]), [vec![(3, 1.0), (5, 0.0)]]);
}

#[test]
fn windows_show_pairs_from_the_newest_on_and_the_first_observation_while_they_reach_it() {
    // Pairs of 2 + 2 components, then 2 of the first observation.
    let inputs = Inputs::window(4, 2, 2, true, 2, Clock::None);
    assert_eq!(inputs.len(), 10);
    let at = |places: &[u32]| places.iter().map(|at| (*at, 1.0)).collect::<Vec<_>>();
    let found = shown(&inputs, &[0, 1, 0], &[1, 0, 1, 0]);
    assert_eq!(found, [at(&[9]), at(&[0, 2, 9]), at(&[1, 3, 4, 6, 9]), at(&[0, 2, 5, 7])]);
    let inputs = Inputs::window(4, 2, 2, false, 1, Clock::None);
    let found = shown(&inputs, &[0, 1, 0], &[1, 0, 1, 0]);
    assert_eq!(found, [at(&[]), at(&[0, 2]), at(&[1, 3]), at(&[0, 2])]);
    let inputs = Inputs::window(3, 2, 2, true, 0, Clock::OneHot);
    let found = shown(&inputs, &[0, 1], &[1, 0, 1]);
    assert_eq!(found, [at(&[1, 2]), at(&[3]), at(&[4])]);
}

#[test]
fn components_ascend_and_are_no_more_than_are_said() {
    for pairs in 0..4 {
        for first in [false, true] {
            for clock in [Clock::Fraction, Clock::OneHot, Clock::None] {
                let inputs = Inputs::window(6, 2, 3, first, pairs, clock);
                for x in shown(&inputs, &[0, 1, 1, 0, 1], &[2, 0, 1, 1, 2, 0]) {
                    assert!(x.len() <= inputs.most());
                    assert!(x.windows(2).all(|two| two[0].0 < two[1].0), "{x:?}");
                    assert!(x.iter().all(|(at, _)| (*at as usize) < inputs.len()), "{x:?}");
                }
            }
        }
    }
}

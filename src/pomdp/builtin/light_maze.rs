//! A maze whose good side a light shows, if one looks up before leaving.

use super::registry::{Build, Entry};
use super::tables::{rewards, rows};
use crate::pomdp::{Model, ModelParts, Names, Values};

pub(super) const ENTRY: Entry = Entry {
    name: "light-maze",
    summary: "Look up at the start to learn which arm of a T is worth +1 and which -1; then go there.",
    source: "our own, a T-maze with an optional light",
    parameters: &[],
    optimum: Some("0 for H ≤ 3, γ³ for H ≥ 4"),
    exact: None,
    build: Build::Tabular(|_| Ok(light_maze())),
};

const LOOKUP: usize = 0;
const FORWARD: usize = 1;
const START: usize = 0;
const BRANCH: usize = 1;
/// Number of cells of one case: the start, the branch, the left arm, the right arm.
const CELLS: usize = 4;
/// The absorbing state, which both cases share.
const OUTSIDE: usize = 2 * CELLS;

/// State `4 c + cell` in case c, where the good arm is left (c = 0) or right; both cases are equally likely.
/// Discount 0.95.
///
/// `lookup` at the start shows the case, `forward` leads from there to the branch, `left` and `right` from
/// the branch to an arm, and `forward` in an arm ends the maze, with +1 on the good side and -1 on the other.
/// Any other action stays where one is. One sees the cell, and after `lookup` at the start the case instead.
fn light_maze() -> Model {
    let good = |s: usize| s % CELLS == BRANCH + 1 + s / CELLS;
    let in_arm = |s: usize| s != OUTSIDE && s % CELLS > BRANCH;
    let next = |a: usize, s: usize| match s % CELLS {
        _ if s == OUTSIDE => s,
        START if a == FORWARD => s + 1,
        BRANCH if a > FORWARD => s + a - FORWARD,
        _ if in_arm(s) && a == FORWARD => OUTSIDE,
        _ => s,
    };
    let states = OUTSIDE + 1;
    let mut start = vec![0.0; states];
    (start[START], start[CELLS + START]) = (0.5, 0.5);
    Model::new(ModelParts {
        name: ENTRY.name.to_owned(),
        states: Names::list(&[
            "start-good-left",
            "branch-good-left",
            "left-good",
            "right-bad",
            "start-good-right",
            "branch-good-right",
            "left-bad",
            "right-good",
            "outside",
        ]),
        actions: Names::list(&["lookup", "forward", "left", "right"]),
        observations: Names::list(&[
            "start",
            "branch",
            "left-arm",
            "right-arm",
            "outside",
            "light-left",
            "light-right",
        ]),
        discount: 0.95,
        values: Values::Reward,
        start,
        transition: rows(states, 4, states, |a, s| vec![(next(a, s), 1.0)]),
        observation: rows(7, 4, states, |a, s| {
            let seen = match s % CELLS {
                _ if s == OUTSIDE => 4,
                START if a == LOOKUP => 5 + s / CELLS,
                cell => cell,
            };
            vec![(seen, 1.0)]
        }),
        initial_observation: None,
        reward: rewards(4, states, |s, a| match (in_arm(s) && a == FORWARD, good(s)) {
            (false, _) => 0.0,
            (true, true) => 1.0,
            (true, false) => -1.0,
        }),
        reward_range: None,
    })
    .expect("a valid problem")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::tests::assert_optimum;

    #[test]
    fn looking_up_first_takes_four_steps() {
        for horizon in 1..8 {
            assert_optimum(&light_maze(), horizon, if horizon < 4 { 0.0 } else { 0.95 * 0.95 * 0.95 });
        }
    }
}

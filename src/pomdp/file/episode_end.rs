//! `reset` read as the end of an episode: one more state, which nothing leaves, and one more observation,
//! which tells it.

use super::reward::OutcomeReward;
use super::space::Selector;
use crate::pomdp::{Names, SparseRows};

/// What a file says, before it becomes a model. Rows sum to 1.
pub(super) struct Tables {
    pub(super) states: Names,
    pub(super) observations: Names,
    pub(super) start: Vec<f64>,
    /// Row `a * S + s`. Its columns are the states, and after them the end where there is a row that leads
    /// there.
    pub(super) transition: SparseRows,
    pub(super) observation: SparseRows,
    pub(super) reward: OutcomeReward,
}

/// What both of them are called, where no element of the file is.
const NAME: &str = "end";

impl Tables {
    /// Adds the state that the transition table has a column for, and the observation.
    ///
    /// The pair that ends an episode keeps its reward: the mean over the start belief's states and their
    /// observations, which is what the restart would have been worth. From then on every reward is zero.
    #[must_use]
    pub(super) fn with_end(self) -> Self {
        let (n, observed) = (self.states.len(), self.observations.len());
        let actions = self.transition.rows() / n;
        let (end, end_seen) = (n as u32, observed as u32);
        let start = SparseRows::from_rows(n, [(0..end).zip(self.start.iter().copied())]).normalised();
        let ends = |row: usize| self.transition.get(row, n) > 0.0;
        let mut reward = self.reward.revised();
        for a in 0..actions {
            let observation_row = |s2: usize| self.observation.row(a * n + s2);
            for s in (0..n).filter(|&s| ends(a * n + s)) {
                let value = self.reward.expected_of(a, s, start.row(0), observation_row);
                // Wildcards of the file have mostly given it to the end already.
                if self.reward.get(a, s, n, observed).to_bits() != value.to_bits() {
                    let (a, s) = (Selector::One(a as u32), Selector::One(s as u32));
                    reward.set(0, [a, s, Selector::One(end), Selector::All], value);
                }
            }
        }
        reward.set(0, [Selector::All, Selector::One(end), Selector::All, Selector::All], 0.0);
        let mut belief = self.start;
        belief.push(0.0);
        Tables {
            states: with_one_more(self.states),
            observations: with_one_more(self.observations),
            start: belief,
            transition: with_last_row(&self.transition, n, n + 1, end),
            observation: with_last_row(&self.observation, n, observed + 1, end_seen),
            reward: reward.finish(&mut [false]),
        }
    }
}

/// The rows of each action, and after them one with all its weight in one column.
fn with_last_row(rows: &SparseRows, states: usize, columns: usize, column: u32) -> SparseRows {
    let of_action = |a: usize| {
        let own = (a * states..(a + 1) * states)
            .map(|row| rows.row(row).map(|(column, p)| (column as u32, p)).collect::<Vec<_>>());
        own.chain(std::iter::once(vec![(column, 1.0)]))
    };
    SparseRows::from_rows(columns, (0..rows.rows() / states).flat_map(of_action))
}

/// Numbered elements get the next number, named ones the name `end`, or `end-1` and so on if that is taken.
fn with_one_more(names: Names) -> Names {
    match names {
        Names::Count(count) => Names::Count(count + 1),
        Names::List(mut list) => {
            let candidates = std::iter::once(NAME.to_owned()).chain((1..).map(|i| format!("{NAME}-{i}")));
            let mut free = candidates.filter(|name| !list.contains(name));
            list.push(free.next().expect("there are more names than elements"));
            Names::List(list)
        }
    }
}

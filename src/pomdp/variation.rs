//! Clients that differ: every client's own tables, near those of one nominal problem.

use super::builtin::draws::{Draws, Table};
use super::{GaussianModel, Model, ModelParts, Names, Sensor, SparseRows};
use std::ops::Range;
use thiserror::Error;

/// Most entries of the tables of all clients together; a GiB, with the tables for sampling.
pub const CLIENT_ENTRIES_MAX: u64 = 1 << 25;

/// Bytes of an entry: a nonzero, and its bucket for sampling.
pub const CLIENT_ENTRY_BYTES: u64 = 32;

/// What a client costs beside its tables, in entries.
const CLIENT_OVERHEAD: u64 = 64;

/// How far the problems of clients lie from the nominal one, by table: strengths in [0, 1], 0 for tables that
/// all share.
///
/// Client m's row is `p_m = (1 - strength) p + strength q_m`, where `q_m` is drawn from (seed, m, table, row)
/// alone: but for its part, client m is the same whatever the number of clients is. A row of probabilities is
/// at most `strength` away in total variation.
///
/// - Rewards: `q_m(s, a)` is uniform on the nominal range, so that all clients share the scale of the
///   learners.
/// - Transitions: `q_m(· | s, a) = Σ_b w_b T(· | s, b)`, w uniform on the simplex over actions: clients slip
///   to other actions, and no client meets a move that another cannot meet.
/// - Sensors: `q_m(· | a, s')` is uniform on the simplex over the observations that `a` can show in some
///   state; likewise before the first action. Copies of a split observation stay equally likely. The
///   deviation of a normal sensor is multiplied by `1 + strength · u`, u uniform in (-1, 1], one for each
///   action, so that it tells nothing new about the state.
/// - Parts: nothing is drawn. The states are shared out among the clients in their order, as evenly as whole
///   states can be, and `q_m(s, a)` is the neutral reward for the states of all others: 0, or what is nearest
///   to 0 in the nominal range. Where that is 0 the rewards of all clients add up to the nominal ones at
///   strength 1; a single client has all states. Of more clients than states some have none.
///
/// A problem's own features keep their promise only where they span all functions of what is seen and done,
/// as those of `block-ring` do, and sensors stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Variation {
    /// Strength for `r(s, a)`.
    pub rewards: f64,
    /// Strength for T.
    pub transitions: f64,
    /// Strength for O and O_0, or for normal sensors.
    pub sensors: f64,
    /// Strength for `r(s, a)` outside of a client's part of the states.
    pub parts: f64,
    /// What all of it is drawn from; not the run's seed.
    pub seed: u64,
}

/// Clients whose tables would not fit.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "tables of {clients} clients that differ have {entries} entries together; at most {CLIENT_ENTRIES_MAX} are supported"
)]
pub struct VariationError {
    /// M.
    pub clients: u32,
    /// Entries of all tables.
    pub entries: u64,
}

impl Variation {
    /// Whether all clients have the nominal problem.
    pub fn is_none(&self) -> bool {
        [self.rewards, self.transitions, self.sensors, self.parts].iter().all(|&strength| strength <= 0.0)
    }

    /// The tables of clients 0 to `clients` - 1.
    ///
    /// # Errors
    /// [`VariationError`] beyond [`CLIENT_ENTRIES_MAX`], before anything is built.
    pub fn models(&self, nominal: &Model, clients: u32) -> Result<Vec<Model>, VariationError> {
        self.check(nominal, clients)?;
        Ok((0..clients).map(|client| self.model(nominal, client, clients)).collect())
    }

    /// Tables and sensors of clients 0 to `clients` - 1.
    ///
    /// # Errors
    /// As [`Variation::models`].
    pub fn gaussians(
        &self,
        nominal: &GaussianModel,
        clients: u32,
    ) -> Result<Vec<GaussianModel>, VariationError> {
        self.check(nominal.hidden(), clients)?;
        Ok((0..clients).map(|client| self.gaussian(nominal, client, clients)).collect())
    }

    fn check(&self, nominal: &Model, clients: u32) -> Result<(), VariationError> {
        let entries = self.entries(nominal).saturating_mul(u64::from(clients));
        if entries > CLIENT_ENTRIES_MAX { Err(VariationError { clients, entries }) } else { Ok(()) }
    }

    /// Entries of one client's tables, with what it costs beside them.
    pub fn entries(&self, nominal: &Model) -> u64 {
        let (states, actions) = (nominal.states(), nominal.actions());
        let transition = nominal.transition();
        let moves = if self.transitions > 0.0 {
            let of_state = |s: usize| shown(transition, (0..actions).map(|a| a * states + s)).len();
            (0..states).map(|s| (of_state(s) * actions) as u64).fold(0, u64::saturating_add)
        } else {
            transition.nonzeros() as u64
        };
        let looks = |rows: &SparseRows| {
            if self.sensors > 0.0 {
                let of_action = |a: usize| shown(rows, a * states..(a + 1) * states).len();
                (0..rows.rows() / states).map(|a| (of_action(a) * states) as u64).fold(0, u64::saturating_add)
            } else {
                rows.nonzeros() as u64
            }
        };
        let seen = looks(nominal.observation()) + nominal.initial_observation().map_or(0, looks);
        moves.saturating_add(seen).saturating_add((states * actions) as u64 + CLIENT_OVERHEAD)
    }

    /// The tables of one of so many clients. States, actions and observations are numbered.
    pub fn model(&self, nominal: &Model, client: u32, clients: u32) -> Model {
        let (states, actions) = (nominal.states(), nominal.actions());
        let model = Model::new(ModelParts {
            name: nominal.name().to_owned(),
            states: Names::Count(states),
            actions: Names::Count(actions),
            observations: Names::Count(nominal.observations()),
            discount: nominal.discount(),
            values: nominal.values(),
            start: nominal.start().to_vec(),
            transition: self.slipped(nominal, client),
            observation: self.seen(nominal.observation(), nominal, client, Table::ClientObservation),
            initial_observation: nominal
                .initial_observation()
                .map(|rows| self.seen(rows, nominal, client, Table::ClientFirstObservation)),
            reward: self.rewarded(nominal, client, clients),
            reward_range: Some(nominal.units().range()),
        });
        let model = model.expect("mixtures of rows of a valid problem");
        model.with_gains(nominal.shared_gains()).in_copies_of(nominal, 1)
    }

    /// Tables and sensors of one of so many clients.
    ///
    /// # Panics
    /// Never: a deviation stays above 0.
    pub fn gaussian(&self, nominal: &GaussianModel, client: u32, clients: u32) -> GaussianModel {
        let hidden = nominal.hidden();
        // The single observation of the hidden tables stands for any reading: nothing about it can vary.
        let varied = Variation { sensors: 0.0, ..*self }.model(hidden, client, clients);
        let factor = |a: usize| {
            let mut draws = Draws::of_client(self.seed, client, Table::ClientSensor, a);
            if self.sensors > 0.0 { 1.0 + self.sensors * (2.0 * draws.unit() - 1.0) } else { 1.0 }
        };
        let sensors = (0..hidden.actions()).flat_map(|a| {
            let factor = factor(a);
            (0..hidden.states()).map(move |s| {
                let sensor = nominal.sensor(a, s)?;
                Some(Sensor { deviation: sensor.deviation * factor, ..sensor })
            })
        });
        GaussianModel::new(varied, sensors.collect()).expect("sensors like the nominal ones")
    }

    fn rewarded(&self, nominal: &Model, client: u32, clients: u32) -> Vec<f64> {
        let (lo, hi) = nominal.units().range();
        let states = nominal.states();
        let drawn = |row: usize| {
            let nominal = nominal.reward(row % states, row / states);
            if self.rewards <= 0.0 {
                return nominal;
            }
            let unit = Draws::of_client(self.seed, client, Table::ClientReward, row).unit();
            // Rounding may lead a mixture of two ends out of the range.
            ((1.0 - self.rewards) * nominal + self.rewards * (lo + (hi - lo) * unit)).clamp(lo, hi)
        };
        let (part, neutral) = (part(states, client, clients), 0.0_f64.clamp(lo, hi));
        let reward = |row: usize| {
            if self.parts <= 0.0 || part.contains(&(row % states)) {
                return drawn(row);
            }
            ((1.0 - self.parts) * drawn(row) + self.parts * neutral).clamp(lo, hi)
        };
        (0..states * nominal.actions()).map(reward).collect()
    }

    fn slipped(&self, nominal: &Model, client: u32) -> SparseRows {
        let rows = nominal.transition();
        if self.transitions <= 0.0 {
            return rows.clone();
        }
        let (states, actions) = (nominal.states(), nominal.actions());
        let mut sums = vec![0.0; states];
        let mixed = (0..rows.rows()).map(|row| {
            let s = row % states;
            let weights = Draws::of_client(self.seed, client, Table::ClientTransition, row);
            let weights = simplex(weights, actions, self.transitions);
            add(&mut sums, rows.row(row), 1.0 - self.transitions);
            for (b, &weight) in weights.iter().enumerate() {
                add(&mut sums, rows.row(b * states + s), weight);
            }
            let reached = shown(rows, (0..actions).map(|b| b * states + s));
            reached.into_iter().map(|next| (next as u32, std::mem::take(&mut sums[next]))).collect::<Vec<_>>()
        });
        SparseRows::from_rows(states, mixed)
    }

    /// O or O_0, whose rows come in groups of S, each group with the same observations to choose from.
    fn seen(&self, rows: &SparseRows, nominal: &Model, client: u32, table: Table) -> SparseRows {
        if self.sensors <= 0.0 {
            return rows.clone();
        }
        let (states, copies) = (nominal.states(), nominal.copies());
        let mut sums = vec![0.0; rows.columns()];
        let mut mixed = Vec::with_capacity(rows.rows());
        for group in 0..rows.rows() / states {
            let shown = shown(rows, group * states..(group + 1) * states);
            for row in group * states..(group + 1) * states {
                let draws = Draws::of_client(self.seed, client, table, row);
                // One weight for each class, in equal parts for its copies, of which a group shows all or
                // none.
                let weights = simplex(draws, shown.len() / copies, self.sensors);
                add(&mut sums, rows.row(row), 1.0 - self.sensors);
                for (i, &o) in shown.iter().enumerate() {
                    sums[o] += weights[i / copies] / copies as f64;
                }
                let entries = shown.iter().map(|&o| (o as u32, std::mem::take(&mut sums[o])));
                mixed.push(entries.collect::<Vec<_>>());
            }
        }
        SparseRows::from_rows(rows.columns(), mixed)
    }
}

/// The states of one of so many clients: shares that follow one another, and differ in size by 1 at most.
fn part(states: usize, client: u32, clients: u32) -> Range<usize> {
    let begins = |client: u64| (states as u64 * client / u64::from(clients.max(1))) as usize;
    begins(u64::from(client))..begins(u64::from(client) + 1)
}

fn add(sums: &mut [f64], row: impl Iterator<Item = (usize, f64)>, factor: f64) {
    for (column, p) in row {
        sums[column] += factor * p;
    }
}

/// `total` times a uniform point of the simplex over `n` outcomes.
fn simplex(mut draws: Draws, n: usize, total: f64) -> Vec<f64> {
    draws.distribution(n, n).into_iter().map(|(_, p)| total * p).collect()
}

/// The columns, ascending, in which some of these rows is not zero.
fn shown(rows: &SparseRows, of: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let mut columns: Vec<usize> =
        of.into_iter().flat_map(|row| rows.row(row).map(|(column, _)| column)).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pomdp::builtin::{builtin, definition, names};

    const STRENGTHS: Variation =
        Variation { rewards: 0.3, transitions: 0.2, sensors: 0.1, parts: 0.0, seed: 7 };

    fn distance(x: &SparseRows, y: &SparseRows, row: usize) -> f64 {
        (0..x.columns()).map(|j| (x.get(row, j) - y.get(row, j)).abs()).sum::<f64>() / 2.0
    }

    #[test]
    fn rows_are_distributions_within_the_strength_of_the_nominal_ones() {
        let mut moved = [0.0_f64; 3];
        for name in names() {
            let Some(nominal) = builtin(name) else { continue };
            let (lo, hi) = nominal.units().range();
            let client = STRENGTHS.model(&nominal, 3, 8);
            assert_eq!(client.units(), nominal.units());
            for row in 0..nominal.transition().rows() {
                for (i, (x, y, strength)) in [
                    (client.transition(), nominal.transition(), 0.2),
                    (client.observation(), nominal.observation(), 0.1),
                ]
                .into_iter()
                .enumerate()
                {
                    assert!((x.row_sum(row) - 1.0).abs() < 1e-12, "{name}");
                    assert!(distance(x, y, row) <= strength + 1e-12, "{name}");
                    moved[i] = moved[i].max(distance(x, y, row));
                }
                let (s, a) = (row % nominal.states(), row / nominal.states());
                let change = (client.reward(s, a) - nominal.reward(s, a)).abs();
                assert!(
                    (lo..=hi).contains(&client.reward(s, a)) && change <= 0.3 * (hi - lo) + 1e-12,
                    "{name}"
                );
                moved[2] = moved[2].max(change / (hi - lo));
            }
        }
        // Some row is moved nearly as far as it may be.
        assert!(moved[0] > 0.15 && moved[1] > 0.09 && moved[2] > 0.28, "{moved:?}");
    }

    #[test]
    fn clients_differ_and_are_the_same_whatever_their_number() {
        let nominal = builtin("tiger3").expect("a built-in problem");
        let few = STRENGTHS.models(&nominal, 3).expect("small");
        let many = STRENGTHS.models(&nominal, 40).expect("small");
        assert_eq!(few, many[..3]);
        assert_ne!(few[0], few[1]);
        let other = Variation { seed: 8, ..STRENGTHS };
        assert_ne!(other.model(&nominal, 0, 8), few[0]);
    }

    #[test]
    fn tables_of_a_client_are_those_they_always_were() {
        let client = STRENGTHS.model(&builtin("tiger").expect("a built-in problem"), 1, 8);
        let drawn = [client.reward(0, 0), client.transition().get(2, 0), client.observation().get(0, 0)];
        assert_eq!(
            drawn.map(f64::to_bits),
            [0xc005_9504_2db8_79dc, 0x3fe0_1b7a_633d_c64c, 0x3feb_888d_9442_dae6]
        );
    }

    #[test]
    fn one_table_s_strength_changes_no_other_table() {
        let nominal = builtin("toggle").expect("a built-in problem");
        let all = STRENGTHS.model(&nominal, 1, 8);
        let sensors = Variation { rewards: 0.0, transitions: 0.0, ..STRENGTHS }.model(&nominal, 1, 8);
        assert_eq!(sensors.observation(), all.observation());
        assert_eq!(sensors.initial_observation(), all.initial_observation());
        assert_ne!(sensors.initial_observation(), nominal.initial_observation());
        assert_eq!(sensors.transition(), nominal.transition());
        assert!((0..2).all(|s| sensors.reward(s, 1).to_bits() == nominal.reward(s, 1).to_bits()));
    }

    #[test]
    fn without_strength_every_client_has_the_nominal_tables() {
        let none = Variation { seed: 1, ..Variation::default() };
        assert!(none.is_none() && !STRENGTHS.is_none());
        let nominal = builtin("maze").expect("a built-in problem");
        let client = none.model(&nominal, 5, 8);
        assert_eq!(client.transition(), nominal.transition());
        assert_eq!(client.observation(), nominal.observation());
    }

    #[test]
    fn slips_lead_where_some_action_leads_and_sensors_show_what_the_action_shows() {
        let nominal = builtin("light-maze").expect("a built-in problem");
        let client = Variation { transitions: 1.0, sensors: 1.0, ..STRENGTHS }.model(&nominal, 0, 8);
        let n = nominal.states();
        for row in 0..nominal.transition().rows() {
            let (s, a) = (row % n, row / n);
            for (next, _) in client.transition().row(row) {
                assert!((0..nominal.actions()).any(|b| nominal.transition().get(b * n + s, next) > 0.0));
            }
            for (o, _) in client.observation().row(row) {
                assert!((0..n).any(|s| nominal.observation().get(a * n + s, o) > 0.0));
            }
        }
    }

    /// Each reward is that of one client, and nothing is added but zeros: to the bit.
    #[test]
    fn rewards_of_all_parts_add_up_to_the_problem_s_where_nothing_is_0() {
        let parts = Variation { parts: 1.0, ..Variation::default() };
        for (name, clients) in [("grid", 4), ("tiger", 2), ("maze", 7), ("toggle", 5)] {
            let nominal = builtin(name).expect("a built-in problem");
            let models = parts.models(&nominal, clients).expect("small");
            let mut owners = vec![0; nominal.states()];
            for row in 0..nominal.states() * nominal.actions() {
                let (s, a) = (row % nominal.states(), row / nominal.states());
                let rewards = models.iter().map(|model| model.reward(s, a));
                let sum: f64 = rewards.clone().sum();
                assert_eq!((sum + 0.0).to_bits(), (nominal.reward(s, a) + 0.0).to_bits(), "{name}");
                owners[s] += rewards.filter(|reward| reward.abs() > 0.0).count();
            }
            let actions = nominal.actions();
            assert!(owners.iter().all(|&owned| owned <= actions), "{name}: a reward of two clients");
            assert!(models.iter().all(|model| model.units() == nominal.units()), "{name}");
            assert!(models.iter().all(|model| model.transition() == nominal.transition()), "{name}");
        }
    }

    #[test]
    fn a_single_client_has_the_whole_problem_to_the_bit() {
        let nominal = builtin("grid").expect("a built-in problem");
        let [drawn, both] = [0.0, 0.7].map(|parts| Variation { parts, ..STRENGTHS });
        assert_eq!(drawn.model(&nominal, 0, 1), both.model(&nominal, 0, 1));
        let alone = Variation { parts: 1.0, ..Variation::default() }.model(&nominal, 0, 1);
        let reward = |model: &Model, i: usize| model.reward(i % 16, i / 16).to_bits();
        assert!((0..64).all(|i| reward(&alone, i) == reward(&nominal, i)));
    }

    #[test]
    fn parts_follow_one_another_and_what_is_not_seen_is_neutral_within_the_range() {
        assert_eq!([0, 1, 2].map(|client| part(16, client, 3)), [0..5, 5..10, 10..16]);
        assert_eq!([0, 1, 2].map(|client| part(2, client, 3)), [0..0, 0..1, 1..2]);
        // Half of the way to 0 at strength 1/2; the range of toggle's rewards, as they are declared, has 0.
        let nominal = builtin("toggle").expect("a built-in problem");
        let half = Variation { parts: 0.5, ..Variation::default() }.model(&nominal, 0, 2);
        assert_eq!(half.reward(0, 0).to_bits(), nominal.reward(0, 0).to_bits());
        assert_eq!(half.reward(1, 1).to_bits(), (0.5 * nominal.reward(1, 1)).to_bits());
        // A problem whose rewards are all costs: nothing is better than its best.
        let costs = Model::new(ModelParts {
            name: "costs".to_owned(),
            states: Names::Count(2),
            actions: Names::Count(1),
            observations: Names::Count(1),
            discount: 0.9,
            values: nominal.values(),
            start: vec![0.5; 2],
            transition: SparseRows::from_rows(2, [[(0, 1.0)], [(1, 1.0)]]),
            observation: SparseRows::from_rows(1, [[(0, 1.0)], [(0, 1.0)]]),
            initial_observation: None,
            reward: vec![-3.0, -2.0],
            reward_range: None,
        });
        let costs = costs.expect("a valid problem");
        let second = Variation { parts: 1.0, ..Variation::default() }.model(&costs, 1, 2);
        assert!((0..2).all(|s| second.reward(s, 0).to_bits() == f64::to_bits(-2.0)));
    }

    #[test]
    fn copies_of_an_observation_stay_equally_likely() {
        let nominal = builtin("toggle").expect("a built-in problem");
        let whole = STRENGTHS.model(&nominal, 2, 8);
        let split = STRENGTHS.model(&nominal.split(4).expect("small"), 2, 8);
        assert_eq!(split.observation_classes(), 2);
        for row in 0..4 {
            for o in 0..8 {
                let share = whole.observation().get(row, o / 4) / 4.0;
                assert!((split.observation().get(row, o) - share).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn deviations_of_normal_sensors_change_by_action_alone() {
        let nominal = definition("gaussian-tiger").expect("a built-in problem");
        let crate::pomdp::Definition::Gaussian(nominal) = nominal else { panic!("a normal sensor") };
        let clients = STRENGTHS.gaussians(&nominal, 50).expect("small");
        for client in &clients {
            let deviations = [0, 1].map(|s| client.sensor(0, s).expect("it is heard").deviation);
            assert!((0.9..=1.1).contains(&deviations[0]));
            assert_eq!(deviations[0].to_bits(), deviations[1].to_bits());
            assert_eq!(client.sensor(1, 0), None);
        }
        let first = clients[0].sensor(0, 0);
        assert!(clients[1..].iter().all(|client| client.sensor(0, 0) != first));
    }

    #[test]
    fn clients_that_would_not_fit_are_refused() {
        let nominal = builtin("tiger").expect("a built-in problem");
        let refused = STRENGTHS.models(&nominal, 1_000_000).expect_err("too many");
        assert_eq!(refused.clients, 1_000_000);
        // T: 3 actions of at most 2 successors in 2 states; O: 3 actions with 2 observations in 2 states; r:
        // 6.
        assert_eq!(refused.entries, (12 + 12 + 6 + 64) * 1_000_000);
    }
}

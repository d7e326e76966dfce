//! Backward least squares on features of windows and actions.

use super::counts::WindowCounts;
use super::ellipse::Singular;

/// `φ_h(x, a)` of the pairs of one step.
#[derive(Clone, Copy, Debug)]
pub enum StepFeatures<'a> {
    /// A component for every pair: the least squares of a table.
    OneHot,
    /// Rows of length d: that of the i-th pair of the step at `i * d ..`.
    Rows(&'a [f64]),
}

/// What is made of rewards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewards {
    /// They are regressed with what follows: for features in which they are linear.
    Regressed,
    /// A pair has the mean of its own, 0 where it was never met.
    Means,
}

/// Regularised least squares of action values, from the last step to the first:
///
/// `Σ_h = λ I + Σ n_h(x, a) φ φ'`, `w_h = Σ_h^{-1} Σ_data φ (r + γ V_{h+1}(x'))`,
/// `Q_h(x, a) = w_h'φ_h(x, a) + α (φ' Σ_h^{-1} φ)^{1/2}`, kept between 0 and H - h; of rewards that are means
/// of pairs, these are added to Q in the place of r.
///
/// What the features of a pair are that was never met nothing tells: its norm is that of a direction of its
/// own, `λ^{-1/2}`. Rewards are normalised, and so are values. The data are counted: sums are over pairs and
/// what was seen after them, in the order of their numbers. The optimistic form is that of Zhang, Ren, Xiao,
/// Schuurmans, Dai 2024, where features are `p(z | x, a)` of a latent variable.
#[derive(Clone, Copy, Debug)]
pub struct Regression<'a> {
    /// The data.
    pub counts: &'a WindowCounts,
    /// Those of every step.
    pub features: &'a [StepFeatures<'a>],
    /// λ > 0.
    pub ridge: f64,
    /// α.
    pub bonus: f64,
    /// γ.
    pub gamma: f64,
    /// What is made of rewards.
    pub rewards: Rewards,
}

/// What backward regression came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regressed {
    /// The optimistic value at the start.
    pub value: f64,
    /// Regressions that were solved: H.
    pub regressions: u64,
}

impl Regression<'_> {
    /// With `V_h(x) = max_a Q_h(x, a)`. `actions` has one entry per window, the best action of each, the
    /// lowest of those that are equally good.
    ///
    /// # Errors
    /// [`Singular`] where λ is too small for so many data.
    ///
    /// # Panics
    /// If `actions` has not one entry per window, or features are of other steps or pairs.
    pub fn optimistic(&self, actions: &mut [u32]) -> Result<Regressed, Singular> {
        assert_eq!(actions.len(), self.counts.windows().count(), "one action per window");
        let (_, values) = self.backward(|x, q| {
            let mut best = (f64::NEG_INFINITY, 0);
            for (a, &q) in q.iter().enumerate() {
                if q > best.0 {
                    best = (q, a as u32);
                }
            }
            actions[x] = best.1;
            best.0
        })?;
        let value = self.counts.start().iter().zip(&values).fold(0.0, |sum, (p, v)| sum + p * v);
        Ok(Regressed { value, regressions: self.features.len() as u64 })
    }

    /// `Q_h(x, a)` by the number of the pair, with `V_h(x) = Σ_a π_h(a | x) Q_h(x, a)` of the policy with
    /// these probabilities, by the number of the pair.
    ///
    /// # Errors
    /// [`Singular`] where λ is too small for so many data.
    ///
    /// # Panics
    /// If `policy` has not one entry per pair, or features are of other steps or pairs.
    pub fn action_values(&self, policy: &[f64]) -> Result<Vec<f64>, Singular> {
        assert_eq!(policy.len(), self.counts.windows().pairs(), "one probability per pair");
        let mean = |x: usize, q: &[f64]| {
            let probabilities = &policy[x * q.len()..][..q.len()];
            q.iter().zip(probabilities).fold(0.0, |sum, (q, p)| sum + p * q)
        };
        Ok(self.backward(mean)?.0)
    }

    /// Q by the number of the pair and V by that of the window; `value` makes V of a window of its Q.
    fn backward(
        &self,
        mut value: impl FnMut(usize, &[f64]) -> f64,
    ) -> Result<(Vec<f64>, Vec<f64>), Singular> {
        let windows = self.counts.windows();
        assert_eq!(self.features.len(), windows.horizon(), "features of every step");
        let (mut q, mut values) = (vec![0.0; windows.pairs()], vec![0.0; windows.count()]);
        for h in (0..windows.horizon()).rev() {
            let most = (windows.horizon() - h) as f64;
            let targets = self.targets(h, &values);
            let q_of_step = &mut q[windows.pairs_of_step(h)];
            match self.features[h] {
                StepFeatures::OneHot => self.table(h, &targets, q_of_step),
                StepFeatures::Rows(rows) => self.fit(h, rows, &targets, q_of_step)?,
            }
            q_of_step.iter_mut().for_each(|q| *q = q.clamp(0.0, most));
            for (x, q) in windows.of_step(h).zip(q_of_step.chunks_exact(windows.actions())) {
                values[x] = value(x, q);
            }
        }
        Ok((q, values))
    }

    /// `Σ_data (r + γ V_{h+1}(x'))` of every pair of the step; r is 0 where rewards are not regressed.
    fn targets(&self, h: usize, values: &[f64]) -> Vec<f64> {
        let windows = self.counts.windows();
        let last = h + 1 == windows.horizon();
        let of_pair = |pair: usize| {
            let (x, action) = (pair / windows.actions(), pair % windows.actions());
            let seen = if last { &[] } else { self.counts.seen(pair) };
            let future = seen
                .iter()
                .enumerate()
                .filter(|&(_, &n)| n > 0)
                .fold(0.0, |sum, (o, &n)| sum + n as f64 * values[windows.next(h, x, action, o)]);
            let earned = match self.rewards {
                Rewards::Regressed => self.counts.rewards(pair),
                Rewards::Means => 0.0,
            };
            earned + self.gamma * future
        };
        windows.pairs_of_step(h).map(of_pair).collect()
    }

    /// What a pair has beside what is fitted.
    fn own_reward(&self, pair: usize) -> f64 {
        match self.rewards {
            Rewards::Regressed => 0.0,
            Rewards::Means => self.counts.mean_reward(pair),
        }
    }

    /// Q of one-hot features, whose Σ is diagonal.
    fn table(&self, h: usize, targets: &[f64], q: &mut [f64]) {
        let pairs = self.counts.windows().pairs_of_step(h);
        for ((pair, q), target) in pairs.zip(q).zip(targets) {
            let moment = self.ridge + self.counts.visits(pair) as f64;
            *q = self.own_reward(pair) + target / moment + self.bonus / moment.sqrt();
        }
    }

    /// Q of the pairs of step h.
    fn fit(&self, h: usize, rows: &[f64], targets: &[f64], q: &mut [f64]) -> Result<(), Singular> {
        let mut ellipse = self.counts.moment(h, rows, self.ridge).into_ellipse()?;
        let dimension = rows.len() / q.len();
        let mut w = vec![0.0; dimension];
        // The target of a pair that was never met is 0.
        for (phi, target) in rows.chunks_exact(dimension).zip(targets) {
            w.iter_mut().zip(phi).for_each(|(w, x)| *w += x * target);
        }
        ellipse.solve(&mut w);
        let pairs = self.counts.windows().pairs_of_step(h);
        for ((pair, q), phi) in pairs.zip(q).zip(rows.chunks_exact(dimension)) {
            let fitted = w.iter().zip(phi).fold(0.0, |sum, (w, x)| sum + w * x);
            let norm = match self.counts.visits(pair) {
                0 => 1.0 / self.ridge.sqrt(),
                _ => ellipse.norm(phi),
            };
            *q = self.own_reward(pair) + fitted + self.bonus * norm;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::ExactCritic;
    use crate::features::FiniteMap;
    use crate::planning::latent::Latent;
    use crate::planning::samples;
    use crate::planning::window_model::WindowModel;
    use crate::planning::windows::Windows;
    use crate::policy::{LogLinear, Policy, Prepared};
    use crate::pomdp::Model;
    use crate::pomdp::builtin::{builtin, find, toggle};

    const HORIZON: usize = 3;

    fn windows(model: &Model, length: usize) -> Windows {
        let (seen, first) = (model.observations(), model.first_observations());
        let map = FiniteMap::window(HORIZON, model.actions(), seen, first, length).expect("small");
        Windows::new(map, seen)
    }

    fn sampled(model: &Model, length: usize, trajectories: u64, seed: u64) -> WindowCounts {
        let mut counts = WindowCounts::new(windows(model, length));
        samples::uniform(model, &mut counts, trajectories, seed);
        counts
    }

    /// The problem's own features of the last observation and action, for the pairs of each step.
    fn own_features(model: &Model, windows: &Windows) -> Vec<Vec<f64>> {
        let own = model.own_features().expect("a problem with features");
        let last_seen = |window: usize| window % model.observations();
        let rows = |h: usize| {
            let range = windows.of_step(h);
            let pairs = range.clone().flat_map(|x| (0..model.actions()).map(move |a| (x, a)));
            pairs.flat_map(|(x, a)| own.row(last_seen(x - range.start), a).to_vec()).collect()
        };
        (0..HORIZON).map(rows).collect()
    }

    /// The largest error of Q of a policy that reads the last observation, over the pairs of windows of one
    /// pair, by regression on these features of every step; and the spread of Q at the steps behind the
    /// first.
    fn error(model: &Model, counts: &WindowCounts, features: &[StepFeatures<'_>]) -> [f64; 2] {
        let windows = counts.windows();
        let logit = |seen: usize, a: usize| ((7 * seen + 5 * a + 3) % 11) as f64 / 4.0;
        let theta: Vec<f64> = (0..HORIZON)
            .flat_map(|h| 0..windows.of_step(h).len())
            .flat_map(|slot| (0..model.actions()).map(move |a| logit(slot % model.observations(), a)))
            .collect();
        let policy = LogLinear::new(windows.map().clone());
        let mut prepared = Prepared::at(&policy, &theta);
        let mut probabilities = Vec::new();
        for h in 0..HORIZON {
            for slot in 0..windows.of_step(h).len() {
                let memory = policy.memory_of_slot(h, slot);
                probabilities.extend_from_slice(prepared.probabilities(&policy, &memory, h));
            }
        }
        let exact = windows.map().exact_critic(model, &policy, &mut prepared, 0.95, 10_000_000);
        let exact = exact.expect("windows of one pair determine the state");
        let rewards = Rewards::Regressed;
        let regression = Regression { counts, features, ridge: 1e-6, bonus: 0.0, gamma: 0.95, rewards };
        let found = regression.action_values(&probabilities).expect("positive");
        let largest = |numbers: &mut dyn Iterator<Item = f64>| numbers.fold(f64::NEG_INFINITY, f64::max);
        let spread = |h: usize| {
            let q = &exact[windows.pairs_of_step(h)];
            largest(&mut q.iter().copied()) + largest(&mut q.iter().map(|q| -q))
        };
        [
            largest(&mut found.iter().zip(&exact).map(|(x, y)| (x - y).abs())),
            largest(&mut (1..HORIZON).map(spread)),
        ]
    }

    /// Both problems have `Q_h = ⟨φ, w_h⟩` for policies that read the last observation only.
    ///
    /// Data deviate at most by half of the spread of Q at the next step, means by that over the root of their
    /// number, which is about n / (S A), and the largest of some dozen means by 2.5 of their deviations.
    /// Errors fall like 1/√n: means over 5 seeds make ratios of 4 for 16 times the trajectories, here between
    /// 2.5 and 6.5.
    #[test]
    fn on_a_problem_of_rank_d_regression_recovers_q_of_a_window_policy_to_the_statistical_error() {
        for name in ["low-rank-block", "block-ring"] {
            let model = builtin(name).expect("a problem");
            let each = |n: u64| libm::sqrt(n as f64 / (model.states() * model.actions()) as f64);
            let mean = |trajectories| {
                let errors = (0..5).map(|seed| {
                    let counts = sampled(&model, 1, trajectories, seed);
                    let rows = own_features(&model, counts.windows());
                    let features: Vec<_> = rows.iter().map(|rows| StepFeatures::Rows(rows)).collect();
                    let [error, spread] = error(&model, &counts, &features);
                    let expected = 2.5 * spread / 2.0 / each(trajectories);
                    assert!(error < expected, "{name}, n = {trajectories}: {error}, {expected}");
                    error
                });
                errors.sum::<f64>() / 5.0
            };
            let (few, many) = (mean(1000), mean(16_000));
            assert!((2.5..6.5).contains(&(few / many)), "{name}: {few}, {many}");
        }
    }

    /// The last step, after which nothing is seen, has a table. From 20000 trajectories features of rank 2
    /// leave a tenth of the spread of Q at most, and those of rank 1 more than half.
    #[test]
    fn features_that_were_learned_recover_q_and_features_of_a_lower_rank_do_not() {
        let given = [("d", 2.0), ("states", 3.0), ("symbols", 1.0), ("seed", 3.0)];
        let definition = find("low-rank-block").expect("a problem").definition(given).expect("within bounds");
        let model = definition.tabular().expect("finite").model.clone();
        let counts = sampled(&model, 1, 20_000, 1);
        let of_rank = |rank| {
            let latents: Vec<_> = (0..HORIZON - 1)
                .map(|h| {
                    let pairs = counts.windows().pairs_of_step(h).len();
                    let mut latent = Latent::start(rank, pairs, model.observations(), 5);
                    for _ in 0..1000 {
                        latent.sweep(counts.seen_in_step(h));
                    }
                    latent
                })
                .collect();
            let learned = latents.iter().map(|latent| StepFeatures::Rows(latent.features()));
            let features: Vec<_> = learned.chain([StepFeatures::OneHot]).collect();
            error(&model, &counts, &features)
        };
        let ([two, spread], [one, _]) = (of_rank(2), of_rank(1));
        assert!(two < spread / 10.0 && one > spread / 2.0, "{two}, {one}, {spread}");
    }

    /// One-hot features with a vanishing ridge are the full-count model: the same plan, by other sums.
    #[test]
    fn a_regression_on_tables_is_the_plan_of_the_full_count_model() {
        let counts = sampled(&toggle(), 1, 2000, 4);
        let features = [StepFeatures::OneHot; HORIZON];
        let regression = Regression {
            counts: &counts,
            features: &features,
            ridge: 1e-12,
            bonus: 0.0,
            gamma: 0.9,
            rewards: Rewards::Means,
        };
        let mut actions = vec![u32::MAX; counts.windows().count()];
        let found = regression.optimistic(&mut actions).expect("positive");
        let mut planned = vec![u32::MAX; counts.windows().count()];
        let plan = WindowModel::full_count(&counts).plan(0.9, |_| 0.0, &mut planned);
        assert!((found.value - plan.value).abs() < 1e-12, "{found:?}, {plan:?}");
        assert_eq!((actions, found.regressions), (planned, HORIZON as u64));
    }

    /// Rows that are unit vectors have the same least squares as a table, bonus and all.
    #[test]
    fn rows_of_unit_vectors_are_a_table() {
        let counts = sampled(&toggle(), 1, 30, 9);
        let rows: Vec<Vec<f64>> = (0..HORIZON)
            .map(|h| {
                let n = counts.windows().pairs_of_step(h).len();
                (0..n * n).map(|i| f64::from(u8::from(i % n == i / n))).collect()
            })
            .collect();
        let rows: Vec<StepFeatures<'_>> = rows.iter().map(|rows| StepFeatures::Rows(rows)).collect();
        let table = [StepFeatures::OneHot; HORIZON];
        let planned = |features: &[StepFeatures<'_>], rewards| {
            let mut actions = vec![u32::MAX; counts.windows().count()];
            let regression =
                Regression { counts: &counts, features, ridge: 1.0, bonus: 0.3, gamma: 0.9, rewards };
            let value = regression.optimistic(&mut actions).expect("positive").value;
            (actions, value)
        };
        for rewards in [Rewards::Regressed, Rewards::Means] {
            let (of_rows, of_table) = (planned(&rows, rewards), planned(&table, rewards));
            assert_eq!(of_rows.0, of_table.0);
            assert!((of_rows.1 - of_table.1).abs() < 1e-12, "{of_rows:?}, {of_table:?}");
        }
    }

    #[test]
    fn where_nothing_was_seen_bonuses_fill_the_steps_that_are_left() {
        let counts = WindowCounts::new(windows(&toggle(), 1));
        let features = [StepFeatures::OneHot; HORIZON];
        let value = |bonus| {
            let mut actions = vec![u32::MAX; counts.windows().count()];
            let regression = Regression {
                counts: &counts,
                features: &features,
                ridge: 1.0,
                bonus,
                gamma: 1.0,
                rewards: Rewards::Means,
            };
            regression.optimistic(&mut actions).expect("positive").value
        };
        assert_eq!((value(0.0).to_bits(), value(50.0).to_bits()), (0, 3.0_f64.to_bits()));
    }
}

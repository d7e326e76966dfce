//! A model of the process of windows, and optimistic plans over all windows.

use super::counts::{WindowCounts, frequencies};
use super::latent::Latent;
use super::windows::Windows;

/// Probabilities of what is seen after each pair of window and action, its expected reward, and where windows
/// begin. Rewards are normalised, and so are values.
#[derive(Clone, Debug)]
pub struct WindowModel {
    windows: Windows,
    /// By the number of the window.
    start: Vec<f64>,
    /// `P_h(o' | x, a)` at `pair * O + o'`.
    next: Vec<f64>,
    /// `r_h(x, a)`, by the number of the pair.
    rewards: Vec<f64>,
}

/// What a plan over windows came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowPlan {
    /// The optimistic value at the start.
    pub value: f64,
    /// Backups that were taken: [`Windows::backups`].
    pub backups: u64,
}

impl WindowModel {
    /// The model with these tables; see its fields.
    ///
    /// # Panics
    /// If a table has another length.
    pub(super) fn new(windows: Windows, start: Vec<f64>, next: Vec<f64>, rewards: Vec<f64>) -> Self {
        let lengths = (windows.first(), windows.followed() * windows.observations(), windows.pairs());
        assert_eq!((start.len(), next.len(), rewards.len()), lengths, "tables over the windows");
        WindowModel { windows, start, next, rewards }
    }

    /// The frequencies of the counts. After a pair that was never met every observation is as likely, and its
    /// reward is 0.
    pub fn full_count(counts: &WindowCounts) -> Self {
        let followed = 0..counts.windows().followed();
        let next = followed.flat_map(|pair| frequencies(counts.seen(pair))).collect();
        WindowModel::with_mean_rewards(counts, next)
    }

    /// As [`WindowModel::full_count`], but for what is seen next: that of one latent variable for each step
    /// but the last.
    ///
    /// # Panics
    /// If latent variables are of other steps.
    pub fn low_rank(counts: &WindowCounts, latents: &[Latent]) -> Self {
        let windows = counts.windows();
        assert_eq!(latents.len() + 1, windows.horizon(), "a latent variable for each step but the last");
        let mut next = Vec::with_capacity(windows.followed() * windows.observations());
        for (h, latent) in latents.iter().enumerate() {
            assert_eq!(latent.pairs(), windows.pairs_of_step(h).len(), "the pairs of step {h}");
            for pair in 0..latent.pairs() {
                next.extend((0..windows.observations()).map(|seen| latent.probability(pair, seen)));
            }
        }
        WindowModel::with_mean_rewards(counts, next)
    }

    fn with_mean_rewards(counts: &WindowCounts, next: Vec<f64>) -> Self {
        let rewards = (0..counts.windows().pairs()).map(|pair| counts.mean_reward(pair)).collect();
        WindowModel::new(counts.windows().clone(), counts.start(), next, rewards)
    }

    /// Optimistic dynamic programming over all windows, from the last step to the first:
    /// `Q_h(x, a) = min(H - h, r_h(x, a) + b_h(x, a) + γ Σ_o' P_h(o' | x, a) V_{h+1}(x'))` with
    /// `V_h(x) = max_a Q_h(x, a)` and the window x' that follows. The form of Guo et al. 2023 (PORL²).
    ///
    /// `bonus` is asked once for each pair, by its number. `actions` has one entry per window, the best
    /// action of each, the lowest of those that are equally good.
    ///
    /// # Panics
    /// If `actions` has not one entry per window.
    pub fn plan(&self, gamma: f64, mut bonus: impl FnMut(usize) -> f64, actions: &mut [u32]) -> WindowPlan {
        let windows = &self.windows;
        assert_eq!(actions.len(), windows.count(), "one action per window");
        // V, by the number of the window.
        let mut values = vec![0.0; windows.count()];
        let mut backups = 0;
        for h in (0..windows.horizon()).rev() {
            let most = (windows.horizon() - h) as f64;
            for x in windows.of_step(h) {
                let mut best = (f64::NEG_INFINITY, 0);
                for a in 0..windows.actions() {
                    let pair = x * windows.actions() + a;
                    let future = self.future(h, x, a, &values);
                    let q = (self.rewards[pair] + bonus(pair) + gamma * future).min(most);
                    if q > best.0 {
                        best = (q, a as u32);
                    }
                    backups += windows.observations() as u64;
                }
                (values[x], actions[x]) = best;
            }
        }
        let value = self.start.iter().zip(&values).fold(0.0, |sum, (p, v)| sum + p * v);
        WindowPlan { value, backups }
    }

    /// `Σ_o' P_h(o' | x, a) V_{h+1}(x')`; nothing after the last step.
    fn future(&self, h: usize, x: usize, action: usize, values: &[f64]) -> f64 {
        if h + 1 == self.windows.horizon() {
            return 0.0;
        }
        let next = self.seen_next(x * self.windows.actions() + action);
        next.iter()
            .enumerate()
            .fold(0.0, |sum, (seen, p)| sum + p * values[self.windows.next(h, x, action, seen)])
    }

    /// `P_h(· | x, a)`, by the number of the pair.
    ///
    /// # Panics
    /// If the pair is of the last step.
    pub fn seen_next(&self, pair: usize) -> &[f64] {
        let observations = self.windows.observations();
        &self.next[pair * observations..][..observations]
    }

    /// `r_h(x, a)`, by the number of the pair.
    pub fn reward(&self, pair: usize) -> f64 {
        self.rewards[pair]
    }

    /// The probabilities of the windows before the first action.
    pub fn start(&self) -> &[f64] {
        &self.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::optimum;
    use crate::features::FiniteMap;
    use crate::planning::process::WindowProcess;
    use crate::planning::samples;
    use crate::pomdp::builtin::{tiger, toggle};

    fn windows(first: usize, length: usize) -> Windows {
        Windows::new(FiniteMap::window(3, 2, 2, first, length).expect("small"), 2)
    }

    /// The mean over the uniform policy's visits of `|r̂ - r|` and of half of `Σ |P̂ - P|`.
    fn distance(found: &WindowModel, process: &WindowProcess) -> f64 {
        let windows = &found.windows;
        (0..windows.pairs()).fold(0.0, |sum, pair| {
            let mut gap = (found.reward(pair) - process.model().reward(pair)).abs();
            if pair < windows.followed() {
                let both = found.seen_next(pair).iter().zip(process.model().seen_next(pair));
                gap += both.fold(0.0, |sum, (p, q)| sum + (p - q).abs() / 2.0);
            }
            sum + process.probability(pair) * gap
        })
    }

    /// On windows of one pair over a problem that they do not determine.
    ///
    /// A frequency of n P(x, a) trials misses by at most `0.5 (2 / (π n P))^{1/2}` in the mean, a mean of
    /// rewards that are 0.2 or 0.9 by 0.7 times as much. Weighted by P over the 4, 16 and 8 pairs of the
    /// steps, the last of which has rewards only, that is less than `4.9 n^{-1/2}` for equal P and otherwise.
    /// The mean over 10 seeds lies within a tenth of its own, so that 16 times the trajectories make between
    /// a third and a fifth of the error.
    #[test]
    fn the_full_count_model_converges_to_the_window_process_like_one_over_the_root_of_n() {
        let model = toggle();
        let process = WindowProcess::of_uniform(&model, windows(2, 1));
        let error = |trajectories| {
            let errors = (0..10).map(|seed| {
                let mut counts = WindowCounts::new(windows(2, 1));
                samples::uniform(&model, &mut counts, trajectories, 100 + seed);
                distance(&WindowModel::full_count(&counts), &process)
            });
            errors.sum::<f64>() / 10.0
        };
        let (few, many) = (error(500), error(8000));
        assert!((3.0..5.0).contains(&(few / many)), "{few}, {many}");
        assert!(many < 4.9 / libm::sqrt(8000.0), "{many}");
    }

    #[test]
    fn without_a_bonus_the_plan_of_whole_histories_is_the_optimum() {
        for model in [toggle(), tiger()] {
            let (actions, seen, first) = (model.actions(), model.observations(), model.first_observations());
            let map = FiniteMap::history(4, actions, seen, first).expect("small");
            let windows = Windows::new(map, seen);
            let process = WindowProcess::of_uniform(&model, windows.clone());
            let mut actions = vec![u32::MAX; windows.count()];
            let plan = process.model().plan(0.9, |_| 0.0, &mut actions);
            let best = optimum(&model, 4, 0.9, 1_000_000).expect("small").value.value;
            // Rounding of rewards up to 100.
            assert!((model.units().raw_value(plan.value, 0.9, 4) - best).abs() < 1e-10);
            assert_eq!(plan.backups, windows.backups());
            let mut planned = vec![u32::MAX; windows.count()];
            let shape = crate::planning::Shape::of(&model, 4);
            crate::planning::HistoryPlanner::new(shape, 0.9).plan(&model, &mut planned);
            // Where doors or states are equally likely, rounding decides.
            let differ = planned.iter().zip(&actions).filter(|(x, y)| x != y).count();
            assert!(differ * 10 < windows.count(), "{differ} of {}", windows.count());
        }
    }

    #[test]
    fn a_bonus_leads_where_nobody_was_and_values_stay_below_the_steps_that_are_left() {
        let mut counts = WindowCounts::new(windows(1, 1));
        // Action 0 is known to be good, action 1 unknown.
        counts.observe(0, &[0, 0, 0], &[0, 0], &[1.0, 1.0, 1.0]);
        let known = WindowModel::full_count(&counts);
        let mut actions = vec![u32::MAX; counts.windows().count()];
        let plain = known.plan(1.0, |_| 0.0, &mut actions);
        assert_eq!((plain.value.to_bits(), actions[0]), (3.0_f64.to_bits(), 0));
        let bonus = |pair| if counts.visits(pair) == 0 { 9.0 } else { -0.5 };
        let bold = known.plan(1.0, bonus, &mut actions);
        assert_eq!((bold.value.to_bits(), actions[0]), (3.0_f64.to_bits(), 1));
        assert!((known.plan(1.0, |_| -0.25, &mut actions).value - 2.25).abs() < 1e-15);
    }

    #[test]
    fn of_rank_one_what_is_seen_depends_on_no_window() {
        let (model, mut counts) = (toggle(), WindowCounts::new(windows(2, 1)));
        samples::uniform(&model, &mut counts, 50, 3);
        let latents: Vec<Latent> = (0..2)
            .map(|h| {
                let mut latent = Latent::start(1, counts.windows().pairs_of_step(h).len(), 2, 0);
                latent.sweep(counts.seen_in_step(h));
                latent
            })
            .collect();
        let low = WindowModel::low_rank(&counts, &latents);
        for h in 0..2 {
            let seen = counts.seen_in_step(h).iter().skip(1).step_by(2).sum::<u64>() as f64 / 50.0;
            for pair in counts.windows().pairs_of_step(h) {
                assert!((low.seen_next(pair)[1] - seen).abs() < 1e-15);
            }
        }
        let full = WindowModel::full_count(&counts);
        assert_eq!((low.rewards, low.start), (full.rewards, full.start));
    }

    #[test]
    fn where_nothing_was_seen_everything_is_as_likely_and_worth_nothing() {
        let counts = WindowCounts::new(windows(2, 1));
        let model = WindowModel::full_count(&counts);
        assert!(model.start().iter().chain(model.seen_next(3)).all(|p| p.to_bits() == 0.5_f64.to_bits()));
        let mut actions = vec![u32::MAX; counts.windows().count()];
        assert_eq!(model.plan(1.0, |_| 0.0, &mut actions).value.to_bits(), 0);
        assert!(actions.iter().all(|&action| action == 0));
    }
}

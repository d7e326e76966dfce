//! Bounds of the optimal value where the reachable beliefs are too many: heuristic search over beliefs.

use super::WorkLimitExceeded;
use super::informed::InformedBound;
use super::plans::{Plans, followed_by};
use super::sawtooth::Sawtooth;
use super::successors::{Successors, dot, expansion_cost, first_weights, gains, rewards};
use super::work::Work;
use crate::pomdp::{Model, Roundings, of_terms};

/// Two numbers with the optimum between them, in the problem's own units. What rounding may have done is
/// taken off and added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The value of a plan that was computed: at most `V*_H(b_0)`.
    pub lower: f64,
    /// At least `V*_H(b_0)`.
    pub upper: f64,
    /// Number of beliefs at which both were improved, with repetitions.
    pub beliefs: usize,
}

/// The search ends when the bounds differ by this part of `2 G - V`, where G bounds the value of what is
/// above 0 in rewards and V is the lower bound: the most that the sizes of the best policy's rewards sum to.
/// (Of rewards between 0 and 1 it is at most twice `Σ_h γ^h`; a penalty that nobody has to meet is no part of
/// it.)
pub const BOUNDS_TOLERANCE: f64 = 1e-7;

/// Bounds of `V*_H(b_0)` over `horizon` steps, proven.
///
/// Below: plans built by exact backups, at first those that repeat one action. Above: the fast informed
/// bound, and backups of it, interpolated between beliefs. Both are improved along paths from the start
/// belief, by the action whose upper bound is largest and the observation that carries most of the gap, as in
/// HSVI (Smith and Simmons 2004), with one pair of bounds per step. More operations never give wider bounds.
///
/// # Errors
/// [`WorkLimitExceeded`] if `limit` operations do not suffice for the first bounds.
pub fn bounds(model: &Model, horizon: usize, gamma: f64, limit: u64) -> Result<Bounds, WorkLimitExceeded> {
    if horizon == 0 {
        return Ok(Bounds { lower: 0.0, upper: 0.0, beliefs: 0 });
    }
    let mut work = Work::new("bounds of the optimal value", limit);
    let mut search = Search::new(model, horizon, gamma, &mut work)?;
    let mut start = Vec::new();
    for o in 0..model.first_observations() {
        let mut belief = vec![0.0; model.states()];
        let mass = first_weights(model, o, &mut belief);
        if mass > 0.0 {
            belief.iter_mut().for_each(|b| *b /= mass);
            start.push((mass, belief));
        }
    }
    let mut beliefs = 0;
    let sum =
        |of: &dyn Fn(&[f64]) -> f64| start.iter().fold(0.0, |sum, (mass, belief)| sum + mass * of(belief));
    loop {
        let gaps = start.iter().map(|(mass, belief)| mass * search.gap(0, belief));
        let (widest, _) = first_largest(gaps);
        let size = sum(&|belief| 2.0 * search.informed.gain(horizon, belief) - search.lower(0, belief));
        let tolerance = BOUNDS_TOLERANCE * size;
        let total = sum(&|belief| search.gap(0, belief));
        if total <= tolerance || search.trial(&start[widest].1, tolerance, &mut work, &mut beliefs).is_err() {
            break;
        }
    }
    // The value of a plan is a sum of terms, whose gain is at most that of any policy.
    let relative = Roundings::by_beliefs(model, horizon).relative(0.0);
    let (value, gain) =
        (sum(&|belief| search.lower(0, belief)), sum(&|belief| search.informed.gain(horizon, belief)));
    let upper = sum(&|belief| search.upper(0, belief));
    let rounding = of_terms(relative, gain, value);
    Ok(Bounds { lower: value - rounding, upper: upper + rounding, beliefs })
}

struct Search<'a> {
    model: &'a Model,
    gamma: f64,
    reward: Vec<f64>,
    gain: Vec<f64>,
    /// The relative error of the terms of one step.
    relative: f64,
    informed: InformedBound,
    /// By step.
    lower: Vec<Plans>,
    /// By step.
    teeth: Vec<Sawtooth>,
    successors: Successors,
}

/// What is known of one belief after all its successors have been looked at.
struct Backup {
    /// The action of the largest upper bound, and that bound.
    upper: (usize, f64),
    /// The action of the best plan; after each observation, the number of the plan to go on with.
    plan: (usize, Vec<usize>),
}

impl<'a> Search<'a> {
    fn new(model: &'a Model, horizon: usize, gamma: f64, work: &mut Work) -> Result<Self, WorkLimitExceeded> {
        let informed = InformedBound::new(model, horizon, gamma, work)?;
        work.spend(horizon.saturating_mul(expansion_cost(model)))?;
        let reward = rewards(model);
        Ok(Search {
            lower: Plans::blind(model, &reward, horizon, gamma),
            teeth: (0..horizon).map(|h| Sawtooth::new(informed.corners(horizon - h))).collect(),
            successors: Successors::new(model),
            model,
            gamma,
            reward,
            gain: gains(model),
            relative: Roundings::by_beliefs(model, 1).relative(0.0),
            informed,
        })
    }

    fn horizon(&self) -> usize {
        self.lower.len()
    }

    fn upper(&self, h: usize, belief: &[f64]) -> f64 {
        self.informed.value(self.horizon() - h, belief).min(self.teeth[h].value(belief))
    }

    fn lower(&self, h: usize, belief: &[f64]) -> f64 {
        self.lower[h].best(belief).0
    }

    fn gap(&self, h: usize, belief: &[f64]) -> f64 {
        self.upper(h, belief) - self.lower(h, belief)
    }

    /// Operations of both bounds of one belief at step `h`.
    fn look_cost(&self, h: usize) -> usize {
        (self.lower[h].len() + self.model.actions()) * self.model.states() + self.teeth[h].cost()
    }

    /// Goes down from `start` to where the gap is small, and improves the bounds on the way back.
    fn trial(
        &mut self,
        start: &[f64],
        tolerance: f64,
        work: &mut Work,
        beliefs: &mut usize,
    ) -> Result<(), WorkLimitExceeded> {
        let mut path = vec![start.to_vec()];
        let mut allowed = tolerance;
        while path.len() < self.horizon() {
            let h = path.len() - 1;
            let belief = &path[h];
            let action = self.backup(h, belief, work)?.upper.0;
            // A gap at the next step counts γ times; where γ is 0 nothing below matters.
            allowed /= self.gamma;
            work.spend(self.model.observations().saturating_mul(self.look_cost(h + 1)))?;
            self.successors.set(self.model, belief, action);
            let weighted = (0..self.model.observations()).map(|o| match self.successor(o) {
                Some((mass, next)) => mass * (self.gap(h + 1, &next) - allowed),
                None => f64::NEG_INFINITY,
            });
            let (widest, excess) = first_largest(weighted);
            match self.successor(widest) {
                Some((_, next)) if excess > 0.0 => path.push(next),
                _ => break,
            }
        }
        for (h, belief) in path.iter().enumerate().rev() {
            let Backup { upper: (_, upper), plan: (action, then) } = self.backup(h, belief, work)?;
            self.teeth[h].insert(belief, upper);
            let value = if h + 1 < self.horizon() {
                followed_by(self.model, &self.reward, self.gamma, action, &self.lower[h + 1], &then)
            } else {
                let states = self.model.states();
                self.reward[action * states..(action + 1) * states].to_vec()
            };
            // A plan that is no better here would only make every later comparison dearer.
            if dot(belief, &value) > self.lower[h].best(belief).0 {
                self.lower[h].insert(value);
            }
            *beliefs += 1;
        }
        Ok(())
    }

    /// The belief after observation `o`, and its probability, if it has any.
    fn successor(&self, o: usize) -> Option<(f64, Vec<f64>)> {
        let mass = self.successors.mass(o);
        (mass > 0.0).then(|| (mass, self.successors.weights(o).iter().map(|w| w / mass).collect()))
    }

    /// One step of exact lookahead from `belief` at step `h`.
    fn backup(&mut self, h: usize, belief: &[f64], work: &mut Work) -> Result<Backup, WorkLimitExceeded> {
        let (states, observations) = (self.model.states(), self.model.observations());
        let last = h + 1 == self.horizon();
        work.spend(expansion_cost(self.model))?;
        let mut upper = (0, f64::NEG_INFINITY);
        let mut lower = f64::NEG_INFINITY;
        let mut plan = (0, Vec::new());
        for action in 0..self.model.actions() {
            let of_action = action * states..(action + 1) * states;
            let reward = dot(belief, &self.reward[of_action.clone()]);
            let gain = dot(belief, &self.gain[of_action]);
            let (mut above, mut below, mut gains) = (0.0, 0.0, 0.0);
            let mut then = vec![0; observations];
            if !last {
                self.successors.set(self.model, belief, action);
                for o in 0..observations {
                    let Some((mass, next)) = self.successor(o) else { continue };
                    work.spend(self.look_cost(h + 1))?;
                    above += mass * self.upper(h + 1, &next);
                    gains += mass * self.informed.gain(self.horizon() - h - 1, &next);
                    let (value, number) = self.lower[h + 1].best(&next);
                    below += mass * value;
                    then[o] = number;
                }
            }
            let with_plans = reward + self.gamma * below;
            // The successors were computed, and what the best policy is worth at them is a sum of terms whose
            // gain is at most this; its value is at least that of the plans.
            let rounding = of_terms(self.relative, gain + self.gamma * gains, with_plans);
            let bound = reward + self.gamma * above + rounding;
            if bound > upper.1 {
                upper = (action, bound);
            }
            if with_plans > lower {
                lower = with_plans;
                plan = (action, then);
            }
        }
        Ok(Backup { upper, plan })
    }
}

/// The largest of some numbers, and where it is first met.
fn first_largest(values: impl Iterator<Item = f64>) -> (usize, f64) {
    values
        .enumerate()
        .fold((0, f64::NEG_INFINITY), |best, (i, value)| if value > best.1 { (i, value) } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::optimum;
    use crate::pomdp::builtin::{tiger, tiger3, toggle};
    use crate::pomdp::{Generator, ModelParts, Names, Rounded, SparseRows, Values, file};
    use rand::{Rng, SeedableRng};

    /// Whether the optimum, as far as it is known, lies between the bounds.
    fn contains(found: Bounds, exact: Rounded) -> bool {
        found.lower <= exact.value + exact.error && exact.value - exact.error <= found.upper
    }

    /// More operations than before, and by rounding a wider bound.
    const ROUNDING: f64 = 1e-9;
    const LIMIT: u64 = 20_000_000;

    fn shipped(name: &str) -> Model {
        let path = format!("{}/configs/problems/{name}.POMDP", env!("CARGO_MANIFEST_DIR"));
        file::parse(&std::fs::read(path).expect("a shipped file"), name).expect("a problem").model
    }

    #[test]
    fn bounds_contain_the_optimum() {
        let problems = [tiger(), tiger3(), toggle(), shipped("load-unload"), shipped("crying-baby")];
        for model in &problems {
            for horizon in 1..=10 {
                let exact = optimum(model, horizon, 0.95, 1_000_000_000).expect("few beliefs").value;
                for limit in [5_000, 100_000, 3_000_000] {
                    let found = bounds(model, horizon, 0.95, limit).expect("enough for the first bounds");
                    let name = model.name();
                    assert!(contains(found, exact), "{name} at H = {horizon}: {exact:?} outside {found:?}");
                }
            }
        }
    }

    /// A model of random rows, some probabilities 0, with an observation before the first action.
    fn random(seed: u64) -> Model {
        let mut rng = Generator::seed_from_u64(seed);
        let mut uniform = move || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let (states, actions, observations) = (4, 3, 3);
        let mut rows = |rows: usize, columns: usize| {
            let rows: Vec<Vec<(u32, f64)>> = (0..rows)
                .map(|i| {
                    let certain = i % columns;
                    let weight = |j: usize| if j == certain { 0.2 } else { (uniform() - 0.4).max(0.0) };
                    let weights: Vec<f64> = (0..columns).map(weight).collect();
                    let sum: f64 = weights.iter().sum();
                    weights.iter().enumerate().map(|(j, w)| (j as u32, w / sum)).collect()
                })
                .collect();
            SparseRows::from_rows(columns, rows)
        };
        let parts = ModelParts {
            name: "random".to_owned(),
            states: Names::Count(states),
            actions: Names::Count(actions),
            observations: Names::Count(observations),
            discount: 0.9,
            values: Values::Reward,
            transition: rows(actions * states, states),
            observation: rows(actions * states, observations),
            initial_observation: Some(rows(states, observations)),
            start: vec![0.25; states],
            reward: (0..actions * states).map(|i| ((i * 7 + seed as usize) % 12) as f64 - 5.0).collect(),
            reward_range: None,
        };
        Model::new(parts).expect("rows sum to 1")
    }

    #[test]
    fn bounds_contain_the_optimum_of_random_models() {
        for seed in 0..20 {
            let model = random(seed);
            let exact = optimum(&model, 5, 0.9, 1_000_000_000).expect("few beliefs").value;
            for limit in [5_000, 50_000, 500_000, 5_000_000] {
                let found = bounds(&model, 5, 0.9, limit).expect("enough for the first bounds");
                assert!(contains(found, exact), "seed {seed}: {exact:?} outside {found:?}");
            }
            let wide = bounds(&model, 5, 0.9, 5_000).expect("enough");
            let narrow = bounds(&model, 5, 0.9, 5_000_000).expect("enough");
            assert!(narrow.upper - narrow.lower < 0.2 && narrow.beliefs > wide.beliefs, "{narrow:?}");
        }
    }

    #[test]
    fn more_operations_never_widen_the_bounds() {
        for model in [tiger(), shipped("load-unload")] {
            let limits = (0..14).map(|power| 4_000_u64 << power);
            let found: Vec<Bounds> =
                limits.map(|limit| bounds(&model, 8, 0.95, limit).expect("enough")).collect();
            for pair in found.windows(2) {
                assert!(pair[0].lower <= pair[1].lower + ROUNDING, "{found:?}");
                assert!(pair[1].upper <= pair[0].upper + ROUNDING, "{found:?}");
            }
            let (first, last) = (found[0], found[13]);
            assert!(last.upper - last.lower < 0.5 * (first.upper - first.lower), "{found:?}");
        }
    }

    #[test]
    fn bounds_meet_where_the_search_can_finish() {
        for model in [tiger(), tiger3(), toggle(), shipped("crying-baby")] {
            let found = bounds(&model, 5, 0.9, LIMIT).expect("enough");
            let exact = optimum(&model, 5, 0.9, LIMIT).expect("few beliefs").value;
            let (lo, hi) = model.units().range();
            let tolerance = BOUNDS_TOLERANCE * 10.0 * (hi - lo).max(hi.abs());
            assert!(found.upper - found.lower <= tolerance, "{} {found:?}", model.name());
            assert!((found.lower - exact.value).abs() <= tolerance);
        }
    }

    #[test]
    fn informed_bound_is_exact_where_the_state_is_seen() {
        let source = b"discount: 0.9 values: reward states: 2 actions: 2 observations: 2
            T: 0 identity T: 1 uniform O: * : 0 1 0 O: * : 1 0 1 R: 0 : 1 : * : * 1";
        let model = file::parse(source, "seen").expect("a problem").model;
        let exact = optimum(&model, 6, 0.9, LIMIT).expect("few beliefs").value;
        let mut work = Work::new("a test", LIMIT);
        let informed = InformedBound::new(&model, 6, 0.9, &mut work).expect("small");
        // The first belief is the only one that is not a corner, and both actions are open there.
        let found = bounds(&model, 6, 0.9, LIMIT).expect("enough");
        assert!(informed.value(6, model.start()) >= exact.value - exact.error && contains(found, exact));
        assert!((found.upper - exact.value).abs() < 1e-5 && (found.lower - exact.value).abs() < 1e-5);
        let corner = informed.corners(2);
        assert!((corner[1] - 1.9).abs() < 1e-12 && (corner[0] - 0.45).abs() < 1e-12, "{corner:?}");
    }

    #[test]
    fn bounds_need_work_and_say_so() {
        assert!(bounds(&tiger(), 8, 0.95, 10).is_err());
        let nothing = bounds(&tiger(), 0, 0.95, 10).expect("nothing to do");
        assert_eq!(nothing, Bounds { lower: 0.0, upper: 0.0, beliefs: 0 });
        let blind = bounds(&tiger(), 3, 0.0, LIMIT).expect("enough");
        assert!((blind.upper + 1.0).abs() < 1e-12 && (blind.lower + 1.0).abs() < 1e-12, "{blind:?}");
    }
}

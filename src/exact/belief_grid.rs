//! Bounds of the optimal value for two hidden states and a sensor that gives a real number: dynamic
//! programming over a grid of beliefs.

use super::WorkLimitExceeded;
use super::bounds::{BOUNDS_TOLERANCE, Bounds};
use super::likelihood_ratio::LikelihoodRatio;
use super::work::Work;
use crate::pomdp::{GaussianModel, discount_table};

/// Intervals of the first grid.
const FIRST_INTERVALS: usize = 64;
/// By how much a next grid is finer than it would have to be if the gap fell with the square of the spacing,
/// to the letter.
const MARGIN: f64 = 1.5;
/// Most numbers in the tables of a grid, 8 bytes each: 128 MiB.
const ENTRIES_MAX: usize = 1 << 24;
/// Operations per entry of a table: the normal tails between which it lies.
const ENTRY_OPERATIONS: usize = 50;

/// Bounds of `V*_H(b_0)` of a problem with two hidden states, in the problem's own units; what rounding may
/// have done is taken off and added.
///
/// A belief is a number p, the probability of state 0, and `V*` is convex in it. Above: the chords between
/// the points of a grid, backed up; below: each point's plan, which after a reading goes on as the point does
/// whose cell the new belief is in. Both expectations over the reading are exact, as differences of normal
/// tails. The gap between the bounds falls with the square of the grid's spacing; the grid is refined until
/// it is [`BOUNDS_TOLERANCE`] times `Σ_h γ^h` times the range of rewards, as far as `limit` operations and
/// 128 MiB allow.
///
/// # Errors
/// [`WorkLimitExceeded`] if `limit` operations do not suffice for the first grid.
///
/// # Panics
/// If there are not two states.
pub fn two_state_bounds(
    model: &GaussianModel,
    horizon: usize,
    gamma: f64,
    limit: u64,
) -> Result<Bounds, WorkLimitExceeded> {
    assert_eq!(model.hidden().states(), 2, "a belief over two states is one number");
    let mut work = Work::new("bounds of the optimal value", limit);
    let tolerance = tolerance(model, horizon, gamma);
    let start = model.hidden().start()[0];
    let mut intervals = FIRST_INTERVALS;
    let mut found = on_grid(model, &Grid::new(start, intervals), horizon, gamma, &mut work)?;
    while found.upper - found.lower > tolerance {
        let finer = MARGIN * libm::sqrt((found.upper - found.lower) / tolerance);
        let wanted = libm::ceil(finer * intervals as f64) as usize;
        let affordable = |&intervals: &usize| {
            let points = intervals + 2;
            entries(model, points) <= ENTRIES_MAX && operations(model, points, horizon) <= work.left()
        };
        let Some(next) = (intervals + 1..=wanted).rev().find(affordable) else { break };
        intervals = next;
        let Bounds { lower, upper, beliefs } =
            on_grid(model, &Grid::new(start, intervals), horizon, gamma, &mut work)?;
        // Grids are not nested, so each bound keeps the best that any of them has proved.
        found = Bounds { lower: found.lower.max(lower), upper: found.upper.min(upper), beliefs };
    }
    Ok(found)
}

/// By how much the bounds may differ for the search to end.
pub(super) fn tolerance(model: &GaussianModel, horizon: usize, gamma: f64) -> f64 {
    let (lo, hi) = model.hidden().units().range();
    BOUNDS_TOLERANCE * (hi - lo) * total(gamma, horizon)
}

/// `Σ_h γ^h`.
fn total(gamma: f64, horizon: usize) -> f64 {
    discount_table(gamma, horizon).iter().fold(0.0, |sum, power| sum + power)
}

/// What rounding may do to either bound on a grid of n points.
///
/// Normal tails have an absolute error of a few units, of which every step takes n differences; what they are
/// weights of is in size at most the largest reward times the steps that are left.
fn rounding(model: &GaussianModel, points: usize, horizon: usize, gamma: f64) -> f64 {
    let (lo, hi) = model.hidden().units().range();
    let size = lo.abs().max(hi.abs()) * total(gamma, horizon);
    horizon as f64 * (TAIL_UNITS * points + 32) as f64 * f64::EPSILON * size
}

/// Units of rounding in the difference of two normal tails, times its weight.
const TAIL_UNITS: usize = 8;

/// Numbers that the tables of a grid of `points` beliefs hold.
fn entries(model: &GaussianModel, points: usize) -> usize {
    let sensed = (0..model.hidden().actions()).filter(|&a| likelihood_ratio(model, a).is_some());
    3 * points * points * sensed.count()
}

/// Operations of [`on_grid`].
fn operations(model: &GaussianModel, points: usize, horizon: usize) -> u64 {
    let step = entries(model, points) + model.hidden().actions() * points;
    (step as u64).saturating_mul((ENTRY_OPERATIONS + horizon) as u64)
}

fn likelihood_ratio(model: &GaussianModel, action: usize) -> Option<LikelihoodRatio> {
    LikelihoodRatio::new(model.sensor(action, 0)?, model.sensor(action, 1)?)
}

/// `p x + (1 - p) y`.
fn mixed(p: f64, [x, y]: [f64; 2]) -> f64 {
    p * x + (1.0 - p) * y
}

fn log_odds(p: f64) -> f64 {
    libm::log(p) - libm::log1p(-p)
}

/// Ascending probabilities of state 0, from 0 to 1.
struct Grid {
    points: Vec<f64>,
    start: usize,
}

impl Grid {
    /// `sin²` of equidistant angles, and the start belief. Near certainty, where `V*''` may grow like 1/p,
    /// the squared spacing falls like p.
    fn new(start: f64, intervals: usize) -> Self {
        let point = |i: usize| {
            let sine = libm::sin(std::f64::consts::FRAC_PI_2 * i as f64 / intervals as f64);
            if i == intervals { 1.0 } else { sine * sine }
        };
        let mut points: Vec<f64> = (0..=intervals).map(point).chain([start]).collect();
        points.sort_by(f64::total_cmp);
        points.dedup();
        let start = points.partition_point(|&p| p < start);
        Grid { points, start }
    }

    fn len(&self) -> usize {
        self.points.len()
    }

    /// The interval in which p lies, and how far to its right end, from 0 to 1.
    fn locate(&self, p: f64) -> (usize, f64) {
        let k = self.points.partition_point(|&point| point <= p).clamp(1, self.len() - 1) - 1;
        let (left, right) = (self.points[k], self.points[k + 1]);
        (k, ((p - left) / (right - left)).clamp(0.0, 1.0))
    }
}

fn on_grid(
    model: &GaussianModel,
    grid: &Grid,
    horizon: usize,
    gamma: f64,
    work: &mut Work,
) -> Result<Bounds, WorkLimitExceeded> {
    let hidden = model.hidden();
    let n = grid.len();
    work.spend(operations(model, n, horizon) as usize)?;
    let moves: Vec<Move> = (0..hidden.actions()).map(|a| Move::new(model, a, grid)).collect();
    // Of the steps that are left: the upper bound at every point, and the value of its plan by state.
    let (mut upper, mut plans) = (vec![0.0; n], vec![[0.0; 2]; n]);
    for _ in 0..horizon {
        let backed_up = |i: usize| {
            let p = grid.points[i];
            let mut best = (f64::NEG_INFINITY, [f64::NEG_INFINITY; 2], f64::NEG_INFINITY);
            for (a, movement) in moves.iter().enumerate() {
                let reward = [0, 1].map(|s| hidden.reward(s, a));
                best.0 = f64::max(best.0, mixed(p, reward) + gamma * movement.above(i, &upper));
                let after = movement.below(i, &plans);
                let plan = [0, 1].map(|s| reward[s] + gamma * mixed(movement.to_first[s], after));
                if mixed(p, plan) > best.2 {
                    (best.1, best.2) = (plan, mixed(p, plan));
                }
            }
            (best.0, best.1)
        };
        (upper, plans) = (0..n).map(backed_up).unzip();
    }
    let at = grid.start;
    let rounding = rounding(model, n, horizon, gamma);
    let (lower, upper) = (mixed(grid.points[at], plans[at]) - rounding, upper[at] + rounding);
    Ok(Bounds { lower, upper, beliefs: n })
}

/// What an action does to the beliefs of the grid.
struct Move {
    /// `T(0 | s, a)`.
    to_first: [f64; 2],
    then: Then,
}

enum Then {
    /// Nothing is learnt: for every point, where its successor lies.
    Silence(Vec<(usize, f64)>),
    /// Tables with a row of n entries for every point.
    Reading {
        n: usize,
        /// The expected interpolation of the function that is 1 at point k and 0 at the others.
        chords: Vec<f64>,
        /// By state entered, the probability that the new belief is nearest to point k.
        cells: Vec<[f64; 2]>,
    },
}

impl Move {
    fn new(model: &GaussianModel, action: usize, grid: &Grid) -> Self {
        let to_first = [0, 1].map(|s| model.hidden().transition().get(action * 2 + s, 0));
        let predicted = grid.points.iter().map(|&p| mixed(p, to_first).min(1.0));
        let Some(ratio) = likelihood_ratio(model, action) else {
            return Move { to_first, then: Then::Silence(predicted.map(|p| grid.locate(p)).collect()) };
        };
        let n = grid.len();
        let (mut chords, mut cells) = (vec![0.0; n * n], vec![[0.0; 2]; n * n]);
        for ((p, chords), cells) in predicted.zip(chords.chunks_mut(n)).zip(cells.chunks_mut(n)) {
            tabulate(ratio, p, grid, chords, cells);
        }
        Move { to_first, then: Then::Reading { n, chords, cells } }
    }

    /// The expected value, from point i, of the interpolation of `values`.
    fn above(&self, i: usize, values: &[f64]) -> f64 {
        match &self.then {
            Then::Silence(at) => {
                let (k, right) = at[i];
                (1.0 - right) * values[k] + right * values[k + 1]
            }
            Then::Reading { n, chords, .. } => {
                let row = &chords[i * n..(i + 1) * n];
                row.iter().zip(values).fold(0.0, |sum, (weight, value)| sum + weight * value)
            }
        }
    }

    /// By state entered, the expected value of going on with the plan of the point nearest to the new belief.
    fn below(&self, i: usize, plans: &[[f64; 2]]) -> [f64; 2] {
        match &self.then {
            Then::Silence(at) => {
                let (k, right) = at[i];
                plans[if right < 0.5 { k } else { k + 1 }]
            }
            Then::Reading { n, cells, .. } => {
                let row = &cells[i * n..(i + 1) * n];
                let add = |[x, y]: [f64; 2], (p, plan): (&[f64; 2], &[f64; 2])| {
                    [x + p[0] * plan[0], y + p[1] * plan[1]]
                };
                row.iter().zip(plans).fold([0.0; 2], add)
            }
        }
    }
}

/// The rows of a point whose prediction is `p`.
///
/// On a set of readings of probabilities `q_0`, `q_1` in the two states, of which the unconditional
/// probability is `m = p q_0 + (1 - p) q_1`, the new belief integrates to `p q_0`; so that of its
/// interpolation between points x < y the part `(p q_0 - x m) / (y - x)` is the value at y.
fn tabulate(ratio: LikelihoodRatio, p: f64, grid: &Grid, chords: &mut [f64], cells: &mut [[f64; 2]]) {
    let n = grid.len();
    let before = log_odds(p);
    // Probabilities that the new belief is at least x, for 0 < x < 1. A belief that is certain stays,
    // whatever the reading.
    let at_least = |x: f64| match before {
        f64::INFINITY => [1.0; 2],
        f64::NEG_INFINITY => [0.0; 2],
        _ => ratio.at_least(log_odds(x) - before),
    };
    let (mut from, mut cell_from) = ([1.0; 2], [1.0; 2]);
    for k in 0..n - 1 {
        let (x, y) = (grid.points[k], grid.points[k + 1]);
        let to = if k + 2 == n { [0.0; 2] } else { at_least(y) };
        let first = p * (from[0] - to[0]);
        let mass = f64::max(first + (1.0 - p) * (from[1] - to[1]), 0.0);
        let right = ((first - x * mass) / (y - x)).clamp(0.0, mass);
        chords[k] += mass - right;
        chords[k + 1] += right;
        let cell_to = at_least(0.5 * (x + y));
        cells[k] = [cell_from[0] - cell_to[0], cell_from[1] - cell_to[1]];
        (from, cell_from) = (to, cell_to);
    }
    cells[n - 1] = cell_from;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::optimum;
    use crate::pomdp::builtin::{find, tiger};
    use crate::pomdp::{Definition, Generator, Model, ModelParts, Names, Sensor, SparseRows, Values};
    use rand::{Rng, SeedableRng};

    const GAMMA: f64 = 0.95;
    /// What rounding may add to a bound that meets the optimum.
    const ROUNDING: f64 = 1e-11;

    fn gaussian_tiger(sigma: f64) -> GaussianModel {
        let entry = find("gaussian-tiger").expect("a problem");
        let Ok(Definition::Gaussian(model)) = entry.definition([("sigma", sigma)]) else { panic!("sensors") };
        model
    }

    /// Within the limit the bounds meet to 10^-3, in a value of some tens.
    fn solved(model: &GaussianModel, horizon: usize) -> (f64, f64) {
        let found = two_state_bounds(model, horizon, GAMMA, 20_000_000).expect("the first grid is small");
        let Bounds { lower, upper, .. } = found;
        assert!(lower <= upper + 1e-9 && upper - lower < 4e-3, "H = {horizon}: {found:?}");
        (lower, upper)
    }

    fn assert_solved(model: &GaussianModel, horizon: usize, expected: f64) {
        let (lower, upper) = solved(model, horizon);
        assert!(
            lower - 1e-9 <= expected && expected <= upper + 1e-9,
            "H = {horizon}: {expected} outside [{lower}, {upper}]"
        );
    }

    /// Listen, then open the left door where p, the probability of the tiger there, is at most 1/10, that is
    /// after readings of at most c = -σ² ln(9) / 2, and the right one after readings of at least -c.
    #[test]
    fn two_steps_have_their_closed_form() {
        for sigma in [0.3, 0.7, 1.0, 1.3, 3.0] {
            let cut = -0.5 * sigma * sigma * libm::log(9.0);
            let below = |mean: f64| Sensor { mean, deviation: sigma }.below(cut);
            let (wrong, right) = (0.5 * below(1.0), 0.5 * below(-1.0));
            // Against listening again, the right door is worth 11 more and the tiger's 99 less.
            let listening = -1.0 + GAMMA * (-1.0 + 2.0 * (11.0 * right - 99.0 * wrong));
            assert_solved(&gaussian_tiger(sigma), 2, listening);
        }
    }

    #[test]
    fn quiet_and_deaf_tigers_are_those_that_one_hears_perfectly_and_not_at_all() {
        assert_solved(&gaussian_tiger(0.05), 4, (-1.0 + 10.0 * GAMMA) * (1.0 + GAMMA * GAMMA));
        assert_solved(&gaussian_tiger(20.0), 4, -(1.0 + GAMMA + GAMMA * GAMMA + GAMMA * GAMMA * GAMMA));
        assert_solved(&gaussian_tiger(1.0), 1, -1.0);
        assert_solved(&gaussian_tiger(1.0), 0, 0.0);
    }

    #[test]
    fn silent_model_has_the_optimum_of_its_hidden_tables() {
        let hidden = gaussian_tiger(1.0).hidden().clone();
        let silent = GaussianModel::new(hidden.clone(), vec![None; 6]).expect("no sensors");
        for horizon in 1..6 {
            let exact = optimum(&hidden, horizon, GAMMA, 1_000_000).expect("few beliefs").value;
            assert_solved(&silent, horizon, exact.value);
        }
    }

    /// Two states, three actions of which one is silent, everything else random: deviations differ between
    /// states.
    fn random(seed: u64) -> GaussianModel {
        let mut rng = Generator::seed_from_u64(seed);
        let mut uniform = move || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let rows: Vec<Vec<(u32, f64)>> = (0..6)
            .map(|_| {
                let p = uniform();
                vec![(0, p), (1, 1.0 - p)]
            })
            .collect();
        let start = uniform();
        let hidden = Model::new(ModelParts {
            name: "random".to_owned(),
            states: Names::Count(2),
            actions: Names::Count(3),
            observations: Names::Count(1),
            discount: GAMMA,
            values: Values::Reward,
            start: vec![start, 1.0 - start],
            transition: SparseRows::from_rows(2, rows),
            observation: SparseRows::from_rows(1, [[(0, 1.0)]; 6]),
            initial_observation: None,
            reward: (0..6).map(|_| 10.0 * uniform()).collect(),
            reward_range: Some((0.0, 10.0)),
        });
        let mut sensor = || Some(Sensor { mean: 2.0 * uniform(), deviation: 0.2 + 2.0 * uniform() });
        let sensors = vec![sensor(), sensor(), None, None, sensor(), sensor()];
        GaussianModel::new(hidden.expect("a valid model"), sensors).expect("sensors that fit")
    }

    /// The optimum lies between those of the problem that shows less and of the one that shows more; both
    /// come from tables, by another method.
    #[test]
    fn bounds_agree_with_those_of_finitely_many_observations() {
        let mut widest: f64 = 0.0;
        for seed in 0..8 {
            let model = random(seed);
            for horizon in [2, 3] {
                let found =
                    two_state_bounds(&model, horizon, GAMMA, 20_000_000).expect("the first grid is small");
                let cuts = model.equally_likely_cuts(24);
                let solve = |model: &Model| {
                    optimum(model, horizon, GAMMA, 100_000_000).expect("few beliefs").value.value
                };
                let (less, more) = (solve(&model.discretised(&cuts)), solve(&model.revealing(&cuts)));
                assert!(less <= found.upper + ROUNDING, "seed {seed}: {less} above {found:?}");
                assert!(found.lower <= more + ROUNDING, "seed {seed}: {more} below {found:?}");
                assert!(found.upper - found.lower < 1e-4, "seed {seed}: {found:?}");
                assert!(less <= more + ROUNDING, "seed {seed}: {less} above {more}");
                widest = widest.max(found.upper - less);
            }
        }
        // 24 intervals of readings lose little, and not nothing.
        assert!((1e-6..0.01).contains(&widest), "{widest}");
    }

    #[test]
    fn more_operations_narrow_the_bounds() {
        let model = gaussian_tiger(1.0);
        let found: Vec<Bounds> = [2_000_000, 10_000_000, 40_000_000]
            .map(|limit| two_state_bounds(&model, 6, GAMMA, limit).expect("the first grid is small"))
            .into();
        for pair in found.windows(2) {
            assert!(pair[0].lower <= pair[1].lower && pair[1].upper <= pair[0].upper, "{found:?}");
        }
        let gap = |bounds: &Bounds| bounds.upper - bounds.lower;
        assert!(gap(&found[2]) < 0.2 * gap(&found[0]), "{found:?}");
        assert!(two_state_bounds(&model, 6, GAMMA, 1000).is_err());
    }

    /// The problem with one cut at 0 is the tiger heard right with probability Φ(1/σ).
    #[test]
    fn one_cut_makes_the_plain_tiger() {
        let model = gaussian_tiger(1.0);
        let heard = Sensor { mean: 1.0, deviation: 1.0 }.above(0.0);
        let entry = find("tiger").expect("a problem").definition([("accuracy", heard)]);
        let plain = entry.expect("within bounds").hidden().clone();
        let value = |model: &Model| optimum(model, 5, GAMMA, 1_000_000).expect("few beliefs").value.value;
        assert!((value(&model.discretised(&[0.0])) - value(&plain)).abs() < 1e-12);
        assert_eq!(tiger().units(), model.hidden().units());
    }
}

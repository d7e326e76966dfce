//! Methods that improve a policy on sampled gradients: natural gradients by matrices and by sweeps, and local
//! steps with momentum.

use super::equality::windows;
use super::naive::{self, Naive, Step, add};
use super::recurrent::Recurrent;
use super::{bits, result, run_built};
use crate::whole_run::{resolved, run_resolved};
use dpac::algorithm::{ActorPlan, Plan, Registry, Setting, Target};
use dpac::config::Loaded;
use dpac::experiment::{Files, LoadError, Prepared};
use dpac::features::FiniteMap;
use dpac::policy::network::Cell;
use dpac::pomdp::TabularProblem;
use dpac::pomdp::builtin::{tiger, toggle};
use dpac_actors::StepSize;
use rand::Rng;
use std::io::Write;
use std::iter::zip;

pub(super) const CLIENTS: u32 = 3;
pub(super) const HORIZON: usize = 3;

/// A policy on the toggle problem: how a configuration says it, and for plain loops.
pub(super) struct Subject {
    policy: String,
    pub(super) naive: Naive,
}

impl Subject {
    /// Windows of one step.
    pub(super) fn window() -> Self {
        let policy = "actor.features = { kind = \"window\", length = 1 }".to_owned();
        Subject { policy, naive: naive() }
    }

    pub(super) fn network(kind: &str, cell: Cell) -> Self {
        let window = if cell == Cell::Mlp { ", window = 2" } else { "" };
        let policy = format!("actor.policy = {{ kind = \"{kind}\", hidden = 3{window} }}");
        let naive = naive();
        let actor = naive::network(&naive.model, HORIZON, cell, 3);
        Subject { policy, naive: Naive { actor, finite: false, ..naive } }
    }

    /// Windows, and a network of each kind.
    pub(super) fn all() -> [Self; 4] {
        let network = Subject::network;
        let [gru, indrnn, mlp] = [("gru", Cell::Gru), ("indrnn", Cell::IndRnn), ("mlp", Cell::Mlp)]
            .map(|(kind, cell)| network(kind, cell));
        [Subject::window(), gru, indrnn, mlp]
    }

    /// The last policy of a run.
    pub(super) fn ours(&self, algorithm: &str, actor: &[&str]) -> Vec<f64> {
        ours_of(&self.policy, algorithm, actor)
    }
}

/// The last policy of a run with windows of one step.
fn ours(algorithm: &str, actor: &[&str]) -> Vec<f64> {
    Subject::window().ours(algorithm, actor)
}

fn ours_of(policy: &str, algorithm: &str, actor: &[&str]) -> Vec<f64> {
    let text = format!(
        "algorithm = {{ {algorithm} }}\nproblem = {{ builtin = \"toggle\", horizon = {HORIZON}, discount = 0.9 }}\n\
         seed = 11\nfederation.clients = {CLIENTS}\n{policy}\n"
    );
    let (run, _) = resolved(&text, actor);
    result(&run_built(run.algorithm, CLIENTS, run.config.seed), "theta")
}

/// The same problem for plain loops.
fn naive() -> Naive {
    windows(toggle(), HORIZON, (1, 1), CLIENTS).0
}

pub(super) fn zeros(naive: &Naive) -> Vec<f64> {
    vec![0.0; naive.actor.stacked]
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    zip(a, b).fold(0.0, |sum, (a, b)| sum + a * b)
}

pub(super) fn near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    assert!(expected.iter().any(|x| x.abs() > 0.01), "{expected:?}");
    for (i, (found, expected)) in zip(found, expected).enumerate() {
        assert!((found - expected).abs() < tolerance, "component {i}: {found} instead of {expected}");
    }
}

/// `Ψ_h`.
fn to_go(naive: &Naive, steps: &[Step]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut found: Vec<f64> = steps
        .iter()
        .enumerate()
        .rev()
        .map(|(h, step)| {
            sum += naive.discount(h) * step.reward;
            sum
        })
        .collect();
    found.reverse();
    found
}

/// `s_h` at θ.
fn score(naive: &Naive, step: &Step, theta: &[f64]) -> Vec<f64> {
    let mut score = zeros(naive);
    for (b, p) in naive.probabilities(theta, &step.history).iter().enumerate() {
        let c = if b == step.action { 1.0 - p } else { -p };
        add(c, &naive.xi(theta, &step.history, b), &mut score);
    }
    score
}

/// `Σ_h weights_h s_h` at θ.
fn gradient(naive: &Naive, steps: &[Step], weights: &[f64], theta: &[f64]) -> Vec<f64> {
    let mut sum = zeros(naive);
    for (step, weight) in zip(steps, weights) {
        for (b, p) in naive.probabilities(theta, &step.history).iter().enumerate() {
            let c = if b == step.action { 1.0 - p } else { -p };
            add(weight * c, &naive.xi(theta, &step.history, b), &mut sum);
        }
    }
    sum
}

/// `ln p(τ | θ)` but for what no policy has a part in.
fn ln_p(naive: &Naive, steps: &[Step], theta: &[f64]) -> f64 {
    let of = |step: &Step| libm::log(naive.probabilities(theta, &step.history)[step.action]);
    steps.iter().map(of).fold(0.0, |sum, x| sum + x)
}

/// `Σ_h weights_h Σ_b c_b ∇²f v` of a network, `c_b = 1[b = a_h] - π(b)`: differences of gradients, of which
/// the error is about 1e-9.
fn bend(naive: &Naive, steps: &[Step], theta: &[f64], v: &[f64]) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let weights = to_go(naive, steps);
    let at = |by: f64| {
        let moved: Vec<f64> = zip(theta, v).map(|(theta, v)| theta + by * v).collect();
        let mut sum = zeros(naive);
        for (step, weight) in zip(steps, &weights) {
            for (b, p) in naive.probabilities(theta, &step.history).iter().enumerate() {
                let c = if b == step.action { 1.0 - p } else { -p };
                add(weight * c, &naive.xi(&moved, &step.history, b), &mut sum);
            }
        }
        sum
    };
    zip(at(STEP), at(-STEP)).map(|(ahead, behind)| (ahead - behind) / (2.0 * STEP)).collect()
}

/// `∇²Φ_τ(θ) v`: of each step minus the covariance of ξ and `⟨ξ, v⟩` under π, and what logits bend.
fn hessian_times(naive: &Naive, steps: &[Step], theta: &[f64], v: &[f64]) -> Vec<f64> {
    let linear = naive.actor.network.is_none();
    let mut product = if linear { zeros(naive) } else { bend(naive, steps, theta, v) };
    for (step, weight) in zip(steps, to_go(naive, steps)) {
        let p = naive.probabilities(theta, &step.history);
        let xi = |b: usize| {
            let mut row = zeros(naive);
            add(1.0, &naive.xi(theta, &step.history, b), &mut row);
            row
        };
        let mut mean = zeros(naive);
        p.iter().enumerate().for_each(|(b, p)| zip(&mut mean, xi(b)).for_each(|(mean, x)| *mean += p * x));
        for (b, p) in p.iter().enumerate() {
            let centred: Vec<f64> = zip(xi(b), &mean).map(|(x, mean)| x - mean).collect();
            let along = dot(&centred, v);
            zip(&mut product, &centred).for_each(|(sum, x)| *sum -= weight * p * along * x);
        }
    }
    product
}

/// Sizes and steps of local steps with momentum.
struct Momentum {
    beta: f64,
    clip: f64,
    initial: u64,
    rounds: u32,
    local_steps: u64,
    eta: f64,
    lambda: f64,
}

impl Momentum {
    fn settings(&self) -> [String; 4] {
        let Momentum { rounds, local_steps, eta, lambda, .. } = self;
        [
            format!("actor.rounds={rounds}"),
            format!("actor.local_steps={local_steps}"),
            format!("actor.zeta={eta}"),
            format!("actor.eta={lambda}"),
        ]
    }

    fn ours(&self, subject: &Subject, kind: &str) -> Vec<f64> {
        let Momentum { beta, clip, initial, .. } = self;
        let algorithm =
            format!("kind = \"{kind}\", momentum = {beta:?}, clip = {clip:?}, initial = {initial}");
        let settings = self.settings();
        subject.ours(&algorithm, &settings.each_ref().map(String::as_str))
    }

    /// `u_{r,k}`, as the publication has it.
    fn direction(
        &self,
        naive: &Naive,
        curved: bool,
        [local, before, u]: [&[f64]; 3],
        rng: &mut dpac::pomdp::Generator,
    ) -> Vec<f64> {
        let mix = |a: f64| -> Vec<f64> { zip(local, before).map(|(x, y)| a * x + (1.0 - a) * y).collect() };
        let at =
            if curved { mix((rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64) } else { local.to_vec() };
        let steps = naive.trajectory(&at, rng);
        let weights = to_go(naive, &steps);
        let ratio = |of: &[f64]| libm::exp(ln_p(naive, &steps, of) - ln_p(naive, &steps, &at)).min(self.clip);
        let here = gradient(naive, &steps, &weights, local);
        let (own, change): (Vec<f64>, Vec<f64>) = if curved {
            let v: Vec<f64> = zip(local, before).map(|(x, y)| x - y).collect();
            let along = dot(&gradient(naive, &steps, &[1.0; HORIZON], &at), &v);
            let phi = gradient(naive, &steps, &weights, &at);
            let curve = hessian_times(naive, &steps, &at, &v);
            let w = ratio(local);
            let change = zip(phi, curve).map(|(phi, curve)| along * phi + curve);
            (here.iter().map(|g| w * g).collect(), change.collect())
        } else {
            let there = gradient(naive, &steps, &weights, before);
            let w = ratio(before);
            let change = zip(&here, there).map(|(here, there)| here - w * there).collect();
            (here, change)
        };
        let mixed = zip(zip(own, change), u);
        mixed.map(|((own, change), u)| self.beta * own + (1.0 - self.beta) * (u + change)).collect()
    }

    fn plain(&self, naive: &Naive, curved: bool) -> Vec<f64> {
        let (zeros, first) = (zeros(naive), naive.first());
        let mut u = naive.mean(&zeros, |m| {
            let (mut rng, mut mean) = (naive.stream(m, 0, 1, 0), zeros.clone());
            for _ in 0..self.initial {
                let steps = naive.trajectory(&first, &mut rng);
                let g = gradient(naive, &steps, &to_go(naive, &steps), &first);
                zip(&mut mean, g).for_each(|(mean, g)| *mean += g / self.initial as f64);
            }
            mean
        });
        let (mut theta, mut before) = (first.clone(), first);
        for r in 0..self.rounds {
            u = naive.mean(&zeros, |m| {
                let mut rng = naive.stream(m, r, 1, u32::from(r == 0));
                let mut local = theta.clone();
                for _ in 0..self.local_steps {
                    let found = self.direction(naive, curved, [&local, &before, &u], &mut rng);
                    zip(&mut local, found).for_each(|(local, u)| *local += self.eta * u);
                }
                let way = self.eta * self.local_steps as f64;
                zip(&local, &theta).map(|(local, theta)| (local - theta) / way).collect()
            });
            before.clone_from(&theta);
            zip(&mut theta, &u).for_each(|(theta, u)| *theta += self.lambda * u);
        }
        theta
    }
}

/// The loop keeps `θ_{r-1}`, divides ways by η K, and adds in another order: 1e-12 is some thousand roundings
/// of numbers below 10. What it finds of a network's second derivatives is right to 1e-9.
#[test]
fn local_steps_with_momentum_equal_plain_loops() {
    for subject in Subject::all() {
        let naive = &subject.naive;
        let bends = if naive.actor.network.is_some() { 1e-7 } else { 1e-12 };
        for (beta, clip) in [(0.3, 10.0), (0.7, 1.01), (1.0, 10.0)] {
            let sizes =
                Momentum { beta, clip, initial: 11, rounds: 4, local_steps: 5, eta: 0.5, lambda: 0.75 };
            near(&sizes.ours(&subject, "fed-svrpg-m"), &sizes.plain(naive, false), 1e-12);
            near(&sizes.ours(&subject, "fed-hapg-m"), &sizes.plain(naive, true), bends);
        }
    }
}

#[test]
fn without_momentum_and_with_one_local_step_svrpg_is_the_plain_policy_gradient_to_the_bit() {
    let subject = Subject::window();
    let naive = &subject.naive;
    let sizes =
        Momentum { beta: 1.0, clip: 10.0, initial: 3, rounds: 20, local_steps: 1, eta: 0.3, lambda: 0.5 };
    let mut theta = zeros(naive);
    for r in 0..sizes.rounds {
        let mean = naive.mean(&zeros(naive), |m| {
            let steps = naive.trajectory(&theta, &mut naive.stream(m, r, 1, u32::from(r == 0)));
            gradient(naive, &steps, &to_go(naive, &steps), &theta)
        });
        zip(&mut theta, mean).for_each(|(theta, g)| *theta += sizes.lambda * g);
    }
    assert!(theta.iter().any(|x| x.abs() > 0.1), "{theta:?}");
    assert_eq!(bits(&sizes.ours(&subject, "fed-svrpg-m")), bits(&theta));
}

const ROLLOUTS: u64 = 20;
const DAMPING: f64 = 0.05;

/// A client's damped Fisher matrix and its gradient, of its rollouts in round r.
fn curvature(naive: &Naive, theta: &[f64], m: u32, r: u32) -> (Vec<Vec<f64>>, Vec<f64>) {
    let n = theta.len();
    let (mut matrix, mut g) = (vec![vec![0.0; n]; n], vec![0.0; n]);
    let mut rng = naive.stream(m, r, 1, 0);
    for _ in 0..ROLLOUTS {
        let steps = naive.trajectory(theta, &mut rng);
        let of_one = gradient(naive, &steps, &to_go(naive, &steps), theta);
        zip(&mut g, of_one).for_each(|(sum, x)| *sum += x / ROLLOUTS as f64);
        for (h, step) in steps.iter().enumerate() {
            let s = score(naive, step, theta);
            for (i, row) in matrix.iter_mut().enumerate() {
                let by = naive.discount(h) * s[i] / ROLLOUTS as f64;
                zip(row, &s).for_each(|(entry, s)| *entry += by * s);
            }
        }
    }
    (0..n).for_each(|i| matrix[i][i] += DAMPING);
    (matrix, g)
}

/// `A x = b` by elimination, of a positive matrix.
fn eliminated(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for k in 0..n {
        for i in k + 1..n {
            let by = a[i][k] / a[k][k];
            let pivots = a[k].clone();
            zip(&mut a[i], pivots).for_each(|(x, pivot)| *x -= by * pivot);
            b[i] -= by * b[k];
        }
    }
    for k in (0..n).rev() {
        b[k] = (b[k] - dot(&a[k][k + 1..], &b[k + 1..])) / a[k][k];
    }
    b
}

/// Matrices have condition 100 at most, of networks 1000; solutions are below 100.
#[test]
fn second_order_directions_equal_plain_loops() {
    for subject in Subject::all() {
        second_order_directions_of(&subject);
    }
}

fn second_order_directions_of(subject: &Subject) {
    let naive = &subject.naive;
    let tolerance = if naive.actor.network.is_some() { 1e-9 } else { 1e-10 };
    let settings = ["actor.rounds=3", "actor.local_steps=20", "actor.eta=0.5"];
    let mut theta = naive.first();
    for r in 0..3 {
        let of_clients: Vec<_> = (0..CLIENTS).map(|m| curvature(naive, &theta, m, r)).collect();
        let n = theta.len();
        let mut matrix = vec![vec![0.0; n]; n];
        let mut g = vec![0.0; n];
        for (of_one, g_of_one) in &of_clients {
            zip(&mut matrix, of_one).for_each(|(row, of_one)| {
                zip(row, of_one).for_each(|(sum, x)| *sum += x / f64::from(CLIENTS));
            });
            zip(&mut g, g_of_one).for_each(|(sum, x)| *sum += x / f64::from(CLIENTS));
        }
        zip(&mut theta, eliminated(matrix, g)).for_each(|(theta, y)| *theta += 0.5 * y);
    }
    near(&subject.ours("kind = \"fed-npg-standard\", damping = 0.05", &settings), &theta, tolerance);

    // Sweeps, with multipliers that are kept as such.
    let (sweeps, penalty) = (3, 0.2);
    let mut theta = naive.first();
    let mut y = zeros(naive);
    let mut multipliers = vec![zeros(naive); CLIENTS as usize];
    for r in 0..3 {
        let mut of_clients: Vec<_> = (0..CLIENTS).map(|m| curvature(naive, &theta, m, r)).collect();
        of_clients.iter_mut().for_each(|(matrix, _)| (0..theta.len()).for_each(|i| matrix[i][i] += penalty));
        for _ in 0..sweeps {
            let own: Vec<Vec<f64>> = zip(&of_clients, &multipliers)
                .map(|((matrix, g), lambda)| {
                    let b = zip(zip(g, lambda), &y).map(|((g, lambda), y)| g - lambda + penalty * y);
                    eliminated(matrix.clone(), b.collect())
                })
                .collect();
            y = naive.mean(&zeros(naive), |m| {
                let m = m as usize;
                zip(&own[m], &multipliers[m]).map(|(y, lambda)| y + lambda / penalty).collect()
            });
            for (lambda, own) in zip(&mut multipliers, &own) {
                zip(lambda, zip(own, &y)).for_each(|(lambda, (own, y))| *lambda += penalty * (own - y));
            }
        }
        zip(&mut theta, &y).for_each(|(theta, y)| *theta += 0.5 * y);
    }
    let algorithm =
        format!("kind = \"fed-npg-admm\", sweeps = {sweeps}, penalty = {penalty}, damping = 0.05");
    near(&subject.ours(&algorithm, &settings), &theta, tolerance);
}

/// The matrices have eigenvalues from 0.05 to some 2, so that a sweep takes a fixed share of the error away;
/// in the end what is left is rounding.
#[test]
fn sweeps_without_end_come_to_the_direction_of_the_matrices() {
    // With η = 1 the policy after one round is the direction.
    let settings = ["actor.rounds=1", "actor.local_steps=20", "actor.eta=1"];
    let exact = ours("kind = \"fed-npg-standard\", damping = 0.05", &settings);
    let size = dot(&exact, &exact).sqrt();
    let error = |sweeps: u32| {
        let algorithm = format!("kind = \"fed-npg-admm\", sweeps = {sweeps}, penalty = 0.2, damping = 0.05");
        let found = ours(&algorithm, &settings);
        let square = zip(&found, &exact).fold(0.0, |sum, (x, y)| sum + (x - y) * (x - y));
        square.sqrt() / size
    };
    let errors = [1, 2, 4, 8, 16, 32, 64, 128, 256].map(|sweeps| (sweeps, error(sweeps)));
    for (sweeps, error) in errors {
        let _ = writeln!(std::io::stdout(), "J = {sweeps:3}: relative error {error:.3e}");
    }
    for pair in errors.windows(2) {
        assert!(pair[1].1 < pair[0].1 || pair[1].1 < 1e-13, "{pair:?}");
    }
    assert!(errors[8].1 < 1e-12, "{errors:?}");
}

/// Floats up in one round of one client, by d_θ.
fn uplink(kind: &str, horizon: u32) -> (f64, f64) {
    let text = format!(
        "algorithm = \"{kind}\"\nproblem = {{ builtin = \"toggle\", horizon = {horizon} }}\nfederation.clients = 1\n\
         actor = {{ rounds = 1, local_steps = 1 }}\noutput.evaluate_every = 0\n"
    );
    let summary = run_resolved(resolved(&text, &[]), |_| {}).summary;
    (summary.sizes.d_theta as f64, summary.communication.up.floats as f64)
}

/// The exponent between two sizes is `ln` of the ratio of floats over that of sizes; `p² + p` differs from a
/// square by less than 0.01 there.
#[test]
fn uplinks_grow_like_the_square_of_d_theta_with_matrices_and_like_d_theta_with_sweeps() {
    for (kind, exponent) in [("fed-npg-standard", 2.0), ("fed-npg-admm", 1.0), ("fed-svrpg-m", 1.0)] {
        let counted = [3, 4, 5].map(|horizon| uplink(kind, horizon));
        assert_eq!(counted.map(|(size, _)| size as u64), [84, 340, 1364]);
        for pair in counted.windows(2) {
            let found = libm::log(pair[1].1 / pair[0].1) / libm::log(pair[1].0 / pair[0].0);
            assert!((found - exponent).abs() < 0.02, "{kind}: exponent {found}, {counted:?}");
        }
    }
}

#[test]
fn matrices_that_no_message_holds_are_refused_at_the_policys_features() {
    let load = |kind: &str| {
        let text = format!(
            "algorithm = \"{kind}\"\nproblem = {{ builtin = \"toggle\", horizon = 7 }}\nfederation.clients = 2\n"
        );
        let loaded = Loaded::from_str("test", &text).expect("TOML");
        Prepared::load(loaded, Registry::BUILTIN, &Files::named())
    };
    let Err(LoadError::Resolve { error, .. }) = load("fed-npg-standard") else { panic!("3.8 GB") };
    assert_eq!(error.key, "actor.features");
    // d_θ = 21844.
    assert!(error.message.contains("477182180 numbers"), "{}", error.message);
    assert!(load("fed-npg-admm").is_ok());
}

#[test]
fn a_weight_of_momentum_is_above_zero_and_at_most_one() {
    for (momentum, fits) in [("1", true), ("0.25", true), ("1.5", false), ("0", false), ("-0.5", false)] {
        let text = format!(
            "algorithm = {{ kind = \"fed-svrpg-m\", momentum = {momentum} }}\nproblem.builtin = \"toggle\"\n"
        );
        let loaded = Loaded::from_str("test", &text).expect("TOML");
        match loaded.config(&Registry::BUILTIN.words()) {
            Ok(_) => assert!(fits, "{momentum}"),
            Err(errors) => {
                let [error] = errors.as_slice() else { panic!("{errors}") };
                assert_eq!(error.help.as_deref(), Some("expected a number above 0, at most 1"), "{errors}");
                assert!(!fits, "{momentum}");
            }
        }
    }
}

#[test]
fn policies_whose_trajectories_cannot_be_weighed_are_refused() {
    let window = FiniteMap::window(4, 3, 2, 1, 1).expect("a small window");
    let setting = Setting::new(TabularProblem::new(tiger()), Recurrent, window, 0.9);
    let built = |name: &str| {
        let entry = Registry::BUILTIN.find(name).expect("it is listed");
        let step = StepSize::constant(0.1);
        let actor = ActorPlan {
            rounds: 2,
            local_steps: 3,
            sync_interval: 0,
            zeta: step,
            eta: 0.5,
            target: Target::Q,
        };
        let plan = Plan::of(setting.clone(), entry.words.complete(&Default::default()));
        (entry.build)(Plan { actor: Some(actor), ..plan })
    };
    for name in ["fed-svrpg-m", "fed-hapg-m"] {
        let Err(unfit) = built(name) else { panic!("{name} takes any policy") };
        assert_eq!(unfit.key, "actor.features");
        assert!(unfit.message.contains("not linear in θ"), "{unfit}");
    }
    // Natural gradients ask for scores at the policy that acts alone.
    for name in ["fed-npg-standard", "fed-npg-admm"] {
        let society = built(name).expect("it takes any policy");
        assert!(result(&run_built(society, 2, 1), "theta").iter().any(|x| x.abs() > 1e-6), "{name}");
    }
}

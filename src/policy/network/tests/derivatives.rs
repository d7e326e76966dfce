//! The passes against each other, against differences, sensitivities and rows of the Jacobian.

use super::*;
use proptest::prelude::*;

/// A network of each cell, and two of several layers that become wider and narrower.
pub(super) fn subjects(units: usize, sizes: [usize; 3], first: bool) -> [Subject; 5] {
    let of = |cell| Subject::of(cell, units, sizes, first);
    let layered = |hidden: &[usize]| Subject::layered(hidden, sizes, first);
    [of(Cell::Mlp), of(Cell::IndRnn), of(Cell::Gru), layered(&[units, 3]), layered(&[2, units, 4])]
}

/// Numbers in `[-1, 1)` of a seed.
pub(super) fn uniform(length: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (0..length).map(|_| next()).collect()
}

/// A subject with a parameter and the tape of a play.
pub(super) struct Played {
    pub(super) subject: Subject,
    pub(super) theta: Vec<f64>,
    pub(super) taken: Vec<usize>,
    pub(super) inputs: Vec<Vec<Active>>,
    pub(super) tape: Tape,
}

pub(super) fn played(subject: Subject, seed: u64) -> Played {
    let (horizon, actions) = (subject.inputs.horizon(), subject.inputs.actions());
    let observations = subject.inputs.observations();
    let scattered = |n: usize, seed| {
        let drawn = uniform(horizon, seed);
        drawn.into_iter().map(|u| (((u + 1.0) / 2.0 * n as f64) as usize).min(n - 1)).collect::<Vec<_>>()
    };
    let taken = scattered(actions, seed ^ 1);
    let seen: Vec<u32> = scattered(observations, seed ^ 2).into_iter().map(|o| o as u32).collect();
    let theta = uniform(subject.network.parameters(), seed ^ 3);
    let inputs = subject.inputs_of(&taken, &seen);
    let tape = subject.record(&theta, &inputs);
    Played { subject, theta, taken, inputs, tape }
}

/// Sizes of small networks, with one unit, one step, one action and one observation among them.
pub(super) fn sizes() -> impl Strategy<Value = (usize, [usize; 3], bool, u64)> {
    (1..=9_usize, [1..=6_usize, 1..=4, 1..=3], any::<bool>(), any::<u64>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Both sides are sums of up to some thousand products: relative to the sum of their absolute values they
    /// agree to a few roundings.
    #[test]
    fn one_pass_is_the_adjoint_of_the_other((units, sizes, first, seed) in sizes()) {
        for subject in subjects(units, sizes, first) {
            let Played { subject, theta, tape, .. } = played(subject, seed);
            let d = theta.len();
            let (omega, c) = (uniform(d, seed ^ 4), uniform(tape.len() * sizes[1], seed ^ 5));
            let df = subject.tangents(&theta, &tape, &omega);
            let gradient = subject.cotangents(&theta, &tape, &c);
            let (by_tangents, by_cotangents) = (dot(&c, &df), dot(&gradient, &omega));
            let absolute = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a * b).abs()).sum::<f64>();
            let scale = absolute(&c, &df) + absolute(&gradient, &omega);
            let distance = (by_tangents - by_cotangents).abs();
            prop_assert!(distance <= TOLERANCE * scale, "{:?}: {by_tangents} or {by_cotangents}", subject.network);
        }
    }

    /// The step of the differences makes their error of truncation about as large as that of rounding, 1e-10;
    /// logits and tangents are of size 1 to 100.
    #[test]
    fn tangents_are_central_differences_of_the_logits((units, sizes, first, seed) in sizes()) {
        const STEP: f64 = 1e-5;
        for subject in subjects(units, sizes, first) {
            let Played { subject, theta, inputs, tape, .. } = played(subject, seed);
            let omega = uniform(theta.len(), seed ^ 4);
            let at = |by: f64| {
                let moved: Vec<f64> = theta.iter().zip(&omega).map(|(theta, omega)| theta + by * omega).collect();
                subject.logits(&moved, &subject.record(&moved, &inputs))
            };
            let tangents = subject.tangents(&theta, &tape, &omega);
            for ((ahead, behind), tangent) in at(STEP).iter().zip(&at(-STEP)).zip(&tangents) {
                let difference = (ahead - behind) / (2.0 * STEP);
                let near = (difference - tangent).abs() < 1e-6 * tangent.abs().max(1.0);
                prop_assert!(near, "{:?}: {tangent} or {difference}", subject.network);
            }
        }
    }

    /// A row of the Jacobian is the cotangent pass of one logit; the local step of the formula, with
    /// `ξ_h` in full, is what the two passes make.
    #[test]
    fn rows_of_the_jacobian_give_the_same_local_step((units, sizes, first, seed) in sizes()) {
        for subject in subjects(units, sizes, first) {
            let Played { subject, theta, taken, tape, .. } = played(subject, seed);
            let (actions, d) = (sizes[1], theta.len());
            let targets = uniform(tape.len(), seed ^ 6);
            let row = |h: usize, b: usize| {
                let mut c = vec![0.0; tape.len() * actions];
                c[h * actions + b] = 1.0;
                subject.cotangents(&theta, &tape, &c)
            };
            let logits = subject.logits(&theta, &tape);
            for centred in [false, true] {
                let (gamma, zeta) = (0.9, 0.01);
                let play = Play { theta: &theta, tape: &tape, taken: &taken, targets: &targets, gamma, zeta, centred };
                let start = uniform(d, seed ^ 4);
                let mut found = start.clone();
                subject.local_step(&play, &mut found);
                let (mut known, mut discount) = (start.clone(), 1.0);
                for h in 0..tape.len() {
                    let mut xi = row(h, taken[h]);
                    if centred {
                        let mut policy = logits[h * actions..][..actions].to_vec();
                        softmax(&mut policy);
                        for b in 0..actions {
                            xi.iter_mut().zip(row(h, b)).for_each(|(xi, g)| *xi -= policy[b] * g);
                        }
                    }
                    let residual = dot(&start, &xi) - targets[h];
                    for (known, xi) in known.iter_mut().zip(&xi) {
                        *known -= zeta * 2.0 * discount * residual * xi;
                    }
                    discount *= gamma;
                }
                assert_near("omega", &found, &known);
            }
        }
    }

    /// Of one layer of independent units the sensitivities of a unit's state are as many as its parameters:
    /// `e_h = (1 - s²)(w e_{h-1} + [x_h; s_{h-1}; 1])`, and `∇f_a` has `V[i][a] e` and s.
    #[test]
    fn an_indrnn_by_sensitivities_is_one_by_passes((units, sizes, first, seed) in sizes()) {
        let Played { subject, theta, inputs, tape, .. } =
            played(Subject::of(Cell::IndRnn, units, sizes, first), seed);
        let network = &subject.network;
        let (n, actions, wide) = (units, sizes[1], network.inputs());
        let blocks = network.blocks(&theta);
        // By unit: U, then w, then b.
        let mut sensitivities = vec![vec![0.0; wide + 2]; n];
        let mut before = vec![0.0; n];
        for (h, x) in inputs.iter().enumerate() {
            let s = network.state(tape.kept(h)).to_vec();
            for i in 0..n {
                let e = &mut sensitivities[i];
                e.iter_mut().for_each(|e| *e *= blocks.w[i]);
                x.iter().for_each(|x| e[x.at as usize] += x.value);
                e[wide] += before[i];
                e[wide + 1] += 1.0;
                e.iter_mut().for_each(|e| *e *= 1.0 - s[i] * s[i]);
            }
            for a in 0..actions {
                let mut known = vec![0.0; theta.len()];
                let by_block = network.blocks_mut(&mut known);
                for i in 0..n {
                    let out = blocks.v[i * actions + a];
                    (0..wide).for_each(|j| by_block.u[j * n + i] = out * sensitivities[i][j]);
                    by_block.w[i] = out * sensitivities[i][wide];
                    by_block.b[i] = out * sensitivities[i][wide + 1];
                    by_block.v[i * actions + a] = s[i];
                }
                by_block.v_bias[a] = 1.0;
                let mut c = vec![0.0; tape.len() * actions];
                c[h * actions + a] = 1.0;
                assert_near("a gradient", &subject.cotangents(&theta, &tape, &c), &known);
            }
            before = s;
        }
    }
}

#[test]
fn one_unit_and_one_step_are_enough() {
    for sizes in [[1, 2, 2], [1, 1, 1], [4, 2, 2]] {
        for subject in subjects(1, sizes, true).into_iter().chain([Subject::layered(&[1; 4], sizes, true)]) {
            let Played { subject, theta, tape, .. } = played(subject, 7);
            let all = [subject.logits(&theta, &tape), subject.tangents(&theta, &tape, &theta)].concat();
            assert!(all.iter().all(|x| x.is_finite() && *x != 0.0), "{:?}: {all:?}", subject.network);
        }
    }
}

#[test]
fn rows_of_inputs_that_never_occur_stay_at_zero() {
    for subject in subjects(4, [5, 3, 3], false) {
        // Action 2 and observation 1 do not occur.
        let inputs = subject.inputs_of(&[0, 1, 1, 0, 1], &[0, 0, 2, 2, 0]);
        let d = subject.network.parameters();
        let theta = theta(d);
        let tape = subject.record(&theta, &inputs);
        let gradient = subject.cotangents(&theta, &tape, &weights(15));
        let u = subject.network.blocks(&gradient).u;
        let wide = u.len() / subject.network.inputs();
        for (at, row) in u.chunks_exact(wide).enumerate() {
            let occurs = inputs.iter().flatten().any(|x| x.at as usize == at);
            let untouched = row.iter().all(|g| g.to_bits() == 0);
            assert_eq!(untouched, !occurs, "{:?}, input {at}: {row:?}", subject.network);
        }
    }
}

/// The state of an episode is of nothing that was played before it.
#[test]
fn an_episode_forgets_the_one_before() {
    for subject in subjects(5, [6, 3, 2], true) {
        let Played { subject, theta, inputs, tape, .. } = played(subject, 11);
        let network = &subject.network;
        let mut again = tape.clone();
        again.clear();
        for (h, x) in inputs.iter().enumerate() {
            assert_eq!(bits(again.step(network, &theta, x)), bits(tape.kept(h)), "{network:?}, step {h}");
        }
        let all = |tape: &Tape| bits(&subject.tangents(&theta, tape, &theta));
        assert_eq!(all(&again), all(&tape), "{network:?}");
    }
}

/// Of all steps before, a step reads what the last one left behind.
#[test]
fn a_tape_goes_on_from_another_s_last_step() {
    for subject in subjects(5, [6, 3, 2], true) {
        let Played { subject, theta, inputs, tape, .. } = played(subject, 12);
        let cell = &subject.network;
        let mut before = Tape::default();
        let mut last = tape.clone();
        for (h, x) in inputs.iter().enumerate() {
            last.clone_last_from(&before);
            assert_eq!(last.len(), h.min(1), "{cell:?}, step {h}");
            assert_eq!(
                bits(last.step(&subject.network, &theta, x)),
                bits(tape.kept(h)),
                "{cell:?}, step {h}"
            );
            assert_eq!(last.input(h.min(1)), tape.input(h), "{cell:?}, step {h}");
            before.step(&subject.network, &theta, x);
        }
    }
}

/// Room that other passes have written on is as good as new.
#[test]
fn passes_leave_nothing_to_the_next() {
    for subject in subjects(5, [6, 3, 2], true) {
        let Played { subject, theta, tape, .. } = played(subject, 13);
        let network = &subject.network;
        let (parameter, mut scratch) = (Parameter::at(network, &theta), Scratch::new(network));
        for _ in 0..2 {
            let mut df = vec![f64::NAN; 18];
            network.tangents(&theta, &tape, &theta, &mut df, &mut scratch);
            assert_eq!(bits(&df), bits(&subject.tangents(&theta, &tape, &theta)), "{network:?}");
            network.tangents(&theta, &tape, &theta, &mut df, &mut scratch);
            assert_eq!(bits(&df), bits(&subject.tangents(&theta, &tape, &theta)), "{network:?}");
            let mut gradient = vec![0.0; theta.len()];
            network.cotangents(&parameter, &tape, &weights(18), &mut gradient, &mut scratch);
            assert_eq!(
                bits(&gradient),
                bits(&subject.cotangents(&theta, &tape, &weights(18))),
                "{network:?}"
            );
        }
    }
}

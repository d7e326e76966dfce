//! The regression of a network policy on Tiger as a bare loop: one stream, one vector, no society. The
//! network's steps and passes are the library's; the game, the softmax, the critic's table of whole histories
//! and the local step are written out here, with H and A known to the compiler.

use super::{ACTIONS, HORIZON, Networks};
use crate::tiger_rules::{PAIRS, Rules};
use dpac::algorithm::Target;
use dpac::policy::network::{Active, Inputs, Network, Parameter, Scratch, Tape};
use dpac::policy::{Policy, softmax};
use dpac::pomdp::{Generator, discount_table};
use rand::Rng;

type PerAction = [f64; ACTIONS];

/// What the loop knows of problem, policy and critic.
pub(super) struct Loop {
    network: Network,
    inputs: Inputs,
    rules: Rules,
    discounts: [f64; HORIZON],
    target: Target,
}

/// The trajectory that was sampled last.
struct Sampled {
    tape: Tape,
    taken: [usize; HORIZON],
    /// `π_h(· | z_h)`.
    policy: [PerAction; HORIZON],
    /// The first component of ψ for the history of each step.
    history: [usize; HORIZON],
}

impl Loop {
    pub(super) fn new(setting: &Networks, target: Target) -> Self {
        let powers = discount_table(setting.gamma, HORIZON);
        Loop {
            network: *setting.policy.network().expect("a network"),
            inputs: setting.policy.inputs().clone(),
            rules: Rules::of(&setting.problem),
            discounts: std::array::from_fn(|h| powers[h]),
            target,
        }
    }

    /// So many local steps on `omega`, at the policy `theta` and the critic `psi`.
    pub(super) fn regress(
        &self,
        trajectories: u64,
        zeta: f64,
        mut rng: Generator,
        theta: &[f64],
        psi: &[f64],
        omega: &mut [f64],
    ) {
        let parameter = Parameter::at(&self.network, theta);
        let mut scratch = Scratch::new(&self.network);
        let mut df = [0.0; HORIZON * ACTIONS];
        let mut x = Vec::new();
        let mut sampled = Sampled {
            tape: Tape::default(),
            taken: [0; HORIZON],
            policy: [[0.0; ACTIONS]; HORIZON],
            history: [0; HORIZON],
        };
        for _ in 0..trajectories {
            self.sample(theta, &mut rng, &mut x, &mut sampled);
            self.network.tangents(theta, &sampled.tape, omega, &mut df, &mut scratch);
            for h in 0..HORIZON {
                let df: &mut PerAction = (&mut df[h * ACTIONS..][..ACTIONS]).try_into().expect("A logits");
                let step = 2.0 * zeta * self.discounts[h];
                self.cotangent(&sampled.policy[h], sampled.taken[h], &psi[sampled.history[h]..], step, df);
            }
            self.network.cotangents(&parameter, &sampled.tape, &df, omega, &mut scratch);
        }
    }

    fn sample(&self, theta: &[f64], rng: &mut Generator, x: &mut Vec<Active>, sampled: &mut Sampled) {
        let Sampled { tape, taken, policy, history } = sampled;
        let mut tiger = Rules::begin(rng.next_u64());
        // Histories of a step are numbered in base of the pairs, behind those of the steps before.
        let (mut before, mut histories, mut number) = (0, 1, 0);
        tape.clear();
        self.inputs.start(0, x);
        for h in 0..HORIZON {
            let kept = tape.step(&self.network, theta, x);
            self.network.logits(theta, kept, &mut policy[h]);
            softmax(&mut policy[h]);
            let action = invert(&policy[h], rng.next_u64());
            (taken[h], history[h]) = (action, before + number * ACTIONS);
            if h + 1 < HORIZON {
                let (place, sound) = (rng.next_u64(), rng.next_u64());
                let heard;
                (tiger, heard) = self.rules.step(tiger, action, place, sound);
                self.inputs.advance(h, action, heard as u32, x);
                before += histories * ACTIONS;
                histories *= PAIRS;
                number = number * PAIRS + 2 * action + heard;
            }
        }
    }

    /// Makes of the tangents of a step's logits what the local step gives back to them; `psi` has the values
    /// of its actions.
    #[inline(always)]
    fn cotangent(&self, policy: &PerAction, taken: usize, psi: &[f64], step: f64, df: &mut PerAction) {
        let value = (0..ACTIONS).fold(0.0, |sum, b| sum + policy[b] * psi[b]);
        let target = psi[taken] - value;
        let centre = if self.target == Target::Compatible { 1.0 } else { 0.0 };
        let coefficients: PerAction =
            std::array::from_fn(
                |b| if b == taken { 1.0 - centre * policy[b] } else { -(centre * policy[b]) },
            );
        let product = (0..ACTIONS).fold(0.0, |sum, b| sum + coefficients[b] * df[b]);
        let step = -(step * (product - target));
        *df = coefficients.map(|c| step * c);
    }
}

/// The action of a uniform word.
#[inline(always)]
fn invert(policy: &PerAction, word: u64) -> usize {
    let u = (word >> 11) as f64 / 9_007_199_254_740_992.0;
    let mut sum = 0.0;
    for (a, p) in policy.iter().enumerate() {
        sum += p;
        if u < sum {
            return a;
        }
    }
    policy.iter().rposition(|&p| p > 0.0).expect("a softmax of finite logits")
}

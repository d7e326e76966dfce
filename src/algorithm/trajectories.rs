//! What a learner is given of the trajectories that it samples: rows, numbers and pairs, whatever problem,
//! policy and features are.

use super::batch::Batch;
use super::jacobians::Jacobians;
use super::needs::{Needs, Of};
use super::pass::Passes;
use super::sampler::{Keep, Samples};
use crate::features::Rows;
use crate::policy::network::Tape;
use crate::pomdp::Generator;
use std::any::Any;

/// Trajectories of one client after another, some at a time, and what learners do linear algebra on.
///
/// A batch is some trajectories of H steps. Their places are numbered `lane * H + h`, trajectory by
/// trajectory; what is asked
/// [of all actions](Of::All) stands at `place * A + a`. Nothing is allocated after the first batch of a kind,
/// but by rows that turn out longer. What a batch was not asked for holds anything. Whoever stops after each
/// trajectory takes the ranges of its places.
///
/// The local steps of DPTD (Algorithm 2), with what is shared by all algorithms that learn by temporal
/// differences:
///
/// ```
/// use dpac::algorithm::{Needs, Of, Setting, TemporalDifferences, Workers};
/// use dpac::features::FiniteMap;
/// use dpac::policy::{LogLinear, Policy};
/// use dpac::pomdp::{Generator, TabularProblem, builtin};
/// let map = FiniteMap::window(4, 3, 2, 1, 1)?;
/// let problem = TabularProblem::new(builtin::tiger());
/// let setting = Setting::new(problem, LogLinear::new(map.clone()), map, 0.95);
/// let mut trajectories = setting.trajectories();
/// let mut td = TemporalDifferences::new(0.95, 4);
/// td.set_step(0.1);
/// let needs = Needs { features: Some(Of::Taken), rewards: true, ..Needs::default() };
/// let (mut psi, mut left, mut rng) = (vec![0.0; setting.stacked_critic()], 100, Generator::new(1));
/// while left > 0 {
///     left -= trajectories.sample(0, left, needs, &mut rng) as u64;
///     td.steps(trajectories.features(), trajectories.rewards(), &mut psi[..]);
/// }
/// assert!(psi.iter().any(|&psi| psi > 0.0));
/// # Ok::<(), dpac::features::FiniteMapError>(())
/// ```
pub trait Trajectories: Send {
    /// The sizes of the setting that they come from.
    fn sizes(&self) -> Sizes;

    /// Nonzeros of each row of the critic's features; `None` where rows are long, or of any length.
    fn feature_nonzeros(&self) -> Option<u64>;

    /// Nonzeros of each gradient, likewise.
    fn gradient_nonzeros(&self) -> Option<u64>;

    /// The policy that acts from now on. Before, it is θ = 0, where every run starts.
    ///
    /// # Panics
    /// If `theta` does not have one component per parameter.
    fn set_policy(&mut self, theta: &[f64]);

    /// The client's next trajectories of the stream, at most `at_most`, as many as pay: how many they are.
    /// They are those of one after the other, to the bit.
    ///
    /// # Panics
    /// If the simulator draws another number of words than it says.
    fn sample(&mut self, client: u32, at_most: u64, needs: Needs, rng: &mut Generator) -> usize;

    /// `φ_h(z, a)`.
    fn features(&self) -> Rows<'_>;

    /// r̃, by place.
    fn rewards(&self) -> &[f64];

    /// `ξ_h(z, a) = ∇_θ f_θ(z, a; h)`.
    fn gradients(&self) -> Rows<'_>;

    /// Gradients of a network, which are no rows: [`Trajectories::gradients`] has none of them then.
    fn jacobians(&mut self) -> Option<&mut Jacobians>;

    /// The steps of a trajectory that the policy's network has taken, with their inputs; needs a batch whose
    /// gradients were asked for.
    ///
    /// # Panics
    /// If the policy is no network, or there are fewer trajectories.
    fn tape(&self, trajectory: usize) -> &Tape;

    /// `π_h(a | z)`, of all actions.
    fn probabilities(&self) -> &[f64];

    /// The actions taken, by place.
    fn taken(&self) -> &[u32];

    /// Writes `⟨φ_h(z, a), psi_h⟩`, without keeping rows.
    fn values(&mut self, psi: &[f64], of: Of, values: &mut Vec<f64>);

    /// The [`Batch`] itself, for whoever knows what the problem shows:
    /// `batch().downcast_ref::<Batch<u32>>()`.
    fn batch(&self) -> &dyn Any;
}

/// The sizes of a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    /// H.
    pub horizon: usize,
    /// A.
    pub actions: usize,
    /// γ.
    pub gamma: f64,
    /// `d_θ`: the number of the policy's parameters.
    pub d_theta: usize,
    /// q: the stacked critic's length.
    pub stacked_critic: usize,
}

/// [`Trajectories`] of a sampler and a pass.
pub(super) struct Gathered<O> {
    pub(super) sampler: Box<dyn Samples<O>>,
    pub(super) pass: Box<dyn Passes<O>>,
    pub(super) batch: Batch<O>,
    /// r̃, by place; beyond the batch's places, anything.
    pub(super) rewards: Vec<f64>,
    /// Likewise.
    pub(super) taken: Vec<u32>,
    /// Whether critic and policy remember the same, so that it is folded once.
    pub(super) one_memory: bool,
    pub(super) sizes: Sizes,
    pub(super) feature_nonzeros: Option<u64>,
    pub(super) gradient_nonzeros: Option<u64>,
    /// What the present batch was asked for.
    pub(super) needs: Needs,
}

impl<O: Clone + Send + 'static> Trajectories for Gathered<O> {
    fn sizes(&self) -> Sizes {
        self.sizes
    }

    fn feature_nonzeros(&self) -> Option<u64> {
        self.feature_nonzeros
    }

    fn gradient_nonzeros(&self) -> Option<u64> {
        self.gradient_nonzeros
    }

    fn set_policy(&mut self, theta: &[f64]) {
        self.sampler.set(theta);
    }

    fn sample(&mut self, client: u32, at_most: u64, needs: Needs, rng: &mut Generator) -> usize {
        if at_most == 0 {
            return 0;
        }
        if self.sampler.theta().is_empty() {
            self.sampler.set(&vec![0.0; self.sizes.d_theta]);
        }
        let Gathered { sampler, pass, batch, rewards, taken, one_memory, .. } = self;
        let keep = match (*one_memory, needs.policy()) {
            (true, _) => Keep::Memories,
            (false, true) => Keep::Policy,
            (false, false) => Keep::Nothing,
        };
        sampler.sample(client, at_most, keep, rng, batch, needs.rewards.then_some(rewards));
        if needs.actions {
            let by_place = (0..batch.count()).flat_map(|lane| (0..batch.horizon()).map(move |h| (h, lane)));
            taken.clear();
            taken.extend(by_place.map(|(h, lane)| batch.actions(h)[lane]));
        }
        if let Some(of) = needs.features {
            pass.look(batch, one_memory.then(|| sampler.remembered()), of);
        }
        if let Some(of) = needs.gradients {
            sampler.look_at_gradients(batch, of);
        }
        if needs.probabilities {
            sampler.look_at_probabilities(batch);
        }
        self.needs = needs;
        self.batch.count()
    }

    fn features(&self) -> Rows<'_> {
        let rows = self.needs.features.map_or(0, |of| of.rows(self.sizes.actions));
        self.pass.rows().range(0..self.batch.places() * rows)
    }

    fn rewards(&self) -> &[f64] {
        &self.rewards[..self.batch.places().min(self.rewards.len())]
    }

    fn gradients(&self) -> Rows<'_> {
        let rows = self.needs.gradients.map_or(0, |of| of.rows(self.sizes.actions));
        let gradients = self.sampler.gradients();
        // Of a network there are none.
        gradients.range(0..(self.batch.places() * rows).min(gradients.len()))
    }

    fn jacobians(&mut self) -> Option<&mut Jacobians> {
        self.sampler.jacobians()
    }

    fn tape(&self, trajectory: usize) -> &Tape {
        self.sampler.tape(trajectory)
    }

    fn probabilities(&self) -> &[f64] {
        let probabilities = self.sampler.probabilities();
        &probabilities[..(self.batch.places() * self.sizes.actions).min(probabilities.len())]
    }

    fn taken(&self) -> &[u32] {
        &self.taken
    }

    fn values(&mut self, psi: &[f64], of: Of, values: &mut Vec<f64>) {
        let Gathered { sampler, pass, batch, one_memory, .. } = self;
        pass.values(batch, one_memory.then(|| sampler.remembered()), of, psi, values);
    }

    fn batch(&self) -> &dyn Any {
        &self.batch
    }
}

//! Softmax policies: logits and their gradients from a parameter, and action sampling prepared once per
//! parameter.

mod acting;
mod any;
mod log_linear;
pub mod network;
mod neural;
mod prepared;
mod softmax;
mod state_features;

pub use acting::{Acting, Actor};
pub use any::AnyPolicy;
pub use log_linear::LogLinear;
pub use neural::{Classes, Neural, NeuralMemory, Scaled, Sight};
pub use prepared::Prepared;
pub use softmax::softmax;
pub use state_features::StateFeatures;

use crate::features::Row;
use network::{Network, Tape};
use std::any::Any;

/// `π_h^θ(a | z) = softmax_a f_θ(z, a; h)`.
///
/// A policy gives logits f and their gradients, and keeps what it remembers of the history up to date step by
/// step; all of these may depend on θ. [`LogLinear`] is the policy of the paper, whose memory is its
/// features' and depends on no θ; tabular softmax is
/// [`LogLinear`] over one-hot features.
pub trait Policy: Send + Sync {
    /// What is seen of the problem.
    type Observation: Send;
    /// What is kept of the history; a scratch value that a worker allocates once.
    type Memory: Clone + Send;
    /// How gradients are stored.
    type Gradient: Row;
    /// Whether every policy of this type has a [network](Policy::network).
    const IS_NETWORK: bool = false;

    /// Scratch for one history; its content is meaningless before [`Policy::start`].
    fn memory(&self) -> Self::Memory;

    /// Sets the memory to that of the history `(o_0)`.
    fn start(&self, theta: &[f64], memory: &mut Self::Memory, first: &Self::Observation);

    /// Moves the memory of `z_h` to that of `z_{h+1} = (z_h, action, seen)`; `h` is the step of the action.
    fn advance(
        &self,
        theta: &[f64],
        memory: &mut Self::Memory,
        h: usize,
        action: usize,
        seen: &Self::Observation,
    );

    /// Whether `f_θ(z, a; h) = ⟨θ, ξ_h(z, a)⟩`, and neither ξ nor the memory depends on θ: then the rows of a
    /// trajectory give its probability under any θ.
    fn is_linear(&self) -> bool {
        false
    }

    /// Bytes of a memory, with what it keeps elsewhere.
    fn memory_bytes(&self) -> usize {
        size_of::<Self::Memory>()
    }

    /// The [`HistoryFold`](crate::features::HistoryFold) whose memory is this policy's, where there is one: a
    /// critic that
    /// [remembers](crate::features::HistoryFold::remembers_like) the same reads the policy's.
    fn fold(&self) -> Option<&dyn Any>
    where
        Self: 'static,
    {
        None
    }

    /// Whether every action is equally likely after every history, as all logits are 0, whatever is seen.
    fn is_uniform(&self, theta: &[f64]) -> bool {
        theta.iter().all(|x| x.abs() <= 0.0)
    }

    /// The network whose logits these are, where they are a network's: then whoever learns goes by its passes
    /// along a trajectory, and nobody asks for a [gradient](Policy::gradient).
    fn network(&self) -> Option<&Network> {
        None
    }

    /// The network's steps since the [start](Policy::start), which whoever goes through them may take, and
    /// leave another tape. Needed only where [`Policy::network`] is `Some`.
    fn tape<'m>(&self, _memory: &'m mut Self::Memory) -> &'m mut Tape {
        unreachable!("no network")
    }

    /// Number of steps, H.
    fn horizon(&self) -> usize;

    /// Number of actions, A.
    fn actions(&self) -> usize;

    /// `d_θ`.
    fn parameters(&self) -> usize;

    /// Writes `f_θ(z, a; h)` for every action; `scratch` is overwritten.
    fn logits(
        &self,
        theta: &[f64],
        memory: &Self::Memory,
        h: usize,
        scratch: &mut Self::Gradient,
        logits: &mut [f64],
    );

    /// Writes `ξ_h(z, a) = ∇_θ f_θ(z, a; h)`.
    fn gradient(
        &self,
        theta: &[f64],
        memory: &Self::Memory,
        h: usize,
        action: usize,
        gradient: &mut Self::Gradient,
    );

    /// The most nonzeros of a gradient at step `h`, which size the scratch of whoever keeps gradients.
    fn nonzeros(&self, _h: usize) -> usize {
        self.parameters() / (self.actions() * self.horizon()).max(1)
    }

    /// For policies of a finite memory, the number of memories at step `h`.
    fn slots(&self, h: usize) -> Option<usize>;

    /// For policies of a finite memory, which of them this is.
    fn slot(&self, memory: &Self::Memory, h: usize) -> usize;

    /// The memory whose slot this is; needed only where [`Policy::slots`] is `Some`.
    fn memory_of_slot(&self, h: usize, slot: usize) -> Self::Memory;

    /// A bound on `max ‖ξ‖²`.
    fn gradient_norm_squared_bound(&self) -> f64;
}

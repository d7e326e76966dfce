//! Networks that read histories: cells, their steps, and the two passes that a local step of the regression
//! takes.
//!
//! A local step on `ξ_h = ∇f_θ(z_h, a_h)` needs no ξ. With J the Jacobian of all logits of a trajectory, the
//! products `⟨ω, ξ_h⟩` stand in `J ω`, one [tangent pass](Network::tangents), and the step adds `J'c`, one
//! [cotangent pass](Network::cotangents). Both read the [`Tape`] that the steps have left.
//! How such a gradient moves with θ, for products with a Hessian, is a [pass of its own](Curvature).
//!
//! ```
//! use dpac::policy::network::{Cell, Clock, Inputs, Network, Output, Parameter, Scratch, Tape};
//! // Three actions, two observations, four steps.
//! let inputs = Inputs::recurrent(4, 3, 2, false, Clock::Fraction);
//! let network = Network::new(Cell::Gru, inputs.len(), 8, 3)?;
//! assert_eq!(network.parameters(), 387);
//! let mut word = 0_u64;
//! let theta = network.initial(Output::Zero, || {
//!     word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
//!     word
//! })?;
//! let (mut tape, mut x) = (Tape::default(), Vec::new());
//! inputs.start(0, &mut x);
//! tape.step(&network, &theta, &x);
//! inputs.advance(0, 2, 1, &mut x);
//! let mut f = [1.0; 3];
//! network.logits(&theta, tape.step(&network, &theta, &x), &mut f);
//! assert_eq!(f, [0.0; 3]);
//! // The gradient of the last logit.
//! let (parameter, mut scratch) = (Parameter::at(&network, &theta), Scratch::new(&network));
//! let mut gradient = vec![0.0; network.parameters()];
//! network.cotangents(&parameter, &tape, &[0.0, 0.0, 0.0, 0.0, 0.0, 1.0], &mut gradient, &mut scratch);
//! assert_eq!(gradient.last(), Some(&1.0));
//! # Ok::<(), dpac::policy::network::NetworkError>(())
//! ```
//!
//! Bits depend on nothing but the arguments: sums go over outputs side by side and over inputs in order, no
//! product is fused with a sum, and units bend their sums by plain arithmetic, side by side.

mod activation;
mod curvature;
mod error;
mod gru;
mod hidden;
mod indrnn;
mod initial;
mod input;
mod layers;
mod logits;
mod loops;
mod parameter;
mod passes;
mod probes;
mod scratch;
mod shape;
mod tape;

#[cfg(test)]
mod tests;

pub use curvature::Curvature;
pub use error::NetworkError;
pub use hidden::Hidden;
pub use initial::Output;
pub use input::{Active, Clock, Inputs};
pub use parameter::Parameter;
pub use probes::Probes;
pub use scratch::Scratch;
pub use shape::{Blocks, Cell, Network};
pub use tape::Tape;

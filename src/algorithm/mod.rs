//! The algorithms: DPTD, DPPG and DPAC, each a coordinator and a learner on the ports of `dpac-actors`.
//!
//! `ALGORITHM` below means those of Zhang, Salgia, Chi 2024. Where our copy of the paper is ambiguous or mistaken, the reading is
//! stated where it is implemented.

mod batch;
mod critic;
mod differences;
mod dpac;
mod dppg;
mod dptd;
mod improvement;
mod kinds;
mod learner;
mod marks;
mod pass;
mod regression;
mod sampler;
mod setting;
mod trajectories;
mod workers;

pub use batch::Batch;
pub use differences::TemporalDifferences;
pub use dpac::Dpac;
pub use dppg::{Dppg, PolicyEvaluation};
pub use dptd::Dptd;
pub use learner::{Start, scratch_bytes};
pub use regression::{Regression, StepSizes};
pub use setting::{ActorPlan, CriticPlan, Setting, Target};
pub use trajectories::{Needs, Of, Trajectories};
pub use workers::{AnyActing, AnySetting, Workers};

//! The algorithms: DPTD, DPPG and DPAC, each a coordinator and a learner on the ports of `dpac-actors`.
//!
//! `ALGORITHM` below means those of Zhang, Salgia, Chi 2024. Where our copy of the paper is ambiguous or mistaken, the reading is
//! stated where it is implemented.

mod any_setting;
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
mod needs;
mod pass;
mod regression;
mod sampler;
mod setting;
mod trajectories;
mod workers;

pub use any_setting::{AnyActing, AnySetting};
pub use batch::Batch;
pub use differences::TemporalDifferences;
pub use dpac::Dpac;
pub use dppg::{Dppg, PolicyEvaluation};
pub use dptd::Dptd;
pub use learner::Start;
pub use needs::{Needs, Of};
pub use regression::{Regression, StepSizes};
pub use setting::{ActorPlan, CriticPlan, Setting, Target};
pub use trajectories::{Sizes, Trajectories};
pub use workers::{Workers, scratch_bytes};

//! The algorithms: DPTD, DPPG and DPAC, each a coordinator and a learner on the ports of `dpac-actors`.
//!
//! `ALGORITHM` below means those of Zhang, Salgia, Chi 2024. Where our copy of the paper is ambiguous or mistaken, the reading is
//! stated where it is implemented.

mod critic;
mod dpac;
mod dppg;
mod dptd;
mod improvement;
mod kinds;
mod lanes;
mod learner;
mod setting;
mod workers;

pub use dpac::Dpac;
pub use dppg::{Dppg, PolicyEvaluation};
pub use dptd::Dptd;
pub use learner::{Start, scratch_bytes};
pub use setting::{ActorPlan, CriticPlan, Setting, Target};
pub use workers::Workers;

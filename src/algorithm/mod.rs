//! The algorithms, each a coordinator and a learner on the ports of `dpac-actors`, with an [`Entry`] that
//! says what it is.
//!
//! `ALGORITHM` below means those of Zhang, Salgia, Chi 2024. Where our copy of the paper is ambiguous or
//! mistaken, the reading is stated where it is implemented.

mod any_setting;
mod batch;
mod critic;
mod differences;
mod entry;
mod evaluating;
mod evaluation;
mod gossip;
mod graph;
mod improvement;
mod jacobians;
mod kinds;
mod learner;
mod marks;
mod max_norm;
mod measured;
mod momentum;
mod needs;
mod neural_scores;
mod one_by_one;
mod pass;
mod planned;
mod policy_gradient;
mod policy_server;
mod recurrent_td;
mod registry;
mod regression;
mod rollouts;
mod sampler;
mod setting;
mod trajectories;
mod under;
mod window_data;
mod workers;
mod world;

/// Declares the algorithms' files, and lists their entries in this order. `cargo fmt` does not find files
/// that a macro declares: `ci.sh` names them to `rustfmt`.
macro_rules! algorithms {
    ($($name:ident,)*) => {
        $(mod $name;)*

        const LISTED: &[Entry] = &[$(self::$name::ENTRY),*];
    };
}

algorithms! {
    dpac,
    dppg,
    dptd,
    fed_hapg_m,
    fed_nac,
    fed_npg,
    fed_npg_admm,
    fed_npg_gossip,
    fed_npg_standard,
    fed_npg_td,
    fed_svrpg_m,
    fed_td,
    minibatch,
    mu_lv_rep,
    npg,
    omle,
    one_shot,
    porl2,
    rec_nac,
}

/// The algorithms of this crate; a program may have more, see [`Registry`].
static ENTRIES: &[Entry] = LISTED;

pub use self::dpac::Dpac;
pub use self::dppg::Dppg;
pub use self::dptd::Dptd;
pub use any_setting::{AnyActing, AnySetting};
pub use batch::Batch;
pub use differences::TemporalDifferences;
pub use entry::{ClientEvaluation, Critic, Entry, Kept, Plan, PolicyEvaluation, Role, Unfit};
pub use evaluating::Evaluating;
pub use evaluation::{EvaluationServer, NO_ACTOR, NO_WARM_START, READS_OF_DPTD, Rules};
pub use graph::{Graph, GraphError, LINKS_MAX};
pub use jacobians::Jacobians;
pub(crate) use kinds::{OMEGA, PSI, THETA};
pub use learner::Start;
pub use max_norm::MaxNorm;
pub use measured::{ALPHA, ByProbes, Course, MEASURED, RoundSteps};
pub use needs::{Needs, Of};
pub use recurrent_td::RecurrentTd;
pub use registry::{Registry, RegistryError};
pub use regression::{Regression, StepSizes};
pub use setting::{ActorPlan, CriticPlan, ServerLine, Setting, Target, Weights};
pub use trajectories::{Sizes, Trajectories};
pub use workers::{Workers, scratch_bytes};
pub use world::{Unknown, Variants, World};

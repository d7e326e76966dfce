//! Rec-NAC, the recurrent natural actor-critic (Cayci, Eryilmaz 2024): policy and critic are recurrent
//! networks of their own. Temporal differences evaluate the policy (Rec-TD), and the regression of the
//! advantage on the score, by stochastic gradients, gives the direction in which it moves (Rec-NPG).
//!
//! The source has a single agent, which this is with one client: what the server is told then are reports.
//! With several clients it is DPAC with another critic, and that is our design. Here local steps move a
//! network that is not linear in what is averaged, so that averages of ψ change what is learned, not only its
//! noise: the mean of two networks is another network. It is the only algorithm here of which that holds,
//! since directions ω of a policy's network solve a linear regression at one θ. That all clients begin at one
//! ψ, from which no unit may go far, is what their mean has to stand on.
//!
//! `docs/algorithms/rec-nac.md` says what of this is the source's.

mod protocol;

use super::dpac::DpacServer;
use super::entry::{Critic, Entry, Kept, Plan, Role, Unfit};
use super::improvement::ActorServer;
use super::kinds;
use super::learner::{self, LocalLearner, LocalSteps};
use super::max_norm::MaxNorm;
use super::measured::{ByProbes, Course};
use super::recurrent_td::RecurrentTd;
use super::setting::{ActorPlan, CriticPlan, ServerLine, Target, Weights};
use super::trajectories::Sizes;
use super::workers::Workers;
use crate::config::{Key, Takes, Words};
use crate::policy::network::{Network, Output};
use crate::theory::protocol::letter::{P, Q};
use crate::theory::sizes::{self, ACTOR_CRITIC, Sizing};
use dpac_actors::{Algorithm, Coordinator, Kind, Learner, Purpose, StepSize, StreamKey};
use rand::Rng;
use std::sync::Arc;

const UNITS: Key = Key {
    name: "units",
    meaning: "m, units of the critic: an even number, since they begin as pairs of opposites",
    takes: Takes::Integer { least: 2, most: Network::UNITS_MAX as u64, default: Some(16) },
};

const RADIUS: Key = Key {
    name: "radius",
    meaning: "ρ: the weights of each of the critic's m units stay within ρ/√m of where they began",
    takes: Takes::Positive { default: Some(16.0) },
};

pub(super) const ENTRY: Entry = Entry {
    words: Words {
        name: "rec-nac",
        summary: "Recurrent natural actor-critic: policy and critic are networks of their own, both distributed.",
        keys: &[UNITS, RADIUS],
        reads: &[
            "federation.clients",
            "federation.lean",
            "critic.rounds",
            "critic.local_steps",
            "critic.alpha",
            "critic.init",
            "actor.rounds",
            "actor.local_steps",
            "actor.sync_interval",
            "actor.policy",
            "actor.zeta",
            "actor.eta",
            "actor.largest_move",
        ],
        instead: &[
            ("schedule", "networks have no schedule of a theorem's: remove the key"),
            (
                "trajectories",
                "no rule makes its sizes of a budget: give the sizes of actor and critic themselves",
            ),
            ("critic.features", "the critic is a network of algorithm.units units: remove the key"),
            ("critic", "the server takes the clients' mean, and the last one is the result: remove the key"),
            ("actor.target", "it regresses the advantage on the score, as `compatible` does: remove the key"),
            ("actor.features", "the policy is a network: give actor.policy instead"),
        ],
    },
    package: env!("CARGO_PKG_NAME"),
    source: "Cayci, Eryilmaz 2024, Recurrent Natural Policy Gradient for POMDPs, arXiv 2405.18221",
    role: Role::Improves,
    critic: Critic::Network { units: &UNITS },
    sizing: Sizing {
        defaults: sizes::Sizes { critic_local_steps: 256, ..ACTOR_CRITIC.defaults },
        formulas: &[],
        ..ACTOR_CRITIC
    },
    letters: &[],
    protocol: protocol::protocol,
    // As DPAC's, and ψ_0.
    keeps: &[Kept { length: P, live: 2, saved: 2 }, Kept { length: Q, live: 5, saved: 3 }],
    build,
};

fn build(plan: Plan) -> Result<Arc<dyn Algorithm>, Unfit> {
    let Some(measured) = plan.critic_network.clone().filter(|_| !plan.workers.gradients_are_rows()) else {
        return Err(Unfit {
            key: "actor.policy",
            message: "it improves networks, and its critic reads what the policy's network reads".to_owned(),
            help: "give actor.policy = { kind = \"gru\" }, or \"indrnn\"",
        });
    };
    let first = first(&measured)?;
    let critic = CriticPlan {
        eta: StepSize::constant(1.0),
        average_from: 0,
        weights: Weights::Last,
        server_line: ServerLine::Repaired,
        ..plan.critic()
    };
    let actor = ActorPlan { target: Target::Compatible, ..plan.actor() };
    critic.check();
    actor.check();
    let rho = plan.own.real(&RADIUS).unwrap_or(f64::INFINITY);
    let balls = MaxNorm::new(&measured.network, &first, rho);
    let course = plan.course();
    let (workers, lean) = (plan.workers, plan.lean);
    Ok(Arc::new(RecNac { workers, critic, actor, lean, course, measured: Arc::new(measured), first, balls }))
}

/// `ψ_0`, a function of the seed: units in pairs of opposites, so that all values are 0 but for rounding, and
/// all weights have gradients.
///
/// # Errors
/// An odd number of units.
fn first(critic: &ByProbes) -> Result<Arc<[f64]>, Unfit> {
    let (seed, purpose) = (critic.seed, Purpose::FirstCritic);
    let mut words = StreamKey { seed, purpose, client: 0, round: 0, phase: 0, barrier: 0 }.generator();
    let psi = critic.network.initial(Output::Paired, || words.next_u64());
    let psi = psi.map_err(|error| Unfit {
        key: "algorithm.units",
        message: error.to_string(),
        help: "give an even number of units",
    })?;
    Ok(psi.into())
}

struct RecNac {
    workers: Arc<dyn Workers>,
    critic: CriticPlan,
    actor: ActorPlan,
    lean: bool,
    course: Course,
    measured: Arc<ByProbes>,
    /// `ψ_0`, which all clients know.
    first: Arc<[f64]>,
    balls: MaxNorm,
}

impl Algorithm for RecNac {
    fn name(&self) -> &str {
        ENTRY.words.name
    }

    fn kinds(&self) -> &[Kind] {
        &kinds::DPAC
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let RecNac { critic, actor, lean, course, measured, first, .. } = self;
        let actor = ActorServer::new(actor.clone(), *lean, course.clone());
        Box::new(DpacServer::new(critic.clone(), Some(measured.clone()), actor, *lean, Arc::clone(first)))
    }

    fn learner(&self) -> Box<dyn Learner> {
        let Sizes { gamma, horizon, .. } = self.workers.sizes();
        let steps = RecurrentTd::new(self.measured.network, self.balls.clone(), gamma, horizon);
        let critic = learner::Critic::Network(Box::new(steps));
        let local = LocalSteps::with(self.workers.trajectories(), self.actor.target, critic);
        Box::new(LocalLearner::of(local, self.critic.warm, Arc::clone(&self.first)))
    }
}

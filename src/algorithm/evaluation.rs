//! The coordinator of algorithms that evaluate one policy, round by round: DPTD's, and with other rules its
//! relatives'.

use super::critic::{CriticServer, Numbering, only};
use super::kinds::{self, PSI};
use super::setting::CriticPlan;
use dpac_actors::{Cause, Coordinator, Ended, Kind, Milestone, Named, State, Turn};
use std::sync::Arc;

/// The shared keys that DPTD reads, for the `reads` of an algorithm that differs from it by its server alone.
pub const READS_OF_DPTD: &[&str] = &[
    "schedule",
    "trajectories",
    "policy",
    "federation.clients",
    "federation.lean",
    "critic.rounds",
    "critic.local_steps",
    "critic.features",
    "critic.alpha",
    "critic.eta",
    "critic.average_from",
    "critic.weights",
    "critic.server_line",
];

/// For the `instead` of an algorithm that evaluates one policy: what to do with the actor's keys.
pub const NO_ACTOR: (&str, &str) =
    ("actor", "it evaluates one policy, the key `policy`: remove the actor's keys");

/// For the `instead` of an algorithm that evaluates once: what to do with the key for a warm start.
pub const NO_WARM_START: (&str, &str) = ("critic.init", "it evaluates once, from zero: remove the key");

/// In what an evaluation departs from DPTD's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// The radius of the ball around 0 to which the server holds its iterate, where there is one.
    pub radius: Option<f64>,
    /// Whether the result is the last iterate instead of the weighted average.
    pub last: bool,
}

/// The coordinator of an evaluation in rounds: local steps of every client, ψ up, the server's step towards
/// the mean, ψ down.
///
/// No message opens it: policy, ψ = 0 and sizes are inputs that every client has. A coordinator of one's own
/// that differs in the server's step alone changes the aggregate and hands it on to this one.
pub struct EvaluationServer {
    critic: CriticServer,
    rules: Rules,
}

impl EvaluationServer {
    /// An evaluation from ψ = 0, which has `length` components.
    pub fn new(plan: CriticPlan, lean: bool, length: usize, rules: Rules) -> Self {
        let critic = CriticServer::new(plan, lean, vec![0.0; length].into());
        EvaluationServer { critic, rules }
    }

    /// The kinds of its messages: `critic_up` and `critic_sync`.
    pub fn kinds() -> &'static [Kind] {
        &kinds::DPAC[..2]
    }

    /// ψ̃^r, from which the local steps of the next round begin.
    pub fn psi(&self) -> &[f64] {
        self.critic.psi()
    }
}

impl Coordinator for EvaluationServer {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(Turn::work(self.critic.known_work(Numbering::Alone)))
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.critic.averaged(&only(ended.aggregate)?)?;
        if let Some(radius) = self.rules.radius {
            self.critic.project(radius);
        }
        let last = vec![Named::new(PSI, Arc::clone(self.critic.psi()))];
        let iterate = Named::new(PSI, Arc::clone(self.critic.psi()));
        let milestone = Milestone { round: ended.place.round, vectors: last.clone() };
        let turn = if self.critic.finished() {
            let results = if self.rules.last { last } else { vec![Named::new(PSI, self.critic.output())] };
            Turn::finish(results).telling(self.critic.last_sync(Numbering::Alone))
        } else {
            Turn::work(self.critic.next_work(Numbering::Alone))
        };
        Ok(turn.with(milestone).at(iterate))
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        self.critic.state(state)
    }
}

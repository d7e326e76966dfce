//! The coordinator of algorithms that evaluate one policy, round by round: DPTD's, and with other rules its relatives'.

use super::critic::{CriticServer, Numbering, only};
use super::kinds;
use super::setting::CriticPlan;
use dpac_actors::{
    Cause, Coordinator, Ended, Kind, Milestone, Named, StateReader, StateWriter, Then, Turn, VectorName,
};
use std::sync::Arc;

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
    serial: u64,
}

impl EvaluationServer {
    /// An evaluation from ψ = 0, which has `length` components.
    pub fn new(plan: CriticPlan, lean: bool, length: usize, rules: Rules) -> Self {
        let critic = CriticServer::new(plan, lean, vec![0.0; length].into());
        EvaluationServer { critic, rules, serial: 0 }
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
        Ok(Turn {
            broadcasts: Vec::new(),
            milestone: None,
            then: Then::Work(self.critic.work(Numbering::Alone, true)),
        })
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.critic.averaged(&only(ended.aggregate)?)?;
        if let Some(radius) = self.rules.radius {
            self.critic.project(radius);
        }
        let broadcasts = self.critic.sync(Numbering::Alone, &mut self.serial).into_iter().collect();
        let named = |values| Named { name: VectorName::Psi, values };
        let milestone =
            Some(Milestone { round: ended.round, vectors: vec![named(Arc::clone(self.critic.psi()))] });
        let then = if self.critic.finished() {
            let last = self.rules.last.then(|| Arc::clone(self.critic.psi()));
            Then::Finish(vec![named(last.unwrap_or_else(|| self.critic.output()))])
        } else {
            Then::Work(self.critic.work(Numbering::Alone, false))
        };
        Ok(Turn { broadcasts, milestone, then })
    }

    fn save(&self) -> Option<Vec<u8>> {
        let mut state = StateWriter::new();
        self.critic.save(&mut state);
        Some(state.integer(self.serial).finish())
    }

    fn restore(&mut self, saved: &[u8]) -> Result<(), Cause> {
        let mut state = StateReader::new(saved);
        self.critic.restore(&mut state)?;
        self.serial = state.count()?;
        state.finish()
    }
}

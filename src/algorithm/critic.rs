//! The server's side of DPTD (Algorithm 2): averages, the weighted output, the messages of one evaluation.

use super::kinds::{CRITIC_SYNC, CRITIC_UP};
use super::setting::CriticPlan;
use dpac_actors::{
    Broadcast, Cause, Named, Order, Phase, Recipients, Reducer, StateReader, StateWriter, StepSize,
    VectorName, Work,
};
use std::sync::Arc;

/// One evaluation in progress.
pub(super) struct CriticServer {
    plan: CriticPlan,
    lean: bool,
    /// `ψ̃^r`.
    psi: Arc<[f64]>,
    /// r: rounds that have ended.
    ended: u32,
    /// `Σ w_s ψ̃^s` and `Σ w_s` over `s = R_0 + 1..`.
    sum: Vec<f64>,
    weight: f64,
}

/// The only vector of a barrier's aggregate.
///
/// # Errors
/// Where there are none, or several.
pub(super) fn only(aggregate: Vec<Vec<f64>>) -> Result<Vec<f64>, Cause> {
    let [vector] = <[Vec<f64>; 1]>::try_from(aggregate)
        .map_err(|_| Cause::State("its barrier has brought another number of vectors"))?;
    Ok(vector)
}

/// # Errors
/// Where a vector has another length.
pub(super) fn check_length(vector: &'static str, values: &[f64], expected: usize) -> Result<(), Cause> {
    let found = values.len();
    if found == expected { Ok(()) } else { Err(Cause::Length { vector, found, expected }) }
}

/// How an evaluation numbers its barriers.
#[derive(Clone, Copy)]
pub(super) enum Numbering {
    /// DPTD alone: each of its rounds is an outer round with one barrier.
    Alone,
    /// Inside outer round r: a barrier per round.
    Within(u32),
}

impl Numbering {
    fn place(self, ended: u32) -> (u32, u32) {
        match self {
            Numbering::Alone => (ended, 0),
            Numbering::Within(round) => (round, ended),
        }
    }
}

impl CriticServer {
    pub(super) fn new(plan: CriticPlan, lean: bool, start: Arc<[f64]>) -> Self {
        let sum = vec![0.0; start.len()];
        CriticServer { plan, lean, psi: start, ended: 0, sum, weight: 0.0 }
    }

    pub(super) fn save(&self, state: &mut StateWriter) {
        state.numbers(&self.psi).integer(self.ended).numbers(&self.sum).number(self.weight);
    }

    pub(super) fn restore(&mut self, state: &mut StateReader<'_>) -> Result<(), Cause> {
        self.psi = state.numbers(self.psi.len())?;
        self.ended = state.small_integer()?;
        self.sum = state.numbers(self.sum.len())?.to_vec();
        self.weight = state.number()?;
        if self.ended > self.plan.rounds {
            return Err(Cause::State("it has more rounds of an evaluation than the configuration"));
        }
        Ok(())
    }

    /// `ψ̃^r`.
    pub(super) fn psi(&self) -> &Arc<[f64]> {
        &self.psi
    }

    pub(super) fn finished(&self) -> bool {
        self.ended == self.plan.rounds
    }

    /// The local steps of the next round: `K_e` with `α_r`, constant within a round.
    pub(super) fn order(&self) -> Order {
        Order {
            first_step: u64::from(self.ended) * self.plan.local_steps,
            steps: self.plan.local_steps,
            step_size: StepSize::constant(self.plan.alpha.at(u64::from(self.ended))),
        }
    }

    /// The barrier of the next round.
    pub(super) fn work(&self, numbering: Numbering, known: bool) -> Work {
        let (round, sync) = numbering.place(self.ended);
        Work {
            round,
            phase: Phase::Critic,
            sync,
            order: self.order(),
            reply: CRITIC_UP,
            base: vec![Named { name: VectorName::Psi, values: Arc::clone(&self.psi) }],
            recipients: Recipients::Everyone,
            reducer: Reducer::Mean,
            known,
        }
    }

    /// Line 15, read as `ψ̃^{r+1} = (1 - η_r) ψ̃^r + η_r ψ̄^{r+1}`: only with the tilde does the line agree with Eq. 27 and
    /// the proofs. Then line 17, weights `w_s = (s + 2)²` over `s = R_0 + 1..R_e`.
    ///
    /// # Errors
    /// A mean of another length, or one more than the evaluation has: only a state that was taken up leads to either.
    pub(super) fn averaged(&mut self, mean: &[f64]) -> Result<(), Cause> {
        if self.finished() {
            return Err(Cause::State("it is in an evaluation that is over"));
        }
        check_length("psi", mean, self.psi.len())?;
        let eta = self.plan.eta.at(u64::from(self.ended));
        self.psi = self.psi.iter().zip(mean).map(|(psi, mean)| (1.0 - eta) * psi + eta * mean).collect();
        if self.ended >= self.plan.average_from {
            let s = f64::from(self.ended + 1);
            let weight = (s + 2.0) * (s + 2.0);
            for (sum, psi) in self.sum.iter_mut().zip(self.psi.iter()) {
                *sum += weight * psi;
            }
            self.weight += weight;
        }
        self.ended += 1;
        Ok(())
    }

    /// Holds the iterate to the ball of this radius around 0: `Π(ψ) = ψ min(1, radius / ‖ψ‖)`. The weighted average is not held to it.
    pub(super) fn project(&mut self, radius: f64) {
        let norm = self.psi.iter().fold(0.0, |sum, psi| sum + psi * psi).sqrt();
        if norm > radius {
            self.psi = self.psi.iter().map(|psi| psi * (radius / norm)).collect();
        }
    }

    /// `ψ̂`, the normalised weighted average.
    pub(super) fn output(&self) -> Arc<[f64]> {
        self.sum.iter().map(|sum| sum / self.weight).collect()
    }

    /// Line 16: `ψ̃^{r+1}` to all clients; after the last round nobody needs it, and the lean variant leaves it out.
    pub(super) fn sync(&self, numbering: Numbering, serial: &mut u64) -> Option<Arc<Broadcast>> {
        if self.finished() && self.lean {
            return None;
        }
        let order = if self.finished() { Order::NONE } else { self.order() };
        let (round, sync) = numbering.place(self.ended);
        *serial += 1;
        Some(Arc::new(Broadcast {
            serial: *serial,
            kind: CRITIC_SYNC,
            round,
            phase: Phase::Critic,
            sync,
            order,
            vectors: vec![Named { name: VectorName::Psi, values: Arc::clone(&self.psi) }],
        }))
    }
}

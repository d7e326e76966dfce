//! The server's side of DPTD (Algorithm 2): averages, the weighted output, the messages of one evaluation.

use super::kinds::{CRITIC_SYNC, CRITIC_UP, PSI};
use super::measured::RoundSteps;
use super::setting::{CriticPlan, ServerLine, Weights};
use dpac_actors::{Ask, Cause, Message, Named, Order, Reducer, State, StepSize, Work};
use std::sync::Arc;

/// One evaluation in progress.
pub(super) struct CriticServer {
    plan: CriticPlan,
    lean: bool,
    /// `ψ̃^r`.
    psi: Arc<[f64]>,
    /// `ψ̄^r`, the last mean, where the printed line 15 steps from it; else nothing.
    mean: Vec<f64>,
    /// r: rounds that have ended.
    ended: u32,
    /// `Σ w_s ψ̃^s` and `Σ w_s` over `s = R_0 + 1..`.
    sum: Vec<f64>,
    weight: f64,
    /// Steps that are measured before each round.
    measured: Option<Measured>,
}

/// What measures the step of local steps at each iterate, and the outer round that it is in.
struct Measured {
    steps: Arc<dyn RoundSteps>,
    round: u32,
    /// `α_s` of every round s of the evaluation up to the present one, and 0 of the others.
    alpha: Vec<f64>,
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
        let mean = match plan.server_line {
            ServerLine::Repaired => Vec::new(),
            ServerLine::Printed => start.to_vec(),
        };
        CriticServer { plan, lean, psi: start, mean, ended: 0, sum, weight: 0.0, measured: None }
    }

    /// The same in this outer round, where α is `ζ` of these steps at the iterate, if there are any.
    pub(super) fn measured(self, steps: Option<Arc<dyn RoundSteps>>, round: u32) -> Self {
        let rounds = self.plan.rounds as usize;
        let measured = steps.map(|steps| Measured { steps, round, alpha: vec![0.0; rounds] });
        let mut server = CriticServer { measured, ..self };
        server.measure();
        server
    }

    /// The step of local steps at the present iterate.
    fn measure(&mut self) {
        if let Some(Measured { steps, round, alpha }) = &mut self.measured
            && let Some(alpha) = alpha.get_mut(self.ended as usize)
        {
            *alpha = steps.zeta(*round, &self.psi).at(u64::from(self.ended));
        }
    }

    /// The steps of an evaluation that is over, `α_s` of every round s, where they are measured.
    pub(super) fn steps(&self) -> Option<&[f64]> {
        self.measured.as_ref().map(|measured| &*measured.alpha)
    }

    /// Tells an evaluation that was taken up the outer round that it is in.
    pub(super) fn within(&mut self, round: u32) {
        if let Some(measured) = &mut self.measured {
            measured.round = round;
        }
    }

    /// # Errors
    /// What is read does not fit the configuration.
    pub(super) fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.shared(&mut self.psi)?;
        if self.plan.server_line == ServerLine::Printed {
            state.numbers(&mut self.mean)?;
        }
        state.integer(&mut self.ended)?;
        state.numbers(&mut self.sum)?;
        state.number(&mut self.weight)?;
        if let Some(measured) = &mut self.measured {
            state.numbers(&mut measured.alpha)?;
        }
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
        let alpha = match &self.measured {
            Some(measured) => measured.alpha[self.ended as usize],
            None => self.plan.alpha.at(u64::from(self.ended)),
        };
        Order {
            first_step: u64::from(self.ended) * self.plan.local_steps,
            steps: self.plan.local_steps,
            step_size: StepSize::constant(alpha),
        }
    }

    /// The barrier of the next round, which clients know before the run.
    pub(super) fn known_work(&self, numbering: Numbering) -> Work {
        let (round, barrier) = numbering.place(self.ended);
        self.work(Ask::Known { round, barrier, reply: CRITIC_UP })
    }

    /// The barrier of the next round.
    pub(super) fn work(&self, ask: Ask) -> Work {
        let base = vec![Named::new(PSI, Arc::clone(&self.psi))];
        Work { ask, order: self.order(), base, reducer: Reducer::Mean }
    }

    /// The next round, for which line 16 sends `ψ̃^{r+1}` to all clients.
    pub(super) fn next_work(&self, numbering: Numbering) -> Work {
        self.work(Ask::With(self.sync(numbering)))
    }

    /// Line 16 after the last round, when nobody needs it; the lean variant leaves it out.
    pub(super) fn last_sync(&self, numbering: Numbering) -> Option<Message> {
        (!self.lean).then(|| self.sync(numbering))
    }

    fn sync(&self, numbering: Numbering) -> Message {
        let (round, barrier) = numbering.place(self.ended);
        Message::new(CRITIC_SYNC, round, barrier, vec![Named::new(PSI, Arc::clone(&self.psi))])
    }

    /// Line 15, read as `ψ̃^{r+1} = (1 - η_r) ψ̃^r + η_r ψ̄^{r+1}` where nobody asks for the printed one:
    /// only with the tilde does the line agree with Eq. 27 and the proofs. Then line 17, weights `w_s = (s +
    /// 2)²` where nobody asks for others, over `s = R_0 + 1..R_e`.
    ///
    /// # Errors
    /// A mean of another length, or one more than the evaluation has: only a state that was taken up leads to
    /// either.
    pub(super) fn averaged(&mut self, mean: &[f64]) -> Result<(), Cause> {
        if self.finished() {
            return Err(Cause::State("it is in an evaluation that is over"));
        }
        check_length(PSI, mean, self.psi.len())?;
        let eta = self.plan.eta.at(u64::from(self.ended));
        let from: &[f64] = match self.plan.server_line {
            ServerLine::Repaired => &self.psi,
            ServerLine::Printed => &self.mean,
        };
        let psi = from.iter().zip(mean).map(|(from, mean)| (1.0 - eta) * from + eta * mean).collect();
        self.psi = psi;
        if self.plan.server_line == ServerLine::Printed {
            self.mean.copy_from_slice(mean);
        }
        self.ended += 1;
        self.weigh();
        self.measure();
        Ok(())
    }

    /// Line 17, of the iterate after `ended` rounds.
    fn weigh(&mut self) {
        let Self { plan, ended, sum, .. } = self;
        if *ended <= plan.average_from || plan.weights == Weights::Last && *ended < plan.rounds {
            return;
        }
        let weight = plan.weights.of(*ended);
        for (sum, psi) in sum.iter_mut().zip(self.psi.iter()) {
            *sum += weight * psi;
        }
        self.weight += weight;
    }

    /// Holds the iterate to the ball of this radius around 0: `Π(ψ) = ψ min(1, radius / ‖ψ‖)`. The weighted
    /// average is not held to it.
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
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "the same operations in the same order")]
mod tests {
    use super::*;

    const ROUNDS: u32 = 6;

    fn plan(eta: f64, weights: Weights, server_line: ServerLine) -> CriticPlan {
        CriticPlan {
            rounds: ROUNDS,
            local_steps: 1,
            alpha: StepSize::constant(0.1),
            eta: StepSize::constant(eta),
            average_from: 2,
            weights,
            server_line,
            warm: false,
        }
    }

    /// Iterates and output of an evaluation whose clients step to `(psi + target) / 2`.
    fn evaluate(plan: CriticPlan, target: f64) -> (Vec<f64>, f64) {
        let mut server = CriticServer::new(plan, false, vec![1.0].into());
        let mut iterates = Vec::new();
        while !server.finished() {
            let mean = f64::midpoint(server.psi()[0], target);
            server.averaged(&[mean]).expect("a round of the evaluation");
            iterates.push(server.psi()[0]);
        }
        (iterates, server.output()[0])
    }

    #[test]
    fn output_is_the_weighted_mean_of_the_iterates_after_the_first() {
        let (iterates, quadratic) = evaluate(plan(0.5, Weights::Quadratic, ServerLine::Repaired), 3.0);
        let uniform = evaluate(plan(0.5, Weights::Uniform, ServerLine::Repaired), 3.0).1;
        let last = evaluate(plan(0.5, Weights::Last, ServerLine::Repaired), 3.0).1;
        // R_0 = 2: of s = 3..6, with the weights 25, 36, 49 and 64.
        let kept = &iterates[2..];
        let weighted = 25.0 * kept[0] + 36.0 * kept[1] + 49.0 * kept[2] + 64.0 * kept[3];
        assert!((quadratic - weighted / 174.0).abs() < 1e-15, "{quadratic}");
        assert!((uniform - kept.iter().sum::<f64>() / 4.0).abs() < 1e-15, "{uniform}");
        assert_eq!(last, iterates[5]);
    }

    #[test]
    fn both_readings_of_line_15_are_one_at_eta_one_and_the_printed_one_steps_from_the_mean() {
        let of = |eta, line| evaluate(plan(eta, Weights::Quadratic, line), 0.0).0;
        assert_eq!(of(1.0, ServerLine::Printed), of(1.0, ServerLine::Repaired));
        // ψ̄^{r+1} = ψ̃^r / 2: repaired, each round multiplies by 1 - η / 2; printed, the iterates follow
        // x_{r+1} = (1 - η) x_{r-1} / 2 + η x_r / 2.
        let repaired = of(3.0, ServerLine::Repaired);
        assert!(repaired.windows(2).all(|pair| pair[1] == -0.5 * pair[0]), "{repaired:?}");
        let printed = of(3.0, ServerLine::Printed);
        assert_eq!(printed[0], (1.0 - 3.0) * 1.0 + 3.0 * 0.5);
        assert_eq!(printed[1], (1.0 - 3.0) * 0.5 + 3.0 * (printed[0] / 2.0));
        for r in 2..printed.len() {
            let expected = -2.0 * (printed[r - 2] / 2.0) + 3.0 * (printed[r - 1] / 2.0);
            assert_eq!(printed[r], expected, "round {r}");
        }
    }
}

//! What learners of evaluations begin with, where DPTD's own will not do.

use super::differences::TemporalDifferences;
use super::kinds::PSI;
use super::needs::{Needs, Of};
use super::trajectories::{Sizes, Trajectories};
use super::workers::Workers;
use dpac_actors::{Broadcast, Cause, Effort, Job};

/// Trajectories of the evaluated policy, local steps on them, and ψ as the server has told it.
pub struct Evaluating {
    /// Trajectories of the policy, for one thread.
    pub trajectories: Box<dyn Trajectories>,
    /// Local steps on them.
    pub differences: TemporalDifferences,
    /// ψ̃^r; 0 before the first round.
    pub psi: Vec<f64>,
}

impl Evaluating {
    /// What temporal differences ask of trajectories.
    pub const NEEDS: Needs = Needs {
        features: Some(Of::Taken),
        rewards: true,
        actions: false,
        gradients: None,
        probabilities: false,
    };

    /// What every client knows at the start: the policy at `theta`, and ψ = 0.
    pub fn new(workers: &dyn Workers, theta: &[f64]) -> Self {
        let Sizes { gamma, horizon, stacked_critic, .. } = workers.sizes();
        let mut trajectories = workers.trajectories();
        trajectories.set_policy(theta);
        let differences = TemporalDifferences::new(gamma, horizon);
        Evaluating { trajectories, differences, psi: vec![0.0; stacked_critic] }
    }

    /// Takes in what the server tells.
    ///
    /// # Errors
    /// A ψ of another length.
    pub fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        let Some(psi) = broadcast.vector(PSI) else { return Ok(()) };
        if psi.len() != self.psi.len() {
            let (found, expected) = (psi.len(), self.psi.len());
            return Err(Cause::Length { vector: PSI, found, expected });
        }
        self.psi.copy_from_slice(psi);
        Ok(())
    }

    /// The effort of a job whose local steps have so many trajectories each.
    pub fn effort(&self, job: &Job, trajectories: u64) -> Effort {
        let trajectories = job.order.steps.saturating_mul(trajectories);
        let environment_steps = trajectories.saturating_mul(self.trajectories.sizes().horizon as u64);
        Effort { local_steps: job.order.steps, trajectories, environment_steps }
    }
}

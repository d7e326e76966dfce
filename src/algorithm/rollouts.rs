//! What clients of second-order methods bring from their rollouts: the policy gradient and the Fisher matrix
//! at the policy that was told.

use super::jacobians::Jacobians;
use super::neural_scores::Centred;
use super::policy_gradient::{AT_THE_POLICY, Returns, Score, Scored};
use super::trajectories::{Sizes, Trajectories};
use super::workers::Workers;
use dpac_actors::{Cause, Effort, Generator, Job};

/// Trajectories of the present policy, for one thread, with room for what is computed of them.
pub(super) struct Rollouts {
    trajectories: Box<dyn Trajectories>,
    returns: Returns,
    score: Score,
    /// Of a network.
    dense: Dense,
}

/// What scores of a network are made of, and room for one.
#[derive(Default)]
struct Dense {
    centred: Centred,
    score: Vec<f64>,
}

impl Rollouts {
    pub(super) fn new(workers: &dyn Workers) -> Self {
        let Sizes { gamma, horizon, d_theta, .. } = workers.sizes();
        let (trajectories, returns) = (workers.trajectories(), Returns::new(gamma, horizon));
        let dense = Dense { score: vec![0.0; d_theta], ..Dense::default() };
        Rollouts { trajectories, returns, score: Score::new(d_theta), dense }
    }

    /// Takes in θ.
    ///
    /// # Errors
    /// One of another length.
    pub(super) fn set_policy(&mut self, theta: &[f64]) -> Result<(), Cause> {
        let (found, expected) = (theta.len(), self.trajectories.sizes().d_theta);
        if found != expected {
            return Err(Cause::Length { vector: super::kinds::THETA, found, expected });
        }
        self.trajectories.set_policy(theta);
        Ok(())
    }

    /// Adds the means over K trajectories: `g = (1/K) Σ g(τ)` to `gradient`, and by `fisher(i, j, x)`, i ≥ j,
    /// the entries of `(1/K) Σ Σ_h γ^h s_h s_h'`.
    pub(super) fn add(
        &mut self,
        job: &Job<'_>,
        rng: &mut Generator,
        gradient: &mut [f64],
        mut fisher: impl FnMut(usize, usize, f64),
    ) -> Effort {
        let Rollouts { trajectories, returns, score, dense } = self;
        let steps = job.order.steps;
        let scale = 1.0 / steps as f64;
        let mut left = steps;
        while left > 0 {
            let count = trajectories.sample(job.client, left, AT_THE_POLICY, rng);
            left -= count as u64;
            returns.set(trajectories.rewards());
            if trajectories.jacobians().is_some() {
                dense.centred.set(trajectories.taken(), trajectories.probabilities());
            }
            if let Some(jacobians) = trajectories.jacobians() {
                for k in 0..count {
                    dense.add(jacobians, k, returns, scale, gradient, &mut fisher);
                }
                continue;
            }
            let (rows, taken) = (trajectories.gradients(), trajectories.taken());
            let probabilities = &trajectories.probabilities()[..rows.len()];
            let scored = Scored { rows, taken, probabilities };
            scored.add_gradient(returns.to_go(), scale, gradient);
            scored.add_fisher(returns.discounts(), scale, score, &mut fisher);
        }
        let environment_steps = steps.saturating_mul(trajectories.sizes().horizon as u64);
        Effort { local_steps: steps, trajectories: steps, environment_steps }
    }
}

impl Dense {
    /// What one trajectory adds.
    fn add(
        &mut self,
        jacobians: &mut Jacobians,
        trajectory: usize,
        returns: &Returns,
        scale: f64,
        gradient: &mut [f64],
        fisher: &mut impl FnMut(usize, usize, f64),
    ) {
        let Dense { centred, score } = self;
        let discounts = returns.discounts();
        let horizon = discounts.len();
        let to_go = &returns.to_go()[trajectory * horizon..][..horizon];
        centred.add_gradient(jacobians, trajectory, to_go, scale, gradient);
        for (h, discount) in discounts.iter().enumerate() {
            centred.score(jacobians, (trajectory, horizon), h, score);
            for (i, x) in score.iter().enumerate() {
                let by = scale * discount * x;
                score[..=i].iter().enumerate().for_each(|(j, y)| fisher(i, j, by * y));
            }
        }
    }
}

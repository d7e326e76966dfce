//! A learner of one's own, on the trajectories that every algorithm is given: what it takes to write one, and
//! that the library's own steps come out of it.

use super::{bits, scattered};
use dpac::algorithm::{Batch, Needs, Of, Setting, Sizes, Start, TemporalDifferences, Trajectories, Workers};
use dpac::features::{BeliefFilter, BeliefMap, Degree, FeatureMap, FiniteMap};
use dpac::policy::LogLinear;
use dpac::pomdp::builtin::tiger;
use dpac::pomdp::{Generator, TabularProblem};
use dpac_actors::{Broadcast, Cause, Effort, Job, Learner, Order, Phase, Place, Reply, StepSize};
use std::sync::Arc;

/// TD on minibatches: each local step is the mean of the steps of B trajectories, all at the same ψ.
struct Minibatch {
    trajectories: Box<dyn Trajectories>,
    differences: TemporalDifferences,
    trajectories_per_step: u64,
    psi: Vec<f64>,
}

impl Minibatch {
    fn new(workers: &dyn Workers, theta: &[f64], trajectories_per_step: u64) -> Self {
        let Sizes { horizon, gamma, stacked_critic, .. } = workers.sizes();
        let mut trajectories = workers.trajectories();
        trajectories.set_policy(theta);
        let differences = TemporalDifferences::new(gamma, horizon);
        Minibatch { trajectories, differences, trajectories_per_step, psi: vec![0.0; stacked_critic] }
    }
}

impl Learner for Minibatch {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        if let Some(psi) = broadcast.vector("psi") {
            self.psi.copy_from_slice(psi);
        }
        Ok(())
    }

    fn steps(&mut self, job: &Job, _state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        let needs = Needs { features: Some(Of::Taken), rewards: true, ..Needs::default() };
        let psi = reply.copy_of(0, &self.psi);
        for _ in 0..job.order.steps {
            self.differences.set_step(job.order.step_size.at(0) / self.trajectories_per_step as f64);
            let (at, mut left) = (psi.to_vec(), self.trajectories_per_step);
            while left > 0 {
                left -= self.trajectories.sample(job.client, left, needs, rng) as u64;
                let (phi, rewards) = (self.trajectories.features(), self.trajectories.rewards());
                self.differences.add_steps(phi, rewards, &at, psi);
            }
        }
        let trajectories = job.order.steps * self.trajectories_per_step;
        let environment_steps = trajectories * self.trajectories.sizes().horizon as u64;
        Effort { local_steps: job.order.steps, trajectories, environment_steps }
    }
}

fn reply(learner: &mut dyn Learner, steps: u64) -> Vec<f64> {
    let order = Order { first_step: 0, steps, step_size: StepSize::constant(0.2) };
    let job =
        Job { client: 0, place: Place { round: 0, phase: Phase::Critic, barrier: 0 }, order, letters: &[] };
    let mut reply = Reply::default();
    let effort = learner.steps(&job, &mut [], &mut Generator::new(3), &mut reply);
    assert_eq!(effort.local_steps, steps);
    reply.into_vectors().remove(0)
}

fn holds<F: FeatureMap<Observation = u32> + 'static>(actor: F, critic: F) {
    let setting = Setting::new(TabularProblem::new(tiger()), LogLinear::new(actor), critic, 0.95);
    let theta = scattered(setting.d_theta(), 1);
    let minibatch = |size| Minibatch::new(&*setting, &theta, size);
    let own = reply(&mut *setting.learner(Start::Evaluation { theta: &theta }), 20);
    assert!(own.iter().any(|psi| psi.abs() > 0.01));
    assert_eq!(bits(&reply(&mut minibatch(1), 20)), bits(&own), "steps of one trajectory are DPTD's");
    assert_ne!(bits(&reply(&mut minibatch(3), 20)), bits(&own));
}

#[test]
fn a_minibatch_of_one_trajectory_takes_dptd_s_steps_to_the_bit() {
    let window = FiniteMap::window(4, 3, 2, 1, 1).expect("a small window");
    holds(window.clone(), window);
    let filter = Arc::new(BeliefFilter::new(Arc::new(tiger())));
    let actor = BeliefMap::for_actor(Arc::clone(&filter), 4, Degree::One);
    holds(actor, BeliefMap::for_critic(filter, 4, Degree::Two));
}

/// Whoever averages its own iterates stops after each trajectory.
#[test]
fn steps_trajectory_by_trajectory_are_those_of_a_batch() {
    let window = FiniteMap::window(4, 3, 2, 1, 1).expect("a small window");
    let setting = Setting::new(TabularProblem::new(tiger()), LogLinear::new(window.clone()), window, 0.95);
    let mut trajectories = setting.trajectories();
    let Sizes { horizon, gamma, stacked_critic, .. } = trajectories.sizes();
    let needs = Needs { features: Some(Of::Taken), rewards: true, ..Needs::default() };
    let count = trajectories.sample(0, 100, needs, &mut Generator::new(4));
    assert!(count > 1, "a batch of several");
    let mut differences = TemporalDifferences::new(gamma, horizon);
    differences.set_step(0.2);
    let (phi, rewards) = (trajectories.features(), trajectories.rewards());
    let mut at_once = vec![0.0; stacked_critic];
    differences.steps(phi, rewards, &mut at_once[..]);
    let (mut iterate, mut mean) = (vec![0.0; stacked_critic], vec![0.0; stacked_critic]);
    for lane in 0..count {
        let places = lane * horizon..(lane + 1) * horizon;
        differences.steps(phi.range(places.clone()), &rewards[places], &mut iterate[..]);
        mean.iter_mut().zip(&iterate).for_each(|(mean, psi)| *mean += psi / count as f64);
    }
    assert_eq!(bits(&iterate), bits(&at_once));
    assert!(mean.iter().zip(&iterate).any(|(mean, last)| (mean - last).abs() > 1e-3));
}

/// Whoever learns a model reads what was done and seen.
#[test]
fn a_batch_has_the_actions_and_observations_that_its_features_are_of() {
    let map = FiniteMap::window(4, 3, 2, 1, 2).expect("a small window");
    let setting = Setting::new(TabularProblem::new(tiger()), LogLinear::new(map.clone()), map.clone(), 0.95);
    let mut trajectories = setting.trajectories();
    let needs = Needs { features: Some(Of::Taken), rewards: true, actions: true, ..Needs::default() };
    let mut rng = Generator::new(9);
    for at_most in [50, 2, 1] {
        let count = trajectories.sample(0, at_most, needs, &mut rng);
        let batch: &Batch<u32> = trajectories.batch().downcast_ref().expect("numbered observations");
        assert_eq!((batch.count(), batch.horizon()), (count, 4));
        for lane in 0..count {
            let mut slot = map.first_slot(batch.first()[lane] as usize);
            for h in 0..4 {
                let action = batch.actions(h)[lane] as usize;
                let place = lane * 4 + h;
                assert_eq!(trajectories.taken()[place] as usize, action);
                let mut found = Vec::new();
                trajectories.features().for_each(place, |i, value| found.push((i, value.to_bits())));
                assert_eq!(found, [(map.component(h, slot, action), 1.0_f64.to_bits())]);
                // Listening costs 1; a door opens on 10 or on -100.
                let listened = (trajectories.rewards()[place] - 0.9).abs() < 1e-12;
                assert_eq!(listened, action == 0);
                if h < 3 {
                    slot = map.next_slot(h, slot, action, batch.seen(h)[lane] as usize);
                }
            }
        }
    }
}

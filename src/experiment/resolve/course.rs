//! Where a policy that is a network starts, and how far each of its rounds goes.

use super::error::{ResolveError, key};
use super::steps::{is_theory, on_the_wire, step_size};
use crate::algorithm::{ByProbes, Course, Entry};
use crate::config::{Config, NetworkPolicy};
use crate::experiment::subject::Subject;
use crate::policy::network::Network;
use crate::theory::sizes::Sizes;
use dpac_actors::{Purpose, StreamKey};
use rand::Rng;
use std::sync::Arc;

const EVEN: &str = "give an even number of units, or output = \"zero\", whose units need no opposites";

/// Fewer local steps leave the regression in its first directions, a bias that more clients do not reduce.
const LOCAL_STEPS_LEAST: u64 = 256;

/// The course of a run whose policy is this network.
///
/// # Errors
/// The theorems' schedule, which takes a Fisher matrix that is bounded below for every θ (Definition 8), and
/// a first parameter that there is not.
pub(super) fn course(
    config: &Config,
    policy: NetworkPolicy,
    subject: &dyn Subject,
    gamma: f64,
    sizes: &Sizes,
) -> Result<Course, ResolveError> {
    if is_theory(config) {
        let message = "Theorem 2 takes a Fisher matrix that is bounded below for every policy (Definition 8), which networks do not have";
        return Err(key(
            "schedule",
            message,
            "use schedule = \"practical\", or features instead of a network",
        ));
    }
    let (network, inputs) = subject.network().expect("the subject of a network has it");
    let actor = &config.actor;
    let steps = ByProbes {
        network: *network,
        inputs: inputs.clone(),
        gamma,
        seed: config.seed,
        probes: ByProbes::PROBES,
        largest_move: actor.largest_move.unwrap_or(ByProbes::MOVE),
        zeta: actor.zeta.given().map(|zeta| on_the_wire(step_size(zeta))),
        eta: actor.eta.given().map(|eta| eta.of(sizes.rounds)),
    };
    Ok(Course { theta: first(config.seed, policy, network)?, steps: Some(Arc::new(steps)) })
}

/// The network that is the critic, with how its step is measured.
pub(super) fn critic(config: &Config, subject: &dyn Subject, gamma: f64) -> Option<ByProbes> {
    let (network, (_, inputs)) = (subject.critic_network()?, subject.network()?);
    Some(ByProbes {
        network: *network,
        inputs: inputs.clone(),
        gamma,
        seed: config.seed,
        probes: ByProbes::PROBES,
        largest_move: ByProbes::MOVE,
        zeta: config.critic.alpha.given().map(|alpha| on_the_wire(step_size(alpha))),
        eta: None,
    })
}

/// `θ_0`: a function of the seed, and of nothing else that a run has.
fn first(seed: u64, policy: NetworkPolicy, network: &Network) -> Result<Arc<[f64]>, ResolveError> {
    let purpose = Purpose::FirstPolicy;
    let stream = StreamKey { seed, purpose, client: 0, round: 0, phase: 0, barrier: 0 };
    let mut words = stream.generator();
    let theta = network.initial(policy.output(), || words.next_u64());
    let theta = theta.map_err(|error| key("actor.policy.hidden", error.to_string(), EVEN))?;
    Ok(theta.into())
}

/// What the user should know before a network learns.
pub(super) fn warn(entry: &Entry, sizes: &Sizes, warnings: &mut Vec<String>) {
    let steps = sizes.actor_local_steps;
    // Whose ζ and η are both measured fits a direction by local steps; others sample, or move by them.
    let regresses = entry.words.reads("actor.zeta") && entry.words.reads("actor.largest_move");
    if regresses && steps < LOCAL_STEPS_LEAST {
        warnings.push(format!(
            "a network's regression takes {steps} local steps; with fewer than {LOCAL_STEPS_LEAST} it stays in its first \
             directions, a bias that more clients do not reduce"
        ));
    }
}

//! The letters of formulas.

/// A number that a configuration or a problem gives, by its letter in formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The letter.
    pub symbol: &'static str,
    /// The size that it stands for, as errors name it.
    pub size: &'static str,
}

const fn letter(symbol: &'static str, size: &'static str) -> Letter {
    Letter { symbol, size }
}

/// Clients.
pub const M: Letter = letter("M", "clients");
/// Outer rounds.
pub const R: Letter = letter("R", "rounds");
/// Local steps of the actor in each round.
pub const K: Letter = letter("K", "actor_local_steps");
/// Local steps of the actor between two barriers.
pub const I: Letter = letter("I", "actor_sync_interval");
/// `⌈K/I⌉`: barriers of the actor in each round, after every I local steps and after the last.
pub const N: Letter = letter("n", "actor_barriers");
/// Rounds of each evaluation.
pub const R_E: Letter = letter("R_e", "critic_rounds");
/// Local steps of the critic in each round of an evaluation.
pub const K_E: Letter = letter("K_e", "critic_local_steps");
/// Length of θ and ω, `d_θ`.
pub const P: Letter = letter("p", "d_theta");
/// Length of a matrix of `d_θ` rows and columns.
pub const P_SQUARED: Letter = letter("p²", "d_theta_squared");
/// Length of ψ, stacked over steps.
pub const Q: Letter = letter("q", "stacked_critic");
/// Links of the graph of clients that write to one another, each way counted.
pub const LINKS: Letter = letter("E", "links");
/// Histories, or windows of these, of all steps: rows of a policy that is a table.
pub const SLOTS: Letter = letter("s", "policy_slots");
/// Observations that may follow an action.
pub const O: Letter = letter("o", "observations");
/// `2 H K`: what one client saw and did in the rollouts of a round, integers.
pub const SEEN: Letter = letter("y", "rollout_integers");
/// `H K`: what it earned.
pub const REWARDS: Letter = letter("x", "rollout_rewards");
/// `3 H K M`: what all clients saw, did and earned in the rollouts of a round.
pub const COLLECTED: Letter = letter("M (x + y)", "collected_numbers");
/// Environment steps of a trajectory.
pub const H: Letter = letter("H", "horizon");

//! The kinds of message and the names of vectors. DETERMINISM.md fixes the numbers of kinds.

use dpac_actors::{Kind, Phase};

/// The policy's parameter θ, `d_θ` floats.
pub(crate) const THETA: &str = "theta";
/// The stacked critic ψ, `Σ_h d_{Q,h}` floats.
pub(crate) const PSI: &str = "psi";
/// The direction of policy improvement ω, `d_θ` floats.
pub(crate) const OMEGA: &str = "omega";

pub(super) const CRITIC_UP: u16 = 0;
pub(super) const CRITIC_SYNC: u16 = 1;
pub(super) const POLICY_CRITIC: u16 = 2;
pub(super) const Q_BROADCAST: u16 = 3;
pub(super) const ACTOR_UP: u16 = 4;
pub(super) const ACTOR_SYNC: u16 = 5;

/// DPAC's table, and DPTD's, which uses the first two.
pub(super) const DPAC: [Kind; 6] = [
    Kind::up("critic_up", Phase::Critic, &[PSI]),
    Kind::down("critic_sync", Phase::Critic, &[PSI]).answered_by(CRITIC_UP),
    Kind::down("policy_critic", Phase::Critic, &[THETA, PSI]).opening().answered_by(CRITIC_UP),
    Kind::down("q_broadcast", Phase::Actor, &[PSI]).opening().answered_by(ACTOR_UP),
    Kind::up("actor_up", Phase::Actor, &[OMEGA]),
    Kind::down("actor_sync", Phase::Actor, &[OMEGA]).answered_by(ACTOR_UP),
];

/// DPPG's table: its `policy_critic` carries (θ, Q) and opens the actor's phase.
pub(super) const DPPG: [Kind; 6] = [
    DPAC[0],
    DPAC[1],
    Kind::down("policy_critic", Phase::Actor, &[THETA, PSI]).opening().answered_by(ACTOR_UP),
    DPAC[3],
    DPAC[4],
    DPAC[5],
];

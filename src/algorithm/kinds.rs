//! The kinds of message, by number. DETERMINISM.md fixes the numbers.

use dpac_actors::{Direction, Kind, Opens, Phase, VectorName};

pub(super) const CRITIC_UP: u16 = 0;
pub(super) const CRITIC_SYNC: u16 = 1;
pub(super) const POLICY_CRITIC: u16 = 2;
pub(super) const Q_BROADCAST: u16 = 3;
pub(super) const ACTOR_UP: u16 = 4;
pub(super) const ACTOR_SYNC: u16 = 5;

const fn up(name: &'static str, phase: Phase, vectors: &'static [VectorName]) -> Kind {
    Kind { name, direction: Direction::Up, phase, opens: Opens::Nothing, answer: None, vectors }
}

const fn down(name: &'static str, phase: Phase, opens: Opens, vectors: &'static [VectorName]) -> Kind {
    let answer = match phase {
        Phase::Critic => CRITIC_UP,
        Phase::Actor => ACTOR_UP,
    };
    Kind { name, direction: Direction::Down, phase, opens, answer: Some(answer), vectors }
}

/// DPAC's table, and DPTD's, which uses the first two.
pub(super) const DPAC: [Kind; 6] = [
    up("critic_up", Phase::Critic, &[VectorName::Psi]),
    down("critic_sync", Phase::Critic, Opens::Nothing, &[VectorName::Psi]),
    down("policy_critic", Phase::Critic, Opens::Phase, &[VectorName::Theta, VectorName::Psi]),
    down("q_broadcast", Phase::Actor, Opens::Phase, &[VectorName::Psi]),
    up("actor_up", Phase::Actor, &[VectorName::Omega]),
    down("actor_sync", Phase::Actor, Opens::Nothing, &[VectorName::Omega]),
];

/// DPPG's table: its `policy_critic` carries (θ, Q) and opens the actor's phase.
pub(super) const DPPG: [Kind; 6] = [
    DPAC[0],
    DPAC[1],
    down("policy_critic", Phase::Actor, Opens::Phase, &[VectorName::Theta, VectorName::Psi]),
    DPAC[3],
    DPAC[4],
    DPAC[5],
];

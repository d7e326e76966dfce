//! Integer sizes from a budget of trajectories and a number of clients.
//!
//! The corollaries of the paper give real numbers; the rules that make them integers are, with rounding half
//! away from zero,
//!
//! | | local steps | rounds | interval |
//! |---|---|---|---|
//! | DPPG, DPAC (Corollaries 2, 3) | `K = max(1, round(√(T/M)))` | `R = max(1, ⌊T/K⌋)` | `I = max(1, round(K^{2/3} M^{-1/3}))` |
//! | DPTD within DPAC, `T_e = K` | `K_e = max(1, round(T_e^{2/3} M^{-1/3}))` | `R_e = ⌈T_e/K_e⌉` | |
//! | DPTD alone (Corollary 1) | `K_e = max(1, round(T^{2/3} M^{-1/3}))` | `R_e = max(1, ⌊T/K_e⌋)` | |
//!
//! Corollary 1 has K as the minimum of `T^{2/3} M^{-1/3}`, of `T/M` and of `√((2/e) H σ_g² T / (G M))`, as
//! our copy of the paper prints it, and allows the first term alone where `T/M >= G² / (ν² H σ_g²)`. The
//! first term alone is what is taken here, whether that holds or not: σ_g and G are not known before a run.
//!
//! A size that is given is kept. Where rounds are given and local steps are not, local steps are what the
//! budget leaves to each round, rounded as the rounds would have been.

use super::protocol::Values;
use super::protocol::letter::{I, K, K_E, N, R, R_E};
use serde::Serialize;
use thiserror::Error;

/// What is known about the sizes of a run before they are resolved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SizeRequest {
    /// Number of clients, M.
    pub clients: u64,
    /// Budget T of trajectories per client: `R_e K_e` for DPTD; `R K`, the actor's alone, for DPPG and DPAC.
    pub trajectories: Option<u64>,
    /// Outer rounds R of DPPG and DPAC.
    pub rounds: Option<u64>,
    /// Local steps K of the actor.
    pub actor_local_steps: Option<u64>,
    /// Local steps I of the actor between two barriers.
    pub actor_sync_interval: Option<u64>,
    /// Budget T_e of trajectories per client of each DPTD call within DPAC; K where it is not given.
    pub critic_trajectories: Option<u64>,
    /// Rounds R_e of a DPTD call.
    pub critic_rounds: Option<u64>,
    /// Local steps K_e of the critic.
    pub critic_local_steps: Option<u64>,
}

impl SizeRequest {
    /// Sizes that follow from T and M alone.
    pub fn from_budget(trajectories: u64, clients: u64) -> Self {
        SizeRequest { clients, trajectories: Some(trajectories), ..SizeRequest::default() }
    }

    /// The sizes given, and these for the others.
    #[must_use]
    pub fn or(self, others: Sizes) -> Self {
        let or = |given: Option<u64>, other: u64| given.or((other > 0).then_some(other));
        SizeRequest {
            rounds: or(self.rounds, others.rounds),
            actor_local_steps: or(self.actor_local_steps, others.actor_local_steps),
            actor_sync_interval: or(self.actor_sync_interval, others.actor_sync_interval),
            critic_rounds: or(self.critic_rounds, others.critic_rounds),
            critic_local_steps: or(self.critic_local_steps, others.critic_local_steps),
            ..self
        }
    }
}

/// The sizes of a run. Those for which the algorithm has no use are 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// Outer rounds R.
    pub rounds: u64,
    /// Local steps K of the actor.
    pub actor_local_steps: u64,
    /// Local steps I of the actor between two barriers.
    pub actor_sync_interval: u64,
    /// Rounds R_e of a DPTD call.
    pub critic_rounds: u64,
    /// Local steps K_e of the critic.
    pub critic_local_steps: u64,
}

/// Why sizes cannot be resolved.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SizeError {
    /// A size must be at least 1.
    #[error("{size} is 0; it must be at least 1")]
    Zero {
        /// The field of [`SizeRequest`].
        size: &'static str,
    },
    /// Several clients of an algorithm that is a single agent's.
    #[error("{clients} clients of an algorithm that is a single agent's")]
    OneAgent {
        /// M.
        clients: u64,
    },
    /// Neither the size nor the budget that it follows from is given.
    #[error(
        "{size} follows from the budget of trajectories: give trajectories, or both {size} and {partner}"
    )]
    NoBudget {
        /// The size that is missing.
        size: &'static str,
        /// The other factor of the budget.
        partner: &'static str,
    },
}

impl Sizes {
    /// No size at all.
    pub const NONE: Sizes = Sizes {
        rounds: 0,
        actor_local_steps: 0,
        actor_sync_interval: 0,
        critic_rounds: 0,
        critic_local_steps: 0,
    };

    /// The same by letters, with `n = ⌈K/I⌉`.
    pub fn values(&self) -> Values {
        let barriers = match self.actor_sync_interval {
            0 => 0,
            interval => self.actor_local_steps.div_ceil(interval),
        };
        let sizes = [
            (R, self.rounds),
            (K, self.actor_local_steps),
            (I, self.actor_sync_interval),
            (R_E, self.critic_rounds),
            (K_E, self.critic_local_steps),
            (N, barriers),
        ];
        sizes.into_iter().fold(Values::default(), |values, (letter, size)| values.with(letter, size))
    }
}

/// How an algorithm comes to its sizes.
#[derive(Clone, Copy, Debug)]
pub struct Sizing {
    /// What stands where neither a size nor a budget is given.
    pub defaults: Sizes,
    /// Every size that the algorithm needs; the values are those of its own letters.
    ///
    /// # Errors
    /// If a size is given as 0, or follows from a budget that is not given.
    pub rule: fn(&SizeRequest, &Values) -> Result<Sizes, SizeError>,
    /// Which keys follow from a budget, and how.
    pub formulas: &'static [(&'static str, &'static str)],
}

impl Sizing {
    /// The sizes of a run: of a budget as the rule has them, else those given and the defaults.
    ///
    /// # Errors
    /// As [`Sizing::rule`].
    pub fn resolve(&self, request: &SizeRequest, own: &Values) -> Result<Sizes, SizeError> {
        check_positive(request)?;
        let request = if request.trajectories.is_none() { request.or(self.defaults) } else { *request };
        (self.rule)(&request, own)
    }

    /// Whether it is a single agent's, and refuses a second client.
    pub fn is_of_one_agent(&self) -> bool {
        let two = SizeRequest { clients: 2, ..SizeRequest::default() };
        matches!(self.resolve(&two, &Values::default()), Err(SizeError::OneAgent { .. }))
    }
}

/// One evaluation by itself, as DPTD's.
pub const EVALUATION: Sizing = Sizing {
    defaults: Sizes { critic_rounds: 256, critic_local_steps: 16, ..Sizes::NONE },
    rule: |request, _| evaluation(request),
    formulas: &[
        ("critic.local_steps", "round(T^(2/3) / M^(1/3)), the first of the terms of Corollary 1's minimum"),
        ("critic.rounds", "floor(T / K_e)"),
    ],
};

/// Improvement on somebody else's critic, as DPPG's.
pub const IMPROVEMENT: Sizing = Sizing {
    defaults: Sizes { rounds: 128, actor_local_steps: 512, actor_sync_interval: 64, ..Sizes::NONE },
    rule: |request, _| improvement(request),
    formulas: &[OF_ACTOR[0], OF_ACTOR[1], OF_ACTOR[2]],
};

/// Improvement in rounds of one barrier: K local steps of every client, and a step of the policy.
pub const ASCENT: Sizing = Sizing {
    defaults: Sizes { rounds: 128, actor_local_steps: 64, ..Sizes::NONE },
    rule: |request, _| {
        let Sizes { rounds, actor_local_steps, .. } = improvement(request)?;
        Ok(Sizes { rounds, actor_local_steps, ..Sizes::NONE })
    },
    formulas: &[OF_ACTOR[0], OF_ACTOR[1]],
};

/// An evaluation before each step of improvement, as DPAC's. With these sizes it solves Tiger at H = 4.
pub const ACTOR_CRITIC: Sizing = Sizing {
    defaults: Sizes { critic_rounds: 4, critic_local_steps: 64, ..IMPROVEMENT.defaults },
    rule: |request, _| {
        let sizes = improvement(request)?;
        let budget = request.critic_trajectories.unwrap_or(sizes.actor_local_steps);
        let (critic_local_steps, critic_rounds) = of_critic(request, Some(budget), u64::div_ceil)?;
        Ok(Sizes { critic_rounds, critic_local_steps, ..sizes })
    },
    formulas: &[
        OF_ACTOR[0],
        OF_ACTOR[1],
        OF_ACTOR[2],
        (
            "critic.local_steps",
            "round(T_e^(2/3) / M^(1/3)), the first of the terms of Corollary 1's minimum, T_e = K",
        ),
        ("critic.rounds", "ceil(T_e / K_e)"),
    ],
};

/// Policy steps that need no trajectories.
pub const ROUNDS: Sizing = Sizing {
    defaults: Sizes { rounds: 128, ..Sizes::NONE },
    rule: |request, _| {
        let rounds = request.rounds.ok_or(SizeError::NoBudget { size: "rounds", partner: "rounds" })?;
        Ok(Sizes { rounds, ..Sizes::NONE })
    },
    formulas: &[],
};

/// Policy steps each of which follows an evaluation and nothing else. A budget of trajectories is for all of
/// them; how long one evaluation is does not follow from it.
pub const EVALUATIONS: Sizing = Sizing {
    defaults: Sizes { rounds: 128, critic_rounds: 4, critic_local_steps: 64, ..Sizes::NONE },
    rule: |request, _| {
        let critic_rounds = request.critic_rounds.unwrap_or(4);
        let critic_local_steps = request.critic_local_steps.unwrap_or(64);
        let of_one = critic_rounds.saturating_mul(critic_local_steps);
        let of_budget = request.trajectories.map(|budget| (budget / of_one).max(1));
        let rounds = request.rounds.or(of_budget);
        let rounds = rounds.ok_or(SizeError::NoBudget { size: "rounds", partner: "critic_rounds" })?;
        Ok(Sizes { rounds, critic_rounds, critic_local_steps, ..Sizes::NONE })
    },
    formulas: &[("actor.rounds", "floor(T / (R_e K_e))")],
};

const OF_ACTOR: [(&str, &str); 3] = [
    ("actor.local_steps", "round(sqrt(T / M))"),
    ("actor.rounds", "floor(T / K)"),
    ("actor.sync_interval", "round(K^(2/3) / M^(1/3))"),
];

fn evaluation(request: &SizeRequest) -> Result<Sizes, SizeError> {
    let (critic_local_steps, critic_rounds) = of_critic(request, request.trajectories, at_least_one)?;
    Ok(Sizes { critic_rounds, critic_local_steps, ..Sizes::NONE })
}

fn improvement(request: &SizeRequest) -> Result<Sizes, SizeError> {
    let clients = request.clients;
    let steps = Factor { name: "actor_local_steps", given: request.actor_local_steps };
    let rounds = Factor { name: "rounds", given: request.rounds };
    let (actor_local_steps, rounds) =
        factorise(request.trajectories, steps, rounds, |t| square_root_steps(t, clients), at_least_one)?;
    let interval = two_thirds_steps(actor_local_steps, clients);
    let actor_sync_interval = request.actor_sync_interval.unwrap_or(interval);
    Ok(Sizes { rounds, actor_local_steps, actor_sync_interval, ..Sizes::NONE })
}

/// `(K_e, R_e)` of a budget of trajectories for one evaluation.
fn of_critic(
    request: &SizeRequest,
    budget: Option<u64>,
    divide: fn(u64, u64) -> u64,
) -> Result<(u64, u64), SizeError> {
    let steps = Factor { name: "critic_local_steps", given: request.critic_local_steps };
    let rounds = Factor { name: "critic_rounds", given: request.critic_rounds };
    factorise(budget, steps, rounds, |t| two_thirds_steps(t, request.clients), divide)
}

/// One of the two factors of a budget.
#[derive(Clone, Copy)]
struct Factor {
    name: &'static str,
    given: Option<u64>,
}

/// (local steps, rounds), whose product is the budget up to rounding.
fn factorise(
    budget: Option<u64>,
    steps: Factor,
    rounds: Factor,
    steps_rule: impl Fn(u64) -> u64,
    divide: impl Fn(u64, u64) -> u64,
) -> Result<(u64, u64), SizeError> {
    let missing =
        |size: Factor, partner: Factor| SizeError::NoBudget { size: size.name, partner: partner.name };
    match (steps.given, rounds.given) {
        (Some(k), Some(r)) => Ok((k, r)),
        (Some(k), None) => Ok((k, divide(budget.ok_or(missing(rounds, steps))?, k))),
        (None, Some(r)) => Ok((divide(budget.ok_or(missing(steps, rounds))?, r), r)),
        (None, None) => {
            let budget = budget.ok_or(missing(steps, rounds))?;
            let k = steps_rule(budget);
            Ok((k, divide(budget, k)))
        }
    }
}

/// `max(1, ⌊t/k⌋)`.
fn at_least_one(t: u64, k: u64) -> u64 {
    (t / k).max(1)
}

/// `max(1, round(√(T/M)))`.
fn square_root_steps(t: u64, clients: u64) -> u64 {
    ((t as f64 / clients as f64).sqrt().round() as u64).max(1)
}

/// `max(1, round(T^{2/3} M^{-1/3}))`, as one cube root.
fn two_thirds_steps(t: u64, clients: u64) -> u64 {
    let t = t as f64;
    (libm::cbrt(t * t / clients as f64).round() as u64).max(1)
}

fn check_positive(request: &SizeRequest) -> Result<(), SizeError> {
    let given = [
        ("clients", Some(request.clients)),
        ("trajectories", request.trajectories),
        ("rounds", request.rounds),
        ("actor_local_steps", request.actor_local_steps),
        ("actor_sync_interval", request.actor_sync_interval),
        ("critic_trajectories", request.critic_trajectories),
        ("critic_rounds", request.critic_rounds),
        ("critic_local_steps", request.critic_local_steps),
    ];
    match given.into_iter().find(|&(_, value)| value == Some(0)) {
        Some((size, _)) => Err(SizeError::Zero { size }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(sizing: Sizing, request: &SizeRequest) -> Result<Sizes, SizeError> {
        check_positive(request)?;
        (sizing.rule)(request, &Values::default())
    }

    #[test]
    fn dpac_sizes_are_the_corollary_s_where_it_gives_integers() {
        // T = 2^18, M = 4: K = 256, R = 1024, I = 2^{16/3 - 2/3} = 25.4, and T_e = K.
        let sizes = resolve(ACTOR_CRITIC, &SizeRequest::from_budget(1 << 18, 4)).unwrap();
        let expected = Sizes {
            rounds: 1024,
            actor_local_steps: 256,
            actor_sync_interval: 25,
            critic_rounds: 11,
            critic_local_steps: 25,
        };
        assert_eq!(sizes, expected);
    }

    #[test]
    fn dptd_sizes_are_the_corollary_s_where_it_gives_integers() {
        // T = 4096, M = 8: T^{2/3} M^{-1/3} = 256/2.
        let sizes = resolve(EVALUATION, &SizeRequest::from_budget(4096, 8)).unwrap();
        assert_eq!(sizes, Sizes { critic_rounds: 32, critic_local_steps: 128, ..Sizes::default() });
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        // √(25/4) = 2.5; 27^{2/3} 216^{-1/3} = 1.5.
        assert_eq!(square_root_steps(25, 4), 3);
        assert_eq!(two_thirds_steps(27, 216), 2);
    }

    #[test]
    fn sizes_are_at_least_one_however_many_the_clients() {
        let sizes = resolve(ACTOR_CRITIC, &SizeRequest::from_budget(3, 1_000_000)).unwrap();
        let expected = Sizes {
            rounds: 3,
            actor_local_steps: 1,
            actor_sync_interval: 1,
            critic_rounds: 1,
            critic_local_steps: 1,
        };
        assert_eq!(sizes, expected);
    }

    #[test]
    fn given_sizes_are_kept_and_need_no_budget() {
        let request = SizeRequest {
            trajectories: None,
            rounds: Some(4),
            actor_local_steps: Some(7),
            actor_sync_interval: Some(3),
            critic_rounds: Some(2),
            critic_local_steps: Some(5),
            ..SizeRequest::from_budget(1, 3)
        };
        let expected = Sizes {
            rounds: 4,
            actor_local_steps: 7,
            actor_sync_interval: 3,
            critic_rounds: 2,
            critic_local_steps: 5,
        };
        assert_eq!(resolve(ACTOR_CRITIC, &request), Ok(expected));
    }

    #[test]
    fn the_critic_s_one_round_takes_its_whole_budget() {
        let one_round = SizeRequest { critic_rounds: Some(1), ..SizeRequest::from_budget(1 << 18, 4) };
        assert_eq!(resolve(ACTOR_CRITIC, &one_round).unwrap().critic_local_steps, 256);
        let own_budget = SizeRequest { critic_trajectories: Some(1000), ..one_round };
        assert_eq!(resolve(ACTOR_CRITIC, &own_budget).unwrap().critic_local_steps, 1000);
    }

    #[test]
    fn a_missing_budget_and_a_zero_are_errors() {
        let request = SizeRequest { trajectories: None, ..SizeRequest::from_budget(1, 4) };
        let error = SizeError::NoBudget { size: "actor_local_steps", partner: "rounds" };
        assert_eq!(resolve(IMPROVEMENT, &request), Err(error));
        let request = SizeRequest { critic_rounds: Some(0), ..request };
        assert_eq!(resolve(IMPROVEMENT, &request), Err(SizeError::Zero { size: "critic_rounds" }));
    }
}

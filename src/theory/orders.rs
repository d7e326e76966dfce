//! How often the corollaries say that clients and server meet, in orders of M and T: as printed, as counted
//! with the printed sizes, and as far as a proof reaches.

use serde::Serialize;

/// An order at the sizes of a run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Order {
    /// What it counts, and by which reading.
    pub reading: &'static str,
    /// The order in letters.
    pub formula: &'static str,
    /// Its number.
    pub value: f64,
    /// When it is of use.
    pub condition: &'static str,
    /// Whether the sizes meet this.
    pub met: bool,
}

/// The orders of the actor's barriers for a run of M clients and T trajectories of each.
pub fn actor(clients: f64, trajectories: f64) -> [Order; 2] {
    let (m, t) = (clients, trajectories);
    [
        Order {
            reading: "printed, R I",
            formula: "T^(5/6) M^(-1/6)",
            value: libm::pow(t, 5.0 / 6.0) * libm::pow(m, -1.0 / 6.0),
            condition: "at least R K/I for T >= M^5",
            met: t >= libm::pow(m, 5.0),
        },
        Order {
            reading: "counted, R K/I",
            formula: "(M T)^(2/3)",
            value: libm::pow(m * t, 2.0 / 3.0),
            condition: "below T for T > M^2",
            met: t > m * m,
        },
    ]
}

/// The orders of the critic's barriers over all R rounds, with `T_e = K`; `alike` says whether all clients
/// have the same problem.
pub fn critic(clients: f64, trajectories: f64, alike: bool) -> [Order; 5] {
    let (m, t) = (clients, trajectories);
    let both = m * t;
    [
        Order {
            reading: "printed",
            formula: "(M T)^(1/3)",
            value: libm::cbrt(both),
            condition: "all of one evaluation",
            met: false,
        },
        Order {
            reading: "counted",
            formula: "(M T)^(2/3)",
            value: libm::pow(both, 2.0 / 3.0),
            condition: "below T for T > M^2",
            met: t > m * m,
        },
        // Rounds of an evaluation are then at least M.
        Order {
            reading: "repaired, no G",
            formula: "(M T)^(2/3)",
            value: libm::pow(both, 2.0 / 3.0),
            condition: "enough for T >= M^5",
            met: t >= libm::pow(m, 5.0),
        },
        Order {
            reading: "repaired, with G",
            formula: "(M T)^(3/4)",
            value: libm::pow(both, 0.75),
            condition: "below T for T > M^3",
            met: t > m * m * m,
        },
        Order {
            reading: "one in each evaluation",
            formula: "(M T)^(1/2)",
            value: both.sqrt(),
            condition: "clients alike",
            met: alike,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::protocol::Values;
    use crate::theory::sizes::{ACTOR_CRITIC, SizeRequest};

    /// At sizes that are powers of 2 to the 6th, nothing is rounded but `T_e^{2/3} M^{-1/3}`.
    #[test]
    fn counted_orders_are_the_counts_of_the_corollary_s_sizes() {
        for (m, t) in [(1_u64, 1_u64 << 24), (64, 1 << 30), (4096, 1 << 36)] {
            let sizes =
                ACTOR_CRITIC.resolve(&SizeRequest::from_budget(t, m), &Values::default()).expect("sizes");
            let barriers =
                (sizes.rounds * sizes.actor_local_steps.div_ceil(sizes.actor_sync_interval)) as f64;
            let [_, counted] = actor(m as f64, t as f64);
            assert!((barriers / counted.value - 1.0).abs() < 1e-9, "{m} {t}: {barriers} {counted:?}");
            let barriers = (sizes.rounds * sizes.critic_rounds) as f64;
            assert!(
                (barriers / critic(m as f64, t as f64, true)[1].value - 1.0).abs() < 1e-9,
                "{m} {t}: {barriers}"
            );
        }
    }

    #[test]
    fn the_printed_order_is_above_the_count_from_the_fifth_power_on() {
        for (m, t, above) in [(4.0, 1024.0, true), (4.0, 1000.0, false), (4.0, 17.0, false)] {
            let [printed, counted] = actor(m, t);
            assert_eq!(printed.value >= counted.value * (1.0 - 1e-12), above, "{m} {t}");
            assert_eq!(printed.met, above);
        }
    }
}

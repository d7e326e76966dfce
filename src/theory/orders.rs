//! Orders of communication in T and M: what the paper claims, beside what its sizes give and what seems to be needed.
//!
//! An order is no prediction of a count, and constants are left out; a report prints the value at the run's own (T, M)
//! beside the measured counterpart so that a reader can see which line grows as the run does. What is said of the paper
//! is said of our copy of it.

use super::Algorithm;
use serde::Serialize;

/// How far a line can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The order that our copy of the paper prints.
    AsPrinted,
    /// What the paper's own sizes come to when messages are counted.
    PrintedSizesCountedCorrectly,
    /// What the proof still gives once the steps that it does not support are repaired.
    WhatTheRepairedProofSupports,
    /// What was seen to be enough on the problems tried; no theorem.
    WhatMeasurementShowsToSuffice,
}

impl Standing {
    /// The words that a report prints.
    pub fn words(self) -> &'static str {
        match self {
            Standing::AsPrinted => "as printed",
            Standing::PrintedSizesCountedCorrectly => "printed sizes counted correctly",
            Standing::WhatTheRepairedProofSupports => "what the repaired proof supports",
            Standing::WhatMeasurementShowsToSuffice => "what measurement shows to suffice",
        }
    }
}

/// One line of a report: an order `T^a M^b` and its value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Order {
    /// What is counted, for people.
    pub label: &'static str,
    /// The formula, for people.
    pub formula: &'static str,
    /// Power of T.
    pub exponent_t: f64,
    /// Power of M.
    pub exponent_m: f64,
    /// `T^a M^b`, without any constant.
    pub value: f64,
    /// Where the line stands.
    pub standing: Standing,
    /// Where the measured number is found in the counts of a run.
    pub measured: &'static str,
    /// Why, and under which conditions.
    pub note: &'static str,
}

/// The lines for an algorithm, for a budget of `trajectories` per client (T; `R K` for DPPG and DPAC, `R_e K_e` for
/// DPTD) and `clients` (M).
pub fn orders(algorithm: Algorithm, trajectories: u64, clients: u64) -> Vec<Order> {
    let lines = match algorithm {
        Algorithm::Dptd => DPTD.to_vec(),
        Algorithm::Dppg => [POLICY, ACTOR].concat(),
        Algorithm::Dpac => [POLICY, ACTOR, CRITIC].concat(),
    };
    lines.into_iter().map(|line| line.at(trajectories as f64, clients as f64)).collect()
}

/// A fraction, so that exponents are exact until they are used.
#[derive(Clone, Copy)]
struct Fraction(i32, i32);

impl Fraction {
    fn value(self) -> f64 {
        f64::from(self.0) / f64::from(self.1)
    }
}

#[derive(Clone, Copy)]
struct Line {
    label: &'static str,
    formula: &'static str,
    t: Fraction,
    m: Fraction,
    standing: Standing,
    measured: &'static str,
    note: &'static str,
}

impl Line {
    fn at(self, trajectories: f64, clients: f64) -> Order {
        let (exponent_t, exponent_m) = (self.t.value(), self.m.value());
        Order {
            label: self.label,
            formula: self.formula,
            exponent_t,
            exponent_m,
            value: libm::pow(trajectories, exponent_t) * libm::pow(clients, exponent_m),
            standing: self.standing,
            measured: self.measured,
            note: self.note,
        }
    }
}

const POLICY: &[Line] = &[Line {
    label: "policy broadcasts",
    formula: "R = (M T)^(1/2)",
    t: Fraction(1, 2),
    m: Fraction(1, 2),
    standing: Standing::AsPrinted,
    measured: "broadcasts",
    note: "Corollaries 2 and 3. DPAC follows each broadcast of a policy by one of its Q, hence 2 R broadcasts.",
}];

const ACTOR: &[Line] = &[
    Line {
        label: "actor syncs",
        formula: "R I = T^(5/6) M^(-1/6)",
        t: Fraction(5, 6),
        m: Fraction(-1, 6),
        standing: Standing::AsPrinted,
        measured: "syncs.actor",
        note: "Corollaries 2 and 3. In our copy the rounds are multiplied by I, which is the interval between two \
               syncs and not their number: loose where T >= M^5, too small where M^2 < T < M^5.",
    },
    Line {
        label: "actor syncs",
        formula: "R K/I = (M T)^(2/3)",
        t: Fraction(2, 3),
        m: Fraction(2, 3),
        standing: Standing::PrintedSizesCountedCorrectly,
        measured: "syncs.actor",
        note: "K/I = (M T)^(1/6) syncs in each of (M T)^(1/2) rounds; fewer than T where T > M^2.",
    },
];

const CRITIC: &[Line] = &[
    Line {
        label: "critic syncs",
        formula: "R (M T_e)^(1/3) = (M T)^(1/3)",
        t: Fraction(1, 3),
        m: Fraction(1, 3),
        standing: Standing::AsPrinted,
        measured: "syncs.critic",
        note: "Corollary 3. The value in our copy is the number of rounds of one evaluation with budget T.",
    },
    Line {
        label: "critic syncs",
        formula: "R (M T_e)^(1/3) = (M T)^(2/3)",
        t: Fraction(2, 3),
        m: Fraction(2, 3),
        standing: Standing::PrintedSizesCountedCorrectly,
        measured: "syncs.critic",
        note: "With T_e = K, M T_e = (M T)^(1/2): each of (M T)^(1/2) evaluations has (M T)^(1/6) rounds; fewer than T \
               where T > M^2. The (M T_e)^(1/3) rounds rest on a bound of the drift that does not depend on K, which \
               the proof as printed does not support.",
    },
    Line {
        label: "critic syncs",
        formula: "R (M T_e)^(1/2) = (M T)^(3/4)",
        t: Fraction(3, 4),
        m: Fraction(3, 4),
        standing: Standing::WhatTheRepairedProofSupports,
        measured: "syncs.critic",
        note: "With the bound e K^2/2 of the drift, an evaluation needs (M T_e)^(1/2) rounds for its speedup; fewer \
               than T where T > M^3.",
    },
    Line {
        label: "critic syncs",
        formula: "R = (M T)^(1/2)",
        t: Fraction(1, 2),
        m: Fraction(1, 2),
        standing: Standing::WhatMeasurementShowsToSuffice,
        measured: "syncs.critic",
        note: "R_e = 1: one round in each evaluation. TD with linear features is linear in psi, so clients of the same \
               problem average without a bias from local steps.",
    },
];

const DPTD: &[Line] = &[
    Line {
        label: "critic syncs",
        formula: "R_e = (M T)^(1/3)",
        t: Fraction(1, 3),
        m: Fraction(1, 3),
        standing: Standing::AsPrinted,
        measured: "syncs.critic",
        note: "Corollary 1, well-conditioned case. It rests on a bound of the drift that does not depend on K, which \
               the proof as printed does not support.",
    },
    Line {
        label: "critic syncs",
        formula: "R_e = (M T)^(1/2)",
        t: Fraction(1, 2),
        m: Fraction(1, 2),
        standing: Standing::WhatTheRepairedProofSupports,
        measured: "syncs.critic",
        note: "The third term of Corollary 1's maximum, G (e M T / (2 H sigma_g^2))^(1/2); its second term, e M / 2, \
               is smaller where T is of order M or more.",
    },
    Line {
        label: "critic syncs",
        formula: "R_e = 1",
        t: Fraction(0, 1),
        m: Fraction(0, 1),
        standing: Standing::WhatMeasurementShowsToSuffice,
        measured: "syncs.critic",
        note: "For clients of the same problem, if each averages its own local steps with quadratic weights: the last \
               iterates alone do not suffice.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_powers_at_a_point_where_all_are_integers() {
        // T = 2^24, M = 2^12: M T = 2^36.
        let value = |order: &Order| libm::log2(order.value).round() as i32;
        let dpac = orders(Algorithm::Dpac, 1 << 24, 1 << 12);
        assert_eq!(dpac.iter().map(value).collect::<Vec<_>>(), [18, 18, 24, 12, 24, 27, 18]);
        let dptd = orders(Algorithm::Dptd, 1 << 24, 1 << 12);
        assert_eq!(dptd.iter().map(value).collect::<Vec<_>>(), [12, 18, 0]);
        for order in dpac.iter().chain(&dptd) {
            let exact = libm::exp2(f64::from(value(order)));
            assert!((order.value / exact - 1.0).abs() < 1e-14, "{order:?}");
        }
    }

    #[test]
    fn the_printed_actor_order_is_too_small_exactly_between_the_square_and_the_fifth_power_of_m() {
        let lines = |t: u64| {
            let all = orders(Algorithm::Dppg, t, 16);
            (all[1].value, all[2].value)
        };
        for (t, printed_is_smaller) in [(1 << 9, true), (1 << 19, true), (1 << 21, false)] {
            let (printed, counted) = lines(t);
            assert_eq!(printed < counted, printed_is_smaller, "T = {t}");
        }
    }

    #[test]
    fn every_line_of_dpac_s_critic_stands_somewhere_else() {
        let standings: Vec<_> = orders(Algorithm::Dpac, 4096, 4)
            .into_iter()
            .filter(|line| line.label == "critic syncs")
            .map(|line| line.standing.words())
            .collect();
        assert_eq!(
            standings,
            [
                "as printed",
                "printed sizes counted correctly",
                "what the repaired proof supports",
                "what measurement shows to suffice"
            ]
        );
    }
}

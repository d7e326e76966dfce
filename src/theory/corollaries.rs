//! The sizes of Corollaries 1 to 3 as real numbers, before any rounding: as our copy prints them, and with
//! the constants that the conditions of Definition 14 give.

use std::f64::consts::E;

/// What the local steps of Corollary 1 depend on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Corollary1 {
    /// T, trajectories of each client.
    pub trajectories: f64,
    /// M.
    pub clients: f64,
    /// `H σ_g²`.
    pub noise: f64,
    /// G.
    pub norm: f64,
}

impl Corollary1 {
    /// `T^{2/3} / M^{1/3}`: the one that the program takes.
    pub fn first(&self) -> f64 {
        libm::cbrt(self.trajectories * self.trajectories / self.clients)
    }

    /// The second and third term of the minimum as printed: `√((2/e) (H σ_g²/G) T/M)` and `T/M`.
    pub fn printed(&self) -> [f64; 2] {
        let Corollary1 { trajectories, clients, noise, norm } = *self;
        let each = trajectories / clients;
        [(2.0 / E * noise / norm * each).sqrt(), each]
    }

    /// The same by Definition 14 with `Γ ≤ e K²/2`: `√((2/e) H σ_g² T/(G² M))` and `(2/e) T/M`.
    pub fn repaired(&self) -> [f64; 2] {
        let Corollary1 { trajectories, clients, noise, norm } = *self;
        let each = trajectories / clients;
        [(2.0 / E * noise / (norm * norm) * each).sqrt(), 2.0 / E * each]
    }

    /// The least of the first term and these.
    pub fn minimum(&self, others: [f64; 2]) -> f64 {
        others.into_iter().fold(self.first(), |least, other| if other < least { other } else { least })
    }

    /// `G²/(ν² H σ_g²)`: from this `T/M` on, Corollary 1 has the first term alone.
    pub fn enough(&self, nu: f64) -> f64 {
        self.norm * self.norm / (nu * nu * self.noise)
    }
}

/// `H σ_g²/ν² + H d_Q`: the trajectories that Corollary 1 has for an error of ε, before division by `M ε`.
pub fn of_evaluation(noise: f64, nu: f64, stacked: f64) -> f64 {
    noise / (nu * nu) + stacked
}

/// `√(T/M)`, the local steps of Corollaries 2 and 3.
pub fn square_root(trajectories: f64, clients: f64) -> f64 {
    (trajectories / clients).sqrt()
}

/// `(M T_e)^{1/3}`, the rounds of an evaluation.
pub fn evaluation_rounds(trajectories: f64, clients: f64) -> f64 {
    libm::cbrt(clients * trajectories)
}

/// `T^{1/3} / M^{2/3}`, the interval of Theorem 2.
pub fn interval(trajectories: f64, clients: f64) -> f64 {
    libm::cbrt(trajectories / (clients * clients))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repaired_terms_are_where_the_conditions_of_definition_14_begin_to_fail() {
        let sizes = Corollary1 { trajectories: 4096.0, clients: 8.0, noise: 0.7, norm: 0.4 };
        let [second, third] = sizes.repaired();
        let (t, m) = (sizes.trajectories, sizes.clients);
        let gamma = |k: f64| E * k * k / 2.0;
        assert!((gamma(third) / third / (t / m) - 1.0).abs() < 1e-12);
        assert!((gamma(second) / (sizes.noise * t / (sizes.norm * sizes.norm * m)) - 1.0).abs() < 1e-12);
        assert!((sizes.first() - 128.0).abs() < 1e-10);
        assert!(
            (sizes.minimum([200.0, 3.0]) - 3.0).abs() < 1e-12
                && (sizes.minimum([200.0, 500.0]) - 128.0).abs() < 1e-10
        );
    }
}

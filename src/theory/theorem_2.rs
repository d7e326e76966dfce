//! The right-hand sides of Theorems 2 and 3 and of Lemma 11.

use super::bound::Term;

/// What the bounds of policy improvement depend on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Improvement {
    /// H.
    pub horizon: f64,
    /// W.
    pub w: f64,
    /// β.
    pub beta: f64,
    /// D.
    pub divergence: f64,
    /// κ.
    pub kappa: f64,
    /// `μ_F`.
    pub mu_f: f64,
    /// L.
    pub smoothness: f64,
    /// `σ_w²`.
    pub noise: f64,
    /// `ε_approx`.
    pub approximation: f64,
    /// M.
    pub clients: f64,
    /// R.
    pub rounds: f64,
    /// K.
    pub local_steps: f64,
}

impl Improvement {
    /// The right-hand side of Equation 15 term by term, without constants and logarithms.
    pub fn theorem_2(&self) -> Vec<Term> {
        let Improvement { horizon: h, w, beta, divergence, kappa, mu_f, smoothness, noise, .. } = *self;
        let Improvement { approximation, clients, rounds, local_steps, .. } = *self;
        vec![
            Term::new("H W sqrt(beta D / R)", h * w * (beta * divergence / rounds).sqrt()),
            Term::new(
                "sqrt(kappa H L sigma_w^2 / (M K)) / mu_F",
                (kappa * h * smoothness * noise / (clients * local_steps)).sqrt() / mu_f,
            ),
            Term::new("sqrt(kappa H eps_approx)", (kappa * h * approximation).sqrt()),
        ]
    }

    /// The right-hand side of Equation 17, which is that of Equation 15 and the critic's term for `T_e`
    /// trajectories of each client.
    pub fn theorem_3(&self, critic: Critic) -> Vec<Term> {
        let Improvement { horizon: h, kappa, clients, .. } = *self;
        let Critic { nu, dimension, variance, trajectories } = critic;
        let [first, second, third] = <[Term; 3]>::try_from(self.theorem_2()).expect("three terms");
        let within = kappa * h * h * (dimension + variance) / (clients * trajectories);
        let evaluation = Term::new("sqrt(kappa H^2 (d_Q + sigma_g^2) / (M T_e)) / nu", within.sqrt() / nu);
        vec![first, second, evaluation, third]
    }
}

/// The numbers of trajectories that Corollaries 2 and 3 have for a gap of ε, before division by `M ε⁴`.
impl Improvement {
    /// Corollary 2 as printed: `H⁴ W⁴ β² D² + κ²/μ_F⁴ H² L² σ_w²`.
    pub fn corollary_2_printed(&self) -> f64 {
        let start = self.start();
        let Improvement { horizon: h, kappa, mu_f, smoothness: l, noise, .. } = *self;
        let within = kappa * h * l / (mu_f * mu_f);
        start * start + within * within * noise
    }

    /// The same with `σ_w⁴`: `T = M K²` squares all of K.
    pub fn corollary_2(&self) -> f64 {
        let (start, noise) = (self.start(), self.of_noise(self.noise));
        start * start + noise * noise
    }

    /// `C²` of Corollary 3 as printed, with `σ_g²` for the actor's noise.
    pub fn corollary_3_printed(&self, critic: Critic) -> f64 {
        let c = self.start() + self.of_noise(critic.variance) + self.of_critic(critic);
        c * c
    }

    /// The same with `σ_w²`.
    pub fn corollary_3(&self, critic: Critic) -> f64 {
        let c = self.start() + self.of_noise(self.noise) + self.of_critic(critic);
        c * c
    }

    fn start(&self) -> f64 {
        let Improvement { horizon: h, w, beta, divergence, .. } = *self;
        h * h * w * w * beta * divergence
    }

    fn of_noise(&self, noise: f64) -> f64 {
        let Improvement { horizon: h, kappa, mu_f, smoothness: l, .. } = *self;
        kappa / (mu_f * mu_f) * h * l * noise
    }

    fn of_critic(&self, Critic { nu, dimension, variance, .. }: Critic) -> f64 {
        self.kappa * self.horizon * self.horizon * (dimension + variance) / (nu * nu)
    }
}

/// What Theorem 3 takes from the critic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Critic {
    /// ν.
    pub nu: f64,
    /// `d_Q`.
    pub dimension: f64,
    /// `σ_g²`.
    pub variance: f64,
    /// `T_e`.
    pub trajectories: f64,
}

/// What Lemma 11 depends on, for one regression of K steps with a barrier after every I.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalSgd {
    /// `μ_F`.
    pub mu_f: f64,
    /// L.
    pub smoothness: f64,
    /// `σ_w²`.
    pub noise: f64,
    /// `F(x_0) - F*`.
    pub start: f64,
    /// `a = q I + 4`.
    pub a: f64,
    /// M.
    pub clients: f64,
    /// K.
    pub local_steps: f64,
    /// I.
    pub interval: f64,
}

impl LocalSgd {
    /// The middle of Equation 62, term by term and with its constants: T of the lemma is K here, its K is I,
    /// and batches are of one trajectory.
    pub fn lemma_11(&self) -> Vec<Term> {
        let LocalSgd { mu_f, smoothness: l, noise, start, a, clients, local_steps: k, interval } = *self;
        let ahead = k + a;
        let cube = ahead * ahead * ahead;
        vec![
            Term::new("a^3 (F_0 - F*) / (K + a)^3", a * a * a * start / cube),
            Term::new(
                "4 L sigma_w^2 / (mu_F^2 M (K + a))",
                4.0 * l * noise / (mu_f * mu_f * clients * ahead),
            ),
            Term::new(
                "256 L^2 sigma_w^2 K (I - 1) / (mu_F^3 M (K + a)^3)",
                256.0 * l * l * noise * k * (interval - 1.0) / (mu_f * mu_f * mu_f * clients * cube),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_those_computed_by_hand() {
        let at = Improvement {
            horizon: 2.0,
            w: 3.0,
            beta: 0.5,
            divergence: 2.0,
            kappa: 9.0,
            mu_f: 0.5,
            smoothness: 2.0,
            noise: 4.0,
            approximation: 0.5,
            clients: 4.0,
            rounds: 16.0,
            local_steps: 9.0,
        };
        // 6 √(1/16); √(9·2·2·4/36)/0.5; √9; √(9·4·(7 + 2)/(4·81))/0.1.
        let critic = Critic { nu: 0.1, dimension: 7.0, variance: 2.0, trajectories: 81.0 };
        let values: Vec<f64> = at.theorem_3(critic).iter().map(|term| term.value).collect();
        for (found, expected) in values.iter().zip([1.5, 4.0, 10.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{values:?}");
        }
        // 36; 9·2·2/0.25 = 144, and times 4 it is 576; 36·9/0.01 = 32400; with σ_g² = 2 the second is 288.
        for (found, expected) in [
            (at.corollary_2_printed(), 36.0 * 36.0 + 144.0 * 144.0 * 4.0),
            (at.corollary_2(), 36.0 * 36.0 + 576.0 * 576.0),
            (at.corollary_3_printed(critic), 32_724.0 * 32_724.0),
            (at.corollary_3(critic), 33_012.0 * 33_012.0),
        ] {
            assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
        }
        let sgd = LocalSgd {
            mu_f: 0.5,
            smoothness: 2.0,
            noise: 3.0,
            start: 8.0,
            a: 10.0,
            clients: 4.0,
            local_steps: 10.0,
            interval: 3.0,
        };
        // 8/8; 24/(0.25·4·20); 256·4·3·10·2/(0.125·4·8000).
        let values: Vec<f64> = sgd.lemma_11().iter().map(|term| term.value).collect();
        for (found, expected) in values.iter().zip([1.0, 1.2, 15.36]) {
            assert!((found - expected).abs() < 1e-12, "{values:?}");
        }
    }
}

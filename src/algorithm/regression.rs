//! The actor's local step: regression on the policy's gradients along trajectories.

use super::jacobians::Jacobians;
use crate::features::{Row, Rows, Weights};
use crate::pomdp::discount_table;
use dpac_actors::StepSize;

/// Local steps of the regression, Algorithm 3, with their scratch: they allocate nothing.
#[derive(Clone, Debug)]
pub struct Regression {
    /// `γ^h`.
    discounts: Vec<f64>,
    /// Of one trajectory.
    residuals: Vec<f64>,
    /// Of one trajectory, for each logit.
    products: Vec<f64>,
}

/// `ζ_k` of the trajectories of a batch: that of the first is `size.at(first)`.
#[derive(Clone, Copy, Debug)]
pub struct StepSizes {
    /// As a function of k.
    pub size: StepSize,
    /// k.
    pub first: u64,
}

impl StepSizes {
    #[inline]
    fn at(self, trajectory: u64) -> f64 {
        self.size.at(self.first + trajectory)
    }
}

/// Writes the coefficients `1[b = a_h]` at `place * A + b`, with which gradients are those of the actions
/// taken.
pub(super) fn indicate(taken: &[u32], actions: usize, coefficients: &mut Vec<f64>) {
    coefficients.resize(taken.len() * actions, 0.0);
    coefficients.fill(0.0);
    for place in 0..taken.len() {
        coefficients[place * actions + taken[place] as usize] = 1.0;
    }
}

impl Regression {
    /// The regression along trajectories of H steps.
    pub fn new(gamma: f64, horizon: usize) -> Self {
        let discounts = discount_table(gamma, horizon);
        Regression { discounts, residuals: vec![0.0; horizon], products: Vec::new() }
    }

    /// One local step for each trajectory, one after the other:
    /// `ω ← ω - ζ_k 2 Σ_h γ^h ξ_h (⟨ω, ξ_h⟩ - target_h)`, all steps of a trajectory at the same ω. `xi` and
    /// `targets` are by place.
    ///
    /// With `centred`, the numbers `1[b = a_h] - π(b | z_h)` at `place * A + b`, ξ is the centred score
    /// `Σ_b centred_b ξ_h(z, b)`, and `xi` has the gradients of all actions.
    pub fn steps<W: Weights + ?Sized>(
        &mut self,
        xi: Rows<'_>,
        centred: Option<&[f64]>,
        targets: &[f64],
        zeta: StepSizes,
        omega: &mut W,
    ) {
        match xi {
            Rows::OneHot(xi) => self.steps_on(xi, centred, targets, zeta, omega),
            Rows::Sparse(xi) => self.steps_on(xi, centred, targets, zeta, omega),
        }
    }

    /// [`Regression::steps`] on gradients that are no rows: `ξ_h = Σ_b c_b ∇f(z_h, b)`, where the numbers c
    /// stand at `place * A + b`. A step takes two passes along the trajectory.
    pub fn steps_along(
        &mut self,
        jacobians: &mut Jacobians,
        coefficients: &[f64],
        targets: &[f64],
        zeta: StepSizes,
        omega: &mut [f64],
    ) {
        let Regression { discounts, products, .. } = self;
        let actions = coefficients.len() / targets.len();
        let horizon = discounts.len();
        products.resize(horizon * actions, 0.0);
        for k in 0..targets.len() / horizon {
            let zeta = zeta.at(k as u64);
            jacobians.times(k, omega, products);
            for h in 0..horizon {
                let place = k * horizon + h;
                let coefficients = &coefficients[place * actions..][..actions];
                let df = &mut products[h * actions..][..actions];
                let mut product = 0.0;
                for b in 0..actions {
                    product += coefficients[b] * df[b];
                }
                let step = -(2.0 * zeta * discounts[h] * (product - targets[place]));
                for b in 0..actions {
                    df[b] = step * coefficients[b];
                }
            }
            jacobians.add_transposed(k, products, omega);
        }
    }

    #[inline(never)]
    fn steps_on<R: Row, W: Weights + ?Sized>(
        &mut self,
        xi: &[R],
        centred: Option<&[f64]>,
        targets: &[f64],
        zeta: StepSizes,
        omega: &mut W,
    ) {
        let horizon = self.discounts.len();
        let Some(centred) = centred else {
            for (k, start) in (0..xi.len()).step_by(horizon).enumerate() {
                let (xi, targets) = (&xi[start..start + horizon], &targets[start..start + horizon]);
                self.step(xi, targets, zeta.at(k as u64), omega);
            }
            return;
        };
        let wide = centred.len() / targets.len() * horizon;
        let trajectories = xi.chunks_exact(wide).zip(centred.chunks_exact(wide));
        let trajectories = trajectories.zip(targets.chunks_exact(horizon));
        for (k, ((xi, centred), targets)) in (0..).zip(trajectories) {
            self.centred_step(xi, centred, targets, zeta.at(k), omega);
        }
    }

    #[inline]
    fn step<R: Row, W: Weights + ?Sized>(&mut self, xi: &[R], targets: &[f64], zeta: f64, omega: &mut W) {
        let Regression { discounts, residuals, .. } = self;
        let horizon = xi.len();
        let (residuals, discounts, targets) =
            (&mut residuals[..horizon], &discounts[..horizon], &targets[..horizon]);
        for h in 0..horizon {
            residuals[h] = xi[h].dot(omega.values()) - targets[h];
        }
        for h in 0..horizon {
            xi[h].add_to(-(2.0 * zeta * discounts[h] * residuals[h]), omega);
        }
    }

    #[inline]
    fn centred_step<R: Row, W: Weights + ?Sized>(
        &mut self,
        xi: &[R],
        centred: &[f64],
        targets: &[f64],
        zeta: f64,
        omega: &mut W,
    ) {
        let Regression { discounts, residuals, .. } = self;
        let actions = xi.len() / residuals.len();
        let steps = || xi.chunks_exact(actions).zip(centred.chunks_exact(actions));
        for ((residual, target), (xi, centred)) in residuals.iter_mut().zip(targets).zip(steps()) {
            let omega = omega.values();
            let score = centred.iter().zip(xi).fold(0.0, |sum, (c, xi)| sum + c * xi.dot(omega));
            *residual = score - target;
        }
        for ((residual, power), (xi, centred)) in residuals.iter().zip(discounts).zip(steps()) {
            let step = -(2.0 * zeta * *power * residual);
            for (xi, c) in xi.iter().zip(centred) {
                xi.add_to(step * c, omega);
            }
        }
    }
}

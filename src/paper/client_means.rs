//! What DPTD does on average where clients differ.

use super::mean_recursion::MeanRecursion;
use super::society::Society;
use nalgebra::{DMatrix, DVector};

/// The mean recursions of clients that do not evaluate the same values: `E ψ_m ← ψ_m - α (A_m ψ_m - b_m)`,
/// and the mean over clients at every barrier.
pub struct ClientMeans {
    clients: Vec<MeanRecursion>,
}

impl ClientMeans {
    /// Of these clients.
    ///
    /// # Panics
    /// If there is none, or some meet histories that others cannot meet.
    pub fn new(clients: Vec<MeanRecursion>) -> Self {
        let first: Vec<usize> = clients[0].components().collect();
        let same = |client: &MeanRecursion| client.components().eq(first.iter().copied());
        assert!(clients.iter().all(same), "clients that meet the same histories");
        ClientMeans { clients }
    }

    fn mean(&self, of: impl Fn(&MeanRecursion) -> Vec<f64>) -> Vec<f64> {
        let all = self.clients.iter().map(|client| DVector::from_vec(of(client)));
        let mean: DVector<f64> = all.sum::<DVector<f64>>() / self.clients.len() as f64;
        mean.iter().copied().collect()
    }

    /// `mean_m Q_m`.
    pub fn mean_values(&self) -> Vec<f64> {
        self.mean(|client| client.weights_and_values().1)
    }

    /// `Ā^{-1} b̄`, where clients come to rest that synchronise after every step.
    ///
    /// # Panics
    /// Never: the mean of matrices with positive diagonals, upper triangular by steps, is one.
    pub fn fixed_point(&self) -> Vec<f64> {
        let matrices = self.clients.iter().map(MeanRecursion::matrix);
        let a: DMatrix<f64> = matrices.sum();
        let right = self
            .clients
            .iter()
            .map(|client| client.matrix() * DVector::from_vec(client.weights_and_values().1));
        let b: DVector<f64> = right.sum();
        a.lu().solve(&b).expect("a positive diagonal").iter().copied().collect()
    }

    /// The mean of the server's iterate after all rounds, from 0.
    pub fn after(&self, society: &Society) -> Vec<f64> {
        let mut psi = vec![0.0; self.clients[0].pairs()];
        let mut update = psi.clone();
        for _ in 0..society.rounds {
            let mut sum = vec![0.0; psi.len()];
            for client in &self.clients {
                let (_, q) = client.weights_and_values();
                let mut gap: Vec<f64> = psi.iter().zip(&q).map(|(psi, q)| psi - q).collect();
                for _ in 0..society.local_steps {
                    client.step(society.alpha, &mut gap, &mut update);
                }
                for ((sum, gap), q) in sum.iter_mut().zip(&gap).zip(&q) {
                    *sum += gap + q;
                }
            }
            psi.iter_mut().zip(&sum).for_each(|(psi, sum)| *psi = sum / self.clients.len() as f64);
        }
        psi
    }

    /// `½ Σ w (x - y)²` with the mean over clients of `γ^h P(z, a)`: the Bellman error where all are alike.
    pub fn distance(&self, x: &[f64], y: &[f64]) -> f64 {
        let weights = self.mean(|client| client.weights_and_values().0);
        let pairs = x.iter().zip(y).zip(&weights);
        pairs.fold(0.0, |sum, ((x, y), weight)| sum + 0.5 * weight * (x - y) * (x - y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::Blind;
    use crate::pomdp::{Variation, builtin};

    fn clients(transitions: f64, rewards: f64) -> ClientMeans {
        let toggle = builtin::toggle();
        let variation = Variation { rewards, transitions, sensors: 0.0, parts: 0.0, seed: 0 };
        let models = variation.models(&toggle, 4).expect("small tables");
        ClientMeans::new(models.into_iter().map(|model| MeanRecursion::of(&Blind::of(model, 2))).collect())
    }

    fn after(means: &ClientMeans, rounds: u32, local_steps: u64) -> Vec<f64> {
        means.after(&Society { clients: 4, rounds, local_steps, alpha: 0.5, average_from: 0 })
    }

    #[test]
    fn one_step_leads_to_the_mean_matrix_and_one_round_to_the_mean_values() {
        let means = clients(1.0, 0.0);
        let (ours, values) = (means.fixed_point(), means.mean_values());
        assert!(means.distance(&ours, &values) > 1e-6, "they differ");
        assert!(means.distance(&after(&means, 20_000, 1), &ours) < 1e-20);
        assert!(means.distance(&after(&means, 1, 20_000), &values) < 1e-20);
    }

    #[test]
    fn rewards_of_their_own_leave_no_trace_of_local_steps() {
        let means = clients(0.0, 1.0);
        assert!(means.distance(&means.fixed_point(), &means.mean_values()) < 1e-28);
        assert!(means.distance(&after(&means, 64, 1), &after(&means, 1, 64)) < 1e-28);
        assert!(means.distance(&after(&means, 64, 1), &after(&means, 32, 1)) > 1e-6);
    }
}

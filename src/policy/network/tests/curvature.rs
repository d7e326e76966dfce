//! The tangent of the cotangent pass against differences of that pass, and against itself turned around.

use super::derivatives::{Played, played, sizes, subjects, uniform};
use super::*;
use crate::policy::network::Curvature;
use proptest::prelude::*;

impl Played {
    /// `(∂J/∂θ v)'c + J'dc`, and `J v`.
    fn curvature(&self, v: &[f64], c: &[f64], dc: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let Played { subject, theta, tape, .. } = self;
        let network = &subject.network;
        let mut curvature = Curvature::new(network);
        let (mut df, mut sum) = (vec![f64::NAN; c.len()], vec![0.0; theta.len()]);
        // Room that other passes have written on is as good as new.
        for _ in 0..2 {
            sum.fill(0.0);
            curvature.set(theta, tape, v, &mut df);
            curvature.add(&Parameter::at(network, theta), tape, c, dc, &mut sum);
        }
        (sum, df)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The step of the differences makes their error of truncation about as large as that of rounding, 1e-10;
    /// gradients and what they move by are of size 1 to 1000.
    #[test]
    fn gradients_move_by_central_differences_of_them((units, sizes, first, seed) in sizes()) {
        const STEP: f64 = 1e-5;
        for subject in subjects(units, sizes, first) {
            let cell = subject.network;
            let played = played(subject, seed);
            let Played { subject, theta, inputs, tape, .. } = &played;
            let v = uniform(theta.len(), seed ^ 4);
            let [c, dc] = [5, 6].map(|salt| uniform(tape.len() * sizes[1], seed ^ salt));
            let at = |by: f64| {
                let moved = |x: &[f64], dx: &[f64]| -> Vec<f64> {
                    x.iter().zip(dx).map(|(x, dx)| x + by * dx).collect()
                };
                let theta = moved(theta, &v);
                subject.cotangents(&theta, &subject.record(&theta, inputs), &moved(&c, &dc))
            };
            let (found, df) = played.curvature(&v, &c, &dc);
            prop_assert_eq!(bits(&df), bits(&subject.tangents(theta, tape, &v)));
            let size = found.iter().fold(1.0_f64, |size, x| size.max(x.abs()));
            for ((ahead, behind), found) in at(STEP).iter().zip(&at(-STEP)).zip(&found) {
                let difference = (ahead - behind) / (2.0 * STEP);
                prop_assert!((difference - found).abs() < 1e-6 * size, "{cell:?}: {found} or {difference}");
            }
        }
    }

    /// Second derivatives do not depend on their order: `⟨u, H v⟩ = ⟨v, H u⟩` with `H = Σ c ∇²f`, sums of up
    /// to some thousand products.
    #[test]
    fn second_derivatives_are_symmetric((units, sizes, first, seed) in sizes()) {
        for subject in subjects(units, sizes, first) {
            let cell = subject.network;
            let played = played(subject, seed);
            let [u, v] = [4, 7].map(|salt| uniform(played.theta.len(), seed ^ salt));
            let c = uniform(played.tape.len() * sizes[1], seed ^ 5);
            let zeros = vec![0.0; c.len()];
            let [of_u, of_v] = [&u, &v].map(|along| played.curvature(along, &c, &zeros).0);
            let (one, other) = (dot(&u, &of_v), dot(&v, &of_u));
            let absolute = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a * b).abs()).sum::<f64>();
            let scale = absolute(&u, &of_v) + absolute(&v, &of_u);
            prop_assert!((one - other).abs() <= 1e-12 * scale.max(1.0), "{cell:?}: {one} or {other}");
        }
    }
}

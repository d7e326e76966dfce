//! Experiment 6: what slows an evaluation down.

use super::{Criterion, Curve, Curves, Experiment, Judged, Lacking, Measured, Spot, Verdict};
use crate::paper::MeanRecursion;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "e6",
    title: "ill-conditioning: the late rate is that of the rarest pair",
    claim: "Theorem 1: the rate of policy evaluation is ν = μ_φ (1 - γ), the least eigenvalue of the features' Gram matrix times 1 - γ.",
    reading: "The mean of DPTD's iterate follows a recursion without noise, which is computed exactly, for one-hot histories of toggle with H = 2. Its matrix \
              is block upper triangular, so that its late rate is log(1 - α μ) with μ the least eigenvalue block by block, γ^h P(z, a) of the rarest pair: \
              1 - γ has no part in it, and at γ = 1, where ν = 0, the recursion converges. The policy is skewed, and γ is raised to 1.",
    sweeps: &[],
    judge,
};

const ALPHA: f64 = 0.3;

fn judge(_: &Measured) -> Result<Judged, Lacking> {
    let mut verdicts = Vec::new();
    let mut farthest = 0.0_f64;
    let mut curves = Vec::new();
    for gamma in [0.5, 0.9, 1.0] {
        let mut spots = Vec::new();
        for (inverse, least) in [(2, 0.5), (5, 0.2), (10, 0.1), (20, 0.05), (50, 0.02), (100, 0.01)] {
            let recursion = MeanRecursion::builtin("toggle", 2, gamma, Some(least));
            let rate = recursion.late_rate(ALPHA);
            farthest = farthest.max((rate.measured / rate.expected - 1.0).abs());
            // Steps until the error of the mean is a thousandth.
            let steps = -libm::log(1e-3) / -rate.measured;
            spots.push(Spot { x: inverse, mean: steps, band: None, seeds: 1 });
            if gamma >= 1.0 && inverse == 2 {
                let what = "γ = 1, ν = 0: late slope of log ‖E ψ - ψ*‖ in a step";
                verdicts.push(Verdict::on(what, rate.measured, Criterion::AtMost(-1e-6)));
            }
        }
        curves.push(Curve { label: format!("γ = {gamma}"), spots });
    }
    let what = "largest deviation of the late slope from log(1 - α μ), of 18 cases";
    verdicts.insert(0, Verdict::on(what, farthest, Criterion::AtMost(0.05)));
    let figure = Curves {
        name: "e6".to_owned(),
        title: "Steps that the mean needs for three decades".to_owned(),
        x: "1 / least probability of an action".to_owned(),
        y: "steps".to_owned(),
        log_y: true,
        curves,
    };
    let notes = vec!["Correlated features are not part of this yet.".to_owned()];
    Ok(Judged { verdicts, curves: vec![figure], notes })
}

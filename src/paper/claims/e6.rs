//! Experiment 6: what slows an evaluation down.

use super::{Criterion, Curve, Curves, Experiment, Judged, Lacking, Measured, Verdict};
use crate::paper::{Blind, FeatureRecursion, FeatureTable, LateRate, MeanRecursion};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "e6",
    title: "ill-conditioning: the late rate is that of the weakest block",
    claim: "Theorem 1: the rate of policy evaluation is ν = μ_φ (1 - γ), the least eigenvalue of the features' Gram matrix times 1 - γ.",
    reading: "The mean of DPTD's iterate follows a recursion without noise, which is computed exactly, for one-hot histories of toggle with H = 2. Its matrix \
              is block upper triangular, so that its late rate is log(1 - α μ) with μ the least eigenvalue block by block: for one-hot features γ^h P(z, a) of the \
              rarest pair. 1 - γ has no part in it, and at γ = 1, where ν = 0, the recursion converges. The policy is skewed, γ is raised to 1, and the \
              features of the two actions are turned towards each other in every history, to an angle of 90°/16.",
    sweeps: &[],
    judge,
};

const ALPHA: f64 = 0.3;
/// ln 1000.
const THREE_DECADES: f64 = 6.907_755_278_982_137;

fn judge(_: &Measured) -> Result<Judged, Lacking> {
    let mut verdicts = Vec::new();
    let mut farthest = 0.0_f64;
    let mut curves = Vec::new();
    for gamma in [0.5, 0.9, 1.0] {
        let mut steps = Vec::new();
        for (inverse, least) in [(2, 0.5), (5, 0.2), (10, 0.1), (20, 0.05), (50, 0.02), (100, 0.01)] {
            let blind = Blind::builtin("toggle", 2).at(gamma).taking_the_first(least);
            let rate = late_rate(&blind, &FeatureTable::one_hot(&blind));
            farthest = farthest.max((rate.measured / rate.expected - 1.0).abs());
            steps.push((inverse, THREE_DECADES / -rate.measured));
            if gamma >= 1.0 && inverse == 2 {
                let what = "γ = 1, ν = 0: late slope of log ‖E ψ - ψ*‖ in a step";
                verdicts.push(Verdict::on(what, rate.measured, Criterion::AtMost(-1e-6)));
            }
        }
        curves.push(Curve::of_numbers(format!("γ = {gamma}"), steps));
    }
    let what = "largest deviation of the late slope from log(1 - α μ), of 18 cases";
    verdicts.insert(0, Verdict::on(what, farthest, Criterion::AtMost(0.05)));
    let (farthest, turned) = correlated();
    let what = "features that are turned: the same, of 15 cases";
    verdicts.push(Verdict::on(what, farthest, Criterion::AtMost(0.05)));
    let figure = |name: &str, x: &str, curves| Curves {
        name: name.to_owned(),
        title: "Steps that the mean needs for three decades, late".to_owned(),
        x: x.to_owned(),
        y: "steps".to_owned(),
        log_y: true,
        curves,
    };
    let notes = vec![
        "The number of local steps that is best, and drift, are not part: with η = 1 the mean does not depend on how steps are cut into rounds ([E5](e5.md)), \
         and drift has a page of its own ([E3](e3.md))."
            .to_owned(),
    ];
    let curves = vec![
        figure("e6", "1 / least probability of an action", curves),
        figure("e6-angle", "90° / angle between the features of two actions", turned),
    ];
    Ok(Judged { verdicts, tables: Vec::new(), curves, notes })
}

fn late_rate(blind: &Blind, table: &FeatureTable) -> LateRate {
    FeatureRecursion::new(&MeanRecursion::of(blind), table).late_rate(ALPHA)
}

/// The farthest deviation for features at an angle, and the steps that the mean needs.
fn correlated() -> (f64, Vec<Curve>) {
    let (mut farthest, mut curves) = (0.0_f64, Vec::new());
    for gamma in [0.5, 0.9, 1.0] {
        let blind = Blind::builtin("toggle", 2).at(gamma);
        let mut steps = Vec::new();
        for inverse in [1_u32, 2, 4, 8, 16] {
            let angle = std::f64::consts::FRAC_PI_2 / f64::from(inverse);
            let table = FeatureTable::of_pairs_at_angle(&blind, angle);
            let rate = late_rate(&blind, &table);
            farthest = farthest.max((rate.measured / rate.expected - 1.0).abs());
            steps.push((u64::from(inverse), THREE_DECADES / -rate.measured));
        }
        curves.push(Curve::of_numbers(format!("γ = {gamma}"), steps));
    }
    (farthest, curves)
}

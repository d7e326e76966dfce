//! Experiment 7: what features cannot represent.

use super::{Criterion, Curve, Curves, Experiment, Judged, Lacking, Measured, Quick, Source, Spot, Verdict};
use crate::paper::MeanRecursion;
use crate::results::Run;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "e7",
    title: "error floor against what the critic's features see",
    claim: "Assumption 2 and Theorem 1: Q is linear in the critic's features; elsewhere an error of approximation remains.",
    reading: "The critic sees the last L pairs of action and observation. At many trajectories its error must be that of the fixed point of temporal \
              differences with these features, A ψ = b, which is computed exactly over all histories; L = H - 1 is the whole history, where the floor is 0.",
    sweeps: &[Source {
        name: "e7",
        text: include_str!("../../../configs/paper/e7.toml"),
        counts_only: false,
        quick: Quick { seeds: "0..3", settings: &[], axes: &[] },
    }],
    judge,
};

fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let (mut verdicts, mut seen, mut exact) = (Vec::new(), Vec::new(), Vec::new());
    for arm in measured.sweep("e7").arms() {
        let length = arm.number("critic.features.length")?;
        let sample = arm.sample("Bellman error", Run::bellman_error)?;
        let floor = MeanRecursion::floor("toggle", 3, length as usize);
        verdicts.push(if floor > 1e-12 {
            let what = format!("L = {length}: mean error by that of the fixed point, {floor:.3e}");
            Verdict::on(what, sample.mean() / floor, Criterion::Within(0.95, 1.05))
        } else {
            Verdict::on(
                format!("L = {length}: mean error, where the floor is 0"),
                sample.mean(),
                Criterion::AtMost(1e-4),
            )
        });
        // A log axis has no 0: windows are drawn by what they hold, and the actions now.
        seen.push(Spot::of(length + 1.0, &sample)?);
        exact.push(Spot { x: length as u64 + 1, mean: floor.max(1e-12), band: None, seeds: 1 });
    }
    exact.retain(|spot| spot.mean > 1e-12);
    let figure = Curves {
        name: "e7".to_owned(),
        title: "Error of critics that see L pairs".to_owned(),
        x: "L + 1, steps that are seen".to_owned(),
        y: "Bellman error".to_owned(),
        log_y: true,
        curves: vec![
            Curve { label: "DPTD, T = 16384, M = 8".to_owned(), spots: seen },
            Curve { label: "fixed point of TD".to_owned(), spots: exact },
        ],
    };
    let notes = vec![
        "Truncated beliefs and random projections, and the actor's analogue, are not part of this yet."
            .to_owned(),
    ];
    Ok(Judged { verdicts, curves: vec![figure], notes })
}

//! Experiment 7: what features cannot represent.

use super::{Criterion, Curve, Curves, Experiment, Judged, Lacking, Measured, Quick, Source, Spot, Verdict};
use crate::paper::{Blind, FeatureRecursion, FeatureTable, Form, MeanRecursion, Society, critics};
use crate::results::Run;
use crate::statistics::Sample;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "e7",
    title: "error floor against what the critic's features see",
    claim: "Assumption 2 and Theorem 1: Q is linear in the critic's features; elsewhere an error of approximation remains.",
    reading: "At many trajectories a critic's error must be that of the fixed point of temporal differences with its features, A ψ = b, which is \
              computed exactly over all histories of toggle, H = 3, under the uniform policy. A critic sees the last L pairs of action and observation, \
              where L = H - 1 is the whole history and the floor is 0; the belief, which is exact for a policy that looks at nothing, or its first \
              component alone; or a random projection of the one-hot features of each step to d dimensions, where steps with no more than d components \
              keep them. M = 8 and T = 16384, averaged over the later half of the rounds.",
    sweeps: &[Source {
        name: "e7",
        text: include_str!("../../../configs/paper/e7.toml"),
        counts_only: false,
        quick: Quick { seeds: "0..3", settings: &[], axes: &[] },
    }],
    judge,
};

/// As the sweep has it: T = 16384.
const SOCIETY: Society = Society { clients: 8, rounds: 1024, local_steps: 16, alpha: 0.3, average_from: 512 };
/// Below this a floor is 0, but for rounding.
const ZERO: f64 = 1e-12;
/// d.
const PROJECTIONS: [usize; 4] = [4, 8, 16, 32];

fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let blind = Blind::builtin("toggle", 3);
    let recursion = MeanRecursion::of(&blind);
    let seeds = if measured.form == Form::Quick { 4 } else { 10 };
    let (mut verdicts, mut seen, mut exact) = (Vec::new(), Vec::new(), Vec::new());
    for arm in measured.sweep("e7").arms() {
        let length = arm.number("critic.features.length")?;
        let sample = arm.sample("Bellman error", Run::bellman_error)?;
        let table = FeatureTable::of_map(&blind, &blind.window(length as usize), usize::MAX);
        let floor = FeatureRecursion::new(&recursion, &table).floor();
        verdicts.push(on_floor(&format!("L = {length}"), &sample, floor));
        // A log axis has no 0: windows are drawn by what they hold, and the actions now.
        seen.push(Spot::of(length + 1.0, &sample)?);
        if floor > ZERO {
            exact.push((length as u64 + 1, floor));
        }
    }
    let windows =
        figure("e7", "Error of critics that see L pairs", "L + 1, steps that are seen", seen, exact);
    // By a table of features: its floor, and the errors of critics that are run.
    let run = |table: &FeatureTable| -> Result<(f64, Sample), Lacking> {
        let exact = FeatureRecursion::new(&recursion, table);
        let errors: Vec<f64> =
            critics(&blind, table, &SOCIETY, seeds)?.iter().map(|psi| exact.error(psi)).collect();
        Ok((exact.floor(), Sample::of(&errors)?))
    };
    for (what, kept) in [("the belief", 2), ("the belief's first component", 1)] {
        let (floor, sample) = run(&FeatureTable::of_map(&blind, &blind.belief(), kept))?;
        verdicts.push(on_floor(what, &sample, floor));
    }
    let (mut seen, mut exact) = (Vec::new(), Vec::new());
    for dimension in PROJECTIONS {
        let (floor, sample) = run(&FeatureTable::projected(&blind, dimension, 0))?;
        verdicts.push(on_floor(&format!("random projection, d = {dimension}"), &sample, floor));
        seen.push(Spot::of(dimension as f64, &sample)?);
        exact.push((dimension as u64, floor));
    }
    let title = "Error of critics that see a random projection";
    let projections = figure("e7-projections", title, "d, dimensions of a step", seen, exact);
    let notes = vec![
        "The actor's analogue, Equation 59 and the gap that it bounds, is not part: its criterion would compare policies that are learned, and `dpac theory` prints \
         its term with every other one of Theorem 3."
            .to_owned(),
    ];
    Ok(Judged { verdicts, tables: Vec::new(), curves: vec![windows, projections], notes })
}

fn on_floor(what: &str, sample: &Sample, floor: f64) -> Verdict {
    if floor > ZERO {
        let what = format!("{what}: mean error by that of the fixed point, {floor:.3e}");
        Verdict::on(what, sample.mean() / floor, Criterion::Within(0.95, 1.05))
    } else {
        let what = format!("{what}: mean error, where the floor is 0");
        Verdict::on(what, sample.mean(), Criterion::AtMost(1e-4))
    }
}

fn figure(name: &str, title: &str, x: &str, seen: Vec<Spot>, exact: Vec<(u64, f64)>) -> Curves {
    Curves {
        name: name.to_owned(),
        title: title.to_owned(),
        x: x.to_owned(),
        y: "Bellman error".to_owned(),
        log_y: true,
        curves: vec![
            Curve { label: "DPTD, T = 16384, M = 8".to_owned(), spots: seen },
            Curve::of_numbers("fixed point of TD", exact),
        ],
    }
}

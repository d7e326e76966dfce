//! Experiment 5, third panel: DPAC with fewer barriers.

use super::{Criterion, Lacking, Measured, Verdict};
use crate::results::Run;
use crate::statistics::{Level, Paired};

/// How far mean values may be apart: a fiftieth of what lies between always listening, -3.71, and the
/// optimum.
const TOLERANCE: f64 = 0.1;

/// Verdicts, and a note with the values.
pub(super) fn judge(measured: &Measured) -> Result<(Vec<Verdict>, Vec<String>), Lacking> {
    let swept = measured.sweep("e5-dpac");
    // n = 32 / I barriers of the actor in a round, R_e of the critic.
    let (mut values, mut barriers, mut said) = (Vec::new(), Vec::new(), Vec::new());
    for arm in swept.arms() {
        let (interval, rounds) = (arm.number("actor.sync_interval")?, arm.number("critic.rounds")?);
        let value = arm.by_seed("value", Run::value)?;
        let mean = value.values().sum::<f64>() / value.len() as f64;
        let closed_form = arm.prepared()?.resolved.closed_form.barriers;
        said.push(format!("n = {}, R_e = {rounds}: {mean:.3} with {closed_form}", 32.0 / interval));
        values.push(value);
        barriers.push(closed_form as f64);
    }
    let (default, fewest) = (0, values.len() - 1);
    let paired = Paired::of(&values[fewest], &values[default])?;
    let verdicts = vec![
        Verdict::on(
            "DPAC, n = R_e = 1: value of the last policy less that with n = R_e = 8, mean over seeds",
            paired.sample().mean(),
            Criterion::Within(-TOLERANCE, TOLERANCE),
        )
        .known_to(paired.t_interval(Level::default())),
        Verdict::on(
            "the same: barriers by those with n = R_e = 8",
            barriers[fewest] / barriers[default],
            Criterion::AtMost(0.125),
        ),
    ];
    let note = format!("DPAC, mean value of the last policy and barriers of a run: {}.", said.join("; "));
    Ok((verdicts, vec![note]))
}

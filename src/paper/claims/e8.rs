//! Experiment 8: the number of observations has no part in the error.

use super::{
    Criterion, Curve, Curves, Experiment, Judged, Lacking, Measured, Quick, Source, Spot, Verdict,
    e8_planning,
};
use crate::results::Run;
use crate::statistics::{Sample, kolmogorov_smirnov, mean_and_standard_error};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "e8",
    title: "the number of observations has no part in error or cost",
    claim: "Table 1 and Remark 1: sample complexity and communication do not depend on |S| and |O|, but through the dimension of the features.",
    reading: "Every observation of the problem becomes c copies, and features see which one it was a copy of. Errors must have the same law for every c: \
              arms are compared with the first one by the Kolmogorov-Smirnov test of two samples, with Holm's correction, each arm on seeds of its own. \
              Beside it OMLE, whose server sees every copy, plans on the same problem, and DPAC sends its messages: |O| = 2, 4, 8.",
    sweeps: &[
        Source {
            name: "e8",
            text: include_str!("../../../configs/paper/e8.toml"),
            counts_only: false,
            quick: Quick { seeds: "0..39", settings: &["critic.rounds=64"], axes: &["problem.split=1,32"] },
        },
        e8_planning::OMLE,
        e8_planning::DPAC,
    ],
    judge,
};

fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let swept = measured.sweep("e8");
    let arms: Vec<_> = swept.arms().collect();
    let mut samples = Vec::new();
    let mut floats = Vec::new();
    for (number, arm) in arms.iter().enumerate() {
        let all = arm.values("Bellman error", Run::bellman_error)?;
        let part = all.len() / arms.len();
        samples.push(all[number * part..(number + 1) * part].to_vec());
        let sent = arm.values("floats", |run| Some(run.totals().floats() as f64))?;
        floats.push(sent);
    }
    let (first, others) = samples.split_first().expect("a sweep has an arm");
    let (mean, error) = mean_and_standard_error(first);
    let mut least = f64::INFINITY;
    let mut farthest = 0.0_f64;
    let mut p_values: Vec<f64> = others.iter().map(|other| kolmogorov_smirnov(first, other)).collect();
    p_values.sort_by(f64::total_cmp);
    for (rank, p) in p_values.iter().enumerate() {
        // Holm: the least is multiplied by the number of comparisons, the next by one less.
        least = least.min(p * (others.len() - rank) as f64);
    }
    for other in others {
        let (of_other, its_error) = mean_and_standard_error(other);
        let distance = (of_other - mean).abs() / (error * error + its_error * its_error).sqrt();
        farthest = farthest.max(distance);
    }
    let sent = floats.iter().flatten().copied();
    let spread = sent.clone().fold(f64::NEG_INFINITY, f64::max) - sent.fold(f64::INFINITY, f64::min);
    let planning = e8_planning::judge(measured)?;
    let mut verdicts = vec![
        Verdict::on(
            "least p of the Kolmogorov-Smirnov tests, with Holm's correction",
            least.min(1.0),
            Criterion::AtLeast(0.001),
        ),
        Verdict::on("largest difference of means, in its standard errors", farthest, Criterion::AtMost(4.0)),
        Verdict::on("floats sent: the most less the fewest of all runs", spread, Criterion::AtMost(0.0)),
    ];
    verdicts.extend(planning.verdicts);
    let mut spots = Vec::new();
    for (arm, sample) in arms.iter().zip(&samples) {
        spots.push(Spot::of(arm.number("problem.split")?, &Sample::of(sample)?)?);
    }
    let curves = Curves {
        name: "e8".to_owned(),
        title: "Error against copies of each observation".to_owned(),
        x: "c, copies of each observation".to_owned(),
        y: "Bellman error".to_owned(),
        log_y: false,
        curves: vec![Curve { label: "DPTD, M = 8".to_owned(), spots }],
    };
    Ok(Judged { verdicts, tables: Vec::new(), curves: vec![curves, planning.figure], notes: Vec::new() })
}

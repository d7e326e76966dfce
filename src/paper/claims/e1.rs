//! Experiment 1: DPTD's output converges to the exact action values, with error of order 1/T.

use super::{
    Criterion, Curve, Curves, Experiment, Judged, Lacking, Measured, MeasuredArm, Quick, Source, Spot,
    Verdict,
};
use crate::paper::Form;
use crate::results::Run;
use crate::statistics::{Arm, Bootstrap, PowerLaw, Sample};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "e1",
    title: "policy evaluation converges to the exact action values",
    claim: "Theorem 1: the error of DPTD's output falls as the number T of trajectories grows, with a leading term of order 1/(MT).",
    reading: "Uniform policy, one-hot histories, η = 1, M = 4, K = 16, R = T/K, and weights (s + 2)² over the later half of the rounds. The error is \
              E(ψ̂) against the exact Q. The slope is fitted under each seed to the last three T; it is -1, give or take what remains of the transient \
              (steeper) and of rare pairs, whose iterates the averages still cover for a few correlation times 1/(α P(z, a)) only (flatter).",
    sweeps: &[Source {
        name: "e1",
        text: include_str!("../../../configs/paper/e1.toml"),
        counts_only: false,
        quick: Quick {
            seeds: "0..15",
            settings: &[],
            axes: &[
                "problem.builtin=toggle,tiger3",
                "problem.horizon=3,4",
                "critic.alpha=0.5",
                "critic.rounds=16,32,64,128,256,512,1024",
            ],
        },
    }],
    judge,
};

/// K.
const LOCAL_STEPS: f64 = 16.0;
/// Points of the late, straight part of a curve.
const FITTED: usize = 3;

fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let swept = measured.sweep("e1");
    // At T = 4096, where the quick form ends, more than a quarter of tiger3's error is still bias, which
    // steepens the curve, and 16 seeds leave a standard error near 0.05.
    let slope = match measured.form {
        Form::Full => Criterion::Within(-1.2, -0.8),
        Form::Quick => Criterion::Within(-1.5, -0.75),
    };
    let (mut verdicts, mut errors, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
    for settings in swept.choices(&["problem.builtin", "problem.horizon", "critic.alpha"]) {
        let label = format!("{}, α = {}", settings[0].1, settings[2].1);
        let mut points: Vec<Point> = swept.with(&settings).map(Point::of).collect::<Result<_, _>>()?;
        points.sort_by(|one, other| one.error.x.total_cmp(&other.error.x));
        let last = &points[points.len() - FITTED..];
        let arms: Vec<Arm> = last.iter().map(|point| point.error.clone()).collect();
        let law = PowerLaw::through(&arms, &Bootstrap::default())?;
        let what = format!("{label}: slope of E(ψ̂) in T, last three T");
        verdicts.push(Verdict::on(what, law.exponent, slope).known_to(law.t));
        let ratios = last.windows(2).map(|two| two[1].gap.mean() / two[0].gap.mean());
        let what = format!("{label}: largest ratio of successive means of max|Q - Q̂| there");
        verdicts.push(Verdict::on(what, ratios.fold(0.0, f64::max), Criterion::AtMost(1.0)));
        let curve = |of: &dyn Fn(&Point) -> Result<Sample, Lacking>| -> Result<Curve, Lacking> {
            let spot = |point: &Point| Ok::<_, Lacking>(Spot::of(point.error.x, &of(point)?)?);
            Ok(Curve { label: label.clone(), spots: points.iter().map(spot).collect::<Result<_, _>>()? })
        };
        errors.push(curve(&|point| {
            Ok(Sample::of(&point.error.values.values().copied().collect::<Vec<_>>())?)
        })?);
        gaps.push(curve(&|point| Ok(point.gap.clone()))?);
    }
    let figure = |name: &str, title: &str, y: &str, curves| Curves {
        name: name.to_owned(),
        title: title.to_owned(),
        x: "T, trajectories of a client".to_owned(),
        y: y.to_owned(),
        log_y: true,
        curves,
    };
    let curves = vec![
        figure("e1", "Error of DPTD against T, M = 4", "Bellman error", errors),
        figure("e1-gap", "Largest error of an action value, M = 4", "max|Q - Q̂|", gaps),
    ];
    Ok(Judged { verdicts, tables: Vec::new(), curves, notes: Vec::new() })
}

/// What the runs of one T have come to.
struct Point {
    /// `E(ψ̂)` by seed, at T.
    error: Arm,
    /// `max|Q - Q̂|`.
    gap: Sample,
}

impl Point {
    fn of(arm: MeasuredArm<'_>) -> Result<Self, Lacking> {
        let x = LOCAL_STEPS * arm.number("critic.rounds")?;
        let values = arm.by_seed("Bellman error", Run::bellman_error)?;
        let gaps = arm.bellman_errors()?;
        let gap = Sample::of(&gaps.iter().map(|gap| gap.largest).collect::<Vec<_>>())?;
        Ok(Point { error: Arm { x, values }, gap })
    }
}

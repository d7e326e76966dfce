//! Table 2, second panel: sweeps in the place of matrices.

use super::table2_numbers::{on_the_way, with_error};
use super::{
    Criterion, Curve, Curves, Judged, Lacking, Measured, MeasuredArm, Quick, Source, Spot, Table, Verdict,
    short,
};
use crate::experiment::read_policies;
use crate::paper::form::Form;
use crate::results::Run;
use crate::statistics::{Level, Line, Paired, Sample};

/// Counts for some sizes of the policy.
pub(super) const fn counts(name: &'static str, text: &'static str) -> Source {
    Source { name, text, counts_only: true, quick: Quick { seeds: "0", settings: &[], axes: &[] } }
}

/// How far an exponent of counts may be from a whole number: d² + d is no power.
const ROUNDING: f64 = 0.02;
/// What is left of a direction's error after the most sweeps.
const CONVERGED: f64 = 1e-6;
/// J of the runs.
const SWEEPS: [&str; 3] = ["1", "5", "20"];

pub(super) fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let mut verdicts = Vec::new();
    for (name, what, exponent) in [
        ("table2-counts-admm", "fed-npg-admm, J = 1", 1.0),
        ("table2-counts-standard", "fed-npg-standard", 2.0),
    ] {
        let found = uplink_exponent(measured, name)?;
        let within = Criterion::Within(exponent - ROUNDING, exponent + ROUNDING);
        verdicts.push(Verdict::on(format!("{what}: exponent of floats up in d_θ"), found, within));
    }
    let errors = direction_errors(measured)?;
    let worst = |(_, errors): &(u64, Vec<f64>)| errors.iter().copied().fold(0.0, f64::max);
    let mean = |(_, errors): &(u64, Vec<f64>)| errors.iter().sum::<f64>() / errors.len() as f64;
    let rising = errors.windows(2).filter(|pair| mean(&pair[1]) >= mean(&pair[0])).count();
    verdicts.push(Verdict::on(
        "fed-npg-admm: numbers of sweeps at which the direction's mean error has not fallen",
        rising as f64,
        Criterion::AtMost(0.0),
    ));
    if measured.form == Form::Full
        && let Some(most) = errors.last()
    {
        let what = format!("the same, J = {}: largest relative error of the first direction", most.0);
        verdicts.push(Verdict::on(what, worst(most), Criterion::AtMost(CONVERGED)));
    }
    let mut spots = Vec::new();
    for (sweeps, errors) in &errors {
        spots.push(Spot::of(*sweeps as f64, &Sample::of(errors)?)?);
    }
    let direction = Curves {
        name: "table2-direction".to_owned(),
        title: "fed-npg-admm: error of the first direction, M = 4".to_owned(),
        x: "J, sweeps".to_owned(),
        y: "relative to that of the matrices".to_owned(),
        log_y: true,
        curves: vec![Curve { label: "fed-npg-admm".to_owned(), spots }],
    };
    let (table, note, uplink) = values(measured)?;
    verdicts.push(Verdict::on(
        "fed-npg-admm, J = 20: floats up by those of fed-npg-standard, equally many rounds",
        uplink,
        Criterion::AtMost(0.5),
    ));
    let figure = Curves {
        name: "table2-uplink".to_owned(),
        title: "Sweeps against matrices: gap against floats up, M = 4".to_owned(),
        x: "floats up".to_owned(),
        y: "gap to the optimum".to_owned(),
        log_y: true,
        curves: arms(measured)?
            .iter()
            .map(|(label, arm)| {
                Ok(Curve { label: label.clone(), spots: on_the_way(arm, |costs| costs.up.floats)? })
            })
            .collect::<Result<_, Lacking>>()?,
    };
    Ok(Judged { verdicts, tables: vec![table], curves: vec![direction, figure], notes: vec![note] })
}

/// The exponent of the floats that clients send, by the closed form, in the policy's length.
fn uplink_exponent(measured: &Measured, name: &str) -> Result<f64, Lacking> {
    let mut points = Vec::new();
    for arm in measured.sweep(name).arms() {
        let resolved = arm.prepared()?.resolved;
        let (length, up) = (resolved.subject.d_theta() as f64, resolved.closed_form.up.floats as f64);
        points.push((libm::log(length), libm::log(up)));
    }
    Ok(Line::through(&points).map_or(f64::NAN, |line| line.slope))
}

/// By J, how far the first step of the policy is from that by matrices, relative to it, under each seed: both
/// sample the same trajectories there.
fn direction_errors(measured: &Measured) -> Result<Vec<(u64, Vec<f64>)>, Lacking> {
    let exact = first_steps(measured.sweep("table2-direction-exact").arm(&[])?)?;
    let mut found = Vec::new();
    for arm in measured.sweep("table2-direction").arms() {
        let norm = |step: &[f64]| libm::sqrt(step.iter().fold(0.0, |sum, x| sum + x * x));
        let error = |(step, exact): (Vec<f64>, &Vec<f64>)| {
            let away: Vec<f64> = step.iter().zip(exact).map(|(a, b)| a - b).collect();
            norm(&away) / norm(exact)
        };
        let errors = first_steps(arm)?.into_iter().zip(&exact).map(error).collect();
        found.push((arm.number("algorithm.sweeps")? as u64, errors));
    }
    Ok(found)
}

/// `θ_1` of every run: from 0, the first direction times η.
fn first_steps(arm: MeasuredArm<'_>) -> Result<Vec<Vec<f64>>, Lacking> {
    let length = arm.prepared()?.resolved.subject.d_theta();
    let step = |run: &Run| -> Result<Vec<f64>, Lacking> {
        Ok(read_policies(&run.path().join("policies.npy"), length)?.pop().unwrap_or_default())
    };
    arm.runs().iter().map(step).collect()
}

/// The runs by matrices, and those by sweeps, M = 4.
fn arms(measured: &Measured) -> Result<Vec<(String, MeasuredArm<'_>)>, Lacking> {
    let of_four = ("federation.clients", "4");
    let seen = ("actor.features.length", "2");
    let standard = measured.sweep("table2-fed-npg-standard").arm(&[of_four, seen])?;
    let mut arms = vec![("fed-npg-standard".to_owned(), standard)];
    for sweeps in SWEEPS {
        let settings = [of_four, seen, ("algorithm.sweeps", sweeps)];
        arms.push((
            format!("fed-npg-admm, J = {sweeps}"),
            measured.sweep("table2-fed-npg-admm").arm(&settings)?,
        ));
    }
    Ok(arms)
}

/// Values against floats up; a sentence on J = 20; its floats up by those of the matrices.
fn values(measured: &Measured) -> Result<(Table, String, f64), Lacking> {
    let caption = "Measured: sweeps against matrices, M = 4, equally many rounds and environment steps; mean over seeds ± the standard error, \
                   each with its tuned step.";
    let mut table = Table::of(caption, ["method", "η", "floats up", "last policy", "share of the way"]);
    let arms = arms(measured)?;
    let up = |arm: &MeasuredArm<'_>| arm.runs().first().map_or(0, |run| run.totals().up.floats);
    for (label, arm) in &arms {
        table.row([
            label.clone(),
            arm.runs().first().and_then(|run| run.key("actor.eta")).unwrap_or_default().to_owned(),
            up(arm).to_string(),
            with_error(&arm.sample("value", Run::value)?)?,
            short(arm.sample("share", Run::share)?.mean()),
        ]);
    }
    let ((_, standard), (_, most)) = (&arms[0], &arms[arms.len() - 1]);
    let by_seed = |arm: &MeasuredArm<'_>| arm.by_seed("value", Run::value);
    let paired = Paired::of(&by_seed(most)?, &by_seed(standard)?)?;
    let interval = paired.t_interval(Level::default());
    let (mean, low, high) = (short(paired.sample().mean()), short(interval.low), short(interval.high));
    let finding = if interval.low > 0.0 {
        "it ends higher than the matrices do"
    } else if interval.high < 0.0 {
        "it does not reach what the matrices do"
    } else {
        "these seeds do not tell the two apart"
    };
    let uplink = up(most) as f64 / up(standard) as f64;
    let note = format!(
        "That sweeps reach the reward of matrices with fewer floats up: with J = 20 they send {} of the floats, and the value of the last policy less that with matrices, under \
         equal seeds, is {mean} ({low} to {high}, 95 % t interval): {finding}.",
        short(uplink)
    );
    Ok((table, note, uplink))
}

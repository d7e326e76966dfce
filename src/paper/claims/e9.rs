//! Experiment 9: policy optimization and what clients bring to it.

use super::{
    Criterion, Curve, Curves, Experiment, Judged, Lacking, Measured, MeasuredArm, Quick, Source, Spot, Swept,
    Verdict,
};
use crate::paper::form::Form;
use crate::results::Run;
use crate::statistics::{Level, Sample};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "e9",
    title: "policy optimization on Tiger, three targets, one to 64 clients",
    claim: "Theorem 3 and Corollary 3: the mean gap of the rounds' policies falls like (MT)^(-1/4) at the printed sizes.",
    reading: "Values are exact, in the problem's units: the optimum is 1.7955, always listening -3.7099, the uniform policy -112.53. The theorem is about \
              the mixture of all rounds' policies; the last policy and the mixture of the later half stand beside it. Orders are drawn without a criterion: \
              the criteria are that the advantage learns at these sizes, and that the paper's target needs more local steps than the corollary's integers give. \
              Arms that are compared have a step η_r of the policy of their own: the best of eight, the same eight for every target and every M, by the mean \
              value of the last policy on three seeds that the experiment does not use, as `dpac tune` chooses; beside each step its configuration says what it \
              was chosen by. The critic's step is the same in all arms.",
    sweeps: &[
        Source {
            name: "e9-auto",
            text: include_str!("../../../configs/paper/e9-auto.toml"),
            counts_only: false,
            quick: Quick { seeds: "0..2", settings: &[], axes: &["actor.target=advantage,q"] },
        },
        Source {
            name: "e9",
            text: include_str!("../../../configs/paper/e9.toml"),
            counts_only: false,
            quick: Quick {
                seeds: "0..2",
                settings: &[],
                axes: &["federation.clients=16", "actor.target=advantage", "actor.eta=4.0"],
            },
        },
        Source {
            name: "e9-long",
            text: include_str!("../../../configs/paper/e9-long.toml"),
            counts_only: false,
            quick: Quick { seeds: "0..2", settings: &[], axes: &[] },
        },
        Source {
            name: "e9-exact",
            text: include_str!("../../../configs/paper/e9-exact.toml"),
            counts_only: false,
            quick: Quick { seeds: "0..2", settings: &[], axes: &["federation.clients=16", "actor.eta=16.0"] },
        },
    ],
    judge,
};

/// What is missing to the optimum, of some policy of a run.
type Gap = fn(&Run) -> Option<f64>;

const TARGETS: [&str; 3] = ["advantage", "q", "compatible"];
/// The value of always listening.
const LISTENING: f64 = -3.709_875;

fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let (auto, tuned) = (measured.sweep("e9-auto"), measured.sweep("e9"));
    let of_auto = |target| last(auto.arm(&[("actor.target", target)])?);
    let of = |clients, target| last(tuned.arm(&[("federation.clients", clients), ("actor.target", target)])?);
    let long = last(measured.sweep("e9-long").arm(&[])?)?;
    let q = of_auto("q")?;
    let locked = q.ascending().iter().filter(|&&value| (value - LISTENING).abs() < 1e-3).count();
    let verdict = |what: &str, sample: &Sample, criterion| -> Result<Verdict, Lacking> {
        let interval = sample.t_interval(Level::default())?;
        Ok(Verdict::on(what, sample.mean(), criterion).known_to(interval))
    };
    let learns = Criterion::AtLeast(1.2);
    let verdicts = vec![
        verdict(
            "target advantage, M = 16, steps of the schedule: mean value of the last policy",
            &of_auto("advantage")?,
            learns,
        )?,
        verdict("the same with the tuned step", &of("16", "advantage")?, learns)?,
        Verdict::on(
            "target q at the same sizes (K = 32), steps of the schedule: share of seeds that end at always listening",
            locked as f64 / q.seeds() as f64,
            Criterion::AtLeast(0.8),
        ),
        verdict(
            "target q with K = 512, R = 128: mean value of the last policy",
            &long,
            Criterion::AtLeast(1.4),
        )?,
    ];
    if measured.form == Form::Quick {
        return Ok(Judged { verdicts, tables: Vec::new(), curves: Vec::new(), notes: Vec::new() });
    }
    let mut figures = Vec::new();
    let quantities: [(&str, &str, Gap); 3] = [
        ("last", "the last policy", Run::gap),
        ("mixture", "the mixture of all rounds", |run| Some(run.optimum()? - run.mixture()?)),
        ("later-half", "the mixture of the later half", later_half),
    ];
    for (file, name, quantity) in quantities {
        let mut curves = Vec::new();
        for target in TARGETS {
            let settings = [("actor.target", target)];
            let spot = |arm: MeasuredArm<'_>| -> Result<Spot, Lacking> {
                Ok(Spot::of(arm.number("federation.clients")?, &arm.sample("gap", quantity)?)?)
            };
            let spots = tuned.with(&settings).map(spot).collect::<Result<_, _>>()?;
            curves.push(Curve { label: target.to_owned(), spots });
        }
        figures.push(Curves {
            name: format!("e9-{file}"),
            title: format!("Gap of {name} at T = 16384, tuned steps"),
            x: "M, clients".to_owned(),
            y: "gap to the optimum".to_owned(),
            log_y: true,
            curves,
        });
    }
    let mut notes = vec![budget(measured)];
    let (mut steps, mut worse) = (Vec::new(), Vec::new());
    for target in TARGETS {
        let of_target = [("actor.target", target)];
        let step = |arm: MeasuredArm<'_>| arm.setting("actor.eta").unwrap_or_default().to_owned();
        let chosen: Vec<String> = tuned.with(&of_target).map(step).collect();
        let (before, after) = (of_auto(target)?.mean(), of("16", target)?.mean());
        if after < before {
            worse.push(target);
        }
        steps.push(format!(
            "{target} {} (M = 16: {before:.2} with the schedule's step, {after:.2} with this one)",
            chosen.join(", ")
        ));
    }
    notes.push(format!(
        "Tuned steps for M = 1, 4, 16, 64, and the mean value of the last policy: {}.",
        steps.join("; ")
    ));
    if !worse.is_empty() {
        notes.push(format!(
            "For {} the tuned step is worse on the seeds of the experiment than the schedule's: {HELD_OUT} seeds are too few to show a step that fails under \
             some.",
            worse.join(" and ")
        ));
    }
    let exact =
        |clients: &'static str| last(measured.sweep("e9-exact").arm(&[("federation.clients", clients)])?);
    notes.push(format!(
        "M = 64 has K = 16 local steps and as few critic steps. Target advantage, tuned steps, mean value of the last policy with the learned critic: M = 16 \
         {:.2}, M = 64 {:.2}; with the exact one: {:.2} and {:.2}.",
        of("16", "advantage")?.mean(),
        of("64", "advantage")?.mean(),
        exact("16")?.mean(),
        exact("64")?.mean()
    ));
    Ok(Judged { verdicts, tables: Vec::new(), curves: figures, notes })
}

fn last(arm: MeasuredArm<'_>) -> Result<Sample, Lacking> {
    arm.sample("value", Run::value)
}

/// Candidates of every arm and the seeds that they were judged on.
const CANDIDATES: usize = 8;
const HELD_OUT: usize = 3;

/// Least and largest candidate.
const ENDS: [&str; 2] = ["0.125", "16.0"];

/// What tuning has cost, and where a better step may lie beyond what was tried.
fn budget(measured: &Measured) -> String {
    let sweeps = [measured.sweep("e9"), measured.sweep("e9-exact")];
    let [learned, exact] = sweeps.map(|swept| swept.plan.arms.len());
    let at_an_end = sweeps
        .into_iter()
        .flat_map(Swept::arms)
        .filter(|arm| arm.setting("actor.eta").is_some_and(|step| ENDS.contains(&step)));
    let [least, largest] = ENDS;
    format!(
        "Budget of tuning: {CANDIDATES} steps from {least} to {largest}, each twice the one before, times {HELD_OUT} seeds for each of {learned} arms and \
         {exact} with the exact critic, {} runs in all. Arms whose step is the least or the largest that was tried: {}. Weights of the mixture, sizes and the \
         critic's step were not tuned.",
        CANDIDATES * HELD_OUT * (learned + exact),
        at_an_end.count()
    )
}

/// The gap of the mixture of the policies after half of the rounds.
fn later_half(run: &Run) -> Option<f64> {
    // θ_R is no part of a mixture.
    let rows = run.rounds();
    let rows = &rows[..rows.len().saturating_sub(1)];
    let later = &rows[rows.len() / 2..];
    let values: Option<Vec<f64>> = later.iter().map(|row| row.value).collect();
    let values = values.filter(|values| !values.is_empty())?;
    Some(run.optimum()? - values.iter().sum::<f64>() / values.len() as f64)
}

//! Experiment 9: policy optimization and what clients bring to it.

use super::{
    Criterion, Curve, Curves, Experiment, Judged, Lacking, Measured, MeasuredArm, Quick, Source, Spot,
    Verdict,
};
use crate::paper::Form;
use crate::results::Run;
use crate::statistics::{Level, Sample};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "e9",
    title: "policy optimization on Tiger, three targets, one to 64 clients",
    claim: "Theorem 3 and Corollary 3: the mean gap of the rounds' policies falls like (MT)^(-1/4) at the printed sizes.",
    reading: "Values are exact, in the problem's units: the optimum is 1.7955, always listening -3.7099, the uniform policy -112.53. The theorem is about \
              the mixture of all rounds' policies; the last policy and the mixture of the later half stand beside it. Orders are drawn without a criterion: \
              the criteria are that the advantage learns at these sizes, and that the paper's target needs more local steps than the corollary's integers give.",
    sweeps: &[
        Source {
            name: "e9",
            text: include_str!("../../../configs/paper/e9.toml"),
            counts_only: false,
            quick: Quick {
                seeds: "0..2",
                settings: &[],
                axes: &["federation.clients=16", "actor.target=advantage,q"],
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
            quick: Quick { seeds: "0..2", settings: &[], axes: &[] },
        },
    ],
    judge,
};

/// What is missing to the optimum, of some policy of a run.
type Gap = fn(&Run) -> Option<f64>;

fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let swept = measured.sweep("e9");
    let last = |arm: MeasuredArm<'_>| arm.sample("value", Run::value);
    let of = |clients, target| -> Result<Sample, Lacking> {
        let settings = [("federation.clients", clients), ("actor.target", target)];
        last(swept.arm(&settings)?)
    };
    let long = last(measured.sweep("e9-long").arm(&[])?)?;
    let (advantage, q) = (of("16", "advantage")?, of("16", "q")?);
    let listening = -3.709_875;
    let locked = q.ascending().iter().filter(|&&value| (value - listening).abs() < 1e-3).count();
    let verdict = |what: &str, sample: &Sample, criterion| -> Result<Verdict, Lacking> {
        let interval = sample.t_interval(Level::default())?;
        Ok(Verdict::on(what, sample.mean(), criterion).known_to(interval))
    };
    let verdicts = vec![
        verdict(
            "target advantage, M = 16: mean value of the last policy",
            &advantage,
            Criterion::AtLeast(1.2),
        )?,
        Verdict::on(
            "target q at the same sizes (K = 32): share of seeds that end at always listening",
            locked as f64 / q.seeds() as f64,
            Criterion::AtLeast(0.8),
        ),
        verdict(
            "target q with K = 512, R = 128: mean value of the last policy",
            &long,
            Criterion::AtLeast(1.4),
        )?,
    ];
    let mut figures = Vec::new();
    let quantities: [(&str, &str, Gap); 3] = [
        ("last", "the last policy", Run::gap),
        ("mixture", "the mixture of all rounds", |run| Some(run.optimum()? - run.mixture()?)),
        ("later-half", "the mixture of the later half", later_half),
    ];
    let mut notes = Vec::new();
    if measured.form == Form::Full {
        for (file, name, quantity) in quantities {
            let mut curves = Vec::new();
            for target in ["advantage", "q", "compatible"] {
                let settings = [("actor.target", target)];
                let spot = |arm: MeasuredArm<'_>| -> Result<Spot, Lacking> {
                    Ok(Spot::of(arm.number("federation.clients")?, &arm.sample("gap", quantity)?)?)
                };
                let spots = swept.with(&settings).map(spot).collect::<Result<_, _>>()?;
                curves.push(Curve { label: target.to_owned(), spots });
            }
            figures.push(Curves {
                name: format!("e9-{file}"),
                title: format!("Gap of {name} at T = 16384"),
                x: "M, clients".to_owned(),
                y: "gap to the optimum".to_owned(),
                log_y: true,
                curves,
            });
        }
        let exact = |clients: &'static str| -> Result<f64, Lacking> {
            Ok(last(measured.sweep("e9-exact").arm(&[("federation.clients", clients)])?)?.mean())
        };
        notes.push(format!(
            "M = 64 has K = 16 local steps and as few critic steps. Mean value of the last policy with the learned critic: M = 16 {:.2}, M = 64 {:.2}; with \
             the exact one: {:.2} and {:.2}.",
            advantage.mean(),
            of("64", "advantage")?.mean(),
            exact("16")?,
            exact("64")?
        ));
    }
    Ok(Judged { verdicts, curves: figures, notes })
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

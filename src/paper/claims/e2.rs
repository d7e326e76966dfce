//! Experiment 2: the error of DPTD falls like 1/M.

use super::{Criterion, Curve, Curves, Experiment, Judged, Lacking, Measured, Quick, Source, Spot, Verdict};
use crate::paper::{Form, MeanRecursion, Society};
use crate::results::Run;
use crate::statistics::{Arm, Bootstrap, PowerLaw};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "e2",
    title: "linear speedup of policy evaluation in the number of clients",
    claim: "Theorem 1: at a fixed number T of trajectories of each client the leading term of the error falls like 1/M.",
    reading: "Uniform policy, one-hot histories, η = 1, K = 16, and weights (s + 2)² over the later half of the rounds. The slope is fitted under each seed \
              over all M. No number of clients reduces the bias, which is computed exactly; where it is at most 5 % of the error the slope must be -1, and \
              in the negative control, whose bias is at least half of the error at the largest M, it must not.",
    sweeps: &[Source {
        name: "e2",
        text: include_str!("../../../configs/paper/e2.toml"),
        counts_only: false,
        quick: Quick {
            seeds: "0..11",
            settings: &[],
            axes: &[
                "problem.builtin=toggle",
                "problem.horizon=3",
                "critic.alpha=0.3",
                "critic.rounds=256",
                "federation.clients=1,2,4,8,16",
            ],
        },
    }],
    judge,
};

const LOCAL_STEPS: u32 = 16;
/// α of the negative control.
const CONTROL: &str = "0.1";

fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let swept = measured.sweep("e2");
    // M up to 16 and 12 seeds leave a standard error near 0.03 in the quick form.
    let speedup = match measured.form {
        Form::Full => Criterion::Within(-1.08, -0.92),
        Form::Quick => Criterion::Within(-1.15, -0.85),
    };
    let (mut verdicts, mut curves) = (Vec::new(), Vec::new());
    for settings in swept.choices(&["problem.builtin", "problem.horizon", "critic.alpha", "critic.rounds"]) {
        let [problem, horizon, alpha, rounds] = [0, 1, 2, 3].map(|key| settings[key].1);
        let number = |text: &str| text.parse::<u32>().unwrap_or_default();
        let trajectories = number(rounds) * LOCAL_STEPS;
        let label = format!("{problem}, T = {trajectories}, α = {alpha}");
        let (mut arms, mut spots) = (Vec::new(), Vec::new());
        for arm in swept.with(&settings) {
            let x = arm.number("federation.clients")?;
            let values = arm.by_seed("Bellman error", Run::bellman_error)?;
            spots.push(Spot::of(x, &arm.sample("Bellman error", Run::bellman_error)?)?);
            arms.push(Arm { x, values });
        }
        let law = PowerLaw::through(&arms, &Bootstrap::default())?;
        // The bias is that of any number of clients.
        let society = Society::halved(1, trajectories, LOCAL_STEPS, alpha.parse().unwrap_or(f64::NAN));
        let subject = swept.with(&settings).next().map(|arm| arm.prepared()).transpose()?;
        let gamma = subject.map_or(f64::NAN, |prepared| prepared.resolved.gamma);
        let recursion = MeanRecursion::builtin(problem, number(horizon) as usize, gamma);
        let share = recursion.bias(&society) / spots.last().map_or(f64::NAN, |spot| spot.mean);
        let (slope, bias) = if alpha == CONTROL {
            (Criterion::Within(-0.6, -0.3), Criterion::AtLeast(0.5))
        } else {
            (speedup, Criterion::AtMost(0.05))
        };
        let control = if alpha == CONTROL { "negative control, " } else { "" };
        let what = format!("{control}{label}: slope of E(ψ̂) in M");
        verdicts.push(Verdict::on(what, law.exponent, slope).known_to(law.t));
        let what = format!("{control}{label}: share of bias in the error at the largest M");
        verdicts.push(Verdict::on(what, share, bias));
        curves.push(Curve { label, spots });
    }
    let figure = Curves {
        name: "e2".to_owned(),
        title: "Error of DPTD against the number of clients".to_owned(),
        x: "M, clients".to_owned(),
        y: "Bellman error".to_owned(),
        log_y: true,
        curves,
    };
    let notes =
        vec!["The number of trajectories that a given error takes, against M, is not part.".to_owned()];
    Ok(Judged { verdicts, tables: Vec::new(), curves: vec![figure], notes })
}

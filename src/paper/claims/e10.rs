//! Experiment 10: which iterates the output averages, and how the server steps.

use super::{Criterion, Curve, Curves, Experiment, Judged, Lacking, Measured, Quick, Source, Spot, Verdict};
use crate::results::Run;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "e10",
    title: "weights of the output, and line 15 of Algorithm 2",
    claim: "Algorithm 2: the output averages the iterates after R_0 with weights of order r². Line 15, in our copy, steps from the last mean.",
    reading: "Three weights with four R_0 each. Line 15 as printed and as the proofs need it must agree to the bit at η = 1; at η = 3 the printed one has \
              the characteristic roots 1 and η - 1, and its iterates grow twofold in a round.",
    sweeps: &[
        Source {
            name: "e10",
            text: include_str!("../../../configs/paper/e10.toml"),
            counts_only: false,
            quick: Quick { seeds: "0..11", settings: &[], axes: &["critic.average_from=0,128"] },
        },
        Source {
            name: "e10-line",
            text: include_str!("../../../configs/paper/e10-line.toml"),
            counts_only: false,
            quick: Quick { seeds: "0..2", settings: &[], axes: &[] },
        },
    ],
    judge,
};

fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let swept = measured.sweep("e10");
    let mean = |weights, from| -> Result<f64, Lacking> {
        let settings = [("critic.weights", weights), ("critic.average_from", from)];
        Ok(swept.arm(&settings)?.sample("Bellman error", Run::bellman_error)?.mean())
    };
    let quadratic = mean("quadratic", "0")?;
    let mut verdicts = vec![
        Verdict::on(
            "error with quadratic weights by that with uniform ones, R_0 = 0",
            quadratic / mean("uniform", "0")?,
            Criterion::AtMost(0.15),
        ),
        Verdict::on(
            "error with quadratic weights, R_0 = 0, by that of the last iterate",
            quadratic / mean("last", "0")?,
            Criterion::AtMost(0.12),
        ),
    ];
    let lines = measured.sweep("e10-line");
    let of = |line, eta, rounds| {
        lines.arm(&[("critic.server_line", line), ("critic.eta", eta), ("critic.rounds", rounds)])
    };
    // By seed, whether the critics are the same to the bit.
    let mut differing = 0.0;
    for rounds in ["30", "60"] {
        let (ours, theirs) = (of("repaired", "1.0", rounds)?.runs(), of("printed", "1.0", rounds)?.runs());
        differing += ours.iter().zip(theirs).filter(|(a, b)| a.digest() != b.digest()).count() as f64;
    }
    verdicts.push(Verdict::on(
        "η = 1: seeds under which the two lines differ in a bit",
        differing,
        Criterion::AtMost(0.0),
    ));
    let grown = |line| -> Result<f64, Lacking> {
        let error = |rounds| -> Result<f64, Lacking> {
            Ok(of(line, "3.0", rounds)?.sample("Bellman error", Run::bellman_error)?.mean())
        };
        // E is quadratic in ψ; 30 rounds lie between.
        Ok(libm::log10(error("60")? / error("30")?) / 2.0 / 30.0)
    };
    verdicts.push(Verdict::on(
        "η = 3, printed: log10 of the growth of ψ̃ in a round; log10 2 = 0.301",
        grown("printed")?,
        Criterion::Within(0.28, 0.32),
    ));
    verdicts.push(Verdict::on("η = 3, repaired: the same", grown("repaired")?, Criterion::AtMost(0.0)));
    let mut curves = Vec::new();
    for weights in ["quadratic", "uniform", "last"] {
        let mut spots = Vec::new();
        let settings = [("critic.weights", weights)];
        for arm in swept.with(&settings) {
            let from = arm.number("critic.average_from")?;
            spots.push(Spot::of(from.max(1.0), &arm.sample("Bellman error", Run::bellman_error)?)?);
        }
        curves.push(Curve { label: weights.to_owned(), spots });
    }
    let figure = Curves {
        name: "e10".to_owned(),
        title: "Error of the output by its weights, R = 256".to_owned(),
        x: "R_0, first round that is left out (0 stands at 1)".to_owned(),
        y: "Bellman error".to_owned(),
        log_y: true,
        curves,
    };
    Ok(Judged { verdicts, tables: Vec::new(), curves: vec![figure], notes: Vec::new() })
}

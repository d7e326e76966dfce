//! Experiment 4: what a budget of T trajectories per client costs in communication.

use super::{Criterion, Curve, Curves, Experiment, Judged, Lacking, Measured, Quick, Source, Spot, Verdict};
use crate::results::Run;
use crate::statistics::Line;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "e4",
    title: "communication against the budget of trajectories",
    claim: "Corollaries 1 and 3: rounds of communication grow like (MT)^(1/3) for DPTD and, for DPAC, slower than T.",
    reading: "Sizes are those of the corollaries, rounded to whole numbers, and barriers are counted by the closed form; three points are run, and \
              their ledgers compared with it. With K = (T/M)^(1/2) and the interval I = T^(1/3) M^(-2/3), DPAC has of the order of (MT)^(2/3) barriers, \
              in the actor's phase and in the critic's.",
    sweeps: &[
        Source {
            name: "e4",
            text: include_str!("../../../configs/paper/e4.toml"),
            counts_only: true,
            quick: Quick { seeds: "0", settings: &[], axes: &[] },
        },
        Source {
            name: "e4-runs",
            text: include_str!("../../../configs/paper/e4-runs.toml"),
            counts_only: false,
            quick: Quick {
                seeds: "0",
                settings: &[],
                axes: &["algorithm=dptd,dppg,dpac", "federation.clients=4,2,4", "trajectories=4096,256,1024"],
            },
        },
    ],
    judge,
};

const CLIENTS: [&str; 4] = ["1", "4", "16", "64"];

/// The exponents of DPAC's barriers against T = 2^14, 2^16, ..., 2^22 that an independent script found with
/// the same whole sizes, for each number of clients.
const DPAC: [f64; 4] = [0.644, 0.654, 0.666, 0.720];
/// These have three digits.
const DIGITS: f64 = 0.000_5;
/// What whole sizes may add to DPTD's 1/3.
const ROUNDING: f64 = 0.005;
const FITTED_FROM: f64 = 16384.0;

fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let mut verdicts = vec![Verdict::on(
        "runs whose ledger differs from the closed form",
        measured
            .sweep("e4-runs")
            .arms()
            .map(|arm| arm.runs().iter().filter(|run| !agrees(run)).count())
            .sum::<usize>() as f64,
        Criterion::AtMost(0.0),
    )];
    let mut curves = Vec::new();
    for algorithm in ["dptd", "dpac", "dppg"] {
        for (clients, expected) in CLIENTS.into_iter().zip(DPAC) {
            let points = barriers(measured, algorithm, clients)?;
            let late: Vec<(f64, f64)> = points
                .iter()
                .filter(|(t, _)| *t >= FITTED_FROM && (*t as u64).trailing_zeros().is_multiple_of(2))
                .map(|(t, barriers)| (libm::log(*t), libm::log(*barriers)))
                .collect();
            let slope = Line::through(&late).map_or(f64::NAN, |line| line.slope);
            let what = format!("{}, M = {clients}: exponent of barriers in T", algorithm.to_uppercase());
            match algorithm {
                "dptd" => {
                    let third = 1.0 / 3.0;
                    let within = Criterion::Within(third - ROUNDING, third + ROUNDING);
                    verdicts.push(Verdict::on(what, slope, within));
                }
                "dpac" => {
                    let within = Criterion::Within(expected - DIGITS, expected + DIGITS);
                    verdicts.push(Verdict::on(what, slope, within));
                }
                _ => {}
            }
            let spot =
                |(t, barriers): &(f64, f64)| Spot { x: *t as u64, mean: *barriers, band: None, seeds: 1 };
            let label = format!("{}, M = {clients}", algorithm.to_uppercase());
            curves.push(Curve { label, spots: points.iter().map(spot).collect() });
        }
    }
    let curves = Curves {
        name: "e4".to_owned(),
        title: "Barriers at the sizes of the corollaries".to_owned(),
        x: "T, trajectories of a client".to_owned(),
        y: "barriers".to_owned(),
        log_y: true,
        curves: curves.into_iter().filter(|curve| !curve.label.starts_with("DPPG")).collect(),
    };
    let notes = vec![
        "Exponents are fitted at T = 2^14, 2^16, ..., 2^22; whole sizes make them differ from 1/3 and 2/3, and from one M to another.".to_owned(),
        "The orders that follow from the printed sizes, and under which conditions: `dpac theory`.".to_owned(),
    ];
    Ok(Judged { verdicts, tables: Vec::new(), curves: vec![curves], notes })
}

fn agrees(run: &Run) -> bool {
    run.closed_form_holds() == Some(true)
}

/// T and the barriers of a run with it.
fn barriers(measured: &Measured, algorithm: &str, clients: &str) -> Result<Vec<(f64, f64)>, Lacking> {
    let settings = [("algorithm", algorithm), ("federation.clients", clients)];
    let arms = measured.sweep("e4").with(&settings);
    arms.map(|arm| Ok((arm.number("trajectories")?, arm.prepared()?.resolved.closed_form.barriers as f64)))
        .collect()
}

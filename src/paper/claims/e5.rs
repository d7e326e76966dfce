//! Experiment 5: local steps at a fixed number of trajectories.

use super::{
    Criterion, Curve, Curves, Experiment, Judged, Lacking, Measured, MeasuredArm, Quick, Source, Spot,
    Verdict,
};
use crate::results::Run;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "e5",
    title: "local steps cost the average, not the last iterate",
    claim: "Section 4: local steps let clients communicate less often, at the price of a drift that Lemma 5 bounds by Γ(K; ν).",
    reading: "T = R K is fixed and K goes from 1 to T, where a single round is left. TD is linear and these clients are alike, so the mean of the last \
              iterate does not depend on how T is cut into rounds; what large K costs is that the server has fewer iterates to average.",
    sweeps: &[Source {
        name: "e5",
        text: include_str!("../../../configs/paper/e5.toml"),
        counts_only: false,
        quick: Quick {
            seeds: "0..15",
            settings: &[],
            axes: &["federation.clients=8", "critic.rounds=1024,64,16,1", "critic.local_steps=1,16,64,1024"],
        },
    }],
    judge,
};

fn error(run: &Run) -> Option<f64> {
    run.bellman_error()
}

fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let swept = measured.sweep("e5");
    let (mut verdicts, mut figures) = (Vec::new(), Vec::new());
    let mut of_clients: Vec<&str> =
        swept.arms().filter_map(|arm| arm.setting("federation.clients")).collect();
    of_clients.dedup();
    of_clients.sort_by_key(|clients| clients.parse::<u64>().ok());
    of_clients.dedup();
    let name = |weights: &str| if weights == "last" { "last iterate" } else { "weighted average" };
    for weights in ["quadratic", "last"] {
        let mut curves = Vec::new();
        for clients in &of_clients {
            let settings = [("federation.clients", *clients), ("critic.weights", weights)];
            let arms: Vec<MeasuredArm<'_>> = swept.with(&settings).collect();
            let spot = |arm: &MeasuredArm<'_>| -> Result<Spot, Lacking> {
                Ok(Spot::of(arm.number("critic.local_steps")?, &arm.sample("Bellman error", error)?)?)
            };
            let spots: Vec<Spot> = arms.iter().map(spot).collect::<Result<_, _>>()?;
            verdicts.push(if weights == "last" {
                let (low, high) = spots.iter().fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), spot| {
                    (low.min(spot.mean), high.max(spot.mean))
                });
                let what =
                    format!("M = {clients}, last iterate: largest mean error over all K, by the least");
                Verdict::on(what, high / low, Criterion::AtMost(1.4))
            } else {
                let at =
                    |steps: u64| spots.iter().find(|spot| spot.x == steps).map_or(f64::NAN, |spot| spot.mean);
                let what = format!("M = {clients}, weighted average: error at K = 64 by that at K = 1");
                Verdict::on(what, at(64) / at(1), Criterion::AtMost(1.5))
            });
            curves.push(Curve { label: format!("M = {clients}"), spots });
        }
        figures.push(Curves {
            name: format!("e5-{weights}"),
            title: format!("Error of the {} against local steps", name(weights)),
            x: "K, local steps of a round".to_owned(),
            y: "Bellman error".to_owned(),
            log_y: true,
            curves,
        });
    }
    let notes = vec![
        "Clients that differ in their transitions, and DPAC with fewer barriers, are not part of this yet."
            .to_owned(),
    ];
    Ok(Judged { verdicts, curves: figures, notes })
}

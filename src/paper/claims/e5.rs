//! Experiment 5: local steps at a fixed number of trajectories.

use super::e5_differing;
use super::e5_dpac;
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
              iterate does not depend on how T is cut into rounds; what large K costs is that the server has fewer iterates to average. Where clients differ \
              in their transitions, their matrices A_m differ, and large K leads from Ā⁻¹ b̄ to the mean of the clients' own values Q_m; where their rewards \
              alone differ it does not. Distances are those of the mean over seeds of the last iterate, squared, weighted as the Bellman error is, and without \
              what the variance of that mean adds, so that an estimate near 0 may fall below. DPAC at the sizes of Corollary 3 is run with n and R_e as they are and with one barrier in place of each.",
    sweeps: &[
        Source {
            name: "e5",
            text: include_str!("../../../configs/paper/e5.toml"),
            counts_only: false,
            quick: Quick {
                seeds: "0..15",
                settings: &[],
                axes: &[
                    "federation.clients=8",
                    "critic.rounds=1024,64,16,1",
                    "critic.local_steps=1,16,64,1024",
                ],
            },
        },
        Source {
            name: "e5-transitions",
            text: include_str!("../../../configs/paper/e5-transitions.toml"),
            counts_only: false,
            quick: Quick { seeds: "0..15", settings: &[], axes: ENDS },
        },
        Source {
            name: "e5-rewards",
            text: include_str!("../../../configs/paper/e5-rewards.toml"),
            counts_only: false,
            quick: Quick { seeds: "0..15", settings: &[], axes: ENDS },
        },
        Source {
            name: "e5-dpac",
            text: include_str!("../../../configs/paper/e5-dpac.toml"),
            counts_only: false,
            quick: Quick {
                seeds: "0..2",
                settings: &[],
                axes: &["actor.sync_interval=4,32", "critic.rounds=8,1", "critic.local_steps=4,32"],
            },
        },
    ],
    judge,
};

/// One step and one round.
const ENDS: &[&str] = &["critic.rounds=16384,256,1", "critic.local_steps=1,64,16384"];

fn error(run: &Run) -> Option<f64> {
    run.bellman_error()
}

fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let (mut verdicts, mut curves) = alike(measured)?;
    let (of_differing, figures) = e5_differing::judge(measured)?;
    verdicts.extend(of_differing);
    curves.extend(figures);
    let (of_dpac, notes) = e5_dpac::judge(measured)?;
    verdicts.extend(of_dpac);
    Ok(Judged { verdicts, tables: Vec::new(), curves, notes })
}

/// Clients that are alike.
fn alike(measured: &Measured) -> Result<(Vec<Verdict>, Vec<Curves>), Lacking> {
    let swept = measured.sweep("e5");
    let (mut verdicts, mut figures) = (Vec::new(), Vec::new());
    for weights in ["quadratic", "last"] {
        let name = if weights == "last" { "last iterate" } else { "weighted average" };
        let mut curves = Vec::new();
        for choice in swept.choices(&["federation.clients"]) {
            let clients = choice[0].1;
            let settings = [("federation.clients", clients), ("critic.weights", weights)];
            let spot = |arm: MeasuredArm<'_>| -> Result<Spot, Lacking> {
                Ok(Spot::of(arm.number("critic.local_steps")?, &arm.sample("Bellman error", error)?)?)
            };
            let spots: Vec<Spot> = swept.with(&settings).map(spot).collect::<Result<_, _>>()?;
            verdicts.push(if weights == "last" {
                let (low, high) = spots.iter().fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), spot| {
                    (low.min(spot.mean), high.max(spot.mean))
                });
                let what = format!("M = {clients}, {name}: largest mean error over all K, by the least");
                Verdict::on(what, high / low, Criterion::AtMost(1.4))
            } else {
                let at =
                    |steps: u64| spots.iter().find(|spot| spot.x == steps).map_or(f64::NAN, |spot| spot.mean);
                let what = format!("M = {clients}, {name}: error at K = 64 by that at K = 1");
                Verdict::on(what, at(64) / at(1), Criterion::AtMost(1.5))
            });
            curves.push(Curve { label: format!("M = {clients}"), spots });
        }
        figures.push(Curves {
            name: format!("e5-{weights}"),
            title: format!("Error of the {name} against local steps"),
            x: "K, local steps of a round".to_owned(),
            y: "Bellman error".to_owned(),
            log_y: true,
            curves,
        });
    }
    Ok((verdicts, figures))
}

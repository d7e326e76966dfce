//! Experiment 5, second panel: clients that differ.

use super::{Criterion, Curve, Curves, Lacking, Measured, Swept, Verdict};
use crate::paper::{Blind, ClientMeans, MeanRecursion, Society};
use crate::pomdp::{Variation, builtin};

const CLIENTS: u32 = 8;
const HORIZON: usize = 2;
const ALPHA: f64 = 0.02;

/// How far the mean may be from what it is compared with, in expected squared distances. A mean of squares of
/// three or more normal numbers exceeds this with a probability of less than 0.002.
const SPREAD: f64 = 5.0;

pub(super) fn judge(measured: &Measured) -> Result<(Vec<Verdict>, Vec<Curves>), Lacking> {
    let mut verdicts = Vec::new();
    let transitions = means_of(Variation { transitions: 1.0, ..ALIKE });
    let arms = arms(measured.sweep("e5-transitions"), &transitions)?;
    let (ours, values) = (transitions.fixed_point(), transitions.mean_values());
    let to = |arm: &Arm, target: &[f64]| transitions.distance(&arm.mean, target) - arm.variance;
    let (first, last) = (&arms[0], &arms[arms.len() - 1]);
    verdicts.push(Verdict::on(
        "transitions differ, K = 1: squared distance to Ā⁻¹ b̄ by that to the mean of Q_m",
        to(first, &ours) / to(first, &values),
        Criterion::AtMost(0.5),
    ));
    verdicts.push(Verdict::on(
        "the same, one round: squared distance to the mean of Q_m by that to Ā⁻¹ b̄",
        to(last, &values) / to(last, &ours),
        Criterion::AtMost(0.5),
    ));
    verdicts.push(Verdict::on(
        "the same, all K: squared distance from the exact mean, by its expectation",
        farthest(&arms, |arm| transitions.distance(&arm.mean, &arm.exact) / arm.variance),
        Criterion::AtMost(SPREAD),
    ));
    let curve = |label: &str, of: &dyn Fn(&Arm) -> f64| {
        Curve::of_numbers(label, arms.iter().map(|arm| (arm.local_steps, of(arm))))
    };
    let figure = Curves {
        name: "e5-transitions".to_owned(),
        title: "Clients whose transitions differ: where the mean of the last iterate is".to_owned(),
        x: "K, local steps of a round".to_owned(),
        y: "squared distance".to_owned(),
        // An estimate without bias may fall below 0.
        log_y: false,
        curves: vec![
            curve("measured, to Ā⁻¹ b̄", &|arm| to(arm, &ours)),
            curve("measured, to the mean of Q_m", &|arm| to(arm, &values)),
            curve("exact, to Ā⁻¹ b̄", &|arm| transitions.distance(&arm.exact, &ours)),
            curve("exact, to the mean of Q_m", &|arm| transitions.distance(&arm.exact, &values)),
        ],
    };
    let rewards = means_of(Variation { rewards: 1.0, ..ALIKE });
    let arms = self::arms(measured.sweep("e5-rewards"), &rewards)?;
    verdicts.push(Verdict::on(
        "rewards alone differ, exact: largest squared distance from the mean at K = 1",
        farthest(&arms, |arm| rewards.distance(&arm.exact, &arms[0].exact)),
        Criterion::AtMost(1e-24),
    ));
    verdicts.push(Verdict::on(
        "the same, measured, by its expectation",
        farthest(&arms[1..], |arm| {
            rewards.distance(&arm.mean, &arms[0].mean) / (arm.variance + arms[0].variance)
        }),
        Criterion::AtMost(SPREAD),
    ));
    Ok((verdicts, vec![figure]))
}

const ALIKE: Variation = Variation { rewards: 0.0, transitions: 0.0, sensors: 0.0, parts: 0.0, seed: 0 };

fn means_of(variation: Variation) -> ClientMeans {
    let models = variation.models(&builtin::toggle(), CLIENTS).expect("small tables");
    let of = |model| MeanRecursion::of(&Blind::of(model, HORIZON));
    ClientMeans::new(models.into_iter().map(of).collect())
}

/// The runs of one K.
struct Arm {
    local_steps: u64,
    /// The mean of the last iterate over seeds.
    mean: Vec<f64>,
    /// What its variance adds to a squared distance.
    variance: f64,
    /// The exact mean.
    exact: Vec<f64>,
}

/// By K, from the least.
fn arms(swept: &Swept, means: &ClientMeans) -> Result<Vec<Arm>, Lacking> {
    let mut found = Vec::new();
    for arm in swept.arms() {
        let (rounds, local_steps) = (arm.number("critic.rounds")?, arm.number("critic.local_steps")?);
        let critics = arm.critics()?;
        let seeds = critics.len() as f64;
        let mut mean = vec![0.0; critics[0].len()];
        for critic in &critics {
            mean.iter_mut().zip(critic).for_each(|(mean, psi)| *mean += psi / seeds);
        }
        let spread = critics.iter().fold(0.0, |sum, critic| sum + means.distance(critic, &mean));
        let society = Society {
            clients: CLIENTS,
            rounds: rounds as u32,
            local_steps: local_steps as u64,
            alpha: ALPHA,
            average_from: 0,
        };
        found.push(Arm {
            local_steps: local_steps as u64,
            mean,
            variance: spread / (seeds - 1.0) / seeds,
            exact: means.after(&society),
        });
    }
    found.sort_by_key(|arm| arm.local_steps);
    Ok(found)
}

fn farthest(arms: &[Arm], of: impl Fn(&Arm) -> f64) -> f64 {
    arms.iter().map(of).fold(0.0, f64::max)
}

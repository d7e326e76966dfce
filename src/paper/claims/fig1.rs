//! Figure 1: more agents in parallel, with a policy that is a recurrent network.

use super::table::Table;
use super::{
    Criterion, Curve, Curves, Experiment, Judged, Lacking, Measured, MeasuredArm, Quick, Source, Spot,
    Verdict,
};
use crate::paper::form::Form;
use crate::results::{Costs, RoundRow, Run};
use crate::statistics::{Level, Line, Sample};

/// A sweep, with the seeds and settings of its quick form.
macro_rules! society {
    ($name:literal, $seeds:literal, $settings:expr) => {
        Source {
            name: $name,
            text: include_str!(concat!("../../../configs/paper/", $name, ".toml")),
            counts_only: false,
            quick: Quick { seeds: $seeds, settings: $settings, axes: &[] },
        }
    };
}
pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "fig1",
    title: "more agents in parallel, with a recurrent policy",
    claim: "Figure 1: more agents in parallel consistently accelerate learning.",
    reading: "DPAC on Tiger, H = 4, with a GRU of 8 units and a critic on whole histories; every client does the same work, 1280 trajectories in a \
              round, and M of them share it. Values of all policies are exact. The area of a run is the mean over rounds of max(V, -30), and n_0 the \
              trajectories of a client until V is at least 0. The figure that the paper cites (Rudin et al. 2021) fixes the batch and varies robots; this one \
              fixes the work of a client, as the paper's sentence does. No two societies share a seed.",
    sweeps: &[
        society!("fig1-1", "0..3", &["actor.rounds=48"]),
        society!("fig1-4", "100..103", &["actor.rounds=48"]),
        society!("fig1-16", "200..203", &["actor.rounds=48"]),
        // Too long for the quick form, which does not look at them.
        society!("fig1-64", "300", &["actor.rounds=1"]),
        society!("fig1-control", "400", &["actor.rounds=1"]),
    ],
    judge,
};

/// M, and its sweep.
const SOCIETIES: [(u64, &str); 4] = [(1, "fig1-1"), (4, "fig1-4"), (16, "fig1-16"), (64, "fig1-64")];
/// Where values are shown. Before them they are far below.
const SHOWN: [u64; 10] = [4, 6, 8, 12, 16, 24, 32, 48, 64, 96];
/// Of a table.
const TOLD: [u64; 5] = [6, 12, 24, 48, 96];
/// Values below count as this: of the first rounds alone, in which all societies are alike.
const FLOOR: f64 = -30.0;
/// How often a slope has to be its standard error. An independent reference found about 10 with ten seeds.
const SLOPE: f64 = 4.0;
/// The same of four seeds of three societies.
const SLOPE_OF_FEW: f64 = 2.0;
/// How many standard errors of the difference the area of more clients may lie below.
const BELOW: f64 = -2.0;
/// No policy is better: the optimum, rounded up.
const OPTIMUM: f64 = 1.7956;

/// The societies that are judged.
fn societies(measured: &Measured) -> Result<Vec<(u64, MeasuredArm<'_>)>, Lacking> {
    let shown = if measured.form == Form::Quick { 3 } else { SOCIETIES.len() };
    SOCIETIES[..shown].iter().map(|&(clients, name)| Ok((clients, measured.sweep(name).arm(&[])?))).collect()
}

fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let societies = societies(measured)?;
    let areas: Vec<(u64, Vec<f64>)> = societies
        .iter()
        .map(|(m, arm)| Ok((*m, arm.values("area", area)?)))
        .collect::<Result<_, Lacking>>()?;
    let starts: Vec<f64> = societies.iter().map(|(_, arm)| median_start(arm)).collect::<Result<_, _>>()?;
    let mut verdicts = vec![
        Verdict::on(
            "slope of the area on log_4 M over all runs, by its standard error",
            slope_by_error(&areas),
            Criterion::AtLeast(if measured.form == Form::Quick { SLOPE_OF_FEW } else { SLOPE }),
        ),
        Verdict::on(
            "area less that of a quarter of the clients, by the standard error of the difference, the least of all neighbours",
            least_rise(&areas)?,
            Criterion::AtLeast(BELOW),
        ),
        Verdict::on(
            "neighbours of which more clients take longer to V = 0, by the median of n_0",
            starts.windows(2).filter(|pair| pair[1] > pair[0]).count() as f64,
            Criterion::AtMost(0.0),
        ),
    ];
    if measured.form == Form::Full {
        for (clients, low) in [(16, 1.75), (64, 1.79)] {
            let arm = societies.iter().find(|(m, _)| *m == clients).map(|(_, arm)| arm);
            let value = arm.expect("a society of the full form").sample("value", Run::value)?;
            verdicts.push(
                Verdict::on(
                    format!("M = {clients}: mean value of the last policy"),
                    value.mean(),
                    Criterion::Within(low, OPTIMUM),
                )
                .known_to(value.t_interval(Level::default())?),
            );
        }
    }
    let runs = measured.sweeps.iter().flat_map(|swept| &swept.runs);
    verdicts.push(Verdict::on(
        "runs whose ledger differs from the closed form",
        runs.filter(|run| run.closed_form_holds() != Some(true)).count() as f64,
        Criterion::AtMost(0.0),
    ));
    if measured.form == Form::Quick {
        return Ok(Judged { verdicts, tables: Vec::new(), curves: Vec::new(), notes: Vec::new() });
    }
    let tables = vec![table(&societies, &starts)?, control(measured)?];
    let by_samples = Curves {
        name: "fig1".to_owned(),
        title: "Tiger, H = 4, GRU of 8 units: value against trajectories of a client".to_owned(),
        x: "trajectories of a client".to_owned(),
        y: "value of the policy".to_owned(),
        log_y: false,
        curves: curves(&societies, |costs| costs.trajectories_per_client)?,
    };
    let by_bytes = Curves {
        name: "fig1-bytes".to_owned(),
        title: "Tiger, H = 4, GRU of 8 units: value against what had been sent".to_owned(),
        x: "bytes on the wire, of all clients".to_owned(),
        curves: curves(&societies, Costs::wire_bytes)?,
        ..by_samples.clone()
    };
    let notes = vec![
        "What more clients buy is fewer trajectories of each; they are paid for on the wire, where a society of M clients sends M times the bytes for the \
         same rounds: the second figure has the societies in the opposite order."
            .to_owned(),
        format!(
            "The figures begin at round {}: before it, values are far below what they show.",
            SHOWN[0]
        ),
        "A record has no clock: the time that a trajectory of a client takes with each number of clients, on one thread, is measured by \
         `cargo bench --bench speed -- networks` ([what a run costs](../speed.md#networks))."
            .to_owned(),
        "One problem, one network, one choice of steps: nothing here says how far other tasks parallelise.".to_owned(),
    ];
    Ok(Judged { verdicts, tables, curves: vec![by_samples, by_bytes], notes })
}

/// The mean over policies of max(V, -30).
fn area(run: &Run) -> Option<f64> {
    let values: Option<Vec<f64>> = run.rounds().iter().map(|row| Some(row.value?.max(FLOOR))).collect();
    let values = values.filter(|values| !values.is_empty())?;
    Some(values.iter().sum::<f64>() / values.len() as f64)
}

/// Trajectories of a client until the value is at least 0; infinite where it never is.
fn start(run: &Run) -> Option<f64> {
    let reached = run.rounds().iter().find(|row| row.value.is_some_and(|value| value >= 0.0));
    Some(reached.map_or(f64::INFINITY, |row| row.costs.trajectories_per_client as f64))
}

fn median_start(arm: &MeasuredArm<'_>) -> Result<f64, Lacking> {
    let mut starts = arm.values("trajectories", start)?;
    starts.sort_by(f64::total_cmp);
    let (low, high) = (starts[(starts.len() - 1) / 2], starts[starts.len() / 2]);
    Ok(if low.is_infinite() { low } else { low.midpoint(high) })
}

/// The slope of areas on log_4 M by least squares over all runs, by its standard error.
fn slope_by_error(areas: &[(u64, Vec<f64>)]) -> f64 {
    let at = |m: u64| libm::log2(m as f64) / 2.0;
    let points: Vec<(f64, f64)> =
        areas.iter().flat_map(|(m, areas)| areas.iter().map(|&area| (at(*m), area))).collect();
    let Some(line) = Line::through(&points) else { return f64::NAN };
    let squares = points.iter().fold(0.0, |sum, &point| sum + line.residual(point) * line.residual(point));
    line.slope / (squares / (points.len() as f64 - 2.0) / line.spread).sqrt()
}

/// The least difference of neighbouring mean areas, by its standard error.
fn least_rise(areas: &[(u64, Vec<f64>)]) -> Result<f64, Lacking> {
    let samples: Vec<Sample> = areas.iter().map(|(_, areas)| Sample::of(areas)).collect::<Result<_, _>>()?;
    let mut least = f64::INFINITY;
    for pair in samples.windows(2) {
        let (fewer, more) = (&pair[0], &pair[1]);
        let error = fewer.standard_error()?.hypot(more.standard_error()?);
        least = least.min((more.mean() - fewer.mean()) / error);
    }
    Ok(least)
}

/// What a round's policies are worth in every run.
fn values_at(arm: &MeasuredArm<'_>, round: u64) -> Result<Sample, Lacking> {
    arm.sample("value", |run| row_at(run, round)?.value)
}

fn row_at(run: &Run, round: u64) -> Option<&RoundRow> {
    run.rounds().iter().find(|row| row.round == round)
}

fn table(societies: &[(u64, MeasuredArm<'_>)], starts: &[f64]) -> Result<Table, Lacking> {
    let mut table = Table::of(
        "By the number of clients: area, mean ± standard error; mean values of the policies of some rounds; median n_0; the last policy's value, least \
         and greatest; floats that one client sends and receives, and MiB on the wire of all clients, in a whole run.",
        ["M", "area", "V of θ_6, θ_12, θ_24, θ_48, θ_96", "n_0", "last", "floats per client", "MiB in all"],
    );
    for ((clients, arm), start) in societies.iter().zip(starts) {
        let area = Sample::of(&arm.values("area", area)?)?;
        let values: Vec<String> = TOLD
            .into_iter()
            .map(|round| Ok(format!("{:.2}", values_at(arm, round)?.mean())))
            .collect::<Result<_, Lacking>>()?;
        let last = arm.sample("value", Run::value)?;
        let (least, greatest) = (last.ascending().first(), last.ascending().last());
        let costs = arm.runs().first().map(|run| *run.totals()).unwrap_or_default();
        table.row([
            clients.to_string(),
            format!("{:.3} ± {:.3}", area.mean(), area.standard_error()?),
            values.join(", "),
            format!("{start}"),
            format!("{:.3} to {:.4}", least.unwrap_or(&f64::NAN), greatest.unwrap_or(&f64::NAN)),
            (costs.floats() / clients).to_string(),
            format!("{:.1}", costs.wire_bytes() as f64 / f64::from(1 << 20)),
        ]);
    }
    Ok(table)
}

/// The control with fewer local steps, of which nothing is claimed.
fn control(measured: &Measured) -> Result<Table, Lacking> {
    let mut table = Table::of(
        "A control without a claim: K = 64 local steps of the regression instead of 256. Value of the last policy over seeds.",
        ["M", "least", "median", "greatest"],
    );
    for arm in measured.sweep("fig1-control").arms() {
        let last = arm.sample("value", Run::value)?;
        let ends = [last.ascending()[0], last.median(), last.ascending()[last.seeds() - 1]];
        let cells = ends.map(|value| format!("{value:.3}"));
        let clients = arm.setting("federation.clients").unwrap_or_default().to_owned();
        table.row(std::iter::once(clients).chain(cells));
    }
    Ok(table)
}

/// Values of each society against what its policies had cost.
fn curves(societies: &[(u64, MeasuredArm<'_>)], cost: fn(&Costs) -> u64) -> Result<Vec<Curve>, Lacking> {
    let mut found = Vec::new();
    for (clients, arm) in societies {
        let spot = |round: u64| -> Result<Spot, Lacking> {
            let row = arm.runs().first().and_then(|run| row_at(run, round));
            let x = row.map_or(0, |row| cost(&row.costs));
            Ok(Spot::of(x as f64, &values_at(arm, round)?)?)
        };
        let spots = SHOWN.into_iter().map(spot).collect::<Result<_, _>>()?;
        found.push(Curve { label: format!("M = {clients}"), spots });
    }
    Ok(found)
}

//! Table 2, third panel: a map whose rewards are shared out among clients, and clients that differ otherwise.

use super::table2_numbers::with_error;
use super::{Criterion, Judged, Lacking, Measured, MeasuredArm, Table, Verdict, short};
use crate::results::Run;
use crate::statistics::{Level, Paired, Sample};

const HORIZON: i32 = 4;
const DISCOUNT: f64 = 0.95;
/// Probability that a movement of the map does not happen.
const SLIP: f64 = 0.1;
/// At most this share of the way is called a failure, and at least that a success.
const FAILS: f64 = 0.5;
const SUCCEEDS: f64 = 0.9;

pub(super) fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let share = |tracking, graph, clients| -> Result<f64, Lacking> {
        Ok(gossip(measured, tracking, graph, clients)?.sample("share", share)?.mean())
    };
    let rounds = |tracking, graph, clients| -> Result<f64, Lacking> {
        let arm = gossip(measured, tracking, graph, clients)?;
        let Some(run) = arm.runs().first() else { return Ok(f64::NAN) };
        // A run that never gets there would have taken one round more at the least.
        Ok(rounds_to_success(run).unwrap_or(run.rounds_over() + 1) as f64)
    };
    let tracked = "map, exact values, ring of 8, with tracking: share of the way to the optimum";
    let untracked = "the same without tracking, which is said to fail";
    let mut verdicts = vec![
        Verdict::on(tracked, share("yes", "ring", "8")?, Criterion::AtLeast(SUCCEEDS)),
        Verdict::on(untracked, share("no", "ring", "8")?, Criterion::AtMost(FAILS)),
    ];
    let few = rounds("yes", "ring", "4")?;
    let (many, joined) = (rounds("yes", "ring", "8")?, rounds("yes", "complete", "8")?);
    verdicts.push(Verdict::on(
        "map, ring with tracking: rounds to a share of 0.9 with 8 agents less those with 4, said to be slower",
        many - few,
        Criterion::AtLeast(1.0),
    ));
    verdicts.push(Verdict::on(
        "map, 8 agents with tracking: rounds to a share of 0.9 on the ring less those on the complete graph, said to be faster",
        many - joined,
        Criterion::AtLeast(1.0),
    ));
    let mut notes = vec![
        "On the map the value is that of the mean of all clients' policies, under the mean of their rewards: the policy of a single client is not evaluated. The optimum is \
         (1 - slip) Σ_{t<H} γ^t / M, since parts add up to the whole. Arms with exact values draw nothing, and with 4 and 8 agents their two seeds are equal; policies of 16 agents \
         are too large a problem to be evaluated exactly, so that their values, and the choice of their steps, are from simulation."
            .to_owned(),
        "Steps on the map: the same eight as on Tiger for each arm, by the value of the last policy, on three held-out seeds where anything is drawn and on one where \
         nothing is; the server has the step of the complete graph, maps of side 3 that of side 4, and clients that differ otherwise that of DPAC on the map."
            .to_owned(),
    ];
    let [ring, failing] = [share("yes", "ring", "8")?, share("no", "ring", "8")?];
    let finding = if failing <= FAILS { "reproduced" } else { "not reproduced" };
    notes.push(format!(
        "That FedNPG fails without tracking is {finding} on this map, exact values, tuned steps: on the ring of 8 the mean policy comes {} of the way without tracking and {} with it; with 16 agents, by simulation, {} and {}; with 4 agents {} and {}.",
        short(failing),
        short(ring),
        short(share("no", "ring", "16")?),
        short(share("yes", "ring", "16")?),
        short(share("no", "ring", "4")?),
        short(share("yes", "ring", "4")?)
    ));
    let (slower, faster) = (many > few, joined < many);
    let said = |holds: bool| if holds { "reproduced" } else { "not reproduced" };
    notes.push(format!(
        "At tuned steps, that more agents are slower is {} (ring with tracking, rounds to a share of 0.9 with 4, 8 and 16 agents: {few}, {many}, {}), and that more neighbours are faster \
         is {} (8 agents, ring and complete graph: {many}, {joined}). Many steps end equally high there, and of equal ones the first is taken, so that rounds compare \
         chosen steps as much as agents and graphs; rows of the table with equal steps compare these alone.",
        said(slower),
        rounds("yes", "ring", "16")?,
        said(faster)
    ));
    let (table, found) = differences(measured)?;
    notes.push(found);
    Ok(Judged { verdicts, tables: vec![on_the_map(measured)?, table], curves: Vec::new(), notes })
}

fn gossip<'a>(
    measured: &'a Measured,
    tracking: &str,
    graph: &str,
    clients: &str,
) -> Result<MeasuredArm<'a>, Lacking> {
    measured.sweep("table2-map").arm(&[
        ("algorithm.tracking", tracking),
        ("federation.graph", graph),
        ("federation.clients", clients),
        ("problem.parameters.side", "4"),
    ])
}

/// How much of the way from the uniform policy, which `θ_0` is, to the optimum a value is.
fn share_of(run: &Run, value: f64) -> Option<f64> {
    let discounted = (0..HORIZON).fold(0.0, |sum, _| sum * DISCOUNT + 1.0);
    let optimum = (1.0 - SLIP) * discounted / run.clients()? as f64;
    let uniform = run.rounds().first()?.value?;
    Some((value - uniform) / (optimum - uniform))
}

fn share(run: &Run) -> Option<f64> {
    share_of(run, run.value()?)
}

fn rounds_to_success(run: &Run) -> Option<u64> {
    let reached = |value: f64| share_of(run, value).is_some_and(|share| share >= SUCCEEDS);
    run.rounds().iter().find(|row| row.value.is_some_and(reached)).map(|row| row.round)
}

/// Every arm on the map.
fn on_the_map(measured: &Measured) -> Result<Table, Lacking> {
    let caption = "Measured on maps of side × side cells with H = 4, whose rewards are shared out among the agents as bands of rows: share of the way to the optimum at the last policy, mean \
                   over seeds ± the standard error, and rounds to a share of 0.9 under the first seed.";
    let mut table = Table::of(
        caption,
        ["method", "side", "agents", "η, tuned", "share of the way", "rounds to 0.9", "bytes on the wire"],
    );
    for (sweep, name, exact) in [
        ("table2-map", "fed-npg-gossip", true),
        ("table2-map-server", "fed-npg, server", true),
        ("table2-map-nac", "fed-nac, ring", false),
        ("table2-map-dpac", "dpac", false),
        ("table2-map-dppg", "dppg, exact critic", true),
    ] {
        for arm in measured.sweep(sweep).arms() {
            let Some(run) = arm.runs().first() else { continue };
            let mut label = name.to_owned();
            if let Some(graph) = arm.setting("federation.graph") {
                label += &format!(", {graph}");
            }
            match arm.setting("algorithm.tracking") {
                Some("yes") => label += ", tracking",
                Some(_) => label += ", no tracking",
                None => {}
            }
            if exact {
                label += " (control: exact evaluation)";
            }
            let rounds = rounds_to_success(run);
            table.row([
                label,
                arm.setting("problem.parameters.side").unwrap_or("4").to_owned(),
                arm.setting("federation.clients").unwrap_or_default().to_owned(),
                run.key("actor.eta").unwrap_or_default().to_owned(),
                with_error(&arm.sample("share", share)?)?,
                rounds.map_or_else(|| "censored".to_owned(), |rounds| rounds.to_string()),
                run.totals().wire_bytes().to_string(),
            ]);
        }
    }
    Ok(table)
}

const KINDS: [&str; 4] = ["rewards", "transitions", "sensors", "parts"];

/// What more barriers bring DPAC where clients differ in one thing.
fn differences(measured: &Measured) -> Result<(Table, String), Lacking> {
    let caption = "Measured: DPAC on the map with four clients that differ in one thing, at strength 1, with one barrier a phase and with eight, at equal environment steps; value of the last \
                   policy, a mean over clients, and the difference under equal seeds. Eight barriers earn their cost where the whole interval lies above 0.";
    let headings = [
        "what differs",
        "one barrier a phase",
        "eight",
        "eight less one",
        "bytes, eight by one",
        "earn their cost",
    ];
    let mut table = Table::of(caption, headings);
    let swept = measured.sweep("table2-differences");
    let (mut earn, mut not) = (Vec::new(), Vec::new());
    for kind in KINDS {
        let key = format!("problem.clients.{kind}");
        let arm = |rounds| swept.arm(&[(key.as_str(), "1.0"), ("critic.rounds", rounds)]);
        let (one, eight) = (arm("1")?, arm("8")?);
        let value = |arm: &MeasuredArm<'_>| -> Result<Sample, Lacking> { arm.sample("value", Run::value) };
        let paired = Paired::of(&eight.by_seed("value", Run::value)?, &one.by_seed("value", Run::value)?)?;
        let interval = paired.t_interval(Level::default());
        let earns = interval.low > 0.0;
        if earns { &mut earn } else { &mut not }.push(kind);
        let bytes =
            |arm: &MeasuredArm<'_>| arm.runs().first().map_or(0, |run| run.totals().wire_bytes()) as f64;
        table.row([
            kind.to_owned(),
            with_error(&value(&one)?)?,
            with_error(&value(&eight)?)?,
            format!(
                "{} ({} to {}, 95 % t interval)",
                short(paired.sample().mean()),
                short(interval.low),
                short(interval.high)
            ),
            short(bytes(&eight) / bytes(&one)),
            if earns { "yes" } else { "no" }.to_owned(),
        ]);
    }
    let list = |kinds: &[&str]| if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") };
    let found = format!(
        "Differences between clients for which eight barriers a phase earn their cost with DPAC on the map: {}; for which they do not: {}.",
        list(&earn),
        list(&not)
    );
    Ok((table, found))
}

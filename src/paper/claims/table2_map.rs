//! Table 2, third panel: a map whose rewards are shared out among clients.

use super::table2_numbers::{held, with_error};
use super::table2_shared::{FAILS, KEYS, STRICT, SUCCEEDS, Shared, graph};
use super::table2_way::{Stepped, Steps};
use super::{
    Criterion, Judged, Lacking, Measured, Table, Verdict, short, table2_differences, table2_failure,
    table2_steps,
};
use crate::results::Run;

const HORIZON: i32 = 4;
const DISCOUNT: f64 = 0.95;
/// Probability that a movement of the map does not happen.
const SLIP: f64 = 0.1;
/// A round, where there is one; else one more than were run.
fn or_more(round: Option<usize>, stepped: &Stepped<'_>) -> f64 {
    round.unwrap_or(stepped.way.rounds() + 1) as f64
}

pub(super) fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let shared = Shared::of(measured)?;
    let fastest = |tracking, graph, clients| -> Result<&Stepped<'_>, Lacking> {
        Ok(shared.steps(tracking, graph, clients)?.fastest())
    };
    let (ring, untracked) = (fastest("yes", "ring", "8")?, fastest("no", "ring", "8")?);
    let (few, joined) = (fastest("yes", "ring", "4")?, fastest("yes", "complete", "8")?);
    let tracked_says = "map, exact values, ring of 8, with tracking: share of the way to the optimum";
    let untracked_says = "the same without tracking, which is said to fail";
    let first = |stepped: &Stepped<'_>| or_more(stepped.way.first(SUCCEEDS), stepped);
    let kept = |stepped: &Stepped<'_>| or_more(stepped.way.kept(STRICT), stepped);
    let (slower, faster) = (
        "map, ring with tracking: rounds to a share of 0.9 with 8 agents less those with 4, said to be slower",
        "map, 8 agents with tracking: rounds to a share of 0.9 on the ring less those on the complete graph, said to be faster",
    );
    let strict = "the same, rounds from which on a share of 0.99 is kept";
    let one_more = Criterion::AtLeast(1.0);
    let mut verdicts = vec![
        Verdict::on(tracked_says, ring.way.last(), Criterion::AtLeast(SUCCEEDS)),
        Verdict::on(untracked_says, untracked.way.last(), Criterion::AtMost(FAILS)),
        Verdict::on(slower, first(ring) - first(few), one_more),
        Verdict::on(strict, kept(ring) - kept(few), one_more),
        Verdict::on(faster, first(ring) - first(joined), one_more),
        Verdict::on(strict, kept(ring) - kept(joined), one_more),
    ];
    let mut notes = vec![
        "On the map the value is that of the mean of all clients' policies, under the mean of their rewards: the policy of a single client is not evaluated. The optimum is \
         (1 - slip) Σ_{t<H} γ^t / M, since parts add up to the whole; where rewards are drawn it is that of the map with the mean of the drawn rewards. Arms with exact values draw \
         nothing. Values of 16 agents, and of maps of side 5 and 6, are too large a problem for a run to evaluate exactly: there the policies were kept, and the values are exact all the same, \
         those of the one map that has the mean of the rewards."
            .to_owned(),
        "Steps on the map are chosen by how fast they are, the value of the mixture of all rounds' policies, as `dpac tune --by mixture` does: of the same eight as on Tiger for every arm, on three \
         held-out seeds where anything is drawn. Where nothing is drawn the runs themselves have all eight steps, and every seed would choose alike."
            .to_owned(),
    ];
    let said = |holds: bool| if holds { "reproduced" } else { "not reproduced" };
    let [marked, rounds] =
        [first, kept].map(|round| [few, ring, joined].map(|stepped| round(stepped) as usize));
    notes.push(format!(
        "At tuned steps, that more agents are slower is {}, and that more neighbours are faster is {}, at a share of 0.9 first reached (ring of 4, ring of 8, complete graph of 8, with tracking: {}, {} \
         and {} rounds) and {} and {} at one of 0.99 kept from then on ({}, {} and {}). With M agents the mean of the rewards, and so every step, is 1/M of the map's, on any graph: part of what \
         makes more agents slower at equal steps is this alone.",
        said(marked[1] > marked[0]),
        said(marked[2] < marked[1]),
        marked[0],
        marked[1],
        marked[2],
        said(rounds[1] > rounds[0]),
        said(rounds[2] < rounds[1]),
        rounds[0],
        rounds[1],
        rounds[2]
    ));
    let (mut tables, mut curves) = (vec![on_the_map(measured, &shared)?], Vec::new());
    for part in [
        table2_steps::judge(&shared)?,
        table2_failure::judge(measured, untracked)?,
        table2_differences::judge(measured)?,
    ] {
        verdicts.extend(part.verdicts);
        tables.extend(part.tables);
        curves.extend(part.curves);
        notes.extend(part.notes);
    }
    Ok(Judged { verdicts, tables, curves, notes })
}

/// How much of the way from the uniform policy to the optimum the last policy of a run is that draws.
fn share(run: &Run) -> Option<f64> {
    share_of(run, run.value()?)
}

/// The same of the mixture.
fn mean_share(run: &Run) -> Option<f64> {
    share_of(run, run.mixture()?)
}

fn share_of(run: &Run, value: f64) -> Option<f64> {
    let discounted = (0..HORIZON).fold(0.0, |sum, _| sum * DISCOUNT + 1.0);
    let optimum = (1.0 - SLIP) * discounted / run.clients()? as f64;
    let uniform = run.rounds().first()?.value?;
    Some((value - uniform) / (optimum - uniform))
}

/// The first round of the first run at which a share is reached.
fn first_round(run: &Run, mark: f64) -> Option<usize> {
    let reached = |value: f64| share_of(run, value).is_some_and(|share| share >= mark);
    run.rounds().iter().find(|row| row.value.is_some_and(reached)).map(|row| row.round as usize)
}

/// Every arm on maps that are shared out, at its tuned step.
fn on_the_map(measured: &Measured, shared: &Shared<'_>) -> Result<Table, Lacking> {
    let caption = "Measured on maps of side × side cells with H = 4, whose rewards are shared out among the agents as bands of rows, each method with its tuned step: share of the way to the optimum \
                   at the last policy and of the mixture of all rounds' policies, mean over ten seeds ± the standard error where anything is drawn, and the first round with a share of 0.9 and of \
                   0.99, under the first seed. Methods that sample take equally many environment steps of each client.";
    let headings = [
        "method",
        "side",
        "agents",
        "η, tuned",
        "last policy",
        "mixture",
        "rounds to 0.9",
        "rounds to 0.99",
        "bytes on the wire",
    ];
    let mut table = Table::of(caption, headings);
    let others = [("table2-map-sides", "fed-npg-gossip"), ("table2-map-server", "fed-npg, server")];
    let mut exact: Vec<(&str, Steps<'_>)> = Vec::new();
    for (sweep, name) in others {
        exact.extend(Steps::of(measured.sweep(sweep), &KEYS)?.into_iter().map(|steps| (name, steps)));
    }
    let all = shared.all().iter().map(|steps| ("fed-npg-gossip", steps));
    for (name, steps) in all.chain(exact.iter().map(|(name, steps)| (*name, steps))) {
        let Stepped { eta, arm, way } = steps.fastest();
        let Some(run) = arm.runs().first() else { continue };
        let mut label = name.to_owned();
        if name == "fed-npg-gossip" {
            label += &format!(", {}", graph(steps.setting("federation.graph").unwrap_or("ring")));
        }
        label += tracking(steps.setting("algorithm.tracking"));
        table.row([
            label + " (control: exact evaluation)",
            steps.setting("problem.parameters.side").unwrap_or("4").to_owned(),
            run.clients().unwrap_or_default().to_string(),
            (*eta).to_owned(),
            short(way.last()),
            short(way.mean()),
            held(way.first(SUCCEEDS)),
            held(way.first(STRICT)),
            run.totals().wire_bytes().to_string(),
        ]);
    }
    for (sweep, name, exact) in SAMPLING {
        for arm in measured.sweep(sweep).arms() {
            let Some(run) = arm.runs().first() else { continue };
            let mut label = name.to_owned() + tracking(arm.setting("algorithm.tracking"));
            if exact {
                label += " (control: exact evaluation)";
            }
            table.row([
                label,
                "4".to_owned(),
                run.clients().unwrap_or_default().to_string(),
                run.key("actor.eta").unwrap_or_default().to_owned(),
                with_error(&arm.sample("share", share)?)?,
                with_error(&arm.sample("share of the mixture", mean_share)?)?,
                held(first_round(run, SUCCEEDS)),
                held(first_round(run, STRICT)),
                run.totals().wire_bytes().to_string(),
            ]);
        }
    }
    Ok(table)
}

/// Sweeps of methods that draw, what rows call them, and whether their critic is exact.
const SAMPLING: [(&str, &str, bool); 8] = [
    ("table2-map-nac", "fed-nac, ring", false),
    ("table2-map-td", "fed-npg-td, server", false),
    ("table2-map-standard", "fed-npg-standard, policies of the cell alone", false),
    ("table2-map-admm", "fed-npg-admm, J = 1, policies of the cell alone", false),
    ("table2-map-svrpg", "fed-svrpg-m", false),
    ("table2-map-hapg", "fed-hapg-m", false),
    ("table2-map-dpac", "dpac", false),
    ("table2-map-dppg", "dppg, exact critic", true),
];

/// Of a label.
fn tracking(setting: Option<&str>) -> &'static str {
    match setting {
        Some("yes") => ", tracking",
        Some(_) => ", no tracking",
        None => "",
    }
}

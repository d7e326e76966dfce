//! Table 2: methods of policy optimization on one society.

use super::table2_methods::{METHODS, Method};
use super::table2_numbers::{median, on_the_way, with_error};
use super::{
    Criterion, Curve, Curves, Experiment, Judged, Lacking, Measured, Quick, Source, Table, Verdict, short,
    table2_admm, table2_map, table2_rate,
};
use crate::paper::form::Form;
use crate::results::{Costs, Reached, Run, Target};
use crate::statistics::{Arm, Bootstrap, PowerLaw};

/// A sweep of a method whose arms are numbers of clients and what the policy sees.
macro_rules! method {
    ($name:literal, $seeds:literal, $($axes:literal),*) => {
        Source {
            name: $name,
            text: include_str!(concat!("../../../configs/paper/", $name, ".toml")),
            counts_only: false,
            quick: Quick { seeds: $seeds, settings: &[], axes: &[$($axes),*] },
        }
    };
}

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "table2",
    title: "methods of policy optimization side by side (Table 2)",
    claim: "Table 2 compares DPPG with FedNPG-ADMM, FedNPG and FEDHAPG-M by sample complexity, global convergence, linear speedup, local steps and partial \
            observation, each for the problems of its own publication.",
    reading: "Tiger with H = 4, where values are exact, one policy class for all that sample: a table over the last two pairs of action and reading at each step. \
              Every client of a sampling method takes 16384 environment steps in all, those of evaluations and first batches among them. \
              Steps η of the policy are the best of the same eight for every method and every number of clients, by the mean value of the last policy on three seeds that the \
              experiment does not use, as `dpac tune` chooses. What an arm was chosen by stands beside its step in its configuration. With exact values all clients of Tiger do the same, and \
              the step of M = 4 is that of all. Share is that of the way from the uniform policy to the optimum over all histories: always \
              listening has 0.952. Rows with exact values or an exact critic sample less than they use, and are controls. No criterion says who wins.",
    sweeps: &[
        method!(
            "table2-dpac",
            "0..1",
            "federation.clients=4,4,4,4",
            "actor.target=advantage,q,advantage,q",
            "actor.eta=3.0,3.0,3.0,3.0",
            "actor.features.length=2,2,1,1",
            "critic.features.length=2,2,1,1"
        ),
        method!(
            "table2-dppg",
            "0..1",
            "federation.clients=4,4",
            "actor.features.length=2,1",
            "actor.eta=30.0,30.0"
        ),
        method!(
            "table2-fed-npg-td",
            "0..1",
            "federation.clients=4,4",
            "actor.features.length=2,1",
            "critic.features.length=2,1",
            "actor.eta=3.0,100.0"
        ),
        method!(
            "table2-fed-nac",
            "0..1",
            "federation.clients=4,4",
            "actor.features.length=2,1",
            "actor.eta=3.0,3.0"
        ),
        method!("table2-fed-npg", "0..1", "federation.clients=4"),
        method!("table2-fed-npg-gossip", "0..1", "federation.clients=4"),
        method!(
            "table2-fed-npg-standard",
            "0..1",
            "federation.clients=4,4",
            "actor.features.length=2,1",
            "actor.eta=3.0,3.0"
        ),
        method!(
            "table2-fed-npg-admm",
            "0..1",
            "federation.clients=4,4,4,4",
            "actor.features.length=2,1,2,2",
            "algorithm.sweeps=1,1,5,20",
            "actor.eta=3.0,30.0,3.0,3.0"
        ),
        method!(
            "table2-fed-svrpg-m",
            "0..1",
            "federation.clients=4,4",
            "actor.features.length=2,1",
            "actor.eta=30.0,30.0"
        ),
        method!(
            "table2-fed-hapg-m",
            "0..1",
            "federation.clients=4,4",
            "actor.features.length=2,1",
            "actor.eta=100.0,30.0"
        ),
        method!("table2-npg", "0..1",),
        method!("table2-direction", "0..1", "algorithm.sweeps=1,20,1000"),
        method!("table2-direction-exact", "0..1",),
        table2_admm::counts(
            "table2-counts-admm",
            include_str!("../../../configs/paper/table2-counts-admm.toml"),
        ),
        table2_admm::counts(
            "table2-counts-standard",
            include_str!("../../../configs/paper/table2-counts-standard.toml"),
        ),
        method!("table2-map", "0", "actor.eta=3.0,30.0"),
        method!("table2-map-sixteen", "0", "actor.eta=3.0,30.0"),
        method!("table2-map-sides", "0", "actor.eta=30.0"),
        method!("table2-map-wide", "0", "actor.eta=30.0"),
        method!("table2-map-rewards", "0", "actor.eta=30.0", "problem.clients.seed=0,1"),
        method!("table2-map-longer", "0", "problem.clients.seed=0,1"),
        method!("table2-map-server", "0", "actor.eta=30.0"),
        method!("table2-map-nac", "0..1",),
        method!("table2-map-td", "0..1",),
        method!("table2-map-standard", "0..1",),
        method!("table2-map-admm", "0..1",),
        method!("table2-map-svrpg", "0..1",),
        method!("table2-map-hapg", "0..1",),
        method!("table2-map-dpac", "0..1",),
        method!("table2-map-dppg", "0..1",),
        method!("table2-differences", "0..1",),
        method!("table2-differences-dppg", "0..1",),
        method!("table2-differences-svrpg", "0..1",),
    ],
    judge,
};

/// Two marks: no more doors opened at random than always listening has, and more than that can earn.
const TARGETS: [&str; 2] = ["share>=0.95", "share>=0.985"];
const BUDGET: f64 = 16384.0;
const CLIENTS: [&str; 3] = ["1", "4", "16"];

fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let mut verdicts = vec![
        Verdict::on(
            "runs whose ledger differs from the closed form, all sweeps",
            runs(measured).filter(|run| run.closed_form_holds() != Some(true)).count() as f64,
            Criterion::AtMost(0.0),
        ),
        Verdict::on(
            "sampling methods: largest distance of a client's environment steps from 16384",
            largest_excess(measured)?,
            Criterion::AtMost(0.0),
        ),
    ];
    let mut tables = vec![claimed(), ends(measured)?];
    for target in TARGETS {
        tables.push(to_target(measured, target)?);
    }
    let mut curves = vec![pareto(measured)?];
    tables.push(table2_rate::table(measured)?);
    if measured.form == Form::Full {
        tables.push(speedup(measured)?);
    }
    let mut notes = vec![budget(measured), classes()];
    for part in [table2_admm::judge(measured)?, table2_map::judge(measured)?] {
        verdicts.extend(part.verdicts);
        tables.extend(part.tables);
        curves.extend(part.curves);
        notes.extend(part.notes);
    }
    notes.extend(standing(measured)?);
    Ok(Judged { verdicts, tables, curves, notes })
}

fn runs(measured: &Measured) -> impl Iterator<Item = &Run> {
    measured.sweeps.iter().flat_map(|swept| &swept.runs)
}

/// What every method is tuned over.
fn budget(measured: &Measured) -> String {
    let tuned = |method: &&Method| method.settings.is_empty() || method.label.contains("target advantage");
    let sweeps = METHODS.iter().filter(tuned).map(|method| measured.sweep(method.sweep));
    let arms: usize = sweeps.map(|swept| swept.plan.arms.len()).sum();
    format!(
        "Budget of tuning on Tiger: the steps 0.3, 1, 3, 10, 30, 100, 300 and 1000 times 3 seeds for each of {arms} arms, {} runs in all. Numbers of rounds and \
         local steps, steps within a regression, a critic or a local policy, momentum, damping and penalty were not tuned; ζ of the two momentum methods is 0.1 after a look at 0.005, 0.02, 0.1 and 0.5 on held-out seeds.",
        8 * 3 * arms
    )
}

/// What rows do not have in common.
fn classes() -> String {
    "With exact values fed-npg and fed-npg-gossip have a policy for every history: action values of a shorter memory are not exact. dppg has the policies of the methods that sample, and \
     the exact critic of all histories. The single agent has a quarter of the samples of four clients."
        .to_owned()
}

/// How far a client of a sampling method is from its budget of environment steps.
fn largest_excess(measured: &Measured) -> Result<f64, Lacking> {
    let mut largest: f64 = 0.0;
    for method in METHODS.iter().filter(|method| !method.control) {
        let steps = |run: &Run| Some(run.totals().env_steps_per_client as f64);
        for steps in method.main(measured)?.values("environment steps", steps)? {
            largest = largest.max((steps - BUDGET).abs());
        }
    }
    Ok(largest)
}

/// The paper's columns.
fn claimed() -> Table {
    let caption = "What our copy of the paper claims in Table 2, as it stands there, for the row that a method belongs to, and how sure it is what was \
                   implemented. None of these five columns is measured.";
    let headings = [
        "method",
        "sample complexity",
        "global convergence",
        "linear speedup",
        "local steps",
        "partial observation",
        "what was implemented",
    ];
    let mut table = Table::of(caption, headings);
    for method in &METHODS {
        let claims = method.row.claims().map(str::to_owned);
        let label = [method.label.to_owned()];
        table.row(label.into_iter().chain(claims).chain([method.evidence.to_owned()]));
    }
    table
}

/// Where the runs end.
fn ends(measured: &Measured) -> Result<Table, Lacking> {
    let caption = "Measured with M = 4 after 16384 environment steps of each client: values in the problem's units, means over seeds ± the standard error. The floor is what is \
                   missing to the optimum where policies see the last action and reading alone, with a step tuned for it.";
    let headings = [
        "method",
        "what it is",
        "η, tuned",
        "local steps between barriers",
        "last policy",
        "mixture",
        "floor",
    ];
    let mut table = Table::of(caption, headings);
    for method in &METHODS {
        let arm = method.main(measured)?;
        let seen = method.arm(measured, "4", "1")?;
        let floor = match seen.filter(|arm| arm.setting("actor.features.length").is_some()) {
            Some(arm) => with_error(&arm.sample("gap", Run::gap)?)?,
            None => "not run".to_owned(),
        };
        table.row([
            method.label.to_owned(),
            if method.control { "control: exact evaluation" } else { "samples" }.to_owned(),
            arm.runs().first().and_then(|run| run.key("actor.eta")).unwrap_or_default().to_owned(),
            method.local.to_owned(),
            with_error(&arm.sample("value", Run::value)?)?,
            with_error(&arm.sample("value of the mixture", Run::mixture)?)?,
            floor,
        ]);
    }
    Ok(table)
}

/// What it takes to reach a target.
fn to_target(measured: &Measured, text: &str) -> Result<Table, Lacking> {
    let target: Target = text.parse().expect("a target");
    let caption = format!(
        "Measured with M = 4: what the first policy with a share of at least {} of the way had taken, the median over all seeds. Seeds that never get there \
         are censored at their end; where these are half of all or more there is no median.",
        target.threshold
    );
    let headings =
        ["method", "seeds", "environment steps of a client", "rounds", "floats", "bytes on the wire"];
    let mut table = Table::of(caption, headings);
    for method in &METHODS {
        let runs = method.main(measured)?.runs();
        let mut found: Vec<[u64; 4]> = Vec::new();
        for run in runs {
            if let Reached::Yes { round, costs } = target.reached(run) {
                found.push([costs.env_steps_per_client, round, costs.floats(), costs.wire_bytes()]);
            }
        }
        let cell = |i: usize| median(found.iter().map(|costs| costs[i]).collect(), runs.len());
        let reached = format!("{} of {}", found.len(), runs.len());
        table.row([method.label.to_owned(), reached, cell(0), cell(1), cell(2), cell(3)]);
    }
    Ok(table)
}

/// Gaps by the number of clients.
fn speedup(measured: &Measured) -> Result<Table, Lacking> {
    let caption = "Measured: what is missing to the optimum at the last policy by the number of clients, each with a step tuned for it and equal environment steps of each client; \
                   means over seeds ± the standard error. The slope is that of ln(gap) on ln(M), fitted under each seed: -1 would be a linear speedup of the gap.";
    let mut table = Table::of(caption, ["method", "M = 1", "M = 4", "M = 16", "slope in M"]);
    for method in METHODS.iter().filter(|method| method.sweep != "table2-npg") {
        let (mut cells, mut arms) = (vec![method.label.to_owned()], Vec::new());
        for clients in CLIENTS {
            let Some(arm) = method.arm(measured, clients, "2")? else { continue };
            cells.push(with_error(&arm.sample("gap", Run::gap)?)?);
            let x = arm.number("federation.clients")?;
            arms.push(Arm { x, values: arm.by_seed("gap", Run::gap)? });
        }
        let law = PowerLaw::through(&arms, &Bootstrap::default());
        let slope = |law: PowerLaw| format!("{:.2} ± {:.2}", law.exponent, law.standard_error);
        cells.push(law.map_or_else(|_| "no law: a gap is 0".to_owned(), slope));
        table.row(cells);
    }
    Ok(table)
}

/// Error against bytes.
fn pareto(measured: &Measured) -> Result<Curves, Lacking> {
    let mut curves = Vec::new();
    for method in &METHODS {
        let label = method.label.to_owned();
        curves.push(Curve { label, spots: on_the_way(&method.main(measured)?, Costs::wire_bytes)? });
    }
    Ok(Curves {
        name: "table2-bytes".to_owned(),
        title: "Gap of the policies of a run against what had been sent, M = 4".to_owned(),
        x: "bytes on the wire".to_owned(),
        y: "gap to the optimum".to_owned(),
        log_y: true,
        curves,
    })
}

/// Where the paper's own method stands among those that sample.
fn standing(measured: &Measured) -> Result<Vec<String>, Lacking> {
    let mut found = Vec::new();
    for method in METHODS.iter().filter(|method| !method.control) {
        let arm = method.main(measured)?;
        let value = arm.sample("value", Run::value)?.mean();
        let bytes = arm.runs().first().map_or(0, |run| run.totals().wire_bytes());
        found.push((method.label, value, bytes));
    }
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    let named = |found: &(&str, f64, u64)| format!("{} {} ({} bytes)", found.0, short(found.1), found.2);
    let all: Vec<String> = found.iter().map(named).collect();
    let ahead = found.iter().take_while(|(label, ..)| !label.starts_with("dpac")).count();
    let place = if ahead == 0 {
        "No other method that samples ends higher than DPAC.".to_owned()
    } else {
        let ahead: Vec<&str> = found[..ahead].iter().map(|found| found.0).collect();
        format!("DPAC loses here to {}.", ahead.join(", "))
    };
    let reports = "Bytes and floats of fed-nac, fed-npg-gossip and npg have in them what a server is told so that somebody can look at the policy, which their publications do not send."
        .to_owned();
    Ok(vec![
        reports,
        format!(
            "Methods that sample, by the mean value of their last policy, with all bytes of a run: {}.",
            all.join("; ")
        ),
        place,
    ])
}

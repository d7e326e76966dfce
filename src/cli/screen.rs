//! The screens at the end of a run and of a plan.

use super::numbers::{bytes, grouped, metric, time, value};
use crate::experiment::{Communication, LocalSteps, Resolved, Status, Summary};
use crate::pomdp::Problem;
use crate::theory::Algorithm;
use crate::theory::counts::{Direction, Shape, Totals};
use crate::theory::orders::orders;
use comfy_table::{CellAlignment, Table, presets};
use std::fmt::Write;
use std::path::Path;

/// Writing into a string cannot fail, so its results are dropped here, once.
macro_rules! line {
    ($text:expr) => { $text.push('\n') };
    ($text:expr, $($arguments:tt)*) => { { let _ = writeln!($text, $($arguments)*); } };
}

/// What a person reads when a run has ended.
pub(super) fn finished(summary: &Summary, shape: &Shape, directory: &Path) -> String {
    let mut text = String::new();
    let problem = &summary.problem;
    let status = match summary.status {
        Status::Complete => "complete",
        Status::Interrupted => "interrupted",
        Status::Failed => "FAILED",
    };
    line!(text);
    line!(
        text,
        "{} · {} · seed {} · {status} in {}",
        problem.name,
        summary.algorithm,
        summary.seed,
        time(summary.wall_seconds)
    );
    let (lo, hi) = summary.reward_range;
    line!(
        text,
        "  problem  {} states, {} actions, {} observations; H = {}, γ = {}; r(s, a) from {lo} to {hi}",
        problem.states,
        problem.actions,
        problem.observations,
        problem.horizon,
        problem.discount
    );
    line!(text, "  sizes    {}", sizes(shape, summary.sizes.d_q));
    let values = &summary.value;
    line!(
        text,
        "  value    uniform {}   last {}   mixture {}   optimum {}   ({}{})",
        value(values.uniform),
        value(values.last),
        value(values.mixture),
        value(values.optimum),
        values.method,
        values.standard_error.map_or_else(String::new, |error| format!(", ± {error:.4}"))
    );
    if let Some(error) = summary.bellman_error {
        line!(text, "  critic   Bellman error {error:.3e} against the exact Q, normalised rewards");
    }
    line!(text);
    text.push_str(&communication(&summary.communication));
    line!(
        text,
        "  {} barriers, {} broadcasts; {} trajectories and {} environment steps per client",
        grouped(summary.communication.aggregations),
        grouped(summary.communication.broadcasts),
        grouped(summary.trajectories_per_client),
        grouped(summary.env_steps_per_client)
    );
    match summary.status {
        Status::Interrupted => line!(text, "  closed form: not compared, the run did not come to its end"),
        _ if summary.closed_form_holds => line!(text, "  closed form: equal to the ledger, to the unit"),
        _ => {
            line!(text, "  closed form: NOT EQUAL to the ledger");
            for difference in &summary.closed_form_differences {
                line!(text, "    {difference}");
            }
        }
    }
    line!(text);
    text.push_str(&claims(shape, &summary.communication, summary.syncs));
    line!(text);
    let steps = summary.env_steps_per_client as f64 * shape.clients as f64;
    line!(
        text,
        "  speed    {}environment steps in {}: {}per second on {} thread{}",
        metric(steps),
        time(summary.wall_seconds),
        metric(summary.env_steps_per_second),
        summary.threads,
        if summary.threads == 1 { "" } else { "s" }
    );
    if let Some(digest) = &summary.digest {
        line!(text, "  digest   {digest}");
    }
    line!(text, "  files    {}", directory.display());
    text
}

/// What a person reads before a run.
pub(super) fn planned(resolved: &Resolved, threads: usize) -> String {
    let mut text = String::new();
    let (shape, counts) = (&resolved.shape, &resolved.closed_form);
    let model = resolved.problem.tables().expect("a tabular problem has tables");
    line!(text);
    line!(text, "{} · {} · plan, nothing is run", resolved.problem.name(), resolved.algorithm.name());
    line!(
        text,
        "  problem  {} states, {} actions, {} observations; H = {}, γ = {}",
        model.states(),
        model.actions(),
        model.observations(),
        shape.horizon,
        resolved.gamma
    );
    line!(text, "  sizes    {}", sizes(shape, resolved.subject.d_q() as u64));
    for (key, note) in &resolved.notes {
        line!(text, "  auto     {key}: {note}");
    }
    line!(text);
    let planned = Communication::from(counts);
    text.push_str(&communication(&planned));
    line!(
        text,
        "  {} barriers, {} broadcasts; frames add 73 B (down) or 41 B (up), and 8 B per vector",
        grouped(counts.aggregations),
        grouped(counts.broadcasts)
    );
    line!(text);
    line!(
        text,
        "  samples  {} trajectories, {} environment steps per client; {} environment steps in all",
        grouped(counts.trajectories_per_client),
        grouped(counts.env_steps_per_client),
        grouped(counts.env_steps_per_client.saturating_mul(shape.clients))
    );
    line!(text, "  memory   about {} on {threads} threads", bytes(memory_bytes(shape, threads as u64)));
    line!(text);
    text.push_str(&claims(shape, &planned, counts.syncs.into()));
    text
}

/// Vectors that are alive at once: θ, ω, ψ̃ and two averages at the server; per thread their copies, a reply, the policy's table
/// with its alias buckets, and a few block sums.
fn memory_bytes(shape: &Shape, threads: u64) -> u64 {
    let (p, q) = (shape.d_theta, shape.stacked_critic);
    8 * (4 * (p + q) + threads * (2 * (p + q) + 5 * p + 4 * p.max(q)))
}

fn sizes(shape: &Shape, d_q: u64) -> String {
    let mut text = format!("M = {}", grouped(shape.clients));
    if shape.algorithm != Algorithm::Dptd {
        let syncs = shape.actor_local_steps.div_ceil(shape.actor_sync_interval);
        let _ = write!(
            text,
            ", R = {}, K = {}, I = {} (n = {syncs})",
            shape.rounds, shape.actor_local_steps, shape.actor_sync_interval
        );
    }
    if shape.algorithm != Algorithm::Dppg {
        let _ = write!(text, ", R_e = {}, K_e = {}", shape.critic_rounds, shape.critic_local_steps);
    }
    let _ = write!(text, "; d_θ = {}, d_Q = {d_q}, stacked critic {}", shape.d_theta, shape.stacked_critic);
    if shape.lean {
        text.push_str("; lean");
    }
    text
}

fn table(header: &[&str], left: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.to_vec());
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if i == 0 { 2 } else { 0 }, 2));
        if i >= left {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn communication(counts: &Communication) -> String {
    let mut rows = table(&["phase", "kind", "direction", "messages", "floats", "payload", "on the wire"], 3);
    let row = |phase: &str, kind: &str, direction: &str, totals: &Totals| {
        [
            phase.to_owned(),
            kind.to_owned(),
            direction.to_owned(),
            grouped(totals.messages),
            grouped(totals.floats),
            bytes(totals.payload_bytes),
            bytes(totals.wire_bytes),
        ]
    };
    for (phase, halves) in [("critic", &counts.by_phase.critic), ("actor", &counts.by_phase.actor)] {
        let kinds = counts.by_kind.iter().filter(|(_, kind)| {
            kind.phase.is_some_and(|of| serde_json::to_value(of).is_ok_and(|name| name == phase))
        });
        for (name, kind) in kinds {
            let direction = if kind.direction == Direction::Up { "up" } else { "down" };
            rows.add_row(row(phase, name, direction, &kind.totals));
        }
        if halves.up.messages > 0 {
            rows.add_row(row(phase, "", "up", &halves.up));
            rows.add_row(row(phase, "", "down", &halves.down));
        }
    }
    rows.add_row(row("all", "", "up", &counts.up));
    rows.add_row(row("all", "", "down", &counts.down));
    rows.add_row(row("local", "", "twins of all", &counts.local));
    format!("{rows}\n")
}

/// The paper's orders and the corrected ones beside what was counted.
fn claims(shape: &Shape, counts: &Communication, syncs: LocalSteps) -> String {
    let trajectories = match shape.algorithm {
        Algorithm::Dptd => shape.critic_rounds * shape.critic_local_steps,
        Algorithm::Dppg | Algorithm::Dpac => shape.rounds * shape.actor_local_steps,
    };
    let json = serde_json::json!({
        "aggregations": counts.aggregations,
        "broadcasts": counts.broadcasts,
        "syncs": syncs,
    });
    let mut rows = table(&["orders", "formula", "", "at this M, T", "counted"], 3);
    for order in orders(shape.algorithm, trajectories, shape.clients) {
        let counted = order.measured.split('.').try_fold(&json, |value, key| value.get(key));
        rows.add_row([
            order.label.to_owned(),
            order.formula.to_owned(),
            order.standing.words().to_owned(),
            format!("{:.1}", order.value),
            counted.and_then(serde_json::Value::as_u64).map_or_else(String::new, grouped),
        ]);
    }
    let budget = match shape.algorithm {
        Algorithm::Dptd => "R_e K_e",
        Algorithm::Dppg | Algorithm::Dpac => "R K",
    };
    format!("{rows}\n  orders are without constants; M = {}, T = {budget} = {trajectories}\n", shape.clients)
}

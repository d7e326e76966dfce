//! The screens at the end of a run and of a plan.

use super::numbers::{bytes, counted, given, grouped, metric, time, value};
use super::progress::Reached;
use crate::algorithm::Role;
use crate::config::Clients;
use crate::experiment::{Communication, Memory, Resolved, Status, Summary, Value, free_bytes};
use crate::pomdp::Variation;
use crate::theory::counts::{
    Direction, LOCAL_STEPS_DONE_BYTES, Phase, SYNC_BYTES, Shape, Totals, VECTOR_BYTES,
};
use crate::theory::protocol::Letter;
use crate::theory::protocol::letter::{H, I, K, K_E, M, N, P, Q, R, R_E};
use crate::visible::shown;
use comfy_table::{CellAlignment, Table, presets};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Writing into a string cannot fail, so its results are dropped here, once.
macro_rules! line {
    ($text:expr) => { $text.push('\n') };
    ($text:expr, $($arguments:tt)*) => { { let _ = writeln!($text, $($arguments)*); } };
}

/// Every terminal has so many columns.
const WIDTH: usize = 80;

/// What the screen at the end of a run knows of it from before.
pub(super) struct Planned {
    pub(super) shape: Shape,
    pub(super) role: Role,
}

impl Planned {
    pub(super) fn of(resolved: &Resolved) -> Self {
        Planned { shape: resolved.shape.clone(), role: resolved.entry.role }
    }
}

/// All that there is to say of a run that has ended.
///
/// Of one that has not come to the end of its `rounds`, it says how far it came, and the value that was
/// seen last.
pub(super) fn finished(summary: &Summary, planned: &Planned, reached: Reached, directory: &Path) -> String {
    let Planned { shape, role } = planned;
    let rounds = shape.rounds();
    let mut text = String::new();
    let problem = &summary.problem;
    let status = match summary.status {
        Status::Complete => "complete in",
        Status::Interrupted => "interrupted after",
        Status::Failed => "FAILED after",
    };
    let (name, algorithm, seed) = (&problem.name, &summary.algorithm, summary.seed);
    line!(text);
    let came_to = match summary.status {
        Status::Interrupted if reached.rounds > 0 => {
            format!(", {} of {} rounds", grouped(reached.rounds), grouped(rounds))
        }
        _ => String::new(),
    };
    line!(text, "{name} · {algorithm} · seed {seed} · {status} {}{came_to}", time(summary.wall_seconds));
    let (lo, hi) = (given(summary.reward_range.0), given(summary.reward_range.1));
    line!(text, "  problem  {}", sizes_of_problem(problem.states, problem.actions, problem.observations));
    line!(text, "           H = {}, γ = {}, r(s, a) from {lo} to {hi}", problem.horizon, problem.discount);
    text.push_str(&differing(problem.clients));
    text.push_str(&sizes(shape, summary.sizes.d_q));
    text.push_str(&values(&summary.value, *role, reached));
    if let (None, Some((round, error))) = (summary.bellman_error, reached.bellman_error) {
        line!(
            text,
            "  critic   Bellman error {error:.3e} in round {}, the last that was evaluated",
            grouped(round.into())
        );
    }
    if let Some(error) = summary.bellman_error {
        line!(text, "  critic   Bellman error {error:.3e} against the exact Q, normalised rewards");
    }
    // A fault leaves no ledger behind, so there is nothing to count or to compare.
    let counted = summary.status != Status::Failed || !summary.closed_form_differences.is_empty();
    if counted {
        text.push_str(&samples(summary.trajectories_per_client, summary.env_steps_per_client));
        text.push_str(&server_work(&summary.server_work));
        line!(text);
        text.push_str(&communication(&summary.communication));
        match summary.status {
            Status::Interrupted => {
                line!(text, "  closed form: not compared, the run did not come to its end");
            }
            _ if summary.closed_form_holds => {
                line!(text, "  closed form: equal to the ledger, to the unit");
            }
            _ => {
                line!(text, "  closed form: NOT EQUAL to the ledger");
                for difference in &summary.closed_form_differences {
                    line!(text, "    {difference}");
                }
            }
        }
        line!(text);
        let steps = summary.env_steps_per_client as f64 * shape.get(M) as f64;
        line!(
            text,
            "  speed    {} environment steps in {}, {} per second on {} thread{}",
            metric(steps),
            time(summary.wall_seconds),
            metric(summary.env_steps_per_second),
            summary.threads,
            if summary.threads == 1 { "" } else { "s" }
        );
    }
    if let Some(digest) = &summary.digest {
        line!(text, "  digest   {digest}");
    }
    line!(text, "  files    {}", shown(directory));
    text
}

/// What the server does that costs, by what its algorithm counts.
pub(super) fn server_work(done: &BTreeMap<&'static str, u64>) -> String {
    let sort = |(name, &amount): (&&str, &u64)| format!("{} {}", grouped(amount), name.replace('_', " "));
    let sorts: Vec<String> = done.iter().map(sort).collect();
    if sorts.is_empty() { String::new() } else { listed("server", &sorts) }
}

/// How clients differ, where they do.
pub(super) fn differing(clients: Option<Clients>) -> String {
    let Some(variation) = clients.and_then(Clients::variation) else { return String::new() };
    let Variation { rewards, transitions, sensors, parts, seed } = variation;
    let tables = [("rewards", rewards), ("transitions", transitions), ("sensors", sensors)];
    let strengths = tables.iter().filter(|(_, strength)| *strength > 0.0);
    let strengths: Vec<String> = strengths.map(|(name, strength)| format!("{name} by {strength}")).collect();
    let drawn = format!(", drawn from {seed}: {}", strengths.join(", "));
    let drawn = if strengths.is_empty() { "" } else { &drawn };
    let of_parts =
        if parts > 0.0 { format!("; each sees its part's rewards, by {parts}") } else { String::new() };
    format!(
        "           clients differ{drawn}{of_parts};\n           values are means over clients, without an optimum\n"
    )
}

/// Observations that are no finite number are real numbers.
pub(super) fn sizes_of_problem(states: usize, actions: usize, observations: Option<usize>) -> String {
    let observations =
        observations.map_or_else(|| "real-valued observations".to_owned(), |n| counted(n, "observation"));
    format!("{}, {}, {observations}", counted(states, "state"), counted(actions, "action"))
}

/// What a person reads before a run.
pub(super) fn planned(resolved: &Resolved, (memory, threads): (&Memory, usize), disk: &str) -> String {
    let mut text = String::new();
    let (shape, counts) = (&resolved.shape, &resolved.closed_form);
    let hidden = resolved.problem.hidden();
    line!(text);
    line!(
        text,
        "{} · {} · plan, nothing is run",
        resolved.problem.hidden().name(),
        resolved.algorithm.name()
    );
    let seen = resolved.problem.observations();
    line!(text, "  problem  {}", sizes_of_problem(hidden.states(), hidden.actions(), seen));
    line!(text, "           H = {}, γ = {}", resolved.horizon(), resolved.gamma);
    text.push_str(&differing(resolved.config.problem.clients));
    text.push_str(&sizes(shape, resolved.subject.d_q() as u64));
    for (i, (key, note)) in resolved.notes.iter().enumerate() {
        let label = if i == 0 { "auto" } else { "" };
        line!(text, "  {label:<8} {key}: {note}");
    }
    text.push_str(&samples(counts.trajectories_per_client, counts.env_steps_per_client));
    let steps = counts.env_steps_per_client.saturating_mul(shape.get(M));
    line!(text, "           {} environment steps of all clients", grouped(steps));
    text.push_str(&server_work(&counts.server_work));
    text.push_str(&memory_needed(memory, threads));
    text.push_str(disk);
    line!(text);
    let planned = Communication::from(counts);
    text.push_str(&communication(&planned));
    line!(
        text,
        "  a frame has {SYNC_BYTES} B (down) or {LOCAL_STEPS_DONE_BYTES} B (up), and per vector {VECTOR_BYTES} B + 8 B per float"
    );
    text
}

/// The peak of a run's memory, and what holds it, the largest parts first.
fn memory_needed(memory: &Memory, threads: usize) -> String {
    let &Memory { read, server, threads: of_threads, roles, recorder, checkpoint, trace, exact, peak } =
        memory;
    let mut parts = [
        (read, "program and problem as read"),
        (server, "server"),
        (of_threads, "threads"),
        (roles, "roles"),
        (recorder, "recorder"),
        (checkpoint, "a checkpoint"),
        (trace, "trace"),
        (exact, "exact values at the end"),
    ];
    parts.sort_by_key(|&(size, _)| std::cmp::Reverse(size));
    // Those that make up a hundredth of it or more.
    let shown = parts.iter().filter(|&&(size, _)| size > peak / 100);
    let shown: Vec<String> = shown.map(|&(size, what)| format!("{what} {}", bytes(size))).collect();
    let s = if threads == 1 { "" } else { "s" };
    let mut text = format!("  memory   about {} at its peak, on {threads} thread{s}\n", bytes(peak));
    text.push_str(&listed("", &shown));
    if let Some(warning) = more_than_there_is(memory) {
        line!(text, "           {warning}");
    }
    text
}

/// Parts behind a label, on as many lines as a terminal needs for them.
pub(super) fn listed(label: &str, parts: &[String]) -> String {
    let (mut text, mut label, mut row) = (String::new(), label, String::new());
    for part in parts {
        // Beside them stand the label's eleven columns, and a comma before and behind.
        if !row.is_empty() && row.chars().count() + part.chars().count() + 14 > WIDTH {
            line!(text, "  {label:<8} {row},");
            label = "";
            row.clear();
        }
        row.push_str(if row.is_empty() { "" } else { ", " });
        row.push_str(part);
    }
    line!(text, "  {label:<8} {row}");
    text
}

/// What to say where a run would take more memory than there is.
pub(super) fn more_than_there_is(memory: &Memory) -> Option<String> {
    let free = free_bytes().filter(|&free| memory.further() > free)?;
    Some(format!("⚠ the run may need {} of memory, and {} are free", bytes(memory.further()), bytes(free)))
}

/// The numbers behind the letters of the protocol, and the lengths of vectors.
fn sizes(shape: &Shape, d_q: u64) -> String {
    let letters = shape.protocol.letters();
    let number = |letter: Letter| format!("{} = {}", letter.symbol, grouped(shape.get(letter)));
    let known = [M, R, K, I, R_E, K_E];
    let own = letters.iter().filter(|letter| !known.contains(letter) && ![N, P, Q, H].contains(letter));
    let shown = known.iter().filter(|letter| letters.contains(letter)).chain(own);
    let mut parts: Vec<String> = shown
        .map(|&letter| match letter {
            I => format!("{} (n = {})", number(I), grouped(shape.get(N))),
            _ => number(letter),
        })
        .collect();
    if shape.lean {
        parts.push("lean".to_owned());
    }
    let mut vectors = vec![format!("d_θ = {}", grouped(shape.get(P)))];
    // Where no critic is sent, the features of one are nobody's.
    if letters.contains(&Q) {
        vectors.push(format!("d_Q = {}", grouped(d_q)));
        vectors.push(format!("stacked critic {}", grouped(shape.get(Q))));
    }
    listed("sizes", &parts) + &listed("", &vectors)
}

fn values(values: &Value, role: Role, reached: Reached) -> String {
    let by = |standard_error: Option<f64>, rounding: Option<f64>| {
        let error = match (standard_error, rounding) {
            (Some(standard_error), _) => format!(", ± {}", value(Some(standard_error))),
            (_, Some(rounding)) => format!(", exact to {rounding:.0e}"),
            _ => String::new(),
        };
        format!("           by {}{error}\n", values.method)
    };
    let mut text = String::new();
    // A run that was stopped has no last policy; of the rounds that are over some were evaluated.
    let by = if let (None, Some((round, seen, error))) = (values.last, reached.value) {
        let round = grouped(round.into());
        line!(text, "  value    {} in round {round}, the last that was evaluated", value(Some(seen)));
        if values.mixture.is_some() {
            line!(text, "           mixture so far {}", value(values.mixture));
        }
        by(error, None)
    } else {
        let (last, mixture) = (value(values.last), value(values.mixture));
        match role {
            Role::Evaluates => line!(text, "  value    evaluated policy {last}"),
            Role::Improves => line!(text, "  value    last {last}   mixture {mixture}"),
        }
        by(values.standard_error, values.rounding)
    };
    line!(text, "           uniform {}   optimum {}", value(values.uniform), value(values.optimum));
    text + &by
}

fn samples(trajectories: u64, env_steps: u64) -> String {
    let (trajectories, env_steps) = (grouped(trajectories), grouped(env_steps));
    let parts = [format!("{trajectories} trajectories"), format!("{env_steps} environment steps per client")];
    listed("samples", &parts)
}

/// A table's text: its first `left` columns stand on the left, the others on the right. Where it would be
/// wider than a terminal, columns stand closer together; if that is not enough, the digits of numbers do.
pub(super) fn table<R: AsRef<[String]>>(header: &[&str], left: usize, rows: &[R]) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.as_ref().to_vec()).collect();
    let rows = &rows[..];
    let wide = table_with_gaps(header, left, rows, 2);
    let fits = |text: &String| text.lines().all(|line| line.chars().count() <= WIDTH);
    if fits(&wide) {
        return wide;
    }
    let close = table_with_gaps(header, left, rows, 1);
    if fits(&close) {
        return close;
    }
    let ungrouped = rows.iter().map(|row| row.iter().map(|cell| cell.replace('\u{202f}', "")).collect());
    let ungrouped: Vec<Vec<String>> = ungrouped.collect();
    table_with_gaps(header, left, &ungrouped, 1)
}

fn table_with_gaps(header: &[&str], left: usize, rows: &[Vec<String>], gap: u16) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for (i, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if i == 0 { 2 } else { 0 }, gap));
        if i >= left {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = String::new();
    for row in table.to_string().lines() {
        line!(text, "{}", row.trim_end());
    }
    text
}

fn communication(counts: &Communication) -> String {
    let row = |kind: &str, direction: &str, totals: &Totals| {
        let (payload, wire) = (bytes(totals.payload_bytes), bytes(totals.wire_bytes));
        let (messages, floats) = (grouped(totals.messages), grouped(totals.floats));
        [kind.to_owned(), direction.to_owned(), messages, floats, payload, wire]
    };
    let mut rows = Vec::new();
    for (phase, halves) in [(Phase::Critic, &counts.by_phase.critic), (Phase::Actor, &counts.by_phase.actor)]
    {
        for (name, kind) in counts.by_kind.iter().filter(|(_, kind)| kind.phase == Some(phase)) {
            let direction = match kind.direction {
                Direction::Up => "up",
                Direction::Down => "down",
                Direction::Peer => "peer",
                Direction::Local => "",
            };
            rows.push(row(name, direction, &kind.totals));
        }
        if halves.up.messages > 0 {
            let sum = if phase == Phase::Critic { "critic phase" } else { "actor phase" };
            rows.push(row(sum, "up", &halves.up));
            rows.push(row("", "down", &halves.down));
            rows.extend((halves.peer.messages > 0).then(|| row("", "peer", &halves.peer)));
        }
    }
    rows.push(row("all", "up", &counts.up));
    rows.push(row("", "down", &counts.down));
    rows.extend((counts.peer.messages > 0).then(|| row("", "peer", &counts.peer)));
    rows.push(row("local twins", "", &counts.local));
    let mut text = table(&["messages", "", "number", "floats", "payload", "on the wire"], 2, &rows);
    let times =
        |number: u64, what| format!("{} {what}{}", grouped(number), if number == 1 { "" } else { "s" });
    let (barriers, broadcasts) = (times(counts.barriers, "barrier"), times(counts.broadcasts, "broadcast"));
    line!(text, "  {barriers}, {broadcasts}");
    text
}

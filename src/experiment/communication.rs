//! The ledger of a run in the shape of the closed form, and the comparison of the two.

use crate::theory::counts::{ByRoute, ByVector, Counts, Direction, KindCounts, PerPhase, Phase, Totals};
use dpac_actors::{Kind, Ledger, Link, Phase as Half, Route, Tally, Total};
use std::collections::BTreeMap;

/// The kind under which the server's notes of barriers are listed.
const BARRIER: &str = "barrier";

/// What the ledger holds, in the closed form's shape. A kind of which nothing was sent is listed only if
/// `listed` says so.
pub fn measured(ledger: &Ledger, clients: u32, listed: impl Fn(&str) -> bool) -> Counts {
    let half = |phase| {
        let of = |route| ledger.total(Link::Wire, |kind| (kind.phase, kind.route) == (phase, route)).into();
        ByRoute { up: of(Route::Up), down: of(Route::Down), peer: of(Route::Peer) }
    };
    let (critic, actor) = (ledger.effort(Half::Critic), ledger.effort(Half::Actor));
    let clients = u64::from(clients);
    Counts {
        up: ledger.route(Route::Up).into(),
        down: ledger.route(Route::Down).into(),
        peer: ledger.route(Route::Peer).into(),
        local: ledger.total(Link::Local, |_| true).into(),
        by_phase: PerPhase { critic: half(Half::Critic), actor: half(Half::Actor) },
        by_kind: by_kind(ledger, listed),
        floats_by_vector: by_vector(ledger),
        barriers: Half::ALL.iter().map(|&phase| ledger.barriers(phase)).sum(),
        broadcasts: ledger.broadcasts(),
        local_steps: PerPhase { critic: critic.local_steps, actor: actor.local_steps },
        barriers_by_phase: PerPhase {
            critic: ledger.barriers(Half::Critic),
            actor: ledger.barriers(Half::Actor),
        },
        trajectories_per_client: (critic.trajectories + actor.trajectories) / clients,
        env_steps_per_client: (critic.environment_steps + actor.environment_steps) / clients,
        server_work: ledger.server_work().iter().copied().collect(),
    }
}

fn by_kind(ledger: &Ledger, listed: impl Fn(&str) -> bool) -> BTreeMap<&'static str, KindCounts> {
    let counts = |kind: &Kind, tally: &Tally| KindCounts {
        direction: match kind.route {
            Route::Up => Direction::Up,
            Route::Down => Direction::Down,
            Route::Peer => Direction::Peer,
        },
        phase: Some(match kind.phase {
            Half::Critic => Phase::Critic,
            Half::Actor => Phase::Actor,
        }),
        totals: totals(tally),
    };
    let mut map: BTreeMap<_, _> = ledger
        .kinds()
        .iter()
        .enumerate()
        .map(|(number, kind)| (kind.name, counts(kind, ledger.tally(Link::Wire, number))))
        .filter(|(name, kind)| kind.totals.messages > 0 || listed(name))
        .collect();
    let notes = totals(ledger.notes());
    map.insert(BARRIER, KindCounts { direction: Direction::Local, phase: None, totals: notes });
    map
}

fn by_vector(ledger: &Ledger) -> ByVector {
    let mut counted = ByVector::new();
    for (number, kind) in ledger.kinds().iter().enumerate() {
        let tally = ledger.tally(Link::Wire, number);
        let floats = kind.vectors.iter().zip(&tally.floats);
        for (&name, &numbers) in floats.chain(kind.integers.iter().zip(&tally.integers)) {
            if numbers > 0 {
                let by_route = counted.entry(name).or_default();
                *match kind.route {
                    Route::Up => &mut by_route.up,
                    Route::Down => &mut by_route.down,
                    Route::Peer => &mut by_route.peer,
                } += numbers;
            }
        }
    }
    counted
}

fn totals(tally: &Tally) -> Totals {
    let mut total = Total::default();
    total.add(tally);
    total.into()
}

impl From<Total> for Totals {
    fn from(total: Total) -> Self {
        let Total { messages, floats, integers, wire_bytes } = total;
        Totals { messages, floats, integers, payload_bytes: total.payload_bytes(), wire_bytes }
    }
}

/// Where two counts differ, by the names of `summary.json`: nothing if and only if they are equal.
pub fn differences(measured: &Counts, closed_form: &Counts) -> Vec<String> {
    let (mut lines, measured_json, closed_json) = (Vec::new(), json(measured), json(closed_form));
    compare("", &measured_json, &closed_json, &mut lines);
    lines
}

fn json(counts: &Counts) -> serde_json::Value {
    serde_json::to_value(counts).expect("counts are plain numbers under string keys")
}

fn compare(path: &str, measured: &serde_json::Value, expected: &serde_json::Value, lines: &mut Vec<String>) {
    use serde_json::Value;
    let (Value::Object(left), Value::Object(right)) = (measured, expected) else {
        if measured != expected {
            lines.push(format!("{path}: measured {measured}, closed form {expected}"));
        }
        return;
    };
    let keys: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    for key in keys {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or(Value::Null);
        compare(&path, &of(left), &of(right), lines);
    }
}

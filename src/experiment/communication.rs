//! The ledger of a run in the shape of the closed form, and the comparison of the two.

use crate::theory::counts::{ByVector, Counts, Direction, KindCounts, PerPhase, Phase, Totals, UpDown};
use dpac_actors::{Direction as Way, Kind, Ledger, Link, Phase as Half, Tally, VectorName};
use std::collections::BTreeMap;

/// The kind under which the server's notes of aggregations are listed.
const AGGREGATED: &str = "aggregated";

/// What the ledger holds, in the closed form's shape. A kind of which nothing was sent is listed only if `listed` says so.
pub fn measured(ledger: &Ledger, clients: u32, listed: impl Fn(&str) -> bool) -> Counts {
    let half = |phase| UpDown {
        up: totals(&ledger.total(Link::Wire, |kind| kind.phase == phase && kind.direction == Way::Up)),
        down: totals(&ledger.total(Link::Wire, |kind| kind.phase == phase && kind.direction == Way::Down)),
    };
    let (critic, actor) = (ledger.effort(Half::Critic), ledger.effort(Half::Actor));
    let clients = u64::from(clients);
    Counts {
        up: totals(&ledger.direction(Way::Up)),
        down: totals(&ledger.direction(Way::Down)),
        local: totals(&ledger.total(Link::Local, |_| true)),
        by_phase: PerPhase { critic: half(Half::Critic), actor: half(Half::Actor) },
        by_kind: by_kind(ledger, listed),
        floats_by_vector: by_vector(ledger),
        aggregations: Half::ALL.iter().map(|&phase| ledger.aggregations(phase)).sum(),
        broadcasts: ledger.broadcasts(),
        local_steps: PerPhase { critic: critic.local_steps, actor: actor.local_steps },
        syncs: PerPhase {
            critic: ledger.aggregations(Half::Critic),
            actor: ledger.aggregations(Half::Actor),
        },
        trajectories_per_client: (critic.trajectories + actor.trajectories) / clients,
        env_steps_per_client: (critic.environment_steps + actor.environment_steps) / clients,
    }
}

fn by_kind(ledger: &Ledger, listed: impl Fn(&str) -> bool) -> BTreeMap<&'static str, KindCounts> {
    let counts = |kind: &Kind, tally: &Tally| KindCounts {
        direction: if kind.direction == Way::Up { Direction::Up } else { Direction::Down },
        phase: Some(if kind.phase == Half::Critic { Phase::Critic } else { Phase::Actor }),
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
    map.insert(AGGREGATED, KindCounts { direction: Direction::Local, phase: None, totals: notes });
    map
}

fn by_vector(ledger: &Ledger) -> ByVector {
    let of = |name: VectorName| {
        let floats = |way| ledger.direction(way).floats[name as usize];
        UpDown { up: floats(Way::Up), down: floats(Way::Down) }
    };
    ByVector {
        theta: of(VectorName::Theta),
        psi: of(VectorName::Psi),
        omega: of(VectorName::Omega),
        other: of(VectorName::Other),
    }
}

fn totals(tally: &Tally) -> Totals {
    Totals {
        messages: tally.messages,
        floats: tally.all_floats(),
        payload_bytes: tally.payload_bytes(),
        wire_bytes: tally.wire_bytes,
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

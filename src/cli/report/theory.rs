//! What theory says of the arms of a report.

use crate::algorithm::Registry;
use crate::cli::theory::{self, Bound, Facts, Group, Known, Quantity, Value};
use crate::config::Loaded;
use crate::experiment::{Files, LoadError, Prepared, Resolved};
use crate::report::{ArmTheory, Bounded, TheoryBound, TheoryNumber};
use crate::results::{Arm, Run};
use crate::theory::bound::sum;
use crate::theory::protocol::letter::R_E;

/// The most arms whose theory is computed.
const ARMS_MAX: usize = 24;

/// The theory of the arms, and of which there is none and why. No enumeration takes more than `limit`
/// operations.
pub(super) fn of_arms(arms: &[Arm<'_>], registry: Registry, limit: u64) -> (Vec<ArmTheory>, Vec<String>) {
    let (mut told, mut untold) = (Vec::new(), Vec::new());
    let mut known: Vec<(Vec<(String, String)>, Known)> = Vec::new();
    for (at, arm) in arms.iter().enumerate().take(ARMS_MAX) {
        let Some(run) = arm.runs.values().next() else { continue };
        match load(run, registry) {
            Err(error) => untold.push(format!("There is no theory of {}: {error}.", arm.label())),
            Ok(Prepared { resolved, .. }) => {
                let keys = keys_of_constants(run);
                let place = known.iter().position(|(of, _)| *of == keys).unwrap_or_else(|| {
                    known.push((keys, Known::of(&resolved, limit)));
                    known.len() - 1
                });
                told.push(of_arm(at, &resolved, &Facts::of(&resolved, &known[place].1)));
            }
        }
    }
    if arms.len() > ARMS_MAX {
        untold.push(format!("The theory of the first {ARMS_MAX} arms was computed, and of no others."));
    }
    (told, untold)
}

fn load(run: &Run, registry: Registry) -> Result<Prepared, LoadError> {
    let loaded = Loaded::of_run(&run.path().join("config.toml"))?;
    Prepared::load(loaded, registry, &Files::regular())
}

/// Keys that say how long runs are and which steps they take, on which no constant depends. What is not
/// listed is taken to change them.
const OF_RUNS: [&str; 16] = [
    "federation.clients",
    "federation.lean",
    "schedule",
    "trajectories",
    "critic.rounds",
    "critic.local_steps",
    "critic.alpha",
    "critic.eta",
    "critic.init",
    "actor.rounds",
    "actor.local_steps",
    "actor.sync_interval",
    "actor.zeta",
    "actor.eta",
    "actor.target",
    "seed",
];

/// The keys of a run on which constants depend. Where they are estimated, the streams are those of the first
/// arm's seed.
fn keys_of_constants(run: &Run) -> Vec<(String, String)> {
    run.keys().iter().filter(|(key, _)| !OF_RUNS.contains(&key.as_str())).cloned().collect()
}

fn of_arm(arm: usize, resolved: &Resolved, facts: &Facts<'_>) -> ArmTheory {
    let groups = theory::groups(facts);
    ArmTheory {
        arm,
        policy: facts.policy().to_owned(),
        numbers: groups.iter().flat_map(numbers).collect(),
        bounds: theory::bounds(facts).iter().map(|bound| of_bound(bound, resolved, facts)).collect(),
    }
}

fn numbers(group: &Group) -> impl Iterator<Item = TheoryNumber> {
    group.quantities.iter().map(|quantity| {
        let Quantity { symbol, name, value, equation, how, .. } = quantity;
        TheoryNumber {
            group: group.name.to_owned(),
            symbol: (*symbol).to_owned(),
            name: (*name).to_owned(),
            value: value.number(),
            at_most: matches!(value, Value::Bound(_)),
            interval: if let Value::Estimated(_, interval) = value { Some(*interval) } else { None },
            equation: (*equation).to_owned(),
            how: if let Value::Missing(why) = value { why.clone() } else { how.clone() },
        }
    })
}

fn of_bound(bound: &Bound, resolved: &Resolved, facts: &Facts<'_>) -> TheoryBound {
    let value = bound.terms.as_ref().map(|terms| sum(terms)).map_err(Clone::clone);
    let value = value.and_then(|x| if x.is_finite() { Ok(x) } else { Err(format!("it is {x}")) });
    let (low, high) = resolved.problem.hidden().units().range();
    let of = match bound.of {
        theory::Bounded::BellmanError if facts.evaluates() => Bounded::BellmanError,
        theory::Bounded::BellmanError => Bounded::FirstBellmanError,
        theory::Bounded::MeanGap => Bounded::MeanGap { rewards: high - low },
        theory::Bounded::Displacement => Bounded::Displacement,
    };
    // A line of a run that improves a policy has the mean over the barriers of an evaluation.
    let barriers = resolved.shape.get(R_E);
    let several = of == Bounded::Displacement && !facts.evaluates() && barriers > 1;
    let not_measured = several.then(|| {
        format!(
            "a round's record is the mean over {barriers} barriers, of which one alone has clients begin at 0"
        )
    });
    TheoryBound {
        name: bound.name.to_owned(),
        of,
        why_none: value.as_ref().err().cloned(),
        value: value.ok(),
        in_order: bound.in_order,
        not_measured,
        unmet: bound.unmet.clone(),
    }
}

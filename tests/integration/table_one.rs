//! The model-based learners of the paper's Table 1, against what they must come to.

use crate::table_two::improved;
use crate::whole_run::resolved;
use dpac::algorithm::Registry;
use dpac::config::Loaded;
use dpac::exact::{optimum, policy_value};
use dpac::experiment::{self, Files, LoadError, Resolved};
use dpac::features::FiniteMap;
use dpac::policy::{LogLinear, Prepared};
use dpac::pomdp::{Model, builtin};
use dpac_actors::host::{self, Observer, Observers};
use dpac_actors::roles::Dispatch;
use dpac_actors::{Broadcast, Ended};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

const LIMIT: u64 = 1_000_000_000;

fn built(name: &str, parameters: &[(&str, f64)]) -> Model {
    let definition = builtin::find(name).expect("a problem").definition(parameters.iter().copied());
    definition.expect("within bounds").tabular().expect("finite").model.clone()
}

/// The value of a policy over whole histories.
fn value(model: &Model, horizon: usize, gamma: f64, theta: &[f64]) -> f64 {
    let (actions, seen, first) = (model.actions(), model.observations(), model.first_observations());
    let policy = LogLinear::new(FiniteMap::history(horizon, actions, seen, first).expect("small"));
    let mut prepared = Prepared::at(&policy, theta);
    policy_value(model, &policy, &mut prepared, gamma, LIMIT).expect("small").0.value
}

fn best(model: &Model, horizon: usize, gamma: f64) -> f64 {
    optimum(model, horizon, gamma, LIMIT).expect("small").value.value
}

#[test]
fn with_the_truth_alone_omle_has_the_optimal_value_from_its_first_round_on() {
    for (name, horizon, gamma) in [("tiger", 4, 0.95), ("toggle", 3, 0.9), ("random", 3, 0.9)] {
        let text = format!(
            "algorithm = {{ kind = 'omle', candidates = 1 }}\nfederation.clients = 2\n\
             problem = {{ builtin = '{name}', horizon = {horizon}, discount = {gamma} }}\n\
             actor = {{ rounds = 3, local_steps = 2 }}"
        );
        let run = improved(&text, &[]);
        let model = built(name, &[]);
        let best = best(&model, horizon, gamma);
        for theta in run.policies.iter().chain([&run.last]) {
            let value = value(&model, horizon, gamma, theta);
            assert!((value - best).abs() <= 1e-12 * best.abs().max(1.0), "{name}: {value}, not {best}");
        }
    }
}

/// A plan visits every history: (J + R + 1) |A| Σ_h |O_0| (|A| |O|)^h nodes.
#[test]
fn planning_grows_like_actions_times_observations_to_the_horizon() {
    for (name, first, actions, observations) in [("tiger", 1, 3, 2), ("toggle", 2, 2, 2)] {
        for copies in 1..=3 {
            for horizon in 1..=4 {
                let text = format!(
                    "algorithm = {{ kind = 'omle', candidates = 4 }}\nactor = {{ rounds = 5, local_steps = 1 }}\n\
                     problem = {{ builtin = '{name}', horizon = {horizon}, split = {copies}, split_seen = 'copy' }}"
                );
                let (run, _) = resolved(&text, &[]);
                let (pairs, first) =
                    (actions * observations * copies, if first == 1 { 1 } else { first * copies });
                let histories: u64 = (0..horizon).map(|h| first * u64::pow(pairs, h)).sum();
                let nodes = run.closed_form.server_work["planning_nodes"];
                assert_eq!(
                    nodes,
                    (4 + 5 + 1) * actions * histories,
                    "{name}, H = {horizon}, {copies} copies"
                );
            }
        }
    }
}

/// What a barrier has brought, and the plan that follows.
struct Told(Sender<(Option<Ended>, Vec<i64>)>);

impl Observer for Told {
    fn asks_for_turns(&self) -> bool {
        true
    }

    fn turn_opened(&mut self, ended: Option<&Ended>, turn: &Arc<Dispatch>) {
        let plan = |sent: &Arc<Broadcast>| sent.integers("actions").map(|actions| actions.to_vec());
        let plan = turn.broadcasts.iter().find_map(plan).unwrap_or_default();
        self.0.send((ended.cloned(), plan)).expect("somebody listens");
    }
}

/// `P(o_0, r_0, ..., o_{H-1}, r_{H-1} | a_0, ...)` as a sum over all paths of states.
fn likelihood(model: &Model, seen: &[i64], rewards: &[f64]) -> f64 {
    let states = model.states();
    let (lo, hi) = model.units().range();
    let horizon = rewards.len();
    let of_path = |path: usize| {
        let state = |h: usize| path / states.pow(h as u32) % states;
        let (observed, action) = (|h: usize| seen[2 * h] as usize, |h: usize| seen[2 * h + 1] as usize);
        let mut product =
            model.start()[state(0)] * model.first_observation_probability(state(0), observed(0));
        for h in 0..horizon {
            let earned = (model.reward(state(h), action(h)) - lo) / (hi - lo);
            product *= f64::from(u8::from((earned - rewards[h]).abs() < 1e-9));
            if h + 1 < horizon {
                product *= model.transition().get(action(h) * states + state(h), state(h + 1));
                product *= model.observation().get(action(h) * states + state(h + 1), observed(h + 1));
            }
        }
        product
    };
    (0..states.pow(horizon as u32)).map(of_path).sum()
}

/// On two clients and seeds that lead through several candidates.
#[test]
fn the_candidate_of_a_round_is_that_of_a_plain_loop_over_what_was_uploaded() {
    const HORIZON: usize = 3;
    const GAMMA: f64 = 0.95;
    let mut candidates = vec![built("tiger", &[])];
    candidates.extend((0..5).map(|i| {
        let accuracy = 0.5 + 0.5 * (f64::from(2 * i + 1) / 10.0);
        built("tiger", &[("accuracy", accuracy)])
    }));
    let mut chosen = Vec::new();
    for seed in 0..3 {
        let text = format!(
            "seed = {seed}\nalgorithm = {{ kind = 'omle', candidates = 6, beta = 2.0 }}\nfederation.clients = 2\n\
             problem = {{ builtin = 'tiger', horizon = {HORIZON}, discount = {GAMMA} }}\n\
             actor = {{ rounds = 12, local_steps = 4 }}"
        );
        let (Resolved { algorithm, config, .. }, _) = resolved(&text, &[]);
        let (told, heard) = channel();
        let options = host::Options::new(config.federation.clients, 2, config.seed);
        host::run(&algorithm, &options, Observers::default().with(Told(told))).expect("no fault");
        let mut logs = vec![0.0; candidates.len()];
        for (ended, plan) in heard {
            for (rewards, seen) in ended.iter().flat_map(|it| it.aggregate.iter().zip(&it.integers)) {
                for (rewards, seen) in rewards.chunks(HORIZON).zip(seen.chunks(2 * HORIZON)) {
                    for (model, log) in candidates.iter().zip(&mut logs) {
                        *log += libm::log(likelihood(model, seen, rewards));
                    }
                }
            }
            if plan.is_empty() {
                continue;
            }
            let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let kept = (0..candidates.len()).filter(|&j| logs[j] >= most - 2.0);
            let promise = |j: usize| best(&candidates[j], HORIZON, GAMMA);
            let optimist =
                kept.max_by(|&i, &j| promise(i).total_cmp(&promise(j))).expect("the likeliest is in it");
            let mut theta = vec![0.0; 3 * plan.len()];
            plan.iter().enumerate().for_each(|(z, &action)| theta[3 * z + action as usize] = 1000.0);
            let (found, promised) = (value(&candidates[optimist], HORIZON, GAMMA, &theta), promise(optimist));
            assert!(
                (found - promised).abs() < 1e-9,
                "seed {seed}, candidate {optimist}: {found}, {promised}"
            );
            chosen.push(optimist);
        }
    }
    chosen.sort_unstable();
    chosen.dedup();
    assert!(chosen.len() > 2, "several candidates were planned for: {chosen:?}");
}

/// Windows of two pairs are whole histories at H = 3, and 2048 trajectories are some twenty for each pair of
/// history and action: what is left is far below a twentieth of the way from the uniform policy to the
/// optimum.
#[test]
fn plans_over_windows_come_near_the_best_value_of_toggle() {
    for algorithm in ["kind = 'porl2'", "kind = 'porl2', rank = 2", "kind = 'mu-lv-rep', rank = 2"] {
        let text = format!(
            "algorithm = {{ {algorithm}, bonus = 0.1 }}\nfederation.clients = 4\n\
             problem = {{ builtin = 'toggle', horizon = 3, discount = 0.9 }}\n\
             actor = {{ rounds = 16, local_steps = 32, features = {{ kind = 'window', length = 2 }} }}"
        );
        let run = improved(&text, &[]);
        let model = built("toggle", &[]);
        let (best, found) = (best(&model, 3, 0.9), value(&model, 3, 0.9, &run.last));
        let uniform = value(&model, 3, 0.9, &vec![0.0; run.last.len()]);
        assert!(found > best - 0.05 * (best - uniform), "{algorithm}: {found} between {uniform} and {best}");
    }
}

/// The key that is to blame, and what is said of it.
fn refused(text: &str, settings: &[&str]) -> String {
    let loaded = Loaded::from_str("test", text).and_then(|loaded| loaded.with_overrides(settings));
    match experiment::Prepared::load(loaded.expect("keys that there are"), Registry::BUILTIN, &Files::named())
    {
        Err(LoadError::Resolve { error, .. }) => format!("{error:?}"),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("{settings:?} is taken"),
    }
}

#[test]
fn what_a_server_cannot_plan_for_is_refused_at_its_key() {
    let omle = "algorithm = 'omle'\nproblem = { builtin = 'tiger', horizon = 3 }\n";
    for (text, settings, key, said) in [
        (omle, &["actor.features.kind=belief"][..], "actor.features", "a table over histories or windows"),
        (
            omle,
            &["actor.features.kind=window", "actor.features.length=1"],
            "actor.features",
            "depends on whole histories",
        ),
        (omle, &["problem.split=2"], "problem.split", "let both see copies"),
        (omle, &["problem.clients.rewards=0.5"], "problem.clients", "one model for all clients"),
        (omle, &["algorithm.unknown=2"], "algorithm.unknown", "has 1 parameters that are real numbers"),
        (omle, &["problem.builtin=light-maze"], "algorithm.unknown", "has 0 parameters"),
        (
            "algorithm = 'porl2'\n",
            &["problem.builtin=gaussian-tiger", "actor.features.kind=window", "actor.features.length=0"],
            "problem",
            "no real numbers",
        ),
    ] {
        let error = refused(text, settings);
        assert!(error.contains(key) && error.contains(said), "{settings:?}: {error}");
    }
}

//! `output.record`: what a run writes of its own vectors and of exact values, and what it costs nobody who
//! does not ask.

use crate::whole_run::{WholeRun, resolved, run_observed, run_resolved};
use dpac::algorithm::{Needs, Of, Registry};
use dpac::config::{Features, Loaded, Record, Step};
use dpac::experiment::{Files, Prepared, RunObservers, read_policies, subject};
use dpac::features::{AnyMap, BeliefFilter, BeliefMap, Degree, FeatureMap, FiniteMap};
use dpac::paper::{Blind, FeatureRecursion, FeatureTable, MeanRecursion};
use dpac::policy::{self, AnyPolicy, LogLinear, Policy};
use dpac::pomdp::{Model, builtin};
use dpac::theory::drift::{Gradients, small_alpha_law};
use dpac::theory::{fixed_point, semi_gradients};
use dpac_actors::host::{Observer, Placement};
use dpac_actors::roles::BarrierEnded;
use dpac_actors::{Ledger, Phase, Purpose, StreamKey};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const DPAC: &str = "seed = 3\nproblem = { builtin = \"tiger\", horizon = 3 }\nfederation.clients = 3\n\
                    critic = { rounds = 3, local_steps = 11, eta = 0.75, average_from = 1 }\n\
                    actor = { rounds = 5, local_steps = 12, sync_interval = 5 }\n";
const DPTD: &str = "seed = 3\nalgorithm = \"dptd\"\nproblem = { builtin = \"toggle\", horizon = 3 }\n\
                    federation.clients = 4\ncritic = { rounds = 6, local_steps = 19, average_from = 2 }\n";
const FILE: &str = "record.jsonl";

fn all_words(but: &[Record]) -> String {
    let words = Record::ALL.into_iter().filter(|word| !but.contains(word));
    format!("output.record={:?}", words.map(Record::word).collect::<Vec<_>>())
}

/// What evaluates has no direction.
fn words_of(text: &str) -> String {
    all_words(if text == DPTD { &[Record::Omega] } else { &[] })
}

fn recorded(text: &str, settings: &[&str]) -> WholeRun {
    run_resolved(resolved(text, settings), |_| {})
}

/// The lines of critic rounds, and those of outer rounds.
fn lines(run: &WholeRun) -> (Vec<Value>, Vec<Value>) {
    run.lines(FILE).into_iter().partition(|line| line.get("phase").is_some())
}

fn vector(line: &Value, word: &str) -> Vec<f64> {
    let numbers = line[word].as_array().unwrap_or_else(|| panic!("no {word} in {line}"));
    numbers.iter().map(|number| number.as_f64().expect("a number")).collect()
}

fn bits(vector: &[f64]) -> Vec<u64> {
    vector.iter().map(|x| x.to_bits()).collect()
}

/// The only row of critic.npy.
fn critic(run: &WholeRun) -> Vec<f64> {
    let bytes = std::fs::read(run.directory.join("critic.npy")).expect("a critic");
    bytes[128..].as_chunks::<8>().0.iter().map(|&word| f64::from_le_bytes(word)).collect()
}

#[test]
fn recorded_vectors_are_those_of_the_algorithm_to_the_bit() {
    for (lean, printed) in [(false, false), (true, false), (false, true)] {
        let lean = format!("federation.lean={lean}");
        let line_15 = if printed { "critic.server_line=printed" } else { "critic.server_line=repaired" };
        let run = recorded(DPAC, &[&words_of(DPAC), &lean, line_15]);
        let (critic_rounds, rounds) = lines(&run);
        assert_eq!((critic_rounds.len(), rounds.len()), (15, 5));
        let eta = 0.75;
        let length = vector(&critic_rounds[0], "psi").len();
        let mut start = vec![0.0; length];
        for (r, evaluation) in critic_rounds.chunks_exact(3).enumerate() {
            // Line 15 of Algorithm 2, then line 17 over s = R_0 + 1, ..., R_e, and a warm start from that.
            let (mut psi, mut mean) = (start.clone(), start.clone());
            let (mut sum, mut weights) = (vec![0.0; length], 0.0);
            for (barrier, line) in evaluation.iter().enumerate() {
                let place = (line["phase"].as_str(), line["round"].as_u64(), line["barrier"].as_u64());
                assert_eq!(place, (Some("critic"), Some(r as u64), Some(barrier as u64)));
                let psi_bar = vector(line, "psi_bar");
                let from = if printed { &mean } else { &psi };
                psi = from.iter().zip(&psi_bar).map(|(from, bar)| (1.0 - eta) * from + eta * bar).collect();
                mean = psi_bar;
                assert_eq!(bits(&vector(line, "psi")), bits(&psi), "round {r}, critic round {barrier}");
                if barrier >= 1 {
                    let weight = (barrier as f64 + 3.0) * (barrier as f64 + 3.0);
                    sum.iter_mut().zip(&psi).for_each(|(sum, psi)| *sum += weight * psi);
                    weights += weight;
                }
            }
            start = sum.iter().map(|sum| sum / weights).collect();
        }
        assert_eq!(bits(&critic(&run)), bits(&start), "ψ̂ of the last round");
        // θ_{r+1} = θ_r + η ω_r, for the η that "auto" became.
        let omegas: Vec<Vec<f64>> = rounds.iter().map(|line| vector(line, "omega")).collect();
        let path = run.directory.join("policies.npy");
        let thetas = read_policies(&path, omegas[0].len()).expect("policies");
        let eta = 12.0 / 5_f64.sqrt();
        for (pair, omega) in thetas.windows(2).zip(&omegas) {
            let next: Vec<f64> =
                pair[0].iter().zip(omega).map(|(theta, omega)| theta + eta * omega).collect();
            assert_eq!(bits(&pair[1]), bits(&next));
        }
    }
    let run = recorded(DPTD, &[&words_of(DPTD)]);
    let (critic_rounds, rounds) = lines(&run);
    assert_eq!((critic_rounds.len(), rounds.len()), (6, 6));
    for line in &critic_rounds {
        assert_eq!(vector(line, "psi"), vector(line, "psi_bar"), "η is 1");
    }
}

/// Definition 11 by a loop over clients and steps: semi-gradients row by row, a trajectory at a time, from
/// the streams that DETERMINISM.md names.
#[test]
fn recorded_drift_is_definition_11_of_a_plain_loop() {
    for (text, barriers, steps) in [(DPTD, 1, 19), (DPAC, 3, 11)] {
        let of = resolved(text, &[&words_of(text)]);
        let (workers, gamma) = (of.0.subject.workers(), of.0.gamma);
        let clients = of.0.config.federation.clients;
        let alpha = of.0.config.critic.alpha.given().and_then(Step::constant).expect("a number");
        let run = run_resolved(of, |_| {});
        let horizon = 3;
        let (critic_rounds, rounds) = lines(&run);
        let path = run.directory.join("policies.npy");
        let width = workers.d_theta();
        let thetas = if text == DPTD {
            vec![vec![0.0; width]; rounds.len()]
        } else {
            read_policies(&path, width).expect("policies")
        };
        let needs = Needs { features: Some(Of::Taken), rewards: true, ..Needs::default() };
        let mut trajectories = workers.trajectories();
        let mut start = vec![0.0; workers.stacked_critic()];
        for (number, line) in critic_rounds.iter().enumerate() {
            let (round, barrier) = (number / barriers, number % barriers);
            trajectories.set_policy(&thetas[round]);
            let mut sum = 0.0;
            for client in 0..clients {
                let (purpose, phase) = (Purpose::LocalSteps, Phase::Critic.number());
                let (round, barrier) = (round as u32, barrier as u32);
                let key = StreamKey { seed: 3, purpose, client, round, phase, barrier };
                let (mut rng, mut psi) = (key.generator(), start.clone());
                for _ in 0..steps {
                    sum += psi.iter().zip(&start).fold(0.0, |sum, (x, y)| sum + (x - y) * (x - y));
                    trajectories.sample(client, 1, needs, &mut rng);
                    let (phi, rewards) = (trajectories.features(), trajectories.rewards().to_vec());
                    let q: Vec<f64> = (0..horizon).map(|h| phi.dot(h, &psi)).collect();
                    let mut discount = 1.0;
                    for h in 0..horizon {
                        let next = q.get(h + 1).copied().unwrap_or(0.0);
                        let delta = rewards[h] + gamma * next - q[h];
                        phi.add_to(h, alpha * discount * delta, &mut psi[..]);
                        discount *= gamma;
                    }
                }
            }
            let expected = sum / f64::from(clients) / f64::from(steps);
            let found = line["drift"].as_f64().expect("drift");
            // Rounding alone: sums are added up in another order.
            assert!((found / expected - 1.0).abs() < 1e-10, "{text}: {number}: {found:e}, {expected:e}");
            start = vector(line, "psi");
            if text == DPAC && barrier == 2 {
                // ψ̂ of the round, with weights (s + 2)² over s = 2, 3.
                let before = vector(&critic_rounds[number - 1], "psi");
                start = before.iter().zip(&start).map(|(x, y)| (16.0 * x + 25.0 * y) / 41.0).collect();
            }
        }
    }
}

/// The mean over 4000 clients, whose distances are independent. Where that of one has a standard deviation of
/// the law's own size, four standard errors are 6 %; the seed is fixed.
#[test]
fn recorded_drift_of_small_steps_is_the_law_and_not_the_distance_at_the_end() {
    let settings = ["output.record=[\"drift\"]", "federation.clients=4000", "critic.rounds=1"];
    let alpha = 1e-6;
    let of = |steps: u32| {
        let more = [
            format!("critic.local_steps={steps}"),
            format!("critic.alpha={alpha}"),
            "critic.average_from=0".to_owned(),
        ];
        let all: Vec<&str> = settings.into_iter().chain(more.iter().map(String::as_str)).collect();
        let run = recorded(DPTD, &all);
        let drift = lines(&run).0[0]["drift"].as_f64().expect("drift");
        (drift, run.rounds()[0]["drift"]["critic"].as_f64().expect("a distance"))
    };
    let problem = builtin::definition("toggle").expect("a built-in problem");
    let gamma = problem.tabular().expect("tables").model.discount();
    let blind = Features::Window { length: 0, tied: false };
    let subject = subject(&problem, 3, gamma, blind, &Features::History).expect("a small problem");
    let known = subject.regularity(&vec![0.0; subject.d_theta()], 100_000_000).at_zero.expect("small");
    let gradients = Gradients { noise: known.noise, norm: known.mean_norm };
    for steps in [1, 2, 5, 24] {
        let (drift, at_the_end) = of(steps);
        let law = alpha * alpha * small_alpha_law(f64::from(steps), gradients);
        assert!((drift - law).abs() <= 0.06 * law, "K = {steps}: {drift:e}, {law:e}");
        assert!(at_the_end > 1.5 * drift, "K = {steps}: {at_the_end:e} is of the last step, {drift:e}");
    }
}

/// Stops a run after some barriers.
struct StopAfter(u32, Arc<AtomicBool>);

impl Observer for StopAfter {
    fn barrier_closed(&mut self, _: &BarrierEnded, _: &Ledger) {
        self.0 = self.0.saturating_sub(1);
        if self.0 == 0 {
            self.1.store(true, Ordering::Relaxed);
        }
    }
}

#[test]
fn a_record_has_the_same_bytes_on_any_threads_and_after_every_interruption() {
    for (text, barriers) in [(DPAC, 30), (DPTD, 6)] {
        let words = words_of(text);
        let whole = recorded(text, &[&words]);
        let expected = whole.read(FILE);
        for (threads, placement) in [(1, Placement::Shard), (3, Placement::Shard), (2, Placement::Role)] {
            let other = run_resolved(resolved(text, &[&words]), |options| {
                (options.threads, options.placement) = (threads, placement);
            });
            assert_eq!(other.read(FILE), expected, "{threads} threads, {placement:?}");
        }
        for after in 1..barriers {
            let stop = Arc::new(AtomicBool::new(false));
            let mut observers = RunObservers::default();
            observers.live.add(Box::new(StopAfter(after, Arc::clone(&stop))));
            let parted = run_observed(resolved(text, &[&words]), observers, |options| options.stop = stop);
            let begun = parted.read(FILE);
            assert!(expected.starts_with(&begun), "after {after} barriers");
            run_resolved(resolved(text, &[&words]), |options| {
                (options.directory, options.resume) = (parted.directory.clone(), true);
            });
            assert_eq!(parted.read(FILE), expected, "after {after} barriers");
            let (parted, whole) = (parted.summary_json(), whole.summary_json());
            assert_eq!(parted["files"], whole["files"]);
            assert!(whole["files"][FILE].is_string(), "the summary has its digest");
        }
    }
}

#[test]
fn a_run_that_records_has_the_results_of_one_that_does_not_and_that_one_has_no_trace_of_it() {
    for text in [DPAC, DPTD] {
        let (with, without) = (recorded(text, &[&words_of(text)]), recorded(text, &[]));
        assert_eq!(with.digest(), without.digest());
        let values = |run: &WholeRun| run.summary_json()["value"].clone();
        assert_eq!(values(&with), values(&without));
        assert_ne!(with.summary.config_digest, without.summary.config_digest);
        assert!(!without.directory.join(FILE).exists());
        assert!(!without.read("config.toml").contains("record"));
        assert!(without.summary_json()["files"].get(FILE).is_none());
        let none = recorded(text, &["output.record=[]"]);
        assert_eq!(none.summary.config_digest, without.summary.config_digest);
        assert!(!none.directory.join(FILE).exists());
        let last = std::fs::read(without.directory.join("final.bin")).unwrap_or_default();
        let last = String::from_utf8_lossy(&last).into_owned();
        assert!(!last.contains("\"record\"") && !last.contains("local_drift"), "{last}");
    }
}

/// Of whole histories Q is linear in the features, so that the largest gap is that of components, and the
/// fixed point is Q. Of no memory at all the error of the fixed point is what `paper::MeanRecursion`, which
/// knows nothing of features, finds.
#[test]
fn recorded_exact_numbers_agree_with_what_else_is_known() {
    let run = recorded(DPTD, &[&words_of(DPTD)]);
    let (critic_rounds, rounds) = lines(&run);
    for (line, round) in critic_rounds.iter().zip(&rounds) {
        let (psi, exact) = (vector(line, "psi"), vector(round, "exact_q"));
        let gap = psi.iter().zip(&exact).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
        let found = round["max_q_error"].as_f64().expect("a number");
        assert!((found - gap).abs() < 1e-12 && found > 1e-3, "{found}, {gap}");
        assert!(round["fixed_point_error"].as_f64().expect("a number") < 1e-24);
        assert!(round.get("why").is_none());
    }
    for (problem, length) in [("toggle", 0), ("tiger3", 0), ("tiger3", 1)] {
        let settings = [
            format!("problem.builtin={problem}"),
            format!("critic.features={{ kind = \"window\", length = {length} }}"),
            "problem.horizon=4".to_owned(),
            "output.record=[\"fixed_point_error\"]".to_owned(),
        ];
        let run = recorded(DPTD, &settings.each_ref().map(String::as_str));
        let blind = Blind::builtin(problem, 4);
        let table = FeatureTable::of_map(&blind, &blind.window(length), usize::MAX);
        let expected = FeatureRecursion::new(&MeanRecursion::of(&blind), &table).floor();
        for line in run.lines(FILE) {
            let found = line["fixed_point_error"].as_f64().expect("a number");
            assert!((found / expected - 1.0).abs() < 1e-10 && found > 1e-6, "{problem}: {found}, {expected}");
        }
    }
    // Rounds that are not evaluated have no line.
    let thin = recorded(DPTD, &["output.record=[\"max_q_error\"]", "output.evaluate_every=4"]);
    let numbers: Vec<_> = thin.lines(FILE).iter().map(|line| line["round"].as_u64()).collect();
    assert_eq!(numbers, [Some(0), Some(4)]);
}

/// Semi-gradients are enumerated trajectory by trajectory, with hidden states, and know of no fixed point.
#[test]
fn the_mean_update_is_nothing_at_the_fixed_point_whatever_the_features_are() {
    const GAMMA: f64 = 0.9;
    const LIMIT: u64 = 100_000_000;
    fn check<F: FeatureMap<Observation = u32> + 'static>(model: &Model, map: &F, what: &str) {
        let actor = FiniteMap::window(4, 2, 2, 2, 1).expect("small");
        let policy = LogLinear::new(actor);
        let theta: Vec<f64> = (0..policy.parameters()).map(|i| ((7 * i + 3) % 11) as f64 / 11.0).collect();
        let mut prepared = policy::Prepared::at(&policy, &theta);
        let psi = fixed_point(model, &policy, &mut prepared, map, GAMMA, LIMIT).expect("small");
        let mean = |psi: &[f64]| {
            let (policy, map) = (AnyPolicy::new(&policy), AnyMap::new(map));
            semi_gradients(model, &policy, &theta, &map, psi, GAMMA, LIMIT).expect("small").mean_norm
        };
        let (there, at_zero) = (mean(&psi), mean(&vec![0.0; psi.len()]));
        assert!(there < 1e-12 && at_zero > 1e-2, "{what}: {there:e}, {at_zero:e}");
    }
    let model = builtin::toggle();
    for (length, tied) in [(0, false), (1, false), (3, false), (0, true), (1, true)] {
        let map = FiniteMap::classes(4, 2, &[0, 1], vec![0, 1], length, tied).expect("small");
        check(&model, &map, &format!("window of {length}, tied: {tied}"));
    }
    let filter = || Arc::new(BeliefFilter::new(Arc::new(builtin::toggle())));
    // Of these some components stand for others.
    check(&model, &BeliefMap::for_critic(filter(), 4, Degree::One), "beliefs");
    check(&model, &BeliefMap::for_critic(filter(), 4, Degree::Two), "beliefs and their products");
}

#[test]
fn what_cannot_be_computed_exactly_is_null_with_its_reason_and_the_run_goes_on() {
    let differing = ["problem.clients={ rewards = 0.2, transitions = 0.1, sensors = 0.3, seed = 7 }"];
    let window = "critic.features={ kind = \"window\", length = 1 }";
    let large = ["problem.builtin=tiger", "problem.horizon=40", window];
    let (all, one) = (&["max_q_error", "fixed_point_error"][..], &["max_q_error"][..]);
    let (differ, takes) = ("every client has a problem of its own", "takes more than 20000000 operations");
    for (settings, words, why) in [(&differing[..], all, differ), (&large[..], one, takes)] {
        let record = format!("output.record={words:?}");
        let few = [record.as_str(), "critic.rounds=1", "critic.average_from=0"];
        let run = recorded(DPTD, &[&few[..], settings].concat());
        let lines = run.lines(FILE);
        assert_eq!((lines.len(), run.rounds().len()), (1, 1));
        for line in lines {
            for &word in words {
                assert!(line[word].is_null(), "{line}");
                assert!(line["why"][word].as_str().is_some_and(|found| found.contains(why)), "{line}");
            }
        }
    }
}

fn refusal(text: &str, record: &str) -> String {
    let text = format!("{text}output.record = {record}\n");
    let loaded = Loaded::from_str("a.toml", &text).expect("TOML");
    match Prepared::load(loaded, Registry::BUILTIN, &Files::named()) {
        Ok(_) => panic!("{record} is fine"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn words_that_cannot_be_recorded_are_refused_where_they_stand() {
    for (record, expected) in [
        ("[\"psy\"]", "`output.record` cannot be \"psy\" (did you mean \"psi\"?"),
        ("[\"psi\", \"drift\", \"psi\"]", "`output.record` has \"psi\" twice"),
        ("\"psi\"", "`output.record` is a string, not a list of words"),
        ("[1]", "`output.record` is an integer, not a list of words"),
    ] {
        let found = refusal(DPTD, record);
        assert!(found.contains(expected) && found.contains("a.toml:6:"), "{found}");
    }
    let dppg = "algorithm = \"dppg\"\nproblem = { builtin = \"toggle\", horizon = 3 }\n";
    let nac = "algorithm = \"fed-nac\"\nproblem = { builtin = \"toggle\", horizon = 3 }\n";
    let minibatch = "algorithm = \"minibatch\"\nproblem = { builtin = \"toggle\", horizon = 3 }\n";
    for (text, record, expected) in [
        (dppg, "[\"psi\"]", "\"psi\" cannot be recorded: dppg learns no critic in rounds"),
        (dppg, "[\"drift\"]", "\"drift\" cannot be recorded: dppg learns no critic in rounds"),
        (DPTD, "[\"psi\", \"omega\"]", "\"omega\" cannot be recorded: dptd has no direction ω"),
        (nac, "[\"max_q_error\"]", "\"max_q_error\" cannot be recorded: fed-nac has no critic"),
        (minibatch, "[\"drift\"]", "\"drift\" cannot be recorded: minibatch has local steps of its own"),
    ] {
        let found = refusal(text, record);
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn every_algorithm_records_what_it_has() {
    for (algorithm, words) in [
        ("dpac", "psi psi_bar drift omega exact_q max_q_error fixed_point_error"),
        ("dppg", "omega exact_q max_q_error fixed_point_error"),
        ("dptd", "psi psi_bar drift exact_q max_q_error fixed_point_error"),
        ("fed-td", "psi psi_bar drift max_q_error"),
        ("minibatch", "psi psi_bar max_q_error"),
        ("one-shot", "psi psi_bar max_q_error"),
        ("fed-npg", "exact_q max_q_error fixed_point_error"),
        ("fed-npg-td", "psi psi_bar drift max_q_error"),
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        let base =
            format!("algorithm = \"{algorithm}\"\nproblem = {{ builtin = \"toggle\", horizon = 2 }}\n");
        let few = match algorithm {
            "dppg" => vec!["actor.rounds=2", "actor.local_steps=4", "actor.sync_interval=2"],
            "dpac" => {
                vec!["actor.rounds=2", "actor.local_steps=4", "actor.sync_interval=2", "critic.local_steps=4"]
            }
            "one-shot" => vec!["critic.local_steps=40"],
            "fed-npg" => vec!["actor.rounds=2", "actor.eta=1"],
            "fed-npg-td" => vec!["actor.rounds=2", "critic.rounds=2", "critic.local_steps=4"],
            "minibatch" => vec!["critic.rounds=3"],
            _ => vec!["critic.rounds=3", "critic.local_steps=4"],
        };
        let record = format!("output.record={words:?}");
        let run = recorded(&base, &[&few[..], &[&record]].concat());
        for word in words {
            let found =
                run.lines(FILE).into_iter().filter(|line| line.get(word).is_some_and(|it| !it.is_null()));
            assert!(found.count() > 0, "{algorithm} has no {word}");
        }
    }
}

#[test]
fn a_policy_s_step_over_the_root_of_its_rounds_is_that_number() {
    let with = |eta: &str| recorded(DPAC, &[&format!("actor.eta={eta}")]);
    let (over_root, number) = (with("{ scale = 3 }"), with(&format!("{}", 3.0 / 5_f64.sqrt())));
    assert_eq!(over_root.digest(), number.digest());
    assert!(over_root.read("config.toml").contains("eta = { scale = 3.0 }\n"), "it falls with R again");
    assert_ne!(over_root.digest(), with("3.0").digest());
    let longer = recorded(DPAC, &["actor.eta={ scale = 3 }", "actor.rounds=20"]);
    let number = recorded(DPAC, &[&format!("actor.eta={}", 3.0 / 20_f64.sqrt()), "actor.rounds=20"]);
    assert_eq!(longer.digest(), number.digest());
}

//! Runs whose policy is a network keep every promise that runs of features keep.

use crate::every_algorithm::{killed, program, results};
use crate::whole_run::{WholeRun, resolved, run_resolved, whole_run};
use dpac::algorithm::{MEASURED, Registry};
use dpac::config::Loaded;
use dpac::experiment::{
    Files, LoadError, Prepared, Resolved, RunOptions, SavedPolicy, TraceOptions, assert_replays,
    config_digest, read_policies,
};
use dpac::policy::network::{Inputs, Network, Output, Parameter, Probes};
use dpac_actors::host::Placement;
use dpac_actors::trace::{Kept, Level};
use dpac_actors::{Address, Purpose, StreamKey};
use rand::Rng;
use serde_json::{Value, json};

/// A network of each kind, on problems with and without first observations; the fourth configuration gives
/// its steps itself, and the last has two layers and a critic on the state of the second.
const RUNS: [&str; 5] = [
    r#"
problem = { builtin = "tiger", horizon = 4 }
federation = { clients = 3, lean = true }
critic = { rounds = 2, local_steps = 4 }
actor = { rounds = 3, local_steps = 5, sync_interval = 2, policy = { kind = "gru", hidden = 4 } }
"#,
    r#"
algorithm = "dppg"
problem = { builtin = "toggle", horizon = 3 }
federation.clients = 3
actor = { rounds = 3, local_steps = 5, sync_interval = 2, target = "compatible", largest_move = 0.5, policy = { kind = "indrnn", hidden = 6, clock = "one-hot", output = "paired" } }
"#,
    r#"
problem = { builtin = "tiger3", horizon = 4 }
federation.clients = 3
critic = { rounds = 2, local_steps = 4, features = { kind = "policy" } }
actor = { rounds = 3, local_steps = 5, sync_interval = 2, target = "q", policy = { kind = "mlp", hidden = 4, window = 2, clock = "none" } }
"#,
    r#"
algorithm = "dppg"
problem = { builtin = "light-maze", horizon = 4 }
federation.clients = 3
actor = { rounds = 3, local_steps = 5, sync_interval = 2, zeta = 0.01, eta = { scale = 3.0 }, policy = { kind = "gru", hidden = 3, clock = "none" } }
"#,
    r#"
problem = { builtin = "toggle", horizon = 4 }
federation.clients = 3
critic = { rounds = 2, local_steps = 4, features = { kind = "policy" } }
actor = { rounds = 3, local_steps = 5, sync_interval = 2, policy = { kind = "mlp", hidden = [8, 6], window = 2 } }
"#,
];

/// Entries that sample gradients, or fit values of each client's own policy.
const SAMPLED: [&str; 5] = [
    r#"
algorithm = "fed-npg-standard"
problem = { builtin = "toggle", horizon = 3 }
federation.clients = 3
actor = { rounds = 3, local_steps = 5, largest_move = 0.5, policy = { kind = "gru", hidden = 3, clock = "none" } }
"#,
    r#"
algorithm = { kind = "fed-npg-admm", sweeps = 2 }
problem = { builtin = "tiger", horizon = 4 }
federation.clients = 3
actor = { rounds = 3, local_steps = 5, policy = { kind = "indrnn", hidden = 4, output = "paired" } }
"#,
    r#"
algorithm = "fed-svrpg-m"
problem = { builtin = "light-maze", horizon = 4 }
federation.clients = 3
actor = { rounds = 3, local_steps = 5, zeta = 0.05, eta = 1.0, policy = { kind = "gru", hidden = 4 } }
"#,
    r#"
algorithm = "fed-hapg-m"
problem = { builtin = "gaussian-tiger", horizon = 3 }
federation.clients = 3
actor = { rounds = 3, local_steps = 5, zeta = 0.05, eta = 1.0, policy = { kind = "mlp", hidden = 4, window = 2 } }
"#,
    r#"
algorithm = { kind = "fed-nac", tracking = "yes" }
problem = { builtin = "tiger", horizon = 4 }
federation.clients = 3
actor = { rounds = 3, local_steps = 5, policy = { kind = "gru", hidden = 4, output = "paired" } }
"#,
];

fn every_run() -> impl Iterator<Item = &'static str> {
    RUNS.into_iter().chain(SAMPLED)
}

fn run(text: &str) -> WholeRun {
    whole_run(text, |_| {})
}

#[test]
fn traces_of_networks_replay_whole_and_role_by_role() {
    for text in every_run() {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let path = scratch.path().join("run.dpt");
        let run = whole_run(text, |options: &mut RunOptions| {
            options.trace =
                Some(TraceOptions { path: path.clone(), level: Level::Full, kept: Kept::Everyone });
        });
        assert!(run.summary.closed_form_holds, "{text}");
        assert_replays(&path, Registry::BUILTIN, None);
        let of_client = |m| [Address::Client(m), Address::Critic(m), Address::Actor(m)];
        for role in std::iter::once(Address::Server).chain((0..3).flat_map(of_client)) {
            assert_replays(&path, Registry::BUILTIN, Some(role));
        }
    }
}

#[test]
fn runs_of_networks_that_are_killed_go_on_to_the_same_bits() {
    for text in every_run() {
        // Long enough to be met alive.
        let text = text.replace("rounds = 3, local_steps = 5", "rounds = 40, local_steps = 64");
        let text = text.replace("sync_interval = 2", "sync_interval = 16");
        let text = text.replace("clients = 3", "clients = 40");
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let directory = scratch.path();
        std::fs::write(directory.join("run.toml"), &text).expect("a file");
        let begin = |run: &str| -> Vec<String> {
            let trace = format!("{run}.dpt");
            let words = ["run", "run.toml", "-q", "--out", run, "--trace", &trace, "--trace-level", "full"];
            words.into_iter().map(str::to_owned).collect()
        };
        assert!(program(&begin("whole"), directory).status().expect("the program runs").success(), "{text}");
        assert!(killed(&begin("parted"), directory, 40), "it had ended before it was killed: {text}");
        let status = program(&["run", "--resume", "parted", "-q"], directory).status();
        assert!(status.expect("the program runs").success(), "{text}");
        let (found, expected) = (results(directory, "parted"), results(directory, "whole"));
        assert_eq!(found.0, expected.0, "{text}");
        assert!(found.1 == expected.1, "the traces differ: {text}");
    }
}

/// A configuration that a run has kept has the network, no features beside it, and begins the same run.
#[test]
fn configurations_that_runs_of_networks_keep_begin_the_same_run() {
    for text in every_run() {
        let (resolution, input) = resolved(text, &[]);
        let kept = run(text).read("config.toml");
        assert!(kept.contains("\npolicy = { kind = "), "{kept}");
        let (again, same_input) = resolved(&kept, &[]);
        assert_eq!(config_digest(&again, &same_input), config_digest(&resolution, &input), "{kept}");
        let measured = !text.contains("zeta");
        let samples_alone = text.contains("fed-npg");
        assert_eq!(
            kept.contains("\nzeta = \"auto\"  # 1 / (2 B_r), B_r over 64 probes at theta_r\n"),
            measured && !samples_alone
        );
        assert_eq!(kept.contains("\neta = \"auto\"  # "), measured, "{kept}");
    }
}

/// A list of one layer is written as its number: digests of configurations without a list are what they were.
#[test]
fn a_list_of_one_layer_is_the_configuration_of_its_number() {
    let (plain, input) = resolved(RUNS[2], &[]);
    let (listed, same_input) = resolved(RUNS[2], &["actor.policy.hidden=[4]"]);
    assert_eq!(config_digest(&plain, &input), config_digest(&listed, &same_input));
    let (deeper, same_input) = resolved(RUNS[2], &["actor.policy.hidden=[4, 4]"]);
    assert_ne!(config_digest(&plain, &input), config_digest(&deeper, &same_input));
    let kept = |settings: &[&str]| run_resolved(resolved(RUNS[2], settings), |_| {}).read("config.toml");
    let one = kept(&["actor.policy.hidden=[4]"]);
    assert!(one.contains("hidden = 4,"), "{one}");
    let two = kept(&["actor.policy.hidden=[4, 3]"]);
    assert!(two.contains("hidden = [4, 3],"), "{two}");
}

/// Such a critic has a component for each step, each action, and a constant or a unit of the last layer.
#[test]
fn a_critic_on_the_state_of_layers_reads_the_last_of_them() {
    for (hidden, units) in [("[8, 6]", 6), ("[8, 6, 3]", 3), ("8", 8)] {
        let (resolved, _) = resolved(RUNS[4], &[&format!("actor.policy.hidden={hidden}")]);
        let (network, inputs) = resolved.subject.network().expect("a network");
        assert_eq!(network.units(), units, "{hidden}");
        let (horizon, actions) = (inputs.horizon(), inputs.actions());
        assert_eq!(resolved.subject.stacked_critic(), horizon * actions * (units + 1), "{hidden}");
    }
}

/// NEURAL: the first policy is uniform, and its value that of the uniform policy.
#[test]
fn a_network_begins_at_the_uniform_policy_to_the_bit() {
    for text in [RUNS[0], RUNS[2], RUNS[3], RUNS[4], SAMPLED[0], SAMPLED[2]] {
        let run = run(text);
        let first = run.rounds()[0]["value"].as_f64();
        assert_eq!(first, run.summary.value.uniform, "{text}");
    }
}

/// Words for a purpose in a round, with seed 0.
fn words(purpose: Purpose, round: u32) -> impl FnMut() -> u64 {
    let key = StreamKey { seed: 0, purpose, client: 0, round, phase: 0, barrier: 0 };
    let mut generator = key.generator();
    move || generator.next_u64()
}

/// The network of a configuration's policy, and what it reads.
fn network(text: &str) -> (Network, Inputs) {
    let (resolved, _) = resolved(text, &[]);
    let (network, inputs) = resolved.subject.network().expect("a network");
    (*network, inputs.clone())
}

#[test]
fn the_first_parameter_is_drawn_from_its_stream() {
    let policies = |run: &WholeRun, columns| {
        read_policies(&run.directory.join("policies.npy"), columns).expect("policies")
    };
    for (text, output) in [(RUNS[0], Output::Zero), (RUNS[1], Output::Paired)] {
        let (network, _) = network(text);
        let drawn = network.initial(output, words(Purpose::FirstPolicy, 0)).expect("a first parameter");
        assert_eq!(policies(&run(text), network.parameters())[0], drawn, "{text}");
    }
}

/// Steps of a round are those of the formulas, recomputed from the policies that the run has kept.
#[test]
fn steps_that_a_round_has_measured_are_those_of_its_probes() {
    for (text, largest_move) in [(RUNS[0], 1.0), (RUNS[1], 0.5)] {
        let ((network, inputs), run) = (network(text), run(text));
        let gamma = resolved(text, &[]).0.gamma;
        let matrix = run.directory.join("policies.npy");
        let policies = read_policies(&matrix, network.parameters()).expect("policies");
        let rounds = run.rounds();
        assert_eq!(rounds.len(), 3);
        for (r, line) in rounds.iter().enumerate() {
            let probes = Probes::drawn(&inputs, 64, words(Purpose::Probes, r as u32));
            assert!(line["measured"].get("alpha").is_none(), "its critic is of features: {line}");
            let theta = &policies[r];
            let bound = probes.largest_gradient(&network, &Parameter::at(&network, theta), gamma);
            let [zeta, b, eta, d] = MEASURED.map(|name| line["measured"][name].as_f64().expect(name));
            assert_eq!(zeta.to_bits(), (1.0 / (2.0 * bound)).to_bits(), "{line}");
            // B is told as 1 / (2 zeta), which is within two roundings of it.
            assert!((b - bound).abs() <= 4.0 * f64::EPSILON * bound, "{line}");
            // The next policy is so many times ω_r away, and no logit of a probe moves further than asked.
            let Some(next) = policies.get(r + 1) else { continue };
            let step: Vec<f64> = next.iter().zip(theta).map(|(next, theta)| next - theta).collect();
            let moved = probes.largest_move(&network, theta, &step);
            assert!((moved - largest_move).abs() < 1e-12, "{moved}: {line}");
            assert!((eta * d - largest_move).abs() < 1e-12, "{line}");
        }
    }
    // Whose local steps only sample measures η alone.
    let (text, largest_move) = (SAMPLED[0], 0.5);
    let ((network, inputs), run_of_matrices) = (network(text), run(text));
    let matrix = run_of_matrices.directory.join("policies.npy");
    let policies = read_policies(&matrix, network.parameters()).expect("policies");
    for (r, line) in run_of_matrices.rounds().iter().enumerate() {
        let keys: Vec<&String> = line["measured"].as_object().expect("a table").keys().collect();
        assert_eq!(keys, ["D", "eta"]);
        let Some(next) = policies.get(r + 1) else { continue };
        let key =
            StreamKey { seed: 0, purpose: Purpose::Probes, client: 0, round: r as u32, phase: 0, barrier: 0 };
        let mut words = key.generator();
        let probes = Probes::drawn(&inputs, 64, || words.next_u64());
        let step: Vec<f64> = next.iter().zip(&policies[r]).map(|(next, theta)| next - theta).collect();
        let moved = probes.largest_move(&network, &policies[r], &step);
        assert!((moved - largest_move).abs() < 1e-12, "{moved}: {line}");
    }
    let given = run(RUNS[3]);
    let measured = &given.rounds()[0]["measured"];
    let keys: Vec<&String> = measured.as_object().expect("a table").keys().collect();
    assert_eq!(keys, ["eta", "zeta"], "what the configuration gives is no measurement");
    assert_eq!(measured["zeta"], 0.01);
    assert_eq!(measured["eta"].as_f64(), Some(3.0 / 3.0_f64.sqrt()));
}

/// Before each of an evaluation's rounds α is measured at the iterate that is there: ψ_0 in the first round,
/// from then on the last mean. A number that the configuration gives is told as it is.
#[test]
fn steps_of_a_critic_that_is_a_network_are_those_of_the_round_s_probes_at_its_iterates() {
    let text = r#"
algorithm = "rec-nac"
problem = { builtin = "tiger", horizon = 4 }
federation.clients = 2
critic = { rounds = 3, local_steps = 6 }
actor = { rounds = 3, local_steps = 4, policy = { kind = "gru", hidden = 3 } }
output.record = ["psi"]
"#;
    let (Resolved { subject, gamma, .. }, _) = resolved(text, &[]);
    let inputs = network(text).1;
    let critic = subject.critic_network().expect("a network");
    let probes = |round| Probes::drawn(&inputs, 64, words(Purpose::Probes, round));
    let psi_0 = critic.initial(Output::Paired, words(Purpose::FirstCritic, 0)).expect("pairs of units");
    let run = run(text);
    let recorded = run.lines("record.jsonl");
    let means = recorded.iter().filter_map(|line| line.get("psi"));
    let vector = |psi: &Value| serde_json::from_value::<Vec<f64>>(psi.clone()).expect("numbers");
    let iterates: Vec<Vec<f64>> = std::iter::once(psi_0).chain(means.map(vector)).collect();
    let rounds = run.rounds();
    assert_eq!((rounds.len(), iterates.len()), (3, 10));
    for (round, (line, iterates)) in rounds.iter().zip(iterates.chunks(3)).enumerate() {
        let alpha = line["measured"]["alpha"].as_array().expect("steps");
        assert_eq!(alpha.len(), 3, "{line}");
        for (alpha, psi) in alpha.iter().zip(iterates) {
            let psi = Parameter::at(critic, psi);
            let bound = probes(round as u32).largest_gradient(critic, &psi, gamma);
            assert_eq!(alpha.as_f64(), Some(1.0 / (2.0 * bound)), "{line}");
        }
    }
    let falling = "local_steps = 6, alpha = { scale = 0.25, offset = 1.0 }";
    let given = whole_run(&text.replace("local_steps = 6", falling), |_| {});
    assert_eq!(given.rounds()[0]["measured"]["alpha"], json!([0.25, 0.125, 0.25 / 3.0]));
}

/// A policy that is saved and evaluated by others acts as it did.
#[test]
fn a_saved_network_acts_alike() {
    for text in every_run() {
        let trained = run(text);
        let policy = SavedPolicy::read(&trained.directory.join("policy.json")).expect("a policy");
        assert!(policy.class.features().is_none(), "{text}");
        let problem = text.lines().find(|line| line.starts_with("problem")).expect("a problem");
        // No window of readings is finite.
        let features = if problem.contains("gaussian") { ", features = { kind = \"belief\" }" } else { "" };
        let evaluation = format!(
            "algorithm = \"dptd\"\n{problem}\ncritic = {{ rounds = 1, local_steps = 1{features} }}\n"
        );
        let setting = format!("policy={}", trained.directory.display());
        let evaluated = run_resolved(resolved(&evaluation, &[&setting]), |_| {});
        assert_eq!(evaluated.summary.value.last, trained.summary.value.last, "{text}");
    }
}

/// What the only client of DPAC does that evaluates once and averages once in a round, but for the rounding
/// of a mean by differences.
#[test]
fn a_single_agent_improves_a_network_as_dpac_s_only_client_does() {
    let common = "problem = { builtin = \"tiger\", horizon = 4 }\nfederation.clients = 1\nseed = 4\n";
    let policy = "policy = { kind = \"gru\", hidden = 4 }, rounds = 3, local_steps = 6";
    let agent = format!(
        "algorithm = \"npg\"\n{common}critic = {{ local_steps = 8, alpha = 0.3 }}\nactor = {{ {policy} }}\n"
    );
    let dpac = format!(
        "{common}critic = {{ rounds = 1, local_steps = 8, alpha = 0.3, weights = \"last\", average_from = 0 }}\n\
         actor = {{ {policy}, sync_interval = 6, target = \"compatible\" }}\n"
    );
    let last = |run: &WholeRun| {
        let policy = SavedPolicy::read(&run.directory.join("policy.json")).expect("a policy");
        assert!(policy.theta.iter().any(|x| x.abs() > 0.1), "it has moved");
        policy.theta
    };
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = scratch.path().join("run.dpt");
    let alone = whole_run(&agent, |options: &mut RunOptions| {
        options.trace = Some(TraceOptions { path: path.clone(), level: Level::Full, kept: Kept::Everyone });
    });
    for (x, y) in last(&alone).iter().zip(last(&run(&dpac))) {
        // A few roundings of numbers of size 1 in each of three rounds.
        assert!((x - y).abs() < 1e-12, "{x} and {y}");
    }
    assert!(alone.summary.closed_form_holds);
    for role in [None, Some(Address::Server), Some(Address::Critic(0)), Some(Address::Actor(0))] {
        assert_replays(&path, Registry::BUILTIN, role);
    }
}

#[test]
fn what_networks_cannot_do_is_said_where_it_stands() {
    let refused = |settings: &[&str], key: &str, message: &str| {
        let loaded = Loaded::from_str("run.toml", RUNS[2]).and_then(|loaded| loaded.with_overrides(settings));
        let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}"));
        let text = match Prepared::load(loaded, Registry::BUILTIN, &Files::named()) {
            Err(LoadError::Config(errors)) => errors.to_string(),
            Err(LoadError::Resolve { error, .. }) => format!("{}: {error}", error.key),
            Err(LoadError::Input { error, .. }) => panic!("{error}"),
            Ok(_) => panic!("{settings:?} is taken"),
        };
        assert!(text.contains(key) && text.contains(message), "{settings:?}: {text}");
    };
    refused(&["schedule=theory"], "schedule", "Definition 8");
    refused(
        &["actor.policy.output=paired", "actor.policy.hidden=3"],
        "actor.policy.hidden",
        "3 units do not go in pairs",
    );
    refused(&["actor.policy.kind=gru"], "actor.policy.window", "the kind \"mlp\"");
    refused(&["actor.policy.kind=history"], "actor.policy.kind", "\"history\" is a kind of `actor.features`");
    refused(&["actor.features.kind=gru"], "actor.features.kind", "\"gru\" is a kind of `actor.policy`");
    refused(&["actor.policy.hidden=257"], "actor.policy.hidden", "257");
    for (hidden, message) in [
        ("[8, 257]", "`actor.policy.hidden` is out of range: 257 (expected an integer from 1 to 256)"),
        ("[0]", "`actor.policy.hidden` is out of range: 0"),
        ("[8, 8, 8, 8, 8]", "`actor.policy.hidden` is out of range: [8, 8, 8, 8, 8]"),
        (
            "[]",
            "`actor.policy.hidden` is empty (expected an integer from 1 to 256, or a list of 1 to 4 such)",
        ),
        ("[8.0]", "`actor.policy.hidden` is a floating-point number, not an integer"),
        ("\"8\"", "`actor.policy.hidden` is a string, not an integer or a list of such"),
    ] {
        refused(&[&format!("actor.policy.hidden={hidden}")], "actor.policy.hidden", message);
    }
    refused(&["actor.policy.output=paired", "actor.policy.hidden=[4, 3]"], "actor.policy", "3 units do not");
    refused(
        &["actor.policy={ kind = \"gru\", hidden = [8, 8] }"],
        "actor.policy.hidden",
        "is an array, not an integer",
    );
    refused(
        &["problem.horizon=10000", "actor.policy.window=9999", "actor.policy.hidden=[256, 8]"],
        "actor.policy",
        "a network of 59997 inputs, 264 units and 3 actions has more than 1048576 parameters",
    );
    refused(&["actor.features={ kind = \"history\" }"], "actor.policy", "actor.features");
    refused(&["actor.largest_move=0.5", "actor.eta=1.0"], "actor.largest_move", "actor.eta");
    refused(&["algorithm=fed-npg"], "actor", "fed-npg");
}

/// What the sampled methods refuse of networks: the key, and a word of the message.
#[test]
fn what_sampled_gradients_of_networks_cannot_be_is_said_where_it_stands() {
    let refused = |text: &str, settings: &[&str], key: &str, message: &str| {
        let loaded = Loaded::from_str("run.toml", text).and_then(|loaded| loaded.with_overrides(settings));
        let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}"));
        match Prepared::load(loaded, Registry::BUILTIN, &Files::named()) {
            Err(LoadError::Resolve { error, .. }) => {
                assert_eq!(error.key, key, "{error}");
                assert!(error.to_string().contains(message), "{settings:?}: {error}");
            }
            Err(LoadError::Config(errors)) => {
                let errors = errors.to_string();
                assert!(errors.contains(key) && errors.contains(message), "{settings:?}: {errors}");
            }
            Err(LoadError::Input { error, .. }) => panic!("{error}"),
            Ok(_) => panic!("{settings:?} is taken"),
        }
    };
    for momentum in [SAMPLED[2], SAMPLED[3]] {
        let message = "clients look back by η";
        refused(momentum, &["actor.eta=auto"], "actor.eta", message);
        refused(momentum, &["actor.zeta=auto"], "actor.zeta", message);
        refused(momentum, &["actor.largest_move=0.5"], "actor.largest_move", "nothing bounds");
    }
    // d_θ = 200706, of which no message holds the square.
    let wide = ["actor.policy.hidden=256"];
    refused(SAMPLED[0], &wide, "actor.policy", "at most");
}

/// Digest, counts and rounds but for their times.
#[test]
fn sampled_gradients_of_networks_have_the_same_bits_on_any_threads_with_either_placement() {
    for text in SAMPLED {
        // Rounds of eights, of twos and of one trajectory, of three blocks of clients.
        let text =
            text.replace("clients = 3", "clients = 129").replace("local_steps = 5", "local_steps = 11");
        let text = text.replace("rounds = 3", "rounds = 2");
        let of = |threads: usize, placement: Placement| {
            let run = whole_run(&text, |options: &mut RunOptions| {
                options.threads = threads;
                options.placement = placement;
            });
            let summary = run.summary_json();
            let mut rounds = run.rounds();
            rounds.iter_mut().for_each(|line| drop(line.as_object_mut().expect("a table").remove("seconds")));
            (summary["digest"].clone(), summary["communication"].clone(), rounds)
        };
        let one = of(1, Placement::Shard);
        assert!(one.0.is_string() && one.2.len() >= 2);
        for (threads, placement) in [(2, Placement::Shard), (5, Placement::Shard), (2, Placement::Role)] {
            assert_eq!(of(threads, placement), one, "{text}, {threads} threads, {placement:?}");
        }
    }
}

/// The optimum of toggle is 1.9648, the uniform policy's value 1.49.
#[test]
fn every_entry_of_sampled_gradients_improves_a_gru_on_toggle() {
    let momentum = "rounds = 96, local_steps = 64, zeta = 0.01, eta = 1.0";
    let runs = [
        ("{ kind = \"fed-npg-standard\", damping = 0.1 }", "rounds = 24, local_steps = 64"),
        ("\"fed-npg-admm\"", "rounds = 32, local_steps = 64"),
        ("\"fed-svrpg-m\"", momentum),
        ("\"fed-hapg-m\"", momentum),
        ("\"fed-nac\"", "rounds = 32, local_steps = 1024, largest_move = 0.5"),
    ];
    for (algorithm, sizes) in runs {
        for seed in 0..3 {
            let run = run(&format!(
                "algorithm = {algorithm}\nseed = {seed}\nproblem = {{ builtin = \"toggle\", horizon = 3 }}\n\
                 federation.clients = 4\noutput.evaluate_every = 0\n\
                 actor = {{ {sizes}, policy = {{ kind = \"gru\", hidden = 8 }} }}\n"
            ));
            let last = run.summary.value.last.expect("few histories");
            assert!((1.9..1.9648).contains(&last), "{algorithm}, seed {seed}: {last}");
        }
    }
}

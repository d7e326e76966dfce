//! FedNPG and FedNAC.

use super::{apart, improved};
use crate::whole_run::{resolved, run_resolved};
use dpac::exact::Budget;
use dpac::pomdp::Generator;
use serde_json::Value;

const TIGER: &str = r#"
algorithm = "fed-npg"
problem = { builtin = "tiger", horizon = 4, discount = 0.95 }
federation.clients = 3
actor = { rounds = 64, eta = 1.0 }
"#;

/// Clients with rewards of their own on three states.
const DIFFERENT: &str = r#"
problem = { builtin = "toggle", horizon = 3, clients = { rewards = 1.0, transitions = 0.5, seed = 3 } }
federation.clients = 5
actor = { rounds = 6, eta = 0.7 }
"#;

/// The deterministic trajectory of exact natural policy gradient, `θ_{r+1} = θ_r + Q`, on Tiger with rewards
/// `(raw + 100) / 110`; the eight values are those of an independent reference, given to six decimals.
#[test]
fn with_exact_evaluation_a_server_takes_the_steps_of_the_reference() {
    let reference = [
        (0, 2.349587),
        (1, 2.568890),
        (2, 2.795064),
        (4, 3.113476),
        (8, 3.310332),
        (16, 3.363803),
        (32, 3.381254),
        (64, 3.386864),
    ];
    let run = improved(TIGER, &[]);
    let (of, _) = resolved(TIGER, &[]);
    let total = dpac::pomdp::discount_table(0.95, 4).iter().sum::<f64>();
    for (round, expected) in reference {
        let theta = run.policies.get(round).unwrap_or(&run.last);
        let budget = Budget { exact_operations: 10_000_000, episodes: 0 };
        let value = of.subject.value(theta, budget, &mut Generator::new(0)).value_raw;
        let normalised = (value + 100.0 * total) / 110.0;
        assert!((normalised - expected).abs() < 5.1e-7, "round {round}: {normalised}, {expected}");
    }
}

/// DPPG's regression on an exact critic, with a step of 1 on one-hot rows, is exact on every pair that has
/// been sampled: with 4096 trajectories all of toggle's 20 pairs are, in every round.
#[test]
fn dppg_with_exact_critics_and_an_exact_regression_takes_the_same_steps() {
    let text = "problem = { builtin = \"toggle\", horizon = 2 }\nfederation.clients = 2\n";
    let npg = improved(text, &["algorithm=fed-npg", "actor.rounds=5", "actor.eta=0.5"]);
    let dppg = improved(
        text,
        &[
            "algorithm=dppg",
            "actor.rounds=5",
            "actor.eta=0.5",
            "actor.local_steps=4096",
            "actor.sync_interval=4096",
            "actor.zeta=0.5",
        ],
    );
    // What a step of 1/2 leaves of a value after 500 visits is nothing; θ is of size 5.
    assert!(apart(&npg.last, &dppg.last) < 1e-12, "{}", apart(&npg.last, &dppg.last));
}

/// Five roundings of numbers of size 1 in each of six rounds.
#[test]
fn on_the_complete_graph_gossip_is_the_server_s_form() {
    let server = improved(DIFFERENT, &["algorithm=fed-npg"]);
    for tracking in ["yes", "no"] {
        let algorithm = format!("algorithm={{ kind = \"fed-npg-gossip\", tracking = \"{tracking}\" }}");
        let gossip = improved(DIFFERENT, &[&algorithm, "federation.graph=complete"]);
        for (a, b) in server.policies.iter().zip(&gossip.policies) {
            assert!(apart(a, b) < 1e-13, "tracking {tracking}: {}", apart(a, b));
        }
        assert!(apart(&server.last, &gossip.last) < 1e-13);
    }
}

/// A single client has nobody to heed: what is left of FedNPG is natural policy gradient by itself.
#[test]
fn a_single_client_is_its_own_server() {
    let alone = &["federation.clients=1", "problem.clients.rewards=0.0"];
    let server = improved(DIFFERENT, &[&["algorithm=fed-npg"][..], alone].concat());
    let gossip = improved(DIFFERENT, &[&["algorithm=fed-npg-gossip"][..], alone].concat());
    assert!(apart(&server.last, &gossip.last) < 1e-14);
}

/// DPTD without noise: one local step at a time on the whole of a small problem comes close to the exact
/// values, so that both take the same steps up to the evaluation's error.
#[test]
fn sampled_evaluations_take_the_exact_steps_up_to_their_error() {
    let text = "problem = { builtin = \"toggle\", horizon = 2 }\nfederation.clients = 16\n\
                actor = { rounds = 4, eta = 0.5 }\n";
    let exact = improved(text, &["algorithm=fed-npg"]);
    let sampled = improved(
        text,
        &["algorithm=fed-npg-td", "critic.rounds=64", "critic.local_steps=64", "critic.alpha=0.5"],
    );
    // Four evaluations, each with a root mean square error of some 0.01 a component at these sizes.
    let distance = apart(&exact.last, &sampled.last);
    assert!(distance < 0.05, "{distance}");
    assert!(distance > 1e-6, "an evaluation from samples has an error");
}

/// `η τ = 1` forgets the old policy: iteration by iteration one more step from the end is `softmax(Q / τ)`
/// for good, so that after H iterations nothing changes any more.
#[test]
fn regularised_steps_of_size_one_over_the_temperature_are_soft_policy_iteration() {
    let run = improved(
        "algorithm = { kind = \"fed-npg\", temperature = 0.25 }\n\
         problem = { builtin = \"tiger\", horizon = 3 }\nfederation.clients = 1\nactor = { rounds = 6, eta = 4.0 }\n",
        &[],
    );
    assert!(
        apart(&run.policies[2], &run.policies[3]) > 1e-3,
        "two iterations are not enough for three steps"
    );
    // Values of size 3 over a temperature of 1/4, in some 50 roundings.
    assert!(apart(&run.policies[4], &run.policies[5]) < 1e-12);
    assert!(apart(&run.policies[5], &run.last) < 1e-12);
}

#[test]
fn links_of_a_file_are_kept_with_the_run_and_counted() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let links = scratch.path().join("path.txt");
    std::fs::write(&links, "# a path\n0 1\n1 2\n2 3\n3 4\n").expect("a file");
    let graph = format!("federation.graph=\"{}\"", links.display());
    let settings = ["algorithm=fed-nac", "actor.local_steps=8", graph.as_str()];
    let text = DIFFERENT.replace(", eta = 0.7", "");
    let run = run_resolved(resolved(&text, &settings), |_| {});
    assert!(run.summary.closed_form_holds);
    assert_eq!(run.read("inputs/graph.txt"), "# a path\n0 1\n1 2\n2 3\n3 4\n");
    assert!(run.read("config.toml").contains("graph = \"inputs/graph.txt\""));
    let summary = run.summary_json();
    let counts: &Value = &summary["communication"];
    // In the first of six rounds 8 letters with the policy, in the others as many with tracked directions
    // too.
    assert_eq!(counts["peer"]["messages"], 8 + 5 * 16, "{counts}");
}

/// Eight clients on a ring write 2 R - 1 letters over each of 16 links.
#[test]
fn a_plan_shows_letters_on_their_way_from_client_to_client() {
    let settings = ["federation.clients=8", "actor.rounds=3", "actor.local_steps=4"];
    let settings = settings.into_iter().flat_map(|setting| ["--set", setting]);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_dpac"))
        .args(["plan", "tiger", "--set", "algorithm=fed-nac"])
        .args(settings)
        .output()
        .expect("the program runs");
    let screen = String::from_utf8(output.stdout).expect("UTF-8");
    let has =
        |words: &[&str]| screen.lines().any(|line| line.split_whitespace().take(3).eq(words.iter().copied()));
    for words in [["told_policy", "peer", "48"], ["told_direction", "peer", "32"], ["report", "up", "24"]] {
        assert!(has(&words), "no {words:?} in {screen}");
    }
    let sums = screen.lines().filter(|line| line.split_whitespace().take(2).eq(["peer", "80"])).count();
    assert_eq!(sums, 2, "of the critic's phase and of all: {screen}");
}

#[test]
fn graphs_and_features_that_do_not_fit_are_refused_where_they_stand() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = |name: &str| scratch.path().join(name);
    std::fs::write(path("apart.txt"), "0 1\n2 3\n").expect("a file");
    std::fs::write(path("words.txt"), "0 1\none two\n").expect("a file");
    let plan = |algorithm: &str, more: &str| {
        let text = format!(
            "algorithm = \"{algorithm}\"\nproblem = {{ builtin = \"toggle\", horizon = 2 }}\nfederation.clients = 4\n{more}\n"
        );
        std::fs::write(path("run.toml"), text).expect("a file");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_dpac"))
            .args(["plan".into(), path("run.toml")])
            .output()
            .expect("the program runs");
        assert_eq!(output.status.code(), Some(2), "{algorithm} {more}");
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    for (algorithm, more, parts) in [
        (
            "fed-nac",
            "federation.graph = \"apart.txt\"",
            ["run.toml:4", "no links lead from client 0 to client 2"],
        ),
        ("fed-nac", "federation.graph = \"words.txt\"", ["run.toml:4", "line 2: `one two` is no link"]),
        ("fed-nac", "federation.graph = \"none.txt\"", ["run.toml:4", "none.txt"]),
        ("dpac", "federation.graph = \"ring\"", ["run.toml:4", "dpac"]),
        (
            "fed-npg",
            "actor.features = { kind = \"belief\" }",
            ["run.toml:4", "tables over the same histories"],
        ),
        (
            "fed-npg-gossip",
            "critic.features = { kind = \"window\", length = 0 }",
            ["run.toml:4", "tables over the same histories"],
        ),
        ("fed-npg", "critic.alpha = 0.5", ["run.toml:4", "fed-npg-td samples"]),
        ("fed-npg-gossip", "trajectories = 100", ["run.toml:4", "give actor.rounds"]),
    ] {
        let said = plan(algorithm, more);
        for part in parts {
            assert!(said.contains(part), "{algorithm} {more}: no {part:?} in {said}");
        }
    }
}

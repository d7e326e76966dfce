//! Results are a function of configuration, inputs and seed: of no thread, place, process or CPU.

use crate::whole_run::{WholeRun, resolved, run_resolved, whole_run};
use dpac_actors::host::Placement;
use dpac_actors::{
    Algorithm, Broadcast, Cause, Coordinator, Effort, Ended, Generator, Job, Kind, Learner, Reply, Turn,
};
use serde_json::Value;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// 1000 clients are 63 blocks of 16, the last with 8: more than 8 blocks for each of 5 threads.
const DPAC: &str = r#"
problem = { builtin = "tiger", horizon = 3 }
seed = 5
federation.clients = 1000
critic = { rounds = 2, local_steps = 3 }
actor = { rounds = 3, local_steps = 5, sync_interval = 2 }
"#;

const DPTD: &str = r#"
algorithm = "dptd"
problem = { builtin = "tiger", horizon = 3 }
seed = 6
federation.clients = 1000
critic = { rounds = 4, local_steps = 3 }
"#;

/// Draws random features, and evaluates functions of readings.
const READINGS: &str = r#"
problem = { builtin = "gaussian-tiger", horizon = 3 }
seed = 8
federation.clients = 1000
critic = { rounds = 2, local_steps = 3, features = { kind = "fourier", length = 2, components = 5, scale = 1.5 } }
actor = { rounds = 3, local_steps = 5, sync_interval = 2, features = { kind = "polynomial", length = 2, degree = 2 } }
"#;

/// Takes logarithms, and reduces features to their span.
const SPAN: &str = r#"
problem = { builtin = "tiger3", horizon = 3 }
seed = 9
federation.clients = 1000
critic = { rounds = 2, local_steps = 3, features = { kind = "belief-memory", length = 1, span = true } }
actor = { rounds = 3, local_steps = 5, sync_interval = 2, features = { kind = "log-odds", degree = 3 } }
"#;

/// A recurrent network with gates, whose steps are measured by the server.
const GRU: &str = r#"
problem = { builtin = "tiger", horizon = 4 }
seed = 10
federation.clients = 1000
critic = { rounds = 2, local_steps = 3 }
actor = { rounds = 3, local_steps = 5, sync_interval = 2, policy = { kind = "gru", hidden = 5 } }
"#;

/// Units that remember themselves alone, which start in pairs, and the score of an exact critic.
const INDRNN: &str = r#"
algorithm = "dppg"
problem = { builtin = "toggle", horizon = 3 }
seed = 11
federation.clients = 1000
actor = { rounds = 3, local_steps = 5, sync_interval = 2, target = "compatible", policy = { kind = "indrnn", hidden = 6, clock = "one-hot", output = "paired" } }
"#;

/// A network of a window, with steps that are given.
const MLP: &str = r#"
problem = { builtin = "tiger3", horizon = 3 }
seed = 12
federation.clients = 1000
critic = { rounds = 2, local_steps = 3 }
actor = { rounds = 3, local_steps = 5, sync_interval = 2, zeta = 0.01, eta = 2.0, target = "q", policy = { kind = "mlp", hidden = 4, window = 2, clock = "none" } }
"#;

/// Layers that start in pairs, the score of an exact critic, and windows of first observations.
const LAYERS: &str = r#"
algorithm = "dppg"
problem = { builtin = "toggle", horizon = 3 }
seed = 14
federation.clients = 1000
actor = { rounds = 3, local_steps = 5, sync_interval = 2, target = "compatible", policy = { kind = "mlp", hidden = [8, 8], window = 2, output = "paired" } }
"#;

/// A network that reads real numbers, and a critic that reads its state.
const READER: &str = r#"
problem = { builtin = "gaussian-tiger", horizon = 3 }
seed = 13
federation.clients = 1000
critic = { rounds = 2, local_steps = 3, features = { kind = "policy" } }
actor = { rounds = 3, local_steps = 5, sync_interval = 2, policy = { kind = "gru", hidden = 4 } }
"#;

/// Configurations that differ in what is computed.
const KINDS: [&str; 9] = [DPAC, DPTD, READINGS, SPAN, GRU, INDRNN, MLP, LAYERS, READER];

/// Everything that must not change: the digest, what was counted, and the rounds without their times.
#[derive(Debug, PartialEq)]
struct Trail {
    digest: Value,
    counted: [Value; 5],
    value: Value,
    rounds: Vec<Value>,
}

impl Trail {
    fn read(summary: &Value, mut rounds: Vec<Value>) -> Self {
        assert_eq!(summary["status"], "complete");
        assert!(summary["digest"].is_string());
        for round in &mut rounds {
            // The last line is of no round, and has none.
            round.as_object_mut().expect("an object").remove("seconds");
        }
        let counted = [
            "communication",
            "local_steps",
            "barriers_by_phase",
            "trajectories_per_client",
            "env_steps_per_client",
        ];
        Trail {
            digest: summary["digest"].clone(),
            counted: counted.map(|key| summary[key].clone()),
            value: summary["value"].clone(),
            rounds,
        }
    }
}

impl From<&WholeRun> for Trail {
    fn from(run: &WholeRun) -> Self {
        Trail::read(&run.summary_json(), run.lines("rounds.jsonl"))
    }
}

fn trail(text: &str, threads: usize, placement: Placement) -> Trail {
    Trail::from(&whole_run(text, |options| {
        options.threads = threads;
        options.placement = placement;
    }))
}

/// The trail of the same configuration run by the program, with more arguments and variables.
fn trail_of_process(text: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Trail {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(scratch.path().join("run.toml"), text).expect("a configuration");
    let output = Command::new(env!("CARGO_BIN_EXE_dpac"))
        .current_dir(&scratch)
        .args(["run", "run.toml", "--out", "out", "--quiet"])
        .args(arguments)
        .envs(variables.iter().copied())
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| std::fs::read_to_string(scratch.path().join("out").join(name)).expect("a file");
    let json = |text: &str| serde_json::from_str(text).expect("JSON");
    Trail::read(&json(&read("summary.json")), read("rounds.jsonl").lines().map(json).collect())
}

#[test]
fn threads_and_placement_change_nothing() {
    for text in KINDS {
        let one = trail(text, 1, Placement::Shard);
        assert!(one.rounds.len() >= 3);
        for threads in [2, 5] {
            assert_eq!(trail(text, threads, Placement::Shard), one, "{threads} threads");
        }
        for threads in [1, 5] {
            assert_eq!(trail(text, threads, Placement::Role), one, "{threads} threads, an actor per role");
        }
    }
}

#[test]
fn one_process_gives_what_another_gives() {
    for text in KINDS {
        let here = trail(text, 2, Placement::Shard);
        assert_eq!(trail_of_process(text, &["--threads", "1"], &[]), here);
        assert_eq!(trail_of_process(text, &["--threads", "5", "--wire", "check"], &[]), here);
        assert_eq!(
            trail_of_process(text, &["--threads", "2", "--placement", "role", "--log", "barriers"], &[]),
            here
        );
    }
}

#[test]
fn another_seed_gives_another_digest() {
    let other = DPAC.replace("seed = 5", "seed = 7");
    assert_ne!(trail(&other, 2, Placement::Shard).digest, trail(DPAC, 2, Placement::Shard).digest);
}

const LEAN: &str = "federation = { clients = 1000, lean = true }";

#[test]
fn lean_messages_give_the_same_bits() {
    for init in ["warm", "zero"] {
        let literal = DPAC.replace("critic = {", &format!("critic = {{ init = \"{init}\","));
        let lean = literal.replace("federation.clients = 1000", LEAN);
        let (literal, lean) = (trail(&literal, 2, Placement::Shard), trail(&lean, 2, Placement::Shard));
        assert_eq!(lean.digest, literal.digest);
        assert_ne!(lean.counted, literal.counted, "lean sends less");
    }
    let lean = DPTD.replace("federation.clients = 1000", LEAN);
    assert_eq!(trail(&lean, 2, Placement::Shard).digest, trail(DPTD, 2, Placement::Shard).digest);
}

/// The C library is told that the CPU lacks what its fastest routines need. That it listens shows in its own
/// list of active features; that nothing changes shows that no result depends on which routine it picks.
#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#[test]
fn masked_features_of_the_cpu_change_nothing() {
    const MASK: (&str, &str) = (
        "GLIBC_TUNABLES",
        "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-AVX2,-AVX,-FMA,-FMA4,-BMI1,-BMI2,-ERMS,-FSRM,-SSE4_2,-SSE4_1,-SSSE3",
    );
    let diagnostics = |variables: &[(&str, &str)]| -> Vec<String> {
        let output = Command::new("/lib64/ld-linux-x86-64.so.2")
            .arg("--list-diagnostics")
            .env_clear()
            .envs(variables.iter().copied())
            .output()
            .expect("the dynamic loader runs");
        // Not the lines that repeat the environment, where the mask itself stands.
        let of_cpu = |line: &&str| line.starts_with("x86.cpu_features") && line.contains("active");
        String::from_utf8_lossy(&output.stdout).lines().filter(of_cpu).map(str::to_owned).collect()
    };
    let (bare, masked) = (diagnostics(&[]), diagnostics(&[MASK]));
    assert!(!bare.is_empty(), "the loader lists features");
    assert_ne!(bare, masked, "the mask has an effect here");
    for text in KINDS {
        assert_eq!(trail_of_process(text, &[], &[MASK]), trail_of_process(text, &[], &[]));
    }
}

/// An algorithm whose client 0 is slow, so that with several threads other replies arrive before its own. If
/// `plant` says so, the server's mean is replaced by one over replies in the order of their arrival.
struct Straggling {
    inner: Arc<dyn Algorithm>,
    arrivals: Arc<Mutex<Vec<Vec<Vec<f64>>>>>,
    plant: bool,
}

struct StragglingServer {
    inner: Box<dyn Coordinator>,
    arrivals: Arc<Mutex<Vec<Vec<Vec<f64>>>>>,
    plant: bool,
}

struct StragglingLearner {
    inner: Box<dyn Learner>,
    arrivals: Arc<Mutex<Vec<Vec<Vec<f64>>>>>,
}

impl Algorithm for Straggling {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn kinds(&self) -> &[Kind] {
        self.inner.kinds()
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        let (inner, arrivals) = (self.inner.coordinator(), Arc::clone(&self.arrivals));
        Box::new(StragglingServer { inner, arrivals, plant: self.plant })
    }

    fn learner(&self) -> Box<dyn Learner> {
        Box::new(StragglingLearner { inner: self.inner.learner(), arrivals: Arc::clone(&self.arrivals) })
    }
}

impl Coordinator for StragglingServer {
    fn start(&mut self) -> Result<Turn, Cause> {
        self.inner.start()
    }

    fn next(&mut self, mut ended: Ended) -> Result<Turn, Cause> {
        let arrivals = std::mem::take(&mut *self.arrivals.lock().expect("no panic"));
        assert_eq!(arrivals.len(), ended.replies as usize);
        if self.plant {
            for (i, mean) in ended.aggregate.iter_mut().enumerate() {
                for (j, mean) in mean.iter_mut().enumerate() {
                    let sum = arrivals.iter().fold(0.0, |sum, reply| sum + reply[i][j]);
                    *mean = sum / arrivals.len() as f64;
                }
            }
        }
        self.inner.next(ended)
    }
}

impl Learner for StragglingLearner {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        self.inner.prepare(broadcast)
    }

    fn steps(&mut self, job: &Job, state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
        if job.client == 0 {
            std::thread::sleep(Duration::from_millis(40));
        }
        let effort = self.inner.steps(job, state, rng, reply);
        self.arrivals.lock().expect("no panic").push(reply.vectors().to_vec());
        effort
    }
}

fn straggling(threads: usize, plant: bool) -> Trail {
    let (mut resolved, input) = resolved(DPTD, &[]);
    let arrivals = Arc::new(Mutex::new(Vec::new()));
    resolved.algorithm = Arc::new(Straggling { inner: resolved.algorithm, arrivals, plant });
    Trail::from(&run_resolved((resolved, input), |options| options.threads = threads))
}

#[test]
fn fold_in_order_of_arrival_shows_in_the_digest_and_the_fixed_tree_does_not() {
    let fixed = straggling(1, false);
    assert_eq!(fixed, trail(DPTD, 1, Placement::Shard));
    assert_eq!(straggling(2, false), fixed);
    assert_eq!(straggling(5, false), fixed);
    let by_arrival = straggling(1, true);
    assert_ne!(straggling(2, true).digest, by_arrival.digest);
    assert_ne!(straggling(5, true).digest, by_arrival.digest);
}

// Digests of small runs, frozen. A change that moves one of them changes every user's results: it is made on
// purpose, in a commit of its own, and announced under "Digests" in CHANGELOG.md. The failing assertion shows
// the new digest; run the test again with another `threads` below, see the same one, and put it here.

#[track_caller]
fn golden(text: &str, digest: &str) {
    for threads in [1, 3] {
        assert_eq!(whole_run(text, |options| options.threads = threads).digest(), digest);
    }
}

#[test]
fn digest_of_dpac_on_tiger_is_frozen() {
    let text = "seed = 1\nfederation.clients = 5\nproblem.file = \"configs/problems/tiger.POMDP\"\n\
                critic = { rounds = 2, local_steps = 8, alpha = 0.3 }\n\
                actor = { rounds = 6, local_steps = 16, sync_interval = 6, zeta = 0.5, eta = 4.0 }\n";
    golden(text, "50c299f321e9314ef31453bd0cdded69cc4e714d5330b5b1e1a341cf2af1e54a");
}

#[test]
fn digest_of_dptd_on_toggle_is_frozen() {
    let text = "algorithm = \"dptd\"\nseed = 2\nfederation.clients = 130\nproblem.builtin = \"toggle\"\n\
                critic = { rounds = 8, local_steps = 4, alpha = 0.3, features = { kind = \"window\", length = 1 } }\n";
    golden(text, "888efa08009b8158ed3b8e72f3c4a378a91c4adb3a007e1b5f77e4ecca147443");
}

#[test]
fn digest_of_dppg_on_toggle_is_frozen() {
    let text = "algorithm = \"dppg\"\nseed = 3\nfederation.clients = 3\nproblem.builtin = \"toggle\"\n\
                actor = { rounds = 8, local_steps = 8, sync_interval = 3, target = \"advantage\", zeta = 0.5, eta = 2.0 }\n";
    golden(text, "4ace5bd02fd47f1f258190773447d5e4c593a42f2cc8597d5e334d47a8660414");
}

#[test]
fn results_epoch_is_the_number_of_entries_under_digests() {
    let changelog =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/CHANGELOG.md")).expect("a file");
    let sections = changelog.split("\n### ").filter(|section| section.starts_with("Digests\n"));
    let entries: usize =
        sections.map(|section| section.lines().filter(|line| line.starts_with("- ")).count()).sum();
    assert_eq!(entries, dpac::experiment::RESULTS_EPOCH as usize);
}

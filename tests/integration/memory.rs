//! What `dpac plan` says of a run's memory, against the peak resident size of its process.
//!
//! Two runs are measured always. The environment variable `DPAC_MEMORY` has all of them measured, which takes
//! minutes.

#![cfg(target_os = "linux")]

use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How far a plan may be from the peak, relative to it.
const TOLERANCE: f64 = 0.25;
/// Below this nobody cares, in bytes.
const LEAST: f64 = (256 << 20) as f64;

/// A run that differs in kind from the others.
struct Run {
    name: &'static str,
    configuration: &'static str,
    /// Arguments of `run` and of `plan`.
    both: &'static [&'static str],
    /// Whether its trace is recorded whole.
    traced: bool,
}

const ONE_STEP: &str = "critic.rounds = 1\ncritic.local_steps = 1\nactor.rounds = 1\nactor.local_steps = 1\n";

/// Seconds each.
const QUICK: [Run; 2] = [
    Run {
        name: "many clients that differ",
        configuration: "federation.clients = 110000\n\
            critic = { rounds = 1, local_steps = 1, features = { kind = \"window\", length = 1 } }\n\
            actor = { rounds = 1, local_steps = 1, features = { kind = \"window\", length = 1 } }\n\
            [problem]\nbuiltin = \"tiger\"\nclients = { rewards = 0.5, transitions = 0.5, sensors = 0.5 }\n",
        both: &["--threads", "2"],
        traced: false,
    },
    Run {
        name: "many threads",
        configuration: "problem = { builtin = \"tiger\", horizon = 7 }\nfederation.clients = 128\n\
            critic = { rounds = 1, local_steps = 16 }\nactor = { rounds = 2, local_steps = 16, sync_interval = 16 }\n",
        both: &["--threads", "40"],
        traced: false,
    },
];

/// A quarter of a minute each, and more.
const SLOW: [Run; 9] = [
    Run {
        name: "plans over whole histories",
        configuration: "algorithm = { kind = \"omle\", candidates = 2 }\n\
            problem = { builtin = \"tiger\", horizon = 9 }\nfederation.clients = 4\n\
            output = { evaluate_every = 0, keep_policies = \"none\" }\nactor = { rounds = 3, local_steps = 1 }\n",
        both: &["--threads", "2"],
        traced: false,
    },
    Run {
        name: "trajectories that the server collects",
        configuration: "algorithm = { kind = \"porl2\" }\nproblem = { builtin = \"tiger\", horizon = 4 }\n\
            federation.clients = 20000\noutput.evaluate_every = 0\nactor = { rounds = 2, local_steps = 100 }\n",
        both: &["--threads", "2"],
        traced: false,
    },
    Run {
        name: "long vectors of whole histories",
        configuration: "problem = { builtin = \"tiger\", horizon = 8 }\nfederation.clients = 16\n\
            critic = { rounds = 4, local_steps = 32 }\nactor = { rounds = 4, local_steps = 64, sync_interval = 32 }\n",
        both: &["--threads", "2"],
        traced: false,
    },
    Run {
        name: "a long horizon",
        configuration: "problem = { builtin = \"tiger\", horizon = 10000 }\nfederation.clients = 16\n\
            output.evaluate_every = 0\n\
            critic = { rounds = 2, local_steps = 4, features = { kind = \"window\", length = 2 } }\n\
            actor = { rounds = 3, local_steps = 8, features = { kind = \"window\", length = 2 } }\n",
        both: &["--threads", "2"],
        traced: false,
    },
    Run {
        name: "beliefs over many states",
        configuration: "federation.clients = 16\noutput.evaluate_every = 0\n\
            critic = { rounds = 1, local_steps = 8, features = { kind = \"belief\" } }\n\
            actor = { rounds = 2, local_steps = 8, features = { kind = \"belief\" } }\n\
            [problem]\nbuiltin = \"rock-sample\"\nparameters = { n = 7, k = 6 }\nhorizon = 40\n",
        both: &["--threads", "2"],
        traced: false,
    },
    Run {
        name: "every message in a trace",
        configuration: "problem = { builtin = \"tiger\", horizon = 7 }\nfederation.clients = 512\n\
            critic = { rounds = 2, local_steps = 8 }\nactor = { rounds = 2, local_steps = 8, sync_interval = 8 }\n",
        both: &["--threads", "2", "--trace-level", "full"],
        traced: true,
    },
    Run {
        name: "matrices in messages",
        configuration: "algorithm = \"fed-npg-standard\"\nproblem = { builtin = \"toggle\", horizon = 5 }\n\
            federation.clients = 32\noutput.evaluate_every = 0\nactor = { rounds = 1, local_steps = 1 }\n",
        both: &["--threads", "8"],
        traced: false,
    },
    Run {
        name: "matrices that clients keep",
        configuration: "algorithm = { kind = \"fed-npg-admm\", sweeps = 2 }\n\
            problem = { builtin = \"toggle\", horizon = 3 }\nfederation.clients = 10000\n\
            output.evaluate_every = 0\nactor = { rounds = 1, local_steps = 1 }\n",
        both: &["--threads", "2"],
        traced: false,
    },
    Run {
        name: "every role an actor",
        configuration: "problem = { builtin = \"tiger\" }\nfederation.clients = 100000\n\
            critic = { rounds = 1, local_steps = 1, features = { kind = \"window\", length = 1 } }\n\
            actor = { rounds = 1, local_steps = 1, features = { kind = \"window\", length = 1 } }\n",
        both: &["--threads", "2", "--placement", "role"],
        traced: false,
    },
];

impl Run {
    /// What is planned, and what is measured, in bytes.
    fn measure(&self) -> (f64, f64) {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let config = scratch.path().join("run.toml");
        std::fs::write(&config, self.configuration).expect("a file");
        let mut plan = Command::new(env!("CARGO_BIN_EXE_dpac"));
        let output =
            plan.arg("plan").arg(&config).arg("--json").args(self.both).output().expect("the program runs");
        assert!(output.status.success(), "{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        let plan: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let planned = plan["memory_bytes"]["peak"].as_f64().expect("the peak");
        let mut run = Command::new(env!("CARGO_BIN_EXE_dpac"));
        run.arg("run").arg(&config).arg("--out").arg(scratch.path().join("run")).arg("-q").args(self.both);
        if self.traced {
            run.arg("--trace").arg(scratch.path().join("run.dpt"));
        }
        let mut run = run.stderr(Stdio::null()).spawn().expect("the program runs");
        // The process tells its peak as long as it lives; the peak of a run is not in its last hundredth of a
        // second.
        let mut peak = 0.0;
        let status = loop {
            peak = f64::max(peak, peak_resident_bytes(run.id()).unwrap_or(0.0));
            if let Some(status) = run.try_wait().expect("a child") {
                break status;
            }
            std::thread::sleep(Duration::from_millis(3));
        };
        assert!(status.success(), "{}", self.name);
        (planned, peak)
    }
}

fn peak_resident_bytes(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

#[test]
fn planned_memory_is_within_a_quarter_of_the_peak_resident_size() {
    let all = std::env::var_os("DPAC_MEMORY").is_some();
    let runs = QUICK.iter().chain(SLOW.iter().filter(|_| all));
    let mut wrong = Vec::new();
    for run in runs {
        let (planned, peak) = run.measure();
        let off = planned / peak - 1.0;
        let mebibytes = |bytes: f64| bytes / f64::from(1 << 20);
        let line =
            format!("{}: planned {:.0} MiB, peak {:.0} MiB", run.name, mebibytes(planned), mebibytes(peak));
        if all {
            // Whoever asks for all wants to see them.
            let _ = writeln!(std::io::stdout(), "{line}, {:+.0} %", 100.0 * off);
        }
        assert!(peak > LEAST, "too small to say anything: {line}");
        if off.abs() > TOLERANCE {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a plan says beside the total is what it is made of, and every setting that costs memory raises it.
#[test]
fn planned_memory_grows_with_threads_traces_and_actors() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let config = scratch.path().join("run.toml");
    std::fs::write(&config, format!("{ONE_STEP}problem = {{ builtin = \"tiger\", horizon = 6 }}\n"))
        .expect("a file");
    let plan = |arguments: &[&str]| {
        let mut plan = Command::new(env!("CARGO_BIN_EXE_dpac"));
        let output =
            plan.arg("plan").arg(&config).args(arguments).arg("--json").output().expect("the program runs");
        let plan: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let memory = &plan["memory_bytes"];
        let part = |name: &str| memory[name].as_u64().unwrap_or_else(|| panic!("no {name}"));
        let society = part("server") + part("threads") + part("roles") + part("trace");
        assert!(part("peak") >= part("read") + society);
        [part("peak") - part("read"), part("threads"), part("trace"), part("roles")]
    };
    let [least, one_thread, no_trace, no_roles] = plan(&["--threads", "1"]);
    assert_eq!((no_trace, no_roles), (0, 0));
    let [more, four_threads, ..] = plan(&["--threads", "4"]);
    assert!(more > least && four_threads == 4 * one_thread);
    let [more, _, trace, _] = plan(&["--threads", "1", "--trace-level", "full"]);
    assert!(more > least && trace > 0);
    let [more, _, _, roles] = plan(&["--threads", "1", "--placement", "role"]);
    assert!(more > least && roles > 0);
}

/// A thousand threads with tables of six million parameters each: half a TiB.
#[test]
fn a_plan_that_needs_more_memory_than_there_is_says_so() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let config = scratch.path().join("run.toml");
    std::fs::write(&config, "problem = { builtin = \"tiger\", horizon = 9 }\n").expect("a file");
    let plan = |threads: &str| {
        let mut plan = Command::new(env!("CARGO_BIN_EXE_dpac"));
        let output =
            plan.arg("plan").arg(&config).args(["--threads", threads]).output().expect("the program runs");
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert!(plan("1024").contains("GiB of memory, and "), "{}", plan("1024"));
    std::fs::write(&config, "problem = { builtin = \"tiger\", horizon = 2 }\n").expect("a file");
    assert!(!plan("1").contains("of memory, and "), "{}", plan("1"));
}

//! What recording costs: DPTD on Tiger, M = 1000, K = 100, with and without a trace, in pairs that take turns at going first.
//!
//! CPU time of the whole process, the recorder's thread included, from the kernel's own account (Linux). The trace goes to a
//! file in the directory for temporary files.
//!
//! `cargo bench --bench trace`; `cargo bench --bench trace -- once LEVEL` runs one society only (none, rounds, order, full), for
//! `valgrind --tool=callgrind`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use dpac::algorithm::{CriticPlan, Dptd, Setting};
use dpac::features::FiniteMap;
use dpac::policy::{LogLinear, Policy};
use dpac::pomdp::{Problem, TabularProblem, builtin};
use dpac_actors::host::{self, Options, Placement, Unwatched};
use dpac_actors::trace::format::{Head, HeadKind, MINOR};
use dpac_actors::trace::{Kept, Level, Recorder, TraceFile};
use dpac_actors::{Algorithm, StepSize, block_size};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const CLIENTS: u32 = 1000;
const LOCAL_STEPS: u64 = 100;
const HORIZON: usize = 8;
const ROUNDS: u32 = 60;
const PAIRS: usize = 31;
/// Ranks of an interval that has the median with at least 95 %: of Binomial(31, 1/2), P(X < 10) = 1.5 %.
const RANKS: (usize, usize) = (9, 21);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, once, level, ..] = &arguments[..]
        && once == "once"
    {
        let level = Level::ALL.into_iter().find(|known| known.name() == level);
        println!("{} bytes of trace", run(&algorithm(6), level));
        return;
    }
    let algorithm = algorithm(ROUNDS);
    println!(
        "DPTD on Tiger, H = {HORIZON}, window of 1, M = {CLIENTS}, K = {LOCAL_STEPS}, {ROUNDS} rounds, one computing thread; {PAIRS} pairs"
    );
    for level in [Level::Rounds, Level::Order] {
        let mut ratios = Vec::new();
        let mut bytes = 0;
        for pair in 0..PAIRS {
            let mut seconds = [0.0; 2];
            for turn in 0..2 {
                let traced = (pair + turn) % 2;
                let before = cpu_seconds();
                let written = run(&algorithm, (traced == 1).then_some(level));
                seconds[traced] = cpu_seconds() - before;
                bytes = bytes.max(written);
            }
            ratios.push(seconds[1] / seconds[0]);
        }
        ratios.sort_by(f64::total_cmp);
        // Per round a message down and its twin, but for the first, and a message up and its twin.
        let deliveries = u64::from(CLIENTS) * (4 * u64::from(ROUNDS));
        println!(
            "  {:<7} CPU time × {:.4} (median; 95 % interval {:.4} to {:.4}); {:.1} bytes per delivery",
            level.name(),
            ratios[PAIRS / 2],
            ratios[RANKS.0],
            ratios[RANKS.1],
            bytes as f64 / deliveries as f64
        );
    }
}

fn algorithm(rounds: u32) -> Arc<dyn Algorithm> {
    let problem = TabularProblem::new(builtin::tiger());
    let gamma = problem.tables().expect("tables").discount();
    let map = FiniteMap::window(HORIZON, 3, 2, 1, 1).expect("a small window");
    let policy = LogLinear::new(map.clone());
    let theta: Arc<[f64]> = vec![0.0; policy.parameters()].into();
    let plan = CriticPlan {
        rounds,
        local_steps: LOCAL_STEPS,
        alpha: StepSize::constant(0.01),
        eta: StepSize::constant(1.0),
        average_from: 0,
        warm: true,
    };
    Arc::new(Dptd::new(Setting::new(problem, policy, map, gamma), plan, false, theta))
}

/// Runs the society once and gives the length of its trace.
fn run(algorithm: &Arc<dyn Algorithm>, level: Option<Level>) -> u64 {
    let path: PathBuf = std::env::temp_dir().join(format!("dpac-bench-{}.dpt", std::process::id()));
    let recorder = level.map(|level| {
        let file = TraceFile::create(&path, &head(&**algorithm, level)).expect("a file");
        Recorder::start(level, Kept::Everyone, file).expect("a thread")
    });
    let options = Options {
        clients: CLIENTS,
        threads: 1,
        placement: Placement::Shard,
        wire_check: false,
        seed: 1,
        stop: Arc::new(AtomicBool::new(false)),
        plant: None,
        tracer: recorder.as_ref().map(Recorder::tracer),
        snapshots: None,
        resume: None,
    };
    let outcome = host::run(algorithm, &options, Box::new(Unwatched));
    drop(options);
    let Some(recorder) = recorder else { return 0 };
    let (file, written) = recorder.finish(&outcome);
    written.and_then(|()| file.finish()).expect("the disk takes everything");
    let bytes = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
    std::fs::remove_file(&path).expect("the file");
    bytes
}

fn head(algorithm: &dyn Algorithm, level: Level) -> Head {
    Head {
        minor: MINOR,
        program: "bench".to_owned(),
        commit: String::new(),
        target: String::new(),
        cpu_features: Vec::new(),
        created_unix_seconds: 0,
        algorithm: algorithm.name().to_owned(),
        clients: CLIENTS,
        block_size: block_size(CLIENTS),
        seed: 1,
        level: level as u8,
        kept: None,
        kinds: algorithm.kinds().iter().map(HeadKind::of).collect(),
        config: String::new(),
        files: Vec::new(),
    }
}

/// User and system time of the process so far, in hundredths of a second: the 14th and 15th fields of /proc/self/stat.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>()
        / 100.0
}

//! What recording costs: DPTD on Tiger, M = 1000, K = 100, with and without a trace, in pairs that take turns
//! at going first.
//!
//! CPU time of the whole process, the recorder's thread included, from the kernel's own account (Linux). The
//! trace goes to a file in the directory for temporary files.
//!
//! `cargo bench --bench trace`; `cargo bench --bench trace -- once LEVEL` runs one society only (none,
//! rounds, order, full), for `valgrind --tool=callgrind`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod tiger;

use dpac_actors::host::{self, Observers, Options};
use dpac_actors::trace::format::{Head, HeadKind, MINOR};
use dpac_actors::trace::{Kept, Level, TraceFile, TraceRecorder};
use dpac_actors::{Algorithm, block_size};
use std::path::PathBuf;
use std::sync::Arc;
use tiger::{CLIENTS, HORIZON, LOCAL_STEPS, PAIRS, algorithm, cpu_time_ratio};

const ROUNDS: u32 = 60;

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
        let mut bytes = 0;
        let ratio = cpu_time_ratio(|traced| bytes = bytes.max(run(&algorithm, traced.then_some(level))));
        // Per round a message down and its twin, but for the first, and a message up and its twin.
        let deliveries = u64::from(CLIENTS) * (4 * u64::from(ROUNDS));
        println!("  {:<7} {ratio}; {:.1} bytes per delivery", level.name(), bytes as f64 / deliveries as f64);
    }
}

/// Runs the society once and gives the length of its trace.
fn run(algorithm: &Arc<dyn Algorithm>, level: Option<Level>) -> u64 {
    let path: PathBuf = std::env::temp_dir().join(format!("dpac-bench-{}.dpt", std::process::id()));
    let recorder = level.map(|level| {
        let file = std::fs::File::options().read(true).write(true).create(true).truncate(true).open(&path);
        let file = TraceFile::create(file.expect("a file"), &head(&**algorithm, level)).expect("a file");
        TraceRecorder::start(level, Kept::Everyone, file).expect("a thread")
    });
    let options =
        Options { tracer: recorder.as_ref().map(TraceRecorder::tracer), ..Options::new(CLIENTS, 1, 1) };
    let outcome = host::run(algorithm, &options, Observers::default());
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
        snapshot_rounds: 0,
        kinds: algorithm.kinds().iter().map(HeadKind::of).collect(),
        config: String::new(),
        files: Vec::new(),
    }
}

//! How long problem files take to read, and how much memory at most: both grow with the length of the file.
//!
//! `cargo bench --bench reading`

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use dpac::pomdp::file::parse;
use std::fmt::Write;
use std::time::Instant;

const REPEATS: usize = 5;

fn main() {
    println!("{:>8} {:>9} {:>9} {:>10} {:>9} {:>10}", "states", "lines", "MB", "nonzeros", "ms", "peak MiB");
    // The first is as large as the largest files in common use; the last has a million lines.
    for (states, successors) in [(1_052, 16), (2_104, 16), (4_208, 16), (8_416, 16), (40_000, 3)] {
        let text = problem(states, successors);
        let mut fastest = f64::INFINITY;
        let mut nonzeros = 0;
        for _ in 0..REPEATS {
            let began = Instant::now();
            let file = parse(text.as_bytes(), "large").expect("a problem");
            fastest = fastest.min(began.elapsed().as_secs_f64());
            nonzeros = file.model.transition().nonzeros() + file.model.observation().nonzeros();
        }
        let (lines, megabytes) = (text.lines().count(), text.len() as f64 / 1e6);
        let peak = peak_mebibytes().map_or_else(|| "unknown".to_owned(), |peak| peak.to_string());
        println!("{states:>8} {lines:>9} {megabytes:>9.2} {nonzeros:>10} {:>9.1} {peak:>10}", fastest * 1e3);
    }
}

/// Five actions, thirty observations; one line per nonzero, every element by name.
fn problem(states: usize, successors: usize) -> String {
    let mut text = String::from("discount: 0.95\nvalues: reward\nstates:");
    let mut line = |arguments: std::fmt::Arguments<'_>| text.write_fmt(arguments).expect("strings grow");
    (0..states).for_each(|s| line(format_args!(" cell-{s}")));
    line(format_args!("\nactions: north south east west catch\nobservations:"));
    (0..30).for_each(|o| line(format_args!(" seen-{o}")));
    line(format_args!("\n"));
    for a in ["north", "south", "east", "west", "catch"] {
        for s in 0..states {
            for i in 0..successors {
                let next = (s + i * i + 1) % states;
                let p = 1.0 / successors as f64;
                line(format_args!("T: {a} : cell-{s} : cell-{next} {p}\n"));
            }
            line(format_args!("O: {a} : cell-{s} : seen-{} 1.0\n", s % 30));
            line(format_args!("R: {a} : cell-{s} : * : * -{}.5\n", s % 7));
        }
    }
    text
}

/// The most memory that this process has held, the text included, where the system says so.
fn peak_mebibytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

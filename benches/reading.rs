//! How long problem files take to read, and how much memory at most: both grow with the length of the file.
//!
//! `cargo bench --bench reading`
//!
//! For each way of writing tables, files of some 1, 2, 4, 8 and 16 MB. The exponent is the slope of log time
//! against log size, by least squares: 1 where time is linear. The peak is the process's own so far, so that
//! it tells of a file only where that is the largest yet; `dpac check` in a process of its own tells it for
//! each.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use dpac::pomdp::file::parse;
use std::fmt::Write;
use std::time::Instant;

const REPEATS: usize = 5;
const MEGABYTES: [usize; 5] = [1, 2, 4, 8, 16];

/// A way of writing tables, and how large a problem makes a file of so many MB.
struct Form {
    name: &'static str,
    text: fn(usize) -> String,
}

const FORMS: [Form; 4] = [
    Form { name: "a line per nonzero, many states", text: |mb| lines(880 * mb, 16, 5) },
    Form { name: "a line per nonzero, many actions", text: |mb| lines(300, 8, 24 * mb) },
    Form { name: "matrices of T and O", text: |mb| matrices(isqrt(22_000 * mb)) },
    Form { name: "rewards of successors and observations", text: |mb| rewards(1_150 * mb) },
];

fn main() {
    println!(
        "{:>8} {:>9} {:>9} {:>10} {:>9} {:>9} {:>10}",
        "states", "lines", "MB", "nonzeros", "ms", "ms/MB", "peak MiB"
    );
    for Form { name, text } in &FORMS {
        println!("{name}");
        let mut points = Vec::new();
        for megabytes in MEGABYTES {
            let text = text(megabytes);
            let mut fastest = f64::INFINITY;
            let (mut states, mut nonzeros) = (0, 0);
            for _ in 0..REPEATS {
                let began = Instant::now();
                let file = parse(text.as_bytes(), "large").expect("a problem");
                fastest = fastest.min(began.elapsed().as_secs_f64());
                states = file.model.states();
                nonzeros = file.model.transition().nonzeros() + file.model.observation().nonzeros();
            }
            let (lines, size, ms) = (text.lines().count(), text.len() as f64 / 1e6, fastest * 1e3);
            let peak = peak_mebibytes().map_or_else(|| "unknown".to_owned(), |peak| peak.to_string());
            println!(
                "{states:>8} {lines:>9} {size:>9.2} {nonzeros:>10} {ms:>9.1} {:>9.1} {peak:>10}",
                ms / size
            );
            points.push((libm::log(size), libm::log(fastest)));
        }
        println!("{:>8} time grows with the size to the power {:.2}", "", slope(&points));
    }
}

/// The slope of y on x by least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0 / n, y + p.1 / n));
    let above = points.iter().fold(0.0, |sum, p| sum + (p.0 - x) * (p.1 - y));
    above / points.iter().fold(0.0, |sum, p| sum + (p.0 - x) * (p.0 - x))
}

fn isqrt(x: usize) -> usize {
    (x as f64).sqrt() as usize
}

fn preamble(states: usize, actions: usize, observations: usize) -> String {
    let mut text = String::from("discount: 0.95\nvalues: reward\nstates:");
    (0..states).for_each(|s| put(&mut text, format_args!(" cell-{s}")));
    put(&mut text, format_args!("\nactions: {actions}\nobservations: {observations}\n"));
    text
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("strings grow");
}

/// Thirty observations; one line per nonzero, states by name.
fn lines(states: usize, successors: usize, actions: usize) -> String {
    let mut text = preamble(states, actions, 30);
    let p = 1.0 / successors as f64;
    for a in 0..actions {
        for s in 0..states {
            for i in 0..successors {
                let next = (s + i * i + 1) % states;
                put(&mut text, format_args!("T: {a} : cell-{s} : cell-{next} {p}\n"));
            }
            put(&mut text, format_args!("O: {a} : cell-{s} : {} 1.0\n", s % 30));
            put(&mut text, format_args!("R: {a} : cell-{s} : * : * -{}.5\n", s % 7));
        }
    }
    text
}

/// Four actions, a dense matrix of T and of O each.
fn matrices(states: usize) -> String {
    let mut text = preamble(states, 4, 32);
    for a in 0..4 {
        for (table, columns) in [('T', states), ('O', 32)] {
            put(&mut text, format_args!("{table}: {a}\n"));
            let row = format!("{:.8} ", 1.0 / columns as f64).repeat(columns);
            (0..states).for_each(|_| put(&mut text, format_args!("{row}\n")));
        }
    }
    text
}

/// A reward for each of eight successors, with one observation.
fn rewards(states: usize) -> String {
    let mut text = preamble(states, 4, 20);
    text.push_str("T: * identity\nO: * uniform\n");
    for a in 0..4 {
        for s in 0..states {
            for i in 0..8 {
                let (next, seen) = ((s + i) % states, s * i % 20);
                put(&mut text, format_args!("R: {a} : {s} : {next} : {seen} {i}.5\n"));
            }
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

//! `dpac statistics coverage`.

use crate::cli::console::{say, say_json};
use crate::cli::load::{THREADS_MAX, threads};
use crate::statistics::coverage::{INTERVALS, Law, SEEDS, covered, monte_carlo_error};
use crate::statistics::{Estimate, Kind, Level};
use clap::Args;
use serde_json::{Value as Json, json};
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often each interval contains what it is of, in simulated sweeps of few seeds
#[derive(Args)]
#[command(after_help = "Examples:\n  dpac statistics coverage\n  dpac statistics coverage --json\n\n\
                        The same sweeps give the same numbers on every machine, with any number of threads.")]
pub(super) struct Arguments {
    /// Simulated sweeps of each law and number of seeds
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    sweeps: u32,
    /// Threads that simulate [default: the cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=THREADS_MAX))]
    threads: Option<u16>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A law, a number of seeds, and how many sweeps each interval covered its estimand in.
type Row = (Law, u32, [u32; 4]);

pub(super) fn main(arguments: &Arguments) -> u8 {
    let Arguments { sweeps, threads: asked, json } = *arguments;
    let rows = simulated(sweeps, threads(asked.map(usize::from)));
    if json {
        say_json(&rows.iter().map(|row| as_json(row, sweeps)).collect())
    } else {
        say(&as_text(&rows, sweeps))
    }
}

/// Every row. Threads take parts of rows in turn, and counts of parts are added, so that it does not matter
/// who has taken which.
fn simulated(sweeps: u32, threads: usize) -> Vec<Row> {
    const PART: u32 = 50;
    let cells: Vec<(Law, u32)> = Law::ALL.iter().flat_map(|&law| SEEDS.map(|seeds| (law, seeds))).collect();
    let counts: Mutex<Vec<[u32; 4]>> = Mutex::new(vec![[0; 4]; cells.len()]);
    let parts = sweeps.div_ceil(PART) as usize;
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let part = next.fetch_add(1, Ordering::Relaxed);
            let Some(&(law, seeds)) = cells.get(part / parts) else { break };
            let from = (part % parts) as u32 * PART;
            let found = covered(law, seeds, from..sweeps.min(from + PART));
            let counts = &mut counts.lock().expect("no thread panics while it holds the lock")[part / parts];
            for (count, found) in counts.iter_mut().zip(found) {
                *count += found;
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            // Where there can be no further thread, those that there are do its share.
            if std::thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let counts = counts.into_inner().expect("no thread panics while it holds the lock");
    cells.into_iter().zip(counts).map(|((law, seeds), counts)| (law, seeds, counts)).collect()
}

fn as_text(rows: &[Row], sweeps: u32) -> String {
    let percent = 100.0 * Level::default().get();
    let mut text = format!(
        "How often a {percent} % interval contains what it is of: % of {sweeps} simulated sweeps\n\n"
    );
    // Writing into a string cannot fail.
    let mut headed = |law: &str, seeds: &str, headings: [&str; 4]| {
        let _ = write!(text, "{law:<10}{seeds:>5}");
        for heading in headings {
            let _ = write!(text, "{heading:>15}");
        }
        text.push('\n');
    };
    headed("", "", INTERVALS.map(|(kind, _)| name(kind)));
    headed("law", "seeds", INTERVALS.map(|(_, estimate)| short(estimate)));
    for (law, seeds, covered) in rows {
        let _ = write!(text, "{:<10}{seeds:>5}", law.name());
        for covered in covered {
            let share = f64::from(*covered) / f64::from(sweeps);
            let error = 100.0 * monte_carlo_error(share, sweeps);
            let _ = write!(text, "{:>15}", format!("{:.1} ± {error:.1}", 100.0 * share));
        }
        text.push('\n');
    }
    text.push_str("\nBehind ±: the Monte Carlo error of the number before it, one standard error\n");
    for law in Law::ALL {
        let _ = writeln!(text, "{:<10} {}", law.name(), law.definition());
    }
    text
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::T => "t",
        Kind::Bootstrap { .. } => "bootstrap",
    }
}

/// As a column's heading has it.
fn short(estimate: Estimate) -> &'static str {
    match estimate {
        Estimate::InterquartileMean => "IQM",
        Estimate::Mean | Estimate::Median => estimate.name(),
    }
}

fn as_json((law, seeds, covered): &Row, sweeps: u32) -> Json {
    let one = |((kind, estimate), covered): ((Kind, Estimate), u32)| {
        let share = f64::from(covered) / f64::from(sweeps);
        json!({
            "kind": name(kind), "of": estimate, "level": Level::default(), "covered": covered,
            "coverage": share, "monte_carlo_error": monte_carlo_error(share, sweeps),
        })
    };
    let intervals: Vec<Json> = INTERVALS.into_iter().zip(*covered).map(one).collect();
    json!({ "law": law.name(), "seeds": seeds, "sweeps": sweeps, "intervals": intervals })
}

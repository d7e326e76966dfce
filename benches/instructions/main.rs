//! Instructions that kernels take, counted by callgrind and held against committed counts: a guard that the
//! machine's load does not disturb. It says nothing about caches, nor about instructions that wait: for time
//! there is `--bench speed`.
//!
//! `cargo bench -p dpac-instructions` counts all kernels and fails where one takes over 3 % more than
//! `counts.toml` says; `-- KERNEL...` counts these only, `-- --list` names them. Where more is intended, or
//! less has been won, `-- --accept` writes the file again. `-- allocations` counts no instructions, but holds
//! that local steps allocate nothing, as the whole does. Counts of another compiler, target, C library or
//! valgrind differ for reasons of theirs: then nothing fails. Needs valgrind.
//!
//! Kernels of one thread count the same to the instruction, run by run. Societies have two threads, which
//! wait for each other now and then, depending on the machine: parts in a thousand, and the fewer the more
//! clients there are to a block.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod allocations;
mod callgrind;
mod committed;
mod kernels;
mod networks;
/// The same societies as those whose speed is measured.
#[allow(dead_code, reason = "some are for speed alone")]
#[path = "../speed/society.rs"]
mod society;
#[path = "../trivial/mod.rs"]
mod trivial;

use comfy_table::{CellAlignment, Table, presets};
use committed::Committed;
use kernels::{KERNELS, Kernel};
use std::process::ExitCode;

/// How far a count may be from the committed one.
const TOLERANCE: f64 = 0.03;
/// How far the counts of two kernels may be apart that are to take as much.
const EQUAL: f64 = 0.05;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [run, name, size] = &arguments[..]
        && run == "run"
        && let (Some(run), Ok(size)) = (work(name), size.parse())
    {
        run(size);
        return ExitCode::SUCCESS;
    }
    let (options, names): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|argument| argument.starts_with("--"));
    let accept = options.iter().any(|option| *option == "--accept");
    if options.iter().any(|option| *option == "--list") {
        for kernel in &KERNELS {
            println!("{:12} {}", kernel.name, kernel.work);
        }
        return ExitCode::SUCCESS;
    }
    if arguments == ["allocations"] {
        return told(allocate_nothing(ExitCode::SUCCESS));
    }
    let unknown_option = options.into_iter().find(|option| *option != "--accept");
    let unknown_name = names.iter().copied().find(|name| kernels::find(name).is_none());
    if let Some(unknown) = unknown_option.or(unknown_name) {
        println!("what is {unknown}? There are --accept, --list, and the kernels that --list names");
        return ExitCode::from(2);
    }
    if accept && !names.is_empty() {
        println!("--accept takes all kernels");
        return ExitCode::from(2);
    }
    let chosen: Vec<&Kernel> = KERNELS
        .iter()
        .filter(|kernel| names.is_empty() || names.iter().any(|name| *name == kernel.name))
        .collect();
    let code = guard(&chosen, accept);
    // Those who name kernels want nothing else.
    told(if names.is_empty() { code.and_then(allocate_nothing) } else { code })
}

/// The end, and what has gone wrong on the way.
fn told(code: Result<ExitCode, String>) -> ExitCode {
    code.unwrap_or_else(|error| {
        println!("{error}");
        ExitCode::from(2)
    })
}

/// The code so far, if local steps allocate nothing.
fn allocate_nothing(so_far: ExitCode) -> Result<ExitCode, String> {
    let grown = allocations::grown()?;
    grown.iter().for_each(|line| println!("{line}"));
    if grown.is_empty() {
        println!("local steps allocate nothing, in any of {}", allocations::WORKS.len());
    }
    Ok(if grown.is_empty() { so_far } else { ExitCode::FAILURE })
}

/// What this program does of this name under valgrind.
fn work(name: &str) -> Option<fn(u64)> {
    let allocating = || allocations::WORKS.iter().find(|work| work.name == name).map(|work| work.run);
    kernels::find(name).map(|kernel| kernel.run).or_else(allocating)
}

/// Counts these kernels, and accepts the counts or holds them against the committed ones.
fn guard(chosen: &[&Kernel], accept: bool) -> Result<ExitCode, String> {
    let made = committed::made_here()?;
    let committed = Committed::read()?;
    if committed.counts.is_empty() && !accept {
        return Err(format!("{} has no counts: -- --accept makes it", committed::PATH));
    }
    let comparable = committed.made == made;
    let found = callgrind::per_unit(chosen)?;
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["kernel", "instructions", "per", "committed", "ratio", "work"]);
    let (mut more, mut less, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for (kernel, &count) in chosen.iter().zip(&found) {
        let before = committed.counts.get(kernel.name).copied();
        let ratio = before.map(|before| count / before);
        match ratio {
            None => unknown.push(kernel.name),
            Some(ratio) if ratio > 1.0 + TOLERANCE => more.push(kernel.name),
            Some(ratio) if ratio < 1.0 - TOLERANCE => less.push(kernel.name),
            Some(_) => {}
        }
        let shown = |number: Option<f64>| number.map_or_else(String::new, |number| format!("{number:.3}"));
        table.add_row([
            kernel.name,
            &shown(Some(count)),
            kernel.unit,
            &shown(before),
            &shown(ratio),
            kernel.work,
        ]);
    }
    for column in [1, 3, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{}\n{table}", committed::shown(&made));
    if accept {
        // Digits beyond these are noise.
        let rounded = |count: f64| (count * 1e3).round() / 1e3;
        let counts = chosen.iter().zip(found).map(|(kernel, count)| (kernel.name.to_owned(), rounded(count)));
        Committed { made, counts: counts.collect() }.write()?;
        println!("accepted: {}", committed::PATH);
        return Ok(ExitCode::SUCCESS);
    }
    let unlike = unlike(chosen, &found);
    let percent = 100.0 * TOLERANCE;
    let say = |names: &[&str], what: &str| {
        if !names.is_empty() {
            println!("{}: {what}", names.join(", "));
        }
    };
    say(&more, &format!("over {percent} % more than committed"));
    say(&less, &format!("over {percent} % less than committed: accept it, so that it stays"));
    say(&unknown, "no committed count");
    unlike.iter().for_each(|line| println!("{line}"));
    if !(more.is_empty() && less.is_empty() && unknown.is_empty()) {
        println!("to accept: cargo bench -p dpac-instructions -- --accept, and commit {}", committed::PATH);
    }
    if !comparable {
        println!(
            "NOT A GUARD HERE: counted with other tools than the committed counts, which are of\n{}\nNothing fails for that; accept them to have a guard again.",
            committed::shown(&committed.made)
        );
        return Ok(ExitCode::SUCCESS);
    }
    let fine = more.is_empty() && unknown.is_empty() && unlike.is_empty();
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where kernels that are to take as much do not.
fn unlike(chosen: &[&Kernel], found: &[f64]) -> Vec<String> {
    let count = |name| chosen.iter().position(|kernel| kernel.name == name).map(|at| found[at]);
    let mut lines = Vec::new();
    for (kernel, one) in chosen.iter().zip(found) {
        let Some((like, other)) = kernel.like.and_then(|like| Some((like, count(like)?))) else { continue };
        let ratio = one / other;
        if (ratio - 1.0).abs() > EQUAL {
            lines.push(format!(
                "{} takes {ratio:.3} times what {like} does, not within {EQUAL} of 1",
                kernel.name
            ));
        }
    }
    lines
}

//! Counting: this program again, under callgrind.

use crate::kernels::{self, Kernel};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

/// The least of so many counts is taken: threads that wait for each other only add to it.
const COUNTS: usize = 3;

/// Instructions per unit of these kernels.
///
/// A kernel does work of two sizes; what the larger takes beyond the smaller is the work alone, without the
/// start of the program.
pub(crate) fn per_unit(chosen: &[&Kernel]) -> Result<Vec<f64>, String> {
    let less = chosen.iter().filter_map(|kernel| kernel.less);
    let mut names: Vec<&str> = chosen.iter().map(|kernel| kernel.name).chain(less).collect();
    names.sort_unstable();
    names.dedup();
    let scratch = tempfile::tempdir().map_err(|error| format!("no scratch directory: {error}"))?;
    let sizes = names
        .iter()
        .filter_map(|name| kernels::find(name))
        .flat_map(|kernel| [1, 2].map(|times| (kernel, times)));
    let jobs = sizes.flat_map(|job| std::iter::repeat_n(job, COUNTS));
    let jobs = Mutex::new(jobs.collect::<Vec<_>>());
    let counts = Mutex::new(BTreeMap::new());
    let work = || -> Result<(), String> {
        loop {
            let Some((kernel, times)) = jobs.lock().expect("no holder panics").pop() else { return Ok(()) };
            let count = count(scratch.path(), kernel.name, times * kernel.size)?;
            let mut counts = counts.lock().expect("no holder panics");
            let least = counts.entry((kernel.name, times)).or_insert(count);
            *least = count.min(*least);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a worker that does not panic"))
    })?;
    let counts = counts.into_inner().expect("no holder panicked");
    let grown = |name: &'static str| counts[&(name, 2)] as f64 - counts[&(name, 1)] as f64;
    Ok(chosen
        .iter()
        .map(|kernel| {
            (grown(kernel.name) - kernel.less.map_or(0.0, grown)) / (kernel.units * kernel.size) as f64
        })
        .collect())
}

/// All instructions of a process that does work of this size, its threads together.
fn count(scratch: &Path, kernel: &str, size: u64) -> Result<u64, String> {
    let thread = std::thread::current().id();
    let out = scratch.join(format!("{kernel}-{size}-{thread:?}"));
    let program = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let output = Command::new("valgrind")
        // Threads take turns in order; otherwise who gets the next turn is up to the kernel of the machine.
        .args(["--tool=callgrind", "--fair-sched=yes"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args(["run", kernel, &size.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}; it is in the package of that name"))?;
    if !output.status.success() {
        return Err(format!("{kernel} under valgrind: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let profile = std::fs::read_to_string(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let total = profile.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
    total.ok_or_else(|| format!("{}: no total", out.display()))
}

//! Peak memory against M, and whether a client costs the same time in a society of a thousand as in one of a
//! million.
//!
//! DPAC on Tiger with history features for critic and policy. Memory is that of a process of its own for each
//! M: the benchmark calls itself, and the child reads its peak at its end.

use crate::report::{Report, Row, Wanted};
use crate::society;
use crate::turns::{self, Work};
use dpac::algorithm::Setting;
use dpac::features::{FeatureMap, FiniteMap};
use dpac::policy::{LogLinear, Policy};
use dpac::pomdp::{Problem, TabularProblem, builtin};
use dpac_actors::Algorithm;
use std::process::Command;
use std::sync::Arc;

const HORIZON: usize = 5;
const THREADS: usize = 2;
const ALPHA: f64 = 0.01;
const CLIENTS: [u32; 4] = [10, 1000, 100_000, 1_000_000];
const LIMIT_MIB: f64 = 2048.0;
/// Children for each M: how many blocks are under way at a time is up to the threads.
const CHILDREN: usize = 3;
/// K, and M · R at least. A round has costs that no client adds to: with d numbers in the policy it begins
/// with d logits on each thread, and for each block of clients, of which there are 63 for M = 1000 already,
/// the server adds d numbers. The fewer local steps and the smaller M against d, the less are they shared.
const TIMINGS: [(u64, u32); 3] = [(1, 1_000_000), (10, 200_000), (32, 100_000)];
const TIMED: [u32; 4] = [1000, 10_000, 100_000, 1_000_000];
const TIME_RATIO_MAX: f64 = 1.15;
const TURNS: usize = 3;

/// Peaks, then times.
pub(crate) fn run(report: &mut Report) {
    let sizes = setting();
    let floats = sizes.policy.parameters() + sizes.critic.stacked();
    let work = format!("DPAC, Tiger, histories, H = {HORIZON}, {floats} floats, {THREADS} threads");
    let peaks = CLIENTS.map(|clients| {
        let peak = (0..CHILDREN).map(|_| peak_of_child(clients)).collect::<Option<Vec<f64>>>();
        peak.map(|peaks| peaks.into_iter().fold(0.0, f64::max))
    });
    for (clients, peak) in CLIENTS.into_iter().zip(peaks) {
        let mib = peak.map(|bytes| bytes / (1024.0 * 1024.0));
        report.row(Row {
            work: format!("{work}, K = R = 1: M = {clients}"),
            figure: mib
                .map_or_else(|| "no /proc/self/status here".into(), |mib| format!("{mib:.1} MiB peak")),
            ratio: None,
            wanted: mib.filter(|_| clients == 1_000_000).and_then(|mib| Wanted::at_most(LIMIT_MIB, mib)),
        });
    }
    // Peaks of the same M differ by some pages for each thread, so tenths of a byte are noise.
    if let [.., Some(fewer), Some(more)] = peaks {
        let [.., n, m] = CLIENTS;
        report.row(Row {
            work: format!("{work}, K = R = 1: from M = {n} to {m}"),
            figure: format!("{:.2} bytes per client", (more - fewer) / f64::from(m - n)),
            ratio: None,
            wanted: None,
        });
    }
    for (local_steps, client_rounds) in TIMINGS {
        times(report, &work, local_steps, client_rounds);
    }
}

/// Time of a client and round, over M; all M have the same work, but the largest where that is more.
fn times(report: &mut Report, work: &str, local_steps: u64, client_rounds: u32) {
    let rounds = TIMED.map(|clients| (client_rounds / clients).max(1));
    let works: Vec<Work> = TIMED
        .into_iter()
        .zip(rounds)
        .map(|(clients, rounds)| {
            let algorithm = society(rounds, local_steps);
            Box::new(move || society::run(&algorithm, clients, THREADS)) as Work
        })
        .collect();
    let seconds = turns::least(&works, TURNS);
    let seconds: Vec<f64> = TIMED
        .into_iter()
        .zip(rounds)
        .zip(seconds)
        .map(|((clients, rounds), seconds)| seconds / (f64::from(clients) * f64::from(rounds)))
        .collect();
    let work = format!("{work}, K = {local_steps}");
    for ((clients, rounds), seconds_of) in TIMED.into_iter().zip(rounds).zip(&seconds) {
        report.row(Row {
            work: format!("{work}, R = {rounds}: M = {clients}"),
            figure: format!("{:.3} µs per client and round", seconds_of * 1e6),
            ratio: Some((seconds_of / seconds[1], "M = 10000")),
            wanted: None,
        });
    }
    let least = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let most = seconds.iter().copied().fold(0.0, f64::max);
    report.row(Row {
        work: format!("{work}: M = {} … {}", TIMED[0], TIMED[3]),
        figure: format!("{:.3} … {:.3} µs per client and round", least * 1e6, most * 1e6),
        ratio: Some((most / least, "most / least")),
        wanted: Wanted::at_most(TIME_RATIO_MAX, most / least),
    });
}

/// Peak memory, in bytes, of a process that runs so many clients.
fn peak_of_child(clients: u32) -> Option<f64> {
    let me = std::env::current_exe().ok()?;
    let output = Command::new(me).args(["child", "memory", &clients.to_string()]).output().ok()?;
    assert!(output.status.success(), "a child: {}", String::from_utf8_lossy(&output.stderr));
    let kib: f64 = String::from_utf8(output.stdout).ok()?.trim().parse().ok()?;
    Some(kib * 1024.0)
}

/// The child: one round of one local step, then its own peak in KiB, or nothing where the system does not
/// tell it.
pub(crate) fn child(arguments: &[String]) {
    let clients = arguments.first().and_then(|clients| clients.parse().ok()).expect("a number of clients");
    society::run(&society(1, 1), clients, THREADS);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    println!("{}", peak.unwrap_or_default());
}

fn society(rounds: u32, local_steps: u64) -> Arc<dyn Algorithm> {
    society::dpac(setting(), rounds, local_steps, ALPHA)
}

/// Tiger with whole histories.
fn setting() -> Arc<society::Windows> {
    let problem = TabularProblem::new(builtin::tiger());
    let gamma = problem.tables().expect("tables").discount();
    let map = FiniteMap::history(HORIZON, 3, 2, 1).expect("short histories");
    Setting::new(problem, LogLinear::new(map.clone()), map, gamma)
}

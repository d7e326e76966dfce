//! Two threads against one: the society's scaling over that of the bare loop, of the same turns.

use crate::bare::Bare;
use crate::measure::{median, seconds};
use crate::report::{Report, Row, Wanted};
use crate::society::{self, Windows};
use dpac::features::FeatureMap;
use dpac::policy::Policy;
use dpac::pomdp::Problem;
use dpac_actors::host::{self, Observer, Observers, Options};
use dpac_actors::{Algorithm, Ledger, Milestone, Purpose, StreamKey};
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::time::Instant;

const HORIZON: usize = 8;
const WINDOW: usize = 1;
const ALPHA: f64 = 0.01;
/// M, K, and R: as many rounds as make the work the same, half a second or so on one thread.
const SIZES: [(u32, u64, u32); 4] = [(1000, 10, 320), (1000, 100, 32), (10_000, 10, 32), (10_000, 100, 4)];
/// Turns of all four, after one that is not counted: each goes first equally often.
const TURNS: usize = 12;
/// What is asked of the society's scaling over the bare loop's.
const WANTED: f64 = 0.95;
const STREAM: StreamKey =
    StreamKey { seed: 1, purpose: Purpose::LocalSteps, client: 0, round: 0, phase: 0, barrier: 0 };

/// The section.
///
/// The society's threads are those that compute. Its server has one more, which folds block sums and is idle
/// else: with one thread it may do so on the other core, with two it takes its time from them. How much that
/// is stands in the last row of each size.
pub(crate) fn run(report: &mut Report) {
    let setting = society::tiger(HORIZON, WINDOW);
    let theta = society::theta(setting.policy.parameters());
    for (clients, local_steps, rounds) in SIZES {
        let plan = society::plan(rounds, local_steps, ALPHA);
        let algorithm = society::dptd(Arc::clone(&setting), plan, Arc::clone(&theta));
        let trajectories = u64::from(clients) * local_steps * u64::from(rounds);
        let times = in_turns([
            &mut || bare(&setting, &theta, trajectories, 1),
            &mut || bare(&setting, &theta, trajectories, 2),
            &mut || society::run(&algorithm, clients, 1),
            &mut || society::run(&algorithm, clients, 2),
        ]);
        let steps = trajectories as f64 * HORIZON as f64;
        let rates = |one: usize| {
            let rate = |which: usize| steps / median(times.iter().map(|turn| turn[which])) / 1e6;
            format!("{:.1} → {:.1} M steps/s", rate(one), rate(one + 1))
        };
        let sizes = format!(
            "DPTD, Tiger, H = {HORIZON}, window of {WINDOW}, M = {clients}, K = {local_steps}, 1 → 2 threads"
        );
        for (who, one) in [("bare loop", 0), ("society", 2)] {
            report.row(Row {
                work: format!("{sizes}: {who}"),
                figure: rates(one),
                ratio: Some((median(times.iter().map(|turn| turn[one] / turn[one + 1])), "1 thread")),
                wanted: None,
            });
        }
        let ratio = median(times.iter().map(|turn| turn[2] / turn[3] / (turn[0] / turn[1])));
        report.row(Row {
            work: format!("{sizes}: society's scaling"),
            figure: server_share(&algorithm, clients),
            ratio: Some((ratio, "the bare loop's")),
            wanted: Wanted::at_least(WANTED, ratio),
        });
    }
}

/// Seconds of each, turn by turn; in each turn another one goes first.
fn in_turns(mut work: [&mut dyn FnMut(); 4]) -> Vec<[f64; 4]> {
    work.iter_mut().for_each(|work| work());
    let turn = |first: usize| {
        let mut times = [0.0; 4];
        for i in (0..4).map(|i| (first + i) % 4) {
            times[i] = seconds(&mut work[i]);
        }
        times
    };
    (0..TURNS).map(turn).collect()
}

/// The bare loop on so many threads: each has its share of the trajectories, a stream, a policy and a ψ of
/// its own, and nothing in common with the others but the problem's tables.
fn bare(setting: &Windows, theta: &[f64], trajectories: u64, threads: u32) {
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                let simulator = setting.problem.instance(0);
                let mut bare = Bare::<HORIZON, _>::new(setting, &simulator, theta);
                let mut psi = vec![0.0; setting.critic.stacked()];
                let stream = StreamKey { client: thread, ..STREAM }.generator();
                bare.evaluate::<false>(trajectories / u64::from(threads), ALPHA, stream, &mut psi);
                black_box(psi);
            });
        }
    });
}

/// What part of the time the server's thread computes, next to one and to two others.
fn server_share(algorithm: &Arc<dyn Algorithm>, clients: u32) -> String {
    let of = |threads: usize| {
        let clock = ServerClock::default();
        let outcome = host::run(
            algorithm,
            &Options::new(clients, threads, 1),
            Observers::default().with(clock.clone()),
        );
        black_box(outcome.expect("a run without faults").results);
        let readings = clock.0.lock().expect("nobody panics");
        let ((began, before), (ended, after)) = (readings[0], readings[readings.len() - 1]);
        let seconds = ended.duration_since(began).as_secs_f64();
        after.zip(before).map_or_else(
            || "unknown".to_owned(),
            |(after, before)| format!("{:.1} %", (after - before) as f64 / 1e7 / seconds),
        )
    };
    format!("server's thread busy {} → {}", of(1), of(2))
}

/// Reads the clocks of the server's thread, which tells observers: after each round the time, and the CPU
/// time in nanoseconds.
#[derive(Clone, Default)]
struct ServerClock(Arc<Mutex<Vec<Reading>>>);

type Reading = (Instant, Option<u64>);

impl Observer for ServerClock {
    fn round_ended(&mut self, _milestone: &Milestone, _ledger: &Ledger) {
        let cpu = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
        let cpu = cpu.and_then(|line| line.split(' ').next()?.parse().ok());
        self.0.lock().expect("nobody panics").push((Instant::now(), cpu));
    }
}

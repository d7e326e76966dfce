//! Messages per second: societies that do next to nothing but send.
//!
//! A message is one on the wire between server and a client, up or down, as the ledger counts it; its twin
//! between the client and its critic passes as well and is not counted. Local steps are trivial, K = 10:
//! dense ones move all d floats and cannot be carried as anything but d floats; sparse ones move 10
//! components, which the process carries as marks on a shared vector while the ledger counts the dense
//! message. The ledger is on, but for the rows that say otherwise.

use crate::measure::{Paired, median, seconds};
use crate::report::{Report, Row, Wanted};
use crate::trivial::{self, Step, Trivial};
use dpac::monitoring::{Meter, MeterObserver, RunInfo};
use dpac::theory::counts::Shape;
use dpac::theory::protocol::Values;
use dpac::theory::protocol::letter::{H, K_E, M, Q, R_E};
use dpac_actors::host::{self, Observers, Options};
use dpac_actors::trace::{Kept, Level, Sink, SinkError, TraceRecorder};
use dpac_actors::{Algorithm, Link};
use std::sync::Arc;

const LOCAL_STEPS: u64 = 10;
const CLIENTS: [u32; 5] = [10, 100, 1000, 10_000, 100_000];
const DIMENSIONS: [usize; 2] = [8, 1000];
/// The sizes of which something is asked: a million messages per second, on all cores.
const ASKED: (u32, usize) = (1000, 1000);
const TIMINGS: usize = 5;
const PAIRS: usize = 5;
/// What a timing of the table takes, and one of the plain society in a pair: what it is compared with takes
/// up to ten times as long.
const SECONDS: f64 = 0.3;
const SECONDS_OF_A_PAIR: f64 = 0.15;

/// The table, then what comes on top of it.
pub(crate) fn run(report: &mut Report) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    for step in [Step::Dense, Step::Sparse] {
        for dimension in DIMENSIONS {
            for clients in CLIENTS {
                report.row(rate(Society { clients, threads, dimension, step, with: With::Nothing }));
            }
        }
    }
    against_a_bare_loop(report);
    for (step, dimension) in [(Step::Sparse, 8), (Step::Sparse, 1000), (Step::Dense, 1000)] {
        let plain = Society { clients: ASKED.0, threads, dimension, step, with: With::Nothing };
        for with in [
            With::NoLedger,
            With::Metrics,
            With::Trace(Level::Rounds),
            With::Trace(Level::Order),
            With::Trace(Level::Full),
            With::WireCheck,
        ] {
            let against = if matches!(with, With::NoLedger) { "ledger on" } else { "without" };
            report.row(compared(plain, Society { with, ..plain }, against));
        }
        if threads > 1 {
            report.row(compared(Society { threads: 1, ..plain }, plain, "1 thread"));
        }
    }
}

/// What a society has besides its ledger.
#[derive(Clone, Copy)]
enum With {
    Nothing,
    /// No count of what passes.
    NoLedger,
    /// A meter that is told of every fold and barrier. Nobody scrapes: a scrape costs the same however many
    /// messages passed, and `--bench monitoring` has its price.
    Metrics,
    /// A trace, into a sink that counts bytes and forgets them: what recording costs, without the disk.
    Trace(Level),
    /// Every message encoded, decoded and compared. Sparse replies are then carried whole.
    WireCheck,
}

#[derive(Clone, Copy)]
struct Society {
    clients: u32,
    threads: usize,
    dimension: usize,
    step: Step,
    with: With,
}

/// Messages per second of one society.
fn rate(society: Society) -> Row {
    let rounds = rounds_that_take(SECONDS, society);
    let messages = society.run(rounds).messages as f64;
    let taken = (0..TIMINGS).map(|_| seconds(|| society.once(rounds)));
    let millions = messages / median(taken) / 1e6;
    let asked = (society.clients, society.dimension) == ASKED;
    Row {
        work: society.name(),
        figure: figure(millions),
        ratio: None,
        wanted: if asked { Wanted::at_least(1.0, millions) } else { None },
    }
}

/// The dense steps of which something is asked, in a loop that sends nothing: what the society adds to them.
fn against_a_bare_loop(report: &mut Report) {
    let (clients, dimension) = ASKED;
    let society = Society { clients, threads: 1, dimension, step: Step::Dense, with: With::Nothing };
    let rounds = rounds_that_take(SECONDS, society);
    let paired = Paired::time(PAIRS, || bare(clients, dimension, rounds), || society.once(rounds));
    let millions = |seconds: &[f64]| {
        2.0 * f64::from(clients) * f64::from(rounds) / median(seconds.iter().copied()) / 1e6
    };
    report.row(Row {
        work: format!("{}: as many messages as a bare loop would have sent", society.name()),
        figure: figure(millions(&paired.first)),
        ratio: None,
        wanted: None,
    });
    report.row(Row {
        work: society.name(),
        figure: figure(millions(&paired.second)),
        ratio: Some((paired.ratio(), "the bare loop")),
        wanted: None,
    });
}

/// Copy, local steps, sum of differences, mean; no messages, no streams, no ledger, no norms of differences.
fn bare(clients: u32, dimension: usize, rounds: u32) {
    let mut x = vec![0.0; dimension];
    let mut reply = x.clone();
    for _ in 0..rounds {
        let mut sum = vec![0.0; dimension];
        for client in 0..clients {
            reply.copy_from_slice(&x);
            trivial::dense(&mut reply, trivial::target(client), LOCAL_STEPS);
            for ((sum, value), base) in sum.iter_mut().zip(&reply).zip(&x) {
                *sum += value - base;
            }
        }
        for (x, sum) in x.iter_mut().zip(&sum) {
            *x += sum / f64::from(clients);
        }
    }
    std::hint::black_box(x);
}

/// Messages per second of the second society, and in units of the first's.
fn compared(first: Society, second: Society, against: &'static str) -> Row {
    let rounds = rounds_that_take(SECONDS_OF_A_PAIR, first);
    // The same of both, and the second may have no ledger.
    let messages = first.run(rounds).messages as f64;
    let trace_bytes = second.run(rounds).trace_bytes as f64;
    let paired = Paired::time(PAIRS, || first.once(rounds), || second.once(rounds));
    let mut shown = figure(messages / median(paired.second.iter().copied()) / 1e6);
    if let With::Trace(_) = second.with {
        shown += &format!(", {:.1} bytes a message", trace_bytes / messages);
    }
    Row { work: second.name(), figure: shown, ratio: Some((paired.ratio(), against)), wanted: None }
}

fn figure(millions: f64) -> String {
    format!("{millions:.3} M messages/s")
}

/// So many rounds that a run takes about this long, as far as a shorter run can tell.
fn rounds_that_take(wanted: f64, society: Society) -> u32 {
    let mut rounds = 1;
    loop {
        let taken = seconds(|| society.once(rounds));
        if taken >= wanted / 4.0 {
            return (f64::from(rounds) * wanted / taken).ceil() as u32;
        }
        rounds *= 4;
    }
}

/// What a run has brought.
struct Passed {
    messages: u64,
    trace_bytes: u64,
}

impl Society {
    /// Runs for its time alone.
    fn once(self, rounds: u32) {
        self.run(rounds);
    }

    fn run(self, rounds: u32) -> Passed {
        let trivial =
            Trivial { dimension: self.dimension, rounds, local_steps: LOCAL_STEPS, step: self.step };
        let algorithm: Arc<dyn Algorithm> = Arc::new(trivial);
        let observers = match self.with {
            With::Metrics => Observers::default().with(MeterObserver::new(self.meter(&*algorithm, rounds))),
            _ => Observers::default(),
        };
        let recorder = match self.with {
            With::Trace(level) => {
                Some(TraceRecorder::start(level, Kept::Everyone, Bytes(0)).expect("a thread"))
            }
            _ => None,
        };
        let options = Options {
            tracer: recorder.as_ref().map(TraceRecorder::tracer),
            wire_check: matches!(self.with, With::WireCheck),
            counting: !matches!(self.with, With::NoLedger),
            ..Options::new(self.clients, self.threads, 1)
        };
        let outcome = host::run(&algorithm, &options, observers);
        drop(options);
        let trace_bytes = recorder.map_or(0, |recorder| {
            let (Bytes(bytes), recorded) = recorder.finish(&outcome);
            recorded.expect("a sink that takes everything");
            bytes
        });
        let messages = outcome.expect("a run without faults").ledger.total(Link::Wire, |_| true).messages;
        Passed { messages, trace_bytes }
    }

    fn name(&self) -> String {
        let Society { clients, threads, dimension, .. } = self;
        let step = match self.step {
            Step::Dense => "dense",
            Step::Sparse => "sparse",
        };
        let with = match self.with {
            With::Nothing => String::new(),
            With::NoLedger => ", ledger off".into(),
            With::Metrics => ", metrics".into(),
            With::Trace(level) => format!(", trace level {}", level.name()),
            With::WireCheck => ", wire check".into(),
        };
        let threads = if *threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
        format!("{step} steps, d = {dimension}, M = {clients}, K = {LOCAL_STEPS}, {threads}{with}")
    }

    fn meter(&self, algorithm: &dyn Algorithm, rounds: u32) -> Arc<Meter> {
        let values = [
            (M, u64::from(self.clients)),
            (Q, self.dimension as u64),
            (H, 1),
            (R_E, u64::from(rounds)),
            (K_E, LOCAL_STEPS),
        ];
        let shape = Shape {
            protocol: dpac::algorithm::Registry::BUILTIN
                .find("dptd")
                .expect("it is listed")
                .usual_protocol(false),
            lean: false,
            values: values
                .into_iter()
                .fold(Values::default(), |values, (letter, size)| values.with(letter, size)),
        };
        Arc::new(Meter::new(&RunInfo {
            run: "bench",
            algorithm: algorithm.name(),
            kinds: algorithm.kinds(),
            problem: "none",
            horizon: 1,
            seed: 1,
            placement: "shard",
            clients: self.clients,
            threads: self.threads,
            arm: dpac::monitoring::Arm::default(),
            shape,
        }))
    }
}

/// A sink that counts.
struct Bytes(u64);

impl Sink for Bytes {
    fn record(&mut self, _op: u8, body: &[u8]) -> Result<(), SinkError> {
        self.0 += body.len() as u64;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

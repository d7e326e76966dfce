//! `dpac run`.

use super::console::{BAD_INPUT, FAILED, FINE, complain, complaint, remark, say, say_json};
use super::final_screen::Ended;
use super::interrupt::Interrupt;
use super::load::{Source, THREADS_MAX, threads};
use super::metrics::{Metrics, MetricsArguments};
use super::mistake::{self, MISTAKE};
use super::progress::{Reached, ReachedObserver, progress};
use super::screen::Planned;
use super::start::{self, How, Start, complain_of_resuming, nothing_to_do};
use super::{VERSION, disk, screen};
use crate::algorithm::Registry;
use crate::experiment::{
    Disk, Finished, Memory, ReplayOptions, RunError, RunObservers, RunOptions, Setup, Status, Summary,
    TraceOptions, clear_dead_starts, divergence, has_checkpoint, replay, run,
};
use crate::files::{SUMMARY_BYTES_MAX, parent, read_bounded};
use crate::visible::{program, shown};
use clap::{Args, ValueEnum};
use dpac_actors::host::{Observer, Placement};
use dpac_actors::trace::{Kept, Level, SinkError, Verdict};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

/// Run an algorithm and write a run directory
#[derive(Args)]
#[command(
    mut_arg("config", |config| config.required(false).required_unless_present("resume")),
    after_help = "Examples:\n  dpac run tiger\n  dpac run configs/tiger.toml --seed 7 --out runs/seven\n  \
                        dpac run my.POMDP --set problem.horizon=6 --set actor.target=advantage\n  \
                        dpac run tiger --set critic.features.kind=belief --set critic.rounds=8\n  \
                        dpac run configs/tiger.toml --unset problem.file --set problem.builtin=tiger3\n\n\
                        A table's keys have their names with dots between them; `dpac schema` has all, and `dpac init` writes a \
                        file with the usual ones.\n\n\
                        Results are a function of configuration, inputs and seed alone: threads and placement change none."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Threads that compute [default: the cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=THREADS_MAX))]
    threads: Option<u16>,
    /// Where to write
    #[arg(
        long,
        value_name = "DIR",
        help = "The run directory [default: runs/<problem>-<algorithm>-<digest>-s<seed>]"
    )]
    out: Option<PathBuf>,
    /// Replace an existing run directory, and an existing trace
    #[arg(long)]
    force: bool,
    /// Go on with a run that was stopped or killed; it ends with the bits of one that was not. Behind CONFIG,
    /// without DIR: go on with its run, or start it. With --set actor.rounds=N, a run that is complete goes
    /// on to N rounds
    #[arg(long, value_name = "DIR", num_args = 0..=1, conflicts_with_all = ["force"])]
    resume: Option<Option<PathBuf>>,
    /// Show neither progress nor the final screen
    #[arg(long, short)]
    quiet: bool,
    /// Show all counts, by kind of message, on the final screen
    #[arg(long, short, conflicts_with = "quiet")]
    verbose: bool,
    /// Print the run's summary.json instead of the final screen
    #[arg(long, conflicts_with_all = ["quiet", "verbose"])]
    json: bool,
    /// Also write a line per barrier to barriers.jsonl
    #[arg(long, value_name = "WHAT")]
    log: Option<Log>,
    /// Whether one actor per thread owns many clients, or every role is an actor of its own (for small M)
    #[arg(long, default_value = "shard")]
    placement: Where,
    /// Encode, decode and compare every message
    #[arg(long, value_name = "WHAT")]
    wire: Option<WireMode>,
    /// Record the run's messages in a file, which `dpac replay` and `dpac trace` read
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// What is recorded: a checkpoint per round, also every message, or also what messages carry
    #[arg(long, value_name = "LEVEL", default_value = "rounds", requires = "trace")]
    trace_level: TraceLevel,
    /// Keep only these clients' replies at level full, as in 0,7,100-120 [default: all]
    #[arg(long, value_name = "CLIENTS", requires = "trace", value_parser = clients)]
    trace_clients: Option<Kept>,
    /// Run a second time, on another number of threads, and compare what was recorded: the trace, else a
    /// checkpoint per round
    #[arg(long, conflicts_with = "resume")]
    verify: bool,
    #[command(flatten)]
    metrics: MetricsArguments,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum TraceLevel {
    Rounds,
    Order,
    Full,
}

impl From<TraceLevel> for Level {
    fn from(level: TraceLevel) -> Self {
        match level {
            TraceLevel::Rounds => Level::Rounds,
            TraceLevel::Order => Level::Order,
            TraceLevel::Full => Level::Full,
        }
    }
}

impl From<Where> for Placement {
    fn from(place: Where) -> Self {
        match place {
            Where::Shard => Placement::Shard,
            Where::Role => Placement::Role,
        }
    }
}

/// Numbers and ranges of clients, separated by commas.
fn clients(text: &str) -> Result<Kept, String> {
    let number =
        |text: &str| text.trim().parse::<u32>().map_err(|_| format!("{text:?} is no client's number"));
    let range = |text: &str| match text.split_once('-') {
        None => number(text).map(|m| m..=m),
        Some((first, last)) => {
            let range = number(first)?..=number(last)?;
            if range.is_empty() { Err(format!("{text} is empty")) } else { Ok(range) }
        }
    };
    text.split(',').map(range).collect::<Result<_, _>>().map(Kept::Clients)
}

#[derive(Clone, Copy, ValueEnum)]
enum Log {
    // Versions before 0.2 said `syncs`, which scripts may still say.
    #[value(alias = "syncs")]
    Barriers,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Where {
    Shard,
    Role,
}

#[derive(Clone, Copy, ValueEnum)]
enum WireMode {
    Check,
}

pub(super) fn main(arguments: &Arguments, registry: Registry, watch: Option<Box<dyn Observer>>) -> u8 {
    let Some(Start { resolved, input, directory, how, reads }) = start(arguments, registry) else {
        return BAD_INPUT;
    };
    if how == How::NothingToDo {
        nothing_to_do(&directory);
        return if arguments.json { say_summary(&directory) } else { FINE };
    }
    let interrupt = match Interrupt::listen() {
        Ok(interrupt) => interrupt,
        Err(error) => {
            let error = RunError::Thread(error);
            complain(&error.to_string(), error.help().as_deref());
            return FAILED;
        }
    };
    mistake::ends(&interrupt.stop);
    // To verify takes a trace; one that nobody asked for goes away again.
    let scratch = arguments.verify.then(|| scratch_trace(&directory)).filter(|_| arguments.trace.is_none());
    let recorded = arguments.trace.clone().or(scratch.clone());
    if let (true, Some(path)) = (arguments.verify, &arguments.trace)
        && path.metadata().is_ok_and(|metadata| !metadata.is_file())
    {
        let message = format!("{} cannot be read again, which --verify does", shown(path));
        complain(&message, Some("leave --trace out, or let it name a file"));
        return BAD_INPUT;
    }
    let threads = threads(arguments.threads.map(usize::from));
    let placement = Placement::from(arguments.placement);
    let placement_name = match placement {
        Placement::Shard => "shard",
        Placement::Role => "role",
    };
    let metrics =
        match Metrics::open(&arguments.metrics, (&resolved, &input), &directory, (threads, placement_name)) {
            Ok(metrics) => metrics,
            Err(code) => return code,
        };
    let options = RunOptions {
        threads,
        placement,
        wire_check: matches!(arguments.wire, Some(WireMode::Check)),
        log_barriers: matches!(arguments.log, Some(Log::Barriers)),
        directory,
        force: arguments.force,
        resume: how == How::GoesOn,
        reads,
        remark: |text| remark(&format!("  ⚠ {text}\n")),
        stop: Arc::clone(&interrupt.stop),
        stalls: Arc::default(),
        plant: None,
        trace: recorded.as_ref().map(|path| TraceOptions {
            path: path.clone(),
            level: arguments.trace_level.into(),
            kept: arguments.trace_clients.clone().unwrap_or(Kept::Everyone),
        }),
        program: VERSION.to_owned(),
        optimum_early: metrics.is_some(),
    };
    let setup = Setup { threads, placement, trace: options.trace.as_ref().map(|trace| trace.level) };
    if let Some(warning) = screen::more_than_there_is(&Memory::of(&resolved, setup)) {
        remark(&format!("  {warning}\n"));
    }
    if how == How::Begins && (arguments.force || options.directory.symlink_metadata().is_err()) {
        let warning = disk::warning(&Disk::of(&resolved, &input), &options.directory);
        if let Some(warning) = warning {
            remark(&warning);
        }
    }
    let planned = Planned::of(&resolved);
    let mut observers = RunObservers::default();
    if let Some(metrics) = &metrics {
        metrics.watch(&mut observers);
    }
    let reached = Arc::default();
    observers.behind.add(Box::new(ReachedObserver(Arc::clone(&reached))));
    match watch {
        Some(watch) => observers.behind.add(watch),
        None if arguments.quiet => {}
        None => observers.behind.add(progress(&resolved)),
    }
    let at = options.directory.clone();
    interrupt.during_run(&options.stalls, move |code| {
        let help = goes_on(&at);
        (code, complaint("interrupted while values were computed; the last checkpoint stands", Some(&help)))
    });
    if let (How::Begins, Some(name)) = (how, options.directory.file_name()) {
        clear_dead_starts(parent(&options.directory), |of| name == of);
    }
    let finished = catch_unwind(AssertUnwindSafe(|| run(resolved, &input, &options, observers)));
    // Whatever is said of it, and whoever is waited for, changes nothing about it. How a run has ended that
    // has a summary, `tell` says itself where it is broken off.
    let nothing_more = || interrupt.break_off(|code| (code, String::new()));
    // A panic has been told; what is left is what has become of the run.
    let Ok(finished) = finished else {
        nothing_more();
        return ended_by_mistake(&options.directory);
    };
    let finished = match finished {
        Ok(finished) => finished,
        Err(error) => {
            nothing_more();
            return failed(error, &options.directory, &interrupt);
        }
    };
    let reached = *reached.lock().unwrap_or_else(PoisonError::into_inner);
    let verified = (arguments.verify && finished.summary.status == Status::Complete)
        .then(|| recorded.map(|trace| Verified { trace, scratch: scratch.is_some() }))
        .flatten();
    let told = Told { arguments, planned: &planned, reached };
    let unpushed = metrics.as_ref().map_or("", Metrics::unpushed);
    let code = tell(&finished, &told, verified.as_ref(), (&interrupt, unpushed));
    if let Some(metrics) = &metrics {
        metrics.push(&interrupt, code);
    }
    let code = match verified {
        Some(verified) => {
            let say = if arguments.json { remarked } else { say };
            code.max(verify(&verified, registry, options.threads, &interrupt, say))
        }
        None => code,
    };
    if let Some(metrics) = metrics {
        metrics.linger(&interrupt, code);
    }
    code
}

/// What is known of a run besides its summary, and how it is to be told.
struct Told<'a> {
    arguments: &'a Arguments,
    planned: &'a Planned,
    reached: Reached,
}

impl Told<'_> {
    /// What standard output gets.
    fn say(&self, summary: &Summary, directory: &Path) -> u8 {
        let Told { arguments, planned, reached } = *self;
        if arguments.quiet {
            FINE
        } else if arguments.json {
            say_summary(directory)
        } else if arguments.verbose {
            say(&screen::finished(summary, planned, reached, directory))
        } else {
            let source = arguments.source.unchanged();
            say(&Ended { summary, planned, reached, directory, source }.screen())
        }
    }
}

/// Prints what `summary.json` holds.
fn say_summary(directory: &Path) -> u8 {
    let path = directory.join("summary.json");
    let read = read_bounded(&path, SUMMARY_BYTES_MAX).map_err(|error| error.to_string());
    let value = read.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string()));
    match value {
        Ok(value) => say_json(&value),
        Err(error) => {
            complain(&format!("cannot read {}: {error}", shown(&path)), None);
            FAILED
        }
    }
}

/// As [`say`], on standard error.
fn remarked(text: &str) -> u8 {
    remark(text);
    FINE
}

/// Says how a run has ended; its exit code. Whether it is to be verified decides what a signal means
/// meanwhile: else whoever breaks this off says the rest of it, and that metrics were not pushed.
fn tell(
    Finished { summary, directory, help }: &Finished,
    told: &Told<'_>,
    verified: Option<&Verified>,
    (interrupt, unpushed): (&Interrupt, &'static str),
) -> u8 {
    if summary.status == Status::Interrupted && mistake::happened() {
        interrupt.break_off(|code| (code, String::new()));
        return ended_by_mistake(directory);
    }
    let code = match summary.status {
        Status::Complete => FINE,
        Status::Interrupted => interrupt.code(),
        Status::Failed => FAILED,
    };
    let last = match summary.status {
        Status::Complete => String::new(),
        Status::Interrupted => {
            complaint("interrupted; the run directory holds what was done", Some(&goes_on(directory)))
        }
        Status::Failed => complaint(summary.error.as_deref().unwrap_or("the run failed"), help.as_deref()),
    };
    match verified {
        Some(verified) => verified.break_off(interrupt),
        None => {
            let words = format!("{last}{unpushed}");
            interrupt.break_off(move |_| (code, words));
        }
    }
    let said = told.say(summary, directory);
    remark(&last);
    code.max(said)
}

/// Says why a run could not begin, or could not write its files; its exit code.
fn failed(error: RunError, directory: &Path, interrupt: &Interrupt) -> u8 {
    match error {
        RunError::Trace { path, error: SinkError::Unread } if interrupt.asked() => {
            let message = format!("interrupted while nobody read the trace {}", shown(&path));
            let help = has_checkpoint(directory).then(|| goes_on(directory));
            complain(&message, help.as_deref());
            interrupt.code()
        }
        ref error @ RunError::Trace { ref path, error: SinkError::Unread } => {
            let help = format!("start what reads it first, as in: cat {} > run.dpt &", shown(path));
            complain(&error.to_string(), Some(&help));
            FAILED
        }
        RunError::Recorder => ended_by_mistake(directory),
        error @ RunError::Thread(_) => {
            complain(&error.to_string(), error.help().as_deref());
            FAILED
        }
        error if error.is_failure() => broken_off(&error.to_string(), directory),
        error => {
            complain_of_resuming(&error);
            BAD_INPUT
        }
    }
}

/// What the command line asks for. Errors have been printed when there is nothing.
fn start(arguments: &Arguments, registry: Registry) -> Option<Start> {
    let Arguments { source, out, resume, log, .. } = arguments;
    match resume {
        None => start::new(source, out.as_deref(), registry),
        Some(None) if source.is_named() => start::new_or_going_on(source, out.as_deref(), registry),
        Some(None) => {
            complain(
                "--resume goes on with a run directory, or with the run of a configuration",
                Some(&how_to_resume()),
            );
            None
        }
        Some(Some(_)) if source.is_named() || out.is_some() || log.is_some() => {
            let message = "--resume DIR takes configuration, place and log from the run directory";
            complain(message, Some(&how_to_resume()));
            None
        }
        Some(Some(directory)) if source.set().is_empty() => start::going_on(directory, registry),
        Some(Some(directory)) => start::longer(directory, source.set(), registry),
    }
}

fn how_to_resume() -> String {
    let program = program();
    format!("{program} run --resume DIR, or {program} run CONFIG --resume")
}

fn goes_on(directory: &Path) -> String {
    format!("{} run --resume {} goes on with it", program(), shown(directory))
}

/// A run that a panic outside of its roles has ended. Its last checkpoint stands, if it has come to one.
fn ended_by_mistake(directory: &Path) -> u8 {
    let path = shown(directory);
    if has_checkpoint(directory) {
        let help = format!("{} run --resume {path} goes on with it from its last checkpoint", program());
        complain(&format!("the mistake has ended the run; {path} holds what was done"), Some(&help));
    } else {
        complain("the mistake has ended the run", None);
    }
    MISTAKE
}

/// A run whose files could not be written. Its last checkpoint stands, if it has come to one.
fn broken_off(error: &str, directory: &Path) -> u8 {
    let help =
        format!("when that is mended, {} run --resume {} goes on with the run", program(), shown(directory));
    complain(error, Some(help.as_str()).filter(|_| has_checkpoint(directory)));
    FAILED
}

/// A name beside the run directory that nobody has.
fn scratch_trace(directory: &Path) -> PathBuf {
    let named = |number: u32| {
        let mut name = directory.file_name().unwrap_or_default().to_owned();
        name.push(if number == 0 { ".verify.dpt".to_owned() } else { format!(".verify.{number}.dpt") });
        directory.with_file_name(name)
    };
    (0..).map(named).find(|path| std::fs::symlink_metadata(path).is_err()).unwrap_or_default()
}

/// A complete run that is to be verified by its trace, which is nobody else's if it is scratch.
#[derive(Clone)]
struct Verified {
    trace: PathBuf,
    scratch: bool,
}

const UNVERIFIED: &str = "interrupted before it was verified; the run itself is complete";

impl Verified {
    /// From now on a signal leaves the run unverified.
    fn break_off(&self, interrupt: &Interrupt) {
        let verified = self.clone();
        interrupt.break_off(move |code| {
            verified.tidy();
            (code, complaint(UNVERIFIED, None))
        });
    }

    fn tidy(&self) {
        if self.scratch {
            // What cannot be removed does no harm.
            let _ = std::fs::remove_file(&self.trace);
        }
    }
}

/// Runs a recorded run again, on another number of threads.
fn verify(
    verified: &Verified,
    registry: Registry,
    threads: usize,
    interrupt: &Interrupt,
    say: fn(&str) -> u8,
) -> u8 {
    let trace = &verified.trace;
    if interrupt.asked() {
        verified.tidy();
        complain(UNVERIFIED, None);
        return interrupt.code();
    }
    verified.break_off(interrupt);
    let others = if threads == 1 { 2 } else { 1 };
    let options = ReplayOptions { threads: others, large: true, ..ReplayOptions::default() };
    let replayed = replay(trace, registry, options);
    verified.tidy();
    match replayed {
        Ok(replayed) if replayed.verdict == Verdict::Same => say(&format!(
            "  verified the same on {others} thread{}, round by round\n",
            if others == 1 { "" } else { "s" }
        )),
        Ok(replayed) => {
            complain(&format!("another run, on {others} threads, differs"), None);
            say(&divergence::text(&replayed, trace)).max(FAILED)
        }
        Err(error) => {
            complain(&error.to_string(), None);
            FAILED
        }
    }
}

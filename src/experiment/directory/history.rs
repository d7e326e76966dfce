//! The history of a run, read from its directory: what `rounds.jsonl` and `summary.json` tell.

use super::RunDirectory;
use super::checkpoint::Checkpoint;
use super::history_error::HistoryError;
use super::lines::Lines;
use super::names;
use super::records::{Drift, EffortRecord, LedgerRecord, TallyRecord};
use super::summary::Status;
use crate::config::Target;
use crate::experiment::resolve::{Input, Resolved, config_digest};
use crate::files::{SUMMARY_BYTES_MAX, read_bounded};
use crate::monitoring::Arm;
use crate::monitoring::history::{Counted, History, Moment, Values, by_kind, deviation};
use crate::monitoring::table::{DURATIONS, STATUSES};
use crate::theory::counts::{PerPhase, Totals, closed_form_after};
use crate::theory::protocol::Letter;
use crate::theory::protocol::letter::{I, K};
use crate::visible::{shown, visible};
use dpac_actors::{Effort, Kind, Tally};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

/// A history, and how whole it is.
#[derive(Debug)]
pub struct RunHistory {
    /// The history.
    pub history: History,
    /// The last line of `rounds.jsonl` was cut short, and left out.
    pub cut_short: bool,
    /// Counts by kind are missing: the run is of a version that did not write them.
    pub uncounted: bool,
}

/// What is read of a line of `rounds.jsonl`.
#[derive(Deserialize)]
struct Line {
    round: Option<u64>,
    value: Option<f64>,
    standard_error: Option<f64>,
    bellman_error: Option<f64>,
    drift: Option<Drift>,
    ledger: Option<LedgerRecord>,
    seconds: Option<f64>,
}

/// What is read of `summary.json`.
#[derive(Deserialize)]
struct End {
    status: Status,
    program: String,
    value: EndValue,
    bellman_error: Option<f64>,
    ledger: Option<LedgerRecord>,
    began_unix_seconds: Option<f64>,
    wall_seconds: f64,
    threads: u64,
    placement: Option<String>,
}

#[derive(Deserialize)]
struct EndValue {
    last: Option<f64>,
    optimum: Option<f64>,
    standard_error: Option<f64>,
}

/// Reads the history of a run that has ended, was stopped or killed, or still goes on. `start` is the Unix
/// time at which it began, in seconds, where the directory does not say so or the history is to be moved.
///
/// # Errors
/// [`HistoryError`]: nothing is told of a run whose files are damaged, but for a last line that was cut
/// short.
pub fn read_history(
    directory: &RunDirectory,
    (resolved, input): (&Resolved, &Input),
    start: Option<f64>,
) -> Result<RunHistory, HistoryError> {
    let kinds = resolved.algorithm.kinds();
    let end: Option<End> = summary(&directory.file("summary.json"))?;
    let saved = || Checkpoint::newest(directory).ok()?.0.state.recorder.began_unix_seconds;
    let began = start.or_else(|| end.as_ref()?.began_unix_seconds).or_else(saved);
    let began = began.ok_or_else(|| HistoryError::NoStart(directory.path().to_path_buf()))?;
    let mut account = Account::new(resolved, milliseconds(began));
    let cut_short = account.read(&mut Lines::open(directory, names::ROUNDS)?)?;
    let uncounted = account.moments.last().is_some_and(|moment| moment.counted.is_none());
    if uncounted {
        account.moments[0].counted = None;
    }
    if let Some(end) = &end {
        account.end(end, &directory.file("summary.json"))?;
    }
    let path = directory.path();
    let name = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let version = end.as_ref().map(|end| match end.program.split_once(" (") {
        Some((version, revision)) => (plain_text(version), plain_text(revision.trim_end_matches(')'))),
        None => (plain_text(&end.program), String::new()),
    });
    let history = History {
        run: shown(Path::new(name.file_name().unwrap_or_default())).to_string(),
        algorithm: resolved.algorithm.name().to_owned(),
        problem: resolved.problem.hidden().name().to_owned(),
        horizon: resolved.horizon() as u64,
        seed: resolved.config.seed,
        arm: arm_of(resolved, input),
        placement: end.as_ref().and_then(|end| end.placement.as_deref()).map(plain_text),
        version,
        kinds: kinds.to_vec(),
        planned: resolved.closed_form.clone(),
        planned_rounds: resolved.shape.rounds(),
        clients: u64::from(resolved.config.federation.clients),
        threads: end.as_ref().map(|end| end.threads),
        optimum: end.as_ref().and_then(|end| end.value.optimum),
        moments: account.moments,
    };
    Ok(RunHistory { history, cut_short, uncounted })
}

/// What tells a run from the others of a sweep.
pub fn arm_of(resolved: &Resolved, input: &Input) -> Arm {
    let (config, words, shape) = (&resolved.config, &resolved.entry.words, &resolved.shape);
    let letters = shape.protocol.letters();
    let size = |letter: Letter| {
        if letters.contains(&letter) { shape.get(letter).to_string() } else { String::new() }
    };
    let read = |key: &str, text: String| if words.reads(key) { text } else { String::new() };
    let target = match config.actor.target {
        Target::Q => "q",
        Target::Advantage => "advantage",
        Target::Compatible => "compatible",
    };
    Arm {
        rounds: shape.rounds().to_string(),
        local_steps: size(K),
        sync_interval: size(I),
        target: read("actor.target", target.to_owned()),
        policy_features: read("actor.features", config.actor.class().to_string()),
        critic_features: read("critic.features", config.critic.features.to_string()),
        config_digest: config_digest(resolved, input)[..8].to_owned(),
    }
}

/// A run that was killed has no summary.
fn summary<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, HistoryError> {
    let text = match read_bounded(path, SUMMARY_BYTES_MAX) {
        Ok(text) => text,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| HistoryError::Damaged {
        path: path.to_path_buf(),
        line: error.line() as u64,
        message: error.to_string(),
    })
}

/// A text of a summary as a label, which may come to a terminal.
fn plain_text(text: &str) -> String {
    visible(text).into_owned()
}

/// The first millisecond by which so many seconds have passed.
fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0).ceil() as u64
}

/// The moments so far.
struct Account<'a> {
    resolved: &'a Resolved,
    moments: Vec<Moment>,
    /// How long the run took until the last round's end, in seconds.
    seconds: f64,
}

impl<'a> Account<'a> {
    fn new(resolved: &'a Resolved, began: u64) -> Self {
        let kinds = resolved.algorithm.kinds();
        let beginning = Moment {
            milliseconds: began,
            rounds: 0,
            last_barrier: began,
            counted: Some(Counted::nothing(kinds)),
            predicted: vec![Totals::default(); kinds.len()],
            deviation: [0; 3],
            values: Values::UNKNOWN,
            durations: [0; DURATIONS.len()],
            seconds: 0.0,
            status: "running",
        };
        Account { resolved, moments: vec![beginning], seconds: 0.0 }
    }

    /// Reads all rounds; whether the last line was cut short.
    fn read(&mut self, lines: &mut Lines) -> Result<bool, HistoryError> {
        while let Some(line) = lines.next()? {
            // The last line of a complete run has no round: it is the end's, which the summary tells.
            if let Line { round: Some(round), .. } = line {
                self.round(round, line, lines.number()).map_err(|message| lines.damaged(message))?;
            }
        }
        Ok(lines.cut_short())
    }

    fn round(&mut self, round: u64, line: Line, number: u64) -> Result<(), String> {
        let last = self.moments.last().expect("there is a beginning");
        let Line { value, standard_error, bellman_error, drift, ledger, seconds, .. } = line;
        let every = u64::from(self.resolved.config.output.log_every);
        let due = (number - 1).saturating_mul(every);
        if every == 0 {
            return Err(format!("round {round} where no round is due"));
        }
        if round != due {
            return Err(format!("round {round} where round {due} is due"));
        }
        let (Some(drift), Some(seconds)) = (drift, seconds) else {
            let missing = if drift.is_none() { "drift" } else { "seconds" };
            return Err(format!("missing field `{missing}`"));
        };
        if seconds < self.seconds {
            return Err(format!(
                "the round ended at {seconds} s, before the one before it at {} s",
                self.seconds
            ));
        }
        let kinds = self.resolved.algorithm.kinds();
        let counted = ledger.map(|ledger| counted(&ledger, kinds)).transpose()?;
        if let (Some(now), Some(then)) = (&counted, &last.counted)
            && !now.follows(then)
        {
            return Err("something was counted less than the round before".to_owned());
        }
        let rounds = round.saturating_add(1);
        let predicted = closed_form_after(&self.resolved.shape, rounds).map_err(|error| error.to_string())?;
        let predicted = by_kind(kinds, &predicted);
        let durations = last.durations_with(rounds - last.rounds, seconds - self.seconds);
        let mut values = last.values;
        if let Some(value) = value {
            values.evaluated(value, standard_error.unwrap_or(0.0));
        }
        values.bellman_error = bellman_error.unwrap_or(values.bellman_error);
        for (now, drift) in values.drift.iter_mut().zip([drift.critic, drift.actor]) {
            *now = drift.unwrap_or(*now);
        }
        let began = self.moments[0].milliseconds;
        // Later than the beginning, so that rates begin at zero.
        let at = (began + milliseconds(seconds)).max(began + 1);
        let moment = Moment {
            milliseconds: at,
            rounds,
            last_barrier: at,
            deviation: counted.as_ref().map_or([0; 3], |counted| deviation(&counted.wire, &predicted)),
            counted,
            predicted,
            values,
            durations,
            seconds,
            status: "running",
        };
        // Of rounds that end within one millisecond, the last stands for all: Prometheus would keep the
        // first.
        if self.moments.last().is_some_and(|last| last.milliseconds == at) {
            self.moments.pop();
        }
        self.moments.push(moment);
        self.seconds = seconds;
        Ok(())
    }

    /// The run's end, a millisecond after its last round at least. A summary that counts less than the rounds
    /// is of an earlier process, which was stopped: the run has gone on since.
    fn end(&mut self, end: &End, path: &Path) -> Result<(), HistoryError> {
        let damaged = |message| HistoryError::Damaged { path: path.to_path_buf(), line: 1, message };
        let kinds = self.resolved.algorithm.kinds();
        let ledger = end.ledger.as_ref().map(|ledger| counted(ledger, kinds)).transpose().map_err(damaged)?;
        let last = self.moments.last().expect("there is a beginning");
        if let (Some(now), Some(then)) = (&ledger, &last.counted)
            && !now.follows(then)
        {
            return Ok(());
        }
        let mut moment = last.clone();
        // The rounds that no line tells of: all but some, where the run was to write few lines.
        let planned = self.resolved.shape.rounds();
        if end.status == Status::Complete && planned > last.rounds {
            let took = (end.wall_seconds - self.seconds).max(0.0);
            moment.durations = last.durations_with(planned - last.rounds, took);
            moment.rounds = planned;
        }
        let took = self.moments[0].milliseconds + milliseconds(end.wall_seconds.max(0.0));
        moment.milliseconds = took.max(last.milliseconds + 1);
        // A run that was stopped has passed the last round's barriers, for which there is no closed form.
        if let (Some(ledger), true) = (&ledger, end.status != Status::Interrupted) {
            moment.predicted = by_kind(kinds, &self.resolved.closed_form);
            moment.deviation = deviation(&ledger.wire, &moment.predicted);
        }
        moment.counted = ledger.or(moment.counted);
        if let Some(value) = end.value.last {
            moment.values.evaluated(value, end.value.standard_error.unwrap_or(0.0));
        }
        moment.values.bellman_error = end.bellman_error.unwrap_or(moment.values.bellman_error);
        moment.status = match end.status {
            Status::Complete => STATUSES[1],
            Status::Interrupted => STATUSES[2],
            Status::Failed => STATUSES[3],
        };
        self.moments.push(moment);
        Ok(())
    }
}

/// A ledger by kind number.
fn counted(ledger: &LedgerRecord, kinds: &[Kind]) -> Result<Counted, String> {
    let effort = |effort: &EffortRecord| Effort {
        local_steps: effort.local_steps,
        trajectories: effort.trajectories,
        environment_steps: effort.environment_steps,
    };
    let PerPhase { critic, actor } = &ledger.effort;
    Ok(Counted {
        wire: tallies(&ledger.wire, kinds)?,
        local: tallies(&ledger.local, kinds)?,
        effort: [effort(critic), effort(actor)],
        barriers: [ledger.barriers_by_phase.critic, ledger.barriers_by_phase.actor],
        broadcasts: ledger.broadcasts,
        server_work: ledger.server_work.iter().map(|(name, &done)| (name.to_string(), done)).collect(),
    })
}

fn tallies(records: &BTreeMap<Cow<'static, str>, TallyRecord>, kinds: &[Kind]) -> Result<Vec<Tally>, String> {
    if let Some(name) = records.keys().find(|name| kinds.iter().all(|kind| kind.name != **name)) {
        return Err(format!("{name} is no kind of message of the algorithm"));
    }
    let tally = |kind: &Kind| {
        let record = records.get(kind.name).ok_or_else(|| format!("nothing is said of {}", kind.name))?;
        let counted = |names: &[&str], counts: &BTreeMap<Cow<'static, str>, u64>| {
            // Versions before names were the algorithms' own wrote down that there was nothing else.
            let stray = |(name, count): &(&str, &u64)| !names.contains(name) && **count > 0;
            match counts.iter().map(|(name, count)| (&**name, count)).find(stray) {
                Some((name, _)) => Err(format!("{name} is no vector of {}", kind.name)),
                None => Ok(names.iter().map(|&name| counts.get(name).copied().unwrap_or_default()).collect()),
            }
        };
        Ok(Tally {
            messages: record.messages,
            floats: counted(kind.vectors, &record.floats)?,
            integers: counted(kind.integers, &record.integers)?,
            wire_bytes: record.wire_bytes,
        })
    };
    kinds.iter().map(tally).collect()
}

//! `record.jsonl`: what `output.record` asks for, beside what every run writes.
//!
//! A barrier of the critic's phase has a line, and an outer round has one behind those of its barriers. Every
//! number in them is a function of configuration and seed.

use super::local_drift::LocalDrift;
use super::queue::TurnEvent;
use crate::config::Record;
use crate::experiment::directory::growing::{GrowingFile, Mark};
use crate::experiment::subject::Subject;
use dpac_actors::{Ended, Named, Phase};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;

/// Operations that each exact number of a round may take: a fraction of a second, and of memory some 100 MB.
const OPERATIONS: u64 = 20_000_000;

/// What is to be recorded, and what that takes.
pub(crate) struct Recording {
    pub(crate) words: Vec<Record>,
    /// Where drift is recorded.
    pub(crate) local_drift: Option<LocalDrift>,
}

impl Recording {
    fn has(&self, word: Record) -> bool {
        self.words.contains(&word)
    }

    /// Whether turns are to be told.
    pub(crate) fn asks_for_turns(&self) -> bool {
        self.words.iter().any(|word| word.is_of_barriers())
    }
}

/// The file while it is written.
pub(super) struct RecordFile {
    recording: Recording,
    file: GrowingFile,
    /// The drift of the barrier that is open, where that is recorded.
    open_drift: Option<f64>,
}

/// A line of a barrier of the critic's phase.
#[derive(Serialize)]
struct BarrierLine<'a> {
    phase: &'static str,
    round: u32,
    /// Which barrier of its round and phase, from 0.
    barrier: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    psi: Option<&'a [f64]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    psi_bar: Option<&'a [f64]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<f64>,
}

/// What was asked for; within, null where it is not available.
type Asked<T> = Option<Option<T>>;

/// A line of an outer round.
#[derive(Default, Serialize)]
struct RoundLine<'a> {
    round: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    omega: Option<&'a [f64]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exact_q: Asked<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_q_error: Asked<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed_point_error: Asked<f64>,
    /// Why a word has null, by word.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    why: BTreeMap<&'static str, String>,
}

/// An outer round, as far as it is recorded.
pub(super) struct Round<'a> {
    pub(super) number: u32,
    pub(super) theta: &'a [f64],
    pub(super) psi: Option<&'a [f64]>,
    pub(super) omega: Option<&'a [f64]>,
    /// Whether the round is one of those that are evaluated.
    pub(super) evaluated: bool,
}

impl RecordFile {
    pub(super) fn new(recording: Recording, file: GrowingFile, open_drift: Option<f64>) -> Self {
        RecordFile { recording, file, open_drift }
    }

    /// How far the file has come; it is there once this returns; with `durable`, on the disk.
    pub(super) fn settle(&mut self, durable: bool) -> io::Result<Mark> {
        self.file.settle(durable)
    }

    /// The drift of the barrier that is open, which has no line yet.
    pub(super) fn open_drift(&self) -> Option<f64> {
        self.open_drift
    }

    /// The line of the barrier that has closed before a turn, and the drift of the one that the turn opens.
    pub(super) fn turn(&mut self, event: &TurnEvent) -> io::Result<()> {
        let TurnEvent { ended, turn } = event;
        if let Some(ended) = ended.as_ref().filter(|ended| ended.place.phase == Phase::Critic) {
            self.barrier(ended, turn.iterate.as_ref())?;
        }
        self.open_drift = self.recording.local_drift.as_mut().and_then(|drift| drift.of(turn));
        Ok(())
    }

    fn barrier(&mut self, ended: &Ended, iterate: Option<&Named>) -> io::Result<()> {
        let Self { recording, file, open_drift } = self;
        let psi = iterate.map(|iterate| &*iterate.values);
        let psi_bar = ended.aggregate.first().map(Vec::as_slice);
        let record = BarrierLine {
            phase: ended.place.phase.name(),
            round: ended.place.round,
            barrier: ended.place.barrier,
            psi: psi.filter(|_| recording.has(Record::Psi)),
            psi_bar: psi_bar.filter(|_| recording.has(Record::PsiBar)),
            drift: *open_drift,
        };
        file.line(&record)
    }

    /// The line of a round, where it has anything to say.
    pub(super) fn round(&mut self, round: &Round<'_>, subject: &dyn Subject) -> io::Result<()> {
        let has = |word| self.recording.has(word);
        let due = |word| round.evaluated && has(word);
        let mut record = RoundLine { round: round.number, ..RoundLine::default() };
        let Round { theta, psi, omega, .. } = *round;
        record.omega = omega.filter(|_| has(Record::Omega));
        if due(Record::ExactQ) {
            let found = subject.exact_critic(theta, OPERATIONS).map(|psi| psi.to_vec());
            record.exact_q = Some(record.available(Record::ExactQ, found));
        }
        if due(Record::MaxQError) {
            let psi = psi.ok_or_else(|| "the round shows no critic".to_owned());
            let error = |psi: &[f64]| Ok(subject.bellman_error(theta, psi, OPERATIONS)?.largest);
            let found = psi.and_then(error);
            record.max_q_error = Some(record.available(Record::MaxQError, found));
        }
        if due(Record::FixedPointError) {
            let error = |psi: Vec<f64>| Ok(subject.bellman_error(theta, &psi, OPERATIONS)?.error);
            let found = subject.fixed_point(theta, OPERATIONS).and_then(error);
            record.fixed_point_error = Some(record.available(Record::FixedPointError, found));
        }
        if record.says_nothing() {
            return Ok(());
        }
        self.file.line(&record)
    }
}

impl RoundLine<'_> {
    /// What was found, or its reason noted.
    fn available<T>(&mut self, word: Record, found: Result<T, String>) -> Option<T> {
        found.map_err(|why| self.why.insert(word.word(), why)).ok()
    }

    fn says_nothing(&self) -> bool {
        let RoundLine { omega, exact_q, max_q_error, fixed_point_error, .. } = self;
        omega.is_none() && exact_q.is_none() && max_q_error.is_none() && fixed_point_error.is_none()
    }
}

//! `record.jsonl`: what `output.record` asks for, beside what every run writes.
//!
//! A barrier of the critic's phase has a line, and an outer round has one behind those of its barriers. Every
//! number in them is a function of configuration and seed.

use super::queue::{RoundEvent, TurnEvent};
use super::recorder::line;
use crate::algorithm::OMEGA;
use crate::config::Record;
use crate::experiment::directory::growing::{GrowingFile, Mark};
use dpac_actors::{Ended, Named, Phase};
use serde::Serialize;
use std::io;

/// What is to be recorded, and what that takes.
pub(crate) struct Recording {
    pub(crate) words: Vec<Record>,
}

impl Recording {
    fn has(&self, word: Record) -> bool {
        self.words.contains(&word)
    }

    fn any(&self, words: &[Record]) -> bool {
        words.iter().any(|word| self.has(*word))
    }

    /// Whether turns are to be told.
    pub(crate) fn asks_for_turns(&self) -> bool {
        self.any(&OF_BARRIERS)
    }
}

/// Words that a line of a barrier has.
const OF_BARRIERS: [Record; 3] = [Record::Psi, Record::PsiBar, Record::Drift];

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
    /// Which barrier of its round and phase, from 0: r of ψ̃^r inside the outer round.
    barrier: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    psi: Option<&'a [f64]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    psi_bar: Option<&'a [f64]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<f64>,
}

/// A line of an outer round.
#[derive(Serialize)]
struct RoundLine<'a> {
    round: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    omega: Option<&'a [f64]>,
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

    /// The line of the barrier that has closed before a turn.
    pub(super) fn turn(&mut self, event: &TurnEvent) -> io::Result<()> {
        let TurnEvent { ended, turn } = event;
        if let Some(ended) = ended.as_ref().filter(|ended| ended.place.phase == Phase::Critic) {
            self.barrier(ended, turn.iterate.as_ref())?;
        }
        Ok(())
    }

    fn barrier(&mut self, ended: &Ended, iterate: Option<&Named>) -> io::Result<()> {
        let drift = self.open_drift.take();
        let Self { recording, file, .. } = self;
        let psi = iterate.map(|iterate| &*iterate.values);
        let psi_bar = ended.aggregate.first().map(Vec::as_slice);
        let record = BarrierLine {
            phase: ended.place.phase.name(),
            round: ended.place.round,
            barrier: ended.place.barrier,
            psi: psi.filter(|_| recording.has(Record::Psi)),
            psi_bar: psi_bar.filter(|_| recording.has(Record::PsiBar)),
            drift,
        };
        line(file, &record)
    }

    /// The line of a round.
    pub(super) fn round(&mut self, event: &RoundEvent) -> io::Result<()> {
        let Self { recording, file, .. } = self;
        if !recording.any(&[Record::Omega]) {
            return Ok(());
        }
        let omega = event.vectors.iter().find(|named| named.name == OMEGA).map(|named| &*named.values);
        line(file, &RoundLine { round: event.round, omega })
    }
}

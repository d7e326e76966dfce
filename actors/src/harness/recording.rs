//! A run with a recorder, whatever it records into.

use super::error::HarnessError;
use crate::host::{self, Observers, Options};
use crate::outcome::Outcome;
use crate::trace::format::{Head, HeadKind, MINOR};
use crate::trace::{Kept, Level, Sink, SinkError, TraceRecorder};
use crate::{Algorithm, block_size};
use std::sync::Arc;

/// A run that was recorded: what became of its sink, and of itself.
pub(super) struct Recording<S> {
    pub(super) sink: S,
    /// What the sink has complained of, after which it took no more.
    pub(super) refused: Option<SinkError>,
    pub(super) outcome: host::Result,
}

impl<S: Sink + 'static> Recording<S> {
    /// Runs an algorithm, from its beginning or from a snapshot, with a trace of level full.
    pub(super) fn of(
        algorithm: &Arc<dyn Algorithm>,
        options: &Options,
        snapshot_rounds: u32,
        sink: S,
        observers: Observers,
    ) -> Result<Self, HarnessError> {
        let position = options.resume.as_ref().and_then(|snapshot| snapshot.trace);
        let recorder = TraceRecorder::resume(Level::Full, Kept::Everyone, sink, position);
        let recorder = recorder.map_err(HarnessError::Thread)?.with_snapshots(snapshot_rounds);
        let options = Options { tracer: Some(recorder.tracer()), ..options.clone() };
        let outcome = host::run(algorithm, &options, observers);
        let (sink, done) = recorder.finish(&outcome);
        Ok(Recording { sink, refused: done.err(), outcome })
    }

    /// Sink and outcome of a run that has come to its end.
    pub(super) fn whole(
        self,
        refused: impl Fn(SinkError) -> HarnessError,
    ) -> Result<(S, Outcome), HarnessError> {
        // A sink that takes no more ends the run, with a fault that says less.
        match self.refused {
            Some(error) => Err(refused(error)),
            None => Ok((self.sink, self.outcome?)),
        }
    }
}

/// The head of a run's trace of level full.
pub(super) fn head(
    algorithm: &dyn Algorithm,
    options: &Options,
    created_unix_seconds: u64,
    snapshot_rounds: u32,
) -> Head {
    let &Options { clients, seed, .. } = options;
    Head {
        minor: MINOR,
        program: concat!("dpac-actors ", env!("CARGO_PKG_VERSION")).to_owned(),
        commit: String::new(),
        target: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        cpu_features: Vec::new(),
        created_unix_seconds,
        algorithm: algorithm.name().to_owned(),
        clients,
        block_size: block_size(clients),
        seed,
        level: Level::Full as u8,
        kept: None,
        snapshot_rounds,
        kinds: algorithm.kinds().iter().map(HeadKind::of).collect(),
        config: String::new(),
        files: Vec::new(),
    }
}

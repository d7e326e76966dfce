//! One algorithm under test: run, recorded, run again in every way that must not change a bit.

mod counts;
mod error;
mod recording;
mod reference;

pub use counts::{Count, CountDifference};
pub use error::{HarnessError, Rerun};

use crate::host::{self, Observers, Options, Placement};
use crate::outcome::Outcome;
use crate::trace::format::Head;
use crate::trace::{Comparer, SinkError, Trace, TraceFile, Verdict};
use crate::{Address, Algorithm, Cause, Ledger, Phase, Snapshot};
use recording::{Recording, head};
use reference::Reference;
use std::fmt;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Runs an algorithm, and holds it to what this crate promises of every run.
///
/// Settings come first (clients, threads, seed, the counts that are expected), then one of the verbs.
/// [`Harness::check`] is all of them in one call, for a test; the front page of the crate has a whole
/// algorithm with it.
///
/// A check that fails says where: the first round, message, component and distance in ulps in which two
/// runs differ, or the kind, the link and the number that was counted. [`HarnessError`] shows this text
/// also where a test unwraps it.
#[must_use = "a harness does nothing until it is told to run or check"]
pub struct Harness {
    algorithm: Arc<dyn Algorithm>,
    options: Options,
    /// What is sent, by the number of clients.
    expected: Option<Box<dyn Fn(u64) -> Vec<Count> + Send + Sync>>,
}

impl fmt::Debug for Harness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Options { clients, threads, seed, placement, .. } = &self.options;
        let name = self.algorithm.name();
        write!(f, "Harness({name}, {clients} clients, {threads} threads, {placement:?}, seed {seed})")
    }
}

impl From<Arc<dyn Algorithm>> for Harness {
    fn from(algorithm: Arc<dyn Algorithm>) -> Self {
        Harness { algorithm, options: Options::new(4, 1, 0), expected: None }
    }
}

/// How the harness runs the algorithm.
impl Harness {
    /// Numbers of threads on which [`Harness::check`] runs an algorithm again.
    pub const THREADS: [usize; 3] = [1, 2, 5];

    /// A harness of four clients on one thread, with seed 0.
    pub fn new(algorithm: impl Algorithm + 'static) -> Self {
        Harness::from(Arc::new(algorithm) as Arc<dyn Algorithm>)
    }

    /// Sets the number of clients.
    ///
    /// # Panics
    /// If the number is 0.
    pub fn clients(mut self, clients: u32) -> Self {
        assert!(clients > 0, "a society needs a client");
        self.options.clients = clients;
        self
    }

    /// Sets the number of threads, which changes no result.
    ///
    /// # Panics
    /// If the number is 0.
    pub fn threads(mut self, threads: usize) -> Self {
        assert!(threads > 0, "a society needs a thread");
        self.options.threads = threads;
        self
    }

    /// Sets where the roles live, which changes no result.
    pub fn placement(mut self, placement: Placement) -> Self {
        self.options.placement = placement;
        self
    }

    /// Sets the seed, from which every random stream of the run is keyed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// Says what the run should send, as a function of the number of clients. Every run is then held to
    /// it: each kind on the wire, where a kind that is not named should send nothing, and the local
    /// copies of those that are named.
    pub fn expect(mut self, counts: impl Fn(u64) -> Vec<Count> + Send + Sync + 'static) -> Self {
        self.expected = Some(Box::new(counts));
        self
    }
}

/// What the harness can be asked to do.
impl Harness {
    /// Runs the algorithm to its end.
    ///
    /// # Errors
    /// A fault of the run, or counts that are not the expected ones.
    pub fn run(&self) -> Result<Outcome, HarnessError> {
        let outcome = host::run(&self.algorithm, &self.options, Observers::default())?;
        self.hold_to_counts(&outcome.ledger)?;
        Ok(outcome)
    }

    /// Runs the algorithm, and writes a trace of level full to a file. A trace that is kept under version
    /// control is a regression test, by [`Harness::replays`].
    ///
    /// # Errors
    /// Those of [`Harness::run`] and of the file, which may exist already and is then written over.
    pub fn record(&self, path: impl AsRef<Path>) -> Result<Outcome, HarnessError> {
        let path = path.as_ref();
        let refused = |error| HarnessError::Write { path: path.to_owned(), error };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let file = TraceFile::at(path, &head(&*self.algorithm, &self.options, now.as_secs(), 0));
        let file = file.map_err(refused)?;
        let recording = Recording::of(&self.algorithm, &self.options, 0, file, Observers::default())?;
        let (file, outcome) = recording.whole(refused)?;
        file.finish().map_err(refused)?;
        self.hold_to_counts(&outcome.ledger)?;
        Ok(outcome)
    }

    /// Runs the algorithm against a recorded trace, and then every role alone: given the messages that it
    /// was given, it must send those that it sent.
    ///
    /// # Errors
    /// [`HarnessError::Differs`] or [`HarnessError::Role`] with the first message and number that are
    /// others; [`HarnessError::Trace`], [`HarnessError::Cut`] or [`HarnessError::OtherRun`] for a file
    /// that is no whole trace of a run with this algorithm, these clients and this seed.
    pub fn replays(&self, path: impl AsRef<Path>) -> Result<(), HarnessError> {
        let path = path.as_ref();
        let bytes: Arc<[u8]> = match std::fs::read(path) {
            Ok(bytes) => bytes.into(),
            Err(error) => return Err(HarnessError::Trace { path: path.to_owned(), error: error.into() }),
        };
        let trace = Trace::read(Cursor::new(Arc::clone(&bytes)));
        let trace = trace.map_err(|error| HarnessError::Trace { path: path.to_owned(), error })?;
        self.is_of_this_run(trace.head())?;
        self.compare(&bytes, &self.options, Rerun::Again, None)?;
        self.replay_roles(&bytes)
    }

    /// Runs the algorithm on each of these numbers of threads, in both placements. Results, ledger and
    /// trace must be the same to the bit.
    ///
    /// # Errors
    /// [`HarnessError::Differs`], and those of [`Harness::run`].
    ///
    /// # Panics
    /// If one of the numbers is 0.
    pub fn same_on(&self, threads: &[usize]) -> Result<(), HarnessError> {
        self.same_as(&self.reference()?, threads)
    }

    /// Takes the run up again after some of its barriers, the first and the last among them. Results,
    /// ledger and trace must be those of the run that went through.
    ///
    /// # Errors
    /// [`HarnessError::NotSaved`], [`HarnessError::Differs`], and those of [`Harness::run`].
    pub fn resumes(&self) -> Result<(), HarnessError> {
        self.resumes_like(&self.reference()?)
    }

    /// Makes every check on one run: its counts, a second run, every role alone, [`Harness::THREADS`] in
    /// both placements, and taking it up again. Every role alone reads the whole trace: some ten clients
    /// are enough.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn check(&self) -> Result<Outcome, HarnessError> {
        let reference = self.reference()?;
        self.compare(&reference.trace, &self.options, Rerun::Again, None)?;
        self.replay_roles(&reference.trace)?;
        self.same_as(&reference, &Harness::THREADS)?;
        self.resumes_like(&reference)?;
        Ok(reference.outcome)
    }
}

impl Harness {
    /// Runs against the records of a trace, from the beginning or from a snapshot on.
    fn compare(
        &self,
        trace: &Arc<[u8]>,
        options: &Options,
        rerun: Rerun,
        from: Option<Snapshot>,
    ) -> Result<(), HarnessError> {
        let opened = Trace::read(Cursor::new(Arc::clone(trace))).map_err(HarnessError::Reread)?;
        let (head, mut records) = opened.into_records();
        let mut round = 0;
        if let Some(snapshot) = &from {
            round = snapshot.ended.place.round;
            let offset = snapshot.trace.map_or(0, |position| position.bytes);
            records.go_to(offset).map_err(|error| HarnessError::Reread(error.into()))?;
        }
        let (snapshot_rounds, head) = (head.snapshot_rounds, Box::new(head));
        let comparer = Comparer::new(records, Head::clone(&head)).beginning_in(round);
        let options = Options { resume: from.map(Arc::new), ..options.clone() };
        let recording =
            Recording::of(&self.algorithm, &options, snapshot_rounds, comparer, Observers::default())?;
        if let Some(error) = recording.refused.filter(|error| !matches!(error, SinkError::Differs)) {
            return Err(HarnessError::Memory(error));
        }
        let verdict = recording.sink.verdict().map_err(|error| HarnessError::Reread(error.into()))?;
        let fault = match recording.outcome {
            Ok(outcome) => {
                self.hold_to_counts(&outcome.ledger)?;
                None
            }
            // A comparer that has seen enough ends the run, which then has lost its recorder.
            Err(fault) => Some(fault).filter(|fault| !matches!(fault.cause, Cause::Lost(_))),
        };
        match (verdict, fault) {
            (Verdict::Same, _) => Ok(()),
            (Verdict::SameSoFar, Some(fault)) => Err(fault.into()),
            (Verdict::SameSoFar, None) => Err(HarnessError::Cut),
            (Verdict::Differs(_), Some(fault)) => Err(HarnessError::RerunFault { rerun, fault }),
            (Verdict::Differs(divergence), None) => Err(HarnessError::Differs { rerun, divergence, head }),
        }
    }

    fn same_as(&self, reference: &Reference, threads: &[usize]) -> Result<(), HarnessError> {
        for placement in [Placement::Shard, Placement::Role] {
            for &threads in threads {
                let rerun = Rerun::Hosted { threads, placement };
                // Frames are checked where roles are actors; where they are not, clients share vectors.
                let wire_check = placement == Placement::Role;
                let options = Options { threads, placement, wire_check, ..self.options.clone() };
                self.compare(&reference.trace, &options, rerun, None)?;
            }
        }
        Ok(())
    }

    fn resumes_like(&self, reference: &Reference) -> Result<(), HarnessError> {
        let barriers: u64 = Phase::ALL.iter().map(|&phase| reference.outcome.ledger.barriers(phase)).sum();
        if reference.snapshots.is_empty() && barriers > 0 {
            return Err(HarnessError::NotSaved);
        }
        for snapshot in &reference.snapshots {
            let bytes = snapshot.encode().map_err(HarnessError::Snapshot)?;
            let read = Snapshot::decode(&bytes, self.algorithm.kinds()).map_err(HarnessError::Snapshot)?;
            let rerun = Rerun::Resumed { after: read.ended.place };
            self.compare(&reference.trace, &self.options, rerun, Some(read))?;
        }
        Ok(())
    }

    fn replay_roles(&self, trace: &Arc<[u8]>) -> Result<(), HarnessError> {
        // The trace was found to be this algorithm's own run, so that its orders are those of the
        // algorithm.
        let steps = [u64::MAX; 2];
        for role in self.roles() {
            let opened = Trace::read(Cursor::new(Arc::clone(trace))).map_err(HarnessError::Reread);
            let mut opened = opened?;
            let played = host::replay_role(&*self.algorithm, &mut opened, role, steps);
            let played = played.map_err(|error| HarnessError::Alone { role, error: Box::new(error) })?;
            if let Some(difference) = played.difference {
                let (difference, head) = (Box::new(difference), Box::new(opened.head().clone()));
                return Err(HarnessError::Role { role, difference, head });
            }
        }
        Ok(())
    }

    /// Every role, without critics or actors where the algorithm has no such phase.
    fn roles(&self) -> impl Iterator<Item = Address> {
        let kinds = self.algorithm.kinds();
        let mut phases = Phase::ALL.to_vec();
        phases.retain(|&phase| kinds.iter().any(|kind| kind.phase == phase));
        let of_client = move |m| {
            let workers: Vec<_> = phases.iter().map(|phase| phase.worker(m)).collect();
            std::iter::once(Address::Client(m)).chain(workers)
        };
        std::iter::once(Address::Server).chain((0..self.options.clients).flat_map(of_client))
    }

    /// The run that others are held against.
    fn reference(&self) -> Result<Reference, HarnessError> {
        let reference = Reference::of(&self.algorithm, &self.options)?;
        self.hold_to_counts(&reference.outcome.ledger)?;
        Ok(reference)
    }

    fn hold_to_counts(&self, ledger: &Ledger) -> Result<(), HarnessError> {
        let Some(expected) = &self.expected else { return Ok(()) };
        let expected = expected(u64::from(self.options.clients));
        let known: Vec<_> = ledger.kinds().iter().map(|kind| kind.name).collect();
        if let Some(Count { kind, .. }) = expected.iter().find(|count| !known.contains(&count.kind)) {
            return Err(HarnessError::NoSuchKind { name: kind, known });
        }
        let differences = counts::differences(ledger, &expected);
        if differences.is_empty() { Ok(()) } else { Err(HarnessError::Counts(differences)) }
    }

    /// Whether a trace is of a run with this algorithm, these clients and this seed.
    fn is_of_this_run(&self, of: &Head) -> Result<(), HarnessError> {
        let now = head(&*self.algorithm, &self.options, 0, 0);
        let facts = [
            ("algorithm", of.algorithm.clone(), now.algorithm.clone()),
            ("number of clients", of.clients.to_string(), now.clients.to_string()),
            ("seed", of.seed.to_string(), now.seed.to_string()),
            ("table of kinds", format!("{:?}", of.kinds), format!("{:?}", now.kinds)),
            ("level", format!("{:?}", of.level()), format!("{:?}", now.level())),
        ];
        match facts.into_iter().find(|(_, recorded, now)| recorded != now) {
            Some((what, recorded, now)) => Err(HarnessError::OtherRun { what, recorded, now }),
            None => Ok(()),
        }
    }
}

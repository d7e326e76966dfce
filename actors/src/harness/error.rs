//! Why a check has failed, and where.

use super::counts::CountDifference;
use crate::host::{Placement, RoleError};
use crate::trace::format::Head;
use crate::trace::{Divergence, MessageDifference, SinkError, TraceError};
use crate::{Address, CodecError, Fault, Place};
use std::fmt;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a check has failed.
///
/// `Debug` shows what `Display` shows, so that a test that unwraps the error, or returns it, prints
/// sentences.
#[derive(Error)]
#[non_exhaustive]
pub enum HarnessError {
    /// The run has ended with a fault.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A run that should be the same has ended with a fault.
    #[error("{rerun} ends with a fault, which the first one had not: {fault}")]
    RerunFault {
        /// How the algorithm was run.
        rerun: Rerun,
        /// The fault.
        fault: Fault,
    },
    /// A run that should be the same has parted from the first one, or from its trace.
    #[error("{rerun} differs:\n{}", .divergence.words(.head).trim_end())]
    Differs {
        /// How the algorithm was run.
        rerun: Rerun,
        /// Where the two part.
        divergence: Box<Divergence>,
        /// The head of the first one's trace.
        head: Box<Head>,
    },
    /// A role alone has sent something else than in the run.
    #[error("{role} alone, given the same messages, sends others:\n{}", .difference.words(.head).trim_end())]
    Role {
        /// The role that was replayed.
        role: Address,
        /// The first message that is another.
        difference: Box<MessageDifference>,
        /// The head of the run's trace.
        head: Box<Head>,
    },
    /// A role cannot be run alone.
    #[error("{role} alone: {error}")]
    Alone {
        /// The role that was replayed.
        role: Address,
        /// What kept the replay from its end.
        error: Box<RoleError>,
    },
    /// The ledger has other numbers than those that are expected.
    #[error("what was sent is not what is expected:{}", listed(.0))]
    Counts(Vec<CountDifference>),
    /// The expected counts name a kind that the algorithm does not have.
    #[error("the expected counts name a kind {name}; the algorithm has {}", .known.join(", "))]
    NoSuchKind {
        /// The name.
        name: &'static str,
        /// Names of the algorithm's kinds.
        known: Vec<&'static str>,
    },
    /// The coordinator does not save itself.
    #[error(
        "the coordinator does not save itself, so that no run can be taken up; implement Coordinator::state"
    )]
    NotSaved,
    /// A snapshot does not come back from its bytes.
    #[error("a snapshot cannot be written and read back: {0}")]
    Snapshot(CodecError),
    /// The trace stops before its run does.
    #[error("the trace is cut off or damaged: as far as it goes, the run is the same")]
    Cut,
    /// The trace is of another run.
    #[error("the trace is of another run: its {what} is {recorded}, and here it is {now}")]
    OtherRun {
        /// What is not the same.
        what: &'static str,
        /// What the trace's head has.
        recorded: String,
        /// What the harness has.
        now: String,
    },
    /// A trace cannot be read.
    #[error("{}: {error}", .path.display())]
    Trace {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: TraceError,
    },
    /// A trace cannot be written.
    #[error("{}: {error}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        error: SinkError,
    },
    /// A trace in memory cannot be written.
    #[error("the run's trace: {0}")]
    Memory(SinkError),
    /// A trace that was opened cannot be read again.
    #[error("the run's trace: {0}")]
    Reread(TraceError),
    /// The thread that records cannot be started.
    #[error("there can be no further thread: {0}")]
    Thread(io::Error),
}

impl fmt::Debug for HarnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn listed(differences: &[CountDifference]) -> String {
    differences.iter().map(|difference| format!("\n  {difference}")).collect()
}

/// How a run was made that should be the same as the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rerun {
    /// Once more in the same way.
    Again,
    /// With other threads, or another placement.
    Hosted {
        /// Number of threads.
        threads: usize,
        /// Where the roles live.
        placement: Placement,
    },
    /// Taken up from a snapshot.
    Resumed {
        /// The barrier after which the snapshot was taken.
        after: Place,
    },
}

impl fmt::Display for Rerun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rerun::Again => write!(f, "the run, made again,"),
            Rerun::Hosted { threads, placement } => {
                let threads =
                    if *threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") };
                let placement = match placement {
                    Placement::Shard => "in shards",
                    Placement::Role => "with an actor for every role",
                };
                write!(f, "the run on {threads}, {placement},")
            }
            Rerun::Resumed { after: Place { round, phase, barrier } } => {
                write!(
                    f,
                    "the run, taken up after barrier {barrier} of round {round}, {} phase,",
                    phase.name()
                )
            }
        }
    }
}

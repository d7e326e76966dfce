//! Traces: what passed the wire, on disk; read back, compared, replayed.

mod consistency;
mod container;
mod content;
mod differ;
mod digest;
mod doctor;
pub mod format;
mod pipe;
mod reader;
mod recorder;
mod sinks;
mod stats;
mod tape;
mod words;

pub use consistency::{REMARKS_MAX, Remark, Remarks};
pub use container::{
    BODY_BYTES_MAX, Damage as FileDamage, DamageKind, FRAME_BYTES, MAGIC, MAJOR, OpenError, RawReader,
    RawRecord, ReadError, SYNC, write_record,
};
pub use content::{ContentDifference, ulps};
pub use differ::{Comparer, Divergence, MessageDifference, Verdict};
pub use digest::of_body as body_digest;
pub use doctor::{Findings, STRETCHES_MAX, Stretch, examine, is_trace, recover};
pub use pipe::Pipe;
pub use reader::{Record, Trace, TraceError};
pub use recorder::{CHUNK_BYTES, FLUSH_AFTER, Sink, SinkError, TraceRecorder, Tracer};
pub use sinks::{Memory, TraceFile};
pub use stats::Recount;
pub use tape::{Blob, Event, Events, Fate, Hop, Kept, Level, Shape};

pub(crate) use content::difference;
pub(crate) use digest::{Words, of_carried as carried_digest};
pub(crate) use tape::{Gathered, Tape};

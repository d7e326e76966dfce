//! A society of server, clients, critics and actors that exchange typed, counted, deterministic messages.
//!
//! This crate knows messages, vectors, rounds and local steps. It knows no POMDP, no policy and no gradient: an
//! algorithm is a [`Coordinator`] (what the server decides) and a [`Learner`] (what a worker computes), bundled as an
//! [`Algorithm`]. Roles are pure state machines; a [`host`] moves their messages; every message passes the [`Wire`].

mod codec;
mod fault;
mod fold;
pub mod host;
mod ledger;
mod message;
#[doc = include_str!("ordering.md")]
pub mod ordering {}
mod outcome;
mod plant;
mod ports;
mod reply;
pub mod roles;
mod snapshot;
mod state;
mod stream;
mod touched;
pub mod trace;
mod wire;

pub use codec::{CodecError, FRAME_BYTES_MAX, decode, encode};
pub use fault::{Cause, Fault};
pub use fold::{BlockFold, BlockSum, block_count, block_of, block_size};
pub use ledger::{Counters, Effort, Ledger, Link, Tally, Total};
pub use message::{
    Address, Body, Broadcast, Envelope, Header, Integers, KIND_AGGREGATED, Kind, Letter, Named, Order, Phase,
    Place, Route, StepSize,
};
pub use plant::{Damage, Plant};
pub use ports::{
    Algorithm, Ask, Coordinator, Ended, Job, Learner, Message, Milestone, Reducer, Then, Turn, Work,
};
pub use reply::{Draft, Marked, Reply};
pub use snapshot::{Snapshot, TracePosition};
pub use state::{State, StateInteger};
pub use stream::{Generator, Jump, Purpose, StreamKey};
pub use wire::{Passed, Wire};

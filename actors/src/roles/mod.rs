//! The four roles, as pure state machines: a message in, messages out; no I/O, no clock, no thread.

mod client;
mod dispatch;
mod server;
mod worker;

pub use client::Client;
pub use dispatch::{Asked, Awaited, Barrier, Dispatch};
pub use server::{BarrierEnded, Decision, Saved, Server};
pub use worker::{Borrowed, Worker};

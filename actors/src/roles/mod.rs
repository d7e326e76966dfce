//! The four roles, as pure state machines: a message in, messages out; no I/O, no clock, no thread.

mod client;
mod server;
mod turn;
mod worker;

pub use client::Client;
pub use server::{Decision, Saved, Server, SyncEnded};
pub use worker::Worker;

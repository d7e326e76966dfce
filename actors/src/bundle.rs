//! An algorithm out of two functions: one makes coordinators, one learners.

use crate::{Algorithm, Coordinator, Kind, Learner};
use std::fmt;

/// An algorithm out of its parts: the kinds of its messages, a function that makes the server's side at
/// the beginning of a run, and one that makes the worker's side of a thread. The front page of the crate
/// has one.
pub struct Bundle<C, L> {
    name: &'static str,
    kinds: &'static [Kind],
    coordinator: C,
    learner: L,
    client_state_len: usize,
    server_work: &'static [&'static str],
}

impl<C, L> Bundle<C, L> {
    /// An algorithm that keeps nothing for clients between rounds.
    pub const fn new(name: &'static str, kinds: &'static [Kind], coordinator: C, learner: L) -> Self {
        Bundle { name, kinds, coordinator, learner, client_state_len: 0, server_work: &[] }
    }

    /// The same algorithm, which keeps so many numbers per client: [`Algorithm::client_state_len`].
    pub fn with_client_state(self, len: usize) -> Self {
        Bundle { client_state_len: len, ..self }
    }

    /// The same algorithm, whose server counts what it does under these names: [`Algorithm::server_work`].
    pub fn with_server_work(self, names: &'static [&'static str]) -> Self {
        Bundle { server_work: names, ..self }
    }
}

impl<C, L> fmt::Debug for Bundle<C, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<C, L, Server, Worker> Algorithm for Bundle<C, L>
where
    C: Fn() -> Server + Send + Sync,
    L: Fn() -> Worker + Send + Sync,
    Server: Coordinator + 'static,
    Worker: Learner + 'static,
{
    fn name(&self) -> &str {
        self.name
    }

    fn kinds(&self) -> &[Kind] {
        self.kinds
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        Box::new((self.coordinator)())
    }

    fn learner(&self) -> Box<dyn Learner> {
        Box::new((self.learner)())
    }

    fn client_state_len(&self) -> usize {
        self.client_state_len
    }

    fn server_work(&self) -> &[&'static str] {
        self.server_work
    }
}

//! What a run should send, as its author says, and what it has sent.

use crate::{Ledger, Link, Tally};

/// What is expected of one kind on one link, in the whole run and over all clients.
///
/// ```
/// use dpac_actors::{Count, Link};
/// // Ten rounds, in each of which every client sends two numbers.
/// let counts = |clients: u64| vec![Count::wire("gradient", 10 * clients, 20 * clients)];
/// let Count { link, messages, floats, .. } = counts(3)[0];
/// assert_eq!((link, messages, floats), (Link::Wire, 30, 60));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Name of the kind.
    pub kind: &'static str,
    /// Between whom the messages go.
    pub link: Link,
    /// Number of messages.
    pub messages: u64,
    /// Floats in them, whatever their vectors are called.
    pub floats: u64,
    /// Integers in them, likewise.
    pub integers: u64,
}

impl Count {
    /// Messages that are communication.
    pub const fn wire(kind: &'static str, messages: u64, floats: u64) -> Self {
        Count { kind, link: Link::Wire, messages, floats, integers: 0 }
    }

    /// Messages between clients and their own critics or actors.
    pub const fn local(kind: &'static str, messages: u64, floats: u64) -> Self {
        Count { kind, link: Link::Local, messages, floats, integers: 0 }
    }

    /// The same count, with so many integers.
    pub const fn with_integers(self, integers: u64) -> Self {
        Count { integers, ..self }
    }

    fn of(kind: &'static str, link: Link, tally: &Tally) -> Self {
        let (floats, integers) = (tally.all_floats(), tally.all_integers());
        Count { kind, link, messages: tally.messages, floats, integers }
    }
}

/// A number that was counted and is not the expected one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}{}: {found} {what}, expected were {expected}", beside(*.link))]
pub struct CountDifference {
    /// Name of the kind.
    pub kind: &'static str,
    /// Between whom the messages went.
    pub link: Link,
    /// What was counted: messages, floats or integers.
    pub what: &'static str,
    /// The number that the ledger has.
    pub found: u64,
    /// The number that was expected.
    pub expected: u64,
}

/// What stands beside a kind's name.
fn beside(link: Link) -> &'static str {
    match link {
        Link::Wire => "",
        Link::Local => " (local)",
    }
}

/// Where a ledger is not what is expected.
pub(super) fn differences(ledger: &Ledger, expected: &[Count]) -> Vec<CountDifference> {
    let mut found = Vec::new();
    for (number, kind) in ledger.kinds().iter().enumerate() {
        for link in [Link::Wire, Link::Local] {
            let named = expected.iter().find(|count| (count.kind, count.link) == (kind.name, link));
            let expected = match (named, link) {
                (Some(count), Link::Wire | Link::Local) => *count,
                (None, Link::Wire) => Count::wire(kind.name, 0, 0),
                (None, Link::Local) => continue,
            };
            found.extend(between(Count::of(kind.name, link, ledger.tally(link, number)), expected));
        }
    }
    found
}

fn between(found: Count, expected: Count) -> impl Iterator<Item = CountDifference> {
    let Count { kind, link, .. } = expected;
    let numbers = [
        ("messages", found.messages, expected.messages),
        ("floats", found.floats, expected.floats),
        ("integers", found.integers, expected.integers),
    ];
    let others = numbers.into_iter().filter(|(_, found, expected)| found != expected);
    others.map(move |(what, found, expected)| CountDifference { kind, link, what, found, expected })
}

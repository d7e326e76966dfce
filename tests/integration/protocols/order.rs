//! What passes the wire is what the protocol says, message by message, in its order.

use crate::ledger::{Sizes, sizes};
use crate::whole_run::{resolved, run_resolved};
use dpac::experiment::TraceOptions;
use dpac::theory::counts::Phase;
use dpac::theory::protocol::letter::M;
use dpac::theory::protocol::{Message, Step, Values};
use dpac_actors::trace::{Hop, Kept, Level, Record, Trace};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::fs::File;
use std::path::Path;

/// How a client sees a message: who sends it to whom, its kind, the lengths of its vectors.
type Seen = (String, String, Vec<u64>);

/// All that passes between the server, a client, and its critic and actor, and the server's notes.
fn unrolled(step: &Step, values: &Values, seen: &mut Vec<Seen>) {
    let one = |ends: [&str; 2], message: &Message| -> Seen {
        let length = |letter| values.get(letter).expect("a size");
        let vectors = message.vectors.iter().chain(&message.integers);
        let lengths = vectors.map(|vector| length(vector.length)).collect();
        (ends.join(" to "), message.kind.to_owned(), lengths)
    };
    let role = |message: &Message| match message.phase {
        Phase::Critic => "critic",
        Phase::Actor => "actor",
    };
    match step {
        Step::Broadcast(message) | Step::Sync(message) => {
            seen.extend([one(["server", "client"], message), one(["client", role(message)], message)]);
        }
        Step::Barrier { reply, .. } => {
            seen.extend([one([role(reply), "client"], reply), one(["client", "server"], reply)]);
            seen.push(("server to server".to_owned(), "barrier".to_owned(), Vec::new()));
        }
        Step::Letters { number, letter } => {
            // On a ring all clients have as many neighbours. Letters are on the wire before the barrier
            // closes, and a client has those of the others when it is next asked.
            let clients = values.get(M).expect("a size");
            let neighbours = number.value(values, "letters").expect("small sizes") / clients;
            let closed = seen.pop().expect("letters follow a reply");
            let mut all = |ends| seen.extend((0..neighbours).map(|_| one(ends, letter)));
            all([role(letter), "client"]);
            all(["client", "client"]);
            seen.push(closed);
            seen.extend((0..neighbours).map(|_| one(["client", role(letter)], letter)));
        }
        // No client sees it.
        Step::ServerWork(_) => {}
        Step::Sequence(steps) => steps.iter().for_each(|step| unrolled(step, values, seen)),
        Step::Repeat(times, step) => {
            for _ in 0..times.value(values, "times").expect("small sizes") {
                unrolled(step, values, seen);
            }
        }
    }
}

/// The same of one client, from a trace.
fn recorded(path: &Path, client: u32) -> Vec<Seen> {
    let mut trace = Trace::read(File::open(path).expect("a trace")).expect("a trace");
    let mut seen = Vec::new();
    while let Some(record) = trace.next_record().expect("a readable trace") {
        let Record::Chunk(chunk) = record else { continue };
        for (event, shape) in chunk.events.messages() {
            if event.hop == Hop::Note || event.client() == client {
                let header = event.header(shape);
                let role = |address: dpac_actors::Address| {
                    let name = address.to_string();
                    name.split(':').next().unwrap_or_default().to_owned()
                };
                let ends = format!("{} to {}", role(header.from), role(header.to));
                let lengths = shape.lengths.iter().chain(&shape.integers);
                let lengths = lengths.map(|&length| u64::from(length)).collect();
                seen.push((ends, trace.head().kind_name(header.kind).to_owned(), lengths));
            }
        }
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24, rng_seed: RngSeed::Fixed(14), failure_persistence: None, ..ProptestConfig::default()
    })]

    /// Of every algorithm that has a protocol.
    #[test]
    fn every_client_sees_the_messages_of_the_protocol_in_its_order(sizes in sizes(), threads in 1..4_usize) {
        check(&sizes, threads)?;
    }
}

fn check(sizes: &Sizes, threads: usize) -> Result<(), TestCaseError> {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let path = scratch.path().join("run.dpt");
    let resolved = resolved(&sizes.text(), &[]);
    let shape = resolved.0.shape.clone();
    let values = &shape.values;
    run_resolved(resolved, |options| {
        options.threads = threads;
        options.trace = Some(TraceOptions { path: path.clone(), level: Level::Order, kept: Kept::Everyone });
    });
    let mut expected = Vec::new();
    unrolled(&shape.protocol.steps, values, &mut expected);
    let last = values.get(M).expect("a size") as u32 - 1;
    for client in [0, last / 2, last] {
        prop_assert_eq!(&recorded(&path, client), &expected, "client {}", client);
    }
    Ok(())
}

//! Messages of very many shapes in one turn: a trace has room for them.

use crate::staged::options;
use crate::traces::{compared, file, recorded};
use dpac_actors::host::Placement;
use dpac_actors::trace::format::{Chunk, SHAPES_MAX, op};
use dpac_actors::trace::{Hop, Kept, Level, Verdict};
use dpac_actors::{
    Algorithm, Broadcast, Cause, Coordinator, Effort, Ended, Generator, Job, Kind, Learner, Letter, Message,
    Named, Order, Phase, Reply, StepSize, Turn, Work,
};
use std::sync::Arc;

/// Vectors of a letter have from none to so many components less one.
const LENGTHS: usize = 41;
/// Letters that a client writes, no two of one shape: more than a chunk has shapes.
const LETTERS: usize = LENGTHS * LENGTHS * LENGTHS;

const KINDS: [Kind; 3] = [
    Kind::up("done", Phase::Critic, &["number"]),
    Kind::down("go", Phase::Critic, &["number"]).answered_by(0),
    Kind::peer("tell", Phase::Critic, &["one", "two", "three"]),
];

/// One turn, in which client 0 writes to client 1 in every shape.
#[derive(Clone, Copy, Debug)]
struct ManyShapes;

impl Algorithm for ManyShapes {
    fn name(&self) -> &str {
        "many-shapes"
    }

    fn kinds(&self) -> &[Kind] {
        &KINDS
    }

    fn coordinator(&self) -> Box<dyn Coordinator> {
        Box::new(ManyShapes)
    }

    fn learner(&self) -> Box<dyn Learner> {
        Box::new(ManyShapes)
    }
}

impl Coordinator for ManyShapes {
    fn start(&mut self) -> Result<Turn, Cause> {
        let order = Order { first_step: 0, steps: 1, step_size: StepSize::constant(1.0) };
        Ok(Turn::work(Work::mean(Message::new(1, 0, 0, vec![Named::new("number", [0.5])]), order)))
    }

    fn next(&mut self, _: Ended) -> Result<Turn, Cause> {
        Ok(Turn::finish(Vec::new()))
    }
}

impl Learner for ManyShapes {
    fn prepare(&mut self, _: &Broadcast) -> Result<(), Cause> {
        Ok(())
    }

    fn steps(&mut self, job: &Job<'_>, _: &mut [f64], _: &mut Generator, reply: &mut Reply) -> Effort {
        reply.copy_of(0, &[1.5]);
        if job.client == 0 {
            let vectors: Vec<Arc<[f64]>> = (0..LENGTHS).map(|length| vec![1.0; length].into()).collect();
            for number in 0..LETTERS {
                let of_three = lengths(number).map(|length| Arc::clone(&vectors[length as usize]));
                reply.post(Letter::new(0, 1, 2, of_three.to_vec()));
            }
        }
        Effort { local_steps: 1, ..Effort::default() }
    }
}

/// Lengths of the three vectors of a letter.
fn lengths(number: usize) -> [u32; 3] {
    [number / LENGTHS / LENGTHS, number / LENGTHS % LENGTHS, number % LENGTHS].map(|length| length as u32)
}

#[test]
fn what_has_more_shapes_than_a_chunk_goes_on_in_the_next_one_and_replays() {
    const { assert!(LETTERS > SHAPES_MAX) };
    let alone = options(2, 1, Placement::Shard);
    let (memory, _) = recorded(ManyShapes, &alone, Level::Order, Kept::Everyone);
    let chunks: Vec<Chunk> = memory
        .records
        .iter()
        .filter(|(op, _)| *op == op::CHUNK)
        .map(|(_, body)| Chunk::decode(body).expect("a chunk"))
        .collect();
    assert!(chunks.iter().any(|chunk| chunk.events.shapes.len() == SHAPES_MAX), "one is full");
    assert!(chunks.iter().all(|chunk| chunk.events.shapes.len() <= SHAPES_MAX));
    for hop in [Hop::Return, Hop::Peer, Hop::Hand] {
        let messages = chunks.iter().flat_map(|chunk| chunk.events.messages());
        let letters = messages.filter(|(event, shape)| event.hop == hop && shape.kind == 2);
        let letters: Vec<_> = letters.map(|(_, shape)| shape.lengths.clone()).collect();
        assert_eq!(letters.len(), LETTERS, "{hop:?}");
        assert!((0..LETTERS).all(|number| letters[number] == lengths(number)), "{hop:?}: in their order");
    }
    let by_role = options(2, 2, Placement::Role);
    let (other, _) = recorded(ManyShapes, &by_role, Level::Order, Kept::Everyone);
    assert!(other == memory, "an actor for every role");
    let bytes = file(ManyShapes, &alone, Level::Order);
    assert_eq!(compared(&bytes, ManyShapes, &alone), Verdict::Same);
}

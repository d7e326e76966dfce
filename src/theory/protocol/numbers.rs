//! A protocol in numbers: everything that a run counts.

use super::letter::{H, LINKS, Letter, M};
use super::size::Size;
use super::step::{Chore, Leaf, Message, Protocol, Step, Vector};
use super::values::Values;
use crate::theory::counts::{
    BARRIER_BYTES, ByVector, CountError, Counts, Direction, FLOAT_BYTES, INTEGERS_BYTES, KindCounts,
    LETTER_BYTES, LOCAL_STEPS_DONE_BYTES, PerPhase, Phase, SYNC_BYTES, Totals, VECTOR_BYTES,
};

/// The kind under which the server's notes of barriers are listed.
const BARRIER: &str = "barrier";

impl Protocol {
    /// The letters of its formulas without that of links: a client by itself has none.
    fn sizes(&self) -> Vec<Letter> {
        self.letters().into_iter().filter(|&letter| letter != LINKS).collect()
    }

    /// The counts of a whole run.
    ///
    /// # Errors
    /// If a size that occurs has no value or is 0, or a count does not fit 64 bits.
    pub fn counts(&self, values: &Values) -> Result<Counts, CountError> {
        values.all_at_least_one(&self.sizes())?;
        self.counted(&self.steps, &[], values)
    }

    /// The counts up to the last barrier of the first `rounds` outer rounds.
    ///
    /// # Errors
    /// As [`Protocol::counts`].
    pub fn counts_after(&self, values: &Values, rounds: u64) -> Result<Counts, CountError> {
        values.all_at_least_one(&self.sizes())?;
        let values = match self.rounds {
            Some(letter) => values.clone().with(letter, rounds),
            None => values.clone(),
        };
        if rounds == 0 {
            return self.counted(&Step::Sequence(Vec::new()), &[], &values);
        }
        let begun = up_to_last_barrier(&self.steps, &values)?;
        self.counted(&begun, &under_way(&self.steps.leaves(), &values)?, &values)
    }

    /// Floats and bytes of the message that has the most bytes.
    ///
    /// # Errors
    /// As [`Protocol::counts`].
    pub fn largest_message(&self, values: &Values) -> Result<(u64, u64), CountError> {
        let mut largest = (0, 0);
        for Leaf { direction, message, .. } in self.steps.leaves() {
            let one = weighed(message, direction, 1, values, &mut ByVector::default())?;
            if one.wire_bytes > largest.1 {
                largest = (one.floats, one.wire_bytes);
            }
        }
        Ok(largest)
    }

    /// The counts of some of the steps, and of letters that are under way after them. Every kind of the
    /// protocol is listed.
    fn counted(&self, steps: &Step, under_way: &[Leaf<'_>], values: &Values) -> Result<Counts, CountError> {
        let mut counts = Counts::default();
        for Leaf { direction, message, .. } in self.steps.leaves() {
            let listed = KindCounts { direction, phase: Some(message.phase), totals: Totals::default() };
            counts.by_kind.entry(message.kind).or_insert(listed);
        }
        for leaf in steps.leaves() {
            count(&mut counts, &leaf, values)?;
        }
        for Chore { name, .. } in self.steps.chores() {
            counts.server_work.entry(name).or_insert(0);
        }
        for Chore { loops, name, amount } in steps.chores() {
            let what = "the server's work";
            let done = product(what, &[times(&loops, values)?, amount.value(values, what)?])?;
            let all = counts.server_work.entry(name).or_insert(0);
            *all = sum(what, *all, done)?;
        }
        // A letter has two twins: from its writer's worker, and to its reader's. What is under way has not
        // come to its reader.
        let handed_over = counts.peer;
        for leaf in under_way {
            count(&mut counts, leaf, values)?;
        }
        counts.local = plus(plus(counts.up, counts.down)?, plus(counts.peer, handed_over)?)?;
        counts.barriers = sum("barriers", counts.barriers_by_phase.critic, counts.barriers_by_phase.actor)?;
        counts.env_steps_per_client =
            product("environment steps", &[counts.trajectories_per_client, values.get(H)?])?;
        let notes = Totals {
            messages: counts.barriers,
            wire_bytes: product("bytes", &[counts.barriers, BARRIER_BYTES])?,
            ..Totals::default()
        };
        let notes = KindCounts { direction: Direction::Local, phase: None, totals: notes };
        counts.by_kind.insert(BARRIER, notes);
        Ok(counts)
    }
}

/// The steps without those that follow their last barrier.
fn up_to_last_barrier(step: &Step, values: &Values) -> Result<Step, CountError> {
    Ok(match step {
        Step::Sequence(steps) => {
            let mut kept = steps.clone();
            while let Some(last) = kept.pop() {
                if has_barrier(&last, values)? {
                    kept.push(up_to_last_barrier(&last, values)?);
                    break;
                }
            }
            Step::Sequence(kept)
        }
        Step::Repeat(times, step) => {
            let whole = Step::Repeat(times.clone() - 1, step.clone());
            Step::Sequence(vec![whole, up_to_last_barrier(step, values)?])
        }
        Step::Broadcast(_)
        | Step::Barrier { .. }
        | Step::Sync(_)
        | Step::Letters { .. }
        | Step::ServerWork(_) => step.clone(),
    })
}

/// The letters that are written at the last barrier that happens, of all leaves of a run, in the loops of
/// theirs that do not run around that barrier as well: they are on the wire when it closes, and handed over
/// in the turn that follows.
fn under_way<'a>(leaves: &[Leaf<'a>], values: &Values) -> Result<Vec<Leaf<'a>>, CountError> {
    let mut happening = Vec::new();
    for leaf in leaves {
        if times(&leaf.loops, values)? > 0 {
            happening.push(leaf);
        }
    }
    let is_barrier = |leaf: &&Leaf<'_>| matches!(leaf.step, Step::Barrier { .. });
    let Some(last) = happening.iter().rposition(is_barrier) else { return Ok(Vec::new()) };
    let around = &happening[last].loops;
    let letters = happening[last + 1..].iter().take_while(|leaf| matches!(leaf.step, Step::Letters { .. }));
    let of_its_own = |leaf: &&Leaf<'a>| {
        let shared = leaf.loops.iter().zip(around).take_while(|(one, other)| std::ptr::eq(**one, **other));
        let loops = leaf.loops[shared.count()..].to_vec();
        Leaf { loops, step: leaf.step, direction: leaf.direction, message: leaf.message }
    };
    Ok(letters.map(of_its_own).collect())
}

fn has_barrier(step: &Step, values: &Values) -> Result<bool, CountError> {
    for Leaf { loops, step, .. } in step.leaves() {
        if matches!(step, Step::Barrier { .. }) && times(&loops, values)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How often that happens which stands in these loops.
fn times(loops: &[&Size], values: &Values) -> Result<u64, CountError> {
    loops.iter().try_fold(1, |times, size| product("messages", &[times, size.value(values, "messages")?]))
}

/// Adds what one step comes to.
fn count(counts: &mut Counts, leaf: &Leaf<'_>, values: &Values) -> Result<(), CountError> {
    let &Leaf { ref loops, step, direction, message } = leaf;
    let times = times(loops, values)?;
    let clients = values.get(M)?;
    match step {
        Step::Broadcast(_) => counts.broadcasts = sum("broadcasts", counts.broadcasts, times)?,
        Step::Barrier { local_steps, trajectories, .. } => {
            let closed = of_phase(&mut counts.barriers_by_phase, message.phase);
            *closed = sum("barriers", *closed, times)?;
            let steps = product("local steps", &[times, local_steps.value(values, "local steps")?])?;
            let of_clients = of_phase(&mut counts.local_steps, message.phase);
            *of_clients = sum("local steps", *of_clients, product("local steps", &[clients, steps])?)?;
            let sampled = product("trajectories", &[steps, trajectories.value(values, "trajectories")?])?;
            counts.trajectories_per_client = sum("trajectories", counts.trajectories_per_client, sampled)?;
        }
        Step::Sync(_) | Step::Letters { .. } | Step::ServerWork(_) | Step::Sequence(_) | Step::Repeat(..) => {
        }
    }
    let messages = match step {
        Step::Letters { number, .. } => product("messages", &[number.value(values, "letters")?, times])?,
        _ => product("messages", &[clients, times])?,
    };
    let totals = weighed(message, direction, messages, values, &mut counts.floats_by_vector)?;
    let phase = of_phase(&mut counts.by_phase, message.phase);
    let (all, of_phase) = match direction {
        Direction::Up => (&mut counts.up, &mut phase.up),
        Direction::Peer => (&mut counts.peer, &mut phase.peer),
        Direction::Down | Direction::Local => (&mut counts.down, &mut phase.down),
    };
    let listed = KindCounts { direction, phase: Some(message.phase), totals: Totals::default() };
    let of_kind = &mut counts.by_kind.entry(message.kind).or_insert(listed).totals;
    for sum in [all, of_phase, of_kind] {
        *sum = plus(*sum, totals)?;
    }
    Ok(())
}

/// What so many messages weigh; their floats are also added by vector.
fn weighed(
    message: &Message,
    direction: Direction,
    messages: u64,
    values: &Values,
    floats_by_vector: &mut ByVector,
) -> Result<Totals, CountError> {
    let mut frame_bytes = match direction {
        Direction::Up => LOCAL_STEPS_DONE_BYTES,
        Direction::Down | Direction::Local => SYNC_BYTES,
        Direction::Peer => LETTER_BYTES,
    };
    if direction != Direction::Peer && !message.integers.is_empty() {
        frame_bytes += INTEGERS_BYTES;
    }
    let mut add = |vectors: &[Vector]| {
        let mut numbers = 0;
        for vector in vectors {
            let length = values.get(vector.length)?;
            numbers = sum("numbers", numbers, length)?;
            let payload = product("bytes", &[FLOAT_BYTES, length])?;
            frame_bytes = sum("bytes", frame_bytes, sum("bytes", VECTOR_BYTES, payload)?)?;
            let sent = product("numbers", &[messages, length])?;
            if sent > 0 {
                let by_route = floats_by_vector.entry(vector.name).or_default();
                let of_route = match direction {
                    Direction::Up => &mut by_route.up,
                    Direction::Down | Direction::Local => &mut by_route.down,
                    Direction::Peer => &mut by_route.peer,
                };
                *of_route = sum("numbers", *of_route, sent)?;
            }
        }
        product("numbers", &[messages, numbers])
    };
    let (floats, integers) = (add(&message.vectors)?, add(&message.integers)?);
    Ok(Totals {
        messages,
        floats,
        integers,
        payload_bytes: product("bytes", &[FLOAT_BYTES, sum("numbers", floats, integers)?])?,
        wire_bytes: product("bytes", &[messages, frame_bytes])?,
    })
}

pub(super) fn of_phase<T>(both: &mut PerPhase<T>, phase: Phase) -> &mut T {
    match phase {
        Phase::Critic => &mut both.critic,
        Phase::Actor => &mut both.actor,
    }
}

fn plus(a: Totals, b: Totals) -> Result<Totals, CountError> {
    Ok(Totals {
        messages: sum("messages", a.messages, b.messages)?,
        floats: sum("floats", a.floats, b.floats)?,
        integers: sum("integers", a.integers, b.integers)?,
        payload_bytes: sum("bytes", a.payload_bytes, b.payload_bytes)?,
        wire_bytes: sum("bytes", a.wire_bytes, b.wire_bytes)?,
    })
}

fn product(what: &'static str, factors: &[u64]) -> Result<u64, CountError> {
    factors
        .iter()
        .try_fold(1_u64, |product, &factor| product.checked_mul(factor))
        .ok_or(CountError::Overflow { what })
}

fn sum(what: &'static str, a: u64, b: u64) -> Result<u64, CountError> {
    a.checked_add(b).ok_or(CountError::Overflow { what })
}

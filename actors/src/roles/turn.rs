//! What a turn must be like, whichever host carries it out.

use crate::{Broadcast, Cause, Direction, Kind, Named, Then, Turn, VectorName, Work};

/// Finds the slip in a turn, if there is one, so that it is the same fault in every host. `serial` is that of the last
/// broadcast before the turn; `first` says that the run begins with it.
///
/// # Errors
/// A turn that its workers could not carry out, or not as its barrier says.
pub(super) fn check(turn: &Turn, kinds: &[Kind], serial: u64, first: bool) -> Result<(), Cause> {
    let work = match &turn.then {
        Then::Work(work) => Some(work),
        Then::Finish(_) => None,
    };
    let mut orders = 0;
    for (broadcast, serial) in turn.broadcasts.iter().zip(serial + 1..) {
        let kind = kinds.get(usize::from(broadcast.kind)).filter(|kind| kind.direction == Direction::Down);
        let Some(kind) = kind else {
            return slip(format!("a broadcast of kind {}", broadcast.kind));
        };
        if broadcast.serial != serial {
            return slip(format!("broadcast {} where {serial} is due", broadcast.serial));
        }
        if broadcast.phase != kind.phase || !named(&broadcast.vectors, kind.vectors) {
            return slip(format!("a {} that its kind does not declare", kind.name));
        }
        if broadcast.order.steps > 0 {
            orders += 1;
            if !work.is_some_and(|work| orders_work(broadcast, kind, work)) {
                return slip(format!("a {} with an order for another barrier", kind.name));
            }
        }
    }
    let Some(work) = work else { return Ok(()) };
    let kind = kinds.get(usize::from(work.reply)).filter(|kind| kind.direction == Direction::Up);
    let Some(kind) = kind else {
        return slip(format!("replies of kind {}", work.reply));
    };
    if work.phase != kind.phase || !named(&work.base, kind.vectors) {
        return slip(format!("a base that is not like a {}", kind.name));
    }
    if work.known && !first {
        return slip("an order that no message carries, after the first turn".into());
    }
    match orders + u32::from(work.known) {
        1 => Ok(()),
        orders => slip(format!("{orders} orders for one barrier")),
    }
}

/// Whether the order is the one that the barrier waits for.
fn orders_work(broadcast: &Broadcast, kind: &Kind, work: &Work) -> bool {
    (broadcast.round, broadcast.phase, broadcast.sync) == (work.round, work.phase, work.sync)
        && broadcast.order == work.order
        && kind.answer == Some(work.reply)
}

/// Whether vectors have the declared names, in order; the last ones may be left out.
fn named(vectors: &[Named], names: &[VectorName]) -> bool {
    vectors.len() <= names.len() && vectors.iter().zip(names).all(|(vector, &name)| vector.name == name)
}

fn slip(what: String) -> Result<(), Cause> {
    Err(Cause::Turn(what))
}

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
    if let Then::Finish(results) = &turn.then {
        finite(results)?;
    }
    let mut orders = 0;
    let serial_of_last = serial + turn.broadcasts.len() as u64;
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
            // Otherwise it would depend on the host whether learners have taken in the rest before they work.
            if broadcast.serial != serial_of_last {
                return slip(format!("a {} with an order, and a broadcast after it", kind.name));
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

/// Results cross no wire, so their numbers are looked at here.
fn finite(results: &[Named]) -> Result<(), Cause> {
    for Named { name, values } in results {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(Cause::NotFinite { vector: name.name(), index, value: values[index] });
        }
    }
    Ok(())
}

fn slip(what: String) -> Result<(), Cause> {
    Err(Cause::Turn(what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Opens, Order, Phase, Recipients, Reducer, StepSize};
    use std::sync::Arc;

    const KINDS: [Kind; 4] = [
        kind("up", Direction::Up, Phase::Critic, None, &[VectorName::Psi]),
        kind("sync", Direction::Down, Phase::Critic, Some(0), &[VectorName::Psi, VectorName::Theta]),
        kind("other_up", Direction::Up, Phase::Actor, None, &[VectorName::Psi]),
        kind("other_sync", Direction::Down, Phase::Actor, Some(2), &[VectorName::Psi]),
    ];

    const fn kind(
        name: &'static str,
        direction: Direction,
        phase: Phase,
        answer: Option<u16>,
        vectors: &'static [VectorName],
    ) -> Kind {
        Kind { name, direction, phase, opens: Opens::Nothing, answer, vectors }
    }

    fn psi() -> Vec<Named> {
        vec![Named { name: VectorName::Psi, values: Arc::new([1.0]) }]
    }

    fn broadcast(serial: u64, kind: u16, order: Order) -> Broadcast {
        let phase = KINDS[usize::from(kind)].phase;
        Broadcast { serial, kind, round: 2, phase, sync: 1, order, vectors: psi() }
    }

    /// The last broadcast before was number 6; number 7 asks for nothing, number 8 for three steps.
    fn good() -> (Vec<Broadcast>, Work) {
        let order = Order { first_step: 3, steps: 3, step_size: StepSize::constant(0.5) };
        let work = Work {
            round: 2,
            phase: Phase::Critic,
            sync: 1,
            order,
            reply: 0,
            base: psi(),
            recipients: Recipients::Everyone,
            reducer: Reducer::Mean,
            known: false,
        };
        (vec![broadcast(7, 3, Order::NONE), broadcast(8, 1, order)], work)
    }

    fn checked(broadcasts: Vec<Broadcast>, then: Then, first: bool) -> Result<(), Cause> {
        let broadcasts = broadcasts.into_iter().map(Arc::new).collect();
        check(&Turn { broadcasts, milestone: None, then }, &KINDS, 6, first)
    }

    #[test]
    fn turns_that_can_be_carried_out_pass() {
        let (broadcasts, work) = good();
        assert_eq!(checked(broadcasts.clone(), Then::Work(work.clone()), false), Ok(()));
        assert_eq!(checked(Vec::new(), Then::Work(Work { known: true, ..work }), true), Ok(()));
        assert_eq!(checked(broadcasts[..1].to_vec(), Then::Finish(psi()), false), Ok(()));
    }

    #[test]
    fn a_slip_in_a_broadcast_is_found() {
        type Change = fn(&mut Broadcast);
        let changes: [(&str, Change); 11] = [
            ("serial", |broadcast| broadcast.serial = 7),
            ("kind beyond the table", |broadcast| broadcast.kind = 4),
            ("kind that goes up", |broadcast| broadcast.kind = 0),
            ("phase", |broadcast| broadcast.phase = Phase::Actor),
            ("round", |broadcast| broadcast.round = 3),
            ("sync", |broadcast| broadcast.sync = 2),
            ("first step", |broadcast| broadcast.order.first_step = 0),
            ("step size", |broadcast| broadcast.order.step_size.cap = 0.25),
            ("no order", |broadcast| broadcast.order = Order::NONE),
            ("name", |broadcast| broadcast.vectors[0].name = VectorName::Theta),
            ("vectors", |broadcast| broadcast.vectors.extend([psi(), psi()].concat())),
        ];
        for (what, change) in changes {
            let (mut broadcasts, work) = good();
            change(&mut broadcasts[1]);
            let found = checked(broadcasts, Then::Work(work), false);
            assert!(matches!(found, Err(Cause::Turn(_))), "{what}: {found:?}");
        }
    }

    #[test]
    fn a_slip_in_a_barrier_is_found() {
        type Change = fn(&mut Work);
        let changes: [(&str, Change); 8] = [
            ("round", |work| work.round = 1),
            ("phase", |work| work.phase = Phase::Actor),
            ("sync", |work| work.sync = 0),
            ("steps", |work| work.order.steps = 2),
            ("kind beyond the table", |work| work.reply = 9),
            ("kind that goes down", |work| work.reply = 1),
            ("base", |work| work.base[0].name = VectorName::Omega),
            ("two orders", |work| work.known = true),
        ];
        for (what, change) in changes {
            let (broadcasts, mut work) = good();
            change(&mut work);
            let found = checked(broadcasts, Then::Work(work), true);
            assert!(matches!(found, Err(Cause::Turn(_))), "{what}: {found:?}");
        }
    }

    #[test]
    fn orders_without_a_barrier_or_without_a_message_are_found() {
        let (broadcasts, work) = good();
        checked(broadcasts, Then::Finish(psi()), false).expect_err("nobody waits for the work");
        checked(Vec::new(), Then::Work(work.clone()), true).expect_err("nobody works");
        let known = Work { known: true, ..work };
        checked(Vec::new(), Then::Work(known), false).expect_err("nobody could know it");
    }

    #[test]
    fn results_that_are_no_numbers_are_a_fault() {
        let results = |last: f64| {
            let named = Named { name: VectorName::Psi, values: vec![1.0, last].into() };
            Turn { broadcasts: Vec::new(), milestone: None, then: Then::Finish(vec![named]) }
        };
        assert_eq!(check(&results(2.0), &KINDS, 0, false), Ok(()));
        let found = check(&results(f64::INFINITY), &KINDS, 0, false);
        assert_eq!(found, Err(Cause::NotFinite { vector: "psi", index: 1, value: f64::INFINITY }));
    }
}

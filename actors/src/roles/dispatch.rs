//! A coordinator's turn, as it is carried out: numbered, placed and checked, whichever host does it.

use crate::{
    Address, Ask, Broadcast, Cause, Header, Integers, Kind, Message, Milestone, Named, Order, Place, Reducer,
    Route, Then, Turn,
};
use std::sync::Arc;

/// A turn that can be carried out.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// What is sent, in this order, each to every client; only the last one may carry an order.
    pub broadcasts: Vec<Arc<Broadcast>>,
    /// What an outer round has brought, for observers.
    pub milestone: Option<Milestone>,
    /// The server's own vector after the barrier before, for observers, where the algorithm shows it.
    pub iterate: Option<Named>,
    /// What the server has done to come to this turn, by place in
    /// [`Algorithm::server_work`](crate::Algorithm::server_work).
    pub done: Vec<u64>,
    /// What is waited for.
    pub then: Awaited,
}

/// What a turn waits for.
#[derive(Clone, Debug)]
pub enum Awaited {
    /// Replies to an order.
    Replies(Barrier),
    /// Nothing: the run is over, and these are its results.
    Results(Vec<Named>),
}

/// A barrier: who is asked for what, and how the replies are folded.
#[derive(Clone, Debug)]
pub struct Barrier {
    /// What workers are asked for.
    pub asked: Asked,
    /// Whether they knew it before the run, so that no message asks them.
    pub known: bool,
    /// What replies are differences from: one vector for each of a reply.
    pub base: Vec<Named>,
    /// Names of a reply's vectors of integers.
    pub integers: &'static [&'static str],
    /// How replies become one.
    pub reducer: Reducer,
}

/// What a worker is asked for: local steps, and a reply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked {
    /// The barrier that is asked for.
    pub place: Place,
    /// The local steps.
    pub order: Order,
    /// Number of the reply's kind.
    pub reply: u16,
}

impl Asked {
    /// What a broadcast asks its receivers for, if it asks for anything: the one rule, for every role and
    /// host.
    #[inline]
    pub fn by(broadcast: &Broadcast, kinds: &[Kind]) -> Option<Asked> {
        if broadcast.order.steps == 0 {
            return None;
        }
        let reply = kinds.get(usize::from(broadcast.kind))?.answer?;
        Some(Asked { place: broadcast.place, order: broadcast.order, reply })
    }

    /// The header that a message with this order would have between client `m` and its worker.
    pub fn header(&self, m: u32) -> Header {
        let to = self.place.phase.worker(m);
        Header { from: Address::Client(m), to, place: self.place, kind: self.reply }
    }
}

impl Dispatch {
    /// The turn's barrier.
    pub fn barrier(&self) -> Option<&Barrier> {
        match &self.then {
            Awaited::Replies(barrier) => Some(barrier),
            Awaited::Results(_) => None,
        }
    }

    /// Numbers and places a turn's messages, after `serial` broadcasts, and finds the slip in it, if there
    /// is one; `first` says that the run begins with it.
    ///
    /// # Errors
    /// A turn that workers could not carry out.
    pub(super) fn of(turn: Turn, kinds: &[Kind], serial: u64, first: bool) -> Result<Self, Cause> {
        let mut stamp = Stamp { kinds, serial };
        let mut broadcasts = Vec::with_capacity(turn.tell.len() + 1);
        for message in turn.tell {
            broadcasts.push(stamp.broadcast(message, Order::NONE)?);
        }
        let then = match turn.then {
            Then::Finish(results) => {
                finite(&results)?;
                Awaited::Results(results)
            }
            Then::Work(work) => {
                let (asked, known) = match work.ask {
                    Ask::With(message) => {
                        let broadcast = stamp.broadcast(message, work.order)?;
                        let asked = Asked::by(&broadcast, kinds).ok_or_else(|| {
                            slip(format!(
                                "a {} that asks for no local steps",
                                kinds[usize::from(broadcast.kind)].name
                            ))
                        })?;
                        broadcasts.push(broadcast);
                        (asked, false)
                    }
                    Ask::Known { .. } if !first => {
                        return Err(slip("an order that no message carries, after the first turn".into()));
                    }
                    Ask::Known { round, barrier, reply } => {
                        let phase =
                            kinds.get(usize::from(reply)).map_or(crate::Phase::Critic, |kind| kind.phase);
                        (Asked { place: Place { round, phase, barrier }, order: work.order, reply }, true)
                    }
                };
                let kind = kinds.get(usize::from(asked.reply)).filter(|kind| kind.route == Route::Up);
                let Some(kind) = kind.filter(|kind| kind.phase == asked.place.phase) else {
                    return Err(slip(format!("replies of kind {}", asked.reply)));
                };
                if !named(work.base.iter().map(|vector| vector.name), kind.vectors) {
                    return Err(slip(format!("a base that is not like a {}", kind.name)));
                }
                let (base, integers, reducer) = (work.base, kind.integers, work.reducer);
                Awaited::Replies(Barrier { asked, known, base, integers, reducer })
            }
        };
        let Turn { milestone, iterate, done, .. } = turn;
        Ok(Dispatch { broadcasts, milestone, iterate, done, then })
    }
}

/// Makes messages broadcasts.
struct Stamp<'a> {
    kinds: &'a [Kind],
    serial: u64,
}

impl Stamp<'_> {
    fn broadcast(&mut self, message: Message, order: Order) -> Result<Arc<Broadcast>, Cause> {
        let Message { kind: number, round, barrier, vectors, integers } = message;
        let kind = self.kinds.get(usize::from(number)).filter(|kind| kind.route == Route::Down);
        let kind = kind.ok_or_else(|| slip(format!("a broadcast of kind {number}")))?;
        let declared = named(vectors.iter().map(|vector| vector.name), kind.vectors)
            && named(integers.iter().map(|&Integers { name, .. }| name), kind.integers);
        if !declared {
            return Err(slip(format!("a {} that its kind does not declare", kind.name)));
        }
        self.serial += 1;
        let place = Place { round, phase: kind.phase, barrier };
        Ok(Arc::new(Broadcast { serial: self.serial, kind: number, place, order, vectors, integers }))
    }
}

/// Whether vectors have the declared names, in order; the last ones may be left out.
fn named(vectors: impl ExactSizeIterator<Item = &'static str>, names: &[&'static str]) -> bool {
    vectors.len() <= names.len() && vectors.zip(names).all(|(vector, &name)| vector == name)
}

/// Looks at the numbers of results, which cross no wire.
fn finite(results: &[Named]) -> Result<(), Cause> {
    for Named { name, values } in results {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(Cause::NotFinite { vector: name, index, value: values[index] });
        }
    }
    Ok(())
}

fn slip(what: String) -> Cause {
    Cause::Turn(what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Phase, StepSize, Work};

    const KINDS: [Kind; 5] = [
        Kind::up("up", Phase::Critic, &["psi"]),
        Kind::down("barrier", Phase::Critic, &["psi", "theta"]).answered_by(0),
        Kind::up("other_up", Phase::Actor, &["psi"]),
        Kind::down("other_down", Phase::Actor, &["psi"]).answered_by(2),
        Kind::down("news", Phase::Actor, &["psi"]),
    ];

    const ORDER: Order = Order { first_step: 3, steps: 3, step_size: StepSize::constant(0.5) };

    fn psi() -> Vec<Named> {
        vec![Named::new("psi", [1.0])]
    }

    fn message(kind: u16) -> Message {
        Message::new(kind, 2, 1, psi())
    }

    /// A message that asks for nothing, and one that asks for three steps.
    fn good() -> Turn {
        Turn::work(Work { ask: Ask::With(message(1)), order: ORDER, base: psi(), reducer: Reducer::Mean })
            .telling(message(3))
    }

    fn checked(turn: Turn, first: bool) -> Result<Dispatch, Cause> {
        Dispatch::of(turn, &KINDS, 6, first)
    }

    fn known(reply: u16) -> Turn {
        let ask = Ask::Known { round: 2, barrier: 1, reply };
        Turn::work(Work { ask, order: ORDER, base: psi(), reducer: Reducer::Mean })
    }

    #[test]
    fn a_turn_is_numbered_and_placed() {
        let dispatch = checked(good(), false).expect("it can be carried out");
        let place = Place { round: 2, phase: Phase::Critic, barrier: 1 };
        let [news, asking] = &dispatch.broadcasts[..] else { panic!("two") };
        assert_eq!(
            (news.serial, news.order, news.place),
            (7, Order::NONE, Place { phase: Phase::Actor, ..place })
        );
        assert_eq!((asking.serial, asking.order, asking.place), (8, ORDER, place));
        let barrier = dispatch.barrier().expect("one");
        assert_eq!((barrier.asked, barrier.known), (Asked { place, order: ORDER, reply: 0 }, false));
        assert_eq!(Asked::by(asking, &KINDS), Some(barrier.asked));
        assert_eq!(Asked::by(news, &KINDS), None);
        let first = checked(known(0), true).expect("the run can begin with it");
        assert_eq!(first.barrier().map(|barrier| (barrier.asked.place, barrier.known)), Some((place, true)));
        assert!(checked(Turn::finish(psi()).telling(message(3)), false).is_ok());
    }

    #[test]
    fn a_slip_in_a_turn_is_found() {
        let asking = |message: Message| {
            Turn::work(Work { ask: Ask::With(message), order: ORDER, base: psi(), reducer: Reducer::Mean })
        };
        let with_base = |base| {
            Turn::work(Work { ask: Ask::With(message(1)), order: ORDER, base, reducer: Reducer::Mean })
        };
        let theta = || Named::new("theta", [1.0]);
        let slips = [
            ("kind beyond the table", good().telling(message(5))),
            ("kind that goes up", good().telling(message(0))),
            ("name", good().telling(Message::new(3, 2, 1, vec![theta()]))),
            ("vectors", good().telling(Message::new(3, 2, 1, [psi(), psi()].concat()))),
            ("integers", good().telling(message(3).with_integers("n", [1]))),
            ("a kind that nobody answers", asking(message(4))),
            ("a kind that goes up and asks", asking(message(0))),
            ("base", with_base(vec![theta()])),
            ("base of two", with_base([psi(), psi()].concat())),
        ];
        for (what, turn) in slips {
            let found = checked(turn, false);
            assert!(matches!(found, Err(Cause::Turn(_))), "{what}: {found:?}");
        }
        for (reply, first) in [(0, false), (1, true), (9, true)] {
            let found = checked(known(reply), first);
            assert!(matches!(found, Err(Cause::Turn(_))), "{reply}: {found:?}");
        }
        let idle = Turn::work(Work {
            ask: Ask::With(message(1)),
            order: Order::NONE,
            base: psi(),
            reducer: Reducer::Mean,
        });
        assert!(matches!(checked(idle, false), Err(Cause::Turn(_))));
    }

    #[test]
    fn results_that_are_no_numbers_are_a_fault() {
        let results = |last: f64| Turn::finish(vec![Named::new("psi", [1.0, last])]);
        assert!(checked(results(2.0), false).is_ok());
        let found = checked(results(f64::INFINITY), false).map(|_| ());
        assert_eq!(found, Err(Cause::NotFinite { vector: "psi", index: 1, value: f64::INFINITY }));
    }
}

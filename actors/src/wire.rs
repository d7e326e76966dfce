//! The one seam: every message between two roles passes here, and is checked and counted here.

use crate::codec::{self, frame_bytes};
use crate::touched::Touched;
use crate::trace::{Blob, Events, Fate, Tape};
use crate::{
    Address, Body, Broadcast, Cause, CodecError, Damage, Effort, Envelope, Fault, Header, KIND_BARRIER, Kind,
    Ledger, Letter, Link, Phase, Plant, Route,
};
use std::sync::Arc;

/// The wire of one thread. Encoding, the ledger and the fault checks hang here and nowhere else.
#[derive(Clone, Debug)]
pub struct Wire {
    kinds: Arc<[Kind]>,
    ledger: Ledger,
    counting: bool,
    check: bool,
    plant: Option<Plant>,
    tape: Option<Tape>,
    /// The role whose code is running, and its round: named when it panics.
    at_work: (Address, u32),
}

/// A payload whose numbers a wire has looked at. Only a wire makes one, so that whoever has one may pass it
/// on as it is.
#[derive(Clone, Copy, Debug)]
pub struct Passed<B> {
    body: B,
    /// Of the body, where messages are recorded; 0 otherwise.
    digest: u64,
    /// Of its frame.
    bytes: u64,
}

impl Passed<Body> {
    /// The same payload, borrowed.
    pub fn as_ref(&self) -> Passed<&Body> {
        Passed { body: &self.body, digest: self.digest, bytes: self.bytes }
    }

    /// The payload.
    pub fn into_body(self) -> Body {
        self.body
    }
}

impl<'a> Passed<&'a Body> {
    /// The payload.
    #[inline]
    pub fn body(self) -> &'a Body {
        self.body
    }

    /// The same payload, to be kept.
    pub fn to_owned(self) -> Passed<Body> {
        Passed { body: self.body.clone(), digest: self.digest, bytes: self.bytes }
    }
}

/// The numbers of a payload that have to be looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scan<'a> {
    /// All of them.
    Numbers,
    /// Of the only vector of a reply, these; the others are those of the broadcast that it answers.
    Touched(&'a Touched),
}

type Delivered = Result<(), Fault>;

impl Wire {
    /// A wire for messages of these kinds. With `check`, each message is encoded, decoded and compared.
    pub fn new(kinds: Arc<[Kind]>, check: bool, plant: Option<Plant>) -> Self {
        let ledger = Ledger::new(Arc::clone(&kinds));
        Wire { ledger, counting: true, kinds, check, plant, tape: None, at_work: (Address::Server, 0) }
    }

    /// The same wire; if not `counting`, no message gets into its ledger.
    pub(crate) fn counting(self, counting: bool) -> Self {
        Wire { counting, ..self }
    }

    /// The same wire, writing down what passes.
    pub(crate) fn taped(self, tape: Option<Tape>) -> Self {
        Wire { tape, ..self }
    }

    /// The kinds of messages, by number.
    pub(crate) fn kinds(&self) -> &Arc<[Kind]> {
        &self.kinds
    }

    /// What was written down since the last time; nothing without a tape.
    pub(crate) fn take_events(&mut self) -> Events {
        self.tape.as_mut().map(Tape::take).unwrap_or_default()
    }

    /// What passed.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What passed since the last time.
    pub fn take_ledger(&mut self) -> Ledger {
        self.ledger.take()
    }

    /// The role whose code is running on this thread, and the round.
    pub fn at_work(&self) -> (Address, u32) {
        self.at_work
    }

    /// Names the role whose code runs next, where no message starts it.
    pub fn begin_work(&mut self, role: Address, round: u32) {
        self.at_work = (role, round);
    }

    /// Passes a message with new numbers: looks at them, charges the sender, and hands the payload to
    /// `deliver`, which is called once.
    ///
    /// # Errors
    /// A non-finite number, an unknown kind or another kind's vectors, a failed wire check, or what `deliver`
    /// finds wrong.
    #[inline]
    pub fn pass(
        &mut self,
        header: &Header,
        body: &Body,
        deliver: impl FnMut(&mut Wire, &Header, Passed<&Body>) -> Delivered,
    ) -> Delivered {
        self.pass_scanned(header, body, Scan::Numbers, deliver)
    }

    /// [`Wire::pass`], where it is known which numbers are new.
    #[inline]
    pub(crate) fn pass_scanned(
        &mut self,
        header: &Header,
        body: &Body,
        scan: Scan<'_>,
        mut deliver: impl FnMut(&mut Wire, &Header, Passed<&Body>) -> Delivered,
    ) -> Delivered {
        if self.plant.is_some_and(|plant| plant.header == *header) {
            return self.pass_damaged(header, body, None, &mut deliver);
        }
        let digest = self.tape.as_mut().map_or(0, |tape| tape.write(header, body, Fate::Delivered));
        let passed = Passed { body, digest, bytes: frame_bytes(body) };
        self.admit(header, passed, scan)?;
        self.hand_over(header, passed, &mut deliver)
    }

    /// Passes on what has passed before: charges the sender, and hands it to `deliver`, which is called once.
    ///
    /// # Errors
    /// As [`Wire::pass`], but for numbers.
    #[inline]
    pub fn pass_on(
        &mut self,
        header: &Header,
        passed: Passed<&Body>,
        mut deliver: impl FnMut(&mut Wire, &Header, Passed<&Body>) -> Delivered,
    ) -> Delivered {
        if self.plant.is_some_and(|plant| plant.header == *header) {
            return self.pass_damaged(header, passed.body, Some(passed), &mut deliver);
        }
        if let Some(tape) = &mut self.tape {
            tape.write_again(header, passed.body, passed.digest, Fate::Delivered);
        }
        self.admit_again(header, passed)?;
        self.hand_over(header, passed, &mut deliver)
    }

    #[inline]
    fn hand_over(
        &mut self,
        header: &Header,
        passed: Passed<&Body>,
        deliver: &mut impl FnMut(&mut Wire, &Header, Passed<&Body>) -> Delivered,
    ) -> Delivered {
        self.at_work = (header.to, header.place.round);
        let delivered = deliver(self, header, passed);
        self.at_work.0 = header.from;
        delivered
    }

    /// The server starts sending a broadcast: its numbers are looked at once, its fan-out counted once.
    /// Each copy is [passed on](Wire::pass_on). Where what messages carry is recorded, this is it.
    ///
    /// # Errors
    /// A non-finite number.
    pub fn fan_out(&mut self, broadcast: &Arc<Broadcast>) -> Result<(Passed<Body>, Option<Blob>), Fault> {
        for vector in &broadcast.vectors {
            finite(Address::Server, broadcast.place.round, vector.name, &vector.values)?;
        }
        self.ledger.count_fan_out(usize::from(broadcast.kind));
        let body = Body::Sync(Arc::clone(broadcast));
        let (digest, blob) = self.tape.as_ref().map_or((0, None), |tape| tape.announce(&body));
        let bytes = frame_bytes(&body);
        Ok((Passed { body, digest, bytes }, blob))
    }

    /// A letter that was under way when a run was interrupted, which had passed the wire before.
    pub(crate) fn readmit(&self, letter: &Arc<Letter>) -> Passed<Body> {
        let body = Body::Letter(Arc::clone(letter));
        let digest = self.tape.as_ref().map_or(0, |tape| tape.announce(&body).0);
        let bytes = frame_bytes(&body);
        Passed { body, digest, bytes }
    }

    /// Counts the work of a worker; it costs no message.
    pub fn effort(&mut self, phase: Phase, effort: &Effort) {
        self.ledger.count_effort(phase, effort);
    }

    /// What has numbers that are new.
    #[inline(never)]
    fn admit(&mut self, header: &Header, passed: Passed<&Body>, scan: Scan<'_>) -> Result<(), Fault> {
        self.admit_if(header, passed, |kind| look(header, kind, passed.body, scan))
    }

    /// What has passed before: most of what passes. A function of its own keeps what looking takes out of it.
    #[inline(never)]
    fn admit_again(&mut self, header: &Header, passed: Passed<&Body>) -> Result<(), Fault> {
        self.admit_if(header, passed, |_| Ok(()))
    }

    #[inline(always)]
    fn admit_if(
        &mut self,
        header: &Header,
        passed: Passed<&Body>,
        look: impl FnOnce(&Kind) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let Passed { body, bytes, .. } = passed;
        if self.check {
            self.check(header, body, bytes).map_err(|error| refusal(header, error.into()))?;
        }
        if header.kind == KIND_BARRIER {
            self.ledger.count_note(header.place.phase, bytes);
            return Ok(());
        }
        let number = usize::from(header.kind);
        let Some(kind) = self.kinds.get(number) else { return Err(unknown(header)) };
        let Some(link) = link(kind, header, body) else { return Err(undeclared(kind, header, body)) };
        look(kind)?;
        if self.counting {
            self.ledger.count_message(link, number, body, bytes);
        }
        Ok(())
    }

    /// Apart from what every message goes through, whose registers it would take.
    #[cold]
    #[inline(never)]
    fn check(&self, header: &Header, body: &Body, bytes: u64) -> Result<(), CodecError> {
        let frame = codec::encode(header, body)?;
        if frame.len() as u64 != bytes {
            let error = format!("{} bytes were counted for a frame of {}", bytes, frame.len());
            return Err(CodecError::Mismatch(error));
        }
        let Envelope { header: read, body: read_body } = codec::decode(&frame, &self.kinds)?;
        // Encoding is injective, so equal bytes mean equal bits.
        if read != *header || codec::encode(&read, &read_body)? != frame {
            return Err(CodecError::Mismatch("the decoded message is another one".into()));
        }
        Ok(())
    }

    /// `before` is what has passed before, if it has.
    #[cold]
    fn pass_damaged(
        &mut self,
        header: &Header,
        body: &Body,
        before: Option<Passed<&Body>>,
        deliver: &mut dyn FnMut(&mut Wire, &Header, Passed<&Body>) -> Delivered,
    ) -> Delivered {
        let damage = self.plant.take().map(|plant| plant.damage);
        let mut pass = |wire: &mut Wire| match before {
            Some(passed) => wire.pass_on(header, passed, &mut *deliver),
            None => wire.pass_scanned(header, body, Scan::Numbers, &mut *deliver),
        };
        let mut changed = body.clone();
        match damage {
            None => return pass(self),
            Some(Damage::Double) => {
                pass(self)?;
                return pass(self);
            }
            Some(Damage::Drop) => {
                match (&mut self.tape, before) {
                    (Some(tape), Some(passed)) => {
                        tape.write_again(header, body, passed.digest, Fate::Dropped);
                    }
                    (Some(tape), None) => {
                        tape.write(header, body, Fate::Dropped);
                    }
                    (None, _) => {}
                }
                return Ok(());
            }
            Some(Damage::Panic) => {
                self.at_work = (header.to, header.place.round);
                panic!("planted in {}", header.to);
            }
            Some(Damage::Lengthen) => alter(&mut changed, |values| values.push(0.0)),
            Some(Damage::Nudge(i)) => alter(&mut changed, |values| values[i] = values[i].next_up()),
            Some(Damage::Poison) => alter(&mut changed, |values| values[0] = f64::NAN),
        }
        self.pass_scanned(header, &changed, Scan::Numbers, deliver)
    }
}

/// Changes the first vector of a message, where it has one.
fn alter(body: &mut Body, change: impl FnOnce(&mut Vec<f64>)) {
    fn altered(values: &[f64], change: impl FnOnce(&mut Vec<f64>)) -> Arc<[f64]> {
        let mut values = values.to_vec();
        change(&mut values);
        values.into()
    }
    match body {
        Body::Sync(broadcast) => {
            if let Some(first) = Arc::make_mut(broadcast).vectors.first_mut() {
                first.values = altered(&first.values, change);
            }
        }
        Body::LocalStepsDone { vectors, .. } => {
            if let Some(first) = vectors.first_mut() {
                change(first);
            }
        }
        Body::Letter(letter) => {
            if let Some(first) = Arc::make_mut(letter).vectors.first_mut() {
                *first = altered(first, change);
            }
        }
        Body::Barrier { .. } => {}
    }
}

/// The link that a message goes on; `None` where its kind does not go that way, or carries no such vectors.
#[inline(always)]
fn link(kind: &Kind, header: &Header, body: &Body) -> Option<Link> {
    use Address::{Actor, Client, Critic, Server};
    if kind.phase != header.place.phase {
        return None;
    }
    let (from, to) = (header.from, header.to);
    let (carried, link) = match kind.route {
        Route::Down => {
            let Body::Sync(sent) = body else { return None };
            let link = match (from, to) {
                (Server, Client(_)) => Link::Wire,
                (Client(m), Critic(w) | Actor(w)) if m == w => Link::Local,
                _ => return None,
            };
            (kind.carries(sent.vectors.len(), sent.integers.len()), link)
        }
        Route::Up => {
            let Body::LocalStepsDone { vectors, integers, .. } = body else { return None };
            let link = match (from, to) {
                (Client(_), Server) => Link::Wire,
                (Critic(w) | Actor(w), Client(m)) if m == w => Link::Local,
                _ => return None,
            };
            (kind.carries(vectors.len(), integers.len()), link)
        }
        Route::Peer => {
            let Body::Letter(letter) = body else { return None };
            let link = match (from, to) {
                (Client(_), Client(_)) => Link::Wire,
                (Client(m), Critic(w) | Actor(w)) | (Critic(w) | Actor(w), Client(m)) if m == w => {
                    Link::Local
                }
                _ => return None,
            };
            (kind.carries(letter.vectors.len(), letter.integers.len()), link)
        }
    };
    carried.then_some(link)
}

/// The fault of a message that must not pass.
#[cold]
fn refusal(header: &Header, cause: Cause) -> Fault {
    Fault { role: header.from, round: header.place.round, cause }
}

#[cold]
fn unknown(header: &Header) -> Fault {
    refusal(header, Cause::Unexpected(format!("a message of kind {}", header.kind)))
}

/// Why a message has no link.
#[cold]
fn undeclared(kind: &Kind, header: &Header, body: &Body) -> Fault {
    let (vectors, integers) = match body {
        Body::Sync(sent) => (sent.vectors.len(), sent.integers.len()),
        Body::LocalStepsDone { vectors, integers, .. } => (vectors.len(), integers.len()),
        Body::Letter(letter) => (letter.vectors.len(), letter.integers.len()),
        Body::Barrier { .. } => (0, 0),
    };
    let name = kind.name;
    let (declared, counts) = (kind.vectors.len(), kind.integers.len());
    let wrong = if kind.carries(vectors, integers) {
        format!("a {name} does not go from {} to {} in this phase", header.from, header.to)
    } else {
        format!(
            "a {name} with {vectors} vectors and {integers} of integers, which has at most {declared} and {counts}"
        )
    };
    refusal(header, Cause::Unexpected(wrong))
}

/// Looks at the numbers of a reply or a letter; those of broadcasts were looked at when they were fanned out.
#[inline]
fn look(header: &Header, kind: &Kind, body: &Body, scan: Scan<'_>) -> Result<(), Fault> {
    let round = header.place.round;
    match (body, scan) {
        (Body::Barrier { .. }, Scan::Numbers | Scan::Touched(_)) => Ok(()),
        (Body::LocalStepsDone { vectors, .. }, Scan::Touched(touched)) => {
            let ([vector], [name, ..]) = (&vectors[..], kind.vectors) else { return Ok(()) };
            let mut sum = 0.0;
            touched.for_each(|i| sum += vector[i]);
            if sum.is_finite() { Ok(()) } else { finite(header.from, round, name, vector) }
        }
        (Body::LocalStepsDone { vectors, .. }, Scan::Numbers) => vectors
            .iter()
            .zip(kind.vectors)
            .try_for_each(|(vector, name)| finite(header.from, round, name, vector)),
        (Body::Letter(letter), Scan::Numbers | Scan::Touched(_)) => letter
            .vectors
            .iter()
            .zip(kind.vectors)
            .try_for_each(|(vector, name)| finite(header.from, round, name, vector)),
        (Body::Sync(sent), Scan::Numbers | Scan::Touched(_)) => {
            sent.vectors.iter().try_for_each(|vector| finite(header.from, round, vector.name, &vector.values))
        }
    }
}

fn finite(role: Address, round: u32, vector: &'static str, values: &[f64]) -> Result<(), Fault> {
    // A sum is finite only if all its terms are, and adding is the least that one can do with a number. In
    // parts that do not wait for one another, as a vector unit adds them.
    let (chunks, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for chunk in chunks {
        for part in 0..8 {
            sums[part] += chunk[part];
        }
    }
    if sums.iter().chain(rest).fold(0.0, |sum, value| sum + value).is_finite() {
        return Ok(());
    }
    // The sum of large numbers may be infinite, too.
    let found = values.iter().copied().enumerate().find(|(_, value)| !value.is_finite());
    found.map_or(Ok(()), |(index, value)| {
        Err(Fault { role, round, cause: Cause::NotFinite { vector, index, value } })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_not_finite_is_found_wherever_it_stands_and_large_numbers_are_not() {
        for length in [1, 7, 8, 9, 100] {
            for large in [1.0, -f64::MAX, f64::MAX] {
                assert_eq!(finite(Address::Server, 3, "psi", &vec![large; length]), Ok(()));
                for index in 0..length {
                    for value in [f64::INFINITY, f64::NEG_INFINITY] {
                        let mut values = vec![large; length];
                        values[index] = value;
                        // Another one behind it, which a sum could make up for.
                        *values.last_mut().expect("a number") = -value;
                        let value = values[index];
                        let cause = Cause::NotFinite { vector: "psi", index, value };
                        let fault = Fault { role: Address::Server, round: 3, cause };
                        assert_eq!(finite(Address::Server, 3, "psi", &values), Err(fault));
                    }
                    let mut values = vec![large; length];
                    values[index] = f64::NAN;
                    finite(Address::Server, 3, "psi", &values).expect_err("no number");
                }
            }
        }
    }
}

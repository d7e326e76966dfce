//! The one seam: every message between two roles passes here, and is checked and counted here.

use crate::codec::{self, AGGREGATED_BYTES, LOCAL_STEPS_DONE_BYTES, SYNC_BYTES};
use crate::trace::{Blob, Events, Fate, Tape};
use crate::{
    Address, Body, Cause, CodecError, Damage, Effort, Envelope, Fault, Header, KIND_AGGREGATED, Kind, Ledger,
    Link, Phase, Plant, Scan,
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
    /// Whose code is running, and in which round: whom to name when it panics.
    at_work: (Address, u32),
}

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

    /// What was written down since the last time; nothing without a tape.
    pub(crate) fn take_events(&mut self) -> Events {
        self.tape.as_mut().map(Tape::take).unwrap_or_default()
    }

    /// A broadcast is about to pass; its digest is taken here, once per thread.
    pub(crate) fn know(&mut self, broadcast: &Arc<crate::Broadcast>) {
        if let Some(tape) = &mut self.tape {
            tape.know(broadcast);
        }
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

    /// Says whose code runs next, where no message does.
    pub fn begin_work(&mut self, role: Address, round: u32) {
        self.at_work = (role, round);
    }

    /// Passes a message: charges its sender and hands it to `deliver`, which is called once.
    ///
    /// # Errors
    /// A non-finite number, an unknown kind, a failed wire check, or what `deliver` finds wrong.
    #[inline]
    pub fn pass(
        &mut self,
        header: &Header,
        body: &Body,
        scan: Scan<'_>,
        mut deliver: impl FnMut(&mut Wire, &Header, &Body) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.plant.is_some_and(|plant| plant.header == *header) {
            return self.pass_damaged(header, body, &mut deliver);
        }
        self.admit(header, body, scan)?;
        self.at_work = (header.to, header.round);
        let delivered = if self.tape.is_some() && scan != Scan::Seen {
            self.deliver_with_twin(header, body, &mut deliver)
        } else {
            deliver(self, header, body)
        };
        self.at_work.0 = header.from;
        delivered
    }

    fn deliver_with_twin(
        &mut self,
        header: &Header,
        body: &Body,
        deliver: &mut dyn FnMut(&mut Wire, &Header, &Body) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if let Some(tape) = &mut self.tape {
            tape.begin_delivery(body);
        }
        let delivered = deliver(self, header, body);
        if let Some(tape) = &mut self.tape {
            tape.end_delivery();
        }
        delivered
    }

    /// The server starts sending a broadcast: its numbers are looked at once, its fan-out counted once. Where what messages
    /// carry is recorded, this is it.
    ///
    /// # Errors
    /// A non-finite number.
    pub fn fan_out(&mut self, broadcast: &Arc<crate::Broadcast>) -> Result<Option<Blob>, Fault> {
        for vector in &broadcast.vectors {
            finite(Address::Server, broadcast.round, vector.name.name(), &vector.values)?;
        }
        self.ledger.count_fan_out(usize::from(broadcast.kind));
        Ok(self.tape.as_mut().and_then(|tape| tape.fan_out(broadcast)))
    }

    /// Work done by a worker; not a message.
    pub fn effort(&mut self, phase: Phase, effort: &Effort) {
        self.ledger.count_effort(phase, effort);
    }

    fn admit(&mut self, header: &Header, body: &Body, scan: Scan<'_>) -> Result<(), Fault> {
        if let Some(tape) = &mut self.tape {
            tape.write(header, body, scan, Fate::Delivered);
        }
        let fault = |cause| Fault { role: header.from, round: header.round, cause };
        let bytes = frame_bytes(body);
        if self.check {
            self.check(header, body, bytes).map_err(|error| fault(error.into()))?;
        }
        if header.kind == KIND_AGGREGATED {
            self.ledger.count_note(header.phase, bytes);
            return Ok(());
        }
        let number = usize::from(header.kind);
        let Some(kind) = self.kinds.get(number) else {
            return Err(fault(Cause::Unexpected(format!("a message of kind {number}"))));
        };
        let mut extra = 0;
        if let Body::LocalStepsDone { vectors, .. } = body {
            extra = vectors.iter().skip(kind.vectors.len()).map(|vector| vector.len() as u64).sum();
            for (vector, name) in vectors.iter().zip(kind.vectors) {
                match scan {
                    Scan::Numbers => finite(header.from, header.round, name.name(), vector)?,
                    Scan::Touched(touched) => {
                        let mut sum = 0.0;
                        touched.for_each(|i| sum += vector[i]);
                        if !sum.is_finite() {
                            finite(header.from, header.round, name.name(), vector)?;
                        }
                    }
                    Scan::Seen => {}
                }
            }
        }
        if self.counting {
            self.ledger.count_message(link(header), number, body, bytes, extra);
        }
        Ok(())
    }

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

    #[cold]
    fn pass_damaged(
        &mut self,
        header: &Header,
        body: &Body,
        deliver: &mut dyn FnMut(&mut Wire, &Header, &Body) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let damage = self.plant.take().map(|plant| plant.damage);
        self.at_work = (header.to, header.round);
        let mut body = body.clone();
        match damage {
            Some(Damage::Drop) => {
                if let Some(tape) = &mut self.tape {
                    tape.write(header, &body, Scan::Numbers, Fate::Dropped);
                }
                return Ok(());
            }
            Some(Damage::Panic) => panic!("planted in {}", header.to),
            Some(Damage::Lengthen) => alter(&mut body, |values| values.push(0.0)),
            Some(Damage::Nudge(index)) => alter(&mut body, |values| values[index] = values[index].next_up()),
            Some(Damage::Poison) => alter(&mut body, |values| values[0] = f64::NAN),
            Some(Damage::Double) => {
                self.admit(header, &body, Scan::Numbers)?;
                deliver(self, header, &body)?;
            }
            None => {}
        }
        if let Body::Sync(broadcast) = &body {
            for vector in &broadcast.vectors {
                finite(header.from, header.round, vector.name.name(), &vector.values)?;
            }
        }
        self.admit(header, &body, Scan::Numbers)?;
        deliver(self, header, &body)
    }
}

/// Changes the first vector of a message.
fn alter(body: &mut Body, change: impl FnOnce(&mut Vec<f64>)) {
    match body {
        Body::Sync(broadcast) => {
            let mut copy = crate::Broadcast::clone(broadcast);
            let mut values = copy.vectors[0].values.to_vec();
            change(&mut values);
            copy.vectors[0].values = values.into();
            *broadcast = Arc::new(copy);
        }
        Body::LocalStepsDone { vectors, .. } => change(&mut vectors[0]),
        Body::Aggregated { .. } => {}
    }
}

/// The length of a message's frame, without encoding it.
pub(crate) fn frame_bytes(body: &Body) -> u64 {
    let vector = |len: usize| 8 + 8 * len as u64;
    match body {
        Body::Sync(broadcast) => {
            SYNC_BYTES + broadcast.vectors.iter().map(|named| vector(named.values.len())).sum::<u64>()
        }
        Body::LocalStepsDone { vectors, .. } => {
            LOCAL_STEPS_DONE_BYTES + vectors.iter().map(|values| vector(values.len())).sum::<u64>()
        }
        Body::Aggregated { .. } => AGGREGATED_BYTES,
    }
}

fn link(header: &Header) -> Link {
    if header.from == Address::Server || header.to == Address::Server { Link::Wire } else { Link::Local }
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

//! Frames: the bytes of every message, and what is not one.

use crate::walk::{ACTOR_UP, CRITIC_SYNC, CRITIC_UP, KINDS, POLICY_CRITIC, Q_BROADCAST};
use dpac_actors::{
    Address, Body, Broadcast, CodecError, Direction, Envelope, Header, KIND_AGGREGATED, Ledger, Link, Named,
    Order, Phase, Scan, StepSize, Wire, decode, encode,
};
use proptest::prelude::*;
use std::sync::Arc;

fn sync(kind: u16, vectors: &[&[f64]]) -> Envelope {
    let phase = KINDS[usize::from(kind)].phase;
    let names = KINDS[usize::from(kind)].vectors;
    let vectors =
        names.iter().zip(vectors).map(|(&name, &values)| Named { name, values: values.into() }).collect();
    let order = Order {
        first_step: 50,
        steps: 25,
        step_size: StepSize { cap: 0.5, scale: f64::INFINITY, offset: 1.0 },
    };
    let broadcast = Broadcast { serial: 0, kind, round: 3, phase, sync: 2, order, vectors };
    Envelope { header: broadcast.header(258), body: Body::Sync(Arc::new(broadcast)) }
}

fn done(kind: u16, vectors: &[&[f64]]) -> Envelope {
    let phase = KINDS[usize::from(kind)].phase;
    let (from, to) = (phase.worker(7), Address::Client(7));
    let header = Header { from, to, round: 1, phase, sync: 4, kind };
    let vectors = vectors.iter().map(|&values| values.to_vec()).collect();
    Envelope { header, body: Body::LocalStepsDone { steps: 25, vectors } }
}

fn note() -> Envelope {
    let (from, to) = (Address::Server, Address::Server);
    let header = Header { from, to, round: 9, phase: Phase::Actor, sync: 1, kind: KIND_AGGREGATED };
    Envelope { header, body: Body::Aggregated { replies: 1000, digest: 0x0123_4567_89ab_cdef } }
}

fn frame(envelope: &Envelope) -> Vec<u8> {
    encode(&envelope.header, &envelope.body).expect("a small frame")
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

/// Bits of everything that a message says; the serial number of a broadcast is not on the wire.
fn essence(Envelope { header, body }: &Envelope) -> (Header, Vec<u64>) {
    let vector = |values: &[f64]| {
        let mut words = vec![values.len() as u64];
        words.extend(values.iter().map(|value| value.to_bits()));
        words
    };
    let mut words = Vec::new();
    match body {
        Body::Sync(broadcast) => {
            let Broadcast { kind, round, phase, sync, order, vectors, .. } = &**broadcast;
            assert_eq!(
                (*kind, *round, *phase, *sync),
                (header.kind, header.round, header.phase, header.sync)
            );
            let Order { first_step, steps, step_size: StepSize { cap, scale, offset } } = order;
            words.extend([*first_step, *steps, cap.to_bits(), scale.to_bits(), offset.to_bits()]);
            for named in vectors {
                words.push(named.name as u64);
                words.extend(vector(&named.values));
            }
        }
        Body::LocalStepsDone { steps, vectors } => {
            words.push(*steps);
            vectors.iter().for_each(|values| words.extend(vector(values)));
        }
        Body::Aggregated { replies, digest } => words.extend([u64::from(*replies), *digest]),
    }
    (*header, words)
}

#[test]
fn a_sync_has_these_bytes() {
    let golden = hex("00 00000000  01 02010000  03000000 00 02000000 0200  00000000
         3200000000000000 1900000000000000  000000000000e03f 000000000000f07f 000000000000f03f
         0200000000000000
         0800000000000000 000000000000f83f
         1000000000000000 00000000000000c0 0000000000000080");
    let message = sync(POLICY_CRITIC, &[&[1.5], &[-2.0, -0.0]]);
    assert_eq!(frame(&message), golden);
    assert_eq!(golden.len(), 73 + 2 * 8 + 3 * 8);
    assert_eq!(essence(&decode(&golden, &KINDS).expect("the golden frame")), essence(&message));
}

#[test]
fn a_report_of_local_steps_has_these_bytes() {
    let golden = hex("03 07000000  01 07000000  01000000 01 04000000 0400  01000000
         1900000000000000  0100000000000000
         1000000000000000 000000000000f03f 0000000000000840");
    let message = done(ACTOR_UP, &[&[1.0, 3.0]]);
    assert_eq!(frame(&message), golden);
    assert_eq!(golden.len(), 41 + 8 + 2 * 8);
    assert_eq!(essence(&decode(&golden, &KINDS).expect("the golden frame")), essence(&message));
}

#[test]
fn a_note_of_an_aggregation_has_these_bytes() {
    let golden = hex("00 00000000 00 00000000 09000000 01 01000000 ffff 02000000 e8030000 efcdab8967452301");
    assert_eq!(frame(&note()), golden);
    assert_eq!(golden.len(), 37);
    assert_eq!(essence(&decode(&golden, &KINDS).expect("the golden frame")), essence(&note()));
}

/// One message of every type, with every number of vectors.
fn messages() -> Vec<Envelope> {
    vec![
        sync(POLICY_CRITIC, &[&[1.5], &[-2.0, -0.0]]),
        sync(POLICY_CRITIC, &[&[1.5, 2.5]]),
        sync(CRITIC_SYNC, &[&[f64::MAX, f64::MIN_POSITIVE / 4.0]]),
        sync(Q_BROADCAST, &[&[]]),
        done(CRITIC_UP, &[&[0.1, 0.2, 0.3]]),
        note(),
    ]
}

#[test]
fn numbers_that_are_not_finite_come_back_bit_by_bit() {
    // Whether they may pass is the wire's to say; a codec changes nothing.
    let odd = [f64::NAN, -f64::NAN, f64::from_bits(0x7ff0_0000_dead_beef), f64::INFINITY, -0.0];
    let message = done(CRITIC_UP, &[&odd]);
    assert_eq!(essence(&decode(&frame(&message), &KINDS).expect("a frame")), essence(&message));
}

#[test]
fn a_frame_that_is_cut_anywhere_is_an_error() {
    for message in messages() {
        let bytes = frame(&message);
        for end in 0..bytes.len() {
            let cut = decode(&bytes[..end], &KINDS);
            assert!(matches!(cut, Err(CodecError::Bincode(_))), "{end} bytes of {message:?}: {cut:?}");
        }
    }
}

#[test]
fn bytes_after_a_frame_are_an_error() {
    for message in messages() {
        let mut bytes = frame(&message);
        bytes.extend([0, 0, 0]);
        assert_eq!(decode(&bytes, &KINDS).map(drop), Err(CodecError::Trailing(3)));
    }
}

/// The error of a frame with some bytes overwritten.
fn spoiled(message: &Envelope, at: usize, with: &[u8]) -> CodecError {
    let mut bytes = frame(message);
    bytes[at..at + with.len()].copy_from_slice(with);
    decode(&bytes, &KINDS).map(drop).expect_err("a spoiled frame")
}

#[test]
fn unknown_roles_phases_kinds_and_types_are_errors() {
    let field = |field, value| CodecError::Field { field, value };
    for message in messages() {
        assert_eq!(spoiled(&message, 0, &[4]), field("role", 4));
        assert_eq!(spoiled(&message, 5, &[255]), field("role", 255));
        assert_eq!(spoiled(&message, 14, &[2]), field("phase", 2));
        assert_eq!(spoiled(&message, 19, &[6, 0]), field("kind", 6));
        assert!(matches!(spoiled(&message, 21, &[3, 0, 0, 0]), CodecError::Bincode(_)));
    }
    assert_eq!(spoiled(&note(), 19, &[0, 0]), field("kind", 0));
    assert_eq!(spoiled(&note(), 1, &[1]), field("the server's id", 1));
    for message in [sync(CRITIC_SYNC, &[&[1.0]]), done(CRITIC_UP, &[&[1.0]])] {
        assert_eq!(spoiled(&message, 19, &[255, 255]), field("kind", 65535));
    }
}

#[test]
fn a_body_that_its_kind_does_not_declare_is_an_error() {
    let mismatch = |error| matches!(error, CodecError::Mismatch(_));
    assert!(mismatch(spoiled(&sync(CRITIC_SYNC, &[&[1.0]]), 19, &CRITIC_UP.to_le_bytes())));
    assert!(mismatch(spoiled(&done(CRITIC_UP, &[&[1.0]]), 19, &CRITIC_SYNC.to_le_bytes())));
    assert!(mismatch(spoiled(&sync(POLICY_CRITIC, &[&[], &[]]), 19, &CRITIC_SYNC.to_le_bytes())));
    let Envelope { header, body } = done(CRITIC_UP, &[&[1.0], &[2.0]]);
    let bytes = encode(&header, &body).expect("encoding does not look at kinds");
    assert!(mismatch(decode(&bytes, &KINDS).map(drop).expect_err("two vectors for one")));
    // Seven bytes are no number; the eighth is then left over, so both lengths are right for bincode.
    let mut bytes = frame(&done(CRITIC_UP, &[&[1.0]]));
    bytes[41] = 7;
    bytes.pop();
    assert!(mismatch(decode(&bytes, &KINDS).map(drop).expect_err("seven bytes")));
}

/// Peak of the process's address space in bytes, as Linux tells it.
#[cfg(target_os = "linux")]
fn peak_address_space() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:")).expect("Linux has it");
    1024 * line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number")
}

#[test]
fn hostile_lengths_are_errors_and_allocate_nothing_for_them() {
    #[cfg(target_os = "linux")]
    let before = peak_address_space();
    let lengths = [
        9,
        1 << 20,
        (1 << 30) - 200,
        1 << 30,
        (1 << 30) + 1,
        1 << 40,
        1 << 60,
        u64::MAX / 8,
        u64::MAX - 7,
        u64::MAX,
    ];
    for length in lengths.map(u64::to_le_bytes) {
        // The number of vectors, then the length of the first.
        for (message, count) in [(sync(CRITIC_SYNC, &[&[1.0]]), 65), (done(CRITIC_UP, &[&[1.0]]), 33)] {
            for at in [count, count + 8] {
                let error = spoiled(&message, at, &length);
                assert!(matches!(error, CodecError::Bincode(_)), "{error}");
            }
        }
    }
    // Nobody else in this test binary needs a tenth of this.
    #[cfg(target_os = "linux")]
    assert!(peak_address_space() - before < 1 << 29);
}

fn numbers() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(any::<u64>().prop_map(f64::from_bits), 0..40)
}

fn envelope() -> impl Strategy<Value = Envelope> {
    let place = (any::<u32>(), any::<u32>(), any::<u32>(), any::<bool>());
    let words = (any::<u64>(), any::<u64>(), any::<[u64; 3]>());
    (0..=KINDS.len(), place, words, prop::collection::vec(numbers(), 0..=2)).prop_map(
        |(number, (client, round, sync, local), (first_step, steps, sizes), mut numbers)| {
            let Some(kind) = KINDS.get(number) else {
                let (from, to) = (Address::Server, Address::Server);
                let header = Header { from, to, round, phase: Phase::Actor, sync, kind: KIND_AGGREGATED };
                return Envelope { header, body: Body::Aggregated { replies: client, digest: steps } };
            };
            numbers.truncate(kind.vectors.len());
            let (far, near) = match local {
                true => (kind.phase.worker(client), Address::Client(client)),
                false => (Address::Client(client), Address::Server),
            };
            let (from, to) = if kind.direction == Direction::Up { (far, near) } else { (near, far) };
            let header = Header { from, to, round, phase: kind.phase, sync, kind: number as u16 };
            let body = match kind.direction {
                Direction::Up => Body::LocalStepsDone { steps, vectors: numbers },
                _ => {
                    let [cap, scale, offset] = sizes.map(f64::from_bits);
                    let order = Order { first_step, steps, step_size: StepSize { cap, scale, offset } };
                    let names = kind.vectors.iter().zip(numbers);
                    let vectors =
                        names.map(|(&name, values)| Named { name, values: values.into() }).collect();
                    let (kind, phase) = (header.kind, header.phase);
                    Body::Sync(Arc::new(Broadcast { serial: 0, kind, round, phase, sync, order, vectors }))
                }
            };
            Envelope { header, body }
        },
    )
}

proptest! {
    #[test]
    fn messages_come_back_from_their_frames(message in envelope()) {
        let read = decode(&frame(&message), &KINDS).expect("what was written can be read");
        prop_assert_eq!(essence(&read), essence(&message));
    }

    #[test]
    fn counted_length_is_encoded_length(message in envelope()) {
        let Envelope { header, body } = &message;
        let mut wire = Wire::new(KINDS.into(), false, None);
        wire.pass(header, body, Scan::Seen, |_, _, _| Ok(())).expect("nothing is looked at");
        let ledger = wire.take_ledger();
        let local = header.from != Address::Server && header.to != Address::Server;
        let tally = match KINDS.get(usize::from(header.kind)) {
            Some(_) => ledger.tally(if local { Link::Local } else { Link::Wire }, header.kind.into()),
            None => ledger.notes(),
        };
        prop_assert_eq!((tally.messages, tally.wire_bytes), (1, frame(&message).len() as u64));
        prop_assert_eq!(wire.ledger(), &Ledger::new(KINDS.into()));
    }

    #[test]
    fn the_wire_check_passes_every_message(message in envelope()) {
        let mut wire = Wire::new(KINDS.into(), true, None);
        let passed = wire.pass(&message.header, &message.body, Scan::Seen, |_, _, _| Ok(()));
        prop_assert_eq!(passed, Ok(()));
    }

    #[test]
    fn a_changed_byte_is_another_message_or_an_error(
        message in envelope(), at in any::<prop::sample::Index>(), flip in 1..=255_u8
    ) {
        let mut bytes = frame(&message);
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(read) = decode(&bytes, &KINDS) {
            // Encoding is injective, and decoding undoes it: no two frames are the same message.
            prop_assert_eq!(frame(&read), bytes);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(read) = decode(&bytes, &KINDS) {
            prop_assert_eq!(frame(&read), bytes);
        }
    }
}

//! Frames: the bytes of every message, and what is not one.

use crate::walk::{self, ACTOR_UP, CRITIC_SYNC, CRITIC_UP, POLICY_CRITIC, Q_BROADCAST};
use dpac_actors::{
    Address, Body, Broadcast, CodecError, Envelope, Header, Integers, KIND_BARRIER, Kind, Ledger, Letter,
    Link, Named, Order, Phase, Place, Route, StepSize, Wire, decode, encode,
};
use proptest::prelude::*;
use std::sync::Arc;

const COUNTED_UP: u16 = 6;
const COUNTED_SYNC: u16 = 7;
const LETTER: u16 = 8;

/// The walk's kinds, and some with integers.
const KINDS: [Kind; 9] = {
    let [a, b, c, d, e, f] = walk::KINDS;
    let up = Kind::up("counted_up", Phase::Actor, &["omega"]).with_integers(&["visits", "wins"]);
    let sync = Kind::down("counted_sync", Phase::Actor, &["omega"]).with_integers(&["visits"]);
    let letter = Kind::peer("letter", Phase::Critic, &["psi", "omega"]).with_integers(&["visits"]);
    [a, b, c, d, e, f, up, sync.answered_by(COUNTED_UP), letter]
};

fn sync(kind: u16, vectors: &[&[f64]], integers: &[&[i64]]) -> Envelope {
    let Kind { phase, vectors: names, integers: counts, .. } = KINDS[usize::from(kind)];
    let vectors = names.iter().zip(vectors).map(|(&name, &values)| Named::new(name, values)).collect();
    let counts = counts.iter().zip(integers);
    let integers = counts.map(|(&name, &values)| Integers { name, values: values.into() }).collect();
    let order = Order {
        first_step: 50,
        steps: 25,
        step_size: StepSize { cap: 0.5, scale: f64::INFINITY, offset: 1.0 },
    };
    let place = Place { round: 3, phase, barrier: 2 };
    let broadcast = Broadcast { serial: 0, kind, place, order, vectors, integers };
    Envelope { header: broadcast.header(258), body: Body::Sync(Arc::new(broadcast)) }
}

fn done(kind: u16, vectors: &[&[f64]], integers: &[&[i64]]) -> Envelope {
    let phase = KINDS[usize::from(kind)].phase;
    let (from, to) = (phase.worker(7), Address::Client(7));
    let header = Header { from, to, place: Place { round: 1, phase, barrier: 4 }, kind };
    let vectors = vectors.iter().map(|&values| values.to_vec()).collect();
    let integers = integers.iter().map(|&values| values.to_vec()).collect();
    Envelope { header, body: Body::LocalStepsDone { steps: 25, vectors, integers } }
}

fn letter(vectors: &[&[f64]], integers: &[&[i64]]) -> Envelope {
    let place = Place { round: 1, phase: Phase::Critic, barrier: 4 };
    let vectors = vectors.iter().map(|&values| values.into()).collect();
    let integers = integers.iter().map(|&values| values.into()).collect();
    let letter = Letter { from: 7, to: 258, kind: LETTER, vectors, integers };
    Envelope { header: letter.header(place), body: Body::Letter(Arc::new(letter)) }
}

fn note() -> Envelope {
    let (from, to) = (Address::Server, Address::Server);
    let header =
        Header { from, to, place: Place { round: 9, phase: Phase::Actor, barrier: 1 }, kind: KIND_BARRIER };
    Envelope { header, body: Body::Barrier { replies: 1000, digest: 0x0123_4567_89ab_cdef } }
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
    let counts = |values: &[i64]| {
        let mut words = vec![values.len() as u64];
        words.extend(values.iter().map(|&value| value as u64));
        words
    };
    let mut words = Vec::new();
    match body {
        Body::Sync(broadcast) => {
            let Broadcast { kind, place, order, vectors, integers, .. } = &**broadcast;
            assert_eq!((*kind, *place), (header.kind, header.place));
            let Order { first_step, steps, step_size: StepSize { cap, scale, offset } } = order;
            words.extend([*first_step, *steps, cap.to_bits(), scale.to_bits(), offset.to_bits()]);
            let names = KINDS[usize::from(*kind)];
            for (named, name) in vectors.iter().zip(names.vectors) {
                assert_eq!(named.name, *name);
                words.extend(vector(&named.values));
            }
            words.push(integers.len() as u64);
            for (named, name) in integers.iter().zip(names.integers) {
                assert_eq!(named.name, *name);
                words.extend(counts(&named.values));
            }
        }
        Body::LocalStepsDone { steps, vectors, integers } => {
            words.push(*steps);
            vectors.iter().for_each(|values| words.extend(vector(values)));
            words.push(integers.len() as u64);
            integers.iter().for_each(|values| words.extend(counts(values)));
        }
        Body::Letter(letter) => {
            assert_eq!(letter.kind, header.kind);
            words.extend([u64::from(letter.from), u64::from(letter.to)]);
            letter.vectors.iter().for_each(|values| words.extend(vector(values)));
            words.push(letter.integers.len() as u64);
            letter.integers.iter().for_each(|values| words.extend(counts(values)));
        }
        Body::Barrier { replies, digest } => words.extend([u64::from(*replies), *digest]),
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
    let message = sync(POLICY_CRITIC, &[&[1.5], &[-2.0, -0.0]], &[]);
    assert_eq!(frame(&message), golden);
    assert_eq!(golden.len(), 73 + 2 * 8 + 3 * 8);
    assert_eq!(essence(&decode(&golden, &KINDS).expect("the golden frame")), essence(&message));
}

#[test]
fn a_report_of_local_steps_has_these_bytes() {
    let golden = hex("03 07000000  01 07000000  01000000 01 04000000 0400  01000000
         1900000000000000  0100000000000000
         1000000000000000 000000000000f03f 0000000000000840");
    let message = done(ACTOR_UP, &[&[1.0, 3.0]], &[]);
    assert_eq!(frame(&message), golden);
    assert_eq!(golden.len(), 41 + 8 + 2 * 8);
    assert_eq!(essence(&decode(&golden, &KINDS).expect("the golden frame")), essence(&message));
}

#[test]
fn a_note_of_a_barrier_has_these_bytes() {
    let golden = hex("00 00000000 00 00000000 09000000 01 01000000 ffff 02000000 e8030000 efcdab8967452301");
    assert_eq!(frame(&note()), golden);
    assert_eq!(golden.len(), 37);
    assert_eq!(essence(&decode(&golden, &KINDS).expect("the golden frame")), essence(&note()));
}

#[test]
fn messages_with_integers_have_these_bytes() {
    // As without them, with another number of the type; then how many lists of integers there are, and each.
    let golden = hex("00 00000000  01 02010000  03000000 01 02000000 0700  04000000
         3200000000000000 1900000000000000  000000000000e03f 000000000000f07f 000000000000f03f
         0100000000000000
         0800000000000000 000000000000f83f
         0100000000000000
         1000000000000000 ffffffffffffffff 0200000000000000");
    let message = sync(COUNTED_SYNC, &[&[1.5]], &[&[-1, 2]]);
    assert_eq!(frame(&message), golden);
    assert_eq!(golden.len(), 73 + 8 + 8 + 8 + 8 + 2 * 8);
    assert_eq!(essence(&decode(&golden, &KINDS).expect("the golden frame")), essence(&message));
    let golden = hex("03 07000000  01 07000000  01000000 01 04000000 0600  05000000
         1900000000000000  0000000000000000
         0200000000000000
         0000000000000000
         0800000000000000 0000000000000080");
    let message = done(COUNTED_UP, &[], &[&[], &[i64::MIN]]);
    assert_eq!(frame(&message), golden);
    assert_eq!(golden.len(), 41 + 8 + 8 + 8 + 8);
    assert_eq!(essence(&decode(&golden, &KINDS).expect("the golden frame")), essence(&message));
}

#[test]
fn a_letter_has_these_bytes() {
    let golden = hex("01 07000000  01 02010000  01000000 00 04000000 0800  03000000
         07000000 02010000
         0100000000000000
         0800000000000000 000000000000f83f
         0100000000000000
         0800000000000000 0500000000000000");
    let message = letter(&[&[1.5]], &[&[5]]);
    assert_eq!(frame(&message), golden);
    assert_eq!(golden.len(), 41 + 8 + 8 + 8 + 8 + 8);
    assert_eq!(essence(&decode(&golden, &KINDS).expect("the golden frame")), essence(&message));
}

#[test]
fn a_list_of_no_integers_is_written_in_one_way() {
    for message in [sync(COUNTED_SYNC, &[], &[&[]]), done(COUNTED_UP, &[], &[&[]])] {
        let mut bytes = frame(&message);
        // The number of lists, and the length of the only one.
        let rest = bytes.len() - 16;
        bytes.truncate(rest);
        bytes.extend([0; 8]);
        assert!(matches!(decode(&bytes, &KINDS), Err(CodecError::Mismatch(_))));
    }
}

/// One message of every type, with every number of vectors.
fn messages() -> Vec<Envelope> {
    vec![
        sync(POLICY_CRITIC, &[&[1.5], &[-2.0, -0.0]], &[]),
        sync(POLICY_CRITIC, &[&[1.5, 2.5]], &[]),
        sync(CRITIC_SYNC, &[&[f64::MAX, f64::MIN_POSITIVE / 4.0]], &[]),
        sync(Q_BROADCAST, &[&[]], &[]),
        done(CRITIC_UP, &[&[0.1, 0.2, 0.3]], &[]),
        sync(COUNTED_SYNC, &[&[1.5]], &[&[i64::MIN, -1]]),
        sync(COUNTED_SYNC, &[], &[&[]]),
        done(COUNTED_UP, &[&[1.5]], &[&[i64::MAX], &[7, 8, 9]]),
        done(COUNTED_UP, &[], &[&[5]]),
        letter(&[&[0.5], &[-0.0]], &[&[3]]),
        letter(&[&[0.5]], &[]),
        letter(&[], &[]),
        note(),
    ]
}

#[test]
fn numbers_that_are_not_finite_come_back_bit_by_bit() {
    // Whether they may pass is the wire's to say; a codec changes nothing.
    let odd = [f64::NAN, -f64::NAN, f64::from_bits(0x7ff0_0000_dead_beef), f64::INFINITY, -0.0];
    let message = done(CRITIC_UP, &[&odd], &[]);
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
fn every_other_value_of_every_byte_is_another_message_or_an_error() {
    for message in messages() {
        let mut bytes = frame(&message);
        for at in 0..bytes.len() {
            for flip in 1..=u8::MAX {
                bytes[at] ^= flip;
                if let Ok(read) = decode(&bytes, &KINDS) {
                    assert!(frame(&read) == bytes, "byte {at}, flip {flip:02x} of {message:?}");
                    assert_ne!(essence(&read), essence(&message));
                }
                bytes[at] ^= flip;
            }
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
        assert_eq!(spoiled(&message, 19, &[9, 0]), field("kind", 9));
        assert!(matches!(spoiled(&message, 21, &[6, 0, 0, 0]), CodecError::Bincode(_)));
    }
    assert_eq!(spoiled(&note(), 19, &[0, 0]), field("kind", 0));
    assert_eq!(spoiled(&note(), 1, &[1]), field("the server's id", 1));
    for message in
        [sync(CRITIC_SYNC, &[&[1.0]], &[]), done(CRITIC_UP, &[&[1.0]], &[]), letter(&[&[1.0]], &[&[1]])]
    {
        assert_eq!(spoiled(&message, 19, &[255, 255]), field("kind", 65535));
    }
}

#[test]
fn a_body_that_its_kind_does_not_declare_is_an_error() {
    let mismatch = |error| matches!(error, CodecError::Mismatch(_));
    assert!(mismatch(spoiled(&sync(CRITIC_SYNC, &[&[1.0]], &[]), 19, &CRITIC_UP.to_le_bytes())));
    assert!(mismatch(spoiled(&done(CRITIC_UP, &[&[1.0]], &[]), 19, &CRITIC_SYNC.to_le_bytes())));
    assert!(mismatch(spoiled(&sync(POLICY_CRITIC, &[&[], &[]], &[]), 19, &CRITIC_SYNC.to_le_bytes())));
    let Envelope { header, body } = done(CRITIC_UP, &[&[1.0], &[2.0]], &[]);
    let bytes = encode(&header, &body).expect("encoding does not look at kinds");
    assert!(mismatch(decode(&bytes, &KINDS).map(drop).expect_err("two vectors for one")));
    // Of a type that goes another way, or with a list of integers that it does not have.
    for other in [CRITIC_UP, CRITIC_SYNC, COUNTED_UP, COUNTED_SYNC] {
        assert!(mismatch(spoiled(&letter(&[], &[]), 19, &other.to_le_bytes())), "{other}");
    }
    for message in [done(CRITIC_UP, &[], &[]), sync(CRITIC_SYNC, &[], &[])] {
        assert!(mismatch(spoiled(&message, 19, &LETTER.to_le_bytes())));
    }
    assert!(mismatch(spoiled(&done(COUNTED_UP, &[], &[&[1]]), 19, &CRITIC_UP.to_le_bytes())));
    assert!(mismatch(spoiled(&sync(COUNTED_SYNC, &[], &[&[1]]), 19, &CRITIC_SYNC.to_le_bytes())));
    // Seven bytes are no number; the eighth is then left over, so both lengths are right for bincode.
    let mut bytes = frame(&done(CRITIC_UP, &[&[1.0]], &[]));
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
        // The number of vectors, then the length of the first; where there are integers, the same of them.
        for (message, places) in [
            (sync(CRITIC_SYNC, &[&[1.0]], &[]), &[65, 73][..]),
            (done(CRITIC_UP, &[&[1.0]], &[]), &[33, 41]),
            (sync(COUNTED_SYNC, &[&[1.0]], &[&[5]]), &[65, 73, 89, 97]),
            (done(COUNTED_UP, &[&[1.0]], &[&[5]]), &[33, 41, 57, 65]),
            (letter(&[&[1.0]], &[&[5]]), &[33, 41, 57, 65]),
        ] {
            for &at in places {
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
    messages_with(numbers())
}

/// Messages that a wire lets pass.
fn finite_envelope() -> impl Strategy<Value = Envelope> {
    let number = any::<u64>().prop_map(f64::from_bits).prop_map(|x| if x.is_finite() { x } else { -0.0 });
    messages_with(prop::collection::vec(number, 0..40))
}

fn messages_with(numbers: impl Strategy<Value = Vec<f64>>) -> impl Strategy<Value = Envelope> {
    let place = (any::<[u32; 2]>(), any::<u32>(), any::<u32>(), any::<bool>());
    let words = (any::<u64>(), any::<u64>(), any::<[u64; 3]>());
    let vectors = prop::collection::vec(numbers, 0..=2);
    let integers = prop::collection::vec(prop::collection::vec(any::<i64>(), 0..10), 0..=2);
    (0..=KINDS.len(), place, words, vectors, integers).prop_map(
        |(number, ([client, other], round, barrier, local), words, mut numbers, mut integers)| {
            let (first_step, steps, sizes) = words;
            let Some(kind) = KINDS.get(number) else {
                let (from, to) = (Address::Server, Address::Server);
                let place = Place { round, phase: Phase::Actor, barrier };
                let header = Header { from, to, place, kind: KIND_BARRIER };
                return Envelope { header, body: Body::Barrier { replies: client, digest: steps } };
            };
            numbers.truncate(kind.vectors.len());
            integers.truncate(kind.integers.len());
            let (client_end, worker) = (Address::Client(client), kind.phase.worker(client));
            let (from, to) = match (kind.route, local) {
                (Route::Down, false) => (Address::Server, client_end),
                (Route::Down, true) => (client_end, worker),
                (Route::Up, false) => (client_end, Address::Server),
                (Route::Up | Route::Peer, true) => (worker, client_end),
                (Route::Peer, false) => (client_end, Address::Client(other)),
            };
            let place = Place { round, phase: kind.phase, barrier };
            let header = Header { from, to, place, kind: number as u16 };
            let body = match kind.route {
                Route::Up => Body::LocalStepsDone { steps, vectors: numbers, integers },
                Route::Down => {
                    let [cap, scale, offset] = sizes.map(f64::from_bits);
                    let order = Order { first_step, steps, step_size: StepSize { cap, scale, offset } };
                    let names = kind.vectors.iter().zip(numbers);
                    let vectors = names.map(|(&name, values)| Named::new(name, values)).collect();
                    let counts = kind.integers.iter().zip(integers);
                    let integers =
                        counts.map(|(&name, values)| Integers { name, values: values.into() }).collect();
                    let kind = header.kind;
                    Body::Sync(Arc::new(Broadcast { serial: 0, kind, place, order, vectors, integers }))
                }
                Route::Peer => Body::Letter(Arc::new(Letter {
                    from: client,
                    to: other,
                    kind: header.kind,
                    vectors: numbers.into_iter().map(Into::into).collect(),
                    integers: integers.into_iter().map(Into::into).collect(),
                })),
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
    fn counted_length_is_encoded_length(message in finite_envelope()) {
        let Envelope { header, body } = &message;
        let mut wire = Wire::new(KINDS.into(), false, None);
        wire.pass(header, body, |_, _, _| Ok(())).expect("it is as its kind declares");
        let ledger = wire.take_ledger();
        let is_client = |end| matches!(end, Address::Client(_) | Address::Server);
        let link = if is_client(header.from) && is_client(header.to) { Link::Wire } else { Link::Local };
        let tally = match KINDS.get(usize::from(header.kind)) {
            Some(_) => ledger.tally(link, header.kind.into()),
            None => ledger.notes(),
        };
        prop_assert_eq!((tally.messages, tally.wire_bytes), (1, frame(&message).len() as u64));
        prop_assert_eq!(wire.ledger(), &Ledger::new(KINDS.into()));
    }

    #[test]
    fn the_wire_check_passes_every_message(message in finite_envelope()) {
        let mut wire = Wire::new(KINDS.into(), true, None);
        let passed = wire.pass(&message.header, &message.body, |_, _, _| Ok(()));
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

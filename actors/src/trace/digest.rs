//! Digests of what messages carry: xxh3-64, which finds differences, not forgeries.

use crate::codec::{Carried, Sort};
use crate::{Body, Order, StepSize};
use smallvec::SmallVec;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// xxh3-64 of numbers as little-endian bytes.
pub(crate) fn of_numbers(values: &[f64]) -> u64 {
    if cfg!(target_endian = "little") {
        return xxh3_64(bytemuck::cast_slice(values));
    }
    let mut hasher = Xxh3::new();
    for value in values {
        hasher.update(&value.to_le_bytes());
    }
    hasher.digest()
}

/// xxh3-64 of integers as little-endian bytes.
fn of_integers(values: &[i64]) -> u64 {
    xxh3_64(&crate::codec::integers_to(values))
}

/// Numbers that are put together into one digest, in their order.
#[derive(Clone)]
pub(crate) struct Words(Xxh3);

impl Words {
    pub(crate) fn new() -> Self {
        Words(Xxh3::new())
    }

    pub(crate) fn add(&mut self, word: u64) {
        self.0.update(&word.to_le_bytes());
    }

    pub(crate) fn add_numbers(&mut self, values: &[f64]) {
        self.add(values.len() as u64);
        self.add(of_numbers(values));
    }

    pub(crate) fn finish(&self) -> u64 {
        self.0.digest()
    }
}

/// The digest of a message's body: its type, its order or number of steps, and every bit of its vectors. Not
/// of who sends it to whom, so that a broadcast has one digest and a message the same as its local twin.
pub fn of_body(body: &Body) -> u64 {
    match body {
        Body::Sync(sent) => of(
            Sort::Order(sent.order),
            sent.vectors.iter().map(|vector| &*vector.values),
            sent.integers.iter().map(|vector| &*vector.values),
        ),
        Body::LocalStepsDone { steps, vectors, integers } => {
            of(Sort::Steps(*steps), vectors.iter().map(Vec::as_slice), integers.iter().map(Vec::as_slice))
        }
        Body::Letter(letter) => of(
            Sort::Letter(letter.from, letter.to),
            letter.vectors.iter().map(|vector| &**vector),
            letter.integers.iter().map(|vector| &**vector),
        ),
        Body::Barrier { replies, digest } => {
            of(Sort::Note(*replies, *digest), std::iter::empty(), std::iter::empty())
        }
    }
}

/// The digest of a body that was read from a file, whatever its kind.
pub(crate) fn of_carried(carried: &Carried) -> u64 {
    let Carried { sort, vectors, integers } = carried;
    of(*sort, vectors.iter().map(Vec::as_slice), integers.iter().map(Vec::as_slice))
}

fn of<'a>(
    sort: Sort,
    vectors: impl ExactSizeIterator<Item = &'a [f64]>,
    integers: impl ExactSizeIterator<Item = &'a [i64]>,
) -> u64 {
    // What `Words` would say of them, without its half a kilobyte of state: these are few.
    let mut words = SmallVec::<[u64; 16]>::new();
    let has_vectors = match sort {
        Sort::Order(Order { first_step, steps, step_size: StepSize { cap, scale, offset } }) => {
            words.extend_from_slice(&[
                0,
                first_step,
                steps,
                cap.to_bits(),
                scale.to_bits(),
                offset.to_bits(),
            ]);
            true
        }
        Sort::Steps(steps) => {
            words.extend_from_slice(&[1, steps]);
            true
        }
        Sort::Note(replies, digest) => {
            words.extend_from_slice(&[2, u64::from(replies), digest]);
            false
        }
        Sort::Letter(from, to) => {
            words.extend_from_slice(&[3, u64::from(from), u64::from(to)]);
            true
        }
    };
    if has_vectors {
        words.push(vectors.len() as u64);
        vectors.for_each(|vector| words.extend_from_slice(&[vector.len() as u64, of_numbers(vector)]));
    }
    if integers.len() > 0 {
        words.push(integers.len() as u64);
        integers.for_each(|vector| words.extend_from_slice(&[vector.len() as u64, of_integers(vector)]));
    }
    words.iter_mut().for_each(|word| *word = word.to_le());
    xxh3_64(bytemuck::cast_slice(&words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(vectors: &[&[f64]]) -> u64 {
        let vectors = vectors.iter().map(|vector| vector.to_vec()).collect();
        of_body(&Body::LocalStepsDone { steps: 3, vectors, integers: Vec::new() })
    }

    #[test]
    fn every_bit_and_every_border_between_vectors_counts() {
        let same = reply(&[&[1.0, 2.0], &[3.0]]);
        assert_eq!(same, reply(&[&[1.0, 2.0], &[3.0]]));
        let others: [&[&[f64]]; 5] = [
            &[&[1.0], &[2.0, 3.0]],
            &[&[1.0, 2.0, 3.0]],
            &[&[1.0, f64::from_bits(2.0_f64.to_bits() + 1)], &[3.0]],
            &[&[1.0, 2.0], &[-3.0]],
            &[&[1.0, 2.0], &[3.0], &[]],
        ];
        for other in others {
            assert_ne!(same, reply(other), "{other:?}");
        }
        assert_ne!(reply(&[&[0.0]]), reply(&[&[-0.0]]));
    }

    #[test]
    fn few_words_have_the_digest_that_they_have_one_by_one() {
        let vectors: Vec<Vec<f64>> = (0..20).map(|length| vec![1.5; length]).collect();
        for count in 0..=vectors.len() {
            let vectors = vectors[..count].to_vec();
            let body = Body::LocalStepsDone { steps: 3, vectors: vectors.clone(), integers: Vec::new() };
            let mut words = Words::new();
            [1, 3, count as u64].into_iter().for_each(|word| words.add(word));
            for vector in &vectors {
                [vector.len() as u64, of_numbers(vector)].into_iter().for_each(|word| words.add(word));
            }
            assert_eq!(of_body(&body), words.finish(), "{count} vectors");
        }
    }

    #[test]
    fn digests_of_numbers_are_those_of_their_bytes() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(of_numbers(&values), xxh3_64(&bytes));
    }
}

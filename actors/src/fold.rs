//! The fold of replies: means by differences over a fixed tree. DETERMINISM.md, "The server".

use crate::reply::Changes;
use crate::touched::Touched;
use crate::{Cause, Named, Reducer};

/// Clients per block: `clamp(⌈M / 64⌉, 1, 256)`.
pub fn block_size(clients: u32) -> u32 {
    clients.div_ceil(64).clamp(1, 256)
}

/// Number of blocks.
pub fn block_count(clients: u32) -> u32 {
    clients.div_ceil(block_size(clients))
}

/// The clients of a block; none beyond the last block.
pub fn block_of(clients: u32, block: u32) -> std::ops::Range<u32> {
    let size = block_size(clients);
    let start = block.saturating_mul(size).min(clients);
    start..start + size.min(clients - start)
}

/// The folded replies of one block.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockSum {
    /// Number of the block.
    pub block: u32,
    /// Replies in it.
    pub replies: u32,
    /// `Σ_m (reply_m − base)`, per vector of the reply; where replies are collected, the vectors of each, one
    /// reply after another.
    pub sums: Vec<Vec<f64>>,
    /// Which components of the only vector these are, ascending; of the others the sum is +0.0. `None`: all
    /// of every vector.
    pub places: Option<Vec<u32>>,
    /// Sums of the replies' vectors of integers, or these themselves.
    pub integers: Vec<Vec<i64>>,
    /// `Σ_m ‖reply_m − base‖²`, over all vectors.
    pub squared_distance: f64,
}

/// Adds vectors of integers of these names to sums, which are none before the first.
///
/// # Errors
/// A vector of another length, or a sum that does not fit.
pub(crate) fn add_integers(
    sums: &mut Vec<Vec<i64>>,
    names: &'static [&'static str],
    integers: &[Vec<i64>],
) -> Result<(), Cause> {
    if sums.is_empty() {
        sums.extend_from_slice(integers);
        return Ok(());
    }
    for ((sums, integers), vector) in sums.iter_mut().zip(integers).zip(names) {
        let (found, expected) = (integers.len(), sums.len());
        if found != expected {
            return Err(Cause::Length { vector, found, expected });
        }
        for (index, (sum, integer)) in sums.iter_mut().zip(integers).enumerate() {
            *sum = sum.checked_add(*integer).ok_or(Cause::Overflow { vector, index })?;
        }
    }
    Ok(())
}

impl BlockSum {
    /// Adds the sums to those of other blocks.
    pub(crate) fn add_to(&self, totals: &mut [Vec<f64>]) {
        if let (Some(places), [total], [sum]) = (&self.places, &mut *totals, &self.sums[..]) {
            for (&i, sum) in places.iter().zip(sum) {
                total[i as usize] += sum;
            }
            return;
        }
        for (total, sum) in totals.iter_mut().zip(&self.sums) {
            for (total, sum) in total.iter_mut().zip(sum) {
                *total += sum;
            }
        }
    }
}

/// The sum of a block as it grows, used again for the next one: most blocks of replies with few changes
/// change few components, and nothing is to be done for the others, block by block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Growing {
    /// +0.0 wherever nothing is marked.
    sum: Vec<f64>,
    touched: Touched,
}

/// Folds the replies of one block, in client order.
#[derive(Clone, Debug)]
pub struct BlockFold<'a> {
    base: &'a [Named],
    /// Names of the vectors of integers that a reply has.
    integers: &'static [&'static str],
    sum: BlockSum,
    /// Whether replies are kept instead of added.
    collecting: bool,
    /// Takes the replies as long as each says what it has changed.
    growing: Growing,
    squares: Squares,
    last: Option<u32>,
}

/// A sum of squares in [`SQUARES`] parts that do not wait for one another: component i of a vector goes to
/// part `i mod 8`.
type Squares = [f64; SQUARES];

const SQUARES: usize = 8;

impl<'a> BlockFold<'a> {
    /// An empty fold of a block around `base`, which has one vector for each of a reply; replies have
    /// vectors of integers of these names.
    pub fn new(block: u32, base: &'a [Named], integers: &'static [&'static str]) -> Self {
        BlockFold::reusing(block, base, integers, Growing::default())
    }

    /// The same, with what [`BlockFold::finish_keeping`] has left of another.
    pub(crate) fn reusing(
        block: u32,
        base: &'a [Named],
        integers: &'static [&'static str],
        growing: Growing,
    ) -> Self {
        let sum = BlockSum {
            block,
            replies: 0,
            sums: Vec::new(),
            places: None,
            integers: Vec::new(),
            squared_distance: 0.0,
        };
        BlockFold { base, integers, sum, collecting: false, growing, squares: [0.0; SQUARES], last: None }
    }

    /// The same fold, as this reducer takes replies.
    pub(crate) fn by(self, reducer: Reducer) -> Self {
        BlockFold { collecting: reducer == Reducer::Collect, ..self }
    }

    /// Adds the reply of the next client.
    ///
    /// # Errors
    /// If the client is not after the last one, or its vectors are not as long as the base's.
    pub fn add(&mut self, client: u32, reply: &[Vec<f64>], integers: &[Vec<i64>]) -> Result<(), Cause> {
        self.admit(client, reply, integers)?;
        if self.collecting {
            for (base, values) in self.base.iter().zip(reply) {
                add_difference(&mut vec![0.0; values.len()], &base.values, values, &mut self.squares);
            }
            self.sum.sums.extend_from_slice(reply);
            return Ok(());
        }
        self.spread();
        for ((sum, base), values) in self.sum.sums.iter_mut().zip(self.base).zip(reply) {
            add_difference(sum, &base.values, values, &mut self.squares);
        }
        Ok(())
    }

    /// Adds a reply of whose only vector this is known. The sums have the same bits as
    /// [`BlockFold::add`]'s: what is left out would add +0.0, and no sum is −0.0. Where it is known of
    /// another base than this one's, it is of no use, and the vector is added whole.
    ///
    /// # Errors
    /// As [`BlockFold::add`].
    pub(crate) fn add_changes(
        &mut self,
        client: u32,
        reply: &[Vec<f64>],
        integers: &[Vec<i64>],
        changes: &Changes,
    ) -> Result<(), Cause> {
        let ([base], [values]) = (self.base, reply) else { return self.add(client, reply, integers) };
        if self.collecting || !changes.are_of(&base.values) {
            return self.add(client, reply, integers);
        }
        self.admit(client, reply, integers)?;
        let touched = changes.touched();
        debug_assert!(same_but_for(&base.values, values, touched), "a change that was not marked");
        let length = values.len();
        let sum = if let [sum] = &mut self.sum.sums[..] {
            sum
        } else {
            let Growing { sum, touched: all } = &mut self.growing;
            if sum.len() != length {
                *sum = vec![0.0; length];
                all.reset(length);
            }
            all.add(touched);
            sum
        };
        // Of one length, so that one look at an index is enough for all.
        let (sum, values, base) = (&mut sum[..length], &values[..length], &base.values[..length]);
        touched.for_each(|i| {
            let difference = values[i] - base[i];
            sum[i] += difference;
            self.squares[i % SQUARES] += difference * difference;
        });
        Ok(())
    }

    /// From here on the sum has all components.
    fn spread(&mut self) {
        if self.collecting || self.sum.sums.len() == self.base.len() {
            return;
        }
        self.sum.sums = self.base.iter().map(|vector| vec![0.0; vector.values.len()]).collect();
        let Growing { sum, touched } = &mut self.growing;
        if let Some(all) = self.sum.sums.first_mut() {
            touched.take_each(|i| all[i] = std::mem::take(&mut sum[i]));
        }
    }

    /// Whether this reply may be added now; counts it.
    fn admit(&mut self, client: u32, reply: &[Vec<f64>], integers: &[Vec<i64>]) -> Result<(), Cause> {
        if self.last.is_some_and(|last| last >= client) {
            return Err(Cause::Unexpected(format!("a second reply from client {client}")));
        }
        self.last = Some(client);
        if reply.len() != self.base.len() {
            return Err(Cause::Unexpected(format!(
                "a reply of {} vectors, expected {}",
                reply.len(),
                self.base.len()
            )));
        }
        if integers.len() != self.integers.len() {
            let (found, expected) = (integers.len(), self.integers.len());
            return Err(Cause::Unexpected(format!(
                "a reply of {found} vectors of integers, expected {expected}"
            )));
        }
        for (base, values) in self.base.iter().zip(reply) {
            if values.len() != base.values.len() {
                return Err(Cause::Length {
                    vector: base.name,
                    found: values.len(),
                    expected: base.values.len(),
                });
            }
        }
        if self.collecting {
            self.sum.integers.extend_from_slice(integers);
        } else if !integers.is_empty() {
            add_integers(&mut self.sum.integers, self.integers, integers)?;
        }
        self.sum.replies += 1;
        Ok(())
    }

    /// Vectors of a reply.
    pub(crate) fn vectors(&self) -> usize {
        self.base.len()
    }

    /// Replies so far.
    pub fn replies(&self) -> u32 {
        self.sum.replies
    }

    /// The sum.
    pub fn finish(self) -> BlockSum {
        self.finish_keeping().0
    }

    /// The sum, and what can be used again.
    pub(crate) fn finish_keeping(mut self) -> (BlockSum, Growing) {
        let few = |growing: &Growing| growing.touched.iter().nth(growing.sum.len() / 4).is_none();
        let by_change =
            !self.collecting && self.base.len() == 1 && self.sum.replies > 0 && self.sum.sums.is_empty();
        if by_change && few(&self.growing) {
            let Growing { sum, touched } = &mut self.growing;
            let (mut places, mut sums) = (Vec::new(), Vec::new());
            touched.take_each(|i| {
                places.push(i as u32);
                sums.push(std::mem::take(&mut sum[i]));
            });
            self.sum.sums = vec![sums];
            self.sum.places = Some(places);
        } else {
            self.spread();
        }
        self.sum.squared_distance = self.squares.iter().fold(0.0, |sum, part| sum + part);
        (self.sum, self.growing)
    }
}

/// `sum ← sum + (values − base)`, and the squares of the differences to their parts.
fn add_difference(sum: &mut [f64], base: &[f64], values: &[f64], squares: &mut Squares) {
    let ((sums, sum), (bases, base), (replies, values)) =
        (sum.as_chunks_mut::<SQUARES>(), base.as_chunks::<SQUARES>(), values.as_chunks::<SQUARES>());
    for ((sum, base), values) in sums.iter_mut().zip(bases).zip(replies) {
        for part in 0..SQUARES {
            let difference = values[part] - base[part];
            sum[part] += difference;
            squares[part] += difference * difference;
        }
    }
    for (((sum, base), value), square) in sum.iter_mut().zip(base).zip(values).zip(squares) {
        let difference = value - base;
        *sum += difference;
        *square += difference * difference;
    }
}

/// Whether the bits of two vectors are equal where nothing is marked.
fn same_but_for(base: &[f64], values: &[f64], touched: &Touched) -> bool {
    let mut differ = base.iter().zip(values).enumerate().filter(|(_, (a, b))| a.to_bits() != b.to_bits());
    let mut touched = touched.iter().peekable();
    differ.all(|(i, _)| {
        while touched.next_if(|&marked| marked < i).is_some() {}
        touched.peek() == Some(&i)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Draft, Reply};
    use std::sync::Arc;

    #[test]
    fn blocks_partition_the_clients_in_order() {
        for clients in (1..3000).chain([16_383, 16_384, 16_385, 100_000, 1_000_003, u32::MAX]) {
            let (size, count) = (block_size(clients), block_count(clients));
            let ends = [0, 1, count / 2, count - 2.min(count), count - 1].map(|block| block.min(count - 1));
            let looked_at: Vec<u32> = if count <= 1000 { (0..count).collect() } else { ends.to_vec() };
            for block in looked_at {
                let members = block_of(clients, block);
                assert_eq!(members.start, block * size, "{clients} clients");
                let last = block == count - 1;
                assert_eq!(members.end == clients, last, "{clients} clients");
                assert!(block_of(clients, count).is_empty() && block_of(clients, u32::MAX).is_empty());
                assert!(if last { !members.is_empty() } else { members.len() == size as usize });
            }
        }
    }

    #[test]
    fn block_sizes_follow_the_table_of_determinism() {
        let sizes = [1, 63, 64, 65, 128, 129, 1000, 16_384, 16_385, 1_000_000].map(block_size);
        assert_eq!(sizes, [1, 1, 1, 2, 2, 3, 16, 256, 256, 256]);
        assert_eq!([1, 63, 64, 65, 66, 1000, 1_000_000].map(block_count), [1, 63, 64, 33, 33, 63, 3907]);
    }

    fn numbers(seed: u64, len: usize) -> Vec<f64> {
        use rand_pcg::rand_core::Rng;
        let mut generator = rand_pcg::Pcg64Mcg::new(u128::from(seed) | 1);
        (0..len).map(|_| generator.next_u64() as i64 as f64 / 1e15).collect()
    }

    /// Sums of replies to a base of 100 components, of which each has changed some: whole, by what is
    /// marked, and both in one block; of so few that the sum names its places, and of more.
    #[test]
    fn replies_folded_by_what_has_changed_have_the_bits_of_whole_ones() {
        let base: Arc<[f64]> =
            numbers(1, 100).into_iter().map(|x| if x < -6000.0 { -0.0 } else { x }).collect();
        let named = psi(&base);
        let mut growing = Growing::default();
        let mut reply = Reply::default();
        reply.begin_turn(Some(&base));
        for clients in [2, 10, 3, 1] {
            let (mut whole, mut mixed) = (BlockFold::new(0, &named, &[]), BlockFold::new(0, &named, &[]));
            let mut marked = BlockFold::reusing(0, &named, &[], growing);
            for client in 0..clients {
                reply.begin(1);
                let Draft::Marked(mut values) = reply.draft(&base, 7) else { panic!("few of many change") };
                for (i, change) in numbers(u64::from(client) + 2, 7).into_iter().enumerate() {
                    // Some that are marked do not change.
                    values.add((17 * i + 5 * client as usize) % 100, if i == 3 { 0.0 } else { change });
                }
                let (body, changes) = reply.take(1);
                let Body::LocalStepsDone { vectors, .. } = &body else { panic!("a reply") };
                let changes = changes.expect("a marked draft");
                whole.add(client, vectors, &[]).expect("a reply");
                if client == 1 {
                    mixed.add(client, vectors, &[]).expect("a reply");
                } else {
                    mixed.add_changes(client, vectors, &[], &changes).expect("a reply");
                }
                marked.add_changes(client, vectors, &[], &changes).expect("a reply");
                reply.end(body, Some(changes));
            }
            let (marked, kept) = marked.finish_keeping();
            growing = kept;
            assert_eq!(marked.places.is_some(), clients < 10);
            let whole = bits(&whole.finish());
            assert_eq!(bits(&marked), whole, "{clients} clients");
            assert_eq!(bits(&mixed.finish()), whole, "{clients} clients");
        }
    }

    fn psi(values: &Arc<[f64]>) -> [Named; 1] {
        [Named::new("psi", Arc::clone(values))]
    }

    /// Replies, the bits of their sums, and those of the squared distance.
    fn bits(sum: &BlockSum) -> (u32, Vec<u64>, u64) {
        let mut total = [vec![0.0; 100]];
        sum.add_to(&mut total);
        (sum.replies, total[0].iter().map(|x| x.to_bits()).collect(), sum.squared_distance.to_bits())
    }

    /// What is known of a vector as it comes from one base says nothing of another, even of the same length.
    #[test]
    fn changes_of_another_base_are_folded_whole() {
        let (base, other): (Arc<[f64]>, Arc<[f64]>) = (numbers(1, 100).into(), numbers(2, 100).into());
        let mut reply = Reply::default();
        reply.begin_turn(Some(&other));
        reply.draft(&other, 1).add(5, 1.0);
        let (body, changes) = reply.take(1);
        let Body::LocalStepsDone { vectors, .. } = &body else { panic!("a reply") };
        let named = psi(&base);
        let (mut whole, mut by_changes) = (BlockFold::new(0, &named, &[]), BlockFold::new(0, &named, &[]));
        whole.add(0, vectors, &[]).expect("a reply");
        by_changes.add_changes(0, vectors, &[], &changes.expect("a marked draft")).expect("a reply");
        let by_changes = by_changes.finish();
        assert!(by_changes.places.is_none());
        assert_eq!(bits(&by_changes), bits(&whole.finish()));
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "a change that was not marked")]
    fn a_change_that_is_not_marked_is_found_while_testing() {
        let base: Arc<[f64]> = vec![1.0; 3].into();
        let changes = Changes::claimed(&base, [1]);
        let _ = BlockFold::new(0, &psi(&base), &[]).add_changes(0, &[vec![1.0, 2.0, 2.0]], &[], &changes);
    }
}

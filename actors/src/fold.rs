//! The fold of replies: means by differences over a fixed tree. DETERMINISM.md, "Means over clients".

use crate::{Cause, Named};

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
    /// Which block.
    pub block: u32,
    /// Replies in it.
    pub replies: u32,
    /// `Σ_m (reply_m − base)`, per vector of the reply.
    pub sums: Vec<Vec<f64>>,
    /// `Σ_m ‖reply_m − base‖²`, over all vectors.
    pub squared_distance: f64,
}

/// Folds the replies of one block, in client order.
#[derive(Clone, Debug)]
pub struct BlockFold<'a> {
    base: &'a [Named],
    sum: BlockSum,
    last: Option<u32>,
}

impl<'a> BlockFold<'a> {
    /// An empty fold of a block around `base`, which has one vector for each of a reply.
    pub fn new(block: u32, base: &'a [Named]) -> Self {
        let sums = base.iter().map(|vector| vec![0.0; vector.values.len()]).collect();
        BlockFold { base, sum: BlockSum { block, replies: 0, sums, squared_distance: 0.0 }, last: None }
    }

    /// Adds the reply of the next client.
    ///
    /// # Errors
    /// If the client is not after the last one, or its vectors are not as long as the base's.
    pub fn add(&mut self, client: u32, reply: &[Vec<f64>]) -> Result<(), Cause> {
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
        for ((sum, base), values) in self.sum.sums.iter_mut().zip(self.base).zip(reply) {
            if values.len() != base.values.len() {
                return Err(Cause::Length {
                    vector: base.name.name(),
                    found: values.len(),
                    expected: base.values.len(),
                });
            }
            for ((sum, base), value) in sum.iter_mut().zip(base.values.iter()).zip(values) {
                let difference = value - base;
                *sum += difference;
                self.sum.squared_distance += difference * difference;
            }
        }
        self.sum.replies += 1;
        Ok(())
    }

    /// Replies so far.
    pub fn replies(&self) -> u32 {
        self.sum.replies
    }

    /// The sum.
    pub fn finish(self) -> BlockSum {
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}

//! Which components of a vector may differ from where they started.

/// A bit for each component, and no more to walk through than there are words: one for 64 components.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    words: Vec<u64>,
}

impl Touched {
    /// Says that component `i` may have changed.
    ///
    /// # Panics
    /// If there is no such component.
    #[inline]
    pub fn mark(&mut self, i: usize) {
        self.words[i >> 6] |= 1 << (i & 63);
    }

    /// The marked components, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(word, &bits)| Bits(bits).map(move |bit| word << 6 | bit))
    }

    /// Marks what another one has marked, of a vector of the same length.
    pub(crate) fn add(&mut self, other: &Touched) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// The marked components, ascending; no mark is left.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = usize> + '_ {
        let words = self.words.iter_mut().map(std::mem::take);
        words.enumerate().flat_map(|(word, bits)| Bits(bits).map(move |bit| word << 6 | bit))
    }

    /// No mark, for a vector of `len` components.
    pub(crate) fn reset(&mut self, len: usize) {
        self.words.clear();
        self.words.resize(len.div_ceil(64), 0);
    }
}

/// The numbers of the bits that are set, ascending.
struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_back_once_and_in_order() {
        let mut touched = Touched::default();
        touched.reset(200);
        for i in [199, 0, 63, 64, 127, 128, 64, 0] {
            touched.mark(i);
        }
        assert_eq!(touched.iter().collect::<Vec<_>>(), [0, 63, 64, 127, 128, 199]);
        touched.reset(65);
        assert_eq!(touched.iter().count(), 0);
    }
}

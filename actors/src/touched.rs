//! Which components of a vector may differ from where they started.

/// A bit for each component, and no more to walk through than there are words: one for 64 components.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Touched {
    words: Vec<u64>,
}

impl Touched {
    /// Says that component `i` may have changed.
    ///
    /// # Panics
    /// If there is no such component.
    #[inline]
    pub(crate) fn mark(&mut self, i: usize) {
        self.words[i >> 6] |= 1 << (i & 63);
    }

    /// The marked components, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(word, &bits)| Bits(bits).map(move |bit| word << 6 | bit))
    }

    /// Does something for each marked component, ascending. A loop over [`Touched::iter`] takes more
    /// instructions.
    #[inline]
    pub(crate) fn for_each(&self, mut each: impl FnMut(usize)) {
        for (word, &bits) in self.words.iter().enumerate() {
            Bits(bits).for_each(|bit| each(word << 6 | bit));
        }
    }

    /// Does something for each marked component, ascending; no mark is left.
    #[inline]
    pub(crate) fn take_each(&mut self, mut each: impl FnMut(usize)) {
        for (word, bits) in self.words.iter_mut().enumerate() {
            Bits(std::mem::take(bits)).for_each(|bit| each(word << 6 | bit));
        }
    }

    /// Marks what another one has marked, of a vector of the same length.
    pub(crate) fn add(&mut self, other: &Touched) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
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

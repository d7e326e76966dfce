//! What a learner answers with: the vectors of a reply, and of one that has changed little, which
//! components it has changed.
//!
//! Clients of a thread share one vector, and between two of them only what has changed is put back. That is
//! right as long as no change goes unnoticed, so nobody is asked to say what has changed: a [`Marked`]
//! vector notes its own changes, and whoever takes the vectors in another way gives up the notes, and the
//! whole vector counts.

use crate::touched::Touched;
use crate::{Body, Letter};
use std::sync::Arc;

/// The vectors of a reply; their memory is used again for the next client.
///
/// Local steps that may change any component begin with [`Reply::copy_of`]. Those that change few of many
/// begin with [`Reply::draft`]:
///
/// ```
/// use dpac_actors::{Draft, Reply};
/// use std::sync::Arc;
/// let start: Arc<[f64]> = vec![0.5; 1000].into();
/// let mut reply = Reply::default();
/// match reply.draft(&start, 1) {
///     Draft::Copied(psi) => psi[7] += 1.0,
///     Draft::Marked(mut psi) => psi.add(7, 1.0),
/// }
/// assert_eq!(reply.vectors()[0][7], 1.5);
/// ```
///
/// The vectors themselves are not to be had but by a method that knows of it:
///
/// ```compile_fail
/// # use dpac_actors::Reply;
/// let mut reply = Reply::default();
/// reply.copy_of(0, &[0.5; 3]);
/// reply.vectors[0][1] = 1.0;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// In the order of the reply's kind.
    vectors: Vec<Vec<f64>>,
    integers: Vec<Vec<i64>>,
    letters: Vec<Letter>,
    /// What the only vector is, where that is known.
    changes: Option<Box<Changes>>,
    /// While no vector is made of it; none where the host wants copies.
    shared: Option<Box<Changes>>,
}

/// What is known of a vector: it is `base`, to the bit, but for what is marked.
///
/// Between two clients it has the vector itself. It is one box that is handed around, so that nothing of it
/// can get apart: what it says is true of the vector that it has come with, and [`Changes::are_of`] tells
/// whether that is of any use.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    /// What the turn's replies are differences from.
    base: Arc<[f64]>,
    /// What the learner has drafted from, found to be the base to the bit.
    start: Option<Arc<[f64]>>,
    touched: Touched,
    /// While no client has it: the vector, if it is `good`; otherwise memory.
    values: Vec<f64>,
    good: bool,
}

/// A local phase that may change one component in so many, or more, starts from a copy: marks would cost
/// more.
const COMPONENTS_PER_CHANGE: u64 = 8;

/// What local steps are taken on.
#[derive(Debug)]
pub enum Draft<'a> {
    /// A copy of the whole vector, of which anything may be changed.
    Copied(&'a mut [f64]),
    /// A vector that notes what is changed, and costs nothing where nothing is.
    Marked(Marked<'a>),
}

impl Draft<'_> {
    /// All components.
    pub fn values(&self) -> &[f64] {
        match self {
            Draft::Copied(values) => values,
            Draft::Marked(marked) => marked.values(),
        }
    }

    /// Adds x to component i. What does so in a loop is better off taking the two kinds apart once.
    ///
    /// # Panics
    /// If there is no such component.
    #[inline]
    pub fn add(&mut self, i: usize, x: f64) {
        match self {
            Draft::Copied(values) => values[i] += x,
            Draft::Marked(marked) => marked.add(i, x),
        }
    }

    /// Makes component i equal x.
    ///
    /// # Panics
    /// If there is no such component.
    #[inline]
    pub fn set(&mut self, i: usize, x: f64) {
        match self {
            Draft::Copied(values) => values[i] = x,
            Draft::Marked(marked) => marked.set(i, x),
        }
    }
}

/// A vector that notes which of its components are changed.
///
/// It is read as a slice and changed component by component; as a slice it cannot be changed:
///
/// ```compile_fail
/// # use dpac_actors::Marked;
/// fn forgets(mut psi: Marked<'_>) {
///     psi.values()[7] += 1.0;
/// }
/// ```
///
/// ```compile_fail
/// # use dpac_actors::Marked;
/// fn forgets(psi: Marked<'_>) -> &mut [f64] {
///     psi.values
/// }
/// ```
///
/// ```
/// # use dpac_actors::Marked;
/// fn cannot_forget(mut psi: Marked<'_>) {
///     psi.add(7, 1.0);
/// }
/// ```
#[derive(Debug)]
pub struct Marked<'a> {
    values: &'a mut [f64],
    touched: &'a mut Touched,
}

impl Marked<'_> {
    /// All components.
    #[inline]
    pub fn values(&self) -> &[f64] {
        self.values
    }

    /// Adds x to component i.
    ///
    /// # Panics
    /// If there is no such component.
    #[inline]
    pub fn add(&mut self, i: usize, x: f64) {
        self.values[i] += x;
        self.touched.mark(i);
    }

    /// Makes component i equal x.
    ///
    /// # Panics
    /// If there is no such component.
    #[inline]
    pub fn set(&mut self, i: usize, x: f64) {
        self.values[i] = x;
        self.touched.mark(i);
    }
}

impl Reply {
    /// Starts the only vector of the reply from `start`, of which about `changes` components will be changed.
    ///
    /// It is [`Draft::Marked`] where that pays and the host lets clients share a vector, and where `start`
    /// is what the barrier takes differences from, to the bit; otherwise it is a copy. Learners keep
    /// `start` as it came with the broadcast: then finding that out costs nothing from the second client of
    /// a turn on.
    pub fn draft(&mut self, start: &Arc<[f64]>, changes: u64) -> Draft<'_> {
        let few = changes.saturating_mul(COMPONENTS_PER_CHANGE) <= start.len() as u64;
        let vectors = self.vectors_mut();
        if vectors.len() != 1 {
            vectors.resize(1, Vec::new());
        }
        match self.shared.take_if(|shared| few && shared.begin_at(start)) {
            Some(shared) => {
                let (values, changes) = (&mut self.vectors[0], self.changes.insert(shared));
                changes.lend(values, start);
                Draft::Marked(Marked { values, touched: &mut changes.touched })
            }
            None => Draft::Copied(self.copy_of(0, start)),
        }
    }

    /// Makes vector `i` a copy of `values` and returns it.
    pub fn copy_of(&mut self, i: usize, values: &[f64]) -> &mut [f64] {
        let vectors = self.vectors_mut();
        if vectors.len() <= i {
            vectors.resize(i + 1, Vec::new());
        }
        let vector = &mut vectors[i];
        vector.clear();
        vector.extend_from_slice(values);
        vector
    }

    /// The vectors, in the order of the reply's kind.
    pub fn vectors(&self) -> &[Vec<f64>] {
        &self.vectors
    }

    /// The vectors, to be changed in any way: whatever was marked before, from here on all of each counts
    /// as changed.
    pub fn vectors_mut(&mut self) -> &mut Vec<Vec<f64>> {
        // The shared vector, if it was one, stays where it is.
        if let Some(changes) = self.changes.take() {
            self.shared = Some(changes);
        }
        &mut self.vectors
    }

    /// The vectors, in the order of the reply's kind.
    pub fn into_vectors(self) -> Vec<Vec<f64>> {
        self.vectors
    }

    /// A turn begins. Where there is a `base`, clients may share one vector, of which only what they have
    /// changed is put back.
    pub(crate) fn begin_turn(&mut self, base: Option<&Arc<[f64]>>) {
        let before = self.changes.take().or_else(|| self.shared.take());
        self.shared = base.map(|base| {
            let (touched, values) = before.map_or_else(Default::default, |it| (it.touched, it.values));
            Box::new(Changes { base: Arc::clone(base), start: None, touched, values, good: false })
        });
    }

    /// The next client's reply: nothing of another client's remains, but its memory does.
    pub(crate) fn begin(&mut self, vectors: usize) {
        let of_before = self.vectors_mut();
        of_before.truncate(vectors);
        of_before.iter_mut().for_each(Vec::clear);
        self.integers.clear();
    }

    /// Vector `i` of the reply's integers, empty at first. The server has their sums over all clients.
    pub fn integers(&mut self, i: usize) -> &mut Vec<i64> {
        if self.integers.len() <= i {
            self.integers.resize(i + 1, Vec::new());
        }
        &mut self.integers[i]
    }

    /// Sends a letter to another client, who has it with its next job. Letters go after the reply, in the
    /// order in which they were posted.
    pub fn post(&mut self, letter: Letter) {
        self.letters.push(letter);
    }

    /// Whether letters have been written.
    pub(crate) fn has_letters(&self) -> bool {
        !self.letters.is_empty()
    }

    /// The letters that have been written.
    pub(crate) fn take_letters(&mut self) -> Vec<Letter> {
        std::mem::take(&mut self.letters)
    }

    /// The message that the reply is, of so many local steps.
    pub(crate) fn into_body(self, steps: u64) -> Body {
        Body::LocalStepsDone { steps, vectors: self.vectors, integers: self.integers }
    }

    /// What the client answers after so many local steps, to be given back at [`Reply::end`].
    pub(crate) fn take(&mut self, steps: u64) -> (Body, Option<Box<Changes>>) {
        let (vectors, integers) = (std::mem::take(&mut self.vectors), std::mem::take(&mut self.integers));
        (Body::LocalStepsDone { steps, vectors, integers }, self.changes.take())
    }

    /// Takes back what a message has carried.
    pub(crate) fn end(&mut self, body: Body, changes: Option<Box<Changes>>) {
        let Body::LocalStepsDone { vectors, integers, .. } = body else { return };
        (self.vectors, self.integers) = (vectors, integers);
        if let (Some(mut changes), [values]) = (changes, &mut self.vectors[..]) {
            std::mem::swap(values, &mut changes.values);
            changes.good = true;
            self.shared = Some(changes);
        }
    }
}

impl Changes {
    /// The components that may differ from the base.
    pub(crate) fn touched(&self) -> &Touched {
        &self.touched
    }

    /// Whether they are changes of this vector. What is held cannot be freed, so the address tells.
    pub(crate) fn are_of(&self, base: &Arc<[f64]>) -> bool {
        Arc::ptr_eq(&self.base, base)
    }

    /// Whether a vector that starts here is the base, to the bit; and all of it numbers, since what is not
    /// changed is not looked at again.
    #[inline]
    fn begin_at(&mut self, start: &Arc<[f64]>) -> bool {
        self.start.as_ref().is_some_and(|known| Arc::ptr_eq(known, start)) || self.look_at(start)
    }

    #[cold]
    fn look_at(&mut self, start: &Arc<[f64]>) -> bool {
        let same = Arc::ptr_eq(&self.base, start) || same_bits(&self.base, start);
        let is_base = same && start.iter().all(|value| value.is_finite());
        if is_base {
            self.start = Some(Arc::clone(start));
        }
        is_base
    }

    /// Makes `vector` equal `start`, which is the base, with no mark on it.
    #[inline]
    fn lend(&mut self, vector: &mut Vec<f64>, start: &[f64]) {
        std::mem::swap(&mut self.values, vector);
        if std::mem::take(&mut self.good) {
            self.touched.take_each(|i| vector[i] = start[i]);
            debug_assert!(same_bits(vector, start), "a change that was not marked");
        } else {
            vector.clear();
            vector.extend_from_slice(start);
            self.touched.reset(start.len());
        }
    }

    /// What no learner can say: that these components and no others differ.
    #[cfg(test)]
    pub(crate) fn claimed(base: &Arc<[f64]>, places: impl IntoIterator<Item = usize>) -> Self {
        let mut touched = Touched::default();
        touched.reset(base.len());
        places.into_iter().for_each(|i| touched.mark(i));
        Changes { base: Arc::clone(base), start: None, touched, values: Vec::new(), good: false }
    }
}

fn same_bits(one: &[f64], other: &[f64]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.to_bits() == other.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Arc<[f64]> {
        (0..100).map(|i| if i == 50 { -0.0 } else { f64::from(i) / 3.0 }).collect()
    }

    fn of_turn(base: &Arc<[f64]>) -> Reply {
        let mut reply = Reply::default();
        reply.begin_turn(Some(base));
        reply.begin(1);
        reply
    }

    fn is_marked(reply: &mut Reply, start: &Arc<[f64]>, changes: u64) -> bool {
        let draft = reply.draft(start, changes);
        assert!(same_bits(draft.values(), start));
        matches!(draft, Draft::Marked(_))
    }

    #[test]
    fn a_draft_is_marked_where_that_pays_and_it_starts_at_the_base() {
        let base = base();
        let copy: Arc<[f64]> = base.to_vec().into();
        assert!(is_marked(&mut of_turn(&base), &base, 12));
        assert!(is_marked(&mut of_turn(&base), &copy, 12));
        assert!(!is_marked(&mut of_turn(&base), &base, 13), "one component in eight");
        assert!(!is_marked(&mut Reply::default(), &base, 1), "the host wants copies");
        let mut other = base.to_vec();
        other[50] = 0.0;
        assert!(!is_marked(&mut of_turn(&base), &other.into(), 1), "another zero");
        assert!(!is_marked(&mut of_turn(&base), &base[..99].into(), 1), "another length");
        let infinite: Arc<[f64]> = vec![f64::INFINITY; 100].into();
        assert!(!is_marked(&mut of_turn(&infinite), &infinite, 1), "the wire would not look at it");
    }

    /// Changes, puts back, and the memory stays where it is.
    #[test]
    fn the_next_client_of_a_turn_and_the_next_turn_begin_at_the_base() {
        let (base, later) = (base(), Arc::from(vec![2.5; 100]));
        let mut reply = Reply::default();
        let mut addresses = Vec::new();
        for base in [&base, &later, &base] {
            reply.begin_turn(Some(base));
            for client in 0..3 {
                reply.begin(1);
                let mut draft = reply.draft(base, 3);
                assert!(same_bits(draft.values(), base), "client {client}");
                draft.add(3 + client, 1.0);
                draft.set(99, f64::from(client as u32) - 7.0);
                let (body, changes) = reply.take(1);
                let Body::LocalStepsDone { vectors, .. } = &body else { panic!("a reply") };
                let changes = changes.expect("marks");
                assert!(changes.are_of(base));
                assert_eq!(changes.touched().iter().collect::<Vec<_>>(), [3 + client, 99]);
                let expected = |i: usize| match i {
                    99 => f64::from(client as u32) - 7.0,
                    i if i == 3 + client => base[i] + 1.0,
                    i => base[i],
                };
                assert!(same_bits(&vectors[0], &(0..100).map(expected).collect::<Vec<_>>()));
                addresses.push(vectors[0].as_ptr());
                reply.end(body, Some(changes));
            }
        }
        addresses.dedup();
        assert_eq!(addresses.len(), 1);
    }

    #[test]
    fn whoever_takes_the_vectors_gives_up_the_marks() {
        let base = base();
        let takes: [fn(&mut Reply); 4] = [
            |reply| reply.vectors_mut()[0][5] += 1.0,
            |reply| reply.copy_of(0, &[0.5; 100])[4] = 1.0,
            |reply| reply.copy_of(1, &[0.5; 3])[2] = 1.0,
            |reply| *reply = Reply::default(),
        ];
        for take in takes {
            let mut reply = of_turn(&base);
            for _ in 0..2 {
                reply.draft(&base, 1).add(4, 1.0);
                take(&mut reply);
                let (body, changes) = reply.take(1);
                assert!(changes.is_none());
                reply.end(body, changes);
                reply.begin(1);
                // Nothing of it is left for the next client.
                assert!(same_bits(reply.draft(&base, 1).values(), &base));
                let (body, changes) = reply.take(1);
                reply.end(body, changes);
                reply.begin(1);
            }
        }
    }
}

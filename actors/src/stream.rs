//! Keyed streams of random numbers: DETERMINISM.md, "Streams of random numbers".

/// The generator of every stream.
pub type Generator = rand_pcg::Pcg64Mcg;

/// What a stream is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The trajectories of local steps.
    LocalSteps,
    /// Monte-Carlo evaluation of a policy.
    Evaluation,
    /// Trajectories shown to a person.
    Demonstration,
}

impl Purpose {
    fn word(self) -> u64 {
        match self {
            Purpose::LocalSteps => 1,
            Purpose::Evaluation => 2,
            Purpose::Demonstration => 3,
        }
    }
}

/// Which stream: equal keys give equal numbers, different keys unrelated ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamKey {
    /// The run's seed.
    pub seed: u64,
    /// What it is for.
    pub purpose: Purpose,
    /// The client that draws.
    pub client: u32,
    /// Outer round.
    pub round: u32,
    /// Phase number: [`crate::Phase::number`].
    pub phase: u8,
    /// Sync within (round, phase).
    pub sync: u32,
}

impl StreamKey {
    /// The stream, at its beginning.
    ///
    /// ```
    /// use dpac_actors::{Purpose, StreamKey};
    /// let key = StreamKey { seed: 7, purpose: Purpose::LocalSteps, client: 0, round: 0, phase: 0, sync: 0 };
    /// assert_eq!(key.generator(), key.generator());
    /// assert_ne!(key.generator(), StreamKey { client: 1, ..key }.generator());
    /// ```
    pub fn generator(&self) -> Generator {
        let words = [
            self.seed,
            self.purpose.word(),
            u64::from(self.client),
            u64::from(self.round),
            u64::from(self.phase),
            u64::from(self.sync),
        ];
        let high = absorb(0x243f_6a88_85a3_08d3, &words);
        let low = absorb(0x1319_8a2e_0370_7344, &words);
        Generator::new(u128::from(high) << 64 | u128::from(low))
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn absorb(lane: u64, words: &[u64]) -> u64 {
    words
        .iter()
        .zip(1u64..)
        .fold(lane, |h, (&word, i)| mix(h ^ mix(word.wrapping_add(GOLDEN.wrapping_mul(i)))))
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014; constants of Stafford's variant 13).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

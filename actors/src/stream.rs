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
    /// Resamples of seeds, and simulated values of them.
    Statistics,
    /// The first parameter of a policy that does not start at 0.
    FirstPolicy,
    /// Sequences on which a server measures a network.
    Probes,
    /// The first parameter of a critic that is a network.
    FirstCritic,
}

impl Purpose {
    fn word(self) -> u64 {
        match self {
            Purpose::LocalSteps => 1,
            Purpose::Evaluation => 2,
            Purpose::Demonstration => 3,
            Purpose::Statistics => 4,
            Purpose::FirstPolicy => 5,
            Purpose::Probes => 6,
            Purpose::FirstCritic => 7,
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
    /// Which barrier within (round, phase), from 0.
    pub barrier: u32,
}

impl StreamKey {
    /// The stream, at its beginning.
    ///
    /// ```
    /// use dpac_actors::{Purpose, StreamKey};
    /// let purpose = Purpose::LocalSteps;
    /// let key = StreamKey { seed: 7, purpose, client: 0, round: 0, phase: 0, barrier: 0 };
    /// assert_eq!(key.generator(), key.generator());
    /// assert_ne!(key.generator(), StreamKey { client: 1, ..key }.generator());
    /// ```
    pub fn generator(&self) -> Generator {
        Streams::new(self.seed, self.purpose).generator(self.client, self.round, self.phase, self.barrier)
    }
}

/// The streams of a run that are for one purpose, for drawing for many clients at one place.
///
/// ```
/// use dpac_actors::{Purpose, StreamKey, Streams};
/// let key = StreamKey { seed: 7, purpose: Purpose::LocalSteps, client: 3, round: 2, phase: 1, barrier: 4 };
/// let mut streams = Streams::new(7, Purpose::LocalSteps);
/// assert_eq!(streams.generator(3, 2, 1, 4), key.generator());
/// ```
#[derive(Clone, Debug)]
pub struct Streams {
    /// Two lanes that have taken in seed and purpose.
    lanes: [u64; 2],
    /// Round, phase and barrier that were asked for last, and what the lanes take in of them.
    place: (u32, u8, u32),
    words: [u64; 3],
}

impl Streams {
    /// The streams of this seed and purpose.
    pub fn new(seed: u64, purpose: Purpose) -> Self {
        let mut lanes = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344];
        take_in(&mut lanes, word(0, seed));
        take_in(&mut lanes, word(1, purpose.word()));
        let place = (0, 0, 0);
        Streams { lanes, place, words: words_of(place) }
    }

    /// The stream of [`StreamKey`] with the other four words, at its beginning.
    #[inline]
    pub fn generator(&mut self, client: u32, round: u32, phase: u8, barrier: u32) -> Generator {
        let place = (round, phase, barrier);
        if place != self.place {
            (self.place, self.words) = (place, words_of(place));
        }
        let mut lanes = self.lanes;
        take_in(&mut lanes, word(2, u64::from(client)));
        take_in(&mut lanes, self.words[0]);
        take_in(&mut lanes, self.words[1]);
        take_in(&mut lanes, self.words[2]);
        Generator::new(u128::from(lanes[0]) << 64 | u128::from(lanes[1]))
    }
}

fn words_of((round, phase, barrier): (u32, u8, u32)) -> [u64; 3] {
    [word(3, u64::from(round)), word(4, u64::from(phase)), word(5, u64::from(barrier))]
}

/// Word i of a key as the lanes take it in.
#[inline]
fn word(i: u64, word: u64) -> u64 {
    mix(word.wrapping_add(GOLDEN.wrapping_mul(i + 1)))
}

#[inline]
fn take_in(lanes: &mut [u64; 2], word: u64) {
    lanes[0] = mix(lanes[0] ^ word);
    lanes[1] = mix(lanes[1] ^ word);
}

/// A way on by a fixed number of words, at the price of one multiplication.
///
/// ```
/// use dpac_actors::{Jump, Purpose, StreamKey};
/// use rand_pcg::rand_core::Rng;
/// let key = StreamKey { seed: 7, purpose: Purpose::LocalSteps, client: 0, round: 0, phase: 0, barrier: 0 };
/// let mut walked = key.generator();
/// for _ in 0..23 {
///     walked.next_u64();
/// }
/// assert_eq!(Jump::over(23).from(&key.generator()), walked);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    /// A step multiplies the state by a constant; so many steps, by a power of it.
    factor: u128,
}

impl Jump {
    /// Over so many words of 64 bits.
    pub fn over(words: u64) -> Self {
        let mut one = Generator::new(1);
        one.advance(u128::from(words));
        Jump { factor: one.state() }
    }

    /// The generator after the jump.
    #[inline]
    pub fn from(self, generator: &Generator) -> Generator {
        Generator::new(generator.state().wrapping_mul(self.factor))
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014; constants of Stafford's variant 13).
#[inline]
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_pcg::rand_core::Rng;

    const KEY: StreamKey =
        StreamKey { seed: 7, purpose: Purpose::LocalSteps, client: 3, round: 2, phase: 1, barrier: 4 };

    #[test]
    fn streams_of_many_places_are_those_of_their_keys_whatever_was_asked_for_before() {
        let mut streams = Streams::new(KEY.seed, KEY.purpose);
        for word in [0, 1, 2, 3, 4, 3, 2, 1] {
            for value in [0, 5, u32::MAX] {
                let key = StreamKey { seed: KEY.seed, ..varied(word, value) };
                let StreamKey { client, round, phase, barrier, .. } = key;
                assert_eq!(streams.generator(client, round, phase, barrier), key.generator());
            }
        }
    }

    /// The key with one of its six words replaced.
    fn varied(word: usize, value: u32) -> StreamKey {
        let mut key = KEY;
        match word {
            0 => key.seed = u64::from(value),
            1 => key.client = value,
            2 => key.round = value,
            3 => key.barrier = value,
            _ => key.phase = (value % 256) as u8,
        }
        key
    }

    fn first_words(key: &StreamKey) -> [u64; 4] {
        let mut generator = key.generator();
        std::array::from_fn(|_| generator.next_u64())
    }

    #[test]
    fn streams_have_known_answers() {
        // Computed apart, in Python, from DETERMINISM.md and the definition of PCG XSL-RR 128/64 MCG.
        let least =
            StreamKey { seed: 0, purpose: Purpose::LocalSteps, client: 0, round: 0, phase: 0, barrier: 0 };
        let (client, round, phase, barrier) = (u32::MAX, u32::MAX, 1, u32::MAX);
        let most =
            StreamKey { seed: u64::MAX, purpose: Purpose::Demonstration, client, round, phase, barrier };
        let known = [
            (
                least,
                [0xb7cb_7faf_e2c0_303d, 0x655d_a0a0_57c0_d270, 0x4774_3932_8787_d23c, 0x555b_a17d_37e0_c935],
            ),
            (
                KEY,
                [0x8b0a_d6e8_93d0_2368, 0xabf9_efdb_9db5_1305, 0x1b76_6a34_455c_c1ea, 0x27dc_5a3a_e10b_0a68],
            ),
            (
                most,
                [0xa407_47e5_3434_d6de, 0x95db_3ca8_407f_3dde, 0x5014_fb52_25bf_085b, 0x54a6_f152_709e_ccb8],
            ),
        ];
        for (key, words) in known {
            assert_eq!(first_words(&key), words, "{key:?}");
        }
    }

    #[test]
    fn the_mixer_is_splitmix64s() {
        // The published first outputs of SplitMix64 seeded with 1234567.
        let outputs = [1, 2].map(|i| mix(1_234_567_u64.wrapping_add(GOLDEN.wrapping_mul(i))));
        assert_eq!(outputs, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn keys_that_differ_in_one_word_have_unrelated_streams() {
        const PAIRS: u32 = 4096;
        for word in 0..4 {
            let (mut product, mut bits) = (0.0, 0);
            for value in 0..PAIRS {
                let [one, other] = [value, value + 1].map(|value| first_words(&varied(word, value)));
                for (one, other) in one.iter().zip(&other) {
                    let centred = |x: u64| (x >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
                    product += centred(*one) * centred(*other);
                    bits += (one ^ other).count_ones();
                }
            }
            // Four deviations: the product of two uniforms has variance 1/144, a differing bit 1/4.
            let draws = f64::from(4 * PAIRS);
            assert!(product.abs() < 4.0 * draws.sqrt() / 12.0, "word {word}: {product}");
            assert!(
                (f64::from(bits) - 32.0 * draws).abs() < 4.0 * (16.0 * draws).sqrt(),
                "word {word}: {bits}"
            );
        }
    }

    #[test]
    fn no_two_keys_share_a_first_word() {
        let mut words: Vec<u64> = (0..4)
            .flat_map(|word| (1000..6000).map(move |value| first_words(&varied(word, value))[0]))
            .chain((0..=255).map(|phase| first_words(&varied(4, phase))[0]))
            .chain(
                [
                    Purpose::Evaluation,
                    Purpose::Demonstration,
                    Purpose::FirstPolicy,
                    Purpose::Probes,
                    Purpose::FirstCritic,
                ]
                .map(|purpose| first_words(&StreamKey { purpose, ..KEY })[0]),
            )
            .collect();
        let drawn = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), drawn);
    }

    #[test]
    fn the_same_value_in_another_word_is_another_stream() {
        let swapped = StreamKey { client: KEY.round, round: KEY.client, ..KEY };
        assert_ne!(swapped.generator(), KEY.generator());
    }
}

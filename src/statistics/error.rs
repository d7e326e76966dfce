//! Why a statistic cannot be had.

use thiserror::Error;

/// What is wrong with the values that a statistic was asked of.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum StatisticsError {
    /// There is no value.
    #[error("there is no value to estimate from")]
    NoValue,
    /// Nothing can be said of how one seed varies.
    #[error("{what} needs at least 2 seeds, and has {given}")]
    TooFewSeeds {
        /// The statistic.
        what: &'static str,
        /// How many seeds there are.
        given: usize,
    },
    /// Arms are compared under common seeds, and have none or one.
    #[error("{what} needs at least 2 seeds that all arms have, and there are {given}")]
    TooFewCommonSeeds {
        /// The statistic.
        what: &'static str,
        /// How many they have in common.
        given: usize,
    },
    /// A stratum has one seed, of which nothing can be said how it varies.
    #[error("a bootstrap needs at least 2 seeds in each stratum, and `{name}` has one")]
    LoneSeed {
        /// The stratum.
        name: String,
    },
    /// A value is infinite or not a number.
    #[error("{value} is no value of a run: values are finite")]
    NotFinite {
        /// The value.
        value: f64,
    },
    /// A power law has logarithms of numbers that have none.
    #[error(
        "a power law is of positive numbers, and at x = {x} the value of seed {seed} is {y}: fit what is \
         positive, such as a gap or a cost, and leave out arms that reach zero"
    )]
    NotPositive {
        /// The arm.
        x: f64,
        /// The seed.
        seed: u64,
        /// Its value.
        y: f64,
    },
    /// A power law is asked for at an x that has no logarithm.
    #[error("a power law is of positive x, and an arm has x = {x}")]
    NotPositiveArm {
        /// The arm's x.
        x: f64,
    },
    /// All arms of a power law are at the same x.
    #[error("a power law needs arms at two or more values of x")]
    TooFewArms,
    /// The level of an interval is no probability between 0 and 1.
    #[error("the level of an interval lies between 0 and 1, and {level} does not")]
    Level {
        /// What was asked for.
        level: f64,
    },
    /// The ends of the interval would lie beyond the outermost resample.
    #[error("a bootstrap at level {level} needs at least {least} resamples, and {given} were asked for")]
    TooFewResamples {
        /// The level.
        level: f64,
        /// How many it needs.
        least: u32,
        /// How many were asked for.
        given: u32,
    },
    /// A time is negative.
    #[error("{value} is no time or cost: those are at least 0")]
    NegativeTime {
        /// The value.
        value: f64,
    },
}

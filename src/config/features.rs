//! Which features of histories a critic or an actor uses.

use super::limits::{FOURIER_COMPONENTS_MAX, POLYNOMIAL_DEGREE_MAX, RESERVOIR_WIDTH_MAX, WINDOW_MAX};
use crate::features::{Degree, LogOdds};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Features of histories and actions; which other keys there are depends on `kind`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Features {
    /// One-hot features of the whole history: exact, and exponential in the horizon.
    #[default]
    History,
    /// One-hot features of the last `length` pairs of action and observation.
    Window {
        /// Number of pairs L; with H - 1 of them the window is the whole history.
        #[schemars(range(max = WINDOW_MAX))]
        length: u32,
        /// Whether all steps with full windows share one block of parameters (default: every step has its
        /// own).
        #[serde(default)]
        tied: bool,
    },
    /// Polynomials of the belief b(s) = P(s_h = s | z_h).
    Belief {
        /// 1: the belief itself; 2: the constant, the belief and its products.
        #[serde(default = "degree_one", with = "degree_as_number")]
        #[schemars(schema_with = "degree_schema")]
        degree: Degree,
        /// Whether each step keeps only as many of the functions as span the others on the histories that can
        /// be.
        #[serde(default)]
        span: bool,
    },
    /// Polynomials of the belief's log-odds l_s = ln(b(s) / b(S-1)), clamped to ±8, and of tanh(l_s / 2).
    LogOdds {
        /// The largest power.
        #[serde(default = "log_odds_one", with = "log_odds_as_number")]
        #[schemars(schema_with = "log_odds_schema")]
        degree: LogOdds,
    },
    /// The belief times a one-hot window of the last `length` pairs: exact for policies of that memory.
    BeliefMemory {
        /// Number of pairs L.
        #[schemars(range(max = WINDOW_MAX))]
        length: u32,
        /// Whether each window keeps only as many states as span the others on the histories that can be.
        #[serde(default)]
        span: bool,
    },
    /// Of the last `length` pairs: products of Legendre polynomials of the readings, times a one-hot of the
    /// actions. For problems with real-valued observations.
    Polynomial {
        /// Number of pairs L.
        #[schemars(range(max = WINDOW_MAX))]
        length: u32,
        /// The largest total degree.
        #[schemars(range(min = 1, max = POLYNOMIAL_DEGREE_MAX))]
        degree: u32,
    },
    /// Of the last `length` pairs: random Fourier features of the readings, times a one-hot of the actions.
    /// For problems with real-valued observations.
    Fourier {
        /// Number of pairs L.
        #[schemars(range(max = WINDOW_MAX))]
        length: u32,
        /// Number D of cosines.
        #[schemars(range(min = 1, max = FOURIER_COMPONENTS_MAX))]
        components: u32,
        /// Width of the Gaussian kernel, in units of the readings.
        #[schemars(schema_with = "positive")]
        scale: f64,
        /// Seed of the frequencies and phases.
        #[serde(default)]
        #[schemars(range(max = u32::MAX))]
        seed: u32,
    },
    /// A constant and the units of a random recurrent network that stays as it was drawn.
    Reservoir {
        /// Number d of units.
        #[schemars(range(min = 1, max = RESERVOIR_WIDTH_MAX))]
        width: u32,
        /// Seed of the network's weights.
        #[serde(default)]
        #[schemars(range(max = u32::MAX))]
        seed: u32,
    },
    /// The problem's own features of the last observation and the action, where it has some: exact for
    /// policies that read that observation only.
    Problem,
    /// Of a critic: a constant and the state of the policy's network, as it is in the round.
    Policy,
}

impl Features {
    /// What a configuration calls them.
    pub fn kind(&self) -> &'static str {
        match self {
            Features::History => "history",
            Features::Window { .. } => "window",
            Features::Belief { .. } => "belief",
            Features::LogOdds { .. } => "log-odds",
            Features::BeliefMemory { .. } => "belief-memory",
            Features::Problem => "problem",
            Features::Policy => "policy",
            Features::Polynomial { .. } => "polynomial",
            Features::Fourier { .. } => "fourier",
            Features::Reservoir { .. } => "reservoir",
        }
    }
}

fn degree_one() -> Degree {
    Degree::One
}

fn degree_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1, "maximum": 2 })
}

mod degree_as_number {
    use super::{Degree, Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    pub(super) fn serialize<S: Serializer>(degree: &Degree, serializer: S) -> Result<S::Ok, S::Error> {
        match degree {
            Degree::One => 1_u8,
            Degree::Two => 2_u8,
        }
        .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Degree, D::Error> {
        match u8::deserialize(deserializer)? {
            1 => Ok(Degree::One),
            2 => Ok(Degree::Two),
            other => Err(serde::de::Error::custom(format_args!("expected degree 1 or 2, found {other}"))),
        }
    }
}

fn positive(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "exclusiveMinimum": 0 })
}

fn log_odds_one() -> LogOdds {
    LogOdds::new(1).expect("the least degree")
}

fn log_odds_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1, "maximum": LogOdds::DEGREE_MAX })
}

mod log_odds_as_number {
    use super::{Deserialize, Deserializer, LogOdds, Serialize, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    pub(super) fn serialize<S: Serializer>(functions: &LogOdds, serializer: S) -> Result<S::Ok, S::Error> {
        functions.degree().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LogOdds, D::Error> {
        let degree = u8::deserialize(deserializer)?;
        let most = LogOdds::DEGREE_MAX;
        LogOdds::new(degree).ok_or_else(|| {
            serde::de::Error::custom(format_args!("expected a degree from 1 to {most}, found {degree}"))
        })
    }
}

//! Which features of histories a critic or an actor uses.

use super::limits::WINDOW_MAX;
use crate::features::Degree;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Features of histories and actions; which other keys there are depends on `kind`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
        /// Whether all steps with full windows share one block of parameters (default: every step has its own).
        #[serde(default)]
        tied: bool,
    },
    /// Polynomials of the belief b(s) = P(s_h = s | z_h).
    Belief {
        /// 1: the belief itself; 2: the constant, the belief and its products.
        #[serde(default = "degree_one", with = "degree_as_number")]
        #[schemars(schema_with = "degree_schema")]
        degree: Degree,
    },
    /// The belief times a one-hot window of the last `length` pairs: exact for policies of that memory.
    BeliefMemory {
        /// Number of pairs L.
        #[schemars(range(max = WINDOW_MAX))]
        length: u32,
    },
    /// The problem's own features of the last observation and the action, where it has some: exact for policies that read
    /// that observation only.
    Problem,
}

impl Features {
    /// What a configuration calls them.
    pub fn kind(&self) -> &'static str {
        match self {
            Features::History => "history",
            Features::Window { .. } => "window",
            Features::Belief { .. } => "belief",
            Features::BeliefMemory { .. } => "belief-memory",
            Features::Problem => "problem",
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

//! How many hidden layers there are, and the units of each.

use super::error::NetworkError;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// Units `n_1, ..., n_L` of the hidden layers, from the inputs to the logits.
///
/// In configurations and saved policies one layer is its number of units, and several are a list. A list of
/// one is read as the number, which is what is written, so that either is the same configuration.
///
/// ```
/// use dpac::policy::network::Hidden;
/// let hidden = Hidden::new(&[16, 8])?;
/// assert_eq!((hidden.units(), hidden.last()), (&[16, 8][..], 8));
/// assert_eq!(serde_json::to_string(&hidden)?, "[16,8]");
/// assert_eq!(serde_json::from_str::<Hidden>("[16]")?, Hidden::new(&[16])?);
/// assert_eq!(serde_json::to_string(&Hidden::new(&[16])?)?, "16");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// 0 behind the last.
    units: [usize; Hidden::LAYERS_MAX],
    layers: usize,
}

impl Hidden {
    /// The most hidden layers.
    pub const LAYERS_MAX: usize = 4;
    /// The most units of a layer.
    pub const UNITS_MAX: usize = 256;

    /// So many units each.
    ///
    /// # Errors
    /// No layers or too many, or a layer of no units or too many.
    pub fn new(units: &[usize]) -> Result<Self, NetworkError> {
        let layers = units.len();
        if !(1..=Hidden::LAYERS_MAX).contains(&layers) {
            return Err(NetworkError::Layers { layers, most: Hidden::LAYERS_MAX });
        }
        if let Some(&units) = units.iter().find(|units| !(1..=Hidden::UNITS_MAX).contains(units)) {
            return Err(NetworkError::Units { units, most: Hidden::UNITS_MAX });
        }
        let mut all = [0; Hidden::LAYERS_MAX];
        all[..layers].copy_from_slice(units);
        Ok(Hidden { units: all, layers })
    }

    /// `n_1, ..., n_L`.
    #[inline]
    pub fn units(&self) -> &[usize] {
        &self.units[..self.layers]
    }

    /// `n_1`.
    #[inline]
    pub fn first(&self) -> usize {
        self.units[0]
    }

    /// `n_L`.
    #[inline]
    pub fn last(&self) -> usize {
        self.units[self.layers - 1]
    }

    /// The largest of them.
    pub(super) fn widest(&self) -> usize {
        self.units.into_iter().fold(0, usize::max)
    }

    /// `n_1 + ... + n_L`.
    pub(super) fn sum(&self) -> usize {
        self.units.iter().sum()
    }
}

/// As networks are named by their layers: `16-8`.
impl fmt::Display for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first())?;
        self.units().iter().skip(1).try_for_each(|units| write!(f, "-{units}"))
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.units() {
            [units] => units.serialize(serializer),
            units => units.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrList)
    }
}

struct NumberOrList;

impl<'de> Visitor<'de> for NumberOrList {
    type Value = Hidden;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of units, or a list of such")
    }

    fn visit_u64<E: Error>(self, units: u64) -> Result<Hidden, E> {
        Hidden::new(&[usize::try_from(units).unwrap_or(usize::MAX)]).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, units: i64) -> Result<Hidden, E> {
        // What is below 0 is refused as 0 is.
        self.visit_u64(u64::try_from(units).unwrap_or(0))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Hidden, A::Error> {
        let mut units = Vec::new();
        while let Some(number) = list.next_element()? {
            units.push(number);
        }
        Hidden::new(&units).map_err(A::Error::custom)
    }
}

impl JsonSchema for Hidden {
    fn schema_name() -> Cow<'static, str> {
        "Hidden".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let units = json_schema!({ "type": "integer", "minimum": 1, "maximum": Hidden::UNITS_MAX });
        let layers = Hidden::LAYERS_MAX;
        let list = json_schema!({ "type": "array", "items": units, "minItems": 1, "maxItems": layers });
        json_schema!({ "anyOf": [units, list] })
    }
}

//! Quantities and costs of runs, as options name them.

use crate::results::{Cost, Quantity};
use clap::ValueEnum;
use clap::builder::PossibleValue;

impl ValueEnum for Cost {
    fn value_variants<'a>() -> &'a [Self] {
        &Cost::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

impl ValueEnum for Quantity {
    fn value_variants<'a>() -> &'a [Self] {
        &Quantity::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let value = PossibleValue::new(self.name());
        Some(if *self == Quantity::DriftActor { value.alias("drift") } else { value })
    }
}

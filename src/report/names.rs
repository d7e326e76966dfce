//! Words for quantities.

use crate::results::Quantity;

/// What a quantity is called in sentences.
pub(super) fn name_of(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Value => "value",
        Quantity::Gap => "gap to the optimum",
        Quantity::Share => "share of the way from the uniform policy to the optimum",
        Quantity::BellmanError => "Bellman error",
        Quantity::DriftActor => "drift of actors",
        Quantity::DriftCritic => "drift of critics",
    }
}

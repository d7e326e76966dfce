//! The arms, as a page names them.

use crate::results::Arm;
use serde::Serialize;

/// Runs that differ in nothing but their seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArmLine {
    /// `clients=4, target=q`.
    pub label: String,
    /// The keys in which arms differ, with their values here.
    pub settings: Vec<(String, String)>,
    /// The seeds.
    pub seeds: Vec<u64>,
}

impl ArmLine {
    pub(super) fn of(arm: &Arm<'_>) -> Self {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        ArmLine {
            label: arm.label(),
            settings: arm.settings.iter().map(owned).collect(),
            seeds: arm.runs.keys().copied().collect(),
        }
    }
}

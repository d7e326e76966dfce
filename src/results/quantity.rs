//! What is known of a policy or critic after every round.

/// A number that a run has after every round, or after some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// The value of the policy, in the problem's own units.
    Value,
    /// What is missing to the optimum.
    Gap,
    /// How much of the way from the uniform policy to the optimum is done.
    Share,
    /// The Bellman error of the last round's critic.
    BellmanError,
}

impl Quantity {
    /// All there are.
    pub const ALL: [Quantity; 4] = [Quantity::Value, Quantity::Gap, Quantity::Share, Quantity::BellmanError];

    /// The name that targets call it.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Value => "value",
            Quantity::Gap => "gap",
            Quantity::Share => "share",
            Quantity::BellmanError => "bellman_error",
        }
    }
}

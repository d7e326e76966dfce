//! What is measured of a run and its rounds: the names under which observers are told of it.

/// The value of a policy, in the problem's own units: of a round that of its policy, of the run that of its
/// last one.
pub const VALUE: &str = "value";
/// The standard error of [`VALUE`], where that was simulated.
pub const STANDARD_ERROR: &str = "standard_error";
/// The Bellman error of a critic, on normalised rewards: of a round or of the run.
pub const BELLMAN_ERROR: &str = "bellman_error";
/// The value of the problem's best policy, in the problem's own units.
pub const OPTIMUM: &str = "optimum";
/// By phase, the mean squared displacement of the clients over a round's barriers.
pub const DRIFT: [&str; 2] = ["drift_critic", "drift_actor"];

/// Those of some numbers that are known, as observers are told of them.
pub fn known<const N: usize>(numbers: [(&'static str, Option<f64>); N]) -> Vec<(&'static str, f64)> {
    numbers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

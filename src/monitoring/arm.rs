//! What tells the runs of a sweep apart, as labels of their metrics.

use super::table;

/// What tells the runs of a sweep apart, each as the text of a label; empty where the algorithm has no use
/// for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arm {
    /// R.
    pub rounds: String,
    /// K.
    pub local_steps: String,
    /// I.
    pub sync_interval: String,
    /// What the direction is regressed on.
    pub target: String,
    /// Features of the policy.
    pub policy_features: String,
    /// Features of the critic.
    pub critic_features: String,
    /// The first digits of the configuration's digest, which leaves out the seed.
    pub config_digest: String,
}

impl Arm {
    /// The texts, in the order of [`table::ARM`].
    pub(super) fn values(&self) -> [&str; table::ARM.len()] {
        let Arm {
            rounds,
            local_steps,
            sync_interval,
            target,
            policy_features,
            critic_features,
            config_digest,
        } = self;
        [rounds, local_steps, sync_interval, target, policy_features, critic_features, config_digest]
    }
}

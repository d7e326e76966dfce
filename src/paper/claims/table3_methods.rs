//! The methods of Table 3: what the paper says of each, and where its runs are.

use super::{Lacking, Measured, MeasuredArm, Spot, Swept};
use crate::statistics::Sample;

/// T, of each client, at M = 16.
pub(super) const TRAJECTORIES: [u64; 7] = [256, 512, 1024, 2048, 4096, 8192, 16384];
pub(super) const FEW: u64 = 16;

/// A method, with the words that its rows have.
pub(super) struct Method {
    /// What rows and curves call it.
    pub name: &'static str,
    /// The sweep of its runs.
    pub sweep: &'static str,
    /// The sweep of its runs with clients that differ.
    pub differing: &'static str,
    /// Its algorithm, as configurations write it.
    pub algorithm: &'static str,
    /// The key that makes its budget.
    pub budget: &'static str,
    /// How many trajectories of a client a unit of that key is.
    pub unit: u64,
    /// How many local steps a round has.
    pub local_steps: &'static str,
    /// The paper's row.
    pub paper: Claimed,
    /// What is known of the method, and how.
    pub known: &'static str,
}

/// The columns of the paper's Table 3.
pub(super) struct Claimed {
    pub samples: &'static str,
    pub speedup: &'static str,
    pub communication: &'static str,
    pub partial_observation: &'static str,
}

/// Of what the paper's table does not have.
const NO_ROW: Claimed =
    Claimed { samples: "no row", speedup: "no row", communication: "no row", partial_observation: "no row" };

const ONE_SHOT: Claimed = Claimed {
    samples: "Õ(1 / (ν_φ² M ε))",
    speedup: "M ≪ T",
    communication: "one-shot",
    partial_observation: "no",
};

/// Rows and curves in their order.
pub(super) const METHODS: [Method; 6] = [
    Method {
        name: "DPTD",
        sweep: "table3-rounds",
        differing: "table3-differing-rounds",
        algorithm: "{ kind = \"dptd\" }",
        budget: "critic.rounds",
        unit: 16,
        local_steps: "16",
        paper: Claimed {
            samples: "Õ((H σ_g² / ν_φ + H d_Q) / (M ε))",
            speedup: "allow for large M",
            communication: "sublinear in T",
            partial_observation: "yes",
        },
        known: "read in the paper: Algorithm 2 and Table 3. η = 1 and K = 16 are our choice",
    },
    Method {
        name: "FedTD(0)",
        sweep: "table3-rounds",
        differing: "table3-differing-rounds",
        algorithm: "{ kind = \"fed-td\" }",
        budget: "critic.rounds",
        unit: 16,
        local_steps: "16",
        paper: Claimed {
            samples: "O(d_Q² / (ν_φ² M ε))",
            speedup: "M ≪ T",
            communication: "N/A",
            partial_observation: "no",
        },
        known: "the recursion: read in public code of its authors' group; the projection, which is off here: from memory; stacked over the steps of histories: our \
                design",
    },
    Method {
        name: "one-shot, last iterates",
        sweep: "table3-once",
        differing: "table3-differing-once",
        algorithm: "{ kind = \"one-shot\", average = \"last\" }",
        budget: "critic.local_steps",
        unit: 1,
        local_steps: "all T",
        paper: ONE_SHOT,
        known: "one mean at the end: read in the source's abstract; the size of its steps: from memory, here one that is tuned; stacked over the steps of \
                histories: our design",
    },
    Method {
        name: "one-shot, clients' averages",
        sweep: "table3-once",
        differing: "table3-differing-once",
        algorithm: "{ kind = \"one-shot\", average = \"clients\" }",
        budget: "critic.local_steps",
        unit: 1,
        local_steps: "all T",
        paper: ONE_SHOT,
        known: "as above; that clients average their iterates with DPTD's weights: our design",
    },
    Method {
        name: "minibatch of 16",
        sweep: "table3-batch",
        differing: "table3-differing-batch",
        algorithm: "{ kind = \"minibatch\", batch = 16 }",
        budget: "critic.rounds",
        unit: 16,
        local_steps: "1, of 16 trajectories",
        paper: NO_ROW,
        known: "our design: the control with as many messages as DPTD",
    },
    Method {
        name: "minibatch of 1 (DPTD with K = 1)",
        sweep: "table3-batch",
        differing: "table3-differing-batch",
        algorithm: "{ kind = \"minibatch\", batch = 1 }",
        budget: "critic.rounds",
        unit: 1,
        local_steps: "1",
        paper: NO_ROW,
        known: "our design: the control without local steps",
    },
];

pub(super) const DPTD: &Method = &METHODS[0];
pub(super) const FED_TD: &Method = &METHODS[1];
pub(super) const ONCE_LAST: &Method = &METHODS[2];
pub(super) const ONCE_AVERAGES: &Method = &METHODS[3];
pub(super) const BATCH_OF_ONE: &Method = &METHODS[5];

/// What a critic sees.
#[derive(Clone, Copy)]
pub(super) enum Sees {
    /// Whole histories.
    Histories,
    /// The last action and observation.
    LastObservation,
}

impl Sees {
    fn setting(self) -> &'static str {
        match self {
            Sees::Histories => "{ kind = \"history\" }",
            Sees::LastObservation => "{ kind = \"window\", length = 1 }",
        }
    }
}

impl Method {
    /// Its runs with M clients and T trajectories of each.
    pub(super) fn arm<'a>(
        &self,
        measured: &'a Measured,
        clients: u64,
        trajectories: u64,
        sees: Sees,
    ) -> Result<MeasuredArm<'a>, Lacking> {
        let (clients, budget) = (clients.to_string(), (trajectories / self.unit).to_string());
        measured.sweep(self.sweep).arm(&[
            ("algorithm", self.algorithm),
            ("federation.clients", &clients),
            (self.budget, &budget),
            ("critic.features", sees.setting()),
        ])
    }

    /// Its runs with clients that differ, of T trajectories.
    pub(super) fn differing<'a>(
        &self,
        measured: &'a Measured,
        trajectories: u64,
        (kind, strength): (&str, &str),
    ) -> Result<MeasuredArm<'a>, Lacking> {
        let budget = (trajectories / self.unit).to_string();
        measured.sweep(self.differing).arm(&[
            ("algorithm", self.algorithm),
            (self.budget, &budget),
            (kind, strength),
        ])
    }

    /// All its runs.
    pub(super) fn arms<'a>(&'a self, measured: &'a Measured) -> impl Iterator<Item = MeasuredArm<'a>> {
        let sweeps = [measured.sweep(self.sweep), measured.sweep(self.differing)];
        let own = |arm: &MeasuredArm<'_>| arm.setting("algorithm") == Some(self.algorithm);
        sweeps.into_iter().flat_map(Swept::arms).filter(own)
    }
}

/// Where an arm's bytes and its numbers are.
pub(super) fn spot(
    arm: MeasuredArm<'_>,
    values: impl Fn(&MeasuredArm<'_>) -> Result<Vec<f64>, Lacking>,
) -> Result<Spot, Lacking> {
    let bytes = arm.runs().first().map_or(0, |run| run.totals().wire_bytes());
    Ok(Spot::of(bytes as f64, &Sample::of(&values(&arm)?)?)?)
}

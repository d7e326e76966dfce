//! Rows of Table 2: the methods, what the paper says of each, and how sure it is what was implemented.

use super::{Lacking, Measured, MeasuredArm};

/// A method, and where its runs are.
pub(super) struct Method {
    /// What its row is called.
    pub(super) label: &'static str,
    /// The sweep that has its runs.
    pub(super) sweep: &'static str,
    /// Which of the sweep's arms are its own.
    pub(super) settings: &'static [(&'static str, &'static str)],
    /// What stands between two barriers.
    pub(super) local: &'static str,
    /// Whether values are exact and cost no samples: then it is a control.
    pub(super) control: bool,
    /// How sure it is what was implemented, in words.
    pub(super) evidence: &'static str,
    /// Which row of the paper's table it belongs to.
    pub(super) row: Row,
}

impl Method {
    /// Its arm with so many clients, and policies that see so many pairs, where arms differ in these.
    pub(super) fn arm<'a>(
        &self,
        measured: &'a Measured,
        clients: &str,
        length: &str,
    ) -> Result<Option<MeasuredArm<'a>>, Lacking> {
        let swept = measured.sweep(self.sweep);
        let is = |arm: &MeasuredArm<'_>, key, value: &str| arm.setting(key).is_none_or(|set| set == value);
        let own = |arm: &MeasuredArm<'_>| {
            let settings = self.settings.iter().all(|(key, value)| arm.setting(key) == Some(*value));
            settings && is(arm, "federation.clients", clients) && is(arm, "actor.features.length", length)
        };
        Ok(swept.arms().find(own))
    }

    /// The arm that the tables are about: that of four clients, or of the single agent.
    pub(super) fn main<'a>(&self, measured: &'a Measured) -> Result<MeasuredArm<'a>, Lacking> {
        let missing = || Lacking::Arm { sweep: self.sweep, settings: self.label.to_owned() };
        self.arm(measured, "4", "2")?.ok_or_else(missing)
    }
}

/// A row of the paper's table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    Admm,
    FedNpg,
    Hapg,
    Dppg,
    /// None: it stands here to be compared with.
    None,
}

impl Row {
    /// Sample complexity, global convergence, linear speedup, local steps, partial observation, as our copy
    /// prints them.
    pub(super) fn claims(self) -> [&'static str; 5] {
        match self {
            Row::Admm => ["O(1 / ((1-γ)⁶ M ε²))", "no", "no", "no", "no"],
            Row::FedNpg => ["O((1-γ)^(-11.5) / (√M ε^(7/2)))", "yes", "no", "no", "no"],
            Row::Hapg => ["O(1 / (M ε^(3/2)))", "no", "yes", "yes", "no"],
            Row::Dppg => ["O(H⁴ / (M ε⁴))", "yes", "yes", "yes", "yes"],
            Row::None => ["not in the table", "", "", "", ""],
        }
    }

    /// The exponent of 1/ε in that sample complexity.
    pub(super) fn exponent(self) -> &'static str {
        match self {
            Row::Admm => "2",
            Row::FedNpg => "7/2",
            Row::Hapg => "3/2",
            Row::Dppg => "4",
            Row::None => "not in the table",
        }
    }
}

const READ: &str = "read in the paper";
const FED_NPG: &str =
    "multi-task form and tracking read in an abstract; equations from memory; finite horizon our design";
const MOMENTUM: &str =
    "recursion read in public code; first batch from memory; horizon and weights our design";

/// All of them, those of the paper first.
pub(super) const METHODS: [Method; 12] = [
    Method {
        label: "dpac, target advantage",
        sweep: "table2-dpac",
        settings: &[("actor.target", "advantage")],
        local: "64 of 128, and of the critic 64 of 128",
        control: false,
        evidence: "read in the paper; the advantage in the place of action values is our reading",
        row: Row::Dppg,
    },
    Method {
        label: "dpac, target q",
        sweep: "table2-dpac",
        settings: &[("actor.target", "q")],
        local: "64 of 128, and of the critic 64 of 128",
        control: false,
        evidence: READ,
        row: Row::Dppg,
    },
    Method {
        label: "dppg, exact critic",
        sweep: "table2-dppg",
        settings: &[],
        local: "128 of 256",
        control: true,
        evidence: READ,
        row: Row::Dppg,
    },
    Method {
        label: "fed-npg-td",
        sweep: "table2-fed-npg-td",
        settings: &[],
        local: "128 of 256, of the critic",
        control: false,
        evidence: "the step from memory; evaluation by DPTD and the server's form our design",
        row: Row::FedNpg,
    },
    Method {
        label: "fed-nac, ring",
        sweep: "table2-fed-nac",
        settings: &[],
        local: "256 of 256",
        control: false,
        evidence: FED_NPG,
        row: Row::FedNpg,
    },
    Method {
        label: "fed-npg, exact values",
        sweep: "table2-fed-npg",
        settings: &[],
        local: "none",
        control: true,
        evidence: "the step from memory; the server's form our design",
        row: Row::FedNpg,
    },
    Method {
        label: "fed-npg-gossip, ring, exact values",
        sweep: "table2-fed-npg-gossip",
        settings: &[],
        local: "none",
        control: true,
        evidence: FED_NPG,
        row: Row::FedNpg,
    },
    Method {
        label: "fed-npg-standard",
        sweep: "table2-fed-npg-standard",
        settings: &[],
        local: "256 of 256",
        control: false,
        evidence: "O(d²) floats up read in an abstract; the system from memory; damping and horizon our design",
        row: Row::None,
    },
    Method {
        label: "fed-npg-admm, J = 1",
        sweep: "table2-fed-npg-admm",
        settings: &[("algorithm.sweeps", "1")],
        local: "256 of 256",
        control: false,
        evidence: "O(d) floats up read in an abstract; the sweep from memory; more sweeps and horizon our design",
        row: Row::Admm,
    },
    Method {
        label: "fed-svrpg-m",
        sweep: "table2-fed-svrpg-m",
        settings: &[],
        local: "256 of 256, each moves the policy",
        control: false,
        evidence: MOMENTUM,
        row: Row::None,
    },
    Method {
        label: "fed-hapg-m",
        sweep: "table2-fed-hapg-m",
        settings: &[],
        local: "256 of 256, each moves the policy",
        control: false,
        evidence: MOMENTUM,
        row: Row::Hapg,
    },
    Method {
        label: "npg, M = 1",
        sweep: "table2-npg",
        settings: &[],
        local: "all",
        control: false,
        evidence: "actor, critic and target read in an abstract; the regression from memory; sizes our design",
        row: Row::None,
    },
];

//! Rows of Table 1: the methods, what the paper says of each, and how sure it is what was implemented.

use super::table1_cells::Cell;
use super::{Lacking, Measured, MeasuredArm};

/// A method, and where its runs are.
pub(super) struct Method {
    /// What its row is called.
    pub(super) label: &'static str,
    /// The sweeps that have its runs.
    pub(super) sweeps: &'static [&'static str],
    /// What its server does that costs, by the names that runs count it by.
    pub(super) work: &'static [(&'static str, &'static str)],
    /// What the paper says: continuous observation, exhaustive search, planning error analysis, distributed
    /// training, as our copy prints them.
    pub(super) claims: [&'static str; 4],
    /// How sure it is what was implemented, in words.
    pub(super) evidence: &'static str,
}

const NODES: (&str, &str) = ("planning_nodes", "planning nodes");
const LIKELIHOODS: (&str, &str) = ("likelihoods", "likelihoods");
const BACKUPS: (&str, &str) = ("window_backups", "window backups");
const SWEEPS: (&str, &str) = ("em_sweeps", "EM sweeps");
const REGRESSIONS: (&str, &str) = ("regressions", "regressions");

const PORL2: [&str; 4] = ["no", "yes", "N/A", "no"];
const DPAC: [&str; 4] = ["yes", "no", "yes", "yes"];

/// All of them, those that plan first.
pub(super) const METHODS: [Method; 6] = [
    Method {
        label: "omle",
        sweeps: &["table1-omle", "table1-omle-long"],
        work: &[NODES, LIKELIHOODS],
        claims: ["no", "yes", "N/A", "no"],
        evidence: "loop, optimism and confidence set read in the source's text; finitely many candidates, rewards in the likelihood and K rollouts of M clients our design",
    },
    Method {
        label: "porl2 (counts)",
        sweeps: &["table1-porl2"],
        work: &[BACKUPS],
        claims: PORL2,
        evidence: "optimism on a likely model read in the source's abstract; windows and bonus from memory; counting and rollouts our design",
    },
    Method {
        label: "porl2 (rank 4)",
        sweeps: &["table1-porl2-rank"],
        work: &[BACKUPS, SWEEPS],
        claims: PORL2,
        evidence: "as above; expectation maximisation in the place of a likelihood oracle our design",
    },
    Method {
        label: "mu-lv-rep",
        sweeps: &["table1-mu-lv-rep"],
        work: &[REGRESSIONS, SWEEPS],
        claims: ["yes", "no", "N/A", "no"],
        evidence: "Q linear in a latent variable and the bonus read in the source's abstract and reviews; finitely many observations, expectation maximisation and regression our design",
    },
    Method {
        label: "dpac",
        sweeps: &["table1-dpac"],
        work: &[],
        claims: DPAC,
        evidence: "read in the paper; the advantage in the place of action values is our reading; features see of which observation one is a copy",
    },
    Method {
        label: "dpac (sees copies)",
        sweeps: &["table1-dpac-copies"],
        work: &[],
        claims: DPAC,
        evidence: "as above; features see every copy, as the servers that plan do: our control",
    },
];

pub(super) const OMLE: &Method = &METHODS[0];
pub(super) const OWN: &Method = &METHODS[4];
pub(super) const CONTROL: &Method = &METHODS[5];

impl Method {
    /// Its runs in a cell, where there are any. Without copies DPAC that sees copies is DPAC.
    pub(super) fn arm<'a>(&self, measured: &'a Measured, cell: Cell) -> Option<MeasuredArm<'a>> {
        let Cell { problem, horizon, copies } = cell;
        let sweeps = if self.label == CONTROL.label && copies == 1 { OWN.sweeps } else { self.sweeps };
        let (horizon, copies) = (horizon.to_string(), copies.to_string());
        let arms = sweeps.iter().flat_map(|name| measured.sweep(name).arms());
        let settings =
            [("problem.builtin", problem.name()), ("problem.horizon", &horizon), ("problem.split", &copies)];
        let mut arms = arms.filter(|arm| settings.iter().all(|(key, value)| arm.setting(key) == Some(value)));
        arms.next()
    }

    /// What its server did in a cell, by name: none where it plans nothing.
    pub(super) fn worked(&self, arm: &MeasuredArm<'_>) -> Result<Vec<(u64, &'static str)>, Lacking> {
        let counted = |&(sort, name): &(&'static str, &'static str)| {
            let counts = arm.values(name, |run| Some(run.server_work(sort)? as f64))?;
            Ok((counts[0] as u64, name))
        };
        self.work.iter().map(counted).collect()
    }
}

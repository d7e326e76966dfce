//! Experiment 8 beside a method that plans: what OMLE expands grows with the observations, what DPAC sends
//! does not.

use super::{Criterion, Curve, Curves, Lacking, Measured, MeasuredArm, Quick, Source, Verdict};
use crate::planning::Shape;
use crate::results::Run;
use crate::statistics::Line;

const WHOLE: Quick = Quick { seeds: "0..0", settings: &[], axes: &[] };

pub(super) const OMLE: Source = Source {
    name: "e8-omle",
    text: include_str!("../../../configs/paper/e8-omle.toml"),
    counts_only: false,
    quick: WHOLE,
};

pub(super) const DPAC: Source = Source {
    name: "e8-dpac",
    text: include_str!("../../../configs/paper/e8-dpac.toml"),
    counts_only: false,
    quick: WHOLE,
};

/// What the panel comes to.
pub(super) struct Panel {
    pub(super) verdicts: Vec<Verdict>,
    pub(super) figure: Curves,
}

/// Plans of a run of OMLE: one for each candidate, and the policy of each round and of the end.
const PLANS: u64 = 9 + 8 + 1;
const HORIZON: usize = 3;

pub(super) fn judge(measured: &Measured) -> Result<Panel, Lacking> {
    let (mut nodes, mut planned, mut sent, mut spent) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut differing = 0.0;
    for arm in measured.sweep("e8-omle").arms() {
        let (observations, expanded) = (observations(&arm)?, of(&arm, "planning nodes", nodes_of)?);
        // On toggle something is seen before the first action.
        let shape = Shape {
            first: observations as usize,
            actions: 2,
            observations: observations as usize,
            horizon: HORIZON,
        };
        if shape.nodes().map(|nodes| PLANS * nodes) != Some(expanded as u64) {
            differing += 1.0;
        }
        nodes.push((libm::log(observations as f64), libm::log(expanded)));
        planned.push((observations, expanded / of(&arm, "trajectories", trajectories)?));
        spent.push((observations, of(&arm, "bytes", bytes)? / of(&arm, "trajectories", trajectories)?));
    }
    let mut both = Vec::new();
    for arm in measured.sweep("e8-dpac").arms() {
        both.push([of(&arm, "floats", floats)?, of(&arm, "bytes", bytes)?]);
        let per_trajectory = of(&arm, "bytes", bytes)? / of(&arm, "trajectories", trajectories)?;
        sent.push((observations(&arm)?, per_trajectory));
    }
    let slope = Line::through(&nodes).map_or(f64::NAN, |line| line.slope);
    let spread = |i: usize| {
        let numbers = || both.iter().map(|both| both[i]);
        numbers().fold(f64::NEG_INFINITY, f64::max) - numbers().fold(f64::INFINITY, f64::min)
    };
    let verdicts = vec![
        Verdict::on(
            "OMLE, H = 3: numbers of observations at which its planning nodes differ from the closed form",
            differing,
            Criterion::AtMost(0.0),
        ),
        Verdict::on(
            "OMLE, |O| = 2, 4, 8: slope of ln(planning nodes) on ln|O| by the formula's leading exponent, H",
            slope / HORIZON as f64,
            Criterion::Within(0.9, 1.1),
        ),
        Verdict::on(
            "DPAC: floats sent, the most less the fewest of all |O|",
            spread(0),
            Criterion::AtMost(0.0),
        ),
        Verdict::on(
            "DPAC: bytes sent, the most less the fewest of all |O|",
            spread(1),
            Criterion::AtMost(0.0),
        ),
    ];
    let figure = Curves {
        name: "e8-planning".to_owned(),
        title: "What a trajectory costs against the number of observations".to_owned(),
        x: "|O|, observations".to_owned(),
        y: "of each trajectory".to_owned(),
        log_y: true,
        curves: vec![
            Curve::of_numbers("OMLE: planning nodes", planned),
            Curve::of_numbers("OMLE: bytes", spent),
            Curve::of_numbers("DPAC: bytes", sent),
        ],
    };
    Ok(Panel { verdicts, figure })
}

/// Twice as many as copies.
fn observations(arm: &MeasuredArm<'_>) -> Result<u64, Lacking> {
    Ok(2 * arm.number("problem.split")? as u64)
}

/// A number of the arm's first run.
fn of(arm: &MeasuredArm<'_>, what: &'static str, of: fn(&Run) -> Option<f64>) -> Result<f64, Lacking> {
    Ok(arm.values(what, of)?[0])
}

fn nodes_of(run: &Run) -> Option<f64> {
    Some(run.server_work("planning_nodes")? as f64)
}

fn trajectories(run: &Run) -> Option<f64> {
    Some(run.totals().trajectories(run.clients()?) as f64)
}

fn floats(run: &Run) -> Option<f64> {
    Some(run.totals().floats() as f64)
}

fn bytes(run: &Run) -> Option<f64> {
    Some(run.totals().wire_bytes() as f64)
}

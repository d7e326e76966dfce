//! Experiment 2: the error of DPTD falls like 1/M.

use super::{Check, Evaluation, Form, Options, Panel, Record, Society, sweep};
use dpac_actors::Fault;
use std::time::Instant;

/// K.
const LOCAL_STEPS: u32 = 16;

/// One curve of the experiment.
struct Curve {
    problem: (&'static str, usize),
    alpha: f64,
    trajectories: u32,
    requirement: Requirement,
}

/// What is required of a curve.
enum Requirement {
    /// A slope, and that the bias is at most this share of the error at the largest M.
    Speedup { slope: [f64; 2], bias: f64 },
    /// The bias is at least this share of the error at the largest M, and the slope shows it.
    Floor { slope: [f64; 2], bias: f64 },
}

/// One form of the experiment.
struct Design {
    curves: &'static [Curve],
    /// The largest M is 2 to this power.
    doublings: u32,
    seeds: u32,
    why: &'static str,
}

const SPEEDUP: Requirement = Requirement::Speedup { slope: [-1.08, -0.92], bias: 0.05 };

/// Tiger has rarer histories than toggle: at T = 4096 and α = 0.3 nearly all of its error at M = 64 is bias,
/// hence its larger T and α. The control has a bias because of its small α alone.
const FULL: Design = Design {
    curves: &[
        Curve { problem: ("toggle", 3), alpha: 0.3, trajectories: 4096, requirement: SPEEDUP },
        Curve { problem: ("tiger3", 4), alpha: 0.5, trajectories: 32_768, requirement: SPEEDUP },
        Curve { problem: ("tiger", 4), alpha: 0.5, trajectories: 32_768, requirement: SPEEDUP },
        Curve {
            problem: ("toggle", 3),
            alpha: 0.1,
            trajectories: 4096,
            requirement: Requirement::Floor { slope: [-0.6, -0.3], bias: 0.5 },
        },
    ],
    doublings: 6,
    seeds: 20,
    why: "band: -1 ± 0.08, several standard errors, where bias, which no number of clients reduces, is at most 5 % of the error",
};

const QUICK: Design = Design {
    curves: &[Curve {
        problem: ("toggle", 3),
        alpha: 0.3,
        trajectories: 4096,
        requirement: Requirement::Speedup { slope: [-1.15, -0.85], bias: 0.05 },
    }],
    doublings: 4,
    seeds: 12,
    why: "band: -1 ± 0.15, wider than the full form's: M up to 16 and 12 seeds leave a standard error near 0.03",
};

/// Runs the experiment: `E(ψ̂)` against M = 1, 2, 4, ..., 64 at fixed T.
///
/// # Errors
/// The [`Fault`] of a society.
///
/// # Panics
/// If the options give fewer than two seeds or no thread.
pub fn run(options: &Options) -> Result<Record, Fault> {
    let began = Instant::now();
    let design = match options.form {
        Form::Full => FULL,
        Form::Quick => QUICK,
    };
    let seeds = options.seeds.unwrap_or(design.seeds);
    let mut panels = Vec::new();
    for Curve { problem: (problem, horizon), alpha, trajectories, requirement } in design.curves {
        let evaluation = Evaluation::builtin(problem, *horizon);
        let society = |exponent: u32| {
            let clients = 1 << exponent;
            (f64::from(clients), Society::halved(clients, *trajectories, LOCAL_STEPS, *alpha))
        };
        let societies: Vec<_> = (0..=design.doublings).map(society).collect();
        let points = sweep(&evaluation, &societies, seeds, options.threads)?;
        let fixed =
            format!("T = {trajectories}, K = {LOCAL_STEPS}, R = {}, α = {alpha}", trajectories / LOCAL_STEPS);
        let fitted = points.len();
        let mut panel = Panel::new(&evaluation, ("M", fixed), points, fitted);
        let most = &panel.points[fitted - 1];
        let share = most.bias / most.error.mean;
        panel.checks = match requirement {
            Requirement::Speedup { slope, bias } => vec![
                Check::new("slope", panel.fit.slope, *slope),
                Check::new("share of bias in the error at the largest M", share, [0.0, *bias]),
            ],
            Requirement::Floor { slope, bias } => vec![
                Check::new("negative control: slope", panel.fit.slope, *slope),
                Check::new("share of bias in the error at the largest M", share, [*bias, 1.0]),
            ],
        };
        panels.push(panel);
    }
    let names = ("e2", "linear speedup: at fixed T the error of DPTD falls like 1/M");
    let setting = "uniform policy, one-hot histories, η = 1, ψ_0 = 0, weights (s + 2)² over s = R/2 + 1..R";
    let mut record = Record::of(options, seeds, names, (setting, design.why), panels);
    record.seconds = began.elapsed().as_secs_f64();
    Ok(record)
}

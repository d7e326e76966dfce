//! Experiment 1: DPTD's output converges to the exact action values, with error of order 1/T.

use super::{Check, Evaluation, Form, Options, Panel, Point, Record, Society, sweep};
use dpac_actors::Fault;
use std::time::Instant;

/// M.
const CLIENTS: u32 = 4;
/// K.
const LOCAL_STEPS: u32 = 16;
/// Points of the late, straight part of the curve.
const FITTED: usize = 3;

/// One form of the experiment.
struct Design {
    problems: &'static [(&'static str, usize)],
    alphas: &'static [f64],
    /// T as powers of two.
    exponents: std::ops::RangeInclusive<u32>,
    seeds: u32,
    slope: [f64; 2],
    why: &'static str,
}

const FULL: Design = Design {
    problems: &[("toggle", 3), ("tiger3", 4), ("tiger", 4)],
    alphas: &[0.3, 0.5],
    exponents: 8..=16,
    seeds: 40,
    slope: [-1.2, -0.8],
    why: "band: -1, give or take what remains of the transient (steeper) and of rare pairs, whose iterates the averages still \
          cover for a few correlation times 1 / (α P(z, a)) only (flatter)",
};

const QUICK: Design = Design {
    problems: &[("toggle", 3), ("tiger3", 4)],
    alphas: &[0.5],
    exponents: 8..=14,
    seeds: 16,
    slope: [-1.5, -0.75],
    why: "band: wider than the full form's: at T = 4096 more than a quarter of tiger3's error is still bias, which steepens the curve, and \
          16 seeds leave a standard error near 0.05",
};

/// Runs the experiment: `E(ψ̂)` against `T = 2^8, ..., 2^16` at M = 4, K = 16.
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
    for &(problem, horizon) in design.problems {
        let evaluation = Evaluation::builtin(problem, horizon);
        for &alpha in design.alphas {
            let society = |exponent: u32| {
                let trajectories = 1 << exponent;
                (f64::from(trajectories), Society::halved(CLIENTS, trajectories, LOCAL_STEPS, alpha))
            };
            let societies: Vec<_> = design.exponents.clone().map(society).collect();
            let points = sweep(&evaluation, &societies, seeds, options.threads)?;
            let fixed = format!("M = {CLIENTS}, K = {LOCAL_STEPS}, R = T / K, α = {alpha}");
            let mut panel = Panel::new(&evaluation, ("T", fixed), points, FITTED);
            panel.checks = vec![
                Check::new("slope", panel.fit.slope, design.slope),
                Check::new("largest ratio of successive max|Q - Q̂| there", slowest(panel.last()), [0.0, 1.0]),
            ];
            panels.push(panel);
        }
    }
    let names = ("e1", "DPTD converges to the exact Q: E(ψ̂) falls like 1/T, and max|Q - Q̂| to 0");
    let setting = "uniform policy, one-hot histories, η = 1, ψ_0 = 0, weights (s + 2)² over s = R/2 + 1..R";
    let mut record = Record::of(options, seeds, names, (setting, design.why), panels);
    record.seconds = began.elapsed().as_secs_f64();
    Ok(record)
}

/// The largest ratio of the mean of `max |Q - Q̂|` at a point to that at the point before.
fn slowest(points: &[Point]) -> f64 {
    points.windows(2).map(|pair| pair[1].largest_gap.mean / pair[0].largest_gap.mean).fold(0.0, f64::max)
}

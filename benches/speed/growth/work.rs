//! Cost over the sizes of a run: `t = a + b x`, where a is told in local steps.
//!
//! A local step is that of Tiger with H = 8 and a window of 1; its time is what one more of them costs, the
//! slope over K. What a is differs by axis: over K what a local phase costs beside its steps (messages,
//! ledger, fold), over M what a round costs beside its clients, over R what a run costs beside its rounds
//! (threads, tables), over H what a local step costs beside its environment steps.

use crate::fit::{self, Affine};
use crate::report::{Report, Row, Wanted};
use crate::society::{self, Windows};
use crate::turns::{self, Work};
use dpac::algorithm::Setting;
use dpac::features::{FeatureMap, FiniteMap};
use dpac::policy::{LogLinear, Policy};
use dpac::pomdp::{Problem, TabularProblem, builtin};
use dpac_actors::Algorithm;
use std::sync::Arc;

/// The largest relative residual of a fit that is called affine.
const RESIDUAL_MAX: f64 = 0.1;
const ALPHA: f64 = 0.01;
const TURNS: usize = 7;

/// What a run is made of.
#[derive(Clone, Copy)]
struct Sizes {
    clients: u32,
    local_steps: u64,
    rounds: u32,
    horizon: usize,
    /// Local phases of a round: 1 of DPTD, 2 of DPAC.
    phases: u32,
}

impl Sizes {
    fn local_phases(self) -> f64 {
        f64::from(self.clients) * f64::from(self.rounds) * f64::from(self.phases)
    }

    fn local_steps(self) -> f64 {
        self.local_phases() * self.local_steps as f64
    }
}

/// One size that grows while the others stay.
struct Axis {
    name: &'static str,
    /// What stays, for the table.
    fixed: &'static str,
    points: [u32; 5],
    set: fn(&mut Sizes, u32),
    /// So many times a run has ...
    times: fn(Sizes) -> f64,
    /// ... one of these, of which a is the cost, and ...
    each: &'static str,
    /// ... x of these, of which b is.
    unit: &'static str,
}

/// K comes first: its slope is the time of a local step.
const AXES: [Axis; 4] = [
    Axis {
        name: "K",
        fixed: "H = 8, M = 1000, R = 2",
        points: [10, 32, 100, 316, 1000],
        set: |sizes, k| *sizes = Sizes { clients: 1000, local_steps: k.into(), rounds: 2, ..*sizes },
        times: Sizes::local_phases,
        each: "local phase",
        unit: "local step",
    },
    Axis {
        name: "M",
        fixed: "H = 8, K = 10, R = 2",
        points: [1000, 3162, 10_000, 31_623, 100_000],
        set: |sizes, m| *sizes = Sizes { clients: m, local_steps: 10, rounds: 2, ..*sizes },
        times: |sizes| sizes.rounds.into(),
        each: "round",
        unit: "client and round",
    },
    Axis {
        name: "R",
        fixed: "H = 8, M = 256, K = 10",
        points: [10, 32, 100, 316, 1000],
        set: |sizes, r| *sizes = Sizes { clients: 256, local_steps: 10, rounds: r, ..*sizes },
        times: |_| 1.0,
        each: "run",
        unit: "round",
    },
    Axis {
        name: "H",
        fixed: "M = 1000, K = 10, R = 20",
        points: [4, 8, 16, 32, 64],
        set: |sizes, h| {
            *sizes = Sizes { clients: 1000, local_steps: 10, rounds: 20, horizon: h as usize, ..*sizes }
        },
        times: Sizes::local_steps,
        each: "local step",
        unit: "environment step",
    },
];

/// The affine fits.
pub(super) fn run(report: &mut Report) {
    let local_step = axes(report, "DPTD", 1, |sizes| {
        let setting = tied(sizes.horizon);
        let theta = society::theta(setting.policy.parameters());
        society::dptd(setting, society::plan(sizes.rounds, sizes.local_steps, ALPHA), theta)
    });
    axes(report, "DPAC, K of critic and actor", 2, |sizes| {
        society::dpac(tied(sizes.horizon), sizes.rounds, sizes.local_steps, ALPHA)
    });
    features(report, local_step);
}

/// All axes of one algorithm; gives the seconds of one local step.
fn axes(
    report: &mut Report,
    algorithm: &str,
    phases: u32,
    society: impl Fn(Sizes) -> Arc<dyn Algorithm>,
) -> f64 {
    let mut local_step = f64::NAN;
    for axis in &AXES {
        let sizes = axis.points.map(|x| {
            let mut sizes = Sizes { clients: 0, local_steps: 0, rounds: 0, horizon: 8, phases };
            (axis.set)(&mut sizes, x);
            sizes
        });
        let works: Vec<Work> = sizes
            .into_iter()
            .map(|sizes| {
                let algorithm = society(sizes);
                Box::new(move || society::run(&algorithm, sizes.clients, 1)) as Work
            })
            .collect();
        // No number of times depends on its axis' own size, so the first point's is that of all.
        let times = (axis.times)(sizes[0]);
        let seconds = turns::least(&works, TURNS);
        let points: Vec<(f64, f64)> =
            axis.points.into_iter().zip(seconds).map(|(x, t)| (x.into(), t / times)).collect();
        let fit = fit::affine(&points);
        if axis.name == "K" {
            local_step = fit.b;
        }
        let range = format!("{} = {} … {}", axis.name, axis.points[0], axis.points[4]);
        let work = format!("{algorithm}, Tiger, tied window of 1, {}, 1 thread: {range}", axis.fixed);
        report.row(Row {
            work,
            figure: figure(fit, local_step, axis.each, axis.unit),
            ratio: Some((fit.residual, "largest residual / t")),
            wanted: Wanted::at_most(RESIDUAL_MAX, fit.residual),
        });
    }
    local_step
}

/// Cost over d: longer windows on Tiger. Critic and policy both have the d features, so parameters and tables
/// grow alike, and which cache they are in changes on the way: no line is promised. With K = 1 the vectors
/// are dear against the local steps.
fn features(report: &mut Report, local_step: f64) {
    let sizes = Sizes { clients: 1000, local_steps: 1, rounds: 20, horizon: 8, phases: 1 };
    let settings = [0, 1, 2, 3, 4, 5].map(|length| society::tiger(sizes.horizon, length));
    let floats = settings.each_ref().map(|setting| setting.critic.stacked());
    let works: Vec<Work> = settings
        .into_iter()
        .map(|setting| {
            let theta = society::theta(setting.policy.parameters());
            let plan = society::plan(sizes.rounds, sizes.local_steps, ALPHA);
            let algorithm = society::dptd(setting, plan, theta);
            Box::new(move || society::run(&algorithm, sizes.clients, 1)) as Work
        })
        .collect();
    let seconds = turns::least(&works, TURNS);
    let points: Vec<(f64, f64)> =
        floats.into_iter().zip(seconds).map(|(d, t)| (d as f64, t / sizes.local_phases())).collect();
    let fit = fit::affine(&points);
    report.row(Row {
        work: format!(
            "DPTD, Tiger, windows of 0 … 5, H = {}, M = {}, K = {}, R = {}, 1 thread: d = {} … {}",
            sizes.horizon, sizes.clients, sizes.local_steps, sizes.rounds, floats[0], floats[5]
        ),
        figure: figure(fit, local_step, "local phase", "feature and local phase"),
        ratio: Some((fit.residual, "largest residual / t")),
        wanted: None,
    });
}

/// `t = a + b x`, in words.
fn figure(fit: Affine, local_step: f64, each: &str, unit: &str) -> String {
    let a = fit.a / local_step;
    let decimals = if a.abs() < 100.0 { 2 } else { 0 };
    format!("a = {a:.decimals$} local steps per {each}, b = {} per {unit}", time(fit.b))
}

fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:.3} ns", s * 1e9),
        s if s < 1e-3 => format!("{:.3} µs", s * 1e6),
        s => format!("{:.3} ms", s * 1e3),
    }
}

/// Tiger with windows of 1 pair that are shared by all steps but the first, so that d is the same for all
/// horizons.
fn tied(horizon: usize) -> Arc<Windows> {
    let problem = TabularProblem::new(builtin::tiger());
    let gamma = problem.tables().expect("tables").discount();
    let map = FiniteMap::classes(horizon, 3, &[0, 1], vec![0], 1, true).expect("a small window");
    Setting::new(problem, LogLinear::new(map.clone()), map, gamma)
}

//! Cost of an environment step over the size of the problem: constant while the tables stay in a cache, then
//! the memory's.
//!
//! Critic and policy have windows of 1 pair over 8 classes of observations, so that there are as many
//! parameters for any |O| and they stay in the cache; what a window costs whose d grows with |O| is the fit
//! over d. |S| = 256 where |O| grows, so that up to 4096 different observations can be drawn.

use super::generated::Shape;
use crate::fit;
use crate::report::{Report, Row, Wanted};
use crate::society;
use crate::turns::{self, Work};
use dpac::algorithm::Setting;
use dpac::features::FiniteMap;
use dpac::policy::{LogLinear, Policy};

const HORIZON: usize = 8;
const CLIENTS: u32 = 1000;
const LOCAL_STEPS: u64 = 100;
const ROUNDS: u32 = 1;
const ALPHA: f64 = 0.01;
const TURNS: usize = 7;
const ACTIONS: usize = 2;
/// Nonzeros of each row.
const NONZEROS: usize = 8;
const CLASSES: usize = 8;
/// Exponents are asked for below this.
const BYTES_MAX: usize = 1 << 20;
/// How far from 0 an exponent may be.
const EXPONENT_MAX: f64 = 0.1;

/// The curves over |S|, |O| and dense tables.
pub(super) fn run(report: &mut Report) {
    let sparse = |states, observations| Shape {
        states,
        actions: ACTIONS,
        observations,
        successors: NONZEROS,
        seen: NONZEROS,
    };
    let rows = format!("rows of {NONZEROS}");
    let states = [16, 32, 64, 128, 256, 512, 1024, 4096, 16_384, 65_536, 131_072];
    curve(report, &format!("{rows}, |O| = 64"), "|S|", &states.map(|n| (n, sparse(n, 64))), true);
    let observations = [8, 32, 128, 512, 2048, 8192];
    curve(report, &format!("{rows}, |S| = 256"), "|O|", &observations.map(|n| (n, sparse(256, n))), true);
    let dense = |n| Shape { states: n, actions: ACTIONS, observations: n, successors: n, seen: n };
    curve(report, "dense", "|S| = |O|", &[16, 32, 64, 128, 256, 512, 1024].map(|n| (n, dense(n))), false);
}

/// One curve. Where rows do not grow, time is to be constant: the exponent over the tables under 1 MiB. Then
/// each table, or each larger one, with its time.
fn curve(report: &mut Report, rows: &str, name: &str, shapes: &[(usize, Shape)], constant: bool) {
    let works: Vec<Work> = shapes.iter().map(|&(_, shape)| society(shape)).collect();
    let steps = f64::from(CLIENTS) * f64::from(ROUNDS) * LOCAL_STEPS as f64 * HORIZON as f64;
    let nanos: Vec<f64> =
        turns::least(&works, TURNS).into_iter().map(|seconds| seconds * 1e9 / steps).collect();
    let work = format!(
        "DPTD, generated, {rows}, |A| = {ACTIONS}, H = {HORIZON}, window of 1, M = {CLIENTS}, K = {LOCAL_STEPS}, 1 thread"
    );
    let small = shapes.iter().filter(|(_, shape)| constant && bytes(*shape) < BYTES_MAX).count();
    if small > 0 {
        let points: Vec<(f64, f64)> =
            shapes[..small].iter().zip(&nanos).map(|(&(x, _), &nanos)| (x as f64, nanos)).collect();
        let exponent = fit::exponent(&points);
        let ((first, least), (last, most)) = (shapes[0], shapes[small - 1]);
        let sizes = format!("tables of {} … {}", size(bytes(least)), size(bytes(most)));
        report.row(Row {
            work: format!("{work}: {name} = {first} … {last}, {sizes}"),
            figure: format!("{:.1} … {:.1} ns/step, exponent {exponent:.3}", nanos[0], nanos[small - 1]),
            ratio: None,
            wanted: Some(Wanted {
                bound: format!("0.0 ± {EXPONENT_MAX}"),
                met: exponent.abs() <= EXPONENT_MAX,
            }),
        });
    }
    for (&(x, shape), nanos_of) in shapes.iter().zip(&nanos).skip(small) {
        report.row(Row {
            work: format!("{work}: {name} = {x}, tables of {}", size(bytes(shape))),
            figure: format!("{nanos_of:.1} ns/step"),
            ratio: Some((nanos_of / nanos[0], "the smallest table")),
            wanted: None,
        });
    }
}

/// The problem's tables, and the two that do grow with |O|: the classes of observations, for each action, of
/// policy and critic.
fn bytes(shape: Shape) -> usize {
    shape.bytes() + 2 * shape.actions * shape.observations * size_of::<u32>()
}

/// DPTD on a generated problem.
fn society(shape: Shape) -> Work<'static> {
    let class: Vec<u32> = (0..shape.observations).map(|o| (o % CLASSES) as u32).collect();
    let map = FiniteMap::classes(HORIZON, ACTIONS, &class, vec![0], 1, true).expect("a small window");
    let setting = Setting::new(shape.problem(), LogLinear::new(map.clone()), map, 0.95);
    let theta = society::theta(setting.policy.parameters());
    let algorithm = society::dptd(setting, society::plan(ROUNDS, LOCAL_STEPS, ALPHA), theta);
    Box::new(move || society::run(&algorithm, CLIENTS, 1))
}

fn size(bytes: usize) -> String {
    match bytes as f64 / 1024.0 {
        kib if kib < 1024.0 => format!("{kib:.0} KiB"),
        kib => format!("{:.1} MiB", kib / 1024.0),
    }
}

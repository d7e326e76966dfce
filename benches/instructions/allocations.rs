//! Local steps allocate nothing: this program again, under valgrind's count of the heap, with few local steps
//! and with many.

use crate::society;
use dpac::algorithm::{ActorPlan, Target};
use dpac::policy::network::{Clock, Hidden, Inputs, Network};
use dpac_actors::StepSize;
use std::process::Command;

/// Local steps of a phase: batches of eights, of twos and of one both times.
const FEW: u64 = 107;
const MANY: u64 = 1007;
const HORIZON: usize = 4;
const UNITS: usize = 8;
const STEP: f64 = 0.01;

/// A society of one client, which improves its policy once.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) run: fn(u64),
}

pub(crate) const WORKS: [Work; 5] = [
    Work { name: "windows-dpac", run: windows },
    Work { name: "gru-dpac", run: |steps| gru(steps, Target::Advantage, Some(STEP)) },
    Work { name: "gru-dppg", run: |steps| gru(steps, Target::Advantage, None) },
    Work { name: "gru-compatible", run: |steps| gru(steps, Target::Compatible, None) },
    Work { name: "layers-dpac", run: layers },
];

fn windows(local_steps: u64) {
    society::run(&society::dpac(society::tiger(HORIZON, 1), 1, local_steps, STEP), 1, 1);
}

fn gru(local_steps: u64, target: Target, alpha: Option<f64>) {
    let improving = society::improving(society::gru(HORIZON, UNITS), plan(local_steps, target), alpha);
    society::run(&improving, 1, 1);
}

fn layers(local_steps: u64) {
    let inputs = Inputs::window(HORIZON, 3, 2, false, HORIZON - 1, Clock::Fraction);
    let hidden = Hidden::new(&[UNITS, UNITS]).expect("few layers");
    let network = Network::mlp(inputs.len(), hidden, 3).expect("a small network");
    let setting = society::on_tiger(HORIZON, network, inputs);
    let improving = society::improving(setting, plan(local_steps, Target::Advantage), Some(STEP));
    society::run(&improving, 1, 1);
}

fn plan(local_steps: u64, target: Target) -> ActorPlan {
    let zeta = StepSize::constant(STEP);
    ActorPlan { rounds: 1, local_steps, sync_interval: local_steps, zeta, eta: STEP, target }
}

/// Allocations that more local steps may add: half of one for each batch of eight. Threads that wait for each
/// other make some more or fewer, whatever the local steps are; three were seen.
const SLACK: u64 = (MANY - FEW) / 16;

/// What many local steps allocate and few do not, by work; nothing is said where they allocate as often.
pub(crate) fn grown() -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for work in &WORKS {
        let (few, many) = (count(work.name, FEW)?, count(work.name, MANY)?);
        if many > few + SLACK {
            lines
                .push(format!("{}: {few} allocations with {FEW} local steps, {many} with {MANY}", work.name));
        }
    }
    Ok(lines)
}

/// Allocations of a process that takes so many local steps.
fn count(work: &str, local_steps: u64) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=memcheck", "--leak-check=no", "--fair-sched=yes"])
        .arg(program)
        .args(["run", work, &local_steps.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}; it is in the package of that name"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{work} under valgrind: {told}"));
    }
    let line = told.lines().find_map(|line| line.split_once("total heap usage: "));
    let number = line.and_then(|(_, rest)| rest.split(' ').next()?.replace(',', "").parse().ok());
    number.ok_or_else(|| format!("valgrind counted no allocations: {told}"))
}

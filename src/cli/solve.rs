//! `dpac solve`.

use super::problem::{NamedProblem, discount, problem};
use super::{BAD_INPUT, FAILED, complain, numbers, say};
use crate::config::limits::HORIZON_MAX;
use crate::exact::{Solution, SolveLimits, SolveMethod, solve};
use crate::pomdp::Model;
use clap::Args;
use std::fmt::Write;
use std::time::Instant;

/// Compute the optimal value of a finite horizon, or bounds of it
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac solve tiger --horizon 10\n  dpac solve tiger -p accuracy=0.7 --horizon 10\n  dpac solve my.POMDP --horizon 6 --discount 1 --json\n\n\
                  The value is exact where the beliefs that can be reached are few. Elsewhere the optimum lies between a lower \
                  bound, the value of a plan that was computed, and an upper one."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    problem: NamedProblem,
    /// Number of steps
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(HORIZON_MAX)))]
    horizon: u32,
    /// The discount, from 0 to 1 [default: the problem's own]
    #[arg(long, value_parser = discount)]
    discount: Option<f64>,
    /// Operations that bounds may take, where the value itself takes too many
    #[arg(long, default_value_t = SolveLimits::default().bounds)]
    operations: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let Some(file) = problem(&arguments.problem) else { return BAD_INPUT };
    let gamma = arguments.discount.unwrap_or_else(|| file.model.discount());
    let limits = SolveLimits { bounds: arguments.operations, ..SolveLimits::default() };
    let begin = Instant::now();
    let solution = match solve(&file.model, arguments.horizon as usize, gamma, limits) {
        Ok(solution) => solution,
        Err(error) => {
            complain(&error.to_string(), Some("--operations N allows more; a shorter --horizon takes fewer"));
            return FAILED;
        }
    };
    let solved = Solved { model: &file.model, horizon: arguments.horizon, gamma, solution, begin };
    if arguments.json { say(&format!("{:#}\n", solved.json())) } else { say(&solved.screen()) }
}

struct Solved<'a> {
    model: &'a Model,
    horizon: u32,
    gamma: f64,
    solution: Solution,
    begin: Instant,
}

impl Solved<'_> {
    fn json(&self) -> serde_json::Value {
        let solution = &self.solution;
        serde_json::json!({
            "problem": self.model.name(),
            "horizon": self.horizon,
            "discount": self.gamma,
            "value": solution.value(),
            "lower": solution.lower,
            "upper": solution.upper,
            "method": match solution.method {
                SolveMethod::ReachableBeliefs => "reachable-beliefs",
                SolveMethod::HeuristicSearch => "heuristic-search",
            },
            "beliefs": solution.beliefs,
            "seconds": self.begin.elapsed().as_secs_f64(),
        })
    }

    fn screen(&self) -> String {
        let solution = &self.solution;
        let (name, horizon, gamma) = (self.model.name(), self.horizon, self.gamma);
        let beliefs = numbers::grouped(solution.beliefs as u64);
        let mut text = format!("{name} · H = {horizon}, γ = {gamma} · values in the problem's own units\n");
        let _ = match solution.value() {
            Some(value) => {
                writeln!(text, "  optimum  {value:>14.6}   exact, over {beliefs} reachable beliefs")
            }
            None => writeln!(
                text,
                "  lower    {:>14.6}   value of a plan\n  upper    {:>14.6}   \
                 informed bound, improved at {beliefs} beliefs\n  gap      {:>14.3e}",
                solution.lower,
                solution.upper,
                solution.upper - solution.lower
            ),
        };
        let _ = writeln!(text, "  in {}", numbers::time(self.begin.elapsed().as_secs_f64()));
        text
    }
}

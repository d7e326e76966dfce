//! `dpac solve`.

use super::console::{BAD_INPUT, FAILED, complain, say, say_json};
use super::numbers;
use super::problem::{NamedProblem, problem};
use super::reset;
use crate::config::HORIZON_DEFAULT;
use crate::config::limits::HORIZON_MAX;
use crate::exact::{INTERVALS, Solution, SolveLimits, SolveMethod, solve, solve_readings};
use crate::pomdp::file::ResetRows;
use crate::pomdp::{Definition, Model};
use clap::Args;
use std::fmt::Write;
use std::time::Instant;

/// Compute the optimal value of a finite horizon, or bounds of it
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac solve tiger\n  dpac solve tiger -p accuracy=0.7 --horizon 10\n  dpac solve my.POMDP --horizon 6 --discount 1 --json\n\n\
                  The value is exact where the beliefs that can be reached are few, and known to the error that is printed where \
                  observations are real numbers and states two. Elsewhere the optimum lies between a lower bound, the value of \
                  a plan that was computed, and an upper one."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    problem: NamedProblem,
    /// Horizon H: the number of steps
    #[arg(long, value_name = "H", default_value_t = HORIZON_DEFAULT, value_parser = clap::value_parser!(u32).range(1..=i64::from(HORIZON_MAX)))]
    horizon: u32,
    /// Operations that bounds may take, where the value itself takes too many
    #[arg(long, default_value_t = SolveLimits::default().bounds)]
    operations: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let Some(definition) = problem(&arguments.problem) else { return BAD_INPUT };
    let gamma = definition.hidden().discount();
    let horizon = arguments.horizon as usize;
    let limits = SolveLimits { bounds: arguments.operations, ..SolveLimits::default() };
    let begin = Instant::now();
    let solution = match &definition {
        Definition::Tabular(file) => solve(&file.model, horizon, gamma, limits),
        Definition::Gaussian(model) => solve_readings(model, horizon, gamma, limits),
    };
    let solution = match solution {
        Ok(solution) => solution,
        Err(error) => {
            complain(&error.to_string(), Some("--operations N allows more; a shorter --horizon takes fewer"));
            return FAILED;
        }
    };
    let solved = Solved {
        model: definition.hidden(),
        resets: definition.resets(),
        horizon: arguments.horizon,
        gamma,
        solution,
        begin,
    };
    if arguments.json { say_json(&solved.json()) } else { say(&solved.screen()) }
}

struct Solved<'a> {
    model: &'a Model,
    resets: ResetRows,
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
            "reset": reset::json(self.resets),
            "value": solution.value(),
            "error": solution.error(),
            "lower": solution.lower,
            "upper": solution.upper,
            "method": match solution.method {
                SolveMethod::ReachableBeliefs => "reachable-beliefs",
                SolveMethod::HeuristicSearch => "heuristic-search",
                SolveMethod::BeliefGrid => "belief-grid",
                SolveMethod::Intervals => "intervals",
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
        if let Some(resets) = reset::shown(self.resets) {
            let _ = writeln!(text, "  reset    {resets}");
        }
        let _ = match (solution.value(), solution.error()) {
            (Some(value), Some(error)) => {
                let how = match solution.method {
                    SolveMethod::BeliefGrid => format!("bounds on a grid of {beliefs} beliefs"),
                    _ => format!("over all {beliefs} reachable beliefs"),
                };
                let value = numbers::certain(value, error);
                writeln!(text, "  optimum  {value:>18}   ± {error:.1e}, {how}")
            }
            _ => {
                let Solution { lower, upper, .. } = *solution;
                let (below, above) = self.how(&beliefs);
                let [lower, upper, gap] =
                    [lower, upper, upper - lower].map(|value| numbers::value(Some(value)));
                writeln!(
                    text,
                    "  lower    {lower:>18}   {below}\n  upper    {upper:>18}   {above}\n  gap      {gap:>18}"
                )
            }
        };
        let _ = writeln!(text, "  in {}", numbers::time(self.begin.elapsed().as_secs_f64()));
        text
    }

    /// Where the lower and the upper bound come from.
    fn how(&self, beliefs: &str) -> (String, String) {
        match self.solution.method {
            SolveMethod::ReachableBeliefs | SolveMethod::HeuristicSearch => {
                ("value of a plan".to_owned(), format!("informed bound, improved at {beliefs} beliefs"))
            }
            SolveMethod::BeliefGrid => {
                ("value of a plan".to_owned(), format!("chords on a grid of {beliefs} beliefs"))
            }
            SolveMethod::Intervals => (
                format!("plan that sees in which of {INTERVALS} intervals a reading lies"),
                "informed bound where some readings show the state".to_owned(),
            ),
        }
    }
}

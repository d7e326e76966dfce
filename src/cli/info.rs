//! `dpac info`.

use super::numbers::{counted, grouped, value};
use super::problem::{NamedProblem, problem};
use super::screen::sizes_of_problem;
use super::{BAD_INPUT, complain, say, step_spectra};
use crate::config::limits::HORIZON_MAX;
use crate::config::{Features, FeaturesError, HORIZON_DEFAULT};
use crate::pomdp::analysis::{
    Reachability, RewardDependence, absorbing_states, bounds, deterministic_rows, reward_extremes,
    reward_nonzeros, uninformative_actions,
};
use crate::pomdp::file::OutcomeReward;
use crate::pomdp::{Definition, GaussianModel, Model, Names, SparseRows, Values};
use clap::Args;
use std::fmt::Write;

/// Describe a problem: sizes, sparsity, what can be reached, rewards, bounds
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac info configs/problems/tiger.POMDP\n  dpac info toggle --horizon 20\n  dpac info tiger --features belief-memory:1\n\n\
                        The lower bound is the value of the best policy that takes one action throughout, the upper bound that of \
                        the best one that sees the state."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    problem: NamedProblem,
    /// Horizon H of the bounds, and of the features
    #[arg(long, value_name = "H", default_value_t = HORIZON_DEFAULT, value_parser = clap::value_parser!(u32).range(1..=i64::from(HORIZON_MAX)))]
    horizon: u32,
    /// Features of a critic whose independence is examined at every step: a kind, with its keys behind a colon, as in
    /// window:1, belief:2, log-odds:2, belief-memory:1,span or history
    #[arg(long, value_name = "KIND:KEYS", value_parser = written)]
    features: Option<(String, Features)>,
}

/// Features, with the text that they were written as.
fn written(text: &str) -> Result<(String, Features), FeaturesError> {
    Ok((text.to_owned(), text.parse()?))
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let Some(problem) = problem(&arguments.problem) else { return BAD_INPUT };
    let mut text = described(&problem, arguments.horizon as usize);
    if let Some((written, features)) = &arguments.features {
        match step_spectra::described(&problem, arguments.horizon as usize, *features, written) {
            Ok(paragraph) => text.push_str(&paragraph),
            Err(error) => {
                complain(&error.to_string(), Some(&error.help()));
                return BAD_INPUT;
            }
        }
    }
    say(&text)
}

/// Writing into a string cannot fail, so its results are dropped here, once.
macro_rules! line {
    ($text:expr, $($arguments:tt)*) => { { let _ = writeln!($text, $($arguments)*); } };
}

fn described(problem: &Definition, horizon: usize) -> String {
    let model = problem.hidden();
    let mut text = String::new();
    let sizes = sizes_of_problem(model.states(), model.actions(), problem.observations());
    line!(text, "{}", model.name());
    line!(text, "  sizes      {sizes}, γ = {}", model.discount());
    if model.copies() > 1 {
        let classes = counted(model.observation_classes(), "observation");
        line!(text, "             {classes} in {} copies each; features see of which one", model.copies());
    }
    if let Some(own) = model.own_features() {
        line!(
            text,
            "             features of its own, {{ kind = \"problem\" }}, of dimension {}",
            own.dimension()
        );
    }
    line!(text, "  start      {}", start(model));
    let first = if model.initial_observation().is_some() { "an observation" } else { "nothing" };
    line!(text, "             {first} is seen before the first action");
    line!(text, "  T          {}", table(model.transition()));
    let absorbing = counted(absorbing_states(model), "state");
    line!(text, "             {absorbing} that no action leaves");
    let reached = Reachability::of(model);
    match problem {
        Definition::Tabular(_) => observed(&mut text, model, &reached),
        Definition::Gaussian(model) => sensed(&mut text, model, &reached),
    }
    line!(text, "  r(s, a)    {}", density(reward_nonzeros(model), model.states() * model.actions()));
    line!(text, "             {}", reward_range(model));
    let outcome = problem.tabular().map(|file| &file.outcome_reward);
    line!(text, "             {}", dependence(model, outcome));
    for (what, flags, names) in [
        ("states", &reached.states, model.state_names()),
        ("observations", &reached.observations, model.observation_names()),
    ] {
        if what == "observations" && problem.tabular().is_none() {
            continue;
        }
        let label = if what == "states" { "reached" } else { "" };
        let missing: Vec<usize> = (0..flags.len()).filter(|&i| !flags[i]).collect();
        let (met, all) = (grouped((flags.len() - missing.len()) as u64), grouped(flags.len() as u64));
        let never = if missing.is_empty() {
            String::new()
        } else {
            format!("; never {}", some_names(&missing, names))
        };
        line!(text, "  {label:<9}  {met} of {all} {what}{never}");
    }
    let bounds = bounds(model, horizon, model.discount());
    let blind = model.action_names().name(bounds.blind_action);
    line!(text, "  bounds     of V* at H = {horizon}, in the problem's own units");
    line!(text, "             {:>14}  always {blind}", value(Some(bounds.lower)));
    line!(text, "             {:>14}  the state is seen", value(Some(bounds.upper)));
    text
}

fn observed(text: &mut String, model: &Model, reached: &Reachability) {
    line!(text, "  O          {}", table(model.observation()));
    let silent = uninformative_actions(model.transition(), model.observation(), &reached.states);
    if silent.is_empty() {
        line!(text, "             tells about the state after every action");
    } else {
        let silent = some_names(&silent, model.action_names());
        line!(text, "             tells nothing about the state after: {silent}");
    }
}

/// A line for every action: the ranges of mean and deviation over the states that can be entered.
fn sensed(text: &mut String, model: &GaussianModel, reached: &Reachability) {
    let range = |numbers: &mut dyn Iterator<Item = f64>| {
        let (lo, hi) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), x| (lo.min(x), hi.max(x)));
        if lo < hi { format!("from {lo} to {hi}") } else { lo.to_string() }
    };
    let hidden = model.hidden();
    for a in 0..hidden.actions() {
        let label = if a == 0 { "sensor" } else { "" };
        let sensors = (0..hidden.states()).filter(|&s| reached.states[s]).map(|s| model.sensor(a, s));
        let sensors: Vec<_> = sensors.flatten().collect();
        let seen = if sensors.is_empty() {
            "nothing".to_owned()
        } else {
            let mean = range(&mut sensors.iter().map(|sensor| sensor.mean));
            let deviation = range(&mut sensors.iter().map(|sensor| sensor.deviation));
            format!("normal, mean {mean}, standard deviation {deviation}")
        };
        line!(text, "  {label:<9}  after {}: {seen}", hidden.action_names().name(a));
    }
}

fn start(model: &Model) -> String {
    let (names, start) = (model.state_names(), model.start());
    let possible: Vec<usize> = (0..start.len()).filter(|&s| start[s] > 0.0).collect();
    if let [only] = possible.as_slice() {
        return format!("state {}, certainly", names.name(*only));
    }
    let first = start[possible[0]];
    let spread = if possible.iter().all(|&s| start[s].to_bits() == first.to_bits()) {
        "equally likely"
    } else {
        "not equally likely"
    };
    format!("{}, {spread}: {}", counted(possible.len(), "state"), some_names(&possible, names))
}

fn table(rows: &SparseRows) -> String {
    let size = density(rows.nonzeros(), rows.rows().saturating_mul(rows.columns()));
    let (deterministic, all) = (grouped(deterministic_rows(rows) as u64), grouped(rows.rows() as u64));
    format!("{size}; {deterministic} of {all} rows deterministic")
}

fn density(nonzeros: usize, entries: usize) -> String {
    let percent = 100.0 * nonzeros as f64 / entries as f64;
    format!("{} of {} nonzero ({percent:.3} %)", grouped(nonzeros as u64), grouped(entries as u64))
}

/// The extremes of `r(s, a)`, and the range to which learners scale it where that was declared wider.
fn reward_range(model: &Model) -> String {
    let (lo, hi) = reward_extremes(model);
    let mut text = format!("from {lo} to {hi}");
    let declared = model.units().range();
    if declared.0 < lo || hi < declared.1 {
        let _ = write!(text, "; declared from {} to {}", declared.0, declared.1);
    }
    if model.values() == Values::Cost {
        text.push_str("; the file counts costs");
    }
    text
}

fn dependence(model: &Model, outcome: Option<&OutcomeReward>) -> String {
    let RewardDependence { on_state, on_action } = RewardDependence::of(model);
    let of_pair = match (on_state, on_action) {
        (true, true) => "depends on state and action",
        (true, false) => "depends on the state alone",
        (false, true) => "depends on the action alone",
        (false, false) => "is constant",
    };
    let Some(outcome) = outcome else { return of_pair.to_owned() };
    let of_outcome = match (outcome.depends_on_successor(), outcome.depends_on_observation()) {
        (true, true) => "R entries name s' and o",
        (true, false) => "R entries name s', none o",
        (false, true) => "R entries name o, none s'",
        (false, false) => "no R entry names s' or o",
    };
    format!("{of_pair}; {of_outcome}")
}

/// Names a few elements, of which there are some, and counts the others.
fn some_names(elements: &[usize], names: &Names) -> String {
    const SHOWN: usize = 4;
    let mut text: Vec<String> = elements.iter().take(SHOWN).map(|&i| names.name(i).into_owned()).collect();
    if elements.len() > SHOWN {
        text.push(format!("{} more", grouped((elements.len() - SHOWN) as u64)));
    }
    text.join(", ")
}

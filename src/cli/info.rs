//! `dpac info`.

use super::console::{BAD_INPUT, complain, say, say_json};
use super::numbers::{counted, given, grouped, value};
use super::problem::{NamedProblem, problem};
use super::reset;
use super::screen::sizes_of_problem;
use super::step_spectra::{self, StepSpectra};
use crate::config::limits::HORIZON_MAX;
use crate::config::{Features, FeaturesError, HORIZON_DEFAULT};
use crate::pomdp::analysis::{
    Bounds, Reachability, RewardDependence, absorbing_states, bounds, deterministic_rows, reward_extremes,
    reward_nonzeros, uninformative_actions,
};
use crate::pomdp::file::OutcomeReward;
use crate::pomdp::{Definition, GaussianModel, Model, Names, SparseRows, Values};
use clap::Args;
use serde_json::{Value as Json, json};
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
    /// Features of a critic whose independence is examined at every step: a kind, with its keys behind a
    /// colon, as in window:1, belief:2, log-odds:2, belief-memory:1,span, history or problem
    #[arg(long, value_name = "KIND:KEYS", value_parser = written)]
    features: Option<(String, Features)>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Features, with the text that they were written as.
fn written(text: &str) -> Result<(String, Features), FeaturesError> {
    Ok((text.to_owned(), text.parse()?))
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let Some(problem) = problem(&arguments.problem) else { return BAD_INPUT };
    let horizon = arguments.horizon as usize;
    let features = arguments
        .features
        .as_ref()
        .map(|(written, features)| step_spectra::of(&problem, horizon, *features, written));
    let features = match features.transpose() {
        Ok(features) => features,
        Err(error) => {
            complain(&error.to_string(), Some(&error.help()));
            return BAD_INPUT;
        }
    };
    let described = Description::of(&problem, horizon, features);
    if arguments.json { say_json(&described.json()) } else { say(&described.screen()) }
}

/// Writing into a string cannot fail, so its results are dropped here, once.
macro_rules! line {
    ($text:expr, $($arguments:tt)*) => { { let _ = writeln!($text, $($arguments)*); } };
}

/// What is computed of a problem; the rest is read off it.
struct Description<'a> {
    problem: &'a Definition,
    /// Its tables; of its observations they say nothing where these are real numbers.
    model: &'a Model,
    reached: Reachability,
    /// Actions after which the observation tells nothing.
    silent: Vec<usize>,
    horizon: usize,
    bounds: Bounds,
    features: Option<StepSpectra>,
}

impl<'a> Description<'a> {
    fn of(problem: &'a Definition, horizon: usize, features: Option<StepSpectra>) -> Self {
        let model = problem.hidden();
        let reached = Reachability::of(model);
        let silent = uninformative_actions(model.transition(), model.observation(), &reached.states);
        let bounds = bounds(model, horizon, model.discount());
        Description { problem, model, reached, silent, horizon, bounds, features }
    }

    fn screen(&self) -> String {
        let Description { problem, model, reached, horizon, bounds, .. } = self;
        let mut text = String::new();
        let sizes = sizes_of_problem(model.states(), model.actions(), problem.observations());
        line!(text, "{}", model.name());
        line!(text, "  sizes      {sizes}, γ = {}", model.discount());
        if model.copies() > 1 {
            let classes = counted(model.observation_classes(), "observation");
            line!(
                text,
                "             {classes} in {} copies each; features see of which one",
                model.copies()
            );
        }
        if let Some(own) = model.own_features() {
            let dimension = own.dimension();
            line!(
                text,
                "             features of its own, {{ kind = \"problem\" }}, of dimension {dimension}"
            );
        }
        line!(text, "  start      {}", start(model));
        let first = if model.initial_observation().is_some() { "an observation" } else { "nothing" };
        line!(text, "             {first} is seen before the first action");
        line!(text, "  T          {}", table(model.transition()));
        let absorbing = counted(absorbing_states(model), "state");
        line!(text, "             {absorbing} that no action leaves");
        if let Some(resets) = reset::shown(problem.resets()) {
            line!(text, "  reset      {resets}");
        }
        match problem {
            Definition::Tabular(_) => self.observed(&mut text),
            Definition::Gaussian(model) => sensed(&mut text, model, reached),
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
            let missing = missing(flags);
            let (met, all) = (grouped((flags.len() - missing.len()) as u64), grouped(flags.len() as u64));
            let never = if missing.is_empty() {
                String::new()
            } else {
                format!("; never {}", some_names(&missing, names))
            };
            line!(text, "  {label:<9}  {met} of {all} {what}{never}");
        }
        let blind = model.action_names().name(bounds.blind_action);
        line!(text, "  bounds     of V* at H = {horizon}, in the problem's own units");
        line!(text, "             {:>14}  always {blind}", value(Some(bounds.lower)));
        line!(text, "             {:>14}  the state is seen", value(Some(bounds.upper)));
        if let Some(features) = &self.features {
            text.push_str(&features.text());
        }
        text
    }

    fn observed(&self, text: &mut String) {
        line!(text, "  O          {}", table(self.model.observation()));
        if self.silent.is_empty() {
            line!(text, "             tells about the state after every action");
        } else {
            let silent = some_names(&self.silent, self.model.action_names());
            line!(text, "             tells nothing about the state after: {silent}");
        }
    }

    /// All of the screen, with names in full.
    fn json(&self) -> Json {
        let Description { problem, model, reached, silent, horizon, bounds, features } = self;
        let tabular = problem.tabular();
        let names = |elements: &[usize], names: &Names| -> Vec<String> {
            elements.iter().map(|&i| names.name(i).into_owned()).collect()
        };
        let met = |flags: &[bool], all: &Names| {
            let never = missing(flags);
            json!({ "reached": flags.len() - never.len(), "never": names(&never, all) })
        };
        let rows = |rows: &SparseRows| {
            json!({
                "nonzeros": rows.nonzeros(),
                "entries": rows.rows().saturating_mul(rows.columns()),
                "rows": rows.rows(),
                "deterministic_rows": deterministic_rows(rows),
            })
        };
        let possible = possible(model);
        let RewardDependence { on_state, on_action } = RewardDependence::of(model);
        let (lo, hi) = reward_extremes(model);
        let declared = model.units().range();
        json!({
            "problem": model.name(),
            "states": model.states(),
            "actions": model.actions(),
            "observations": problem.observations(),
            "copies_of_observations": model.copies(),
            "own_features": model.own_features().map(|own| own.dimension()),
            "discount": model.discount(),
            "start": {
                "states": names(&possible, model.state_names()),
                "equally_likely": equally_likely(model, &possible),
            },
            "initial_observation": model.initial_observation().is_some(),
            "transition": rows(model.transition()),
            "absorbing_states": absorbing_states(model),
            "reset": reset::json(problem.resets()),
            "observation": tabular.map(|_| rows(model.observation())),
            "uninformative_actions": tabular.map(|_| names(silent, model.action_names())),
            "sensors": match problem {
                Definition::Tabular(_) => Json::Null,
                Definition::Gaussian(model) => sensors(model),
            },
            "reward": {
                "nonzeros": reward_nonzeros(model),
                "entries": model.states() * model.actions(),
                "range": [lo, hi],
                "declared_range": [declared.0, declared.1],
                "counted_as": if model.values() == Values::Cost { "cost" } else { "reward" },
                "depends_on_state": on_state,
                "depends_on_action": on_action,
                "entries_name_successor": tabular.map(|file| file.outcome_reward.depends_on_successor()),
                "entries_name_observation": tabular.map(|file| file.outcome_reward.depends_on_observation()),
            },
            "states_met": met(&reached.states, model.state_names()),
            "observations_met": tabular.map(|_| met(&reached.observations, model.observation_names())),
            "bounds": {
                "horizon": horizon,
                "lower": bounds.lower,
                "lower_action": model.action_names().name(bounds.blind_action),
                "upper": bounds.upper,
            },
            "features": features.as_ref().map(StepSpectra::json),
        })
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

/// Mean and deviation after every action, state by state; null after actions that show nothing.
fn sensors(model: &GaussianModel) -> Json {
    let hidden = model.hidden();
    let after = |a: usize| -> Json {
        let sensors: Option<Vec<_>> = (0..hidden.states()).map(|s| model.sensor(a, s)).collect();
        let sensor =
            |sensor: crate::pomdp::Sensor| json!({ "mean": sensor.mean, "deviation": sensor.deviation });
        json!({
            "action": hidden.action_names().name(a),
            "by_state": sensors.map(|sensors| sensors.into_iter().map(sensor).collect::<Vec<_>>()),
        })
    };
    (0..hidden.actions()).map(after).collect()
}

fn missing(flags: &[bool]) -> Vec<usize> {
    (0..flags.len()).filter(|&i| !flags[i]).collect()
}

/// The states in which an episode may begin.
fn possible(model: &Model) -> Vec<usize> {
    let start = model.start();
    (0..start.len()).filter(|&s| start[s] > 0.0).collect()
}

fn equally_likely(model: &Model, possible: &[usize]) -> bool {
    let start = model.start();
    possible.iter().all(|&s| start[s].to_bits() == start[possible[0]].to_bits())
}

fn start(model: &Model) -> String {
    let (names, possible) = (model.state_names(), possible(model));
    if let [only] = possible.as_slice() {
        return format!("state {}, certainly", names.name(*only));
    }
    let spread = if equally_likely(model, &possible) { "equally likely" } else { "not equally likely" };
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
    let mut text = format!("from {} to {}", given(lo), given(hi));
    let declared = model.units().range();
    if declared.0 < lo || hi < declared.1 {
        let _ = write!(text, "; declared from {} to {}", given(declared.0), given(declared.1));
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

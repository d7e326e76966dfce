//! `dpac simulate`.

use super::console::{BAD_INPUT, complain, say, say_json};
use super::numbers;
use super::problem::{NamedProblem, problem};
use super::reset;
use super::writing::complain_of_writing;
use crate::config::limits::HORIZON_MAX;
use crate::config::{Features, HORIZON_DEFAULT, PolicyClass};
use crate::exact::{Budget, Method, MonteCarlo};
use crate::experiment::{
    Demonstration, Player, SavedPolicy, Seen, Stage, Subject, TrajectoryFormat, TrajectoryWriter,
    policy_path, subject,
};
use crate::files::{NewFile, POLICY_BYTES_MAX, WriteError, read_given};
use crate::policy::Acting;
use crate::pomdp::file::ResetRows;
use crate::pomdp::{Definition, Model};
use crate::visible::{named, shown, visible};
use clap::Args;
use dpac_actors::{Purpose, StreamKey};
use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Play episodes of a policy: mean return, and trajectories
#[derive(Args)]
#[command(after_help = "Examples:\n  dpac simulate tiger --policy uniform --episodes 100000\n  \
                  dpac simulate my.POMDP --policy constant:listen --horizon 6 --trajectories out.csv\n  \
                  dpac simulate tiger --policy runs/tiger-dpac-1234abcd-s0\n\n\
                  Rewards are R(a, s, s', o) of what happened. Columns of trajectories: episode, step, state, action, \
                  observation, reward; the observation is what is seen after the action: a name, or a number, which is missing where \
                  nothing is seen. A problem that shows something before the first action has a line for it, without action and \
                  reward.")]
pub(super) struct Arguments {
    #[command(flatten)]
    problem: NamedProblem,
    /// uniform, constant:A (name or number of an action), or a directory that `dpac run` has made
    #[arg(long, value_name = "POLICY")]
    policy: OsString,
    /// Number of steps [default: the saved policy's, else 4]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(HORIZON_MAX)))]
    horizon: Option<u32>,
    /// Number of episodes
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    episodes: u32,
    /// The seed, from which every random number comes
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Write every step to a file that ends in .csv or .jsonl
    #[arg(long, value_name = "FILE")]
    trajectories: Option<PathBuf>,
    /// Replace an existing file of trajectories
    #[arg(long, requires = "trajectories")]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Operations that the exact value may take.
const EXACT_OPERATIONS: u64 = 200_000_000;

pub(super) fn main(arguments: &Arguments) -> u8 {
    let format = match &arguments.trajectories {
        None => None,
        Some(path) => match TrajectoryFormat::of_path(path) {
            Some(format) => Some((path, format)),
            None => {
                let message = format!("{}: trajectories are written to .csv or .jsonl", shown(path));
                return bad(&message, None);
            }
        },
    };
    let Some(definition) = problem(&arguments.problem) else { return BAD_INPUT };
    let model = definition.hidden();
    let gamma = model.discount();
    let policy = match ChosenPolicy::of(&arguments.policy, arguments.horizon, &definition, gamma) {
        Ok(policy) => policy,
        Err(Refusal { message, help }) => return bad(&message, help),
    };
    let horizon = policy.horizon;
    let mut reads = arguments.problem.reads();
    reads.push(PathBuf::from(&arguments.policy));
    let begin = |(path, format): (&PathBuf, TrajectoryFormat)| {
        NewFile::begin(path, arguments.force, &reads).map(|file| (path.clone(), format, file))
    };
    let trajectories = match format.map(begin).transpose() {
        Ok(trajectories) => trajectories,
        Err(error) => return complain_of_writing(&error),
    };
    let demonstration = Demonstration { horizon, gamma, episodes: arguments.episodes, seed: arguments.seed };
    let played = match (&definition, policy.subject.player(&policy.theta)) {
        (Definition::Tabular(file), Player::Tabular(mut actor)) => {
            play(demonstration, file, actor.as_mut(), trajectories)
        }
        (Definition::Gaussian(model), Player::Gaussian(mut actor)) => {
            play(demonstration, model, actor.as_mut(), trajectories)
        }
        _ => unreachable!("a player sees what its problem shows"),
    };
    let returns = match played {
        Ok(returns) => returns,
        Err(error) => return complain_of_writing(&error),
    };
    let seed = arguments.seed;
    let simulated = Simulated {
        name: model.name(),
        resets: definition.resets(),
        policy: named(Path::new(&arguments.policy)),
        horizon,
        gamma,
        seed,
        returns,
        exact: policy.exact(seed),
        no_exact_value: if definition.tabular().is_some() {
            "it takes too long"
        } else {
            "the policy looks at real numbers"
        },
    };
    if arguments.json {
        say_json(&simulated.json())
    } else {
        say(&simulated.screen(arguments.trajectories.as_deref()))
    }
}

/// Plays, and writes trajectories if there is a file for them.
fn play<S: Stage>(
    demonstration: Demonstration,
    problem: &S,
    actor: &mut dyn Acting<Seen<S>>,
    trajectories: Option<(PathBuf, TrajectoryFormat, NewFile)>,
) -> Result<MonteCarlo, WriteError> {
    let Some((path, format, mut file)) = trajectories else {
        let played = demonstration.play(problem, actor, |_| Ok(()));
        return played.map_err(|error| WriteError::Io { path: PathBuf::new(), error });
    };
    let io = |error| WriteError::Io { path: path.clone(), error };
    let mut writer = TrajectoryWriter::begin(file.file(), format, problem).map_err(io)?;
    let returns = demonstration.play(problem, actor, |moment| writer.write(moment)).map_err(io)?;
    writer.finish().map_err(io)?;
    file.place()?;
    Ok(returns)
}

/// Why a policy cannot be played here, and what would help.
struct Refusal {
    message: String,
    help: Option<&'static str>,
}

impl Refusal {
    fn new(message: impl ToString, help: Option<&'static str>) -> Self {
        Refusal { message: message.to_string(), help }
    }
}

struct ChosenPolicy {
    subject: Box<dyn Subject>,
    theta: Vec<f64>,
    horizon: usize,
}

impl ChosenPolicy {
    fn of(given: &OsStr, horizon: Option<u32>, problem: &Definition, gamma: f64) -> Result<Self, Refusal> {
        let asked = horizon.map(|horizon| horizon as usize);
        let model = problem.hidden();
        let blind = Features::Window { length: 0, tied: false };
        let with = |class: PolicyClass, horizon: usize| {
            subject(problem, horizon, gamma, class, &blind).map_err(|error| Refusal::new(error, None))
        };
        let preferred = match given.to_str().map(|text| (text, text.strip_prefix("constant:"))) {
            Some((_, Some(name))) => Some(action(name, model)?),
            Some(("uniform", _)) => None,
            _ => {
                let saved = read_policy(Path::new(given))?;
                if asked.is_some_and(|asked| asked != saved.horizon) {
                    let message = format!("the saved policy is for horizon {}", saved.horizon);
                    return Err(Refusal::new(message, Some("leave --horizon out")));
                }
                let subject = with(saved.class, saved.horizon)?;
                let (found, expected) = (saved.theta.len(), subject.d_theta());
                if found != expected {
                    let message =
                        format!("the saved policy has {found} parameters; on this problem it has {expected}");
                    return Err(Refusal::new(message, Some("give the problem that the policy is for")));
                }
                return Ok(ChosenPolicy { subject, theta: saved.theta, horizon: saved.horizon });
            }
        };
        let horizon = asked.unwrap_or(HORIZON_DEFAULT as usize);
        let subject = with(blind.into(), horizon)?;
        // A window of length 0 has one block of A logits per step and first observation. exp(-1000) is 0.
        let logit = |i: usize| if preferred == Some(i % model.actions()) { 1000.0 } else { 0.0 };
        let theta = (0..subject.d_theta()).map(logit).collect();
        Ok(ChosenPolicy { subject, theta, horizon })
    }

    /// The exact value, its rounding and how it was computed, where it can be afforded.
    fn exact(&self, seed: u64) -> Option<Exact> {
        let purpose = Purpose::Evaluation;
        let key = StreamKey { seed, purpose, client: 0, round: 0, phase: 0, barrier: 0 };
        // Where it cannot, the estimate falls back on episodes, of which two are cheap and not looked at.
        let budget = Budget { exact_operations: EXACT_OPERATIONS, episodes: 2 };
        let estimate = self.subject.value(&self.theta, budget, &mut key.generator());
        let method = match estimate.method {
            Method::DynamicProgramming => "dynamic programming",
            Method::Enumeration => "enumeration",
            Method::MonteCarlo { .. } => return None,
        };
        Some(Exact { value: estimate.value_raw, error: estimate.rounding, method })
    }
}

/// The value of a policy, exact but for rounding.
struct Exact {
    value: f64,
    error: f64,
    method: &'static str,
}

/// The action of this name or number.
fn action(text: &str, model: &Model) -> Result<usize, Refusal> {
    let names = model.action_names();
    let named = (0..names.len()).find(|&a| names.name(a) == text);
    let numbered = || text.parse().ok().filter(|&a: &usize| a < names.len());
    named.or_else(numbered).ok_or_else(|| {
        let known: Vec<_> = (0..names.len()).map(|a| names.name(a)).collect();
        Refusal::new(format!("no action is called {text:?}; there are {}", known.join(", ")), None)
    })
}

fn read_policy(path: &Path) -> Result<SavedPolicy, Refusal> {
    let help = Some("--policy takes uniform, constant:A, or a directory that `dpac run` has made");
    let refusal = |error: &dyn std::fmt::Display| Refusal::new(format!("{}: {error}", shown(path)), help);
    let path = &policy_path(path).map_err(|message| Refusal::new(message, None))?;
    let bytes = read_given(path, POLICY_BYTES_MAX).map_err(|error| refusal(&error))?;
    let policy = SavedPolicy::parse(&bytes).map_err(|error| refusal(&error))?;
    if policy.horizon == 0
        || policy.horizon > HORIZON_MAX as usize
        || !policy.theta.iter().all(|x| x.is_finite())
    {
        return Err(refusal(&"no policy that can be played"));
    }
    Ok(policy)
}

struct Simulated<'a> {
    name: &'a str,
    resets: ResetRows,
    policy: String,
    horizon: usize,
    gamma: f64,
    seed: u64,
    returns: MonteCarlo,
    exact: Option<Exact>,
    /// Why there is no exact value where there is none.
    no_exact_value: &'static str,
}

impl Simulated<'_> {
    fn json(&self) -> serde_json::Value {
        let error = self.returns.standard_error;
        serde_json::json!({
            "problem": self.name,
            "policy": self.policy,
            "horizon": self.horizon,
            "discount": self.gamma,
            "reset": reset::json(self.resets),
            "seed": self.seed,
            "episodes": self.returns.episodes,
            "mean": self.returns.mean,
            // Of a single episode there is none.
            "standard_error": error.is_finite().then_some(error),
            "exact": self.exact.as_ref().map(|exact| exact.value),
            "exact_error": self.exact.as_ref().map(|exact| exact.error),
            "exact_method": self.exact.as_ref().map(|exact| exact.method),
        })
    }

    fn screen(&self, trajectories: Option<&Path>) -> String {
        let Simulated { name, policy, horizon, gamma, seed, .. } = self;
        let policy = visible(policy);
        let MonteCarlo { mean, standard_error, episodes } = self.returns;
        let episodes = numbers::grouped(episodes);
        let mut text = format!("{name} · {policy} · H = {horizon}, γ = {gamma} · seed {seed}\n");
        if let Some(resets) = reset::shown(self.resets) {
            let _ = writeln!(text, "  reset        {resets}");
        }
        let number = |value| numbers::value(Some(value));
        let _ = if standard_error.is_finite() {
            let (mean, error) = (number(mean), number(standard_error));
            writeln!(text, "  mean return  {mean:>18}   ± {error} standard error, {episodes} episodes")
        } else {
            writeln!(text, "  return       {:>18}   of a single episode", number(mean))
        };
        let _ = match &self.exact {
            Some(Exact { value, error, method }) => {
                let value = numbers::certain(*value, *error);
                writeln!(text, "  exact value  {value:>18}   ± {error:.1e} of rounding, by {method}")
            }
            None => writeln!(text, "  exact value  {:>18}   {}", "none", self.no_exact_value),
        };
        if let Some(path) = trajectories {
            let _ = writeln!(text, "  trajectories {}", shown(path));
        }
        text
    }
}

fn bad(message: &str, help: Option<&str>) -> u8 {
    complain(message, help);
    BAD_INPUT
}

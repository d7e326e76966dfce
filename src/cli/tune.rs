//! `dpac tune`.

mod screen;

use super::console::{BAD_INPUT, FAILED, FINE, complain, remark, say, say_json};
use super::load::{Source, THREADS_MAX, complain_of_loading, draw_errors, threads, written as loaded};
use super::sweep::plan::{Asked, SEEDS, spec};
use super::sweep::work::{Work, refused};
use super::writing::complain_of_writing;
use crate::algorithm::Registry;
use crate::config::{ConfigErrors, Fault, Loaded, Place, SourceText, SweepTable};
use crate::experiment::LoadError;
use crate::files::{WriteError, read_bounded, write_file};
use crate::results::Run;
use crate::sweep::{Base, Shard, Spec, SweepDirectory, seeds};
use crate::tune::{self, By, Choice, Nothing, Space, SpaceError, Tuning};
use crate::visible::{shown, visible};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Choose step sizes by runs on held-out seeds, and write the configuration that has them
#[derive(Args)]
#[command(after_help = "Examples:\n  dpac tune configs/tiger.toml --out sweeps/tuning\n  \
                  dpac tune configs/tiger.toml --grid actor.eta=log:0.5..8:5 --each federation.clients=1,4,16 --dry-run\n  \
                  dpac tune tiger --set algorithm=dptd --grid critic.alpha=0.1,0.3,1 --by bellman_error --dry-run\n\n\
                  Every arm gets the same candidates and seeds; the best mean is chosen, and a candidate that fails under one seed is not.\n\
                  Without --grid, the policy's step is tried at 1/4, 1/2, 1, 2 and 4 times what \"auto\" is in each arm (for algorithms that\n\
                  improve no policy, the critic's). Runs are a sweep: the same command again goes on with it. What is written runs by itself;\n\
                  with --each it is a sweep whose arms have steps of their own.")]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// A key and the values to try (again for more keys)
    #[arg(long, value_name = "KEY=VALUES")]
    grid: Vec<String>,
    /// A key for each of whose values the steps are chosen anew (again for more keys)
    #[arg(
        long,
        value_name = "KEY=VALUES",
        help = "A key for each of whose values the steps are chosen anew [default: the axes of the file's table [sweep]] (again for more keys)"
    )]
    each: Vec<String>,
    /// Seeds that the experiment does not use
    #[arg(long, value_name = "SEEDS", default_value = HELD_OUT, conflicts_with = "seed")]
    seeds: String,
    /// What is compared at the end of runs [default: value; bellman_error where no policy is improved]
    #[arg(long, value_enum)]
    by: Option<Judged>,
    /// Runs at a time [default: the cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=THREADS_MAX))]
    jobs: Option<u16>,
    /// The directory of the runs
    #[arg(
        long,
        value_name = "DIR",
        help = "The directory of the runs [default: sweeps/<problem>-<algorithm>-<digest>]"
    )]
    out: Option<PathBuf>,
    /// The configuration to write
    #[arg(
        long,
        value_name = "FILE",
        help = "The configuration to write [default: tuned.toml in the directory of the runs]"
    )]
    write: Option<PathBuf>,
    /// Say what would run and what it would cost, and run nothing
    #[arg(long)]
    dry_run: bool,
    /// Print all candidates as JSON
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
}

/// Far from the seeds that experiments begin with.
const HELD_OUT: &str = "1000..1002";

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Judged {
    Value,
    Mixture,
    BellmanError,
}

impl From<Judged> for By {
    fn from(judged: Judged) -> By {
        match judged {
            Judged::Value => By::Value,
            Judged::Mixture => By::Mixture,
            Judged::BellmanError => By::BellmanError,
        }
    }
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    let Some((tuning, file)) = planned(arguments, registry) else { return BAD_INPUT };
    let place = arguments.out.clone().unwrap_or_else(|| tuning.plan.default_directory());
    let jobs = threads(arguments.jobs.map(usize::from));
    let each = (threads(None) / jobs).max(1);
    let next = |_: &Work<'_>| String::new();
    let work = Work { plan: &tuning.plan, place: &place, jobs, threads: each, shard: Shard::WHOLE, next };
    if arguments.dry_run {
        return work.announce_only();
    }
    let ended = work.run(arguments.quiet);
    // A candidate may diverge: that says something of it, and the others are judged.
    let directory = match SweepDirectory::open_of(&place, &tuning.plan) {
        Ok(directory) if directory.cells().iter().all(|cell| cell.standing.has_ended()) => directory,
        Ok(_) => return ended,
        Err(error) => return if ended == FINE { refused(&error) } else { ended },
    };
    match chosen(&tuning, &directory) {
        Ok(choices) => tell(arguments, &tuning, &choices, &file, &place),
        Err(code) => code,
    }
}

/// What is to be run, and the file that is tuned. Errors have been printed when there is none.
fn planned(arguments: &Arguments, registry: Registry) -> Option<(Tuning, Loaded)> {
    let source = &arguments.source;
    let (loaded, file) = loaded(source)?;
    let seeds = arguments.source.seed().map_or_else(|| arguments.seeds.clone(), |seed| seed.to_string());
    let asked = |grid, grid_option| Asked {
        seed: source.seed(),
        grid_option,
        grid,
        zip: &[],
        seeds: Some(&seeds),
        targets: &[],
    };
    let specs = loaded.sweep().and_then(|table| {
        let table = table.unwrap_or_default();
        let of_experiment = table.seeds.clone();
        let candidates = spec(&asked(&arguments.grid, "--grid"), SweepTable::default())?;
        let arms = spec(&asked(&arguments.each, "--each"), table)?;
        held_out(&candidates, of_experiment, &seeds)?;
        apart(&arms, &candidates)?;
        Ok((candidates, arms))
    });
    let (candidates, arms) = specs.map_err(|errors| draw_errors(&errors)).ok()?;
    let seeds = candidates.seeds.clone();
    let space = Space { candidates, arms, seeds, by: arguments.by.map(By::from) };
    match space.plan(Base { loaded, registry }) {
        Ok(tuning) => Some((tuning, file)),
        Err(SpaceError::Load(label, error)) => {
            complain_of_loading(&error);
            if !label.is_empty() && !matches!(error, LoadError::Config(_)) {
                remark(&format!("  in the arm {}\n", visible(&label)));
            }
            None
        }
        Err(error @ SpaceError::NoStep { .. }) => {
            complain(&error.to_string(), Some("--grid KEY=VALUES names a key and what to try"));
            None
        }
    }
}

/// That no seed is one of the experiment's: on these, what is chosen looks better than it is.
fn held_out(
    candidates: &Spec,
    of_experiment: Option<(String, Place)>,
    written: &str,
) -> Result<(), ConfigErrors> {
    let (text, named) = match &of_experiment {
        Some((text, _)) => (text.as_str(), "the seeds of the sweep"),
        None => (SEEDS, "the seeds that sweeps begin with"),
    };
    // What cannot be read is told when the sweep runs.
    let of_experiment = seeds(text).unwrap_or_default();
    let Some(seed) = candidates.seeds.iter().find(|seed| of_experiment.contains(seed)) else { return Ok(()) };
    let source = Arc::new(SourceText { name: "--seeds".to_owned(), text: written.to_owned() });
    let message = format!("the seed {seed} is not held out: {named} are {text}");
    let help = format!("take others, as in --seeds {HELD_OUT}");
    let place = Place::new(&source, 0..written.len());
    Err(crate::config::ConfigError::new(Fault::Rejected(message), place, help).into())
}

/// That no key of the arms is tuned.
fn apart(arms: &Spec, candidates: &Spec) -> Result<(), ConfigErrors> {
    let of_arms = |key: &str| arms.keys().any(|of_arms| of_arms == key);
    let both = candidates.grid.iter().find(|axis| of_arms(&axis.key));
    let Some(axis) = both else { return Ok(()) };
    let fault = Fault::Rejected(format!("`{}` is tuned, and is an axis of the arms", axis.key));
    let help = "it is the one or the other: leave it out of --grid, or out of --each and [sweep]".to_owned();
    Err(crate::config::ConfigError::new(fault, axis.key_place.clone(), help).into())
}

/// The choices of all arms, by what their runs have come to.
fn chosen(tuning: &Tuning, directory: &SweepDirectory) -> Result<Vec<Choice>, u8> {
    let runs: Result<Vec<Run>, _> = directory.run_paths().iter().map(|path| Run::read(path)).collect();
    let runs = runs.map_err(|error| {
        complain(&error.to_string(), None);
        BAD_INPUT
    })?;
    tuning.choose(&runs).map_err(|nothing| {
        let help = match nothing {
            Nothing::Failed { .. } => {
                "look at runs.csv in the directory of the runs, and try smaller steps with --grid"
            }
            Nothing::Equal { .. } => "--by says what else to judge by",
        };
        complain(&nothing.to_string(), Some(help));
        FAILED
    })
}

/// Writes the configuration and says what was chosen.
fn tell(arguments: &Arguments, tuning: &Tuning, choices: &[Choice], file: &Loaded, place: &Path) -> u8 {
    let path = arguments.write.clone().unwrap_or_else(|| place.join("tuned.toml"));
    let text = match configuration(arguments, tuning, choices, file, &path) {
        Ok(text) => text,
        Err(why) => {
            complain(&why, None);
            return FAILED;
        }
    };
    if let Err(error) = write_file(&path, false, &[], text.as_bytes()) {
        let there = || read_bounded(&path, text.len() as u64);
        match error {
            WriteError::Exists(_) if there().is_ok_and(|there| there == text.as_bytes()) => {}
            error => return complain_of_writing(&error),
        }
    }
    if arguments.json {
        return say_json(&screen::as_json(tuning, choices, &path));
    }
    say(&screen::as_text(tuning, choices, &path))
}

/// The text of the configuration, which was read again to see that it makes a run.
fn configuration(
    arguments: &Arguments,
    tuning: &Tuning,
    choices: &[Choice],
    file: &Loaded,
    path: &Path,
) -> Result<String, String> {
    let settings: Option<Vec<String>> =
        arguments.source.settings().into_iter().map(|setting| setting.into_string().ok()).collect();
    let settings = settings.ok_or("a setting is not UTF-8, which a configuration is")?;
    let base = tune::Base {
        text: &file.source().text,
        without: arguments.source.unset(),
        // Which seed a run has is no part of what was tuned.
        settings: &settings.into_iter().filter(|setting| !setting.starts_with("seed=")).collect::<Vec<_>>(),
        directory: &file.locate(Path::new("")),
    };
    let seeds = arguments.source.seed().map_or_else(|| arguments.seeds.clone(), |seed| seed.to_string());
    let into = path.parent().unwrap_or(Path::new(""));
    let text = tune::written(&base, choices, &seeds, into).map_err(|error| error.to_string())?;
    let again = Loaded::from_bytes(path, text.clone().into_bytes());
    let again = again.and_then(|loaded| loaded.config(&tuning.plan.base.registry.words()).map(|_| loaded));
    match again.and_then(|loaded| loaded.sweep()) {
        Ok(_) => Ok(text),
        Err(errors) => {
            draw_errors(&errors);
            Err(format!(
                "the configuration for {} is not right: this is a mistake of dpac's own",
                shown(path)
            ))
        }
    }
}

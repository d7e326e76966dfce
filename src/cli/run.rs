//! `dpac run`.

use super::load::{Source, load, threads};
use super::progress::progress;
use super::{BAD_INPUT, FAILED, FINE, VERSION, complain, say, screen};
use crate::config::Algorithm;
use crate::experiment::{
    DirectoryError, Finished, RunError, RunOptions, Silent, Status, default_directory, run,
};
use clap::{Args, ValueEnum};
use dpac_actors::host::Placement;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Run an algorithm and write a run directory
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac run configs/tiger.toml\n  dpac run configs/tiger.toml --seed 7 --out runs/seven\n  \
                        dpac run my.POMDP --set problem.horizon=6 --set actor.target=advantage\n\n\
                        Results are a function of configuration, inputs and seed alone: threads and placement change none."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    source: Source,
    /// Threads that compute [default: the cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Where to write
    #[arg(
        long,
        value_name = "DIR",
        help = "The run directory [default: runs/<problem>-<algorithm>-<digest>-s<seed>]"
    )]
    out: Option<PathBuf>,
    /// Replace an existing run directory
    #[arg(long)]
    force: bool,
    /// Show neither progress nor the final screen
    #[arg(long, short)]
    quiet: bool,
    /// Also write a line per barrier to syncs.jsonl
    #[arg(long, value_name = "WHAT")]
    log: Option<Log>,
    /// Whether one actor per thread owns many clients, or every role is an actor of its own (for small M)
    #[arg(long, default_value = "shard")]
    placement: Where,
    /// Encode, decode and compare every message
    #[arg(long, value_name = "WHAT")]
    wire: Option<WireMode>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Log {
    Syncs,
}

#[derive(Clone, Copy, ValueEnum)]
enum Where {
    Shard,
    Role,
}

#[derive(Clone, Copy, ValueEnum)]
enum WireMode {
    Check,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let Some((resolved, input)) = load(&arguments.source) else { return BAD_INPUT };
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    // Without a handler an interrupt ends the process as it always did.
    let _ = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            // Asked twice: whoever waits for a barrier or an exact value to end has waited long enough.
            std::process::exit(i32::from(FAILED));
        }
    });
    let options = RunOptions {
        threads: threads(arguments.threads.map(usize::from)),
        placement: match arguments.placement {
            Where::Shard => Placement::Shard,
            Where::Role => Placement::Role,
        },
        wire_check: matches!(arguments.wire, Some(WireMode::Check)),
        log_syncs: matches!(arguments.log, Some(Log::Syncs)),
        directory: arguments.out.clone().unwrap_or_else(|| default_directory(&resolved, &input)),
        force: arguments.force,
        stop,
        plant: None,
        program: VERSION.to_owned(),
    };
    let rounds = match resolved.config.algorithm {
        Algorithm::Dptd => resolved.sizes.critic_rounds,
        Algorithm::Dppg | Algorithm::Dpac => resolved.sizes.rounds,
    };
    let shape = resolved.shape;
    let watch = if arguments.quiet { Box::new(Silent) } else { progress(&shape, rounds) };
    match run(resolved, &input, &options, watch) {
        Ok(Finished { summary, directory }) => {
            if !arguments.quiet {
                let said = say(&screen::finished(&summary, &shape, &directory));
                if said != FINE {
                    return said;
                }
            }
            match summary.status {
                Status::Complete => FINE,
                Status::Interrupted => {
                    complain("interrupted; the run directory holds what was done", None);
                    FAILED
                }
                Status::Failed => {
                    complain(summary.error.as_deref().unwrap_or("the run failed"), None);
                    FAILED
                }
            }
        }
        Err(RunError::Directory(error)) => {
            let (code, help) = match &error {
                DirectoryError::Exists(_) => {
                    (BAD_INPUT, Some("--force replaces it, --out DIR writes elsewhere"))
                }
                DirectoryError::Foreign(_) => (BAD_INPUT, Some("--out DIR writes elsewhere")),
                DirectoryError::Io { .. } => (FAILED, None),
            };
            complain(&error.to_string(), help);
            code
        }
        Err(error) => {
            complain(&error.to_string(), None);
            FAILED
        }
    }
}

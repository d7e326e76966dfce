//! `dpac sweep`.

pub(super) mod plan;
mod progress;
mod screen;
mod status;
pub(super) mod work;

use super::console::{BAD_INPUT, FAILED, FINE, complain, complaint, remark, say};
use super::interrupt::Interrupt;
use super::load::{Source, THREADS_MAX, threads};
use super::mistake;
use crate::VERSION;
use crate::algorithm::Registry;
use crate::experiment::{RunError, Stalls};
use crate::sweep::{Cell, CellEnd, Cost, Options, Rate, Shard, Standing, SweepDirectory, Watcher, run};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::sync::Arc;
use work::{Work, refused};

/// Run a configuration with several values of its keys, and several seeds
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:\n  dpac sweep configs/tiger.toml --grid federation.clients=1,4,16,64 --seeds 0..9 --out sweeps/clients\n  \
                  dpac sweep configs/tiger.toml --grid actor.eta=log:0.1..10:5 --grid actor.target=q,advantage --dry-run\n  \
                  dpac sweep configs/tiger.toml --zip critic.rounds=1,2,4 --zip critic.local_steps=64,32,16 --shard 2/3\n  \
                  dpac sweep status sweeps/clients\n\n\
                  Values are those of --set; 0..9 are whole numbers, lin:0..1:5 and log:0.001..1:4 so many points, both ends included. A table\n\
                  [sweep] in the file says the same. The same command again does what is left: complete runs are skipped, interrupted ones\n\
                  go on. Order, jobs, shards and interruptions change no result. Exit code 0: every run (of the shard) is complete."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Below>,
    #[command(flatten)]
    source: Source,
    /// A key and its values: every one meets every value of the other keys (again for more keys)
    #[arg(long, value_name = "KEY=VALUES")]
    grid: Vec<String>,
    /// A key whose values go side by side with those of the other --zip
    #[arg(long, value_name = "KEY=VALUES")]
    zip: Vec<String>,
    /// The seeds of every arm, as in 0..9 or 1,5 [default: the file's, else 0..9]
    #[arg(long, value_name = "SEEDS", conflicts_with = "seed")]
    seeds: Option<String>,
    /// What runs may reach, as in share>=0.95: the table of runs says where, and at what cost (again for
    /// more)
    #[arg(long, value_name = "TARGET")]
    target: Vec<String>,
    /// Runs at a time [default: the cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=THREADS_MAX))]
    jobs: Option<u16>,
    /// Threads of each run [default: the cores that jobs leave]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=THREADS_MAX))]
    threads: Option<u16>,
    /// Work on a part of the runs, as one process of several: 2/3 is the second of three
    #[arg(long, value_name = "PART", default_value_t = Shard::WHOLE, hide_default_value = true)]
    shard: Shard,
    /// Where to write
    #[arg(
        long,
        value_name = "DIR",
        help = "The sweep's directory [default: sweeps/<problem>-<algorithm>-<digest>]"
    )]
    out: Option<PathBuf>,
    /// Say what would run and what it would cost, and run nothing
    #[arg(long)]
    dry_run: bool,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Subcommand)]
enum Below {
    Status(status::Arguments),
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    if let Some(Below::Status(arguments)) = &arguments.command {
        return status::main(arguments);
    }
    let asked = plan::Asked {
        seed: arguments.source.seed(),
        grid_option: "--grid",
        grid: &arguments.grid,
        zip: &arguments.zip,
        seeds: arguments.seeds.as_deref(),
        targets: &arguments.target,
    };
    let Some(plan) = plan::plan(&arguments.source, &asked, registry) else { return BAD_INPUT };
    let place = arguments.out.clone().unwrap_or_else(|| plan.default_directory());
    let jobs = threads(arguments.jobs.map(usize::from));
    let each = arguments.threads.map_or_else(|| (threads(None) / jobs).max(1), usize::from);
    let next = screen::next;
    let work = Work { plan: &plan, place: &place, jobs, threads: each, shard: arguments.shard, next };
    if arguments.dry_run { work.announce_only() } else { work.run(arguments.quiet) }
}

impl Work<'_> {
    pub(super) fn announce_only(&self) -> u8 {
        let there = SweepDirectory::is_there(self.place);
        let directory = there.then(|| SweepDirectory::open_of(self.place, self.plan)).transpose();
        match directory {
            Ok(directory) => say(&self.announced(directory.as_ref())),
            Err(error) => refused(&error),
        }
    }

    pub(super) fn run(&self, quiet: bool) -> u8 {
        listening().map_or_else(|code| code, |interrupt| self.run_under(&interrupt, quiet))
    }

    /// The same for who works on several sweeps, one after the other.
    pub(super) fn run_under(&self, interrupt: &Interrupt, quiet: bool) -> u8 {
        let directory = match SweepDirectory::claim(self.place, self.plan, self.shard) {
            Ok(directory) => directory,
            Err(error) => return refused(&error),
        };
        mistake::ends(&interrupt.stop);
        if !directory.is_exclusive() {
            remark(
                "  ⚠ the file system of the sweep has no locks: make sure that no other process works on it\n",
            );
        }
        if !quiet {
            remark(&self.announced(Some(&directory)));
        }
        let stalls = Arc::new(Stalls::default());
        let at = self.place.to_path_buf();
        interrupt.during_run(&stalls, move |code| {
            (
                code,
                complaint(
                    "interrupted while values were computed; the last checkpoints stand",
                    Some(&screen::again(&at)),
                ),
            )
        });
        let options = Options {
            jobs: self.jobs,
            threads: self.threads,
            shard: self.shard,
            stop: Arc::clone(&interrupt.stop),
            stalls,
            program: VERSION.to_owned(),
            remark: |text| remark(&format!("  ⚠ {text}\n")),
        };
        let to_do = self.to_do(Some(&directory));
        let watcher: Arc<dyn Watcher> =
            if quiet { Arc::new(Unwatched) } else { progress::watcher(self.plan, &to_do) };
        let ends = run(self.plan, &directory, &options, &watcher);
        drop(watcher);
        interrupt.break_off(|code| (code, String::new()));
        self.tell(&directory, &ends, interrupt, quiet)
    }

    /// The cells of the shard that have not ended.
    fn to_do(&self, directory: Option<&SweepDirectory>) -> Vec<Cell> {
        let standing = directory.map(SweepDirectory::cells);
        let ended =
            |cell: &Cell| standing.as_ref().is_some_and(|cells| cells[cell.number].standing.has_ended());
        let ours = self.plan.cells().into_iter().filter(|cell| self.shard.has(cell.number));
        ours.filter(|cell| !ended(cell)).collect()
    }

    /// What there is to do, and what it will take.
    fn announced(&self, directory: Option<&SweepDirectory>) -> String {
        let to_do = self.to_do(directory);
        let cost = Cost::of(self.plan, &to_do);
        // One of middle size stands for all.
        let mut by_size: Vec<&Cell> = to_do.iter().collect();
        by_size.sort_by_key(|cell| self.plan.arms[cell.arm].env_steps);
        let measured = by_size.get(by_size.len() / 2);
        let rate = measured.and_then(|cell| Rate::measure(self.plan, cell, self.threads).ok().flatten());
        screen::announced(self, &cost, rate)
    }

    /// Says how it has ended; the exit code.
    fn tell(
        &self,
        directory: &SweepDirectory,
        ends: &[(Cell, CellEnd)],
        interrupt: &Interrupt,
        quiet: bool,
    ) -> u8 {
        let cells = directory.cells();
        let complete = |(number, _): &(usize, _)| self.shard.has(*number);
        let ours = cells.iter().enumerate().filter(complete);
        let all = ours.clone().all(|(_, cell)| cell.standing == Standing::Complete);
        let tables = directory.write_tables();
        if !quiet || !all {
            remark(&screen::ended(self, &cells, ends, interrupt.asked()));
        }
        match tables {
            Ok(Some(_)) if !quiet => remark(&(self.next)(self)),
            Ok(_) => {}
            Err(error) => return refused(&error).max(FAILED),
        }
        match all {
            true => FINE,
            false if interrupt.asked() => interrupt.code(),
            false => FAILED,
        }
    }
}

/// Takes the signals over. What is wrong has been said when it cannot.
pub(super) fn listening() -> Result<Interrupt, u8> {
    Interrupt::listen().map_err(|error| {
        let error = RunError::Thread(error);
        complain(&error.to_string(), error.help().as_deref());
        FAILED
    })
}

/// Nobody looks.
struct Unwatched;

impl Watcher for Unwatched {}

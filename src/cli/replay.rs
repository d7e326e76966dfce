//! `dpac replay`.

use super::console::{BAD_INPUT, FAILED, FINE, INCOMPLETE, complain, remark, say, say_json};
use super::load::{THREADS_MAX, threads};
use super::numbers::grouped;
use super::trace::range;
use crate::algorithm::Registry;
use crate::experiment::{HeadError, ReplayError, ReplayOptions, Rerun, divergence};
use crate::visible::shown;
use clap::{Args, ValueEnum};
use dpac_actors::Address;
use dpac_actors::host::Placement;
use dpac_actors::host::{RoleError, RoleReplay};
use dpac_actors::trace::Verdict;
use serde_json::json;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Run a recorded run again and compare every message
#[derive(Args)]
#[command(after_help = "Examples:\n  dpac replay run.dpt\n  dpac replay run.dpt --threads 1 --json\n  \
                  dpac replay run.dpt --role server\n  dpac replay run.dpt --role critic:17\n\n\
                  The trace holds configuration and inputs: nothing else is read. One role alone needs a trace of level full.\n\n\
                  Exit codes: 0 the same, 1 different, 2 usage or unreadable, 3 the same as far as the trace goes.")]
pub(super) struct Arguments {
    /// A trace that `dpac run --trace` has written
    #[arg(value_name = "TRACE")]
    trace: PathBuf,
    /// One role alone: server, client:M, critic:M or actor:M
    #[arg(long, value_name = "ROLE", value_parser = role)]
    role: Option<Address>,
    /// Threads that compute [default: the cores]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=THREADS_MAX), conflicts_with = "role")]
    threads: Option<u16>,
    /// Whether one actor per thread owns many clients, or every role is an actor of its own
    #[arg(long, default_value = "shard", conflicts_with = "role")]
    placement: Where,
    /// Compare these outer rounds, as in 3..5: the run ends with the last of them, and begins at the last
    /// snapshot before the first of them, which a trace of level full has, else at its beginning
    #[arg(long, value_name = "ROUNDS", value_parser = range, conflicts_with = "role")]
    rounds: Option<RangeInclusive<u32>>,
    /// Also a run whose vectors have more than a million components together, of which the trace holds none:
    /// it takes memory out of proportion to the trace
    #[arg(long)]
    large: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Where {
    Shard,
    Role,
}

/// A role as people write it.
pub(super) fn role(text: &str) -> Result<Address, String> {
    let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is no client's number"));
    match text.split_once(':') {
        None if text == "server" => Ok(Address::Server),
        Some(("client", m)) => number(m).map(Address::Client),
        Some(("critic", m)) => number(m).map(Address::Critic),
        Some(("actor", m)) => number(m).map(Address::Actor),
        _ => Err("a role is server, client:M, critic:M or actor:M".to_owned()),
    }
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    let found = match arguments.role {
        Some(role) => one(arguments, registry, role),
        None => whole(arguments, registry),
    };
    found.unwrap_or_else(|error| {
        let help = match &error {
            ReplayError::Head(HeadError::Resolve(error)) => error.help.as_deref(),
            ReplayError::Head(HeadError::Algorithm(_)) => Some(OF_ANOTHER_PROGRAM),
            ReplayError::Trace { .. } => Some("`dpac trace doctor` looks beyond damage"),
            ReplayError::Role(RoleError::Level(_)) => Some("record with --trace-level full"),
            ReplayError::Role(RoleError::NotKept(_)) => {
                Some("--trace-clients names the clients that are kept")
            }
            _ => None,
        };
        complain(&error.to_string(), help);
        if matches!(error, ReplayError::Fault(_)) { FAILED } else { BAD_INPUT }
    })
}

/// Who can run an algorithm again that this program does not have.
const OF_ANOTHER_PROGRAM: &str =
    "the program that has recorded it has the algorithm: run it again with that one";

fn whole(arguments: &Arguments, registry: Registry) -> Result<u8, ReplayError> {
    let path = &arguments.trace;
    let options = ReplayOptions {
        threads: threads(arguments.threads.map(usize::from)),
        placement: match arguments.placement {
            Where::Shard => Placement::Shard,
            Where::Role => Placement::Role,
        },
        from: arguments.rounds.as_ref().map_or(0, |rounds| *rounds.start()),
        until: arguments.rounds.as_ref().map(|rounds| *rounds.end()),
        large: arguments.large,
        plant: None,
    };
    let rerun = Rerun::open(path, registry, options.large)?;
    announce(&rerun, options.until);
    let replayed = rerun.whole(options)?;
    let code = match replayed.verdict {
        Verdict::Same => FINE,
        Verdict::SameSoFar => INCOMPLETE,
        Verdict::Differs(_) => FAILED,
    };
    let said = if arguments.json {
        say_json(&divergence::as_json(&replayed, path))
    } else {
        say(&format!("{}\n{}", shown(path), indented(&divergence::text(&replayed, path))))
    };
    Ok(said.max(code))
}

/// Environment steps, or messages, from which on one wants to know what one waits for.
const MANY: u64 = 1_000_000_000;

/// Says what is about to be run, where that is much: a trace may be small and what it asks for large.
fn announce(rerun: &Rerun, until: Option<u32>) {
    let resolved = rerun.resolved();
    let (counts, clients) = (&resolved.closed_form, u64::from(rerun.head().clients));
    let steps = counts.env_steps_per_client.saturating_mul(clients);
    if steps.max(counts.up.messages) < MANY {
        return;
    }
    let rounds = match until {
        Some(last) => format!("rounds up to {last} of a run"),
        None => "a run".to_owned(),
    };
    remark(&format!(
        "  replaying {rounds} of {}, M = {}, with {} environment steps and {} messages up in all; Ctrl-C ends it\n",
        resolved.algorithm.name(),
        grouped(clients),
        grouped(steps),
        grouped(counts.up.messages),
    ));
}

fn one(arguments: &Arguments, registry: Registry, role: Address) -> Result<u8, ReplayError> {
    let (path, json) = (&arguments.trace, arguments.json);
    let rerun = Rerun::open(path, registry, arguments.large)?;
    announce(&rerun, None);
    let head = rerun.head().clone();
    let RoleReplay { received, sent, difference, deliveries, complete } = rerun.role(role)?;
    let code = match (&difference, complete) {
        (Some(_), _) => FAILED,
        (None, true) => FINE,
        (None, false) => INCOMPLETE,
    };
    let said = if json {
        let difference = difference.as_ref().map(|it| divergence::difference_as_json(it, &head));
        let deliveries: Vec<_> = deliveries.iter().map(|it| divergence::header_as_json(it, &head)).collect();
        let verdict = match code {
            FINE => "same",
            INCOMPLETE => "same-so-far",
            _ => "differs",
        };
        say_json(&json!({
            "verdict": verdict, "role": role.to_string(), "received": received, "sent": sent,
            "message": difference, "deliveries": deliveries,
        }))
    } else {
        let verdict = match &difference {
            None if complete => "  the same\n".to_owned(),
            None => "  the same so far; the trace is not whole\n".to_owned(),
            Some(difference) => difference.words(&head),
        };
        say(&format!("{} · {role}: {received} messages received, {sent} sent\n{verdict}", shown(path)))
    };
    Ok(said.max(code))
}

/// Lines of the report are indented already; a verdict in one line is not.
fn indented(text: &str) -> String {
    if text.starts_with("  ") { text.to_owned() } else { format!("  {text}") }
}

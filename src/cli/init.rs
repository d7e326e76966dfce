//! `dpac init`.

use super::console::{BAD_INPUT, complain, remark, say};
use super::given::{Given, given};
use super::load::{complain_of_loading, draw_errors};
use super::writing::complain_of_writing;
use crate::algorithm::Registry;
use crate::config::{Config, Features, Loaded, ProblemSource, schema_json};
use crate::experiment::{Files, Prepared};
use crate::files::{NewFile, WriteError, write_file};
use crate::visible::{program, shown};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Write a configuration to begin with: every key with its default, explained
#[derive(Args)]
#[command(after_help = "Examples:\n  dpac init\n  dpac init toggle.toml --problem toggle\n  \
                        dpac init mine.toml --problem my.POMDP\n\n\
                        Beside it stands schema.json, by which editors complete and check keys; one that is there already is left as it is.")]
pub(super) struct Arguments {
    /// The configuration; nothing that exists is replaced
    #[arg(value_name = "FILE", default_value = "dpac.toml")]
    file: PathBuf,
    /// The problem: a built-in one, or a problem file (.POMDP)
    #[arg(long, value_name = "NAME", default_value = "tiger")]
    problem: PathBuf,
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    let Arguments { file, problem } = arguments;
    // Where the file cannot be had, that is said first.
    let mut new = match NewFile::begin(file, false, &[]) {
        Ok(new) => new,
        Err(error) => return complain_of_writing(&error),
    };
    let loaded = match given(problem) {
        Ok(Given::Builtin(entry)) => Loaded::of_builtin("the defaults", entry),
        Ok(Given::Problem(_)) => Ok(Loaded::of_problem("the defaults", problem)),
        Ok(Given::Configuration(_)) => {
            complain(&format!("{} is a configuration, not a problem", shown(problem)), None);
            return BAD_INPUT;
        }
        Err(refusal) => {
            refusal.complain(problem);
            return BAD_INPUT;
        }
    };
    let Ok(loaded) = loaded.map_err(|errors| draw_errors(&errors)) else { return BAD_INPUT };
    let resolved = match Prepared::load(loaded, registry, &Files::named()) {
        Ok(Prepared { resolved, .. }) => resolved,
        Err(error) => {
            complain_of_loading(&error);
            return BAD_INPUT;
        }
    };
    let Some(source) = source_line(&resolved.config, file) else {
        complain(&format!("{} is not UTF-8, which a configuration is", shown(problem)), None);
        return BAD_INPUT;
    };
    let text = text(&resolved.config, &source, resolved.gamma, file);
    let written = new.file().write_all(text.as_bytes());
    let io = |error| WriteError::Io { path: file.clone(), error };
    if let Err(error) = written.map_err(io).and_then(|()| new.place()) {
        return complain_of_writing(&error);
    }
    let beside = file.with_file_name("schema.json");
    if let Err(error) = add_schema(&beside, &schema_json(&registry.words())) {
        return complain_of_writing(&error);
    }
    let (file, beside, program) = (shown(file), shown(&beside), program());
    say(&format!(
        "  written  {file}, with {beside} for editors\n  next     {program} run {file}\n           {program} plan {file}\n"
    ))
}

/// Writes the schema, unless there is one.
fn add_schema(path: &Path, schema: &str) -> Result<(), WriteError> {
    if !path.exists() {
        return write_file(path, false, &[], schema.as_bytes());
    }
    if !std::fs::read(path).is_ok_and(|there| there == schema.as_bytes()) {
        let path = shown(path);
        remark(&format!(
            "  ⚠ {path} is left as it is, and is not this version's: `{} schema` prints that\n",
            program()
        ));
    }
    Ok(())
}

/// The key that names the problem; paths of a configuration are relative to its folder.
fn source_line(config: &Config, file: &Path) -> Option<String> {
    match &config.problem.source {
        ProblemSource::Builtin { name, .. } => Some(format!("builtin = \"{name}\"")),
        ProblemSource::File(path) => {
            let beside = file.parent().is_none_or(|folder| folder.as_os_str().is_empty());
            let path = if beside { path.clone() } else { std::path::absolute(path).ok()? };
            Some(format!("file = {}", toml_edit::Value::from(path.to_str()?)))
        }
    }
}

/// Features as an inline table: their values are words, numbers and booleans, which TOML writes as JSON does.
fn inline(features: Features) -> String {
    let keys = serde_json::to_value(features).unwrap_or_default();
    let keys = keys.as_object().into_iter().flatten().map(|(key, value)| format!("{key} = {value}"));
    format!("{{ {} }}", keys.collect::<Vec<_>>().join(", "))
}

/// The configuration's text.
fn text(config: &Config, source: &str, gamma: f64, file: &Path) -> String {
    let size = |size: Option<u32>| size.unwrap_or_default();
    let (critic, actor) = (&config.critic, &config.actor);
    beside(&format!(
        "#:schema ./schema.json
#
# `{program} run {file}` runs it, `{program} plan {file}` says what that would cost.
# Every key may be left out: these are the defaults. `--set KEY=VALUE` changes one for a
# single run, as in --set federation.clients=64. Letters are those of the paper.

algorithm = \"{algorithm}\"
|`{program} algorithms` lists the others
seed = {seed}
|every random number comes from it

[problem]
{source}
|`{program} problems` lists built-in ones; or file = \"my.POMDP\"
horizon = {horizon}
|H: actions of one trajectory
# discount = {gamma}
|γ: without this key the problem's own

# The clients, and what is sent to them.
[federation]
clients = {clients}
|M
lean = {lean}
|true leaves out messages that no client needs

# Policy evaluation, once in every outer round.
[critic]
rounds = {r_e}
|R_e: critic rounds of one evaluation
local_steps = {k_e}
|K_e: TD steps of a client in a critic round, a trajectory each
features = {critic_features}
|φ: what Q̂ is linear in
alpha = \"auto\"
|α: step size of a TD step
eta = \"auto\"
|η of the critic: the server's step towards the clients' mean
init = \"warm\"
|an evaluation starts where the last one ended; \"zero\": at 0
average_from = \"auto\"
|R_0: first critic round that enters the averaged result

# Policy improvement.
[actor]
rounds = {r}
|R: outer rounds, each a step of the policy
local_steps = {k}
|K: regression steps of a client in a round, a trajectory each
sync_interval = {i}
|I: local steps between two barriers
target = \"q\"
|what ω is regressed on; or \"advantage\", \"compatible\"
features = {actor_features}
|ξ: what the policy's logits are linear in
zeta = \"auto\"
|ζ: step size of a regression step
eta = \"auto\"
|η of the policy: θ ← θ + η ω

[output]
evaluate_every = {every}
|rounds between two evaluations of the policy; 0: only at the end
keep_policies = \"all\"
|θ of every round; or \"last\", \"none\"
",
        program = program(),
        file = shown(Path::new(file.file_name().unwrap_or_default())),
        algorithm = config.algorithm.name,
        seed = config.seed,
        horizon = config.problem.horizon,
        clients = config.federation.clients,
        lean = config.federation.lean,
        r_e = size(critic.rounds),
        k_e = size(critic.local_steps),
        critic_features = inline(critic.features),
        r = size(actor.rounds),
        k = size(actor.local_steps),
        i = size(actor.sync_interval),
        actor_features = inline(actor.features),
        every = config.output.evaluate_every,
    ))
}

/// The column at which remarks begin.
const COLUMN: usize = 34;

/// Lines that begin with a bar as remarks on the line before.
fn beside(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix('|'), lines.last_mut()) {
            (Some(remark), Some(key)) => {
                let gap = COLUMN.saturating_sub(key.chars().count()).max(1);
                *key = format!("{key}{}# {remark}", " ".repeat(gap));
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

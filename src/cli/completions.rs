//! `dpac completions`: scripts that know, besides commands and options, what there is to name: built-in
//! problems, algorithms, and keys of configurations.

use super::console::say;
use crate::algorithm::{Entry, Registry};
use crate::config::key_words;
use crate::pomdp::builtin;
use crate::visible::program;
use clap::Args;
use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

/// Print shell completions
#[derive(Args)]
#[command(after_help = "Example:\n  dpac completions bash > /etc/bash_completion.d/dpac")]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn main(arguments: &Arguments, registry: Registry, command: clap::Command) -> u8 {
    say(&script(arguments.shell, command, &Names::of(registry)))
}

/// What people name on a command line, as scripts list it.
struct Names {
    problems: Vec<&'static str>,
    algorithms: Vec<&'static str>,
    /// `critic.rounds=`, and with the words that a key has: `actor.target=q`.
    settings: Vec<&'static str>,
    /// `critic.rounds`.
    keys: Vec<&'static str>,
}

impl Names {
    fn of(registry: Registry) -> Self {
        let words = key_words(&registry.words());
        let mut settings = Vec::new();
        for (key, words) in &words {
            settings.push(&*format!("{key}=").leak());
            settings.extend(words.iter().map(|word| &*format!("{key}={word}").leak()));
        }
        Names {
            problems: builtin::names().collect(),
            algorithms: registry.entries().map(Entry::name).collect(),
            settings,
            keys: words.into_iter().map(|(key, _)| &*key.leak()).collect(),
        }
    }
}

fn script(shell: Shell, command: clap::Command, names: &Names) -> String {
    let mut command = knowing(command, names);
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, program(), &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        Shell::Bash => in_bash(&script),
        Shell::Zsh => in_zsh(&script, names),
        _ => script,
    }
}

/// The command, for a script alone, with names as the values that arguments can have. The command that reads
/// the command line does not have them: there a file or a value is as good.
fn knowing(mut command: clap::Command, names: &Names) -> clap::Command {
    let of_algorithms = command.get_name() == "algorithms";
    let with = |values: &[&'static str]| PossibleValuesParser::new(values.to_vec());
    command = command.mut_args(|argument| match argument.get_id().as_str() {
        "config" | "problem" | "files" => argument.value_parser(with(&names.problems)),
        "name" if of_algorithms => argument.value_parser(with(&names.algorithms)),
        "name" => argument.value_parser(with(&names.problems)),
        "set" | "grid" | "zip" => argument.value_parser(with(&names.settings)),
        "unset" => argument.value_parser(with(&names.keys)),
        _ => argument,
    });
    let below: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    below
        .into_iter()
        .fold(command, |command, name| command.mut_subcommand(name, |below| knowing(below, names)))
}

/// Behind `key=` a value follows at once. Files need nothing: the script falls back to them.
fn in_bash(script: &str) -> String {
    ["set", "grid", "zip"].iter().fold(script.to_owned(), |script, option| {
        let case = format!("--{option})\n");
        script.replace(&case, &format!("{case}                    compopt -o nospace 2>/dev/null\n"))
    })
}

/// Where a list of names stands alone, a name of a file is as good; and behind `key=` a value follows at
/// once.
fn in_zsh(script: &str, names: &Names) -> String {
    let (problems, settings) = (names.problems.join(" "), names.settings.join(" "));
    script
        .replace(&format!(":({problems})"), &format!(":{{compadd -- {problems}; _files}}"))
        .replace(&format!(":({settings})"), &format!(":{{compadd -S \"\" -- {settings}}}"))
}

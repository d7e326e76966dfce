//! `dpac algorithms`.

use super::console::{BAD_INPUT, complain, say, say_json};
use super::formulas::in_letters;
use crate::algorithm::{Critic, Entry, Registry, Role};
use crate::config::algorithm::SHARED;
use crate::config::{Key, Takes, nearest};
use crate::visible::{program, visible};
use clap::Args;
use serde_json::{Value as Json, json};
use std::fmt::Write;
use textwrap::Options;

/// List the algorithms, or say of one what it reads and sends
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac algorithms\n  dpac algorithms dptd\n  dpac algorithms dpac --json\n\n\
                        In a configuration, by name, or with keys of its own:\n  \
                        algorithm = \"dptd\""
)]
pub(super) struct Arguments {
    /// The algorithm (default: a list of all)
    name: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    let Some(name) = &arguments.name else {
        return if arguments.json {
            say_json(&Json::from(registry.entries().map(as_json).collect::<Vec<_>>()))
        } else {
            let (list, program) = (as_list(registry), program());
            say(&format!("{list}\n`{program} algorithms NAME` says what one reads and sends.\n"))
        };
    };
    let Some(entry) = registry.find(name) else {
        let names: Vec<&str> = registry.entries().map(Entry::name).collect();
        let help = match nearest(name, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", names.join(", ")),
        };
        complain(&format!("no algorithm is called {}", visible(name)), Some(&help));
        return BAD_INPUT;
    };
    if arguments.json { say_json(&as_json(entry)) } else { say(&as_text(entry, registry)) }
}

/// Every algorithm's name and summary; behind those that are not of `dpac`, whose they are.
fn as_list(registry: Registry) -> String {
    let width = registry.entries().map(|entry| entry.name().len()).max().unwrap_or_default() + 2;
    let one = |entry: &Entry| {
        let package = format!(" (package {})", entry.package);
        let whose = if registry.is_own(entry) { package.as_str() } else { "" };
        wrapped(&format!("{:<width$}", entry.name()), &format!("{}{whose}", entry.words.summary))
    };
    registry.entries().map(one).collect()
}

/// Behind a label, on as many lines as it takes.
fn wrapped(label: &str, text: &str) -> String {
    let indent = " ".repeat(label.chars().count());
    let options = Options::new(80).initial_indent(label).subsequent_indent(&indent);
    textwrap::fill(text, options) + "\n"
}

fn as_text(entry: &Entry, registry: Registry) -> String {
    let mut text = format!("{}\n", entry.name());
    text += &wrapped("  ", entry.words.summary);
    text += &wrapped("  source   ", entry.source);
    if registry.is_own(entry) {
        text += &wrapped("  package  ", entry.package);
    }
    text += &wrapped("  role     ", &role(entry));
    for (i, key) in entry.words.keys.iter().enumerate() {
        let label = if i == 0 { "  own keys " } else { "           " };
        text += &wrapped(label, &format!("{}: {} ({})", key.name, key.meaning, takes(key)));
    }
    text += &wrapped("  reads    ", &reads(entry).join(", "));
    let (protocol, lean) = (entry.usual_protocol(false), entry.usual_protocol(true));
    let _ = write!(text, "\n{}", in_letters(&protocol));
    let letters: Vec<String> =
        entry.letters.iter().map(|(letter, key)| format!("{} = {}", letter.symbol, key.name)).collect();
    if !letters.is_empty() {
        let _ = writeln!(text, "  {}", letters.join(", "));
    }
    if entry.words.reads("federation.lean") {
        let (up, down) = (lean.formulas().up, lean.formulas().down);
        let _ = writeln!(text, "  lean: {} floats up, {} down", up.floats, down.floats);
    }
    let _ = write!(text, "\n  its messages, as a diagram for Mermaid\n\n{}", indented(&protocol.diagram()));
    text
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut indented, line| {
        let _ = writeln!(indented, "    {line}");
        indented
    })
}

fn role(entry: &Entry) -> String {
    let critic = match entry.critic {
        Critic::Learned => "learns its critic",
        Critic::Network { .. } => "learns a network as its critic",
        Critic::Exact => "takes the exact critic",
        Critic::None => "samples returns",
    };
    match entry.role {
        Role::Evaluates => format!("evaluates one policy, the key `policy`, and {critic}"),
        Role::Improves => format!("improves a policy, and {critic}"),
    }
}

/// What a key's values are.
fn takes(key: &Key) -> String {
    let by_default = |default: Option<String>| match default {
        Some(default) => format!(", by default {default}"),
        None => String::new(),
    };
    match key.takes {
        Takes::Integer { least, most, default } => {
            format!("an integer from {least} to {most}{}", by_default(default.map(|value| value.to_string())))
        }
        Takes::Positive { default } => {
            format!("a number above 0{}", by_default(default.map(|value| value.to_string())))
        }
        Takes::Share { default } => {
            format!("a number above 0, at most 1{}", by_default(default.map(|value| value.to_string())))
        }
        Takes::Words { words } => {
            let words: Vec<String> =
                words.iter().map(|(word, meaning)| format!("\"{word}\": {meaning}")).collect();
            format!("{}; by default the first", words.join("; "))
        }
    }
}

/// The shared keys that it reads, a table that it reads whole by its name.
fn reads(entry: &Entry) -> Vec<String> {
    let known = entry.words.reads.iter();
    let of = |top: &str| -> Vec<String> {
        let inside = format!("{top}.");
        known
            .clone()
            .filter(|key| **key == top || key.starts_with(&inside))
            .map(|key| (*key).to_owned())
            .collect()
    };
    SHARED.iter().flat_map(|top| of(top)).collect()
}

fn as_json(entry: &Entry) -> Json {
    let (protocol, lean) = (entry.usual_protocol(false), entry.usual_protocol(true));
    json!({
        "name": entry.name(),
        "package": entry.package,
        "summary": entry.words.summary,
        "source": entry.source,
        "role": match entry.role {
            Role::Evaluates => "evaluates",
            Role::Improves => "improves",
        },
        "critic": match entry.critic {
            Critic::Learned => "learned",
            Critic::Network { .. } => "network",
            Critic::Exact => "exact",
            Critic::None => "none",
        },
        "keys": entry.words.keys.iter().map(key_as_json).collect::<Vec<_>>(),
        "reads": reads(entry),
        "formulas": protocol.formulas(),
        "formulas_lean": entry.words.reads("federation.lean").then(|| lean.formulas()),
        "diagram": protocol.diagram(),
    })
}

fn key_as_json(key: &Key) -> Json {
    let mut value = json!({ "name": key.name, "meaning": key.meaning });
    let about = match key.takes {
        Takes::Integer { least, most, default } => {
            json!({ "type": "integer", "minimum": least, "maximum": most, "default": default })
        }
        Takes::Positive { default } => json!({ "type": "number", "exclusiveMinimum": 0, "default": default }),
        Takes::Share { default } => {
            json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": default })
        }
        Takes::Words { words } => json!({
            "type": "string",
            "words": words.iter().map(|(word, _)| word).collect::<Vec<_>>(),
            "default": words.first().map(|(word, _)| word),
        }),
    };
    if let (Json::Object(value), Json::Object(about)) = (&mut value, about) {
        value.extend(about);
    }
    value
}

//! `dpac problems`.

use super::console::{BAD_INPUT, complain, say, say_json};
use super::screen::sizes_of_problem as sizes;
use crate::config::nearest;
use crate::pomdp::builtin::{self, ALWAYS_EXACT, Entry, Parameter, Range};
use crate::visible::visible;
use clap::Args;
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// List the built-in problems with their parameters, or show one
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac problems\n  dpac problems tiger\n  dpac problems --json\n\nIn a configuration, where split and clients go with any problem:\n  \
                  [problem]\n  builtin = \"tiger\"\n  parameters = { accuracy = 0.7 }\n  \
                  split = 8  # copies of each observation\n  \
                  clients = { rewards = 0.1, transitions = 0.1, sensors = 0.1 }  # that differ"
)]
pub(super) struct Arguments {
    /// The problem (default: a list of all)
    name: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    if let Some(name) = &arguments.name {
        return one(name, arguments.json);
    }
    let entries = builtin::entries().iter();
    if arguments.json {
        say_json(&Json::from(entries.map(as_json).collect::<Vec<_>>()))
    } else {
        let list = entries.map(as_text).collect::<Vec<_>>().join("\n");
        say(&format!(
            "{list}\nOf all with finitely many observations these features are exact: {ALWAYS_EXACT}.\n"
        ))
    }
}

fn one(name: &str, json: bool) -> u8 {
    let Some(entry) = builtin::find(name) else {
        let names: Vec<&str> = builtin::names().collect();
        let help = match nearest(name, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", names.join(", ")),
        };
        complain(&format!("no built-in problem is called {}", visible(name)), Some(&help));
        return BAD_INPUT;
    };
    if json { say_json(&as_json(entry)) } else { say(&as_text(entry)) }
}

fn as_json(entry: &Entry) -> Json {
    let definition = builtin::definition(entry.name).expect("a listed problem");
    let model = definition.hidden();
    json!({
        "name": entry.name,
        "summary": entry.summary,
        "source": entry.source,
        "parameters": entry.parameters.iter().map(parameter_as_json).collect::<Vec<_>>(),
        "optimum": entry.optimum,
        "exact": entry.exact,
        "by_default": {
            "states": model.states(),
            "actions": model.actions(),
            "observations": definition.observations(),
            "first_observations": model.first_observations(),
            "discount": model.discount(),
        },
    })
}

fn parameter_as_json(parameter: &Parameter) -> Json {
    let Parameter { name, default, range, meaning } = *parameter;
    let (kind, default, least, most) = match range {
        Range::Integer(least, most) => ("integer", json!(default as u64), json!(least), json!(most)),
        Range::Real(least, most) => ("number", json!(default), json!(least), json!(most)),
    };
    json!({
        "name": name, "type": kind, "default": default, "minimum": least, "maximum": most, "meaning": meaning,
    })
}

fn as_text(entry: &Entry) -> String {
    let definition = builtin::definition(entry.name).expect("a listed problem");
    let model = definition.hidden();
    let sizes = sizes(model.states(), model.actions(), definition.observations());
    let mut text = format!("{}\n  {}\n", entry.name, entry.summary);
    // Writing into a string cannot fail.
    let _ = writeln!(text, "  by default {sizes}, γ = {}", model.discount());
    for Parameter { name, default, range, meaning } in entry.parameters {
        let _ = writeln!(text, "  {name} = {default}: {meaning} ({range})");
    }
    if let Some(optimum) = entry.optimum {
        let _ = writeln!(text, "  V*_H: {optimum}");
    }
    if let Some(exact) = entry.exact {
        let _ = writeln!(text, "  exact: {exact}");
    }
    let _ = writeln!(text, "  source: {}", entry.source);
    text
}

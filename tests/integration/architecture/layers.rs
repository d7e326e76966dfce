//! The picture and the sentences of ARCHITECTURE.md, as tables.

use super::arrows::Needs;

/// Each module and what it may need, the upper ones first. A crate's name alone stands for all of it; for
/// what stands in the root itself, see [`ROOT`].
pub(super) const LAYERS: [(&str, &[&str]); 42] = [
    ("main", &["dpac::cli"]),
    (
        "dpac::cli",
        &[
            "dpac::paper",
            "dpac::report",
            "dpac::plot",
            "dpac::tune",
            "dpac::sweep",
            "dpac::results",
            "dpac::experiment",
            "dpac::monitoring",
            "dpac::statistics",
            // Its entries.
            "dpac::algorithm",
            "dpac::diagnose",
            "dpac::config",
            "dpac::theory",
            "dpac::exact",
            "dpac::policy",
            "dpac::features",
            "dpac::pomdp",
            "dpac::files",
            "dpac::visible",
            "dpac_actors",
        ],
    ),
    (
        "dpac::paper",
        &[
            // Experiments that are sweeps, and their figures.
            "dpac::plot",
            "dpac::sweep",
            "dpac::results",
            "dpac::experiment",
            "dpac::statistics",
            "dpac::algorithm",
            "dpac::config",
            "dpac::theory",
            "dpac::exact",
            // Sizes of plans over all histories.
            "dpac::planning",
            "dpac::policy",
            "dpac::features",
            "dpac::pomdp",
            "dpac_actors",
        ],
    ),
    // From results to a page; of configurations what their keys mean.
    ("dpac::report", &["dpac::plot", "dpac::results", "dpac::statistics", "dpac::config", "dpac::visible"]),
    // From results to the bytes of a figure; of configurations the guess at which key was meant.
    ("dpac::plot", &["dpac::results", "dpac::statistics", "dpac::config"]),
    // From a sweep's results to a configuration.
    ("dpac::tune", &["dpac::sweep", "dpac::results", "dpac::statistics", "dpac::experiment", "dpac::config"]),
    (
        "dpac::sweep",
        &[
            // The tables of a sweep.
            "dpac::results",
            "dpac::experiment",
            // Which algorithms there are.
            "dpac::algorithm",
            "dpac::config",
            "dpac::files",
            "dpac::visible",
            // What is told of a run's rounds.
            "dpac_actors::host",
            "dpac_actors::message",
        ],
    ),
    // What runs have left, read: of the mathematics only what was counted, in `counts`.
    ("dpac::results", &["dpac::experiment", "dpac::theory", "dpac::files", "dpac::visible"]),
    (
        "dpac::experiment",
        &[
            "dpac::monitoring",
            "dpac::algorithm",
            "dpac::config",
            "dpac::theory",
            "dpac::exact",
            "dpac::policy",
            "dpac::features",
            "dpac::pomdp",
            "dpac::files",
            "dpac::visible",
            "dpac_actors",
        ],
    ),
    (
        "dpac::monitoring",
        &[
            "dpac::theory",
            // What the host tells an observer.
            "dpac_actors::host",
            "dpac_actors::roles",
            "dpac_actors::outcome",
            "dpac_actors::ports",
            "dpac_actors::ledger",
            "dpac_actors::fault",
            "dpac_actors::message",
        ],
    ),
    (
        "dpac::algorithm",
        &[
            "dpac::config",
            // How sizes follow from a budget, and the protocols' vocabulary; see [`witnesses_that_meet`].
            "dpac::theory",
            // What servers compute, and linear systems.
            "dpac::planning",
            "dpac::policy",
            "dpac::features",
            "dpac::pomdp",
            // The ports, and the words that they are written in.
            "dpac_actors::ports",
            "dpac_actors::ledger",
            "dpac_actors::state",
            "dpac_actors::fault",
            "dpac_actors::message",
            "dpac_actors::stream",
            "dpac_actors::reply",
            "dpac_actors::reducer",
        ],
    ),
    ("dpac::statistics", &["dpac_actors::stream"]),
    // Errors of configurations and of problems, drawn.
    ("dpac::diagnose", &["dpac::config", "dpac::pomdp", "dpac::visible"]),
    // Of policies how networks are told the step, and their limits.
    ("dpac::config", &["dpac::policy", "dpac::features", "dpac::pomdp", "dpac::files", "dpac::visible"]),
    ("dpac::theory", &["dpac::exact", "dpac::policy", "dpac::features", "dpac::pomdp"]),
    // What servers compute that know or learn a model.
    ("dpac::planning", &["dpac::exact", "dpac::features", "dpac::pomdp"]),
    ("dpac::exact", &["dpac::policy", "dpac::features", "dpac::pomdp"]),
    ("dpac::policy", &["dpac::features", "dpac::pomdp"]),
    ("dpac::features", &["dpac::pomdp"]),
    ("dpac::pomdp", &[]),
    ("dpac::files", &["dpac::visible"]),
    ("dpac::visible", &[]),
    (
        "dpac_actors::harness",
        &[
            "dpac_actors::host",
            "dpac_actors::roles",
            "dpac_actors::trace",
            "dpac_actors::snapshot",
            "dpac_actors::outcome",
            "dpac_actors::ports",
            "dpac_actors::ledger",
            "dpac_actors::fold",
            "dpac_actors::fault",
            "dpac_actors::codec",
            "dpac_actors::message",
        ],
    ),
    ("dpac_actors::bundle", &["dpac_actors::ports", "dpac_actors::message"]),
    (
        "dpac_actors::host",
        &[
            "dpac_actors::roles",
            "dpac_actors::wire",
            "dpac_actors::trace",
            "dpac_actors::snapshot",
            "dpac_actors::outcome",
            "dpac_actors::ports",
            "dpac_actors::reply",
            "dpac_actors::ledger",
            "dpac_actors::fold",
            "dpac_actors::fault",
            "dpac_actors::codec",
            "dpac_actors::plant",
            "dpac_actors::message",
            "dpac_actors::stream",
            "dpac_actors::reducer",
        ],
    ),
    (
        "dpac_actors::roles",
        &[
            "dpac_actors::trace",
            "dpac_actors::ports",
            "dpac_actors::reply",
            "dpac_actors::ledger",
            "dpac_actors::fold",
            "dpac_actors::state",
            "dpac_actors::fault",
            "dpac_actors::message",
            "dpac_actors::stream",
            "dpac_actors::reducer",
        ],
    ),
    (
        "dpac_actors::wire",
        &[
            "dpac_actors::trace",
            "dpac_actors::ledger",
            "dpac_actors::fault",
            "dpac_actors::codec",
            "dpac_actors::plant",
            "dpac_actors::message",
            "dpac_actors::touched",
        ],
    ),
    (
        "dpac_actors::trace",
        &[
            "dpac_actors::snapshot",
            "dpac_actors::outcome",
            "dpac_actors::ports",
            "dpac_actors::ledger",
            "dpac_actors::fold",
            "dpac_actors::fault",
            "dpac_actors::codec",
            "dpac_actors::message",
        ],
    ),
    (
        "dpac_actors::snapshot",
        &["dpac_actors::ports", "dpac_actors::ledger", "dpac_actors::codec", "dpac_actors::message"],
    ),
    ("dpac_actors::outcome", &["dpac_actors::ledger", "dpac_actors::fault", "dpac_actors::message"]),
    (
        "dpac_actors::ports",
        &[
            "dpac_actors::ledger",
            "dpac_actors::fault",
            "dpac_actors::message",
            "dpac_actors::stream",
            "dpac_actors::reply",
            "dpac_actors::state",
            "dpac_actors::reducer",
        ],
    ),
    ("dpac_actors::ledger", &["dpac_actors::message"]),
    (
        "dpac_actors::fold",
        &[
            "dpac_actors::fault",
            "dpac_actors::message",
            "dpac_actors::reply",
            "dpac_actors::reducer",
            "dpac_actors::touched",
        ],
    ),
    ("dpac_actors::reducer", &[]),
    ("dpac_actors::reply", &["dpac_actors::message", "dpac_actors::touched"]),
    ("dpac_actors::state", &["dpac_actors::fault"]),
    ("dpac_actors::fault", &["dpac_actors::codec", "dpac_actors::message"]),
    ("dpac_actors::codec", &["dpac_actors::message"]),
    ("dpac_actors::plant", &["dpac_actors::message"]),
    ("dpac_actors::message", &[]),
    ("dpac_actors::stream", &[]),
    ("dpac_actors::touched", &[]),
];

/// The version stands in the root, for all to name; nothing else does.
const ROOT: &str = "dpac";

/// Arrows that the table does not have, with the names that make them.
pub(super) fn outside_of_layers(needs: &Needs) -> Vec<String> {
    let mut found = Vec::new();
    for ((from, to), names) in &needs.modules {
        let names = || names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        if to == ROOT && names() == "VERSION" {
            continue;
        }
        // Whoever writes an algorithm elsewhere has the ports from the root, with the version that they are
        // of.
        if from == ROOT && to == "dpac_actors" && names() == "the module itself" {
            continue;
        }
        let (layer, other) = (layer_of(from), layer_of(to));
        if layer == other {
            continue;
        }
        match LAYERS.iter().find(|(name, _)| *name == layer) {
            None => {
                found.push(format!("{from} stands in no layer of the table, and needs {} of {to}", names()));
            }
            Some((_, allowed)) if allowed.iter().any(|allowed| lies_in(to, allowed)) => {}
            Some(_) => found.push(format!("{from} needs {} of {to}, which is not below {layer}", names())),
        }
    }
    found
}

/// Where what is sent and what should be are no longer two witnesses: a protocol knows letters, steps and the
/// keys of a configuration, and whatever else belongs to an algorithm knows of protocols only that there are
/// such.
pub(super) fn witnesses_that_meet(needs: &Needs) -> Vec<String> {
    let is_protocol = |path: &str| path.starts_with("dpac::algorithm::") && path.ends_with("::protocol");
    let mut found = Vec::new();
    for ((from, to), names) in &needs.modules {
        let of_theory = lies_in(to, "dpac::theory::protocol") || lies_in(to, "dpac::theory::counts");
        let meet = if is_protocol(from) {
            !of_theory && !is_protocol(to) && !lies_in(to, "dpac::config::algorithm")
        } else {
            let known = lies_in(to, "dpac::theory::protocol::letter")
                || to == "dpac::theory::protocol::step" && names.iter().all(|name| name == "Protocol");
            lies_in(from, "dpac::algorithm") && of_theory && !known
        };
        if meet {
            let names = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            found.push(format!(
                "{from} needs {names} of {to}: what is sent and what should be are two witnesses"
            ));
        }
    }
    found
}

/// The crate and the first module of a path; the root of the program is one module.
fn layer_of(path: &str) -> String {
    path.split("::").take(2).collect::<Vec<_>>().join("::")
}

fn lies_in(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// A sentence about what only some modules may do.
pub(super) struct Sentence {
    pub(super) says: &'static str,
    /// Modules that it is about; a module stands for all below it.
    about: &'static [&'static str],
    but_not: &'static [&'static str],
    /// Names of other crates; a name stands for all that it begins.
    forbids: &'static [&'static str],
}

pub(super) const SENTENCES: [Sentence; 6] = [
    Sentence {
        says: "the mathematics knows no actor, no thread and no clock",
        about: &[
            "dpac::pomdp",
            "dpac::features",
            "dpac::policy",
            "dpac::exact",
            "dpac::planning",
            "dpac::theory",
            "dpac::config",
            "dpac::algorithm",
            "dpac::statistics",
        ],
        but_not: &[],
        forbids: &["actix", "tokio", "crossbeam_channel", "std::thread", "std::time", "std::sync::mpsc"],
    },
    Sentence {
        says: "the mathematics opens no file",
        about: &[
            "dpac::pomdp",
            "dpac::features",
            "dpac::policy",
            "dpac::exact",
            "dpac::planning",
            "dpac::theory",
            "dpac::algorithm",
            "dpac::statistics",
        ],
        but_not: &[],
        forbids: &["std::fs", "std::net", "std::env::var", "std::process"],
    },
    Sentence {
        says: "roles, ports, wire and ledger know no thread, no clock and no actix",
        about: &["dpac_actors"],
        but_not: &["dpac_actors::harness", "dpac_actors::host", "dpac_actors::trace"],
        forbids: &["actix", "tokio", "crossbeam_channel", "std::thread", "std::time", "std::fs"],
    },
    Sentence {
        says: "only the command line prints",
        about: &["dpac", "dpac_actors"],
        but_not: &["dpac::cli"],
        forbids: &[
            "print!",
            "println!",
            "eprint!",
            "eprintln!",
            "dbg!",
            "std::io::stdout",
            "std::io::stderr",
            "std::process::exit",
        ],
    },
    Sentence {
        says: "only the run directory and the sink of traces make, replace or remove files",
        about: &["dpac", "dpac_actors"],
        but_not: &[
            "dpac::experiment",
            "dpac::files",
            // Where the runs of a sweep are kept.
            "dpac::sweep::directory",
            "dpac_actors::trace::sinks",
            // It opens what is there, and makes nothing.
            "dpac_actors::trace::pipe",
            // The trace that only `--verify` needs goes away again, and the run that only a rate is
            // measured by.
            "dpac::cli::run",
            "dpac::sweep::cost",
        ],
        forbids: &[
            "std::fs::File::create",
            "std::fs::File::create_new",
            "std::fs::File::options",
            "std::fs::OpenOptions",
            "std::fs::copy",
            "std::fs::create_dir",
            "std::fs::create_dir_all",
            "std::fs::hard_link",
            "std::fs::remove_dir",
            "std::fs::remove_dir_all",
            "std::fs::remove_file",
            "std::fs::rename",
            "std::fs::set_permissions",
            "std::fs::write",
            "rustix",
            "tempfile",
        ],
    },
    Sentence {
        says: "one module knows by what calls operating systems differ",
        about: &["dpac", "dpac_actors"],
        but_not: &["dpac::files::platform", "dpac_actors::trace::pipe"],
        forbids: &["rustix", "std::os", "libc", "winapi", "windows_sys"],
    },
];

impl Sentence {
    /// Where it does not hold.
    pub(super) fn broken(&self, needs: &Needs) -> Vec<String> {
        let is_among = |module: &str, places: &[&str]| places.iter().any(|place| lies_in(module, place));
        let mut found = Vec::new();
        for (module, names) in &needs.outside {
            if is_among(module, self.about) && !is_among(module, self.but_not) {
                found.extend(
                    names
                        .iter()
                        .filter(|name| is_among(name, self.forbids))
                        .map(|name| format!("{module} names {name}")),
                );
            }
        }
        found
    }
}

#[test]
fn the_table_of_layers_points_downwards() {
    for (place, (module, allowed)) in LAYERS.iter().enumerate() {
        for below in *allowed {
            let is_below = LAYERS[place + 1..].iter().any(|(lower, _)| lies_in(lower, below));
            let is_above = LAYERS[..=place].iter().any(|(upper, _)| lies_in(upper, below));
            assert!(is_below && !is_above, "{module} may need {below}, which does not stand below it");
        }
    }
}

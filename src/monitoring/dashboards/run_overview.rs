//! *Run overview*: is it converging, how far has it come, when will it be done?

use super::model::{Dashboard, Panel, Row, Target, View, target};
use super::query::{last, max, of, rate, sum};
use crate::monitoring::table;

pub(crate) fn dashboard() -> Dashboard {
    Dashboard {
        name: "run-overview",
        title: "Run overview",
        description: "Is a run converging, how far has it come, and what has it cost?",
        rows: vec![run(), value(), against(), quality()],
    }
}

fn run() -> Row {
    let done = || max("", &last(&table::ROUNDS, ""));
    let planned = || max("", &last(&table::PLANNED_ROUNDS, ""));
    let speed = format!("max by (job, run) (deriv({}[$__range]))", of(&table::ROUNDS, ""));
    let status = max("status", &last(&table::STATUS, ""));
    Row {
        title: "Run",
        height: 4,
        panels: vec![
            Panel {
                title: "Status",
                description: "How the run stood when it was last heard of.",
                unit: "short",
                width: 4,
                view: View::Name,
                targets: vec![target("{{run}}: {{status}}", format!("{status} == 1"))],
            },
            Panel {
                title: "Rounds",
                description: "Outer rounds that are over, and of the whole run.",
                unit: "short",
                width: 4,
                view: View::Number,
                targets: vec![target("{{run}}: done", done()), target("{{run}}: planned", planned())],
            },
            Panel {
                title: "Progress",
                description: "Share of the planned rounds that are over.",
                unit: "percentunit",
                width: 4,
                view: View::Number,
                targets: vec![target("{{run}}", format!("{} / {}", done(), planned()))],
            },
            Panel {
                title: "Time left",
                description: "Rounds to come, at the mean speed in the range of time that is shown.",
                unit: "s",
                width: 4,
                view: View::Number,
                targets: vec![target("{{run}}", format!("({} - {}) / {speed}", planned(), done()))],
            },
            Panel {
                title: "Age of last barrier",
                description: "Time since a barrier last closed. Large while the status is running: the run may be stuck. \
                              Empty once the run is no longer scraped.",
                unit: "s",
                width: 4,
                view: View::Number,
                targets: vec![target(
                    "{{run}}",
                    format!("time() - {}", max("", &of(&table::LAST_BARRIER_TIMESTAMP, ""))),
                )],
            },
            Panel {
                title: "Rounds per second",
                description: "Outer rounds that end, per second.",
                unit: "cps",
                width: 4,
                view: View::Lines,
                targets: vec![target("{{run}}", sum("", &rate(&table::ROUNDS, "")))],
            },
            Panel {
                title: "What runs",
                description: "Algorithm, problem and program, as the run itself names them.",
                unit: "short",
                width: 24,
                view: View::Columns(vec!["short", "short", "short", "short"]),
                targets: vec![
                    target(
                        "",
                        max("algorithm, problem, horizon, seed, placement", &last(&table::RUN_INFO, "")),
                    ),
                    target("Clients", max("", &last(&table::CLIENTS, ""))),
                    target("Threads", max("", &last(&table::THREADS, ""))),
                    target("", max("version, revision, profile", &last(&table::BUILD_INFO, ""))),
                ],
            },
        ],
    }
}

fn policy(name: &str) -> String {
    max("", &of(&table::VALUE, &format!("policy=\"{name}\"")))
}

fn value() -> Row {
    Row {
        title: "Value of policies",
        height: 8,
        panels: vec![
            Panel {
                title: "Value",
                description: "Expected discounted return of the first, last and best policy and of the problem's optimum, in the \
                              problem's own units. A line is missing where the value is not known.",
                unit: "short",
                width: 16,
                view: View::Lines,
                targets: vec![target("{{run}} {{policy}}", max("policy", &of(&table::VALUE, "")))],
            },
            Panel {
                title: "Gap to the optimum",
                description: "What the last policy lacks to the optimum; nothing where the optimum is not known.",
                unit: "short",
                width: 8,
                view: View::Lines,
                targets: vec![target("{{run}}", format!("{} - {}", policy("optimum"), policy("last")))],
            },
        ],
    }
}

/// Values against something that the run has spent.
fn spent(title: &'static str, description: &'static str, unit: &'static str, x: Target) -> Panel {
    Panel {
        title,
        description,
        unit: "short",
        width: 12,
        view: View::Against(unit),
        targets: vec![
            x,
            target("Last", policy("last")),
            target("Best", policy("best")),
            target("Optimum", policy("optimum")),
        ],
    }
}

fn against() -> Row {
    Row {
        title: "Value against cost",
        height: 9,
        panels: vec![
            spent(
                "Value against rounds",
                "Values of policies against outer rounds that are over.",
                "short",
                target("Rounds", max("", &of(&table::ROUNDS, ""))),
            ),
            spent(
                "Value against bytes",
                "Values of policies against bytes of frames between clients and server, all clients together.",
                "bytes",
                target("Bytes on the wire", sum("", &of(&table::WIRE_BYTES, "link=\"wire\""))),
            ),
            spent(
                "Value against trajectories",
                "Values of policies against trajectories that all clients sampled.",
                "short",
                target("Trajectories", sum("", &of(&table::TRAJECTORIES, ""))),
            ),
            spent(
                "Value against environment steps",
                "Values of policies against environment steps of all clients.",
                "short",
                target("Environment steps", sum("", &of(&table::ENVIRONMENT_STEPS, ""))),
            ),
        ],
    }
}

fn quality() -> Row {
    Row {
        title: "Critic and clients",
        height: 7,
        panels: vec![
            Panel {
                title: "Bellman error",
                description: "The last critic's error against the exact Q, on normalised rewards; nothing where it is not available.",
                unit: "short",
                width: 8,
                view: View::Lines,
                targets: vec![target("{{run}}", max("", &of(&table::BELLMAN_ERROR, "")))],
            },
            Panel {
                title: "Displacement at barriers",
                description: "Mean squared displacement of the clients: of their replies from where they started, over the last \
                              round's barriers. The steps on the way there do not count, as they do in the paper's local drift.",
                unit: "short",
                width: 8,
                view: View::Lines,
                targets: vec![target("{{run}} {{phase}}", max("phase", &of(&table::DRIFT, "")))],
            },
            Panel {
                title: "Standard error of the last value",
                description: "0 where values are exact; else what sampling leaves open.",
                unit: "short",
                width: 8,
                view: View::Lines,
                targets: vec![target("{{run}}", max("", &of(&table::VALUE_STANDARD_ERROR, "")))],
            },
        ],
    }
}

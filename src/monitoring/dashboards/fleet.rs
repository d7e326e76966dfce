//! *Fleet*: many runs side by side.

use super::model::{Dashboard, Panel, Row, View, target};
use super::query::{last, max, of, rate, sum};
use crate::monitoring::table;

pub(crate) fn dashboard() -> Dashboard {
    Dashboard {
        name: "fleet",
        title: "Fleet",
        description: "The runs of a sweep side by side: which of them converge, at what cost, and which need looking after.",
        rows: vec![runs(), arms(), curves()],
    }
}

fn runs() -> Row {
    let status = |expression: &str| format!("{} == 1", max("status", expression));
    let value = |policy: &str| max("", &last(&table::VALUE, &format!("policy=\"{policy}\"")));
    Row {
        title: "Runs",
        height: 11,
        panels: vec![
            Panel {
                title: "Runs",
                description: "Every run in the range of time that is shown, as it was last heard of; also those that have ended.",
                unit: "short",
                width: 20,
                view: View::Columns(vec![
                    "short",
                    "short",
                    "short",
                    "short",
                    "short",
                    "short",
                    "percentunit",
                    "bytes",
                    "short",
                    "short",
                ]),
                targets: vec![
                    target("", status(&last(&table::STATUS, ""))),
                    target(
                        "",
                        max(
                            &format!("algorithm, problem, horizon, seed, {}", table::ARM.join(", ")),
                            &last(&table::RUN_INFO, ""),
                        ),
                    ),
                    target("Clients", max("", &last(&table::CLIENTS, ""))),
                    target("Value", value("last")),
                    target("Best", value("best")),
                    target("Optimum", value("optimum")),
                    target(
                        "Progress",
                        format!(
                            "{} / {}",
                            max("", &last(&table::ROUNDS, "")),
                            max("", &last(&table::PLANNED_ROUNDS, ""))
                        ),
                    ),
                    target("Bytes on the wire", sum("", &last(&table::WIRE_BYTES, "link=\"wire\""))),
                    target("Trajectories", sum("", &last(&table::TRAJECTORIES, ""))),
                    target("Faults", sum("", &last(&table::FAULTS, ""))),
                ],
            },
            Panel {
                title: "Runs by status",
                description: "How many runs stand how, as they were last heard of in the range of time that is shown.",
                unit: "short",
                width: 4,
                view: View::Number,
                targets: vec![target(
                    "{{status}}",
                    format!("count by (status) ({})", status(&last(&table::STATUS, ""))),
                )],
            },
        ],
    }
}

/// Runs that differ in nothing but their seeds, side by side with others.
fn arms() -> Row {
    let arm = format!("algorithm, problem, {}", table::ARM.join(", "));
    let info = max(&arm, &of(&table::RUN_INFO, ""));
    // The labels of the run come to its value, and then the run itself goes.
    let mean = |what: &str| format!("avg by ({arm}) ({what} * on (job, run) group_left ({arm}) {info})");
    let value = |policy: &str| max("", &of(&table::VALUE, &format!("policy=\"{policy}\"")));
    let bytes = sum("", &of(&table::WIRE_BYTES, "link=\"wire\""));
    let lines = |title, description, unit, expression: String| Panel {
        title,
        description,
        unit,
        width: 12,
        view: View::Lines,
        targets: vec![target(
            "{{problem}} {{algorithm}} R={{rounds}} K={{local_steps}} I={{sync_interval}} {{target}} {{policy_features}} \
             {{critic_features}} {{config_digest}}",
            expression,
        )],
    };
    Row {
        title: "Configurations",
        height: 9,
        panels: vec![
            lines(
                "Value by configuration",
                "The last policy's value, a mean over the seeds of each configuration.",
                "short",
                mean(&value("last")),
            ),
            lines(
                "Bytes by configuration",
                "Frame bytes between clients and server, a mean over the seeds of each configuration.",
                "bytes",
                mean(&bytes),
            ),
        ],
    }
}

fn curves() -> Row {
    let value = |policy: &str| max("", &of(&table::VALUE, &format!("policy=\"{policy}\"")));
    let bytes = || sum("", &of(&table::WIRE_BYTES, "link=\"wire\""));
    let lines = |title, description, unit, expression: String| Panel {
        title,
        description,
        unit,
        width: 12,
        view: View::Lines,
        targets: vec![target("{{run}}", expression)],
    };
    Row {
        title: "Curves",
        height: 9,
        panels: vec![
            lines(
                "Value by run",
                "The last policy's value, in each problem's own units.",
                "short",
                value("last"),
            ),
            lines(
                "Gap to the optimum by run",
                "What the last policy lacks to the optimum; nothing where the optimum is not known.",
                "short",
                format!("{} - {}", value("optimum"), value("last")),
            ),
            lines(
                "Bytes by run",
                "Frame bytes between clients and server since each run began.",
                "bytes",
                bytes(),
            ),
            Panel {
                title: "Value against bytes by run",
                description: "What each run's last policy is worth against what it has sent.",
                unit: "short",
                width: 12,
                view: View::Against("bytes"),
                targets: vec![target("Bytes on the wire", bytes()), target("Last", value("last"))],
            },
            lines(
                "Progress by run",
                "Share of the planned rounds that are over.",
                "percentunit",
                format!(
                    "{} / {}",
                    max("", &of(&table::ROUNDS, "")),
                    max("", &of(&table::PLANNED_ROUNDS, ""))
                ),
            ),
            lines(
                "Environment steps per second by run",
                "Of all clients and phases.",
                "cps",
                sum("", &rate(&table::ENVIRONMENT_STEPS, "")),
            ),
            lines(
                "Age of last barrier by run",
                "Time since a barrier last closed. One that rises: the run is stuck, or has ended.",
                "s",
                format!("time() - {}", max("", &of(&table::LAST_BARRIER_TIMESTAMP, ""))),
            ),
            lines(
                "Memory by run",
                "Resident memory of each run's process.",
                "bytes",
                max("", &of(&table::PROCESS_RESIDENT, "")),
            ),
        ],
    }
}

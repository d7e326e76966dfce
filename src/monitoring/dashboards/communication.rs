//! *Communication*: what has each phase cost, and is it what the closed form says?

use super::model::{Dashboard, Panel, Row, View, target};
use super::query::{last, max, of, rate, sum};
use crate::monitoring::table::{self, Metric};

pub(crate) fn dashboard() -> Dashboard {
    Dashboard {
        name: "communication",
        title: "Communication",
        description: "Messages, numbers and bytes between clients and server: by phase, direction and kind, measured against the \
                      closed form, and per sample.",
        rows: vec![closed_form(), bytes(), messages(), floats(), samples(), server_work()],
    }
}

const WIRE: &str = "link=\"wire\"";

/// What was measured between clients and server, up to now.
fn measured(metric: &Metric) -> String {
    sum("", &of(metric, WIRE))
}

/// One number by run, where `expression` has several: `expression` over the rounds that are over.
fn per_round(expression: &str) -> String {
    format!("{expression} / on (job, run) group_left () {}", max("", &of(&table::ROUNDS, "")))
}

fn closed_form() -> Row {
    let curve = |title, description, unit, metric: &Metric, predicted: &Metric, planned: Option<&Metric>| {
        let mut targets = vec![
            target("{{run}} measured", measured(metric)),
            target("{{run}} predicted", sum("", &of(predicted, ""))),
        ];
        if let Some(planned) = planned {
            targets.push(target("{{run}} whole run", sum("", &of(planned, ""))));
        }
        Panel { title, description, unit, width: 6, view: View::Lines, targets }
    };
    let deviation = |metric| max("", &of(metric, ""));
    Row {
        title: "Measured against predicted",
        height: 8,
        panels: vec![
            curve(
                "Bytes, measured and predicted",
                "Frame bytes on the wire: counted; by the closed form up to the last round's end; and of the whole run. Measured runs \
                 ahead of predicted within a round.",
                "bytes",
                &table::WIRE_BYTES,
                &table::PREDICTED_WIRE_BYTES,
                Some(&table::PLANNED_WIRE_BYTES),
            ),
            curve(
                "Payload, measured and predicted",
                "Bytes of the numbers on the wire, eight for each: counted, and by the closed form up to the last round's end.",
                "bytes",
                &table::PAYLOAD_BYTES,
                &table::PREDICTED_PAYLOAD_BYTES,
                None,
            ),
            curve(
                "Messages, measured and predicted",
                "Messages on the wire: counted; by the closed form up to the last round's end; and of the whole run.",
                "short",
                &table::MESSAGES,
                &table::PREDICTED_MESSAGES,
                Some(&table::PLANNED_MESSAGES),
            ),
            curve(
                "Floats, measured and predicted",
                "Numbers on the wire: counted, and by the closed form up to the last round's end.",
                "short",
                &table::FLOATS,
                &table::PREDICTED_FLOATS,
                None,
            ),
            Panel {
                title: "Ledger less closed form",
                description: "By how much they differ at the last round's end, added up over kinds of message. Anything but 0 is an error \
                              in the program.",
                unit: "short",
                width: 8,
                view: View::Lines,
                targets: vec![
                    target("{{run}} messages", deviation(&table::DEVIATION_MESSAGES)),
                    target("{{run}} floats", deviation(&table::DEVIATION_FLOATS)),
                    target("{{run}} frame bytes", deviation(&table::DEVIATION_WIRE_BYTES)),
                ],
            },
            Panel {
                title: "Bytes spent of those planned",
                description: "Share of the whole run's frame bytes that have passed the wire.",
                unit: "percentunit",
                width: 8,
                view: View::Lines,
                targets: vec![target(
                    "{{run}}",
                    format!(
                        "{} / {}",
                        measured(&table::WIRE_BYTES),
                        sum("", &of(&table::PLANNED_WIRE_BYTES, ""))
                    ),
                )],
            },
            Panel {
                title: "Messages by kind, measured less predicted",
                description: "0 at a round's end; within a round, the messages of this round.",
                unit: "short",
                width: 8,
                view: View::Lines,
                targets: vec![target(
                    "{{run}} {{kind}}",
                    format!(
                        "{} - {}",
                        sum("kind", &of(&table::MESSAGES, WIRE)),
                        sum("kind", &of(&table::PREDICTED_MESSAGES, ""))
                    ),
                )],
            },
        ],
    }
}

fn bytes() -> Row {
    let by_phase = || sum("phase, direction", &of(&table::WIRE_BYTES, WIRE));
    Row {
        title: "Bytes",
        height: 8,
        panels: vec![
            Panel {
                title: "Bytes per second",
                description: "Frame bytes between clients and server per second, by phase and direction.",
                unit: "Bps",
                width: 8,
                view: View::Stacked,
                targets: vec![target(
                    "{{run}} {{phase}} {{direction}}",
                    sum("phase, direction", &rate(&table::WIRE_BYTES, WIRE)),
                )],
            },
            Panel {
                title: "Bytes so far",
                description: "Frame bytes between clients and server since the run began, by phase and direction.",
                unit: "bytes",
                width: 8,
                view: View::Stacked,
                targets: vec![target("{{run}} {{phase}} {{direction}}", by_phase())],
            },
            Panel {
                title: "Bytes per round",
                description: "Frame bytes per outer round, the mean over the rounds so far.",
                unit: "bytes",
                width: 8,
                view: View::Lines,
                targets: vec![target("{{run}} {{phase}} {{direction}}", per_round(&by_phase()))],
            },
            Panel {
                title: "Bytes by kind of message",
                description: "Frame bytes between clients and server since the run began.",
                unit: "bytes",
                width: 8,
                view: View::Stacked,
                targets: vec![target("{{run}} {{kind}}", sum("kind", &of(&table::WIRE_BYTES, WIRE)))],
            },
            Panel {
                title: "Bytes in numbers",
                description: "In the range of time that is shown: frame bytes up and down, and the bytes of the numbers in them.",
                unit: "bytes",
                width: 8,
                view: View::Number,
                targets: vec![
                    target("{{run}} {{direction}}", sum("direction", &last(&table::WIRE_BYTES, WIRE))),
                    target("{{run}} numbers alone", sum("", &last(&table::PAYLOAD_BYTES, WIRE))),
                ],
            },
            Panel {
                title: "Share of numbers in frames",
                description: "Payload bytes, eight for each number, over frame bytes: the rest is the frames' own.",
                unit: "percentunit",
                width: 8,
                view: View::Lines,
                targets: vec![target(
                    "{{run}}",
                    format!("{} / {}", measured(&table::PAYLOAD_BYTES), measured(&table::WIRE_BYTES)),
                )],
            },
        ],
    }
}

fn messages() -> Row {
    let by_kind = || sum("direction, kind", &of(&table::MESSAGES, WIRE));
    Row {
        title: "Messages",
        height: 8,
        panels: vec![
            Panel {
                title: "Messages per second",
                description: "Messages between clients and server per second, by kind.",
                unit: "mps",
                width: 8,
                view: View::Stacked,
                targets: vec![target(
                    "{{run}} {{direction}} {{kind}}",
                    sum("direction, kind", &rate(&table::MESSAGES, WIRE)),
                )],
            },
            Panel {
                title: "Messages so far",
                description: "Messages between clients and server since the run began, by kind.",
                unit: "short",
                width: 8,
                view: View::Stacked,
                targets: vec![target("{{run}} {{direction}} {{kind}}", by_kind())],
            },
            Panel {
                title: "Messages per round",
                description: "Messages per outer round, the mean over the rounds so far.",
                unit: "short",
                width: 8,
                view: View::Lines,
                targets: vec![target("{{run}} {{direction}} {{kind}}", per_round(&by_kind()))],
            },
            Panel {
                title: "Messages by link",
                description: "Between clients and server (wire: communication), and between a client and its own critic and actor \
                              (local: none). Every message on the wire has one local twin.",
                unit: "short",
                width: 8,
                view: View::Lines,
                targets: vec![target("{{run}} {{link}}", sum("link", &of(&table::MESSAGES, "")))],
            },
            Panel {
                title: "Barriers",
                description: "Barriers that have closed, by phase, and fan-outs that follow no barrier.",
                unit: "short",
                width: 8,
                view: View::Lines,
                targets: vec![
                    target("{{run}} {{phase}} barriers", sum("phase", &of(&table::BARRIERS, ""))),
                    target("{{run}} fan-outs", sum("", &of(&table::BROADCASTS, ""))),
                ],
            },
            Panel {
                title: "Barriers per second",
                description: "Barriers that close, per second, by phase.",
                unit: "cps",
                width: 8,
                view: View::Lines,
                targets: vec![target("{{run}} {{phase}}", sum("phase", &rate(&table::BARRIERS, "")))],
            },
        ],
    }
}

fn server_work() -> Row {
    Row {
        title: "Work of the server",
        height: 8,
        panels: vec![
            Panel {
                title: "Work of the server so far",
                description: "What the server has done that costs and is no message, by what its algorithm counts: nodes of a search, \
                              likelihoods, regressions. Algorithms whose server only takes means have none.",
                unit: "short",
                width: 12,
                view: View::Lines,
                targets: vec![target("{{run}} {{work}}", sum("work", &of(&table::SERVER_WORK, "")))],
            },
            Panel {
                title: "Work of the server per second",
                description: "The same, per second.",
                unit: "ops",
                width: 12,
                view: View::Lines,
                targets: vec![target("{{run}} {{work}}", sum("work", &rate(&table::SERVER_WORK, "")))],
            },
        ],
    }
}

fn floats() -> Row {
    let by_vector = || sum("vector, direction", &of(&table::FLOATS, WIRE));
    Row {
        title: "Floats",
        height: 8,
        panels: vec![
            Panel {
                title: "Floats per second",
                description: "Numbers between clients and server per second, by the vector that they belong to.",
                unit: "cps",
                width: 8,
                view: View::Stacked,
                targets: vec![target(
                    "{{run}} {{vector}} {{direction}}",
                    sum("vector, direction", &rate(&table::FLOATS, WIRE)),
                )],
            },
            Panel {
                title: "Floats so far",
                description: "Numbers between clients and server since the run began, by the vector that they belong to.",
                unit: "short",
                width: 8,
                view: View::Stacked,
                targets: vec![target("{{run}} {{vector}} {{direction}}", by_vector())],
            },
            Panel {
                title: "Floats per round",
                description: "Numbers per outer round, the mean over the rounds so far.",
                unit: "short",
                width: 8,
                view: View::Lines,
                targets: vec![target("{{run}} {{vector}} {{direction}}", per_round(&by_vector()))],
            },
        ],
    }
}

fn samples() -> Row {
    let per = |title, description, unit, metric: &Metric, of_what: &Metric| Panel {
        title,
        description,
        unit,
        width: 8,
        view: View::Lines,
        targets: vec![target("{{run}}", format!("{} / {}", measured(metric), sum("", &of(of_what, ""))))],
    };
    Row {
        title: "Communication per sample",
        height: 7,
        panels: vec![
            per(
                "Bytes per environment step",
                "Frame bytes on the wire over environment steps, both since the run began and of all clients.",
                "bytes",
                &table::WIRE_BYTES,
                &table::ENVIRONMENT_STEPS,
            ),
            per(
                "Messages per environment step",
                "Messages on the wire over environment steps, both since the run began and of all clients.",
                "short",
                &table::MESSAGES,
                &table::ENVIRONMENT_STEPS,
            ),
            per(
                "Bytes per trajectory",
                "Frame bytes on the wire over trajectories, both since the run began and of all clients.",
                "bytes",
                &table::WIRE_BYTES,
                &table::TRAJECTORIES,
            ),
        ],
    }
}

//! The parts of a page, each out of its part of the data.

mod figures;
mod parts;
mod tables;
mod theory;

pub(super) use figures::figures;
pub(super) use tables::{costs, targets, values};
pub(super) use theory::theory;

use super::costs::{ArmCosts, sum};
use super::html::Html;
use super::numbers::{bytes, counted, grouped, listed, real, time};
use super::{Report, Theory};
use parts::{label, paragraph, small, table};

/// The numbers that stand at the top.
pub(super) fn facts(report: &Report) -> Html {
    let runs: usize = report.arms.iter().map(|arm| arm.seeds.len()).sum();
    let fact = |name: &str, number: &str, about: &str| {
        let parts = [
            Html::of_text("dt", "", name),
            Html::of_text("dd", "", number),
            Html::of_text("dd", "class=\"about\"", about),
        ];
        Html::element("div", "", parts)
    };
    let mut facts = vec![fact(
        "runs",
        &grouped(runs as u64),
        &format!("{}, one run for each seed", counted(report.arms.len(), "arm")),
    )];
    let values = &report.values[0];
    if let Some((best, _)) = values.extremes()
        && let Some(found) = &values.arms[best].found
    {
        let which = if report.arms.len() == 1 { "median over seeds" } else { "best median of the arms" };
        let about = if values.arms[best].by_seed.len() == 1 { "of one seed" } else { which };
        facts.push(fact(values.name, &real(found.median), about));
    }
    let wire = |costs: &ArmCosts| sum(&costs.all.wire_bytes);
    let (least, most) = (report.costs.iter().map(wire).min(), report.costs.iter().map(wire).max());
    if let (Some(least), Some(most)) = (least, most) {
        let about = if least < most {
            format!("on the wire for a run, up to {}", bytes(most as f64))
        } else {
            "on the wire for a run".to_owned()
        };
        facts.push(fact("cost", &bytes(least as f64), &about));
    }
    let Theory { compared, hold, .. } = report.theory;
    facts.push(fact(
        "closed form",
        &format!("{} of {}", grouped(hold as u64), grouped(compared as u64)),
        "runs sent what it says, to the unit",
    ));
    Html::element("dl", "class=\"facts\"", facts)
}

pub(super) fn asked(report: &Report) -> Html {
    let mut parts: Vec<Html> = report.asked.iter().map(|text| paragraph(text)).collect();
    if !report.axes.is_empty() {
        let arms = counted(report.arms.len(), "arm");
        parts.push(paragraph(&format!(
            "What was varied; each choice of values is an arm, and there are {arms}:"
        )));
        let axis = |(key, meaning, values): &(String, String, Vec<String>)| {
            let name = [Html::of_text("code", "", key)];
            let mut about = vec![Html::text(&listed(values))];
            if !meaning.is_empty() {
                about.push(Html::of_text("span", "class=\"about\"", &format!(" ({meaning})")));
            }
            Html::element("div", "", [Html::element("dt", "", name), Html::element("dd", "", about)])
        };
        parts.push(Html::element("dl", "class=\"axes\"", report.axes.iter().map(axis)));
    }
    Html::all(parts)
}

pub(super) fn found(report: &Report) -> Html {
    let mut parts: Vec<Html> = report.found.iter().map(|text| paragraph(text)).collect();
    if !report.notes.is_empty() {
        let notes = report.notes.iter().map(|note| Html::of_text("li", "", note));
        parts.push(Html::element("ul", "class=\"notes\"", notes));
    }
    Html::all(parts)
}

pub(super) fn again(report: &Report) -> Html {
    let commands: Vec<String> = report.again.commands.iter().map(|line| broken(line)).collect();
    let remarks = report.again.remarks.iter().map(|remark| Html::of_text("li", "", remark));
    Html::all([
        Html::element(
            "ol",
            "",
            remarks.chain([Html::text("Then type these lines:")].map(|text| Html::element("li", "", [text]))),
        ),
        code("the commands", &commands.join("\n")),
        small(
            "With the version of the program that is named below, the digests of the runs come out the same, whatever the \
             machine and the number of threads.",
        ),
    ])
}

/// A long command with an option on each line, as a shell reads it.
fn broken(command: &str) -> String {
    if command.len() > 80 { command.replace(" --", " \\\n  --") } else { command.to_owned() }
}

/// A block that a button copies.
fn code(what: &str, text: &str) -> Html {
    let label = format!("tabindex=\"0\" role=\"region\" aria-label=\"{what}\"");
    let block = Html::element("pre", &label, [Html::element("code", "", [Html::lines(text)])]);
    Html::element("div", &format!("class=\"code\" data-copy=\"{what}\""), [block])
}

pub(super) fn configuration(report: &Report) -> Html {
    let configuration = &report.configuration;
    let mut parts = vec![
        paragraph(&format!(
            "All that the arm {} is made of; nothing is left to defaults.",
            report.arms[0].label
        )),
        code("the configuration", configuration.base.trim_end()),
    ];
    if report.arms.len() > 1 {
        let rows = configuration.changes.iter().enumerate().skip(1).map(|(arm, changes)| {
            let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
            let changes = changes
                .iter()
                .map(|change| Html::of_text("code", "", &format!("{} = {}", change.key, said(&change.to))));
            vec![label(report, arm), Html::element("div", "class=\"changes\"", changes)]
        });
        parts.push(table("What the other arms have otherwise", &["arm", "keys"], rows.collect()));
    }
    for input in &configuration.inputs {
        if let Some(text) = &input.text {
            let name = Html::of_text("summary", "", &format!("the file {}", input.name));
            parts.push(Html::element("details", "", [name, code("the file", text.trim_end())]));
        }
    }
    Html::all(parts)
}

pub(super) fn provenance(report: &Report) -> Html {
    let of = &report.provenance;
    let mut facts: Vec<(&str, String)> = vec![
        (
            "program",
            of.programs.iter().map(|program| format!("dpac {program}")).collect::<Vec<_>>().join("; "),
        ),
        ("epoch of results", of.epochs.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")),
    ];
    if let Some((first, last)) = &of.began {
        let began = if first == last { first.clone() } else { format!("{first} to {last}") };
        facts.push(("begun", began));
    }
    if let Some(seconds) = of.wall_seconds {
        facts.push(("time of all runs", format!("{} on the wall clock, added up", time(seconds))));
    }
    let threads: Vec<String> = of.threads.iter().map(u64::to_string).collect();
    facts.push(("threads of a run", threads.join(", ")));
    facts.push(("placement of roles", of.placements.join(", ")));
    facts.push((
        "machine",
        "runs do not write down on which they were made, and their results do not depend on it".to_owned(),
    ));
    facts.push((
        "files",
        format!(
            "of {} of {} held to the digests of what was written",
            of.sealed,
            counted(of.runs.len(), "run")
        ),
    ));
    let facts = facts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| {
        Html::element("div", "", [Html::of_text("dt", "", name), Html::of_text("dd", "", &text)])
    });
    let short = |digest: &Option<String>| match digest {
        Some(digest) => Html::of_text("code", "", digest.get(..16).unwrap_or(digest)),
        None => Html::text("none"),
    };
    let rows = of.runs.iter().map(|run| {
        let seed = run.seed.map_or_else(|| "not known".to_owned(), |seed| seed.to_string());
        let status = match &run.error {
            Some(error) => format!("{}: {error}", run.status),
            None => run.status.to_owned(),
        };
        vec![
            Html::text(&run.name),
            Html::text(&seed),
            Html::text(&status),
            Html::text(run.began.as_deref().unwrap_or("not known")),
            short(&run.config_digest),
            short(&run.digest),
        ]
    });
    let head = ["run", "seed", "status", "begun", "digest of configuration", "digest of results"];
    let runs = table("All runs", &head, rows.collect());
    let summary =
        Html::of_text("summary", "", &format!("{}, with their digests", counted(of.runs.len(), "run")));
    Html::all([
        Html::element("dl", "class=\"axes\"", facts),
        Html::element("details", "class=\"runs\"", [summary, runs]),
        small("Digests are the first sixteen digits of blake3; this page's data have all of them."),
    ])
}

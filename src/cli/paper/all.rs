//! Several experiments, one after the other.

use super::claims::{Asked, files, found, interruption, written};
use crate::algorithm::Registry;
use crate::cli::console::{FAILED, FINE, remark, say};
use crate::paper::claims::{
    EXPERIMENTS, Experiment, OF_TABLES, Record, TABLES_PAGE, contents, short, side_by_side, tables_page,
};
use comfy_table::{CellAlignment, Table, presets};
use std::time::Instant;

pub(super) fn main(asked: &Asked<'_>, experiments: &[&Experiment], registry: Registry) -> u8 {
    let interrupt = match interruption() {
        Ok(interrupt) => interrupt,
        Err(code) => return code,
    };
    let (mut records, mut without) = (Vec::new(), Vec::new());
    for &experiment in experiments {
        let began = Instant::now();
        match found(asked, experiment, registry, Some(&interrupt), true) {
            Ok(record) => {
                let seconds = began.elapsed().as_secs_f64();
                let standing = record.standing();
                tell(asked, &format!("{:<6} {standing:<24} {seconds:>7.1} s\n", record.experiment));
                records.push(record);
            }
            // What one lacks says nothing of the others.
            Err(FAILED) => {
                tell(asked, &format!("{:<6} no verdict\n", experiment.name));
                without.push(experiment.name);
            }
            Err(code) => return code,
        }
    }
    let mut json = serde_json::to_string_pretty(&records).expect("records are plain data");
    json.push('\n');
    let mut all = Vec::new();
    if let Some(path) = asked.out {
        all.push((path.to_path_buf(), json.clone().into_bytes()));
    }
    if let Some(directory) = asked.pages {
        all.extend(records.iter().flat_map(|record| files(directory, record)));
        let of_tables =
            |experiment: &&Experiment| records.iter().any(|record| record.experiment == experiment.name);
        if OF_TABLES.iter().all(of_tables) {
            all.push((directory.join(TABLES_PAGE), tables_page(&records).into_bytes()));
        }
        // Contents that leave one out would say that there is none.
        if without.is_empty() && records.len() == EXPERIMENTS.len() {
            all.push((directory.join("README.md"), contents(&records).into_bytes()));
        }
    }
    if let Err(code) = written(all, asked.force) {
        return code;
    }
    let said = if asked.json {
        say(&json)
    } else {
        say(&format!("\n{}{}\n", beside(experiments, &records), verdicts(&records)))
    };
    let passed = without.is_empty() && records.iter().all(|record| record.passed);
    if passed || said != FINE { said } else { FAILED }
}

/// A line of what has been done: beside JSON it is no part of the answer.
fn tell(asked: &Asked<'_>, line: &str) {
    if asked.json {
        remark(line);
    } else {
        say(line);
    }
}

/// The paper's columns with what was measured beside them, where tables are all that was asked for: a block
/// for each row, since terminals are narrow.
fn beside(experiments: &[&Experiment], records: &[Record]) -> String {
    let mut text = String::new();
    let names = |of: &[&Experiment]| of.iter().map(|experiment| experiment.name).collect::<Vec<_>>();
    if names(experiments) != names(&OF_TABLES) {
        return text;
    }
    let form = |indent| textwrap::Options::new(80).initial_indent(indent).subsequent_indent("    ");
    for record in records {
        let Some(table) = side_by_side(record) else { continue };
        text += &textwrap::fill(&format!("{}: {}", record.heading(), record.title), 80);
        text += "\n\n";
        for row in &table.rows {
            text += &format!("  {}\n", row[0]);
            for (heading, cell) in table.headings.iter().zip(row).skip(1).filter(|(_, cell)| !cell.is_empty())
            {
                text += &textwrap::fill(&format!("{heading}: {cell}"), form("    "));
                text.push('\n');
            }
            text.push('\n');
        }
    }
    text
}

/// A row for every criterion. What it is of comes last, since it is long.
fn verdicts(records: &[Record]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["", "", "measured", "criterion", "what"]);
    if let Some(measured) = table.column_mut(2) {
        measured.set_cell_alignment(CellAlignment::Right);
    }
    for record in records {
        for verdict in &record.verdicts {
            table.add_row([
                record.experiment.clone(),
                if verdict.holds { "holds" } else { "FAILS" }.to_owned(),
                short(verdict.measured),
                verdict.criterion.to_string(),
                verdict.what.clone(),
            ]);
        }
    }
    table
}

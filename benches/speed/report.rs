//! The table that the benchmark prints.

use comfy_table::{CellAlignment, Table, presets};
use std::fmt::Write;

/// One measured figure.
pub(crate) struct Row {
    /// What was done, with its sizes.
    pub(crate) work: String,
    /// The figure with its unit.
    pub(crate) figure: String,
    /// The figure over that of something else: the ratio, and what it is a ratio to.
    pub(crate) ratio: Option<(f64, &'static str)>,
    /// What it should be, where something is asked of it.
    pub(crate) wanted: Option<Wanted>,
}

/// A bound on a figure or a ratio.
pub(crate) struct Wanted {
    pub(crate) bound: String,
    pub(crate) met: bool,
}

impl Wanted {
    /// `figure` shall be `bound` or more.
    pub(crate) fn at_least(bound: f64, figure: f64) -> Option<Self> {
        Some(Wanted { bound: format!("≥ {bound}"), met: figure >= bound })
    }

    /// `figure` shall be `bound` or less.
    pub(crate) fn at_most(bound: f64, figure: f64) -> Option<Self> {
        Some(Wanted { bound: format!("≤ {bound}"), met: figure <= bound })
    }
}

/// All that was measured, section by section.
pub(crate) struct Report {
    machine: String,
    sections: Vec<(&'static str, Vec<Row>)>,
}

impl Report {
    /// An empty table under the machine's name and the versions.
    pub(crate) fn of_this_machine() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let machine = format!(
            "{}, {cores} cores, load {}; dpac {}, {}, {}",
            cpu().unwrap_or_else(|| std::env::consts::ARCH.into()),
            load().unwrap_or_else(|| "unknown".into()),
            env!("CARGO_PKG_VERSION"),
            command("rustc", &["--version"]).unwrap_or_else(|| "rustc unknown".into()),
            command("git", &["rev-parse", "--short", "HEAD"])
                .map_or_else(|| "no commit".into(), |hash| format!("commit {hash}")),
        );
        println!("{machine}");
        Report { machine, sections: Vec::new() }
    }

    /// A new section.
    pub(crate) fn begin(&mut self, title: &'static str) {
        println!("{title}");
        self.sections.push((title, Vec::new()));
    }

    /// A figure of the present section; it is printed at once, too, since the whole takes minutes.
    pub(crate) fn row(&mut self, row: Row) {
        let mut line = format!("  {}: {}", row.work, row.figure);
        if let Some((ratio, against)) = row.ratio {
            let _ = write!(line, ", {ratio:.3} of {against}");
        }
        println!("{line}");
        self.sections.last_mut().expect("a section").1.push(row);
    }

    /// The whole table.
    pub(crate) fn print(&self) {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(["work", "figure", "ratio", "to", "wanted"]);
        for (title, rows) in &self.sections {
            table.add_row([""]);
            table.add_row([title.to_uppercase()]);
            for row in rows {
                let (ratio, against) = row
                    .ratio
                    .map_or_else(Default::default, |(ratio, against)| (format!("{ratio:.3}"), against));
                let wanted = row.wanted.as_ref().map_or_else(String::new, |wanted| {
                    format!("{} {}", wanted.bound, if wanted.met { "✓" } else { "MISSED" })
                });
                table.add_row([row.work.as_str(), &row.figure, &ratio, against, &wanted]);
            }
        }
        for column in [1, 2] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        println!("\n{}\n{table}", self.machine);
    }
}

fn cpu() -> Option<String> {
    let info = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    info.lines().find_map(|line| Some(line.strip_prefix("model name")?.split_once(": ")?.1.to_owned()))
}

fn load() -> Option<String> {
    Some(std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.to_owned())
}

fn command(program: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(program).args(arguments).output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

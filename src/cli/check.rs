//! `dpac check`.

use super::console::{BAD_INPUT, FINE, remark, say, say_json};
use super::given::{Given, given};
use super::load::{draw, input_errors, more_errors, problem_warnings, unfit};
use super::numbers::counted;
use super::reading::ReadingArguments;
use super::reset::ResetArgument;
use super::screen::sizes_of_problem;
use crate::algorithm::Registry;
use crate::config::{ConfigErrors, Loaded};
use crate::diagnose::{Located, Severity, of_configuration, of_problem};
use crate::experiment::{Checked, Files, LoadError, Prepared, problem_name};
use crate::pomdp::Definition;
use crate::pomdp::file::{self, Diagnostic, Kind, ReadOptions};
use crate::visible::{as_typed, named, visible};
use clap::Args;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Check problem files and configurations, without running
#[derive(Args)]
#[command(
    after_help = "Examples:\n  dpac check maze.POMDP configs/tiger.toml\n  dpac check tiger\n  dpac check --strict --json *.POMDP\n\n\
                        Whether a file is a problem or a configuration, its content says. A configuration is checked with the \
                        problem that it names; what `reset` means is then its own key. Exit code 2 if a file has errors."
)]
pub(super) struct Arguments {
    /// Problem files (.POMDP), configurations (TOML), and names of built-in problems
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Print a list as JSON, with an object for each file
    #[arg(long)]
    json: bool,
    /// Allow only the grammar of pomdp-solve, and take warnings for errors
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    reset: ResetArgument,
    #[command(flatten)]
    reading: ReadingArguments,
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    let options = if arguments.strict { ReadOptions::strict() } else { ReadOptions::default() };
    let options = ReadOptions { reset: arguments.reset.given().unwrap_or_default(), ..options };
    let options = arguments.reading.added_to(options);
    let reports: Vec<Report> =
        arguments.files.iter().map(|path| Report::new(path, options, registry)).collect();
    let said = if arguments.json {
        let list: Vec<_> = reports.iter().map(Report::json).collect();
        say_json(&serde_json::Value::from(list))
    } else {
        for report in &reports {
            draw(&report.findings);
            if let Some(more) = more_errors(report.more).filter(|_| !report.is_told) {
                remark(&more);
            }
        }
        say(&reports.iter().map(Report::line).collect::<String>())
    };
    if said == FINE && !reports.iter().all(Report::ok) { BAD_INPUT } else { said }
}

/// What there is to say about one file.
struct Report {
    file: String,
    /// Of a file without errors.
    size: Option<Size>,
    /// In file order; all of them errors when checking strictly.
    findings: Vec<Located>,
    /// How many errors more there are than are told.
    more: usize,
    /// Whether a finding tells of these.
    is_told: bool,
}

/// What is found in one file.
#[derive(Default)]
struct Found {
    size: Option<Size>,
    findings: Vec<Located>,
    more: usize,
    is_told: bool,
}

impl From<ConfigErrors> for Found {
    fn from(errors: ConfigErrors) -> Self {
        Found { size: None, findings: of_configuration(&errors), more: errors.beyond_first(), is_told: false }
    }
}

/// What a problem's tables hold.
struct Size {
    states: usize,
    actions: usize,
    /// `None` where they are real numbers.
    observations: Option<usize>,
    discount: f64,
    /// Of T and O together; of T alone where observations are real numbers.
    nonzeros: usize,
}

impl Size {
    fn of(problem: &Definition, discount: f64) -> Self {
        let model = problem.hidden();
        let seen = problem.tabular().map_or(0, |file| file.model.observation().nonzeros());
        Size {
            states: model.states(),
            actions: model.actions(),
            observations: problem.observations(),
            discount,
            nonzeros: model.transition().nonzeros() + seen,
        }
    }
}

impl Report {
    fn new(path: &Path, options: ReadOptions, registry: Registry) -> Self {
        let found = match given(path) {
            Ok(Given::Problem(bytes)) => problem(path, &bytes, options),
            Ok(Given::Builtin(entry)) => {
                let problem = entry.definition([]).expect("defaults are within bounds");
                let discount = options.discount.unwrap_or_else(|| problem.hidden().discount());
                Found { size: Some(Size::of(&problem, discount)), ..Found::default() }
            }
            Ok(Given::Configuration(bytes)) => {
                configuration(path, bytes, options, registry).unwrap_or_else(Found::from)
            }
            Err(refusal) => Found { findings: vec![refusal.finding(path)], ..Found::default() },
        };
        let Found { size, mut findings, more, is_told } = found;
        if options.strict {
            for finding in &mut findings {
                finding.severity = Severity::Error;
            }
        }
        Report { file: named(path), size, findings, more, is_told }
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    fn ok(&self) -> bool {
        self.count(Severity::Error) == 0
    }

    fn json(&self) -> serde_json::Value {
        let list = |severity| -> Vec<_> {
            self.findings.iter().filter(|finding| finding.severity == severity).map(entry).collect()
        };
        let size = self.size.as_ref();
        let mut report = serde_json::json!({
            "file": self.file,
            "ok": self.ok(),
            "states": size.map(|size| size.states),
            "actions": size.map(|size| size.actions),
            "observations": size.and_then(|size| size.observations),
            "discount": size.map(|size| size.discount),
            "nonzeros": size.map(|size| size.nonzeros),
            "errors": list(Severity::Error),
            "warnings": list(Severity::Warning),
        });
        if self.more > 0 {
            report["more_errors"] = self.more.into();
        }
        report
    }

    /// The file's line on the screen.
    fn line(&self) -> String {
        let mut line = format!("{}: {}", visible(&self.file), if self.ok() { "fine" } else { "NOT usable" });
        let errors = self.count(Severity::Error) + self.more;
        let warnings = self.count(Severity::Warning);
        for (count, what) in [(errors, "error"), (warnings, "warning")] {
            if count > 0 {
                let _ = write!(line, ", {}", counted(count, what));
            }
        }
        if let Some(size) = self.size.as_ref().filter(|_| self.ok()) {
            let sizes = sizes_of_problem(size.states, size.actions, size.observations);
            let _ = write!(line, "; {sizes}, γ = {}", size.discount);
        }
        line.push('\n');
        line
    }
}

/// A finding as JSON. Its `file` is the problem file also where a configuration that names it is checked;
/// line and column are null for the file as a whole.
fn entry(finding: &Located) -> serde_json::Value {
    let (line, column) = finding.position().unzip();
    serde_json::json!({
        "file": finding.source_name,
        "line": line,
        "column": column,
        "message": finding.message,
        "help": finding.help.as_deref().map(as_typed),
    })
}

fn problem(path: &Path, bytes: &[u8], options: ReadOptions) -> Found {
    match file::parse_with(bytes, &problem_name(path), options) {
        Ok(read) => {
            let findings = of_problem(&read.warnings, path, bytes);
            let discount = options.discount.unwrap_or_else(|| read.model.discount());
            let size = Size::of(&Definition::Tabular(read), discount);
            Found { size: Some(size), findings, ..Found::default() }
        }
        Err(diagnostics) => Found {
            size: None,
            findings: of_problem(&diagnostics, path, bytes),
            more: not_told(&diagnostics),
            is_told: true,
        },
    }
}

/// How many errors there are besides those that have a diagnostic each: the last one stands for them.
fn not_told(diagnostics: &[Diagnostic]) -> usize {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == file::Severity::Error);
    errors.map(|error| if let Kind::More(more) = error.kind { more - 1 } else { 0 }).sum()
}

/// # Errors
/// Those of the configuration itself; all others are found.
fn configuration(
    path: &Path,
    bytes: Vec<u8>,
    options: ReadOptions,
    registry: Registry,
) -> Result<Found, ConfigErrors> {
    let loaded = Loaded::from_bytes(path, bytes)?;
    let mut found = Found::default();
    let prepared =
        Checked::read(loaded, registry, &Files::named().with_options(options)).and_then(|checked| {
            found.findings = problem_warnings(&checked);
            checked.resolve()
        });
    match prepared {
        Ok(Prepared { resolved, input, .. }) => {
            let warning = |message: &String| Located {
                severity: Severity::Warning,
                ..Located::whole(path, message.clone())
            };
            found.findings.extend(resolved.warnings.iter().map(warning));
            found.size = Some(Size::of(&input.problem, resolved.gamma));
        }
        Err(LoadError::Config(errors)) => return Err(errors),
        Err(LoadError::Input { loaded, error }) => found.findings = input_errors(&loaded, &error),
        Err(LoadError::Resolve { loaded, error }) => found.findings.push(unfit(&loaded, &error)),
    }
    Ok(found)
}

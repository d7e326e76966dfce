//! `dpac runs`.

use super::console::{BAD_INPUT, FAILED, FINE, INCOMPLETE, complain, complaint, remark, say, say_json};
use super::numbers;
use super::reading_runs::complain_of_results;
use crate::results::{Results, ResultsError, Run, RunStatus, runs_at, write_csv};
use crate::visible::{shown, visible};
use clap::Args;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// List runs: how far each has come, what it found and what it sent
#[derive(Args)]
#[command(after_help = "Examples:\n  dpac runs\n  dpac runs runs --csv > runs.csv\n  dpac runs --json\n\n\
                  `last` is the value of the last policy that was evaluated, `share` how much of the way from the \
                  uniform policy to the optimum that is, `sent` bytes on the wire, and `when` the day on which the run began (UTC). \
                  Files are not held to their digests; `dpac export --csv` and `dpac compare` do that.\n\n\
                  Exit codes: 0 fine, 2 no runs, 3 without runs that are damaged.")]
pub(super) struct Arguments {
    /// Where they are: at most three levels below
    #[arg(default_value = "runs")]
    dir: PathBuf,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print the table of runs that `dpac export --csv` writes
    #[arg(long)]
    csv: bool,
}

pub(super) fn main(arguments: &Arguments) -> u8 {
    let paths = match runs_at(&arguments.dir) {
        Ok(paths) => paths,
        Err(error) => {
            complain_of_results(&error);
            return BAD_INPUT;
        }
    };
    let (runs, damaged): (Vec<_>, Vec<_>) =
        paths.iter().map(|path| Run::glance(path)).partition(Result::is_ok);
    let results = Results::new(runs.into_iter().flatten().collect());
    let said = if arguments.json {
        say_json(&Json::from(results.runs().iter().map(as_json).collect::<Vec<_>>()))
    } else if arguments.csv {
        as_csv(&results)
    } else {
        say(&as_text(&results, &arguments.dir))
    };
    if said != FINE {
        return said;
    }
    let damaged: Vec<ResultsError> = damaged.into_iter().filter_map(Result::err).collect();
    remark(
        &damaged.iter().map(|error| complaint(&error.to_string(), Some(&error.help()))).collect::<String>(),
    );
    if damaged.is_empty() { FINE } else { INCOMPLETE }
}

fn as_csv(results: &Results) -> u8 {
    match write_csv(results.runs_table(), &mut std::io::stdout().lock()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            complain(&format!("cannot write to standard output: {error}"), None);
            FAILED
        }
        _ => FINE,
    }
}

fn as_json(run: &Run) -> Json {
    let totals = run.totals();
    let keys = run.keys().iter().cloned().map(|(key, value)| (key, Json::from(value)));
    let keys: serde_json::Map<String, Json> = keys.collect();
    json!({
        "path": run.path(),
        "status": run.status().name(),
        "error": run.error(),
        "algorithm": run.algorithm(),
        "problem": run.problem(),
        "seed": run.seed(),
        "clients": run.clients(),
        "rounds": run.rounds_over(),
        "planned_rounds": run.planned_rounds(),
        "value": run.value(),
        "standard_error": run.standard_error(),
        "optimum": run.optimum(),
        "share": run.share(),
        "bellman_error": run.bellman_error(),
        "messages": totals.messages(),
        "floats": totals.floats(),
        "payload_bytes": totals.payload_bytes(),
        "wire_bytes": totals.wire_bytes(),
        "began_unix_seconds": run.began_unix_seconds(),
        "config_digest": run.config_digest(),
        "digest": run.digest(),
        "program": run.program(),
        "keys": keys,
    })
}

const COLUMNS: [&str; 8] = ["run", "status", "M", "R", "last", "share", "sent", "when"];

const STATUS: usize = 1;
const WHEN: usize = COLUMNS.len() - 1;

/// Every terminal has so many columns.
const WIDTH: usize = 80;

/// Runs of one problem and algorithm stand together, below these. Where a line has no room for all of it, a
/// day on which all have begun is said once, below, and so is how they stand, if all stand alike. Where names
/// are still too long, they stand above the numbers.
fn as_text(results: &Results, directory: &Path) -> String {
    let directory = &home(results, directory);
    let mut groups: Vec<(String, Vec<[String; 8]>)> = Vec::new();
    for run in results.runs() {
        let (problem, algorithm) = (run.problem().unwrap_or("?"), run.algorithm().unwrap_or("?"));
        let of = format!("{} · {}", visible(problem), visible(algorithm));
        let row = row(run, directory);
        match groups.iter_mut().find(|(name, _)| *name == of) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((of, vec![row])),
        }
    }
    let all: Vec<&[String; 8]> = groups.iter().flat_map(|(_, rows)| rows).collect();
    let widths: [usize; 8] = std::array::from_fn(|column| {
        let cells = all.iter().map(|row| row[column].chars().count());
        cells.chain([COLUMNS[column].len()]).max().unwrap_or_default()
    });
    // What all rows say alike can be said once.
    let alike = |column: usize| all.windows(2).all(|two| two[0][column] == two[1][column]);
    let fits = |shown: &[usize]| shown.iter().map(|&column| 2 + widths[column]).sum::<usize>() <= WIDTH;
    let without = |once: &[usize]| -> Option<Vec<usize>> {
        let shown: Vec<usize> = (0..COLUMNS.len()).filter(|column| !once.contains(column)).collect();
        (once.iter().all(|&column| alike(column)) && fits(&shown)).then_some(shown)
    };
    let shown_columns = without(&[]).or_else(|| without(&[WHEN])).or_else(|| without(&[STATUS, WHEN]));
    let shown_columns = shown_columns.unwrap_or_else(|| (1..COLUMNS.len()).collect());
    let mut text = String::new();
    for (of, rows) in &groups {
        let begin = if text.is_empty() { "" } else { "\n" };
        text += &format!("{begin}{of}\n");
        text += &columns(rows, &widths, &shown_columns);
    }
    let number = numbers::counted(results.runs().len(), "run");
    let once = |column: usize, begin: &str| match all.first() {
        Some(row) if !shown_columns.contains(&column) && row[column] != "–" => {
            format!(", {begin}{}", row[column])
        }
        _ => String::new(),
    };
    let begun = once(STATUS, "all ") + &once(WHEN, "begun on ");
    text += &format!("\n{number} in {}{begun}\n", shown(directory));
    text
}

/// The folder below a directory in which all runs are, if there is one.
fn home(results: &Results, directory: &Path) -> PathBuf {
    let whole = std::path::absolute(directory).ok();
    let below = |run: &Run| Some(run.path().strip_prefix(whole.as_ref()?).ok()?.parent()?.to_path_buf());
    let mut folders = results.runs().iter().map(below);
    match folders.next().flatten() {
        Some(folder)
            if !folder.as_os_str().is_empty() && folders.all(|other| other.as_ref() == Some(&folder)) =>
        {
            directory.join(folder)
        }
        _ => directory.to_path_buf(),
    }
}

/// Rows below the names of their columns, each as wide in all groups.
fn columns(rows: &[[String; 8]], widths: &[usize; 8], shown_columns: &[usize]) -> String {
    let line = |cells: &[&str]| {
        let mut line = String::new();
        for &column in shown_columns {
            let (cell, width) = (cells[column], widths[column]);
            line += "  ";
            // Words on the left, numbers on the right.
            let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
            line += &if column < 2 { format!("{cell}{gap}") } else { format!("{gap}{cell}") };
        }
        format!("{}\n", line.trim_end())
    };
    let mut text = line(&COLUMNS);
    for row in rows {
        if !shown_columns.contains(&0) {
            text += &format!("  {}\n", row[0]);
        }
        text += &line(&row.each_ref().map(String::as_str));
    }
    text
}

fn row(run: &Run, directory: &Path) -> [String; 8] {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    // As one would type it behind the directory.
    let below = std::path::absolute(directory).ok();
    let below = below.as_deref().and_then(|directory| run.path().strip_prefix(directory).ok());
    let name = below.filter(|path| !path.as_os_str().is_empty()).unwrap_or(run.path());
    let rounds = match (run.status(), run.planned_rounds()) {
        (RunStatus::Complete, Some(planned)) => planned.to_string(),
        (_, Some(planned)) => format!("{}/{planned}", run.rounds_over()),
        (_, None) => run.rounds_over().to_string(),
    };
    [
        shown(name).to_string(),
        run.status().name().to_owned(),
        or_dash(run.clients().map(|clients| clients.to_string())),
        rounds,
        or_dash(run.value().map(numbers::passing)),
        or_dash(run.share().map(|share| numbers::share(share, 1))),
        sent(run.totals().wire_bytes()),
        or_dash(run.began_unix_seconds().and_then(day)),
    ]
}

/// Bytes with three digits.
fn sent(bytes: u64) -> String {
    let text = numbers::bytes(bytes);
    match text.split_once(' ') {
        Some((number, unit)) if number.len() > 5 => format!("{} {unit}", &number[..number.len() - 3]),
        Some((number, unit)) if number.contains('.') && number.len() > 4 => {
            format!("{} {unit}", &number[..4])
        }
        _ => text,
    }
}

/// The day of a Unix time, UTC, as ISO 8601 writes it.
fn day(unix_seconds: f64) -> Option<String> {
    // The years 1970 to 9999.
    (0.0..253_402_300_800.0).contains(&unix_seconds).then_some(())?;
    let mut days = (unix_seconds / 86_400.0) as u32;
    let is_leap = |year: u32| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let mut year = 1970;
    while days >= 365 + u32::from(is_leap(year)) {
        days -= 365 + u32::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u32::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    Some(format!("{year}-{month:02}-{:02}", days + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let days = [0.0, 951_782_400.0, 951_868_800.0, 1_795_996_799.9, 4_107_542_400.0, 253_402_300_799.0];
        let expected = ["1970-01-01", "2000-02-29", "2000-03-01", "2026-11-29", "2100-03-01", "9999-12-31"];
        assert_eq!(days.map(|seconds| day(seconds).expect("a day")), expected);
        assert_eq!([-1.0, f64::NAN, 1e12].map(day), [None, None, None]);
    }

    #[test]
    fn bytes_have_three_digits() {
        let numbers = [0, 1023, 1024, 12_345, 347_000_000, 1_100_000_000];
        let shown = ["0 B", "1023 B", "1.00 KiB", "12.0 KiB", "330 MiB", "1.02 GiB"];
        assert_eq!(numbers.map(sent), shown);
    }
}

//! Runs that a command reads: where they are, what is wrong with them, and what is to be known of them.

use super::console::{BAD_INPUT, complain};
use super::numbers::counted;
use crate::results::{Results, ResultsError, Run, RunStatus, runs_at};
use crate::sweep::SweepDirectory;
use std::path::PathBuf;

/// The run directories at or below some paths. What is wrong has been printed when there are none.
pub(super) fn find(paths: &[PathBuf]) -> Option<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        match runs_at(path) {
            Ok(more) => found.extend(more),
            Err(error) => {
                complain_of_results(&error);
                return None;
            }
        }
    }
    Some(found)
}

/// The runs that a command estimates from or draws.
pub(super) struct Given {
    pub(super) results: Results,
    /// How many runs of sweeps have no directory yet.
    pub(super) missing: usize,
}

/// The runs of sweeps and of other directories. Where all are sweeps', the keys that these change tell them
/// apart, and steps that were chosen for each arm do not. What is wrong has been printed when there are none.
pub(super) fn read(places: &[PathBuf]) -> Option<Given> {
    let (mut paths, mut missing, mut keys) = (Vec::new(), 0, Some(Vec::new()));
    for place in places {
        if !SweepDirectory::is_there(place) {
            paths.extend(find(std::slice::from_ref(place))?);
            keys = None;
            continue;
        }
        let sweep = SweepDirectory::open(place)
            .map_err(|error| complain(&error.to_string(), error.help().as_deref()));
        let sweep = sweep.ok()?;
        let (there, not): (Vec<_>, Vec<_>) =
            sweep.run_paths().into_iter().partition(|path| path.symlink_metadata().is_ok());
        paths.extend(there);
        missing += not.len();
        if let Some(keys) = &mut keys {
            keys.extend_from_slice(sweep.keys());
        }
    }
    let results = Results::read(&paths).map_err(|error| complain_of_results(&error)).ok()?;
    Some(Given { results: if let Some(keys) = keys { results.keyed_by(keys) } else { results }, missing })
}

/// What is to be known of runs that have no directory yet.
pub(super) fn not_begun(missing: usize) -> Option<String> {
    let (runs, are) = (counted(missing, "run"), if missing == 1 { "is" } else { "are" });
    (missing > 0).then(|| format!("{runs} of the sweep {are} not begun yet, and left out"))
}

/// Says why results cannot be had.
pub(super) fn complain_of_results(error: &ResultsError) -> u8 {
    complain(&error.to_string(), Some(&error.help()));
    BAD_INPUT
}

/// What whoever uses results has to know of their runs.
pub(super) fn remarks(results: &Results) -> String {
    let mut text = String::new();
    let mut remark = |line: String| text += &format!("  ⚠ {line}\n");
    let number = |which: &dyn Fn(&&Run) -> bool| results.runs().iter().filter(which).count();
    let all = results.runs().len();
    let incomplete = number(&|run| run.status() != RunStatus::Complete);
    if incomplete > 0 {
        let of = counted(all, "run");
        remark(format!("{incomplete} of {of} not complete: the column `status` says which"));
    }
    let loose = number(&|run| !run.is_sealed() && run.status() == RunStatus::Complete);
    if loose > 0 {
        remark(format!(
            "{} of an older version, with no digests to hold its files to",
            counted(loose, "run")
        ));
    }
    let cut = number(&|run| run.is_cut_short());
    if cut > 0 {
        remark(format!("the last line of rounds.jsonl was cut short in {}: left out", counted(cut, "run")));
    }
    if let Some(epochs) = results.mixed_epochs() {
        let epochs: Vec<String> = epochs.iter().map(u32::to_string).collect();
        remark(format!(
            "the runs are of several epochs of results ({}): the same configuration and seed\n    \
             need not give the same numbers in them; `results_epoch` says which is which",
            epochs.join(", ")
        ));
    }
    text
}

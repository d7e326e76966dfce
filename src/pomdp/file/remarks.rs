//! What there is to say of whole tables: rows that are no distributions, and elements that never occur.

use super::diagnostic::{Kind, Report};
use super::episode_end::Tables;
use super::grammar::heading_again;
use super::lexer::Keyword;
use super::preamble::Outline;
use super::probability::sum_help;
use super::rows::Resolved;
use super::space::Space;
use super::sums::BadSum;
use crate::pomdp::Names;
use crate::pomdp::analysis::{Reachability, uninformative_actions};
use std::ops::Range;

/// One of the tables T and O, as remarks name it, and the entries that it comes from.
pub(super) struct Table<'t, 's> {
    pub(super) what: &'static str,
    pub(super) source: &'s [u8],
    /// Where each entry begins.
    pub(super) starts: &'t [u32],
    pub(super) actions: &'t Space<'s>,
    pub(super) states: &'t Space<'s>,
    pub(super) columns: &'t Space<'s>,
}

impl Table<'_, '_> {
    fn entry_span(&self, entry: u32) -> Range<usize> {
        entry_span(self.source, self.starts[entry as usize])
    }
}

/// From an entry's word to its last field, where the entry begins at `start`.
pub(super) fn entry_span(source: &[u8], start: u32) -> Range<usize> {
    let start = start as usize;
    heading_again(source, start).map_or(start..start, |heading| heading.span())
}

/// Reports rows that do not sum to 1.
pub(super) fn report_bad_rows(resolved: &Resolved, table: &Table<'_, '_>, report: &mut Report<'_>) {
    let Table { what, actions, states, columns, .. } = table;
    let n = states.len();
    for &BadSum { row, sum, entry } in &resolved.sums.bad {
        if report.passes_over() {
            continue;
        }
        let (action, state) = (actions.name(row / n), states.name(row % n));
        let message = format!("the {what} row of action {action} and state {state} sums to {sum}, not to 1");
        let help = row_help(resolved, row, sum, columns);
        report.error_with_help(Kind::RowSum, table.entry_span(entry), message, help);
    }
    report.pass_over(resolved.sums.more_bad);
    let rows = &resolved.unspecified;
    for of_action in rows.chunk_by(|&x, &y| x as usize / n == y as usize / n) {
        if report.passes_over() {
            continue;
        }
        let action = actions.name(of_action[0] as usize / n);
        let rows = some_names("state", of_action.iter().map(|&row| row as usize % n), |s| states.name(s));
        let message = format!("the {what} row of action {action} was never specified for {rows}");
        let end = report.end();
        let (table, state) =
            (if *what == "transition" { "T" } else { "O" }, states.name(of_action[0] as usize % n));
        let help = format!("add a row, such as `{table}: {action} : {state} uniform`");
        report.error_with_help(Kind::RowSum, end, message, help);
    }
}

/// What the row holds, since several entries may have made it.
fn row_help(resolved: &Resolved, row: usize, sum: f64, columns: &Space<'_>) -> String {
    const SHOWN: usize = 4;
    if (sum - 1.0).abs() < 1e-3 {
        return sum_help(sum).to_owned();
    }
    let row = resolved.rows.row(row);
    let more = row.len().saturating_sub(SHOWN);
    let numbers: Vec<String> = row.take(SHOWN).map(|(j, p)| format!("{} {p}", columns.name(j))).collect();
    match (numbers.is_empty(), more) {
        (true, _) => "every number in it is 0".to_owned(),
        (false, 0) => format!("it holds {}: an entry keeps what it does not name", numbers.join(", ")),
        _ => format!("it holds {} and {more} more: an entry keeps what it does not name", numbers.join(", ")),
    }
}

/// Warns of rows that are changed by renormalisation.
pub(super) fn warn_of_renormalised_rows(resolved: &Resolved, table: &Table<'_, '_>, report: &mut Report<'_>) {
    let Some(missed) = &resolved.sums.missed else { return };
    let (what, place) = (table.what, table.entry_span(missed.entry));
    let (rows, most) = (missed.rows, missed.most);
    let message = if rows == 1 {
        let article = if what.starts_with('o') { "an" } else { "a" };
        format!("{article} {what} row misses 1 by {most:.1e} and is renormalised")
    } else {
        format!("{rows} {what} rows miss 1, by {most:.1e} at most, and are renormalised; this is the first")
    };
    report.warning(Kind::Renormalised, place, message);
}

/// Names a few elements and counts the others.
fn some_names(
    kind: &str,
    elements: impl ExactSizeIterator<Item = usize>,
    name: impl Fn(usize) -> String,
) -> String {
    let count = elements.len();
    let names: Vec<String> = elements.take(3).map(name).collect();
    let more = count - names.len();
    let plural = if count == 1 { "" } else { "s" };
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{kind}{plural} {}{rest}", names.join(", "))
}

/// Warns of states and observations that never occur, and of observations that tell nothing.
pub(super) fn warn_of_idle_elements(tables: &Tables, outline: &Outline<'_>, report: &mut Report<'_>) {
    let reached = Reachability::of_tables(&tables.start, &tables.transition, &tables.observation);
    let missing = |flags: &[bool]| (0..flags.len()).filter(|&i| !flags[i]).collect::<Vec<_>>();
    let named = |kind: &str, elements: Vec<usize>, names: &Names| {
        some_names(kind, elements.into_iter(), |i| names.name(i).into_owned())
    };
    let unreachable = missing(&reached.states);
    if !unreachable.is_empty() {
        let message = format!("never reached: {}", named("state", unreachable, &tables.states));
        report.warning(Kind::UnreachableStates, outline.place_of(Keyword::States), message);
    }
    let unproduced = missing(&reached.observations);
    if !unproduced.is_empty() {
        let message = format!("never produced: {}", named("observation", unproduced, &tables.observations));
        report.warning(Kind::UnproducedObservations, outline.place_of(Keyword::Observations), message);
    }
    let uninformative = uninformative_actions(&tables.transition, &tables.observation, &reached.states);
    // With a single state, or a single observation, there is nothing that could be told.
    let could_tell = reached.states.iter().filter(|&&reached| reached).count() > 1
        && reached.observations.iter().filter(|&&produced| produced).count() > 1;
    let actions = tables.transition.rows() / tables.states.len();
    if could_tell && uninformative.len() == actions {
        let message = "observations tell nothing about the state, whatever the actions";
        let place = outline.place_of(Keyword::Observations);
        report.warning(Kind::UninformativeObservations, place, message);
    }
}

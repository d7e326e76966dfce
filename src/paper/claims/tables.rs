//! Tables 1, 2 and 3 on one page: the paper's columns, and what was measured beside them.

use super::record::Record;
use super::table::Table;
use crate::paper::form::Form;
use std::fmt::Write;

/// The file of the page.
pub const TABLES_PAGE: &str = "tables.md";

const HEAD: &str = "# The paper's tables of methods, beside measurement

Columns that begin with \"paper\" are what our copy of the paper claims; columns that begin with \"measured\" were measured here, with means over seeds. What was run, how each row is
known, tuning, criteria and figures stand on the page of each table.
`dpac paper tables` runs all three again and prints this; `dpac paper tables --quick` takes minutes.
";

/// The paper's columns of a record with what was measured beside them: its first table, and beside that the
/// second where the first has nothing measured and both have the same rows.
pub fn side_by_side(record: &Record) -> Option<Table> {
    const MEASURED: &str = "measured: ";
    let mut whole = record.tables.first()?.clone();
    if whole.headings.iter().any(|heading| heading.starts_with(MEASURED)) {
        return Some(whole);
    }
    let of_rows = |table: &Table| table.rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    let beside = record.tables.get(1).filter(|beside| of_rows(beside) == of_rows(&whole));
    let Some(beside) = beside else { return Some(whole) };
    whole.caption = format!("{} {}", whole.caption, beside.caption);
    let marked = whole.headings.iter_mut().skip(1);
    marked
        .filter(|heading| !heading.starts_with("what was"))
        .for_each(|heading| *heading = format!("paper: {heading}"));
    whole.headings.extend(beside.headings.iter().skip(1).map(|heading| format!("{MEASURED}{heading}")));
    for (row, more) in whole.rows.iter_mut().zip(&beside.rows) {
        row.extend(more.iter().skip(1).cloned());
    }
    Some(whole)
}

/// The page, in Markdown, of the records of tables among these.
pub fn tables_page(records: &[Record]) -> String {
    let mut text = HEAD.to_owned();
    for record in records.iter().filter(|record| record.heading().starts_with("Table")) {
        let Some(table) = side_by_side(record) else { continue };
        let Record { experiment: name, title, .. } = record;
        let quick = if record.form == Form::Quick { ", quick form" } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n## {}: {title}\n\n**Held by** the [record](records/{name}.json) of [its page]({name}.md): {}{quick}.\n\n{}",
            record.heading(),
            record.standing(),
            table.markdown()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(tables: Vec<Table>) -> Record {
        Record {
            experiment: "table2".to_owned(),
            title: "methods".to_owned(),
            claim: String::new(),
            reading: String::new(),
            program: String::new(),
            results_epoch: 0,
            form: Form::Full,
            passed: true,
            verdicts: Vec::new(),
            tables,
            curves: Vec::new(),
            notes: Vec::new(),
            sweeps: Vec::new(),
        }
    }

    fn table<const N: usize>(headings: [&str; N], row: [&str; N]) -> Table {
        let mut table = Table::of("It says.", headings);
        table.row(row.map(str::to_owned));
        table
    }

    #[test]
    fn what_was_measured_stands_beside_what_is_claimed_of_the_same_rows() {
        let claims = table(["method", "speedup"], ["dpac", "yes"]);
        let ends = table(["method", "gap"], ["dpac", "0.1"]);
        let both = side_by_side(&record(vec![claims.clone(), ends])).expect("a table");
        assert_eq!(both.headings, ["method", "paper: speedup", "measured: gap"]);
        assert_eq!(both.rows, [["dpac", "yes", "0.1"]]);
        let of_others = table(["method", "gap"], ["npg", "0.1"]);
        assert_eq!(side_by_side(&record(vec![claims.clone(), of_others])), Some(claims));
        let whole = table(["method", "measured: gap"], ["dpac", "0.1"]);
        let more = table(["method", "seconds"], ["dpac", "1"]);
        assert_eq!(side_by_side(&record(vec![whole.clone(), more])), Some(whole));
    }
}

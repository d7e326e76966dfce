//! The page before the pages: which claims there are, and what has become of each.

use super::record::Record;
use crate::paper::form::Form;
use std::fmt::Write;

const HEAD: &str = "# The paper's claims, run

Each page says what our copy of the paper claims, how it is read here, and what was measured, with criteria and a verdict that
`dpac paper` computes. Configurations stand under `configs/paper/`, records under `records/`; this page and all others are what
`dpac paper all --pages docs/paper` writes.

| | what | verdict | record |
| --- | --- | --- | --- |
";

const TAIL: &str = "
Tables 1, 2 and 3 stand together on [one page](tables.md), each with what was measured beside the paper's columns; `dpac paper tables` runs them.
The paper's Figures 2 and 3 are on the page of [E3](e3.md); `dpac paper fig2` and `dpac paper fig3` draw them alone.

## Where a number comes from

- **A page** is its record written out, and has no number that the record does not have: the line of its verdict links the record,
  and stands for every sentence, table and figure of the page. A test writes each page again from its record and compares
  (`committed_pages_are_their_records_written_out`).
- **A record** names the digest of every configuration that was run and the epoch of results. Tests hold that these are what the
  present program would run (`committed_records_are_of_the_present_program`).
- **Step sizes that were tuned** stand in their configurations, each with what it was chosen by beside it.
- **On [readings.md](../readings.md)** a sentence with a measured number has in its own paragraph or row the record, the test or the
  command that finds it (`sentences_with_measured_numbers_link_their_records`). What its tables quote of our copy is not measured.
";

/// The page, in Markdown, of the experiments that were run, in their order.
pub fn contents(records: &[Record]) -> String {
    let mut text = HEAD.to_owned();
    for record in records {
        let Record { experiment: name, title, .. } = record;
        let verdict = if record.passed { record.standing() } else { format!("**{}**", record.standing()) };
        let quick = if record.form == Form::Quick { ", quick form" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| [{}]({name}.md) | {title} | {verdict}{quick} | [record](records/{name}.json) |",
            record.heading()
        );
    }
    text + TAIL
}

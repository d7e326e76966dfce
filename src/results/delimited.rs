//! Tables as CSV.

use super::Table;
use std::io::{self, Write};

/// Writes a table as CSV: names first, lines that end with a line feed, quotes where they are needed.
///
/// # Errors
/// The writer's own complaint.
pub fn write_csv(table: Table<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut csv = csv::WriterBuilder::new().from_writer(out);
    csv.write_record(table.columns.iter().map(|column| column.name.as_str()))?;
    for row in table.rows {
        csv.write_record(row.iter().map(super::Field::text))?;
    }
    csv.flush()
}

//! Tables as Parquet hold what the same tables hold as CSV.

use super::{DPAC, csv, read, read_back};
use crate::whole_run::whole_run;
use dpac::results::{Results, write_parquet};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

#[test]
fn tables_read_back_from_parquet_are_those_of_the_csv() {
    let run = whole_run(DPAC, |_| {});
    let results = Results::new(vec![read(&run)]);
    for table in [Results::rounds, Results::runs_table, Results::times] {
        let expected = read_back(&csv(table(&results)));
        let mut file = tempfile::tempfile().expect("a scratch file");
        write_parquet(table(&results), &mut file).expect("writable");
        let reader = SerializedFileReader::new(file).expect("a file");
        let rows: Vec<_> = reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row")).collect();
        assert_eq!(rows.len(), expected.len());
        for (row, expected) in rows.iter().zip(&expected) {
            for (name, field) in row.get_column_iter() {
                let text = match field {
                    Field::Null => String::new(),
                    Field::Str(text) => text.clone(),
                    Field::ULong(number) => number.to_string(),
                    Field::Double(number) => format!("{number:?}"),
                    Field::Bool(truth) => truth.to_string(),
                    other => panic!("{name} is {other:?}"),
                };
                assert_eq!(text, expected[name], "{name}");
            }
        }
    }
}

//! Tables as Parquet.

use super::{Column, Field, Kind, Table};
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
pub use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};
use std::io::Write;
use std::sync::Arc;

/// Rows that are held in memory, and written together.
const GROUP: usize = 1 << 16;

/// Writes a table as Parquet: every column is optional, words are UTF-8, counts are unsigned 64-bit integers.
///
/// # Errors
/// The writer's own complaint.
pub fn write_parquet(table: Table<'_>, out: impl Write + Send) -> Result<(), ParquetError> {
    let fields = table.columns.iter().map(schema).collect::<Result<_, _>>()?;
    let schema = Type::group_type_builder("table").with_fields(fields).build()?;
    let properties = WriterProperties::builder().set_created_by(format!("dpac {}", crate::VERSION));
    let mut file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties.build()))?;
    let mut rows = table.rows;
    loop {
        let group: Vec<Vec<Field>> = rows.by_ref().take(GROUP).collect();
        if group.is_empty() {
            break;
        }
        let mut writer = file.next_row_group()?;
        for at in 0..table.columns.len() {
            write_column(&mut writer, group.iter().map(|row| &row[at]))?;
        }
        writer.close()?;
    }
    file.close().map(drop)
}

fn schema(column: &Column) -> Result<TypePtr, ParquetError> {
    let (physical, logical) = match column.kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Integer => (Physical::INT64, Some(LogicalType::integer(64, false))),
        Kind::Real => (Physical::DOUBLE, None),
        Kind::Truth => (Physical::BOOLEAN, None),
    };
    let column = Type::primitive_type_builder(&column.name, physical).with_logical_type(logical);
    column.with_repetition(Repetition::OPTIONAL).build().map(Arc::new)
}

/// Writes the next column of a group of rows. Which fields are there is told beside them, by levels.
fn write_column<'a, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    fields: impl Iterator<Item = &'a Field> + Clone,
) -> Result<(), ParquetError> {
    let levels: Vec<i16> = fields.clone().map(|field| i16::from(*field != Field::Missing)).collect();
    let levels = Some(levels.as_slice());
    let mut column = group.next_column()?.ok_or_else(|| ParquetError::General("no column".to_owned()))?;
    match column.untyped() {
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            let texts: Vec<ByteArray> = fields.filter_map(text).collect();
            writer.write_batch(&texts, levels, None)?;
        }
        ColumnWriter::Int64ColumnWriter(writer) => {
            // The same bits: the schema says that they have no sign.
            let numbers: Vec<i64> = fields.filter_map(integer).map(u64::cast_signed).collect();
            writer.write_batch(&numbers, levels, None)?;
        }
        ColumnWriter::DoubleColumnWriter(writer) => {
            let numbers: Vec<f64> = fields.filter_map(real).collect();
            writer.write_batch(&numbers, levels, None)?;
        }
        ColumnWriter::BoolColumnWriter(writer) => {
            let truths: Vec<bool> = fields.filter_map(truth).collect();
            writer.write_batch(&truths, levels, None)?;
        }
        _ => unreachable!("the schema has four types"),
    }
    column.close()
}

fn text(field: &Field) -> Option<ByteArray> {
    match field {
        Field::Text(text) => Some(text.as_str().into()),
        _ => None,
    }
}

fn integer(field: &Field) -> Option<u64> {
    match field {
        Field::Integer(number) => Some(*number),
        _ => None,
    }
}

fn real(field: &Field) -> Option<f64> {
    match field {
        Field::Real(number) => Some(*number),
        _ => None,
    }
}

fn truth(field: &Field) -> Option<bool> {
    match field {
        Field::Truth(truth) => Some(*truth),
        _ => None,
    }
}

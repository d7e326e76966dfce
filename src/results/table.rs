//! A table: columns with their kinds, and rows that are made one after the other.

/// What is in a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// Nothing is known.
    Missing,
    /// A word.
    Text(String),
    /// A count.
    Integer(u64),
    /// A number. One that is infinite, or none at all, is written as such.
    Real(f64),
    /// Whether something is so.
    Truth(bool),
}

/// What the fields of a column are, where they are anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// Counts.
    Integer,
    /// Numbers.
    Real,
    /// Truth values.
    Truth,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, with the unit in it.
    pub name: String,
    /// What is in it.
    pub kind: Kind,
}

/// Columns, and rows as they are asked for.
pub struct Table<'a> {
    /// The columns, from the left.
    pub columns: Vec<Column>,
    /// The rows, from the top: a field for every column.
    pub rows: Box<dyn Iterator<Item = Vec<Field>> + 'a>,
}

impl Field {
    /// The field as text: numbers with the fewest digits that give the same bits again, nothing as nothing.
    pub fn text(&self) -> String {
        match self {
            Field::Missing => String::new(),
            Field::Text(text) => text.clone(),
            Field::Integer(number) => number.to_string(),
            Field::Real(number) => format!("{number:?}"),
            Field::Truth(truth) => truth.to_string(),
        }
    }
}

impl From<Option<f64>> for Field {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Field::Missing, Field::Real)
    }
}

impl From<Option<u64>> for Field {
    fn from(number: Option<u64>) -> Self {
        number.map_or(Field::Missing, Field::Integer)
    }
}

impl From<u64> for Field {
    fn from(number: u64) -> Self {
        Field::Integer(number)
    }
}

impl From<Option<bool>> for Field {
    fn from(truth: Option<bool>) -> Self {
        truth.map_or(Field::Missing, Field::Truth)
    }
}

impl From<Option<&str>> for Field {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Field::Missing, |text| Field::Text(text.to_owned()))
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Field::Text(text.to_owned())
    }
}

//! The numbers of a figure as a table.

use super::figure::Figure;
use crate::results::{Column, Field, Kind, Table};

const COLUMNS: [(&str, Kind); 9] = [
    ("facet", Kind::Text),
    ("color", Kind::Text),
    ("round", Kind::Integer),
    ("x", Kind::Integer),
    ("center", Kind::Real),
    ("low", Kind::Real),
    ("high", Kind::Real),
    ("seeds", Kind::Integer),
    ("interval", Kind::Text),
];

impl Figure {
    /// A row for every point of every line, also where an axis cannot show it.
    pub fn numbers(&self) -> Table<'_> {
        let column = |(name, kind): (&str, Kind)| Column { name: name.to_owned(), kind };
        let lines = self.panels.iter().flat_map(|panel| panel.lines.iter().map(move |line| (panel, line)));
        let rows = lines.flat_map(move |(panel, line)| {
            line.points.iter().map(move |point| {
                let interval = point.band.map(|_| self.interval.as_str());
                vec![
                    panel.name.as_str().into(),
                    self.labels[line.label].as_str().into(),
                    point.round.into(),
                    point.x.into(),
                    Field::Real(point.center),
                    point.band.map(|(low, _)| low).into(),
                    point.band.map(|(_, high)| high).into(),
                    (point.seeds as u64).into(),
                    interval.into(),
                ]
            })
        });
        Table { columns: COLUMNS.map(column).to_vec(), rows: Box::new(rows) }
    }
}

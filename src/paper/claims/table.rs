//! Tables of words and numbers that an experiment comes to.

use serde::{Deserialize, Serialize};

/// A table of a page: what a source claims beside what was measured, say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// What stands above it, a sentence.
    pub caption: String,
    /// The names of its columns; the first is what rows are of.
    pub headings: Vec<String>,
    /// Its rows, each as long as the headings.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn of<const N: usize>(caption: impl Into<String>, headings: [&str; N]) -> Self {
        let headings = headings.map(str::to_owned).to_vec();
        Table { caption: caption.into(), headings, rows: Vec::new() }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it is not as long as the headings.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<String> = cells.into_iter().collect();
        assert_eq!(cells.len(), self.headings.len(), "a cell under every heading of: {}", self.caption);
        self.rows.push(cells);
    }

    /// As Markdown. A bar in a cell would end the cell, and is written so that it does not.
    pub fn markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| in_cell(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule = "| --- ".repeat(self.headings.len());
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!("{}\n\n{}{rule}|\n{rows}", self.caption, line(&self.headings))
    }
}

/// A text as a cell of a table in Markdown, whose bars would end the cell.
pub(super) fn in_cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn tables_are_markdown_with_a_cell_under_every_heading() {
        let mut table = Table::of("Two methods.", ["", "rate"]);
        table.row(["dptd".to_owned(), "E|M".to_owned()]);
        assert_eq!(super::in_cell("|O| = 2"), "\\|O\\| = 2");
        assert_eq!(table.markdown(), "Two methods.\n\n|  | rate |\n| --- | --- |\n| dptd | E\\|M |\n");
    }
}

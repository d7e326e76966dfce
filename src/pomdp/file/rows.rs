//! T or O from its entries in file order: later ones override earlier ones, element by element.
//!
//! An operation either sets whole rows or one column of rows. It belongs to one of four kinds of group by its wildcards:
//! one (action, state), a state under every action, an action in every state, everything. Each group forgets what its
//! own later operations override, so that a row is resolved from four short lists, and no wildcard is ever expanded
//! into memory beyond the nonzeros of the result.

use super::space::Selector;
use crate::pomdp::SparseRows;

/// At most this many nonzeros in T or O, single entries that override them counted too, row by row.
pub(super) const MAX_NONZEROS: usize = 1 << 25;

/// What a whole row is set to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Base {
    Uniform,
    Identity,
    Start,
    Constant(f64),
    /// A part of the pool of listed rows.
    Listed {
        first: usize,
        end: usize,
    },
    /// An entry that an error made meaningless; its rows are not checked further.
    Unknown,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Row(Base),
    Element { column: u32, value: f64 },
}

#[derive(Clone, Copy, Debug)]
struct Operation {
    /// The entry's place among all statements, which is also its age.
    entry: u32,
    group: u32,
    change: Change,
}

/// The operations on one table of A · S rows.
pub(super) struct Rows {
    states: usize,
    actions: usize,
    columns: usize,
    operations: Vec<Operation>,
    pool: Vec<(u32, f64)>,
}

/// A row whose content is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum BadRow {
    /// No entry mentions it.
    Unspecified { row: usize },
    /// The numbers, last touched by `entry`, do not sum to 1.
    Sum { row: usize, sum: f64, entry: u32 },
}

/// A table and what was noticed on the way.
pub(super) struct Resolved {
    pub(super) rows: SparseRows,
    pub(super) bad: Vec<BadRow>,
    /// By entry: whether a number of it is left in the table.
    pub(super) used: Vec<bool>,
}

/// More than [`MAX_NONZEROS`].
pub(super) struct TooLarge;

impl Rows {
    pub(super) fn new(actions: usize, states: usize, columns: usize) -> Self {
        Rows { states, actions, columns, operations: Vec::new(), pool: Vec::new() }
    }

    /// Sets one column, or all of them, in the selected rows.
    pub(super) fn set_element(
        &mut self,
        entry: u32,
        action: Selector,
        state: Selector,
        column: Selector,
        value: f64,
    ) {
        let change = match column {
            Selector::All => Change::Row(Base::Constant(value)),
            Selector::One(column) => Change::Element { column, value },
        };
        self.push(entry, action, state, change);
    }

    /// Sets all of the selected rows.
    pub(super) fn set_row(&mut self, entry: u32, action: Selector, state: Selector, base: Base) {
        self.push(entry, action, state, Change::Row(base));
    }

    /// Keeps the nonzeros of a listed row.
    pub(super) fn list(&mut self, row: impl IntoIterator<Item = f64>) -> Base {
        let first = self.pool.len();
        let nonzeros = row.into_iter().enumerate().filter(|&(_, value)| value != 0.0);
        self.pool.extend(nonzeros.map(|(column, value)| (column as u32, value)));
        Base::Listed { first, end: self.pool.len() }
    }

    fn push(&mut self, entry: u32, action: Selector, state: Selector, change: Change) {
        let group = match (action, state) {
            (Selector::One(a), Selector::One(s)) => a as usize * self.states + s as usize,
            (Selector::All, Selector::One(s)) => self.of_state(s as usize),
            (Selector::One(a), Selector::All) => self.of_action(a as usize),
            (Selector::All, Selector::All) => self.of_all(),
        };
        self.operations.push(Operation { entry, group: group as u32, change });
    }

    fn of_state(&self, s: usize) -> usize {
        self.actions * self.states + s
    }

    fn of_action(&self, a: usize) -> usize {
        self.of_state(self.states) + a
    }

    fn of_all(&self) -> usize {
        self.of_action(self.actions)
    }

    /// The table, given the start belief and the number of statements in the file.
    pub(super) fn resolve(mut self, start: Option<&[f64]>, entries: usize) -> Result<Resolved, TooLarge> {
        // Stable, so that each group stays in file order.
        self.operations.sort_by_key(|operation| operation.group);
        let groups = Groups::new(&self.operations, self.of_all() + 1);
        let mut resolved = Flat { starts: vec![0], entries: Vec::new() };
        let (mut bad, mut used) = (Vec::new(), vec![false; entries]);
        let mut work = 0;
        let mut elements: Vec<Element> = Vec::new();
        let mut base_row = Vec::new();
        for a in 0..self.actions {
            for s in 0..self.states {
                let row = a * self.states + s;
                let lists = [row, self.of_state(s), self.of_action(a), self.of_all()];
                let base = lists.iter().filter_map(|&g| groups.base[g]).max_by_key(|&(entry, _)| entry);
                elements.clear();
                for &group in &lists {
                    let listed = groups.elements(group);
                    work += listed.len();
                    let younger = |element: &&Element| base.is_none_or(|(entry, _)| element.entry > entry);
                    elements.extend(listed.iter().filter(younger));
                }
                work += base.map_or(0, |(_, base)| self.length(base, start));
                if work > MAX_NONZEROS {
                    return Err(TooLarge);
                }
                elements.sort_by_key(|element| (element.column, element.entry));
                let known = self.write_base(base, s, start, &mut base_row);
                resolved.push_overridden(&base_row, &elements, &mut used);
                if let Some((entry, _)) = base {
                    used[entry as usize] = true;
                }
                if !known {
                    continue;
                }
                let youngest =
                    elements.iter().map(|element| element.entry).chain(base.map(|(entry, _)| entry));
                let Some(entry) = youngest.max() else {
                    bad.push(BadRow::Unspecified { row });
                    continue;
                };
                let sum = resolved.last_row().iter().fold(0.0, |sum, &(_, value)| sum + value);
                if (sum - 1.0).abs() > crate::pomdp::ROW_SUM_TOLERANCE {
                    bad.push(BadRow::Sum { row, sum, entry });
                }
            }
        }
        Ok(Resolved { rows: resolved.into_rows(self.columns), bad, used })
    }

    fn length(&self, base: Base, start: Option<&[f64]>) -> usize {
        match base {
            Base::Uniform => self.columns,
            Base::Constant(value) => {
                if value == 0.0 {
                    0
                } else {
                    self.columns
                }
            }
            Base::Identity => 1,
            Base::Start => start.map_or(0, <[f64]>::len),
            Base::Listed { first, end } => end - first,
            Base::Unknown => 0,
        }
    }

    /// Writes the row that elements then override; false if it cannot be known.
    fn write_base(
        &self,
        base: Option<(u32, Base)>,
        state: usize,
        start: Option<&[f64]>,
        row: &mut Vec<(u32, f64)>,
    ) -> bool {
        row.clear();
        let columns = self.columns as u32;
        match base.map(|(_, base)| base) {
            None => {}
            Some(Base::Constant(0.0)) => {}
            Some(Base::Constant(value)) => row.extend((0..columns).map(|column| (column, value))),
            Some(Base::Uniform) => {
                let value = 1.0 / f64::from(columns);
                row.extend((0..columns).map(|column| (column, value)));
            }
            Some(Base::Identity) => row.push((state as u32, 1.0)),
            Some(Base::Listed { first, end }) => row.extend_from_slice(&self.pool[first..end]),
            Some(Base::Start) => {
                let Some(start) = start else { return false };
                row.extend((0..columns).zip(start.iter().copied()).filter(|&(_, p)| p != 0.0));
            }
            Some(Base::Unknown) => return false,
        }
        true
    }
}

#[derive(Clone, Copy, Debug)]
struct Element {
    column: u32,
    entry: u32,
    value: f64,
}

/// Per group, the last whole-row operation and, by column, the elements set after it.
struct Groups {
    base: Vec<Option<(u32, Base)>>,
    starts: Vec<usize>,
    elements: Vec<Element>,
}

impl Groups {
    fn new(sorted: &[Operation], groups: usize) -> Self {
        let mut made =
            Groups { base: vec![None; groups], starts: Vec::with_capacity(groups + 1), elements: Vec::new() };
        made.starts.push(0);
        let mut rest = sorted;
        for group in 0..groups {
            let len = rest.iter().take_while(|operation| operation.group as usize == group).count();
            let (own, others) = rest.split_at(len);
            rest = others;
            let first = made.elements.len();
            for operation in own {
                match operation.change {
                    Change::Row(base) => {
                        made.base[group] = Some((operation.entry, base));
                        made.elements.truncate(first);
                    }
                    Change::Element { column, value } => {
                        made.elements.push(Element { column, entry: operation.entry, value });
                    }
                }
            }
            made.keep_last_of_each_column(first);
            made.starts.push(made.elements.len());
        }
        made
    }

    fn keep_last_of_each_column(&mut self, first: usize) {
        self.elements[first..].sort_by_key(|element| element.column);
        let mut kept = first;
        for i in first..self.elements.len() {
            let element = self.elements[i];
            if kept > first && self.elements[kept - 1].column == element.column {
                kept -= 1;
            }
            self.elements[kept] = element;
            kept += 1;
        }
        self.elements.truncate(kept);
    }

    fn elements(&self, group: usize) -> &[Element] {
        &self.elements[self.starts[group]..self.starts[group + 1]]
    }
}

/// Rows under construction.
struct Flat {
    starts: Vec<usize>,
    entries: Vec<(u32, f64)>,
}

impl Flat {
    /// Appends `base` with its columns overridden by `elements`, which are sorted by (column, age).
    fn push_overridden(&mut self, base: &[(u32, f64)], elements: &[Element], used: &mut [bool]) {
        let mut base = base.iter().copied().peekable();
        for same_column in elements.chunk_by(|x, y| x.column == y.column) {
            let winner = same_column.last().expect("chunks are not empty");
            used[winner.entry as usize] = true;
            while let Some(before) = base.next_if(|&(column, _)| column < winner.column) {
                self.entries.push(before);
            }
            base.next_if(|&(column, _)| column == winner.column);
            if winner.value != 0.0 {
                self.entries.push((winner.column, winner.value));
            }
        }
        self.entries.extend(base);
        self.starts.push(self.entries.len());
    }

    fn last_row(&self) -> &[(u32, f64)] {
        &self.entries[self.starts[self.starts.len() - 2]..]
    }

    fn into_rows(self, columns: usize) -> SparseRows {
        let row = |bounds: &[usize]| self.entries[bounds[0]..bounds[1]].iter().copied();
        SparseRows::from_rows(columns, self.starts.windows(2).map(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ACTIONS: usize = 3;
    const STATES: usize = 4;

    fn selector(count: u32) -> impl Strategy<Value = Selector> {
        prop_oneof![Just(Selector::All), (0..count).prop_map(Selector::One)]
    }

    /// What one entry does: a whole row by its numbers, or an element.
    #[derive(Clone, Debug)]
    enum Entry {
        Row(Selector, Selector, Vec<f64>),
        Identity(Selector, Selector),
        Start(Selector, Selector),
        Element(Selector, Selector, Selector, f64),
    }

    fn entry() -> impl Strategy<Value = Entry> {
        let number = || prop_oneof![Just(0.0), 0.1..1.0_f64];
        let a = || selector(ACTIONS as u32);
        let s = || selector(STATES as u32);
        prop_oneof![
            (a(), s(), prop::collection::vec(number(), STATES)).prop_map(|(a, s, row)| Entry::Row(a, s, row)),
            (a(), s()).prop_map(|(a, s)| Entry::Identity(a, s)),
            (a(), s()).prop_map(|(a, s)| Entry::Start(a, s)),
            (a(), s(), s(), number()).prop_map(|(a, s, j, value)| Entry::Element(a, s, j, value)),
            (a(), s(), s(), number()).prop_map(|(a, s, j, value)| Entry::Element(a, s, j, value)),
        ]
    }

    fn selected(selector: Selector, count: usize) -> std::ops::Range<usize> {
        match selector {
            Selector::All => 0..count,
            Selector::One(i) => i as usize..i as usize + 1,
        }
    }

    /// A dense table of (value, the entry it comes from), written entry by entry.
    fn dense(entries: &[Entry], start: &[f64]) -> Vec<Vec<(f64, Option<usize>)>> {
        let mut table = vec![vec![(0.0, None); STATES]; ACTIONS * STATES];
        for (i, entry) in entries.iter().enumerate() {
            let &(Entry::Row(a, s, _)
            | Entry::Identity(a, s)
            | Entry::Start(a, s)
            | Entry::Element(a, s, ..)) = entry;
            for a in selected(a, ACTIONS) {
                for s in selected(s, STATES) {
                    let row = &mut table[a * STATES + s];
                    for (j, cell) in row.iter_mut().enumerate() {
                        let value = match entry {
                            Entry::Row(_, _, row) => row[j],
                            Entry::Identity(..) => f64::from(u8::from(s == j)),
                            Entry::Start(..) => start[j],
                            Entry::Element(_, _, column, value) => {
                                if !selected(*column, STATES).contains(&j) {
                                    continue;
                                }
                                *value
                            }
                        };
                        *cell = (value, Some(i));
                    }
                }
            }
        }
        table
    }

    proptest! {
        #[test]
        fn rows_are_those_of_a_dense_table_written_entry_by_entry(
            entries in prop::collection::vec(entry(), 0..14)
        ) {
            let start = [0.25, 0.0, 0.75, 0.0];
            let mut rows = Rows::new(ACTIONS, STATES, STATES);
            for (i, entry) in entries.iter().enumerate() {
                match entry {
                    Entry::Row(a, s, row) => {
                        let base = rows.list(row.iter().copied());
                        rows.set_row(i as u32, *a, *s, base);
                    }
                    Entry::Identity(a, s) => rows.set_row(i as u32, *a, *s, Base::Identity),
                    Entry::Start(a, s) => rows.set_row(i as u32, *a, *s, Base::Start),
                    Entry::Element(a, s, j, value) => rows.set_element(i as u32, *a, *s, *j, *value),
                }
            }
            let Ok(resolved) = rows.resolve(Some(&start), entries.len()) else { panic!("a small table") };
            let table = dense(&entries, &start);
            for (i, row) in table.iter().enumerate() {
                let nonzeros: Vec<(usize, f64)> =
                    row.iter().map(|&(value, _)| value).enumerate().filter(|&(_, value)| value != 0.0).collect();
                prop_assert_eq!(resolved.rows.row(i).collect::<Vec<_>>(), nonzeros);
                let unspecified = resolved.bad.contains(&BadRow::Unspecified { row: i });
                prop_assert_eq!(unspecified, row.iter().all(|(_, entry)| entry.is_none()));
            }
            // What is left in the table is used; an entry may also count as used when single ones override all of it.
            for &(_, entry) in table.iter().flatten() {
                prop_assert!(entry.is_none_or(|entry| resolved.used[entry]));
            }
        }
    }
}

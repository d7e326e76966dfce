//! T or O from its entries in file order: later ones override earlier ones, element by element.
//!
//! An operation either sets whole rows or one column of rows. It belongs to one of four kinds of group by its wildcards:
//! one (action, state), a state under every action, an action in every state, everything. Each group forgets what its
//! own later operations override, so that a row is resolved from four short lists, and no wildcard is ever expanded
//! into memory beyond the nonzeros of the result.

use super::preamble::is_renormalised;
use super::space::Selector;
use crate::pomdp::SparseRows;

/// What a whole row is set to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Base {
    Uniform,
    Identity,
    /// What `reset` stands for.
    Reset,
    Constant(f64),
    /// A part of the pool of listed rows.
    Listed {
        first: usize,
        end: usize,
    },
    /// An entry that an error made meaningless; its rows are not checked further.
    Unknown,
}

/// The row that `reset` stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum ResetRow<'b> {
    /// The start belief.
    Start(&'b [f64]),
    /// The end of the episode: one more column, which the table has if a row is a `reset`.
    End,
    /// The start belief, which an error made unknown.
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

/// A row that does not sum to 1, last touched by `entry`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct BadSum {
    pub(super) row: usize,
    pub(super) sum: f64,
    pub(super) entry: u32,
}

/// A table and what was noticed on the way.
pub(super) struct Resolved {
    pub(super) rows: SparseRows,
    pub(super) bad: Vec<BadSum>,
    /// Rows that no entry mentions.
    pub(super) unspecified: Vec<u32>,
    /// By entry: whether a number of it is left in the table.
    pub(super) used: Vec<bool>,
    /// How many rows are a `reset`.
    pub(super) resets: usize,
    pub(super) missed: Option<Missed>,
}

/// Rows that miss 1 by less than the tolerance, and by more than rounding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Missed {
    pub(super) rows: usize,
    /// By how much, at most.
    pub(super) most: f64,
    /// The last entry of the first of them.
    pub(super) entry: u32,
}

/// More nonzeros than allowed.
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

    /// The table, given what `reset` stands for, the number of statements in the file, and the most nonzeros it may have.
    pub(super) fn resolve(
        mut self,
        reset: ResetRow<'_>,
        entries: usize,
        most: usize,
    ) -> Result<Resolved, TooLarge> {
        // Stable, so that each group stays in file order.
        self.operations.sort_by_key(|operation| operation.group);
        let groups = Groups::new(&self.operations, self.of_all() + 1);
        let (mut bad, mut unspecified, mut used) = (Vec::new(), Vec::new(), vec![false; entries]);
        let nonzeros = self.nonzeros(&groups, reset);
        if nonzeros > most {
            return Err(TooLarge);
        }
        // The bound is mostly met, and entries that have to move while they grow are held twice.
        let mut starts = Vec::with_capacity(self.actions * self.states + 1);
        starts.push(0);
        let mut resolved = Flat { starts, entries: Vec::with_capacity(nonzeros) };
        let (mut resets, mut missed) = (0, None);
        let mut elements: Vec<Element> = Vec::new();
        let mut base_row = Vec::new();
        for a in 0..self.actions {
            for s in 0..self.states {
                let row = a * self.states + s;
                let lists = self.lists(a, s);
                let base = groups.latest_base(lists);
                elements.clear();
                for group in lists {
                    let listed = groups.elements(group);
                    let younger = |element: &&Element| base.is_none_or(|(entry, _)| element.entry > entry);
                    elements.extend(listed.iter().filter(younger));
                }
                elements.sort_by_key(|element| (element.column, element.entry));
                let known = self.write_base(base, s, reset, &mut base_row);
                let overridden = resolved.push_overridden(&base_row, &elements, &mut used);
                if let Some((entry, base)) = base {
                    used[entry as usize] |= overridden < self.columns;
                    resets += usize::from(matches!(base, Base::Reset));
                }
                if !known {
                    continue;
                }
                let youngest =
                    elements.iter().map(|element| element.entry).chain(base.map(|(entry, _)| entry));
                let Some(entry) = youngest.max() else {
                    unspecified.push(row as u32);
                    continue;
                };
                let sum = resolved.last_row().iter().fold(0.0, |sum, &(_, value)| sum + value);
                if (sum - 1.0).abs() > crate::pomdp::ROW_SUM_TOLERANCE {
                    bad.push(BadSum { row, sum, entry });
                } else if is_renormalised(sum, resolved.last_row().len()) {
                    let before = missed.unwrap_or(Missed { rows: 0, most: 0.0, entry });
                    let most = before.most.max((sum - 1.0).abs());
                    missed = Some(Missed { rows: before.rows + 1, most, ..before });
                }
            }
        }
        let columns = self.columns + usize::from(resets > 0 && matches!(reset, ResetRow::End));
        Ok(Resolved { rows: resolved.into_rows(columns), bad, unspecified, used, resets, missed })
    }

    /// The groups that the row of (a, s) belongs to.
    fn lists(&self, a: usize, s: usize) -> [usize; 4] {
        [a * self.states + s, self.of_state(s), self.of_action(a), self.of_all()]
    }

    /// A bound of the table's nonzeros, before any is stored.
    fn nonzeros(&self, groups: &Groups<'_>, reset: ResetRow<'_>) -> usize {
        let of_row = |a: usize, s: usize| {
            let lists = self.lists(a, s);
            let single: usize = lists.iter().map(|&group| groups.elements(group).len()).sum();
            single + groups.latest_base(lists).map_or(0, |(_, base)| self.length(base, reset))
        };
        let pairs = (0..self.actions).flat_map(|a| (0..self.states).map(move |s| (a, s)));
        pairs.fold(0, |sum: usize, (a, s)| sum.saturating_add(of_row(a, s)))
    }

    fn length(&self, base: Base, reset: ResetRow<'_>) -> usize {
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
            Base::Reset => match reset {
                ResetRow::Start(start) => start.len(),
                ResetRow::End | ResetRow::Unknown => 1,
            },
            Base::Listed { first, end } => end - first,
            Base::Unknown => 0,
        }
    }

    /// Writes the row that elements then override; false if it cannot be known.
    fn write_base(
        &self,
        base: Option<(u32, Base)>,
        state: usize,
        reset: ResetRow<'_>,
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
            Some(Base::Reset) => match reset {
                ResetRow::Start(start) => {
                    row.extend((0..columns).zip(start.iter().copied()).filter(|&(_, p)| p != 0.0));
                }
                ResetRow::End => row.push((columns, 1.0)),
                ResetRow::Unknown => return false,
            },
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
///
/// There may be far more groups than operations, so that a group takes few bytes.
struct Groups<'o> {
    /// Sorted by group.
    operations: &'o [Operation],
    /// One more than the place of the whole-row operation; 0 where there is none.
    base: Vec<u32>,
    starts: Vec<u32>,
    elements: Vec<Element>,
}

impl<'o> Groups<'o> {
    fn new(operations: &'o [Operation], groups: usize) -> Self {
        let starts = Vec::with_capacity(groups + 1);
        let mut made = Groups { operations, base: vec![0; groups], starts, elements: Vec::new() };
        made.starts.push(0);
        let mut at = 0;
        for group in 0..groups {
            let first = made.elements.len();
            while let Some(operation) =
                operations.get(at).filter(|operation| operation.group as usize == group)
            {
                at += 1;
                match operation.change {
                    Change::Row(_) => {
                        made.base[group] = at as u32;
                        made.elements.truncate(first);
                    }
                    Change::Element { column, value } => {
                        made.elements.push(Element { column, entry: operation.entry, value });
                    }
                }
            }
            made.keep_last_of_each_column(first);
            made.starts.push(made.elements.len() as u32);
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

    /// The last whole-row operation of several groups.
    fn latest_base(&self, groups: [usize; 4]) -> Option<(u32, Base)> {
        let latest = groups.iter().filter_map(|&group| {
            let place = (self.base[group] as usize).checked_sub(1)?;
            let Operation { entry, change: Change::Row(base), .. } = self.operations[place] else {
                return None;
            };
            Some((entry, base))
        });
        latest.max_by_key(|&(entry, _)| entry)
    }

    fn elements(&self, group: usize) -> &[Element] {
        &self.elements[self.starts[group] as usize..self.starts[group + 1] as usize]
    }
}

/// Rows under construction.
struct Flat {
    starts: Vec<usize>,
    entries: Vec<(u32, f64)>,
}

impl Flat {
    /// Appends `base` with its columns overridden by `elements`, which are sorted by (column, age). Says how many columns
    /// those are.
    fn push_overridden(&mut self, base: &[(u32, f64)], elements: &[Element], used: &mut [bool]) -> usize {
        let mut base = base.iter().copied().peekable();
        let mut overridden = 0;
        for same_column in elements.chunk_by(|x, y| x.column == y.column) {
            let winner = same_column.last().expect("chunks are not empty");
            used[winner.entry as usize] = true;
            overridden += 1;
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
        overridden
    }

    fn last_row(&self) -> &[(u32, f64)] {
        &self.entries[self.starts[self.starts.len() - 2]..]
    }

    fn into_rows(self, columns: usize) -> SparseRows {
        SparseRows::from_flat(columns, self.starts, self.entries)
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
                    Entry::Start(a, s) => rows.set_row(i as u32, *a, *s, Base::Reset),
                    Entry::Element(a, s, j, value) => rows.set_element(i as u32, *a, *s, *j, *value),
                }
            }
            let Ok(resolved) = rows.resolve(ResetRow::Start(&start), entries.len(), 1000) else { panic!("a small table") };
            let table = dense(&entries, &start);
            for (i, row) in table.iter().enumerate() {
                let nonzeros: Vec<(usize, f64)> =
                    row.iter().map(|&(value, _)| value).enumerate().filter(|&(_, value)| value != 0.0).collect();
                prop_assert_eq!(resolved.rows.row(i).collect::<Vec<_>>(), nonzeros);
                let unspecified = resolved.unspecified.contains(&(i as u32));
                prop_assert_eq!(unspecified, row.iter().all(|(_, entry)| entry.is_none()));
            }
            let left = |i: usize| table.iter().flatten().any(|&(_, entry)| entry == Some(i));
            for i in 0..entries.len() {
                prop_assert_eq!(resolved.used[i], left(i), "entry {}", i);
            }
        }
    }
}

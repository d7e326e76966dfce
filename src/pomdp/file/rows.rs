//! T or O from its entries in file order: later ones override earlier ones, element by element.
//!
//! An operation either sets whole rows or one column of rows. It belongs to one of four kinds of group by its
//! wildcards: one (action, state), a state under every action, an action in every state, everything. Each
//! group forgets what its own later operations override, so that a row is resolved from four short lists, and
//! no wildcard is ever expanded into memory beyond the nonzeros of the result.
//!
//! A row of numbers for one action and state is needed once, so it stays in the text until then; one for more
//! of them is kept by its nonzeros.

use super::grammar::number_of_entry;
use super::lexer::Tokens;
use super::number::{Number, Slack, numbers};
use super::options::ReadOptions;
use super::probability::Probabilities;
use super::space::Selector;
use super::sums::Sums;
use crate::pomdp::SparseRows;

/// What a whole row is set to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Base {
    Uniform,
    Identity,
    /// What `reset` stands for.
    Reset,
    Constant(f64),
    /// So many nonzeros, which stand in the source.
    Written {
        at: u32,
        nonzeros: u32,
    },
    /// A part of the pool, which was read at this place of the source.
    Listed {
        at: u32,
        first: u32,
        end: u32,
    },
    /// An entry that an error made meaningless; its rows are not checked further.
    Unknown,
}

impl Base {
    /// Where in the source a row of numbers stands; 0 for others.
    fn at(self) -> u32 {
        match self {
            Base::Written { at, .. } | Base::Listed { at, .. } => at,
            _ => 0,
        }
    }
}

/// The row that `reset` stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum ResetRow<'b> {
    /// The nonzeros of the start belief.
    Start(&'b [(u32, f64)]),
    /// The end of the episode: one more column, which the table has if a row is a `reset`.
    End,
    /// The start belief, which an error made unknown.
    Unknown,
}

/// A number for one column of a group's rows.
#[derive(Clone, Copy, Debug)]
struct Element {
    value: f64,
    group: u32,
    column: u32,
    /// The entry's place among all entries, which is also its age.
    entry: u32,
}

/// What all rows of a group are set to.
#[derive(Clone, Copy, Debug)]
struct Whole {
    entry: u32,
    group: u32,
    base: Base,
}

/// The operations on one table of A · S rows.
pub(super) struct Rows<'s> {
    source: &'s [u8],
    options: ReadOptions,
    states: usize,
    actions: usize,
    columns: usize,
    elements: Vec<Element>,
    wholes: Vec<Whole>,
    pool: Vec<(u32, f64)>,
}

/// A row of numbers that have been read as probabilities: where it begins, and how many of them are not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WrittenRow {
    pub(super) at: usize,
    pub(super) nonzeros: usize,
}

/// A table and what was noticed on the way.
pub(super) struct Resolved {
    pub(super) rows: SparseRows,
    pub(super) sums: Sums,
    /// Rows that no entry mentions.
    pub(super) unspecified: Vec<u32>,
    /// How many rows are a `reset`.
    pub(super) resets: usize,
}

/// More nonzeros than allowed.
pub(super) struct TooLarge;

impl<'s> Rows<'s> {
    pub(super) fn new(
        source: &'s [u8],
        options: ReadOptions,
        actions: usize,
        states: usize,
        columns: usize,
    ) -> Self {
        let (elements, wholes, pool) = (Vec::new(), Vec::new(), Vec::new());
        Rows { source, options, states, actions, columns, elements, wholes, pool }
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
        match column {
            Selector::All => self.set_row(entry, action, state, Base::Constant(value)),
            Selector::One(column) => {
                let group = self.group(action, state);
                self.elements.push(Element { value, group, column, entry });
            }
        }
    }

    /// Sets all of the selected rows.
    pub(super) fn set_row(&mut self, entry: u32, action: Selector, state: Selector, base: Base) {
        let group = self.group(action, state);
        self.wholes.push(Whole { entry, group, base });
    }

    /// Sets all of the selected rows to numbers of the source.
    pub(super) fn set_numbers(&mut self, entry: u32, action: Selector, state: Selector, row: WrittenRow) {
        let at = row.at as u32;
        let once = matches!((action, state), (Selector::One(_), Selector::One(_)));
        let base = if once {
            Base::Written { at, nonzeros: row.nonzeros as u32 }
        } else {
            let first = self.pool.len() as u32;
            let nonzeros = self.nonzeros_at(at);
            self.pool.extend(nonzeros);
            Base::Listed { at, first, end: self.pool.len() as u32 }
        };
        self.set_row(entry, action, state, base);
    }

    /// The numbers of a row that stands in the source.
    fn numbers_at(&self, at: u32) -> impl Iterator<Item = Number<'s>> + use<'s> {
        let tokens = Tokens::within(self.source, at as usize..self.source.len());
        numbers(tokens).take(self.columns)
    }

    fn nonzeros_at(&self, at: u32) -> impl Iterator<Item = (u32, f64)> + use<'s> {
        let options = self.options;
        let values = self.numbers_at(at).map(move |number| Probabilities::again(options, &number));
        values.enumerate().filter(|&(_, value)| value != 0.0).map(|(column, value)| (column as u32, value))
    }

    fn group(&self, action: Selector, state: Selector) -> u32 {
        let group = match (action, state) {
            (Selector::One(a), Selector::One(s)) => a as usize * self.states + s as usize,
            (Selector::All, Selector::One(s)) => self.of_state(s as usize),
            (Selector::One(a), Selector::All) => self.of_action(a as usize),
            (Selector::All, Selector::All) => self.of_all(),
        };
        group as u32
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

    /// The table, given what `reset` stands for, where each entry begins, and the most nonzeros it may have.
    /// Marks by entry whether a number of it is left.
    pub(super) fn resolve(
        mut self,
        reset: ResetRow<'_>,
        entries: &[u32],
        used: &mut [bool],
        most: usize,
    ) -> Result<Resolved, TooLarge> {
        let elements = std::mem::take(&mut self.elements);
        let groups = Groups::new(&self.wholes, elements, self.of_all() + 1);
        let (mut sums, mut unspecified, mut resets) = (Sums::new(self.options), Vec::new(), 0);
        let nonzeros = self.nonzeros(&groups, reset);
        if nonzeros > most {
            return Err(TooLarge);
        }
        // The bound is mostly met, and entries that have to move while they grow are held twice.
        let mut starts = Vec::with_capacity(self.actions * self.states + 1);
        starts.push(0);
        let mut resolved = Flat { starts, entries: Vec::with_capacity(nonzeros) };
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
                let overridden = resolved.push_overridden(&base_row, &elements, used);
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
                let whole = base.filter(|_| elements.is_empty()).map(|(entry, base)| (entry, base.at()));
                let slack = || self.slack(base, &elements, entries);
                sums.judge(row, entry, resolved.last_row(), whole, slack);
            }
        }
        let columns = self.columns + usize::from(resets > 0 && matches!(reset, ResetRow::End));
        Ok(Resolved { rows: resolved.into_rows(columns), sums, unspecified, resets })
    }

    /// How far rounding may have taken the sum of a row, given where each entry begins. Elements are sorted
    /// by (column, age).
    fn slack(&self, base: Option<(u32, Base)>, elements: &[Element], entries: &[u32]) -> Slack {
        let half_unit = |entry: u32| {
            let number = number_of_entry(self.source, entries[entry as usize] as usize);
            number.map_or(0.0, |number| number.half_unit())
        };
        let mut slack = Slack::default();
        let mut overridden = 0;
        for same_column in elements.chunk_by(|x, y| x.column == y.column) {
            let winner = same_column.last().expect("chunks are not empty");
            slack.add(winner.value, half_unit(winner.entry), 1);
            overridden += 1;
        }
        let left = |column: &u32| elements.binary_search_by_key(column, |element| element.column).is_err();
        match base {
            Some((entry, Base::Constant(value))) => {
                slack.add(value, half_unit(entry), self.columns - overridden);
            }
            Some((_, Base::Written { at, .. } | Base::Listed { at, .. })) => {
                for (_, number) in (0..).zip(self.numbers_at(at)).filter(|(column, _)| left(column)) {
                    slack.add(number.value(), number.half_unit(), 1);
                }
            }
            _ => {}
        }
        slack
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
            Base::Written { nonzeros, .. } => nonzeros as usize,
            Base::Listed { first, end, .. } => (end - first) as usize,
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
            Some(Base::Written { at, .. }) => row.extend(self.nonzeros_at(at)),
            Some(Base::Listed { first, end, .. }) => {
                row.extend_from_slice(&self.pool[first as usize..end as usize]);
            }
            Some(Base::Reset) => match reset {
                ResetRow::Start(start) => row.extend_from_slice(start),
                ResetRow::End => row.push((columns, 1.0)),
                ResetRow::Unknown => return false,
            },
            Some(Base::Unknown) => return false,
        }
        true
    }
}

/// Per group, the last whole-row operation and, by column, the elements set after it.
///
/// There may be far more groups than operations, so that a group takes few bytes.
struct Groups<'o> {
    wholes: &'o [Whole],
    /// One more than the place of the last whole-row operation; 0 where there is none.
    base: Vec<u32>,
    starts: Vec<u32>,
    elements: Vec<Element>,
}

impl<'o> Groups<'o> {
    fn new(wholes: &'o [Whole], elements: Vec<Element>, groups: usize) -> Self {
        let mut base = vec![0; groups];
        for (place, whole) in (1..).zip(wholes) {
            base[whole.group as usize] = place;
        }
        let mut made = Groups { wholes, base, starts: Vec::with_capacity(groups + 1), elements };
        made.keep_what_is_left(groups);
        made
    }

    /// Sorts the elements by group and column, and keeps the last of each column, if nothing later set the
    /// whole row. They are moved within their list, which may be the largest of all while a file is read.
    fn keep_what_is_left(&mut self, groups: usize) {
        // Stable, so that each group stays in file order.
        self.elements.sort_by_key(|element| element.group);
        let (mut kept, mut at) = (0, 0);
        self.starts.push(0);
        for group in 0..groups {
            let of_group = self.elements[at..].iter().take_while(|element| element.group as usize == group);
            let end = at + of_group.count();
            self.elements[at..end].sort_by_key(|element| element.column);
            let (first, since) = (kept, self.last_whole(group).map(|whole| whole.entry));
            for i in at..end {
                let element = self.elements[i];
                if since.is_some_and(|since| element.entry < since) {
                    continue;
                }
                if kept > first && self.elements[kept - 1].column == element.column {
                    kept -= 1;
                }
                self.elements[kept] = element;
                kept += 1;
            }
            self.starts.push(kept as u32);
            at = end;
        }
        self.elements.truncate(kept);
    }

    fn last_whole(&self, group: usize) -> Option<&'o Whole> {
        Some(&self.wholes[(self.base[group] as usize).checked_sub(1)?])
    }

    /// The last whole-row operation of several groups.
    fn latest_base(&self, groups: [usize; 4]) -> Option<(u32, Base)> {
        let latest = groups.iter().filter_map(|&group| self.last_whole(group));
        latest.max_by_key(|whole| whole.entry).map(|whole| (whole.entry, whole.base))
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
    /// Appends `base` with its columns overridden by `elements`, which are sorted by (column, age). Says how
    /// many columns those are.
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
            let restart = [(0, 0.25), (2, 0.75)];
            let mut text = String::new();
            let written: Vec<WrittenRow> = entries.iter().map(|entry| {
                let at = text.len();
                let Entry::Row(.., row) = entry else { return WrittenRow::default() };
                row.iter().for_each(|p| text.push_str(&format!("{p} ")));
                WrittenRow { at, nonzeros: row.iter().filter(|&&p| p != 0.0).count() }
            }).collect();
            let mut rows = Rows::new(text.as_bytes(), ReadOptions::default(), ACTIONS, STATES, STATES);
            for (i, entry) in entries.iter().enumerate() {
                match entry {
                    Entry::Row(a, s, _) => rows.set_numbers(i as u32, *a, *s, written[i]),
                    Entry::Identity(a, s) => rows.set_row(i as u32, *a, *s, Base::Identity),
                    Entry::Start(a, s) => rows.set_row(i as u32, *a, *s, Base::Reset),
                    Entry::Element(a, s, j, value) => rows.set_element(i as u32, *a, *s, *j, *value),
                }
            }
            let (places, mut used) = (vec![0; entries.len()], vec![false; entries.len()]);
            let resolved = rows.resolve(ResetRow::Start(&restart), &places, &mut used, 1000);
            let Ok(resolved) = resolved else { panic!("a small table") };
            let table = dense(&entries, &start);
            for (i, row) in table.iter().enumerate() {
                let nonzeros: Vec<(usize, f64)> =
                    row.iter().map(|&(value, _)| value).enumerate().filter(|&(_, value)| value != 0.0).collect();
                prop_assert_eq!(resolved.rows.row(i).collect::<Vec<_>>(), nonzeros);
                let unspecified = resolved.unspecified.contains(&(i as u32));
                prop_assert_eq!(unspecified, row.iter().all(|(_, entry)| entry.is_none()));
            }
            let left = |i: usize| table.iter().flatten().any(|&(_, entry)| entry == Some(i));
            for (i, &used) in used.iter().enumerate() {
                prop_assert_eq!(used, left(i), "entry {}", i);
            }
        }
    }
}

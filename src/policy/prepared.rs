//! A policy at one parameter, ready to act.

use super::{Policy, softmax};
use crate::pomdp::{AliasRows, AliasScratch};

/// `π^θ` at a fixed θ: tables of probabilities where the policy's memory is finite, else a softmax at every
/// step.
///
/// Preparing allocates once and then reuses its memory; acting allocates nothing.
#[derive(Clone, Debug)]
pub struct Prepared<P: Policy> {
    theta: Vec<f64>,
    /// For finite memories, the first table row of each step.
    first_row: Vec<usize>,
    /// π(a | m) at `row * A + a`.
    table: Vec<f64>,
    alias: AliasRows,
    row: Vec<(usize, f64)>,
    alias_scratch: AliasScratch,
    probabilities: Vec<f64>,
    scratch: P::Gradient,
}

impl<P: Policy> Prepared<P> {
    /// Room for one parameter of `policy`; [`Prepared::set`] comes before any use.
    pub fn new(policy: &P) -> Self {
        let finite: Option<Vec<usize>> = (0..policy.horizon()).map(|h| policy.slots(h)).collect();
        let first_row = finite.map_or_else(Vec::new, |slots| {
            slots
                .iter()
                .scan(0, |next, n| {
                    let first = *next;
                    *next += n;
                    Some(first)
                })
                .collect()
        });
        Prepared {
            theta: Vec::new(),
            first_row,
            table: Vec::new(),
            alias: AliasRows::new([[(0, 1.0); 0]; 0]),
            row: Vec::with_capacity(policy.actions()),
            alias_scratch: AliasScratch::default(),
            probabilities: vec![0.0; policy.actions()],
            scratch: P::Gradient::default(),
        }
    }

    /// The policy at `theta`, ready to act.
    pub fn at(policy: &P, theta: &[f64]) -> Self {
        let mut prepared = Prepared::new(policy);
        prepared.set(policy, theta);
        prepared
    }

    /// Changes the parameter and rebuilds the tables.
    pub fn set(&mut self, policy: &P, theta: &[f64]) {
        assert_eq!(theta.len(), policy.parameters(), "theta has d_theta components");
        self.theta.clear();
        self.theta.extend_from_slice(theta);
        self.table.clear();
        self.alias.clear();
        if self.first_row.is_empty() {
            return;
        }
        for h in 0..policy.horizon() {
            for slot in 0..policy.slots(h).expect("a finite memory") {
                let memory = policy.memory_of_slot(h, slot);
                policy.logits(theta, &memory, h, &mut self.scratch, &mut self.probabilities);
                softmax(&mut self.probabilities);
                self.table.extend_from_slice(&self.probabilities);
                self.row.clear();
                self.row.extend(self.probabilities.iter().copied().enumerate());
                self.alias.push(&self.row, &mut self.alias_scratch);
            }
        }
    }

    /// θ.
    #[inline]
    pub fn theta(&self) -> &[f64] {
        &self.theta
    }

    /// `π_h(· | z)`, in action order.
    pub fn probabilities(&mut self, policy: &P, memory: &P::Memory, h: usize) -> &[f64] {
        if self.first_row.is_empty() {
            policy.logits(&self.theta, memory, h, &mut self.scratch, &mut self.probabilities);
            softmax(&mut self.probabilities);
            &self.probabilities
        } else {
            let row = self.first_row[h] + policy.slot(memory, h);
            &self.table[row * policy.actions()..(row + 1) * policy.actions()]
        }
    }

    /// The action for the uniform word `x`: by the alias table where there is one, else by inverting the
    /// cumulative sum.
    #[inline(always)]
    pub fn act(&mut self, policy: &P, memory: &P::Memory, h: usize, x: u64) -> usize {
        match self.tables(h) {
            Some((alias, first)) => alias.sample(first + policy.slot(memory, h), x),
            None => self.invert(policy, memory, h, x),
        }
    }

    /// Whether the policy's memory is finite, so that tables have all its probabilities.
    #[inline]
    pub fn has_tables(&self) -> bool {
        !self.first_row.is_empty()
    }

    /// Where there are no tables, the probabilities of the last [action](Prepared::act).
    #[inline]
    pub fn acted(&self) -> &[f64] {
        &self.probabilities
    }

    /// Where the memories of step h have alias tables: these, and the row of its first memory. Whoever acts
    /// for many at once asks once.
    #[inline(always)]
    pub fn tables(&self, h: usize) -> Option<(&AliasRows, usize)> {
        if self.first_row.is_empty() { None } else { Some((&self.alias, self.first_row[h])) }
    }

    #[inline(never)]
    fn invert(&mut self, policy: &P, memory: &P::Memory, h: usize, x: u64) -> usize {
        // The 53 high bits as a number in [0, 1).
        let u = (x >> 11) as f64 / 9_007_199_254_740_992.0;
        let probabilities = self.probabilities(policy, memory, h);
        // The first action whose sum is above u, counted: who leaves the loop there guesses wrong half of the
        // time.
        let (mut action, mut sum) = (0, 0.0);
        for p in probabilities {
            sum += p;
            action += usize::from(u >= sum);
        }
        if action < probabilities.len() && !sum.is_nan() {
            return action;
        }
        // Rounding may leave the sum below u; what has no probability is not drawn even then.
        probabilities.iter().rposition(|&p| p > 0.0).expect("a softmax of finite logits")
    }
}

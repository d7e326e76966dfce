//! Sizes in letters: how often the loops of a protocol run, and what its counts come to.

use super::letter::Letter;
use super::values::Values;
use crate::theory::counts::CountError;
use serde::{Serialize, Serializer};
use std::fmt;
use std::ops::{Add, Mul, Sub};

/// A polynomial in letters with integers as coefficients. Its terms stand in the order in which they came up.
#[derive(Clone, Debug, Default)]
pub struct Size {
    /// No two have the same letters, and no factor is 0.
    terms: Vec<Term>,
}

/// A product of letters, in the order in which they were multiplied.
#[derive(Clone, Debug)]
struct Term {
    factor: i64,
    letters: Vec<Letter>,
}

impl Size {
    fn plus(&mut self, term: Term) {
        match self.terms.iter().position(|known| are_same(&known.letters, &term.letters)) {
            Some(place) => {
                self.terms[place].factor += term.factor;
                self.terms.retain(|term| term.factor != 0);
            }
            None if term.factor != 0 => self.terms.push(term),
            None => {}
        }
    }

    /// The number that this is where the letters have these values.
    ///
    /// # Errors
    /// If a letter has no value, or the number is less than 0 or more than 64 bits hold; `what` is what it
    /// counts.
    pub fn value(&self, values: &Values, what: &'static str) -> Result<u64, CountError> {
        let mut sum = 0_i128;
        for Term { factor, letters } in &self.terms {
            let mut product = i128::from(*factor);
            for &letter in letters {
                let value = values.get(letter)?.into();
                product = product.checked_mul(value).ok_or(CountError::Overflow { what })?;
            }
            sum = sum.checked_add(product).ok_or(CountError::Overflow { what })?;
        }
        if sum < 0 {
            return Err(CountError::Negative { size: self.to_string() });
        }
        u64::try_from(sum).map_err(|_| CountError::Overflow { what })
    }

    /// Every letter that occurs.
    pub(super) fn letters(&self) -> impl Iterator<Item = Letter> + '_ {
        self.terms.iter().flat_map(|term| term.letters.iter().copied())
    }
}

fn are_same(a: &[Letter], b: &[Letter]) -> bool {
    let mut rest = b.to_vec();
    a.len() == b.len() && a.iter().all(|&letter| take(&mut rest, letter))
}

/// Takes one occurrence of a letter away, if there is one.
fn take(letters: &mut Vec<Letter>, letter: Letter) -> bool {
    let place = letters.iter().rposition(|&other| other == letter);
    place.map(|place| letters.remove(place)).is_some()
}

impl PartialEq for Size {
    fn eq(&self, other: &Size) -> bool {
        (self.clone() - other.clone()).terms.is_empty()
    }
}

impl From<u32> for Size {
    fn from(number: u32) -> Size {
        let mut size = Size::default();
        size.plus(Term { factor: number.into(), letters: Vec::new() });
        size
    }
}

impl From<Letter> for Size {
    fn from(letter: Letter) -> Size {
        Size { terms: vec![Term { factor: 1, letters: vec![letter] }] }
    }
}

impl<T: Into<Size>> Add<T> for Size {
    type Output = Size;

    fn add(mut self, other: T) -> Size {
        other.into().terms.into_iter().for_each(|term| self.plus(term));
        self
    }
}

impl<T: Into<Size>> Sub<T> for Size {
    type Output = Size;

    fn sub(mut self, other: T) -> Size {
        for Term { factor, letters } in other.into().terms {
            self.plus(Term { factor: -factor, letters });
        }
        self
    }
}

impl<T: Into<Size>> Mul<T> for Size {
    type Output = Size;

    fn mul(self, other: T) -> Size {
        let (mut product, other) = (Size::default(), other.into());
        for a in &self.terms {
            for b in &other.terms {
                let letters = [a.letters.as_slice(), &b.letters].concat();
                product.plus(Term { factor: a.factor * b.factor, letters });
            }
        }
        product
    }
}

impl<T: Into<Size>> Sub<T> for Letter {
    type Output = Size;

    fn sub(self, other: T) -> Size {
        Size::from(self) - other
    }
}

impl<T: Into<Size>> Mul<T> for Letter {
    type Output = Size;

    fn mul(self, other: T) -> Size {
        Size::from(self) * other
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// With common letters taken out, as in `M R (R_e q + n p)`.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(&self.terms))
    }
}

fn written(terms: &[Term]) -> String {
    let [first, others @ ..] = terms else { return "0".to_owned() };
    if others.is_empty() {
        return term(first);
    }
    // A letter that ends every term stands last, as a vector's length does; other letters of every term stand
    // first.
    if let Some(&last) = first.letters.last()
        && others.iter().all(|term| term.letters.last() == Some(&last))
    {
        return format!("{} {}", factor(&without(terms, &[last])), last.symbol);
    }
    let common = common(terms);
    if !common.is_empty() {
        let symbols: Vec<&str> = common.iter().map(|letter| letter.symbol).collect();
        return format!("{} ({})", symbols.join(" "), written(&without(terms, &common)));
    }
    let mut text = String::new();
    for mut group in by_last_letter(terms) {
        let minus = group[0].factor < 0;
        group.iter_mut().filter(|_| minus).for_each(|term| term.factor = -term.factor);
        text.push_str(match (text.is_empty(), minus) {
            (true, false) => "",
            (true, true) => "-",
            (false, false) => " + ",
            (false, true) => " - ",
        });
        text.push_str(&written(&group));
    }
    text
}

fn term(Term { factor, letters }: &Term) -> String {
    let symbols: Vec<&str> = letters.iter().map(|letter| letter.symbol).collect();
    match (factor, symbols.is_empty()) {
        (1, false) => symbols.join(" "),
        (-1, false) => format!("-{}", symbols.join(" ")),
        (_, true) => factor.to_string(),
        _ => format!("{factor} {}", symbols.join(" ")),
    }
}

/// A sum as it stands before a letter: in parentheses, where no letter of its own stands before them.
fn factor(terms: &[Term]) -> String {
    let text = written(terms);
    if terms.len() > 1 && common(terms).is_empty() { format!("({text})") } else { text }
}

/// The letters that every term has, in the order of the first.
fn common(terms: &[Term]) -> Vec<Letter> {
    let mut others: Vec<Vec<Letter>> = terms[1..].iter().map(|term| term.letters.clone()).collect();
    let mut found = terms[0].letters.clone();
    found.retain(|&letter| {
        let of_all = others.iter().all(|letters| letters.contains(&letter));
        others.iter_mut().filter(|_| of_all).for_each(|letters| {
            take(letters, letter);
        });
        of_all
    });
    found
}

fn without(terms: &[Term], letters: &[Letter]) -> Vec<Term> {
    let mut left = terms.to_vec();
    for term in &mut left {
        letters.iter().for_each(|&letter| {
            take(&mut term.letters, letter);
        });
    }
    left
}

/// The terms of each last letter, and a number after them.
fn by_last_letter(terms: &[Term]) -> Vec<Vec<Term>> {
    let mut groups: Vec<Vec<Term>> = Vec::new();
    for term in terms {
        match groups.iter_mut().find(|group| group[0].letters.last() == term.letters.last()) {
            Some(group) => group.push(term.clone()),
            None => groups.push(vec![term.clone()]),
        }
    }
    groups.sort_by_key(|group| group[0].letters.is_empty());
    groups
}

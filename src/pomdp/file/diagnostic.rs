//! What the reader has to say about a file, and where.

use super::lines::Lines;
use std::ops::Range;
use thiserror::Error;

/// A fault or an oddity of a problem file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{line}:{column}: {message}")]
pub struct Diagnostic {
    /// Which rule it is about.
    pub kind: Kind,
    /// Whether the file was refused for it.
    pub severity: Severity,
    /// Bytes of the source that it points at; empty at the end of the file.
    pub span: Range<usize>,
    /// Line of the span's start, from 1.
    pub line: usize,
    /// Column of the span's start in characters, from 1.
    pub column: usize,
    /// One sentence without a full stop.
    pub message: String,
    /// What to do about it, where there is something to say.
    pub help: Option<String>,
}

/// Whether a diagnostic refuses the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The file has no meaning.
    Error,
    /// The file was read, and this is worth knowing.
    Warning,
}

/// The rules of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A character that begins no token.
    IllegalCharacter,
    /// A token where another was expected.
    UnexpectedToken,
    /// One of the five preamble items is not there.
    MissingItem,
    /// A preamble item or the start belief is given twice.
    RepeatedItem,
    /// A discount outside [0, 1].
    DiscountOutOfRange,
    /// Fewer than one state, action or observation.
    CountBelowOne,
    /// Two elements of one list with one name.
    DuplicateName,
    /// A reserved word used as a name.
    ReservedWord,
    /// A name that was not declared.
    UnknownName,
    /// A position past the last element.
    IndexOutOfRange,
    /// A row or matrix with too few or too many numbers.
    NumberCount,
    /// A probability outside [0, 1], or one with a sign.
    ProbabilityOutOfRange,
    /// A row of T or O that does not sum to 1.
    RowSum,
    /// A start belief of the wrong length or sum.
    StartVector,
    /// A start belief without any state.
    EmptyStart,
    /// `uniform`, `identity` or `reset` in an entry that cannot take it.
    KeywordNotAllowed,
    /// An entry before the last preamble item.
    EntryBeforePreamble,
    /// The end of the file inside an item or entry.
    UnexpectedEnd,
    /// A number, or an expected reward, that overflows.
    NotFinite,
    /// A problem too large for the reader's memory bounds.
    TooLarge,
    /// An element of a list that is no name, such as a number or a tuple.
    NoName,
    /// So many more errors, or warnings, than are listed.
    More(usize),
    /// Warning: a byte order mark.
    ByteOrderMark,
    /// Warning: a comment that ends at a CR without LF, where other readers let it go on.
    CarriageReturn,
    /// Warning: `0 1 2 ...`, read as a count.
    NumberedNames,
    /// Warning: probabilities outside [0, 1] by no more than noise, taken for 0 or 1.
    Clamped,
    /// Warning: a colon between the last field and the value.
    ColonBeforeValue,
    /// Warning: several names after `start:`, read as `start include:`.
    SeveralStartNames,
    /// Warning: a number without a digit before its point.
    LeadingPoint,
    /// Warning: `values: rewards` or `values: costs`.
    PluralValues,
    /// Warning: no R entry.
    NoReward,
    /// Warning: rows that do not sum to 1 exactly, and are renormalised.
    Renormalised,
    /// Warning: an entry of which later entries override every number.
    NoEffect,
    /// Warning: states that cannot be reached from the start belief.
    UnreachableStates,
    /// Warning: observations that are never produced.
    UnproducedObservations,
    /// Warning: several observations, which after every action have one distribution in all states that it
    /// can lead to.
    UninformativeObservations,
    /// Warning: no `reset` row, although they were to end episodes.
    NoReset,
    /// Warning: `start` after an entry, or a preamble item after `start`.
    LateItem,
}

/// At most this many errors, and as many warnings, are kept; of further ones it is told how many there are.
pub(super) const LIMIT: usize = 100;

/// Collects diagnostics of one source.
pub(super) struct Report<'s> {
    lines: Lines<'s>,
    errors: Kept,
    warnings: Kept,
    strict: bool,
}

#[derive(Default)]
struct Kept {
    found: Vec<Found>,
    more: usize,
}

/// A diagnostic whose line and column are not looked for yet.
struct Found {
    kind: Kind,
    span: Range<usize>,
    message: String,
    help: Option<String>,
}

impl<'s> Report<'s> {
    pub(super) fn new(source: &'s [u8], strict: bool) -> Self {
        Report { lines: Lines::of(source), errors: Kept::default(), warnings: Kept::default(), strict }
    }

    pub(super) fn error(&mut self, kind: Kind, span: Range<usize>, message: impl Into<String>) {
        self.errors.add(Found { kind, span, message: message.into(), help: None });
    }

    /// An error, and what to do about it.
    pub(super) fn error_with_help(
        &mut self,
        kind: Kind,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.errors.add(Found { kind, span, message: message.into(), help: Some(help.into()) });
    }

    pub(super) fn warning(&mut self, kind: Kind, span: Range<usize>, message: impl Into<String>) {
        self.warnings.add(Found { kind, span, message: message.into(), help: None });
    }

    /// A harmless extension of the format: a warning, or when reading strictly an error of kind `strictly`.
    pub(super) fn extension(
        &mut self,
        kind: Kind,
        strictly: Kind,
        span: Range<usize>,
        message: impl Into<String>,
        help: &str,
    ) {
        let (list, kind) =
            if self.strict { (&mut self.errors, strictly) } else { (&mut self.warnings, kind) };
        if !list.passes_over() {
            list.add(Found { kind, span, message: message.into(), help: Some(help.to_owned()) });
        }
    }

    /// Line of a byte offset, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.lines.line(offset)
    }

    /// The empty span at the end of the source.
    pub(super) fn end(&self) -> Range<usize> {
        self.lines.end()..self.lines.end()
    }

    /// Whether there is no room for another error. It is then counted, and nothing need be spent on it: there
    /// may be one per token.
    pub(super) fn passes_over(&mut self) -> bool {
        self.errors.passes_over()
    }

    /// The same for warnings.
    pub(super) fn passes_over_warning(&mut self) -> bool {
        self.warnings.passes_over()
    }

    /// Counts errors that there is no room for.
    pub(super) fn pass_over(&mut self, errors: usize) {
        self.errors.more += errors;
    }

    pub(super) fn has_errors(&self) -> bool {
        !self.errors.found.is_empty()
    }

    /// Warnings alone, in file order.
    pub(super) fn into_warnings(self) -> Vec<Diagnostic> {
        let Report { lines, warnings, .. } = self;
        warnings.placed(Severity::Warning, &lines)
    }

    /// Errors and warnings, in file order.
    pub(super) fn into_all(self) -> Vec<Diagnostic> {
        let Report { lines, errors, warnings, .. } = self;
        let mut all = errors.placed(Severity::Error, &lines);
        all.extend(warnings.placed(Severity::Warning, &lines));
        all.sort_by_key(|diagnostic| diagnostic.span.start);
        all
    }
}

impl Kept {
    fn passes_over(&mut self) -> bool {
        let full = self.found.len() >= LIMIT;
        self.more += usize::from(full);
        full
    }

    fn add(&mut self, found: Found) {
        if !self.passes_over() {
            self.found.push(found);
        }
    }

    /// In file order, and at the end of the file how many there are besides.
    fn placed(mut self, severity: Severity, lines: &Lines<'_>) -> Vec<Diagnostic> {
        if self.more > 0 {
            let message = match (severity, self.more) {
                (Severity::Error, 1) => "1 more error is not listed".to_owned(),
                (Severity::Error, more) => format!("{more} more errors are not listed"),
                (Severity::Warning, 1) => "1 more warning is not listed".to_owned(),
                (Severity::Warning, more) => format!("{more} more warnings are not listed"),
            };
            let (kind, span) = (Kind::More(self.more), lines.end()..lines.end());
            self.found.push(Found { kind, span, message, help: None });
        }
        self.found.sort_by_key(|found| found.span.start);
        let mut cursor = lines.cursor();
        let placed = self.found.into_iter().map(|Found { kind, span, message, help }| {
            let (line, column) = cursor.place(span.start);
            Diagnostic { kind, severity, span, line, column, message, help }
        });
        placed.collect()
    }
}

//! What the reader has to say about a file, and where.

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
    /// Warning: several observations, which after every action have one distribution in all states that it can lead to.
    UninformativeObservations,
    /// Warning: no `reset` row, although they were to end episodes.
    NoReset,
    /// Warning: `start` after an entry, or a preamble item after `start`.
    LateItem,
}

/// At most this many errors, and as many warnings, are kept.
pub(super) const LIMIT: usize = 100;

/// Collects diagnostics of one source.
pub(super) struct Report<'s> {
    source: &'s [u8],
    /// Offset of each line's first byte.
    lines: Vec<usize>,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    strict: bool,
}

impl<'s> Report<'s> {
    pub(super) fn new(source: &'s [u8], strict: bool) -> Self {
        let ends = source.iter().enumerate().filter(|&(_, &byte)| byte == b'\n').map(|(i, _)| i + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        Report { source, lines, errors: Vec::new(), warnings: Vec::new(), strict }
    }

    pub(super) fn error(&mut self, kind: Kind, span: Range<usize>, message: impl Into<String>) {
        self.add(Severity::Error, kind, span, message.into(), None);
    }

    /// An error, and what to do about it.
    pub(super) fn error_with_help(
        &mut self,
        kind: Kind,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Severity::Error, kind, span, message.into(), Some(help.into()));
    }

    pub(super) fn warning(&mut self, kind: Kind, span: Range<usize>, message: impl Into<String>) {
        self.add(Severity::Warning, kind, span, message.into(), None);
    }

    /// A harmless extension of the format: a warning, or when reading strictly an error of kind `strictly`.
    pub(super) fn extension(
        &mut self,
        kind: Kind,
        strictly: Kind,
        span: Range<usize>,
        message: &str,
        help: &str,
    ) {
        let (severity, kind) =
            if self.strict { (Severity::Error, strictly) } else { (Severity::Warning, kind) };
        self.add(severity, kind, span, message.to_owned(), Some(help.to_owned()));
    }

    pub(super) fn strict(&self) -> bool {
        self.strict
    }

    /// Line of a byte offset, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|&start| start <= offset)
    }

    /// The empty span at the end of the source.
    pub(super) fn end(&self) -> Range<usize> {
        self.source.len()..self.source.len()
    }

    /// Whether further errors would be dropped, so that nothing need be spent on them.
    pub(super) fn is_full(&self) -> bool {
        self.errors.len() >= LIMIT
    }

    pub(super) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Warnings alone, in file order.
    pub(super) fn into_warnings(self) -> Vec<Diagnostic> {
        let mut warnings = self.warnings;
        warnings.sort_by_key(|diagnostic| diagnostic.span.start);
        warnings
    }

    /// Errors and warnings, in file order.
    pub(super) fn into_all(self) -> Vec<Diagnostic> {
        let mut all = self.errors;
        all.extend(self.warnings);
        all.sort_by_key(|diagnostic| diagnostic.span.start);
        all
    }

    fn add(
        &mut self,
        severity: Severity,
        kind: Kind,
        span: Range<usize>,
        message: String,
        help: Option<String>,
    ) {
        let list = match severity {
            Severity::Error => &self.errors,
            Severity::Warning => &self.warnings,
        };
        // Checked first: finding a column takes time in the line's length, and there may be an error per token.
        if list.len() >= LIMIT {
            return;
        }
        let (line, column) = self.position(span.start);
        let diagnostic = Diagnostic { kind, severity, span, line, column, message, help };
        match severity {
            Severity::Error => self.errors.push(diagnostic),
            Severity::Warning => self.warnings.push(diagnostic),
        }
    }

    fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.line(offset);
        // Continuation bytes of UTF-8 are no characters of their own.
        let before = &self.source[self.lines[line - 1]..offset];
        let characters = before.iter().filter(|&byte| byte & 0xC0 != 0x80).count();
        (line, characters + 1)
    }
}

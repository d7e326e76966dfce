//! Places in texts: where a key or a value was written.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The name of the text of a `--set`.
pub const SETTING: &str = "--set";

/// The name of the text of a value that comes from an axis of a sweep.
pub const AXIS: &str = "an axis";

/// The name of the text of an `--unset`.
pub(super) const UNSET: &str = "--unset";

/// A text with the name under which people know it: a file's path, or `--set`.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The name.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// A place in a text, or the text as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it was written.
    pub source: Arc<SourceText>,
    /// The bytes, on boundaries of characters and inside the text; `None` for the text as a whole.
    pub span: Option<Range<usize>>,
}

impl Place {
    /// The bytes `span` of `source`, moved back to boundaries of characters inside the text.
    pub fn new(source: &Arc<SourceText>, span: Range<usize>) -> Self {
        let text = &source.text;
        let boundary = |byte: usize| (0..=byte.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
        let start = boundary(span.start).unwrap_or(0);
        let end = boundary(span.end).unwrap_or(0).max(start);
        Place { source: Arc::clone(source), span: Some(start..end) }
    }

    /// `source` as a whole.
    pub fn whole(source: &Arc<SourceText>) -> Self {
        Place { source: Arc::clone(source), span: None }
    }

    /// Line of the first byte, from 1.
    pub fn line(&self) -> Option<usize> {
        self.before().map(|before| before.matches('\n').count() + 1)
    }

    /// Column of the first byte, in characters from 1.
    pub fn column(&self) -> Option<usize> {
        self.before().map(|before| before.rsplit('\n').next().unwrap_or(before).chars().count() + 1)
    }

    /// What is written there; empty for the text as a whole.
    pub fn written(&self) -> &str {
        self.span.clone().map_or("", |span| &self.source.text[span])
    }

    fn before(&self) -> Option<&str> {
        self.span.as_ref().map(|span| &self.source.text[..span.start])
    }
}

/// `name:line:column`, or the name alone.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source.name)?;
        if let (Some(line), Some(column)) = (self.line(), self.column()) {
            write!(f, ":{line}:{column}")?;
        }
        Ok(())
    }
}

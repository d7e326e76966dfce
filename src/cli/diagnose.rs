//! Errors in configurations and problem files, drawn with the place underlined.

use crate::config::{ConfigError, ConfigErrors};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing runs.
    Error,
    /// The run goes on, but its user should know.
    Warning,
    /// No more than a hint.
    Advice,
}

/// Something to say about a place in a text, whichever reader of files found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The text's name: a path, or `--set`.
    pub source_name: String,
    /// The whole text.
    pub source_text: Arc<str>,
    /// Bytes of the text that are underlined; `None` for the text as a whole, which is then not shown.
    pub span: Option<Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// How much it matters.
    pub severity: Severity,
}

impl From<&ConfigError> for Located {
    fn from(error: &ConfigError) -> Self {
        Located {
            source_name: error.place.source.name.clone(),
            source_text: error.place.source.text.as_str().into(),
            span: error.place.span.clone(),
            message: error.fault.to_string(),
            help: error.help.clone(),
            severity: Severity::Error,
        }
    }
}

impl Located {
    /// An error about a file as a whole, whose text need not be known.
    pub fn whole(path: &Path, message: String) -> Self {
        Located {
            source_name: path.display().to_string(),
            source_text: "".into(),
            span: None,
            message,
            help: None,
            severity: Severity::Error,
        }
    }

    /// Line and column of the first byte, in characters, both from 1; `None` for the text as a whole.
    pub fn position(&self) -> Option<(usize, usize)> {
        let start = self.span.as_ref()?.start.min(self.source_text.len());
        let boundary = (0..=start).rev().find(|&at| self.source_text.is_char_boundary(at))?;
        let before = &self.source_text[..boundary];
        let line = before.rsplit('\n').next().unwrap_or(before);
        Some((before.matches('\n').count() + 1, line.chars().count() + 1))
    }
}

/// The diagnostics of everything that is wrong with a configuration.
pub fn of_configuration(errors: &ConfigErrors) -> Vec<Located> {
    errors.as_slice().iter().map(Located::from).collect()
}

/// How diagnostics are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether escape codes for colours may be written: the output is a terminal.
    pub color: bool,
    /// Width in columns at which messages are wrapped; shown lines of the text are not.
    pub width: usize,
}

/// Draws diagnostics one after another, with an empty line between two; ends with a newline unless there are none.
///
/// Spans that leave the text are cut to it.
pub fn render(diagnostics: &[Located], style: Style) -> String {
    let theme = if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_context_lines(1)
        .without_syntax_highlighting()
        .with_links(false);
    let drawn: Vec<String> = diagnostics.iter().map(|diagnostic| draw(&handler, diagnostic)).collect();
    drawn.join("\n")
}

fn draw(handler: &GraphicalReportHandler, located: &Located) -> String {
    let view = View::new(located);
    let mut text = String::new();
    match handler.render_report(&mut text, &view) {
        Ok(()) => text,
        // The message matters more than the drawing.
        Err(fmt::Error) => format!("{}: {}\n", located.source_name, located.message),
    }
}

/// A [`Located`] as miette wants it.
#[derive(Debug)]
struct View<'a> {
    located: &'a Located,
    message: String,
    source: Option<NamedSource<String>>,
    span: Range<usize>,
}

impl<'a> View<'a> {
    fn new(located: &'a Located) -> Self {
        let Some(span) = &located.span else {
            // Without a place there is no line to show, so that the message has to name the text.
            let message = format!("{}: {}", located.source_name, located.message);
            return View { located, message, source: None, span: 0..0 };
        };
        let length = located.source_text.len();
        let (start, end) = (span.start.min(length), span.end.min(length));
        // A place at the very end of a text is drawn only if a line ends there.
        let mut text = located.source_text.to_string();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        View {
            located,
            message: located.message.clone(),
            source: Some(NamedSource::new(&located.source_name, text)),
            span: start..end.max(start),
        }
    }
}

impl fmt::Display for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for View<'_> {}

impl Diagnostic for View<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.located.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Advice => miette::Severity::Advice,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.located.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.source.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::new(None, self.span.start, self.span.len()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style { color: false, width: 80 };

    fn located(text: &str, span: Option<Range<usize>>) -> Located {
        Located {
            source_name: "maze.POMDP".to_owned(),
            source_text: text.into(),
            span,
            message: "row sums to 0.9".to_owned(),
            help: None,
            severity: Severity::Error,
        }
    }

    #[test]
    fn escape_codes_are_written_only_in_colour() {
        let diagnostics = [located("T: 0\n0.5 0.4\n", Some(5..12))];
        assert!(!render(&diagnostics, PLAIN).contains('\u{1b}'));
        assert!(render(&diagnostics, Style { color: true, ..PLAIN }).contains('\u{1b}'));
    }

    #[test]
    fn severities_differ_in_their_sign() {
        let drawn = |severity| {
            let diagnostic = Located { severity, ..located("T: 0\n", Some(0..1)) };
            render(&[diagnostic], PLAIN).trim_start().chars().next()
        };
        assert_eq!(drawn(Severity::Error), Some('×'));
        assert_eq!(drawn(Severity::Warning), Some('⚠'));
        assert_eq!(drawn(Severity::Advice), Some('☞'));
    }

    #[test]
    fn message_and_name_are_drawn_wherever_the_span_is() {
        for text in ["", "\n", "T: 0", "T: 0\r\n\t0.5 0.4\r\n", "états: 2\n\n\n"] {
            for start in 0..=text.len() + 2 {
                for end in start..=text.len() + 2 {
                    let drawn = render(&[located(text, Some(start..end))], PLAIN);
                    assert!(drawn.contains("row sums to 0.9"), "{text:?} {start}..{end}: {drawn}");
                    assert!(drawn.contains("maze.POMDP:"), "{text:?} {start}..{end}: {drawn}");
                }
            }
        }
    }

    #[test]
    fn without_a_span_the_message_names_the_text() {
        assert_eq!(render(&[located("T: 0\n", None)], PLAIN), "  × maze.POMDP: row sums to 0.9\n");
    }

    #[test]
    fn nothing_is_drawn_for_no_diagnostics() {
        assert_eq!(render(&[], PLAIN), "");
    }
}

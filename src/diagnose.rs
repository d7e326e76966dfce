//! Errors in configurations and problem files, drawn with the place underlined.

mod excerpt;

pub use excerpt::Excerpt;

use self::excerpt::Excerpts;
use crate::config::{ConfigError, ConfigErrors, Place, SourceText};
use crate::pomdp::file::{self, Diagnostic as OfProblem};
use crate::visible::{as_typed, named, on_a_terminal, shown, visible};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};
use std::borrow::Cow;
use std::fmt;
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
    /// The place with the lines around it; `None` for the text as a whole, which is then not shown.
    pub excerpt: Option<Excerpt>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// How much it matters.
    pub severity: Severity,
}

impl From<&ConfigError> for Located {
    fn from(error: &ConfigError) -> Self {
        let Place { source, span } = &error.place;
        let excerpt = span.clone().map(|span| Excerpt::new(source.text.as_bytes(), span));
        Located::of_configuration(error, excerpt)
    }
}

impl Located {
    /// An error about a file as a whole, whose text need not be known.
    pub fn whole(path: &Path, message: String) -> Self {
        Located {
            source_name: shown(path).to_string(),
            excerpt: None,
            message,
            help: None,
            severity: Severity::Error,
        }
    }

    fn of_configuration(error: &ConfigError, excerpt: Option<Excerpt>) -> Self {
        Located {
            source_name: error.place.source.name.clone(),
            excerpt,
            message: error.fault.to_string(),
            help: error.help.clone(),
            severity: Severity::Error,
        }
    }

    /// Line and column of the first byte, in characters, both from 1; `None` for the text as a whole.
    pub fn position(&self) -> Option<(usize, usize)> {
        self.excerpt.as_ref().map(|excerpt| (excerpt.line, excerpt.column))
    }
}

/// The diagnostics of what is wrong with a configuration: of the first hundred errors, as of those of a
/// problem file, so that what is shown stays readable, and in proportion. [`ConfigErrors::beyond_first`]
/// counts the others.
pub fn of_configuration(errors: &ConfigErrors) -> Vec<Located> {
    let mut last: Option<(&Arc<SourceText>, Excerpts<'_>)> = None;
    let mut diagnostics = Vec::with_capacity(errors.first().len());
    for error in errors.first() {
        let Place { source, span } = &error.place;
        if !last.as_ref().is_some_and(|(of, _)| Arc::ptr_eq(of, source)) {
            last = Some((source, Excerpts::new(source.text.as_bytes())));
        }
        let excerpt = span.clone().zip(last.as_mut()).map(|(span, (_, excerpts))| excerpts.at(span));
        diagnostics.push(Located::of_configuration(error, excerpt));
    }
    diagnostics
}

/// Diagnostics of a problem file on its text, under the path's name.
pub fn of_problem(diagnostics: &[OfProblem], path: &Path, bytes: &[u8]) -> Vec<Located> {
    let name = named(path);
    let mut excerpts = Excerpts::new(bytes);
    let one = |diagnostic: &OfProblem| Located {
        source_name: name.clone(),
        excerpt: Some(excerpts.at(diagnostic.span.clone())),
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        severity: match diagnostic.severity {
            file::Severity::Error => Severity::Error,
            file::Severity::Warning => Severity::Warning,
        },
    };
    diagnostics.iter().map(one).collect()
}

/// How diagnostics are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether escape codes for colours may be written: the output is a terminal.
    pub color: bool,
    /// Width in columns at which messages are wrapped; shown lines of the text are not.
    pub width: usize,
}

/// The width at which no message is broken.
pub const UNBROKEN: usize = 1 << 20;

/// Draws diagnostics one after another, with an empty line between two; ends with a newline unless there are
/// none.
///
/// The only escape codes in it are those of colours, whatever the texts hold.
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
        Err(fmt::Error) => format!("{}: {}\n", view.name, view.message),
    }
}

/// The longest message or help that is shown, in characters.
const MESSAGE_MAX: usize = 2000;

/// A [`Located`] as miette wants it.
#[derive(Debug)]
struct View<'a> {
    name: Cow<'a, str>,
    message: String,
    help: Option<String>,
    excerpt: Option<&'a Excerpt>,
    severity: Severity,
}

impl<'a> View<'a> {
    fn new(located: &'a Located) -> Self {
        let name = visible(&located.source_name);
        let message = readable(&located.message);
        let message = match &located.excerpt {
            Some(_) => message,
            // Without a place there is no line to show, so that the message has to name the text.
            None => format!("{name}: {message}"),
        };
        let help = located.help.as_deref().map(|help| readable(&as_typed(help)));
        View { name, message, help, excerpt: located.excerpt.as_ref(), severity: located.severity }
    }
}

/// A message that a terminal shows as it is, and that does not fill more than a screen.
fn readable(text: &str) -> String {
    let mut shown = on_a_terminal(text).into_owned();
    if let Some((end, _)) = shown.char_indices().nth(MESSAGE_MAX) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

impl fmt::Display for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for View<'_> {}

impl Diagnostic for View<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Advice => miette::Severity::Advice,
        })
    }

    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.map(|_| self as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = &self.excerpt?.span;
        Some(Box::new(std::iter::once(LabeledSpan::new(None, span.start, span.len()))))
    }
}

/// What miette reads is the excerpt, with the numbers that its lines have in the whole text: the text itself
/// may be long, and its columns may be more than fit into the 16 bits that a width has in a format.
impl SourceCode for View<'_> {
    fn read_span<'b>(
        &'b self,
        _: &SourceSpan,
        lines_before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        let excerpt = self.excerpt.ok_or(MietteError::OutOfBounds)?;
        let text = &excerpt.text;
        // Asked for no line before, it says where the place is; else where the shown lines begin.
        let (line, column) =
            if lines_before == 0 { (excerpt.line, excerpt.column) } else { (excerpt.first_line, 1) };
        let (span, lines) = ((0, text.len()).into(), text.matches('\n').count());
        let name = self.name.clone().into_owned();
        let contents =
            MietteSpanContents::new_named(name, text.as_bytes(), span, line - 1, column - 1, lines);
        Ok(Box::new(contents))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::Range;

    const PLAIN: Style = Style { color: false, width: 80 };

    fn located(text: &str, span: Option<Range<usize>>) -> Located {
        Located {
            source_name: "maze.POMDP".to_owned(),
            excerpt: span.map(|span| Excerpt::new(text.as_bytes(), span)),
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

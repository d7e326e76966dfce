//! A scene as SVG.

use super::scene::{Anchor, Mark, RAISED_BY, RAISED_SIZE, Scene, Stroke, Text, width_of};
use std::fmt::Write;

/// Fonts of one width, and whatever a system without them has.
const FONTS: &str = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', sans-serif";

/// The whole file. Equal scenes give equal bytes.
pub(super) fn svg(scene: &Scene) -> Vec<u8> {
    let (width, height) = (coordinate(scene.width), coordinate(scene.height));
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}pt\" height=\"{height}pt\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"{FONTS}\">\n\
         <title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        escaped(&scene.title)
    );
    draw(&scene.marks, &mut Frames::named("frame"), &mut text);
    text += "</svg>\n";
    text.into_bytes()
}

/// An element of a page: without a size of its own, and with `name` before all that the page must not have
/// twice. Without a title it is for the eye alone.
pub(super) fn element(scene: &Scene, name: &str) -> String {
    let spoken = match scene.title.as_str() {
        "" => "aria-hidden=\"true\"".to_owned(),
        title => format!("role=\"img\" aria-label=\"{}\"", escaped(title)),
    };
    let (width, height) = (coordinate(scene.width), coordinate(scene.height));
    let mut text = format!("<svg viewBox=\"0 0 {width} {height}\" font-family=\"{FONTS}\" {spoken}>\n");
    draw(&scene.marks, &mut Frames::named(name), &mut text);
    text += "</svg>\n";
    text
}

/// Names of rectangles that marks are cut by.
struct Frames {
    name: String,
    given: u32,
}

impl Frames {
    fn named(name: &str) -> Self {
        Frames { name: name.to_owned(), given: 0 }
    }

    fn next(&mut self) -> String {
        self.given += 1;
        format!("{}{}", self.name, self.given)
    }
}

fn draw(marks: &[Mark], frames: &mut Frames, out: &mut String) {
    for mark in marks {
        match mark {
            Mark::Line { points, stroke } => {
                *out += &format!(
                    "<path d=\"{}\" fill=\"none\" {} stroke-linejoin=\"round\"/>\n",
                    path(points),
                    drawn(stroke)
                );
            }
            Mark::Area { points, color, opacity } => {
                let color = hexadecimal(color.0);
                *out +=
                    &format!("<path d=\"{}Z\" fill=\"{color}\" fill-opacity=\"{opacity}\"/>\n", path(points));
            }
            Mark::Text(text) => write_text(text, out),
            Mark::Part { name, label, marks } => {
                let of = label.map_or_else(String::new, |label| format!(" data-label=\"{label}\""));
                *out += &format!("<g data-part=\"{name}\"{of}>\n");
                draw(marks, frames, out);
                *out += "</g>\n";
            }
            Mark::Within { frame: [left, top, width, height], marks } => {
                let name = frames.next();
                let [left, top, width, height] = [*left, *top, *width, *height].map(coordinate);
                *out += &format!(
                    "<clipPath id=\"{name}\"><rect x=\"{left}\" y=\"{top}\" width=\"{width}\" \
                     height=\"{height}\"/></clipPath>\n<g clip-path=\"url(#{name})\">\n"
                );
                draw(marks, frames, out);
                *out += "</g>\n";
            }
        }
    }
}

fn drawn(stroke: &Stroke) -> String {
    let (color, width) = (hexadecimal(stroke.color.0), coordinate(stroke.width));
    let mut text = format!("stroke=\"{color}\" stroke-width=\"{width}\"");
    if !stroke.dashes.is_empty() {
        let dashes: Vec<String> = stroke.dashes.iter().map(|&length| coordinate(length)).collect();
        let _ = write!(text, " stroke-dasharray=\"{}\"", dashes.join(" "));
    }
    text
}

fn path(points: &[(f64, f64)]) -> String {
    let mut text = String::new();
    for (number, &(x, y)) in points.iter().enumerate() {
        let _ = write!(text, "{}{} {}", if number == 0 { 'M' } else { 'L' }, coordinate(x), coordinate(y));
    }
    text
}

/// What is raised is a text of its own, since not every program places parts of a text; the two meet where
/// the font's metrics have it.
fn write_text(text: &Text, out: &mut String) {
    if text.raised.is_empty() {
        return write_plain(text, out);
    }
    let back = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => text.width() / 2.0,
        Anchor::End => text.width(),
    };
    let (x, y) = (text.at.0 - back + width_of(&text.text, text.size), text.at.1);
    let base = Text { at: (x, y), anchor: Anchor::End, raised: String::new(), ..text.clone() };
    write_plain(&base, out);
    let at = (x, y - text.size * RAISED_BY);
    let (size, anchor) = (text.size * RAISED_SIZE, Anchor::Start);
    write_plain(&Text { at, text: text.raised.clone(), size, anchor, ..base }, out);
}

fn write_plain(text: &Text, out: &mut String) {
    let (x, y) = (coordinate(text.at.0), coordinate(text.at.1));
    let anchor = match text.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let turned = if text.upward { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
    let (size, color) = (coordinate(text.size), hexadecimal(text.color.0));
    *out += &format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" fill=\"{color}\" text-anchor=\"{anchor}\"{turned}>{}</text>\n",
        escaped(&text.text)
    );
}

/// With two decimals at most.
fn coordinate(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn hexadecimal([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Text as XML has it, which knows no control characters.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                out.push('\u{fffd}');
            }
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_have_two_decimals_at_most_and_texts_no_markup() {
        let written = [0.0, -0.001, 12.0, 4.14159, -2.5, 100.0].map(coordinate);
        assert_eq!(written, ["0", "0", "12", "4.14", "-2.5", "100"]);
        assert_eq!(escaped("a<b> & \"c\"\u{1b}[31m"), "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd}[31m");
    }
}

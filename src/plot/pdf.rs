//! A scene as PDF: one page, and the font that every reader of PDF has.

use super::scene::{Anchor, Color, Mark, RAISED_BY, RAISED_SIZE, Scene, Text};
use pdf_writer::types::LineJoinStyle;
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

const FONT: Name<'static> = Name(b"F");

/// The whole file. Equal scenes give equal bytes: there is no date in it.
pub(super) fn pdf(scene: &Scene) -> Vec<u8> {
    let [catalog, pages, page_id, font, content_id, info] = [1, 2, 3, 4, 5, 6].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page_id]).count(1);
    let mut page = pdf.page(page_id);
    page.parent(pages).media_box(Rect::new(0.0, 0.0, scene.width as f32, scene.height as f32));
    page.contents(content_id);
    let mut resources = page.resources();
    resources.fonts().pair(FONT, font);
    let mut content = Content::new();
    // From the upper left corner, as the scene has it.
    content.transform([1.0, 0.0, 0.0, -1.0, 0.0, number(scene.height)]);
    content.set_line_join(LineJoinStyle::RoundJoin);
    let mut opacities = Vec::new();
    draw(&scene.marks, &mut opacities, &mut content);
    let mut states = resources.ext_g_states();
    for (at, &opacity) in opacities.iter().enumerate() {
        let mut state =
            states.insert(Name(&state_name(at))).start::<pdf_writer::writers::ExtGraphicsState<'_>>();
        state.non_stroking_alpha(opacity as f32);
    }
    states.finish();
    resources.finish();
    page.finish();
    pdf.type1_font(font).base_font(Name(b"Helvetica")).encoding_predefined(Name(b"WinAnsiEncoding"));
    pdf.stream(content_id, &content.finish());
    pdf.document_info(info).title(TextStr(&scene.title)).creator(TextStr("dpac"));
    pdf.finish()
}

/// The name of the state of graphics for an opacity.
fn state_name(at: usize) -> Vec<u8> {
    format!("G{at}").into_bytes()
}

fn draw(marks: &[Mark], opacities: &mut Vec<f64>, content: &mut Content) {
    for mark in marks {
        match mark {
            Mark::Line { points, stroke } => {
                let [red, green, blue] = parts(stroke.color);
                content.set_stroke_rgb(red, green, blue).set_line_width(number(stroke.width));
                content.set_dash_pattern(stroke.dashes.iter().map(|&length| number(length)), 0.0);
                trace(points, content);
                content.stroke();
            }
            Mark::Area { points, color, opacity } => {
                let known = opacities.iter().position(|known| known.to_bits() == opacity.to_bits());
                let at = known.unwrap_or_else(|| {
                    opacities.push(*opacity);
                    opacities.len() - 1
                });
                let [red, green, blue] = parts(*color);
                content.save_state().set_parameters(Name(&state_name(at))).set_fill_rgb(red, green, blue);
                trace(points, content);
                content.close_path().fill_nonzero().restore_state();
            }
            Mark::Text(text) => write_text(text, content),
            Mark::Part { marks, .. } => draw(marks, opacities, content),
            Mark::Within { frame, marks } => {
                let [left, top, width, height] = frame.map(number);
                content.save_state().rect(left, top, width, height).clip_nonzero().end_path();
                draw(marks, opacities, content);
                content.restore_state();
            }
        }
    }
}

fn trace(points: &[(f64, f64)], content: &mut Content) {
    for (at, &(x, y)) in points.iter().enumerate() {
        if at == 0 {
            content.move_to(number(x), number(y));
        } else {
            content.line_to(number(x), number(y));
        }
    }
}

fn write_text(text: &Text, content: &mut Content) {
    let back = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => text.width() / 2.0,
        Anchor::End => text.width(),
    };
    let [red, green, blue] = parts(text.color);
    let (x, y) = text.at;
    // The page stands upside down, and so letters are turned over.
    let matrix = if text.upward {
        [0.0, -1.0, -1.0, 0.0, number(x), number(y + back)]
    } else {
        [1.0, 0.0, 0.0, -1.0, number(x - back), number(y)]
    };
    content.set_fill_rgb(red, green, blue).begin_text().set_text_matrix(matrix);
    content.set_font(FONT, number(text.size)).show(Str(&encoded(&text.text)));
    if !text.raised.is_empty() {
        content.set_font(FONT, number(text.size * RAISED_SIZE)).set_rise(number(text.size * RAISED_BY));
        content.show(Str(&encoded(&text.raised))).set_rise(0.0);
    }
    content.end_text();
}

/// With two decimals at most.
fn number(value: f64) -> f32 {
    (libm::round(value * 100.0) / 100.0) as f32
}

fn parts(color: Color) -> [f32; 3] {
    color.0.map(|part| (libm::round(f64::from(part) / 255.0 * 1000.0) / 1000.0) as f32)
}

/// In the encoding of the font, which is that of Western Europe; whatever else there is, is a question mark.
fn encoded(text: &str) -> Vec<u8> {
    text.chars().map(|letter| byte(letter).unwrap_or(b'?')).collect()
}

fn byte(letter: char) -> Option<u8> {
    Some(match letter {
        ' '..='~' | '\u{a1}'..='\u{ff}' => u8::try_from(u32::from(letter)).ok()?,
        '\u{a0}' | '\u{202f}' => b' ',
        // The minus sign is not there; the dash is as long.
        '\u{2212}' | '–' => 0x96,
        '—' => 0x97,
        '…' => 0x85,
        '•' => 0x95,
        '€' => 0x80,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        _ => return None,
    })
}

/// Letters that are question marks, each once.
pub(super) fn letters_without(scene: &Scene) -> Vec<char> {
    let mut letters = Vec::new();
    for mark in &scene.marks {
        let Mark::Text(text) = mark else { continue };
        for letter in text.text.chars() {
            if byte(letter).is_none() && !letters.contains(&letter) {
                letters.push(letter);
            }
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_font_has_is_encoded_and_the_rest_is_a_question_mark() {
        assert_eq!(encoded("a·×\u{2212}1…θ"), [b'a', 0xb7, 0xd7, 0x96, b'1', 0x85, b'?']);
    }
}

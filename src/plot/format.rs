//! Files that a figure can be.

use super::{Figure, layout, pdf, svg};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Scalable Vector Graphics.
    Svg,
    /// Portable Document Format.
    Pdf,
}

impl Format {
    /// By the end of a file's name.
    pub fn of_extension(extension: &str) -> Option<Format> {
        match extension.to_ascii_lowercase().as_str() {
            "svg" => Some(Format::Svg),
            "pdf" => Some(Format::Pdf),
            _ => None,
        }
    }
}

impl Figure {
    /// The bytes of a file. Equal figures give equal bytes.
    pub fn drawn(&self, format: Format) -> Vec<u8> {
        let scene = layout::scene(self);
        match format {
            Format::Svg => svg::svg(&scene),
            Format::Pdf => pdf::pdf(&scene),
        }
    }

    /// Letters of its texts that the font of this kind of file does not have: they are question marks there.
    pub fn letters_without(&self, format: Format) -> Vec<char> {
        match format {
            Format::Svg => Vec::new(),
            Format::Pdf => pdf::letters_without(&layout::scene(self)),
        }
    }
}

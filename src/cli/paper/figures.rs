//! Figures of the paper, drawn alone.

use super::claims::{Asked, lacking, written};
use crate::cli::console::say;
use crate::paper::claims::{FigureAlone, numbers};
use crate::plot::Format;

pub(super) fn main(asked: &Asked<'_>, figure: &FigureAlone) -> u8 {
    let curves = match (figure.draw)(asked.form) {
        Ok(curves) => curves,
        Err(error) => return lacking(&error),
    };
    let mut json = serde_json::to_string_pretty(&curves).expect("numbers are plain data");
    json.push('\n');
    let mut files = Vec::new();
    if let Some(path) = asked.out {
        files.push((path.to_path_buf(), json.clone().into_bytes()));
    }
    if let Some(directory) = asked.pages {
        let path = directory.join(format!("{}.svg", curves.name));
        files.push((path, curves.figure().drawn(Format::Svg)));
    }
    if let Err(code) = written(files, asked.force) {
        return code;
    }
    if asked.json { say(&json) } else { say(&format!("{}\n\n{}", curves.title, numbers(&curves))) }
}

//! What `dpac info --features` says: how many of a critic's features are independent, at every step.

use super::numbers::grouped;
use crate::config::Features;
use crate::experiment::{SubjectError, subject};
use crate::pomdp::Definition;
use crate::theory::{self, StepSpectrum, ZERO_EIGENVALUE};
use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// The second moments of a critic's features under the uniform policy, or why there are none.
pub(super) struct StepSpectra {
    /// What the user called the features.
    written: String,
    spectra: Result<theory::StepSpectra, String>,
}

/// Examines features of a critic; `written` is what the user called them.
///
/// # Errors
/// Where they do not fit the problem.
pub(super) fn of(
    problem: &Definition,
    horizon: usize,
    features: Features,
    written: &str,
) -> Result<StepSpectra, SubjectError> {
    // A step that shares its block with others has by itself the block of an untied window.
    let features = match features {
        Features::Window { length, .. } => Features::Window { length, tied: false },
        other => other,
    };
    let uniform = Features::Window { length: 0, tied: false };
    let gamma = problem.hidden().discount();
    let subject = subject(problem, horizon, gamma, uniform, &features)?;
    let spectra = subject.step_spectra(&vec![0.0; subject.d_theta()]);
    Ok(StepSpectra { written: written.to_owned(), spectra })
}

impl StepSpectra {
    pub(super) fn text(&self) -> String {
        let mut text = format!("  features   {} of a critic, under the uniform policy\n", self.written);
        match &self.spectra {
            Ok(spectra) => text.push_str(&paragraph(spectra)),
            Err(why) => {
                let _ = writeln!(
                    text,
                    "             second moments are not available:\n             \
                     {why};\n             \
                     a smaller --horizon takes less"
                );
            }
        }
        text
    }

    /// Null steps and constants where the second moments are not available; Definition 3's also where steps
    /// differ in dimension.
    pub(super) fn json(&self) -> Json {
        let step = |spectrum: &StepSpectrum| {
            json!({
                "step": spectrum.step,
                "dimension": spectrum.dimension,
                "rank": spectrum.rank,
                "smallest_nonzero_eigenvalue": spectrum.smallest,
                "largest_eigenvalue": spectrum.largest,
                "largest_zero": spectrum.zero,
            })
        };
        let spectra = self.spectra.as_ref().ok();
        json!({
            "kind": self.written,
            "steps": spectra.map(|spectra| spectra.steps.iter().map(step).collect::<Vec<_>>()),
            "mu_stacked": spectra.map(|spectra| spectra.stacked),
            "mu_definition_3": spectra.map(|spectra| spectra.definition_3),
        })
    }
}

fn paragraph(spectra: &theory::StepSpectra) -> String {
    let theory::StepSpectra { steps, stacked, definition_3 } = spectra;
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["step", "dimension", "rank", "λ_min⁺ of E φφ'", "λ_max", "largest zero"]);
    for spectrum in steps {
        let singular = spectrum.rank < spectrum.dimension;
        table.add_row([
            spectrum.step.to_string(),
            grouped(spectrum.dimension as u64),
            grouped(spectrum.rank as u64),
            format!("{:.4e}", spectrum.smallest),
            format!("{:.4e}", spectrum.largest),
            match spectrum.zero {
                _ if !singular => String::new(),
                zero if zero > 0.0 => format!("{zero:.0e}"),
                _ => "0".to_owned(),
            },
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    for line in table.lines() {
        let _ = writeln!(text, "             {}", line.trim_end());
    }
    let _ = writeln!(text, "             μ_φ, the least γ^h λ_min⁺ of a step: {stacked:.4e}");
    let _ = match steps.iter().find(|spectrum| spectrum.rank < spectrum.dimension) {
        Some(StepSpectrum { step, .. }) => {
            writeln!(text, "             the least γ^h λ_min of a step: 0, first at step {step}")
        }
        None => writeln!(text, "             every step has full rank"),
    };
    let _ = match definition_3 {
        Some(least) => writeln!(text, "             Definition 3, λ_min of Σ_h γ^h E φφ': {least:.4e}"),
        None => writeln!(text, "             Definition 3, λ_min of Σ_h γ^h E φφ': none, dimensions differ"),
    };
    let _ = writeln!(
        text,
        "             zero is what is below {ZERO_EIGENVALUE:.0e} of the largest in its block"
    );
    text
}

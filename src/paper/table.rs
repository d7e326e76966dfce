//! A record as people read it.

use super::{Form, Panel, Record};
use comfy_table::{CellAlignment, Table, presets};
use std::fmt;

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = match self.form {
            Form::Full => "full",
            Form::Quick => "quick",
        };
        writeln!(f, "{} · {}", self.experiment, self.claim)?;
        writeln!(
            f,
            "  {form} form, {} seeds per point, no seed twice on a curve; dpac {}",
            self.seeds, self.program
        )?;
        writeln!(f, "  {}", self.setting)?;
        writeln!(f, "  {}", self.bands)?;
        for panel in &self.panels {
            writeln!(f)?;
            write!(f, "{panel}")?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "{} {} in {:.1} s",
            self.experiment,
            if self.passed { "PASS" } else { "FAIL" },
            self.seconds
        )
    }
}

impl fmt::Display for Panel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: H = {}, γ = {}, {} pairs (z, a); {}",
            self.problem, self.horizon, self.discount, self.unknowns, self.fixed
        )?;
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header([
            self.varied,
            "mean E(ψ̂)",
            "± sem",
            "of which bias",
            "mean max|Q - Q̂|",
            "± sem",
            "seeds",
        ]);
        for column in table.column_iter_mut() {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for point in &self.points {
            table.add_row([
                format!("{}", point.x),
                format!("{:.3e}", point.error.mean),
                format!("{:.1e}", point.error.standard_error),
                format!("{:.1e}", point.bias),
                format!("{:.4}", point.largest_gap.mean),
                format!("{:.4}", point.largest_gap.standard_error),
                format!("from {}", point.first_seed),
            ]);
        }
        writeln!(f, "{table}")?;
        writeln!(
            f,
            "  slope over the last {} points: {:.3}, standard error {:.3} from the seeds ({:.3} from the residuals)",
            self.fitted, self.fit.slope, self.fit.error_from_means, self.fit.error_from_residuals
        )?;
        for check in &self.checks {
            let verdict = if check.holds { "PASS" } else { "FAIL" };
            let [least, greatest] = check.band;
            writeln!(f, "  {verdict}  {}: {:.4} in [{least}, {greatest}]", check.what, check.found)?;
        }
        Ok(())
    }
}

//! The page: a template, the parts, a style and a script, in one file that asks for nothing else.

use super::data::Report;
use super::html::{Html, filled};
use super::sections;
use crate::VERSION;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

impl Report {
    /// The page. Equal reports give equal bytes.
    pub fn page(&self) -> String {
        let mut parts: Vec<(&str, &str, Html)> = vec![
            ("asked", "What was asked", sections::asked(self)),
            ("found", "What came out", sections::found(self)),
            ("figures", "Figures", sections::figures(self)),
            ("values", "Values", sections::values(self)),
        ];
        if !self.targets.is_empty() {
            parts.push(("targets", "Targets", sections::targets(self)));
        }
        parts.extend([
            ("costs", "Costs", sections::costs(self)),
            ("theory", "Theory beside measurement", sections::theory(self)),
            ("again", "Make it again", sections::again(self)),
            ("configuration", "Configuration", sections::configuration(self)),
            ("provenance", "Where it comes from", sections::provenance(self)),
        ]);
        let link = |(id, name, _): &(&str, &str, Html)| {
            Html::element("li", "", [Html::of_text("a", &format!("href=\"#{id}\""), name)])
        };
        let links = Html::all(parts.iter().map(link));
        let sections = Html::all(parts.into_iter().map(|(id, name, content)| {
            let heading = Html::of_text("h2", &format!("id=\"{id}-name\""), name);
            let attributes = format!("id=\"{id}\" aria-labelledby=\"{id}-name\"");
            Html::element("section", &attributes, [heading, content])
        }));
        let places = [
            ("title", Html::text(&self.title)),
            ("style", Html::own(STYLE)),
            ("facts", sections::facts(self)),
            ("links", links),
            ("sections", sections),
            ("version", Html::text(VERSION)),
            ("data", Html::json(self)),
            ("script", Html::own(SCRIPT)),
        ];
        filled(TEMPLATE, &places.each_ref().map(|(name, part)| (*name, part.as_str())))
    }
}

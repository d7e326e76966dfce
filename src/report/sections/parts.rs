//! What sections are put together of.

use crate::report::Report;
use crate::report::html::Html;

/// A table that can be scrolled where it is wider than the page. The first field of a row is its head.
pub(super) fn table(caption: &str, head: &[&str], rows: Vec<Vec<Html>>) -> Html {
    let names = head.iter().map(|name| Html::of_text("th", "scope=\"col\"", name));
    let of_row = |row: Vec<Html>| {
        let fields = row.into_iter().enumerate().map(|(at, field)| match at {
            0 => Html::element("th", "scope=\"row\"", [field]),
            _ => Html::element("td", "", [field]),
        });
        Html::element("tr", "", fields)
    };
    let parts = [
        Html::element("caption", "", [Html::of_text("span", "", caption)]),
        Html::element("thead", "", [Html::element("tr", "", names)]),
        Html::element("tbody", "", rows.into_iter().map(of_row)),
    ];
    let label = format!(
        "class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"",
        Html::text(caption).as_str()
    );
    Html::element("div", &label, [Html::element("table", "", parts)])
}

pub(super) fn paragraph(text: &str) -> Html {
    Html::of_text("p", "", text)
}

pub(super) fn small(text: &str) -> Html {
    Html::of_text("p", "class=\"small\"", text)
}

pub(super) fn label(report: &Report, arm: usize) -> Html {
    Html::text(&report.arms[arm].label)
}

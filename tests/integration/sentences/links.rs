//! Where links of a page lead: files of the repository, and headings in them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Links of a page that lead nowhere, as "page: target". What is on other servers is not looked at.
pub(super) fn lost(repository: &Path, page: &str, text: &str, headings: &mut Headings) -> Vec<String> {
    let folder = repository.join(page).parent().expect("a folder").to_path_buf();
    let lost = |target: &&str| {
        let (path, anchor) = target.split_once('#').map_or((*target, None), |(path, at)| (path, Some(at)));
        let file = if path.is_empty() { repository.join(page) } else { folder.join(path) };
        !file.exists() || anchor.is_some_and(|anchor| !headings.of(&file).iter().any(|have| have == anchor))
    };
    targets(text).into_iter().filter(lost).map(|target| format!("{page}: {target}")).collect()
}

/// The targets of a page's links and pictures, but for those in blocks and spans of code.
fn targets(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in prose(text) {
        for (i, part) in line.split('`').enumerate() {
            // The target of a link whose text is code stands behind the code.
            let inside = i % 2 == 1;
            let mut rest = if inside { "" } else { part };
            while let Some((_, behind)) = rest.split_once("](") {
                let (target, after) = behind.split_once(')').unwrap_or((behind, ""));
                if !target.contains("://") && !target.starts_with("mailto:") {
                    found.push(target);
                }
                rest = after;
            }
        }
    }
    found
}

/// Lines outside of blocks of code.
fn prose(text: &str) -> Vec<&str> {
    let mut inside = false;
    let is_prose = |line: &&str| {
        let fence = line.trim_start().starts_with("```");
        inside ^= fence;
        !inside && !fence
    };
    text.lines().filter(is_prose).collect()
}

/// The anchors of the headings of files that have been read.
#[derive(Default)]
pub(super) struct Headings(BTreeMap<PathBuf, Vec<String>>);

impl Headings {
    fn of(&mut self, file: &Path) -> &[String] {
        self.0.entry(file.to_path_buf()).or_insert_with(|| {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            let headings = prose(&text).into_iter().filter(|line| line.starts_with('#'));
            headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
        })
    }
}

/// What a heading is called in links: small letters, hyphens for blanks, and no other signs.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn links_that_lead_nowhere_are_told() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lost = |text: &str| lost(repository, "docs/page.md", text, &mut Headings::default());
    let fine = "[a](../README.md) [`b`](records) ![c](pictures/targets.svg) [d](summary.md#roundsjsonl) `[e](f)`\n\
                ```\n[g](h)\n```\n[i](https://example.org/j) [k](configuration.md#clients-that-differ)";
    assert_eq!(lost(fine), [""; 0]);
    let text = "[a](README) [`b`](record) [c](summary.md#round)\n```\n```\n[d](e.md)";
    let expected = ["README", "record", "summary.md#round", "e.md"];
    assert_eq!(lost(text), expected.map(|target| format!("docs/page.md: {target}")));
}

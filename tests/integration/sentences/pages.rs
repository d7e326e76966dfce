//! Pages in Markdown, cut into sentences, each with what stands around it.

use std::path::Path;

/// A sentence of a page, and the text in which what it claims may be backed.
pub(super) struct Sentence {
    pub(super) text: String,
    /// Its paragraph, list item or table row, and what belongs to that: see [`sentences`].
    pub(super) around: Vec<String>,
}

/// A piece of a page between blank lines.
enum Block {
    Paragraph(String),
    Item(String),
    Rows(Vec<String>),
    Code(String),
    /// Where a section ends.
    Heading,
    /// A picture or a formula: nothing reaches across it.
    Other,
}

/// All pages that make claims to a reader, by their paths below the repository.
pub(super) fn pages(repository: &Path) -> Vec<(String, String)> {
    let mut names = [
        "README.md",
        "DETERMINISM.md",
        "CONTRIBUTING.md",
        "dashboards/README.md",
        "actors/README.md",
        "examples/own-algorithm/README.md",
    ]
    .map(str::to_owned)
    .to_vec();
    names.extend(pages_in(repository, "docs"));
    names.extend(pages_in(repository, "docs/paper"));
    names.sort();
    names.into_iter().map(|name| read(repository, name)).collect()
}

/// All pages that lead a reader to others.
pub(super) fn linking_pages(repository: &Path) -> Vec<(String, String)> {
    let more = ["ARCHITECTURE.md", "CHANGELOG.md", "python/README.md", "examples/fedavg/README.md"];
    let names = more.map(str::to_owned).into_iter().chain(pages_in(repository, "docs/algorithms"));
    pages(repository).into_iter().chain(names.map(|name| read(repository, name))).collect()
}

fn pages_in(repository: &Path, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(repository.join(folder)).expect("a folder of pages");
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    names.filter(|name| name.ends_with(".md")).map(|name| format!("{folder}/{name}")).collect()
}

fn read(repository: &Path, name: String) -> (String, String) {
    let text = std::fs::read_to_string(repository.join(&name)).expect("a page");
    (name, text)
}

/// The sentences of a page's prose. Around a sentence is its own block; around a list item or a table row
/// also the paragraph before its list or table, which introduces it; around a table's rows the paragraph
/// after it; around a paragraph, a list or a table the commands in the blocks of code right before and
/// after it. A paragraph that begins with "**Held by**" is around all that follows in its section, and one
/// that begins with "**Verdict:" around its whole page. What comes last is the sentence's own block.
pub(super) fn sentences(page: &str) -> Vec<Sentence> {
    let blocks = blocks(page);
    let mut found = Vec::new();
    let mut held: Option<String> = None;
    let verdict = verdict_of(&blocks);
    for (i, block) in blocks.iter().enumerate() {
        match block {
            Block::Heading => held = None,
            Block::Paragraph(text) if text.starts_with("**Held by**") => held = Some(text.clone()),
            _ => {}
        }
        let neighbours = |item: bool| -> Vec<String> {
            let mut earlier = blocks[..i].iter().rev();
            let before = earlier.find(|block| !(item && matches!(block, Block::Item(_))));
            let mut around: Vec<String> = held.iter().chain(&verdict).cloned().collect();
            match before {
                Some(Block::Code(code)) => around.push(code.clone()),
                Some(Block::Paragraph(text)) if item => around.push(text.clone()),
                _ => {}
            }
            match blocks.get(i + 1) {
                Some(Block::Code(code)) => around.push(code.clone()),
                Some(Block::Paragraph(text)) if matches!(block, Block::Rows(_)) => around.push(text.clone()),
                _ => {}
            }
            around
        };
        match block {
            Block::Paragraph(text) | Block::Item(text) => {
                let mut around = neighbours(matches!(block, Block::Item(_)));
                around.push(text.clone());
                let cut = split(text).into_iter();
                found.extend(cut.map(|text| Sentence { text, around: around.clone() }));
            }
            Block::Rows(rows) => {
                for row in rows {
                    let mut around = neighbours(true);
                    around.push(row.clone());
                    let cells = cells(row).into_iter().flat_map(|cell| split(&cell));
                    found.extend(cells.map(|text| Sentence { text, around: around.clone() }));
                }
            }
            Block::Code(_) | Block::Heading | Block::Other => {}
        }
    }
    found
}

/// The line of a page's verdict.
pub(super) fn verdict(page: &str) -> Option<String> {
    verdict_of(&blocks(page))
}

fn verdict_of(blocks: &[Block]) -> Option<String> {
    blocks.iter().find_map(|block| match block {
        Block::Paragraph(text) if text.starts_with("**Verdict:") => Some(text.clone()),
        _ => None,
    })
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = page.lines().peekable();
    // Whether the next line of text goes on with the last block.
    let mut open = false;
    while let Some(line) = lines.next() {
        let text = line.trim();
        if let Some(language) = text.strip_prefix("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != "```").collect();
            let commands = matches!(language, "sh" | "bash" | "console");
            blocks.push(if commands { Block::Code(code.join("\n")) } else { Block::Other });
            open = false;
        } else if text.is_empty() {
            open = false;
        } else if text.starts_with('#') || text.starts_with("![") || text.starts_with('<') {
            blocks.push(if text.starts_with('#') { Block::Heading } else { Block::Other });
            open = false;
        } else if text.starts_with('|') {
            if let (true, Some(Block::Rows(rows))) = (open, blocks.last_mut()) {
                rows.push(text.to_owned());
            } else {
                blocks.push(Block::Rows(vec![text.to_owned()]));
            }
            open = true;
        } else if let Some(item) = item(text) {
            blocks.push(Block::Item(item.to_owned()));
            open = true;
        } else if !open && line.starts_with("    ") && !matches!(blocks.last(), Some(Block::Item(_))) {
            blocks.push(Block::Other);
            while lines.next_if(|line| line.starts_with("    ")).is_some() {}
        } else {
            match blocks.last_mut() {
                Some(Block::Paragraph(before) | Block::Item(before)) if open => {
                    before.push(' ');
                    before.push_str(text);
                }
                _ => blocks.push(Block::Paragraph(text.to_owned())),
            }
            open = true;
        }
    }
    blocks
}

/// The text behind a list's bullet or number.
fn item(line: &str) -> Option<&str> {
    if let Some(item) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some(item);
    }
    let (number, item) = line.split_once(". ")?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(item)
}

fn cells(row: &str) -> Vec<String> {
    row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// Cuts a text behind full stops, question marks and exclamation marks that end a sentence.
pub(super) fn split(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let (mut found, mut sentence, mut in_code) = (Vec::new(), String::new(), false);
    for (i, &character) in characters.iter().enumerate() {
        sentence.push(character);
        in_code ^= character == '`';
        let space = characters.get(i + 1).is_none_or(|next| next.is_whitespace());
        // What may close behind a sentence's end.
        let closes = matches!(character, ')' | '*' | '"' | '”');
        let end = sentence.trim_end_matches([')', '*', '"', '”']);
        let ends = if closes { end.ends_with(['.', '!', '?']) } else { matches!(character, '.' | '!' | '?') };
        // "A. Cassandra", "e.g."
        let word = end.trim_end_matches('.').rsplit([' ', '(']).next().unwrap_or_default();
        let abbreviated =
            word.len() == 1 && word.starts_with(|c: char| c.is_ascii_uppercase()) || word.contains('.');
        if space && ends && !in_code && !abbreviated {
            found.push(sentence.trim().to_owned());
            sentence.clear();
        }
    }
    found.push(sentence.trim().to_owned());
    found.retain(|sentence| !sentence.is_empty());
    found
}

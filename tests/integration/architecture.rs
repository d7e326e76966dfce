//! The sources keep to the picture of ARCHITECTURE.md: its layers and sentences, and no circle between files.

mod arrows;
mod circles;
mod layers;
mod names;
mod planted;
mod routes;

use arrows::Needs;
use names::{Names, Sources};
use std::path::Path;

/// The sources of both crates.
fn real_sources() -> Sources {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Sources::new();
    let mut waiting = vec![repository.join("src"), repository.join("actors/src")];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(repository).expect("below the repository");
                let name: Vec<_> = below.iter().map(|part| part.to_str().expect("UTF-8")).collect();
                sources.insert(name.join("/"), std::fs::read_to_string(&path).expect("a source"));
            }
        }
    }
    sources
}

/// Everything in which sources part from the picture, a text each.
fn violations(sources: &Sources) -> Vec<String> {
    let needs = Needs::of(&Names::of(sources));
    let mut found: Vec<String> = circles::circles(&needs.files)
        .iter()
        .map(|circle| format!("a circle: {}", circles::described(circle, &needs.files)))
        .collect();
    found.extend(layers::outside_of_layers(&needs));
    found.extend(layers::witnesses_that_meet(&needs));
    for sentence in &layers::SENTENCES {
        found
            .extend(sentence.broken(&needs).into_iter().map(|told| format!("{}, but {told}", sentence.says)));
    }
    found
}

#[test]
fn every_source_is_read_and_every_name_is_found() {
    let sources = real_sources();
    assert!(sources.len() > 200, "{} sources", sources.len());
    let names = Names::of(&sources);
    assert_eq!(names.unreached, Vec::<String>::new(), "no `mod` leads to these");
    let lost = Needs::of(&names).lost;
    assert!(lost.is_empty(), "what defines these was not found: {lost:#?}");
}

#[test]
fn files_need_each_other_in_no_circle_and_layers_point_downwards() {
    let found = violations(&real_sources());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

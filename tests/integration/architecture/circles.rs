//! Files that need each other, directly or around a corner.

use super::arrows::Arrows;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// For each file that stands on a circle, a shortest one; each circle once, begun at its first file.
pub(super) fn circles(arrows: &Arrows) -> Vec<Vec<String>> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in arrows.keys() {
        next.entry(from).or_default().push(to);
    }
    let found: BTreeSet<Vec<String>> =
        next.keys().filter_map(|file| shortest_circle(file, &next)).map(begun_at_its_first).collect();
    found.into_iter().collect()
}

fn shortest_circle(start: &str, next: &BTreeMap<&str, Vec<&str>>) -> Option<Vec<String>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(file) = waiting.pop_front() {
        for &to in next.get(file).into_iter().flatten() {
            if to == start {
                let mut circle = vec![file.to_owned()];
                let mut file = file;
                while file != start {
                    file = came_from[file];
                    circle.push(file.to_owned());
                }
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(to) {
                came_from.insert(to, file);
                waiting.push_back(to);
            }
        }
    }
    None
}

fn begun_at_its_first(mut circle: Vec<String>) -> Vec<String> {
    let first = circle.iter().enumerate().min_by_key(|(_, file)| *file).expect("a circle has files").0;
    circle.rotate_left(first);
    circle
}

/// The circle as a path of files, each step with the names that tie it.
pub(super) fn described(circle: &[String], arrows: &Arrows) -> String {
    let mut text = circle[0].clone();
    for (from, to) in circle.iter().zip(circle.iter().cycle().skip(1)) {
        let names: Vec<&str> = arrows[&(from.clone(), to.clone())].iter().map(String::as_str).collect();
        text += &format!("\n    needs {} of {to}", names.join(", "));
    }
    text
}

//! docs/layouts.md says where every number of a policy or critic stands: the rows of its examples are those
//! of the library's maps, and the lengths those of the program's vectors.

use dpac::config::Features;
use dpac::experiment::subject;
use dpac::features::{
    BeliefFilter, BeliefMap, BeliefMemoryMap, FeatureMap, FiniteMap, OwnMap, ReadingFunctions, ReadingMap,
    ReservoirMap, Row,
};
use dpac::pomdp::{Definition, GaussianModel, Model, Names, builtin};
use std::sync::Arc;

/// The page, which is not compiled in: whoever edits it need not build.
fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/layouts.md");
    std::fs::read_to_string(path).expect("the page")
}

/// What the page's numbers are rounded by: half of the ninth place.
const ROUNDING: f64 = 0.5e-9;

/// An example of the page.
struct Example<'a> {
    problem: Definition,
    horizon: usize,
    features: Features,
    is_critic: bool,
    history: Vec<&'a str>,
    action: &'a str,
    length: usize,
    row: Vec<(usize, f64)>,
}

impl<'a> Example<'a> {
    fn read(block: &'a str) -> Self {
        let values = |key: &'a str| {
            let lines = block.lines().filter_map(|line| line.split_once(' ').or(Some((line, ""))));
            lines.filter(move |(found, _)| *found == key).map(|(_, value)| value)
        };
        let value = |key| values(key).next().unwrap_or_else(|| panic!("no {key}:\n{block}"));
        let mut problem = value("problem").split(' ');
        let entry = builtin::find(problem.next().expect("a name")).expect("a built-in problem");
        let parameters = problem.map(|word| {
            let (name, value) = word.split_once('=').expect("a parameter");
            (name, value.parse().expect("a number"))
        });
        Example {
            problem: entry.definition(parameters).expect("parameters within bounds"),
            horizon: value("horizon").parse().expect("a number"),
            features: value("features").parse().expect("features"),
            is_critic: values("for").next().is_none_or(|role| role == "critic"),
            history: value("history").split_whitespace().collect(),
            action: value("action"),
            length: value("length").parse().expect("a number"),
            row: values("row")
                .map(|row| {
                    let (component, number) = row.split_once(' ').expect("a component and a number");
                    (component.parse().expect("a component"), number.parse().expect("a number"))
                })
                .collect(),
        }
    }

    /// The row by the map itself, without zeros, and the length of the map's vector.
    fn computed(&self) -> (Vec<(usize, f64)>, usize) {
        match &self.problem {
            Definition::Tabular(file) => self.tabular(&file.model),
            Definition::Gaussian(model) => self.of_readings(model),
        }
    }

    fn tabular(&self, model: &Model) -> (Vec<(usize, f64)>, usize) {
        let filter = || Arc::new(BeliefFilter::new(Arc::new(model.clone())));
        let window = |length: u32, tied| {
            let all = |n: usize| (0..n as u32).collect::<Vec<_>>();
            let (seen, first) = (all(model.observations()), all(model.first_observations()));
            FiniteMap::classes(self.horizon, model.actions(), &seen, first, length as usize, tied)
                .expect("a small map")
        };
        match self.features {
            Features::History => self.row_of_numbers(model, &window(self.horizon as u32 - 1, false)),
            Features::Window { length, tied } => self.row_of_numbers(model, &window(length, tied)),
            Features::Belief { degree, span } => {
                let map = if self.is_critic {
                    BeliefMap::for_critic(filter(), self.horizon, degree)
                } else {
                    BeliefMap::for_actor(filter(), self.horizon, degree)
                };
                let map = if span { map.reduced_to_span().expect("a small map") } else { map };
                self.row_of_numbers(model, &map)
            }
            Features::LogOdds { degree } if self.is_critic => {
                self.row_of_numbers(model, &BeliefMap::for_critic(filter(), self.horizon, degree))
            }
            Features::LogOdds { degree } => {
                self.row_of_numbers(model, &BeliefMap::for_actor(filter(), self.horizon, degree))
            }
            Features::BeliefMemory { length, span } => {
                let map = BeliefMemoryMap::new(filter(), window(length, false));
                let map = if span { map.reduced_to_span().expect("a small map") } else { map };
                self.row_of_numbers(model, &map)
            }
            Features::Problem => {
                self.row_of_numbers(model, &OwnMap::new(model, self.horizon).expect("own features"))
            }
            Features::Reservoir { width, seed } => {
                let make = if self.is_critic { ReservoirMap::for_critic } else { ReservoirMap::for_actor };
                let map = make(model, self.horizon, width as usize, u64::from(seed)).expect("a small map");
                self.row_of_numbers(model, &map)
            }
            Features::Policy => panic!("they are those of a network"),
            Features::Polynomial { .. } | Features::Fourier { .. } => panic!("they take readings"),
        }
    }

    fn row_of_numbers<F: FeatureMap<Observation = u32>>(
        &self,
        model: &Model,
        map: &F,
    ) -> (Vec<(usize, f64)>, usize) {
        let seen = |name: &str| number(model.observation_names(), name) as u32;
        let mut words = self.history.iter();
        let sees_first = model.initial_observation().is_some();
        let first = if sees_first { seen(words.next().expect("a first observation")) } else { 0 };
        let words: Vec<&str> = words.copied().collect();
        let pairs = words.chunks(2).map(|pair| (number(model.action_names(), pair[0]), seen(pair[1])));
        row(map, &first, pairs, number(model.action_names(), self.action))
    }

    fn of_readings(&self, model: &GaussianModel) -> (Vec<(usize, f64)>, usize) {
        let (length, functions) = match self.features {
            Features::Polynomial { length, degree } => (length, ReadingFunctions::Polynomials { degree }),
            Features::Fourier { length, components, scale, seed } => {
                (length, ReadingFunctions::Fourier { components, scale, seed })
            }
            _ => panic!("the page has no others of readings"),
        };
        let make = if self.is_critic { ReadingMap::for_critic } else { ReadingMap::for_actor };
        let map = make(model, self.horizon, length as usize, functions).expect("a small map");
        let action = |name: &str| number(model.hidden().action_names(), name);
        let reading = |word: &str| (word != "-").then(|| word.parse().expect("a reading"));
        let pairs = self.history.chunks(2).map(|pair| (action(pair[0]), reading(pair[1])));
        row(&map, &None, pairs, action(self.action))
    }

    /// The length of the vector that the program makes for such features.
    fn length_of_the_program(&self) -> usize {
        let gamma = self.problem.hidden().discount();
        let subject = subject(&self.problem, self.horizon, gamma, self.features, &self.features);
        let subject = subject.expect("features that fit");
        if self.is_critic { subject.stacked_critic() } else { subject.d_theta() }
    }
}

fn number(names: &Names, name: &str) -> usize {
    (0..names.len()).find(|&i| names.name(i) == name).unwrap_or_else(|| panic!("no {name}"))
}

fn row<F: FeatureMap>(
    map: &F,
    first: &F::Observation,
    pairs: impl Iterator<Item = (usize, F::Observation)>,
    action: usize,
) -> (Vec<(usize, f64)>, usize) {
    let (mut memory, mut h) = (map.memory(), 0);
    map.start(&mut memory, first);
    for (action, seen) in pairs {
        map.advance(&mut memory, h, action, &seen);
        h += 1;
    }
    let (mut row, mut found) = (F::Row::default(), Vec::new());
    map.row(&memory, h, action, &mut row);
    row.for_each(|i, value| found.push((i, value)));
    found.retain(|(_, value)| value.abs() > 0.0);
    (found, map.stacked())
}

fn blocks(page: &str) -> Vec<&str> {
    let blocks = page.split("```row\n").skip(1);
    blocks.map(|rest| rest.split("```").next().expect("the end of a block")).collect()
}

#[test]
fn rows_and_lengths_of_the_page_are_those_of_the_maps_and_of_the_program() {
    let page = page();
    for block in blocks(&page) {
        let example = Example::read(block);
        let (computed, stacked) = example.computed();
        assert_eq!(example.row.len(), computed.len(), "{block}{computed:?}");
        for ((at, number), (component, value)) in example.row.iter().zip(&computed) {
            assert_eq!(at, component, "{block}{computed:?}");
            assert!((number - value).abs() <= ROUNDING, "{block}{computed:?}");
        }
        assert_eq!(example.length, stacked, "{block}");
        assert_eq!(example.length, example.length_of_the_program(), "{block}");
    }
}

#[test]
fn every_kind_of_features_has_an_example() {
    let page = page();
    let mut kinds: Vec<_> =
        blocks(&page).into_iter().map(|block| Example::read(block).features.kind()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let all = [
        "belief",
        "belief-memory",
        "fourier",
        "history",
        "log-odds",
        "polynomial",
        "problem",
        "reservoir",
        "window",
    ];
    assert_eq!(kinds, all);
}

/// A page that is one component off is found out.
#[test]
fn an_example_that_is_wrong_is_told_from_one_that_is_right() {
    let page = page();
    let block = blocks(&page)[0];
    let example = Example::read(block);
    let (component, _) = example.row[0];
    let wrong = block.replace(&format!("row {component}"), &format!("row {}", component + 1));
    assert_ne!(Example::read(&wrong).row, example.computed().0);
    assert_eq!(example.row, example.computed().0);
}

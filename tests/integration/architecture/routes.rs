//! Whoever tells the ways of messages apart names every one of them: with an arm left out, nothing compiles.
//!
//! That is what Rust holds of a `match` without an arm for whatever is left. So no `match` has one, in the
//! place where its other arms say which way. A question about some ways (`==`, `matches!`, `if let`) is not
//! looked at: it has an answer for the others.

use super::names::Sources;
use super::real_sources;
use dpac_actors::Route;
use dpac_actors::trace::Hop;
use std::collections::{BTreeMap, BTreeSet};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Expr, ExprMatch, ItemImpl, Macro, Member, Pat, Path, Token, Type, UseTree};

/// The types that say which way a message goes, and how many ways each has.
const WAYS: [(&str, usize); 3] = [("Route", Route::ALL.len()), ("Hop", Hop::ALL.len()), ("Direction", 4)];

/// How many ways a type of this name has, where it is one of them.
fn ways(name: &str) -> Option<usize> {
    WAYS.iter().find(|(way, _)| *way == name).map(|&(_, ways)| ways)
}

/// A place in a pattern: the fields that lead there.
type Place = Vec<String>;

/// What the pattern of an arm says of its places.
#[derive(Default)]
struct Said {
    /// Where ways are named, which, and of how many.
    ways: BTreeMap<Place, (BTreeSet<String>, usize)>,
    /// Where anything is taken; but for these fields, which the pattern has itself.
    anything: Vec<(Place, Vec<String>)>,
}

impl Said {
    fn take(&mut self, pattern: &Pat, place: &Place, in_way: Option<usize>) {
        let inner = |field: String| [place.as_slice(), &[field]].concat();
        match pattern {
            Pat::Wild(_) => self.anything.push((place.clone(), Vec::new())),
            Pat::Ident(name) => match &name.subpat {
                Some((_, pattern)) => self.take(pattern, place, in_way),
                // A constant or a variant without a path begins with a capital.
                None if name.ident.to_string().starts_with(char::is_uppercase) => {}
                None => self.anything.push((place.clone(), Vec::new())),
            },
            Pat::Path(path) => {
                if let Some((way, all)) = way(&path.path, in_way) {
                    let (named, of) = self.ways.entry(place.clone()).or_default();
                    named.insert(way);
                    *of = all;
                }
            }
            Pat::Or(either) => either.cases.iter().for_each(|pattern| self.take(pattern, place, in_way)),
            Pat::Paren(pattern) => self.take(&pattern.pat, place, in_way),
            Pat::Reference(pattern) => self.take(&pattern.pat, place, in_way),
            Pat::Tuple(tuple) => self.take_fields(&tuple.elems, place, "", in_way),
            Pat::Slice(slice) => self.take_fields(&slice.elems, place, "", in_way),
            Pat::TupleStruct(tuple) => {
                let variant = tuple.path.segments.last().map_or_else(String::new, |it| it.ident.to_string());
                self.take_fields(&tuple.elems, place, &variant, in_way);
            }
            Pat::Struct(fields) => {
                let name = |member: &Member| match member {
                    Member::Named(name) => name.to_string(),
                    Member::Unnamed(index) => index.index.to_string(),
                };
                for field in &fields.fields {
                    self.take(&field.pat, &inner(name(&field.member)), in_way);
                }
                if fields.rest.is_some() {
                    let own = fields.fields.iter().map(|field| name(&field.member)).collect();
                    self.anything.push((place.clone(), own));
                }
            }
            _ => {}
        }
    }

    fn take_fields(
        &mut self,
        elems: &Punctuated<Pat, Token![,]>,
        place: &Place,
        of: &str,
        in_way: Option<usize>,
    ) {
        let field = |number: usize| format!("{of}.{number}");
        for (number, pattern) in elems.iter().enumerate() {
            if matches!(pattern, Pat::Rest(_)) {
                self.anything.push((place.clone(), (0..number).map(field).collect()));
                return;
            }
            self.take(pattern, &[place.as_slice(), &[field(number)]].concat(), in_way);
        }
    }

    /// Whether any way is taken in a place.
    fn takes_any(&self, place: &Place) -> bool {
        let everything = self.anything.iter().any(|(outer, but)| {
            place
                .strip_prefix(outer.as_slice())
                .is_some_and(|rest| rest.first().is_none_or(|field| !but.contains(field)))
        });
        everything || self.ways.get(place).is_some_and(|(named, all)| named.len() >= *all)
    }
}

/// Whether an arm takes any way in a place in which another arm names some.
fn takes_whatever_is_left(arms: &[Said]) -> bool {
    let others = |arm: usize| arms.iter().enumerate().filter(move |(other, _)| *other != arm);
    arms.iter().enumerate().any(|(arm, said)| {
        others(arm).any(|(_, other)| other.ways.keys().any(|place| said.takes_any(place)))
            // An arm of alternatives may do it by itself.
            || said.ways.iter().any(|(place, (named, all))| named.len() < *all && said.takes_any(place))
    })
}

/// The way that a path is, and how many of them there are. `in_way` says how many `Self` has.
fn way(path: &Path, in_way: Option<usize>) -> Option<(String, usize)> {
    let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let [.., of, way] = &names[..] else { return None };
    let all = if of == "Self" { in_way } else { ways(of) };
    Some((way.clone(), all?))
}

#[derive(Default)]
struct Finder<'a> {
    file: &'a str,
    in_way: Option<usize>,
    matches: usize,
    found: Vec<String>,
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_expr_match(&mut self, expression: &'ast ExprMatch) {
        let said = |pattern| {
            let mut said = Said::default();
            said.take(pattern, &Place::new(), self.in_way);
            said
        };
        let arms: Vec<Said> = expression.arms.iter().map(|arm| said(&arm.pat)).collect();
        self.matches += usize::from(arms.iter().any(|arm| !arm.ways.is_empty()));
        if takes_whatever_is_left(&arms) {
            let number = self.matches;
            self.found.push(format!("{}: an arm of match {number} of those takes any way", self.file));
        }
        visit::visit_expr_match(self, expression);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let of = match &*item.self_ty {
            Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
            _ => None,
        };
        let before = std::mem::replace(&mut self.in_way, of.and_then(|of| ways(&of)));
        visit::visit_item_impl(self, item);
        self.in_way = before;
    }

    /// What a macro is given is expressions, most often.
    fn visit_macro(&mut self, call: &'ast Macro) {
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(call.tokens.clone());
        arguments.iter().flatten().for_each(|argument| Visit::visit_expr(self, argument));
    }

    /// Under another name, or without one, a way would not be known.
    fn visit_use_tree(&mut self, tree: &'ast UseTree) {
        let hidden = match tree {
            UseTree::Path(path) if ways(&path.ident.to_string()).is_some() => Some(&path.ident),
            UseTree::Rename(rename) if ways(&rename.ident.to_string()).is_some() => Some(&rename.ident),
            _ => None,
        };
        if let Some(way) = hidden {
            self.found.push(format!("{}: {way} under another name", self.file));
        }
        visit::visit_use_tree(self, tree);
    }
}

/// How many of these sources' matches tell ways apart, and what is wrong with which.
fn looked_at(sources: &Sources) -> (usize, Vec<String>) {
    let (mut matches, mut found) = (0, Vec::new());
    for (file, text) in sources {
        let mut finder = Finder { file, ..Finder::default() };
        finder.visit_file(&syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}")));
        matches += finder.matches;
        found.append(&mut finder.found);
    }
    (matches, found)
}

#[test]
fn no_match_on_the_way_of_a_message_has_an_arm_for_whatever_is_left() {
    let (matches, found) = looked_at(&real_sources());
    assert!(matches > 20, "{matches} matches tell ways apart");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// What is found in the body of a function.
fn found_in(body: &str) -> usize {
    looked_at(&Sources::from([("a.rs".to_owned(), format!("fn f() {{ {body} }}"))])).1.len()
}

#[test]
fn an_arm_for_whatever_is_left_is_found_wherever_it_stands() {
    for body in [
        "match route { Route::Up => 1, _ => 2 }",
        "match route { crate::Route::Up => 1, other => 2 }",
        "match hop { Hop::Up | Hop::Down => 1, _ if late => 2, Hop::Peer | _ => 3 }",
        "match hop { hop @ (Hop::Up | Hop::Down) => 1, hop @ _ => 3 }",
        "match (kind, route) { (1, Route::Up) => 1, (_, _) => 2 }",
        "match (kind, route) { (1, Route::Up) => 1, _ => 2 }",
        "match (kind, route) { (1, Route::Up) => 1, (2, ..) => 2 }",
        "match (fate, hop) { (Fate::Dropped, _) => 1, (Fate::Delivered, Hop::Up) => 2 }",
        "match (route, to) { (Route::Up, Server) => 1, (Route::Up | Route::Down | Route::Peer, _) => 2 }",
        "match &direction { &Direction::Up => 1, &_ => 2 }",
        "match event { Event { hop: Hop::Up, from } => 1, Event { from, .. } => 2 }",
        "match found { Some(Route::Up) => 1, Some(_) => 2, None => 3 }",
        "match found { Some(Route::Up) => 1, _ => 3 }",
        "let it = || { if x { match route { Route::Up => 1, _ => 2 } } else { 0 } };",
        "println!(\"{}\", match route { Route::Up => 1, _ => 2 });",
        "use crate::Route::{Up, Down};",
        "use crate::{trace::{Hop as Way}};",
        "use dpac_actors::Route::*;",
    ] {
        assert_eq!(found_in(body), 1, "{body}");
    }
    let own = "impl Route { fn f(self) { match self { Self::Up => 1, _ => 2 } } }";
    assert_eq!(looked_at(&Sources::from([("a.rs".to_owned(), own.to_owned())])).1.len(), 1);
}

#[test]
fn an_arm_for_the_rest_of_something_else_is_none() {
    for body in [
        "match route { Route::Up => 1, Route::Down | Route::Peer => 2 }",
        "match (route, to) { (Route::Up | Route::Peer, _) => 1, (Route::Down, Server) => 2 }",
        "match (route, from, to) { (Route::Up, Server, _) => 1, (Route::Peer | Route::Down, ..) => 2 }",
        "match event { Event { hop: Hop::Up, .. } => 1, Event { hop: Hop::Down | Hop::Peer, from } => 2 }",
        "match found { Some(Route::Up | Route::Down | Route::Peer) => 1, None => 3 }",
        "match kind { 1 => Route::Up, _ => Route::Down }",
        "match kind { Some(_) => 1, None => match route { Route::Up => 2, Route::Down => 3 } }",
        "matches!(hop, Hop::Up | Hop::Down)",
        "use dpac_actors::{Route, trace::Hop};",
    ] {
        assert_eq!(found_in(body), 0, "{body}");
    }
}

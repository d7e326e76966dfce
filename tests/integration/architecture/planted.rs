//! What the analysis must find, planted: in small crates, and in the sources themselves.

use super::arrows::Needs;
use super::circles::{circles, described};
use super::layers::{SENTENCES, outside_of_layers};
use super::names::{Names, Sources};
use super::{real_sources, violations};

fn made_up(files: &[(&str, &str)]) -> Sources {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let needs = Needs::of(&Names::of(&made_up(files)));
    assert!(needs.lost.is_empty(), "{:?}", needs.lost);
    circles(&needs.files).iter().map(|circle| described(circle, &needs.files)).collect()
}

/// A crate in which `high` needs `low`, and `low` has `text`.
fn with_low(text: &str) -> Vec<String> {
    circles_of(&[
        (
            "src/lib.rs",
            "pub mod high;\nmod low;\nmod rooms;\npub use low::Low;\npub use rooms::*;\npub use high::High as Renamed;",
        ),
        (
            "src/high.rs",
            "use crate::Low;\npub struct High;\nimpl High { pub const ONE: Low = Low; }\npub fn high() {}\npub mod inner { pub fn deep() {} }",
        ),
        (
            "src/rooms/mod.rs",
            "pub mod room;\npub use crate::high::{self, High as Hidden};\npub fn of_rooms() {}",
        ),
        ("src/rooms/room.rs", "pub fn of_room() {}"),
        ("src/low.rs", &format!("pub struct Low;\n{text}")),
    ])
}

#[test]
fn a_circle_of_two_files_is_told_with_the_names_that_tie_it() {
    let found = circles_of(&[
        ("src/lib.rs", "mod a;\nmod b;"),
        ("src/a.rs", "use crate::b::B;\npub struct A(B);\npub const C: u8 = 1;"),
        ("src/b.rs", "use super::a::{A, C};\npub struct B;"),
    ]);
    assert_eq!(found, ["src/a.rs\n    needs B of src/b.rs\n    needs A, C of src/a.rs"]);
}

#[test]
fn a_circle_around_three_corners_is_found_once() {
    let found = circles_of(&[
        ("src/lib.rs", "mod a;\nmod b;\nmod c;"),
        ("src/a.rs", "use crate::b::B;\npub struct A;"),
        ("src/b.rs", "use crate::c::C;\npub struct B;"),
        ("src/c.rs", "use crate::a::A;\npub struct C;"),
    ]);
    assert_eq!(
        found,
        ["src/a.rs\n    needs B of src/b.rs\n    needs C of src/c.rs\n    needs A of src/a.rs"]
    );
}

#[test]
fn a_circle_behind_reexports_is_found_where_the_names_are_defined() {
    let found = circles_of(&[
        ("src/lib.rs", "mod shop;\nmod store;\npub use shop::Shelf;\npub use store::*;"),
        ("src/shop/mod.rs", "mod shelf;\npub use shelf::Shelf;"),
        ("src/shop/shelf.rs", "use crate::Box;\npub struct Shelf(Box);"),
        ("src/store/mod.rs", "mod boxes;\npub use self::boxes::Box;"),
        ("src/store/boxes.rs", "pub struct Box;\nfn place(_: &crate::Shelf) {}"),
    ]);
    assert_eq!(
        found,
        ["src/shop/shelf.rs\n    needs Box of src/store/boxes.rs\n    needs Shelf of src/shop/shelf.rs"]
    );
}

#[test]
fn every_way_of_naming_something_is_an_arrow() {
    for text in [
        "use crate::high::High;",
        "use super::high::{High as Other};",
        "use crate::Renamed;",
        "use crate::Hidden;",
        "use crate::rooms::Hidden;",
        "use crate::rooms::high;\nfn low() { high::high() }",
        "use crate::high as alias;\nfn low() { alias::inner::deep() }",
        "use crate::*;\nfn low(_: Renamed) {}",
        "use crate::high::*;\nfn low() { high() }",
        "fn low() { crate::high::high() }",
        "fn low() { super::high::inner::deep() }",
        "fn low() { use crate::high::high; high() }",
        "fn low() -> crate::high::High { crate::high::High }",
        "fn low(x: Option<&[crate::high::High]>) {}",
        "const LOW: Low = crate::high::High::ONE;",
        "impl From<crate::high::High> for Low { fn from(_: crate::high::High) -> Self { Low } }",
        "fn low() { println!(\"{:?}\", (1, crate::high::high())) }",
        "fn low() { let _ = vec![1..=crate::high::high()]; }",
        "macro_rules! low { () => { $crate::high::high() } }",
        "struct Other { #[serde(with = \"crate::high::inner\", default = \"crate::high::high\")] low: u8 }",
        "#[derive(crate::high::High)] struct Other;",
        "mod nested { fn low() { super::super::high::high() } }",
        "mod nested { pub use crate::high::High; }",
        "pub use crate::high::High;",
        "pub(crate) use crate::high::high as low;",
        "#[cfg(unix)] use crate::high::High;",
        "#[cfg(any(test, unix))] use crate::high::High;",
    ] {
        assert_eq!(with_low(text).len(), 1, "{text}");
    }
}

#[test]
fn tests_texts_and_names_of_ones_own_are_no_arrow() {
    for text in [
        "",
        "#[cfg(test)] mod tests { use crate::high::High; }",
        "#[cfg(test)] use crate::high::High;",
        "#[cfg(all(unix, test))] use crate::high::High;",
        "impl Low { #[cfg(test)] fn low() { crate::high::high() } }",
        "/// Like [`crate::high::High`].\nfn low() {}",
        "fn low() { println!(\"crate::high::high()\") }",
        "// use crate::high::High;",
        "use crate::rooms::room::of_room;",
        "use std::fmt;\nfn low(high: u8) -> u8 { let Renamed = high; Renamed }",
        "struct High;\nfn low(_: High) {}",
        "fn low(x: &Low) { x.high(); println!(\"{}\", x.high()) }",
        "fn low() { let high = 1; vec![high]; }",
    ] {
        assert_eq!(with_low(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn tests_in_files_of_their_own_are_left_out() {
    let files = [
        ("src/lib.rs", "mod a;\nmod b;"),
        ("src/a.rs", "use crate::b::B;\npub struct A;"),
        ("src/b.rs", "pub struct B;\n#[cfg(test)]\nmod tests;"),
        ("src/b/tests.rs", "use crate::a::A;\nmod more;"),
        ("src/b/tests/more.rs", "use crate::a::A;"),
    ];
    assert_eq!(circles_of(&files), Vec::<String>::new());
    assert_eq!(Names::of(&made_up(&files)).unreached, Vec::<String>::new());
}

#[test]
fn a_folder_that_hands_on_names_may_define_some_for_those_below_it() {
    let found = circles_of(&[
        ("src/lib.rs", "pub mod shop;"),
        ("src/shop/mod.rs", "mod shelf;\npub use shelf::Shelf;\npub trait Holds {}"),
        ("src/shop/shelf.rs", "use super::Holds;\npub struct Shelf;\nimpl Holds for Shelf {}"),
    ]);
    assert_eq!(found, Vec::<String>::new());
    let found = circles_of(&[
        ("src/lib.rs", "pub mod shop;"),
        (
            "src/shop/mod.rs",
            "mod shelf;\npub use shelf::Shelf;\npub trait Holds {}\nfn first() -> Shelf { Shelf }",
        ),
        ("src/shop/shelf.rs", "use super::Holds;\npub struct Shelf;\nimpl Holds for Shelf {}"),
    ]);
    assert_eq!(
        found,
        ["src/shop/mod.rs\n    needs Shelf of src/shop/shelf.rs\n    needs Holds of src/shop/mod.rs"]
    );
}

#[test]
fn sources_that_nothing_leads_to_and_names_that_nothing_defines_are_told() {
    let sources = made_up(&[("src/lib.rs", "use crate::a::A;"), ("src/a.rs", "pub struct A;")]);
    let names = Names::of(&sources);
    assert_eq!(names.unreached, ["src/a.rs"]);
    assert_eq!(Needs::of(&names).lost.len(), 1);
}

#[test]
fn an_arrow_upwards_is_told_however_it_is_hidden() {
    for (path, text, expected) in [
        ("src/pomdp/mod.rs", "use crate::cli::say;", "dpac::pomdp needs say of dpac::cli"),
        (
            "src/pomdp/mod.rs",
            "use crate::experiment;",
            "dpac::pomdp needs the module itself of dpac::experiment",
        ),
        (
            "src/pomdp/mod.rs",
            "pub use crate::experiment::Run;",
            "dpac::pomdp needs Run of dpac::experiment::run",
        ),
        ("src/pomdp/mod.rs", "fn f() { crate::Run::go() }", "dpac::pomdp needs Run of dpac::experiment::run"),
        ("src/pomdp/mod.rs", "use dpac_actors::Body;", "dpac::pomdp needs Body of dpac_actors::message"),
        ("src/algorithm.rs", "use dpac_actors::Host;", "dpac::algorithm needs Host of dpac_actors::host"),
        (
            "actors/src/message.rs",
            "use crate::host::Host;",
            "dpac_actors::message needs Host of dpac_actors::host",
        ),
        ("src/news.rs", "use crate::pomdp;", "dpac::news stands in no layer"),
    ] {
        let mut sources = made_up(&[
            (
                "src/lib.rs",
                "mod algorithm;\nmod cli;\nmod experiment;\nmod news;\nmod pomdp;\npub use experiment::Run;",
            ),
            ("src/algorithm.rs", "use crate::pomdp;\nuse dpac_actors::Body;"),
            ("src/cli.rs", "use crate::experiment::Run;\nuse dpac_actors::Host;\npub fn say() {}"),
            ("src/news.rs", ""),
            ("src/experiment/mod.rs", "mod run;\npub use run::Run;"),
            ("src/experiment/run.rs", "pub struct Run;"),
            ("src/pomdp/mod.rs", ""),
            ("actors/src/lib.rs", "mod host;\nmod message;\npub use host::Host;\npub use message::Body;"),
            ("actors/src/host.rs", "use crate::Body;\npub struct Host;"),
            ("actors/src/message.rs", "pub struct Body;"),
        ]);
        let found = |sources: &Sources| outside_of_layers(&Needs::of(&Names::of(sources)));
        assert_eq!(found(&sources), Vec::<String>::new());
        sources.get_mut(path).expect("a source").push_str(&format!("\n{text}"));
        let found = found(&sources);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{text}: {found:?}");
    }
}

#[test]
fn what_a_sentence_forbids_is_told_by_module() {
    for (path, text, expected) in [
        ("src/pomdp.rs", "use std::{thread, fmt};", "dpac::pomdp names std::thread"),
        (
            "src/pomdp.rs",
            "fn f() { std::time::Instant::now(); }",
            "dpac::pomdp names std::time::Instant::now",
        ),
        ("src/pomdp.rs", "use std::time as t;\nfn f(_: t::Instant) {}", "dpac::pomdp names std::time"),
        ("src/pomdp.rs", "use ::actix::prelude::*;", "dpac::pomdp names actix::prelude"),
        ("src/pomdp.rs", "fn f() { println!(\"\"); }", "dpac::pomdp names println!"),
        ("src/pomdp.rs", "use std::fs;\nfn f() { fs::read(\"\"); }", "dpac::pomdp names std::fs"),
        ("src/lib.rs", "fn f() { std::fs::rename(\"\", \"\"); }", "dpac names std::fs::rename"),
        ("actors/src/lib.rs", "use std::thread;", "dpac_actors names std::thread"),
        ("actors/src/lib.rs", "fn f() { if true { dbg!(1) } }", "dpac_actors names dbg!"),
    ] {
        let mut sources = made_up(&[
            ("src/lib.rs", "mod pomdp;\nmod cli;"),
            ("src/pomdp.rs", "use std::sync::Arc;\nfn f() { format!(\"\"); }"),
            ("src/cli.rs", "fn f() { print!(\"\"); std::io::stdout(); }"),
            ("actors/src/lib.rs", ""),
        ]);
        let found = |sources: &Sources| -> Vec<String> {
            let needs = Needs::of(&Names::of(sources));
            SENTENCES.iter().flat_map(|sentence| sentence.broken(&needs)).collect()
        };
        assert_eq!(found(&sources), Vec::<String>::new());
        sources.get_mut(path).expect("a source").push_str(&format!("\n{text}"));
        let found = found(&sources);
        assert!(found.iter().any(|told| told.starts_with(expected)), "{text}: {found:?}");
    }
}

#[test]
fn one_line_planted_in_the_sources_is_found() {
    let real = real_sources();
    let before = violations(&real);
    for (path, line, expected) in [
        ("src/pomdp/sparse.rs", "use crate::pomdp::Model as Planted;", "needs Model of src/pomdp/model.rs"),
        (
            "src/exact/work.rs",
            "fn planted() { crate::exact::optimum }",
            "needs optimum of src/exact/optimum.rs",
        ),
        (
            "src/features/row.rs",
            "use crate::algorithm::Dptd;",
            "dpac::features::row needs Dptd of dpac::algorithm::dptd",
        ),
        (
            "src/theory/counts/mod.rs",
            "use dpac_actors::Ledger;",
            "dpac::theory::counts needs Ledger of dpac_actors::ledger",
        ),
        // What is sent and what should be are two witnesses.
        (
            "src/algorithm/dpac/protocol.rs",
            "use crate::algorithm::Dptd;",
            "dpac::algorithm::dpac::protocol needs Dptd of dpac::algorithm::dptd",
        ),
        (
            "src/algorithm/kinds.rs",
            "use crate::theory::protocol::Message;",
            "dpac::algorithm::kinds needs Message of dpac::theory::protocol::step",
        ),
        (
            "src/policy/softmax.rs",
            "use std::time::Instant;",
            "dpac::policy::softmax names std::time::Instant",
        ),
        (
            "actors/src/touched.rs",
            "use crate::Body;",
            "dpac_actors::touched needs Body of dpac_actors::message",
        ),
    ] {
        let mut sources = real.clone();
        let text =
            sources.get_mut(path).unwrap_or_else(|| panic!("{path} has moved: plant the line elsewhere"));
        text.push_str(&format!("\n{line}\n"));
        let found = violations(&sources);
        let by_it = found.iter().filter(|told| !before.contains(told));
        assert!(by_it.clone().any(|told| told.contains(expected)), "{path}: {line}: {found:#?}");
    }
}

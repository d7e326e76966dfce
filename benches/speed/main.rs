//! What a run costs: one table, with the machine, the versions and the ratios.
//!
//! `cargo bench --bench speed` prints all sections and takes some minutes on a quiet machine;
//! `cargo bench --bench speed -- twin growth` prints these only; `-- --list` names them.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod bare;
mod environment;
mod fit;
mod growth;
mod measure;
mod memory;
mod messages;
mod networks;
mod report;
mod society;
mod threads;
mod tiger_rules;
#[path = "../trivial/mod.rs"]
mod trivial;
mod turns;
mod twin;

use report::Report;

/// A part of the table.
struct Section {
    name: &'static str,
    title: &'static str,
    run: fn(&mut Report),
}

const SECTIONS: [Section; 7] = [
    Section { name: "twin", title: "the society against a bare loop of its mathematics", run: twin::run },
    Section {
        name: "environment",
        title: "environment steps, against bare loops (a society of one gives their bits)",
        run: environment::run,
    },
    Section {
        name: "networks",
        title: "policies that are networks, against a bare loop (a society of one gives its bits)",
        run: networks::run,
    },
    Section {
        name: "threads",
        title: "two computing threads against one (the server's comes on top)",
        run: threads::run,
    },
    Section { name: "messages", title: "messages on the wire", run: messages::run },
    Section { name: "growth", title: "cost as the work grows", run: growth::run },
    Section { name: "memory", title: "memory and time of a client against M", run: memory::run },
];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    // What a section runs in a process of its own.
    if let [child, section, arguments @ ..] = &wanted[..]
        && child == "child"
    {
        match section.as_str() {
            "memory" => return memory::child(arguments),
            "networks" => return networks::child(arguments),
            _ => {}
        }
    }
    if wanted.iter().any(|argument| argument == "--list") {
        for section in &SECTIONS {
            println!("{:12} {}", section.name, section.title);
        }
        return;
    }
    if let Some(unknown) = wanted.iter().find(|name| SECTIONS.iter().all(|section| section.name != **name)) {
        println!("no section {unknown}; --list names them");
        std::process::exit(2);
    }
    let mut report = Report::of_this_machine();
    for section in &SECTIONS {
        if wanted.is_empty() || wanted.iter().any(|name| name == section.name) {
            report.begin(section.title);
            (section.run)(&mut report);
        }
    }
    report.print();
}

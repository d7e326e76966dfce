//! A protocol as a picture: a sequence diagram for Mermaid.

use super::size::Size;
use super::step::{Message, Protocol, Step};
use crate::theory::counts::Phase;
use std::fmt::Write;

/// Writing into a string cannot fail, so its results are dropped here, once.
macro_rules! line {
    ($text:expr, $depth:expr, $($arguments:tt)*) => {{
        let _ = write!($text, "{:1$}", "", 4 * $depth);
        let _ = writeln!($text, $($arguments)*);
    }};
}

impl Protocol {
    /// The server, one client for all, its critic and its actor; loops with how often they run.
    pub fn diagram(&self) -> String {
        let mut text = "sequenceDiagram\n    participant server\n    participant client\n".to_owned();
        for phase in [Phase::Critic, Phase::Actor] {
            if self.steps.leaves().iter().any(|leaf| leaf.message.phase == phase) {
                line!(text, 1, "participant {}", role(phase));
            }
        }
        drawn(&self.steps, 1, &mut text);
        text
    }
}

fn role(phase: Phase) -> &'static str {
    match phase {
        Phase::Critic => "critic",
        Phase::Actor => "actor",
    }
}

fn drawn(step: &Step, depth: usize, text: &mut String) {
    match step {
        Step::Broadcast(message) | Step::Sync(message) => {
            let (role, message) = (role(message.phase), named(message));
            line!(text, depth, "server->>client: {message}");
            line!(text, depth, "client->>{role}: {message}");
        }
        Step::Barrier { local_steps, trajectories, reply } => {
            let (role, reply) = (role(reply.phase), named(reply));
            let one = Size::from(1);
            let s = if *local_steps == one { "" } else { "s" };
            // One is what a local step is made of, and of none nothing is sampled.
            let of = if [Size::from(0), one].contains(trajectories) {
                String::new()
            } else {
                format!(", each of {trajectories} trajectories")
            };
            line!(text, depth, "Note over {role}: {local_steps} local step{s}{of}");
            line!(text, depth, "{role}-->>client: {reply}");
            line!(text, depth, "client-->>server: {reply}");
            line!(text, depth, "Note over server: waits for M clients, folds");
        }
        Step::Letters { number, letter } => {
            let (role, letter) = (role(letter.phase), named(letter));
            line!(text, depth, "{role}->>client: {letter}");
            line!(text, depth, "client->>client: {letter}, {number} in all");
            line!(text, depth, "client->>{role}: {letter}, with what is sent next");
        }
        Step::ServerWork(done) => {
            let done: Vec<String> =
                done.iter().map(|(name, amount)| format!("{amount} {}", spoken(name))).collect();
            line!(text, depth, "Note over server: {}", done.join(", "));
        }
        Step::Sequence(steps) => steps.iter().for_each(|step| drawn(step, depth, text)),
        Step::Repeat(times, step) => {
            line!(text, depth, "loop {times} times");
            drawn(step, depth + 1, text);
            line!(text, depth, "end");
        }
    }
}

/// A name of work as one says it.
fn spoken(name: &str) -> String {
    name.replace('_', " ")
}

fn named(message: &Message) -> String {
    let vectors = message.vectors.iter().chain(&message.integers);
    let vectors: Vec<&str> = vectors.map(|vector| vector.symbol).collect();
    format!("{} ({})", message.kind, vectors.join(", "))
}

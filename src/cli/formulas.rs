//! The closed form in letters, for the screen of a plan.

use super::screen::table;
use crate::theory::protocol::letter::{LINKS, N, O, P, Q, REWARDS, SEEN, SLOTS};
use crate::theory::protocol::{Formula, Protocol, Size};

/// A table with the formula of each phase and of all, and a line with the rest.
pub(super) fn in_letters(protocol: &Protocol) -> String {
    let formulas = protocol.formulas();
    let by_phase = &formulas.by_phase;
    let none = Formula::default();
    let mut parts = vec![
        ("critic phase", &by_phase.critic.up, &by_phase.critic.down, &by_phase.critic.peer),
        ("actor phase", &by_phase.actor.up, &by_phase.actor.down, &by_phase.actor.peer),
    ];
    parts.retain(|(_, up, ..)| **up != none);
    if parts.len() > 1 {
        parts.push(("all", &formulas.up, &formulas.down, &formulas.peer));
    }
    let row = |name: &str, direction: &str, formula: &Formula| {
        [name.to_owned(), direction.to_owned(), formula.messages.to_string(), formula.floats.to_string()]
    };
    let rows = parts.into_iter().flat_map(|(name, up, down, peer)| {
        let peer = (*peer != none).then(|| row("", "peer", peer));
        [row(name, "up", up), row("", "down", down)].into_iter().chain(peer)
    });
    let rows: Vec<_> = rows.collect();
    let (barriers, trajectories) = (&formulas.barriers, &formulas.trajectories_per_client);
    let broadcasts = match &formulas.broadcasts {
        none if *none == Size::default() => String::new(),
        some => format!(", {some} broadcasts"),
    };
    // Sizes are shown under their letters, but for these.
    let letters = protocol.letters();
    let meanings = [
        (N, "n = ⌈K/I⌉"),
        (P, "p = d_θ"),
        (Q, "q = stacked critic"),
        (LINKS, "E = links, each way"),
        (SLOTS, "s = p / |A| slots of the policy's table"),
        (O, "o = |O|"),
        (REWARDS, "x = H K"),
        (SEEN, "y = 2 H K"),
    ];
    let meanings = meanings.into_iter().filter(|(letter, _)| letters.contains(letter));
    let meanings: Vec<&str> = meanings.map(|(_, meaning)| meaning).collect();
    let mut text = table(&["in letters", "", "messages", "floats"], 4, &rows);
    let s = if *barriers == Size::from(1) { "" } else { "s" };
    let trajectories = match trajectories {
        none if *none == Size::default() => "no".to_owned(),
        some => some.to_string(),
    };
    text += &format!("  {barriers} barrier{s}{broadcasts}, {trajectories} trajectories per client\n");
    if !formulas.server_work.is_empty() {
        let sort = |(name, amount): &(&str, Size)| format!("{amount} {}", name.replace('_', " "));
        let sorts: Vec<String> = formulas.server_work.iter().map(sort).collect();
        text += &format!("  of the server: {}\n", sorts.join(", "));
    }
    text += &format!("  with {}\n", meanings.join(", "));
    text
}

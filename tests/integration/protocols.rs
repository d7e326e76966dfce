//! Formulas are the counts in letters, documents show what the protocols say, and protocols of algorithms
//! that are not there yet can be written.

mod letters;
mod order;

use dpac::algorithm::{Entry, Registry};
use dpac::theory::counts::{CountError, Counts, Phase, Totals};
use dpac::theory::protocol::letter::{K_E, M, P, Q, R, R_E};
use dpac::theory::protocol::{
    Formula, Formulas, Letter, PSI, Protocol, Size, Step, Values, Vector, barrier, message, repeat, sequence,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::fmt::Write;
use std::path::Path;

/// Each protocol, literal and lean.
fn protocols() -> Vec<Protocol> {
    let both = |entry: &Entry| [false, true].map(|lean| entry.usual_protocol(lean));
    Registry::BUILTIN.entries().flat_map(both).collect()
}

/// Each count with its formula.
fn pairs<'a>(counts: &'a Counts, formulas: &'a Formulas) -> Vec<(u64, &'a Size)> {
    let mut pairs = vec![
        (counts.barriers, &formulas.barriers),
        (counts.broadcasts, &formulas.broadcasts),
        (counts.local_steps.critic, &formulas.local_steps.critic),
        (counts.local_steps.actor, &formulas.local_steps.actor),
        (counts.barriers_by_phase.critic, &formulas.barriers_by_phase.critic),
        (counts.barriers_by_phase.actor, &formulas.barriers_by_phase.actor),
        (counts.trajectories_per_client, &formulas.trajectories_per_client),
        (counts.env_steps_per_client, &formulas.env_steps_per_client),
    ];
    let mut totals: Vec<(&Totals, &Formula)> = vec![
        (&counts.up, &formulas.up),
        (&counts.down, &formulas.down),
        (&counts.by_phase.critic.up, &formulas.by_phase.critic.up),
        (&counts.by_phase.critic.down, &formulas.by_phase.critic.down),
        (&counts.by_phase.actor.up, &formulas.by_phase.actor.up),
        (&counts.by_phase.actor.down, &formulas.by_phase.actor.down),
    ];
    totals.extend(formulas.by_kind.iter().map(|kind| (&counts.by_kind[kind.kind].totals, &kind.formula)));
    for (totals, formula) in totals {
        let numbers = totals.floats + totals.integers;
        pairs.extend([(totals.messages, &formula.messages), (numbers, &formula.floats)]);
    }
    assert_eq!(formulas.server_work.len(), counts.server_work.len());
    pairs.extend(formulas.server_work.iter().map(|(name, formula)| (counts.server_work[name], formula)));
    pairs
}

/// A value for every letter of a protocol, of which `n` is what K and I say.
fn values(protocol: &Protocol, sizes: &[u64]) -> Values {
    use dpac::theory::protocol::letter::{I, K, N};
    let values = protocol.letters().into_iter().zip(sizes.iter().cycle());
    let values = values.fold(Values::default(), |values, (letter, &size)| values.with(letter, size));
    match (values.get(K), values.get(I)) {
        (Ok(steps), Ok(interval)) => values.with(N, steps.div_ceil(interval)),
        _ => values,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300, rng_seed: RngSeed::Fixed(14), failure_persistence: None, ..ProptestConfig::default()
    })]

    /// Of every algorithm that has a protocol. Counts are integers: there is no tolerance.
    #[test]
    fn formulas_in_letters_are_the_counts(sizes in prop::collection::vec(1..50_u64, 17)) {
        for protocol in protocols() {
            let (values, formulas) = (values(&protocol, &sizes), protocol.formulas());
            let counts = protocol.counts(&values).expect("small sizes");
            for (count, formula) in pairs(&counts, &formulas) {
                prop_assert_eq!(formula.value(&values, "it").expect("small sizes"), count, "{}", formula);
            }
        }
    }
}

#[test]
fn formulas_are_those_that_a_person_writes() {
    let shown = |protocol: &Protocol| {
        let Formulas { up, down, barriers, trajectories_per_client, .. } = protocol.formulas();
        [up.messages, up.floats, down.messages, down.floats, barriers, trajectories_per_client]
            .map(|size| size.to_string())
    };
    let of = |name, lean| Registry::BUILTIN.find(name).expect("it is listed").usual_protocol(lean);
    let [lean_dptd, dppg] = &[of("dptd", true), of("dppg", false)];
    let [dpac, lean_dpac] = &[of("dpac", false), of("dpac", true)];
    assert_eq!(shown(lean_dptd), ["M R_e", "M R_e q", "M (R_e - 1)", "M (R_e - 1) q", "R_e", "R_e K_e"]);
    assert_eq!(shown(dppg), ["M R n", "M R n p", "M R (n + 1)", "M R (q + (n + 1) p)", "R n", "R K"]);
    let up = ["M R (R_e + n)", "M R (R_e q + n p)"];
    let [barriers, trajectories] = ["R (R_e + n)", "R (R_e K_e + K)"];
    let down = ["M R (R_e + n + 2)", "M R ((R_e + 2) q + (n + 1) p)"];
    assert_eq!(shown(dpac), [up[0], up[1], down[0], down[1], barriers, trajectories]);
    assert_eq!(shown(lean_dpac), [up[0], up[1], up[0], up[1], barriers, trajectories]);
}

#[test]
fn sizes_are_written_with_common_letters_before_them() {
    let size = Size::from;
    for (size, written) in [
        (size(R) - R, "0"),
        (Size::from(3) - 5, "-2"),
        (R - 1, "R - 1"),
        (Size::from(1) - R, "-R + 1"),
        ((R - 1) * P, "(R - 1) p"),
        (M * ((R - 1) * P + Q), "M ((R - 1) p + q)"),
        (Size::from(2) * R * P - R * P, "R p"),
        (R * P + size(P) * R, "2 R p"),
        (R * R + R, "(R + 1) R"),
        (R_E * K_E - (R - 1) * K_E, "(R_e - R + 1) K_e"),
        (R - (R_E - 1) * K_E, "R - (R_e - 1) K_e"),
    ] {
        assert_eq!(size.to_string(), written);
    }
    assert_eq!((R - 1) * (R - 1), R * R - Size::from(2) * R + 1);
    assert_ne!(R * P, R * Q);
}

/// A stochastic gradient method with momentum on the wire: in each of R rounds two barriers, of which the
/// first samples B trajectories in one step; a vector of its own; a loop that may run no times at its end.
fn made_up() -> Protocol {
    const B: Letter = Letter { symbol: "B", size: "batch" };
    const EXTRA: Letter = Letter { symbol: "e", size: "extra_rounds" };
    const MOMENTUM: Vector = Vector { name: "momentum", symbol: "v", length: P };
    let gradient = Step::Barrier {
        local_steps: 1.into(),
        trajectories: B.into(),
        reply: message("gradient", Phase::Actor, [MOMENTUM]),
    };
    let extra = repeat(EXTRA - 1, [barrier(1, message("critic_up", Phase::Critic, [PSI]))]);
    let told = |kind| message(kind, Phase::Actor, [PSI, MOMENTUM]);
    let round = repeat(R, [Step::Broadcast(told("open")), gradient, Step::Sync(told("answer")), extra]);
    Protocol { name: "made-up", rounds: Some(R), steps: sequence([round, Step::Broadcast(told("output"))]) }
}

#[test]
fn an_algorithm_s_own_sizes_and_vectors_are_counted_and_prefixes_end_at_the_last_barrier_that_happens() {
    let protocol = made_up();
    let diagram = protocol.diagram();
    assert!(diagram.contains("over actor: 1 local step, each of B trajectories\n"), "{diagram}");
    assert_eq!(protocol.formulas().trajectories_per_client.to_string(), "R (B + e - 1)");
    let letters = protocol.letters();
    let value = |extra| {
        let value = |letter: Letter| match letter.symbol {
            "B" => 5,
            "e" => extra,
            "R" => 4,
            "M" => 3,
            "p" => 7,
            _ => 2,
        };
        letters.iter().fold(Values::default(), |values, &letter| values.with(letter, value(letter)))
    };
    let counts = protocol.counts(&value(2)).expect("small sizes");
    assert_eq!((counts.trajectories_per_client, counts.env_steps_per_client), (4 * 6, 4 * 6 * 2));
    assert_eq!((counts.local_steps.actor, counts.broadcasts, counts.barriers), (3 * 4, 5, 8));
    let momentum = counts.floats_by_vector["momentum"];
    assert_eq!((momentum.up, momentum.down, momentum.peer), (84, 3 * 9 * 7, 0));
    // With an extra barrier a round is over after its answer, and without one before.
    for (extra, answers, barriers) in [(2, 2, 4), (1, 1, 2)] {
        let two = protocol.counts_after(&value(extra), 2).expect("small sizes");
        assert_eq!((two.by_kind["answer"].totals.messages, two.barriers), (3 * answers, barriers));
        assert_eq!(two.by_kind["output"].totals, Totals::default(), "it is listed");
    }
    assert_eq!(protocol.counts(&value(0)), Err(CountError::Zero { size: "extra_rounds" }));
    let unknown = Values::default().with(M, 3);
    assert!(matches!(protocol.counts(&unknown), Err(CountError::Unknown { .. })));
}

/// What `docs/protocols.md` says.
fn page() -> String {
    let mut text = "# What each algorithm sends\n\n\
        Drawn and computed from the protocols in `src/algorithm/`, where each is an expression. The closed form, to\n\
        which the ledger of every run is compared, is the same expression in numbers; `dpac plan` shows both. To write this page\n\
        again: `DPAC_UPDATE_DOCS=1 cargo test --test integration protocols::`.\n\n\
        M clients; R outer rounds; K local steps of the actor in each, with a barrier after every I and after the last, n = ⌈K/I⌉ in all;\n\
        R_e rounds of each evaluation, of K_e local steps; p = d_θ, the length of θ and ω; q, the length of ψ, stacked over steps. Messages\n\
        and floats are those of a whole run over all M links between server and clients; each has a twin within the client. *Lean* is\n\
        `federation.lean = true`.\n"
        .to_owned();
    for entry in Registry::BUILTIN.entries() {
        let (literal, lean) = (entry.usual_protocol(false), entry.usual_protocol(true));
        let own = entry.letters.iter().map(|(letter, key)| format!(" {} is `{}`.", letter.symbol, key.name));
        let own: String = own.collect();
        let _ = writeln!(text, "\n## {}\n\n{}{own}\n", literal.name, entry.words.summary);
        text += "| kind | phase | direction | messages | floats | lean: messages | lean: floats |\n";
        text += "| --- | --- | --- | --- | --- | --- | --- |\n";
        let (formulas, lean) = (literal.formulas(), lean.formulas());
        for (one, other) in formulas.by_kind.iter().zip(&lean.by_kind) {
            assert_eq!(one.kind, other.kind);
            let (phase, direction) = (word(&one.phase), word(&one.direction));
            row(&mut text, &format!("`{}` | {phase} | {direction}", one.kind), &one.formula, &other.formula);
        }
        row(&mut text, "all | | up", &formulas.up, &lean.up);
        row(&mut text, "all | | down", &formulas.down, &lean.down);
        if formulas.peer != Formula::default() {
            row(&mut text, "all | | peer", &formulas.peer, &lean.peer);
        }
        let Formulas { barriers, broadcasts, trajectories_per_client, .. } = formulas;
        let trajectories = match &trajectories_per_client {
            none if *none == Size::default() => "no".to_owned(),
            some => some.to_string(),
        };
        let _ = writeln!(
            text,
            "\n{barriers} barriers, {broadcasts} broadcasts, {trajectories} trajectories per client.\n"
        );
        let _ = writeln!(text, "```mermaid\n{}```", literal.diagram());
    }
    text
}

/// As it is written in JSON.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).expect("a word")
}

fn row(text: &mut String, what: &str, literal: &Formula, lean: &Formula) {
    let (Formula { messages, floats }, Formula { messages: lean_messages, floats: lean_floats }) =
        (literal, lean);
    let _ = writeln!(text, "| {what} | {messages} | {floats} | {lean_messages} | {lean_floats} |");
}

#[test]
fn documents_show_what_the_protocols_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (path, page) = (root.join("docs/protocols.md"), page());
    if std::env::var_os("DPAC_UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("a writable folder");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "docs/protocols.md is not what the protocols say; see its head");
}

//! Resolved configurations read back the same; damaged ones are read or located.

use super::{MINIMAL, TIGER, load, read};
use dpac::algorithm::Registry;
use dpac::config::{
    Actor, Auto, Clients, Config, Critic, Features, Federation, FirstOutput, GraphSource, Harmonic, Init,
    KeepPolicies, Key, NetworkPolicy, Output, OverRoot, Own, PolicySource, PolicyStep, Problem,
    ProblemSource, Record, SETTING, Schedule, ServerLine, SplitSeen, Step, Takes, Target, Weights, Words,
    resolved_toml,
};
use dpac::diagnose::{Style, of_configuration, render};
use dpac::features::{Degree, LogOdds};
use dpac::policy::network::{Clock, Hidden};
use dpac::pomdp::file::Reset;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[test]
fn resolved_configuration_says_the_formula_behind_each_value() {
    let config = load(MINIMAL, &["critic.alpha=0.25"]).unwrap_or_else(|errors| panic!("{errors}"));
    let text = resolved_toml(&config, &words(&config), &[("critic.alpha", "c / (t_0 + r K)")]);
    assert!(text.contains("\nalpha = 0.25  # c / (t_0 + r K)\n"), "{text}");
    assert!(text.contains("\n# rounds: not given\n"), "{text}");
    assert_eq!(read(&text), config);
}

fn features() -> impl Strategy<Value = Features> {
    prop_oneof![
        Just(Features::History),
        Just(Features::Policy),
        (0..=10_000_u32, any::<bool>()).prop_map(|(length, tied)| Features::Window { length, tied }),
        (prop_oneof![Just(Degree::One), Just(Degree::Two)], any::<bool>())
            .prop_map(|(degree, span)| Features::Belief { degree, span }),
        (1..=LogOdds::DEGREE_MAX)
            .prop_map(|degree| Features::LogOdds { degree: LogOdds::new(degree).expect("a degree") }),
        (0..=10_000_u32, any::<bool>()).prop_map(|(length, span)| Features::BeliefMemory { length, span }),
        (0..=10_000_u32, 1..=16_u32).prop_map(|(length, degree)| Features::Polynomial { length, degree }),
        (0..=10_000_u32, 1..=65_536_u32, 1e-9..1e9, any::<u32>()).prop_map(
            |(length, components, scale, seed)| Features::Fourier { length, components, scale, seed }
        ),
        (1..=4096_u32, any::<u32>()).prop_map(|(width, seed)| Features::Reservoir { width, seed }),
    ]
}

fn step_size() -> impl Strategy<Value = Auto<f64>> {
    prop_oneof![Just(Auto::Auto), positive().prop_map(Auto::Given)]
}

fn positive() -> impl Strategy<Value = f64> {
    (f64::MIN_POSITIVE.to_bits()..f64::INFINITY.to_bits()).prop_map(f64::from_bits)
}

fn network() -> impl Strategy<Value = NetworkPolicy> {
    let clock = || prop_oneof![Just(Clock::Fraction), Just(Clock::OneHot), Just(Clock::None)];
    let output = || prop_oneof![Just(FirstOutput::Zero), Just(FirstOutput::Paired)];
    let keys = || (1..=256_u32, clock(), output());
    let hidden = proptest::collection::vec(1..=256_usize, 1..=4);
    let hidden = hidden.prop_map(|units| Hidden::new(&units).expect("few layers"));
    prop_oneof![
        (0..=10_000_u32, hidden, keys()).prop_map(|(window, hidden, (_, clock, output))| {
            NetworkPolicy::Mlp { window, hidden, clock, output }
        }),
        keys().prop_map(|(hidden, clock, output)| NetworkPolicy::Indrnn { hidden, clock, output }),
        keys().prop_map(|(hidden, clock, output)| NetworkPolicy::Gru { hidden, clock, output }),
    ]
}

fn step() -> impl Strategy<Value = Auto<Step>> {
    let harmonic = (positive(), positive(), proptest::option::of(positive()))
        .prop_map(|(scale, offset, cap)| Step::Harmonic(Harmonic { scale, offset, cap }));
    prop_oneof![
        Just(Auto::Auto),
        positive().prop_map(|step| Auto::Given(Step::Constant(step))),
        harmonic.prop_map(Auto::Given)
    ]
}

fn size() -> impl Strategy<Value = Option<u32>> {
    proptest::option::of(1..=1_000_000_000_u32)
}

fn graph() -> impl Strategy<Value = GraphSource> {
    let path = Just(GraphSource::File(PathBuf::from("links.txt")));
    prop_oneof![Just(GraphSource::Ring), Just(GraphSource::Complete), path]
}

prop_compose! {
    fn critic()(
        rounds in size(),
        local_steps in size(),
        features in features(),
        alpha in step(),
        eta in step(),
        init in prop_oneof![Just(Init::Warm), Just(Init::Zero)],
        from in proptest::option::of(0..1_000_000_000_u32),
        weights in prop_oneof![Just(Weights::Quadratic), Just(Weights::Uniform), Just(Weights::Last)],
        server_line in prop_oneof![Just(ServerLine::Repaired), Just(ServerLine::Printed)],
    ) -> Critic {
        let from = from.map(|from| rounds.map_or(from, |rounds| from % rounds));
        let average_from = from.map_or(Auto::Auto, Auto::Given);
        Critic { rounds, local_steps, features, alpha, eta, init, average_from, weights, server_line }
    }
}

fn policy_step() -> impl Strategy<Value = Auto<PolicyStep>> {
    (step_size(), any::<bool>()).prop_map(|(step, over_root)| {
        step.map(|scale| {
            if over_root { PolicyStep::OverRoot(OverRoot { scale }) } else { PolicyStep::Constant(scale) }
        })
    })
}

prop_compose! {
    fn actor()(
        rounds in size(),
        local_steps in size(),
        sync_interval in size(),
        target in prop_oneof![Just(Target::Q), Just(Target::Advantage), Just(Target::Compatible)],
        features in features(),
        policy in proptest::option::of(network()),
        zeta in step(),
        eta in policy_step(),
        largest_move in proptest::option::of(positive()),
    ) -> Actor {
        let largest_move = largest_move.filter(|_| policy.is_some() && eta == Auto::Auto);
        let features = if policy.is_some() { Features::default() } else { features };
        Actor { rounds, local_steps, sync_interval, target, features, policy, zeta, eta, largest_move }
    }
}

fn builtin_problem() -> impl Strategy<Value = (String, BTreeMap<String, f64>)> {
    let accuracy = (0.5..=1.0).prop_map(|accuracy| [("accuracy".to_owned(), accuracy)].into());
    prop_oneof![
        Just(("toggle".to_owned(), BTreeMap::new())),
        accuracy.prop_map(|parameters| ("tiger".to_owned(), parameters)),
    ]
}

fn clients() -> impl Strategy<Value = Clients> {
    let strength = || 0.0..=1.0;
    (strength(), strength(), strength(), strength(), 0..=1_u64 << 53).prop_map(
        |(rewards, transitions, sensors, parts, seed)| Clients { rewards, transitions, sensors, parts, seed },
    )
}

prop_compose! {
    fn problem()(
        file in proptest::option::of("\\PC{1,20}|[\\x00-\\x7f]{1,20}"),
        ends in any::<bool>(),
        divides in any::<bool>(),
        horizon in 1..=10_000_u32,
        discount in proptest::option::of(0.0..=1.0),
        split in 1..=4096_u32,
        copies in any::<bool>(),
        clients in proptest::option::of(clients()),
        (name, parameters) in builtin_problem(),
    ) -> Problem {
        let builtin = || ProblemSource::Builtin { name, parameters };
        let source = file.map_or_else(builtin, |file| ProblemSource::File(PathBuf::from(file)));
        let reset = if ends && matches!(source, ProblemSource::File(_)) { Reset::End } else { Reset::Continue };
        let normalize = divides && matches!(source, ProblemSource::File(_));
        let split_seen = if copies { SplitSeen::Copy } else { SplitSeen::Class };
        Problem { source, reset, normalize, horizon, discount, split, split_seen, clients }
    }
}

fn words(config: &Config) -> Words {
    Registry::BUILTIN.find(&config.algorithm.name).expect("it is listed").words
}

/// Some of an algorithm's own keys, within their bounds.
fn own_values(words: &Words, choice: u64, real: f64) -> BTreeMap<String, Own> {
    let value = |key: &Key| match key.takes {
        Takes::Integer { least, most, .. } => Own::Integer(least + choice % (most - least + 1)),
        Takes::Positive { .. } => Own::Real(real),
        Takes::Share { .. } => Own::Real(real / (1.0 + real)),
        Takes::Words { words } => Own::Word(words[choice as usize % words.len()].0.to_owned()),
    };
    let given = words.keys.iter().enumerate().filter(|(i, _)| choice >> i & 1 == 1);
    given.map(|(_, key)| (key.name.to_owned(), value(key))).collect()
}

prop_compose! {
    fn config()(
        words in prop::sample::select(Registry::BUILTIN.words()),
        own in any::<u64>(),
        real in 1e-9..1e9,
        seed in any::<u64>(),
        schedule in prop_oneof![Just(Schedule::Practical), Just(Schedule::Theory)],
        trajectories in proptest::option::of(1..=1_000_000_000_000_u64),
        policy in "\\PC{1,20}",
        problem in problem(),
        federation in (1..=1_000_000_u32, any::<bool>(), graph())
            .prop_map(|(clients, lean, graph)| Federation { clients, lean, graph }),
        mut critic in critic(),
        mut actor in actor(),
        evaluate_every in 0..=1_000_000_000_u32,
        keep_policies in
            prop_oneof![Just(KeepPolicies::All), Just(KeepPolicies::Last), Just(KeepPolicies::None)],
        log_every in 0..=3_u32,
        record in prop::sample::subsequence(Record::ALL.to_vec(), 0..=Record::ALL.len()),
    ) -> Config {
        if trajectories.is_some() {
            critic = Critic { rounds: None, local_steps: None, ..critic };
            actor = Actor { rounds: None, local_steps: None, sync_interval: None, ..actor };
        }
        // What an algorithm does not read is refused.
        let none = Critic::default();
        let reads = |key: &str| words.reads(key);
        let critic = Critic {
            rounds: critic.rounds.filter(|_| reads("critic.rounds")),
            local_steps: critic.local_steps.filter(|_| reads("critic.local_steps")),
            features: if reads("critic.features") { critic.features } else { none.features },
            alpha: if reads("critic.alpha") { critic.alpha } else { none.alpha },
            eta: if reads("critic.eta") { critic.eta } else { none.eta },
            init: if reads("critic.init") { critic.init } else { none.init },
            average_from: if reads("critic.average_from") { critic.average_from } else { none.average_from },
            weights: if reads("critic.weights") { critic.weights } else { none.weights },
            server_line: if reads("critic.server_line") { critic.server_line } else { none.server_line },
        };
        Config {
            algorithm: words.complete(&own_values(&words, own, real)),
            seed,
            schedule: if reads("schedule") { schedule } else { Schedule::Practical },
            trajectories: trajectories.filter(|_| reads("trajectories")),
            policy: if reads("policy") { PolicySource::from(policy) } else { PolicySource::Uniform },
            problem,
            federation: Federation {
                lean: federation.lean && reads("federation.lean"),
                graph: if reads("federation.graph") { federation.graph } else { GraphSource::Ring },
                ..federation
            },
            critic,
            actor: Actor {
                rounds: actor.rounds.filter(|_| reads("actor.rounds")),
                local_steps: actor.local_steps.filter(|_| reads("actor.local_steps")),
                sync_interval: actor.sync_interval.filter(|_| reads("actor.sync_interval")),
                target: if reads("actor.target") { actor.target } else { Actor::default().target },
                policy: actor.policy.filter(|_| reads("actor.policy")),
                largest_move: actor.largest_move.filter(|_| reads("actor.largest_move")),
                features: if reads("actor.features") { actor.features } else { Actor::default().features },
                zeta: if reads("actor.zeta") { actor.zeta } else { Actor::default().zeta },
                eta: if reads("actor.eta") { actor.eta } else { Actor::default().eta },
            },
            output: Output { evaluate_every, keep_policies, log_every, record },
        }
    }
}

proptest! {
    #[test]
    fn resolved_configuration_reads_back_the_same(config in config()) {
        let text = resolved_toml(&config, &words(&config), &[("seed", "as given")]);
        prop_assert_eq!(load(&text, &[]), Ok(config), "{}", text);
    }

    #[test]
    fn damaged_configurations_are_read_or_located(
        at in 0..TIGER.len(),
        removed in 0..40_usize,
        inserted in "[\\[\\]{}=.,\"'#\\n a-e0-9ψ]{0,8}",
    ) {
        let (start, end) = (boundary(at), boundary((at + removed).min(TIGER.len())));
        let text = format!("{}{inserted}{}", &TIGER[..start], &TIGER[end..]);
        if let Err(errors) = load(&text, &[]) {
            for error in errors.as_slice() {
                let span = error.place.span.clone().unwrap_or(0..0);
                prop_assert!(text.get(span).is_some(), "{}", error);
            }
            let drawing = render(&of_configuration(&errors), Style { color: false, width: 80 });
            prop_assert!(drawing.contains("run.toml"), "{}", drawing);
        }
    }

    #[test]
    fn any_setting_is_taken_or_located(setting in "[a-c]{0,3}(\\.[a-c\"]{0,2})?=?[\\[\\]{}=.,\"'#\\n a-e0-9ψ]{0,8}") {
        if let Err(errors) = load(MINIMAL, &[setting.as_str()]) {
            for error in errors.as_slice() {
                prop_assert_eq!(&error.place.source.name, SETTING);
                let span = error.place.span.clone().unwrap_or(0..0);
                prop_assert!(setting.get(span).is_some(), "{}", error);
            }
        }
    }
}

fn boundary(at: usize) -> usize {
    (0..=at).rev().find(|&at| TIGER.is_char_boundary(at)).unwrap_or(0)
}

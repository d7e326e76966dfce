//! Experiments that are sweeps, in their quick form, as the command runs them.

use dpac::algorithm::Registry;
use dpac::config::{Loaded, SweepTable};
use dpac::experiment::RESULTS_EPOCH;
use dpac::paper::Form;
use dpac::paper::claims::{
    EXPERIMENTS, Experiment, Record, TABLES_PAGE, contents, experiment, page, tables_page,
};
use dpac::plot::Format;
use dpac::sweep::{Base, Plan, Spec, seeds};
use std::collections::BTreeMap;
use std::process::{Command, Output};
use tempfile::TempDir;

fn paper(place: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
    command.args(["paper"]).args(arguments).current_dir(place.path()).env("COLUMNS", "80");
    command.output().expect("the program starts")
}

/// The record of a quick form that meets all criteria, as it is printed.
fn passes(arguments: &[&str]) -> Record {
    let place = tempfile::tempdir().expect("a scratch directory");
    let output = paper(&place, &[arguments, &["--quick", "--json"]].concat());
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let record: Record = serde_json::from_str(&said).expect("a record");
    assert!(record.passed && record.verdicts.iter().all(|verdict| verdict.holds), "{said}");
    record
}

#[test]
fn dptd_converges_to_exact_values() {
    let record = passes(&["e1"]);
    assert_eq!(record.verdicts.len(), 4, "a slope and a largest error for each of two problems");
}

#[test]
fn error_falls_with_clients_and_the_record_does_not_depend_on_threads() {
    assert_eq!(passes(&["e2", "--threads", "1"]), passes(&["e2", "--threads", "3"]));
}

#[test]
fn counts_at_the_sizes_of_the_corollaries_have_the_exponents_of_an_independent_script() {
    passes(&["e4"]);
}

#[test]
fn copies_of_observations_change_neither_error_nor_cost() {
    passes(&["e8"]);
}

#[test]
fn more_clients_accelerate_a_recurrent_policy() {
    let record = passes(&["fig1"]);
    assert_eq!((record.sweeps.len(), record.verdicts.len()), (5, 4));
}

/// Planning costs are those of the closed form, and DPAC's do not depend on what is seen.
#[test]
fn learners_that_plan_stand_beside_dpac_at_equal_trajectories() {
    let record = passes(&["e12"]);
    assert_eq!((record.experiment.as_str(), record.sweeps.len()), ("table1", 7));
    let methods: Vec<&str> = record.tables[0].rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(methods.len(), 6, "{methods:?}");
}

#[test]
fn quadratic_weights_are_better_and_the_printed_line_grows() {
    let record = passes(&["e10"]);
    assert_eq!((record.results_epoch, record.sweeps[0].arms.len()), (RESULTS_EPOCH, 6));
}

#[test]
fn pages_figures_and_records_are_written_and_replaced_only_when_asked_to() {
    let place = tempfile::tempdir().expect("a scratch directory");
    let first = paper(&place, &["e8", "--quick", "--pages", "pages"]);
    assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
    let page = std::fs::read_to_string(place.path().join("pages/e8.md")).expect("a page");
    assert!(
        page.contains("**Verdict: every criterion is met**") && page.contains("![Error against copies"),
        "{page}"
    );
    assert!(
        place.path().join("pages/e8.svg").is_file() && place.path().join("pages/records/e8.json").is_file()
    );
    let again = paper(&place, &["e8", "--quick", "--pages", "pages"]);
    assert_eq!(again.status.code(), Some(2), "nothing is replaced unasked");
    let forced = paper(&place, &["e8", "--quick", "--pages", "pages", "--force"]);
    assert_eq!(forced.status.code(), Some(0), "{}", String::from_utf8_lossy(&forced.stderr));
    assert_eq!(std::fs::read_to_string(place.path().join("pages/e8.md")).expect("a page"), page);
}

#[test]
fn a_figure_alone_is_the_one_of_its_experiment() {
    let place = tempfile::tempdir().expect("a scratch directory");
    let output = paper(&place, &["fig2", "--pages", "pages"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.starts_with("Γ(K; ν) as Equation 31 prints it\n\n| K, local steps | ν = 0.001 |"), "{said}");
    let drawn = std::fs::read(place.path().join("pages/fig2.svg")).expect("a figure");
    assert_eq!(drawn, std::fs::read(committed("fig2.svg")).expect("a figure"));
    assert_eq!(std::fs::read_dir(place.path().join("pages")).expect("a folder").count(), 1);
}

fn committed(name: &str) -> String {
    format!("{}/docs/paper/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn committed_records() -> Vec<Record> {
    let record = |experiment: &&Experiment| {
        let path = committed(&format!("records/{}.json", experiment.name));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    EXPERIMENTS.iter().map(record).collect()
}

/// Arms that are compared differ from those that were tuned in the tuned step alone, and each step has beside
/// it what it was chosen by.
#[test]
fn compared_arms_have_the_steps_that_tuning_chose_and_what_they_were_chosen_by() {
    let read = |name: &str| {
        let path = format!("{}/configs/paper/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let plan = |name: &str, axes: SweepTable| {
        let loaded = Loaded::from_str(name, &read(name)).expect("TOML");
        let spec = Spec { grid: axes.grid, zip: axes.zip, seeds: vec![0], targets: Vec::new() };
        let plan = Plan::new(Base { loaded, registry: Registry::BUILTIN }, &spec);
        plan.unwrap_or_else(|(arm, error)| panic!("{arm}: {error}"))
    };
    let axes = |name: &str| {
        Loaded::from_str(name, &read(name)).expect("TOML").sweep().expect("a table").expect("a sweep")
    };
    let by_value = "actor.eta: chosen by value";
    let by_error = "critic.alpha: chosen by bellman_error";
    for (compared, tuned, arms, chosen) in [
        ("e9", "e9-arms", 12, by_value),
        ("e9-exact", "e9-exact-arms", 2, by_value),
        ("table3-rounds", "table3-rounds-arms", 22, by_error),
        ("table3-once", "table3-once-arms", 22, by_error),
        ("table3-batch", "table3-batch-arms", 22, by_error),
    ] {
        let digests = |plan: Plan| plan.arms.into_iter().map(|arm| arm.config_digest).collect::<Vec<_>>();
        let ours = digests(plan(compared, axes(compared)));
        assert_eq!((&ours, ours.len()), (&digests(plan(tuned, axes(compared))), arms));
        let of_tuned = plan(tuned, axes(tuned)).arms.into_iter().map(|arm| arm.settings);
        for (settings, arm) in of_tuned.zip(plan(compared, axes(compared)).arms) {
            assert!(settings.iter().all(|setting| arm.settings.contains(setting)), "{}", arm.label);
        }
        let text = read(compared);
        assert!(text.starts_with(&format!("# {chosen} on the held-out seeds 1000..1002\n")), "{text}");
        assert_eq!(text.matches(", 3 seeds), the best of 8").count(), arms, "{text}");
    }
}

/// Clients that differ have no Bellman error to tune by.
#[test]
fn methods_of_table_3_take_the_steps_of_clients_that_are_alike_where_clients_differ() {
    let plan = |name: &str| {
        let path = format!("{}/configs/paper/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let loaded =
            Loaded::read(std::path::Path::new(&path)).unwrap_or_else(|errors| panic!("{path}: {errors:?}"));
        let axes = loaded.sweep().expect("a table").expect("a sweep");
        let spec = Spec { grid: axes.grid, zip: axes.zip, seeds: vec![0], targets: Vec::new() };
        Plan::new(Base { loaded, registry: Registry::BUILTIN }, &spec).expect("arms that run").arms
    };
    for (family, budget) in
        [("rounds", "critic.rounds"), ("once", "critic.local_steps"), ("batch", "critic.rounds")]
    {
        let alike = plan(&format!("table3-{family}"));
        let differing = plan(&format!("table3-differing-{family}"));
        assert_eq!(differing.len(), 12);
        for arm in differing {
            let shared =
                |(key, _): &&(String, String)| ["algorithm", budget, "critic.alpha"].contains(&key.as_str());
            let own: Vec<_> = arm.settings.iter().filter(shared).collect();
            let others = [("federation.clients", "16"), ("critic.features", "{ kind = \"history\" }")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()));
            let same = |other: &Vec<(String, String)>| {
                own.iter().all(|setting| other.contains(setting))
                    && others.iter().all(|setting| other.contains(setting))
            };
            assert_eq!(own.len(), 3, "{}", arm.label);
            assert!(alike.iter().any(|other| same(&other.settings)), "{}: {}", family, arm.label);
        }
    }
}

/// Every arm of Table 2 has a step of its own, and beside it what it was chosen by, out of equally many, on
/// seeds that its experiment does not use; or it is there with all steps, where nothing is drawn.
#[test]
fn steps_of_table_2_stand_beside_what_they_were_chosen_by_or_all_are_run() {
    let experiment = EXPERIMENTS.into_iter().find(|experiment| experiment.name == "table2");
    let (mut tuned, mut whole) = (0, 0);
    for source in experiment.expect("Table 2").sweeps {
        let name = source.name;
        let table = source.loaded().expect("TOML").sweep().expect("a table").expect("a sweep");
        let lengths = table.grid.iter().map(|axis| axis.values.len());
        let arms: usize = lengths.product::<usize>() * table.zip.first().map_or(1, |axis| axis.values.len());
        let by =
            |word: &str| source.text.starts_with(&format!("# actor.eta: chosen by {word} on the held-out"));
        if !by("value") && !by("mixture") {
            let all =
                source.text.contains("grid.actor.eta = [0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0]");
            // Where one step is taken for what it shows.
            let one = name.contains("direction") || name == "table2-map-longer" || source.counts_only;
            assert!(all || one, "{name}: a step that nobody chose");
            whole += usize::from(all);
            continue;
        }
        let chosen: Vec<&str> = source.text.lines().filter(|line| line.contains("  # ")).collect();
        assert!(chosen.iter().all(|line| line.contains("the best of 8; next")), "{name}");
        // With exact values the clients of Tiger do the same, however many there are.
        let alike = ["table2-fed-npg", "table2-fed-npg-gossip"].contains(&name);
        assert_eq!(chosen.len(), if alike { 1 } else { arms }, "{name}");
        tuned += chosen.len();
        let (seeds_of, _) = table.seeds.expect("seeds");
        assert!(seeds(&seeds_of).expect("seeds").iter().all(|seed| !(1000..=1002).contains(seed)));
    }
    assert!(tuned > 70 && whole == 6, "{tuned}, {whole}");
}

/// As of Table 2, and of every method equally many candidates.
#[test]
fn what_was_tuned_of_table_1_stands_beside_what_it_was_chosen_by() {
    let table_1 = experiment("e12").expect("Table 1 by its other name");
    assert_eq!(table_1.name, "table1");
    for source in table_1.sweeps {
        let first = source.text.lines().next().expect("a line");
        assert!(
            first.contains(": chosen by ") && first.contains("on the held-out seeds 1000..1002"),
            "{first}"
        );
        let beside: Vec<&str> = source.text.lines().filter(|line| line.contains(",  # ")).collect();
        // OMLE has the same end with every value, and was tuned on each problem alone.
        let arms = match source.name {
            "table1-omle" | "table1-omle-long" => 2,
            "table1-dpac-copies" => 20,
            _ => 30,
        };
        assert_eq!(beside.len(), arms, "{}", source.name);
        for line in beside {
            assert!(line.contains("the best of 8") || line.contains("all 8 have the same"), "{line}");
        }
        let loaded = Loaded::from_str(source.name, source.text).expect("TOML");
        let table = loaded.sweep().expect("a table").expect("a sweep");
        let (seeds_of, _) = table.seeds.as_ref().expect("seeds");
        assert_eq!(seeds(seeds_of).expect("seeds"), (0..10).collect::<Vec<u64>>());
        // The quick form has cells of the full one, with what was tuned for them.
        let whole = Spec { grid: table.grid, zip: table.zip, seeds: vec![0], targets: Vec::new() }.choices();
        let axes: Vec<(&str, Vec<&str>)> = source
            .quick
            .axes
            .iter()
            .map(|axis| axis.split_once('=').map(|(key, all)| (key, all.split(',').collect())))
            .collect::<Option<_>>()
            .expect("axes");
        let is_zip = axes.iter().any(|(key, _)| key.starts_with("a"));
        for at in 0..axes[0].1.len() * usize::from(is_zip) {
            let plain = |text: &str| text.trim_matches('"').to_owned();
            let there = whole.iter().any(|arm| {
                let has =
                    |key: &str, value: &str| arm.iter().any(|(of, there)| of == key && plain(there) == value);
                axes.iter().all(|(key, values)| has(key, values[at]))
            });
            assert!(there, "{}: number {at} of the quick form", source.name);
        }
    }
}

/// Every record under `docs/paper` is of the runs that the program would make now: their configurations'
/// digests, and the epoch of its results.
#[test]
fn committed_records_are_of_the_present_program() {
    for (experiment, record) in EXPERIMENTS.iter().zip(committed_records()) {
        let name = experiment.name;
        let again = format!("`dpac paper {name} --pages docs/paper --force`");
        assert_eq!((record.results_epoch, record.form), (RESULTS_EPOCH, Form::Full), "{again}");
        let said = [&record.title, &record.claim, &record.reading];
        assert_eq!(said, [experiment.title, experiment.claim, experiment.reading], "{again}");
        assert_eq!(record.sweeps.len(), experiment.sweeps.len(), "{again}");
        for (source, of_record) in experiment.sweeps.iter().zip(&record.sweeps) {
            let loaded = source.loaded().expect("TOML");
            let table = loaded.sweep().expect("a table").expect("a sweep");
            let seeds = table.seeds.as_ref().map(|(text, _)| seeds(text).expect("seeds"));
            let spec = Spec { grid: table.grid, zip: table.zip, seeds: vec![0], targets: Vec::new() };
            let plan = Plan::new(Base { loaded, registry: Registry::BUILTIN }, &spec);
            let plan = plan.unwrap_or_else(|(arm, error)| panic!("{arm}: {error}"));
            let now: Vec<&str> = plan.arms.iter().map(|arm| arm.config_digest.as_str()).collect();
            let then: Vec<&str> = of_record.arms.iter().map(|arm| arm.config_digest.as_str()).collect();
            assert_eq!(then, now, "{again}");
            assert_eq!(Some(&of_record.seeds), seeds.as_ref(), "{again}");
        }
    }
}

/// No number, sentence or figure of a page is of another run than its record. Whoever changes how pages are
/// written has all of them written anew from their records with `DPAC_UPDATE_DOCS=1`.
#[test]
fn committed_pages_are_their_records_written_out() {
    let records = committed_records();
    let mut expected: BTreeMap<String, String> = BTreeMap::new();
    for record in &records {
        let name = &record.experiment;
        expected.insert(format!("{name}.md"), page(record));
        expected.insert(format!("records/{name}.json"), record.json());
        for curves in &record.curves {
            let drawn = curves.figure().drawn(Format::Svg);
            expected.insert(format!("{}.svg", curves.name), String::from_utf8(drawn).expect("SVG is text"));
        }
    }
    expected.insert("README.md".to_owned(), contents(&records));
    expected.insert(TABLES_PAGE.to_owned(), tables_page(&records));
    if std::env::var_os("DPAC_UPDATE_DOCS").is_some() {
        for (name, text) in &expected {
            std::fs::write(committed(name), text).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
    for (name, text) in &expected {
        let there =
            std::fs::read_to_string(committed(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(there == *text, "docs/paper/{name}: `dpac paper all --pages docs/paper --force` writes it");
    }
    let there = std::fs::read_dir(committed("")).expect("the folder").count() + records.len() - 1;
    assert_eq!(there, expected.len(), "files under docs/paper that nothing writes");
}

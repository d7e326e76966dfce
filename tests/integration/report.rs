//! Reports: their numbers are those of the runs, what they say to type makes the runs again, nothing that a
//! stranger has written becomes a part of the page, and their bytes are functions of the runs.
//! `tests/report/check.sh` looks at them in a browser.

use dpac::report::{ArmTheory, Bounded, Given, Report, TheoryBound, TheoryNumber};
use dpac::results::Results;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const CONFIG: &str = "problem = { builtin = 'tiger', horizon = 3 }\nfederation.clients = 2\n\
                      critic = { rounds = 2, local_steps = 8 }\n\
                      actor = { rounds = 5, local_steps = 12, sync_interval = 5, eta = 'auto' }\n";
const SWEEP: &str = "sweep sweep.toml --grid federation.clients=1,4 --grid actor.target=q,advantage --seeds 4..6 \
                     --target value>=-30 -q --out s";
/// One policy is evaluated.
const CRITIC: &str = "algorithm = 'dptd'\nproblem = { builtin = 'toggle', horizon = 2 }\n\
                      critic = { rounds = 3, local_steps = 8 }\n";
/// Arms times seeds.
const RUNS: usize = 12;

struct Place(TempDir);

impl Place {
    fn new() -> Place {
        let place = Place(tempfile::tempdir().expect("a scratch directory"));
        std::fs::write(place.path("sweep.toml"), CONFIG).expect("writable");
        place
    }

    fn with_sweep() -> Place {
        let place = Place::new();
        place.fine(SWEEP);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
        command.current_dir(&self.0).env("COLUMNS", "80").args(words).output().expect("the program runs")
    }

    /// What a line that does well says on both outputs.
    fn fine(&self, line: &str) -> String {
        self.ends(line, 0)
    }

    fn ends(&self, line: &str, code: i32) -> String {
        let output = self.run(&line.split_whitespace().collect::<Vec<_>>());
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).expect("UTF-8");
        assert_eq!(output.status.code(), Some(code), "{line}\n{said}");
        said
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The data of a page.
    fn data(&self, name: &str) -> Json {
        data(&self.text(name))
    }

    /// Summaries of the sweep's runs, by the label of the arm and the seed.
    fn summaries(&self, sweep: &str) -> BTreeMap<(String, u64), Json> {
        let mut found = BTreeMap::new();
        for entry in std::fs::read_dir(self.path(sweep).join("runs")).expect("runs") {
            let run = entry.expect("a run").path();
            let config: toml::Table = read_file(&run, "config.toml").parse().expect("TOML");
            let summary: Json = serde_json::from_str(&read_file(&run, "summary.json")).expect("JSON");
            let (clients, target) = (&config["federation"]["clients"], &config["actor"]["target"]);
            let label = format!("clients={clients}, target={}", target.as_str().expect("a word"));
            found.insert((label, summary["seed"].as_u64().expect("a seed")), summary);
        }
        found
    }
}

fn read_file(run: &Path, name: &str) -> String {
    std::fs::read_to_string(run.join(name)).expect("a file of a run")
}

fn data(page: &str) -> Json {
    let (_, rest) = page.split_once("id=\"report-data\">").expect("the data");
    let (json, _) = rest.split_once("</script>").expect("their end");
    serde_json::from_str(json).expect("JSON")
}

fn list(json: &Json) -> &Vec<Json> {
    json.as_array().expect("a list")
}

#[test]
fn numbers_of_a_report_are_those_of_the_runs() {
    let place = Place::with_sweep();
    let said = place.fine("report s --out page.html");
    assert_eq!(said, "page.html  4 arms, 12 runs, 4 figures\n");
    let (report, summaries) = (place.data("page.html"), place.summaries("s"));
    assert_eq!(summaries.len(), RUNS);
    let arms = list(&report["arms"]);
    assert_eq!(arms.len(), 4);
    for (at, arm) in arms.iter().enumerate() {
        let label = arm["label"].as_str().expect("a label");
        assert_eq!(arm["seeds"], serde_json::json!([4, 5, 6]));
        let of_seed = |seed: u64| &summaries[&(label.to_owned(), seed)];
        // Values by seed, their median, lowest and highest.
        let values = &report["values"][0];
        assert_eq!(values["quantity"], "value");
        let mut ends: Vec<f64> =
            (4..7).map(|seed| of_seed(seed)["value"]["last"].as_f64().expect("a value")).collect();
        let by_seed = serde_json::json!([[4, ends[0]], [5, ends[1]], [6, ends[2]]]);
        assert_eq!(values["arms"][at]["by_seed"], by_seed);
        ends.sort_by(f64::total_cmp);
        let found = &values["arms"][at]["found"];
        assert_eq!(
            (&found["lowest"], &found["median"], &found["highest"]),
            (&ends[0].into(), &ends[1].into(), &ends[2].into())
        );
        assert_eq!(found["median_interval"]["kind"], "bootstrap");
        assert_eq!(
            (&found["mean_interval"]["kind"], &found["mean_interval"]["seeds"]),
            (&"t".into(), &3.into())
        );
        // Costs and the closed form.
        let (summary, costs) = (of_seed(4), &report["costs"][at]);
        for name in ["messages", "floats", "payload_bytes", "wire_bytes"] {
            let ways = serde_json::json!([
                summary["communication"]["up"][name],
                summary["communication"]["down"][name],
                0
            ]);
            assert_eq!(costs["all"][name], ways, "{name}");
        }
        let clients = summary["sizes"]["clients"].as_u64().expect("M");
        let trajectories = summary["trajectories_per_client"].as_u64().expect("a count") * clients;
        assert_eq!(
            (&costs["all"]["trajectories"], &costs["clients"]),
            (&trajectories.into(), &clients.into())
        );
        assert_eq!(costs["same_for_all_seeds"], true);
        let sum = |of: &str| {
            ["up", "down"]
                .iter()
                .map(|way| summary[of][way]["wire_bytes"].as_u64().expect("a count"))
                .sum::<u64>()
        };
        let beside = &report["theory"]["counts"][at];
        assert_eq!(beside["wire_bytes"], serde_json::json!([sum("closed_form"), sum("communication")]));
        assert_eq!(beside["arm"], at);
    }
    assert_eq!((&report["theory"]["compared"], &report["theory"]["hold"]), (&RUNS.into(), &RUNS.into()));
    // Digests of every run, and the page says what the arms differ in.
    for run in list(&report["provenance"]["runs"]) {
        let arm = arms[run["arm"].as_u64().expect("an arm") as usize]["label"].as_str().expect("a label");
        let summary = &summaries[&(arm.to_owned(), run["seed"].as_u64().expect("a seed"))];
        assert_eq!((&run["digest"], &run["config_digest"]), (&summary["digest"], &summary["config_digest"]));
    }
    let changes: Vec<&str> = list(&report["configuration"]["changes"][3])
        .iter()
        .map(|change| change["key"].as_str().expect("a key"))
        .collect();
    assert_eq!(changes, ["federation.clients", "actor.target", "actor.eta"]);
    let axes = list(&report["axes"]);
    assert_eq!((&axes[0][0], &axes[0][1]), (&"federation.clients".into(), &"Number of clients M".into()));
}

#[test]
fn figures_and_differences_of_a_report_are_of_the_same_seeds() {
    let place = Place::with_sweep();
    place.fine("report s --out page.html");
    let (page, report, summaries) = (place.text("page.html"), place.data("page.html"), place.summaries("s"));
    let figures = list(&report["figures"][0]["figures"]);
    let ids: Vec<&str> = figures.iter().map(|figure| figure["id"].as_str().expect("a name")).collect();
    let of = |quantity: &str, cost: &str| format!("figure-0-{quantity}-{cost}");
    let expected = ["value", "gap"].map(|y| ["wire_bytes", "trajectories"].map(|x| of(y, x)));
    assert_eq!(ids, expected.concat());
    for figure in figures {
        assert_eq!(
            (&figure["color"], &figure["facet"]),
            (&"federation.clients".into(), &"actor.target".into())
        );
        assert_eq!(figure["caption"], "line: median; band: 95 % bootstrap of the median, 3 seeds");
    }
    // A line's last point is where its arm ends.
    for (panel, target) in [(0, "q"), (1, "advantage")] {
        for (label, clients) in [(0, 1), (1, 4)] {
            let line = &figures[0]["panels"][panel]["lines"][label];
            let last = list(&line["points"]).last().expect("a point");
            let arm = format!("clients={clients}, target={target}");
            let mut values: Vec<f64> = (4..7)
                .map(|seed| summaries[&(arm.clone(), seed)]["value"]["last"].as_f64().expect("a value"))
                .collect();
            values.sort_by(f64::total_cmp);
            let bytes: u64 = ["up", "down"]
                .iter()
                .map(|way| {
                    summaries[&(arm.clone(), 4)]["communication"][way]["wire_bytes"]
                        .as_u64()
                        .expect("a count")
                })
                .sum();
            assert_eq!(
                (&last[0], &last[1], &last[2]),
                (&5.into(), &bytes.into(), &values[1].into()),
                "{arm}"
            );
        }
    }
    // Drawn in the page: a line and a band for every arm in every figure.
    for part in ["line", "band"] {
        assert_eq!(page.matches(&format!("data-part=\"{part}\" data-label=")).count(), 4 * 4);
    }
    // Differences from the first arm, seed by seed.
    let value =
        |arm: &str, seed: u64| summaries[&(arm.to_owned(), seed)]["value"]["last"].as_f64().expect("a value");
    for (number, difference) in list(&report["values"][0]["differences"]).iter().enumerate() {
        let arm = report["arms"][number + 1]["label"].as_str().expect("a label");
        let mean =
            (4..7).map(|seed| value(arm, seed) - value("clients=1, target=q", seed)).sum::<f64>() / 3.0;
        let found = difference["found"][0].as_f64().expect("a mean");
        // Sums of three numbers in another order.
        assert!((found - mean).abs() <= 1e-12 * mean.abs(), "{arm}: {found} is not {mean}");
    }
    // The target is that of the sweep; a seed that does not come there counts.
    let reached = list(&report["targets"][0]["arms"]);
    assert_eq!(report["targets"][0]["target"], "value>=-30.0");
    for (arm, taken) in list(&report["arms"]).iter().zip(reached) {
        let label = arm["label"].as_str().expect("a label");
        let ends = (4..7).filter(|&seed| value(label, seed) >= -30.0).count();
        assert!(taken["reached"].as_u64().expect("a count") as usize >= ends);
        assert_eq!(taken["seeds"], 3);
    }
}

#[test]
fn what_a_report_says_to_type_makes_the_same_runs_again() {
    for (line, what) in [
        (SWEEP, "s"),
        ("run sweep.toml --seed 9 -q --out one", "one"),
        (
            "run other.POMDP --set problem.horizon=2 --set actor.rounds=2 --set actor.local_steps=4 --set actor.sync_interval=2 \
          --set critic.local_steps=4 -q --out file",
            "file",
        ),
    ] {
        let place = Place::new();
        let problem = place.run(&["convert", "tiger"]);
        std::fs::write(place.path("other.POMDP"), problem.stdout).expect("writable");
        place.fine(line);
        place.fine(&format!("report {what} --out page.html"));
        let report = place.data("page.html");
        let digests = |report: &Json| {
            let of = |run: &Json| (run["digest"].to_string(), run["config_digest"].to_string());
            list(&report["provenance"]["runs"]).iter().map(of).collect::<Vec<_>>()
        };
        // With nothing but the page.
        let elsewhere = Place(tempfile::tempdir().expect("a scratch directory"));
        let base = report["configuration"]["base"].as_str().expect("a text");
        std::fs::write(elsewhere.path("again.toml"), base).expect("writable");
        for input in list(&report["configuration"]["inputs"]) {
            let name = elsewhere.path(input["name"].as_str().expect("a name"));
            std::fs::create_dir_all(name.parent().expect("a folder")).expect("writable");
            std::fs::write(name, input["text"].as_str().expect("a text")).expect("writable");
        }
        for command in list(&report["again"]["commands"]) {
            let command = command.as_str().expect("a line");
            let rest = command.strip_prefix("dpac ").expect("the program").replace('\'', "");
            elsewhere.fine(&rest);
        }
        let again = elsewhere.data("again.html");
        assert_eq!(digests(&again), digests(&report), "{line}");
        assert_eq!(again["values"], report["values"]);
    }
}

#[test]
fn nothing_that_a_stranger_has_written_becomes_a_part_of_the_page() {
    let place = Place::new();
    let problem = place.run(&["convert", "tiger"]);
    let text = String::from_utf8(problem.stdout).expect("UTF-8");
    let name = "<img src=x onerror=alert(1)>{{script}}.POMDP";
    std::fs::write(place.path(name), format!("# </script><script>alert(2)</script> \u{202e}\n{text}"))
        .expect("writable");
    let mut words = vec!["run", name, "-q", "--out", "<b>run"];
    for setting in ["problem.horizon=2", "actor.rounds=2", "actor.local_steps=4", "actor.sync_interval=2"] {
        words.extend(["--set", setting]);
    }
    assert_eq!(place.run(&words).status.code(), Some(0));
    let title = "</title></script><script>alert(3)</script>\u{1b}[2J \" ' {{data}}";
    let output = place.run(&["report", "<b>run", "--title", title, "--out", "page.html"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let page = place.text("page.html");
    // The page's own: its data and its script.
    assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (2, 2));
    assert_eq!(
        (page.matches("<img").count(), page.matches("<b>").count(), page.matches("</title").count()),
        (0, 0, 1)
    );
    assert!(!page.contains(['\u{1b}', '\u{202e}']), "what directs a screen is written out");
    assert!(page.contains("&lt;script&gt;alert(2)&lt;/script&gt; \\u{202e}"), "the file is there as text");
    let read = data(&page);
    assert_eq!(read["title"], title, "the data have it as it was");
    // A run directory that somebody has written: one that has not ended has no digests to be held to.
    let run = place.path("<b>run");
    for name in ["summary.json", "digests.json"] {
        std::fs::remove_file(run.join(name)).expect("a file of a run that has ended");
    }
    let config = read_file(&run, "config.toml")
        .replace("file = \"inputs/", "file = \"inputs/<img src=x onerror=alert(4)>{{data}}");
    std::fs::write(run.join("config.toml"), format!("{config}# </script><script>alert(5)</script>\n"))
        .expect("writable");
    let output = place.run(&["report", "<b>run", "--out", "other.html"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let page = place.text("other.html");
    assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (2, 2));
    assert_eq!((page.matches("<img").count(), page.matches("<b>").count()), (0, 0));
    assert!(
        page.contains("on the problem &lt;img src=x onerror=alert(4)&gt;{{data}}"),
        "it is there as text"
    );
}

#[test]
fn a_report_asks_for_nothing_else() {
    let place = Place::with_sweep();
    place.fine("report s --out page.html");
    let page = place.text("page.html");
    for word in ["http:", "https:", "//cdn", "@import", "url(\"", "<link rel=\"stylesheet\"", "src="] {
        // The namespace of drawings is a name, and nothing is asked there.
        let found =
            page.matches(word).count() - page.matches(&format!("'{word}//www.w3.org/2000/svg'")).count();
        assert_eq!(found, 0, "{word}");
    }
    assert!(page.contains("Content-Security-Policy\" content=\"default-src 'none'; style-src"));
}

#[test]
fn reports_of_the_same_runs_are_the_same_bytes_and_replace_nothing_unasked() {
    let place = Place::with_sweep();
    place.fine("report s --out a.html");
    place.fine("report s --out b.html");
    assert!(place.text("a.html") == place.text("b.html"));
    let said = place.ends("report s --out a.html", 2);
    assert!(said.contains("a.html exists already") && said.contains("--force replaces it"), "{said}");
    place.fine("report s --out a.html --force");
    let run =
        std::fs::read_dir(place.path("s/runs")).expect("runs").next().expect("one").expect("readable").path();
    let said = place.ends(&format!("report s --out {}/page.html", run.display()), 2);
    assert!(said.contains("would lie in a run directory"), "{said}");
    let said = place.ends("report nothing", 2);
    assert!(said.contains("nothing"), "{said}");
    let said = place.ends("report s --target value=3", 2);
    assert!(said.contains("compares nothing"), "{said}");
    assert!(!place.path("report.html").exists());
}

#[test]
fn a_report_says_which_runs_are_missing_or_not_complete() {
    let place = Place::new();
    place.fine(&format!("{SWEEP} --shard 1/2"));
    let runs: Vec<PathBuf> = std::fs::read_dir(place.path("s/runs"))
        .expect("runs")
        .map(|run| run.expect("a run").path())
        .collect();
    assert_eq!(runs.len(), RUNS / 2);
    for name in ["summary.json", "digests.json"] {
        std::fs::remove_file(runs[0].join(name)).expect("a file of a run that has ended");
    }
    let said = place.fine("report s");
    assert!(said.contains("6 runs of the sweep are not begun yet"), "{said}");
    assert!(said.contains("1 of 6 runs not complete"), "{said}");
    let page = place.text("report.html");
    assert!(page.contains("6 runs of the sweep are not begun yet."));
    assert!(page.contains("1 of 6 runs not complete, and in no estimate"));
    let report = place.data("report.html");
    assert_eq!(report["theory"]["compared"], 5);
    let ended = |arm: &Json| list(&arm["by_seed"]).len();
    assert_eq!(list(&report["values"][0]["arms"]).iter().map(ended).sum::<usize>(), 5);
}

#[test]
fn a_report_of_one_seed_has_no_interval_and_of_one_policy_the_error_of_its_critic() {
    let place = Place::new();
    place.fine("run sweep.toml -q --out one");
    place.fine("report one --out one.html");
    let report = place.data("one.html");
    assert_eq!(report["values"][0]["arms"][0]["found"]["median_interval"], Json::Null);
    assert_eq!(report["figures"][0]["figures"][0]["caption"], "line: one seed");
    assert!(
        list(&report["asked"])
            .iter()
            .any(|text| text.as_str().is_some_and(|text| text.contains("with one seed, 0")))
    );
    std::fs::write(place.path("td.toml"), CRITIC).expect("writable");
    place.fine("sweep td.toml --seeds 0..2 -q --out td");
    place.fine("report td --out td.html");
    let report = place.data("td.html");
    assert_eq!(report["values"][0]["quantity"], "bellman_error");
    assert!(place.text("td.html").contains("dptd"));
}

#[test]
fn keys_that_were_varied_are_lines_panels_and_groups_of_figures() {
    let place = Place::new();
    std::fs::write(place.path("td.toml"), CRITIC).expect("writable");
    let [rounds, steps, clients] = ["critic.rounds", "critic.local_steps", "federation.clients"];
    place.fine(&format!(
        "sweep td.toml --grid {rounds}=2,3 --grid {steps}=4,6 --grid {clients}=1,2 --seeds 0..1 -q --out grid"
    ));
    place.fine("report grid --out grid.html");
    let groups = place.data("grid.html")["figures"].clone();
    let conditions: Vec<&Json> = list(&groups).iter().map(|group| &group["conditions"]).collect();
    assert_eq!(conditions, ["1", "2"].map(|value| serde_json::json!([[clients, value]])).each_ref());
    for group in list(&groups) {
        for figure in list(&group["figures"]) {
            assert_eq!((&figure["color"], &figure["facet"]), (&rounds.into(), &steps.into()));
            let lines = |panel: &Json| list(&panel["lines"]).len();
            assert_eq!(list(&figure["panels"]).iter().map(lines).collect::<Vec<_>>(), [2, 2]);
        }
    }
    assert!(place.text("grid.html").contains("<h3>federation.clients = 2</h3>"));
    // Where one key tells all arms apart, the others have no panels of their own.
    place.fine(&format!("sweep td.toml --zip {rounds}=2,3 --zip {steps}=4,6 --seeds 0..1 -q --out zip"));
    place.fine("report zip --out zip.html");
    let figure = &place.data("zip.html")["figures"][0]["figures"][0];
    assert_eq!((&figure["color"], &figure["facet"]), (&rounds.into(), &Json::Null));
    assert_eq!(list(&figure["panels"][0]["lines"]).len(), 2);
}

#[test]
fn runs_of_several_problems_have_arms_by_the_fewest_keys_and_no_figure_of_what_is_not_there() {
    let place = Place::with_sweep();
    place.fine(
        "run sweep.toml --set problem.builtin=tiger3 --set actor.local_steps=10 --seed 4 -q --out other",
    );
    let said = place.fine("report other s --out page.html");
    assert_eq!(said, "page.html  5 arms, 13 runs, 8 figures\n");
    let report = place.data("page.html");
    let labels: Vec<&str> =
        list(&report["arms"]).iter().map(|arm| arm["label"].as_str().expect("a label")).collect();
    assert_eq!(labels[..2], ["builtin=tiger3, clients=2, target=q", "builtin=tiger, clients=1, target=q"]);
    let conditions: Vec<&Json> = list(&report["figures"]).iter().map(|group| &group["conditions"]).collect();
    assert_eq!(conditions.len(), 2, "{conditions:?}");
    assert_eq!(report["notes"], serde_json::json!([]));
    assert!(place.text("page.html").contains("on the problems tiger3 and tiger, of the algorithm dpac"));
}

#[test]
fn numbers_of_the_theory_have_a_part_of_the_page_where_there_are_some() {
    let place = Place::new();
    place.fine("run sweep.toml -q --out one");
    let results = Results::read(&[place.path("one")]).expect("a run");
    let of = |numbers: Vec<TheoryNumber>, bounds: Vec<TheoryBound>| {
        let theory = vec![ArmTheory { arm: 0, policy: "the <first> policy".to_owned(), numbers, bounds }];
        let given = Given { theory, ..Given::default() };
        Report::of(&results, &given).expect("a report").page()
    };
    assert!(!of(Vec::new(), Vec::new()).contains("Constants, steps and sizes"));
    let number = |value, how: &str| TheoryNumber {
        group: "features".to_owned(),
        symbol: "\u{3bd}".to_owned(),
        name: "the least eigenvalue".to_owned(),
        value,
        at_most: false,
        interval: None,
        equation: "Definition 3".to_owned(),
        how: how.to_owned(),
    };
    let page = of(vec![number(Some(0.125), "by <enumeration>"), number(None, "it is too large")], Vec::new());
    assert!(page.contains("Constants, steps and sizes") && !page.contains("<h3>Bounds</h3>"));
    for text in [
        "<td>0.12500</td>",
        "Definition 3<",
        ">by &lt;enumeration&gt;<",
        "not available",
        ">it is too large<",
    ] {
        assert!(page.contains(text), "{text}");
    }
    // A verdict is only where nothing is missing.
    let bound = |value, in_order, unmet: &[&str]| TheoryBound {
        name: "a bound".to_owned(),
        of: Bounded::FirstBellmanError,
        value: Some(value),
        why_none: None,
        in_order,
        not_measured: None,
        unmet: unmet.iter().map(|&text| text.to_owned()).collect(),
    };
    let good = "<span class=\"good\">holds</span>";
    let bad = "<span class=\"bad\">crossed</span>";
    for (bound, cell, sentence) in [
        (
            bound(1e3, false, &[]),
            good,
            "For 1 of them the runs have all that is taken for granted, and 1 of these hold.",
        ),
        (
            bound(1e-9, false, &[]),
            bad,
            "For 1 of them the runs have all that is taken for granted, and 0 of these hold.",
        ),
        (bound(1e-9, true, &[]), "measured above, in order; assumptions met", "nothing contradicted."),
        (bound(1e-9, false, &["clients are <alike>"]), "clients are &lt;alike&gt;", "nothing contradicted."),
    ] {
        let page = of(Vec::new(), vec![bound]);
        assert!(page.contains(cell) && page.contains(sentence), "{cell} {sentence}");
        assert!(page.contains("those of the &lt;first&gt; policy"));
        let verdicts = [good, bad].map(|verdict| page.matches(verdict).count());
        assert_eq!(verdicts.iter().sum::<usize>(), usize::from(cell == good || cell == bad));
    }
}

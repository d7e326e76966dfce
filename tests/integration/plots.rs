//! Figures: their numbers are those of the runs, they say what they do not show, and their bytes are
//! functions of the runs.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

const CONFIG: &str = "problem = { builtin = 'tiger', horizon = 3 }\nfederation.clients = 2\n\
                      critic = { rounds = 2, local_steps = 8 }\n\
                      actor = { rounds = 5, local_steps = 12, sync_interval = 5, eta = 'auto' }\n";
const SEEDS: [u64; 3] = [4, 5, 6];

struct Place(TempDir);

impl Place {
    /// With a sweep of two numbers of clients, two targets and three seeds.
    fn with_sweep() -> Place {
        let place = Place(tempfile::tempdir().expect("a scratch directory"));
        std::fs::write(place.path("sweep.toml"), CONFIG).expect("writable");
        place.fine(
            "sweep sweep.toml --grid federation.clients=1,4 --grid actor.target=q,advantage --seeds 4..6 -q --out s",
        );
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, line: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dpac"));
        command.current_dir(&self.0).env("COLUMNS", "80").args(line.split_whitespace());
        command.output().expect("the program runs")
    }

    /// What a line that does well says on both outputs.
    fn fine(&self, line: &str) -> String {
        self.ends(line, 0)
    }

    fn ends(&self, line: &str, code: i32) -> String {
        let output = self.run(line);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).expect("UTF-8");
        assert_eq!(output.status.code(), Some(code), "{line}\n{said}");
        said
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("UTF-8")
    }

    /// The rows of a figure's numbers, by their columns' names.
    fn numbers(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let bytes = self.read(name);
        csv::Reader::from_reader(bytes.as_slice()).deserialize().map(|row| row.expect("a row")).collect()
    }

    /// Of every run of an arm, by policy: bytes on the wire before it, and its value. Of the files alone.
    fn rounds(&self, clients: &str, target: &str) -> Vec<BTreeMap<u64, (u64, f64)>> {
        let mut runs = Vec::new();
        for entry in std::fs::read_dir(self.path("s/runs")).expect("runs") {
            let run = entry.expect("a run").path();
            let read = |name: &str| std::fs::read_to_string(run.join(name)).expect("a file of a run");
            let config: toml::Table = read("config.toml").parse().expect("TOML");
            let key = |table: &str, key: &str| config[table][key].to_string().replace('"', "");
            if key("federation", "clients") != clients || key("actor", "target") != target {
                continue;
            }
            let mut rounds = BTreeMap::new();
            for line in read("rounds.jsonl").lines() {
                let line: Json = serde_json::from_str(line).expect("JSON");
                let bytes = ["up", "down", "peer"].map(|way| line["before"][way]["wire_bytes"].as_u64());
                let bytes = bytes.iter().flatten().sum();
                let value = line["value"].as_f64().expect("a value");
                rounds.insert(line["policy"].as_u64().expect("a policy"), (bytes, value));
            }
            runs.push(rounds);
        }
        assert_eq!(runs.len(), SEEDS.len());
        runs
    }
}

fn close(found: &str, expected: f64) {
    let found: f64 = found.parse().expect("a number");
    // Sums of three numbers in another order.
    assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found} is not {expected}");
}

#[test]
fn numbers_of_a_figure_are_those_of_the_runs_at_the_bytes_before_each_policy() {
    let place = Place::with_sweep();
    let said =
        place.fine("plot s --color federation.clients --facet actor.target --band t --linear-x --out f.svg");
    assert!(said.contains("2 panels, 4 lines, 24 points"), "{said}");
    assert!(said.contains("line: mean; band: 95 % t interval of the mean, 3 seeds"), "{said}");
    assert!(!said.contains('⚠'), "a linear axis shows everything: {said}");
    let rows = place.numbers("f.csv");
    assert_eq!(rows.len(), 4 * 6, "rounds 0 to 5 of every line");
    for target in ["q", "advantage"] {
        for clients in ["1", "4"] {
            let runs = place.rounds(clients, target);
            let line: Vec<_> =
                rows.iter().filter(|row| row["facet"] == target && row["color"] == clients).collect();
            assert_eq!(line.len(), 6);
            for (round, row) in line.into_iter().enumerate() {
                let of_seeds: Vec<(u64, f64)> = runs.iter().map(|run| run[&(round as u64)]).collect();
                let mean = of_seeds.iter().map(|(_, value)| value).sum::<f64>() / 3.0;
                let squares = of_seeds.iter().map(|(_, value)| (value - mean) * (value - mean)).sum::<f64>();
                // The 97.5 % quantile of Student's law of two degrees of freedom.
                let reach = 4.302_652_729_749_464 * (squares / 2.0 / 3.0).sqrt();
                assert_eq!(row["round"], round.to_string());
                assert!(of_seeds.iter().all(|(bytes, _)| row["x"] == bytes.to_string()), "{row:?}");
                close(&row["center"], mean);
                // The reach is a difference of the numbers that are compared.
                let within =
                    |text: &str, end: f64| (text.parse::<f64>().expect("a number") - end).abs() < 1e-9;
                assert!(within(&row["low"], mean - reach) && within(&row["high"], mean + reach), "{row:?}");
                assert_eq!(
                    (row["seeds"].as_str(), row["interval"].as_str()),
                    ("3", "95 % t interval of the mean")
                );
            }
        }
    }
    assert_eq!(rows[0]["x"], "0", "before the first round nothing is sent");
}

#[test]
fn bands_say_what_they_are_and_a_single_seed_has_none() {
    let place = Place::with_sweep();
    let line = "plot s --color federation.clients --facet actor.target --force --out f.svg";
    let said = place.fine(&format!("{line} --center iqm"));
    assert!(
        said.contains("line: interquartile mean; band: 95 % bootstrap of the interquartile mean, 3 seeds"),
        "{said}"
    );
    assert!(place.text("f.svg").contains("95 % bootstrap of the interquartile mean, 3 seeds</text>"));
    let row = |at: usize| place.numbers("f.csv")[at].clone();
    assert_eq!(row(1)["interval"], "95 % bootstrap of the interquartile mean");
    place.fine(&format!("{line} --center median --band iqr"));
    let mut values: Vec<f64> = place.rounds("1", "q").iter().map(|run| run[&1].1).collect();
    values.sort_by(f64::total_cmp);
    // Of three values the quartiles lie in the middle between neighbours.
    close(&row(1)["low"], f64::midpoint(values[0], values[1]));
    close(&row(1)["high"], f64::midpoint(values[1], values[2]));
    close(&row(1)["center"], values[1]);
    place.fine(&format!("{line} --band none"));
    assert_eq!((row(1)["low"].as_str(), row(1)["interval"].as_str()), ("", ""));
    let said =
        place.fine("plot s --color seed --facet federation.clients --where actor.target=q --out one.svg");
    assert!(said.contains("2 panels, 6 lines") && said.contains("line: one seed"), "{said}");
    assert_eq!(place.numbers("one.csv")[1]["low"], "");
    let said = place.ends(&format!("{line} --center median --band t"), 2);
    assert!(said.contains("a t interval is of the mean, and the lines would be of the median"), "{said}");
}

#[test]
fn log_axis_says_what_it_cannot_show_and_shows_what_does_not_change() {
    let place = Place::with_sweep();
    let line = "plot s --color federation.clients --facet actor.target --force --out f.svg";
    let said = place.fine(&format!("{line} --log-x"));
    let note = "wire_bytes is 0 in 4 of 24 points, which a log axis cannot show";
    assert!(said.contains(&format!("⚠ {note}")), "{said}");
    assert!(place.text("f.svg").contains(note), "the figure says it too");
    assert_eq!(place.numbers("f.csv").len(), 24, "its numbers are all there");
    // Few rounds of the tiger end far below zero.
    let said = place.ends(&format!("{line} --log-y"), 2);
    assert!(said.contains("value is 0 or below in all of 24 points, which a log axis cannot show"), "{said}");
    assert!(said.contains("--linear-y"), "{said}");
    let said = place.fine(&format!("{line} --y-range=-1..2"));
    assert!(said.contains("points lie beyond the y axis"), "{said}");
    let said = place.ends(&format!("{line} --y gap --log-y --y-range=-1..2"), 2);
    assert!(said.contains("a log axis cannot begin at -1") && said.contains("--linear-y"), "{said}");
    // Steps of nothing: the gap stays as it is.
    place.fine("run sweep.toml --set actor.eta=1e-300 -q --out still");
    let said = place.fine("plot still --y gap --log-y --x rounds --out still.pdf");
    assert!(said.contains("1 panel, 1 line, 6 points"), "{said}");
}

#[test]
fn power_laws_of_lines_stand_in_the_legend_with_their_error_over_seeds() {
    let place = Place::with_sweep();
    place.fine("plot s --color federation.clients --where actor.target=q --y gap --fit --out f.svg");
    let slopes = |run: &BTreeMap<u64, (u64, f64)>| {
        let optimum = optimum(&place);
        let points: Vec<(f64, f64)> = run
            .values()
            .skip(1)
            .map(|(x, value)| (libm::log(*x as f64), libm::log(optimum - value)))
            .collect();
        let n = points.len() as f64;
        let (x, y) =
            (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
        let products: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
        products / points.iter().map(|p| (p.0 - x) * (p.0 - x)).sum::<f64>()
    };
    let of_seeds: Vec<f64> = place.rounds("4", "q").iter().map(slopes).collect();
    let mean = of_seeds.iter().sum::<f64>() / 3.0;
    let error =
        (of_seeds.iter().map(|slope| (slope - mean) * (slope - mean)).sum::<f64>() / 2.0 / 3.0).sqrt();
    let decimals = (1.0 - libm::floor(libm::log10(error))) as usize;
    let legend = format!("slope {mean:.decimals$} ± {error:.decimals$}").replace('-', "\u{2212}");
    assert!(place.text("f.svg").contains(&legend), "{legend}");
}

fn optimum(place: &Place) -> f64 {
    let run = std::fs::read_dir(place.path("s/runs")).expect("runs").next().expect("one").expect("readable");
    let summary: Json =
        serde_json::from_slice(&std::fs::read(run.path().join("summary.json")).expect("a summary"))
            .expect("JSON");
    summary["value"]["optimum"].as_f64().expect("an optimum")
}

#[test]
fn runs_of_a_line_that_are_no_seeds_of_one_configuration_are_refused_by_the_key() {
    let place = Place::with_sweep();
    let said = place.ends("plot s --color federation.clients --out f.svg", 2);
    assert!(said.contains("runs of one line differ in actor.target (q, advantage)"), "{said}");
    assert!(said.contains("--facet actor.target tells them apart, --where actor.target=q selects"), "{said}");
    place.fine(
        "plot s --color federation.clients --where actor.target=q --where federation.clients=4.0 --out f.svg",
    );
    let said = place.ends("plot s --color federation.client --out g.svg", 2);
    assert!(said.contains("no run has the key `federation.client` of --color"), "{said}");
    assert!(said.contains("did you mean `federation.clients`?"), "{said}");
    let said = place.ends("plot s --color federation.clients --where actor.target=v --out g.svg", 2);
    assert!(said.contains("no run has actor.target = v") && said.contains("is q, advantage there"), "{said}");
    // The same run under another name.
    let runs: Vec<PathBuf> = std::fs::read_dir(place.path("s/runs"))
        .expect("runs")
        .map(|entry| entry.expect("a run").path())
        .collect();
    std::fs::create_dir_all(place.path("two/again")).expect("a folder");
    for file in std::fs::read_dir(&runs[0]).expect("files") {
        let file = file.expect("a file").path();
        std::fs::copy(&file, place.path("two/again").join(file.file_name().expect("a name")))
            .expect("a copy");
    }
    let said = place.ends(&format!("plot {} two --out g.svg", runs[0].display()), 2);
    assert!(said.contains("are runs of the same configuration with the same seed"), "{said}");
    let said =
        place.ends("plot s --y drift_actor --out g.svg --where federation.clients=1 --facet actor.target", 0);
    assert!(said.contains("2 panels, 2 lines"), "{said}");
    assert!(!place.path("f.png").exists());
}

#[test]
fn runs_that_are_not_complete_are_left_out_and_none_at_all_is_an_error() {
    let place = Place::with_sweep();
    let run =
        std::fs::read_dir(place.path("s/runs")).expect("runs").next().expect("one").expect("readable").path();
    for name in ["summary.json", "digests.json"] {
        std::fs::remove_file(run.join(name)).expect("a file of a run that has ended");
    }
    let said = place.fine("plot s --color federation.clients --facet actor.target --out f.svg");
    assert!(said.contains("1 of 12 runs are left out, which are not complete: 1"), "{said}");
    assert!(said.contains("2 to 3 seeds"), "{said}");
    assert!(place.text("f.svg").contains("1 of 12 runs are left out"), "the figure says it too");
    let said = place.ends(&format!("plot {} --out g.svg", run.display()), 2);
    assert!(said.contains("there is no complete run to draw: of 1 run, 1"), "{said}");
    std::fs::remove_dir_all(&run).expect("a run");
    let said = place.fine("plot s --color federation.clients --facet actor.target --out g.svg");
    assert!(said.contains("1 run of the sweep is not begun yet"), "{said}");
    std::fs::create_dir(place.path("empty")).expect("a folder");
    let said = place.ends("plot empty --out g.pdf", 2);
    assert!(said.contains("empty holds no run directory"), "{said}");
}

#[test]
fn files_of_a_figure_are_functions_of_the_runs_and_stand_there_all_or_none() {
    let place = Place::with_sweep();
    let line = "plot s --color federation.clients --facet actor.target --title a<b>&\u{3b8} --out";
    let names = ["a.svg", "a.csv", "a.py", "b.pdf"];
    let all = || names.map(|name| place.read(name));
    place.fine(&format!("{line} a.svg"));
    let said = place.fine(&format!("{line} b.pdf"));
    assert!(said.contains("the font of PDF has no \u{3b8}"), "{said}");
    let first = all();
    place.fine(&format!("{line} a.svg --force"));
    place.fine(&format!("{line} b.pdf --force"));
    assert!(first == all(), "another drawing of the same");
    assert!(place.text("a.svg").contains("a&lt;b&gt;&amp;\u{3b8}"));
    let said = place.ends(&format!("{line} c.png"), 2);
    assert!(said.contains("c.png: a figure is an .svg or a .pdf file"), "{said}");
    // The numbers of another figure are in the way.
    std::fs::write(place.path("c.csv"), "precious").expect("writable");
    let said = place.ends(&format!("{line} c.svg"), 2);
    assert!(said.contains("c.csv exists already"), "{said}");
    assert_eq!(place.text("c.csv"), "precious");
    assert!(!place.path("c.svg").exists() && !place.path("c.py").exists());
}

#[test]
fn every_object_of_a_pdf_is_where_its_table_says() {
    let place = Place::with_sweep();
    place.fine("plot s --color federation.clients --facet actor.target --y gap --out f.pdf");
    let bytes = place.read("f.pdf");
    // Its streams are not compressed, so that all of it is text but for four bytes at its head.
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.starts_with("%PDF-1.") && text.trim_end().ends_with("%%EOF"));
    assert!(!text.contains("Date"), "a date would be another one each time");
    let at = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let tail = text.rsplit("startxref").next().expect("a tail");
    let table: usize = tail.split_whitespace().next().expect("a number").parse().expect("a place");
    let table = at(&bytes[table..]);
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("xref"));
    let head = lines.next().expect("how many objects");
    let number: usize = head.split(' ').nth(1).expect("a number").parse().expect("a number");
    assert_eq!(number, 7);
    for (object, line) in lines.take(number).enumerate().skip(1) {
        let place: usize = line.split(' ').next().expect("a place").parse().expect("a number");
        assert!(at(&bytes[place..]).starts_with(&format!("{object} 0 obj")), "{line}");
    }
}

#[test]
fn program_beside_a_figure_is_a_short_one_in_python() {
    let place = Place::with_sweep();
    place.fine("plot s --color federation.clients --facet actor.target --out f.svg");
    assert!(place.text("f.py").lines().count() <= 50, "it is to be edited");
    let compiled = Command::new("python3").current_dir(&place.0).args(["-m", "py_compile", "f.py"]).output();
    // `ci.sh` does not run without Python; whoever tests alone may have none.
    if let Ok(compiled) = compiled {
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    }
}

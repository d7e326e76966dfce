//! Files that the program writes from the table of metrics are those that are committed.

use std::path::{Path, PathBuf};

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every generated file of monitoring, and what it should hold.
fn generated() -> Vec<(PathBuf, String)> {
    let mut files: Vec<(PathBuf, String)> = dpac::monitoring::dashboards::files()
        .into_iter()
        .map(|(path, contents)| (root().join("dashboards").join(path), contents))
        .collect();
    files.push((root().join("docs/metrics.md"), dpac::monitoring::page::page()));
    files
}

#[test]
fn committed_files_are_fresh() {
    for (path, contents) in generated() {
        if std::env::var_os("DPAC_UPDATE_DASHBOARDS").is_some() {
            std::fs::write(&path, &contents).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == contents,
            "{} is not what the program writes; to refresh it:\n  \
             DPAC_UPDATE_DASHBOARDS=1 cargo test --test integration monitoring::files",
            path.display()
        );
    }
}

#[test]
fn no_dashboard_is_left_behind() {
    let written: Vec<PathBuf> = generated().into_iter().map(|(path, _)| path).collect();
    let entries = std::fs::read_dir(root().join("dashboards/grafana")).expect("dashboards are committed");
    for path in entries.map(|entry| entry.expect("a readable directory").path()) {
        if path.extension().is_some_and(|extension| extension == "json") {
            assert!(written.contains(&path), "{}: no dashboard is written there", path.display());
        }
    }
}

/// Files and directories that a Compose file mounts, and that are not there.
fn missing_mounts(compose: &str) -> Vec<String> {
    let mounts = compose.lines().filter_map(|line| line.trim().strip_prefix("- ./")?.split(':').next());
    mounts.filter(|path| !root().join("dashboards").join(path).exists()).map(str::to_owned).collect()
}

#[test]
fn what_containers_mount_is_there() {
    let compose = std::fs::read_to_string(root().join("dashboards/compose.yml")).expect("it is committed");
    assert!(compose.contains("- ./grafana:"), "{compose}");
    assert_eq!(missing_mounts(&compose), [""; 0]);
    assert_eq!(missing_mounts(&compose.replace("- ./grafana:", "- ./graphana:")), ["graphana"]);
    // A file that is not mounted is not read.
    let configuration = std::fs::read_to_string(root().join("dashboards/prometheus/prometheus.yml"))
        .expect("it is committed");
    let rules = configuration
        .split_once("rule_files:")
        .and_then(|(_, rest)| rest.split_once("\n\n"))
        .expect("rules")
        .0;
    for file in rules.lines().filter_map(|line| line.trim().strip_prefix("- ")) {
        assert!(compose.contains(&format!("./prometheus/{file}:/etc/prometheus/{file}:ro")), "{file}");
    }
}

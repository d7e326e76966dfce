"""`dpac.load` and `dpac.runs` against plain loops over the files of runs."""

import importlib.util
import json
import math
import pathlib
import shutil

import pandas as pd
import pytest
import runs

import dpac

ROUTES = ["up", "down"]
SIZES = ["messages", "floats", "integers", "payload_bytes", "wire_bytes"]
MEASURES = ["value", "standard_error", "bellman_error", "drift_critic", "drift_actor"]


@pytest.fixture(scope="session")
def folder(made, tmp_path_factory):
    """A directory as a sweep leaves it: runs at two depths, and what are none."""
    folder = tmp_path_factory.mktemp("sweep")
    for name, seed, place in [
        ("history", 5, "a"),
        ("history", 6, "b"),
        ("window", 5, "cells/c"),
        ("evaluated", 5, "cells/d"),
    ]:
        shutil.copytree(made(name, seed)[0], folder / place)
    (folder / "notes").mkdir()
    (folder / "sweep.json").write_text("{}")
    return folder


def naive(directory):
    """The rows of a run, one key after the other."""
    summary = json.loads((directory / "summary.json").read_bytes())
    lines = [json.loads(line) for line in (directory / "rounds.jsonl").read_text().splitlines()]
    lines = [line for line in lines if "round" in line]
    clients, optimum = summary["sizes"]["clients"], summary["value"]["optimum"]
    rows = []
    for r in range(len(lines) + 1):
        row = {"run": str(directory), "seed": summary["seed"], "round": r}
        if r < len(lines):
            row["value"], row["standard_error"] = lines[r]["value"], lines[r]["standard_error"]
        else:
            row["value"], row["standard_error"] = summary["value"]["last"], summary["value"]["standard_error"]
        row["optimum"], row["gap"] = optimum, optimum - row["value"]
        before = lines[r - 1] if r else None
        row["bellman_error"] = before["bellman_error"] if r else None
        row["drift_critic"] = before["drift"]["critic"] if r else None
        row["drift_actor"] = before["drift"]["actor"] if r else None
        if r == 0:
            sent = {route: dict.fromkeys(SIZES, 0) for route in ROUTES}
            barriers = broadcasts = trajectories = steps = 0
        else:
            last = r == len(lines)
            sent = summary["communication"] if last else before
            barriers = sent.get("barriers", sent.get("aggregations"))
            broadcasts = sent["broadcasts"]
            of = summary if last else before
            trajectories, steps = of["trajectories_per_client"], of["env_steps_per_client"]
        for size in SIZES:
            row |= {f"{size}_{route}": sent[route].get(size, 0) for route in ROUTES} | {f"{size}_peer": 0}
            row[size] = sum(sent[route].get(size, 0) for route in ROUTES)
        row["barriers"], row["broadcasts"] = barriers, broadcasts
        row["trajectories_per_client"], row["env_steps_per_client"] = trajectories, steps
        row["trajectories"], row["env_steps"] = trajectories * clients, steps * clients
        rows.append(row)
    return rows


def same(found, expected):
    if expected is None:
        return pd.isna(found)
    return found == expected


def test_rows_are_those_of_a_plain_loop(folder):
    table = dpac.load(folder)
    expected = [row for place in ["a", "b", "cells/c", "cells/d"] for row in naive(folder / place)]
    assert len(table) == len(expected) == 4 * 4
    for (_, found), row in zip(table.iterrows(), expected, strict=True):
        for key, value in row.items():
            assert same(found[key], value), (row["run"], row["round"], key, found[key], value)
        assert row.keys() <= set(table.columns)


def test_bytes_of_a_row_are_those_before_its_value_and_the_last_row_has_all(folder):
    table = dpac.load(folder / "a")
    assert list(table["round"]) == [0, 1, 2, 3]
    assert table["wire_bytes"].iloc[0] == 0 and table["wire_bytes"].is_monotonic_increasing
    summary = json.loads((folder / "a/summary.json").read_bytes())
    assert table["value"].iloc[0] == summary["value"]["uniform"]
    assert table["value"].iloc[-1] == summary["value"]["last"]
    assert table["value"].iloc[:-1].mean() == pytest.approx(summary["value"]["mixture"], rel=1e-12)
    sent = summary["communication"]
    assert table["wire_bytes"].iloc[-1] == sent["up"]["wire_bytes"] + sent["down"]["wire_bytes"]


def test_keys_that_differ_are_columns_and_others_on_request(folder):
    table = dpac.load(folder / "a")
    assert not [column for column in table.columns if "." in column]
    table = dpac.load([folder / "a", str(folder / "b")])
    assert not [column for column in table.columns if "." in column], "only seeds differ"
    assert sorted(table["seed"].unique()) == [5, 6]
    table = dpac.load(folder)
    assert {"algorithm", "problem.horizon", "actor.features.length"} <= set(table.columns)
    assert "federation.clients" not in table.columns
    table = dpac.load(folder, keys=["federation.clients", "actor.target", "no.such.key"])
    dotted = [column for column in table.columns if "." in column]
    assert dotted == ["federation.clients", "actor.target", "no.such.key"]
    assert set(table["federation.clients"]) == {3} and table["no.such.key"].isna().all()
    assert table["actor.target"].isna().sum() == 4, "dptd has no actor"
    assert dpac.load(folder, keys="actor.target")["actor.target"].equals(table["actor.target"])


def test_patterns_lists_and_directories_find_the_same_runs(folder):
    everything = dpac.load(folder)
    assert dpac.load(str(folder / "*")).equals(everything)
    assert dpac.load([folder, folder / "a"]).equals(everything), "each once"
    assert dpac.load([folder / "a", folder / "cells"])["run"].nunique() == 3


def test_runs_have_a_row_each_with_all_keys(folder):
    table = dpac.runs(folder).set_index("run")
    assert len(table) == 4 and set(table["status"]) == {"complete"}
    for run, row in table.iterrows():
        summary = json.loads(pathlib.Path(run, "summary.json").read_bytes())
        value = summary["value"]
        assert (row["value"], row["uniform"]) == (value["last"], value["uniform"])
        assert row["gap"] == value["optimum"] - value["last"]
        assert row["share"] == (value["last"] - value["uniform"]) / (value["optimum"] - value["uniform"])
        assert (row["algorithm"], row["problem"]) == (summary["algorithm"], summary["problem"]["name"])
        assert (row["digest"], row["config_digest"]) == (summary["digest"], summary["config_digest"])
        assert (row["program"], row["results_epoch"]) == (summary["program"], summary["results_epoch"])
        assert row["wire_bytes_up"] == summary["communication"]["up"]["wire_bytes"]
        assert (row["federation.clients"], row["critic.rounds"]) == (3, 3)
        assert row["closed_form_holds"]
    last = dpac.load(folder).groupby("run").last()
    for column in ["value", "gap", "wire_bytes", "messages_up", "env_steps", "barriers"]:
        assert list(last[column]) == list(table.loc[last.index, column])


def rewritten(folder, place, change):
    """A copy of a run in which `change` has changed the lines of rounds.jsonl; its files are not held to digests."""
    shutil.copytree(folder / "a", place)
    path = place / "rounds.jsonl"
    lines = change([json.loads(line) for line in path.read_text().splitlines()])
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return dpac.load(place, verify=False).drop(columns="run")


SENT = [
    "up",
    "down",
    "barriers",
    "aggregations",
    "broadcasts",
    "trajectories_per_client",
    "env_steps_per_client",
]


def before(line):
    """What a line of the newer form says was there before it, given the line before."""
    nothing = {"up": {}, "down": {}, "bellman_error": None, "drift": {"critic": None, "actor": None}}
    if line is None:
        return nothing
    return {key: line[key] for key in [*SENT, "bellman_error", "drift"] if key in line}


def older(lines):
    """Lines that have what had been done when their round was over, and nothing else."""
    own = ("policy", "before")
    return [{key: line[key] for key in line if key not in own} for line in lines if "round" in line]


def newer(lines, summary):
    """Lines that say whose value they have and what was before it, and a last one that has no round."""
    said = [
        {"policy": r, **line, "before": before(lines[r - 1] if r else None)} for r, line in enumerate(lines)
    ]
    sent = {**summary["communication"], **{key: summary[key] for key in SENT if key in summary}}
    sent |= {key: lines[-1][key] for key in ("bellman_error", "drift")}
    last = {"policy": len(lines), "value": summary["value"]["last"], "standard_error": None}
    return [*said, last | {"before": before(sent)}]


def test_older_and_newer_lines_give_the_same_table(folder, tmp_path):
    table = dpac.load(folder / "a").drop(columns="run")
    summary = json.loads((folder / "a/summary.json").read_bytes())

    def renamed(lines):
        return [{"barriers" if key == "aggregations" else key: line[key] for key in line} for line in lines]

    for name, change in {
        "older": older,
        "newer": lambda lines: newer(older(lines), summary),
        "renamed": lambda lines: renamed(older(lines)),
    }.items():
        pd.testing.assert_frame_equal(rewritten(folder, tmp_path / name, change), table)

    def thinned(lines):
        lines = newer(older(lines), summary)
        return [lines[0], lines[2], lines[3]]

    found = rewritten(folder, tmp_path / "thinned", thinned)
    pd.testing.assert_frame_equal(found, table.iloc[[0, 2, 3]].reset_index(drop=True))


def test_what_older_lines_do_not_say_is_missing(folder, tmp_path):
    table = rewritten(folder, tmp_path / "thin", lambda lines: older([lines[0], lines[2]]))
    whole = dpac.load(folder / "a").drop(columns="run")
    assert list(table["round"]) == [0, 2, 3]
    assert table["value"].iloc[1] == whole["value"].iloc[2]
    assert pd.isna(table["wire_bytes"].iloc[1]) and pd.isna(table["bellman_error"].iloc[1])
    assert table["wire_bytes"].iloc[2] == whole["wire_bytes"].iloc[3]


def test_numbers_between_clients_are_counted_as_peer(folder, tmp_path):
    def peers(lines):
        lines = older(lines)
        for line in lines:
            gossip = {"messages": 7, "floats": {"x": 14}, "integers": {"n": 7}, "wire_bytes": 500}
            line["ledger"]["wire"]["gossip"] = gossip
        return lines

    table = rewritten(folder, tmp_path / "peer", peers)
    row, plain = table.iloc[1], dpac.load(folder / "a").iloc[1]
    assert (row["messages_peer"], row["floats_peer"], row["wire_bytes_peer"]) == (7, 14, 500)
    assert (row["integers_peer"], row["payload_bytes_peer"]) == (7, 8 * 21)
    assert row["wire_bytes"] == plain["wire_bytes"] + 500


def test_a_run_that_has_not_ended_has_no_last_row(folder, tmp_path):
    shutil.copytree(folder / "a", tmp_path / "running")
    for name in ("summary.json", "digests.json", "policy.json", "critic.npy"):
        (tmp_path / "running" / name).unlink()
    path = tmp_path / "running" / "rounds.jsonl"
    lines = [line for line in path.read_text().splitlines(keepends=True) if "round" in json.loads(line)]
    path.write_text("".join(lines)[:-20])
    table = dpac.load(tmp_path / "running")
    assert list(table["round"]) == [0, 1]
    assert table["optimum"].isna().all() and not table["wire_bytes"].isna().any()
    assert list(dpac.runs(tmp_path / "running")["status"]) == ["unfinished"]
    with pytest.raises(dpac.DpacError, match="has not ended"):
        dpac.policy(tmp_path / "running")
    with pytest.raises(dpac.DpacError, match="has not ended"):
        dpac.critic(tmp_path / "running")


def test_the_reading_half_of_the_example_gives_points_without_holes(folder):
    path = runs.ROOT / "python/examples/wandb_import.py"
    assert len(path.read_text().splitlines()) <= 20
    spec = importlib.util.spec_from_file_location("wandb_import", path)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    found = list(example.points([folder / "a", folder / "cells"]))
    assert len(found) == 3
    for _, config, records in found:
        assert config["federation.clients"] == 3
        assert [record["round"] for record in records] == [0, 1, 2, 3]
        for record in records:
            assert not any(isinstance(value, float) and math.isnan(value) for value in record.values())
        assert "bellman_error" not in records[0] and "bellman_error" in records[1]

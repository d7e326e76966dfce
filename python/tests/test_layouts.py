"""The examples of docs/layouts.md, for the script that was written from the page and for the package."""

import json
import re
import types

import pytest
import recompute
import runs

import dpac._features as maps
from dpac._problem import Tables

PAGE = (runs.ROOT / "docs/layouts.md").read_text()
# Numbers of the page are rounded to nine places.
ROUNDING = 0.5e-9 + 1e-15
NUMBER = {"window": "length", "belief": "degree", "log-odds": "degree", "belief-memory": "length", "reservoir": "width"}


class Example:
    """A block of the page."""

    def __init__(self, block):
        lines = [line.partition(" ")[::2] for line in block.strip().splitlines()]
        one = dict(lines)
        self.problem, self.horizon, self.action = one["problem"].split(), int(one["horizon"]), one["action"]
        self.critic, self.history = one.get("for", "critic") == "critic", one["history"].split()
        self.length = int(one["length"])
        rows = [value.split() for key, value in lines if key == "row"]
        self.row = {int(component): float(number) for component, number in rows}
        kind, _, parts = one["features"].partition(":")
        self.features = {"kind": kind}
        for part in filter(None, parts.split(",")):
            if part.isdecimal():
                self.features[NUMBER[kind]] = int(part)
            else:
                key, _, value = part.partition("=")
                self.features[key] = float(value) if value else True


EXAMPLES = [Example(block) for block in re.findall(r"```row\n(.*?)```", PAGE, re.DOTALL)]
TABULAR = [example for example in EXAMPLES if example.features["kind"] not in ("polynomial", "fourier")]


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    """The tables of an example's problem."""
    folder = tmp_path_factory.mktemp("problems")

    def convert(example):
        name, *parameters = example.problem
        words = [word for parameter in parameters for word in ("-p", parameter)]
        out = folder / f"{'-'.join(example.problem)}.json"
        runs.dpac("convert", name, *words, "--to", "json", "--out", out, "--force")
        return json.loads(out.read_bytes())

    return convert


def check(example, length, row):
    assert length == example.length
    found = {int(component): value for component, value in row.items() if value != 0.0}
    assert found.keys() == example.row.keys()
    for component, value in found.items():
        assert abs(value - example.row[component]) <= ROUNDING, component


def numbers(problem, example):
    """(o_0, [(a, o), ...]) and the last action, in numbers."""
    words, first = list(example.history), 0
    if problem["initial_observation"] is not None:
        first = problem["observations"].index(words.pop(0))
    pairs = [
        (problem["actions"].index(a), problem["observations"].index(o))
        for a, o in zip(words[::2], words[1::2], strict=True)
    ]
    return first, pairs, problem["actions"].index(example.action)


@pytest.mark.parametrize("example", TABULAR, ids=lambda example: example.features["kind"])
def test_rows_of_the_script_are_those_of_the_page(tables, example):
    json_problem = tables(example)
    problem = recompute.Problem(json_problem)
    first, pairs, action = numbers(json_problem, example)
    joint = dict(problem.firsts())[first]
    for a, o in pairs:
        joint = dict(problem.after(joint, a))[o]
    length, row = recompute.features(problem, example.horizon, example.features, example.critic)
    check(example, length, row((first, *pairs), joint / joint.sum(), action))


@pytest.mark.parametrize("example", TABULAR, ids=lambda example: example.features["kind"])
def test_rows_of_the_package_are_those_of_the_page(tables, example):
    json_problem = tables(example)
    first, pairs, action = numbers(json_problem, example)
    held = Tables(json_problem)
    problem = types.SimpleNamespace(
        tables=held,
        horizon=example.horizon,
        copies=1,
        actions=held.actions,
        classes=held.observations,
        sees_first=held.sees_first,
    )
    found = maps.feature_map(problem, example.features, example.length, example.critic)
    index, value = found.row(maps.Steps(first, tuple(pairs)), action)
    check(example, found.stacked, dict(zip(index, value, strict=True)))


def test_the_page_has_examples_of_all_maps():
    kinds = {example.features["kind"] for example in EXAMPLES}
    assert kinds == {
        "history", "window", "belief", "log-odds", "belief-memory", "problem", "polynomial", "fourier",
        "reservoir",
    }  # fmt: skip
    assert any("span" in example.features for example in EXAMPLES)

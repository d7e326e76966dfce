"""docs/layouts.md is enough: a script that was written from it, with NumPy alone, computes the numbers of runs."""

import json
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import recompute
import runs

SCRIPT = pathlib.Path(recompute.__file__)

# Copies of observations are in no table that `dpac convert` writes without them; see `test_package`.
ALONE = [name for name in runs.RUNS if name != "split"]


@pytest.mark.parametrize("name", ALONE)
def test_values_bellman_errors_and_mixtures_are_those_of_the_run(made, name):
    run = recompute.Run(*made(name))
    compared = list(run.compared())
    improves = runs.RUNS[name][4] is not None
    names = ["uniform", "last", "bellman_error"] + ["mixture"] * improves
    assert [what for what, *_ in compared] == names
    for what, here, there, scale in compared:
        assert there is not None and abs(here - there) <= recompute.TOLERANCE * scale, what
    # The policy has moved, so that a component in the wrong place gives another value.
    assert not improves or len(np.unique(run.last)) > 3


def test_the_script_runs_by_itself_and_names_what_differs(made, tmp_path):
    pairs = [str(path) for name in ["history", "window", "evaluated"] for path in made(name)]
    done = subprocess.run([sys.executable, SCRIPT, *pairs], capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 4 + 4 + 3), done.stderr

    directory, problem = made("window")
    for file, what in [("policy.json", "last"), ("critic.npy", "bellman_error"), ("policies.npy", "mixture")]:
        other = tmp_path / file
        shutil.copytree(directory, other)
        exchange_two_components(other / file)
        done = subprocess.run(
            [sys.executable, SCRIPT, other, problem], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1, file
        assert f"{what} is" in done.stderr or "bellman_error is" in done.stderr, done.stderr


def exchange_two_components(path):
    """Of the last vector in a file: its first component with the first that differs."""
    if path.suffix == ".json":
        policy = json.loads(path.read_bytes())
        exchange(policy["theta"])
        path.write_text(json.dumps(policy))
    else:
        matrix = np.load(path)
        exchange(matrix[-1])
        np.save(path, matrix)


def exchange(vector):
    other = next(i for i, x in enumerate(vector) if x != vector[0])
    vector[0], vector[other] = vector[other], vector[0]


def test_the_script_needs_numpy_and_the_standard_library_alone():
    imports = re.findall(r"^(?:import|from) (\w+)", SCRIPT.read_text(), re.MULTILINE)
    assert set(imports) == {"json", "pathlib", "sys", "tomllib", "numpy"}

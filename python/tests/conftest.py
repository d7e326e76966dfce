"""Runs of the program, made once for all tests."""

import functools

import pytest
import runs


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """`made(name, seed)`: the directory of a run of `runs.RUNS`, and its problem as JSON."""
    folder = tmp_path_factory.mktemp("runs")

    @functools.cache
    def make(name, seed):
        return runs.run(folder, name, seed), problem(name)

    @functools.cache
    def problem(name):
        return runs.convert(folder, name)

    return lambda name, seed=5: make(name, seed)

"""`dpac.recorded` against plain loops over the file, and against what else a run writes."""

import json
import shutil

import numpy as np
import pytest
import runs

import dpac

WORDS = ["psi", "psi_bar", "drift", "omega", "exact_q", "max_q_error", "fixed_point_error"]


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A run of DPAC that records every word."""
    folder = tmp_path_factory.mktemp("recording")
    (folder / "it.toml").write_text(runs.configuration("history"))
    out = folder / "run"
    settings = ["--set", f"output.record={json.dumps(WORDS)}", "--set", "critic.average_from=0"]
    runs.dpac("run", folder / "it.toml", "--out", out, "--quiet", *settings)
    return out


def test_arrays_are_the_numbers_of_the_lines(recording):
    found = dpac.recorded(recording)
    lines = [json.loads(line) for line in (recording / "record.jsonl").read_text().splitlines()]
    critic = [line for line in lines if "phase" in line]
    outer = [line for line in lines if "phase" not in line]
    assert found.places.tolist() == [[r, barrier] for r in range(3) for barrier in range(3)]
    assert found.rounds.tolist() == [0, 1, 2]
    for word in WORDS:
        of = critic if word in ("psi", "psi_bar", "drift") else outer
        assert getattr(found, word).tolist() == [line[word] for line in of], word
    assert found.why == {}


def test_vectors_are_those_of_the_run(recording):
    found = dpac.recorded(recording)
    # ψ̂ of the last round: weights (s + 2)² over s = 1, 2, 3.
    weights = np.array([9.0, 16.0, 25.0])
    average = weights @ found.psi[-3:] / weights.sum()
    np.testing.assert_allclose(average, np.load(recording / "critic.npy")[0], rtol=0, atol=1e-14)
    # θ_{r+1} = θ_r + η ω_r.
    eta = dpac.runs(recording)["actor.eta"][0]
    thetas = np.load(recording / "policies.npy")
    np.testing.assert_array_equal(thetas[1:], thetas[:-1] + eta * found.omega[:-1])
    # Of whole histories the fixed point of temporal differences is Q.
    assert (found.fixed_point_error < 1e-20).all() and (found.drift > 0).all()


def test_a_run_that_recorded_nothing_says_so(made):
    with pytest.raises(dpac.NotSupported, match="output.record"):
        dpac.recorded(made("history")[0])


def test_a_record_that_was_edited_is_refused(recording, tmp_path):
    edited = tmp_path / "edited"
    shutil.copytree(recording, edited)
    text = (edited / "record.jsonl").read_text()
    (edited / "record.jsonl").write_text(text.replace('"round":2', '"round":1'))
    with pytest.raises(dpac.Damaged):
        dpac.recorded(edited)
    assert dpac.recorded(edited, verify=False).rounds.tolist() == [0, 1, 1]


def test_words_that_were_not_asked_for_are_none_and_missing_numbers_say_why(tmp_path):
    (tmp_path / "it.toml").write_text(
        'algorithm = "dptd"\nproblem = { builtin = "tiger3", horizon = 3, clients = { rewards = 0.1 } }\n'
        'federation.clients = 2\ncritic = { rounds = 2, local_steps = 4, average_from = 0 }\n'
        'output.record = ["psi", "max_q_error"]\n'
    )
    runs.dpac("run", tmp_path / "it.toml", "--out", tmp_path / "run", "--quiet")
    found = dpac.recorded(tmp_path / "run")
    assert found.psi.shape[0] == 2 and found.drift is None and found.omega is None
    assert np.isnan(found.max_q_error).all() and "problem of its own" in found.why["max_q_error"]

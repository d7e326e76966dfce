"""Policies that are networks: PyTorch, which knows nothing of dpac, finds the same derivatives and the same policies.

PyTorch is asked in a process of its own (torch_networks.py), so that Debian's will do, which is built for the processor alone:
`apt-get install python3-torch`. `DPAC_TORCH` names an interpreter that has it, as in run.sh. Without that, and where no
interpreter has it, these tests are left out.
"""

import functools
import json
import os
import pathlib
import subprocess
import sys
import types

import numpy as np
import pytest
import recompute
import runs

import dpac
from dpac._features import Steps
from dpac._network import Network

HERE = pathlib.Path(__file__).parent
KNOWN = json.loads((HERE / "networks.json").read_text())["cases"]

# Sums of some dozen terms of size 1, in other orders.
NEAR = 1e-12

# Name: algorithm, problem, H, policy. Some rounds with steps that move every weight.
NETWORKS = {
    "gru": ("dppg", runs.TIGER, 4, 'kind = "gru", hidden = 5'),
    "first-gru": ("dpac", runs.TOGGLE, 4, 'kind = "gru", hidden = 3, clock = "one-hot"'),
    "indrnn": ("dpac", runs.TIGER3, 3, 'kind = "indrnn", hidden = 4, output = "paired"'),
    "first-mlp": ("dppg", runs.TOGGLE, 4, 'kind = "mlp", window = 1, hidden = 3'),
    "mlp": ("dppg", runs.TIGER3, 4, 'kind = "mlp", window = 2, hidden = 4, clock = "none"'),
    "layers": ("dpac", runs.TIGER, 4, 'kind = "mlp", window = 3, hidden = [8, 5]'),
    "first-layers": ("dppg", runs.TOGGLE, 4, 'kind = "mlp", window = 2, hidden = [4, 6, 3], output = "zero"'),
    "split": ("dppg", f"{runs.TIGER}, split = 2", 3, 'kind = "gru", hidden = 3'),
}
CONFIGURATION = """
algorithm = "{algorithm}"
seed = 5
problem = {{ {problem}, horizon = {horizon}, discount = 0.93 }}
federation.clients = 3
{critic}
actor = {{ rounds = 4, local_steps = 256, sync_interval = 100, policy = {{ {policy} }} }}
"""
LEARNED = 'critic = { rounds = 2, local_steps = 30, features = { kind = "history" } }'


@functools.cache
def interpreter():
    """An interpreter that has PyTorch, or None."""
    given = os.environ.get("DPAC_TORCH")
    for python in [given] if given else [sys.executable, "/usr/bin/python3"]:
        if pathlib.Path(python).exists():
            asked = subprocess.run([python, "-c", "import torch"], capture_output=True, check=False)
            if asked.returncode == 0:
                return python
    assert not given, f"{given} has no PyTorch: apt-get install python3-torch, or name another in DPAC_TORCH"
    return None


def torch(tmp_path, what, items):
    """What torch_networks.py answers."""
    if interpreter() is None:
        pytest.skip("NO PYTORCH, so that nothing holds networks to it: apt-get install python3-torch")
    path = tmp_path / "asked.json"
    path.write_text(json.dumps(items))
    program = [interpreter(), HERE / "torch_networks.py", what, path]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """`trained(name)`: the directory of a run of `NETWORKS`, and its problem as JSON."""
    folder = tmp_path_factory.mktemp("networks")

    @functools.cache
    def make(name):
        algorithm, problem, horizon, policy = NETWORKS[name]
        critic = LEARNED if algorithm == "dpac" else ""
        text = CONFIGURATION.format(
            algorithm=algorithm, problem=problem, horizon=horizon, policy=policy, critic=critic
        )
        (folder / f"{name}.toml").write_text(text)
        runs.dpac("run", folder / f"{name}.toml", "--out", folder / name, "--quiet")
        tables = folder / f"{name}.json"
        runs.dpac("convert", problem.split('"')[1], "--to", "json", "--out", tables)
        return folder / name, tables

    return make


def test_known_derivatives_are_those_that_autograd_finds(tmp_path):
    for case, found in zip(KNOWN, torch(tmp_path, "derivatives", KNOWN), strict=True):
        for key, numbers in found.items():
            np.testing.assert_allclose(case[key], numbers, rtol=0, atol=NEAR, err_msg=f"{case['name']}: {key}")


def test_known_derivatives_are_no_copy_of_what_they_are_held_to(tmp_path):
    """With another parameter autograd finds other numbers."""
    moved = [case | {"theta": [x + 0.01 for x in case["theta"]]} for case in KNOWN]
    for case, found in zip(KNOWN, torch(tmp_path, "derivatives", moved), strict=True):
        for key, numbers in found.items():
            assert np.abs(np.subtract(case[key], numbers)).max() > 1e-4, f"{case['name']}: {key}"


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case["name"])
def test_logits_of_the_package_are_the_known_ones_step_by_step(case):
    sees_first = case["first"] is not None
    numbered = {"action": int, "observation": int, "copies": 1, "sees_first": sees_first}
    sizes = {key: case[key] for key in ("horizon", "actions", "classes")}
    network = Network(types.SimpleNamespace(**sizes, **numbered), case, np.array(case["theta"]))
    state = network.start(case["first"])
    logits = [network.logits(state)]
    for action, seen in zip(case["taken"], case["seen"], strict=True):
        state = network.advance(state, action, seen)
        logits.append(network.logits(state))
    np.testing.assert_allclose(np.concatenate(logits), case["f"], rtol=0, atol=NEAR)
    # A state belongs to an episode: starting again forgets all of it.
    np.testing.assert_array_equal(network.logits(network.start(case["first"])), logits[0])
    with pytest.raises(dpac.BadHistory):
        network.advance(state, 0, 0)
    with pytest.raises(dpac.BadHistory):
        network.start(None if sees_first else 0)


class Played:
    """A problem and its horizon, for values of policies of histories."""

    def __init__(self, directory, tables):
        self.problem = recompute.Problem(json.loads(tables.read_text()))
        self.summary = json.loads((directory / "summary.json").read_text())
        self.horizon, self.gamma = self.summary["problem"]["horizon"], self.summary["problem"]["discount"]

    def histories(self):
        """All z = (o_0, (a, o), ...) that can be, with P(s, z) of the tables alone."""
        level = list(self.problem.firsts())
        level = [((o,), joint) for o, joint in level]
        for _ in range(self.horizon):
            yield from level
            level = [
                ((*z, (a, o)), longer)
                for z, joint in level
                for a in range(self.problem.A)
                for o, longer in self.problem.after(joint, a)
            ]

    def value(self, probabilities):
        """The value of a policy, π(. | z) by history, in the problem's own units."""
        total = 0.0
        for z, joint in self.histories():
            reach = np.prod([probabilities[z[:h]][z[h][0]] for h in range(1, len(z))])
            rewards = [joint @ self.problem.r[a] for a in range(self.problem.A)]
            total += self.gamma ** (len(z) - 1) * reach * (probabilities[z] @ np.array(rewards))
        return total


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_of_runs_have_the_values_of_their_summaries(trained, name):
    directory, tables = trained(name)
    played = Played(directory, tables)
    policy = dpac.policy(directory, problem=tables)
    assert policy.features is None and policy.network.kind == NETWORKS[name][3].split('"')[1]

    def value_of(policy):
        found = {}
        for z, _ in played.histories():
            steps = Steps(z[0] if played.problem.O_0 is not None else 0, z[1:])
            found[z] = policy.network.probabilities(policy.network.along(steps))
        return played.value(found)

    known = played.summary["value"]
    assert known["standard_error"] is None
    assert abs(value_of(policy) - known["last"]) < 1e-9 * max(1.0, abs(known["last"]))
    assert abs(value_of(dpac.policy(directory, 0, problem=tables)) - known["uniform"]) < 1e-9 * abs(known["uniform"])
    # It has moved far from where it began, so that these are not the same number.
    assert abs(known["last"] - known["uniform"]) > 1e-3


@pytest.mark.parametrize("name", ["gru", "first-gru", "first-mlp", "layers", "first-layers"])
def test_trained_networks_are_the_same_policies_in_torch(trained, tmp_path, name):
    directory, tables = trained(name)
    played, policy = Played(directory, tables), dpac.policy(directory, problem=tables)
    saved = json.loads((directory / "policy.json").read_text())
    sizes = {"horizon": saved["horizon"], "actions": played.problem.A, "classes": played.problem.C}
    sees_first = played.problem.O_0 is not None
    all_of_them = [z for z, _ in played.histories()]
    histories = [
        {"first": z[0] if sees_first else None, "taken": [a for a, _ in z[1:]], "seen": [o for _, o in z[1:]]}
        for z in all_of_them
    ]
    asked = saved["policy"] | sizes | {"theta": saved["theta"], "histories": histories}
    (answered,) = torch(tmp_path, "policies", [asked])
    by_torch = {z: np.array(pi) for z, pi in zip(all_of_them, answered, strict=True)}
    for z, pi in by_torch.items():
        history = [*([z[0]] if sees_first else []), *z[1:]]
        np.testing.assert_allclose(policy.probabilities(history), pi, rtol=0, atol=NEAR)
    known = played.summary["value"]["last"]
    assert abs(played.value(by_torch) - known) < 1e-9 * max(1.0, abs(known))
    assert max(pi.max() for pi in by_torch.values()) > 1.1 / played.problem.A, "it has learned something"


def test_a_network_says_what_it_needs(trained):
    directory, tables = trained("first-gru")
    with pytest.raises(dpac.NotSupported, match="convert toggle"):
        dpac.policy(directory)
    # Of a file it is known that nothing is seen first, of a window with inputs of its own for it by its length.
    for name in ("gru", "first-mlp", "layers", "first-layers"):
        directory, tables = trained(name)
        first = [1] if name.startswith("first") else []
        plain, held = dpac.policy(directory), dpac.policy(directory, problem=tables)
        assert np.array_equal(plain.probabilities([*first, 0, 1]), held.probabilities([*first, 0, 1]))
    policy = dpac.policy(trained("gru")[0])
    state = policy.network.advance(policy.network.start(), "listen", "tiger-left")
    assert np.array_equal(policy.network.probabilities(state), policy.probabilities(["listen", "tiger-left"]))
    with pytest.raises(dpac.DpacError, match="another problem"):
        Network(policy.problem, {"kind": "gru", "hidden": 4}, policy.theta)
    with pytest.raises(dpac.DpacError, match="another problem"):
        Network(policy.problem, {"kind": "mlp", "window": 3, "hidden": [8, 5]}, policy.theta)
    with pytest.raises(dpac.NotSupported, match="kind 'gru' with 2 hidden layers"):
        Network(policy.problem, {"kind": "gru", "hidden": [4, 4]}, policy.theta)
    with pytest.raises(dpac.NotSupported, match="kind 'lstm'"):
        Network(policy.problem, {"kind": "lstm", "hidden": 4}, policy.theta)


def test_the_mixture_of_networks_is_one_of_each_round(trained):
    directory, tables = trained("gru")
    played, mixture = Played(directory, tables), dpac.policy(directory, problem=tables).mixture
    known = played.summary["value"]["mixture"]
    found = {z: mixture.probabilities([*z[1:]]) for z, _ in played.histories()}
    assert abs(played.value(found) - known) < 1e-9 * max(1.0, abs(known))


def test_copies_of_observations_are_read_as_their_class_by_networks(trained):
    policy = dpac.policy(trained("split")[0])
    of_class = policy.probabilities(["listen", "tiger-right"])
    for copy in range(2):
        assert np.array_equal(policy.probabilities([0, 2 + copy]), of_class)
        assert np.array_equal(policy.probabilities(["listen", f"tiger-right-{copy}"]), of_class)

"""The package against the script that was written from docs/layouts.md, and what it refuses."""

import itertools
import json
import os
import shutil

import numpy as np
import pytest
import recompute
import runs

import dpac
from dpac._blake3 import blake3

# Both take the same few hundred operations on numbers of size 1, in other orders.
NEAR = 1e-12

ALONE = [name for name in runs.RUNS if name != "split"]


def nodes(run, theta):
    """{z: (b, π, Q̃)} of all histories that can be, by the script."""
    found = {}
    run.value(theta, lambda z, b, pi, q: found.update({z: (b, pi, q)}))
    return found


def flat(run, z):
    """A history of the script as one of the package."""
    first = () if run.problem.O_0 is None else (z[0],)
    return [*first, *(number for pair in z[1:] for number in pair)]


def named(run, z):
    problem = run.problem
    first = () if problem.O_0 is None else (problem.observations[z[0]],)
    return [*first, *((problem.actions[a], problem.observations[o]) for a, o in z[1:])]


@pytest.mark.parametrize("name", ALONE)
def test_probabilities_and_action_values_are_those_of_the_script(made, name):
    directory, problem = made(name)
    run = recompute.Run(directory, problem)
    policy, critic = dpac.policy(directory, problem=problem), dpac.critic(directory, problem=problem)
    assert policy.actions == run.problem.actions
    assert np.array_equal(policy.theta, run.last) and np.array_equal(critic.psi, run.psi)
    left = [sum(run.gamma**k for k in range(run.H - h)) for h in range(run.H)]
    for z, (b, pi, _) in nodes(run, run.last).items():
        np.testing.assert_allclose(policy.probabilities(flat(run, z)), pi, rtol=0, atol=NEAR)
        np.testing.assert_allclose(policy.probabilities(named(run, z)), pi, rtol=0, atol=NEAR)
        for a in range(run.problem.A):
            q = recompute.product(run.phi(z, b, a), run.psi)
            size = max(1.0, abs(q))
            assert abs(critic.q(flat(run, z), a, normalised=True) - q) <= NEAR * size
            own = (run.hi - run.lo) * q + run.lo * left[len(z) - 1]
            found = critic.q(named(run, z), run.problem.actions[a])
            assert abs(found - own) <= NEAR * (run.hi - run.lo) * (size + left[0])


@pytest.mark.parametrize("name", ["history", "window", "first", "unseen"])
def test_windows_and_histories_need_no_tables_for_numbers(made, name):
    directory, problem = made(name)
    run = recompute.Run(directory, problem)
    policy, critic = dpac.policy(directory), dpac.critic(directory)
    for z, (b, pi, _) in nodes(run, run.last).items():
        np.testing.assert_allclose(policy.probabilities(flat(run, z)), pi, rtol=0, atol=NEAR)
        q = recompute.product(run.phi(z, b, 0), run.psi)
        assert abs(critic.q(flat(run, z), 0, normalised=True) - q) <= NEAR * max(1.0, abs(q))


def test_names_of_a_problem_file_are_read_from_the_run(made):
    directory, problem = made("history")
    words = ["listen", "tiger-left", "listen", "tiger-left"]
    policy = dpac.policy(directory)
    assert policy.actions == ["listen", "open-left", "open-right"]
    assert np.array_equal(policy.probabilities(words), policy.probabilities([0, 0, 0, 0]))
    assert np.array_equal(
        policy.probabilities(words), dpac.policy(directory, problem=problem).probabilities(words)
    )


def test_every_round_and_the_mixture_are_the_files(made):
    directory, problem = made("history")
    run = recompute.Run(directory, problem)
    for r, theta in enumerate([*run.policies, run.last]):
        assert np.array_equal(dpac.policy(directory, r).theta, theta)
    for r in (-1, len(run.policies) + 1):
        with pytest.raises(dpac.DpacError, match="rounds 0 to 3"):
            dpac.policy(directory, r)
    mixture = dpac.policy(directory).mixture
    assert np.array_equal(mixture.theta, run.policies)
    # Its value, by playing it as one policy of histories, is the mean of their values.
    found = value_of(run, lambda z: mixture.probabilities(flat(run, z)))
    scale = (run.hi - run.lo) * run.returns()
    assert abs(found - run.summary["value"]["mixture"]) <= NEAR * scale
    # The mixture acts as no mean of probabilities does: what has been done tells who plays.
    z = (0, (0, 0))
    plain = np.mean([nodes(run, theta)[z][1] for theta in run.policies], axis=0)
    assert np.abs(mixture.probabilities(flat(run, z)) - plain).max() > 1e-4


def value_of(run, probabilities):
    """The value of any policy of histories, in the problem's own units."""

    def follow(z, joint):
        total, pi = 0.0, probabilities(z)
        for a in range(run.problem.A):
            rest = 0.0
            if len(z) < run.H:
                rest = sum(follow((*z, (a, o)), longer) for o, longer in run.problem.after(joint, a))
            total += pi[a] * (joint @ run.r[a] + run.gamma * rest)
        return total

    normalised = sum(follow((o,), joint) for o, joint in run.problem.firsts())
    return (run.hi - run.lo) * normalised + run.lo * run.returns()


def test_own_units_are_the_sum_of_the_page(made):
    directory, problem = made("memory")
    critic = dpac.critic(directory, problem=problem)
    critic.problem.discount = 0.95
    critic.psi = np.full_like(critic.psi, 3.4)
    assert abs(critic.q([], "listen") - 3.0125) < 1e-9


def test_copies_of_observations_are_read_as_their_class(made):
    directory, problem = made("split")
    policy = dpac.policy(directory, problem=problem)
    names = ["tiger-left", "tiger-right"]
    for o, copy in itertools.product(range(2), range(3)):
        plain = policy.probabilities(["listen", names[o]])
        assert np.array_equal(policy.probabilities(["listen", f"{names[o]}-{copy}"]), plain)
        assert np.array_equal(policy.probabilities([0, 3 * o + copy]), plain)
    # By the script, which reads the problem without copies: the same value as the run.
    run = recompute.Run(directory, problem)
    (_, uniform, there, scale), (_, last, last_there, _), (_, error, error_there, squares), *_ = (
        run.compared()
    )
    assert abs(uniform - there) <= NEAR * scale and abs(last - last_there) <= NEAR * scale
    assert abs(error - error_there) <= NEAR * squares
    for history in (["listen", "tiger-left-3"], [0, 6]):
        with pytest.raises(dpac.BadHistory):
            policy.probabilities(history)


def refused(error, says, what, *arguments, **keys):
    with pytest.raises(error, match=says) as found:
        what(*arguments, **keys)
    assert isinstance(found.value, dpac.DpacError)


def test_bad_histories_are_refused_and_named(made):
    directory, _ = made("history")
    policy, critic = dpac.policy(directory), dpac.critic(directory)
    refused(dpac.BadHistory, "pairs of action and observation", policy.probabilities, ["listen"])
    refused(
        dpac.BadHistory,
        "'hear' is no observation; there are tiger-left",
        policy.probabilities,
        ["listen", "hear"],
    )
    refused(dpac.BadHistory, "numbered from 0 to 2", policy.probabilities, [3, 0])
    refused(dpac.BadHistory, "numbered from 0 to 1", policy.probabilities, [0, -1])
    refused(dpac.BadHistory, "4 pairs", policy.probabilities, [0, 0] * 4)
    refused(dpac.BadHistory, "sequence", policy.probabilities, "listen")
    refused(dpac.BadHistory, "'jump' is no action", critic.q, [], "jump")
    directory, problem = made("first")
    refused(dpac.BadHistory, "an observation, then pairs", dpac.policy(directory).probabilities, [])
    refused(dpac.BadHistory, "dpac convert toggle --to json", dpac.policy(directory).probabilities, ["1"])
    assert dpac.policy(directory, problem=problem).probabilities(["1"]).shape == (2,)


def test_tables_that_are_missing_or_of_another_problem_are_asked_for(made, tmp_path):
    directory, problem = made("belief")
    command = "dpac convert random -p actions=2 .* -p states=4 .*--to json --out problem.json"
    refused(dpac.NotSupported, command, dpac.policy, directory)
    refused(dpac.NotSupported, command, dpac.critic, directory)
    refused(dpac.DpacError, r"\(S, A, O\) = \(2, 3, 2\)", dpac.policy, directory, problem=made("history")[1])
    refused(dpac.DpacError, "is not what `dpac convert", dpac.policy, directory, problem=tmp_path / "none")
    given = json.loads(problem.read_bytes())
    assert np.array_equal(
        dpac.policy(directory, problem=given).theta, dpac.policy(directory, problem=problem).theta
    )


def test_the_command_that_an_error_names_writes_these_tables(made, tmp_path):
    directory, _ = made("belief")
    with pytest.raises(dpac.NotSupported) as found:
        dpac.policy(directory)
    words = str(found.value).split("`")[1].split()
    assert words[0] == "dpac"
    out = tmp_path / "problem.json"
    runs.dpac(*[out if word == "problem.json" else word for word in words[1:]])
    assert dpac.policy(directory, problem=out).probabilities().shape == (2,)


def test_features_of_readings_are_not_supported(tmp_path):
    text = """
problem = { builtin = "gaussian-tiger", horizon = 2 }
federation.clients = 2
critic = { rounds = 1, local_steps = 4, features = { kind = "polynomial", length = 1, degree = 2 } }
actor = { rounds = 1, local_steps = 4, sync_interval = 4, features = { kind = "log-odds" } }
"""
    (tmp_path / "config.toml").write_text(text)
    runs.dpac("run", tmp_path / "config.toml", "--out", tmp_path / "run", "--quiet")
    refused(dpac.NotSupported, "real numbers", dpac.critic, tmp_path / "run")
    refused(dpac.NotSupported, "real numbers", dpac.policy, tmp_path / "run")
    # What is a table of numbers is there all the same.
    assert len(dpac.load(tmp_path / "run")) == 2


@pytest.mark.parametrize(
    "file", ["policy.json", "policies.npy", "critic.npy", "config.toml", "summary.json", "rounds.jsonl"]
)
def test_every_file_that_was_changed_is_named(made, tmp_path, file):
    directory, _ = made("history")
    shutil.copytree(directory, tmp_path / "run")
    path = tmp_path / "run" / file
    content = bytearray(path.read_bytes())
    content[-9] ^= 1
    path.write_bytes(content)

    def everything(verify):
        policy = dpac.policy(tmp_path / "run", 0, verify=verify)
        return (
            policy,
            dpac.critic(tmp_path / "run", verify=verify),
            dpac.load(tmp_path / "run", verify=verify),
        )

    if file == "summary.json":
        refused(dpac.Damaged, "summary.json", dpac.load, tmp_path / "run")
    else:
        refused(dpac.Damaged, file, everything, True)
    if file in ("policies.npy", "critic.npy"):
        everything(False)


def test_what_is_no_run_is_refused(tmp_path):
    refused(dpac.NotARun, "no run directory", dpac.policy, tmp_path)
    refused(dpac.NotARun, "at or below", dpac.load, tmp_path)
    refused(dpac.NotARun, "at or below", dpac.load, str(tmp_path / "*"))
    refused(dpac.NotARun, "no run directory was named", dpac.load, [])


def test_blake3_has_known_answers(made):
    # Of nothing, from the specification's test vectors; of the byte i mod 251 for each i, likewise.
    assert blake3(b"") == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
    counted = bytes(i % 251 for i in range(102400))
    known = {
        1: "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213",
        1024: "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7",
        1025: "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444",
        102400: "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085",
    }
    assert {size: blake3(counted[:size]) for size in known} == known
    # And of all files of a run, by the program itself.
    directory, _ = made("history")
    digests = json.loads((directory / "digests.json").read_bytes())["files"]
    digests |= json.loads((directory / "summary.json").read_bytes())["files"]
    assert {name: blake3((directory / name).read_bytes()) for name in digests} == digests
    assert {"policies.npy", "rounds.jsonl", os.path.join("inputs", "tiger.POMDP")} <= digests.keys()

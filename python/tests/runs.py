"""The runs that tests read: small ones, made once by the program that DPAC names."""

import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("DPAC", ROOT / "target/debug/dpac")).resolve()

TIGER = f'file = "{ROOT}/configs/problems/tiger.POMDP"'
TIGER3, TOGGLE = 'builtin = "tiger3"', 'builtin = "toggle"'
RANK = 'builtin = "low-rank-block", parameters = { states = 3, actions = 3, symbols = 1, d = 2 }'
RING = 'builtin = "block-ring"'
RANDOM = 'builtin = "random", parameters = { states = 4, actions = 2, observations = 3 }'

# Name: algorithm, problem, H, features of the critic, features of the actor.
RUNS = {
    "history": ("dpac", TIGER, 4, 'kind = "history"', 'kind = "history"'),
    "window": ("dpac", TIGER3, 4, 'kind = "window", length = 2', 'kind = "window", length = 1, tied = true'),
    "first": ("dpac", TOGGLE, 4, 'kind = "window", length = 1, tied = true', 'kind = "history"'),
    "unseen": ("dpac", TOGGLE, 4, 'kind = "history"', 'kind = "window", length = 0, tied = true'),
    "evaluated": ("dptd", TIGER3, 3, 'kind = "belief", degree = 2', None),
    "belief": ("dpac", RANDOM, 3, 'kind = "belief"', 'kind = "belief", degree = 2'),
    "seen-belief": ("dpac", TOGGLE, 3, 'kind = "belief", degree = 2', 'kind = "log-odds"'),
    "log-odds": ("dppg", TIGER3, 3, 'kind = "history"', 'kind = "log-odds", degree = 3'),
    "critic-odds": ("dpac", RANDOM, 3, 'kind = "log-odds", degree = 2', 'kind = "window", length = 1'),
    "memory": ("dpac", TIGER, 4, 'kind = "belief-memory", length = 1', 'kind = "belief-memory", length = 1'),
    "seen-memory": ("dpac", TOGGLE, 3, 'kind = "belief-memory", length = 1', 'kind = "window", length = 1'),
    "span": ("dpac", TIGER3, 4, 'kind = "belief-memory", length = 1, span = true', 'kind = "belief", degree = 2, span = true'),
    "span-2": ("dptd", RANDOM, 4, 'kind = "belief", degree = 2, span = true', None),
    "seen-span": ("dpac", TOGGLE, 3, 'kind = "belief", span = true', 'kind = "belief-memory", length = 0, span = true'),
    "own": ("dpac", RANK, 3, 'kind = "problem"', 'kind = "problem"'),
    "own-ring": ("dpac", RING, 2, 'kind = "problem"', 'kind = "window", length = 1'),
    "reservoir": ("dpac", TIGER3, 3, 'kind = "reservoir", width = 6, seed = 2', 'kind = "reservoir", width = 9'),
    "seen-reservoir": ("dpac", TOGGLE, 3, 'kind = "history"', 'kind = "reservoir", width = 5, seed = 3'),
    "split": ("dpac", f"{TIGER}, split = 3", 3, 'kind = "window", length = 1', 'kind = "belief", degree = 2'),
}  # fmt: skip

# An outsider's script has no copies of observations to read about: its problem is the one without.
SETTINGS = """
algorithm = "{algorithm}"
seed = {seed}
problem = {{ {problem}, horizon = {horizon}, discount = 0.93 }}
federation.clients = 3
critic = {{ {sizes}features = {{ {critic} }} }}
"""
ACTOR = 'actor = {{ rounds = 3, local_steps = 40, sync_interval = 25, target = "{target}", features = {{ {actor} }} }}\n'


def configuration(name, seed=5):
    """The configuration of a run as TOML."""
    algorithm, problem, horizon, critic, actor = RUNS[name]
    sizes = "" if algorithm == "dppg" else "rounds = 3, local_steps = 30, "
    text = SETTINGS.format(
        algorithm=algorithm, seed=seed, problem=problem, horizon=horizon, sizes=sizes, critic=critic
    )
    return text + (ACTOR.format(actor=actor, target="advantage") if actor else "")


def dpac(*arguments):
    """Runs the program; what it says is shown where it fails."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"dpac {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}"
    return done.stdout


def run(folder, name, seed=5):
    """The directory of a run, which is made."""
    directory = folder / f"{name}-s{seed}"
    (folder / f"{name}.toml").write_text(configuration(name, seed))
    dpac("run", folder / f"{name}.toml", "--out", directory, "--quiet")
    return directory


def convert(folder, name):
    """The problem of a run as JSON."""
    problem = RUNS[name][1]
    source = problem.split('"')[1]
    numbers = problem.split("{")[1].strip(" }").split(",") if "{" in problem else []
    parameters = [word for number in numbers for word in ("-p", number.replace(" ", ""))]
    out = folder / f"{name}.json"
    dpac("convert", source, *parameters, "--to", "json", "--out", out)
    return out

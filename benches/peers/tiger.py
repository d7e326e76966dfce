"""Tiger, windows of one pair, and a policy: the tables that all scripts here share.

The same numbers as `dpac`'s built-in problem `tiger` and its `window` features of length 1. Arrays are indexed from the
slowest to the fastest index: r[a, s], T[a, s, s'], O[a, s', o].
"""

import json
from pathlib import Path

import numpy as np

HORIZON = 8
DISCOUNT = 0.95
ALPHA = 0.01
STATES, ACTIONS, OBSERVATIONS = 2, 3, 2

START = np.array([0.5, 0.5])
STAY = [[1.0, 0.0], [0.0, 1.0]]
EVEN = [[0.5, 0.5], [0.5, 0.5]]
TRANSITION = np.array([STAY, EVEN, EVEN])
OBSERVATION = np.array([[[0.85, 0.15], [0.15, 0.85]], EVEN, EVEN])
REWARD = np.array([[-1.0, -1.0], [-100.0, 10.0], [10.0, -100.0]])
# Learners work on rewards in [0, 1].
NORMALISED_REWARD = (REWARD - REWARD.min()) / (REWARD.max() - REWARD.min())

# The window at step 0 is empty; afterwards it is the last pair (a, o), numbered a * O + o.
SLOTS = [1] + [ACTIONS * OBSERVATIONS] * (HORIZON - 1)
# Step h has its own block of the stacked vector: component offset[h] + slot * A + a.
OFFSETS = np.cumsum([0] + [slots * ACTIONS for slots in SLOTS])
COMPONENTS = int(OFFSETS[-1])
OFFSETS = OFFSETS[:-1]
# gamma^h by repeated products, times alpha.
COEFFICIENTS = ALPHA * np.cumprod([1.0] + [DISCOUNT] * (HORIZON - 1))

# Logits of a policy that is not uniform, on the critic's components.
THETA = np.array([(7 * i % 11) / 10 for i in range(COMPONENTS)])


def policy():
    """pi[h, slot, a]; step 0 has one slot, whose probabilities all six rows of step 0 repeat."""
    tables = []
    for slots, offset in zip(SLOTS, OFFSETS):
        weights = np.exp(THETA[offset : offset + slots * ACTIONS].reshape(slots, ACTIONS))
        tables.append(np.broadcast_to(weights / weights.sum(axis=1, keepdims=True), (SLOTS[-1], ACTIONS)))
    return np.stack(tables)


def thresholds(rows):
    """Cumulative sums without the last, which is 1: the outcome of u in [0, 1) is the number of thresholds <= u.

    The index of the threshold comes first.
    """
    return np.ascontiguousarray(np.moveaxis(np.cumsum(rows, axis=-1)[..., :-1], -1, 0))


def write_policy(path):
    """The policy in the form that `dpac` reads."""
    features = {"kind": "window", "length": 1, "tied": False}
    text = json.dumps({"features": features, "horizon": HORIZON, "theta": THETA.tolist()})
    Path(path).write_text(text + "\n")


def configuration(clients, local_steps, rounds, alpha=ALPHA):
    """The run of `dpac`; its policy is `policy.json` beside it."""
    return f"""algorithm = "dptd"
policy = "policy.json"
[problem]
builtin = "tiger"
horizon = {HORIZON}
discount = {DISCOUNT}
[federation]
clients = {clients}
[critic]
rounds = {rounds}
local_steps = {local_steps}
features = {{ kind = "window", length = 1 }}
alpha = {alpha}
eta = 1.0
average_from = {rounds // 2}
[output]
evaluate_every = 0
keep_policies = "none"
"""

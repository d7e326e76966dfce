"""The regression of a network policy on Tiger: what the scripts that do it share.

A GRU of n units reads `x_h = [one-hot a_{h-1} | one-hot o_h | clock]`, a_{-1} and o_0 are zeros; matrices are stored by inputs, theta is
`(U, W, b, V, v)`, and rows of 3n have the gates r, z, g:

    r = sg(b_r + U_r'x + W_r's_prev)     z = sg(b_z + U_z'x + W_z's_prev)     q = W_g's_prev     g = tanh(b_g + U_g'x + r*q)
    s = (1 - z)*g + z*s_prev             f = v + V's                          pi = softmax(f)

A local step samples a trajectory, and takes `omega += -2 zeta sum_h gamma^h (omega'xi_h - target_h) xi_h` with `xi_h = grad f(z_h, a_h)`, all terms at
the same omega; `target_h` is `psi[z_h, a_h] - sum_b pi_h(b) psi[z_h, b]` of a critic on whole histories.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import tiger

HORIZON = 4
ACTIONS, OBSERVATIONS = tiger.ACTIONS, tiger.OBSERVATIONS
INPUTS = ACTIONS + OBSERVATIONS + 1
DISCOUNTS = np.cumprod([1.0] + [tiger.DISCOUNT] * (HORIZON - 1))
CLOCK = 2.0 * np.arange(HORIZON) / (HORIZON - 1) - 1.0
ZETA = 1e-5
# Histories of step h are numbered in base A * O, behind those of the steps before.
PAIRS = ACTIONS * OBSERVATIONS
HISTORIES = np.cumsum([0] + [PAIRS**h * ACTIONS for h in range(HORIZON)])[:-1]
HEARD_RIGHT = tiger.OBSERVATION[0, 0, 0]


def blocks(theta, units):
    """U, W, b, V, v of the last axis."""
    gates = 3 * units
    lengths = [INPUTS * gates, units * gates, gates, units * ACTIONS, ACTIONS]
    shapes = [(INPUTS, gates), (units, gates), (gates,), (units, ACTIONS), (ACTIONS,)]
    ends = np.cumsum([0, *lengths])
    assert ends[-1] == theta.shape[-1]
    return [theta[..., a:b].reshape(theta.shape[:-1] + shape) for a, b, shape in zip(ends, ends[1:], shapes)]


def parameters(units):
    return 3 * units * (INPUTS + units + 1) + ACTIONS * (units + 1)


def units_of(theta):
    return next(units for units in range(1, 257) if parameters(units) == len(theta))


class Known:
    """A step whose result was computed apart: n = 2, zeta = 1/8."""

    units, zeta = 2, 0.125
    theta = ((37 * np.arange(63) + 11) % 101 - 50) / 64
    omega = ((53 * np.arange(63) + 7) % 89 - 44) / 64
    taken, seen = [0, 0, 2, 1], [0, 1, 1]
    targets = [0.25, -0.5, 0.125, 0.75]
    # Sum, squares, first and last of omega.
    after = np.array([-1.45656407104179, 9.94723928328149, -0.577057508178194, -0.438954597891772])

    @staticmethod
    def error(omega):
        found = np.array([omega.sum(), (omega**2).sum(), omega[0], omega[-1]])
        return float(np.abs(found - Known.after).max())


def arguments(description, *more):
    """What both scripts take; `more` are names of variants' options with their defaults."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--subject", type=Path, help="theta and psi, as JSON")
    parser.add_argument("--clients", type=int, default=1000, help="clients that take their steps together")
    parser.add_argument("--steps", type=int, default=100, help="local steps of each in a repeat")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="prints the error of the known answer, and the mean first step")
    for name, default, choices in more:
        parser.add_argument(name, default=default, choices=choices)
    given = parser.parse_args()
    subject = json.loads(given.subject.read_text())
    given.theta, given.psi = np.array(subject["theta"]), np.array(subject["psi"])
    return given

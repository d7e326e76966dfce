"""Feature maps: the row of numbers of (history, action), and where it stands in the stacked vector.

`docs/layouts.md` of the repository describes every map. A history is given as `Steps`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Protocol

import numpy as np

from ._draws import reservoir
from ._errors import DpacError, NotSupported
from ._problem import Problem, Tables
from ._span import Selection, selections

#: (indices, values) of the nonzeros of a row: positions in the stacked vector, and numbers without unit.
Row = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Steps:
    """The history z_h in numbers: the class of o_0, and (action, class of observation) for each step."""

    first: int
    pairs: tuple[tuple[int, int], ...] = ()


class FeatureMap(Protocol):
    """φ for a critic, ξ for an actor."""

    stacked: int

    def row(self, steps: Steps, action: int) -> Row:
        """The row of (history, action)."""
        ...


class Window:
    """One-hot features of the last `length` pairs of action and observation."""

    def __init__(self, sizes: tuple[int, int, int, int], length: int, tied: bool = False) -> None:
        self.horizon, self.actions, self.classes, self.firsts = sizes
        self.length = length
        pairs = self.actions * self.classes
        self.slots: list[int] = []
        self.offsets: list[int] = []
        self.stacked = 0
        for h in range(self.horizon):
            self.slots.append(self.firsts * pairs**h if h <= length else pairs**length)
            if tied and (h > length + 1 or h == length + 1 and self.firsts == 1):
                self.offsets.append(self.offsets[-1])
            else:
                self.offsets.append(self.stacked)
                self.stacked += self.slots[h] * self.actions

    def after(self, h: int, slot: int, action: int, seen: int) -> int:
        """The number of the window of step h + 1."""
        if self.length == 0:
            return 0
        pairs = self.actions * self.classes
        kept = slot if h < self.length else slot % pairs ** (self.length - 1)
        return kept * pairs + action * self.classes + seen

    def slot(self, steps: Steps) -> int:
        """The number of the window at the end of a history."""
        slot = steps.first
        for h, (action, seen) in enumerate(steps.pairs):
            slot = self.after(h, slot, action, seen)
        return slot

    def row(self, steps: Steps, action: int) -> Row:
        index = self.offsets[len(steps.pairs)] + self.slot(steps) * self.actions + action
        return np.array([index]), np.ones(1)


@lru_cache(maxsize=64)  # All actions of a history ask for its belief.
def belief_of(tables: Tables, steps: Steps) -> np.ndarray:
    """b(z), shape (S,). An impossible observation tells nothing."""
    belief = tables.first_belief(steps.first)
    belief = tables.start if belief is None else belief
    for action, seen in steps.pairs:
        after = tables.next_belief(belief, action, seen)
        belief = tables.predicted(belief, action) if after is None else after
    return belief


def polynomials(belief: np.ndarray, degree: int) -> np.ndarray:
    """Degree 1: b(s). Degree 2: the constant, y_s, and their products. Shape (functions,)."""
    states = len(belief)
    if degree == 1:
        return belief
    y = [(states * b - 1.0) / (states - 1.0) for b in belief[:-1]]
    products = [
        y[s] * y[s] - 0.5 if t == s else y[s] * y[t] for s in range(states - 1) for t in range(s, states - 1)
    ]
    return np.array([1.0, *y, *products])


def log_odds(belief: np.ndarray, degree: int) -> np.ndarray:
    """Chebyshev polynomials of clamped log-odds and of tanh of their half. Shape (functions,)."""
    values = [1.0]
    last = belief[-1]
    for b in belief[:-1]:
        if b > 0.0 and last > 0.0:
            now = (min(max(math.log(b / last) / 8.0, -1.0), 1.0), (b - last) / (b + last))
        else:
            now = (float(b > 0.0) - float(last > 0.0),) * 2
        x, before = now, (1.0, 1.0)
        for _ in range(degree):
            values += now
            before, now = now, tuple(2.0 * u * v - w for u, v, w in zip(x, now, before))
    return np.array(values)


def squared_norm_bound(kind: str, degree: int, states: int) -> float:
    """B: a critic's functions of the belief are divided by its root."""
    if kind == "log-odds":
        return float(1 + 2 * degree * (states - 1))
    if degree == 1 or states == 1:
        return 1.0
    n = states - 1.0
    linear = 1.0 + (n - 1.0) / (n * n)
    return 1.0 + linear + n / 4.0 + (linear * linear / 2.0 if states > 2 else 0.0)


#: Products of differences of a belief that are no larger count as 0, where a span is looked for.
_ROUNDING = 1e-12


class Belief:
    """Functions of the belief ⊗ e_a, a block per step."""

    def __init__(self, problem: Problem, features: Mapping[str, Any], critic: bool) -> None:
        kind, degree = features["kind"], int(features.get("degree", 1))
        tables = self._tables = problem.tables
        one_belief = not tables.sees_first or tables.observations * problem.copies == 1
        self._scale = 1.0 / math.sqrt(squared_norm_bound(kind, degree, tables.states)) if critic else 1.0
        self._blind = critic and one_belief
        self._functions = partial(log_odds if kind == "log-odds" else polynomials, degree=degree)
        everything = range(len(self._functions(tables.start)))
        self._kept: list[Any] = [np.array(everything)] * problem.horizon
        if features.get("span", False):
            blind = Window((problem.horizon, tables.actions, 1, 1), 0)
            found = _selections(problem, blind, self._functions, _ROUNDING)
            self._kept = [selection.kept for (selection,) in found]
        self._widths = [1 if h == 0 and self._blind else len(kept) for h, kept in enumerate(self._kept)]
        self._offsets = [sum(self._widths[:h]) * tables.actions for h in range(problem.horizon)]
        self.stacked = sum(self._widths) * tables.actions

    def row(self, steps: Steps, action: int) -> Row:
        h = len(steps.pairs)
        first = self._offsets[h] + action * self._widths[h]
        if h == 0 and self._blind:
            return np.array([first]), np.ones(1)
        values = self._scale * self._functions(belief_of(self._tables, steps))[self._kept[h]]
        return first + np.arange(len(values)), values


class BeliefMemory:
    """b(z) ⊗ e_m ⊗ e_a, a block per step; m is a window."""

    def __init__(self, problem: Problem, features: Mapping[str, Any]) -> None:
        tables = self._tables = problem.tables
        window = self._window = Window(_sizes(problem), int(features["length"]))
        self._blind = not tables.sees_first or tables.observations * problem.copies == 1
        whole = np.arange(tables.states)
        self._kept = [[whole] * slots for slots in window.slots]
        if features.get("span", False):
            found = _selections(problem, window, partial(polynomials, degree=1), 0.0)
            self._kept = [[selection.kept for selection in slots] for slots in found]
        self._offsets: list[list[int]] = []
        self.stacked = 0
        for h, slots in enumerate(self._kept):
            self._offsets.append([])
            for kept in slots:
                self._offsets[h].append(self.stacked)
                self.stacked += tables.actions * (1 if h == 0 and self._blind else len(kept))

    def row(self, steps: Steps, action: int) -> Row:
        h, slot = len(steps.pairs), self._window.slot(steps)
        first, kept = self._offsets[h][slot], self._kept[h][slot]
        if h == 0 and self._blind:
            return np.array([first + action]), np.ones(1)
        return first + action * len(kept) + np.arange(len(kept)), belief_of(self._tables, steps)[kept]


class Own:
    """The problem's own features of the last observation, a block per step."""

    def __init__(self, problem: Problem) -> None:
        tables, own = problem.tables, problem.tables.own
        if own is None:
            raise NotSupported(
                "the problem that was given has no features of its own: `dpac convert` of this version writes them"
            )
        self._block, self._dimension = list(own["block"]), int(own["dimension"])
        self._rows = np.zeros((max(self._block) + 1, tables.actions, self._dimension))
        for block, action, i, value in own["rows"]:
            self._rows[block, action, i] = value
        self._blind = not tables.sees_first
        self._first = tables.actions if self._blind else self._dimension
        self.stacked = self._first + (problem.horizon - 1) * self._dimension

    def row(self, steps: Steps, action: int) -> Row:
        h = len(steps.pairs)
        if h == 0 and self._blind:
            return np.array([action]), np.ones(1)
        seen = steps.pairs[-1][1] if steps.pairs else steps.first
        offset = self._first + (h - 1) * self._dimension if h else 0
        return offset + np.arange(self._dimension), self._rows[self._block[seen], action]


class Reservoir:
    """A constant and the units of a random recurrent network ⊗ e_a, a block per step."""

    def __init__(self, sizes: tuple[int, int, int, int], width: int, seed: int, critic: bool) -> None:
        horizon, actions, classes, firsts = sizes
        self._classes = classes
        self._recurrent, self._inputs = reservoir(seed, width, classes + actions)
        self._blind = firsts == 1
        self._scale = 1.0 / math.sqrt(1.0 + width) if critic else 1.0
        self._widths = [1 if h == 0 and self._blind else 1 + width for h in range(horizon)]
        self._offsets = [sum(self._widths[:h]) * actions for h in range(horizon)]
        self.stacked = sum(self._widths) * actions

    def units(self, steps: Steps) -> np.ndarray:
        """x, shape (width,)."""
        x = np.zeros(len(self._recurrent)) if self._blind else np.tanh(self._inputs[steps.first])
        for action, seen in steps.pairs:
            x = np.tanh(self._recurrent * x + self._inputs[seen] + self._inputs[self._classes + action])
        return x

    def row(self, steps: Steps, action: int) -> Row:
        h = len(steps.pairs)
        first = self._offsets[h] + action * self._widths[h]
        if h == 0 and self._blind:
            return np.array([first]), np.ones(1)
        return first + np.arange(self._widths[h]), self._scale * np.append(1.0, self.units(steps))


def _selections(
    problem: Problem, window: Window, functions: Callable[[np.ndarray], np.ndarray], rounding: float
) -> list[list[Selection]]:
    if problem.copies > 1:
        raise NotSupported("`span = true` with observations that are split: the copies' rounding decides")
    return selections(problem.tables, window, functions, rounding)


def _sizes(problem: Problem) -> tuple[int, int, int, int]:
    firsts = problem.classes if problem.sees_first else 1
    return problem.horizon, problem.actions, problem.classes, firsts


def feature_map(problem: Problem, features: Mapping[str, Any], components: int, critic: bool) -> FeatureMap:
    """The map that a configuration calls `features`; its stacked vector has `components` components."""
    kind = features["kind"]
    if kind in ("history", "window"):
        length = problem.horizon - 1 if kind == "history" else int(features["length"])
        found: FeatureMap = _window(problem, length, features.get("tied", False), components)
    elif kind in ("belief", "log-odds"):
        found = Belief(problem, features, critic)
    elif kind == "belief-memory":
        found = BeliefMemory(problem, features)
    elif kind == "problem":
        found = Own(problem)
    elif kind == "reservoir":
        found = _reservoir(problem, int(features["width"]), int(features.get("seed", 0)), critic, components)
    else:
        raise NotSupported(
            f"features of kind {kind!r}: their observations are real numbers, their sensors in no file"
        )
    if found.stacked != components:
        raise DpacError(
            f"features of kind {kind!r} have {found.stacked} components here, and the file has {components}: "
            "is it another problem?"
        )
    return found


def _window(problem: Problem, length: int, tied: bool, components: int) -> Window:
    horizon, actions, classes = problem.horizon, problem.actions, problem.classes
    blind = Window((horizon, actions, classes, 1), length, tied)
    if problem.sees_first is None:
        # What nobody says, the number of components does: with a first observation there are more.
        problem.sees_first = classes > 1 and blind.stacked != components
    return Window((horizon, actions, classes, classes), length, tied) if problem.sees_first else blind


def _reservoir(problem: Problem, width: int, seed: int, critic: bool, components: int) -> Reservoir:
    horizon, actions, classes = problem.horizon, problem.actions, problem.classes
    blind = Reservoir((horizon, actions, classes, 1), width, seed, critic)
    if problem.sees_first is None:
        problem.sees_first = classes > 1 and blind.stacked != components
    sees = problem.sees_first and classes > 1
    return Reservoir((horizon, actions, classes, classes), width, seed, critic) if sees else blind

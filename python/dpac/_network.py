"""Networks whose outputs are a policy's logits, and the state that they carry from step to step.

`docs/layouts.md` of the repository says where every number stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ._errors import BadHistory, DpacError, NotSupported
from ._features import Steps
from ._problem import Problem, Word

#: Numbers that a unit computes of an input.
_GATES = {"mlp": 1, "indrnn": 1, "gru": 3}


@dataclass(frozen=True)
class State:
    """What a network knows of a history: `units` after step `step`, of the shape (n,), and what it is shown.

    Of an MLP of several layers these are the units of the last.
    """

    step: int
    units: np.ndarray
    shown: tuple[tuple[int, int], ...]
    first: int | None


class Network:
    """A network as a saved policy has it.

    A state belongs to one episode: it comes from `start`, and goes on by `advance`. Actions and observations
    are numbers or names, as in histories.
    """

    def __init__(self, problem: Problem, policy: Mapping[str, Any], theta: np.ndarray) -> None:
        self.kind, self.problem = str(policy["kind"]), problem
        if self.kind not in _GATES:
            raise NotSupported(f"a network of kind {self.kind!r}")
        self.clock = str(policy.get("clock", "fraction"))
        self._pairs = int(policy["window"]) if self.kind == "mlp" else 1
        hidden = policy["hidden"]
        layers = [int(units) for units in (hidden if isinstance(hidden, list) else [hidden])]
        if len(layers) != 1 and (self.kind != "mlp" or not layers):
            raise NotSupported(f"a network of kind {self.kind!r} with {len(layers)} hidden layers")
        first, n, actions = layers[0], layers[-1], problem.actions
        wide = _GATES[self.kind] * first
        upper = list(pairwise(layers))
        if problem.sees_first is None:
            # What nobody says, the number of components does where a first observation has inputs of its own.
            deeper = sum((below + 1) * units for below, units in upper)
            shorter = self._inputs(first=False) * wide + wide + deeper + (n + 1) * actions
            problem.sees_first = self._sees_first(problem, shorter != len(theta))
        inputs = self._inputs(bool(problem.sees_first))
        recurrent = {"mlp": (0, 0), "indrnn": (1, n), "gru": (n, wide)}[self.kind]
        shapes = {"U": (inputs, wide), "W": recurrent, "b": (wide,)}
        for layer, (below, units) in enumerate(upper, start=2):
            shapes |= {f"W_{layer}": (below, units), f"b_{layer}": (units,)}
        shapes |= {"V": (n, actions), "v": (actions,)}
        self._upper = [(f"W_{layer}", f"b_{layer}") for layer in range(2, len(layers) + 1)]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes.values()])
        if ends[-1] != len(theta):
            raise DpacError(
                f"a network of kind {self.kind!r} has {ends[-1]} components here, and the file has {len(theta)}: "
                "is it another problem?"
            )
        parts = np.split(np.asarray(theta, dtype=np.float64), ends[:-1])
        #: U, W, b, V and v, and W_2, b_2, ... of an MLP of several layers; the rows of matrices are inputs.
        #: Within those of a GRU stand r, z and g.
        self.blocks = {name: part.reshape(shapes[name]) for name, part in zip(shapes, parts)}

    def _sees_first(self, problem: Problem, by_length: bool) -> bool:
        if self.kind == "mlp":
            return by_length
        raise NotSupported(
            "nothing says whether something is seen before the first action: "
            f'run `{problem.command}` and give `problem="problem.json"`'
        )

    def _inputs(self, first: bool) -> int:
        """I."""
        problem = self.problem
        clock = {"fraction": 1, "one-hot": problem.horizon, "none": 0}.get(self.clock)
        if clock is None:
            raise NotSupported(f"a clock of kind {self.clock!r}")
        block = problem.classes if first and self.kind == "mlp" else 0
        return self._pairs * (problem.actions + problem.classes) + block + clock

    def start(self, first: Word | None = None) -> State:
        """The state before the first action, of the first observation where there is one."""
        if (first is not None) != bool(self.problem.sees_first):
            seen = "an observation is" if self.problem.sees_first else "nothing is"
            raise BadHistory(f"{seen} seen before the first action of this problem")
        return self._start(None if first is None else self.problem.observation(first))

    def advance(self, state: State, action: Word, observation: Word) -> State:
        """The state after one more action and what was seen then."""
        if state.step + 1 >= self.problem.horizon:
            raise BadHistory(f"step {state.step} is the last: there are {self.problem.horizon}")
        return self._advance(state, self.problem.action(action), self.problem.observation(observation))

    def logits(self, state: State) -> np.ndarray:
        """f(z, a), shape (A,)."""
        return np.asarray(self.blocks["v"] + state.units @ self.blocks["V"])

    def probabilities(self, state: State) -> np.ndarray:
        """π(a | z), shape (A,)."""
        logits = self.logits(state)
        weights = np.exp(logits - logits.max())
        return np.asarray(weights / weights.sum())

    def along(self, steps: Steps) -> State:
        """The state at the end of a history."""
        state = self._start(steps.first if self.problem.sees_first else None)
        for action, seen in steps.pairs:
            state = self._advance(state, action, seen)
        return state

    def _start(self, first: int | None) -> State:
        before = np.zeros(len(self.blocks["V"]))
        return self._step(State(0, before, (), first))

    def _advance(self, state: State, action: int, seen: int) -> State:
        shown = ((action, seen), *state.shown)[: self._pairs]
        return self._step(State(state.step + 1, state.units, shown, state.first))

    def input(self, state: State) -> np.ndarray:
        """x of the state's step, shape (I,): pairs from the newest on, the first observation, the clock."""
        actions, classes, h = self.problem.actions, self.problem.classes, state.step
        x = np.zeros(len(self.blocks["U"]))
        for place, (action, seen) in enumerate(state.shown):
            x[place * (actions + classes) + action] = x[place * (actions + classes) + actions + seen] = 1.0
        if state.first is not None and self.kind == "mlp" and h <= self._pairs:
            x[self._pairs * (actions + classes) + state.first] = 1.0
        elif state.first is not None and self.kind != "mlp" and h == 0:
            x[actions + state.first] = 1.0
        if self.clock == "fraction":
            x[-1] = 2.0 * h / (self.problem.horizon - 1) - 1.0 if self.problem.horizon > 1 else 0.0
        elif self.clock == "one-hot":
            x[len(x) - self.problem.horizon + h] = 1.0
        return x

    def _step(self, state: State) -> State:
        """The state with the units of before replaced by those of its own step."""
        before, W = state.units, self.blocks["W"]
        p = self.blocks["b"] + self.input(state) @ self.blocks["U"]
        if self.kind == "gru":
            n = len(before)
            u = before @ W
            r, z = _sigmoid(p[:n] + u[:n]), _sigmoid(p[n : 2 * n] + u[n : 2 * n])
            g = np.tanh(p[2 * n :] + r * u[2 * n :])
            units = (1.0 - z) * g + z * before
        else:
            units = np.tanh(p + W[0] * before if self.kind == "indrnn" else p)
            for weights, bias in self._upper:
                units = np.tanh(self.blocks[bias] + units @ self.blocks[weights])
        return State(state.step, units, state.shown, state.first)


def _sigmoid(y: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # 1 / (1 + inf) is the 0 that is meant.
        return np.asarray(1.0 / (1.0 + np.exp(-y)))

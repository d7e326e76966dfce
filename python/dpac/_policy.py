"""Policies and critics of runs."""

import io
import json
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ._directory import RunDirectory
from ._errors import BadHistory, DpacError, NotSupported
from ._features import Steps, feature_map
from ._network import Network
from ._problem import Problem, Word

#: What has been done and seen: actions and observations in turn, as names or numbers, or as pairs. Where
#: something is seen before the first action, it comes first.
History = Sequence[Word | tuple[Word, Word]]

#: A problem's tables: the file that `dpac convert PROBLEM --to json` writes, or what is in it.
Given = str | os.PathLike[str] | Mapping[str, Any] | None


class _Reader:
    """Understands histories of a problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    @property
    def actions(self) -> list[str]:
        """The names of the actions, in order; their numbers where the run does not say the names."""
        return self.problem.names["actions"] or [str(a) for a in range(self.problem.actions)]

    def steps(self, history: History) -> Steps:
        problem = self.problem
        words = [word for item in history for word in (item if isinstance(item, tuple) else (item,))]
        if isinstance(history, str):
            raise BadHistory(f"a history is a sequence, as in [{history!r}, ...]")
        sees_first = problem.sees_first
        if sees_first is None:
            # There is one observation, which tells nothing, so that the length alone decides.
            sees_first = len(words) % 2 == 1
        if len(words) % 2 != int(sees_first):
            shape = "an observation, then pairs" if sees_first else "pairs"
            raise BadHistory(
                f"a history of this problem is {shape} of action and observation; here are {len(words)}"
            )
        first = problem.observation(words[0]) if sees_first else 0
        words = words[1:] if sees_first else words
        if len(words) // 2 >= problem.horizon:
            raise BadHistory(
                f"{len(words) // 2} pairs; before the last of {problem.horizon} actions there are fewer"
            )
        pairs = zip(words[0::2], words[1::2])
        return Steps(first, tuple((problem.action(a), problem.observation(o)) for a, o in pairs))


class Policy(_Reader):
    """π^θ: a softmax of ⟨ξ_h(z, a), θ⟩, or of the logits of a network.

    `theta` has the shape (d_θ,). `actions` names the actions in the order of probabilities. `features` are
    those of `policy.json`; where a network is the policy they are None, and `network` is that, to be played
    step by step.
    """

    def __init__(self, problem: Problem, saved: Mapping[str, Any], theta: np.ndarray) -> None:
        super().__init__(problem)
        self.theta, self._saved = theta, saved
        features, network = saved.get("features"), saved.get("policy")
        if features is None and network is None:
            raise DpacError("a saved policy has `features` or `policy`, and this one has neither")
        self.features: dict[str, Any] | None = None if features is None else dict(features)
        self.network = None if network is None else Network(problem, network, theta)
        self._map = None if features is None else feature_map(problem, features, len(theta), critic=False)

    def probabilities(self, history: History = ()) -> np.ndarray:
        """π_h(a | z), shape (A,), in the order of `actions`."""
        return self._probabilities(self.steps(history))

    def _probabilities(self, steps: Steps) -> np.ndarray:
        if self.network is not None:
            return self.network.probabilities(self.network.along(steps))
        assert self._map is not None
        rows = (self._map.row(steps, a) for a in range(self.problem.actions))
        logits = np.array([self.theta[index] @ value for index, value in rows])
        weights = np.exp(logits - logits.max())
        return np.asarray(weights / weights.sum())


class Mixture(_Reader):
    """The uniform mixture of θ_0, ..., θ_{R-1}: one of them is drawn before an episode, and plays it.

    `policies` are these, `theta` their parameters, of the shape (R, d_θ).
    """

    def __init__(self, policies: list[Policy]) -> None:
        super().__init__(policies[0].problem)
        self.policies = policies

    @property
    def theta(self) -> np.ndarray:
        """θ_0, ..., θ_{R-1}, shape (R, d_θ)."""
        return np.array([policy.theta for policy in self.policies])

    def probabilities(self, history: History = ()) -> np.ndarray:
        """P(a_h = a | z) under the mixture, shape (A,).

        A policy counts by the probability that it would have acted as the history says.
        """
        steps = self.steps(history)
        weights = np.ones(len(self.policies))
        for h, (action, _) in enumerate(steps.pairs):
            until = Steps(steps.first, steps.pairs[:h])
            weights *= [policy._probabilities(until)[action] for policy in self.policies]
            if not weights.any():
                raise BadHistory(
                    f"no policy of the mixture takes action {action} at step {h} of this history"
                )
            weights /= weights.max()
        chosen = weights @ np.array([policy._probabilities(steps) for policy in self.policies])
        return np.asarray(chosen / weights.sum())


class SavedPolicy(Policy):
    """A policy of a run, with the mixture of all of its rounds."""

    def __init__(
        self, run: RunDirectory, problem: Problem, saved: Mapping[str, Any], theta: np.ndarray
    ) -> None:
        super().__init__(problem, saved, theta)
        self._run = run

    @cached_property
    def mixture(self) -> Mixture:
        """The uniform mixture of θ_0, ..., θ_{R-1}, the output of the algorithm."""
        thetas = _policies(self._run)
        return Mixture([Policy(self.problem, self._saved, theta) for theta in thetas])


class Critic(_Reader):
    """Q̂: ⟨φ_h(z, a), ψ̂⟩ for the ψ̂ of the last round.

    It estimates Q of the policy that this round used. Where the run improves its policy that is θ_{R-1},
    `policy(run, R - 1)`, and not θ_R. `psi` has the shape (components,).
    """

    def __init__(
        self,
        problem: Problem,
        features: Mapping[str, Any],
        psi: np.ndarray,
        reward_range: tuple[float, float] | None,
    ) -> None:
        super().__init__(problem)
        self.psi, self.features, self._range = psi, dict(features), reward_range
        self._map = feature_map(problem, features, len(psi), critic=True)

    def q(self, history: History, action: Word, *, normalised: bool = False) -> float:
        """Q̂_h(z, a): what is to come from this step on, discounted to it, in the problem's own units.

        With `normalised`, of rewards that are scaled to [0, 1]; `bellman_error` is of these.
        """
        steps = self.steps(history)
        index, value = self._map.row(steps, self.problem.action(action))
        q = float(self.psi[index] @ value)
        if normalised:
            return q
        if self._range is None:
            raise NotSupported(
                "the run has not ended, so that nothing says its range of rewards: ask for `normalised`"
            )
        low, high = self._range
        left = sum(self.problem.discount**k for k in range(self.problem.horizon - len(steps.pairs)))
        return (high - low) * q + low * left


def policy(
    run: str | os.PathLike[str],
    round: int | None = None,
    *,
    problem: Given = None,
    verify: bool = True,
) -> SavedPolicy:
    """The last policy of a run, θ_R, or with `round=r` the policy θ_r after r rounds.

    `problem` is needed by features of the belief, by the problem's own features, by recurrent networks for
    built-in problems, and for names of these: the file that `dpac convert PROBLEM --to json` writes, or what is in it.
    """
    directory = RunDirectory(run, verify=verify)
    if not directory.has("policy.json"):
        raise DpacError(f"{directory.path} has no policy.json: it has not ended, or keeps no policy")
    saved = json.loads(directory.read("policy.json"))
    theta = np.array(saved["theta"], dtype=np.float64)
    if round is not None:
        thetas = [*_policies(directory), theta]
        if not 0 <= round < len(thetas):
            last = len(thetas) - 1
            raise DpacError(f"{directory.path} has the policies of rounds 0 to {last}, and none of {round}")
        theta = thetas[round]
    return SavedPolicy(directory, Problem(directory, problem), saved, theta)


def critic(run: str | os.PathLike[str], *, problem: Given = None, verify: bool = True) -> Critic:
    """The last critic of a run. `problem` is as for `policy`."""
    directory = RunDirectory(run, verify=verify)
    if not directory.has("critic.npy"):
        raise DpacError(
            f"{directory.path} has no critic.npy: it has not ended, or its algorithm has no critic"
        )
    psi = np.load(io.BytesIO(directory.read("critic.npy")), allow_pickle=False)
    features = directory.config.get("critic", {}).get("features")
    if features is None or psi.ndim != 2 or len(psi) != 1:
        raise NotSupported(f"{directory.path} has a critic of another kind")
    summary = directory.summary
    reward_range = None if summary is None else tuple(summary["reward_range"])
    return Critic(Problem(directory, problem), features, psi[0], reward_range)


def _policies(run: RunDirectory) -> np.ndarray:
    """θ_0, ..., θ_{R-1}, shape (R, d_θ)."""
    if not run.has("policies.npy"):
        raise DpacError(
            f"{run.path} has no policies.npy: it has not ended, evaluates one policy, or has "
            'output.keep_policies other than "all"'
        )
    return np.asarray(np.load(io.BytesIO(run.read("policies.npy")), allow_pickle=False))

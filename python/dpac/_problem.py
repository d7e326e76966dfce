"""The problem of a run: names, and tables for filters of the belief."""

import json
import os
import shlex
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ._directory import RunDirectory
from ._errors import BadHistory, DpacError, NotSupported

#: An action or an observation: its number, from 0, or its name in the problem.
Word = int | str


class Tables:
    """The tables of `dpac convert PROBLEM --to json`, without copies of observations."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        self.states, self.actions, self.observations = (
            len(problem[key]) for key in ("states", "actions", "observations")
        )
        self.names = {key: list(problem[key]) for key in ("actions", "observations")}
        self.own = problem.get("features")
        self.start = np.zeros(self.states)
        for s, p in problem["start"]:
            self.start[s] = p
        initial = problem["initial_observation"]
        self._first = None if initial is None else np.zeros((self.observations, self.states))
        for s, o, p in initial or []:
            self._first[o, s] = p  # type: ignore[index]
        # Lists ascend in (s, s') and in s', and are added up in this order, as the program does.
        self._transition = [_entries(problem["transition"], a, 0) for a in range(self.actions)]
        self._observation = {
            (a, o): _entries(problem["observation"], a, 2, o)
            for a in range(self.actions)
            for o in range(self.observations)
        }

    @property
    def sees_first(self) -> bool:
        """Whether something is seen before the first action."""
        return self._first is not None

    def first_belief(self, first: int) -> np.ndarray | None:
        """b_0(s), shape (S,), after the first observation; None where that is impossible."""
        return _normalised(self.start if self._first is None else self.start * self._first[first])

    def next_belief(self, belief: np.ndarray, action: int, seen: int) -> np.ndarray | None:
        """b'(s'), shape (S,), after an action and an observation; None where that is impossible."""
        of, p = self._observation[action, seen]
        weights = np.zeros(self.states)
        weights[of] = self.predicted(belief, action)[of] * p
        return _normalised(weights)

    def predicted(self, belief: np.ndarray, action: int) -> np.ndarray:
        """The distribution of the next state, shape (S,), before anything is seen."""
        (of, to), p = self._transition[action]
        prediction = np.zeros(self.states)
        np.add.at(prediction, to, belief[of] * p)
        return prediction


def _entries(table: Sequence[Sequence[Any]], action: int, kept: int, seen: int | None = None) -> Any:
    rows = [row for row in table if row[0] == action and (seen is None or row[2] == seen)]
    p = np.array([row[3] for row in rows])
    first = np.array([row[1] for row in rows], dtype=np.intp)
    return (first, p) if kept else ((first, np.array([row[2] for row in rows], dtype=np.intp)), p)


def _normalised(weights: np.ndarray) -> np.ndarray | None:
    total = 0.0
    for weight in weights:  # The built-in sum rounds in its own way.
        total += float(weight)
    return weights / total if total > 0.0 else None


class Problem:
    """What is known of a run's problem: sizes and names, and tables where somebody has given them."""

    def __init__(self, run: RunDirectory, given: str | os.PathLike[str] | Mapping[str, Any] | None) -> None:
        section = run.config["problem"]
        self.horizon, self.discount = int(section["horizon"]), float(section["discount"])
        self.copies = int(section.get("split", 1))
        self._run, self._section = run, section
        tables = given if given is None or isinstance(given, Mapping) else _json(given)
        self._tables = None if tables is None else Tables(tables)
        if self._tables is not None:
            self._check(self._tables)

    def _check(self, tables: Tables) -> None:
        if self._run.summary is None:
            return
        has = self._run.summary["problem"]
        found = (tables.states, tables.actions, tables.observations * self.copies)
        expected = (has["states"], has["actions"], has["observations"])
        if found != expected:
            raise DpacError(
                f"the problem that was given has (S, A, O) = {found}, that of {self._run.path} has {expected}; "
                f"`{self.command}` writes that one"
            )

    @property
    def tables(self) -> Tables:
        """The tables; `NotSupported` where none were given."""
        if self._tables is None:
            self._size("observations")  # Real-valued ones have no tables.
            raise NotSupported(
                f'this needs the problem\'s tables: run `{self.command}` and give `problem="problem.json"`'
            )
        return self._tables

    @property
    def command(self) -> str:
        """The command that writes the tables of this problem."""
        section = self._section
        words = ["dpac", "convert"]
        if "file" in section:
            words.append(str(self._run.path / section["file"]))
            words += ["--normalize"] if section.get("normalize") else []
            words += ["--reset", "end"] if section.get("reset") == "end" else []
            words += ["--discount", str(self.discount)]
        else:
            words.append(section["builtin"])
            for name, value in section.get("parameters", {}).items():
                words += ["-p", f"{name}={value}"]
        return shlex.join([*words, "--to", "json", "--out", "problem.json"])

    @cached_property
    def actions(self) -> int:
        """A."""
        return self._size("actions")

    @cached_property
    def classes(self) -> int:
        """C, the number of observations, copies not counted."""
        return self._size("observations") // self.copies

    def _size(self, key: str) -> int:
        if self._tables is not None:
            return len(self._tables.names[key]) * (self.copies if key == "observations" else 1)
        size = (self._run.summary or {}).get("problem", {}).get(key)
        if size is None:
            raise NotSupported(
                f"observations of {self._run.path} are real numbers"
                if self._run.summary
                else f"{self._run.path} has not ended, so that nothing says how many {key} there are"
            )
        return int(size)

    @cached_property
    def sees_first(self) -> bool | None:
        """Whether something is seen before the first action; None where that is not known.

        The format of problem files has no place for such an observation.
        """
        if self._tables is not None:
            return self._tables.sees_first
        return False if "file" in self._section else None

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """The names of actions and of observations, without copies; empty where they are not known."""
        if self._tables is not None:
            return self._tables.names
        if "file" not in self._section:
            return {"actions": [], "observations": []}
        text = self._run.read(self._section["file"]).decode(errors="replace")
        sizes = {"actions": self.actions, "observations": self.classes}
        return {key: _declared(text, key, size) for key, size in sizes.items()}

    def action(self, word: Word) -> int:
        """The number of an action."""
        return self._number("actions", "action", word, self.actions)

    def observation(self, word: Word) -> int:
        """The class of an observation: its number among those that were split into copies."""
        names = self.names["observations"]
        if self.copies > 1 and isinstance(word, str) and word not in names:
            name, _, copy = word.rpartition("-")
            if name in names and copy.isdecimal() and int(copy) < self.copies:
                return names.index(name)
        numbered = self.copies > 1 and names == [str(i) for i in range(len(names))]
        if not isinstance(word, str) or numbered and word.isdecimal():
            limit = self.classes * self.copies
            return self._number("observations", "observation", int(word), limit) // self.copies
        return self._number("observations", "observation", word, self.classes)

    def _number(self, key: str, what: str, word: Word, count: int) -> int:
        if isinstance(word, str):
            names = self.names[key]
            if word in names:
                return names.index(word)
            if names:
                raise BadHistory(f"{word!r} is no {what}; there are {', '.join(names)}")
            raise BadHistory(
                f"the run does not say what its {key} are called: give numbers, or the problem that "
                f"`{self.command}` writes"
            )
        number = int(word)
        if number != word or not 0 <= number < count:
            raise BadHistory(f"{word!r} is no {what}; they are numbered from 0 to {count - 1}")
        return number


def _json(path: str | os.PathLike[str]) -> Mapping[str, Any]:
    try:
        tables: Mapping[str, Any] = json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise DpacError(
            f"{os.fspath(path)} is not what `dpac convert PROBLEM --to json` writes: {error}"
        ) from error
    return tables


def _declared(text: str, key: str, size: int) -> list[str]:
    """The names behind `key:` in a problem file; as many as the run has, or none."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    words = " ".join(lines).replace(":", " : ").split()
    places = [i for i, word in enumerate(words[:-1]) if word == key and words[i + 1] == ":"]
    if not places:
        return []
    names = words[places[0] + 2 :]
    end = next((i - 1 for i, word in enumerate(names) if word == ":"), len(names))
    names = names[:end]
    if len(names) == 1 and names[0].isdecimal():
        names = [str(i) for i in range(int(names[0]))]
    # "start include: ..." has a word between the key and the colon.
    names = names[:-1] if len(names) == size + 1 and names[-1] == "start" else names
    return names if len(names) == size else []

"""What `output.record` of a run asked for."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._directory import RunDirectory
from ._errors import Damaged, NotSupported

Array = NDArray[np.float64]
Line = Mapping[str, Any]


@dataclass(frozen=True)
class Recorded:
    """What a run recorded, as arrays; a word that it was not asked for is None.

    Row i of `psi`, `psi_bar` and `drift` is of the critic round `places[i]`, which is (outer round, number of the round
    within it). Row i of the others is of outer round `rounds[i]`. What was not available is NaN, and `why` has the reason by
    word. Vectors and values are of normalised rewards, as learners see them.
    """

    #: (outer round, critic round within it), a row each.
    places: NDArray[np.int64]
    #: The server's iterate after each critic round, ψ̃^{r+1}.
    psi: Array | None
    #: The clients' mean in each critic round, ψ̄^{r+1}.
    psi_bar: Array | None
    #: Definition 11's drift in each critic round.
    drift: Array | None
    #: Outer rounds.
    rounds: NDArray[np.int64]
    #: The direction of each outer round, ω_r.
    omega: Array | None
    #: ψ of the exact Q of each round's policy.
    exact_q: Array | None
    #: The largest |Q − Q̂| of each round's critic.
    max_q_error: Array | None
    #: E(ψ_TD) of each round's policy.
    fixed_point_error: Array | None
    #: Why a number is missing, by word: the reason that was given last.
    why: Mapping[str, str]


def recorded(run: str | os.PathLike[str], *, verify: bool = True) -> Recorded:
    """What `output.record` of the run in the directory `run` asked for; `NotSupported` where it asked for nothing."""
    directory = RunDirectory(run, verify=verify)
    words = directory.config["output"].get("record", [])
    if not words:
        raise NotSupported(f"{directory.path} has recorded nothing: its configuration has no output.record")
    barriers: list[Line] = []
    rounds: list[Line] = []
    for line in _lines(directory):
        (barriers if "phase" in line else rounds).append(line)
    of_barriers = {word: _column(barriers, word) if word in words else None for word in _OF_BARRIERS}
    of_rounds = {word: _column(rounds, word) if word in words else None for word in _OF_ROUNDS}
    places = np.array([(line["round"], line["barrier"]) for line in barriers], dtype=np.int64)
    return Recorded(
        places=places.reshape(-1, 2),
        rounds=np.array([line["round"] for line in rounds], dtype=np.int64),
        why={word: why for line in rounds for word, why in line.get("why", {}).items()},
        **of_barriers,
        **of_rounds,
    )


_OF_BARRIERS = ("psi", "psi_bar", "drift")
_OF_ROUNDS = ("omega", "exact_q", "max_q_error", "fixed_point_error")


def _column(lines: list[Line], word: str) -> Array:
    """A number or a vector of each line; NaN where a line has none."""
    found = [line.get(word) for line in lines]
    lengths = {len(value) for value in found if isinstance(value, list)}
    if not lengths:
        return np.array([np.nan if value is None else value for value in found], dtype=np.float64)
    missing = [np.nan] * max(lengths)
    return np.array([missing if value is None else value for value in found], dtype=np.float64)


def _lines(directory: RunDirectory) -> list[Line]:
    lines = directory.read("record.jsonl").decode().splitlines(keepends=True)
    if directory.summary is None and lines and not lines[-1].endswith("\n"):
        lines.pop()  # The run is writing it.
    try:
        return [json.loads(line) for line in lines]
    except ValueError as error:
        raise Damaged(f"{directory.path / 'record.jsonl'} has a line that is no JSON: {error}") from error

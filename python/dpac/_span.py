"""The components that `span = true` keeps: as few as span the others on the histories that can be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ._problem import Tables

if TYPE_CHECKING:
    from ._features import Window

#: What is left of a component counts as 0 below this fraction of its largest value.
_RELATIVE_ZERO = 1e-9


@dataclass(frozen=True)
class Selection:
    """Components that determine the others, and vectors that span the others; both by number."""

    kept: np.ndarray
    core: list[int]


def selections(
    tables: Tables,
    window: "Window",
    functions: Callable[[np.ndarray], np.ndarray],
    rounding: float,
) -> list[list[Selection]]:
    """By step, then by window: what is kept of `functions` of the beliefs that a window can have."""
    beliefs: list[list[np.ndarray]] = [[] for _ in range(window.slots[0])]
    for first in range(tables.observations if tables.sees_first else 1):
        belief = tables.first_belief(first)
        if belief is not None:
            beliefs[first if window.slots[0] > 1 else 0].append(belief)
    steps = []
    for h in range(window.horizon):
        selected = [_select([functions(belief) for belief in slot], rounding) for slot in beliefs]
        steps.append(selected)
        if h + 1 == window.horizon:
            break
        following: list[list[np.ndarray]] = [[] for _ in range(window.slots[h + 1])]
        for slot, selection in enumerate(selected):
            for core in selection.core:
                for action in range(tables.actions):
                    for seen in range(tables.observations):
                        after = tables.next_belief(beliefs[slot][core], action, seen)
                        if after is not None:
                            at = window.after(h, slot, action, seen)
                            following[at].append(after)
        beliefs = following
    return steps


def _select(vectors: list[np.ndarray], rounding: float) -> Selection:
    """Gauss-Jordan elimination with complete pivoting; of equal pivots the first vector's first component."""
    if not vectors:
        return Selection(np.array([], dtype=np.intp), [])
    rows = np.array(vectors)
    zero = np.maximum(_RELATIVE_ZERO * np.abs(rows).max(axis=0), rounding)
    free = np.ones(rows.shape, dtype=bool)
    pivots: list[tuple[int, int]] = []
    while True:
        size = np.where(free & (np.abs(rows) > zero), np.abs(rows), 0.0)
        r, c = divmod(int(np.argmax(size)), rows.shape[1])
        if size[r, c] == 0.0:
            break
        free[r], free[:, c] = False, False
        pivots.append((c, r))
        rows[r] /= rows[r, c]
        factors = rows[:, c].copy()
        factors[r] = 0.0
        changed = factors != 0.0
        rows[changed] -= factors[changed, None] * rows[r]
        rows[changed, c] = 0.0
    pivots.sort()
    return Selection(np.array([c for c, _ in pivots], dtype=np.intp), [r for _, r in pivots])

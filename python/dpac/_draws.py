"""Streams of random numbers of what is drawn from a seed: `DETERMINISM.md` of the repository."""

import math

import numpy as np

_WORD = (1 << 64) - 1

#: Weights of a reservoir; a row is a unit.
RESERVOIR = 17


def _mix(z: int) -> int:
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _WORD
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _WORD
    return z ^ z >> 31


class Draws:
    """The stream of one row of a table."""

    def __init__(self, seed: int, table: int, row: int) -> None:
        self._state = 1
        for lane, shift in ((0x452821E638D01377, 64), (0xBE5466CF34E90C6C, 0)):
            for word in (seed, table, row):
                lane = _mix(lane ^ _mix(word + 0x9E3779B97F4A7C15 & _WORD))
            self._state |= lane << shift

    def word(self) -> int:
        """64 random bits."""
        self._state = self._state * 0x2360ED051FC65DA44385DF649FCCF645 % (1 << 128)
        x, turn = self._state >> 64 ^ self._state & _WORD, self._state >> 122
        return (x >> turn | x << 64 - turn) & _WORD

    def unit(self) -> float:
        """A uniform number in (0, 1]."""
        return ((self.word() >> 11) + 1) * 2.0**-53

    def normal(self) -> float:
        """A standard normal number, of two words."""
        radius = math.sqrt(-2.0 * math.log(self.unit()))
        return radius * math.cos(2.0 * math.pi * ((self.word() >> 11) * 2.0**-53))


def reservoir(seed: int, width: int, inputs: int) -> tuple[np.ndarray, np.ndarray]:
    """The recurrent weights of a reservoir, shape (width,), and those of its inputs, shape (inputs, width)."""
    recurrent, weights = np.empty(width), np.empty((inputs, width))
    for unit in range(width):
        draws = Draws(seed, RESERVOIR, unit)
        recurrent[unit] = 0.9 * (2.0 * draws.unit() - 1.0)
        weights[:, unit] = [draws.normal() for _ in range(inputs)]
    return recurrent, weights

"""Broadcast, trivial local steps, mean, in NumPy: how many messages a second pass between a server and M clients.

A local step is x <- x + a (t_m - x) on d floats, with a number t_m of the client. Clients take their steps in blocks that
stay in the cache, blocks are shared out among threads (NumPy lets go of its lock inside of large operations).
"""

import argparse
import json
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

RATE = 0.1


def targets(clients, dtype):
    return (np.arange(clients) % 11 / 10).astype(dtype)[:, None]


class Share:
    """The clients of one thread."""

    def __init__(self, targets, block, dimension):
        self.targets = [RATE * targets[i : i + block] for i in range(0, len(targets), block)]
        self.scratch = np.empty((block, dimension), targets.dtype)

    def round(self, x, local_steps):
        total = np.zeros_like(x)
        for pull in self.targets:
            replies = self.scratch[: len(pull)]
            replies[:] = x
            for _ in range(local_steps):
                np.multiply(replies, 1 - RATE, out=replies)
                np.add(replies, pull, out=replies)
            total += replies.sum(axis=0)
        return total


def run(clients, dimension, local_steps, rounds, block, threads, dtype):
    """A function that runs all rounds and returns x."""
    parts = np.array_split(targets(clients, dtype), threads)
    shares = [Share(part, min(block, len(part)), dimension) for part in parts]
    pool = ThreadPoolExecutor(threads)

    def go():
        x = np.zeros(dimension, dtype)
        for _ in range(rounds):
            if threads == 1:
                total = shares[0].round(x, local_steps)
            else:
                total = sum(pool.map(lambda share: share.round(x, local_steps), shares))
            x = total / np.dtype(dtype).type(clients)
        return x

    return go


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--dimension", type=int, default=1000)
    parser.add_argument("--local-steps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--block", type=int, default=25, help="clients that take their steps together")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dtype", choices=["float64", "float32"], default="float64")
    given = parser.parse_args()
    go = run(
        given.clients, given.dimension, given.local_steps, given.rounds, given.block, given.threads, given.dtype
    )
    taken = []
    for _ in range(given.repeats + 1):
        began = time.perf_counter()
        go()
        taken.append(time.perf_counter() - began)
    print(json.dumps({"messages": 2 * given.clients * given.rounds, "seconds": taken[1:]}))


if __name__ == "__main__":
    main()

"""DPTD (policy evaluation by distributed temporal differences) on Tiger in vectorised NumPy.

A round: every client starts from the server's psi and takes K local steps, each on a fresh trajectory of H steps; the
server's next psi is the mean over clients. All clients of a block take each step together, as arrays. Blocks keep the
arrays in the cache; processes share the clients out over the cores.
"""

import argparse
import json
import multiprocessing
import time

import numpy as np

import tiger


def indices(table, dtype):
    return np.ascontiguousarray(table.reshape(table.shape[0], -1), dtype=dtype)


class Block:
    """Clients that take their local steps together: their psi, and scratch that is allocated once."""

    def __init__(self, clients, dtype, coefficients=tiger.COEFFICIENTS):
        horizon = tiger.HORIZON
        self.clients, self.dtype = clients, dtype
        pi = tiger.policy()
        self.act = [indices(tiger.thresholds(pi[h]), dtype) for h in range(horizon)]
        self.move = indices(tiger.thresholds(tiger.TRANSITION), dtype)
        self.see = indices(tiger.thresholds(tiger.OBSERVATION), dtype)
        self.start = tiger.thresholds(tiger.START)
        self.reward = tiger.NORMALISED_REWARD.ravel().astype(dtype)
        self.coefficients = coefficients.astype(dtype)[:, None]
        self.first_component = np.arange(clients) * tiger.COMPONENTS

        self.psi = np.empty((clients, tiger.COMPONENTS), dtype)
        self.uniform = np.empty((3 * horizon - 1, clients), dtype)
        self.component = np.empty((horizon, clients), np.intp)
        self.rewards = np.empty((horizon, clients), dtype)
        self.values = np.zeros((horizon + 1, clients), dtype)
        self.errors = np.empty((horizon, clients), dtype)
        self.threshold = np.empty(clients, dtype)
        self.above = np.empty(clients, bool)
        self.state, self.slot, self.action, self.row, self.seen = np.empty((5, clients), np.intp)

    def count(self, tables, row, uniform, out):
        """out = how many of the row's thresholds are <= u."""
        for n, table in enumerate(tables):
            # mode="clip" spares `take` a buffer; no row is out of range.
            np.take(table, row, out=self.threshold, mode="clip")
            if n == 0:
                np.less_equal(self.threshold, uniform, out=out, casting="unsafe")
            else:
                np.less_equal(self.threshold, uniform, out=self.above)
                np.add(out, self.above, out=out, casting="unsafe")

    def trajectories(self, rng):
        """Components of the features, and rewards, of one trajectory of every client."""
        horizon, states, actions, observations = tiger.HORIZON, tiger.STATES, tiger.ACTIONS, tiger.OBSERVATIONS
        state, slot, action, row, seen = self.state, self.slot, self.action, self.row, self.seen
        rng.random(dtype=self.dtype, out=self.uniform)
        uniform = iter(self.uniform)
        np.less_equal(self.start[0], next(uniform), out=state, casting="unsafe")
        slot.fill(0)
        for h in range(horizon):
            self.count(self.act[h], slot, next(uniform), action)
            np.multiply(slot, actions, out=row)
            np.add(row, action, out=row)
            np.add(row, tiger.OFFSETS[h], out=self.component[h])
            np.multiply(action, states, out=row)
            np.add(row, state, out=row)
            np.take(self.reward, row, out=self.rewards[h], mode="clip")
            if h + 1 < horizon:
                self.count(self.move, row, next(uniform), state)
                np.multiply(action, states, out=row)
                np.add(row, state, out=row)
                self.count(self.see, row, next(uniform), seen)
                np.multiply(action, observations, out=slot)
                np.add(slot, seen, out=slot)

    def update(self):
        """psi_h += alpha gamma^h delta_h e_component for all h, by errors at the same psi.

        Steps have blocks of their own, so no component occurs twice.
        """
        psi = self.psi.reshape(-1)
        np.add(self.component, self.first_component, out=self.component)
        np.take(psi, self.component, out=self.values[:-1], mode="clip")
        errors = self.errors
        np.multiply(self.values[1:], tiger.DISCOUNT, out=errors)
        np.add(errors, self.rewards, out=errors)
        np.subtract(errors, self.values[:-1], out=errors)
        np.multiply(errors, self.coefficients, out=errors)
        np.add(errors, self.values[:-1], out=errors)
        psi[self.component] = errors

    def round(self, psi, local_steps, rng):
        """The sum over the block's clients of psi after their local steps."""
        self.psi[:] = psi
        for _ in range(local_steps):
            self.trajectories(rng)
            self.update()
        return self.psi.sum(axis=0)


class Clients:
    """A number of clients, in blocks of at most `block`."""

    def __init__(self, clients, block, dtype, rng, coefficients=tiger.COEFFICIENTS):
        whole, rest = divmod(clients, block)
        self.rng = rng
        # Whole blocks follow one another in the same arrays.
        self.blocks = [Block(block, dtype, coefficients)] * whole
        if rest:
            self.blocks = self.blocks + [Block(rest, dtype, coefficients)]

    def round(self, psi, local_steps):
        return sum(block.round(psi, local_steps, self.rng) for block in self.blocks)


def evaluate(clients, local_steps, rounds, block, dtype, seed, coefficients=tiger.COEFFICIENTS):
    """psi after each round, one per row, in this process."""
    group = Clients(clients, block, dtype, np.random.Generator(np.random.SFC64(seed)), coefficients)
    psi = np.zeros(tiger.COMPONENTS, dtype)
    history = np.empty((rounds, tiger.COMPONENTS), dtype)
    for r in range(rounds):
        psi = group.round(psi, local_steps) / dtype(clients)
        history[r] = psi
    return history


class Share:
    """The clients of one process. Every process adds its clients' psi into its row of a shared array, then takes the mean of all rows."""

    def __init__(self, index, counts, block, dtype, seed, sums, barrier):
        rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed).spawn(len(counts))[index]))
        self.index, self.barrier, self.dtype = index, barrier, dtype
        self.total = dtype(sum(counts))
        self.group = Clients(counts[index], block, dtype, rng)
        # Two sets of rows, so that nobody writes what another still reads: one barrier a round is enough.
        self.rows = np.frombuffer(sums, dtype).reshape(2, len(counts), tiger.COMPONENTS)

    def run(self, rounds, local_steps):
        psi = np.zeros(tiger.COMPONENTS, self.dtype)
        for r in range(rounds):
            rows = self.rows[r % 2]
            rows[self.index] = self.group.round(psi, local_steps)
            self.barrier.wait()
            psi = rows.sum(axis=0) / self.total
        return psi

    def seconds(self, rounds, local_steps, repeats):
        """Seconds of each run, after one that warms up."""
        taken = []
        for _ in range(repeats + 1):
            self.barrier.wait()
            began = time.perf_counter()
            self.run(rounds, local_steps)
            self.barrier.wait()
            taken.append(time.perf_counter() - began)
        return taken[1:]


def seconds(processes, clients, local_steps, rounds, repeats, block, dtype, seed):
    context = multiprocessing.get_context("fork")
    sums = context.RawArray("b", 2 * processes * tiger.COMPONENTS * np.dtype(dtype).itemsize)
    counts = [len(part) for part in np.array_split(np.arange(clients), processes)]
    common = (counts, block, dtype, seed, sums, context.Barrier(processes))

    def other(index):
        Share(index, *common).seconds(rounds, local_steps, repeats)

    others = [context.Process(target=other, args=(index,), daemon=True) for index in range(1, processes)]
    for process in others:
        process.start()
    taken = Share(0, *common).seconds(rounds, local_steps, repeats)
    for process in others:
        process.join()
    return taken


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--local-steps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--block", type=int, default=1000, help="clients that take their steps together")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--dtype", choices=["float64", "float32"], default="float64")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    taken = seconds(
        given.processes, given.clients, given.local_steps, given.rounds, given.repeats, given.block,
        np.dtype(given.dtype).type, given.seed,
    )
    steps = given.clients * given.local_steps * given.rounds * tiger.HORIZON
    print(json.dumps({"environment_steps": steps, "seconds": taken}))


if __name__ == "__main__":
    main()

"""DPTD (policy evaluation by distributed temporal differences) on Tiger in JAX: the whole run is one compiled program.

`lax.scan` over rounds, over blocks of clients and over local steps; inside, all clients of a block take each step together,
as arrays. The devices of a mesh, which on a CPU are threads, share the clients, and a `psum` takes the mean.
"""

import argparse
import json
import os
import time
from functools import partial


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--local-steps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--block", type=int, default=1000, help="clients of a device that take their steps together")
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--generator", choices=["threefry2x32", "rbg"], default="rbg")
    parser.add_argument("--dtype", choices=["float64", "float32"], default="float64")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    # The number of devices is fixed when JAX is imported.
    GIVEN = arguments()
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={GIVEN.devices} " + os.environ.get("XLA_FLAGS", "")

import jax
import jax.numpy as jnp
from jax.sharding import PartitionSpec

import tiger

jax.config.update("jax_enable_x64", True)


def look_up(table, index):
    """table[index], where the index is known to be in range."""
    return table.at[index].get(mode="promise_in_bounds")


def count(tables, row, uniform):
    """How many of the row's thresholds are <= u."""
    return sum((look_up(table, row) <= uniform).astype(jnp.int32) for table in tables)


class Society:
    """Sizes and tables; its methods are traced."""

    def __init__(self, clients, local_steps, rounds, block, devices, dtype, coefficients=tiger.COEFFICIENTS):
        self.block = min(block, clients // devices)
        if clients % (devices * self.block) != 0:
            raise SystemExit(f"{clients} clients do not divide into blocks of {self.block} on {devices} devices")
        self.blocks = clients // (devices * self.block)
        self.clients, self.local_steps, self.rounds, self.devices = clients, local_steps, rounds, devices
        self.dtype = jnp.dtype(dtype)
        flat = lambda rows: jnp.asarray(tiger.thresholds(rows), self.dtype).reshape(rows.shape[-1] - 1, -1)
        self.act = [flat(table) for table in tiger.policy()]
        self.move, self.see, self.start = flat(tiger.TRANSITION), flat(tiger.OBSERVATION), flat(tiger.START)
        self.reward = jnp.asarray(tiger.NORMALISED_REWARD.ravel(), self.dtype)
        self.coefficients = jnp.asarray(coefficients, self.dtype)

    def trajectories(self, key):
        """Components of the features, and rewards, of one trajectory of every client of a block: each (clients, H)."""
        horizon, states, actions, observations = tiger.HORIZON, tiger.STATES, tiger.ACTIONS, tiger.OBSERVATIONS
        # Without the barrier the numbers are computed again wherever they are used.
        uniform = jax.random.uniform(key, (3 * horizon - 1, self.block), self.dtype)
        uniform = iter(jax.lax.optimization_barrier(uniform))
        state = (self.start[0] <= next(uniform)).astype(jnp.int32)
        slot = jnp.zeros(self.block, jnp.int32)
        components, rewards = [], []
        for h in range(horizon):
            action = count(self.act[h], slot, next(uniform))
            components.append(int(tiger.OFFSETS[h]) + slot * actions + action)
            rewards.append(look_up(self.reward, action * states + state))
            if h + 1 < horizon:
                state = count(self.move, action * states + state, next(uniform))
                seen = count(self.see, action * states + state, next(uniform))
                slot = action * observations + seen
        return jnp.stack(components, axis=1), jnp.stack(rewards, axis=1)

    def local_step(self, carry, _):
        """psi_h += alpha gamma^h delta_h e_component for all h, by errors at the same psi."""
        key, psi = carry
        key, draw = jax.random.split(key)
        components, rewards = self.trajectories(draw)
        client = jnp.arange(self.block)[:, None]
        values = psi.at[client, components].get(mode="promise_in_bounds")
        after = jnp.pad(values[:, 1:], ((0, 0), (0, 1)))
        errors = rewards + tiger.DISCOUNT * after - values
        # Steps have blocks of their own, so no component occurs twice.
        psi = psi.at[client, components].add(
            self.coefficients * errors, mode="promise_in_bounds", unique_indices=True
        )
        return (key, psi), None

    def round(self, carry, _):
        key, psi = carry

        def block(carry, _):
            key, total = carry
            start = jnp.broadcast_to(psi, (self.block, tiger.COMPONENTS))
            (key, ends), _ = jax.lax.scan(self.local_step, (key, start), length=self.local_steps)
            return (key, total + ends.sum(axis=0)), None

        (key, total), _ = jax.lax.scan(block, (key, jnp.zeros_like(psi)), length=self.blocks)
        psi = jax.lax.psum(total, "clients") / self.clients
        return (key, psi), psi

    def run(self, key):
        """psi after each round, one per row."""
        key = jax.random.fold_in(key, jax.lax.axis_index("clients"))
        psi = jnp.zeros(tiger.COMPONENTS, self.dtype)
        _, history = jax.lax.scan(self.round, (key, psi), length=self.rounds)
        return history

    def compiled(self):
        """A function of a key."""
        mesh = jax.make_mesh((self.devices,), ("clients",))
        spread = partial(jax.shard_map, mesh=mesh, in_specs=PartitionSpec(), out_specs=PartitionSpec(), check_vma=False)
        return jax.jit(spread(self.run))


def main(given):
    society = Society(
        given.clients, given.local_steps, given.rounds, given.block, given.devices, given.dtype
    )
    run = society.compiled()
    taken = []
    for repeat in range(given.repeats + 1):
        key = jax.random.key(given.seed + repeat, impl=given.generator)
        began = time.perf_counter()
        run(key).block_until_ready()
        taken.append(time.perf_counter() - began)
    steps = given.clients * given.local_steps * given.rounds * tiger.HORIZON
    # The first run compiles.
    print(json.dumps({"environment_steps": steps, "seconds": taken[1:], "compile_seconds": taken[0]}))


if __name__ == "__main__":
    main(GIVEN)
